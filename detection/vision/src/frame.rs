//! One picture of a camera, with the time it was taken.
//!
//! Pixels are shared, never copied, when a frame is handed on: a frame is cloned for the price of a counter. A row may be
//! longer than the picture is wide (`stride`), as video decoders make them. Pixel (0, 0) is the top left one; continuous
//! coordinates have their origin at its centre.

use std::sync::Arc;

/// A picture that is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// No pixels, or more than can be counted.
    #[error("a picture of {width} by {height} pixels: both must be 1 to {SIDE_MAX}")]
    Size {
        /// Width, pixels.
        width: usize,
        /// Height, pixels.
        height: usize,
    },
    /// Rows shorter than the picture is wide.
    #[error("rows of {stride} bytes for {needed} bytes of picture")]
    Stride {
        /// Bytes from one row to the next, as said.
        stride: usize,
        /// Bytes that a row's pixels take.
        needed: usize,
    },
    /// Fewer bytes than the rows take.
    #[error("{found} bytes for a picture of {needed}")]
    Short {
        /// Bytes there are.
        found: usize,
        /// Bytes there should be.
        needed: usize,
    },
}

/// The longest side of a picture, pixels.
pub const SIDE_MAX: usize = 16_384;

/// A part of a picture, in whole pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Region {
    /// Left edge, pixels.
    pub x: usize,
    /// Upper edge, pixels.
    pub y: usize,
    /// Width, pixels.
    pub width: usize,
    /// Height, pixels.
    pub height: usize,
}

impl Region {
    /// The part of this region that lies within a picture of this size; nothing where none does.
    #[must_use]
    pub fn within(self, width: usize, height: usize) -> Option<Self> {
        let right = self.x.saturating_add(self.width).min(width);
        let bottom = self.y.saturating_add(self.height).min(height);
        (self.x < right && self.y < bottom).then(|| Self {
            x: self.x,
            y: self.y,
            width: right - self.x,
            height: bottom - self.y,
        })
    }
}

/// A picture of `CHANNELS` bytes a pixel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame<const CHANNELS: usize> {
    width: usize,
    height: usize,
    stride: usize,
    pixels: Arc<[u8]>,
    captured_at_ns: i64,
}

/// A grey picture, one byte a pixel: visible light's luma, or an infrared camera's brightness.
pub type GrayFrame = Frame<1>;

/// A colour picture, three bytes a pixel: red, green, blue.
pub type RgbFrame = Frame<3>;

impl<const CHANNELS: usize> Frame<CHANNELS> {
    /// A picture of rows `stride` bytes apart, taken at `captured_at_ns` (UTC, ns since 1970).
    ///
    /// # Errors
    /// Where there are no pixels, or fewer bytes than rows need.
    pub fn new(
        width: usize,
        height: usize,
        stride: usize,
        pixels: impl Into<Arc<[u8]>>,
        captured_at_ns: i64,
    ) -> Result<Self, FrameError> {
        if !(1..=SIDE_MAX).contains(&width) || !(1..=SIDE_MAX).contains(&height) {
            return Err(FrameError::Size { width, height });
        }
        let row = width * CHANNELS;
        if stride < row {
            return Err(FrameError::Stride { stride, needed: row });
        }
        let pixels = pixels.into();
        let needed = stride.checked_mul(height - 1).and_then(|bytes| bytes.checked_add(row));
        let needed = needed.ok_or(FrameError::Size { width, height })?;
        if pixels.len() < needed {
            return Err(FrameError::Short { found: pixels.len(), needed });
        }
        Ok(Self { width, height, stride, pixels, captured_at_ns })
    }

    /// Width, pixels.
    #[must_use]
    pub fn width(&self) -> usize {
        self.width
    }

    /// Height, pixels.
    #[must_use]
    pub fn height(&self) -> usize {
        self.height
    }

    /// Bytes from one row to the next.
    #[must_use]
    pub fn stride(&self) -> usize {
        self.stride
    }

    /// All rows, `stride` bytes apart.
    #[must_use]
    pub fn pixels(&self) -> &Arc<[u8]> {
        &self.pixels
    }

    /// When the picture was taken: the middle of the exposure, UTC, ns since 1970.
    #[must_use]
    pub fn captured_at_ns(&self) -> i64 {
        self.captured_at_ns
    }

    /// The bytes of row `y`, which must be below the height.
    #[must_use]
    pub fn row(&self, y: usize) -> &[u8] {
        &self.pixels[y * self.stride..][..self.width * CHANNELS]
    }

    /// A copy of the part of `region` that lies in the picture; nothing where none does.
    #[must_use]
    pub fn crop(&self, region: Region) -> Option<Self> {
        let Region { x, y, width, height } = region.within(self.width, self.height)?;
        let rows = (y..y + height).flat_map(|y| &self.row(y)[x * CHANNELS..][..width * CHANNELS]);
        let pixels = rows.copied().collect();
        Some(Self { width, height, stride: width * CHANNELS, pixels, captured_at_ns: self.captured_at_ns })
    }
}

