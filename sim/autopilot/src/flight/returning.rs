//! Returning home, or to the nearest rally point, and landing there.
//!
//! A copter climbs, flies over, waits and lands. A boat goes there and stays. An aeroplane circles down over the place,
//! flies out downwind, turns and lands into the wind; ArduPlane would circle for ever unless the mission holds a landing
//! sequence (`DO_LAND_START`, used here too), so `RTL_AUTOLAND` 1, our default, stands for "lands at home by itself".

use telemetry::messages::VehicleKind;
use telemetry::{AltitudeHae, Enu, Geodetic, Timestamp};

use super::super::local::{displacement, distance_m, moved};
use super::super::parameters::Parameter;
use super::{Datum, Flight, Mode, Severity, Situation, Task};

/// An aeroplane starts its final approach this high, and this many times as far away.
const APPROACH_HEIGHT_M: f64 = 40.0;
const APPROACH_RATIO: f64 = 16.0;
/// Below this wind an aeroplane lands from where it comes.
const WIND_THAT_MATTERS_M_S: f64 = 1.0;
/// The least height a copter climbs to above home, however near.
const CLIMB_MIN_M: f64 = 2.0;

/// How far the return has come.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Stage {
    Climb {
        height: AltitudeHae,
    },
    Travel {
        from: Geodetic,
    },
    Wait {
        until: Timestamp,
    },
    /// An aeroplane above the place, sinking to the height of the approach.
    Circle,
    Outbound {
        start: Geodetic,
    },
    Last,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Return {
    /// Where to, at the height to arrive at.
    target: Geodetic,
    stage: Stage,
}

impl Flight {
    pub(super) fn begin_return(&mut self, s: &Situation<'_>) {
        if let Some(frame) = self.rally_frame_it_trips_over(s) {
            self.notices.say(Severity::Critical, format!("RTL: unsupported MAV_FRAME {frame}"));
            self.task = Task::Stay { at: self.stopping_point(s) };
            return;
        }
        let Some(target) = self.return_target(s) else { return };
        let here = s.estimate.position;
        let grounded = self.landed || s.motion.contact;
        let (target, stage) = match s.kind() {
            VehicleKind::Boat | VehicleKind::Rov => {
                self.task = Task::Fly { from: here, to: target, exit_m_s: 0.0 };
                (target, Stage::Travel { from: here })
            }
            VehicleKind::FixedWing => {
                let radius_m = circle_radius_m(s);
                self.task = if grounded { Task::Rest } else { Task::Circle { centre: target, radius_m } };
                (target, Stage::Circle)
            }
            VehicleKind::Multirotor | VehicleKind::Vtol | VehicleKind::Unknown if grounded => {
                self.task = Task::Descend { at: None };
                (target, Stage::Last)
            }
            VehicleKind::Vtol => {
                self.task = Task::Fly { from: here, to: target, exit_m_s: 0.0 };
                (target, Stage::Travel { from: here })
            }
            VehicleKind::Multirotor | VehicleKind::Unknown => {
                let height = self.return_height(s, target);
                self.task = Task::Stay { at: self.stopping_point(s).lat_lon().at_height(height) };
                (target.lat_lon().at_height(height), Stage::Climb { height })
            }
        };
        self.returning = Some(Return { target, stage });
    }

    /// The frame of a rally point PX4 has stored and cannot return to, where it would be the one.
    fn rally_frame_it_trips_over(&self, s: &Situation<'_>) -> Option<u8> {
        if !s.quirks.trips_over_int_rally_frame {
            return None;
        }
        let int_frames = [5, 6, 11];
        self.items.rally.iter().map(|item| item.frame).find(|frame| int_frames.contains(frame))
    }

    /// Home, or a rally point that is nearer and not too far away.
    fn return_target(&self, s: &Situation<'_>) -> Option<Geodetic> {
        let datums = self.datums(s);
        let here = s.estimate.position;
        let limit_m = 1000.0 * s.parameters.get(Parameter::RallyLimitKm);
        let rally = self
            .items
            .rally
            .iter()
            .map(|item| datums.place(item, here))
            .min_by(|a, b| distance_m(here, *a).total_cmp(&distance_m(here, *b)))
            .filter(|at| limit_m <= 0.0 || distance_m(here, *at) <= limit_m);
        let home = self.home.map(|home| {
            let height = match s.kind() {
                VehicleKind::FixedWing | VehicleKind::Vtol => {
                    let above_home_m = s.parameters.get(Parameter::RtlAltitude);
                    if above_home_m < 0.0 { here.height() } else { datums.height(Datum::Home, above_home_m) }
                }
                _ => home.height(),
            };
            home.lat_lon().at_height(height)
        });
        match (rally, home) {
            (Some(rally), Some(home)) => {
                let home_counts = s.parameters.choice(Parameter::RallyInclHome) != 0;
                let home_nearer = distance_m(here, home) <= distance_m(here, rally);
                Some(if home_counts && home_nearer { home } else { rally })
            }
            (rally, home) => rally.or(home),
        }
    }

