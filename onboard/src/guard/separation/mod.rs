//! Keeping apart: who comes too near, who gives way, and since when all is clear again.
//!
//! | encounter with | who gives way |
//! |---|---|
//! | a crewed aircraft | we, always, whatever else is wanted but a landing |
//! | a drone that is not ours | we, unless the battery or the fence call home |
//! | another vehicle of ours | who is free to, before who is called home or in trouble; of two alike the one whose name comes later. The other stops at the last moment |
//! | a vessel that moves, for a boat | we |
//! | the target that is looked at | we: the distance ordered is kept, 60 % of it at least |
//!
//! An encounter must last a moment before it counts, because a track's velocity jumps. Giving way ends when nobody has
//! come near for a while; then the vehicle takes up what it was about: its plan, or its way home. It does not go on to
//! a single target: the room, which has been told, says where to.
//!
//! Nothing is done without a position of one's own that is fresh, by hand, or in a landing: it leads away already.

mod whereabouts;
mod words;

use std::collections::BTreeMap;
use std::time::Duration;

use mavlink::dialects::ardupilotmega::MavMessage;
use telemetry::messages::{Command, FlightMode, FlightPhase, Severity, Track, VehicleKind, VehicleState};
use telemetry::{AltitudeAmsl, Enu, Geodetic, GeoidUndulation, LatLon, SiteFrame, Timestamp, VehicleId};

use super::avoid::{self, Manoeuvre, Own, Threat};
use super::daa::{Level, Relative, Thresholds};
use super::fence::Fence;
use super::traffic::{Nature, Other, Traffic, Who, is_bound};
use super::{Demand, Refusal, Situation, circles, flies};
use crate::link::mode::Aim;
use crate::link::telemetry::Fix;
use whereabouts::whereabouts;
use words::in_words;

/// How long an encounter must last before it counts.
const LASTS: Duration = Duration::from_millis(800);
/// How long nobody may come near before giving way ends.
const CLEAR_FOR: Duration = Duration::from_secs(6);
/// How often a manoeuvre is thought over.
const THINK_AGAIN: Duration = Duration::from_secs(4);
/// An encounter that comes back within this is the same, and not told again.
const SAME_WITHIN: Duration = Duration::from_secs(60);
/// How long the vehicle is asked to take up what it was about.
const RESUME_FOR: Duration = Duration::from_secs(30);
/// A vessel slower than this lies: the plan leads round it, m/s.
const LIES_M_S: f64 = 0.5;
/// How far from where it was said to be the target that is looked at may be, metres, besides the error of its track.
const TARGET_WITHIN_M: f64 = 100.0;
/// Who has the right of way stops when the other comes this near in time, seconds.
const LAST_MOMENT_S: f64 = 4.0;

/// Another that comes too near.
#[derive(Debug, Clone)]
struct Encounter {
    who: Who,
    nature: Nature,
    name: String,
    level: Level,
    lost_s: f64,
    threat: Threat,
    gives_way: bool,
}

/// A target that is looked at.
#[derive(Debug, Clone, Copy)]
struct Look {
    target: Geodetic,
    stand_off_m: f64,
}

#[derive(Debug, Clone)]
struct GivingWay {
    /// Nothing where no manoeuvre stays in the fence.
    manoeuvre: Option<Manoeuvre>,
    chosen_at: Timestamp,
    crewed: bool,
    last_near: Timestamp,
    /// What the vehicle was about.
    interrupted: FlightMode,
    to: String,
}

#[derive(Debug, Clone, Copy)]
struct Seen {
    since: Timestamp,
    last: Timestamp,
    told: Option<Level>,
}

/// Keeps one vehicle apart from the others.
#[derive(Debug)]
pub struct Separation {
    kind: VehicleKind,
    name: VehicleId,
    traffic: Traffic,
    now: Timestamp,
    looks_at: Option<Look>,
    /// By whom; forgotten [`SAME_WITHIN`] after the last time, and no more than there are others.
    seen: BTreeMap<Who, Seen>,
    giving_way: Option<GivingWay>,
    resuming: Option<(Aim, Timestamp)>,
}

/// What there is to tell, and how urgent it is.
pub type Told = (Severity, String);

