//! A vessel that sent AIS fell silent while it was under way where it would be heard.
//!
//! Silence means something only where speech was expected. So the vessel must have reported often enough for its
//! rhythm to be known, have been under way, and have been where the receiver hears well and the site looks; carried
//! on as it went, it must still be there; and the receiver must hear others meanwhile. What this costs: a vessel that
//! falls silent where nobody else sends is not noticed.
//!
//! The rule keeps the last report of each vessel itself, because a tracker drops a silent target long before its
//! silence is worth an alert. Bound: [`VESSELS_MAX`]; the one silent for longest is forgotten.

use std::collections::BTreeMap;
use std::time::Duration;

use telemetry::messages::{
    AisClaim, AlertRule, Claim, Detection, Measurement, SensorDescription, SensorKind, SensorScan, Severity, Subject,
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
        let mut findings = Vec::new();
        for vessel in self.vessels.values_mut() {
            let Some(receiver) = self.receivers.get(&vessel.receiver) else { continue };
            let Some(track) = vessel.track.filter(|_| vessel.lost(scene, receiver, self.silence_s)) else { continue };
            vessel.alerted = true;
            findings.push(vessel.finding(scene.now, track));
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
        let minutes = now.seconds_since(self.reported_at) / 60.0;
        let who = sentence::capitalised(&sentence::vessel(&self.claim));
        let voyage = sentence::voyage(self.position, self.velocity.ground_speed_m_s(), self.velocity.course());
        Finding {
            rule: AlertRule::AisLost,
            severity: Severity::Warning,
            subject: Subject::Track(track),
            measured_at: self.reported_at,
            position: Some(self.position),
            zone: None,
            text: format!("{who} stopped sending AIS {minutes:.0} minutes ago, while under way: last {voyage}."),
        }
    }
}

impl Receiver {
    fn hears(&self, at: Geodetic) -> bool {
        self.description.position.distance_m(at) <= HEARS_WELL * self.description.coverage.range_m[1]
    }
}

#[cfg(test)]
mod tests {
    use super::super::Rules;
    use super::super::stage::{at, claim, config, place, vessel};
    use super::VESSELS_MAX;
    use crate::picture::Picture;
    use telemetry::messages::{AisClaim, Claim, Detection, Measurement, SensorScan};
    use telemetry::{DetectionId, EnuVelocity, Mmsi, SensorId};

    /// A vessel that goes north from a place, reports every ten seconds for a while, and is then silent.
    struct Case {
        from: [f64; 3],
        speed_m_s: f64,
        reports_s: usize,
        status: u8,
        others: bool,
        tracked: bool,
    }

    const UNDER_WAY: Case =
        Case { from: [500.0, -1500.0, 0.0], speed_m_s: 3.0, reports_s: 120, status: 0, others: true, tracked: true };

    fn scan(s: f64, claim: AisClaim, position: [f64; 3], speed_m_s: f64) -> SensorScan {
        let velocity = EnuVelocity { east_m_s: 0.0, north_m_s: speed_m_s, up_m_s: 0.0 };
        let measurement = Measurement::Position {
            position: place(position),
            horizontal_sigma_m: 10.0,
            vertical_sigma_m: None,
            velocity: Some((velocity, 0.5)),
        };
        let detection = Detection {
            id: DetectionId(1),
            measured_at: at(s),
            measurement,
            claim: Some(Claim::Ais(claim)),
            drone_llr: None,
        };
        SensorScan {
            sensor: SensorId::new("ais-1").unwrap(),
            scan: s as u64,
            measured_at: at(s),
            origin: place([0.0, 0.0, 30.0]),
            sector: None,
            detections: vec![detection],
        }
    }

