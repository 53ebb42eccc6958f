//! Legs: what a mission item that navigates amounts to for this kind of vehicle, and what ends it.

use telemetry::Geodetic;
use telemetry::Timestamp;
use telemetry::angle::wrapped_pi;
use telemetry::messages::VehicleKind;

use super::super::local::displacement;
use super::super::parameters::Parameter;
use super::items::{
    NAV_DELAY, NAV_LAND, NAV_LOITER_TIME, NAV_LOITER_TURNS, NAV_LOITER_UNLIM, NAV_RETURN_TO_LAUNCH, NAV_TAKEOFF,
    NAV_VTOL_LAND, NAV_VTOL_TAKEOFF, NAV_WAYPOINT,
};
use super::{Flight, Item, Mode, Severity, Situation, Task};

/// ArduCopter's CIRCLE_RADIUS.
const COPTER_CIRCLE_M: f64 = 10.0;

/// What ends the current item.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Leg {
    Rise,
    /// Reach a point; wait there.
    Point {
        from: Geodetic,
        to: Geodetic,
        passing: bool,
        radius_m: f64,
        wait_s: f64,
        arrived_at: Option<Timestamp>,
    },
    /// Circle for a while, or so far, once the circle has been reached.
    Circle {
        centre: Geodetic,
        radius_m: f64,
        until: Enough,
        last_bearing: Option<f64>,
    },
    Wait {
        until: Timestamp,
    },
    /// Fly to where to land, then land.
    Landing {
        to: Option<Geodetic>,
    },
    Returning,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Enough {
    Never,
    Radians(f64),
    Seconds { wanted: f64, since: Option<Timestamp> },
}

impl Flight {
    /// Starts a leg; false where this kind of vehicle cannot do it, which skips the item.
    pub(super) fn begin_leg(&mut self, s: &Situation<'_>, index: usize, item: &Item) -> bool {
        let aircraft = !s.floats();
        let from = self.sequence.origin.unwrap_or(s.estimate.position);
        let place = self.datums(s).place(item, s.estimate.position);
        self.returning = None;
        self.sequence.current = index as u16;
        let name = match item.command {
            NAV_TAKEOFF | NAV_VTOL_TAKEOFF if aircraft => "Takeoff",
            NAV_LAND | NAV_VTOL_LAND if aircraft => "Land",
            NAV_WAYPOINT => "WP",
            NAV_LOITER_UNLIM => "LoitUnlim",
            NAV_LOITER_TURNS => "LoitTurns",
            NAV_LOITER_TIME => "LoitTime",
            NAV_RETURN_TO_LAUNCH => "RTL",
            NAV_DELAY => "Delay",
            _ => return false,
        };
        self.notices.say(Severity::Info, format!("Mission: {index} {name}"));
        let leg = match item.command {
            NAV_TAKEOFF | NAV_VTOL_TAKEOFF => {
                let heading = s.estimate.attitude.heading;
                self.task = Task::Rise { from: s.estimate.position, heading, height: place.height() };
                Leg::Rise
            }
            NAV_WAYPOINT => self.waypoint(s, index, item, from, place),
            NAV_LOITER_UNLIM => self.loiter(s, item, from, place, Enough::Never),
            NAV_LOITER_TIME => {
                let wanted = f64::from(item.param[0]).clamp(0.0, 65_535.0);
                self.loiter(s, item, from, place, Enough::Seconds { wanted, since: None })
            }
            NAV_LOITER_TURNS => {
                let radius_m = circle_radius_m(s, item.param[2]);
                self.task = Task::Circle { centre: place, radius_m };
                let turns = f64::from(item.param[0]).clamp(0.0, 255.0);
                let until = Enough::Radians(turns * std::f64::consts::TAU);
                Leg::Circle { centre: place, radius_m, until, last_bearing: None }
            }
            NAV_LAND | NAV_VTOL_LAND => self.landing(s, item, from, place),
            NAV_DELAY => {
                self.task = if self.landed { Task::Rest } else { Task::Stay { at: s.estimate.position } };
                let wait_s = f64::from(item.param[0]).clamp(0.0, 86_400.0);
                Leg::Wait { until: s.now.offset_seconds(wait_s) }
            }
            _ if s.winged() => {
                let _entered = self.set_mode(s, Mode::Rtl);
                return true;
            }
            _ => {
                self.begin_return(s);
                Leg::Returning
            }
        };
        self.sequence.leg = Some(leg);
        true
    }

    fn waypoint(&mut self, s: &Situation<'_>, index: usize, item: &Item, from: Geodetic, to: Geodetic) -> Leg {
        let wait_s = f64::from(item.param[0]).clamp(0.0, 65_535.0);
        let next = self.next_leg(index).filter(|next| next.command == NAV_WAYPOINT && next.placed()).copied();
        let onward = next.map(|next| displacement(to, self.datums(s).place(&next, to)));
        let leg = displacement(from, to);
        let turn_rad = onward
            .filter(|_| leg.horizontal_m() > 1.0)
            .map(|onward| wrapped_pi(onward.azimuth().radians() - leg.azimuth().radians()).abs());
        let exit_m_s = match turn_rad {
            Some(turn_rad) if wait_s == 0.0 => corner_speed_m_s(s, turn_rad).min(self.speed_m_s(s)),
            _ => 0.0,
        };
        let passing = s.winged() || exit_m_s > 0.0;
        let radius_m = acceptance_m(s, item, turn_rad);
        self.task = Task::Fly { from, to, exit_m_s };
        Leg::Point { from, to, passing, radius_m, wait_s, arrived_at: None }
    }