impl Separation {
    /// Nobody is there yet.
    #[must_use]
    pub fn new(kind: VehicleKind, name: VehicleId, undulation: GeoidUndulation, now: Timestamp) -> Self {
        Self {
            kind,
            traffic: Traffic::new(name.clone(), undulation),
            name,
            now,
            looks_at: None,
            seen: BTreeMap::new(),
            giving_way: None,
            resuming: None,
        }
    }

    /// Takes a track whose estimate was `age_s` old when it came.
    pub fn track(&mut self, now: Timestamp, age_s: f64, track: &Track, own: Option<&Fix>) {
        self.traffic.track(now, age_s, track, own);
    }

    /// Takes the state of another vehicle of ours.
    pub fn mate(&mut self, now: Timestamp, state: &VehicleState) {
        self.traffic.mate(now, state);
    }

    /// Takes what the autopilot's own receiver hears.
    pub fn hear(&mut self, now: Timestamp, message: &MavMessage) {
        self.traffic.hear(now, message);
    }

    /// A command was let pass: what it says is what the vehicle is about from now on.
    pub fn obey(&mut self, command: &Command) {
        self.resuming = None;
        if let (Some(giving), Command::ReturnHome) = (&mut self.giving_way, command) {
            giving.interrupted = FlightMode::Return;
        }
        self.looks_at = match command {
            Command::Observe { target, stand_off_m, .. } => Some(Look { target: *target, stand_off_m: *stand_off_m }),
            Command::Plan(_) => self.looks_at,
            _ => None,
        };
    }

    /// Whether the vehicle gives way to somebody, and to whom.
    #[must_use]
    pub fn gives_way_to(&self) -> Option<&str> {
        self.giving_way.as_ref().map(|giving| giving.to.as_str())
    }

    /// Whether people are in whom it gives way to.
    #[must_use]
    pub fn gives_way_to_people(&self) -> bool {
        self.giving_way.as_ref().is_some_and(|giving| giving.crewed)
    }

    /// What that demands.
    #[must_use]
    pub fn demand(&self) -> Option<Demand> {
        if let Some(giving) = &self.giving_way {
            return giving.manoeuvre.map(|manoeuvre| match manoeuvre {
                Manoeuvre::Stop => Demand::Mode(Aim::Hold),
                Manoeuvre::To { position, altitude, .. } => Demand::To { position, altitude },
            });
        }
        self.resuming.map(|(aim, _)| Demand::Mode(aim))
    }

    /// Looks round once, in a plan's fence and at its speed, m/s. Gives back what there is to tell.
    pub fn look_round(
        &mut self,
        now: Timestamp,
        situation: &Situation<'_>,
        plan: Option<(&Fence, f64)>,
        called_home: Option<LatLon>,
    ) -> Vec<Told> {
        self.now = now;
        self.traffic.forget(now);
        self.seen.retain(|_, seen| now <= seen.last + SAME_WITHIN);
        let telemetry = situation.telemetry;
        let mode = telemetry.mode();
        let acts = telemetry.phase() == FlightPhase::Underway
            && !matches!(mode, FlightMode::Manual | FlightMode::Land | FlightMode::Unknown);
        let served = |(aim, since)| telemetry.serves(aim) || now > since + RESUME_FOR;
        self.resuming = self.resuming.filter(|resuming| acts && !served(*resuming));
        let Some(fix) = whereabouts(telemetry, now).filter(|_| acts) else {
            self.giving_way = None;
            return Vec::new();
        };
        let (fence, cruise_m_s) = plan.map_or((None, 5.0), |(fence, cruise_m_s)| (Some(fence), cruise_m_s));
        // What comes down to land is out of everybody's way soonest by going on.
        let lands = mode == FlightMode::Return && fence.is_some_and(|fence| fix.height < fence.floor());
        let mut encounters = self.encounters(now, &fix, is_bound(mode));
        encounters.retain(|encounter| encounter.level == Level::Preventive || !lands);
        let own = Own { kind: self.kind, fix: &fix, fence, cruise_m_s, called_home };
        self.give_way(now, &own, mode, &encounters);
        self.tell(encounters)
    }

