//! The ladder: participants side by side, one line for each fact, packet numbers and times at the left. At most 120 columns.

use super::event::{self, Event};
use super::{Names, seconds};
use crate::capture::Capture;

/// Columns of a line.
const WIDTH: usize = 120;
/// Packet numbers and time.
const LEFT: usize = 26;
/// More participants than this share the last column.
const PARTICIPANTS: usize = 7;
const OTHERS: &str = "others";

/// Everything that the capture shows, as a ladder, with the comments of its file. Times are seconds since the first frame.
pub fn ladder(capture: &Capture, names: &Names) -> String {
    draw(capture, names, event::events(capture, names))
}

/// SIP alone as a ladder, of one Call-ID if it is given.
pub fn sip_flow(capture: &Capture, names: &Names, call_id: Option<&str>) -> String {
    draw(capture, names, event::sip_events(capture, names, call_id))
}

fn draw(capture: &Capture, names: &Names, events: Vec<Event>) -> String {
    let start = capture.frames().iter().map(|frame| frame.time_ns).min().unwrap_or(0);
    let participants = participants(&events, names);
    if participants.is_empty() {
        return "nothing that a ladder shows\n".to_owned();
    }
    // The last lifeline needs room for its own name only.
    let last_name = participants.last().map_or(0, |name| name.chars().count());
    let gaps = participants.len().saturating_sub(1).max(1);
    let column = ((WIDTH - LEFT - last_name.min(24)) / gaps).clamp(13, 44);
    let mut text = format!("{:>12} {:>12} ", "packets", "seconds");
    for (position, name) in participants.iter().enumerate() {
        let last = position + 1 == participants.len();
        let shown = fit(name, if last { 24 } else { column - 2 });
        text.push_str(&if last { shown } else { format!("{shown:<column$}") });
    }
    text.push('\n');
    let mut comments = comments(capture).peekable();
    for event in &events {
        while let Some((number, comment)) = comments.next_if(|(number, _)| *number <= event.order) {
            text.push_str(&remark(number, comment));
        }
        let packets = fit(&event.packets.to_string(), 12);
        let time = seconds(event.time_ns.saturating_sub(start));
        let row = row(event, &participants, column);
        text.push_str(format!("{packets:>12} {time:>12} {row}").trim_end());
        text.push('\n');
    }
    comments.for_each(|(number, comment)| text.push_str(&remark(number, comment)));
    text
}

/// Comments of the file, each with its frame: where steps begin and end.
fn comments(capture: &Capture) -> impl Iterator<Item = (u32, &str)> {
    capture.frames().iter().flat_map(|frame| {
        frame.comments.iter().map(|text| (frame.number, text.as_str())).filter(|(_, text)| !text.is_empty())
    })
}

fn remark(number: u32, comment: &str) -> String {
    format!("{number:>12} ── {}\n", fit(comment, WIDTH - 16))
}

/// In order of names, then of appearance.
fn participants(events: &[Event], names: &Names) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for name in events.iter().flat_map(|event| [&event.from, &event.to]) {
        if !found.contains(name) {
            found.push(name.clone());
        }
    }
    found.sort_by_key(|name| names.rank(name));
    if found.len() > PARTICIPANTS {
        found.truncate(PARTICIPANTS - 1);
        found.push(OTHERS.to_owned());
    }
    found
}

fn row(event: &Event, participants: &[String], column: usize) -> String {
    let place = |name: &String| participants.iter().position(|known| known == name).unwrap_or(participants.len() - 1);
    let (from, to) = (place(&event.from), place(&event.to));
    let mut cells = vec![' '; (participants.len() - 1) * column + 1];
    for cell in cells.iter_mut().step_by(column) {
        *cell = '│';
    }
    let (left, right) = (from.min(to) * column, from.max(to) * column);
    if from == to {
        return beside(cells, left, &event.label);
    }
    if let Some(span) = cells.get_mut(left + 1..right) {
        let label = fit(&event.label, span.len().saturating_sub(4));
        let indent = (span.len() - label.chars().count()) / 2;
        span.fill('─');
        for (cell, c) in span.iter_mut().skip(indent.saturating_sub(1)).zip(format!(" {label} ").chars()) {
            *cell = c;
        }
        let head = if from < to { span.last_mut() } else { span.first_mut() };
        if let Some(head) = head {
            *head = if from < to { '>' } else { '<' };
        }
    }
    cells.into_iter().collect()
}

/// Someone's message to itself, or among the others: a text beside its lifeline.
fn beside(mut cells: Vec<char>, at: usize, label: &str) -> String {
    cells.truncate(at + 1);
    let room = WIDTH - LEFT - at.min(WIDTH - LEFT);
    let line: String = cells.into_iter().collect();
    format!("{line} {}", fit(label, room.saturating_sub(2).max(8)))
}

/// At most `width` characters, printable, the last one an ellipsis if some are left out.
fn fit(text: &str, width: usize) -> String {
    let clean: String = text.chars().map(|c| if c.is_control() { '·' } else { c }).collect();
    if clean.chars().count() <= width {
        return clean;
    }
    clean.chars().take(width.saturating_sub(1)).chain(['…']).collect()
}
