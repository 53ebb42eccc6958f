//! From a demand to the accelerations a multicopter wants: position loop, velocity loop, limits.

use nalgebra::Vector2;
use telemetry::messages::VehicleKind;
use telemetry::{Enu, Geodetic, Heading};

use super::super::super::local::displacement;
use super::super::super::parameters::{Parameter, Parameters};
use super::super::{Demand, Navigated, Nose, Path, Vertical, approach_speed};
use super::limited;

/// Velocity error to acceleration, per second (ArduCopter's PSC_VELXY_P and, roughly, PSC_VELZ_P with PSC_ACCZ).
const VELOCITY_GAIN: f64 = 2.0;
const CLIMB_GAIN: f64 = 3.0;
/// Position error to velocity, per second (PSC_POSXY_P, PSC_POSZ_P).
const POSITION_GAIN: f64 = 1.0;
/// The velocity loop lags by this; braking starts that much earlier.
const REACTION_S: f64 = 0.4;
/// Measured on recorded legs of 15 to 30 m: 3.5, 4.4 and 5.6 m/s.
const PEAK_SHARE: f64 = 0.92;
/// The constant c of [`Limits::stopping_speed`].
const BRAKING: f64 = 1.3;
/// The acceleration a start from rest begins with; the rest grows at the jerk limit.
const JERK_START: f64 = 0.2;
/// Below this a leg has no direction worth keeping to.
const LEG_MIN_M: f64 = 1.0;
/// Closer than this the nose keeps its heading.
const NOSE_MIN_M: f64 = 4.0;

/// Where copter and quadplane keep acceleration, jerk, vertical acceleration, climb and descent.
const COPTER_LIMITS: [Parameter; 5] = [
    Parameter::WpnavAccel,
    Parameter::WpnavJerk,
    Parameter::WpnavAccelZ,
    Parameter::WpnavSpeedUp,
    Parameter::WpnavSpeedDn,
];
const QUADPLANE_LIMITS: [Parameter; 5] =
    [Parameter::QWpAccel, Parameter::QWpJerk, Parameter::QWpAccelZ, Parameter::QWpSpeedUp, Parameter::QWpSpeedDn];

/// What the controllers want for one step.
pub(in super::super) struct Wanted {
    /// Horizontal acceleration, east and north; nothing when only the attitude is held level.
    pub(in super::super) acceleration: Option<Vector2<f64>>,
    pub(in super::super) climb_m_s: f64,
    pub(in super::super) climb_acceleration: f64,
    pub(in super::super) nose: Option<Heading>,
}

/// Horizontal velocity wanted, and the climb that goes with a sloping line.
struct Course {
    velocity: Vector2<f64>,
    climb: Option<SlopedClimb>,
    ahead: Option<Heading>,
}

impl Course {
    /// The acceleration towards the velocity wanted. Turning and braking may use all there is; speeding up is limited in
    /// jerk, at its beginning (a grows with √(2jv)) as at its end.
    fn acceleration(&self, velocity: Vector2<f64>, limits: &Limits) -> Vector2<f64> {
        let mut acceleration = (self.velocity - velocity) * VELOCITY_GAIN;
        let wanted_m_s = self.velocity.norm();
        if wanted_m_s > 0.1 {
            let unit = self.velocity / wanted_m_s;
            let missing_m_s = (wanted_m_s - velocity.dot(&unit)).max(0.0);
            let beginning = (2.0 * limits.jerk * velocity.norm()).sqrt() + JERK_START;
            let ending = (2.0 * limits.jerk * missing_m_s).sqrt();
            acceleration -= unit * (acceleration.dot(&unit) - beginning.min(ending)).max(0.0);
        }
        limited(acceleration, limits.horizontal)
    }
}

struct SlopedClimb {
    rate_m_s: f64,
    height_m: f64,
}

pub(in super::super) fn wanted(demand: &Demand, at: &Navigated, settings: &Parameters) -> Wanted {
    let limits = Limits::new(settings);
    let course = course(demand, at, &limits);
    let climb_m_s = climb(demand, at, course.as_ref().and_then(|course| course.climb.as_ref()), &limits);
    let climb_acceleration = (CLIMB_GAIN * (climb_m_s - at.velocity.z)).clamp(-1.5 * limits.climb, 1.5 * limits.climb);
    let nose = match demand.nose {
        Nose::Keep => None,
        Nose::Towards(heading) => Some(heading),
        Nose::AlongPath => course.as_ref().and_then(|course| course.ahead),
    };
    let acceleration = course.map(|course| course.acceleration(at.velocity.xy(), &limits));
    Wanted { acceleration, climb_m_s, climb_acceleration, nose }
}

