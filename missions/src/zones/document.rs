//! Files of zones, told apart and kept whole.

use std::fmt;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

use super::{UasZone, ed269, ed318, openair};
use crate::file::{FileError, Position};

/// The largest file of zones, bytes: a country's infrastructure is 95 MB.
const ZONE_BYTES_MAX: usize = 256 * 1024 * 1024;

/// A format of zones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ZoneFormat {
    /// EUROCAE ED-269.
    Ed269,
    /// EUROCAE ED-318.
    Ed318,
    /// OpenAir.
    OpenAir,
}

impl fmt::Display for ZoneFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ed269 => "ED-269",
            Self::Ed318 => "ED-318",
            Self::OpenAir => "OpenAir",
        })
    }
}

/// What tells ED-269 from ED-318.
#[derive(Deserialize)]
struct Look {
    #[serde(rename = "type")]
    kind: Option<String>,
    #[serde(rename = "UASZoneList")]
    list: Option<IgnoredAny>,
}

impl ZoneFormat {
    /// The format of a file, by what is in it.
    ///
    /// # Errors
    /// [`FileError`] for a file that is too large or broken.
    pub fn of(file: &str, bytes: &[u8]) -> Result<Self, FileError> {
        if bytes.len() > ZONE_BYTES_MAX {
            return Err(FileError::whole(file, format!("{} bytes", bytes.len()), "at most 256 MiB"));
        }
        let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        if text.iter().find(|byte| !byte.is_ascii_whitespace()) != Some(&b'{') {
            return Ok(Self::OpenAir);
        }
        // GeoJSON says so within its first words or its last: only a file that says neither is looked through.
        let ends = [&text[..text.len().min(400)], &text[text.len().saturating_sub(400)..]];
        let says = |word: &[u8]| ends.iter().any(|end| end.windows(word.len()).any(|part| part == word));
        if says(b"\"FeatureCollection\"") {
            return Ok(Self::Ed318);
        }
        let look: Look = serde_json::from_slice(text).map_err(|error| FileError {
            file: file.to_owned(),
            at: Some(Position { line: error.line().max(1), column: error.column().max(1) }),
            field: String::new(),
            found: error.to_string(),
            allowed: "zones as JSON (ED-269, ED-318) or OpenAir".to_owned(),
        })?;
        let geojson = matches!(look.kind.as_deref(), Some("FeatureCollection" | "Feature"));
        Ok(if geojson && look.list.is_none() { Self::Ed318 } else { Self::Ed269 })
    }
}

/// Reads the zones of a file of any format; `file` is the name errors give.
///
/// # Errors
/// [`FileError`]: file, line or path, what was found, what is allowed.
pub fn read(file: &str, bytes: &[u8]) -> Result<Vec<UasZone>, FileError> {
    read_as(ZoneFormat::of(file, bytes)?, file, bytes)
}

fn read_as(format: ZoneFormat, file: &str, bytes: &[u8]) -> Result<Vec<UasZone>, FileError> {
    match format {
        ZoneFormat::Ed269 => ed269::read(bytes).map_err(|error| error.file_error(file)),
        ZoneFormat::Ed318 => ed318::read(file, bytes),
        ZoneFormat::OpenAir => openair::read(file, bytes),
    }
}

/// A file of zones, with everything it says.
#[derive(Debug, Clone, PartialEq)]
pub struct ZoneDocument {
    content: Content,
    zones: Vec<UasZone>,
}

#[derive(Debug, Clone, PartialEq)]
enum Content {
    /// ED-269 or ED-318.
    Json(ZoneFormat, Value),
    /// OpenAir, in whatever encoding.
    Text(Vec<u8>),
}

impl ZoneDocument {
    /// Reads a file of any format; `file` is the name errors give.
    ///
    /// # Errors
    /// [`FileError`]: file, line or path, what was found, what is allowed.
    pub fn read(file: &str, bytes: &[u8]) -> Result<Self, FileError> {
        let format = ZoneFormat::of(file, bytes)?;
        let zones = read_as(format, file, bytes)?;
        let content = match format {
            ZoneFormat::OpenAir => Content::Text(bytes.to_vec()),
            format => {
                let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
                let value = serde_json::from_slice(text);
                Content::Json(format, value.map_err(|error| FileError::whole(file, error.to_string(), "JSON"))?)
            }
        };
        Ok(Self { content, zones })
    }

    /// Its format.
    #[must_use]
    pub fn format(&self) -> ZoneFormat {
        match self.content {
            Content::Json(format, _) => format,
            Content::Text(_) => ZoneFormat::OpenAir,
        }
    }

    /// The zones in it.
    #[must_use]
    pub fn zones(&self) -> &[UasZone] {
        &self.zones
    }

    /// The file, with everything it said.
    #[must_use]
    pub fn write(&self) -> Vec<u8> {
        match &self.content {
            Content::Json(_, value) => {
                let mut text = serde_json::to_vec_pretty(value).expect("the keys of a JSON value are texts");
                text.push(b'\n');
                text
            }
            Content::Text(bytes) => bytes.clone(),
        }
    }

    /// The file in another format, and what of it that format or our zones cannot say.
    ///
    /// # Errors
    /// [`FileError`] for OpenAir, which is only read.
    pub fn convert(&self, file: &str, to: ZoneFormat) -> Result<(Vec<u8>, Vec<String>), FileError> {
        if to == self.format() {
            return Ok((self.write(), Vec::new()));
        }
        let (bytes, mut lost) = match to {
            ZoneFormat::Ed269 => super::write_ed269(&self.zones),
            ZoneFormat::Ed318 => super::write_ed318(&self.zones),
            ZoneFormat::OpenAir => {
                return Err(FileError::whole(file, "OpenAir wanted", "ED-269 or ED-318: OpenAir is only read"));
            }
        };
        lost.extend(self.unread());
        Ok((bytes, lost))
    }

    /// What stands in the file and not in our zones, by its name, and how often.
    fn unread(&self) -> Vec<String> {
        const READ: [&str; 10] = [
            "identifier",
            "country",
            "name",
            "restriction",
            "reason",
            "message",
            "applicability",
            "geometry",
            "type",
            "limitedApplicability",
        ];
        let Content::Json(format, value) = &self.content else {
            return vec!["frequencies, stations and remarks".to_owned()];
        };
        let list = value.get("features").or_else(|| value.get("UASZoneList")).and_then(Value::as_array);
        let one = std::slice::from_ref(value);
        let mut names = std::collections::BTreeMap::<&str, usize>::new();
        for zone in list.map_or(one, Vec::as_slice) {
            let zone = if *format == ZoneFormat::Ed318 { zone.get("properties").unwrap_or(zone) } else { zone };
            for name in zone.as_object().into_iter().flat_map(|fields| fields.keys()) {
                if !READ.contains(&name.as_str()) {
                    *names.entry(name).or_default() += 1;
                }
            }
        }
        names.into_iter().map(|(name, count)| format!("{name} of {count} zones")).collect()
    }
}
