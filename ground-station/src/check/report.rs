//! What the check found, for people and as JSON: leg, time, zone, by how much, and the nearest legal change.

use std::fmt::Write as _;

use missions::formats::Flight;
use planning::preflight::{Airspace, Change, Finding, Mission, Rule, nearest_changes};
use serde_json::{Value, json};
use telemetry::Timestamp;

use super::aircraft::RulesFile;
use super::way::Way;
use crate::plan::level::Level;

/// The points of the compass, from north.
const COMPASS: [&str; 16] = [
    "north",
    "north-north-east",
    "north-east",
    "east-north-east",
    "east",
    "east-south-east",
    "south-east",
    "south-south-east",
    "south",
    "south-south-west",
    "south-west",
    "west-south-west",
    "west",
    "west-north-west",
    "north-west",
    "north-north-west",
];

/// A mission that was checked.
pub(super) struct Checked<'c> {
    pub(super) number: usize,
    pub(super) read_name: &'c str,
    pub(super) flight: &'c Flight,
    pub(super) way: &'c Way,
    /// Names of the airspace's zones, for people.
    pub(super) names: &'c [Option<String>],
}

/// Everything that was found.
pub(super) struct Report {
    departs: Timestamp,
    rules: RulesFile,
    zones: usize,
    zones_near: usize,
    /// About the vehicle and the weather.
    pub(super) faults: Vec<String>,
    /// What nobody looked at.
    pub(super) unchecked: Vec<String>,
    missions: Vec<OfMission>,
}

struct OfMission {
    name: String,
    violations: Vec<Violation>,
    assumed: Vec<String>,
    unknown_ways: Vec<String>,
}

struct Violation {
    rule: &'static str,
    text: String,
    zone: Option<String>,
    /// Counted from 1.
    leg: usize,
    place: String,
    at: Timestamp,
    /// Longitude and latitude, degrees.
    position: Option<[f64; 2]>,
    amsl_m: f64,
    by: f64,
    unit: &'static str,
    changes: Vec<String>,
}

impl Report {
    pub(super) fn new(departs: Timestamp, rules: RulesFile, zones: usize, zones_near: usize) -> Self {
        Self { departs, rules, zones, zones_near, faults: Vec::new(), unchecked: Vec::new(), missions: Vec::new() }
    }

    /// Whether nothing is against the rules.
    pub(super) fn is_clear(&self) -> bool {
        let clear = |mission: &OfMission| mission.violations.is_empty() && mission.unknown_ways.is_empty();
        self.faults.is_empty() && self.missions.iter().all(clear)
    }

    /// Takes what was found of a mission, and looks for the nearest changes.
    pub(super) fn take(
        &mut self,
        checked: &Checked<'_>,
        airspace: &Airspace<'_>,
        missions: &[Mission],
        findings: &[Finding],
        frame: &Level,
    ) {
        if self.missions.len() <= checked.number {
            self.missions.push(OfMission {
                name: checked.read_name.to_owned(),
                violations: Vec::new(),
                assumed: checked.way.assumed.clone(),
                unknown_ways: checked.flight.unknown_ways.clone(),
            });
        }
        for finding in findings {
            let changes = nearest_changes(airspace, missions, finding);
            let violation = self.violation(checked, airspace, finding, &changes, frame);
            self.missions[checked.number].violations.push(violation);
        }
    }

    fn violation(
        &self,
        checked: &Checked<'_>,
        airspace: &Airspace<'_>,
        finding: &Finding,
        changes: &[Change],
        frame: &Level,
    ) -> Violation {
        let by = finding.by;
        let zone = |number: usize| {
            let id = airspace.zones[number].id.clone();
            match checked.names.get(number).and_then(Option::as_ref).filter(|name| **name != id) {
                Some(name) => format!("{id} ({name})"),
                None => id,
            }
        };
        let rules = &self.rules;
        let (rule, unit, text, zone) = match finding.rule {
            Rule::Fence => ("fence", "m", format!("{by:.0} m outside the fence"), None),
            Rule::TooLow => {
                ("too_low", "m", format!("{by:.0} m too low: the least is {} m above ground", rules.agl_min_m), None)
            }
            Rule::TooHigh => {
                let into =
                    if by <= rules.buffer_top_m - rules.agl_max_m { ", in the layer that is kept empty" } else { "" };
                (
                    "too_high",
                    "m",
                    format!("{by:.0} m too high{into}: allowed are {} m above ground", rules.agl_max_m),
                    None,
                )
            }
            Rule::SpeedLayer => {
                let text = format!(
                    "faster than {} m/s, {by:.0} m below the fast layer that begins {} m above ground",
                    rules.fast_m_s, rules.slow_below_agl_m
                );
                ("speed_layer", "m", text, None)
            }
            Rule::Battery => {
                let minutes = by * 60.0 / checked.way.mission.power_w.max(1e-9);
                let reserve = checked.way.mission.reserve * 100.0;
                ("battery", "Wh", format!("{by:.1} Wh ({minutes:.1} min) short of a reserve of {reserve:.0} %"), None)
            }
            Rule::Prohibited(number) => {
                ("zone_prohibited", "m", format!("{by:.0} m inside a prohibited zone"), Some(zone(number)))
            }
            Rule::Unauthorised(number) => (
                "zone_unauthorised",
                "m",
                format!("{by:.0} m inside a zone that needs an authorisation"),
                Some(zone(number)),
            ),
            Rule::Closed(number) => ("closed", "m", format!("{by:.0} m inside a closed area"), Some(zone(number))),
            Rule::KeptOut(number) => {
                ("keep_out", "m", format!("{by:.0} m inside an area its own fence keeps it out of"), Some(zone(number)))
            }
            Rule::Dark => ("dark", "s", format!("in the dark, {:.0} min from the light", by / 60.0), None),
            Rule::Separation(other) => {
                ("separation", "m", format!("{by:.0} m too close to mission {}", other + 1), None)
            }
        };
        let leg = checked.way.leg_of[finding.leg];
        let mut told: Vec<String> = changes.iter().map(|change| self.told(checked, change)).collect();
        if matches!(finding.rule, Rule::Unauthorised(_)) {
            told.push("or file an authorisation for the zone".to_owned());
        }
        if told.is_empty() {
            told.push("none of the usual changes makes it legal: plan it anew".to_owned());
        }
        Violation {
            rule,
            text,
            zone,
            leg: leg + 1,
            place: checked.flight.legs[leg].place.clone(),
            at: self.departs.offset_seconds(finding.at_s),
            position: frame.lat_lon(finding.place_m).map(|at| [at.longitude_deg(), at.latitude_deg()]),
            amsl_m: finding.amsl_m,
            by,
            unit,
            changes: told,
        }
    }

