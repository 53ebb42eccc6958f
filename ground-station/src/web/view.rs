//! What a console sees of things: degrees, metres, Unix milliseconds.
//!
//! A number that is not finite is `null`: JSON has no other word for it.

mod evidence;
mod outlook;
mod planning;
mod proposal;
mod schedule;
mod site;
mod uas_zones;

use std::collections::{BTreeMap, BTreeSet};

use missions::Site;
use serde::Serialize;
use telemetry::messages::{
    Alert, AlertRule, AlertState, Claim, Cue, CueState, Failsafe, FlightMode, FlightPhase, Severity, Subject,
    TargetClass, TargetKind, TrackAlert, TrackStatus, VehicleKind, VehicleState,
};
use telemetry::{
    AlertId, CueId, Geodetic, LatLon, OperatorId, PlanId, SensorId, Timestamp, TrackId, VehicleId, ZoneId,
};

pub(super) use self::evidence::EvidenceView;
pub(super) use self::outlook::{OutlookMapsView, OutlookView, OutlooksView};
pub(super) use self::planning::{PlanningView, stage_name};
pub(super) use self::proposal::ProposalView;
pub(super) use self::schedule::ScheduleView;
pub(super) use self::site::SiteView;
pub(super) use self::uas_zones::uas_zones;
use crate::fleet::Vehicle;
use crate::picture::Sighting;

type LonLat = [f64; 2];

fn lon_lat(at: LatLon) -> LonLat {
    // 1e-7° is a centimetre; more digits are noise and bytes.
    [at.longitude_deg(), at.latitude_deg()].map(|degrees| (degrees * 1e7).round() / 1e7)
}

/// Rounded to centimetres or hundredths; nothing where it is not finite.
fn number(value: f64) -> Option<f64> {
    value.is_finite().then(|| (value * 100.0).round() / 100.0)
}

fn age_ms(now: Timestamp, at: Timestamp) -> i64 {
    now.unix_millis().saturating_sub(at.unix_millis()).max(0)
}

#[derive(Debug, Serialize)]
pub(super) struct VehicleView<'a> {
    id: &'a VehicleId,
    name: &'a str,
    kind: &'static str,
    position: Option<LonLat>,
    altitude_amsl_m: Option<f64>,
    height_m: Option<f64>,
    heading_deg: Option<f64>,
    course_deg: Option<f64>,
    speed_m_s: Option<f64>,
    climb_m_s: Option<f64>,
    mode: &'static str,
    phase: &'static str,
    battery: Option<f64>,
    gnss: Option<GnssView>,
    failsafes: Vec<&'static str>,
    progress: Option<ProgressView<'a>>,
    cue: Option<&'a CueId>,
    measured_at: i64,
    age_ms: i64,
    connected: bool,
}

#[derive(Debug, Serialize)]
struct GnssView {
    fix: u8,
    satellites: u8,
}

#[derive(Debug, Serialize)]
struct ProgressView<'a> {
    plan: &'a PlanId,
    leg: u16,
    legs: u16,
}

impl<'a> VehicleView<'a> {
    pub(super) fn new(now: Timestamp, vehicle: &'a Vehicle) -> Self {
        let state = vehicle.state();
        let said = |value: fn(&VehicleState) -> f64| state.and_then(|state| number(value(state)));
        let measured_at = state.map_or(Timestamp::EPOCH, |state| state.measured_at);
        Self {
            id: vehicle.id(),
            name: vehicle.name(),
            kind: kind_name(vehicle.kind()),
            position: state.and_then(|state| state.position).map(|at| lon_lat(at.lat_lon())),
            altitude_amsl_m: said(|state| state.altitude.metres),
            height_m: said(|state| state.height.metres),
            heading_deg: said(|state| state.attitude.heading.degrees()),
            course_deg: said(|state| state.velocity.course().degrees()),
            speed_m_s: said(|state| state.velocity.ground_speed_m_s()),
            climb_m_s: said(|state| state.velocity.up_m_s),
            mode: mode_name(state.map_or(FlightMode::Unknown, |state| state.mode)),
            phase: phase_name(state.map_or(FlightPhase::Unknown, |state| state.phase)),
            battery: said(|state| f64::from(state.battery.remaining)),
            gnss: state.map(|state| GnssView { fix: state.gnss.fix, satellites: state.gnss.satellites }),
            failsafes: state.map_or_else(Vec::new, |state| state.failsafes.iter().map(|f| failsafe_name(*f)).collect()),
            progress: state.and_then(|state| state.progress.as_ref()).map(|progress| ProgressView {
                plan: &progress.plan,
                leg: progress.leg,
                legs: progress.legs,
            }),
            cue: state.and_then(|state| state.cue.as_ref()),
            measured_at: measured_at.unix_millis(),
            age_ms: age_ms(now, measured_at),
            connected: vehicle.connected(now),
        }
    }
}

