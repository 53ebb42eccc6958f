//! The text of one file, and its reading into a raw structure.

use std::ops::Range;

use serde::de::DeserializeOwned;

use super::place::fields_at;
use super::{FILE_BYTES_MAX, FileError, Position};

/// How much of what was found an error quotes, in characters.
const QUOTE_MAX: usize = 60;

/// The text of one file, with the name a person knows it by.
#[derive(Debug, Clone)]
pub struct Source {
    file: String,
    text: String,
    line_starts: Vec<usize>,
}

/// Something wrong at a span of a text.
#[derive(Debug, Clone)]
pub(super) struct Wrong {
    pub(super) span: Range<usize>,
    pub(super) found: String,
    pub(super) allowed: String,
}

impl Source {
    /// Takes the bytes of a file.
    ///
    /// # Errors
    /// [`FileError`] for more than [`FILE_BYTES_MAX`] bytes, or bytes that are not UTF-8.
    pub fn new(file: impl Into<String>, bytes: &[u8]) -> Result<Self, FileError> {
        let file = file.into();
        if bytes.len() > FILE_BYTES_MAX {
            let found = format!("{} bytes", bytes.len());
            return Err(FileError::whole(file, found, format!("at most {FILE_BYTES_MAX} bytes")));
        }
        match std::str::from_utf8(bytes) {
            Ok(text) => Ok(Self::of_text(file, text)),
            Err(e) => {
                let found = format!("the byte 0x{:02x}, which is not UTF-8", bytes[e.valid_up_to()]);
                let good = Self::of_text(file, std::str::from_utf8(&bytes[..e.valid_up_to()]).unwrap_or_default());
                let at = Some(good.position(e.valid_up_to()));
                Err(FileError { file: good.file, at, field: String::new(), found, allowed: "text in UTF-8".to_owned() })
            }
        }
    }

    fn of_text(file: String, text: &str) -> Self {
        let line_starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Self { file, text: text.to_owned(), line_starts }
    }

    /// The name of the file.
    #[must_use]
    pub fn file(&self) -> &str {
        &self.file
    }

    /// The text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Reads TOML into a structure.
    ///
    /// # Errors
    /// [`FileError`] for the first thing that is not TOML, not known, or of another type than the structure's.
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T, FileError> {
        toml::from_str(&self.text).map_err(|e| self.told(&e))
    }

    /// The errors for spans of this text. The text is searched once for all of them.
    pub(super) fn errors(&self, wrongs: Vec<Wrong>) -> Vec<FileError> {
        let spans: Vec<Range<usize>> = wrongs.iter().map(|wrong| wrong.span.clone()).collect();
        let fields = fields_at(&self.text, &spans);
        let told = |(wrong, field): (Wrong, String)| FileError {
            file: self.file.clone(),
            at: Some(self.position(wrong.span.start)),
            field,
            found: wrong.found,
            allowed: wrong.allowed,
        };
        wrongs.into_iter().zip(fields).map(told).collect()
    }

    /// The line and column of a byte.
    fn position(&self, offset: usize) -> Position {
        let line = self.line_of(offset);
        let start = self.line_starts[line - 1];
        let before = self.text.get(start..offset.min(self.text.len())).unwrap_or_default();
        Position { line, column: before.chars().count() + 1 }
    }

    /// The line of a byte, from 1.
    #[must_use]
    pub fn line_of(&self, offset: usize) -> usize {
        self.line_starts.partition_point(|start| *start <= offset)
    }

    /// What stands at a span, shortened to fit a line.
    #[must_use]
    pub fn quote(&self, span: Range<usize>) -> String {
        let text = self.text.get(span).unwrap_or_default();
        let line = text.lines().next().unwrap_or_default().trim();
        if line.is_empty() {
            return "nothing".to_owned();
        }
        let cut: String = line.chars().take(QUOTE_MAX).collect();
        if cut.len() < text.trim().len() { format!("{cut}…") } else { cut }
    }

    /// Turns what the TOML reader says ("unknown field `x`, expected one of …") into found and allowed.
    fn told(&self, error: &toml::de::Error) -> FileError {
        let message = error.message().trim();
        let span = error.span().unwrap_or(0..0);
        let (what, allowed) = match message.split_once(", expected ") {
            Some((what, expected)) if expected != "nothing" => (what, expected.to_owned()),
            Some((what, _)) => (what, allowed_by(what)),
            None => (message, allowed_by(message)),
        };
        if let Some(field) = message.strip_prefix("missing field ") {
            return self.error(span, format!("no field {field}"), format!("a field {field} here"));
        }
        let quoted = self.quote(span.clone());
        let found =
            if what.contains(&quoted) || quoted == "nothing" { what.to_owned() } else { format!("{quoted} ({what})") };
        self.error(span, found, allowed)
    }

    fn error(&self, span: Range<usize>, found: String, allowed: String) -> FileError {
        let mut errors = self.errors(vec![Wrong { span, found, allowed }]);
        errors.remove(0)
    }
}

/// What is allowed, where the TOML reader names only what is wrong.
fn allowed_by(message: &str) -> String {
    if message.starts_with("duplicate key") || message.starts_with("duplicate field") {
        return "each field once".to_owned();
    }
    "TOML 1.1 (https://toml.io) with the fields of this format".to_owned()
}
