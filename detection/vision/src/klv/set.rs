//! A local set: items of tag and bytes, in their order.

use super::KlvError;
use super::ber::{read_length, read_oid, take, write_length, write_oid};

/// Most items of one set; further ones are an error.
pub const ITEMS_MAX: usize = 4096;

/// A set's items as they came; nothing is known of their meaning.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LocalSet {
    items: Vec<(u32, Vec<u8>)>,
}

impl LocalSet {
    /// Reads all items of a set's value.
    ///
    /// # Errors
    /// Where an item does not fit in, or there are more than [`ITEMS_MAX`].
    pub fn read(mut bytes: &[u8]) -> Result<Self, KlvError> {
        let mut items = Vec::new();
        while !bytes.is_empty() {
            if items.len() == ITEMS_MAX {
                return Err(KlvError::Long { what: "a set", most: ITEMS_MAX });
            }
            let tag = read_oid(&mut bytes)?;
            let length = read_length(&mut bytes)?;
            items.push((tag, take(&mut bytes, length, "an item")?.to_vec()));
        }
        Ok(Self { items })
    }

    /// Appends the set's items.
    pub fn write(&self, out: &mut Vec<u8>) {
        for (tag, bytes) in &self.items {
            write_oid(out, *tag);
            write_length(out, bytes.len());
            out.extend(bytes);
        }
    }

    /// The items in their order.
    pub fn items(&self) -> impl Iterator<Item = (u32, &[u8])> {
        self.items.iter().map(|(tag, bytes)| (*tag, &bytes[..]))
    }

    /// The bytes of the first item with this tag.
    #[must_use]
    pub fn get(&self, tag: u32) -> Option<&[u8]> {
        self.items().find(|(found, _)| *found == tag).map(|(_, bytes)| bytes)
    }

    /// Puts an item in place of the first with its tag, or at the end.
    pub fn put(&mut self, tag: u32, bytes: Vec<u8>) {
        match self.items.iter_mut().find(|(found, _)| *found == tag) {
            Some((_, old)) => *old = bytes,
            None => self.items.push((tag, bytes)),
        }
    }

    /// Takes the last item off, if it has this tag.
    pub(super) fn take_last(&mut self, tag: u32) -> Option<Vec<u8>> {
        let last = self.items.pop_if(|(found, _)| *found == tag);
        last.map(|(_, bytes)| bytes)
    }

    /// An unsigned integer of up to eight bytes.
    #[must_use]
    pub fn unsigned(&self, tag: u32) -> Option<u64> {
        let bytes = self.get(tag).filter(|bytes| (1..=8).contains(&bytes.len()))?;
        Some(bytes.iter().fold(0, |number, &byte| number << 8 | u64::from(byte)))
    }

    /// Puts an unsigned integer in as few bytes as it takes.
    pub fn put_unsigned(&mut self, tag: u32, number: u64) {
        let bytes = number.to_be_bytes();
        let skipped = bytes.iter().take(7).take_while(|byte| **byte == 0).count();
        self.put(tag, bytes[skipped..].to_vec());
    }

    /// A text; bytes that are no UTF-8 are replaced.
    #[must_use]
    pub fn text(&self, tag: u32) -> Option<String> {
        self.get(tag).map(|bytes| String::from_utf8_lossy(bytes).into_owned())
    }
}
