//! Identifiers, each a type of its own, so that a sensor is never passed where a vehicle belongs.
//!
//! Our own names are short lower-case words: they stand in topic keys, file names and log lines, so nothing in them
//! needs escaping anywhere.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The longest identifier, in bytes: every topic key stays small enough for a narrow radio link.
pub const ID_LENGTH_MAX: usize = 48;

/// A text that cannot be an identifier.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{found:?} is not a name for a {kind}: allowed are {allowed}")]
pub struct InvalidId {
    /// What was to be named.
    pub kind: &'static str,
    /// What such a name may be, in words.
    pub allowed: &'static str,
    /// What was found, cut to a length that fits a log line.
    pub found: String,
}

/// What [`ID_LENGTH_MAX`] and [`check_name`] allow, in words.
const NAME_ALLOWED: &str = "1 to 48 of a-z, 0-9, '-' and '.', starting with a letter or digit";

fn check_name(kind: &'static str, text: &str) -> Result<(), InvalidId> {
    let starts_well = text.bytes().next().is_some_and(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'.';
    if starts_well && text.len() <= ID_LENGTH_MAX && text.bytes().all(allowed) {
        Ok(())
    } else {
        Err(InvalidId { kind, allowed: NAME_ALLOWED, found: text.chars().take(ID_LENGTH_MAX).collect() })
    }
}

macro_rules! named {
    ($(#[$doc:meta])* $name:ident, $kind:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(into = "String", try_from = "String")]
        pub struct $name(String);

        impl $name {
            /// Checks and takes a name.
            ///
            /// # Errors
            /// [`InvalidId`] when the text is empty, too long, or holds anything but `a-z`, `0-9`, `-` and `.`.
            pub fn new(text: impl Into<String>) -> Result<Self, InvalidId> {
                let text = text.into();
                check_name($kind, &text)?;
                Ok(Self(text))
            }

            /// The name as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidId;
            fn try_from(text: String) -> Result<Self, InvalidId> {
                Self::new(text)
            }
        }

        impl std::str::FromStr for $name {
            type Err = InvalidId;
            fn from_str(text: &str) -> Result<Self, InvalidId> {
                Self::new(text)
            }
        }
    };
}

named!(
    /// A place watched by one operations room: a port, a stretch of border.
    SiteId, "site"
);
named!(
    /// An operations room among those that share tracks.
    StationId, "station"
);
named!(
    /// One of our own drones or boats.
    VehicleId, "vehicle"
);
named!(
    /// A radar, direction finder, receiver or camera.
    SensorId, "sensor"
);
named!(
    /// An area with a rule: restricted, border, authorised flights.
    ZoneId, "zone"
);
named!(
    /// A flight plan.
    PlanId, "plan"
);
named!(
    /// A flight of somebody else's that was declared to the room.
    FlightId, "flight"
);
named!(
    /// A person at the console. Every response carries one.
    OperatorId, "operator"
);
named!(
    /// An alert: the name of who raised it and a number, `kiel.17`.
    AlertId, "alert"
);
named!(
    /// A proposal to send a vehicle to look.
    CueId, "cue"
);
named!(
    /// The idempotency id of a command: the same id twice is one command.
    CommandId, "command"
);

macro_rules! numbered {
    ($(#[$doc:meta])* $name:ident($inner:ty)) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub $inner);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }
    };
}

numbered!(
    /// A detection, unique within its sensor.
    DetectionId(u64)
);
numbered!(
    /// A track, unique within one station's life.
    TrackId(u64)
);
numbered!(
    /// The MAVLink system id of an autopilot or ground station (MAVLink 2, "Packet Serialization").
    MavSystemId(u8)
);
numbered!(
    /// The MAVLink component id within a system.
    MavComponentId(u8)
);

/// A Maritime Mobile Service Identity: nine digits (ITU-R M.585). A claim of the vessel, never proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "u32", try_from = "u32")]
pub struct Mmsi(u32);

impl Mmsi {
    /// Takes a number of at most nine digits.
    ///
    /// # Errors
    /// [`InvalidId`] for more than nine digits.
    pub fn new(number: u32) -> Result<Self, InvalidId> {
        if number <= 999_999_999 {
            Ok(Self(number))
        } else {
            Err(InvalidId { kind: "MMSI", allowed: "at most nine digits", found: number.to_string() })
        }
    }
}

impl fmt::Display for Mmsi {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:09}", self.0)
    }
}

impl From<Mmsi> for u32 {
    fn from(mmsi: Mmsi) -> u32 {
        mmsi.0
    }
}

impl TryFrom<u32> for Mmsi {
    type Error = InvalidId;
    fn try_from(number: u32) -> Result<Self, InvalidId> {
        Self::new(number)
    }
}

/// The 24-bit address of an aircraft (ICAO Annex 10, volume III, chapter 9). A claim of the aircraft, never proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "u32", try_from = "u32")]
pub struct Icao24(u32);

impl Icao24 {
    /// Takes a number of at most 24 bits.
    ///
    /// # Errors
    /// [`InvalidId`] for more than 24 bits.
    pub fn new(number: u32) -> Result<Self, InvalidId> {
        if number <= 0xff_ffff {
            Ok(Self(number))
        } else {
            Err(InvalidId { kind: "24-bit address", allowed: "at most 24 bits", found: format!("{number:X}") })
        }
    }
}

impl fmt::Display for Icao24 {
    /// Six hexadecimal digits, upper case, `4CA1B2`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:06X}", self.0)
    }
}

impl std::str::FromStr for Icao24 {
    type Err = InvalidId;

    /// Six hexadecimal digits of either case.
    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let six_digits = text.len() == 6 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        match u32::from_str_radix(text, 16) {
            Ok(number) if six_digits => Ok(Self(number)),
            _ => Err(InvalidId {
                kind: "24-bit address",
                allowed: "six hexadecimal digits",
                found: text.chars().take(ID_LENGTH_MAX).collect(),
            }),
        }
    }
}

impl From<Icao24> for u32 {
    fn from(icao: Icao24) -> u32 {
        icao.0
    }
}

impl TryFrom<u32> for Icao24 {
    type Error = InvalidId;
    fn try_from(number: u32) -> Result<Self, InvalidId> {
        Self::new(number)
    }
}
