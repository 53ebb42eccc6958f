//! The checks of a plan: each looks at one thing and notes what is wrong; a plan without faults becomes a
//! [`CheckedPlan`].

use telemetry::AltitudeAmsl;

use super::estimate::estimate;
use super::message::message;
use super::way::Stop;
use super::{CheckedPlan, FlightEstimate, Leg, Plan, PlanFault, Start};
use crate::notation::AltitudeNote;
use crate::performance::Performance;
use crate::ring;
use crate::site::Site;

/// Checks a plan.
pub(super) fn check(
    plan: &Plan,
    site: &Site,
    start: &Start,
    performance: &Performance,
) -> Result<CheckedPlan, Vec<PlanFault>> {
    let mut checks = Checks { plan, site, start, performance, faults: Vec::new() };
    checks.vehicle();
    checks.order();
    checks.repeats();
    let stops = checks.stops();
    checks.fence();
    checks.depths(&stops);
    for stop in &stops {
        checks.place(stop);
    }
    for (from, to) in checks.ways(&stops) {
        checks.way(&from, &to);
    }
    checks.rally_points();
    let estimate = estimate(&plan.legs, &stops, start, performance);
    checks.battery(&estimate);
    let mut faults = checks.faults;
    if faults.is_empty() {
        let message = message(plan, site, start);
        let (title, vehicle) = (plan.title.clone(), plan.vehicle);
        return Ok(CheckedPlan { message, title, vehicle, start: *start, estimate });
    }
    faults.sort_by_key(|fault| fault.leg.unwrap_or(usize::MAX));
    Err(faults)
}

/// A plan being checked.
pub(super) struct Checks<'p> {
    pub(super) plan: &'p Plan,
    pub(super) site: &'p Site,
    pub(super) start: &'p Start,
    pub(super) performance: &'p Performance,
    pub(super) faults: Vec<PlanFault>,
}