    /// Refuses to begin a flight while a crewed aircraft comes by.
    ///
    /// # Errors
    /// [`Refusal`] says which.
    pub fn check_start(&self, fix: &Fix, fence: &Fence) -> Result<(), Refusal> {
        let up_m = fence.ceiling().metres.max(0.0);
        for (_, other, relative) in self.traffic.around(self.now, fix).filter(|(_, other, _)| self.avoids_people(other))
        {
            let thresholds = thresholds_of(other, Thresholds::CREWED).widened(0.0, up_m);
            if let Some((Level::Corrective | Level::Warning, _)) = thresholds.level(&relative) {
                let place = in_words(relative.position);
                return Err(Refusal::new(format!("{}, a crewed aircraft, comes by: it is {place}", other.name)));
            }
        }
        Ok(())
    }

    /// Refuses a place on the way to which the vehicle would come too near to a crewed aircraft, and one at which
    /// another vehicle of ours is.
    ///
    /// # Errors
    /// [`Refusal`] says whom.
    pub fn check_way(&self, own: &Own<'_>, position: LatLon, altitude: AltitudeAmsl) -> Result<(), Refusal> {
        let way = SiteFrame::new(own.fix.position).enu(position.at_height(own.fix.position.height()));
        let way = Enu { up_m: altitude.metres - own.fix.altitude.metres, ..way };
        for (_, other, relative) in self.traffic.around(self.now, own.fix) {
            let place = in_words(relative.position);
            if self.avoids_people(other) {
                let volume = thresholds_of(other, Thresholds::CREWED).clear;
                let threat = Threat { relative, volume, crewed: true };
                if avoid::clearance(own, way, &[threat]) < 1.0 {
                    let name = &other.name;
                    return Err(Refusal::new(format!("the way there comes near {name}, a crewed aircraft {place}")));
                }
            }
            if let Some(Nature::Mate { .. }) = self.keeps_apart_from(other) {
                let there = Enu::from_vector(relative.position.vector() - way.vector());
                let clear = Thresholds::UNMANNED.clear;
                if there.horizontal_m() < clear.radius_m && there.up_m.abs() < clear.half_height_m {
                    return Err(Refusal::new(format!("{} is there", other.name)));
                }
            }
        }
        Ok(())
    }

    /// Refuses to look at what may be a crewed aircraft: it is never approached.
    ///
    /// # Errors
    /// [`Refusal`] says which.
    pub fn check_target(&self, fix: &Fix, target: Geodetic) -> Result<(), Refusal> {
        let place = SiteFrame::new(fix.position).enu(target);
        for (_, other, relative) in self.traffic.around(self.now, fix) {
            let apart = Enu::from_vector(relative.position.vector() - place.vector());
            if self.avoids_people(other) && apart.horizontal_m() < TARGET_WITHIN_M + other.sigma_m {
                let name = &other.name;
                return Err(Refusal::new(format!(
                    "the target may be {name}, a crewed aircraft, which is not approached"
                )));
            }
        }
        Ok(())
    }

    fn avoids_people(&self, other: &Other) -> bool {
        flies(self.kind) && other.nature == Nature::Crewed
    }

    /// What another is, if this vehicle keeps apart from such.
    fn keeps_apart_from(&self, other: &Other) -> Option<Nature> {
        let flying = flies(self.kind);
        let keeps = match other.nature {
            Nature::Crewed | Nature::Unmanned => flying,
            Nature::Mate { kind, .. } => flies(kind) == flying,
            Nature::Vessel => !flying && other.speed_m_s() >= LIES_M_S,
            Nature::Other => false,
        };
        keeps.then_some(other.nature)
    }

    fn encounters(&mut self, now: Timestamp, fix: &Fix, bound: bool) -> Vec<Encounter> {
        let around: Vec<_> = self.traffic.around(now, fix).collect();
        let watched = self.looks_at.and_then(|look| watched(look, fix, &around));
        let mut encounters = Vec::new();
        for (who, other, relative) in around {
            let looked_at = watched.filter(|(target, _)| *target == who).map(|(_, stand_off_m)| stand_off_m);
            let thresholds = match (looked_at, self.keeps_apart_from(other)) {
                (Some(stand_off_m), _) => Thresholds::looked_at_from(stand_off_m),
                (None, Some(Nature::Crewed)) => thresholds_of(other, Thresholds::CREWED),
                (None, Some(Nature::Vessel)) => thresholds_of(other, Thresholds::VESSEL),
                (None, Some(_)) if !flies(self.kind) => Thresholds::VESSEL,
                (None, Some(_)) => thresholds_of(other, Thresholds::UNMANNED),
                (None, None) => continue,
            };
            let Some((level, lost_s)) = thresholds.level(&relative) else { continue };
            let seen = self.seen.entry(who.clone()).or_insert(Seen { since: now, last: now, told: None });
            if now > seen.last + Duration::from_secs(2) {
                seen.since = now;
            }
            seen.last = now;
            let gives_way = match other.nature {
                Nature::Mate { bound: theirs, .. } if theirs == bound => self.name.as_str() > other.name.as_str(),
                Nature::Mate { bound: theirs, .. } => theirs,
                _ => true,
            };
            if now >= seen.since + LASTS {
                let crewed = other.nature == Nature::Crewed;
                let threat = Threat { relative, volume: thresholds.clear, crewed };
                let (who, nature, name) = (who.clone(), other.nature, other.name.clone());
                encounters.push(Encounter { who, nature, name, level, lost_s, threat, gives_way });
            }
        }
        // The most urgent first; of two alike the one that comes sooner.
        encounters.sort_by(|a, b| b.level.cmp(&a.level).then(a.lost_s.total_cmp(&b.lost_s)));
        encounters
    }

