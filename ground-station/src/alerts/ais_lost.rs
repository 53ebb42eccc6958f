//! A vessel that sent AIS fell silent while it was under way where it would be heard.
//!
//! Silence means something only where speech was expected. So the vessel must have reported often enough for its
//! rhythm to be known, have been under way, and have been where the receiver hears well and the site looks; carried
//! on as it went, it must still be there; and the receiver must hear others meanwhile. What this costs: a vessel that
//! falls silent where nobody else sends is not noticed.
//!
//! A vessel that is still measured under way and no longer sends ([`TrackAlert::AisOff`], the tracker's mark) is told as
//! soon as it has missed a few reports: there nothing has to be guessed.
//!
//! The rule keeps the last report of each vessel itself, because a tracker drops a silent target long before its
//! silence is worth an alert. Bound: [`VESSELS_MAX`]; the one silent for longest is forgotten.

use std::collections::BTreeMap;
use std::time::Duration;

use telemetry::messages::{
    AisClaim, AlertRule, Claim, Detection, Measurement, SensorDescription, SensorKind, SensorScan, Severity, Subject,
    Track, TrackAlert,
};
use telemetry::{Enu, EnuVelocity, Geodetic, Mmsi, SensorId, Timestamp, TrackId};

use super::{Finding, Scene, sentence};
use crate::station::StationConfig;

const VESSELS_MAX: usize = 8192;
/// A vessel is under way from this speed, m/s (2 knots), and unless it says it is at anchor or moored.
const UNDER_WAY_M_S: f64 = 1.03;
/// At anchor, moored, aground (ITU-R M.1371-5, table 45).
const NOT_UNDER_WAY: [u8; 3] = [1, 5, 6];
/// How many reports make a rhythm.
const REPORTS_KNOWN: u32 = 5;
/// A silence this many times the usual interval means something.
const INTERVALS: f64 = 8.0;
/// The share of a receiver's range in which it hears well.
const HEARS_WELL: f64 = 0.9;
/// The receiver must have heard anyone within this.
const RECEIVER_ALIVE: Duration = Duration::from_secs(60);
/// From this speed, m/s (3 knots), every vessel reports, at anchor or not, at least every 30 seconds (ITU-R M.1371-5,
/// annex 1, tables 1 and 2).
const REPORTS_OFTEN_M_S: f64 = 1.54;
/// Three of those reports missed are a silence, seconds.
const SILENT_S: f64 = 90.0;
/// After this silence a vessel is forgotten.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(2 * 3600);

/// The memory of this rule.
#[derive(Debug)]
pub(super) struct AisLost {
    silence_s: f64,
    receivers: BTreeMap<SensorId, Receiver>,
    vessels: BTreeMap<Mmsi, Vessel>,
}

#[derive(Debug)]
struct Receiver {
    description: SensorDescription,
    heard_at: Option<Timestamp>,
}

#[derive(Debug)]
struct Vessel {
    receiver: SensorId,
    claim: AisClaim,
    reported_at: Timestamp,
    position: Geodetic,
    velocity: EnuVelocity,
    reports: u32,
    /// The usual time between two reports, seconds.
    interval_s: f64,
    track: Option<TrackId>,
    alerted: bool,
}

impl AisLost {
    pub(super) fn new(config: &StationConfig) -> Self {
        let receivers = config.sensors.iter().filter(|sensor| sensor.kind == SensorKind::AisReceiver);
        let receiver = |sensor: &SensorDescription| Receiver { description: sensor.clone(), heard_at: None };
        Self {
            silence_s: config.rules.ais_lost_after_s,
            receivers: receivers.map(|sensor| (sensor.id.clone(), receiver(sensor))).collect(),
            vessels: BTreeMap::new(),
        }
    }

    pub(super) fn take_scan(&mut self, now: Timestamp, scan: &SensorScan) {
        let Some(receiver) = self.receivers.get_mut(&scan.sensor) else { return };
        receiver.heard_at = Some(now);
        for detection in &scan.detections {
            self.take_report(now, &scan.sensor, detection);
        }
    }

    fn take_report(&mut self, now: Timestamp, receiver: &SensorId, detection: &Detection) {
        let Some(Claim::Ais(claim)) = &detection.claim else { return };
        let Measurement::Position { position, velocity, .. } = detection.measurement else { return };
        if !self.vessels.contains_key(&claim.mmsi) && self.vessels.len() >= VESSELS_MAX {
            let silent = self.vessels.iter().min_by_key(|(_, vessel)| vessel.reported_at).map(|(mmsi, _)| *mmsi);
            silent.map(|mmsi| self.vessels.remove(&mmsi));
        }
        let vessel = self.vessels.entry(claim.mmsi).or_insert_with(|| Vessel::new(now, receiver, claim, position));
        vessel.take(now, receiver, claim, position, velocity.map_or(EnuVelocity::default(), |(v, _)| v));
    }

