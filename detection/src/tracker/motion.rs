//! How targets move: the modes of an interacting multiple model, and how often they change.
//!
//! What flies under an operator's hand flies legs of constant velocity, turns with a bounded lateral acceleration,
//! brakes and speeds up, and hovers; every so often it changes from one to another. Each habit is a mode: a linear
//! model with white noise (Y. Bar-Shalom, X. R. Li, T. Kirubarajan, *Estimation with Applications to Tracking and
//! Navigation*, 2001, ch. 11). A turn is coordinated: its rate is the lateral acceleration over the speed. A hovering
//! drone's velocity falls back to zero, an agile one's forgets itself within its time constant, as a Singer process
//! of velocity: so a target that is not seen does not spread faster than it can fly.
//!
//! Height is the same in all modes of what flies: a spring pulls it slowly to where small drones fly (50 to 150 m above
//! the ground), and the climb rate fades. What floats stays on the water.
//!
//! The figures were found by minimising the tracking error on recorded trials, from the ranges that physics allows; see
//! `docs/tracking.md`.

use nalgebra::SMatrix;

use super::estimate::{Gaussian, Matrix6};

/// Modes of each kind of motion.
pub(super) const MODES: usize = 5;
/// The mode of legs, and that of hovering, or of a vessel that drifts.
pub(super) const STRAIGHT: usize = 0;
pub(super) const HOVERING: usize = 4;
/// The mode that fits what is seen for the first time.
pub(super) const AGILE: usize = 3;
/// How steady a target may have been so far: what has not turned for long is the less likely to turn now.
pub(super) const HABITS: usize = 4;
/// Up to how many mean legs each habit reaches, and by how much the rate of leaving a leg is then less: the mean of a
/// gamma-distributed rate after so long without an event.
const HABIT_LEGS: [f64; HABITS - 1] = [0.8, 2.0, 4.0];
const HABIT_RATES: [f64; HABITS] = [1.0, 0.5, 0.3, 0.2];
/// Probabilities of a change from the row's mode to the column's.
pub(super) type Changes = SMatrix<f64, MODES, MODES>;

/// Beyond this a prediction says nothing, and its powers of time only grow.
const SPAN_MAX_S: f64 = 600.0;
/// The least speed at which a lateral acceleration makes a turn, m/s.
const TURN_SPEED_MIN_M_S: f64 = 6.0;
/// The spring of the height acts no further than this, metres.
const PULL_MAX_M: f64 = 70.0;
/// Mean radius of the Earth, metres: how fast level flight leaves the site's tangent plane.
const EARTH_RADIUS_M: f64 = 6_371_000.0;

/// What the target moves in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Domain {
    /// Whatever flies.
    Air,
    /// Whatever floats.
    Surface,
}

/// One mode of the horizontal motion.
#[derive(Debug, Clone, Copy)]
struct Mode {
    /// Power spectral density of the acceleration on each axis, m²/s³.
    acceleration: f64,
    /// Power spectral density of the velocity's fast part, which leaves the velocity's mean as it is, m²/s.
    jitter: f64,
    /// The time within which the velocity forgets itself, seconds.
    memory_s: f64,
    turn: Turn,
}

/// How a mode turns; clockwise is positive.
#[derive(Debug, Clone, Copy)]
enum Turn {
    Straight,
    /// With a lateral acceleration, m/s².
    Lateral(f64),
    /// At a rate, rad/s.
    Rate(f64),
}

/// Vertical motion: the climb rate fades, the height is drawn to its usual one, noise does the rest.
#[derive(Debug, Clone, Copy)]
struct Vertical {
    acceleration: f64,
    memory_s: f64,
    /// Spring constant, 1/s².
    spring: f64,
    /// The usual height above the ground with its deviation, metres.
    height_m: f64,
    height_sigma_m: f64,
}

