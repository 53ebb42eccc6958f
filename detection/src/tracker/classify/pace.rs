//! Pace: how slowly, how fast and how sharply a target was surely seen to move. What it has done once it can do, so
//! nothing of this is forgotten.

/// Slower than this, a wing as small as a drone's does not carry, m/s: what is surely slower hovers.
const HOVERING_M_S: f64 = 5.0;
/// Deviations by which a speed, or a turn, must differ to be sure.
const SURE: f64 = 2.0;
const SURE_TURN: f64 = 4.0;
/// A course is compared with that of at least so long and at most so long before, seconds.
const TURN_S: [f64; 2] = [2.0, 6.0];
/// A course is known to this deviation, radians, or it is not.
const COURSE_SIGMA_MAX: f64 = 0.2;
/// A turn is sharp from this on, rad/s: five times a standard rate turn of 3° a second.
const SHARP_RAD_S: f64 = 0.26;
/// An update counts for no more than this, seconds.
const SPAN_MAX_S: f64 = 5.0;

/// What was seen of a target's pace.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Pace {
    /// Seconds in which it surely hovered, and in which it surely did not.
    pub(super) hovered_s: f64,
    pub(super) flown_s: f64,
    /// The greatest speed that it surely had, m/s.
    pub(super) fastest_m_s: f64,
    /// The greatest rate of turn that it surely had, rad/s.
    pub(super) sharpest_rad_s: f64,
    /// The course to compare with: its direction, its variance, and how long ago it was, seconds.
    course: Option<([f64; 2], f64, f64)>,
}

impl Pace {
    /// Takes a velocity over ground, east and north, with its variance across the course; and the speed and its
    /// deviation, all in m/s; `since_s` after the last.
    pub(super) fn moves(&mut self, velocity: [f64; 2], across: f64, (speed, sigma): (f64, f64), since_s: f64) {
        let span_s = since_s.clamp(0.0, SPAN_MAX_S);
        if speed + SURE * sigma < HOVERING_M_S {
            self.hovered_s += span_s;
        } else if speed - SURE * sigma > HOVERING_M_S {
            self.flown_s += span_s;
        }
        self.fastest_m_s = self.fastest_m_s.max(speed - SURE * sigma);
        self.turns(velocity, across, since_s);
    }

    /// Whether it ever turned sharply.
    pub(super) fn turns_sharply(&self) -> bool {
        self.sharpest_rad_s > SHARP_RAD_S
    }

    fn turns(&mut self, velocity: [f64; 2], across: f64, since_s: f64) {
        let level = velocity[0].hypot(velocity[1]).max(1e-3);
        let variance = across / (level * level);
        let known = variance < COURSE_SIGMA_MAX * COURSE_SIGMA_MAX;
        let Some((from, from_variance, ago_s)) = &mut self.course else {
            self.course = known.then_some((velocity, variance, 0.0));
            return;
        };
        *ago_s += since_s.max(0.0);
        if *ago_s < TURN_S[0] {
            return;
        }
        if known && *ago_s < TURN_S[1] {
            let cross = from[0] * velocity[1] - from[1] * velocity[0];
            let dot = from[0] * velocity[0] + from[1] * velocity[1];
            let turn = cross.atan2(dot).abs();
            if turn > SURE_TURN * (variance + *from_variance).sqrt() {
                self.sharpest_rad_s = self.sharpest_rad_s.max(turn / *ago_s);
            }
        }
        self.course = known.then_some((velocity, variance, 0.0));
    }
}
