//! What the geometry found, in words: leg, time, zone, by how much, and the nearest change that would be legal. The same in
//! the room and in `picket check`.

use std::f64::consts::TAU;

use planning::preflight::{Change, Finding, Mission, Rule as Broken, Rules};
use telemetry::Timestamp;

use super::{Lapse, Rule};

/// The points of the compass, from north.
const COMPASS: [&str; 16] = [
    "north",
    "north-north-east",
    "north-east",
    "east-north-east",
    "east",
    "east-south-east",
    "south-east",
    "south-south-east",
    "south",
    "south-south-west",
    "south-west",
    "west-south-west",
    "west",
    "west-north-west",
    "north-west",
    "north-north-west",
];

/// What words about a mission need to know of it.
#[derive(Debug, Clone, Copy)]
pub struct Wording<'w> {
    /// From when the mission's times count.
    pub epoch: Timestamp,
    /// What it was held against.
    pub rules: &'w Rules,
    /// Above the greatest height the air is kept empty up to here, metres above ground.
    pub buffer_top_m: f64,
    /// The leg of the plan, counted from 0, that each leg of the mission is part of.
    pub legs: &'w [usize],
}

impl Rule {
    /// The rule that the geometry means.
    #[must_use]
    pub fn of(broken: &Broken) -> Self {
        match broken {
            Broken::Fence => Self::Fence,
            Broken::TooLow => Self::Clearance,
            Broken::TooHigh => Self::Buffer,
            Broken::SpeedLayer => Self::SlowLayer,
            Broken::Battery => Self::Battery,
            Broken::Prohibited(_) => Self::Prohibited,
            Broken::Unauthorised(_) => Self::Unauthorised,
            Broken::Closed(_) => Self::Closed,
            Broken::KeptOut(_) => Self::KeptOut,
            Broken::Dark => Self::Night,
            Broken::Separation(_) => Self::Separation,
        }
    }
}