/// How a domain's targets move.
#[derive(Debug)]
pub(super) struct Motion {
    modes: [Mode; MODES],
    /// Rates of change, 1/s, for each habit; the diagonal makes each row sum to zero.
    generators: [Changes; HABITS],
    /// The mean time on a leg, seconds.
    leg_s: f64,
    /// Shares of the modes in the long run.
    pub(super) shares: [f64; MODES],
    vertical: Option<Vertical>,
    /// Deviation of each axis of a new target's velocity, m/s.
    pub(super) speed_sigma_m_s: f64,
    pub(super) climb_sigma_m_s: f64,
}

/// Slower than this a vessel lies, at anchor or alongside, m/s.
pub(super) const AT_ANCHOR_M_S: f64 = 1.0;
/// What swings round its anchor: about 0.3 m/s, forgotten within half a minute; some 30 m in three minutes.
const LYING: Mode = Mode { acceleration: 0.006, jitter: 0.0, memory_s: 30.0, turn: Turn::Straight };
const LEG: Mode = Mode { acceleration: 0.0052, jitter: 0.19, memory_s: f64::INFINITY, turn: Turn::Straight };
const TURNING: Mode = Mode { acceleration: 2.0, jitter: 0.0, memory_s: f64::INFINITY, turn: Turn::Straight };

impl Motion {
    /// What flies: straight on, turning either way, agile, hovering.
    pub(super) fn air() -> Self {
        let modes = [
            LEG,
            Mode { turn: Turn::Lateral(2.84), ..TURNING },
            Mode { turn: Turn::Lateral(-2.84), ..TURNING },
            Mode { acceleration: 15.5, jitter: 0.0, memory_s: 26.0, turn: Turn::Straight },
            Mode { acceleration: 0.24, jitter: 0.2, memory_s: 3.0, turn: Turn::Straight },
        ];
        let leaving = [
            (16.5, [0.0, 0.465, 0.465, 0.048, 0.028]),
            (5.0, [0.14, 0.0, 0.77, 0.08, 0.01]),
            (5.0, [0.14, 0.77, 0.0, 0.08, 0.01]),
            (12.0, [0.62, 0.14, 0.14, 0.0, 0.10]),
            (14.7, [0.25, 0.04, 0.04, 0.67, 0.0]),
        ];
        let vertical =
            Vertical { acceleration: 0.356, memory_s: 9.0, spring: 0.00327, height_m: 100.0, height_sigma_m: 40.0 };
        Self::new(modes, leaving, Some(vertical), 12.0, 3.0)
    }

    /// What floats: steady, drifting slowly off its course, turning either way, manoeuvring.
    pub(super) fn surface() -> Self {
        let straight = |acceleration| Mode { acceleration, jitter: 0.0, memory_s: f64::INFINITY, turn: Turn::Straight };
        let turning = |rate: f64| Mode { turn: Turn::Rate(rate), ..straight(0.023) };
        let modes = [straight(1e-5), turning(0.027), turning(-0.027), straight(0.63), straight(3e-4)];
        let leaving = [
            (170.0, [0.0, 0.497, 0.497, 0.002, 0.004]),
            (20.0, [0.05, 0.0, 0.9, 0.02, 0.03]),
            (20.0, [0.05, 0.9, 0.0, 0.02, 0.03]),
            (9.0, [0.02, 0.01, 0.01, 0.0, 0.96]),
            (60.0, [0.7, 0.15, 0.15, 0.0, 0.0]),
        ];
        Self::new(modes, leaving, None, 9.0, 1e-3)
    }

    fn new(
        modes: [Mode; MODES],
        leaving: [(f64, [f64; MODES]); MODES],
        vertical: Option<Vertical>,
        speed_sigma_m_s: f64,
        climb_sigma_m_s: f64,
    ) -> Self {
        let mut generator = Changes::zeros();
        for (from, (sojourn_s, to)) in leaving.into_iter().enumerate() {
            let sum: f64 = to.iter().sum();
            for (mode, share) in to.into_iter().enumerate() {
                generator[(from, mode)] = share / sum / sojourn_s;
            }
            generator[(from, from)] = -1.0 / sojourn_s;
        }
        let mut long = exponential(&generator, 64.0);
        for _ in 0..4 {
            long *= long;
        }
        let shares = std::array::from_fn(|mode| long[(0, mode)]);
        let generators = HABIT_RATES.map(|rate| {
            let mut generator = generator;
            generator.row_mut(STRAIGHT).scale_mut(rate);
            generator
        });
        let leg_s = leaving[STRAIGHT].0;
        Self { modes, generators, leg_s, shares, vertical, speed_sigma_m_s, climb_sigma_m_s }
    }

