//! How records are scrambled from version 7 on: XOR with eight bytes that follow from the record's type and first byte.
//!
//! It is no encryption, the key lies beside the lock: the CRC-64 of the first byte times a constant, begun with type plus
//! first byte.

/// The polynomial of D. Jones, bits reversed, as in Redis.
const POLYNOMIAL: u64 = 0x95ac_9329_ac4b_c9b5;
const MAGIC: u64 = 0x1234_5678_9abc_def0;

const TABLE: [u64; 256] = table();

const fn table() -> [u64; 256] {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let mut crc = byte as u64;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ POLYNOMIAL } else { crc >> 1 };
            bit += 1;
        }
        table[byte] = crc;
        byte += 1;
    }
    table
}

fn crc64(begin: u64, bytes: &[u8]) -> u64 {
    bytes.iter().fold(begin, |crc, byte| TABLE[usize::from(crc as u8 ^ byte)] ^ (crc >> 8))
}

/// The bytes of a record as they were; two less than before, since the first is the seed and the last belongs to nothing.
pub(super) fn unscrambled(kind: u8, bytes: &[u8]) -> Vec<u8> {
    let [seed, rest @ .., _] = bytes else { return Vec::new() };
    let key = crc64(u64::from(seed.wrapping_add(kind)), &MAGIC.wrapping_mul(u64::from(*seed)).to_le_bytes());
    rest.iter().zip(key.to_le_bytes().into_iter().cycle()).map(|(byte, key)| byte ^ key).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_the_one_of_jones() {
        // The check value of CRC-64/REDIS.
        assert_eq!(crc64(0, b"123456789"), 0xe9c6_d914_c4b8_d9ca);
    }

    #[test]
    fn nothing_stays_nothing() {
        assert!(unscrambled(1, &[]).is_empty());
        assert!(unscrambled(1, &[7]).is_empty());
    }
}
