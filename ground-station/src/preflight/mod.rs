//! The pre-flight check of the room: a plan in space and time against its fence, the authorities' zones, closed areas,
//! the layers of height, battery and wind, daylight and weather, and everybody else who flies for us.
//!
//! [`examine()`] says what is wrong in words: leg, time, zone, by how much, and the nearest legal change. What the room does
//! with it stands in [`crate::fleet`]: a plan with findings does not leave unless a supervisor overrides each of them by
//! name and with a reason.
//!
//! The geometry is `planning`'s, and so are the nearest changes; [`words`] has the sentences, which `picket check` uses too.
//! The ground is that of the terrain tiles in the configuration; where there are none it is taken as flat, at the height the
//! site file gives, and the report says that clearance was not checked.
//! Boats and what dives are checked against fence, closed areas, battery and wind alone.

mod barred;
mod contact;
mod examine;
mod findings;
mod flight;
mod remedy;
mod sky;
pub mod words;

use telemetry::{LatLon, Timestamp};

pub use barred::{Barred, barred};
pub use contact::{Lapse, Posts};
pub use examine::{against_way, contact_note, examine, judge};
pub use flight::{Departure, FIXES_MAX, Flight, LegFix};

/// What the check found.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// When the flight begins.
    pub begins: Timestamp,
    /// How long it takes, seconds.
    pub duration_s: f64,
    /// The way over ground, metres.
    pub distance_m: f64,
    /// What the battery holds at the beginning, 0 to 1.
    pub battery: f64,
    /// The share of a full battery it takes.
    pub battery_used: f64,
    /// What must be left, 0 to 1.
    pub reserve: f64,
    /// What is wrong, the earliest first; nothing where it may fly.
    pub findings: Vec<Finding>,
    /// What was not checked, and on what the check rests.
    pub notes: Vec<String>,
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// What an override names: the rule, and the zone or vehicle it is about.
    pub key: String,
    /// Which rule.
    pub rule: Rule,
    /// The leg, counted from 1; nothing where the whole plan is meant.
    pub leg: Option<usize>,
    /// When.
    pub at: Timestamp,
    /// Where; nothing where the whole plan is meant.
    pub position: Option<LatLon>,
    /// How high, metres above mean sea level.
    pub amsl_m: Option<f64>,
    /// What, where, by how much: one sentence.
    pub text: String,
    /// The nearest change that would be legal, as far as one was found.
    pub remedy: Option<String>,
}

/// The rules of the check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rule {
    /// Outside its own fence.
    Fence,
    /// Inside an area that its own fence keeps it out of.
    KeptOut,
    /// Too low over the ground.
    Clearance,
    /// In a zone where nobody may fly.
    Prohibited,
    /// In a zone that needs an authorisation.
    Unauthorised,
    /// In an area that is closed.
    Closed,
    /// Fast where only slow flight is allowed.
    SlowLayer,
    /// In the buffer, or above it.
    Buffer,
    /// No antenna of ours reaches it.
    Link,
    /// Its pilot does not see it.
    Sight,
    /// It comes home with less than its reserve, or not at all.
    Battery,
    /// Too close to another of ours.
    Separation,
    /// Too much wind.
    Wind,
    /// Too little to be seen.
    Visibility,
    /// At night, where that is not allowed.
    Night,
}

impl Rule {
    /// Its name in files and for the console.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Fence => "fence",
            Self::KeptOut => "kept_out",
            Self::Clearance => "clearance",
            Self::Prohibited => "prohibited",
            Self::Unauthorised => "unauthorised",
            Self::Closed => "closed",
            Self::SlowLayer => "slow_layer",
            Self::Buffer => "buffer",
            Self::Link => "link",
            Self::Sight => "sight",
            Self::Battery => "battery",
            Self::Separation => "separation",
            Self::Wind => "wind",
            Self::Visibility => "visibility",
            Self::Night => "night",
        }
    }
}

impl Report {
    /// Of a plan that leads nowhere, or for a vehicle of unknown kind: nobody knows what it would do.
    pub(crate) fn of_nothing(begins: Timestamp) -> Self {
        let text = "It cannot be checked: it leads nowhere, or its vehicle is of unknown kind.".to_owned();
        let finding = Finding {
            key: Rule::Fence.name().to_owned(),
            rule: Rule::Fence,
            leg: None,
            at: begins,
            position: None,
            amsl_m: None,
            text,
            remedy: None,
        };
        Self {
            begins,
            duration_s: 0.0,
            distance_m: 0.0,
            battery: 0.0,
            battery_used: 0.0,
            reserve: 0.0,
            findings: vec![finding],
            notes: Vec::new(),
        }
    }

    /// Whether nothing is wrong.
    #[must_use]
    pub fn clear(&self) -> bool {
        self.findings.is_empty()
    }

    /// The findings that an override does not name.
    pub fn uncovered<'a>(&'a self, covered: &'a [String]) -> impl Iterator<Item = &'a Finding> {
        self.findings.iter().filter(move |finding| !covered.contains(&finding.key))
    }
}