    fn loiter(&mut self, s: &Situation<'_>, item: &Item, from: Geodetic, to: Geodetic, until: Enough) -> Leg {
        if s.winged() {
            let radius_m = if until == Enough::Never {
                circle_radius_m(s, item.param[2])
            } else {
                // In LOITER_TIME the parameter gives the direction only.
                s.parameters.get(Parameter::WpLoiterRad).abs().copysign(if item.param[2] < 0.0 { -1.0 } else { 1.0 })
            };
            self.task = Task::Circle { centre: to, radius_m };
            return Leg::Circle { centre: to, radius_m, until, last_bearing: None };
        }
        let wait_s = if let Enough::Seconds { wanted, .. } = until { wanted } else { f64::INFINITY };
        self.task = Task::Fly { from, to, exit_m_s: 0.0 };
        let radius_m = acceptance_m(s, item, None);
        Leg::Point { from, to, passing: false, radius_m, wait_s, arrived_at: None }
    }

    fn landing(&mut self, s: &Situation<'_>, item: &Item, from: Geodetic, place: Geodetic) -> Leg {
        if s.kind() == VehicleKind::FixedWing {
            self.task = Task::Approach { from, to: place };
            return Leg::Landing { to: None };
        }
        let here = s.estimate.position;
        if !item.placed() {
            self.task = Task::Descend { at: Some(self.stopping_point(s)) };
            return Leg::Landing { to: None };
        }
        let to = place.lat_lon().at_height(here.height());
        self.task = Task::Fly { from: here, to, exit_m_s: 0.0 };
        Leg::Landing { to: Some(to) }
    }
}

/// How fast a corner is flown: as fast as half of the acceleration turns within the acceptance radius of the waypoint.
fn corner_speed_m_s(s: &Situation<'_>, turn_rad: f64) -> f64 {
    let (radius_m, acceleration) = match s.kind() {
        VehicleKind::Boat => (s.parameters.get(Parameter::WpRadius), 0.5 * s.parameters.get(Parameter::AtcAccelMax)),
        _ => (s.parameters.metres(Parameter::WpnavRadius), 0.5 * s.parameters.metres(Parameter::WpnavAccel)),
    };
    let half_cos = (0.5 * turn_rad).cos();
    let turn_radius_m = radius_m.max(0.1) * half_cos / (1.0 - half_cos).max(1e-6);
    (acceleration.max(0.1) * turn_radius_m).max(0.0).sqrt()
}

/// How near a waypoint counts as there.
fn acceptance_m(s: &Situation<'_>, item: &Item, turn_rad: Option<f64>) -> f64 {
    match s.kind() {
        VehicleKind::FixedWing | VehicleKind::Vtol => {
            let set_m =
                if item.param[1] > 0.0 { f64::from(item.param[1]) } else { s.parameters.get(Parameter::WpRadius) };
            let ground_m_s = s.estimate.velocity.xy().norm();
            let l1_m = s.parameters.get(Parameter::Navl1Damping) * s.parameters.get(Parameter::Navl1Period)
                / std::f64::consts::PI
                * ground_m_s;
            // Early for a sharp turn, late for a slight one, as ArduPlane's turn distance.
            let share = (turn_rad.unwrap_or(std::f64::consts::FRAC_PI_2) / std::f64::consts::FRAC_PI_2).min(1.0);
            set_m.min(l1_m.max(20.0)) * share.max(0.1)
        }
        VehicleKind::Boat => s.parameters.get(Parameter::WpRadius).max(0.5),
        VehicleKind::Multirotor | VehicleKind::Rov | VehicleKind::Unknown => {
            s.parameters.metres(Parameter::WpnavRadius).max(0.3)
        }
    }
}

/// The radius of a circle; zero stands for the vehicle's own. Clockwise positive.
fn circle_radius_m(s: &Situation<'_>, asked: f32) -> f64 {
    if asked != 0.0 {
        return f64::from(asked).clamp(-2_550.0, 2_550.0);
    }
    match s.kind() {
        VehicleKind::FixedWing | VehicleKind::Vtol => s.parameters.get(Parameter::WpLoiterRad),
        _ => COPTER_CIRCLE_M,
    }
}

/// Counts what has been circled, once on the circle. True when it is enough.
pub(super) fn circled(
    s: &Situation<'_>,
    centre: Geodetic,
    radius_m: f64,
    until: &mut Enough,
    last_bearing: &mut Option<f64>,
) -> bool {
    let out = displacement(centre, s.estimate.position);
    let on_circle = (out.horizontal_m() - radius_m.abs()).abs() <= (0.25 * radius_m.abs()).max(3.0);
    let bearing = out.azimuth().radians();
    let swept = last_bearing.replace(bearing).map_or(0.0, |last| wrapped_pi(bearing - last) * radius_m.signum());
    match until {
        Enough::Never => false,
        Enough::Radians(left) => {
            if on_circle {
                *left -= swept;
            }
            *left <= 0.0
        }
        Enough::Seconds { wanted, since } => {
            if since.is_none() && on_circle {
                *since = Some(s.now);
            }
            since.is_some_and(|since| s.now.seconds_since(since) >= *wanted)
        }
    }
}
