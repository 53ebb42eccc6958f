//! What the check found, for people and as JSON: leg, time, zone, by how much, and the nearest legal change.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use ground_station::preflight::words::Wording;
use ground_station::preflight::{Lapse, Rule};
use missions::formats::Flight;
use planning::preflight::{Airspace, Change, Finding, Fix, Mission, Rule as Broken, nearest_changes};
use serde_json::{Value, json};
use telemetry::Timestamp;

use super::aircraft::{Fault, RulesFile};
use super::way::Way;
use crate::plan::level::Level;

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
    buffer_top_m: f64,
    zones: usize,
    zones_near: usize,
    /// About the vehicle and the weather.
    pub(super) faults: Vec<Fault>,
    /// What a supervisor lets pass.
    pub(super) overridden: Option<Overridden>,
    /// What nobody looked at.
    pub(super) unchecked: Vec<String>,
    missions: Vec<OfMission>,
}

/// A supervisor's word that findings do not keep a mission on the ground.
pub(super) struct Overridden {
    /// Who said so.
    pub(super) by: String,
    pub(super) reason: String,
    pub(super) at: Timestamp,
    /// The findings, by their keys, and no others.
    pub(super) covers: Vec<String>,
}

/// What an override names a way by that is not known.
const UNKNOWN_WAY: &str = "unknown_way";

/// Something that is against the rules.
pub(super) struct Found<'r> {
    pub(super) key: &'r str,
    pub(super) text: &'r str,
    pub(super) at: Timestamp,
    /// Longitude and latitude, degrees.
    pub(super) position: Option<[f64; 2]>,
    pub(super) amsl_m: f64,
}

struct OfMission {
    name: String,
    violations: Vec<Violation>,
    assumed: Vec<String>,
    unknown_ways: Vec<String>,
}

struct Violation {
    /// What an override names it by.
    key: String,
    rule: &'static str,
    text: String,
    /// The zone or the other mission.
    about: Option<String>,
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
    pub(super) fn new(departs: Timestamp, rules: &RulesFile, zones: usize, zones_near: usize) -> Self {
        Self {
            departs,
            buffer_top_m: rules.buffer_top_m,
            zones,
            zones_near,
            faults: Vec::new(),
            overridden: None,
            unchecked: Vec::new(),
            missions: Vec::new(),
        }
    }