/// The limits a person sets, in metres and with a floor that keeps a mistyped zero flying.
struct Limits {
    horizontal: f64,
    jerk: f64,
    climb: f64,
    up_m_s: f64,
    down_m_s: f64,
}

impl Limits {
    fn new(settings: &Parameters) -> Self {
        let [accel, jerk, accel_z, up, down] =
            if settings.kind() == VehicleKind::Vtol { QUADPLANE_LIMITS } else { COPTER_LIMITS };
        Self {
            horizontal: settings.metres(accel).max(0.5),
            jerk: settings.get(jerk).max(0.2),
            climb: settings.metres(accel_z).max(0.3),
            up_m_s: settings.metres(up).max(0.1),
            down_m_s: settings.metres(down).max(0.1),
        }
    }

    /// The greatest speed on a leg of this length: that of a jerk-limited run from rest to rest, less what ArduCopter's
    /// kinematic shaping leaves unused.
    fn peak_speed(&self, length_m: f64) -> f64 {
        let (a, j) = (self.horizontal, self.jerk);
        let ramps_only = ((0.5 * length_m).powi(2) * j).cbrt();
        let with_full_acceleration = 0.5 * a * ((a * a / (j * j) + 4.0 * length_m / a).sqrt() - a / j);
        PEAK_SHARE * if ramps_only * j <= a * a { ramps_only } else { with_full_acceleration }
    }

    /// Where braking changes from growing to constant deceleration: a speed and the distance it takes to stop from it.
    fn braking_knee(&self) -> (f64, f64) {
        let speed_m_s = (0.8 * self.horizontal).powi(2) / self.jerk;
        (speed_m_s, (speed_m_s / BRAKING).powf(1.5) / self.jerk.sqrt())
    }

    /// The speed from which this distance suffices to stop. At low speed v = c·(d²j)^⅓, which takes as long as a
    /// jerk-limited stop, 2·√(v/j); at high speed the deceleration is constant.
    fn stopping_speed(&self, distance_m: f64) -> f64 {
        let (knee_m_s, knee_m) = self.braking_knee();
        let distance_m = distance_m.max(0.0);
        if distance_m <= knee_m {
            BRAKING * (distance_m * distance_m * self.jerk).cbrt()
        } else {
            (knee_m_s * knee_m_s + 1.6 * self.horizontal * (distance_m - knee_m)).sqrt()
        }
    }

    /// The inverse of [`Limits::stopping_speed`].
    fn stopping_distance(&self, speed_m_s: f64) -> f64 {
        let (knee_m_s, knee_m) = self.braking_knee();
        if speed_m_s <= knee_m_s {
            (speed_m_s.max(0.0) / BRAKING).powf(1.5) / self.jerk.sqrt()
        } else {
            knee_m + (speed_m_s * speed_m_s - knee_m_s * knee_m_s) / (1.6 * self.horizontal)
        }
    }

    /// How fast to go with this much way left, to pass the end with at most `exit_m_s`.
    fn approach(&self, left_m: f64, exit_m_s: f64, closing_m_s: f64) -> f64 {
        let braking_m = left_m - REACTION_S * (closing_m_s - exit_m_s).max(0.0);
        let by_braking = self.stopping_speed(braking_m.max(0.0) + self.stopping_distance(exit_m_s));
        by_braking.min(exit_m_s + POSITION_GAIN * left_m.max(0.0))
    }
}

fn course(demand: &Demand, at: &Navigated, limits: &Limits) -> Option<Course> {
    match demand.path {
        Path::Free => None,
        Path::Stay(point) => Some(toward(point, demand.speed_m_s, at, limits)),
        Path::Line { from, to, exit_m_s } => {
            let leg = displacement(from, to);
            if leg.horizontal_m() < LEG_MIN_M {
                return Some(toward(to, demand.speed_m_s, at, limits));
            }
            Some(along(leg, to, exit_m_s, demand.speed_m_s, at, limits))
        }
        Path::Ring { centre, radius_m } => Some(around(centre, radius_m, demand.speed_m_s, at, limits)),
        Path::Velocity { east_m_s, north_m_s } => {
            let velocity = Vector2::new(east_m_s, north_m_s);
            let ahead = (velocity.norm() > 0.5).then(|| heading_of(velocity));
            Some(Course { velocity, climb: None, ahead })
        }
        Path::Ahead(heading) => {
            let (sin, cos) = heading.radians().sin_cos();
            let velocity = Vector2::new(sin, cos) * demand.speed_m_s;
            Some(Course { velocity, climb: None, ahead: Some(heading) })
        }
    }
}

