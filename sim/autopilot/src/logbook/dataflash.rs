//! ArduPilot's log: messages of `A3 95 type`, each type described by a FMT message.
//!
//! Source: ArduPilot 4.5 `AP_Logger/LogStructure.h`.

use super::Row;

const MAGIC: [u8; 2] = [0xa3, 0x95];
const FMT: u8 = 128;
const GPS: u8 = 129;
/// 1980-01-06T00:00:00Z, and the leap seconds since.
const GPS_EPOCH_UNIX_S: i64 = 315_964_800;
const LEAP_S: i64 = 18;
const WEEK_S: i64 = 604_800;

pub(super) fn header() -> Vec<u8> {
    let mut bytes = Vec::new();
    describe(&mut bytes, FMT, 89, "FMT", "BBnNZ", "Type,Length,Name,Format,Columns");
    describe(
        &mut bytes,
        GPS,
        51,
        "GPS",
        "QBBIHBcLLeffffB",
        "TimeUS,I,Status,GMS,GWk,NSats,HDop,Lat,Lng,Alt,Spd,GCrs,VZ,Yaw,U",
    );
    bytes
}

fn describe(bytes: &mut Vec<u8>, of: u8, length: u8, name: &str, format: &str, labels: &str) {
    bytes.extend(MAGIC);
    bytes.extend([FMT, of, length]);
    for (text, width) in [(name, 4), (format, 16), (labels, 64)] {
        bytes.extend(text.bytes().chain(std::iter::repeat(0)).take(width));
    }
}

pub(super) fn row(bytes: &mut Vec<u8>, row: &Row) {
    let gps_ms = row.at.unix_nanos() / 1_000_000 - (GPS_EPOCH_UNIX_S - LEAP_S) * 1000;
    let [east, north, up] = row.velocity;
    bytes.extend(MAGIC);
    bytes.push(GPS);
    bytes.extend(row.since_boot_us.to_le_bytes());
    bytes.extend([0, 3]);
    bytes.extend((gps_ms.rem_euclid(WEEK_S * 1000) as u32).to_le_bytes());
    bytes.extend((gps_ms.div_euclid(WEEK_S * 1000) as u16).to_le_bytes());
    bytes.push(14);
    bytes.extend(90_i16.to_le_bytes());
    bytes.extend(row.latitude_e7.to_le_bytes());
    bytes.extend(row.longitude_e7.to_le_bytes());
    // Centimetres.
    bytes.extend((row.altitude_mm / 10).to_le_bytes());
    let course_deg = east.atan2(north).to_degrees().rem_euclid(360.0);
    for value in [east.hypot(north), course_deg, -up, 0.0] {
        bytes.extend((value as f32).to_le_bytes());
    }
    bytes.push(1);
}
