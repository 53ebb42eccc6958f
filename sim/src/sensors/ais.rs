//! A shore station's AIS receiver: the AIVDM sentences of the vessels about, as the standard has them sent.
//!
//! Each vessel's transponder reports by the timetable of ITU-R M.1371-5 what its own navigation says, with a slowly
//! wandering satellite error; the receiver hears those above the radio horizon and in its range, and loses some to
//! collisions of slots. Positions are those of the position antenna, which here is the truth's position. Nothing of
//! this is measured: it is what ships claim.

mod schedule;
mod sentence;

use std::collections::BTreeMap;

use rand_chacha::ChaCha8Rng;
use telemetry::messages::SensorDescription;
use telemetry::{AltitudeHae, Course, Enu, Heading, Timestamp};

use self::schedule::{Schedule, Underway};
use self::sentence::{Channel, PositionReport};
use super::Health;
use super::cadence::Cadence;
use super::viewpoint::Viewpoint;
use crate::random::{self, OrnsteinUhlenbeck};
use crate::world::{Transponder, Truth, TruthId};

/// How often the transponders look at their own speed and heading.
const POLL_S: f64 = 1.0;
/// The correlation time of the satellite error, seconds.
const GNSS_CORRELATION_S: f64 = 60.0;
/// Errors of what a ship reports beside its position: each axis of velocity (m/s), heading (radians).
const VELOCITY_SIGMA_M_S: f64 = 0.05;
const HEADING_SIGMA_RAD: f64 = 0.009;
/// A ship's VHF antenna above the water, metres.
const SHIP_ANTENNA_M: f64 = 12.0;

/// What an AIS receiver is.
#[derive(Debug, Clone, PartialEq)]
pub struct AisReceiverModel {
    /// Name, place, range, and as the probability of detection the share of messages that arrive.
    pub description: SensorDescription,
    /// The water around, for the horizon.
    pub surface: AltitudeHae,
    /// When it begins to listen.
    pub first_at: Timestamp,
    /// Standard deviation of each horizontal axis of a ship's satellite position, metres.
    pub position_sigma_m: f64,
}

impl AisReceiverModel {
    /// A receiver among ships with ordinary satellite receivers (4 m).
    #[must_use]
    pub fn new(description: SensorDescription, surface: AltitudeHae, first_at: Timestamp) -> Self {
        Self { description, surface, first_at, position_sigma_m: 4.0 }
    }
}

/// An AIS receiver at work, and with it the transponders of the ships about.
#[derive(Debug)]
pub struct AisReceiver {
    model: AisReceiverModel,
    viewpoint: Viewpoint,
    polls: Cadence,
    health: Health,
    seed: u64,
    /// One for each ship that was ever on the air: as many as the scenario has.
    ships: BTreeMap<TruthId, Ship>,
    /// Links the parts of a message, 0 to 9.
    sequence: u8,
}

/// A ship's transponder.
#[derive(Debug)]
struct Ship {
    /// Nothing while it is switched off.
    schedule: Option<Schedule>,
    /// Satellite error, east and north.
    error_m: [OrnsteinUhlenbeck; 2],
    error_at: Timestamp,
    channel: Channel,
    rng: ChaCha8Rng,
}

impl AisReceiver {
    /// A receiver that has heard nothing yet.
    #[must_use]
    pub fn new(model: AisReceiverModel, seed: u64) -> Self {
        Self {
            viewpoint: Viewpoint::new(model.description.position, model.surface),
            polls: Cadence::new(model.first_at, POLL_S),
            health: Health::Working,
            seed,
            ships: BTreeMap::new(),
            sequence: 0,
            model,
        }
    }

    /// When it has to be attended to next: when a ship reports, or looks at its own movement.
    #[must_use]
    pub fn next_at(&self) -> Timestamp {
        let reports = self.ships.values().filter_map(|ship| ship.schedule.as_ref()).map(Schedule::next_at);
        reports.fold(self.polls.next_at(), Timestamp::min)
    }

    /// Breaks or mends it. The ships go on reporting meanwhile, to nobody.
    pub fn set_health(&mut self, health: Health) {
        self.health = health;
    }

    /// The sentences received at `now`, each ended by CR LF; often none.
    pub fn scan(&mut self, now: Timestamp, truths: &[Truth]) -> Vec<u8> {
        let mut lines = Vec::new();
        if now < self.next_at() {
            return lines;
        }
        if self.polls.take(now).is_some() {
            self.poll(now, truths);
        }
        for truth in truths {
            if let Some(transponder) = &truth.ais {
                self.attend(now, truth, transponder, &mut lines);
            }
        }
        lines
    }

