//! Who else is out there: tracks of the operations room, states of our other vehicles, and what the autopilot's own
//! ADS-B receiver hears, which works with the room gone.
//!
//! | what | becomes |
//! |---|---|
//! | a track that is a crewed aircraft, or may be one, or claims to be one by ADS-B; an ADS-B transmitter | [`Nature::Crewed`] |
//! | a track of a drone, or of something that is not known | [`Nature::Unmanned`] |
//! | another vehicle of ours under way | [`Nature::Mate`] |
//! | a track of a vessel | [`Nature::Vessel`] |
//! | birds, people, cars, clutter; what is only perhaps there; what is known too badly | nothing |
//!
//! A claim is believed only for caution: who says it is an aeroplane is given way to.
//!
//! Our own vehicles are seen by the radars too. A track that the room says is one of them that we hear, or that is where
//! this vehicle or another of ours is and moves as it does, is it; one look does not change the verdict. What that costs: a
//! foreign drone that has always flown in formation with ours is taken for it.

use std::collections::BTreeMap;
use std::time::Duration;

use mavlink::dialects::ardupilotmega::{
    ADSB_VEHICLE_DATA, AdsbAltitudeType, AdsbEmitterType, AdsbFlags as Flags, MavMessage,
};
use telemetry::messages::{
    Claim, Failsafe, FlightMode, FlightPhase, TargetClass, Track, TrackStatus, VehicleKind, VehicleState,
};
use telemetry::{
    AltitudeAmsl, EnuVelocity, Geodetic, GeoidUndulation, LatLon, SiteFrame, Timestamp, TrackId, VehicleId,
};

use super::daa::Relative;
use crate::link::telemetry::Fix;

/// The most others that are kept. Beyond it a new one is not taken: the room sends no more than a picture holds, and a
/// flood must not displace who is known.
pub const OTHERS_MAX: usize = 512;
/// Who has not been heard of for longer is forgotten.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(15);
/// A track is sent once a second; an estimate that says it is older than this is not extrapolated farther.
const AGE_MAX_S: f64 = 10.0;
/// An error of the place beyond which a track does not say where to go, metres (one standard deviation).
const SIGMA_MAX_M: f64 = 100.0;
/// From this probability on it counts as a crewed aircraft.
const PERHAPS_CREWED: f32 = 0.3;
/// How wrong an altitude by pressure may be, metres: 10 hPa of a setting that is not of here.
const PRESSURE_OFF_M: f64 = 80.0;
/// How far from where a vehicle of ours is its own track may be, metres, besides three standard deviations.
const ALIKE_M: f64 = 20.0;
/// The same for the velocity, m/s; up to twice as much where a track knows its own less well.
const ALIKE_M_S: f64 = 4.0;
/// How many looks a verdict resists.
const VERDICT_MAX: i8 = 5;

/// Who it is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Who {
    /// Another vehicle of ours.
    Mate(VehicleId),
    /// An ADS-B transmitter, by its 24-bit address.
    Transponder(u32),
    /// A track of the operations room.
    Track(TrackId),
}

/// What it is, as far as keeping apart goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nature {
    /// People are in it.
    Crewed,
    /// A drone that is not ours, or something that is not known.
    Unmanned,
    /// Another vehicle of ours.
    Mate {
        /// It is on its way home, or in trouble: it is given way to.
        bound: bool,
        /// What kind of vehicle it is.
        kind: VehicleKind,
    },
    /// A vessel.
    Vessel,
    /// Nothing to keep clear of, but it may be what is looked at.
    Other,
}

/// Another.
#[derive(Debug, Clone)]
pub struct Other {
    /// What it is.
    pub nature: Nature,
    /// What to call it.
    pub name: String,
    heard: Timestamp,
    /// When it was at `position`, by our clock.
    at: Timestamp,
    position: Geodetic,
    velocity: EnuVelocity,
    /// One standard deviation of the place, metres.
    pub sigma_m: f64,
    /// What its height may be off besides, metres.
    pub height_off_m: f64,
    /// One standard deviation of the velocity across, m/s.
    sigma_m_s: f64,
    /// Above 0 it is one of ours; only for tracks.
    ours: i8,
}

/// The others.
#[derive(Debug)]
pub struct Traffic {
    own: VehicleId,
    undulation: GeoidUndulation,
    others: BTreeMap<Who, Other>,
}

impl Other {
    /// Its speed over ground, m/s.
    #[must_use]
    pub fn speed_m_s(&self) -> f64 {
        self.velocity.ground_speed_m_s()
    }
}

impl Traffic {
    /// Nobody yet.
    #[must_use]
    pub fn new(own: VehicleId, undulation: GeoidUndulation) -> Self {
        Self { own, undulation, others: BTreeMap::new() }
    }

