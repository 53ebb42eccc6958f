//! Who could go and look, how far that is, and from where to look.
//!
//! A vehicle is fit when it is heard, is under way or stands ready, has a plan and with it a fence, a usable position and
//! nothing wrong with it, may fly straight to where it would look from, and has the battery for the way there, the
//! look, and the way back to where it is now, with its reserve left, and no zone, closed area or hill on that way. The guard on board decides all this again; a
//! proposal that it would refuse is not worth a person's time.

use std::time::Duration;

use geo::{Contains, Coord, Line, LineString, Polygon};
use missions::Site;
use planning::preflight::Fix;
use telemetry::messages::{Command, Cue, FlightMode, FlightPhase, Geofence, Track, VehicleState};
use telemetry::{AltitudeAmsl, AltitudeHae, Enu, LatLon, SiteFrame, Timestamp, VehicleId};

use super::Scene;
use crate::fleet::Vehicle;
use crate::preflight::against_way;

/// The least and the most distance kept from a target, metres. What is not known of where the target is adds to it.
const STAND_OFF_M: [f64; 2] = [80.0, 120.0];
/// How long a look is planned to take, seconds.
const LOOK_S: f64 = 180.0;
/// The share of the endurance of its kind that is counted on: batteries age, and wind takes its part.
const ENDURANCE_SHARE: f64 = 0.8;
/// How long a vehicle on the ground takes until it is under way, seconds.
const TAKE_OFF_S: f64 = 30.0;
/// The least and the most height to look from, metres above ground.
const LOOK_HEIGHT_M: [f64; 2] = [30.0, 120.0];
/// How far from floor and ceiling of the fence to stay, metres.
const BAND_MARGIN_M: f64 = 5.0;
/// A state older than this is not decided on.
const STATE_AGE_MAX: Duration = Duration::from_secs(5);

/// A vehicle that could go.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Proposal {
    pub(super) vehicle: VehicleId,
    pub(super) distance_m: f64,
    pub(super) eta_s: f64,
    pub(super) stand_off_m: f64,
}

impl Proposal {
    /// The proposal to send this vehicle, or why it cannot go.
    pub(super) fn of(scene: &Scene<'_>, track: &Track, vehicle: &Vehicle) -> Result<Self, String> {
        let site = scene.airspace.site();
        let state = ready(scene.now, vehicle)?;
        let position = state.position.ok_or("it has no position")?;
        let performance = vehicle.performance().filter(|performance| performance.flies()).ok_or("it does not fly")?;
        let offset = SiteFrame::new(position).enu(track.position);
        let distance_m = offset.horizontal_m();
        let stand_off_m = (STAND_OFF_M[0] + track.horizontal_sigma_m()).clamp(STAND_OFF_M[0], STAND_OFF_M[1]);
        let cruise_m_s = vehicle.config().cruise_m_s.max(1.0);
        let take_off_s = if vehicle.under_way() { 0.0 } else { TAKE_OFF_S };
        let way_s = (distance_m - stand_off_m).max(0.0) / cruise_m_s;
        let eta_s = take_off_s + way_s;

        let fence = fence(vehicle).ok_or("it has no plan, and so no fence to stay in")?;
        let look_from = toward(site, position.lat_lon(), track, offset, stand_off_m);
        if !way_inside(fence, position.lat_lon(), look_from) {
            return Err("the way there leaves its fence".to_owned());
        }
        let time_s = take_off_s + 2.0 * way_s + LOOK_S;
        let reserve = vehicle.config().plan.as_ref().map_or(1.0, |plan| plan.message().battery_reserve);
        let needed = time_s / (ENDURANCE_SHARE * performance.endurance_s) + reserve;
        let left = f64::from(state.battery.remaining);
        if left.is_nan() || left < needed {
            let (left, needed) = (100.0 * left, 100.0 * needed);
            return Err(format!("its battery has {left:.0} %, the way there and back needs {needed:.0} %"));
        }
        match in_the_way(scene, track, vehicle, stand_off_m) {
            Some(why) => Err(why),
            None => Ok(Self { vehicle: vehicle.id().clone(), distance_m, eta_s, stand_off_m }),
        }
    }
}

