//! The security local set, MISB ST 0102.12, section 6.

use super::KlvError;
use super::set::LocalSet;

/// How a picture is classified (ST 0102.12, 6.1.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Classification {
    /// For anybody.
    Unclassified = 1,
    /// Restricted.
    Restricted = 2,
    /// Confidential.
    Confidential = 3,
    /// Secret.
    Secret = 4,
    /// Top secret.
    TopSecret = 5,
}

/// The version of ST 0102 that is written.
const VERSION: u64 = 12;
/// Country codes of three letters, ISO 3166-1 (ST 0102.12, 6.1.2 and 6.1.12).
const ISO_3166_THREE_LETTER: u64 = 2;

/// A security set. Items that have no accessor are kept.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Security {
    set: LocalSet,
}

impl Security {
    /// A set of the required items: `country` classifies, `object_country` is in the picture; three letters each.
    #[must_use]
    pub fn new(classification: Classification, country: &str, object_country: &str) -> Self {
        let mut set = LocalSet::default();
        set.put_unsigned(1, classification as u64);
        set.put_unsigned(2, ISO_3166_THREE_LETTER);
        set.put(3, format!("//{country}").into_bytes());
        set.put_unsigned(12, ISO_3166_THREE_LETTER);
        set.put(13, object_country.encode_utf16().flat_map(u16::to_be_bytes).collect());
        set.put(22, (VERSION as u16).to_be_bytes().to_vec());
        Self { set }
    }

    /// Reads a set.
    ///
    /// # Errors
    /// Where its items do not fit in.
    pub fn read(bytes: &[u8]) -> Result<Self, KlvError> {
        Ok(Self { set: LocalSet::read(bytes)? })
    }

    /// The set's bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::new();
        self.set.write(&mut out);
        out
    }

    /// The items.
    #[must_use]
    pub fn set(&self) -> &LocalSet {
        &self.set
    }

    /// The classification; nothing where it is missing or unknown.
    #[must_use]
    pub fn classification(&self) -> Option<Classification> {
        use Classification::{Confidential, Restricted, Secret, TopSecret, Unclassified};
        let all = [Unclassified, Restricted, Confidential, Secret, TopSecret];
        let found = self.set.unsigned(1)?;
        all.into_iter().find(|classification| *classification as u64 == found)
    }

    /// Who classifies, with the slashes before it.
    #[must_use]
    pub fn classifying_country(&self) -> Option<String> {
        self.set.text(3)
    }

    /// The countries in the picture, separated by semicolons (UTF-16, big end first).
    #[must_use]
    pub fn object_countries(&self) -> Option<String> {
        let units = self.set.get(13)?.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]]));
        Some(char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect())
    }

    /// The version of the standard it was written by.
    #[must_use]
    pub fn version(&self) -> Option<u64> {
        self.set.unsigned(22)
    }
}
