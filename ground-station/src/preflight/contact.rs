//! Whether a flight stays in reach of an antenna, and in sight of its pilot.
//!
//! A flight is looked at every [`LOOK_EVERY_S`]; a place it has been at before (within [`CELL_M`]) is not looked at again, so
//! rounds cost as much as one. Take-off and landing are left out: whoever stands beside the vehicle has both. Where the
//! ground is not known, free space is reckoned, and nothing hides anything; the report says so.

use std::collections::BTreeSet;

use planning::preflight::{
    Fix, Heights, Post, diffraction_loss_db, free_space_loss_db, free_space_reach_m, hidden_by_m,
};
use telemetry::LatLon;

use super::Rule;
use crate::airspace::{Antenna, Budget, Contact, Pilot};

/// The time between two looks, seconds.
const LOOK_EVERY_S: f64 = 2.0;
/// Places this near to each other are one, metres.
const CELL_M: f64 = 10.0;
/// The eyes of a person who stands, metres above ground.
const EYES_M: f64 = 1.7;
/// How much higher a flight is tried, metres.
const HIGHER_M: [f64; 8] = [5.0, 10.0, 15.0, 20.0, 30.0, 50.0, 75.0, 100.0];

/// Where a flight is out of reach or out of sight, at its worst.
#[derive(Debug, Clone, PartialEq)]
pub struct Lapse {
    /// Which of the two.
    pub rule: Rule,
    /// The leg of the mission.
    pub leg: usize,
    /// Where and when.
    pub fix: Fix,
    /// By how much, in metres or decibels.
    pub by: f64,
    /// Of what.
    pub unit: &'static str,
    /// What is the matter, with the flight as the subject.
    pub matter: String,
    /// The nearest change, as an order.
    pub change: String,
    /// The first and the last leg of the mission that the change is about; nothing where it is about all of it.
    pub legs: Option<[usize; 2]>,
}

