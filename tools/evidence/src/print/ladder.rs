//! The ladder: participants side by side, one line for each fact, packet numbers and times at the left. At most 120 columns.

use std::collections::HashSet;

use super::event::{self, Event};
use super::{Names, seconds};
use crate::capture::Capture;

/// Columns of a line.
const WIDTH: usize = 120;
/// Packet numbers and time.
const LEFT: usize = 26;
/// More participants than this are listed, not drawn.
const PARTICIPANTS: usize = 5;
/// Columns of a name.
const NAME: usize = 24;

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
    let layout = Layout::of(&participants);
    let mut text = format!("{:>12} {:>12} {}\n", "packets", "seconds", layout.title(&participants));
    let mut comments = comments(capture).peekable();
    for event in &events {
        while let Some((number, comment)) = comments.next_if(|(number, _)| *number <= event.order) {
            text.push_str(&remark(number, comment));
        }
        let packets = fit(&event.packets.to_string(), 12);
        let time = seconds(event.time_ns.saturating_sub(start));
        let row = layout.row(event, &participants);
        text.push_str(format!("{packets:>12} {time:>12} {row}").trim_end());
        text.push('\n');
    }
    comments.for_each(|(number, comment)| text.push_str(&remark(number, comment)));
    text
}

/// How events are laid out.
enum Layout {
    /// Lifelines, so many columns from one to the next.
    Lifelines(usize),
    /// `from > to  what`, names of so many columns: more participants than lifelines have room for.
    List(usize),
}

impl Layout {
    fn of(participants: &[String]) -> Layout {
        let longest = participants.iter().map(|name| name.chars().count()).max().unwrap_or(0);
        if participants.len() > PARTICIPANTS {
            return Layout::List(longest.min(NAME));
        }
        // The last lifeline needs room for its own name only.
        let last = participants.last().map_or(0, |name| name.chars().count()).min(NAME);
        let gaps = participants.len().saturating_sub(1).max(1);
        Layout::Lifelines(((WIDTH - LEFT - last) / gaps).clamp(13, 44))
    }

    fn title(&self, participants: &[String]) -> String {
        let column = match *self {
            Layout::Lifelines(column) => column,
            Layout::List(width) => return format!("{:>width$}   {:width$} ", "from", "to").trim_end().to_owned(),
        };
        let title: String =
            participants.iter().map(|name| format!("{:<column$}", fit(name, NAME.min(column - 2)))).collect();
        title.trim_end().to_owned()
    }

    fn row(&self, event: &Event, participants: &[String]) -> String {
        match *self {
            Layout::Lifelines(column) => row(event, participants, column),
            Layout::List(width) => {
                let (from, to) = (fit(&event.from, width), fit(&event.to, width));
                let label = fit(&event.label, WIDTH - LEFT - 2 * width - 5);
                format!("{from:>width$} > {to:width$}  {label}")
            }
        }
    }
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
    let mut seen = HashSet::new();
    let named = events.iter().flat_map(|event| [&event.from, &event.to]);
    let mut found: Vec<String> = named.filter(|name| seen.insert(*name)).cloned().collect();
    found.sort_by_key(|name| names.rank(name));
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

/// Someone's message to itself: a text beside its lifeline.
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
