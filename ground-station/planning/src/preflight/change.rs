//! The nearest change that makes a mission legal.
//!
//! Changes of one kind are tried by growing amounts, the least that works is then closed in on by halving: up or down,
//! sideways in sixteen directions, later. A change works when the rule is kept and no rule is broken that was not before,
//! by the very check that found it. Times between fixes stay as they are: over the few metres that are usual that is right
//! to a second; a large move wants a new plan.
//!
//! What a change cannot alter is not looked at again: the legs before and after those that move, and the battery, as times
//! stay. Bound: [`LOOKS_MAX`] looks at the air for one finding, after which what has been found so far is told.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::f64::consts::TAU;
use std::ops::ControlFlow;

use super::check::{alone, along};
use super::separation;
use super::zone::Bounded;
use super::{Airspace, Finding, Mission, Rule};

const DIRECTIONS: u32 = 16;
/// The most looks for one finding: a second of work at most.
const LOOKS_MAX: u64 = 400_000;
/// The largest change of height, metres, and how finely it is told.
const HEIGHT_M: [f64; 2] = [500.0, 1.0];
/// The same sideways.
const LEVEL_M: [f64; 2] = [10_000.0, 1.0];
/// The same in time, s.
const DELAY_S: [f64; 2] = [36.0 * 3600.0, 60.0];

/// A change to a mission.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Change {
    /// Fly these legs so much higher, or lower where negative, metres.
    Raise {
        /// The first and the last leg.
        legs: [usize; 2],
        /// Metres.
        by_m: f64,
    },
    /// Move these legs so far.
    Move {
        /// The first and the last leg.
        legs: [usize; 2],
        /// Metres.
        by_m: f64,
        /// Clockwise from north, radians.
        towards: f64,
    },
    /// Take off so much later.
    Delay {
        /// Seconds.
        by_s: f64,
    },
    /// Fly these legs no faster than this.
    Slow {
        /// The first and the last leg.
        legs: [usize; 2],
        /// m/s.
        to_m_s: f64,
    },
    /// Fly so much less long.
    Shorten {
        /// Seconds.
        by_s: f64,
    },
}

/// The least change of each kind that makes a mission keep the rule it breaks; none where no change of these kinds does.
#[must_use]
pub fn nearest_changes(airspace: &Airspace<'_>, missions: &[Mission], finding: &Finding) -> Vec<Change> {
    let Some(mission) = missions.get(finding.mission) else { return Vec::new() };
    let zones: Vec<Bounded<'_>> = airspace.zones.iter().map(Bounded::new).collect();
    let trial = Trial { airspace, zones: &zones, missions, number: finding.mission, looks: Cell::new(0) };
    let search = Search { before: trial.broken(mission), trial, mission, finding };
    let mut changes = Vec::new();
    match finding.rule {
        Rule::Battery if mission.power_w > 0.0 => {
            changes.push(Change::Shorten { by_s: finding.by * 3600.0 / mission.power_w });
        }
        Rule::Battery => {}
        Rule::TooLow | Rule::TooHigh => changes.extend(search.raise()),
        Rule::SpeedLayer => {
            changes.push(Change::Slow { legs: finding.legs, to_m_s: airspace.rules.fast_m_s });
            changes.extend(search.raise());
        }
        Rule::Dark => changes.extend(search.delay()),
        Rule::Fence | Rule::KeptOut(_) => changes.extend(search.sideways()),
        Rule::Separation(_) => {
            changes.extend(search.delay());
            changes.extend(search.raise());
        }
        Rule::Prohibited(zone) | Rule::Unauthorised(zone) | Rule::Closed(zone) => {
            changes.extend(search.raise());
            changes.extend(search.sideways());
            if airspace.zones.get(zone).is_some_and(|zone| zone.active_s.is_some()) {
                changes.extend(search.delay());
            }
        }
    }
    changes
}

/// Whether legs of a mission, the first to the last, may be flown so many metres higher without breaking a rule that it
/// keeps as it is.
#[must_use]
pub fn may_raise(airspace: &Airspace<'_>, missions: &[Mission], number: usize, legs: [usize; 2], by_m: f64) -> bool {
    let Some(mission) = missions.get(number).filter(|mission| mission.sound(number).is_ok()) else { return false };
    let zones: Vec<Bounded<'_>> = airspace.zones.iter().map(Bounded::new).collect();
    let trial = Trial { airspace, zones: &zones, missions, number, looks: Cell::new(0) };
    let before = trial.broken(mission);
    let mut raised = mission.clone();
    movable(mission, legs).iter().for_each(|fix| raised.fixes[*fix].amsl_m += by_m);
    trial.keeps(&raised, around(mission, legs), &|rule| before.contains(rule))
}

/// The legs that change when some do: those that lead there and away too.
fn around(mission: &Mission, [first, last]: [usize; 2]) -> [usize; 2] {
    [first.saturating_sub(1), (last + 1).min(mission.fixes.len() - 2)]
}

/// The fixes of legs that are not on the ground.
fn movable(mission: &Mission, [first, last]: [usize; 2]) -> Vec<usize> {
    let on_ground = |fix: usize| {
        // The lower end of a leg from or to the ground; its upper end may move with the rest.
        let ends = [fix.checked_sub(1), Some(fix)].into_iter().flatten();
        let ground = ends.filter(|leg| mission.ground_legs.contains(leg));
        ground.into_iter().any(|leg| {
            let fixes = &mission.fixes;
            let other = if leg == fix { fix + 1 } else { fix - 1 };
            fixes.get(other).is_some_and(|other| fixes[fix].amsl_m <= other.amsl_m)
        })
    };
    (first..=last + 1).filter(|fix| *fix < mission.fixes.len() && !on_ground(*fix)).collect()
}