/// Antennas and pilot in the frame of a check.
pub struct Posts<'p> {
    antennas: Vec<(&'p Antenna, Post)>,
    pilot: Option<(&'p Pilot, Post)>,
    ground: Option<&'p dyn Heights>,
}

/// What is missing to contact; ordered by how bad it is.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
enum Lacks {
    /// So many metres beyond the range.
    Range(f64),
    /// So many decibels too much lost, of a loss of, of which the ground makes.
    Loss { over_db: f64, loss_db: f64, ground_db: f64 },
    /// The ground stands so many metres into the line.
    Hidden(f64),
}

impl<'p> Posts<'p> {
    /// `place_m` puts places into the frame; `ground` is nothing where it is taken as flat at `flat_m`.
    pub fn new(
        contact: &'p Contact,
        place_m: &dyn Fn(LatLon) -> [f64; 2],
        ground: Option<&'p dyn Heights>,
        flat_m: f64,
    ) -> Self {
        let post = |at: LatLon, height_m: f64| {
            let place_m = place_m(at);
            let ground_m = ground.and_then(|ground| ground.height_m(place_m)).unwrap_or(flat_m);
            Post { place_m, amsl_m: ground_m + height_m }
        };
        Self {
            antennas: contact.antennas.iter().map(|antenna| (antenna, post(antenna.at, antenna.height_m))).collect(),
            pilot: contact.pilot.as_ref().map(|pilot| (pilot, post(pilot.at, EYES_M))),
            ground,
        }
    }

    /// The worst lapse of the link and of sight. `may_rise` says whether legs, the first to the last, may be flown so many
    /// metres higher by every other rule.
    pub fn lapses(
        &self,
        fixes: &[Fix],
        ground_legs: &BTreeSet<usize>,
        may_rise: &dyn Fn([usize; 2], f64) -> bool,
    ) -> Vec<Lapse> {
        let looks = looks(fixes, ground_legs);
        let link = |at: &Post| self.link_lacks(at);
        let sight = |at: &Post| self.sight_lacks(at);
        let link = self.worst(&looks, &link, may_rise).map(|(worst, higher)| self.no_link(&worst, higher));
        let sight = self.worst(&looks, &sight, may_rise).map(|(worst, higher)| self.no_sight(&worst, higher));
        link.into_iter().chain(sight).collect()
    }

    /// What the link to the antenna that hears it best lacks; nothing where one hears it, or where there is none.
    fn link_lacks(&self, at: &Post) -> Option<(usize, Lacks)> {
        let mut best: Option<(usize, Lacks)> = None;
        for (number, (antenna, post)) in self.antennas.iter().enumerate() {
            let lacks = self.antenna_lacks(antenna, post, at)?;
            if best.as_ref().is_none_or(|(_, least)| lacks < *least) {
                best = Some((number, lacks));
            }
        }
        best
    }

    fn antenna_lacks(&self, antenna: &Antenna, post: &Post, at: &Post) -> Option<Lacks> {
        let distance_m = post.distance_m(at);
        if let Some(range_m) = antenna.range_m.filter(|range_m| distance_m > *range_m) {
            return Some(Lacks::Range(distance_m - range_m));
        }
        let Some(budget) = antenna.budget else { return self.hidden(post, at) };
        let ground_db = self.ground.and_then(|ground| diffraction_loss_db(ground, post, at, budget.frequency_mhz));
        let ground_db = ground_db.unwrap_or(0.0);
        let loss_db = free_space_loss_db(budget.frequency_mhz, distance_m) + ground_db;
        let over_db = loss_db - budget.loss_max_db;
        (over_db > 0.0).then_some(Lacks::Loss { over_db, loss_db, ground_db })
    }

    fn hidden(&self, post: &Post, at: &Post) -> Option<Lacks> {
        let by_m = self.ground.and_then(|ground| hidden_by_m(ground, post, at))?;
        (by_m > 0.0).then_some(Lacks::Hidden(by_m))
    }

    fn sight_lacks(&self, at: &Post) -> Option<(usize, Lacks)> {
        let (pilot, post) = self.pilot.as_ref()?;
        let beyond_m = post.distance_m(at) - pilot.range_m;
        let lacks = if beyond_m > 0.0 { Some(Lacks::Range(beyond_m)) } else { self.hidden(post, at) };
        lacks.map(|lacks| (0, lacks))
    }

    /// The worst look, how many legs are concerned, and how much higher they would have to be flown, where that helps.
    fn worst(
        &self,
        looks: &[Look],
        lacks: &dyn Fn(&Post) -> Option<(usize, Lacks)>,
        may_rise: &dyn Fn([usize; 2], f64) -> bool,
    ) -> Option<(Worst, Option<f64>)> {
        let found = looks.iter().filter_map(|look| lacks(&look.post()).map(|(post, lacks)| (look, post, lacks)));
        let found: Vec<(&Look, usize, Lacks)> = found.collect();
        let (look, post, worst) =
            found.iter().max_by(|a, b| a.2.partial_cmp(&b.2).unwrap_or(std::cmp::Ordering::Equal)).copied()?;
        let legs = [found.first()?.0.leg, found.last()?.0.leg];
        // Higher is farther: what is out of range it does not help.
        let helps = |by_m: &f64| {
            let raised = |look: &Look| Post { amsl_m: look.fix.amsl_m + by_m, ..look.post() };
            found.iter().all(|(look, ..)| lacks(&raised(look)).is_none()) && may_rise(legs, *by_m)
        };
        let may_help = !found.iter().any(|(_, _, lacks)| matches!(lacks, Lacks::Range(_)));
        let higher = HIGHER_M.into_iter().filter(|_| may_help).find(|by_m| helps(by_m));
        Some((Worst { look: *look, post, lacks: worst, legs }, higher))
    }

    fn no_link(&self, worst: &Worst, higher: Option<f64>) -> Lapse {
        let (antenna, post) = &self.antennas[worst.post];
        let name = &antenna.name;
        let km = post.distance_m(&worst.look.post()) / 1000.0;
        let (by, unit, matter, otherwise) = match worst.lacks {
            Lacks::Range(by_m) => {
                let range_m = antenna.range_m.unwrap_or_default();
                let matter = format!(
                    "it is out of reach of the antenna {name}, {km:.1} km away: {by_m:.0} m beyond its range of {range_m:.0} m"
                );
                (by_m, "m", matter, format!("keep within {range_m:.0} m of {name}"))
            }
            Lacks::Loss { over_db, loss_db, ground_db } => {
                let (frequency_mhz, loss_max_db) =
                    antenna.budget.map_or((1.0, 0.0), |budget: Budget| (budget.frequency_mhz, budget.loss_max_db));
                let of_ground = match ground_db {
                    0.0 => String::new(),
                    ground_db => format!(", {ground_db:.0} dB of it to the ground in between"),
                };
                let matter = format!(
                    "the link to the antenna {name}, {km:.1} km away, loses {loss_db:.0} dB{of_ground}, where \
                     {loss_max_db:.0} dB are allowed: {over_db:.1} dB too much"
                );
                let reach_km = free_space_reach_m(frequency_mhz, loss_max_db) / 1000.0;
                (over_db, "dB", matter, format!("keep within {reach_km:.1} km of {name}, with nothing in between"))
            }
            Lacks::Hidden(by_m) => {
                let matter =
                    format!("the ground stands {by_m:.0} m into the line to the antenna {name}, {km:.1} km away");
                (by_m, "m", matter, format!("keep where {name} sees it"))
            }
        };
        let change = higher.map_or(otherwise, |by_m| format!("fly {by_m:.0} m higher"));
        worst.lapse(Rule::Link, by, unit, matter, change, higher.is_some())
    }

    fn no_sight(&self, worst: &Worst, higher: Option<f64>) -> Lapse {
        let range_m = self.pilot.as_ref().map_or(0.0, |(pilot, _)| pilot.range_m);
        let (by, matter, otherwise) = match worst.lacks {
            Lacks::Range(by_m) | Lacks::Loss { over_db: by_m, .. } => (
                by_m,
                format!(
                    "it is {:.0} m from its pilot, {by_m:.0} m farther than the {range_m:.0} m within sight",
                    range_m + by_m
                ),
                format!("keep within {range_m:.0} m of the pilot"),
            ),
            Lacks::Hidden(by_m) => (
                by_m,
                format!("its pilot does not see it: the ground stands {by_m:.0} m into the line"),
                "keep where the pilot sees it".to_owned(),
            ),
        };
        let change = higher.map_or(otherwise, |by_m| format!("fly {by_m:.0} m higher"));
        worst.lapse(Rule::Sight, by, "m", matter, change, higher.is_some())
    }
}

/// One look at a flight.
#[derive(Debug, Clone, Copy)]
struct Look {
    leg: usize,
    fix: Fix,
}

impl Look {
    fn post(&self) -> Post {
        Post { place_m: self.fix.place_m, amsl_m: self.fix.amsl_m }
    }
}

/// The worst look, and the first and the last leg that are concerned.
struct Worst {
    look: Look,
    post: usize,
    lacks: Lacks,
    legs: [usize; 2],
}

impl Worst {
    fn lapse(&self, rule: Rule, by: f64, unit: &'static str, matter: String, change: String, on_legs: bool) -> Lapse {
        let Look { leg, fix } = self.look;
        Lapse { rule, leg, fix, by, unit, matter, change, legs: on_legs.then_some(self.legs) }
    }
}

/// Moments of a flight, no two of them at one place.
fn looks(fixes: &[Fix], ground_legs: &BTreeSet<usize>) -> Vec<Look> {
    let mut seen = BTreeSet::new();
    let mut looks = Vec::new();
    for (leg, pair) in fixes.windows(2).enumerate().filter(|(leg, _)| !ground_legs.contains(leg)) {
        let lasts_s = pair[1].at_s - pair[0].at_s;
        let parts = (lasts_s / LOOK_EVERY_S).ceil().clamp(1.0, 100_000.0) as u32;
        for part in 0..=parts {
            let share = f64::from(part) / f64::from(parts);
            let mix = |a: f64, b: f64| a + share * (b - a);
            let place_m = [mix(pair[0].place_m[0], pair[1].place_m[0]), mix(pair[0].place_m[1], pair[1].place_m[1])];
            let amsl_m = mix(pair[0].amsl_m, pair[1].amsl_m);
            let cell = [place_m[0], place_m[1], amsl_m].map(|metres| (metres / CELL_M).round() as i64);
            if seen.insert(cell) {
                looks.push(Look { leg, fix: Fix { at_s: mix(pair[0].at_s, pair[1].at_s), place_m, amsl_m } });
            }
        }
    }
    looks
}
