//! What a number or a count of a request may be, checked in one place and said in the same words everywhere.

use thiserror::Error;

/// A number, or how many there are of something, with which nothing can be planned.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum LimitError {
    /// Too many or too few.
    #[error("{found} {what}: allowed are {least} to {most}")]
    Count {
        /// Of what.
        what: &'static str,
        /// How many.
        found: usize,
        /// At least.
        least: usize,
        /// At most.
        most: usize,
    },
    /// A number is not one, or not possible.
    #[error("{what} {number}: {field} is {found}, allowed is {least} to {most}")]
    Number {
        /// Of which kind of thing.
        what: &'static str,
        /// Which one, counted from 0.
        number: usize,
        /// Of what.
        field: &'static str,
        /// What was found.
        found: f64,
        /// At least.
        least: f64,
        /// At most.
        most: f64,
    },
    /// A number of the request itself is not one, or not possible.
    #[error("{field} is {found}, allowed is {least} to {most}")]
    Field {
        /// Of what.
        field: &'static str,
        /// What was found.
        found: f64,
        /// At least.
        least: f64,
        /// At most.
        most: f64,
    },
}

/// Farther from the origin the plane of a local frame has nothing to do with the earth any more, m.
pub(crate) const FAR_M: f64 = 1e7;
/// The most points of a line or a ring.
pub(crate) const POINTS_MAX: usize = 5_000;

/// One thing of a list, whose numbers are checked.
#[derive(Clone, Copy)]
pub(crate) struct Check {
    pub(crate) what: &'static str,
    pub(crate) number: usize,
}

impl Check {
    pub(crate) fn place(self, at_m: [f64; 2]) -> Result<(), LimitError> {
        self.within("east", at_m[0], -FAR_M, FAR_M)?;
        self.within("north", at_m[1], -FAR_M, FAR_M)
    }

    pub(crate) fn within(self, field: &'static str, found: f64, least: f64, most: f64) -> Result<(), LimitError> {
        let Self { what, number } = self;
        let error = LimitError::Number { what, number, field, found, least, most };
        if (least..=most).contains(&found) { Ok(()) } else { Err(error) }
    }
}

/// A number of the request itself.
pub(crate) fn within(field: &'static str, found: f64, least: f64, most: f64) -> Result<(), LimitError> {
    if (least..=most).contains(&found) { Ok(()) } else { Err(LimitError::Field { field, found, least, most }) }
}

/// A place of the request itself.
pub(crate) fn place(field: &'static str, at_m: [f64; 2]) -> Result<(), LimitError> {
    at_m.into_iter().try_for_each(|found| within(field, found, -FAR_M, FAR_M))
}

/// How many there are.
pub(crate) fn count(what: &'static str, found: usize, least: usize, most: usize) -> Result<(), LimitError> {
    if (least..=most).contains(&found) { Ok(()) } else { Err(LimitError::Count { what, found, least, most }) }
}

/// The points of a line or a ring: as many as allowed, each a place.
pub(crate) fn points(what: &'static str, points_m: &[[f64; 2]], least: usize) -> Result<(), LimitError> {
    count(what, points_m.len(), least, POINTS_MAX)?;
    points_m.iter().enumerate().try_for_each(|(number, at_m)| Check { what, number }.place(*at_m))
}
