//! Bytes to MAVLink messages and back.
//!
//! [`Decoder`] is a [`Splitter`] whose frames are decoded. Frames of messages that the dialect does not know are left
//! out here and counted; whoever forwards takes them from the splitter. Signatures are stepped over: [`super::signing`]
//! looks at them before anything comes here.
//!
//! Source: <https://mavlink.io/en/guide/serialization.html>.

use mavlink::dialects::ardupilotmega::MavMessage;
use mavlink::{MAVLinkV2MessageRaw, MavHeader, Message};
use telemetry::{MavComponentId, MavSystemId};

pub use super::splitter::{Counts, PENDING_MAX};
use super::splitter::{RawFrame, Splitter};

/// One message and who sent it.
#[derive(Debug, Clone, PartialEq)]
pub struct Frame {
    /// The sender's system.
    pub system: MavSystemId,
    /// The sender's component.
    pub component: MavComponentId,
    /// What it says.
    pub message: MavMessage,
}

impl Frame {
    /// Decodes a frame; nothing where the dialect does not know the message or one of its values.
    #[must_use]
    pub fn of(raw: &RawFrame<'_>) -> Option<Self> {
        let (system, component) = raw.sender();
        let message = MavMessage::parse(raw.version(), raw.id, raw.payload()).ok().filter(|_| raw.checked)?;
        Some(Self { system, component, message })
    }
}

/// Finds messages in bytes.
#[derive(Debug, Default)]
pub struct Decoder {
    splitter: Splitter,
    bad_value: u64,
}

impl Decoder {
    /// A decoder that has seen nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes bytes. Read the messages in them by [`Decoder::next_frame`].
    pub fn push(&mut self, bytes: &[u8]) {
        self.splitter.push(bytes);
    }

    /// The next message, nothing when more bytes are needed.
    pub fn next_frame(&mut self) -> Option<Frame> {
        loop {
            let raw = self.splitter.next_raw()?;
            match Frame::of(&raw) {
                Some(frame) => return Some(frame),
                None => self.bad_value += u64::from(raw.checked),
            }
        }
    }

    /// What has been seen so far.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let counts = self.splitter.counts();
        Counts { messages: counts.messages - self.bad_value, bad_value: self.bad_value, ..counts }
    }
}

/// Writes the frames of one sender.
#[derive(Debug)]
pub struct Encoder {
    system: MavSystemId,
    component: MavComponentId,
    sequence: u8,
}

impl Encoder {
    /// A sender that has sent nothing.
    #[must_use]
    pub fn new(system: MavSystemId, component: MavComponentId) -> Self {
        Self { system, component, sequence: 0 }
    }

    /// One MAVLink 2 frame with the next sequence number.
    pub fn encode(&mut self, message: &MavMessage) -> Vec<u8> {
        let header =
            MavHeader { system_id: self.system.0.into(), component_id: self.component.0, sequence: self.sequence };
        self.sequence = self.sequence.wrapping_add(1);
        let mut raw = MAVLinkV2MessageRaw::new();
        raw.serialize_message(header, message);
        raw.raw_bytes().to_vec()
    }
}
