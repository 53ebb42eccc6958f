//! What targets say of themselves: AIS, Remote ID, ADS-B. Anyone with a transmitter can say anything, so a claim is shown
//! as a claim, compared with what is measured, and never taken as truth.

use serde::{Deserialize, Deserializer, Serialize};

use crate::frames::LatLon;
use crate::ids::{Icao24, InvalidId, Mmsi};
use crate::time::Timestamp;

/// The longest UAS id, bytes (ASTM F3411-22a, table 1: Basic ID message, 20 bytes padded with nulls).
pub const UAS_ID_LENGTH_MAX: usize = 20;

/// What a target says of itself. Never taken as truth: shown as a claim, compared with what is measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Claim {
    /// Automatic Identification System, ITU-R M.1371.
    #[serde(rename = "ais")]
    Ais(AisClaim),
    /// Remote identification of unmanned aircraft, ASTM F3411.
    #[serde(rename = "rid")]
    RemoteId(RemoteIdClaim),
    /// Automatic Dependent Surveillance – Broadcast, ICAO Doc 9871.
    #[serde(rename = "adsb")]
    Adsb(AdsbClaim),
}

impl Claim {
    /// The identity claimed, with the system it is claimed in: `MMSI-211234560`, `RID-1581F5FKD2`, `ADSB-4CA1B2`. Two
    /// claims with one text claim to be one target.
    #[must_use]
    pub fn identity(&self) -> String {
        match self {
            Self::Ais(claim) => format!("MMSI-{}", claim.mmsi),
            Self::RemoteId(claim) => format!("RID-{}", claim.uas_id),
            Self::Adsb(claim) => format!("ADSB-{}", claim.icao),
        }
    }
}

/// What a vessel says by AIS.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AisClaim {
    /// Maritime Mobile Service Identity.
    #[serde(rename = "m")]
    pub mmsi: Mmsi,
    /// The vessel's name, once a static report has come.
    #[serde(rename = "n", default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Call sign.
    #[serde(rename = "c", default, skip_serializing_if = "Option::is_none")]
    pub call_sign: Option<String>,
    /// Type of ship and cargo, ITU-R M.1371-5 table 53.
    #[serde(rename = "t", default, skip_serializing_if = "Option::is_none")]
    pub ship_type: Option<u8>,
    /// Navigational status, ITU-R M.1371-5 table 45.
    #[serde(rename = "s", default, skip_serializing_if = "Option::is_none")]
    pub navigational_status: Option<u8>,
    /// Length over all, metres.
    #[serde(rename = "l", default, skip_serializing_if = "Option::is_none")]
    pub length_m: Option<u16>,
    /// Breadth over all, metres.
    #[serde(rename = "b", default, skip_serializing_if = "Option::is_none")]
    pub beam_m: Option<u16>,
    /// Where the bow points, degrees from true north.
    #[serde(rename = "h", default, skip_serializing_if = "Option::is_none")]
    pub heading_deg: Option<u16>,
    /// What it says of its voyage, once a voyage report has come. It is kept apart: most messages carry no claim.
    #[serde(rename = "v", default, skip_serializing_if = "Option::is_none")]
    pub voyage: Option<Box<AisVoyage>>,
}

/// What a vessel says of its voyage by AIS (ITU-R M.1371-5, Annex 8, message 5).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct AisVoyage {
    /// The greatest draught, tenths of a metre; 255 is 25.5 m or more.
    #[serde(rename = "d", default, skip_serializing_if = "Option::is_none")]
    pub draught_dm: Option<u8>,
    /// Where it goes, as its crew wrote it.
    #[serde(rename = "to", default, skip_serializing_if = "Option::is_none")]
    pub destination: Option<String>,
    /// When it arrives there.
    #[serde(rename = "e", default, skip_serializing_if = "Option::is_none")]
    pub eta: Option<AisEta>,
}

impl AisClaim {
    /// A claim of an identity alone.
    #[must_use]
    pub fn of(mmsi: Mmsi) -> Self {
        Self {
            mmsi,
            name: None,
            call_sign: None,
            ship_type: None,
            navigational_status: None,
            length_m: None,
            beam_m: None,
            heading_deg: None,
            voyage: None,
        }
    }

    /// The draught that it says, metres.
    #[must_use]
    pub fn draught_m(&self) -> Option<f64> {
        self.voyage.as_ref()?.draught_dm.map(|tenths| f64::from(tenths) / 10.0)
    }
}

/// An arrival as AIS says it: UTC, without a year (ITU-R M.1371-5, Annex 8, message 5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct AisEta {
    /// 1 to 12.
    #[serde(rename = "m")]
    pub month: u8,
    /// 1 to 31.
    #[serde(rename = "d")]
    pub day: u8,
    /// 0 to 23.
    #[serde(rename = "h")]
    pub hour: u8,
    /// 0 to 59.
    #[serde(rename = "n")]
    pub minute: u8,
}

impl AisEta {
    /// The moment meant: that of the years around `now` which is nearest to it. Nothing for a day that there is not.
    #[must_use]
    pub fn nearest(self, now: Timestamp) -> Option<Timestamp> {
        let Self { month, day, hour, minute } = self;
        let year: i32 = now.to_string().get(..4)?.parse().ok()?;
        let in_year = |year: i32| format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:00Z").parse().ok();
        let apart_s = |at: &Timestamp| at.seconds_since(now).abs();
        (year - 1..=year + 1).filter_map(in_year).min_by(|a, b| apart_s(a).total_cmp(&apart_s(b)))
    }
}

/// What an unmanned aircraft says by Remote ID.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RemoteIdClaim {
    /// The UAS id of the Basic ID message: a serial number or a registration, 1 to [`UAS_ID_LENGTH_MAX`] printable ASCII
    /// characters. Reading one that is not is an error.
    #[serde(rename = "i", deserialize_with = "uas_id")]
    pub uas_id: String,
    /// Where it says its operator stands (System message).
    #[serde(rename = "o", default, skip_serializing_if = "Option::is_none")]
    pub operator: Option<LatLon>,
}

impl RemoteIdClaim {
    /// A claim of an id alone.
    ///
    /// # Errors
    /// [`InvalidId`] for an id that is empty, longer than [`UAS_ID_LENGTH_MAX`], or not printable ASCII.
    pub fn new(uas_id: impl Into<String>) -> Result<Self, InvalidId> {
        checked_uas_id(uas_id.into()).map(|uas_id| Self { uas_id, operator: None })
    }
}

fn checked_uas_id(text: String) -> Result<String, InvalidId> {
    let printable = text.bytes().all(|byte| (b' '..=b'~').contains(&byte));
    if !text.is_empty() && text.len() <= UAS_ID_LENGTH_MAX && printable {
        Ok(text)
    } else {
        let found = text.chars().take(UAS_ID_LENGTH_MAX + 1).collect();
        Err(InvalidId { kind: "UAS id", allowed: "1 to 20 printable ASCII characters", found })
    }
}

fn uas_id<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    checked_uas_id(String::deserialize(from)?).map_err(serde::de::Error::custom)
}

/// What an aircraft says by ADS-B.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AdsbClaim {
    /// Its 24-bit address.
    #[serde(rename = "i")]
    pub icao: Icao24,
    /// The flight's call sign, once an identification message has come.
    #[serde(rename = "c", default, skip_serializing_if = "Option::is_none")]
    pub call_sign: Option<String>,
}
