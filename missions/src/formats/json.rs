//! A walk through a JSON document that knows where it is, so that whatever is wrong is told with its path.

use serde_json::{Map, Value};
use telemetry::LatLon;

use crate::file::{FILE_BYTES_MAX, FileError, Position};

/// How much of a value an error quotes, in characters.
const QUOTE_MAX: usize = 60;

/// Reads a document; a byte order mark before it is passed over.
pub(crate) fn parse(file: &str, bytes: &[u8]) -> Result<Value, FileError> {
    if bytes.len() > FILE_BYTES_MAX {
        let found = format!("{} bytes", bytes.len());
        return Err(FileError::whole(file, found, format!("at most {FILE_BYTES_MAX} bytes")));
    }
    serde_json::from_slice(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)).map_err(|error| FileError {
        file: file.to_owned(),
        at: Some(Position { line: error.line().max(1), column: error.column().max(1) }),
        field: String::new(),
        found: error.to_string(),
        allowed: "JSON (RFC 8259), at most 127 levels deep".to_owned(),
    })
}

/// A document as text that people can read, the keys of its objects in order.
pub(crate) fn write(document: &Value) -> Vec<u8> {
    let mut text = serde_json::to_vec_pretty(document).expect("the keys of a JSON value are texts");
    text.push(b'\n');
    text
}

/// A value, and where it stands.
#[derive(Debug, Clone)]
pub(crate) struct At<'v> {
    file: &'v str,
    path: String,
    value: &'v Value,
}

impl<'v> At<'v> {
    pub(crate) fn root(file: &'v str, value: &'v Value) -> Self {
        Self { file, path: String::new(), value }
    }

    pub(crate) fn value(&self) -> &'v Value {
        self.value
    }

    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    /// That what stands here is not allowed.
    pub(crate) fn refused(&self, allowed: impl Into<String>) -> FileError {
        let text = self.value.to_string();
        let cut: String = text.chars().take(QUOTE_MAX).collect();
        let found = if cut.len() < text.len() { format!("{cut}…") } else { cut };
        self.refused_found(found, allowed)
    }

    /// The same for something found, said in words.
    pub(crate) fn refused_found(&self, found: impl Into<String>, allowed: impl Into<String>) -> FileError {
        let (file, field) = (self.file.to_owned(), self.path.clone());
        FileError { file, at: None, field, found: found.into(), allowed: allowed.into() }
    }

    pub(crate) fn object(&self) -> Result<&'v Map<String, Value>, FileError> {
        self.value.as_object().ok_or_else(|| self.refused("an object"))
    }

    /// A field that must be there.
    pub(crate) fn field(&self, name: &str) -> Result<At<'v>, FileError> {
        self.object()?;
        self.get(name).ok_or_else(|| self.refused_found(format!("no field {name}"), format!("a field {name}")))
    }

    /// A field that may be left out; nothing too where this is no object.
    pub(crate) fn get(&self, name: &str) -> Option<At<'v>> {
        let value = self.value.get(name)?;
        let path = if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) };
        Some(At { file: self.file, path, value })
    }

    /// The elements of a list.
    pub(crate) fn list(&self, most: usize) -> Result<Vec<At<'v>>, FileError> {
        let list = self.value.as_array().ok_or_else(|| self.refused("a list"))?;
        if list.len() > most {
            return Err(self.refused_found(format!("{} elements", list.len()), format!("at most {most}")));
        }
        let element = |(n, value)| At { file: self.file, path: format!("{}[{n}]", self.path), value };
        Ok(list.iter().enumerate().map(element).collect())
    }

    pub(crate) fn text(&self) -> Result<&'v str, FileError> {
        self.value.as_str().ok_or_else(|| self.refused("a text"))
    }

    pub(crate) fn truth(&self) -> Result<bool, FileError> {
        self.value.as_bool().ok_or_else(|| self.refused("true or false"))
    }

    pub(crate) fn number(&self) -> Result<f64, FileError> {
        self.value.as_f64().filter(|number| number.is_finite()).ok_or_else(|| self.refused("a number"))
    }

    /// A number, or null.
    pub(crate) fn number_or_null(&self) -> Result<Option<f64>, FileError> {
        if self.value.is_null() {
            return Ok(None);
        }
        self.number().map(Some).map_err(|_| self.refused("a number or null"))
    }

    /// A whole number in a range.
    pub(crate) fn integer(&self, least: i64, most: i64) -> Result<i64, FileError> {
        let number = self.value.as_i64().filter(|number| (least..=most).contains(number));
        number.ok_or_else(|| self.refused(format!("a whole number from {least} to {most}")))
    }

    /// `[latitude, longitude]`, as QGroundControl notes it; what follows is passed over.
    pub(crate) fn lat_lon(&self) -> Result<LatLon, FileError> {
        let numbers = self.list(3)?;
        let [lat, lon, ..] = numbers.as_slice() else {
            return Err(self.refused("[latitude, longitude] in degrees"));
        };
        LatLon::from_degrees(lat.number()?, lon.number()?)
            .map_err(|_| self.refused("[latitude, longitude] in degrees, −90 to 90 and −180 to 180"))
    }

    /// `[longitude, latitude]`, as GeoJSON notes it (RFC 7946, 3.1.1), and the height where there is one.
    pub(crate) fn position(&self) -> Result<(LatLon, Option<f64>), FileError> {
        let numbers = self.list(16)?;
        let [lon, lat, rest @ ..] = numbers.as_slice() else {
            return Err(self.refused("[longitude, latitude] in degrees"));
        };
        let at = LatLon::from_degrees(lat.number()?, lon.number()?)
            .map_err(|_| self.refused("[longitude, latitude] in degrees, −180 to 180 and −90 to 90"))?;
        Ok((at, rest.first().map(At::number).transpose()?))
    }
}
