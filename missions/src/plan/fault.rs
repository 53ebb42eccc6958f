//! What can be wrong with a plan.

use std::fmt;

use crate::file::{FileError, Position};

/// One thing wrong with a plan.
#[derive(Debug, Clone, PartialEq)]
pub struct PlanFault {
    /// The leg, counted from 1; nothing when the plan as a whole is meant.
    pub leg: Option<usize>,
    /// The line of the file.
    pub line: usize,
    /// The field, `legs[2].waypoint.altitude`.
    pub field: String,
    /// What was found.
    pub found: String,
    /// What is allowed.
    pub allowed: String,
    /// By how much it is too much or too little, with its unit; nothing where that cannot be said.
    pub by: Option<String>,
}

impl fmt::Display for PlanFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(leg) = self.leg {
            write!(f, "leg {leg}, ")?;
        }
        write!(f, "line {}, {}: found {}; allowed: {}", self.line, self.field, self.found, self.allowed)?;
        if let Some(by) = &self.by {
            write!(f, " (off by {by})")?;
        }
        Ok(())
    }
}

impl std::error::Error for PlanFault {}

impl PlanFault {
    /// The fault as an error of the plan's file.
    #[must_use]
    pub fn file_error(&self, file: &str) -> FileError {
        let by = self.by.as_ref().map_or_else(String::new, |by| format!(" (off by {by})"));
        FileError {
            file: file.to_owned(),
            at: Some(Position { line: self.line, column: 1 }),
            field: self.field.clone(),
            found: self.found.clone(),
            allowed: format!("{}{by}", self.allowed),
        }
    }
}
