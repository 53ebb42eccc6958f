//! From a camera's picture to a network's input, and from boxes there back to the picture.

use crate::frame::{GrayFrame, Region, RgbFrame};

use super::card::{Colour, Fit};
use super::{Candidate, InputSize};

/// What lies beside a letterboxed picture, 0 to 255: the grey that YOLO's training uses.
const PADDING: u8 = 114;

/// A picture to look at.
#[derive(Debug, Clone, Copy)]
pub enum Picture<'a> {
    /// Grey.
    Gray(&'a GrayFrame),
    /// Colour.
    Rgb(&'a RgbFrame),
}

impl Picture<'_> {
    /// Width and height, pixels.
    #[must_use]
    pub fn size(&self) -> (usize, usize) {
        match self {
            Self::Gray(frame) => (frame.width(), frame.height()),
            Self::Rgb(frame) => (frame.width(), frame.height()),
        }
    }

    /// The whole of it.
    #[must_use]
    pub fn region(&self) -> Region {
        let (width, height) = self.size();
        Region { x: 0, y: 0, width, height }
    }

    fn row(&self, y: usize) -> &[u8] {
        match self {
            Self::Gray(frame) => frame.row(y),
            Self::Rgb(frame) => frame.row(y),
        }
    }

    fn channels(&self) -> usize {
        match self {
            Self::Gray(_) => 1,
            Self::Rgb(_) => 3,
        }
    }
}

/// How pixels become a network's input.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Preparation {
    /// The input's sides.
    pub size: InputSize,
    /// Its channels.
    pub colour: Colour,
    /// How other proportions are treated.
    pub fit: Fit,
    /// Taken off every pixel, 0 to 255, in the order of channels.
    pub mean: [f32; 3],
    /// What is left is divided by this.
    pub deviation: [f32; 3],
}

/// Where a region of a picture lies in a network's input: input = offset + scale · (pixel − origin).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Placement {
    region: Region,
    scale: [f32; 2],
    offset: [f32; 2],
}

impl Placement {
    /// A region placed into an input.
    #[must_use]
    pub fn new(region: Region, size: InputSize, fit: Fit) -> Self {
        let both = [size.width as f32 / region.width.max(1) as f32, size.height as f32 / region.height.max(1) as f32];
        let least = both[0].min(both[1]);
        let scale = if fit == Fit::Stretch { both } else { [least; 2] };
        let left_over = |input: usize, side: usize| (input as f32 - (side as f32 * least).round()) / 2.0;
        let offset = match fit {
            Fit::Letterbox => {
                [left_over(size.width, region.width).floor(), left_over(size.height, region.height).floor()]
            }
            Fit::LetterboxCorner | Fit::Stretch => [0.0; 2],
        };
        Self { region, scale, offset }
    }

    /// A box in the input, as a box in the picture; cut to the region that was looked at.
    #[must_use]
    pub fn back(&self, found: Candidate) -> Candidate {
        let place = |value: f32, axis: usize, origin: usize, side: usize| {
            origin as f32 + ((value - self.offset[axis]) / self.scale[axis]).clamp(0.0, side as f32)
        };
        let (x, y) = (self.region.x, self.region.y);
        Candidate {
            left: place(found.left, 0, x, self.region.width),
            right: place(found.right, 0, x, self.region.width),
            top: place(found.top, 1, y, self.region.height),
            bottom: place(found.bottom, 1, y, self.region.height),
            ..found
        }
    }
}

/// For each place along an input's side: the two pixels it lies between, and its share of the second. Nothing outside.
fn taps(input: usize, offset: f32, scale: f32, side: usize) -> Vec<Option<(usize, usize, f32)>> {
    let end = offset + side as f32 * scale;
    let tap = |place: usize| {
        let centre = place as f32 + 0.5;
        if centre < offset || centre > end {
            return None;
        }
        let at = ((centre - offset) / scale - 0.5).clamp(0.0, (side - 1) as f32);
        let low = at.floor() as usize;
        Some((low, (low + 1).min(side - 1), at - low as f32))
    };
    (0..input).map(tap).collect()
}