    /// Lets every transponder look at its ship's movement; one that is off the air forgets its timetable.
    fn poll(&mut self, now: Timestamp, truths: &[Truth]) {
        let on_air = |id: TruthId| truths.iter().any(|truth| truth.id == id && truth.ais.is_some());
        self.ships.iter_mut().filter(|(id, _)| !on_air(**id)).for_each(|(_, ship)| ship.schedule = None);
        for truth in truths {
            let Some(transponder) = &truth.ais else { continue };
            let movement = Underway {
                class: transponder.identity.class,
                status: transponder.status,
                speed_m_s: truth.velocity.ground_speed_m_s(),
                heading: transponder.heading,
            };
            let ship = self.ships.entry(truth.id).or_insert_with(|| {
                let name = format!("{}/{}", self.model.description.id, truth.name);
                Ship::new(random::stream(self.seed, &name), self.model.position_sigma_m, now)
            });
            match &mut ship.schedule {
                Some(schedule) => schedule.observe(now, movement),
                None => ship.schedule = Some(Schedule::new(now, movement, &mut ship.rng)),
            }
        }
    }

    /// Sends what is due of a ship's, and hears it.
    fn attend(&mut self, now: Timestamp, truth: &Truth, transponder: &Transponder, lines: &mut Vec<u8>) {
        let Some(ship) = self.ships.get_mut(&truth.id) else { return };
        let Some(due) = ship.schedule.as_mut().map(|schedule| schedule.take(now, &mut ship.rng)) else { return };
        if !due.position && !due.identity {
            return;
        }
        let antenna = AltitudeHae::new(self.model.surface.metres + SHIP_ANTENNA_M);
        let antenna = truth.position.lat_lon().at_height(antenna);
        let range_m = self.viewpoint.look(antenna).range_m;
        let in_reach = self.health == Health::Working
            && range_m <= self.model.description.coverage.range_m[1]
            && self.viewpoint.above_horizon(antenna, range_m);
        let share = if in_reach { self.model.description.detection_probability } else { 0.0 };
        if due.position {
            let report = ship.position_report(now, truth, transponder);
            let channel = ship.next_channel();
            if random::happens(&mut ship.rng, share) {
                sentence::write_position(lines, channel, &report);
            }
        }
        if due.identity {
            let channel = ship.next_channel();
            if random::happens(&mut ship.rng, share) {
                sentence::write_identity(lines, channel, &mut self.sequence, &transponder.identity);
            }
        }
    }
}

impl Ship {
    fn new(mut rng: ChaCha8Rng, position_sigma_m: f64, now: Timestamp) -> Self {
        let error_m = [(); 2].map(|()| OrnsteinUhlenbeck::new(&mut rng, position_sigma_m, GNSS_CORRELATION_S));
        let channel = if random::happens(&mut rng, 0.5) { Channel::A } else { Channel::B };
        Self { schedule: None, error_m, error_at: now, channel, rng }
    }

    /// Transponders send on both channels in turn.
    fn next_channel(&mut self) -> Channel {
        let used = self.channel;
        self.channel = if used == Channel::A { Channel::B } else { Channel::A };
        used
    }

    /// What its own navigation says.
    fn position_report(&mut self, now: Timestamp, truth: &Truth, transponder: &Transponder) -> PositionReport {
        let since_s = now.seconds_since(self.error_at);
        self.error_at = now;
        let rng = &mut self.rng;
        let [east_m, north_m] = self.error_m.each_mut().map(|axis| axis.step(rng, since_s));
        let off = Enu { east_m, north_m, up_m: 0.0 };
        let position = truth.position.displaced(off).unwrap_or(truth.position);
        let mut noisy = |axis_m_s: f64| axis_m_s + VELOCITY_SIGMA_M_S * random::normal(rng);
        let (east_m_s, north_m_s) = (noisy(truth.velocity.east_m_s), noisy(truth.velocity.north_m_s));
        let heading_rad = transponder.heading.radians() + HEADING_SIGMA_RAD * random::normal(rng);
        PositionReport {
            mmsi: transponder.identity.mmsi,
            class: transponder.identity.class,
            status: transponder.status,
            position: position.lat_lon(),
            speed_m_s: east_m_s.hypot(north_m_s),
            course: Course::from_radians(east_m_s.atan2(north_m_s)),
            heading: Heading::from_radians(heading_rad),
            turn_rate_rad_s: transponder.turn_rate_rad_s,
            sent_at: now,
        }
    }
}

#[cfg(test)]
mod tests;