    fn told(&self, checked: &Checked<'_>, change: &Change) -> String {
        let legs = |legs: &[usize; 2]| {
            let [first, last] = legs.map(|leg| checked.way.leg_of[leg.min(checked.way.leg_of.len() - 1)] + 1);
            if first == last { format!("leg {first}") } else { format!("legs {first} to {last}") }
        };
        match change {
            Change::Raise { legs: which, by_m } if *by_m >= 0.0 => format!("fly {} {by_m:.0} m higher", legs(which)),
            Change::Raise { legs: which, by_m } => format!("fly {} {:.0} m lower", legs(which), -by_m),
            Change::Move { legs: which, by_m, towards } => {
                let point = (towards / std::f64::consts::TAU * 16.0).round().rem_euclid(16.0) as usize;
                format!("move {} {by_m:.0} m to the {}", legs(which), COMPASS[point])
            }
            Change::Delay { by_s } => {
                let until = self.departs.offset_seconds(*by_s);
                format!("wait {:.0} min: take off at {until}", by_s / 60.0)
            }
            Change::Slow { legs: which, to_m_s } => format!("fly {} at no more than {to_m_s} m/s", legs(which)),
            Change::Shorten { by_s } => format!("shorten the flight by {:.1} min", by_s / 60.0),
        }
    }

    /// The report for people.
    pub(super) fn text(&self) -> String {
        let mut text = format!("take-off {}; {} zones, {} of them near\n", self.departs, self.zones, self.zones_near);
        for fault in &self.faults {
            let _ = writeln!(text, "NOT CLEAR: {fault}");
        }
        for mission in &self.missions {
            let OfMission { name, violations, assumed, unknown_ways } = mission;
            let clear = violations.is_empty() && unknown_ways.is_empty();
            let _ = writeln!(text, "{name}: {}", if clear { "clear" } else { "NOT CLEAR" });
            for way in unknown_ways {
                let _ = writeln!(text, "  {way}: where this leads is not known here, and was not checked");
            }
            for violation in violations {
                let Violation { text: what, zone, leg, place, at, amsl_m, changes, .. } = violation;
                let zone = zone.as_ref().map_or_else(String::new, |zone| format!(" {zone}"));
                let at = at.to_string();
                let second = at.split('.').next().unwrap_or(&at).trim_end_matches('Z');
                let _ = writeln!(text, "  leg {leg} ({place}), {second}Z, {amsl_m:.0} m above sea level: {what}{zone}");
                for change in changes {
                    let _ = writeln!(text, "    {change}");
                }
            }
            for assumption in assumed {
                let _ = writeln!(text, "  assumed: {assumption}");
            }
        }
        for what in &self.unchecked {
            let _ = writeln!(text, "not checked: {what}");
        }
        if !self.is_clear() {
            text.push_str("It may not fly so; a supervisor may override by name and with a reason.\n");
        }
        text
    }

    /// The report for programs.
    pub(super) fn json(&self) -> String {
        let violation = |violation: &Violation| {
            json!({
                "rule": violation.rule, "text": violation.text, "zone": violation.zone, "leg": violation.leg,
                "place": violation.place, "at": violation.at.to_string(), "position": violation.position,
                "amsl_m": violation.amsl_m, "by": violation.by, "unit": violation.unit, "changes": violation.changes,
            })
        };
        let mission = |mission: &OfMission| {
            json!({
                "file": mission.name,
                "violations": mission.violations.iter().map(violation).collect::<Vec<Value>>(),
                "assumed": mission.assumed,
                "unknown_ways": mission.unknown_ways,
            })
        };
        let report = json!({
            "clear": self.is_clear(),
            "take_off": self.departs.to_string(),
            "zones": self.zones,
            "zones_near": self.zones_near,
            "faults": self.faults,
            "missions": self.missions.iter().map(mission).collect::<Vec<Value>>(),
            "not_checked": self.unchecked,
        });
        format!("{report:#}\n")
    }
}
