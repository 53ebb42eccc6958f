//! What must never be lost on its way from a vehicle to the operations room, and the beat that says the room is there.

use serde::{Deserialize, Serialize};

use super::response::Alert;
use super::sensor::SensorScan;
use crate::ids::{SiteId, VehicleId};
use crate::time::Timestamp;

/// One numbered entry of a vehicle's journal: kept on board until acknowledged, sent again after a cut.
///
/// The body travels as a byte string of its own. A station that cannot read it, because the vehicle is newer, still
/// reads the number: it keeps the bytes as [`JournalBody::Unreadable`] and acknowledges them, where an entry that
/// nobody acknowledges would hold up every alert behind it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct JournalEntry {
    /// Whose journal.
    #[serde(rename = "v")]
    pub vehicle: VehicleId,
    /// Which series of numbers: a journal begun anew (an empty disk) begins a new series.
    #[serde(rename = "e")]
    pub series: u64,
    /// The number, from 1, rising.
    #[serde(rename = "n")]
    pub number: u64,
    /// The number of the entry before this one that the vehicle still has, 0 when it has none. Whatever lies between
    /// was acknowledged or given up, so the station need not wait for it.
    #[serde(rename = "a")]
    pub after: u64,
    /// When it was written.
    #[serde(rename = "t")]
    pub recorded_at: Timestamp,
    /// What.
    #[serde(rename = "b", with = "embedded")]
    pub body: JournalBody,
}

/// What a vehicle keeps.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum JournalBody {
    /// Something its own camera or sensor detected.
    #[serde(rename = "scan")]
    Scan(SensorScan),
    /// An alert it raised.
    #[serde(rename = "alert")]
    Alert(Alert),
    /// Something this version cannot read: its bytes, unchanged. Never made on board; written, it is the same bytes.
    #[serde(skip)]
    Unreadable(Vec<u8>),
}

/// A journal's body as a byte string that holds a message of its own, version included.
mod embedded {
    use std::fmt;

    use serde::de::Visitor;
    use serde::{Deserializer, Serializer};

    use super::JournalBody;
    use crate::wire;

    pub(super) fn serialize<S: Serializer>(body: &JournalBody, to: S) -> Result<S::Ok, S::Error> {
        match body {
            JournalBody::Unreadable(bytes) => to.serialize_bytes(bytes),
            known => to.serialize_bytes(&wire::encode(known)),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<JournalBody, D::Error> {
        struct Body;
        impl Visitor<'_> for Body {
            type Value = JournalBody;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the bytes of a journal's body")
            }
            fn visit_bytes<E>(self, bytes: &[u8]) -> Result<JournalBody, E> {
                Ok(wire::decode(bytes).unwrap_or_else(|_| JournalBody::Unreadable(bytes.to_vec())))
            }
        }
        from.deserialize_bytes(Body)
    }
}

/// "I have everything of this series up to and with this number, on disk."
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JournalAck {
    /// Whose journal.
    #[serde(rename = "v")]
    pub vehicle: VehicleId,
    /// Which series.
    #[serde(rename = "e")]
    pub series: u64,
    /// Everything up to and with this. Not the name of an entry's number: an entry must not pass for its own ack.
    #[serde(rename = "u")]
    pub up_to: u64,
}

/// The operations room's beat, once a second. Its absence is a lost link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StationBeat {
    /// Which room.
    #[serde(rename = "s")]
    pub site: SiteId,
    /// The room's clock.
    #[serde(rename = "t")]
    pub at: Timestamp,
}
