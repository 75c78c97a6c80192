//! The screen, as `screendump.bmp` shows it: lines with their registration, calls, what is being typed, the directory, a notice; day and minute
//! once a time server has told them. A phone that was not told the time shows none, and two dumps of it are alike when nothing happened.

use super::info::call_state;
use crate::directory::Page;
use crate::local_time;
use crate::profile::{Model, Profile};
use crate::settings::Settings;
use crate::state::{CallState, CallStatus, Registration, Status};

mod bitmap;
mod font;

pub(super) use bitmap::Bitmap;

/// Pixels between the tops of two lines of text.
const PITCH: u32 = 12;
const MARGIN: u32 = 4;

/// What the screen shows now.
pub(super) fn draw(profile: &Profile, settings: &Settings, status: &Status, now: u64) -> Bitmap {
    let (width, height) = size(profile.model);
    let mut screen = Bitmap::white(width, height);
    let rows = height.saturating_sub(2 * PITCH) / PITCH;
    let columns = (width - 2 * MARGIN) / font::ADVANCE;
    heading(&mut screen, settings, status);
    let clock = clock(settings, status, now);
    screen.text(width.saturating_sub(MARGIN + clock.len() as u32 * font::ADVANCE), 2, &clock);
    let body = match page(status) {
        Some(page) => directory(page, rows.saturating_sub(1) as usize),
        None => body(profile.model, settings, status),
    };
    for (row, text) in (1..rows).zip(body) {
        let cut: String = text.chars().take(columns as usize).collect();
        screen.text(MARGIN, MARGIN + row * PITCH, &cut);
    }
    screen.line(height - PITCH - 3);
    let keys = soft_keys(status);
    for (key, name) in (0_u32..4).zip(keys) {
        screen.text(MARGIN + key * (width - 2 * MARGIN) / 4, height - PITCH, name);
    }
    screen
}

/// phone-facts §5; the height is believed, not confirmed.
const fn size(model: Model) -> (u32, u32) {
    match model {
        Model::Cp7811 => (384, 106),
        Model::Cp7821 | Model::Cp7841 | Model::Cp7861 => (396, 162),
    }
}

fn heading(screen: &mut Bitmap, settings: &Settings, status: &Status) {
    let set = settings.text("Station_Display_Name");
    let name = if set.is_empty() { settings.line_text("User_ID", 1) } else { set };
    let name = page(status).map_or(name, |page| &page.title);
    let text = if status.notice.is_empty() { name } else { status.notice.as_str() };
    let text: String = text.chars().take(40).collect();
    screen.text(MARGIN, 2, &text);
    screen.line(PITCH);
}

/// Local day and time, once they are known.
fn clock(settings: &Settings, status: &Status, now: u64) -> String {
    let ahead = local_time::offset(settings, status.ipv4.time_offset, now);
    if status.time_known { local_time::on_screen(local_time::shifted(now, ahead)) } else { String::new() }
}

/// Calls first, then what is being typed, then the lines: the height is small and a call matters most.
fn body(model: Model, settings: &Settings, status: &Status) -> Vec<String> {
    let mut body: Vec<String> = status.calls.iter().map(call).collect();
    if status.off_hook && status.calls.is_empty() {
        body.push(format!("Dial: {}_", status.dialled));
    }
    body.extend((1..=model.lines()).map(|line| self::line(settings, status, line)));
    body
}

fn call(call: &CallStatus) -> String {
    let what = match call.state {
        CallState::Ringing => "Incoming call",
        CallState::Dialing | CallState::Ringback | CallState::Connected | CallState::Holding => call_state(call.state),
    };
    format!("{}> {what} {} {}", call.line, call.peer_name, call.peer_number)
}

fn line(settings: &Settings, status: &Status, line: u8) -> String {
    let registration = status.lines.get(usize::from(line) - 1).map_or(Registration::NotConfigured, |l| l.registration);
    let mark = match registration {
        Registration::Registered => '*',
        Registration::NotRegistered => 'x',
        Registration::NotConfigured => '-',
    };
    format!("{line} {mark} {}", settings.line_text("User_ID", line))
}

/// The page of the directory, which gives way to a call.
fn page(status: &Status) -> Option<&Page> {
    status.directory.as_ref().filter(|_| status.calls.is_empty())
}

/// As many lines of a page as fit, the marked one among them and pointed at.
fn directory(page: &Page, rows: usize) -> Vec<String> {
    let first = page.marked.map_or(0, |marked| (marked + 1).saturating_sub(rows));
    let pointed = |(place, text): (usize, &String)| {
        let mark = if page.marked == Some(place) { '>' } else { ' ' };
        format!("{mark} {text}")
    };
    page.rows.iter().enumerate().skip(first).take(rows).map(pointed).collect()
}