    pub(super) fn look(&mut self, scene: &Scene<'_>) -> Vec<Finding> {
        for sighting in scene.picture.sightings() {
            let claim = sentence::ais(&sighting.track);
            if let Some(vessel) = claim.and_then(|claim| self.vessels.get_mut(&claim.mmsi)) {
                vessel.track = if sighting.own.is_none() { Some(sighting.track.id) } else { None };
            }
        }
        self.vessels.retain(|_, vessel| scene.now.since(vessel.reported_at) < FORGOTTEN_AFTER);
        let mut findings = self.switched_off(scene);
        for vessel in self.vessels.values_mut() {
            let Some(receiver) = self.receivers.get(&vessel.receiver) else { continue };
            let Some(track) = vessel.track.filter(|_| vessel.lost(scene, receiver, self.silence_s)) else { continue };
            vessel.alerted = true;
            findings.push(vessel.finding(scene.now, track));
        }
        findings
    }

    /// The vessels that fell silent while something goes on measuring them.
    fn switched_off(&mut self, scene: &Scene<'_>) -> Vec<Finding> {
        let mut findings = Vec::new();
        for sighting in scene.picture.sightings().filter(|sighting| sighting.own.is_none() && sighting.believed()) {
            let track = &sighting.track;
            let claim = sentence::ais(track).filter(|_| track.alerts.contains(&TrackAlert::AisOff));
            let Some(vessel) = claim.and_then(|claim| self.vessels.get_mut(&claim.mmsi)) else { continue };
            let speaks_often = track.velocity.ground_speed_m_s() >= REPORTS_OFTEN_M_S;
            if !vessel.alerted && speaks_often && scene.now.seconds_since(vessel.reported_at) >= SILENT_S {
                vessel.alerted = true;
                findings.push(vessel.still_measured(scene.now, track));
            }
        }
        findings
    }
}

impl Vessel {
    fn new(now: Timestamp, receiver: &SensorId, claim: &AisClaim, position: Geodetic) -> Self {
        Self {
            receiver: receiver.clone(),
            claim: claim.clone(),
            reported_at: now,
            position,
            velocity: EnuVelocity::default(),
            reports: 0,
            interval_s: 0.0,
            track: None,
            alerted: false,
        }
    }

    fn take(
        &mut self,
        now: Timestamp,
        receiver: &SensorId,
        claim: &AisClaim,
        position: Geodetic,
        velocity: EnuVelocity,
    ) {
        let gap_s = now.seconds_since(self.reported_at);
        if self.alerted {
            // It speaks again: its rhythm is learnt anew, and only then can it be lost again.
            (self.alerted, self.reports) = (false, 0);
        }
        self.interval_s = match self.reports {
            0 => 0.0,
            1 => gap_s,
            _ => 0.8 * self.interval_s + 0.2 * gap_s,
        };
        self.reports = self.reports.saturating_add(1);
        self.reported_at = now;
        self.receiver = receiver.clone();
        self.claim = claim.clone();
        self.position = position;
        self.velocity = velocity;
    }

    fn lost(&self, scene: &Scene<'_>, receiver: &Receiver, silence_s: f64) -> bool {
        let silent_s = scene.now.seconds_since(self.reported_at);
        let long = silent_s >= silence_s.max(INTERVALS * self.interval_s);
        let moored = self.claim.navigational_status.is_some_and(|status| NOT_UNDER_WAY.contains(&status));
        let under_way = self.velocity.ground_speed_m_s() >= UNDER_WAY_M_S && !moored;
        let known = self.reports >= REPORTS_KNOWN && !self.alerted;
        let alive = receiver.heard_at.is_some_and(|at| scene.now.since(at) <= RECEIVER_ALIVE);
        if !(long && under_way && known && alive) {
            return false;
        }
        let v = self.velocity;
        let gone = Enu { east_m: v.east_m_s * silent_s, north_m: v.north_m_s * silent_s, up_m: 0.0 };
        let Ok(carried_on) = self.position.displaced(gone) else { return false };
        [self.position, carried_on].into_iter().all(|at| receiver.hears(at) && scene.site.interesting(at.lat_lon()))
    }

    fn finding(&self, now: Timestamp, track: TrackId) -> Finding {
        let silence = self.silence(now);
        let voyage = sentence::voyage(self.position, self.velocity.ground_speed_m_s(), self.velocity.course());
        Finding {
            rule: AlertRule::AisLost,
            severity: Severity::Warning,
            subject: Subject::Track(track),
            measured_at: self.reported_at,
            position: Some(self.position),
            zone: None,
            text: format!("{silence}, while under way: last {voyage}."),
        }
    }

    fn still_measured(&self, now: Timestamp, track: &Track) -> Finding {
        let silence = self.silence(now);
        let voyage = sentence::voyage(track.position, track.velocity.ground_speed_m_s(), track.velocity.course());
        Finding {
            rule: AlertRule::AisLost,
            severity: Severity::Warning,
            subject: Subject::Track(track.id),
            measured_at: track.updated_at,
            position: Some(track.position),
            zone: None,
            text: format!("{silence} and is still measured: {voyage}."),
        }
    }

    fn silence(&self, now: Timestamp) -> String {
        let who = sentence::capitalised(&sentence::vessel(&self.claim));
        let minutes = now.seconds_since(self.reported_at) / 60.0;
        format!("{who} stopped sending AIS {minutes:.0} minutes ago")
    }
}

impl Receiver {
    fn hears(&self, at: Geodetic) -> bool {
        self.description.position.distance_m(at) <= HEARS_WELL * self.description.coverage.range_m[1]
    }
}

#[cfg(test)]
mod tests;
