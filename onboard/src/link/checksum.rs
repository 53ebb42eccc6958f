//! The checksum of MAVLink frames: CRC-16/MCRF4XX (reflected polynomial 0x8408, start 0xFFFF), eight bytes at a time.
//!
//! A frame's checksum also covers one byte of its message's definition, which a receiver that does not know the message
//! cannot have. [`flipped`] still says how the checksum changes with one byte of the frame, because a CRC is linear:
//! that is how a frame of an unknown message can be signed on its way.
//!
//! Source: <https://mavlink.io/en/guide/serialization.html#checksum>.

const POLYNOMIAL: u16 = 0x8408;
const START: u16 = 0xFFFF;

/// `TABLES[n][byte]`: what a byte does to the checksum, `n` bytes later.
const TABLES: [[u16; 256]; 8] = tables();

const fn tables() -> [[u16; 256]; 8] {
    let mut tables = [[0; 256]; 8];
    let mut byte = 0;
    while byte < 256 {
        let (mut value, mut bit) = (byte as u16, 0);
        while bit < 8 {
            value = if value & 1 == 1 { value >> 1 ^ POLYNOMIAL } else { value >> 1 };
            bit += 1;
        }
        tables[0][byte] = value;
        byte += 1;
    }
    let mut later = 1;
    while later < 8 {
        let mut byte = 0;
        while byte < 256 {
            let before = tables[later - 1][byte];
            tables[later][byte] = before >> 8 ^ tables[0][(before & 0xFF) as usize];
            byte += 1;
        }
        later += 1;
    }
    tables
}

/// The checksum of a frame without its marker (header and payload) and of its definition's byte.
#[must_use]
pub fn checksum(header_and_payload: &[u8], extra: u8) -> u16 {
    step(carried(START, header_and_payload), extra)
}

/// What to combine (exclusive or) with a frame's checksum when bits of one byte are flipped, `behind` bytes before the
/// end of the payload (0 is the last byte).
#[must_use]
pub fn flipped(bits: u8, behind: usize) -> u16 {
    // The definition's byte comes after the payload, hence one step more.
    (0..=behind).fold(step(0, bits), |value, _| step(value, 0))
}

fn step(value: u16, byte: u8) -> u16 {
    value >> 8 ^ TABLES[0][usize::from(value as u8 ^ byte)]
}

fn carried(start: u16, bytes: &[u8]) -> u16 {
    let (eights, rest) = bytes.as_chunks::<8>();
    let value = eights.iter().fold(start, |value, [a, b, c, d, e, f, g, h]| {
        TABLES[7][usize::from(value as u8 ^ a)]
            ^ TABLES[6][usize::from((value >> 8) as u8 ^ b)]
            ^ TABLES[5][usize::from(*c)]
            ^ TABLES[4][usize::from(*d)]
            ^ TABLES[3][usize::from(*e)]
            ^ TABLES[2][usize::from(*f)]
            ^ TABLES[1][usize::from(*g)]
            ^ TABLES[0][usize::from(*h)]
    });
    rest.iter().fold(value, |value, byte| step(value, *byte))
}
