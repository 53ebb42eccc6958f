//! What may stand in the fields of a vehicle's file, and what stands there when nothing is said.

use std::fmt;
use std::net::SocketAddr;
use std::ops::RangeInclusive;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use telemetry::{MavSystemId, VehicleId};

use crate::agent::VEHICLE_NAME_MAX;

const JOURNAL_MIB: RangeInclusive<u64> = 4..=65_536;
const JOURNAL_MIB_DEFAULT: u64 = 256;
const KILOBITS: RangeInclusive<u32> = 32..=8000;
const SIGMA_DEG: RangeInclusive<f64> = 0.01..=45.0;
const FILE_MIB: RangeInclusive<u64> = 1..=4096;
const TOTAL_MIB: RangeInclusive<u64> = 8..=1_048_576;

pub(super) fn file_mib<'de, D: Deserializer<'de>>(from: D) -> Result<u64, D::Error> {
    ranged(u64::deserialize(from)?, &FILE_MIB)
}

pub(super) fn total_mib<'de, D: Deserializer<'de>>(from: D) -> Result<u64, D::Error> {
    ranged(u64::deserialize(from)?, &TOTAL_MIB)
}

pub(super) fn live_kilobits<'de, D: Deserializer<'de>>(from: D) -> Result<u32, D::Error> {
    match u32::deserialize(from)? {
        0 => Ok(0),
        found => ranged(found, &KILOBITS),
    }
}

pub(super) fn evidence_kilobits<'de, D: Deserializer<'de>>(from: D) -> Result<Option<u32>, D::Error> {
    live_kilobits(from).map(Some)
}

pub(super) fn heading_sigma_deg() -> f64 {
    2.3
}

pub(super) fn tilt_sigma_deg() -> f64 {
    0.6
}

pub(super) fn sigma_deg<'de, D: Deserializer<'de>>(from: D) -> Result<f64, D::Error> {
    ranged(f64::deserialize(from)?, &SIGMA_DEG)
}

pub(super) fn journal_max_mib() -> u64 {
    JOURNAL_MIB_DEFAULT
}

pub(super) fn journal_mib<'de, D: Deserializer<'de>>(from: D) -> Result<u64, D::Error> {
    ranged(u64::deserialize(from)?, &JOURNAL_MIB)
}

pub(super) fn system_id<'de, D: Deserializer<'de>>(from: D) -> Result<MavSystemId, D::Error> {
    ranged(u8::deserialize(from)?, &(1..=255)).map(MavSystemId)
}

pub(super) fn undulation<'de, D: Deserializer<'de>>(from: D) -> Result<f64, D::Error> {
    ranged(f64::deserialize(from)?, &crate::agent::UNDULATIONS_M)
}

pub(super) fn endurance<'de, D: Deserializer<'de>>(from: D) -> Result<Option<f64>, D::Error> {
    ranged(f64::deserialize(from)?, &crate::agent::ENDURANCES_S).map(Some)
}

pub(super) fn patience<'de, D: Deserializer<'de>>(from: D) -> Result<Option<f64>, D::Error> {
    ranged(f64::deserialize(from)?, &crate::agent::PATIENCES_S).map(Some)
}

pub(super) fn short_name<'de, D: Deserializer<'de>>(from: D) -> Result<VehicleId, D::Error> {
    let name = VehicleId::deserialize(from)?;
    if name.as_str().len() > VEHICLE_NAME_MAX {
        return Err(D::Error::custom(format!(
            "{name} is too long: a vehicle's name has at most {VEHICLE_NAME_MAX} bytes"
        )));
    }
    Ok(name)
}

pub(super) fn loopback<'de, D: Deserializer<'de>>(from: D) -> Result<SocketAddr, D::Error> {
    let address = SocketAddr::deserialize(from)?;
    if !address.ip().is_loopback() {
        return Err(D::Error::custom(format!("{address} is not on this machine: a camera's program runs here only")));
    }
    Ok(address)
}

fn ranged<T: PartialOrd + fmt::Display, E: serde::de::Error>(found: T, allowed: &RangeInclusive<T>) -> Result<T, E> {
    if allowed.contains(&found) {
        return Ok(found);
    }
    Err(E::custom(format!("found {found}: allowed are {} to {}", allowed.start(), allowed.end())))
}
