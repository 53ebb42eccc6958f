//! Live video: one frame as a fragment of an MP4 stream, with what was seen in it. It travels only while somebody looks.

use std::fmt;

use serde::de::Visitor;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::ids::SensorId;
use crate::time::Timestamp;

/// The most boxes beside a fragment; of more, the first are sent.
pub const VIDEO_BOXES_MAX: usize = 64;

/// A frame, encoded (ISO/IEC 14496-12, a movie fragment of one sample).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct VideoFragment {
    /// The camera.
    #[serde(rename = "s")]
    pub sensor: SensorId,
    /// Counted from the start of the camera's program: where one is missing, a decoder waits for the next key frame.
    #[serde(rename = "n")]
    pub number: u64,
    /// When the frame was taken, on the camera's clock.
    #[serde(rename = "t")]
    pub captured_at: Timestamp,
    /// Width and height of the picture that the boxes are in, pixels; the video may be a smaller one of the same shape.
    #[serde(rename = "p")]
    pub picture: [u32; 2],
    /// The frame's place on the stream's own timeline, seconds. Its steps are even; it is not a clock.
    #[serde(rename = "d")]
    pub media_time_s: f64,
    /// What a decoder must know first; with every key frame, and only there.
    #[serde(rename = "k", default, skip_serializing_if = "Option::is_none")]
    pub initialization: Option<VideoInitialization>,
    /// The fragment: `moof` and `mdat`.
    #[serde(rename = "f")]
    pub fragment: VideoBytes,
    /// What was seen in the frame, at most [`VIDEO_BOXES_MAX`].
    #[serde(rename = "b", default, skip_serializing_if = "Vec::is_empty")]
    pub boxes: Vec<VideoBox>,
}

/// What a decoder must know before its first key frame.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VideoInitialization {
    /// The codec as browsers name it, `avc1.64001f` (RFC 6381, 3.3).
    #[serde(rename = "c")]
    pub codec: String,
    /// The initialization segment: `ftyp` and `moov`.
    #[serde(rename = "i")]
    pub segment: VideoBytes,
}

/// A box around a thing in the frame.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct VideoBox {
    /// Left, top, width, height, pixels.
    #[serde(rename = "x")]
    pub bounds: [f32; 4],
    /// What it is taken for.
    #[serde(rename = "c")]
    pub class: String,
    /// Confidence, 0 to 1.
    #[serde(rename = "p")]
    pub confidence: f32,
    /// The track in the picture, if it is on one.
    #[serde(rename = "k", default, skip_serializing_if = "Option::is_none")]
    pub track: Option<u64>,
}

/// Bytes that travel as bytes, not as a list of numbers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct VideoBytes(pub Vec<u8>);

impl Serialize for VideoBytes {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_bytes(&self.0)
    }
}

impl<'de> Deserialize<'de> for VideoBytes {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Bytes;
        impl Visitor<'_> for Bytes {
            type Value = VideoBytes;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("bytes")
            }

            fn visit_bytes<E>(self, bytes: &[u8]) -> Result<VideoBytes, E> {
                Ok(VideoBytes(bytes.to_vec()))
            }
        }
        from.deserialize_bytes(Bytes)
    }
}
