//! The frames of a source as they came, where they are H.264: they are passed on, and need not be encoded again.
//!
//! They are taken where the source's decoder gets them, behind its parser, so each has the time of the picture that is
//! decoded from it. Where a source has no H.264 there are none. At most `CODED_MAX` wait to be taken; when so many do, all of them
//! go and are counted, and it goes on with the next key frame: what is left would show no picture.
//!
//! Limit: frames that come in another order than they are shown (B frames) are told by [`Coded::Disordered`]; such a source
//! has to be encoded again.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use gstreamer as gst;
use gstreamer::prelude::*;

/// Frames that nobody has taken yet: what a file's decoder may be behind, and ten seconds of a camera.
const CODED_MAX: usize = 300;
/// A frame and the picture made of it have the same time, but for rounding.
const SAME_NS: u64 = 1_000_000;

/// A frame as it came.
#[derive(Debug, Clone)]
pub struct CodedFrame {
    pub(super) buffer: gst::Buffer,
    pub(super) caps: gst::Caps,
    /// Its place in the stream, as [`super::source::Taken`] counts it: ns from the stream's beginning.
    pub stream_ns: u64,
}

impl CodedFrame {
    fn key(&self) -> bool {
        !self.buffer.flags().contains(gst::BufferFlags::DELTA_UNIT)
    }
}

/// What there is up to a picture.
#[derive(Debug)]
pub enum Coded {
    /// The frames since those taken before; the last is the one the picture was decoded from.
    Frames(Vec<CodedFrame>),
    /// The source is not H.264, or nobody asked for its frames.
    None,
    /// Its frames come in another order than they are shown.
    Disordered,
}

#[derive(Debug, Default)]
struct Waiting {
    frames: VecDeque<CodedFrame>,
    last_ns: Option<u64>,
    disordered: bool,
    /// Some were lost, and the next that is of use is a key frame.
    broken: bool,
    lost: u64,
}

impl Waiting {
    fn push(&mut self, frame: CodedFrame) {
        self.disordered |= self.last_ns.replace(frame.stream_ns).is_some_and(|last_ns| frame.stream_ns <= last_ns);
        self.broken &= !frame.key();
        if self.frames.len() >= CODED_MAX {
            self.lost += self.frames.len() as u64;
            self.frames.clear();
            self.broken = !frame.key();
        }
        if self.broken || self.disordered {
            self.lost += 1;
            return;
        }
        self.frames.push_back(frame);
    }
}

/// Where a source's frames are taken.
#[derive(Debug, Clone, Default)]
pub(super) struct Tap(Arc<Mutex<Waiting>>);

impl Tap {
    /// Taps every H.264 parser that a pipeline gets.
    pub(super) fn of(pipeline: &gst::Pipeline) -> Self {
        let tap = Self::default();
        let tapped = tap.clone();
        pipeline.connect_deep_element_added(move |_, _, element| {
            let is_parser = element.factory().is_some_and(|factory| factory.name() == "h264parse");
            let Some(pad) = is_parser.then(|| element.static_pad("src")).flatten() else { return };
            let tapped = tapped.clone();
            // A probe lives as long as its pad; there is no need of its name.
            let _ = pad.add_probe(gst::PadProbeType::BUFFER, move |pad, info| {
                if let (Some(buffer), Some(caps)) = (info.buffer(), pad.current_caps())
                    && let Some(pts) = buffer.pts()
                {
                    tapped.lock().push(CodedFrame { buffer: buffer.clone(), caps, stream_ns: pts.nseconds() });
                }
                gst::PadProbeReturn::Ok
            });
        });
        tap
    }

    /// The frames up to a picture.
    pub(super) fn up_to(&self, stream_ns: u64) -> Coded {
        let mut waiting = self.lock();
        if waiting.disordered {
            return Coded::Disordered;
        }
        if waiting.last_ns.is_none() {
            return Coded::None;
        }
        let count = waiting.frames.iter().take_while(|frame| frame.stream_ns <= stream_ns + SAME_NS).count();
        Coded::Frames(waiting.frames.drain(..count).collect())
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        // Nothing inside leaves the queue half changed, so a panic elsewhere does not spoil it.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(number: u64, key: bool) -> CodedFrame {
        gst::init().unwrap();
        let mut buffer = gst::Buffer::from_slice([0]);
        if !key {
            buffer.make_mut().set_flags(gst::BufferFlags::DELTA_UNIT);
        }
        CodedFrame { buffer, caps: gst::Caps::new_empty_simple("video/x-h264"), stream_ns: number * 40_000_000 }
    }

    fn numbers(tap: &Tap, up_to: u64) -> Vec<u64> {
        let Coded::Frames(frames) = tap.up_to(up_to * 40_000_000) else { panic!("frames") };
        frames.iter().map(|frame| frame.stream_ns / 40_000_000).collect()
    }

    #[test]
    fn frames_are_given_up_to_the_picture_and_a_flood_goes_on_with_a_key_frame() {
        let tap = Tap::default();
        assert!(matches!(tap.up_to(0), Coded::None));
        (0..5).for_each(|number| tap.lock().push(frame(number, number == 0)));
        let none = Vec::<u64>::new();
        assert_eq!((numbers(&tap, 2), numbers(&tap, 2)), (vec![0, 1, 2], none.clone()));
        assert_eq!(numbers(&tap, 9), [3, 4]);
        (5..400).for_each(|number| tap.lock().push(frame(number, number % 100 == 0)));
        assert_eq!(numbers(&tap, 999), none, "what is behind the flood shows no picture");
        assert_eq!(tap.lock().lost, 395);
        (400..403).for_each(|number| tap.lock().push(frame(number, number % 100 == 0)));
        assert_eq!(numbers(&tap, 999), [400, 401, 402]);
    }

    #[test]
    fn frames_that_are_not_in_order_are_told() {
        let tap = Tap::default();
        [0, 3, 1, 2].into_iter().for_each(|number| tap.lock().push(frame(number, number == 0)));
        assert!(matches!(tap.up_to(u64::MAX / 2), Coded::Disordered));
    }
}