/// The check of one mission among others.
struct Trial<'t> {
    airspace: &'t Airspace<'t>,
    zones: &'t [Bounded<'t>],
    missions: &'t [Mission],
    number: usize,
    /// How often was looked so far.
    looks: Cell<u64>,
}

impl Trial<'_> {
    /// The rules that the mission breaks as it is.
    fn broken(&self, mission: &Mission) -> BTreeSet<Rule> {
        let alone = alone(self.airspace, self.zones, (self.number, mission));
        alone.into_iter().map(|finding| finding.rule).chain(self.too_close(mission)).collect()
    }

    /// The others that the mission comes too close to; one that cannot be checked is passed over.
    fn too_close<'m>(&'m self, mission: &'m Mission) -> impl Iterator<Item = Rule> + 'm {
        let others = self.missions.iter().enumerate().filter(|(other, _)| *other != self.number);
        others.filter(|(other, theirs)| theirs.sound(*other).is_ok()).filter_map(move |(other, theirs)| {
            let found = separation::worst(&self.airspace.rules, (self.number, mission), (other, theirs));
            found.map(|_| Rule::Separation(other))
        })
    }

    /// Whether a changed mission breaks only rules that are allowed to it, as far as the change reaches.
    fn keeps(&self, mission: &Mission, legs: [usize; 2], allowed: &dyn Fn(&Rule) -> bool) -> bool {
        if self.looks.get() > LOOKS_MAX {
            return false;
        }
        let (looks, kept) = along(self.airspace, self.zones, mission, legs, &mut |breach| {
            if allowed(&breach.rule) { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        });
        self.looks.set(self.looks.get() + looks);
        kept.is_continue() && self.too_close(mission).all(|rule| allowed(&rule))
    }
}

struct Search<'t> {
    trial: Trial<'t>,
    mission: &'t Mission,
    finding: &'t Finding,
    before: BTreeSet<Rule>,
}

impl Search<'_> {
    /// Whether a change to some legs makes the mission keep the rule, and break none that it did not break before.
    fn works(&self, legs: [usize; 2], change: &dyn Fn(&mut Mission)) -> bool {
        let mut changed = self.mission.clone();
        change(&mut changed);
        let allowed = |rule: &Rule| *rule != self.finding.rule && self.before.contains(rule);
        self.trial.keeps(&changed, around(self.mission, legs), &allowed)
    }

    fn raise(&self) -> Option<Change> {
        let fixes = movable(self.mission, self.finding.legs);
        let by = |sign: f64, most: f64| {
            let raised = |by_m: f64| {
                self.works(self.finding.legs, &|mission: &mut Mission| {
                    fixes.iter().for_each(|fix| mission.fixes[*fix].amsl_m += sign * by_m);
                })
            };
            least(self.finding.by, [most, HEIGHT_M[1]], raised)
        };
        if fixes.is_empty() {
            return None;
        }
        let up = by(1.0, HEIGHT_M[0]);
        let down = by(-1.0, up.unwrap_or(HEIGHT_M[0]));
        let by_m = down.map(|by_m| -by_m).or(up)?;
        Some(Change::Raise { legs: self.finding.legs, by_m })
    }

    fn sideways(&self) -> Option<Change> {
        let fixes = movable(self.mission, self.finding.legs);
        if fixes.is_empty() {
            return None;
        }
        let mut best: Option<(f64, f64)> = None;
        for direction in 0..DIRECTIONS {
            let towards = TAU * f64::from(direction) / f64::from(DIRECTIONS);
            let moved = |by_m: f64| {
                self.works(self.finding.legs, &|mission: &mut Mission| {
                    for fix in &fixes {
                        mission.fixes[*fix].place_m[0] += by_m * towards.sin();
                        mission.fixes[*fix].place_m[1] += by_m * towards.cos();
                    }
                })
            };
            let most = best.map_or(LEVEL_M[0], |(by_m, _)| by_m - LEVEL_M[1]);
            if let Some(by_m) = least(self.finding.by, [most, LEVEL_M[1]], moved) {
                best = Some((by_m, towards));
            }
        }
        best.map(|(by_m, towards)| Change::Move { legs: self.finding.legs, by_m, towards })
    }

    fn delay(&self) -> Option<Change> {
        let whole = [0, self.mission.fixes.len() - 2];
        let later = |by_s: f64| {
            self.works(whole, &|mission: &mut Mission| mission.fixes.iter_mut().for_each(|fix| fix.at_s += by_s))
        };
        least(0.0, DELAY_S, later).map(|by_s| Change::Delay { by_s })
    }
}

/// The least amount that works, up to the most and to the step; nothing where none that was tried does. What works at one
/// amount may not at a larger one, so amounts grow by halves.
fn least(from: f64, [most, step]: [f64; 2], works: impl Fn(f64) -> bool) -> Option<f64> {
    let mut fails = 0.0;
    let mut tried = from.max(step).ceil();
    while !works(tried) {
        if tried >= most {
            return None;
        }
        fails = tried;
        tried = (tried * 1.5).max(tried + step).min(most);
    }
    while tried - fails > step {
        let middle = f64::midpoint(fails, tried);
        if works(middle) {
            tried = middle;
        } else {
            fails = middle;
        }
    }
    Some((tried / step).ceil() * step).filter(|amount| works(*amount)).or(Some(tried))
}