/// How an input's numbers lie in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// One plane a channel.
    Planes,
    /// The channels of a pixel side by side.
    Pixels,
}

impl Preparation {
    /// How many channels the input has.
    #[must_use]
    pub fn channels(&self) -> usize {
        if self.colour == Colour::Grey { 1 } else { 3 }
    }

    /// Fills an input with a region of a picture, interpolated between its four nearest pixels, each value as `number`
    /// makes it of the normalised pixel. `input` must have a number for every channel of every pixel.
    pub fn fill<T: Copy>(
        &self,
        picture: Picture<'_>,
        region: Region,
        order: Order,
        input: &mut [T],
        number: impl Fn(f32) -> T,
    ) -> Placement {
        let InputSize { width, height } = self.size;
        let placement = Placement::new(region, self.size, self.fit);
        let columns = taps(width, placement.offset[0], placement.scale[0], region.width);
        let rows = taps(height, placement.offset[1], placement.scale[1], region.height);
        let (channels, area) = (self.channels(), width * height);
        let tables: Vec<Vec<T>> = (0..channels).map(|c| self.levels(c, &number)).collect();
        let mut line = vec![PADDING; width * channels];
        for (y, row) in rows.into_iter().enumerate() {
            match row {
                Some((upper, lower, share)) => {
                    let rows = [picture.row(region.y + upper), picture.row(region.y + lower)];
                    self.line(picture.channels(), rows, share, region.x, &columns, &mut line);
                }
                None => line.fill(PADDING),
            }
            for (x, pixel) in line.chunks_exact(channels).enumerate() {
                for (c, (&level, table)) in pixel.iter().zip(&tables).enumerate() {
                    let place = match order {
                        Order::Planes => c * area + y * width + x,
                        Order::Pixels => (y * width + x) * channels + c,
                    };
                    input[place] = table[usize::from(level)];
                }
            }
        }
        placement
    }

    /// What each of the 256 levels becomes in a channel.
    fn levels<T>(&self, channel: usize, number: impl Fn(f32) -> T) -> Vec<T> {
        let (mean, deviation) = (self.mean[channel], self.deviation[channel]);
        (0..=255u8).map(|level| number((f32::from(level) - mean) / deviation)).collect()
    }

    /// One line of the input, its channels side by side.
    fn line(
        &self,
        channels: usize,
        [upper, lower]: [&[u8]; 2],
        share: f32,
        origin: usize,
        columns: &[Option<(usize, usize, f32)>],
        line: &mut [u8],
    ) {
        let down = (share * 256.0) as u32;
        let mix = |left: usize, right: usize, across: u32| {
            let row = |row: &[u8]| u32::from(row[left]) * (256 - across) + u32::from(row[right]) * across;
            ((row(upper) * (256 - down) + row(lower) * down + 32_768) >> 16) as u8
        };
        for (pixel, column) in line.chunks_exact_mut(self.channels()).zip(columns) {
            let &Some((left, right, share)) = column else {
                pixel.fill(PADDING);
                continue;
            };
            let (left, right, across) =
                ((origin + left) * channels, (origin + right) * channels, (share * 256.0) as u32);
            let at = |channel: usize| mix(left + channel, right + channel, across);
            match (self.colour, channels) {
                (_, 1) => pixel.fill(at(0)),
                (Colour::Rgb, _) => pixel.copy_from_slice(&[at(0), at(1), at(2)]),
                (Colour::Bgr, _) => pixel.copy_from_slice(&[at(2), at(1), at(0)]),
                // ITU-R BT.709-6, item 3.2, in 256ths.
                (Colour::Grey, _) => {
                    let luma = 54 * u32::from(at(0)) + 183 * u32::from(at(1)) + 19 * u32::from(at(2));
                    pixel[0] = ((luma + 128) >> 8) as u8;
                }
            }
        }
    }
}