/// What keeps a vehicle from going straight to where it would look from, looking, and coming back: a zone of an authority,
/// a closed area, or the ground. What a supervisor lets its plan pass, its look may pass too.
pub(super) fn in_the_way(scene: &Scene<'_>, track: &Track, vehicle: &Vehicle, stand_off_m: f64) -> Option<String> {
    let (airspace, site) = (scene.airspace, scene.airspace.site());
    let state = vehicle.state()?;
    let position = state.position?;
    let plan = vehicle.config().plan.as_ref()?;
    let offset = SiteFrame::new(position).enu(track.position);
    let look_from = toward(site, position.lat_lon(), track, offset, stand_off_m);
    let look_m = look_altitude(site, track, vehicle).metres;
    // One on the ground goes up first, as its plan says; the check of that plan has looked at the way up.
    let here_m = if vehicle.under_way() { position.height().amsl(site.undulation).metres } else { look_m };
    let (here, there) = (airspace.place_m(position.lat_lon()), airspace.place_m(look_from));
    let cruise_m_s = vehicle.config().cruise_m_s.max(1.0);
    let way_s = ((there[0] - here[0]).hypot(there[1] - here[1]) / cruise_m_s).max(1.0);
    let fix = |at_s: f64, place_m: [f64; 2], amsl_m: f64| Fix { at_s, place_m, amsl_m };
    let way = [
        fix(0.0, here, here_m),
        fix(way_s, there, look_m),
        fix(way_s + LOOK_S, there, look_m),
        fix(2.0 * way_s + LOOK_S, here, here_m),
    ];
    let covered = scene.plans.covered(vehicle.id(), plan.id());
    against_way(airspace, scene.now, &way, covered).map(|matter| format!("on its way {matter}"))
}

/// The state of a vehicle that could go, or what keeps it.
fn ready(now: Timestamp, vehicle: &Vehicle) -> Result<&VehicleState, String> {
    let heard = vehicle.heard().ok_or("it has not been heard")?;
    let state = &heard.state;
    if !vehicle.connected(now) || now.since(state.measured_at) > STATE_AGE_MAX {
        return Err("it is not heard any more".to_owned());
    }
    if !state.gnss.usable() {
        return Err("it has no usable satellite fix".to_owned());
    }
    if !state.failsafes.is_empty() {
        return Err("a failsafe holds it".to_owned());
    }
    match (state.phase, state.mode) {
        (FlightPhase::Underway, FlightMode::Mission | FlightMode::Guided | FlightMode::Hold) => Ok(state),
        (FlightPhase::Underway, FlightMode::Return | FlightMode::Land) => {
            Err("it is on its way to a landing".to_owned())
        }
        (FlightPhase::Underway, _) => Err("a person steers it".to_owned()),
        (FlightPhase::Disarmed, mode) if mode != FlightMode::Manual => Ok(state),
        _ => Err("it is not ready to start".to_owned()),
    }
}

/// The place to look from: the stand-off before the target, on the straight way to it.
fn toward(site: &Site, from: LatLon, track: &Track, offset: Enu, stand_off_m: f64) -> LatLon {
    let distance_m = offset.horizontal_m();
    if distance_m < 1.0 {
        return from;
    }
    // Less than nothing when the vehicle is nearer than that: it backs off.
    let share = 1.0 - stand_off_m / distance_m;
    let way = Enu { east_m: offset.east_m * share, north_m: offset.north_m * share, up_m: 0.0 };
    let ground = site.at_altitude(from, site.ground);
    ground.displaced(way).map_or(track.position.lat_lon(), |at| at.lat_lon())
}

/// Whether a straight way stays in a fence from end to end.
fn way_inside(fence: &Geofence, from: LatLon, to: LatLon) -> bool {
    let frame = SiteFrame::new(from.at_height(AltitudeHae::new(0.0)));
    let coord = |at: LatLon| {
        let enu = frame.enu(at.at_height(AltitudeHae::new(0.0)));
        Coord { x: enu.east_m, y: enu.north_m }
    };
    let ring = Polygon::new(LineString::new(fence.ring.iter().map(|at| coord(*at)).collect()), Vec::new());
    ring.contains(&Line::new(coord(from), coord(to)))
}

/// The command to look at the target where it is now believed to be.
pub(super) fn observe(site: &Site, cue: &Cue, track: &Track, vehicle: &Vehicle) -> Command {
    Command::Observe {
        cue: cue.id.clone(),
        target: track.position,
        stand_off_m: cue.stand_off_m,
        altitude: look_altitude(site, track, vehicle),
    }
}

/// The target's own altitude, within sensible heights and within the fence of the vehicle's plan.
fn look_altitude(site: &Site, track: &Track, vehicle: &Vehicle) -> AltitudeAmsl {
    let ground_m = site.ground.metres;
    let target_m = track.position.height().amsl(site.undulation).metres;
    let wanted_m = target_m.clamp(ground_m + LOOK_HEIGHT_M[0], ground_m + LOOK_HEIGHT_M[1]);
    let Some((fence, plan)) = fence(vehicle).zip(vehicle.config().plan.as_ref()) else {
        return AltitudeAmsl::new(wanted_m);
    };
    let home_m = plan.start().altitude.metres;
    let low_m = home_m + fence.floor.metres + BAND_MARGIN_M;
    let high_m = home_m + fence.ceiling.metres - BAND_MARGIN_M;
    AltitudeAmsl::new(wanted_m.min(high_m).max(low_m.min(high_m)))
}

fn fence(vehicle: &Vehicle) -> Option<&Geofence> {
    vehicle.config().plan.as_ref().map(|plan| &plan.message().geofence)
}