    fn give_way(&mut self, now: Timestamp, own: &Own<'_>, mode: FlightMode, encounters: &[Encounter]) {
        let near: Vec<&Encounter> = encounters.iter().filter(|near| near.level >= Level::Corrective).collect();
        let yields = near.iter().any(|near| near.gives_way);
        let last_moment = near.iter().any(|near| near.lost_s < LAST_MOMENT_S);
        let Some(first) = near.first().filter(|_| yields || last_moment) else {
            if let Some(giving) = self.giving_way.take_if(|giving| now >= giving.last_near + CLEAR_FOR) {
                self.resuming = match giving.interrupted {
                    FlightMode::Mission => Some((Aim::Mission, now)),
                    FlightMode::Return => Some((Aim::Return, now)),
                    _ => None,
                };
            }
            return;
        };
        let threats: Vec<Threat> = near.iter().map(|near| near.threat).collect();
        let crewed = threats.iter().any(|threat| threat.crewed);
        let before = self.giving_way.take();
        let think =
            before.as_ref().is_none_or(|giving| now >= giving.chosen_at + THINK_AGAIN || crewed != giving.crewed);
        let held = before.as_ref().and_then(|giving| giving.manoeuvre);
        let stops = !yields && !circles(own.kind);
        let manoeuvre = match think {
            true if stops => Some(Manoeuvre::Stop),
            true => avoid::choose(own, &threats, held),
            false => held,
        };
        self.giving_way = Some(GivingWay {
            manoeuvre,
            chosen_at: before.as_ref().filter(|_| !think).map_or(now, |giving| giving.chosen_at),
            crewed,
            last_near: now,
            interrupted: before
                .map_or_else(|| self.resuming.map_or(mode, |(aim, _)| mode_of(aim)), |giving| giving.interrupted),
            to: first.name.clone(),
        });
        self.resuming = None;
    }
}

/// The one of the others that is the target looked at, and how far to stay from it.
fn watched<'a>(look: Look, fix: &Fix, around: &[(&'a Who, &Other, Relative)]) -> Option<(&'a Who, f64)> {
    let target = SiteFrame::new(fix.position).enu(look.target);
    let off_m = |relative: &Relative| Enu::from_vector(relative.position.vector() - target.vector()).horizontal_m();
    around
        .iter()
        .filter(|(who, other, relative)| {
            matches!(who, Who::Track(_))
                && other.nature != Nature::Crewed
                && off_m(relative) <= TARGET_WITHIN_M + 3.0 * other.sigma_m
        })
        .min_by(|a, b| off_m(&a.2).total_cmp(&off_m(&b.2)))
        .map(|(who, _, _)| (*who, look.stand_off_m))
}

/// With room for what is not known of the other's place.
fn thresholds_of(other: &Other, usual: Thresholds) -> Thresholds {
    let (by_m, up_m) = match other.nature {
        Nature::Crewed => (other.sigma_m.min(300.0), other.height_off_m),
        _ => (other.sigma_m.min(30.0), other.height_off_m.min(20.0)),
    };
    usual.widened(by_m, up_m)
}

fn mode_of(aim: Aim) -> FlightMode {
    match aim {
        Aim::Mission => FlightMode::Mission,
        Aim::Return => FlightMode::Return,
        _ => FlightMode::Hold,
    }
}
