//! Numbers as integers of a few bytes: a range spread over all of them, or IMAPB.

use super::KlvError;

/// How a number is laid into an integer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Mapping {
    /// From `least` to `most` over all values of an unsigned integer (ST 0601.17, 6.2).
    Unsigned {
        /// The number that 0 stands for.
        least: f64,
        /// The number that the largest integer stands for.
        most: f64,
        /// How many bytes.
        bytes: usize,
    },
    /// From −`most` to `most` over a signed integer; the most negative one stands for "none" (ST 0601.17, 6.2).
    Signed {
        /// The largest number either way.
        most: f64,
        /// How many bytes.
        bytes: usize,
    },
    /// A floating-point number on a grid that holds zero and powers of two exactly (ST 1201.4). Any length is read.
    Imapb {
        /// The least number.
        least: f64,
        /// The most.
        most: f64,
        /// How many bytes are written.
        bytes: usize,
    },
}

impl Mapping {
    /// The number that bytes stand for; nothing where they say that there is none. The linear mappings take only their
    /// own length.
    #[must_use]
    pub fn read(&self, bytes: &[u8]) -> Option<f64> {
        if bytes.is_empty() || bytes.len() > 8 {
            return None;
        }
        let raw = bytes.iter().fold(0u64, |raw, &byte| raw << 8 | u64::from(byte));
        match *self {
            Self::Unsigned { least, most, bytes: length } => {
                (length == bytes.len()).then(|| least + raw as f64 * ((most - least) / largest(length) as f64))
            }
            Self::Signed { most, bytes: length } => {
                let half = 1u64 << (8 * length - 1);
                if length != bytes.len() || raw == half {
                    return None;
                }
                let signed = if raw > half { -((largest(length) - raw + 1) as f64) } else { raw as f64 };
                Some(signed * (most / (half - 1) as f64))
            }
            Self::Imapb { least, most, .. } => Grid::new(least, most, bytes.len()).read(raw),
        }
    }

    /// The bytes of a number. `name`: for the error.
    ///
    /// # Errors
    /// Where the number is out of range.
    pub fn write(&self, number: f64, name: &'static str) -> Result<Vec<u8>, KlvError> {
        let (least, most, length) = match *self {
            Self::Unsigned { least, most, bytes } | Self::Imapb { least, most, bytes } => (least, most, bytes),
            Self::Signed { most, bytes } => (-most, most, bytes),
        };
        if !(least..=most).contains(&number) {
            return Err(KlvError::Range { name, found: number, least, most });
        }
        let raw = match *self {
            Self::Unsigned { .. } => ((number - least) / (most - least) * largest(length) as f64).round() as u64,
            Self::Signed { .. } => (number / most * (largest(length) / 2) as f64).round() as i64 as u64,
            Self::Imapb { .. } => Grid::new(least, most, length).write(number),
        };
        Ok(raw.to_be_bytes()[8 - length..].to_vec())
    }
}

/// The largest unsigned integer of so many bytes.
fn largest(bytes: usize) -> u64 {
    u64::MAX >> (64 - 8 * bytes)
}

/// The grid of ST 1201.4, section 7.2: its step is a power of two.
struct Grid {
    least: f64,
    step: f64,
    /// Moves the grid so that zero lies on it.
    offset: f64,
    sign_bit: u64,
}

impl Grid {
    fn new(least: f64, most: f64, bytes: usize) -> Self {
        let bits = 8 * bytes as i32 - 1;
        let step = 2f64.powi((most - least).log2().ceil() as i32 - bits);
        let offset = if least < 0.0 && most > 0.0 { least / step - (least / step).floor() } else { 0.0 };
        Self { least, step, offset, sign_bit: 1 << bits }
    }

    /// With the high bit set come infinities, "not a number" and user's values, but for the bit alone: the range's end
    /// where its width is a power of two.
    fn read(&self, raw: u64) -> Option<f64> {
        (raw <= self.sign_bit).then_some((raw as f64 - self.offset) * self.step + self.least)
    }

