#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use super::*;
use std::collections::BTreeMap;

/// A disk with a cache. `now` is what a reader sees; `kept` is what the platter holds. A file's bytes and the folder reach the platter apart.
#[derive(Default, Clone)]
struct Disk {
    /// Content of each file, by its number: as cached, and as kept.
    files: BTreeMap<u32, (Vec<u8>, Vec<u8>)>,
    now: BTreeMap<String, u32>,
    kept: BTreeMap<String, u32>,
    next: u32,
    /// Operations until power is lost; the write under way is cut in the middle.
    left: Option<usize>,
}

impl Disk {
    fn spend(&mut self) -> io::Result<()> {
        match &mut self.left {
            Some(0) => Err(io::Error::other("no power")),
            Some(left) => {
                *left -= 1;
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// The disk after power came back: with everything that was cached, or with nothing of it.
    fn restarted(&self, cache_survived: bool) -> Disk {
        let mut disk = self.clone();
        disk.left = None;
        if cache_survived {
            disk.kept = disk.now.clone();
        } else {
            disk.now = disk.kept.clone();
            disk.files.values_mut().for_each(|(now, kept)| now.clone_from(kept));
        }
        disk
    }
}

impl Medium for Disk {
    fn read(&mut self, name: &str) -> io::Result<Option<Vec<u8>>> {
        Ok(self.now.get(name).map(|n| self.files[n].0.clone()))
    }

    fn write(&mut self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let powered = self.spend();
        self.next += 1;
        let reaching = if powered.is_ok() { bytes } else { &bytes[..bytes.len() / 2] };
        self.files.insert(self.next, (reaching.to_vec(), Vec::new()));
        self.now.insert(name.to_owned(), self.next);
        powered
    }

    fn sync(&mut self, name: &str) -> io::Result<()> {
        self.spend()?;
        let file = self.files.get_mut(&self.now[name]).unwrap();
        file.1 = file.0.clone();
        Ok(())
    }

    fn link(&mut self, from: &str, to: &str) -> io::Result<()> {
        self.spend()?;
        assert!(!self.now.contains_key(to), "a link replaces nothing");
        self.now.insert(to.to_owned(), self.now[from]);
        Ok(())
    }

    fn rename(&mut self, from: &str, to: &str) -> io::Result<()> {
        self.spend()?;
        let file = self.now.remove(from).unwrap();
        self.now.insert(to.to_owned(), file);
        Ok(())
    }

    fn remove(&mut self, name: &str) -> io::Result<()> {
        self.spend()?;
        self.now.remove(name);
        Ok(())
    }

    fn sync_folder(&mut self) -> io::Result<()> {
        self.spend()?;
        self.kept = self.now.clone();
        Ok(())
    }
}

fn disk_with(contents: &[&[u8]]) -> Disk {
    let mut disk = Disk::default();
    contents.iter().for_each(|content| save(&mut disk, content).unwrap());
    disk
}

#[test]
fn power_may_be_lost_at_every_step_of_every_save() {
    for before in 0..3 {
        let earlier: Vec<Vec<u8>> = (0..before).map(|n| format!("content {n}").into_bytes()).collect();
        let earlier: Vec<&[u8]> = earlier.iter().map(Vec::as_slice).collect();
        let old = earlier.last().map_or(Loaded::Empty, |content| Loaded::Current(content.to_vec()));
        for step in 0..20 {
            for cache_survived in [false, true] {
                let mut disk = disk_with(&earlier);
                disk.left = Some(step);
                let saved = save(&mut disk, b"new");
                let mut disk = disk.restarted(cache_survived);
                let found = load(&mut disk).unwrap();
                let new = Loaded::Current(b"new".to_vec());
                match saved {
                    Ok(()) => assert_eq!(found, new, "step {step}"),
                    Err(_) => assert!(found == old || found == new, "step {step}: {found:?}"),
                }
                // And the flash goes on working.
                save(&mut disk, b"later").unwrap();
                assert_eq!(load(&mut disk.restarted(false)).unwrap(), Loaded::Current(b"later".to_vec()));
            }
        }
    }
}

#[test]
fn a_save_takes_fewer_steps_than_the_test_cuts() {
    let mut disk = disk_with(&[b"a", b"b"]);
    disk.left = Some(19);
    save(&mut disk, b"c").unwrap();
}

#[test]
fn a_damaged_current_copy_gives_way_to_the_previous_one() {
    let folder = tempfile::tempdir().unwrap();
    let mut medium = Folder(folder.path().to_owned());
    assert_eq!(load(&mut medium).unwrap(), Loaded::Empty);
    save(&mut medium, b"first").unwrap();
    save(&mut medium, b"second").unwrap();
    let current = folder.path().join(CURRENT);
    let whole = std::fs::read(&current).unwrap();
    for damage in [&whole[..whole.len() - 1], b"", b"offhook-flash-1 6 0\nsecond", &[0xff; 100]] {
        std::fs::remove_file(&current).unwrap();
        std::fs::write(&current, damage).unwrap();
        assert_eq!(load(&mut medium).unwrap(), Loaded::Previous(b"first".to_vec()));
    }
    // The damaged copy does not become the previous one.
    save(&mut medium, b"third").unwrap();
    std::fs::remove_file(&current).unwrap();
    assert_eq!(load(&mut medium).unwrap(), Loaded::Previous(b"first".to_vec()));
    std::fs::write(folder.path().join(PREVIOUS), b"x").unwrap();
    assert_eq!(load(&mut medium).unwrap(), Loaded::Lost);
}

#[test]
fn a_half_written_new_copy_is_ignored() {
    let folder = tempfile::tempdir().unwrap();
    let mut medium = Folder(folder.path().to_owned());
    save(&mut medium, b"first").unwrap();
    std::fs::write(folder.path().join(NEW), b"offhook-fl").unwrap();
    assert_eq!(load(&mut medium).unwrap(), Loaded::Current(b"first".to_vec()));
}
