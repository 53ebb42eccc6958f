//! A camera that a vehicle carries: what `picket-onboard` tells of the vehicle, brought to the instants at which
//! pictures were taken, and the scans that follow.
//!
//! The two programs' clocks are compared by the poses themselves: each says when it was sent, and of the last
//! [`SENT_KEPT`] the one that took least shows best how far the sender's clock is ahead. Scans are dated by the
//! sender's clock, which is the vehicle's.
//!
//! A pose comes some milliseconds after the picture that it is needed for, so what was seen waits for the next pose,
//! [`PATIENCE_S`] at most; then the motion is carried on for a tenth of a second, and where even that does not reach,
//! the sight is dropped and counted: a bearing without a pose is none.
//!
//! Limits: one sight per period waits, [`SIGHTS_MAX`] in all; the oldest gives way and is counted.

use std::collections::VecDeque;

use nalgebra::{UnitQuaternion, Vector3};
use telemetry::messages::{MountPose, MountSigma, SensorScan};
use telemetry::{Enu, SiteFrame, Timestamp, VehicleId, wire};
use vision::ego_motion::Prior;
use vision::geolocation::{Angles, Camera, Errors, Pose, PoseHistory, enu_from_ned};
use vision::pipeline::Sight;

use super::scan::Scanner;
use super::view::View;
use crate::config::camera::{Carriage, MountedOn};

/// Comparisons of the clocks that are remembered: two seconds' worth and more.
const SENT_KEPT: usize = 64;
/// A clock that is off by more than this was set, or is another program's.
const CLOCK_SET_S: f64 = 0.25;
/// Poses that say they are older or younger than their sending by more are damaged.
const AGE_S: std::ops::RangeInclusive<f64> = -1.0..=5.0;
/// How long a sight waits for its pose, seconds.
pub(super) const PATIENCE_S: f64 = 0.3;
/// Sights that wait at most.
const SIGHTS_MAX: usize = 32;
/// What a turn from one picture to the next is off by where the newer pose was carried on, radians.
const TURN_SIGMA_RAD: f64 = 0.003;

/// What came and what became of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Counts {
    /// Poses taken.
    pub(super) poses: u64,
    /// Poses that were unreadable, another vehicle's, of another time, or without the gimbal that is needed.
    pub(super) refused: u64,
    /// Sights for which no pose was known.
    pub(super) without_pose: u64,
}

/// The core. See the module.
#[derive(Debug)]
pub(super) struct Carrier {
    vehicle: VehicleId,
    mounted: MountedOn,
    /// How the optical axis stands to what it is mounted on.
    aim: UnitQuaternion<f64>,
    camera: Camera,
    latency_ns: i64,
    latency_sigma_s: f64,
    period_ns: i64,
    clock: SenderClock,
    newest: Option<Newest>,
    history: PoseHistory,
    due_ns: i64,
    waiting: VecDeque<Sight>,
    seen_ns: i64,
    counts: Counts,
}

/// What the newest pose says besides the motion.
#[derive(Debug, Clone, Copy)]
struct Newest {
    sent_at: Timestamp,
    measured_at: Timestamp,
    /// The frame of the history's places: at the first place of all.
    frame: SiteFrame,
    /// The ellipsoid's heights less those above the sea.
    undulation_m: f64,
    sigma: MountSigma,
}

impl Carrier {
    pub(super) fn new(carriage: &Carriage, aim: Angles, camera: Camera) -> Self {
        Self {
            vehicle: carriage.vehicle.clone(),
            mounted: carriage.mounted,
            aim: aim.frd_from_gimbal(),
            camera,
            latency_ns: nanos(carriage.latency_s),
            latency_sigma_s: carriage.latency_sigma_s,
            period_ns: nanos(carriage.period_s),
            clock: SenderClock::default(),
            newest: None,
            history: PoseHistory::new(),
            due_ns: i64::MIN,
            waiting: VecDeque::new(),
            seen_ns: i64::MIN,
            counts: Counts::default(),
        }
    }

    pub(super) fn counts(&self) -> Counts {
        self.counts
    }

    /// Takes a datagram of `picket-onboard`'s that came at `received_at`.
    pub(super) fn take_pose(&mut self, received_at: Timestamp, bytes: &[u8]) {
        let ours = |pose: &MountPose| {
            pose.vehicle == self.vehicle && AGE_S.contains(&pose.sent_at.seconds_since(pose.measured_at))
        };
        let taken =
            wire::decode::<MountPose>(bytes).ok().filter(ours).is_some_and(|pose| self.learn(received_at, &pose));
        let count = if taken { &mut self.counts.poses } else { &mut self.counts.refused };
        *count += 1;
    }

    fn learn(&mut self, received_at: Timestamp, pose: &MountPose) -> bool {
        // A sender whose time has gone back has started anew, by another clock.
        if self.newest.is_some_and(|newest| newest.sent_at.seconds_since(pose.sent_at) > CLOCK_SET_S) {
            (self.newest, self.history, self.clock) = (None, PoseHistory::new(), SenderClock::default());
        }
        self.clock.compare(received_at, pose.sent_at);
        let enu_from_frd = enu_from_ned() * pose.body.ned_from_body();
        let head = match self.mounted {
            MountedOn::Body => enu_from_frd,
            MountedOn::Gimbal => match pose.head {
                Some(head) => enu_from_ned() * head.ned_from_body(),
                None => return false,
            },
        };
        let frame = self.newest.map_or_else(|| SiteFrame::new(pose.position), |newest| newest.frame);
        let sample = Pose {
            time_ns: pose.measured_at.unix_nanos(),
            enu_m: frame.enu(pose.position).vector(),
            enu_from_frd,
            frd_from_gimbal: enu_from_frd.inverse() * head * self.aim,
        };
        if !self.history.push(sample) {
            return false;
        }
        let undulation_m = pose.position.height().metres - pose.altitude.metres;
        let (sent_at, measured_at) = (pose.sent_at, pose.measured_at);
        self.newest = Some(Newest { sent_at, measured_at, frame, undulation_m, sigma: pose.sigma });
        true
    }