#[derive(Debug, Serialize)]
pub(super) struct TrackView<'a> {
    id: TrackId,
    status: &'static str,
    class: TargetClass,
    belief: BTreeMap<TargetClass, f64>,
    kinds: BTreeMap<TargetKind, f64>,
    alerts: &'a BTreeSet<TrackAlert>,
    position: LonLat,
    altitude_amsl_m: Option<f64>,
    height_m: Option<f64>,
    speed_m_s: Option<f64>,
    course_deg: Option<f64>,
    climb_m_s: Option<f64>,
    sigma_m: Option<f64>,
    updated_at: i64,
    age_ms: i64,
    claim: Option<ClaimView<'a>>,
    measured_by: Vec<&'a SensorId>,
    own: Option<&'a VehicleId>,
    detected_at: i64,
}

#[derive(Debug, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum ClaimView<'a> {
    Ais {
        mmsi: String,
        name: Option<&'a str>,
        ship_type: Option<u8>,
        length_m: Option<u16>,
        beam_m: Option<u16>,
        draught_m: Option<f64>,
        heading_deg: Option<u16>,
        navigational_status: Option<u8>,
        destination: Option<&'a str>,
    },
    RemoteId {
        uas_id: &'a str,
        operator: Option<LonLat>,
    },
    Adsb {
        icao: String,
        call_sign: Option<&'a str>,
    },
}

impl<'a> From<&'a Claim> for ClaimView<'a> {
    fn from(claim: &'a Claim) -> Self {
        match claim {
            Claim::Ais(ais) => Self::Ais {
                mmsi: ais.mmsi.to_string(),
                name: ais.name.as_deref(),
                ship_type: ais.ship_type,
                length_m: ais.length_m,
                beam_m: ais.beam_m,
                draught_m: ais.draught_m().and_then(number),
                heading_deg: ais.heading_deg,
                navigational_status: ais.navigational_status,
                destination: ais.voyage.as_ref().and_then(|voyage| voyage.destination.as_deref()),
            },
            Claim::RemoteId(said) => Self::RemoteId { uas_id: &said.uas_id, operator: said.operator.map(lon_lat) },
            Claim::Adsb(said) => Self::Adsb { icao: said.icao.to_string(), call_sign: said.call_sign.as_deref() },
        }
    }
}

/// Probabilities to hundredths.
fn probable<K: Copy + Ord>(belief: &BTreeMap<K, f32>) -> BTreeMap<K, f64> {
    belief.iter().map(|(what, p)| (*what, number(f64::from(*p)).unwrap_or(0.0))).collect()
}

impl<'a> TrackView<'a> {
    pub(super) fn new(now: Timestamp, site: &Site, sighting: &'a Sighting) -> Self {
        let track = &sighting.track;
        let altitude_m = track.position.height().amsl(site.undulation).metres;
        Self {
            id: track.id,
            status: status_name(track.status),
            class: track.classification.likeliest(),
            belief: probable(&track.classification.belief),
            kinds: probable(&track.classification.kinds),
            alerts: &track.alerts,
            position: lon_lat(track.position.lat_lon()),
            altitude_amsl_m: number(altitude_m),
            height_m: number(altitude_m - site.ground.metres),
            speed_m_s: number(track.velocity.ground_speed_m_s()),
            course_deg: number(track.velocity.course().degrees()),
            climb_m_s: number(track.velocity.up_m_s),
            sigma_m: number(track.horizontal_sigma_m()),
            updated_at: track.updated_at.unix_millis(),
            age_ms: age_ms(now, track.updated_at),
            claim: track.claim.as_ref().map(ClaimView::from),
            measured_by: track.measured_by.keys().collect(),
            own: sighting.own.as_ref(),
            detected_at: track.updated_at.unix_millis(),
        }
    }
}

#[derive(Debug, Serialize)]
pub(super) struct AlertView<'a> {
    id: &'a AlertId,
    rule: AlertRule,
    severity: Severity,
    raised_at: i64,
    track: Option<TrackId>,
    vehicle: Option<&'a VehicleId>,
    sensor: Option<&'a SensorId>,
    position: Option<LonLat>,
    zone: Option<&'a ZoneId>,
    text: &'a str,
    state: &'static str,
    by: Option<&'a OperatorId>,
    at: Option<i64>,
}

