#![allow(clippy::unwrap_used, clippy::indexing_slicing)]
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use super::*;
use crate::disk::Folder;

/// A disk that loses power after a number of operations, and then may have kept any part of what was not synced.
#[derive(Clone, Default)]
struct Fragile(Rc<RefCell<State>>);

#[derive(Default)]
struct State {
    /// Operations until the power cut.
    left: usize,
    inodes: Vec<Inode>,
    names: BTreeMap<String, usize>,
    safe_names: BTreeMap<String, usize>,
}

#[derive(Clone, Default)]
struct Inode {
    content: Vec<u8>,
    safe: usize,
}

/// What a power cut keeps of that which was not synced.
#[derive(Clone, Copy, Debug)]
struct Luck {
    names: bool,
    content: Content,
}

#[derive(Clone, Copy, Debug)]
enum Content {
    Nothing,
    Half,
    All,
}

impl Fragile {
    fn with_power_for(operations: usize) -> Self {
        let disk = Fragile::default();
        disk.0.borrow_mut().left = operations;
        disk
    }

    /// What an operation did is in the volatile state; how much of it a power cut keeps is decided when power returns.
    fn operate(&self, write: impl FnOnce(&mut State)) -> io::Result<()> {
        let mut state = self.0.borrow_mut();
        if state.left == 0 {
            return Err(io::Error::other("no power"));
        }
        state.left -= 1;
        write(&mut state);
        Ok(())
    }

    fn power_returns(&self, luck: Luck) {
        let mut state = self.0.borrow_mut();
        state.left = usize::MAX;
        if !luck.names {
            state.names = state.safe_names.clone();
        }
        state.safe_names = state.names.clone();
        for inode in &mut state.inodes {
            let loose = inode.content.len() - inode.safe;
            let kept = match luck.content {
                Content::Nothing => 0,
                Content::Half => loose / 2,
                Content::All => loose,
            };
            inode.content.truncate(inode.safe + kept);
            inode.safe = inode.content.len();
        }
    }
}

impl Disk for Fragile {
    fn read(&self, name: &str) -> io::Result<Option<Vec<u8>>> {
        let state = self.0.borrow();
        Ok(state.names.get(name).map(|inode| state.inodes[*inode].content.clone()))
    }

    fn create(&mut self, name: &str, content: &[u8]) -> io::Result<()> {
        self.operate(|state| {
            state.inodes.push(Inode { content: content.to_vec(), safe: 0 });
            state.names.insert(name.to_owned(), state.inodes.len() - 1);
        })
    }

    fn append(&mut self, name: &str, content: &[u8]) -> io::Result<()> {
        self.operate(|state| state.inodes[state.names[name]].content.extend_from_slice(content))
    }

    fn sync(&mut self, name: &str) -> io::Result<()> {
        self.operate(|state| {
            let inode = &mut state.inodes[state.names[name]];
            inode.safe = inode.content.len();
        })
    }

    fn rename(&mut self, from: &str, to: &str) -> io::Result<()> {
        self.operate(|state| {
            let inode = state.names.remove(from).unwrap();
            state.names.insert(to.to_owned(), inode);
        })
    }

    fn remove(&mut self, name: &str) -> io::Result<()> {
        self.operate(|state| {
            state.names.remove(name);
        })
    }

    fn sync_folder(&mut self) -> io::Result<()> {
        self.operate(|state| state.safe_names = state.names.clone())
    }
}

type Phone = BTreeMap<&'static str, String>;

fn phone() -> Phone {
    BTreeMap::from([("Auth_INVITE_1_", "No".to_owned()), ("Restricted_Access_Domains", String::new())])
}

fn change(parameter: &str, before: &str, after: &str) -> Change {
    Change { parameter: parameter.into(), before: Some(before.into()), after: Some(after.into()) }
}

