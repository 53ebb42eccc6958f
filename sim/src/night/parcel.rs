//! A message as it travels in virtual time: its topic and the very bytes that the bus would carry.

use telemetry::Timestamp;
use telemetry::messages::Message;
use telemetry::topics::Topic;

use crate::link::Link;

/// A message on a simulated link.
#[derive(Debug, Clone)]
pub(super) struct Parcel {
    topic: Topic,
    bytes: Vec<u8>,
}

impl Parcel {
    pub(super) fn of(message: &Message) -> Self {
        Self { topic: message.topic(), bytes: message.encode() }
    }

    /// The message, if it can be read. Ours always can; the type does not promise it.
    pub(super) fn open(&self) -> Option<Message> {
        Message::decode(&self.topic, &self.bytes).ok()
    }
}

impl Link<Parcel> {
    pub(super) fn send_parcel(&mut self, now: Timestamp, message: &Message) {
        let parcel = Parcel::of(message);
        let size = parcel.bytes.len();
        self.send(now, parcel, size);
    }
}
