//! A pilot at the sticks, by RC_CHANNELS_OVERRIDE or MANUAL_CONTROL.
//!
//! In modes a pilot steers, sticks ask for velocities: what a real vehicle makes of a lean is reduced to the speed it ends
//! in. A vehicle whose pilot falls silent keeps its place, or its level, as the mode says.

use telemetry::Timestamp;
use telemetry::messages::VehicleKind;

use super::super::parameters::Parameter;
use super::{Flight, Mode, Situation, Task};

/// Sticks closer to the middle than this are in the middle.
const DEAD_BAND: f64 = 0.05;
/// What full sticks ask of a copter without a position.
const LEANED_M_S: f64 = 8.0;

/// Channels in microseconds: roll, pitch, throttle, yaw and four more.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sticks {
    channels: [u16; 8],
    moved_at: Option<Timestamp>,
    kept_s: f64,
}

impl Sticks {
    /// Channels have come. Zero releases a channel, 65535 leaves it as it was.
    pub(crate) fn take(&mut self, now: Timestamp, channels: [u16; 8], kept_s: f64) {
        for (kept, new) in self.channels.iter_mut().zip(channels) {
            if new != u16::MAX {
                *kept = new;
            }
        }
        self.kept_s = kept_s;
        self.moved_at = self.channels[..4].iter().any(|channel| *channel != 0).then_some(now);
    }

    /// A joystick has come: forward, right, up (0 to 1000), clockwise, in thousandths.
    pub(crate) fn take_joystick(&mut self, now: Timestamp, axes: [i16; 4], kept_s: f64) {
        let [forward, right, up, turn] = axes;
        let pulse = |thousandths: i16| (1500 + i32::from(thousandths.clamp(-1000, 1000)) / 2) as u16;
        let throttle = (1000 + i32::from(up.clamp(0, 1000))) as u16;
        self.take(now, [pulse(right), pulse(-forward.clamp(-1000, 1000)), throttle, pulse(turn), 0, 0, 0, 0], kept_s);
    }

    /// The channels, while a pilot is there.
    pub(crate) fn channels(&self, now: Timestamp) -> Option<&[u16; 8]> {
        self.moved_at.filter(|at| now.seconds_since(*at) <= self.kept_s).map(|_| &self.channels)
    }

    /// How far a stick is out, -1 to 1.
    fn stick(channels: &[u16; 8], index: usize) -> f64 {
        let pulse = channels[index];
        if pulse == 0 {
            return 0.0;
        }
        let out = ((f64::from(pulse) - 1500.0) / 400.0).clamp(-1.0, 1.0);
        if out.abs() < DEAD_BAND { 0.0 } else { out }
    }
}

/// How long sticks are believed in.
pub(crate) fn kept_s(s: &Situation<'_>) -> f64 {
    s.parameters.get(Parameter::RcOverrideTime).clamp(0.1, 120.0)
}

impl Flight {
    /// Follows the sticks in the modes a pilot steers.
    pub(super) fn follow_sticks(&mut self, s: &Situation<'_>) {
        let Some(channels) = self.sticks.channels(s.now).copied() else {
            return self.let_go(s);
        };
        let [roll, pitch, throttle, yaw] = [0, 1, 2, 3].map(|index| Sticks::stick(&channels, index));
        let speed_m_s = match (s.kind(), self.mode) {
            (VehicleKind::Boat, _) => s.parameters.get(Parameter::WpSpeed),
            (VehicleKind::FixedWing, _) => return self.steer_aeroplane(s, roll, throttle),
            (_, Mode::Stabilize | Mode::AltHold) => LEANED_M_S,
            _ => s.parameters.metres(Parameter::LoitSpeed).max(0.5),
        };
        if s.kind() == VehicleKind::Boat {
            // Steering on the first channel, throttle on the third.
            let heading = s.estimate.attitude.heading.radians() + 0.6 * roll;
            let along_m_s = speed_m_s * throttle;
            return self.move_with(s, [along_m_s * heading.sin(), along_m_s * heading.cos(), 0.0]);
        }
        let grounded = self.landed || s.motion.contact;
        if grounded && throttle <= 0.0 {
            self.task = Task::Rest;
            return;
        }
        self.cleared = true;
        self.heading_wanted = (yaw != 0.0).then(|| s.estimate.attitude.heading.radians() + 0.5 * yaw);
        let (sin, cos) = s.estimate.attitude.heading.radians().sin_cos();
        let (forward, right) = (-pitch * speed_m_s, roll * speed_m_s);
        let up_m_s = throttle * s.parameters.metres(Parameter::PilotSpeedUp).clamp(0.5, 5.0);
        self.move_with(s, [forward * sin + right * cos, forward * cos - right * sin, up_m_s]);
    }

    fn steer_aeroplane(&mut self, s: &Situation<'_>, roll: f64, climb: f64) {
        if self.landed {
            return;
        }
        let heading = s.estimate.attitude.heading.radians() + roll;
        let speed_m_s = self.speed_m_s(s);
        self.move_with(s, [speed_m_s * heading.sin(), speed_m_s * heading.cos(), 2.0 * climb]);
    }

    fn move_with(&mut self, s: &Situation<'_>, velocity: [f64; 3]) {
        self.steered = true;
        self.task = Task::Move { velocity, until: s.now.offset_seconds(1.0) };
    }

    /// The pilot has let go.
    fn let_go(&mut self, s: &Situation<'_>) {
        if std::mem::take(&mut self.steered) {
            self.heading_wanted = None;
            self.begin_mode(s);
        }
    }
}
