//! The way a plan leads: its stops, and the straight ways between them.

use std::f64::consts::TAU;

use telemetry::LatLon;

use super::Leg;
use super::check::{Checks, named};
use crate::notation::AltitudeNote;
use crate::ring;
use crate::site::ZoneKind;

/// A place a plan leads to, and what the vehicle does there.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stop {
    /// The leg, counted from 0.
    pub(super) leg: usize,
    pub(super) at: LatLon,
    pub(super) amsl_m: f64,
    /// How far from `at` it circles.
    pub(super) radius_m: f64,
    /// How long it stays.
    pub(super) hold_s: f64,
    /// How fast on the way there.
    pub(super) speed_m_s: f64,
}

impl Checks<'_> {
    /// Where the plan leads, in order; the take-off is a stop above home.
    pub(super) fn stops(&self) -> Vec<Stop> {
        let cruise = self.plan.cruise_m_s;
        let circle_m = self.performance.turn_radius_m;
        let stop = |leg: usize, at: LatLon, altitude: AltitudeNote| Stop {
            leg,
            at,
            amsl_m: self.amsl_m(altitude),
            radius_m: 0.0,
            hold_s: 0.0,
            speed_m_s: cruise,
        };
        let of_leg = |(n, leg): (usize, &Leg)| match *leg {
            Leg::TakeOff { altitude } => Some(stop(n, self.start.position, altitude)),
            Leg::Waypoint { at, altitude, speed_m_s } => {
                Some(Stop { speed_m_s: speed_m_s.unwrap_or(cruise), ..stop(n, at, altitude) })
            }
            Leg::Loiter { at, altitude, for_s } => {
                Some(Stop { hold_s: for_s, radius_m: circle_m, ..stop(n, at, altitude) })
            }
            Leg::Orbit { centre, altitude, radius_m, turns } => {
                let radius_m = radius_m.abs();
                Some(Stop { hold_s: turns * TAU * radius_m / cruise, radius_m, ..stop(n, centre, altitude) })
            }
            Leg::LookAt { .. }
            | Leg::LookAhead { .. }
            | Leg::Camera(_)
            | Leg::Repeat { .. }
            | Leg::ReturnHome
            | Leg::Land { .. } => None,
        };
        self.plan.legs.iter().enumerate().filter_map(of_leg).collect()
    }

    /// A stop lies in the fence with the circle flown there, in the band, and turns no tighter than the vehicle can.
    pub(super) fn place(&mut self, stop: &Stop) {
        let name = self.plan.legs[stop.leg].name();
        let ring = &self.plan.fence.ring;
        let (outside_m, to_edge_m) = (ring::outside_by_m(ring, stop.at), ring::to_edge_m(ring, stop.at));
        let over_m = if outside_m > 0.0 { outside_m + stop.radius_m } else { stop.radius_m - to_edge_m };
        if over_m > 0.0 {
            let found = if outside_m > 0.0 { "a place outside the fence" } else { "a circle that leaves the fence" };
            self.leg_fault(stop.leg, name, found, "inside the fence", Some(format!("{over_m:.0} m")));
        }
        let height_m = stop.amsl_m - self.start.altitude.metres;
        let [floor_m, ceiling_m] = self.band_m();
        let off_m = (height_m - height_m.clamp(floor_m.min(ceiling_m), ceiling_m.max(floor_m))).abs();
        if off_m > 1e-6 {
            let allowed = format!("{floor_m:.1} to {ceiling_m:.1} m above home");
            let field = format!("{name}.altitude");
            self.leg_fault(
                stop.leg,
                &field,
                format!("{height_m:.1} m above home"),
                allowed,
                Some(format!("{off_m:.1} m")),
            );
        }
        let tightest_m = self.performance.turn_radius_m;
        if name == "orbit" && stop.radius_m < tightest_m {
            let allowed = format!("at least {tightest_m} m for {}", named(self.performance.kind));
            self.leg_fault(
                stop.leg,
                "orbit.radius_m",
                format!("{} m", stop.radius_m),
                allowed,
                Some(format!("{:.0} m", tightest_m - stop.radius_m)),
            );
        }
    }

    /// Every straight way of the plan, from stop to stop, back for each repeat, and home.
    pub(super) fn ways(&self, stops: &[Stop]) -> Vec<(Stop, Stop)> {
        let mut ways = Vec::new();
        let mut last: Option<Stop> = None;
        for (n, leg) in self.plan.legs.iter().enumerate() {
            let next = match *leg {
                Leg::Repeat { from, .. } => stops.iter().find(|stop| stop.leg >= usize::from(from)).copied(),
                Leg::ReturnHome => last.map(|last| Stop { at: self.start.position, radius_m: 0.0, ..last }),
                Leg::Land { at } => last.map(|last| Stop { at, radius_m: 0.0, ..last }),
                _ => stops.iter().find(|stop| stop.leg == n).copied(),
            };
            let Some(next) = next.map(|next| Stop { leg: n, ..next }) else { continue };
            let home = Stop { at: self.start.position, radius_m: 0.0, ..next };
            ways.push((last.unwrap_or(home), next));
            if !matches!(leg, Leg::Repeat { .. }) {
                last = Some(next);
            }
        }
        ways
    }

    /// A way stays in the fence, out of restricted zones and on our side of the border.
    pub(super) fn way(&mut self, from: &Stop, to: &Stop) {
        let ring = &self.plan.fence.ring;
        let both_inside = ring::contains(ring, from.at) && ring::contains(ring, to.at);
        let name = self.plan.legs[to.leg].name();
        if both_inside && ring::crosses_edge(ring, from.at, to.at) {
            self.leg_fault(to.leg, name, "a way that leaves the fence", "a straight way inside the fence", None);
        }
        let (low, high) = (from.amsl_m.min(to.amsl_m), from.amsl_m.max(to.amsl_m));
        let site = self.site;
        for zone in &site.zones {
            let at_its_height = zone.floor.metres <= high && low <= zone.ceiling.metres;
            let (crossed, allowed) = match &zone.kind {
                ZoneKind::Restricted => (
                    ring::touched_by(&zone.ring, from.at, to.at) || ring::outside_by_m(&zone.ring, to.at) < to.radius_m,
                    format!("outside the restricted zone {}", zone.id),
                ),
                ZoneKind::Border(border) => (
                    border.depth_m(to.at) < to.radius_m || ring::crosses_line(&border.line, from.at, to.at),
                    format!("our side of the border {}", zone.id),
                ),
                ZoneKind::FlightControlled => continue,
            };
            if crossed && at_its_height {
                let found = format!("a way through {}", zone.name);
                self.leg_fault(to.leg, name, found, allowed, None);
            }
        }
    }
}
