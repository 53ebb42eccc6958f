//! A night for the fleet: who watches which post from when to when, with which battery and which crew.
//!
//! A person asks ([`Request`]), `planning::schedule` answers, and a person accepts the answer ([`Night`]), which is then
//! kept as the text that was accepted. It sends nobody: it says what is due, and people send. When a vehicle drops out,
//! the rest of the night is proposed anew from what has taken off, with what changes for whom; a person accepts that too.
//!
//! Times in texts and on the console are Unix milliseconds; places are longitude and latitude, degrees.
//!
//! Bounds: [`REQUEST_BYTES_MAX`] of a request, [`NIGHT_BYTES_MAX`] of a night; counts as `planning::schedule` has them.

mod changes;
mod propose;
mod words;

use serde::{Deserialize, Serialize};
use telemetry::{OperatorId, Timestamp, VehicleId};

pub use changes::changes;
pub use propose::{again, propose};

/// The longest request, bytes.
pub const REQUEST_BYTES_MAX: usize = 32 * 1024;
/// The longest text of a night, bytes.
pub const NIGHT_BYTES_MAX: usize = 256 * 1024;
/// What the names of sorties' plans begin with.
pub const PLAN_PREFIX: &str = "sortie-";
/// The most points of a post's line or area.
const LINE_POINTS_MAX: usize = 60;
/// The longest name of a post or a crew, characters.
const NAME_MAX: usize = 60;

/// What a person asks for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// Nobody takes off before.
    pub from: i64,
    /// Everybody has landed by then.
    pub to: i64,
    /// What is watched without a gap, the most important first.
    pub posts: Vec<Post>,
    /// With what.
    pub stock: Vec<Stock>,
    /// By whom.
    pub crews: Vec<Crew>,
    /// When nobody flies, for the weather's sake.
    #[serde(default)]
    pub holds: Vec<Hold>,
    /// For how long both are there when one relieves the other, s.
    #[serde(default = "usual_overlap")]
    pub overlap_s: f64,
    /// The share of a full battery that is left when a vehicle lands, 0 to 1.
    #[serde(default = "usual_reserve")]
    pub reserve: f64,
    /// From landing to take-off with another battery, minutes.
    #[serde(default = "usual_swap")]
    pub swap_min: f64,
    /// From an empty battery to a full one on the charger, minutes.
    #[serde(default = "usual_charge")]
    pub charge_min: f64,
    /// How high posts are watched from, metres above the site's ground; who relieves somebody flies 20 m higher.
    #[serde(default = "usual_height")]
    pub height_m: f64,
}

/// A place to be watched.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Post {
    /// Its name.
    pub name: String,
    /// Longitude and latitude.
    pub at: [f64; 2],
    /// From when; all night where left out.
    #[serde(default)]
    pub from: Option<i64>,
    /// Until when.
    #[serde(default)]
    pub to: Option<i64>,
    /// What is flown along there, to and fro, from `at` on; nothing: the place is watched.
    #[serde(default)]
    pub line: Vec<[f64; 2]>,
    /// What is searched there, lane by lane from `at` on, again and again; nothing: no area.
    #[serde(default)]
    pub area: Vec<[f64; 2]>,
    /// How far apart its lanes are, m.
    #[serde(default = "usual_spacing")]
    pub spacing_m: f64,
}

/// A vehicle, and what stands beside it. Vehicles that stand together share it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stock {
    /// Which.
    pub vehicle: VehicleId,
    /// How many batteries there are for it, its own included; all charged when the night begins.
    pub batteries: usize,
    /// How many of them are charged at once.
    pub chargers: usize,
    /// Whether it stays on the ground, ready for one that drops out.
    #[serde(default)]
    pub stands_by: bool,
}

/// Pilots who fly together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Crew {
    /// Its name.
    pub name: String,
    /// They fly from where this vehicle stands.
    pub with: VehicleId,
    /// When they come; all night where left out.
    #[serde(default)]
    pub from: Option<i64>,
    /// When they go.
    #[serde(default)]
    pub to: Option<i64>,
    /// The longest they fly before they rest, minutes.
    #[serde(default = "usual_duty")]
    pub duty_max_min: f64,
    /// How long a rest is, minutes.
    #[serde(default = "usual_rest")]
    pub rest_min: f64,
    /// How many vehicles they fly at once.
    #[serde(default = "usual_at_once")]
    pub at_once: usize,
}

/// A time in which nobody is in the air.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hold {
    /// From when.
    pub from: i64,
    /// Until when.
    pub to: i64,
}

fn usual_spacing() -> f64 {
    60.0
}

fn usual_overlap() -> f64 {
    60.0
}

fn usual_reserve() -> f64 {
    0.25
}

fn usual_swap() -> f64 {
    5.0
}

fn usual_charge() -> f64 {
    90.0
}

fn usual_height() -> f64 {
    70.0
}

fn usual_duty() -> f64 {
    240.0
}

fn usual_rest() -> f64 {
    30.0
}

