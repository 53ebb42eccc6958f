//! Looks along every mission, then compares all pairs.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

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
        mission.sound(number)?;
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

/// Everything that the first of these missions breaks, by itself and with each of the others; what the others break is
/// theirs, and one that cannot be checked is passed over.
///
/// # Errors
/// [`PreflightError`] when the first cannot be checked.
pub fn check_first(airspace: &Airspace<'_>, missions: &[Mission]) -> Result<Vec<Finding>, PreflightError> {
    let Some(first) = missions.first() else { return Ok(Vec::new()) };
    first.sound(0)?;
    let zones: Vec<Bounded<'_>> = airspace.zones.iter().map(Bounded::new).collect();
    let mut findings = alone(airspace, &zones, (0, first));
    let others = missions.iter().enumerate().skip(1).filter(|(number, other)| other.sound(*number).is_ok());
    findings
        .extend(others.filter_map(|(number, other)| separation::worst(&airspace.rules, (0, first), (number, other))));
    Ok(findings)
}

/// Everything that a mission breaks by itself.
pub(super) fn alone(
    airspace: &Airspace<'_>,
    zones: &[Bounded<'_>],
    (number, mission): (usize, &Mission),
) -> Vec<Finding> {
    let mut worst = Worst { mission: number, by_rule: BTreeMap::new() };
    let whole = [0, mission.fixes.len() - 2];
    let (_, _unbroken) = along(airspace, zones, mission, whole, &mut |breach| {
        worst.put(breach);
        ControlFlow::Continue(())
    });
    worst.put(battery(mission));
    worst.by_rule.into_values().collect()
}

/// The worst of each rule so far.
struct Worst {
    mission: usize,
    by_rule: BTreeMap<Rule, Finding>,
}

/// A rule that is broken at a moment; not at all where `by` is not above 0.
pub(super) struct Breach {
    pub(super) rule: Rule,
    leg: usize,
    fix: Fix,
    by: f64,
}

impl Worst {
    fn put(&mut self, Breach { rule, leg, fix, by }: Breach) {
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
        let Fix { at_s, place_m, amsl_m } = fix;
        let finding = Finding { mission: self.mission, rule: rule.clone(), leg, legs, at_s, place_m, amsl_m, by };
        self.by_rule.insert(rule, finding);
    }
}

/// Hands every breach on the first to the last of some legs to `take`, as they are flown, and breaks off when it does;
/// gives the number of looks. The moments looked at are those of the whole mission.
pub(super) fn along(
    airspace: &Airspace<'_>,
    zones: &[Bounded<'_>],
    mission: &Mission,
    [first, last]: [usize; 2],
    take: &mut dyn FnMut(Breach) -> ControlFlow<()>,
) -> (u64, ControlFlow<()>) {
    let begins_s = mission.fixes[0].at_s;
    let [from_s, to_s] = [mission.fixes[first].at_s, mission.fixes[last + 1].at_s];
    let reach = reach(&mission.fixes[first..=last + 1]);
    let met: Vec<(usize, &Bounded<'_>)> =
        zones.iter().enumerate().filter(|(_, zone)| zone.is_met(from_s, to_s, &reach)).collect();
    let looks = [((from_s - begins_s) / LOOK_EVERY_S).ceil(), ((to_s - begins_s) / LOOK_EVERY_S).floor()];
    let looks = looks.map(|look| look as u64);
    let (mut leg, mut done) = (first, 0);
    // The end is looked at too, where it falls between two looks.
    let times = (looks[0]..=looks[1]).map(|look| begins_s + look as f64 * LOOK_EVERY_S).chain([to_s]);
    for at_s in times {
        while leg < last && mission.fixes[leg + 1].at_s <= at_s {
            leg += 1;
        }
        done += 1;
        if look(airspace, &met, mission, leg, mission.at(leg, at_s), take).is_break() {
            return (done, ControlFlow::Break(()));
        }
    }
    (done, ControlFlow::Continue(()))
}

/// One look at a mission: what it breaks there and then.
fn look(
    airspace: &Airspace<'_>,
    met: &[(usize, &Bounded<'_>)],
    mission: &Mission,
    leg: usize,
    fix: Fix,
    take: &mut dyn FnMut(Breach) -> ControlFlow<()>,
) -> ControlFlow<()> {
    let mut put =
        |rule: Rule, by: f64| if by > 0.0 { take(Breach { rule, leg, fix, by }) } else { ControlFlow::Continue(()) };
    let Fix { at_s, place_m, amsl_m } = fix;
    let rules = &airspace.rules;
    let point = Point::new(place_m[0], place_m[1]);
    for out_m in airspace.fences.iter().filter_map(|fence| fence.outside_m(point)) {
        put(Rule::Fence, out_m)?;
    }
    if let Some(light_s) = &airspace.light_s {
        let off_s = |[from, to]: &[f64; 2]| (from - at_s).max(at_s - to).max(0.0);
        put(Rule::Dark, light_s.iter().map(off_s).fold(DARK_MAX_S, f64::min))?;
    }
    let ground_m = airspace.ground.as_ref().and_then(|ground| ground.height_m(place_m));
    let agl_m = ground_m.map(|ground_m| amsl_m - ground_m);
    if let Some(agl_m) = agl_m {
        put(Rule::TooHigh, agl_m - rules.agl_max_m)?;
    }
    if let Some(agl_m) = agl_m.filter(|_| !mission.ground_legs.contains(&leg)) {
        put(Rule::TooLow, rules.agl_min_m - agl_m)?;
        if mission.speed_m_s(leg) > rules.fast_m_s + SPEED_SLACK_M_S && !mission.passing_legs.contains(&leg) {
            put(Rule::SpeedLayer, rules.slow_below_agl_m - agl_m)?;
        }
    }
    for (number, zone) in met {
        let rule = match zone.zone.rule {
            ZoneRule::Prohibited => Rule::Prohibited(*number),
            ZoneRule::Closed => Rule::Closed(*number),
            ZoneRule::KeptOut => Rule::KeptOut(*number),
            ZoneRule::NeedsAuthorisation if mission.authorised.contains(&zone.zone.id) => continue,
            ZoneRule::NeedsAuthorisation => Rule::Unauthorised(*number),
        };
        if let Some(depth_m) = zone.depth_m(at_s, place_m, amsl_m, agl_m) {
            put(rule, depth_m)?;
        }
    }
    ControlFlow::Continue(())
}

/// By how much a mission comes home short of its reserve.
pub(super) fn battery(mission: &Mission) -> Breach {
    let last = mission.fixes.len() - 1;
    let used_wh = mission.power_w * (mission.fixes[last].at_s - mission.fixes[0].at_s) / 3600.0;
    let short_wh = used_wh - mission.battery_wh * (1.0 - mission.reserve);
    Breach { rule: Rule::Battery, leg: last - 1, fix: mission.fixes[last], by: short_wh }
}

/// The rectangle that a way stays in.
fn reach(fixes: &[Fix]) -> Rect {
    let along = |axis: usize| {
        let numbers = fixes.iter().map(|fix| fix.place_m[axis]);
        numbers.fold([f64::INFINITY, f64::NEG_INFINITY], |[low, high], number| [low.min(number), high.max(number)])
    };
    let ([west, east], [south, north]) = (along(0), along(1));
    Rect::new((west, south), (east, north))
}