impl<'a> From<&'a Alert> for AlertView<'a> {
    fn from(alert: &'a Alert) -> Self {
        let (state, by, at) = match &alert.state {
            AlertState::Raised => ("raised", None, None),
            AlertState::Acknowledged { by, at } => ("acknowledged", Some(by), Some(*at)),
            AlertState::Closed { by, at } => ("closed", Some(by), Some(*at)),
        };
        let (track, vehicle, sensor) = match &alert.subject {
            Subject::Track(track) => (Some(*track), None, None),
            Subject::Vehicle(vehicle) => (None, Some(vehicle), None),
            Subject::Sensor(sensor) => (None, None, Some(sensor)),
        };
        Self {
            id: &alert.id,
            rule: alert.rule,
            severity: alert.severity,
            raised_at: alert.raised_at.unix_millis(),
            track,
            vehicle,
            sensor,
            position: alert.position.map(Geodetic::lat_lon).map(lon_lat),
            zone: alert.zone.as_ref(),
            text: &alert.text,
            state,
            by,
            at: at.map(Timestamp::unix_millis),
        }
    }
}

#[derive(Debug, Serialize)]
pub(super) struct CueView<'a> {
    id: &'a CueId,
    alert: &'a AlertId,
    track: TrackId,
    vehicle: &'a VehicleId,
    proposed_at: i64,
    distance_m: Option<f64>,
    eta_s: Option<f64>,
    stand_off_m: Option<f64>,
    state: &'static str,
    by: Option<&'a OperatorId>,
    at: Option<i64>,
    why: Option<&'a str>,
}

impl<'a> From<&'a Cue> for CueView<'a> {
    fn from(cue: &'a Cue) -> Self {
        let (state, by, at, why) = match &cue.state {
            CueState::Proposed => ("proposed", None, None, None),
            CueState::Approved { by, at } => ("approved", Some(by), Some(*at), None),
            CueState::Declined { by, at } => ("declined", Some(by), Some(*at), None),
            CueState::Ended { why, at } => ("ended", None, Some(*at), Some(why.as_str())),
        };
        Self {
            id: &cue.id,
            alert: &cue.alert,
            track: cue.track,
            vehicle: &cue.vehicle,
            proposed_at: cue.proposed_at.unix_millis(),
            distance_m: number(cue.distance_m),
            eta_s: number(cue.eta_s),
            stand_off_m: number(cue.stand_off_m),
            state,
            by,
            at: at.map(Timestamp::unix_millis),
            why,
        }
    }
}

fn kind_name(kind: VehicleKind) -> &'static str {
    match kind {
        VehicleKind::Multirotor => "multirotor",
        VehicleKind::FixedWing => "fixed_wing",
        VehicleKind::Boat => "boat",
        VehicleKind::Vtol => "vtol",
        VehicleKind::Rov => "rov",
        VehicleKind::Unknown => "unknown",
    }
}

fn mode_name(mode: FlightMode) -> &'static str {
    match mode {
        FlightMode::Manual => "manual",
        FlightMode::Mission => "mission",
        FlightMode::Guided => "guided",
        FlightMode::Hold => "hold",
        FlightMode::Return => "return",
        FlightMode::Land => "land",
        FlightMode::Unknown => "unknown",
    }
}

fn phase_name(phase: FlightPhase) -> &'static str {
    match phase {
        FlightPhase::Disarmed => "disarmed",
        FlightPhase::Armed => "armed",
        FlightPhase::Underway => "underway",
        FlightPhase::Unknown => "unknown",
    }
}

fn failsafe_name(failsafe: Failsafe) -> &'static str {
    match failsafe {
        Failsafe::LinkLost => "link_lost",
        Failsafe::AutopilotLost => "autopilot_lost",
        Failsafe::GnssLost => "gnss_lost",
        Failsafe::BatteryReserve => "battery_reserve",
        Failsafe::Geofence => "geofence",
        Failsafe::AltitudeBand => "altitude_band",
        Failsafe::Engine => "engine",
        Failsafe::Traffic => "traffic",
        Failsafe::Unknown => "unknown",
    }
}

fn status_name(status: TrackStatus) -> &'static str {
    match status {
        TrackStatus::Tentative => "tentative",
        TrackStatus::Confirmed => "confirmed",
        TrackStatus::Coasting => "coasting",
        TrackStatus::Dropped => "dropped",
    }
}

#[cfg(test)]
mod tests;
