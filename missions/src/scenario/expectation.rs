//! What must come of a scenario.

use std::collections::{BTreeMap, BTreeSet};

use serde_spanned::Spanned;
use telemetry::messages::AlertRule;
use telemetry::{Timestamp, ZoneId};

use super::read::Night;
use super::tables::{AlertTable, ExpectTable, PatternTable, ScenarioFile};
use super::{Intruder, Path, TimeSpan, Vessel};
use crate::file::{Reading, one_of};

/// One thing that must hold. Names of targets are those of vessels, intruders and own vehicles in the same file.
#[derive(Debug, Clone, PartialEq)]
pub enum Expectation {
    /// An alert is raised in a span of time.
    Alert {
        /// Which alert.
        pattern: AlertPattern,
        /// Not before.
        from: Timestamp,
        /// Not after.
        to: Timestamp,
    },
    /// No alert like this is ever raised.
    NoAlert(AlertPattern),
    /// Alerts like this may be raised and are not false.
    MayAlert(AlertPattern),
    /// No alert is raised that no `Alert` (at any time) or `MayAlert` of the same scenario names.
    NoFalseAlert,
    /// Every vehicle of ours is on the ground at its home at the end.
    EveryVehicleHome {
        /// Within how many metres of home.
        within_m: f64,
    },
    /// No message that must not be lost was lost: every journal entry of every vehicle is in the store at the end.
    NothingLost,
    /// A vehicle sent by an approved cue comes near the target.
    CueReaches {
        /// Which target.
        target: String,
        /// How near, metres.
        within_m: f64,
        /// How long after approval at the latest, seconds.
        within_s: f64,
    },
    /// A confirmed track stays near a target.
    TrackWithin {
        /// Which target.
        target: String,
        /// How near, metres, horizontally.
        within_m: f64,
        /// For at least this share of the seconds of the span, 0 to 1.
        share: f64,
        /// From when.
        from: Timestamp,
        /// Until when.
        to: Timestamp,
    },
}

/// Which alerts are meant. What is left out matches all.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AlertPattern {
    /// The rule.
    pub rule: Option<AlertRule>,
    /// The zone.
    pub zone: Option<ZoneId>,
    /// The target it is about.
    pub target: Option<String>,
}

/// The most expectations of a scenario: for each the way of a target may be searched for its entry into a zone.
const EXPECTATIONS_MAX: usize = 200;
/// How long before the moment an alert may come, where a file says nothing: a track's error can carry it over the edge
/// of a zone before the target itself.
const EARLIEST_S: f64 = -15.0;
/// How near home counts as at home: a fixed wing lands by its own navigation and rolls out.
const HOME_WITHIN_M: f64 = 50.0;

/// Everything an expectation can be about, by name.
pub(super) struct Targets<'t> {
    /// Every name the file gives, also of what is wrong in itself: that is told there and not once more here.
    names: BTreeSet<&'t str>,
    /// Where the file draws the way of a target.
    paths: BTreeMap<&'t str, &'t Path>,
    /// Our own vehicles, which find their way themselves.
    undrawn: BTreeSet<&'t str>,
    /// Whether vessels of a recording can be named, by their MMSI.
    recorded: bool,
}

impl<'t> Targets<'t> {
    pub(super) fn new(file: &'t ScenarioFile, vessels: &'t [Vessel], intruders: &'t [Intruder]) -> Self {
        let own = || file.vehicle.iter().map(|vehicle| &vehicle.get_ref().id);
        let named = own()
            .chain(file.vessel.iter().map(|vessel| &vessel.get_ref().name))
            .chain(file.intruder.iter().map(|intruder| &intruder.get_ref().name));
        let vessels = vessels.iter().map(|vessel| (vessel.name.as_str(), &vessel.path));
        let intruders = intruders.iter().map(|intruder| (intruder.name.as_str(), &intruder.path));
        Self {
            names: named.map(|name| name.get_ref().as_str()).collect(),
            paths: vessels.chain(intruders).collect(),
            undrawn: own().map(|name| name.get_ref().as_str()).collect(),
            recorded: !file.ais_replay.is_empty(),
        }
    }

    /// Whether a name is the MMSI of a vessel that a recording may hold.
    fn recorded_vessel(&self, name: &Spanned<String>) -> bool {
        let text = name.get_ref();
        self.recorded && text.len() == 9 && text.bytes().all(|b| b.is_ascii_digit())
    }

    fn named(&self, reading: &mut Reading<'_>, name: &Spanned<String>) -> String {
        let text = name.get_ref();
        if !self.names.contains(text.as_str()) && !self.recorded_vessel(name) {
            reading.refuse(
                name.span(),
                one_of("a vehicle, vessel or intruder of this scenario", self.names.iter().copied()),
            );
        }
        text.clone()
    }
}

