//! Looks along every mission, then compares all pairs.

use std::collections::BTreeMap;

use geo::{Point, Rect};

use super::separation;
use super::zone::{Bounded, ZoneRule};
use super::{Airspace, Finding, Fix, LOOK_EVERY_S, Mission, PreflightError, Rule};

/// Where there is no light at all, s from it.
const DARK_MAX_S: f64 = 86_400.0;

/// Speeds are worked out of places and times, so one that is just as fast as allowed may come out a little faster.
const SPEED_SLACK_M_S: f64 = 1e-3;

/// Everything that missions break, by mission and rule.
///
/// # Errors
/// [`PreflightError`] when a mission cannot be checked; nothing is then known of the others either.
pub fn check(airspace: &Airspace<'_>, missions: &[Mission]) -> Result<Vec<Finding>, PreflightError> {
    for (number, mission) in missions.iter().enumerate() {
        mission.check(number)?;
    }
    let zones: Vec<Bounded<'_>> = airspace.zones.iter().map(Bounded::new).collect();
    let mut findings = Vec::new();
    for (number, mission) in missions.iter().enumerate() {
        findings.extend(alone(airspace, &zones, (number, mission)));
        for (later, other) in missions.iter().enumerate().skip(number + 1) {
            findings.extend(separation::worst(&airspace.rules, (number, mission), (later, other)));
        }
    }
    findings.sort_by(|a, b| (a.mission, &a.rule).cmp(&(b.mission, &b.rule)));
    Ok(findings)
}

/// Everything that a mission breaks by itself.
pub(super) fn alone(
    airspace: &Airspace<'_>,
    zones: &[Bounded<'_>],
    (number, mission): (usize, &Mission),
) -> Vec<Finding> {
    let mut worst = Worst { mission: number, by_rule: BTreeMap::new() };
    along(airspace, zones, mission, &mut worst);
    battery(mission, &mut worst);
    worst.by_rule.into_values().collect()
}

/// The worst of each rule so far.
struct Worst {
    mission: usize,
    by_rule: BTreeMap<Rule, Finding>,
}

impl Worst {
    fn put(&mut self, rule: Rule, leg: usize, fix: &Fix, by: f64) {
        if by <= 0.0 {
            return;
        }
        let mut legs = [leg, leg];
        if let Some(worst) = self.by_rule.get_mut(&rule) {
            worst.legs[1] = leg;
            if worst.by >= by {
                return;
            }
            legs = worst.legs;
        }
        let Fix { at_s, place_m, amsl_m } = *fix;
        let finding = Finding { mission: self.mission, rule: rule.clone(), leg, legs, at_s, place_m, amsl_m, by };
        self.by_rule.insert(rule, finding);
    }
}

fn along(airspace: &Airspace<'_>, zones: &[Bounded<'_>], mission: &Mission, worst: &mut Worst) {
    let [begins_s, ends_s] = [mission.fixes[0].at_s, mission.fixes[mission.fixes.len() - 1].at_s];
    let reach = reach(mission);
    let met: Vec<(usize, &Bounded<'_>)> =
        zones.iter().enumerate().filter(|(_, zone)| zone.is_met(begins_s, ends_s, &reach)).collect();
    let rules = &airspace.rules;
    let looks = ((ends_s - begins_s) / LOOK_EVERY_S).floor() as u64;
    let mut leg = 0;
    // The end is looked at too, where it falls between two looks.
    let times = (0..=looks).map(|look| begins_s + look as f64 * LOOK_EVERY_S).chain([ends_s]);
    for at_s in times {
        while leg + 2 < mission.fixes.len() && mission.fixes[leg + 1].at_s <= at_s {
            leg += 1;
        }
        let fix = mission.at(leg, at_s);
        let point = Point::new(fix.place_m[0], fix.place_m[1]);
        for out_m in airspace.fences.iter().filter_map(|fence| fence.outside_m(point)) {
            worst.put(Rule::Fence, leg, &fix, out_m);
        }
        if let Some(light_s) = &airspace.light_s {
            let off_s = |[from, to]: &[f64; 2]| (from - at_s).max(at_s - to).max(0.0);
            worst.put(Rule::Dark, leg, &fix, light_s.iter().map(off_s).fold(DARK_MAX_S, f64::min));
        }
        let ground_m = airspace.ground.as_ref().and_then(|ground| ground.height_m(fix.place_m));
        let agl_m = ground_m.map(|ground_m| fix.amsl_m - ground_m);
        if let Some(agl_m) = agl_m {
            worst.put(Rule::TooHigh, leg, &fix, agl_m - rules.agl_max_m);
        }
        if let Some(agl_m) = agl_m.filter(|_| !mission.ground_legs.contains(&leg)) {
            worst.put(Rule::TooLow, leg, &fix, rules.agl_min_m - agl_m);
            if mission.speed_m_s(leg) > rules.fast_m_s + SPEED_SLACK_M_S {
                worst.put(Rule::SpeedLayer, leg, &fix, rules.slow_below_agl_m - agl_m);
            }
        }
        for (number, zone) in &met {
            let rule = match zone.zone.rule {
                ZoneRule::Prohibited => Rule::Prohibited(*number),
                ZoneRule::Closed => Rule::Closed(*number),
                ZoneRule::KeptOut => Rule::KeptOut(*number),
                ZoneRule::NeedsAuthorisation if mission.authorised.contains(&zone.zone.id) => continue,
                ZoneRule::NeedsAuthorisation => Rule::Unauthorised(*number),
            };
            if let Some(depth_m) = zone.depth_m(at_s, fix.place_m, fix.amsl_m, agl_m) {
                worst.put(rule, leg, &fix, depth_m);
            }
        }
    }
}

fn battery(mission: &Mission, worst: &mut Worst) {
    let last = mission.fixes.len() - 1;
    let used_wh = mission.power_w * (mission.fixes[last].at_s - mission.fixes[0].at_s) / 3600.0;
    let short_wh = used_wh - mission.battery_wh * (1.0 - mission.reserve);
    worst.put(Rule::Battery, last - 1, &mission.fixes[last], short_wh);
}

/// The rectangle a mission stays in.
fn reach(mission: &Mission) -> Rect {
    let along = |axis: usize| {
        let numbers = mission.fixes.iter().map(|fix| fix.place_m[axis]);
        numbers.fold([f64::INFINITY, f64::NEG_INFINITY], |[low, high], number| [low.min(number), high.max(number)])
    };
    let ([west, east], [south, north]) = (along(0), along(1));
    Rect::new((west, south), (east, north))
}
