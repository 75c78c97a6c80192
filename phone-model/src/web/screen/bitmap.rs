//! A screen of black and white dots, and its BMP file.

use super::font;
use std::fmt;

/// Dots, top row first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::web) struct Bitmap {
    width: u32,
    height: u32,
    black: Vec<bool>,
}

impl Bitmap {
    /// An empty screen.
    pub(super) fn white(width: u32, height: u32) -> Bitmap {
        let dots = usize::try_from(u64::from(width) * u64::from(height)).unwrap_or(0);
        Bitmap { width, height, black: vec![false; dots] }
    }

    /// Writes text with its upper left corner here; what leaves the screen is not seen.
    pub(super) fn text(&mut self, x: u32, y: u32, text: &str) {
        for (left, character) in (0..).map(|n| x + n * font::ADVANCE).zip(text.chars()) {
            for (row, dots) in (0..).zip(font::glyph(character)) {
                (0..font::WIDTH).filter(|column| dots >> (font::WIDTH - 1 - column) & 1 == 1).for_each(|column| {
                    self.blacken(left + column, y + row);
                });
            }
        }
    }

    /// A line from side to side.
    pub(super) fn line(&mut self, y: u32) {
        (0..self.width).for_each(|x| self.blacken(x, y));
    }

    fn blacken(&mut self, x: u32, y: u32) {
        if x < self.width
            && let Some(dot) = self.black.get_mut((y * self.width + x) as usize)
        {
            *dot = true;
        }
    }

    /// As a BMP file of one bit for each dot: file header, BITMAPINFOHEADER, two colours, rows from the bottom up, each padded to 32 bits.
    pub(in crate::web) fn bmp(&self) -> Vec<u8> {
        const HEADERS: u32 = 14 + 40 + 8;
        let row_bytes = self.width.div_ceil(32) * 4;
        let image = row_bytes * self.height;
        let mut file = Vec::with_capacity((HEADERS + image) as usize);
        file.extend_from_slice(b"BM");
        for number in [HEADERS + image, 0, HEADERS, 40, self.width, self.height] {
            file.extend_from_slice(&number.to_le_bytes());
        }
        // One plane, one bit for each dot.
        file.extend_from_slice(&[1, 0, 1, 0]);
        // No compression; 72 dots to the inch; two colours.
        for number in [0, image, 2835, 2835, 2, 2] {
            file.extend_from_slice(&number.to_le_bytes());
        }
        file.extend_from_slice(&[0xff, 0xff, 0xff, 0, 0, 0, 0, 0]);
        for row in self.black.chunks(self.width.max(1) as usize).rev() {
            let filled = file.len() + row_bytes as usize;
            file.extend(row.chunks(8).map(octet));
            file.resize(filled, 0);
        }
        file
    }
}

fn octet(dots: &[bool]) -> u8 {
    (0..8).fold(0, |octet, bit| octet << 1 | u8::from(dots.get(bit).copied().unwrap_or(false)))
}

impl fmt::Display for Bitmap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for row in self.black.chunks(self.width.max(1) as usize) {
            let row: String = row.iter().map(|black| if *black { '#' } else { '.' }).collect();
            writeln!(f, "{row}")?;
        }
        Ok(())
    }
}
