//! Which way to give way: a few manoeuvres that the autopilot's ordinary commands can make are flown ahead in thought,
//! straight and for a minute, beside everybody who is near; the one that stays farthest from all of them wins.
//!
//! Every place lies in the fence with room to spare, and so does the way there. A copter may stop, come down and move
//! aside; an aeroplane circles elsewhere; a boat takes all way off (COLREGS rule 8 (e)). Towards a crewed aircraft
//! nothing ever leads: not horizontally, and never up, because small aircraft pass above.

use telemetry::messages::VehicleKind;
use telemetry::{AltitudeAmsl, AltitudeHae, Enu, EnuVelocity, HeightAboveHome, LatLon};

use super::daa::{HORIZON_S, Relative, Volume};
use super::fence::Fence;
use super::plan_check::CIRCLING_RADIUS_M;
use super::{circles, flies};
use crate::link::telemetry::Fix;

/// Room to the fence, metres: a copter's way to brake, and the error of its place.
const ROOM_M: f64 = 15.0;
/// Room to the band's edges, metres.
const BAND_ROOM_M: f64 = 3.0;
/// How far aside, metres.
const ASIDE_M: [f64; 2] = [150.0, 400.0];
/// Until a manoeuvre begins the vehicle goes on as it does, seconds.
const REACTION_S: f64 = 2.0;
/// ArduCopter's WPNAV_SPEED_UP and WPNAV_SPEED_DN, m/s.
const CLIMB_M_S: f64 = 2.5;
const DESCENT_M_S: f64 = 1.5;
/// Farther than this many radii or half heights from everybody, farther is no better.
const FAR_ENOUGH: f64 = 1.5;
/// By so much a manoeuvre must be better than one before it in the list, so that the simplest good one is taken and
/// the vehicle does not change its mind at every look.
const BETTER_BY: f64 = 0.1;
/// When a manoeuvre should have had its effect, seconds: decides where all begin inside somebody's volume.
const LATER_S: f64 = 20.0;
/// Cosine of the angle to a crewed aircraft from which on a direction leads towards it.
const TOWARDS: f64 = 0.1;

/// What to do.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Manoeuvre {
    /// Hold the place.
    Stop,
    /// Go to a place in the fence.
    To {
        /// Where.
        position: LatLon,
        /// How high.
        altitude: AltitudeAmsl,
        /// The same as a displacement from where it was chosen.
        way: Enu,
    },
}

/// Whom to stay clear of.
#[derive(Debug, Clone, Copy)]
pub struct Threat {
    /// Where it is, seen from the vehicle.
    pub relative: Relative,
    /// What to keep clear.
    pub volume: Volume,
    /// Whether people are in it.
    pub crewed: bool,
}

/// The vehicle that gives way.
#[derive(Debug, Clone, Copy)]
pub struct Own<'a> {
    /// What kind it is.
    pub kind: VehicleKind,
    /// Where it is.
    pub fix: &'a Fix,
    /// Where it must stay.
    pub fence: Option<&'a Fence>,
    /// How fast it goes, m/s.
    pub cruise_m_s: f64,
    /// Home, when the battery calls it there: then nothing leads farther away.
    pub called_home: Option<LatLon>,
}

/// The best manoeuvre; `held`, the one being flown, stays unless another is clearly better. Nothing where nothing
/// that can be done stays in the fence.
#[must_use]
pub fn choose(own: &Own<'_>, threats: &[Threat], held: Option<Manoeuvre>) -> Option<Manoeuvre> {
    let mut best: Option<(f64, Manoeuvre)> = None;
    for manoeuvre in held.into_iter().filter(|held| own.may(*held, threats)).chain(own.manoeuvres(threats)) {
        let score = own.score(manoeuvre, threats);
        if best.is_none_or(|(best, _)| score > best + BETTER_BY) {
            best = Some((score, manoeuvre));
        }
    }
    best.map(|(_, manoeuvre)| manoeuvre)
}

/// How far, as a share of its volume, everybody stays from a vehicle that goes to a place and stays there.
#[must_use]
pub fn clearance(own: &Own<'_>, way: Enu, threats: &[Threat]) -> f64 {
    let apart = |t: f64| threats.iter().map(|threat| own.apart(way, threat, t)).fold(FAR_ENOUGH, f64::min);
    steps().map(apart).fold(FAR_ENOUGH, f64::min)
}

fn steps() -> impl Iterator<Item = f64> {
    (0..=HORIZON_S as u32).map(f64::from)
}