    /// The habit of a target that has been steady for so long.
    pub(super) fn habit(&self, steady_s: f64) -> usize {
        HABIT_LEGS.iter().filter(|legs| steady_s > **legs * self.leg_s).count()
    }

    /// The probabilities of mode changes over a span, for a habit.
    pub(super) fn changes(&self, habit: usize, span_s: f64) -> Changes {
        exponential(&self.generators[habit], span_s.clamp(0.0, SPAN_MAX_S))
    }

    /// The usual height above the ground and its deviation; nothing for what floats.
    pub(super) fn usual_height(&self) -> Option<(f64, f64)> {
        self.vertical.map(|vertical| (vertical.height_m, vertical.height_sigma_m))
    }

    /// A belief moved by one mode over a span. `ground_m` is the height of the ground in the site frame's datum plane.
    pub(super) fn moved(&self, mode: usize, belief: &Gaussian, span_s: f64, ground_m: f64) -> Gaussian {
        self.moved_as(&self.modes[mode], belief, span_s, ground_m)
    }

    /// The same for what lies at anchor or alongside.
    pub(super) fn lain(&self, belief: &Gaussian, span_s: f64, ground_m: f64) -> Gaussian {
        self.moved_as(&LYING, belief, span_s, ground_m)
    }

    fn moved_as(&self, kind: &Mode, belief: &Gaussian, span_s: f64, ground_m: f64) -> Gaussian {
        let dt = span_s.clamp(0.0, SPAN_MAX_S);
        let [east, north, _, v_east, v_north, _] = belief.mean.data.0[0];
        let mut transition = Matrix6::identity();
        let mut noise = Matrix6::zeros();
        kind.steer(v_east.hypot(v_north), dt, &mut transition);
        for axis in 0..2 {
            spread(&mut noise, axis, kind.acceleration, dt, kind.memory_s);
            noise[(axis, axis)] += kind.jitter * dt;
        }
        let mut mean;
        match &self.vertical {
            Some(vertical) => {
                let bend = Bend::at(east, north);
                vertical.lift(dt, &mut transition);
                spread(&mut noise, 2, vertical.acceleration, dt, vertical.memory_s);
                let mut level = belief.mean;
                level[2] += bend.drop_m;
                // The spring pulls what flies far above no harder than what flies a little above.
                let usual = (ground_m + vertical.height_m).clamp(level[2] - PULL_MAX_M, level[2] + PULL_MAX_M);
                level[2] -= usual;
                level[5] += bend.east * v_east + bend.north * v_north;
                mean = transition * level;
                let bend = Bend::at(mean[0], mean[1]);
                mean[2] += usual - bend.drop_m;
                mean[5] -= bend.east * mean[3] + bend.north * mean[4];
            }
            None => {
                transition[(2, 5)] = dt;
                spread(&mut noise, 2, 1e-6, dt, f64::INFINITY);
                mean = transition * belief.mean;
            }
        }
        Gaussian { mean, covariance: carried(&transition, &belief.covariance) + noise }
    }
}

