//! What a camera kept of an alert: a clip and a picture, named by their hashes, and how the operations room gets them.
//!
//! The camera tells the room what it has ([`EvidenceNotice`]), again and again until the room says that it has it on disk.
//! The room asks for one piece after another ([`EvidenceRequest`]); a piece that is lost is asked for again.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::video::{VideoBox, VideoBytes};
use crate::ids::{AlertId, SensorId};
use crate::time::Timestamp;

/// The most bytes in one answer: a quarter of a message, so that a narrow link is free again soon.
pub const EVIDENCE_PIECE_MAX: u64 = 256 * 1024;
/// The longest file of evidence.
pub const EVIDENCE_FILE_MAX: u64 = 128 << 20;

/// The SHA-256 of a file: its name wherever it is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct FileHash([u8; 32]);

/// A text that is no hash of a file.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{found:?} is no SHA-256: allowed are 64 of 0-9 and a-f")]
pub struct InvalidFileHash {
    /// What was found, cut to a length that fits a log line.
    pub found: String,
}

impl FileHash {
    /// Takes a hash that was computed.
    #[must_use]
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

impl fmt::Display for FileHash {
    /// 64 hexadecimal digits, lower case.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl FromStr for FileHash {
    type Err = InvalidFileHash;

    /// Only the one spelling that is written: a name of a file never holds anything but these 64 digits.
    fn from_str(text: &str) -> Result<Self, InvalidFileHash> {
        let digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        let invalid = || InvalidFileHash { found: text.chars().take(80).collect() };
        if text.len() != 64 || !text.bytes().all(digit) {
            return Err(invalid());
        }
        let mut bytes = [0; 32];
        for (byte, at) in bytes.iter_mut().zip((0..64).step_by(2)) {
            *byte = u8::from_str_radix(&text[at..at + 2], 16).map_err(|_| invalid())?;
        }
        Ok(Self(bytes))
    }
}

impl From<FileHash> for String {
    fn from(hash: FileHash) -> Self {
        hash.to_string()
    }
}

impl TryFrom<String> for FileHash {
    type Error = InvalidFileHash;
    fn try_from(text: String) -> Result<Self, InvalidFileHash> {
        text.parse()
    }
}

/// A file of evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct EvidenceFile {
    /// Its name.
    #[serde(rename = "h")]
    pub hash: FileHash,
    /// Its length.
    #[serde(rename = "n")]
    pub bytes: u64,
}

/// "I have this of an alert." Said until the room has it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EvidenceNotice {
    /// The camera.
    #[serde(rename = "s")]
    pub sensor: SensorId,
    /// The alert.
    #[serde(rename = "a")]
    pub alert: AlertId,
    /// The alert's instant.
    #[serde(rename = "t")]
    pub at: Timestamp,
    /// When the clip's first frame was taken, on the camera's clock.
    #[serde(rename = "f")]
    pub begins: Timestamp,
    /// When its last was.
    #[serde(rename = "u")]
    pub ends: Timestamp,
    /// Width and height, pixels.
    #[serde(rename = "p")]
    pub picture: [u32; 2],
    /// The clip: MP4, H.264 as it was encoded once.
    #[serde(rename = "c")]
    pub clip: EvidenceFile,
    /// The picture nearest to the alert's instant, where one could be made.
    #[serde(rename = "j", default, skip_serializing_if = "Option::is_none")]
    pub snapshot: Option<EvidenceSnapshot>,
}

impl EvidenceNotice {
    /// Its files: the picture, which is small and looked at first, and the clip.
    pub fn files(&self) -> impl Iterator<Item = EvidenceFile> {
        self.snapshot.as_ref().map(|snapshot| snapshot.file).into_iter().chain([self.clip])
    }
}

/// A picture, and what was seen in it. Nothing is drawn into the file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EvidenceSnapshot {
    /// The picture: JPEG.
    #[serde(rename = "f")]
    pub file: EvidenceFile,
    /// When it was taken, on the camera's clock.
    #[serde(rename = "t")]
    pub taken_at: Timestamp,
    /// What was seen in it, at most [`super::VIDEO_BOXES_MAX`].
    #[serde(rename = "b", default, skip_serializing_if = "Vec::is_empty")]
    pub boxes: Vec<VideoBox>,
}

/// The room asks a camera.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EvidenceRequest {
    /// The camera.
    #[serde(rename = "s")]
    pub sensor: SensorId,
    /// The alert.
    #[serde(rename = "a")]
    pub alert: AlertId,
    /// For what.
    #[serde(rename = "w")]
    pub wish: EvidenceWish,
}

/// What the room wants of a camera's evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum EvidenceWish {
    /// A piece of a file, at most [`EVIDENCE_PIECE_MAX`] bytes from here.
    #[serde(rename = "p")]
    Piece {
        /// Which file.
        #[serde(rename = "h")]
        file: FileHash,
        /// From which byte.
        #[serde(rename = "o")]
        offset: u64,
    },
    /// Nothing any more: the room has all files of the alert on disk.
    #[serde(rename = "k")]
    Kept,
}

/// A camera's answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EvidenceReply {
    /// The camera.
    #[serde(rename = "s")]
    pub sensor: SensorId,
    /// The alert.
    #[serde(rename = "a")]
    pub alert: AlertId,
    /// What was asked.
    #[serde(rename = "w")]
    pub wish: EvidenceWish,
    /// What there is to say to it.
    #[serde(rename = "r")]
    pub answer: EvidenceAnswer,
}

/// What a camera answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum EvidenceAnswer {
    /// The bytes from there on; none behind the end.
    #[serde(rename = "b")]
    Bytes(VideoBytes),
    /// That the room has it is noted.
    #[serde(rename = "n")]
    Noted,
    /// It is not there, or not any more.
    #[serde(rename = "g")]
    Gone,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::FileHash;

    #[test]
    fn a_hash_reads_as_64_digits_and_nothing_else_is_one() {
        let text = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
        assert_eq!(text.parse::<FileHash>().unwrap().to_string(), text);
        let upper = text.to_uppercase();
        for wrong in ["", &text[1..], &upper, "../../etc/passwd", &format!("{}é", &text[..62])] {
            let said = wrong.parse::<FileHash>().unwrap_err().to_string();
            assert!(said.contains("64 of 0-9 and a-f"), "{said}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_a_hash_in_its_one_spelling_or_none(text in "[0-9a-f]{64}|[0-9a-fA-F./]{60,66}|.{0,70}") {
            if let Ok(hash) = text.parse::<FileHash>() {
                prop_assert_eq!(hash.to_string(), text);
            }
        }
    }
}