impl Own<'_> {
    fn manoeuvres(&self, threats: &[Threat]) -> Vec<Manoeuvre> {
        let mut all = Vec::new();
        if !circles(self.kind) {
            all.push(Manoeuvre::Stop);
        }
        let Some(fence) = self.fence.filter(|_| flies(self.kind)) else { return all };
        let height_m = self.fix.height.metres;
        let low_m = height_m.min(fence.floor().metres + BAND_ROOM_M);
        let high_m = fence.ceiling().metres - BAND_ROOM_M;
        if self.kind == VehicleKind::Multirotor {
            all.extend(self.to(0.0, 0.0, low_m));
        }
        for distance_m in ASIDE_M {
            for eighth in 0..8 {
                let (sin, cos) = (f64::from(eighth) * std::f64::consts::FRAC_PI_4).sin_cos();
                all.extend(self.to(distance_m * sin, distance_m * cos, height_m));
                all.extend(self.to(distance_m * sin, distance_m * cos, low_m));
            }
        }
        if self.kind == VehicleKind::Multirotor {
            all.extend(self.to(0.0, 0.0, high_m));
        }
        all.retain(|manoeuvre| self.may(*manoeuvre, threats));
        all
    }

    fn to(&self, east_m: f64, north_m: f64, height_m: f64) -> Option<Manoeuvre> {
        let up_m = height_m - self.fix.height.metres;
        let ground = self.fix.position.lat_lon().at_height(AltitudeHae::new(0.0));
        let position = ground.displaced(Enu { east_m, north_m, up_m: 0.0 }).ok()?.lat_lon();
        let altitude = AltitudeAmsl::new(self.fix.altitude.metres + up_m);
        Some(Manoeuvre::To { position, altitude, way: Enu { east_m, north_m, up_m } })
    }

    /// Whether a manoeuvre stays in the fence and leads towards nobody with people in it. To stop is always allowed
    /// where the vehicle can.
    fn may(&self, manoeuvre: Manoeuvre, threats: &[Threat]) -> bool {
        let Manoeuvre::To { position, altitude, way } = manoeuvre else { return true };
        let Some(fence) = self.fence else { return false };
        let room_m = if circles(self.kind) { CIRCLING_RADIUS_M + ROOM_M } else { ROOM_M };
        let height = HeightAboveHome::new(altitude.metres - self.fix.altitude.metres + self.fix.height.metres);
        let inside = fence.holds_way(self.fix.position.lat_lon(), position)
            && fence.holds_circle(position, room_m)
            && fence.holds_height(height);
        let towards = |threat: &Threat| {
            let (to, length_m) = (threat.relative.position, way.horizontal_m());
            let cos = (way.east_m * to.east_m + way.north_m * to.north_m) / (length_m * to.horizontal_m()).max(1e-9);
            threat.crewed && ((length_m > 1.0 && cos > TOWARDS) || way.up_m > 1.0)
        };
        let away = |home: LatLon| {
            let from =
                |at: LatLon| telemetry::SiteFrame::new(self.fix.position).enu(at.at_height(self.fix.position.height()));
            let (home, there) = (from(home), from(position));
            (home.vector() - there.vector()).xy().norm() > home.horizontal_m() + 1.0
        };
        inside && !threats.iter().any(towards) && !self.called_home.is_some_and(away)
    }

    fn score(&self, manoeuvre: Manoeuvre, threats: &[Threat]) -> f64 {
        let way = match manoeuvre {
            Manoeuvre::Stop => Enu::default(),
            Manoeuvre::To { position, altitude, .. } => self.way_to(position, altitude),
        };
        let later = threats.iter().map(|threat| self.apart(way, threat, LATER_S)).fold(FAR_ENOUGH, f64::min);
        clearance(self, way, threats) + 0.3 * later
    }

    fn way_to(&self, position: LatLon, altitude: AltitudeAmsl) -> Enu {
        let frame = telemetry::SiteFrame::new(self.fix.position);
        let way = frame.enu(position.at_height(self.fix.position.height()));
        Enu { up_m: altitude.metres - self.fix.altitude.metres, ..way }
    }

    /// How far a threat is after `t` seconds, in radii or half heights, whichever keeps them farther apart.
    fn apart(&self, way: Enu, threat: &Threat, t: f64) -> f64 {
        let own = self.displacement(way, t);
        let (theirs, ours) = (threat.relative.velocity.vector() + self.fix.velocity.vector(), own.vector());
        let between = Enu::from_vector(threat.relative.position.vector() + theirs * t - ours);
        (between.horizontal_m() / threat.volume.radius_m).max(between.up_m.abs() / threat.volume.half_height_m)
    }

    /// Where the vehicle is after `t` seconds of a straight way to a place, at which it stays.
    fn displacement(&self, way: Enu, t: f64) -> Enu {
        let EnuVelocity { east_m_s, north_m_s, up_m_s } = self.fix.velocity;
        let before_s = t.min(REACTION_S);
        let (then_s, length_m) = (t - before_s, way.horizontal_m());
        let share = if length_m > 0.1 { (self.cruise_m_s * then_s / length_m).min(1.0) } else { 0.0 };
        let up_m = way.up_m.clamp(-DESCENT_M_S * then_s, CLIMB_M_S * then_s);
        Enu {
            east_m: east_m_s * before_s + way.east_m * share,
            north_m: north_m_s * before_s + way.north_m * share,
            up_m: up_m_s * before_s + up_m,
        }
    }
}