/// The soft keys on the screen, first one first.
pub(crate) fn soft_keys(status: &Status) -> Vec<&'static str> {
    match page(status) {
        Some(page) => page.soft_keys.clone(),
        None if status.soft_keys.is_empty() => vec!["Redial", "Recents", "DND", "Directory"],
        None => status.soft_keys.clone(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]
    use super::*;
    use crate::profile::{Release, Unknown};
    use crate::state::LineStatus;

    fn profile(model: Model) -> Profile {
        Profile { model, release: Release::DOCUMENT, unknown: Unknown::default() }
    }

    fn ringing() -> CallStatus {
        let (peer_name, peer_number) = ("Ann".into(), "1001".into());
        CallStatus { line: 1, state: CallState::Ringing, peer_name, peer_number, incoming: true }
    }

    #[test]
    fn the_dump_has_the_size_of_the_screen() {
        for (model, width, height) in [(Model::Cp7811, 384_u32, 106_u32), (Model::Cp7861, 396, 162)] {
            let bmp = draw(&profile(model), &Settings::default(), &Status::default(), 0).bmp();
            assert_eq!(&bmp[..2], b"BM");
            assert_eq!(bmp[18..22], width.to_le_bytes());
            assert_eq!(bmp[22..26], height.to_le_bytes());
            assert_eq!(bmp[2..6], u32::try_from(bmp.len()).unwrap().to_le_bytes());
        }
    }

    #[test]
    fn a_call_changes_the_screen_and_its_end_restores_it() {
        let profile = profile(Model::Cp7841);
        let idle = Status::default();
        let call = Status { calls: vec![ringing()], ..Status::default() };
        let (before, during) =
            (draw(&profile, &Settings::default(), &idle, 0), draw(&profile, &Settings::default(), &call, 0));
        assert_ne!(before.bmp(), during.bmp());
        assert_eq!(before.bmp(), draw(&profile, &Settings::default(), &idle, 0).bmp());
    }

    #[test]
    fn the_words_on_the_screen_tell_what_goes_on() {
        let lines = vec![LineStatus { registration: Registration::Registered, ..LineStatus::default() }];
        let status = Status { calls: vec![ringing()], lines, ..Status::default() };
        assert_eq!(body(Model::Cp7821, &Settings::default(), &status), ["1> Incoming call Ann 1001", "1 * ", "2 - "]);
        let status = Status { off_hook: true, dialled: "10".into(), ..Status::default() };
        assert_eq!(body(Model::Cp7811, &Settings::default(), &status), ["Dial: 10_", "1 - "]);
    }

    #[test]
    fn a_page_of_the_directory_shows_the_line_that_keys_act_on() {
        let rows: Vec<String> = (1..=20).map(|n| format!("Person {n}")).collect();
        let page =
            |marked| Page { title: "20 found".into(), rows: rows.clone(), marked, soft_keys: vec!["Call", "", "Back"] };
        assert_eq!(directory(&page(Some(1)), 3), ["  Person 1", "> Person 2", "  Person 3"]);
        assert_eq!(directory(&page(Some(19)), 3), ["  Person 18", "  Person 19", "> Person 20"]);
        assert_eq!(directory(&page(None), 2), ["  Person 1", "  Person 2"]);
        let mut status = Status { directory: Some(page(Some(0))), ..Status::default() };
        assert_eq!(soft_keys(&status), ["Call", "", "Back"]);
        // A call is more urgent than a directory.
        status.calls = vec![ringing()];
        status.soft_keys = vec!["Answer", "Decline", "Ignore"];
        assert_eq!(soft_keys(&status), ["Answer", "Decline", "Ignore"]);
        assert_eq!(soft_keys(&Status::default()), ["Redial", "Recents", "DND", "Directory"]);
    }

    #[test]
    fn two_entries_look_different_and_one_looks_like_itself() {
        let dump = |name: &str| {
            let page = Page { title: "1 found".into(), rows: vec![name.into()], marked: Some(0), soft_keys: vec![] };
            let status = Status { directory: Some(page), ..Status::default() };
            draw(&profile(Model::Cp7811), &Settings::default(), &status, 0).bmp()
        };
        assert_eq!(dump("Zoë"), dump("Zoë"));
        assert_ne!(dump("Zoë"), dump("Zoe"));
        assert_ne!(dump("Ann"), dump("Ben"));
    }

    #[test]
    fn the_clock_shows_local_time_once_a_server_has_told_it() {
        let zone = Settings::of([("Time_Zone".to_owned(), "GMT+02:00".to_owned())].into());
        let known = Status { time_known: true, ..Status::default() };
        assert_eq!(clock(&zone, &known, 1_767_225_600), "Thu 01/01 02:00");
        assert_eq!(clock(&zone, &Status::default(), 1_767_225_600), "");
    }

    #[test]
    fn a_letter_has_its_mark_and_one_that_the_font_lacks_is_a_box() {
        let mut screen = Bitmap::white(24, 8);
        screen.text(0, 0, "éÉç大");
        insta::assert_snapshot!(screen.to_string(), @r"
        ...#.....#........#####.
        ..#...#####.......#...#.
        .###..#......###..#...#.
        #...#.####..#.....#...#.
        #####.#.....#.....#...#.
        #.....#.....#####.#...#.
        .###..#####...#...#####.
        ........................
        ");
    }

    #[test]
    fn a_letter_looks_as_it_should() {
        let mut screen = Bitmap::white(12, 8);
        screen.text(0, 0, "A7");
        insta::assert_snapshot!(screen.to_string(), @r"
        .###..#####.
        #...#.....#.
        #...#....#..
        #####...#...
        #...#..#....
        #...#..#....
        #...#..#....
        ............
        ");
    }
}