/// F P Fᵀ for a transition that couples position with velocity in the level plane, and height with climb rate.
fn carried(f: &Matrix6, p: &Matrix6) -> Matrix6 {
    let rows = |m: &Matrix6| {
        let mut out = Matrix6::zeros();
        for c in 0..6 {
            let (east, north, up) = (m[(0, c)], m[(1, c)], m[(2, c)]);
            let (v_east, v_north, climb) = (m[(3, c)], m[(4, c)], m[(5, c)]);
            out[(0, c)] = east + f[(0, 3)] * v_east + f[(0, 4)] * v_north;
            out[(1, c)] = north + f[(1, 3)] * v_east + f[(1, 4)] * v_north;
            out[(2, c)] = f[(2, 2)] * up + f[(2, 5)] * climb;
            out[(3, c)] = f[(3, 3)] * v_east + f[(3, 4)] * v_north;
            out[(4, c)] = f[(4, 3)] * v_east + f[(4, 4)] * v_north;
            out[(5, c)] = f[(5, 2)] * up + f[(5, 5)] * climb;
        }
        out
    };
    rows(&rows(p).transpose())
}

/// How far the tangent plane at the datum stands above the round Earth, and how it slopes there.
struct Bend {
    drop_m: f64,
    east: f64,
    north: f64,
}

impl Bend {
    fn at(east: f64, north: f64) -> Self {
        let r = EARTH_RADIUS_M;
        Self { drop_m: (east * east + north * north) / (2.0 * r), east: east / r, north: north / r }
    }
}

impl Mode {
    /// Fills in the horizontal part of a transition.
    fn steer(&self, speed_m_s: f64, dt: f64, transition: &mut Matrix6) {
        let rate = match self.turn {
            Turn::Straight => 0.0,
            Turn::Lateral(acceleration) => acceleration / speed_m_s.max(TURN_SPEED_MIN_M_S),
            Turn::Rate(rate) => rate,
        };
        if rate == 0.0 {
            let (path, kept) = fading(self.memory_s, dt);
            for axis in 0..2 {
                transition[(axis, axis + 3)] = path;
                transition[(axis + 3, axis + 3)] = kept;
            }
            return;
        }
        let (sin, cos) = (rate * dt).sin_cos();
        let (along, across) = (sin / rate, (1.0 - cos) / rate);
        transition.fixed_view_mut::<2, 2>(0, 3).copy_from(&nalgebra::Matrix2::new(along, across, -across, along));
        transition.fixed_view_mut::<2, 2>(3, 3).copy_from(&nalgebra::Matrix2::new(cos, sin, -sin, cos));
    }
}

impl Vertical {
    /// Fills in the vertical part of a transition, for a height counted from the usual one.
    fn lift(&self, dt: f64, transition: &mut Matrix6) {
        let (path, kept) = fading(self.memory_s, dt);
        let pull = self.spring * dt.min(20.0);
        transition[(2, 5)] = path;
        transition[(5, 5)] = kept;
        transition[(5, 2)] = -pull;
        transition[(2, 2)] = 1.0 - pull * dt.min(20.0) / 2.0;
    }
}

/// The path covered by a unit velocity that fades with a time constant, and what is left of it.
fn fading(memory_s: f64, dt: f64) -> (f64, f64) {
    if memory_s.is_finite() {
        let kept = (-dt / memory_s).exp();
        (memory_s * (1.0 - kept), kept)
    } else {
        (dt, 1.0)
    }
}

/// Adds what white acceleration does to one axis over a span (op. cit. §6.2.2); no longer than the velocity remembers.
fn spread(noise: &mut Matrix6, axis: usize, density: f64, dt: f64, memory_s: f64) {
    let dt = dt.min(memory_s);
    noise[(axis, axis)] += density * dt * dt * dt / 3.0;
    noise[(axis, axis + 3)] += density * dt * dt / 2.0;
    noise[(axis + 3, axis)] += density * dt * dt / 2.0;
    noise[(axis + 3, axis + 3)] += density * dt;
}

/// The matrix exponential of a generator over a span: a Taylor series on a short part of it, then squared.
fn exponential(generator: &Changes, span_s: f64) -> Changes {
    const SQUARINGS: i32 = 10;
    let part = generator * (span_s / f64::from(1 << SQUARINGS));
    let square = part * part;
    let mut result = Changes::identity() + part + square * 0.5 + square * part / 6.0;
    for _ in 0..SQUARINGS {
        result *= result;
    }
    result
}

#[cfg(test)]
mod tests;