    /// Takes a track whose estimate was `age_s` old when it came.
    pub fn track(&mut self, now: Timestamp, age_s: f64, track: &Track, own: Option<&Fix>) {
        let who = Who::Track(track.id);
        let nature = nature_of(track);
        let stated = [0, 1, 6].iter().all(|n| track.covariance[*n].is_finite());
        let sigma_m = if stated { track.horizontal_sigma_m() } else { f64::INFINITY };
        let known = sigma_m <= SIGMA_MAX_M || nature == Nature::Crewed;
        let there = matches!(track.status, TrackStatus::Confirmed | TrackStatus::Coasting);
        if !(known && there && age_s.is_finite() && finite(track.velocity)) {
            self.others.remove(&who);
            return;
        }
        let name = match &track.claim {
            Some(claim) => claim.identity(),
            None => format!("track {}", track.id),
        };
        let verdict = self.others.get(&who).map(|other| other.ours);
        let other = Other {
            nature,
            name,
            heard: now,
            at: now.offset_seconds(-age_s.clamp(0.0, AGE_MAX_S)),
            position: track.position,
            velocity: track.velocity,
            sigma_m,
            height_off_m: f64::from(track.covariance[11]).max(0.0).sqrt().min(PRESSURE_OFF_M),
            sigma_m_s: [15, 18].map(|n| f64::from(track.covariance[n]).max(0.0)).iter().sum::<f64>().sqrt(),
            ours: 0,
        };
        let alike = nature != Nature::Crewed && self.is_like_ours(now, &other, own);
        let ours = match verdict {
            _ if nature != Nature::Crewed && self.is_known_as(track.vehicle.as_ref()) => VERDICT_MAX,
            None if alike => VERDICT_MAX,
            None => -1,
            Some(verdict) => (verdict + if alike { 1 } else { -1 }).clamp(-VERDICT_MAX, VERDICT_MAX),
        };
        self.insert(who, Other { ours, ..other });
    }

    /// Takes the state of another vehicle of ours. Its clock is not ours: the state counts from when it came.
    pub fn mate(&mut self, now: Timestamp, state: &VehicleState) {
        let who = Who::Mate(state.vehicle.clone());
        let Some(position) = state
            .position
            .filter(|_| state.vehicle != self.own && state.phase == FlightPhase::Underway && finite(state.velocity))
        else {
            self.others.remove(&who);
            return;
        };
        // Who gives way itself is not in trouble for that: else two would give way to each other for ever.
        let in_trouble = state.failsafes.iter().any(|failsafe| *failsafe != Failsafe::Traffic);
        let bound = in_trouble || is_bound(state.mode);
        self.insert(
            who,
            Other {
                nature: Nature::Mate { bound, kind: state.kind },
                name: state.vehicle.to_string(),
                heard: now,
                at: now,
                position,
                velocity: state.velocity,
                sigma_m: 3.0,
                height_off_m: 3.0,
                sigma_m_s: 1.0,
                ours: 0,
            },
        );
    }

    /// Takes what the autopilot's own ADS-B receiver hears; other messages are ignored, and so are reports without a
    /// place, of things that do not fly, or with values that cannot be.
    pub fn hear(&mut self, now: Timestamp, message: &MavMessage) {
        let MavMessage::ADSB_VEHICLE(report) = message else { return };
        let place = LatLon::from_degrees(f64::from(report.lat) / 1e7, f64::from(report.lon) / 1e7);
        let (Ok(place), Some(nature)) = (place, nature_of_emitter(report.emitter_type)) else { return };
        if !report.flags.contains(Flags::ADSB_FLAGS_VALID_COORDS) {
            return;
        }
        let altitude = AltitudeAmsl::new(f64::from(report.altitude) / 1e3);
        let height_known = report.flags.contains(Flags::ADSB_FLAGS_VALID_ALTITUDE);
        let height_off_m = match report.altitude_type {
            _ if !height_known => f64::INFINITY,
            AdsbAltitudeType::ADSB_ALTITUDE_TYPE_GEOMETRIC => 10.0,
            AdsbAltitudeType::ADSB_ALTITUDE_TYPE_PRESSURE_QNH => PRESSURE_OFF_M,
        };
        let call_sign = report.callsign.to_str().unwrap_or_default().trim();
        let printable = !call_sign.is_empty() && call_sign.bytes().all(|byte| byte.is_ascii_graphic());
        let address = report.ICAO_address & 0xFF_FFFF;
        self.insert(
            Who::Transponder(address),
            Other {
                nature,
                name: if printable { call_sign.to_owned() } else { format!("ADSB-{address:06X}") },
                heard: now,
                at: now.offset_seconds(-f64::from(report.tslc).min(AGE_MAX_S)),
                position: place.at_height(altitude.hae(self.undulation)),
                velocity: velocity_of(report),
                sigma_m: 30.0,
                height_off_m,
                sigma_m_s: 1.0,
                ours: 0,
            },
        );
    }

    /// Forgets who has not been heard of.
    pub fn forget(&mut self, now: Timestamp) {
        self.others.retain(|_, other| now <= other.heard + FORGOTTEN_AFTER);
    }