/// A run as a lab makes it: three changes, two of them to the same setting, then all is put back.
fn run(disk: Fragile, phone: &mut Phone) -> io::Result<()> {
    let Changes::Clean(clean) = Changes::open(disk)? else { return Ok(()) };
    let mut open = clean.begin("<flat-profile/>")?;
    for (parameter, after) in [
        ("Restricted_Access_Domains", "voiceip.com"),
        ("Auth_INVITE_1_", "Yes"),
        ("Restricted_Access_Domains", "voiceip.com, voiceip1.com"),
    ] {
        open.intend(change(parameter, &phone[parameter], after))?;
        phone.insert(parameter, after.to_owned());
    }
    put_back(open.playback(), phone);
    open.finish().map(drop)
}

fn put_back(changes: Vec<Change>, phone: &mut Phone) {
    for change in changes {
        *phone.get_mut(change.parameter.as_str()).unwrap() = change.after.unwrap();
    }
}

#[test]
fn whenever_the_power_goes_the_unit_ends_as_it_was() {
    let mut cuts = 0;
    for names in [false, true] {
        for content in [Content::Nothing, Content::Half, Content::All] {
            for operations in 0.. {
                let luck = Luck { names, content };
                let mut unit = phone();
                let disk = Fragile::with_power_for(operations);
                let whole = run(disk.clone(), &mut unit).is_ok();
                disk.power_returns(luck);
                if let Changes::Unfinished(left) = Changes::open(disk.clone()).unwrap() {
                    assert_eq!(left.saved(), "<flat-profile/>");
                    put_back(left.playback(), &mut unit);
                    left.finish().unwrap();
                }
                assert_eq!(unit, phone(), "power for {operations} operations, {luck:?}");
                assert!(matches!(Changes::open(disk).unwrap(), Changes::Clean(_)));
                if whole {
                    break;
                }
                cuts += 1;
            }
        }
    }
    assert_eq!(cuts, 6 * 12, "four operations to begin, two for each of three changes, two to finish");
}

#[test]
fn a_setting_is_put_back_to_what_it_was_before_its_first_change() {
    let changes = [change("A", "1", "2"), change("B", "x", "y"), change("A", "2", "3")];
    assert_eq!(playback(&changes), [change("B", "y", "x"), change("A", "3", "1")]);
}

#[test]
fn after_a_line_that_could_not_be_written_nothing_more_is_changed() {
    let disk = Fragile::with_power_for(5);
    let Changes::Clean(clean) = Changes::open(disk.clone()).unwrap() else { unreachable!("a new disk is clean") };
    let mut open = clean.begin("<flat-profile/>").unwrap();
    assert!(open.intend(change("A", "1", "2")).is_err(), "written, not synced");
    disk.0.borrow_mut().left = 9;
    assert!(open.intend(change("A", "1", "2")).is_err());
    assert_eq!(open.playback(), []);
}

#[test]
fn a_journal_that_is_damaged_in_its_middle_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(FILE), "{\"saved\":\"x\"}\nrubbish\n{\"change\":").unwrap();
    let error = Changes::open(Folder::open(folder.path()).unwrap()).unwrap_err();
    assert!(error.to_string().starts_with("the change journal changes.ndjson is damaged"), "{error}");
}

#[test]
fn on_a_real_disk_an_unfinished_journal_is_found_again() {
    let folder = tempfile::tempdir().unwrap();
    let open = || Changes::open(Folder::open(&folder.path().join("desk-7841")).unwrap()).unwrap();
    let Changes::Clean(clean) = open() else { unreachable!("a new folder is clean") };
    let mut journal = clean.begin("<flat-profile/>").unwrap();
    journal.intend(change("A", "1", "2")).unwrap();
    drop(journal);
    let Changes::Unfinished(left) = open() else { unreachable!("an intent was written") };
    assert_eq!((left.saved(), left.playback()), ("<flat-profile/>", vec![change("A", "2", "1")]));
    left.finish().unwrap();
    assert!(matches!(open(), Changes::Clean(_)));
}