fn usual_at_once() -> usize {
    2
}

/// A scheduled night.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Night {
    /// What was asked for.
    pub request: Request,
    /// In order of take-off.
    pub sorties: Vec<Sortie>,
    /// In order of time.
    pub charges: Vec<Charge>,
    /// Who stays on the ground, ready.
    pub standby: Vec<VehicleId>,
    /// Who had dropped out when it was made.
    #[serde(default)]
    pub out: Vec<VehicleId>,
    /// When posts are left alone, and why.
    pub gaps: Vec<Gap>,
    /// The share of the time to be watched that is watched, 0 to 1.
    pub watched: f64,
    /// What decided and what is lacking, in words.
    pub words: Vec<String>,
}

/// A flight to a post and back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sortie {
    /// By its place in the request.
    pub post: usize,
    /// Who flies.
    pub vehicle: VehicleId,
    /// By its place in the request.
    pub crew: usize,
    /// The battery.
    pub pack: Pack,
    /// It takes off.
    pub leaves: i64,
    /// It watches, from and to.
    pub watches: [i64; 2],
    /// It has landed.
    pub lands: i64,
    /// The share of the battery that is left then.
    pub left: f64,
}

impl Sortie {
    /// What its plan is called: the same in every life of the room, and in a night that was scheduled anew.
    #[must_use]
    pub fn plan_id(&self) -> String {
        let short: String = self.vehicle.as_str().chars().take(20).collect();
        format!("{PLAN_PREFIX}{short}-{}", self.leaves.div_euclid(1000))
    }
}

/// A battery: the base, counted from 0, and which of its batteries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pack {
    /// Where vehicles stand together.
    pub base: usize,
    /// Counted from 0.
    pub number: usize,
}

/// A battery on a charger.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Charge {
    /// Which battery.
    pub pack: Pack,
    /// Which charger of its base, counted from 0.
    pub charger: usize,
    /// From when.
    pub from: i64,
    /// Until when.
    pub to: i64,
}

/// A time in which a post is left alone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Gap {
    /// By its place in the request.
    pub post: usize,
    /// From when.
    pub from: i64,
    /// Until when.
    pub to: i64,
    /// Why, in words.
    pub why: String,
}

/// A night that a person accepted.
#[derive(Debug, Clone, PartialEq)]
pub struct Accepted {
    /// What they accepted.
    pub night: Night,
    /// Who.
    pub by: OperatorId,
    /// When.
    pub at: Timestamp,
}

impl Request {
    /// Reads a request. Any bytes are safe to pass.
    ///
    /// # Errors
    /// What is wrong, in words.
    pub fn read(bytes: &[u8]) -> Result<Self, String> {
        if bytes.len() > REQUEST_BYTES_MAX {
            return Err(format!("{} bytes; allowed are {REQUEST_BYTES_MAX}", bytes.len()));
        }
        let mut json = serde_json::Deserializer::from_slice(bytes);
        serde_path_to_error::deserialize(&mut json).map_err(|error| format!("{}: {}", error.path(), error.inner()))
    }
}

impl Night {
    /// Reads the text of a night, as [`Night::text`] wrote it. Any text is safe to pass.
    ///
    /// # Errors
    /// What is wrong, in words.
    pub fn read(text: &str) -> Result<Self, String> {
        if text.len() > NIGHT_BYTES_MAX {
            return Err(format!("a night of {} bytes: allowed are {NIGHT_BYTES_MAX}", text.len()));
        }
        let mut json = serde_json::Deserializer::from_str(text);
        let night: Self = serde_path_to_error::deserialize(&mut json)
            .map_err(|error| format!("the night: {}: {}", error.path(), error.inner()))?;
        let (posts, crews) = (night.request.posts.len(), night.request.crews.len());
        match night.sorties.iter().find(|sortie| sortie.post >= posts || sortie.crew >= crews) {
            Some(sortie) => Err(format!(
                "the night: a sortie to post {} with crew {}: there are {posts} and {crews}, counted from 0",
                sortie.post, sortie.crew
            )),
            None => Ok(night),
        }
    }

    /// Its text, which is what is kept.
    #[must_use]
    pub fn text(&self) -> String {
        serde_json::to_string(self).expect("a night has texts for keys and no number that JSON lacks")
    }

    /// That a sortie has no plan, and why: vehicles are called by the given names.
    #[must_use]
    pub fn without_plan(&self, sortie: &Sortie, name: impl Fn(&VehicleId) -> String, why: &str) -> String {
        let post = self.request.posts.get(sortie.post).map_or("its post", |post| post.name.as_str());
        format!("{} to {post} at {} has no plan: {why}", name(&sortie.vehicle), words::clock(sortie.leaves))
    }

    /// Whether a vehicle has something left to do at a time.
    #[must_use]
    pub fn needs(&self, vehicle: &VehicleId, now: Timestamp) -> bool {
        let now = now.unix_millis();
        self.sorties.iter().any(|sortie| sortie.vehicle == *vehicle && sortie.lands > now)
    }
}
