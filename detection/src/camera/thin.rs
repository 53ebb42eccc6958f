//! The small stream for a vehicle's radio: encoded beside whatever else is, only while somebody in the room looks.
//!
//! The rate that `picket-onboard` allows says how large and how frequent the pictures are ([`Shape::fitting`]): a fifth of a
//! bit for each pixel, which is what small pictures of grainy scenes take. The encoder gets [`SHARE`] of it, for the
//! envelopes and the boxes beside the frames come on top. A key frame comes every [`KEY_EVERY_S`] and when it is asked for.

use std::time::Duration;

use vision::media::MediaError;
use vision::media::source::Taken;
use vision::media::transport::{Encoding, Transport};
use vision::pipeline::Sight;

use super::live::{Live, Shape, Wish};
use super::under_way::UnderWay;

/// Of the rate allowed, what the encoder may use.
const SHARE: f64 = 0.7;
/// What a pixel takes, bits.
const BITS_PER_PIXEL: f64 = 0.2;
/// The widest picture: more is seen in the recording.
const WIDTH_MAX: f64 = 640.0;
/// The narrowest that an encoder is asked for.
const SIDE_MIN: usize = 64;
const KEY_EVERY_S: u32 = 2;
/// A frame is waited for at the encoder's exit at most so long; else it goes out with the next.
const ENCODING: Duration = Duration::from_millis(20);

impl Shape {
    /// What fits into a rate, of pictures of a size.
    pub(super) fn fitting(kilobits_per_s: u32, picture: [usize; 2]) -> Self {
        let rate = match kilobits_per_s {
            0..150 => 5,
            150..400 => 8,
            _ => 12,
        };
        let pixels = f64::from(kilobits_per_s) * 1000.0 * SHARE / (f64::from(rate) * BITS_PER_PIXEL);
        let [width, height] = picture.map(|side| side.max(1) as f64);
        let scale = (pixels / (width * height)).sqrt().min(WIDTH_MAX / width).min(1.0);
        // Colour is kept for squares of two by two.
        let even = |side: f64| ((side * scale / 2.0).round() as usize * 2).max(SIDE_MIN);
        Self { size: [even(width), even(height)], rate }
    }
}

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Thin(Option<Stream>);

#[derive(Debug)]
struct Stream {
    transport: Transport,
    shape: Shape,
    kilobits_per_s: u32,
    picture: [usize; 2],
    colour: bool,
    beginnings: u32,
    /// The next picture is taken from then on, in the source's time.
    due_ns: u64,
    under_way: UnderWay,
}

impl Thin {
    /// Sends a picture, where a small stream is wished and one is due.
    ///
    /// # Errors
    /// Where there is no encoder, or it broke.
    pub(super) fn send(&mut self, taken: &Taken, sight: &Sight, live: &mut Live) -> Result<(), MediaError> {
        let Wish::Thin { kilobits_per_s, beginnings } = live.wish() else {
            if self.0.take().is_some() {
                live.end();
            }
            return Ok(());
        };
        let picture = [taken.gray.width(), taken.gray.height()];
        let (colour, asked) = (taken.rgb.is_some(), (kilobits_per_s, picture));
        let fits = |stream: &Stream| (stream.kilobits_per_s, stream.picture) == asked && stream.colour == colour;
        if !self.0.as_ref().is_some_and(fits) {
            live.end();
            self.0 = Some(Stream::open(kilobits_per_s, picture, colour, beginnings)?);
        }
        match &mut self.0 {
            Some(stream) => stream.send(taken, sight, beginnings, live),
            None => Ok(()),
        }
    }

    /// The source begins anew, and its time with it.
    pub(super) fn end(&mut self) {
        self.0 = None;
    }
}

impl Stream {
    fn open(kilobits_per_s: u32, picture: [usize; 2], colour: bool, beginnings: u32) -> Result<Self, MediaError> {
        let shape = Shape::fitting(kilobits_per_s, picture);
        let [width, height] = picture;
        let transport = Transport::open(Encoding {
            width,
            height,
            scaled: Some(shape.size),
            rate: shape.rate,
            key_every: shape.rate * KEY_EVERY_S,
            kilobits_per_s: (f64::from(kilobits_per_s) * SHARE) as u32,
            colour,
            metadata: false,
        })?;
        let [width, height] = shape.size;
        tracing::info!(encoder = transport.encoder(), width, height, rate = shape.rate, "live video for the radio");
        let under_way = UnderWay::default();
        Ok(Self { transport, shape, kilobits_per_s, picture, colour, beginnings, due_ns: 0, under_way })
    }

    fn send(&mut self, taken: &Taken, sight: &Sight, beginnings: u32, live: &mut Live) -> Result<(), MediaError> {
        if taken.stream_ns < self.due_ns {
            return Ok(());
        }
        let step_ns = 1_000_000_000 / u64::from(self.shape.rate);
        // Even steps where the source is quick enough; no burst where it was away.
        let next = self.due_ns.saturating_add(step_ns);
        self.due_ns = if next > taken.stream_ns { next } else { taken.stream_ns.saturating_add(step_ns / 2) };
        if std::mem::replace(&mut self.beginnings, beginnings) != beginnings {
            self.transport.ask_for_key();
        }
        self.transport.put(taken, &[])?;
        self.under_way.put(taken.stream_ns, taken.gray.captured_at_ns(), Some(sight));
        while let Some(chunk) = self.transport.next(ENCODING) {
            let seen = self.under_way.take(&chunk);
            live.send(&chunk, seen.as_ref(), self.shape, self.picture);
            if chunk.stream_ns >= taken.stream_ns {
                break;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_rate_says_how_large_and_how_frequent_the_pictures_are() {
        let cases = [
            (32, [1920, 1080], [199, 112], 5),
            (100, [1280, 720], [352, 198], 5),
            (300, [1280, 720], [482, 272], 8),
            (300, [320, 256], [320, 256], 8),
            (2000, [1920, 1080], [640, 360], 12),
        ];
        for (kilobits_per_s, picture, [width, height], rate) in cases {
            let shape = Shape::fitting(kilobits_per_s, picture);
            let near = |side: usize, expected: usize| side.abs_diff(expected) <= 2;
            let [w, h] = shape.size;
            assert!(near(w, width) && near(h, height) && shape.rate == rate, "{kilobits_per_s} kbit/s: {shape:?}");
        }
    }

    proptest! {
        #[test]
        fn every_shape_can_be_encoded(kilobits_per_s: u32, width in 1usize..8000, height in 1usize..8000) {
            let Shape { size, rate } = Shape::fitting(kilobits_per_s, [width, height]);
            prop_assert!(size.iter().all(|side| side.is_multiple_of(2) && *side >= SIDE_MIN));
            prop_assert!(size[0] <= WIDTH_MAX as usize && (1..=12).contains(&rate));
        }
    }
}
