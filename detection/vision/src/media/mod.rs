//! Video in and out, by GStreamer: the shell around everything else here.
//!
//! | module | its duty |
//! |---|---|
//! | [`source`] | cameras and files: frames with the time they were taken, newest first to come, and the encoded stream |
//! | [`coded`] | the source's own H.264, to be passed on |
//! | [`levels`] | sixteen bits of an infrared camera to the eight that everything else takes |
//! | [`transport`] | frames and metadata encoded into one MPEG transport stream |
//! | [`fragments`] | the same frames as fragments of an MP4 stream, for a browser |
//! | [`recent`] | the last seconds of it, for clips that begin before their alert |
//! | [`clip`] | a clip and a picture out of those |
//! | [`recording`] | all of it, in segments whose hashes are chained |
//! | [`recorded`] | frames out of such segments, for clips of what is no longer in memory |
//! | [`serve`] | an RTSP server, and UDP |
//!
//! Whoever reads frames may be as slow as it likes: of a live source it gets the newest, and the camera never waits.
//! Files are read whole, at the reader's pace.

pub mod clip;
pub mod coded;
pub mod fragments;
pub mod levels;
pub mod recent;
pub mod recorded;
pub mod recording;
pub mod serve;
pub mod source;
pub mod transport;

use thiserror::Error;

/// Video that cannot be had or made.
#[derive(Debug, Error)]
pub enum MediaError {
    /// GStreamer itself.
    #[error("GStreamer does not start: {why}")]
    Start {
        /// In its words.
        why: String,
    },
    /// An element that no installed package has.
    #[error("GStreamer has no {element}: {hint}")]
    Missing {
        /// The element or the part of the pipeline.
        element: String,
        /// What to install.
        hint: &'static str,
    },
    /// The source or sink broke.
    #[error("{what}: {why}")]
    Broken {
        /// Which.
        what: String,
        /// In GStreamer's words.
        why: String,
    },
    /// A frame that is none.
    #[error("{what} gave a picture that is none: {why}")]
    Picture {
        /// Which.
        what: String,
        /// What was found.
        why: String,
    },
}

/// Starts GStreamer, once.
///
/// # Errors
/// Where it does not start.
pub(crate) fn start() -> Result<(), MediaError> {
    gstreamer::init().map_err(|error| MediaError::Start { why: error.to_string() })
}
