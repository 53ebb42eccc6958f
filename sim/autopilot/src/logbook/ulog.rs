//! PX4's log: a header, the format of one message, and its data.
//!
//! Source: docs.px4.io, "ULog File Format", version 1.

use super::Row;

const MAGIC: [u8; 8] = [0x55, 0x4c, 0x6f, 0x67, 0x01, 0x12, 0x35, 0x01];
const FORMAT: &str =
    "vehicle_global_position:uint64_t timestamp;double lat;double lon;float alt;float vel_n;float vel_e;float vel_d;";
const TOPIC: &str = "vehicle_global_position";

pub(super) fn header(since_boot_us: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    bytes.extend(MAGIC);
    bytes.extend(since_boot_us.to_le_bytes());
    // No compatibility flags, no appended data.
    message(&mut bytes, b'B', &[0; 40]);
    message(&mut bytes, b'F', FORMAT.as_bytes());
    // Instance 0 has message id 0.
    let mut subscription = vec![0; 3];
    subscription.extend(TOPIC.as_bytes());
    message(&mut bytes, b'A', &subscription);
    bytes
}

fn message(bytes: &mut Vec<u8>, kind: u8, content: &[u8]) {
    bytes.extend((content.len() as u16).to_le_bytes());
    bytes.push(kind);
    bytes.extend(content);
}

pub(super) fn row(bytes: &mut Vec<u8>, row: &Row) {
    let [east, north, up] = row.velocity;
    let mut content = [0; 42];
    content[2..10].copy_from_slice(&row.since_boot_us.to_le_bytes());
    content[10..18].copy_from_slice(&(f64::from(row.latitude_e7) * 1e-7).to_le_bytes());
    content[18..26].copy_from_slice(&(f64::from(row.longitude_e7) * 1e-7).to_le_bytes());
    let altitude_m = row.altitude_mm as f32 / 1000.0;
    for (slot, value) in content[26..].chunks_exact_mut(4).zip([altitude_m, north as f32, east as f32, -up as f32]) {
        slot.copy_from_slice(&value.to_le_bytes());
    }
    message(bytes, b'D', &content);
}