/// Checks what is expected.
pub(super) fn expectations(
    reading: &mut Reading<'_>,
    night: &Night<'_>,
    targets: &Targets<'_>,
    file: &ScenarioFile,
) -> Vec<Expectation> {
    let tables = file.expect.get_ref();
    reading.at_most(tables, EXPECTATIONS_MAX, "expectations");
    if tables.is_empty() {
        reading.refuse_found(file.expect.span(), "nothing expected", "at least one expectation: else nothing can fail");
    }
    let mut expectations = Vec::new();
    for table in tables.iter().take(EXPECTATIONS_MAX) {
        expectations.extend(expectation(reading, night, targets, table));
    }
    expectations
}

fn expectation(
    reading: &mut Reading<'_>,
    night: &Night<'_>,
    targets: &Targets<'_>,
    table: &Spanned<ExpectTable>,
) -> Option<Expectation> {
    Some(match table.get_ref() {
        ExpectTable::Alert(alert) => return alert_expected(reading, night, targets, alert),
        ExpectTable::NoAlert(table) => Expectation::NoAlert(pattern(reading, night, targets, table)),
        ExpectTable::MayAlert(table) => Expectation::MayAlert(pattern(reading, night, targets, table)),
        ExpectTable::NoFalseAlert => Expectation::NoFalseAlert,
        ExpectTable::EveryVehicleHome => Expectation::EveryVehicleHome { within_m: HOME_WITHIN_M },
        ExpectTable::NothingLost => Expectation::NothingLost,
        ExpectTable::CueReaches(cue) => Expectation::CueReaches {
            target: targets.named(reading, &cue.target),
            within_m: reading.number(&cue.within_m, 1.0..=10_000.0, "m"),
            within_s: reading.number(&cue.within_s, 1.0..=86_400.0, "s"),
        },
        ExpectTable::TrackWithin(track) => {
            let span = night.span(reading, &track.from, Some(&track.to));
            Expectation::TrackWithin {
                target: targets.named(reading, &track.target),
                within_m: reading.number(&track.within_m, 1.0..=10_000.0, "m"),
                share: reading.number(&track.share, 0.01..=1.0, "(a share)"),
                from: span.from,
                to: span.to,
            }
        }
    })
}

fn pattern(reading: &mut Reading<'_>, night: &Night<'_>, targets: &Targets<'_>, table: &PatternTable) -> AlertPattern {
    AlertPattern {
        rule: table.rule.map(AlertRule::from),
        zone: table.zone.as_ref().and_then(|zone| night.site.zone_named(reading, zone)),
        target: table.target.as_ref().map(|target| targets.named(reading, target)),
    }
}

/// An alert in a span of time around a moment: the one the file gives, or that at which the target enters the zone.
fn alert_expected(
    reading: &mut Reading<'_>,
    night: &Night<'_>,
    targets: &Targets<'_>,
    alert: &AlertTable,
) -> Option<Expectation> {
    let pattern = AlertPattern {
        rule: Some(AlertRule::from(*alert.rule.get_ref())),
        zone: alert.zone.as_ref().and_then(|zone| night.site.zone_named(reading, zone)),
        target: alert.target.as_ref().map(|target| targets.named(reading, target)),
    };
    let within_s = reading.number(&alert.within_s, 0.0..=86_400.0, "s");
    let earliest_s = reading.number_or(alert.earliest_s.as_ref(), EARLIEST_S, -86_400.0..=within_s.max(0.0), "s");
    let since = match &alert.since {
        Some(moment) => night.moment(reading, moment),
        None => entry(reading, night, targets, alert, &pattern)?,
    };
    let (from, to) = (since.offset_seconds(earliest_s), since.offset_seconds(within_s));
    if to > night.end {
        reading.refuse_found(
            alert.within_s.span(),
            format!("a time that ends at {to}"),
            format!("one that ends with the scenario, at {}", night.end),
        );
    }
    Some(Expectation::Alert { pattern, from, to })
}

/// When the target enters the zone. A zone or a target that is wrong in itself has been told already.
fn entry(
    reading: &mut Reading<'_>,
    night: &Night<'_>,
    targets: &Targets<'_>,
    alert: &AlertTable,
    pattern: &AlertPattern,
) -> Option<Timestamp> {
    let undrawn =
        |name: &Spanned<String>| targets.undrawn.contains(name.get_ref().as_str()) || targets.recorded_vessel(name);
    if alert.zone.is_none() || alert.target.as_ref().is_none_or(undrawn) {
        reading.refuse_found(
            alert.rule.span(),
            "no field since",
            "since, or a zone and a target whose way the file draws: then the moment is when it enters the zone",
        );
        return None;
    }
    let path = targets.paths.get(pattern.target.as_ref()?.as_str())?;
    let zone = night.site.zone(pattern.zone.as_ref()?)?;
    let span = TimeSpan { from: night.start, to: night.end };
    let undulation = night.site.undulation;
    let entered = path.first_inside(span, |at| zone.contains(at.lat_lon(), at.height().amsl(undulation)));
    if entered.is_none() {
        reading.refuse_found(alert.rule.span(), "a target that never enters the zone", "one that does, or since");
    }
    entered
}