    fn write(&self, number: f64) -> u64 {
        ((number - self.least) / self.step + self.offset).floor() as u64
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(mapping: Mapping, bytes: &[u8], number: f64, within: f64) {
        let read = mapping.read(bytes).unwrap();
        assert!((read - number).abs() < within, "{bytes:02x?}: {read} instead of {number}");
        assert_eq!(mapping.write(read, "x").unwrap(), bytes);
    }

    #[test]
    fn the_standards_examples_are_read_and_written() {
        // ST 0601.17, section 8: items 5, 6, 13, 15, 21, 38 (item 6 by the standard's formula: its example divides by one
        // step too many).
        check(Mapping::Unsigned { least: 0.0, most: 360.0, bytes: 2 }, &[0x71, 0xc2], 159.9744, 1e-4);
        check(Mapping::Signed { most: 20.0, bytes: 2 }, &[0xfd, 0x3d], -0.4315317, 1e-6);
        check(Mapping::Signed { most: 90.0, bytes: 4 }, &[0x55, 0x95, 0xb6, 0x6d], 60.1768230, 1e-6);
        check(Mapping::Unsigned { least: -900.0, most: 19_000.0, bytes: 2 }, &[0xc2, 0x21], 14_190.72, 1e-2);
        check(Mapping::Unsigned { least: 0.0, most: 5e6, bytes: 4 }, &[0x03, 0x83, 0x09, 0x26], 68_590.983, 1e-3);
        check(Mapping::Unsigned { least: -900.0, most: 19_000.0, bytes: 2 }, &[0xca, 0x35], 14_818.677, 1e-3);
        // Item 96 (IMAPB 0 to 1,500,000) and item 112 (IMAPB 0 to 360).
        check(Mapping::Imapb { least: 0.0, most: 1.5e6, bytes: 3 }, &[0x00, 0xd9, 0x2a], 13_898.5, 0.3);
        check(Mapping::Imapb { least: 0.0, most: 360.0, bytes: 2 }, &[0x1f, 0x4a], 125.15625, 1e-9);
    }

    #[test]
    fn none_is_none_and_out_of_range_is_refused() {
        let pitch = Mapping::Signed { most: 20.0, bytes: 2 };
        assert_eq!(pitch.read(&[0x80, 0x00]), None);
        assert_eq!(pitch.read(&[0x80]), None);
        assert!(pitch.write(20.1, "pitch").is_err() && pitch.write(f64::NAN, "pitch").is_err());
        let height = Mapping::Imapb { least: -900.0, most: 19_000.0, bytes: 2 };
        assert_eq!(height.read(&[0xc8, 0x00]), None, "infinity");
        assert_eq!(height.read(&[0; 9]), None);
        assert!((height.read(&height.write(0.0, "height").unwrap()).unwrap()).abs() < 1e-9, "zero is exact");
        assert_eq!(Mapping::Imapb { least: 0.0, most: 128.0, bytes: 1 }.read(&[0x80]), Some(128.0));
    }

    proptest! {
        #[test]
        fn numbers_come_back_within_a_step(share in 0.0..=1.0f64, bytes in 2..=4usize) {
            let number = -900.0 + share * 19_900.0;
            let unsigned = Mapping::Unsigned { least: -900.0, most: 19_000.0, bytes };
            let imapb = Mapping::Imapb { least: -900.0, most: 19_000.0, bytes };
            let signed = Mapping::Signed { most: 19_000.0, bytes };
            let step = 40_000.0 / (1u64 << (8 * bytes - 1)) as f64;
            for mapping in [unsigned, imapb, signed] {
                let read = mapping.read(&mapping.write(number, "x").unwrap()).unwrap();
                prop_assert!((read - number).abs() <= step, "{mapping:?} {number} {read}");
            }
        }

        #[test]
        fn any_bytes_are_read_or_not(bytes in prop::collection::vec(any::<u8>(), 0..12), length in 1..=8usize) {
            for mapping in [
                Mapping::Unsigned { least: 0.0, most: 1.0, bytes: length },
                Mapping::Signed { most: 3.0, bytes: length },
                Mapping::Imapb { least: -1.0, most: 7.0, bytes: length },
            ] {
                prop_assert!(mapping.read(&bytes).is_none_or(f64::is_finite));
            }
        }
    }
}
