//! Clips and pictures out of what was encoded: the evidence of an alert.
//!
//! A [`clip`] is an MP4 that any player shows and seeks in (ISO/IEC 14496-12): the frames as the encoder made them, each as
//! long as the camera's clock says, for no frame is made up or moved. The metadata packets of the stream are in a track of their
//! own ([`METADATA`] says what they are), each with the time of its frame, as they went into the stream. A [`still`] is the one frame decoded and written as
//! JPEG. Nothing is drawn into either.

use std::time::Duration;

use gstreamer as gst;
use gstreamer::prelude::*;
use gstreamer_app::{AppSink, AppSrc};

pub use super::fragments::METADATA;
use super::fragments::TIMESCALE;
use super::fragments::access_unit::{AccessUnit, Parameters, metadata, shown};
use super::fragments::boxes::{self, Sample};
use super::recent::Kept;
use super::{MediaError, start};

/// How long the last frame is shown where there is no other to say it, ticks: a twenty-fifth of a second.
const LAST: u32 = 3_600;
/// Seconds from 1904, where MP4 counts from, to 1970.
const MP4_TO_UNIX_S: i64 = 2_082_844_800;
/// The decoder may take so long for a picture.
const DECODING: Duration = Duration::from_secs(20);

/// A clip.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clip {
    /// The file.
    pub mp4: Vec<u8>,
    /// When its first frame was taken, UTC, ns since 1970.
    pub begins_ns: i64,
    /// When its last was.
    pub ends_ns: i64,
    /// Width and height, pixels.
    pub picture: [usize; 2],
    /// Its frames.
    pub frames: usize,
}

/// A frame on its way into a clip.
struct Frame {
    captured_at_ns: i64,
    key: bool,
    bytes: Vec<u8>,
    /// Its metadata packet; empty where it has none.
    metadata: Vec<u8>,
}

/// Makes a clip of what was kept. It begins with a key frame; where the stream becomes another (another size, another
/// encoder), the part that holds the instant is taken, and of parts before it the newest. Nothing where there is no key
/// frame.
#[must_use]
pub fn clip(kept: &[Kept], at_ns: i64) -> Option<Clip> {
    let all = kept;
    let mut frames: Vec<Frame> = Vec::with_capacity(kept.len());
    let mut stream: Option<(Parameters, [usize; 2])> = None;
    for (place, kept) in kept.iter().enumerate() {
        let Some(unit) = AccessUnit::of(&kept.chunk.packets) else { continue };
        if let Some(parameters) = unit.parameters.filter(|_| unit.key) {
            let begins = (parameters, kept.picture);
            if stream.as_ref().is_some_and(|stream| *stream != begins) {
                if kept.captured_at_ns > at_ns {
                    break;
                }
                frames.clear();
            }
            stream = Some(begins);
        }
        if stream.is_some() {
            let metadata = metadata_of(all, place).unwrap_or_default();
            frames.push(Frame { captured_at_ns: kept.captured_at_ns, key: unit.key, bytes: unit.sample, metadata });
        }
    }
    let (parameters, picture) = stream?;
    let (begins_ns, ends_ns) = (frames.first()?.captured_at_ns, frames.last()?.captured_at_ns);
    let lengths = lengths(&frames);
    let timed = || frames.iter().zip(&lengths);
    let samples: Vec<Sample<'_>> = timed()
        .map(|(frame, length)| Sample { begins: 0, length: *length, key: frame.key, bytes: &frame.bytes })
        .collect();
    let beside: Vec<Sample<'_>> = timed()
        .map(|(frame, length)| Sample { begins: 0, length: *length, key: true, bytes: &frame.metadata })
        .collect();
    let beside = if frames.iter().all(|frame| frame.metadata.is_empty()) { &[][..] } else { &beside };
    let taken_s = u32::try_from(begins_ns.div_euclid(1_000_000_000) + MP4_TO_UNIX_S).unwrap_or(0);
    let sides = picture.map(|side| u16::try_from(side).unwrap_or(u16::MAX));
    let mp4 = boxes::movie(&parameters, sides, taken_s, &samples, beside);
    Some(Clip { mp4, begins_ns, ends_ns, picture, frames: frames.len() })
}

/// The metadata packet of a frame of what was kept, as it went into the stream: the one with its time. It lies beside the
/// frame, or in front of the next; nothing where there is none.
#[must_use]
pub fn metadata_of(kept: &[Kept], place: usize) -> Option<Vec<u8>> {
    let from = kept.get(place..)?;
    let time = shown(&from.first()?.chunk.packets)?;
    let near = from.iter().take(2).flat_map(|kept| metadata(&kept.chunk.packets));
    near.into_iter().find(|(at, _)| *at == time).map(|(_, packet)| packet)
}