    /// How the camera stood when a picture was taken that is dated so by our clock.
    pub(super) fn view_at(&self, captured_at_ns: i64) -> Option<View> {
        let (newest, at_ns) = (self.newest.as_ref()?, self.instant_ns(captured_at_ns)?);
        let moving = self.history.at(at_ns)?;
        let position = newest.frame.geodetic(Enu::from_vector(moving.pose.enu_m)).ok()?;
        let altitude = telemetry::AltitudeAmsl::new(position.height().metres - newest.undulation_m);
        let MountSigma { horizontal_m, vertical_m, heading_rad, tilt_rad, time_s } = newest.sigma;
        let errors = Errors {
            attitude_rad: Vector3::new(tilt_rad, tilt_rad, heading_rad),
            place_m: Vector3::new(horizontal_m, horizontal_m, vertical_m),
            time_s: time_s.hypot(self.latency_sigma_s),
            ..self.camera.errors
        };
        Some(View::carried(position, altitude, moving, Camera { errors, ..self.camera }))
    }

    /// How the camera turned between two pictures, for ego-motion.
    pub(super) fn prior(&self, before_ns: i64, now_ns: i64) -> Option<Prior> {
        let (before, now) = (self.view_at(before_ns)?, self.view_at(now_ns)?);
        let (was, is) = (before.camera.enu_from_cam(&before.pose), now.camera.enu_from_cam(&now.pose));
        let lens = &self.camera.lens;
        let deviation_px = 1.0 + TURN_SIGMA_RAD * lens.focal_px().max();
        Some(Prior::from_turn(&(is.inverse() * was), lens.focal_px(), lens.centre_px(), deviation_px))
    }

    /// Takes what was seen in the newest picture; one a period is told.
    pub(super) fn take_sight(&mut self, sight: &Sight) {
        self.seen_ns = sight.captured_at_ns;
        // A camera whose clock went back is not waited for.
        let due =
            sight.captured_at_ns >= self.due_ns || self.due_ns.saturating_sub(sight.captured_at_ns) > self.period_ns;
        if !due {
            return;
        }
        let next = self.due_ns.saturating_add(self.period_ns);
        self.due_ns =
            if next > sight.captured_at_ns { next } else { sight.captured_at_ns.saturating_add(self.period_ns) };
        if self.waiting.len() == SIGHTS_MAX {
            self.waiting.pop_front();
            self.counts.without_pose += 1;
        }
        self.waiting.push_back(sight.clone());
    }

    /// The next scan whose pose is known.
    pub(super) fn next_scan(&mut self, scanner: &mut Scanner) -> Option<SensorScan> {
        loop {
            let sight = self.waiting.front()?;
            let waited_s = self.seen_ns.saturating_sub(sight.captured_at_ns) as f64 * 1e-9;
            let known = self
                .instant_ns(sight.captured_at_ns)
                .is_some_and(|at_ns| self.newest.is_some_and(|newest| newest.measured_at.unix_nanos() >= at_ns));
            if !known && waited_s < PATIENCE_S {
                return None;
            }
            let sight = self.waiting.pop_front()?;
            let told = self.view_at(sight.captured_at_ns).zip(self.instant_ns(sight.captured_at_ns));
            match told {
                Some((view, at_ns)) => return Some(scanner.scan(&sight, &view, Timestamp::from_unix_nanos(at_ns))),
                None => self.counts.without_pose += 1,
            }
        }
    }

    /// The instant of exposure by the sender's clock.
    fn instant_ns(&self, captured_at_ns: i64) -> Option<i64> {
        Some(captured_at_ns.saturating_sub(self.latency_ns).saturating_add(self.clock.ahead_ns()?))
    }
}

fn nanos(seconds: f64) -> i64 {
    (seconds * 1e9).round() as i64
}

/// How far the sender's clock is ahead of ours, by the last datagrams.
#[derive(Debug, Default)]
struct SenderClock {
    /// Sent less received: less than the truth by what the way took.
    ahead_ns: VecDeque<i64>,
}

impl SenderClock {
    fn compare(&mut self, received_at: Timestamp, sent_at: Timestamp) {
        let ahead_ns = sent_at.unix_nanos().saturating_sub(received_at.unix_nanos());
        // Nothing makes a datagram come before it was sent: one of the clocks was set.
        let set = |known: i64| ahead_ns.saturating_sub(known) as f64 * 1e-9 > CLOCK_SET_S;
        if self.ahead_ns().is_some_and(set) {
            self.ahead_ns.clear();
        }
        if self.ahead_ns.len() == SENT_KEPT {
            self.ahead_ns.pop_front();
        }
        self.ahead_ns.push_back(ahead_ns);
    }

    fn ahead_ns(&self) -> Option<i64> {
        self.ahead_ns.iter().copied().max()
    }
}

#[cfg(test)]
mod tests;
