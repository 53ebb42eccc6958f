//! The UAS datalink local set, MISB ST 0601.17: a packet with time, place, attitude and what the picture shows.

use super::KlvError;
use super::ber::{read_length, take, write_length};
use super::security::Security;
use super::set::LocalSet;
use super::vmti::Vmti;

use super::items::item;
pub use super::items::{Format, ITEMS, Item, Value, item_of};

/// The universal key of a packet (ST 0601.17, 6.1).
pub const KEY: [u8; 16] = [0x06, 0x0e, 0x2b, 0x34, 0x02, 0x0b, 0x01, 0x01, 0x0e, 0x01, 0x03, 0x01, 0x01, 0, 0, 0];
/// The version that is written: the one whose table this is.
const VERSION: u64 = 17;

const CHECKSUM: u32 = 1;
const TIME: u32 = 2;
const SECURITY: u32 = 48;
const VERSION_TAG: u32 = 65;
const VMTI: u32 = 74;

/// A packet: its items but for the checksum.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UasPacket {
    set: LocalSet,
}

impl UasPacket {
    /// A packet of this time (UTC, µs since 1970) and nothing else.
    #[must_use]
    pub fn new(time_us: u64) -> Self {
        let mut set = LocalSet::default();
        set.put(TIME, time_us.to_be_bytes().to_vec());
        set.put_unsigned(VERSION_TAG, VERSION);
        Self { set }
    }

    /// Reads a packet, key and checksum included; bytes behind it are no error.
    ///
    /// # Errors
    /// Where the bytes are no packet, or its checksum is wrong or missing.
    pub fn read(bytes: &[u8]) -> Result<Self, KlvError> {
        let mut rest = bytes;
        if take(&mut rest, KEY.len(), "a key")? != KEY {
            return Err(KlvError::Key("ST 0601"));
        }
        let length = read_length(&mut rest)?;
        let value = take(&mut rest, length, "a packet")?;
        let mut set = LocalSet::read(value)?;
        let said = set.take_last(CHECKSUM).ok_or(KlvError::NoChecksum)?;
        let said = u16::from_be_bytes(<[u8; 2]>::try_from(&said[..]).map_err(|_| KlvError::NoChecksum)?);
        let found = checksum(&bytes[..bytes.len() - rest.len() - 2]);
        if found != said {
            return Err(KlvError::Checksum { found, said });
        }
        Ok(Self { set })
    }

