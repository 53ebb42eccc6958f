//! The details of a flight: what flew and when, as the app noted it.

use telemetry::Timestamp;

use crate::window::Fields;

/// What is kept of the details. They hold serial numbers too; those are left where they are.
#[derive(Debug, Clone, Default)]
pub(super) struct Details {
    pub(super) start: Option<Timestamp>,
    pub(super) aircraft: Option<String>,
    pub(super) product: Option<&'static str>,
}

/// Street, city and area, 20 bytes each; three flags; line count and checksum.
const START: usize = 4 * 20 + 3 + 4 + 4;
/// The start and the place; distance, time, greatest height and speeds; photographs and video; sizes and places of four
/// photographs; offset, account and the take-off's altitude.
const PRODUCT: usize = START + 3 * 8 + 5 * 4 + 4 + 8 + 2 * 16 + 2 * 32 + 8 + 16 + 4;
/// After the product, the time of its activation.
const AIRCRAFT: usize = PRODUCT + 1 + 8;
const AIRCRAFT_LENGTH: usize = 32;

impl Details {
    /// Reads what is there; a short one gives what it holds.
    pub(super) fn read(bytes: &[u8], version: u8) -> Self {
        let start_ms = bytes.i64_at(START).filter(|ms| (0..4_102_444_800_000).contains(ms));
        // Before version 6 names and numbers lie elsewhere.
        let names = version >= 6;
        Self {
            start: start_ms.map(|ms| Timestamp::from_unix_nanos(ms * 1_000_000)),
            aircraft: bytes.get(AIRCRAFT..AIRCRAFT + AIRCRAFT_LENGTH).filter(|_| names).and_then(text),
            product: bytes.u8_at(PRODUCT).filter(|_| names).and_then(product),
        }
    }
}

/// Text padded with zeros; nothing for none, or for bytes that are none.
fn text(bytes: &[u8]) -> Option<String> {
    let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
    let text = std::str::from_utf8(&bytes[..end]).ok()?.trim();
    (!text.is_empty() && !text.chars().any(char::is_control)).then(|| text.to_owned())
}

/// The product by its number, for those that write versions up to 12.
fn product(number: u8) -> Option<&'static str> {
    Some(match number {
        1 => "Inspire 1",
        2 => "Phantom 3 Standard",
        3 => "Phantom 3 Advanced",
        4 => "Phantom 3 Professional",
        6 => "Matrice 100",
        7 => "Phantom 4",
        9 => "Inspire 1 Pro",
        11 => "Matrice 600",
        12 => "Phantom 3 4K",
        13 => "Mavic Pro",
        17 => "Inspire 2",
        24 => "Phantom 4 Pro",
        26 => "Spark",
        27 => "Matrice 600 Pro",
        28 => "Phantom 4 Advanced",
        29 => "Phantom 3 SE",
        31 => "Matrice 200",
        33 => "Matrice 210",
        34 => "Matrice 210 RTK",
        38 => "Mavic Air",
        42 => "Mavic 2",
        44 => "Phantom 4 Pro V2",
        46 => "Phantom 4 RTK",
        58 => "Mavic 2 Enterprise",
        59 => "Mavic Mini",
        _ => return None,
    })
}
