//! What the flight controller asks of a body: the only thing that passes from one to the other.

use telemetry::{AltitudeHae, Geodetic, Heading};

/// What is asked of a vehicle for the next step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Demand {
    pub(crate) motors: Motors,
    pub(crate) path: Path,
    pub(crate) vertical: Vertical,
    /// Over ground for a multirotor, through the air for an aeroplane, over ground for a boat.
    pub(crate) speed_m_s: f64,
    pub(crate) nose: Nose,
    pub(crate) lift: Lift,
}

impl Demand {
    /// Motors as given, and nothing else asked for.
    pub(crate) fn resting(motors: Motors) -> Self {
        Self {
            motors,
            path: Path::Free,
            vertical: Vertical::Rate(0.0),
            speed_m_s: 0.0,
            nose: Nose::Keep,
            lift: Lift::Rotors,
        }
    }
}

/// What the motors do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Motors {
    /// Disarmed.
    Off,
    /// Armed, turning slowly.
    Idle,
    /// At work.
    Running,
}

/// Where to go, horizontally.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Path {
    /// Nowhere: level, at the mercy of wind and water.
    Free,
    /// To a point, and stay; an aeroplane circles it.
    Stay(Geodetic),
    /// Along a line, passing its end with at most this speed.
    Line { from: Geodetic, to: Geodetic, exit_m_s: f64 },
    /// Around a centre; a positive radius is clockwise.
    Ring { centre: Geodetic, radius_m: f64 },
    /// With a velocity over ground.
    Velocity { east_m_s: f64, north_m_s: f64 },
    /// Straight ahead with the nose on this heading: take-off run and landing roll of an aeroplane.
    Ahead(Heading),
}

/// What to do about height. Boats ignore it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Vertical {
    /// Reach and keep a height.
    Height(AltitudeHae),
    /// Follow the heights of the [`Path::Line`], as a copter climbs between waypoints.
    AlongLine,
    /// Climb (or sink) at a rate, m/s.
    Rate(f64),
}

/// What carries a VTOL. The other kinds have one way only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lift {
    Rotors,
    Wing,
}

/// Where a multirotor's nose points.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Nose {
    /// Where it points already.
    Keep,
    /// Along the path.
    AlongPath,
    /// Where somebody wants it to.
    Towards(Heading),
}