impl Frame<1> {
    /// Smaller by a whole factor in both directions: each new pixel is the mean of a square of old ones; what is left
    /// over at the right and lower edge is cut off. Pixel `u` of the new picture has its centre at
    /// `factor · u + (factor − 1) / 2` of the old. Nothing where no pixel would be left, or the factor is zero.
    #[must_use]
    pub fn downscaled(&self, factor: usize) -> Option<Self> {
        let (width, height) = (self.width().checked_div(factor)?, self.height() / factor);
        if width == 0 || height == 0 || factor > 256 {
            return None;
        }
        if factor == 1 {
            return Some(self.clone());
        }
        let mut pixels = Vec::with_capacity(width * height);
        let mut sums = vec![0u32; width];
        let area = (factor * factor) as u32;
        for y in 0..height {
            sums.fill(area / 2);
            for row in y * factor..(y + 1) * factor {
                for (sum, square) in sums.iter_mut().zip(self.row(row).chunks_exact(factor)) {
                    *sum += square.iter().map(|&pixel| u32::from(pixel)).sum::<u32>();
                }
            }
            pixels.extend(sums.iter().map(|&sum| (sum / area) as u8));
        }
        Some(Self { width, height, stride: width, pixels: pixels.into(), captured_at_ns: self.captured_at_ns })
    }
}

impl Frame<3> {
    /// The same picture in grey: luma by ITU-R BT.709-6, item 3.2 (0.2126 red, 0.7152 green, 0.0722 blue).
    #[must_use]
    pub fn to_gray(&self) -> GrayFrame {
        let luma = |rgb: &[u8]| {
            ((u32::from(rgb[0]) * 13933 + u32::from(rgb[1]) * 46871 + u32::from(rgb[2]) * 4732 + 32768) >> 16) as u8
        };
        let pixels = (0..self.height()).flat_map(|y| self.row(y).chunks_exact(3).map(luma)).collect();
        let (width, height) = (self.width, self.height);
        GrayFrame { width, height, stride: width, pixels, captured_at_ns: self.captured_at_ns }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ramp(width: usize, height: usize, stride: usize) -> GrayFrame {
        let pixels: Vec<u8> = (0..stride * height).map(|i| (i % stride + 10 * (i / stride)) as u8).collect();
        GrayFrame::new(width, height, stride, pixels, 7).unwrap()
    }

    #[test]
    fn rows_end_where_the_picture_does() {
        let frame = ramp(4, 3, 6);
        assert_eq!(frame.row(1), [10, 11, 12, 13]);
        assert!(GrayFrame::new(4, 3, 6, vec![0; 16], 0).is_ok(), "the last row needs no padding");
    }

    #[test]
    fn sizes_that_do_not_fit_are_refused() {
        assert_eq!(GrayFrame::new(4, 3, 6, vec![0; 15], 0), Err(FrameError::Short { found: 15, needed: 16 }));
        assert_eq!(GrayFrame::new(4, 3, 3, vec![0; 99], 0), Err(FrameError::Stride { stride: 3, needed: 4 }));
        assert_eq!(GrayFrame::new(0, 3, 3, vec![0; 99], 0), Err(FrameError::Size { width: 0, height: 3 }));
        assert!(RgbFrame::new(2, 2, usize::MAX, vec![0; 99], 0).is_err());
    }

    #[test]
    fn a_crop_is_cut_to_the_picture() {
        let frame = ramp(4, 3, 6);
        let part = frame.crop(Region { x: 2, y: 1, width: 9, height: 9 }).unwrap();
        assert_eq!((part.width(), part.height(), part.captured_at_ns()), (2, 2, 7));
        assert_eq!(part.pixels()[..], [12, 13, 22, 23]);
        assert_eq!(frame.crop(Region { x: 4, y: 0, width: 1, height: 1 }), None);
        assert_eq!(frame.crop(Region { x: usize::MAX, y: 0, width: 2, height: 1 }), None);
    }

    #[test]
    fn a_smaller_picture_is_the_mean_of_squares() {
        let small = ramp(5, 4, 6).downscaled(2).unwrap();
        assert_eq!((small.width(), small.height()), (2, 2));
        assert_eq!(small.pixels()[..], [6, 8, 26, 28], "5.5 is rounded up");
        assert_eq!(ramp(5, 4, 6).downscaled(5), None);
        assert_eq!(ramp(5, 4, 6).downscaled(0), None);
    }

    #[test]
    fn grey_weighs_green_most_and_keeps_white() {
        let frame = RgbFrame::new(4, 1, 12, vec![255, 255, 255, 255, 0, 0, 0, 255, 0, 0, 0, 255], 0).unwrap();
        assert_eq!(frame.to_gray().row(0), [255, 54, 182, 18]);
    }
}