    /// The others that are not this vehicle, seen from it.
    pub fn around<'a>(&'a self, now: Timestamp, own: &Fix) -> impl Iterator<Item = (&'a Who, &'a Other, Relative)> {
        let (frame, own_velocity) = (SiteFrame::new(own.position), own.velocity);
        self.others.iter().filter(|(_, other)| other.ours <= 0).map(move |(who, other)| {
            let velocity = EnuVelocity::from_vector(other.velocity.vector() - own_velocity.vector());
            let moved = other.velocity.vector() * now.seconds_since(other.at)
                - own_velocity.vector() * now.seconds_since(own.at);
            let position = telemetry::Enu::from_vector(frame.enu(other.position).vector() + moved);
            (who, other, Relative { position, velocity })
        })
    }

    fn insert(&mut self, who: Who, other: Other) {
        if self.others.len() < OTHERS_MAX || self.others.contains_key(&who) {
            self.others.insert(who, other);
        }
    }

    /// Whether the room names this vehicle, or another of ours whose own word is heard. The room looks longer and knows
    /// the plans; but one that is silent here (a neighbour's, or one without a link) is known by its track alone, and must
    /// be kept clear of as any other.
    fn is_known_as(&self, vehicle: Option<&VehicleId>) -> bool {
        vehicle.is_some_and(|vehicle| *vehicle == self.own || self.others.contains_key(&Who::Mate(vehicle.clone())))
    }

    /// Whether a track is where one of ours is, and moves as it does.
    fn is_like_ours(&self, now: Timestamp, track: &Other, own: Option<&Fix>) -> bool {
        let mates = self.others.iter().filter(|(who, _)| matches!(who, Who::Mate(_)));
        let mates = mates.map(|(_, mate)| (mate.at, mate.position, mate.velocity));
        let ours = own.map(|fix| (fix.at, fix.position, fix.velocity)).into_iter().chain(mates);
        let off_m = ALIKE_M + 3.0 * track.sigma_m;
        let off_m_s = ALIKE_M_S + (2.0 * track.sigma_m_s).min(ALIKE_M_S);
        for (at, position, velocity) in ours {
            let apart = SiteFrame::new(position).enu(track.position).vector()
                + track.velocity.vector() * now.seconds_since(track.at)
                - velocity.vector() * now.seconds_since(at);
            let faster = track.velocity.vector() - velocity.vector();
            if apart.xy().norm() <= off_m && faster.xy().norm() <= off_m_s {
                return true;
            }
        }
        false
    }
}

/// Whether a vehicle in this mode is given way to by others of ours.
#[must_use]
pub fn is_bound(mode: FlightMode) -> bool {
    matches!(mode, FlightMode::Return | FlightMode::Land | FlightMode::Manual)
}

fn nature_of(track: &Track) -> Nature {
    let perhaps = track.classification.belief.get(&TargetClass::Aircraft).copied().unwrap_or(0.0);
    if matches!(track.claim, Some(Claim::Adsb(_))) || perhaps >= PERHAPS_CREWED {
        return Nature::Crewed;
    }
    match (track.classification.likeliest(), &track.claim) {
        (TargetClass::Aircraft, _) => Nature::Crewed,
        (TargetClass::Vessel, _) | (TargetClass::Unknown, Some(Claim::Ais(_))) => Nature::Vessel,
        (TargetClass::Drone | TargetClass::Unknown, _) => Nature::Unmanned,
        (TargetClass::Bird | TargetClass::Vehicle | TargetClass::Person | TargetClass::Clutter, _) => Nature::Other,
    }
}

/// Nothing for what stands on the ground.
fn nature_of_emitter(emitter: AdsbEmitterType) -> Option<Nature> {
    match emitter {
        AdsbEmitterType::ADSB_EMITTER_TYPE_UAV => Some(Nature::Unmanned),
        AdsbEmitterType::ADSB_EMITTER_TYPE_EMERGENCY_SURFACE
        | AdsbEmitterType::ADSB_EMITTER_TYPE_SERVICE_SURFACE
        | AdsbEmitterType::ADSB_EMITTER_TYPE_POINT_OBSTACLE => None,
        _ => Some(Nature::Crewed),
    }
}

/// What is not said counts as at rest.
fn velocity_of(report: &ADSB_VEHICLE_DATA) -> EnuVelocity {
    let moves = report.flags.contains(Flags::ADSB_FLAGS_VALID_VELOCITY | Flags::ADSB_FLAGS_VALID_HEADING);
    let speed_m_s = if moves { f64::from(report.hor_velocity) / 1e2 } else { 0.0 };
    let (sin, cos) = (f64::from(report.heading) / 1e2).to_radians().sin_cos();
    let climbs = report.flags.contains(Flags::ADSB_FLAGS_VERTICAL_VELOCITY_VALID);
    let up_m_s = if climbs { f64::from(report.ver_velocity) / 1e2 } else { 0.0 };
    EnuVelocity { east_m_s: speed_m_s * sin, north_m_s: speed_m_s * cos, up_m_s }
}

fn finite(velocity: EnuVelocity) -> bool {
    velocity.vector().iter().all(|part| part.is_finite())
}