    fn check(case: &Case) -> Vec<usize> {
        let config = config();
        let mut rules = Rules::new(&config);
        let mut found = Vec::new();
        for s in 0..1200_usize {
            let now_s = s as f64;
            let [east, north, up] = case.from;
            let here = [east, north + case.speed_m_s * now_s, up];
            if s % 10 == 0 && s < case.reports_s {
                let claim = AisClaim { navigational_status: Some(case.status), ..claim() };
                rules.take_scan(at(now_s), &scan(now_s, claim, here, case.speed_m_s));
            }
            if s % 10 == 5 && case.others {
                let other = AisClaim { mmsi: Mmsi::new(1).unwrap(), navigational_status: Some(1), ..claim() };
                rules.take_scan(at(now_s), &scan(now_s, other, [0.0, 0.0, 0.0], 0.0));
            }
            let seen = if case.tracked && s < case.reports_s + 60 { vec![vessel(now_s, here)] } else { Vec::new() };
            let picture = Picture::of(&config, seen);
            found.extend(rules.look(at(now_s), &picture, &config).iter().map(|_| s));
        }
        found
    }

    #[test]
    fn a_vessel_under_way_that_falls_silent_is_told_once_after_the_time_of_the_configuration() {
        assert_eq!(check(&UNDER_WAY), [410], "the last report was at 110 s, the limit is 300 s");
    }

    #[test]
    fn silence_that_was_to_be_expected_is_not_told() {
        let cases = [
            ("not under way", Case { speed_m_s: 0.3, ..UNDER_WAY }),
            ("at anchor by its own word", Case { status: 1, ..UNDER_WAY }),
            ("moored by its own word", Case { status: 5, ..UNDER_WAY }),
            ("heard too seldom for a rhythm", Case { reports_s: 30, ..UNDER_WAY }),
            ("gone out of range by then", Case { from: [500.0, 2500.0, 0.0], ..UNDER_WAY }),
            ("never in range", Case { from: [500.0, 3900.0, 0.0], speed_m_s: 1.5, ..UNDER_WAY }),
            ("nobody is heard: the receiver may be off", Case { others: false, ..UNDER_WAY }),
            ("never a track", Case { tracked: false, ..UNDER_WAY }),
            ("not silent at all", Case { reports_s: 1200, speed_m_s: 1.5, ..UNDER_WAY }),
        ];
        for (why, case) in cases {
            assert_eq!(check(&case), [] as [usize; 0], "{why}");
        }
    }

    #[test]
    fn memory_is_bounded() {
        let config = config();
        let mut rules = Rules::new(&config);
        for n in 0..VESSELS_MAX as u32 + 100 {
            let claim = AisClaim { mmsi: Mmsi::new(n).unwrap(), ..claim() };
            rules.take_scan(at(f64::from(n)), &scan(f64::from(n), claim, [0.0, 0.0, 0.0], 3.0));
        }
        assert_eq!(rules.ais_lost.vessels.len(), VESSELS_MAX);
    }

    #[test]
    fn the_sentence_says_since_when_and_where() {
        let config = config();
        let mut rules = Rules::new(&config);
        let mut texts = Vec::new();
        for s in 0..420_usize {
            let now_s = s as f64;
            if s % 10 == 0 {
                if s < 120 {
                    rules.take_scan(at(now_s), &scan(now_s, claim(), [500.0, 3.0 * now_s, 0.0], 3.0));
                }
                let other = AisClaim { mmsi: Mmsi::new(1).unwrap(), ..claim() };
                rules.take_scan(at(now_s), &scan(now_s, other, [0.0, 0.0, 0.0], 0.0));
            }
            let picture = Picture::of(&config, vec![vessel(now_s, [500.0, 0.0, 0.0])]);
            let found = rules.look(at(now_s), &picture, &config).into_iter();
            texts.extend(found.filter(|finding| finding.zone.is_none()).map(|finding| finding.text));
        }
        assert_eq!(
            texts,
            ["The vessel that calls itself NORDSTERN (MMSI 211000001) stopped sending AIS 5 minutes ago, while under \
              way: last 54.00296° N 10.00763° E, 6 kn, course 000°."]
        );
    }
}