impl Wording<'_> {
    /// The leg of the plan, counted from 1, that a leg of the mission is part of.
    #[must_use]
    pub fn leg(&self, leg: usize) -> usize {
        self.legs.get(leg).or(self.legs.last()).map_or(0, |leg| leg + 1)
    }

    /// What is the matter, and by how much, with a mission as its subject. `about` names the zone or the other mission.
    #[must_use]
    pub fn matter(&self, found: &Finding, mission: &Mission, about: &str) -> String {
        let (by, rules) = (found.by, self.rules);
        match found.rule {
            Broken::Fence => format!("it is {by:.0} m outside its fence"),
            Broken::TooLow => format!("it is {by:.0} m too low: the least is {} m above ground", rules.agl_min_m),
            Broken::TooHigh => self.too_high(by),
            Broken::SpeedLayer => {
                let (most, speed) = (rules.fast_m_s, speed_m_s(mission, found.leg));
                format!(
                    "it flies {speed:.1} m/s below {:.0} m, where {most:.0} m/s are allowed: {:.1} m/s too fast",
                    rules.slow_below_agl_m,
                    speed - most
                )
            }
            Broken::Battery => {
                let minutes = by * 60.0 / mission.power_w.max(1e-9);
                let reserve = mission.reserve * 100.0;
                format!("it comes home {by:.1} Wh ({minutes:.1} min) short of a reserve of {reserve:.0} %")
            }
            Broken::Prohibited(_) => format!("it is {by:.0} m inside {about}, where nobody may fly"),
            Broken::Unauthorised(_) => format!("it is {by:.0} m inside {about}, which needs an authorisation"),
            Broken::Closed(_) => format!("it is {by:.0} m inside {about}, which is closed"),
            Broken::KeptOut(_) => format!("it is {by:.0} m inside {about}, which its own fences keep it out of"),
            Broken::Dark => format!("it flies in the dark, {:.0} min from the light", (by / 60.0).ceil()),
            Broken::Separation(_) => format!(
                "it comes too close to {about}, by {by:.0} m: kept are {:.0} m on the level or {:.0} m in height",
                rules.apart_level_m, rules.apart_height_m
            ),
        }
    }

    fn too_high(&self, by_m: f64) -> String {
        let (most_m, top_m) = (self.rules.agl_max_m, self.buffer_top_m);
        if most_m + by_m <= top_m {
            format!("it is in the buffer from {most_m:.0} to {top_m:.0} m, which is kept empty, by {by_m:.0} m")
        } else {
            format!("it is {by_m:.0} m higher than the {most_m:.0} m above ground that are allowed")
        }
    }

    /// A change, as an order.
    #[must_use]
    pub fn change(&self, change: &Change) -> String {
        let legs = |legs| self.legs_named(legs);
        match *change {
            Change::Raise { legs: which, by_m } if by_m >= 0.0 => format!("fly {by_m:.0} m higher on {}", legs(which)),
            Change::Raise { legs: which, by_m } => format!("fly {:.0} m lower on {}", -by_m, legs(which)),
            Change::Move { legs: which, by_m, towards } => {
                let point = (towards / TAU * 16.0).round().rem_euclid(16.0) as usize;
                format!("move {} {by_m:.0} m to the {}", legs(which), COMPASS[point])
            }
            Change::Delay { by_s } => {
                format!("take off at {}, {:.0} min later", minute(self.epoch.offset_seconds(by_s)), by_s / 60.0)
            }
            Change::Slow { legs: which, to_m_s } => format!("fly {} at no more than {to_m_s:.0} m/s", legs(which)),
            Change::Shorten { by_s } => format!("shorten the flight by {:.1} min", by_s / 60.0),
        }
    }

    /// The change to a lapse of link or sight, as an order.
    #[must_use]
    pub fn of_lapse(&self, lapse: &Lapse) -> String {
        let on = lapse.legs.map_or_else(String::new, |legs| format!(" on {}", self.legs_named(legs)));
        format!("{}{on}", lapse.change)
    }

    fn legs_named(&self, [first, last]: [usize; 2]) -> String {
        match [self.leg(first), self.leg(last)] {
            [first, last] if first == last => format!("leg {first}"),
            [first, last] => format!("legs {first} to {last}"),
        }
    }

    /// The changes to a finding, as orders, and what else would help; never nothing.
    #[must_use]
    pub fn changes(&self, found: &Finding, changes: &[Change]) -> Vec<String> {
        let mut told: Vec<String> = changes.iter().map(|change| self.change(change)).collect();
        match found.rule {
            Broken::Unauthorised(_) => told.push("get an authorisation for the zone".to_owned()),
            Broken::Fence => told.push("draw the fence wider".to_owned()),
            _ if told.is_empty() => told.push("none of the usual changes makes it legal: plan it anew".to_owned()),
            _ => {}
        }
        told
    }
}

/// Orders as one sentence.
#[must_use]
pub fn sentence(orders: &[String]) -> String {
    let mut text = orders.join(", or ");
    if let Some(first) = text.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    text.push('.');
    text
}

/// The speed over ground on a leg, m/s.
fn speed_m_s(mission: &Mission, leg: usize) -> f64 {
    mission.fixes.get(leg..leg + 2).map_or(0.0, |pair| {
        let way_m = (pair[1].place_m[0] - pair[0].place_m[0]).hypot(pair[1].place_m[1] - pair[0].place_m[1]);
        way_m / (pair[1].at_s - pair[0].at_s)
    })
}

/// The day and the time of day, UTC, of the next full minute: to wait less would not do.
fn minute(at: Timestamp) -> String {
    let text = at.offset_seconds(59.999).to_string();
    text.get(..16).map_or(text.clone(), |minute| format!("{minute}Z"))
}

/// The time of day, UTC.
#[must_use]
pub fn clock(at: Timestamp) -> String {
    // RFC 3339: the clock stands behind the T.
    let text = at.to_string();
    text.split('T').nth(1).map_or(text.clone(), |clock| format!("{}Z", clock.get(..5).unwrap_or(clock)))
}