    /// What is against the rules at a place and a time.
    pub(super) fn found(&self) -> impl Iterator<Item = Found<'_>> {
        self.missions.iter().flat_map(|mission| &mission.violations).map(|violation| Found {
            key: &violation.key,
            text: &violation.text,
            at: violation.at,
            position: violation.position,
            amsl_m: violation.amsl_m,
        })
    }

    /// Whether nothing is against the rules.
    pub(super) fn is_clear(&self) -> bool {
        let clear = |mission: &OfMission| mission.violations.is_empty() && mission.unknown_ways.is_empty();
        self.faults.is_empty() && self.missions.iter().all(clear)
    }

    /// Whether nothing is against the rules that a supervisor does not let pass.
    pub(super) fn may_fly(&self) -> bool {
        self.keys().iter().all(|key| self.covered(key))
    }

    /// What an override would have to name.
    fn keys(&self) -> BTreeSet<&str> {
        let of_mission = |mission: &'_ OfMission| !mission.unknown_ways.is_empty();
        let unknown = self.missions.iter().any(of_mission).then_some(UNKNOWN_WAY);
        let violations = self.missions.iter().flat_map(|mission| &mission.violations);
        let violations = violations.map(|violation| violation.key.as_str());
        self.faults.iter().map(|fault| fault.key).chain(violations).chain(unknown).collect()
    }

    fn covered(&self, key: &str) -> bool {
        self.overridden.as_ref().is_some_and(|by| by.covers.iter().any(|covered| covered == key))
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

    /// Takes where a mission is out of reach or out of sight.
    pub(super) fn take_lapses(
        &mut self,
        checked: &Checked<'_>,
        airspace: &Airspace<'_>,
        lapses: &[Lapse],
        frame: &Level,
    ) {
        for lapse in lapses {
            let wording = self.wording(checked, airspace);
            let Fix { at_s, place_m, amsl_m } = lapse.fix;
            let leg = wording.leg(lapse.leg);
            let violation = Violation {
                key: lapse.rule.name().to_owned(),
                rule: lapse.rule.name(),
                text: lapse.matter.clone(),
                about: None,
                leg,
                place: checked.flight.legs[leg - 1].place.clone(),
                at: self.departs.offset_seconds(at_s),
                position: frame.lat_lon(place_m).map(|at| [at.longitude_deg(), at.latitude_deg()]),
                amsl_m,
                by: lapse.by,
                unit: lapse.unit,
                changes: vec![wording.of_lapse(lapse)],
            };
            self.missions[checked.number].violations.push(violation);
        }
    }

    fn wording<'w>(&self, checked: &'w Checked<'_>, airspace: &'w Airspace<'_>) -> Wording<'w> {
        Wording {
            epoch: self.departs,
            rules: &airspace.rules,
            buffer_top_m: self.buffer_top_m,
            legs: &checked.way.leg_of,
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
        let (about, id) = match finding.rule {
            Broken::Prohibited(number)
            | Broken::Unauthorised(number)
            | Broken::Closed(number)
            | Broken::KeptOut(number) => {
                let id = airspace.zones[number].id.clone();
                let name = checked.names.get(number).and_then(Option::as_ref).filter(|name| **name != id);
                (name.map_or_else(|| id.clone(), |name| format!("{name} ({id})")), id)
            }
            Broken::Separation(other) => (format!("mission {}", other + 1), (other + 1).to_string()),
            _ => (String::new(), String::new()),
        };
        let unit = match finding.rule {
            Broken::Battery => "Wh",
            Broken::Dark => "s",
            _ => "m",
        };
        let wording = self.wording(checked, airspace);
        let leg = wording.leg(finding.leg);
        let rule = Rule::of(&finding.rule).name();
        Violation {
            key: if id.is_empty() { rule.to_owned() } else { format!("{rule}:{id}") },
            rule,
            text: wording.matter(finding, &checked.way.mission, &about),
            about: Some(about).filter(|about| !about.is_empty()),
            leg,
            place: checked.flight.legs[leg - 1].place.clone(),
            at: self.departs.offset_seconds(finding.at_s),
            position: frame.lat_lon(finding.place_m).map(|at| [at.longitude_deg(), at.latitude_deg()]),
            amsl_m: finding.amsl_m,
            by: finding.by,
            unit,
            changes: wording.changes(finding, changes),
        }
    }

    /// The report for people.
    pub(super) fn text(&self) -> String {
        let mut text =
            format!("take-off {}; zones read: {}, of them near: {}\n", self.departs, self.zones, self.zones_near);
        for fault in &self.faults {
            let _ = writeln!(text, "{}: {} [{}]", self.verdict(fault.key), fault.text, fault.key);
        }
        for mission in &self.missions {
            let OfMission { name, violations, assumed, unknown_ways } = mission;
            let keys = violations.iter().map(|violation| violation.key.as_str());
            let keys: Vec<&str> = keys.chain(unknown_ways.iter().map(|_| UNKNOWN_WAY)).collect();
            let verdict = match keys.iter().find(|key| !self.covered(key)).or(keys.first()) {
                Some(key) => self.verdict(key),
                None => "clear",
            };
            let _ = writeln!(text, "{name}: {verdict}");
            for way in unknown_ways {
                let _ =
                    writeln!(text, "  {way}: where this leads is not known here, and was not checked [{UNKNOWN_WAY}]");
            }
            for violation in violations {
                let Violation { key, text: what, leg, place, at, amsl_m, changes, .. } = violation;
                let at = at.to_string();
                let second = at.split('.').next().unwrap_or(&at).trim_end_matches('Z');
                let _ =
                    writeln!(text, "  leg {leg} ({place}), {second}Z, {amsl_m:.0} m above sea level: {what} [{key}]");
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
        if let Some(Overridden { by, reason, at, covers }) = &self.overridden {
            let covers = covers.join(", ");
            let _ = writeln!(text, "overridden by {by}, supervisor, at {at}, because: {reason}\n  covers {covers}");
        }
        if !self.may_fly() {
            text.push_str(
                "It may not fly so. A supervisor may let findings pass, each by its name in [brackets]: --override NAMES \
                 --by WHO --reason WHY\n",
            );
        }
        text
    }

    fn verdict(&self, key: &str) -> &'static str {
        if self.covered(key) { "NOT CLEAR, overridden" } else { "NOT CLEAR" }
    }

    /// The report for programs.
    pub(super) fn json(&self) -> String {
        let violation = |violation: &Violation| {
            json!({
                "key": violation.key, "rule": violation.rule, "text": violation.text, "about": violation.about, "leg": violation.leg,
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
        let fault = |fault: &Fault| json!({ "key": fault.key, "text": fault.text });
        let faults: Vec<Value> = self.faults.iter().map(fault).collect();
        let overridden = self.overridden.as_ref().map(|given| {
            json!({
                "by": given.by, "reason": given.reason, "at": given.at.to_string(), "covers": given.covers,
            })
        });
        let report = json!({
            "clear": self.is_clear(),
            "take_off": self.departs.to_string(),
            "zones": self.zones,
            "zones_near": self.zones_near,
            "may_fly": self.may_fly(),
            "override": overridden,
            "faults": faults,
            "missions": self.missions.iter().map(mission).collect::<Vec<Value>>(),
            "not_checked": self.unchecked,
        });
        format!("{report:#}\n")
    }
}