    /// The height a copter returns at: `RTL_ALT`, never down, and lower close to home (`RTL_CONE_SLOPE`).
    fn return_height(&self, s: &Situation<'_>, target: Geodetic) -> AltitudeHae {
        let home = self.datums(s).home.height().metres;
        let here = s.estimate.position.height().metres;
        let set = home + s.parameters.metres(Parameter::RtlAlt).max(CLIMB_MIN_M);
        let cone = s.parameters.get(Parameter::RtlConeSlope);
        let by_cone = if cone > 0.0 {
            home + (cone * distance_m(s.estimate.position, target)).max(CLIMB_MIN_M)
        } else {
            f64::INFINITY
        };
        AltitudeHae::new(set.min(by_cone).max(here))
    }

    /// Goes on with the return. True once a boat has arrived; an aircraft's landing is seen elsewhere.
    pub(super) fn step_return(&mut self, s: &Situation<'_>) -> bool {
        let Some(Return { target, stage }) = self.returning else { return false };
        let here = s.estimate.position;
        let next = match stage {
            Stage::Climb { height } if here.height().metres >= height.metres - 0.5 => {
                let from = here.lat_lon().at_height(height);
                self.task = Task::Fly { from, to: target, exit_m_s: 0.0 };
                Stage::Travel { from }
            }
            Stage::Travel { from } => {
                let radius_m = match s.kind() {
                    VehicleKind::Boat => s.parameters.get(Parameter::WpRadius).max(0.5),
                    VehicleKind::Vtol => s.back_transition_m(),
                    _ => s.parameters.metres(Parameter::WpnavRadius).max(0.3),
                };
                if !self.arrived(s, from, target, radius_m, s.winged()) {
                    return false;
                }
                self.task = Task::Stay { at: target };
                if s.floats() {
                    self.notices.say(Severity::Info, "Reached destination");
                    self.returning = Some(Return { target, stage: Stage::Last });
                    return true;
                }
                let wait_ms = s.parameters.get(Parameter::RtlLoitTime);
                let wait_s = if s.winged() { 0.0 } else { wait_ms.clamp(0.0, 600_000.0) / 1000.0 };
                Stage::Wait { until: s.now.offset_seconds(wait_s) }
            }
            Stage::Wait { until } if s.now >= until && self.arrived(s, here, target, 2.0, false) => {
                let final_m = s.parameters.metres(Parameter::RtlAltFinal);
                self.task = if final_m > 0.0 {
                    Task::Stay { at: target.lat_lon().at_height(self.datums(s).height(Datum::Home, final_m)) }
                } else {
                    Task::Descend { at: Some(target) }
                };
                Stage::Last
            }
            Stage::Circle => return self.circle_down(s, target),
            Stage::Outbound { start } if distance_m(here, start) <= s.parameters.get(Parameter::WpRadius).max(20.0) => {
                self.task = Task::Approach { from: start, to: target.lat_lon().at_height(s.ground) };
                Stage::Last
            }
            Stage::Climb { .. } | Stage::Wait { .. } | Stage::Outbound { .. } | Stage::Last => return false,
        };
        self.returning = Some(Return { target, stage: next });
        false
    }

    /// An aeroplane above the place it returns to.
    fn circle_down(&mut self, s: &Situation<'_>, target: Geodetic) -> bool {
        let here = s.estimate.position;
        let radius_m = circle_radius_m(s);
        let above = distance_m(here, target) <= 1.4 * radius_m.abs();
        if !above || s.parameters.choice(Parameter::RtlAutoland) == 0 {
            return false;
        }
        if let Some(index) = self.land_start() {
            if self.set_mode(s, Mode::Auto).is_ok() {
                self.advance_to(s, index);
            }
            return false;
        }
        let low = AltitudeHae::new(s.ground.metres + APPROACH_HEIGHT_M);
        self.task = Task::Circle { centre: target.lat_lon().at_height(low), radius_m };
        if here.height().metres <= low.metres + 5.0 {
            let start = self.approach_start(s, target.lat_lon().at_height(low));
            self.task = Task::Fly { from: here, to: start, exit_m_s: 0.0 };
            self.returning = Some(Return { target, stage: Stage::Outbound { start } });
        }
        false
    }

    /// Downwind of the touch-down point, so that the landing is into the wind.
    fn approach_start(&self, s: &Situation<'_>, above: Geodetic) -> Geodetic {
        let [east, north] = s.wind;
        let wind_m_s = east.hypot(north);
        let (east, north) = if wind_m_s > WIND_THAT_MATTERS_M_S {
            (east / wind_m_s, north / wind_m_s)
        } else {
            let out = displacement(above, s.estimate.position);
            let distance_m = out.horizontal_m().max(1.0);
            (out.east_m / distance_m, out.north_m / distance_m)
        };
        let far_m = APPROACH_RATIO * APPROACH_HEIGHT_M;
        moved(above, Enu { east_m: east * far_m, north_m: north * far_m, up_m: 0.0 })
    }
}

fn circle_radius_m(s: &Situation<'_>) -> f64 {
    let radius_m = s.parameters.get(Parameter::RtlRadius);
    if radius_m == 0.0 { s.parameters.get(Parameter::WpLoiterRad) } else { radius_m }
}