/// How long each frame is shown, ticks: until the next was taken. Counted from the first, so that no error adds up; a clock
/// that was set back counts as standing still.
fn lengths(frames: &[Frame]) -> Vec<u32> {
    let begins_ns = frames.first().map_or(0, |first| first.captured_at_ns);
    let tick = |frame: &Frame| {
        let since_ns = i128::from(frame.captured_at_ns.saturating_sub(begins_ns).max(0));
        u64::try_from(since_ns * i128::from(TIMESCALE) / 1_000_000_000).unwrap_or(0)
    };
    let mut lengths: Vec<u32> = frames
        .windows(2)
        .map(|pair| u32::try_from(tick(&pair[1]).saturating_sub(tick(&pair[0]))).unwrap_or(u32::MAX).max(1))
        .collect();
    lengths.push(lengths.last().copied().unwrap_or(LAST));
    lengths
}

/// The frame taken nearest to an instant: its place among what was kept.
#[must_use]
pub fn nearest(kept: &[Kept], at_ns: i64) -> Option<usize> {
    (0..kept.len()).min_by_key(|place| kept[*place].captured_at_ns.abs_diff(at_ns))
}

/// A frame of what was kept as a JPEG, decoded from the key frame before it.
///
/// # Errors
/// [`MediaError`] where there is no key frame before it, no decoder, or it makes no picture.
pub fn still(kept: &[Kept], place: usize) -> Result<Vec<u8>, MediaError> {
    start()?;
    let broken = |why: String| MediaError::Broken { what: "the snapshot".into(), why };
    let upto = kept.get(..=place).ok_or_else(|| broken(format!("frame {place} of {}", kept.len())))?;
    let key = upto.iter().rposition(|kept| kept.chunk.key).ok_or_else(|| broken("no key frame is before it".into()))?;
    let text = "appsrc name=stream format=bytes caps=video/mpegts,systemstream=true,packetsize=188 ! tsdemux \
                ! video/x-h264 ! decodebin ! videoconvert ! jpegenc quality=90 ! appsink name=pictures sync=false";
    let missing = |error: gst::glib::Error| MediaError::Missing {
        element: error.to_string(),
        hint: "install gstreamer1.0-plugins-good, -bad and gstreamer1.0-libav",
    };
    let pipeline = gst::parse::launch(text).map_err(missing)?;
    let pipeline = pipeline.downcast::<gst::Pipeline>().expect("a text of several elements is a pipeline");
    let stream = pipeline.by_name("stream").and_then(|e| e.downcast::<AppSrc>().ok()).expect("the text names it");
    let pictures = pipeline.by_name("pictures").and_then(|e| e.downcast::<AppSink>().ok()).expect("the text names it");
    let decoded = decode(&pipeline, &stream, &pictures, &upto[key..]);
    // The pipeline is thrown away whether it stops or not.
    let _ = pipeline.set_state(gst::State::Null);
    decoded.ok_or_else(|| {
        let message = pipeline.bus().and_then(|bus| bus.pop_filtered(&[gst::MessageType::Error]));
        match message.as_ref().map(|message| message.view()) {
            Some(gst::MessageView::Error(error)) => broken(error.error().to_string()),
            _ => broken("no picture came".into()),
        }
    })
}

/// The last picture that a decoder makes of some chunks.
fn decode(pipeline: &gst::Pipeline, stream: &AppSrc, pictures: &AppSink, chunks: &[Kept]) -> Option<Vec<u8>> {
    pipeline.set_state(gst::State::Playing).ok()?;
    for kept in chunks {
        stream.push_buffer(gst::Buffer::from_slice(std::sync::Arc::clone(&kept.chunk.packets))).ok()?;
    }
    stream.end_of_stream().ok()?;
    let wait = gst::ClockTime::from_seconds(DECODING.as_secs());
    let mut last = None;
    while let Some(sample) = pictures.try_pull_sample(wait) {
        last = Some(sample);
    }
    let buffer = last?.buffer_owned()?;
    let jpeg = buffer.map_readable().ok()?;
    Some(jpeg.as_slice().to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_lasts_until_the_next_was_taken_and_no_error_adds_up() {
        let frames = |times: &[i64]| -> Vec<Frame> {
            times
                .iter()
                .map(|at| Frame { captured_at_ns: *at, key: false, bytes: Vec::new(), metadata: Vec::new() })
                .collect()
        };
        let thirds: Vec<i64> = (0..91).map(|frame| 1_795_230_720_000_000_000 + frame * 1_000_000_000 / 30).collect();
        let lengths_of = |times: &[i64]| lengths(&frames(times));
        assert_eq!(lengths_of(&thirds).iter().take(90).sum::<u32>(), 3 * TIMESCALE);
        assert_eq!(lengths_of(&[0, 40_000_000, 5_040_000_000]), [3_600, 450_000, 450_000]);
        assert_eq!(lengths_of(&[1_000_000_000, 0, 2_000_000_000]), [1, 90_000, 90_000], "a clock that was set back");
        assert_eq!((lengths_of(&[7]), lengths_of(&[])), (vec![LAST], vec![LAST]));
    }
}