    /// The packet's bytes: the time first, the checksum last (ST 0601.17, 6.4 and 6.5).
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut value = Vec::new();
        self.set.write(&mut value);
        let mut out = KEY.to_vec();
        write_length(&mut out, value.len() + 4);
        out.extend(value);
        out.extend([CHECKSUM as u8, 2]);
        let sum = checksum(&out);
        out.extend(sum.to_be_bytes());
        out
    }

    /// All items, known or not, but for the checksum.
    #[must_use]
    pub fn set(&self) -> &LocalSet {
        &self.set
    }

    /// Puts an item's bytes as they are: of tags that are not in the table, or nested sets.
    pub fn put_bytes(&mut self, tag: u32, bytes: Vec<u8>) {
        self.set.put(tag, bytes);
    }

    /// UTC, µs since 1970.
    #[must_use]
    pub fn time_us(&self) -> Option<u64> {
        self.set.unsigned(TIME)
    }

    /// The value of an item; nothing where the packet has none, or the table does not know it as a single value.
    #[must_use]
    pub fn value(&self, tag: u32) -> Option<Value> {
        let bytes = self.set.get(tag)?;
        Some(match item_of(tag)?.format {
            Format::Number(mapping) => mapping.read(bytes).map_or(Value::None, Value::Number),
            Format::Unsigned => self.set.unsigned(tag).map_or(Value::None, Value::Unsigned),
            Format::Signed => signed_of(bytes).map_or(Value::None, Value::Signed),
            Format::Text => Value::Text(String::from_utf8_lossy(bytes).into_owned()),
            Format::Nested => return None,
        })
    }

    /// A number, if the item is one and has one.
    #[must_use]
    pub fn number(&self, tag: u32) -> Option<f64> {
        if let Some(Value::Number(number)) = self.value(tag) { Some(number) } else { None }
    }

    /// Puts a number.
    ///
    /// # Errors
    /// Where it is out of the item's range, or the item is no number.
    pub fn put_number(&mut self, tag: u32, number: f64) -> Result<(), KlvError> {
        let item = item_of(tag).unwrap_or(&item(0, "an unknown tag", Format::Nested)).to_owned();
        let Format::Number(mapping) = item.format else {
            return Err(KlvError::Kind { name: item.name, expected: "not a number" });
        };
        self.set.put(tag, mapping.write(number, item.name)?);
        Ok(())
    }

    /// Puts a text, at most 127 bytes of it.
    ///
    /// # Errors
    /// Where the item is no text.
    pub fn put_text(&mut self, tag: u32, text: &str) -> Result<(), KlvError> {
        match item_of(tag) {
            Some(Item { format: Format::Text, .. }) => {
                let end = (0..=text.len().min(127)).rev().find(|end| text.is_char_boundary(*end)).unwrap_or_default();
                self.set.put(tag, text.as_bytes()[..end].to_vec());
                Ok(())
            }
            known => {
                let name = known.map_or("an unknown tag", |item| item.name);
                Err(KlvError::Kind { name, expected: "not a text" })
            }
        }
    }

    /// The security set.
    ///
    /// # Errors
    /// Where its bytes are none.
    pub fn security(&self) -> Result<Option<Security>, KlvError> {
        self.set.get(SECURITY).map(Security::read).transpose()
    }

    /// Puts a security set.
    pub fn put_security(&mut self, security: &Security) {
        self.set.put(SECURITY, security.to_bytes());
    }

    /// The targets in the picture, and how many of them were none.
    ///
    /// # Errors
    /// Where the set's bytes are none.
    pub fn vmti(&self) -> Result<Option<(Vmti, usize)>, KlvError> {
        self.set.get(VMTI).map(Vmti::read).transpose()
    }

    /// Puts the targets in the picture.
    ///
    /// # Errors
    /// Where a number is out of range.
    pub fn put_vmti(&mut self, vmti: &Vmti) -> Result<(), KlvError> {
        self.set.put(VMTI, vmti.to_bytes()?);
        Ok(())
    }
}

fn signed_of(bytes: &[u8]) -> Option<i64> {
    if bytes.is_empty() || bytes.len() > 8 {
        return None;
    }
    let raw = bytes.iter().fold(0u64, |raw, &byte| raw << 8 | u64::from(byte));
    let unused = 64 - 8 * bytes.len();
    Some((raw << unused) as i64 >> unused)
}

/// The running sum of 16-bit words, from the key to the checksum's length (ST 0601.17, 6.5).
fn checksum(bytes: &[u8]) -> u16 {
    let word = |pair: &[u8]| u16::from_be_bytes([pair[0], pair.get(1).copied().unwrap_or_default()]);
    bytes.chunks(2).map(word).fold(0, u16::wrapping_add)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_names_each_tag_once() {
        assert!(ITEMS.windows(2).all(|pair| pair[0].tag < pair[1].tag));
        assert_eq!(item_of(112).unwrap().name, "platform course, °");
        assert_eq!((item_of(0), item_of(66), item_of(999)), (None, None, None));
    }

    #[test]
    fn signs_are_kept_at_any_length() {
        assert_eq!((signed_of(&[0xff]), signed_of(&[0x12, 0x34])), (Some(-1), Some(0x1234)));
        assert_eq!((signed_of(&[]), signed_of(&[0; 9])), (None, None));
    }

    #[test]
    fn a_value_of_the_wrong_kind_is_refused() {
        let mut packet = UasPacket::new(1);
        assert!(packet.put_number(3, 1.0).is_err() && packet.put_text(5, "x").is_err());
        assert!(packet.put_number(500, 1.0).is_err() && packet.put_number(5, 361.0).is_err());
        packet.put_text(3, &"ü".repeat(80)).unwrap();
        assert_eq!(packet.value(3), Some(Value::Text("ü".repeat(63))), "cut at a letter's end");
    }
}
