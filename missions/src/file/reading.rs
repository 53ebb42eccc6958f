//! The reading of one file: everything wrong with it is collected, so that a person mends it in one go.

use std::collections::BTreeSet;
use std::fmt::Display;
use std::ops::{Range, RangeInclusive};

use serde_spanned::Spanned;
use telemetry::{LatLon, Timestamp};

use super::source::Wrong;
use super::{ERRORS_TOLD_MAX, FileError, FileErrors, Library, Source};
use crate::notation::{LonLat, Moment};

/// Collects what is wrong with one file. Every method that takes a value gives one back even when it is wrong, so that
/// reading goes on; [`Reading::finish`] lets nothing through once anything was wrong.
#[derive(Debug)]
pub struct Reading<'s> {
    source: &'s Source,
    wrongs: Vec<Wrong>,
    elsewhere: Vec<FileError>,
    more: usize,
}

impl<'s> Reading<'s> {
    /// Begins to read a file.
    #[must_use]
    pub fn new(source: &'s Source) -> Self {
        Self { source, wrongs: Vec::new(), elsewhere: Vec::new(), more: 0 }
    }

    /// The file being read.
    #[must_use]
    pub fn source(&self) -> &'s Source {
        self.source
    }

    /// Notes that what stands at `span` is not allowed.
    pub fn refuse(&mut self, span: Range<usize>, allowed: impl Into<String>) {
        let found = self.source.quote(span.clone());
        self.refuse_found(span, found, allowed);
    }

    /// Notes that something found at `span`, said in words, is not allowed.
    pub fn refuse_found(&mut self, span: Range<usize>, found: impl Into<String>, allowed: impl Into<String>) {
        if self.wrongs.len() < ERRORS_TOLD_MAX {
            self.wrongs.push(Wrong { span, found: found.into(), allowed: allowed.into() });
        } else {
            self.more += 1;
        }
    }

    /// Takes over the errors of another file that this one names.
    pub fn take_errors(&mut self, errors: FileErrors) {
        self.more += errors.more;
        self.elsewhere.extend(errors.errors);
    }

    /// A number within a range, its unit said in the error.
    pub fn number(&mut self, value: &Spanned<f64>, allowed: RangeInclusive<f64>, unit: &str) -> f64 {
        if allowed.contains(value.get_ref()) {
            return *value.get_ref();
        }
        let unit = if unit.is_empty() { String::new() } else { format!(" {unit}") };
        self.refuse(value.span(), format!("{} to {}{unit}", allowed.start(), allowed.end()));
        *allowed.start()
    }

    /// A number within a range, or a default where none is given.
    pub fn number_or(
        &mut self,
        value: Option<&Spanned<f64>>,
        default: f64,
        allowed: RangeInclusive<f64>,
        unit: &str,
    ) -> f64 {
        value.map_or(default, |value| self.number(value, allowed, unit))
    }

    /// A band of two numbers in order, each within a range.
    pub fn band(&mut self, value: &Spanned<[f64; 2]>, allowed: RangeInclusive<f64>, unit: &str) -> [f64; 2] {
        let [low, high] = *value.get_ref();
        if allowed.contains(&low) && allowed.contains(&high) && low < high {
            return [low, high];
        }
        self.refuse(
            value.span(),
            format!("[lowest, highest], the lowest first, each {} to {} {unit}", allowed.start(), allowed.end()),
        );
        [*allowed.start(), *allowed.end()]
    }

    /// A position on Earth.
    pub fn position(&mut self, value: &Spanned<LonLat>) -> LatLon {
        match value.get_ref().lat_lon() {
            Ok(at) => at,
            Err(_) => {
                self.refuse(value.span(), "[longitude −180 to 180, latitude −90 to 90], degrees");
                LatLon::from_degrees(0.0, 0.0).expect("0° N 0° E is on Earth")
            }
        }
    }

    /// A name of one of our things (`a-z 0-9 - .`).
    pub fn name<T>(&mut self, value: &Spanned<String>) -> Option<T>
    where
        T: std::str::FromStr,
        T::Err: Display,
    {
        match value.get_ref().parse() {
            Ok(name) => Some(name),
            Err(_) => {
                self.refuse(value.span(), "1 to 48 of a-z, 0-9, '-' and '.', starting with a letter or digit");
                None
            }
        }
    }

    /// An instant. Without a `start` only full instants are allowed.
    pub fn moment(&mut self, value: &Spanned<Moment>, start: Option<Timestamp>) -> Timestamp {
        match (*value.get_ref(), start) {
            (Moment::Instant(at), _) => at,
            (moment, Some(start)) => moment.resolve(start),
            (_, None) => {
                self.refuse(value.span(), "an instant such as \"2026-11-21T03:12:00Z\"");
                Timestamp::EPOCH
            }
        }
    }

    /// Notes a name that was already given to something else of its kind.
    pub fn unique(&mut self, seen: &mut BTreeSet<String>, name: &Spanned<String>, kind: &str) {
        if !seen.insert(name.get_ref().clone()) {
            self.refuse(name.span(), format!("a name that no other {kind} of this file has"));
        }
    }

    /// A text of at most `length_max` characters, on one line.
    pub fn text(&mut self, value: &Spanned<String>, length_max: usize) -> String {
        let text = value.get_ref();
        if text.is_empty() || text.chars().count() > length_max || text.chars().any(char::is_control) {
            self.refuse(value.span(), format!("1 to {length_max} characters on one line"));
        }
        text.clone()
    }

    /// The path of a file that the file at `from` names relative to itself.
    pub fn path_beside(&mut self, named: &Spanned<String>, from: &str) -> Option<String> {
        let path = Library::beside(from, named.get_ref());
        if path.is_none() {
            self.refuse(named.span(), "a path relative to this file, with '/' between folders");
        }
        path
    }

    /// Notes a list that is too long.
    pub fn at_most<T>(&mut self, list: &[Spanned<T>], count_max: usize, what: &str) {
        if let Some(first_too_many) = list.get(count_max) {
            let found = format!("{} {what}", list.len());
            self.refuse_found(first_too_many.span(), found, format!("at most {count_max}"));
        }
    }

    /// Ends the reading: the value, when nothing was wrong.
    ///
    /// # Errors
    /// [`FileErrors`] with everything that was wrong, in the order of the text.
    pub fn finish<T>(self, value: Option<T>) -> Result<T, FileErrors> {
        let mut errors = self.source.errors(self.wrongs);
        errors.sort_by_key(|error| error.at);
        errors.extend(self.elsewhere);
        match value {
            Some(value) if errors.is_empty() => Ok(value),
            _ => {
                if errors.is_empty() {
                    errors.push(FileError::whole(self.source.file(), "an incomplete file", "a complete one"));
                }
                Err(FileErrors { errors, more: self.more })
            }
        }
    }
}

/// "a zone of the site: a, b or c", at most ten of them.
pub(crate) fn one_of<'n>(what: &str, names: impl Iterator<Item = &'n str>) -> String {
    let names: Vec<&str> = names.collect();
    match names.len() {
        0 => format!("{what}, of which there is none"),
        1..=10 => format!("{what}: {}", names.join(", ")),
        count => format!("{what}: {} and {} more", names[..10].join(", "), count - 10),
    }
}