impl Checks<'_> {
    pub(super) fn leg_fault(
        &mut self,
        leg: usize,
        field: &str,
        found: impl Into<String>,
        allowed: impl Into<String>,
        by: Option<String>,
    ) {
        let line = self.plan.lines.legs.get(leg).copied().unwrap_or(self.plan.lines.plan);
        let field = if field.is_empty() { format!("legs[{leg}]") } else { format!("legs[{leg}].{field}") };
        let (found, allowed) = (found.into(), allowed.into());
        self.faults.push(PlanFault { leg: Some(leg + 1), line, field, found, allowed, by });
    }

    fn plan_fault(
        &mut self,
        line: usize,
        field: &str,
        found: impl Into<String>,
        allowed: impl Into<String>,
        by: Option<String>,
    ) {
        let (field, found, allowed) = (field.to_owned(), found.into(), allowed.into());
        self.faults.push(PlanFault { leg: None, line, field, found, allowed, by });
    }

    fn vehicle(&mut self) {
        let (plan, can) = (self.plan, self.performance);
        let line = plan.lines.plan;
        if plan.vehicle != can.kind {
            let (found, allowed) =
                (format!("a plan for {}", named(plan.vehicle)), format!("one for {}", named(can.kind)));
            self.plan_fault(line, "vehicle", found, allowed, None);
        }
        let speeds = can.speed_min_m_s..=can.speed_max_m_s;
        let allowed = format!("{} to {} m/s for {}", speeds.start(), speeds.end(), named(can.kind));
        let by = |speed: f64| Some(format!("{:.1} m/s", (speed - speed.clamp(*speeds.start(), *speeds.end())).abs()));
        if !speeds.contains(&plan.cruise_m_s) {
            self.plan_fault(
                line,
                "cruise_m_s",
                format!("{} m/s", plan.cruise_m_s),
                allowed.clone(),
                by(plan.cruise_m_s),
            );
        }
        for (n, leg) in plan.legs.iter().enumerate() {
            match leg {
                Leg::Waypoint { speed_m_s: Some(speed), .. } if !speeds.contains(speed) => {
                    self.leg_fault(n, "waypoint.speed_m_s", format!("{speed} m/s"), allowed.clone(), by(*speed));
                }
                _ => {}
            }
        }
    }

    pub(super) fn amsl_m(&self, note: AltitudeNote) -> f64 {
        amsl(note, self.site, self.start).metres
    }

    fn fence(&mut self) {
        let (plan, line) = (self.plan, self.plan.lines.fence);
        if let Some((a, b)) = ring::self_crossing(&plan.fence.ring) {
            let found = format!("a ring whose sides after corners {} and {} cross or meet", a + 1, b + 1);
            self.plan_fault(line, "fence.ring", found, "a ring that does not cross itself", None);
        }
        let outside_m = ring::outside_by_m(&plan.fence.ring, self.start.position);
        if outside_m > 0.0 {
            let allowed = "a ring around the place of take-off";
            self.plan_fault(line, "fence.ring", "home outside the fence", allowed, Some(format!("{outside_m:.0} m")));
        }
        let [floor_m, ceiling_m] = self.band_m();
        if floor_m >= ceiling_m {
            let found = format!("a ceiling {ceiling_m:.1} m and a floor {floor_m:.1} m above home");
            self.plan_fault(
                line,
                "fence.ceiling",
                found,
                "the ceiling above the floor",
                Some(format!("{:.1} m", floor_m - ceiling_m)),
            );
        }
        let height_max_m = self.performance.height_max_m;
        if self.performance.flies() && ceiling_m > height_max_m {
            let allowed = format!("at most {height_max_m} m above home for {}", named(self.performance.kind));
            self.plan_fault(
                line,
                "fence.ceiling",
                format!("{ceiling_m:.1} m above home"),
                allowed,
                Some(format!("{:.1} m", ceiling_m - height_max_m)),
            );
        }
    }

    /// Only what dives has depths, and no deeper than it can; and it leads nowhere above the surface.
    fn depths(&mut self, stops: &[Stop]) {
        let can = self.performance;
        if can.depth_max_m <= 0.0 {
            for (n, leg) in self.plan.legs.iter().enumerate() {
                if let Some(AltitudeNote::DepthM(depth_m)) = leg.altitude() {
                    let (field, found) = (format!("{}.altitude", leg.name()), format!("a depth of {depth_m} m"));
                    let allowed = format!("a height: {} does not dive", named(can.kind));
                    self.leg_fault(n, &field, found, allowed, None);
                }
            }
            return;
        }
        for stop in stops {
            let depth_m = self.start.altitude.metres - stop.amsl_m;
            let off_m = (depth_m - depth_m.clamp(0.0, can.depth_max_m)).abs();
            if off_m > 1e-6 {
                let field = format!("{}.altitude", self.plan.legs[stop.leg].name());
                let found = if depth_m < 0.0 {
                    format!("{:.1} m above the surface", -depth_m)
                } else {
                    format!("a depth of {depth_m:.1} m")
                };
                let allowed = format!("a depth of 0 to {} m for {}", can.depth_max_m, named(can.kind));
                self.leg_fault(stop.leg, &field, found, allowed, Some(format!("{off_m:.1} m")));
            }
        }
    }

    /// The fence's floor and ceiling, metres above home.
    pub(super) fn band_m(&self) -> [f64; 2] {
        let home_m = self.start.altitude.metres;
        [self.plan.fence.floor, self.plan.fence.ceiling].map(|note| self.amsl_m(note) - home_m)
    }

    fn rally_points(&mut self) {
        let [floor_m, ceiling_m] = self.band_m();
        for (n, rally) in self.plan.rally_points.clone().iter().enumerate() {
            let line = self.plan.lines.rally_points.get(n).copied().unwrap_or(self.plan.lines.plan);
            let outside_m = ring::outside_by_m(&self.plan.fence.ring, rally.at);
            if outside_m > 0.0 {
                let field = format!("rally[{n}].at");
                self.plan_fault(
                    line,
                    &field,
                    "a place outside the fence",
                    "inside the fence",
                    Some(format!("{outside_m:.0} m")),
                );
            }
            let height_m = self.amsl_m(rally.altitude) - self.start.altitude.metres;
            if !(floor_m..=ceiling_m).contains(&height_m) {
                let field = format!("rally[{n}].altitude");
                let allowed = format!("{floor_m:.1} to {ceiling_m:.1} m above home");
                self.plan_fault(line, &field, format!("{height_m:.1} m above home"), allowed, None);
            }
        }
    }

    fn battery(&mut self, estimate: &FlightEstimate) {
        let budget = self.start.battery - self.plan.battery_reserve;
        if estimate.battery > budget {
            let minutes = |share: f64| share * self.performance.endurance_s / 60.0;
            let found = format!(
                "a flight of {:.1} min, {:.0} % of the battery",
                estimate.duration_s / 60.0,
                estimate.battery * 100.0
            );
            let allowed = format!(
                "{:.1} min: {:.0} % in the battery less {:.0} % reserve, of {:.0} min when full",
                minutes(budget).max(0.0),
                self.start.battery * 100.0,
                self.plan.battery_reserve * 100.0,
                minutes(1.0)
            );
            let by = Some(format!("{:.1} min", minutes(estimate.battery - budget)));
            self.plan_fault(self.plan.lines.plan, "legs", found, allowed, by);
        }
    }
}

pub(super) fn amsl(note: AltitudeNote, site: &Site, start: &Start) -> AltitudeAmsl {
    note.amsl(site.ground, Some(start.altitude)).unwrap_or(start.altitude)
}

pub(super) fn named(kind: telemetry::messages::VehicleKind) -> &'static str {
    use telemetry::messages::VehicleKind;
    match kind {
        VehicleKind::Multirotor => "a multirotor",
        VehicleKind::FixedWing => "a fixed wing",
        VehicleKind::Boat => "a boat",
        VehicleKind::Vtol => "a VTOL",
        VehicleKind::Rov => "an underwater vehicle",
        VehicleKind::Unknown => "a vehicle of unknown kind",
    }
}
