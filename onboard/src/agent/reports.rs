//! What the vehicle says: its state, its alerts, its camera's scans.

use telemetry::messages::{
    Alert, AlertRule, AlertState, JournalAck, JournalBody, Progress, SensorScan, Severity, Subject, VehicleState,
};
use telemetry::{AlertId, AltitudeAmsl, EnuVelocity, HeightAboveHome, Timestamp};

use super::errand::leg;
use super::{Agent, Level, Output};
use crate::link::status_text::Text;

/// A position older than this does not say from where a picture was taken.
const POSITION_FRESH: std::time::Duration = std::time::Duration::from_secs(2);
/// A scan that says it is older than this, or younger than its coming by more than a second, was dated by no clock of ours.
const SCAN_AGE_S: std::ops::RangeInclusive<f64> = -1.0..=60.0;
/// The most detections of one scan that are kept: an entry must fit a message.
const DETECTIONS_MAX: usize = 1000;

impl Agent {
    /// The state as it is published.
    pub(super) fn state(&self) -> VehicleState {
        let (telemetry, fix) = (&self.telemetry, self.telemetry.fix);
        let progress = self.mission.as_ref().filter(|_| telemetry.armed).map(|mission| Progress {
            plan: mission.plan.clone(),
            leg: leg(telemetry, Some(mission)).unwrap_or(0),
            legs: mission.legs,
        });
        VehicleState {
            vehicle: self.config.vehicle.clone(),
            measured_at: fix.map(|fix| fix.at).or(self.session.heard()).unwrap_or(self.now),
            kind: self.config.kind,
            position: fix.map(|fix| fix.position),
            altitude: fix.map_or(AltitudeAmsl::default(), |fix| fix.altitude),
            height: fix.map_or(HeightAboveHome::default(), |fix| fix.height),
            velocity: fix.map_or(EnuVelocity::default(), |fix| fix.velocity),
            attitude: telemetry.attitude,
            mode: telemetry.mode(),
            phase: telemetry.phase(),
            battery: telemetry.battery,
            gnss: telemetry.gnss,
            failsafes: self.guard.failsafes(),
            progress,
            cue: self.cue.clone(),
        }
    }

    /// Raises an alert about this vehicle. Alerts are numbered by the second they are raised in, so that a restart
    /// with an empty disk does not use a number again.
    pub(super) fn alert(&mut self, now: Timestamp, severity: Severity, what: &str) {
        let second = u64::try_from(now.unix_nanos() / 1_000_000_000).unwrap_or(0);
        self.alert_number = (self.alert_number + 1).max(second);
        let vehicle = self.config.vehicle.clone();
        let id = AlertId::new(format!("{vehicle}.{}", self.alert_number))
            .expect("invariant: the configuration bounds the name so that its alerts' names fit");
        let text = format!("{vehicle} {what}");
        self.say(Level::Warning, text.clone());
        let alert = Alert {
            id,
            rule: AlertRule::Vehicle,
            severity,
            raised_at: now,
            measured_at: self.telemetry.fix.map_or(now, |fix| fix.at),
            subject: Subject::Vehicle(vehicle),
            position: self.telemetry.fix.map(|fix| fix.position),
            zone: None,
            text,
            state: AlertState::Raised,
        };
        self.keep(now, JournalBody::Alert(alert));
    }

    /// Takes lines of the vehicle's own camera. A scan counts from where the vehicle is.
    pub(super) fn camera(&mut self, now: Timestamp, lines: &[u8]) {
        let origin = self.telemetry.fix.filter(|fix| now <= fix.at + POSITION_FRESH).map(|fix| fix.position);
        for line in lines.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty()) {
            let scan = self.camera.as_mut().and_then(|camera| camera.decode_line(Timestamp::EPOCH, line).ok());
            match (scan, origin) {
                (Some(mut scan), Some(origin)) => {
                    scan.origin = origin;
                    scan.detections.truncate(DETECTIONS_MAX);
                    self.keep(now, JournalBody::Scan(scan));
                }
                _ => self.plots_dropped += 1,
            }
        }
    }

    /// Takes a scan of the vehicle's own camera that knows where it looked from.
    pub(super) fn camera_scan(&mut self, now: Timestamp, bytes: &[u8]) {
        let ours = |scan: &SensorScan| {
            let camera = self.config.camera.as_ref().map(|camera| &camera.id);
            camera == Some(&scan.sensor) && SCAN_AGE_S.contains(&now.seconds_since(scan.measured_at))
        };
        match telemetry::wire::decode::<SensorScan>(bytes).ok().filter(ours) {
            Some(mut scan) => {
                scan.detections.truncate(DETECTIONS_MAX);
                self.keep(now, JournalBody::Scan(scan));
            }
            None => self.plots_dropped += 1,
        }
    }

    pub(super) fn journal_ack(&mut self, ack: &JournalAck) {
        if let Some(up_to) = self.outbox.acknowledge(ack) {
            self.push(Output::Forget { up_to });
        }
    }

    pub(super) fn say_text(&mut self, text: &Text) {
        self.say(Level::Info, format!("autopilot: {}", text.words));
    }

    /// What the autopilot has said that it is.
    pub(super) fn say_identity(&mut self) {
        let discovery = self.session.discovery();
        let firmware = discovery.firmware().unwrap_or_default();
        let personality = self.telemetry.personality;
        self.say(Level::Info, format!("the autopilot is {:?} {firmware} ({:?})", personality.make, personality.family));
    }

    fn keep(&mut self, now: Timestamp, body: JournalBody) {
        let entry = self.outbox.append(now, body);
        self.push(Output::Store(entry));
    }
}