fn toward(point: Geodetic, speed_m_s: f64, at: &Navigated, limits: &Limits) -> Course {
    let gap = horizontal(displacement(at.position, point));
    let distance_m = gap.norm();
    if distance_m < 1e-6 {
        return Course { velocity: Vector2::zeros(), climb: None, ahead: None };
    }
    let unit = gap / distance_m;
    let closing_m_s = at.velocity.xy().dot(&unit);
    let speed_m_s = limits.approach(distance_m, 0.0, closing_m_s).min(speed_m_s);
    let ahead = (distance_m > NOSE_MIN_M).then(|| heading_of(unit));
    Course { velocity: unit * speed_m_s, climb: None, ahead }
}

fn along(leg: Enu, to: Geodetic, exit_m_s: f64, speed_m_s: f64, at: &Navigated, limits: &Limits) -> Course {
    let length_m = leg.horizontal_m();
    let unit = horizontal(leg) / length_m;
    let gap_to_end = displacement(at.position, to);
    let gap = horizontal(gap_to_end);
    let left_m = gap.dot(&unit);
    let across = gap - unit * left_m;
    let slope = leg.up_m / length_m;
    let climb_max = if slope > 0.0 { limits.up_m_s } else { limits.down_m_s };
    let speed_m_s = if slope.abs() > 1e-3 { speed_m_s.min(climb_max / slope.abs()) } else { speed_m_s };

    let speed_m_s = speed_m_s.min(limits.peak_speed(length_m).max(exit_m_s));
    let closing_m_s = at.velocity.xy().dot(&unit);
    let onward_m_s = if left_m > 0.0 {
        limits.approach(left_m, exit_m_s, closing_m_s).min(speed_m_s)
    } else {
        // Past the end: come back, unless the end is to be flown through.
        if exit_m_s > 0.0 { exit_m_s } else { (POSITION_GAIN * left_m).max(-speed_m_s) }
    };
    let sideways = limited(across * POSITION_GAIN, 0.7 * speed_m_s.max(1.0));
    let velocity = limited(unit * onward_m_s + sideways, speed_m_s.max(1.0));
    let climb =
        SlopedClimb { rate_m_s: slope * velocity.dot(&unit), height_m: gap_to_end.up_m - slope * left_m.max(0.0) };
    let ahead = (gap.norm() > NOSE_MIN_M).then(|| heading_of(gap));
    Course { velocity, climb: Some(climb), ahead }
}

fn around(centre: Geodetic, radius_m: f64, speed_m_s: f64, at: &Navigated, limits: &Limits) -> Course {
    let out = -horizontal(displacement(at.position, centre));
    let distance_m = out.norm();
    let unit = if distance_m > 1e-3 { out / distance_m } else { Vector2::new(0.0, 1.0) };
    let ring_m = radius_m.abs().max(1.0);
    // Half of the acceleration turns, the other half corrects.
    let speed_m_s = speed_m_s.min((0.5 * limits.horizontal * ring_m).sqrt());
    let error_m = ring_m - distance_m;
    let tangent = Vector2::new(unit.y, -unit.x) * radius_m.signum();
    let on_ring = (1.0 - error_m.abs() / ring_m).clamp(0.0, 1.0);
    let inward = -unit * (speed_m_s * speed_m_s / ring_m / VELOCITY_GAIN);
    let radial = unit * (POSITION_GAIN * error_m).clamp(-speed_m_s.max(2.0), speed_m_s.max(2.0));
    let velocity = (tangent * speed_m_s + inward) * on_ring + radial;
    Course { velocity, climb: None, ahead: Some(heading_of(tangent)) }
}

fn climb(demand: &Demand, at: &Navigated, sloped: Option<&SlopedClimb>, limits: &Limits) -> f64 {
    let toward_height = |error_m: f64, rate_m_s: f64| {
        let speed_m_s = approach_speed(error_m.abs() - 0.2 * at.velocity.z.abs(), 0.0, limits.climb, POSITION_GAIN);
        (rate_m_s + speed_m_s.copysign(error_m)).clamp(-limits.down_m_s, limits.up_m_s)
    };
    match (demand.vertical, sloped) {
        (Vertical::Rate(rate_m_s), _) => rate_m_s,
        (Vertical::Height(height), _) => toward_height(height.metres - at.position.height().metres, 0.0),
        (Vertical::AlongLine, Some(line)) => toward_height(line.height_m, line.rate_m_s),
        (Vertical::AlongLine, None) => match demand.path {
            Path::Stay(point) | Path::Line { to: point, .. } => {
                toward_height(point.height().metres - at.position.height().metres, 0.0)
            }
            _ => 0.0,
        },
    }
}

fn horizontal(v: Enu) -> Vector2<f64> {
    Vector2::new(v.east_m, v.north_m)
}

fn heading_of(v: Vector2<f64>) -> Heading {
    Heading::from_radians(v.x.atan2(v.y))
}
