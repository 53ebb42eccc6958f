//! The impartial observer of a night: sees the truth and what the operations room raises, and judges at the end.
//!
//! *Target*: a vessel, an intruder or one of our own vehicles, by its name in the scenario. An alert is about the
//! vessel that its track claims to be, else about the target nearest to its position when it is raised. The observer never feeds anything back.

use std::collections::BTreeMap;

use missions::Scenario;
use missions::scenario::{AlertPattern, Expectation, TimeSpan};
use telemetry::messages::{Alert, AlertRule, Claim, Cue, CueState, Subject, Track, TrackStatus};
use telemetry::{AlertId, CueId, Geodetic, Mmsi, Timestamp, TrackId, VehicleId};

use crate::report::{AlertLine, Report, Verdict};
use crate::world::Truth;

/// An alert farther than this from every target is about none of them.
const ATTRIBUTION_MAX_M: f64 = 300.0;

/// Where one of our own vehicles ended.
#[derive(Debug, Clone)]
pub struct Homecoming {
    /// Which vehicle.
    pub vehicle: VehicleId,
    /// How far from home, metres.
    pub from_home_m: f64,
    /// Whether it is at rest: motors off, or a boat that lies still.
    pub at_rest: bool,
}

/// One vehicle's account of what must not be lost.
#[derive(Debug, Clone)]
pub struct Account {
    /// Which vehicle.
    pub vehicle: VehicleId,
    /// Entries it wrote.
    pub written: u64,
    /// Entries the operations room has in its store.
    pub stored: u64,
}

#[derive(Debug, Clone)]
struct Raised {
    at: Timestamp,
    alert: Alert,
    target: Option<String>,
}

#[derive(Debug, Clone)]
struct Approach {
    target: String,
    vehicle: VehicleId,
    approved_at: Timestamp,
    /// How near it came, metres: each time it was nearer than ever before, and when.
    nearer: Vec<(f64, Timestamp)>,
}

#[derive(Debug, Clone)]
struct Coverage {
    target: String,
    within_m: f64,
    span: TimeSpan,
    seconds: u64,
    tracked: u64,
}

/// The observer.
#[derive(Debug)]
pub struct Watch {
    expectations: Vec<Expectation>,
    start: Timestamp,
    raised: BTreeMap<AlertId, Raised>,
    approaches: BTreeMap<CueId, Approach>,
    coverages: Vec<Coverage>,
    truths: Vec<Truth>,
    /// The names of vessels by the identity they claim.
    vessels: BTreeMap<Mmsi, String>,
    /// What tracks claim to be.
    claims: BTreeMap<TrackId, Mmsi>,
    track_positions: BTreeMap<TrackId, Geodetic>,
}

impl Watch {
    /// An observer of a scenario that has not begun.
    #[must_use]
    pub fn new(scenario: &Scenario) -> Self {
        let coverage = |expectation: &Expectation| match expectation {
            Expectation::TrackWithin { target, within_m, from, to, .. } => Some(Coverage {
                target: target.clone(),
                within_m: *within_m,
                span: TimeSpan { from: *from, to: *to },
                seconds: 0,
                tracked: 0,
            }),
            _ => None,
        };
        Self {
            expectations: scenario.expectations.clone(),
            start: scenario.start,
            raised: BTreeMap::new(),
            approaches: BTreeMap::new(),
            coverages: scenario.expectations.iter().filter_map(coverage).collect(),
            truths: Vec::new(),
            vessels: scenario.vessels.iter().map(|vessel| (vessel.mmsi, vessel.name.clone())).collect(),
            claims: BTreeMap::new(),
            track_positions: BTreeMap::new(),
        }
    }

    /// What is really there now; once a second.
    pub fn see_truths(&mut self, now: Timestamp, truths: &[Truth]) {
        self.truths.clear();
        self.truths.extend_from_slice(truths);
        let position = |name: &str| truths.iter().find(|truth| truth.name == name).map(|truth| truth.position);
        for coverage in self.coverages.iter_mut().filter(|coverage| coverage.span.contains(now)) {
            let Some(truth) = position(&coverage.target) else { continue };
            coverage.seconds += 1;
            let near = |track: &&Geodetic| horizontal_m(**track, truth) <= coverage.within_m;
            coverage.tracked += u64::from(self.track_positions.values().any(|track| near(&track)));
        }
        for approach in self.approaches.values_mut() {
            let (Some(target), Some(vehicle)) = (position(&approach.target), position(approach.vehicle.as_str()))
            else {
                continue;
            };
            let distance_m = horizontal_m(target, vehicle);
            if approach.nearer.last().is_none_or(|(nearest_m, _)| distance_m < *nearest_m) {
                approach.nearer.push((distance_m, now));
            }
        }
    }

    /// A track the operations room published.
    pub fn see_track(&mut self, track: &Track) {
        if let Some(Claim::Ais(claim)) = &track.claim {
            self.claims.insert(track.id, claim.mmsi);
        }
        match track.status {
            TrackStatus::Confirmed | TrackStatus::Coasting => {
                self.track_positions.insert(track.id, track.position);
            }
            TrackStatus::Tentative | TrackStatus::Dropped => {
                self.track_positions.remove(&track.id);
            }
        }
    }

    /// An alert the operations room published; its first appearance counts.
    pub fn see_alert(&mut self, now: Timestamp, alert: &Alert) {
        if self.raised.contains_key(&alert.id) {
            return;
        }
        let target = match &alert.subject {
            Subject::Vehicle(vehicle) => Some(vehicle.to_string()),
            // No expectation is about a sensor.
            Subject::Sensor(_) => None,
            Subject::Track(track) => match self.claims.get(track) {
                Some(mmsi) => Some(self.vessels.get(mmsi).cloned().unwrap_or_else(|| mmsi.to_string())),
                None => alert.position.and_then(|position| self.nearest_target(position)),
            },
        };
        self.raised.insert(alert.id.clone(), Raised { at: now, alert: alert.clone(), target });
    }

    /// A cue the operations room published.
    pub fn see_cue(&mut self, cue: &Cue) {
        let CueState::Approved { at, .. } = &cue.state else { return };
        let Some(target) = self.raised.get(&cue.alert).and_then(|raised| raised.target.clone()) else { return };
        self.approaches.entry(cue.id.clone()).or_insert(Approach {
            target,
            vehicle: cue.vehicle.clone(),
            approved_at: *at,
            nearer: Vec::new(),
        });
    }

    fn nearest_target(&self, position: Geodetic) -> Option<String> {
        self.truths
            .iter()
            .map(|truth| (horizontal_m(truth.position, position), &truth.name))
            .filter(|(distance_m, _)| *distance_m <= ATTRIBUTION_MAX_M)
            .min_by(|a, b| a.0.total_cmp(&b.0))
            .map(|(_, name)| name.clone())
    }

    /// Holds what was seen against the expectations. Without `accounts` nobody knows what was stored: that
    /// expectation is then named as not judged.
    pub fn judge(&self, homecomings: &[Homecoming], accounts: Option<&[Account]>, report: &mut Report) {
        self.tell(report);
        let mut coverages = self.coverages.iter();
        for expectation in &self.expectations {
            report.judge(match expectation {
                Expectation::Alert { pattern, from, to } => self.judge_alert(pattern, *from, *to),
                Expectation::NoAlert(pattern) => {
                    self.judge_none(&format!("no alert {}", words(pattern)), |raised| matches(pattern, raised))
                }
                Expectation::MayAlert(_) => continue,
                Expectation::NoFalseAlert => self.judge_none("no false alert", |raised| !self.named(raised)),
                Expectation::EveryVehicleHome { within_m } => judge_home(homecomings, *within_m),
                Expectation::NothingLost => match accounts {
                    Some(accounts) => judge_accounts(accounts),
                    None => {
                        report.not_judged.push("nothing lost: the store is the operations room's own".to_owned());
                        continue;
                    }
                },
                Expectation::CueReaches { target, within_m, within_s } => {
                    self.judge_approach(target, *within_m, *within_s)
                }
                Expectation::TrackWithin { share, .. } => {
                    judge_coverage(coverages.next().expect("one coverage for each such expectation"), *share)
                }
            });
        }
    }

    /// Tells what was raised, without judging it.
    pub fn tell(&self, report: &mut Report) {
        let line = |raised: &Raised| AlertLine {
            at_s: raised.at.seconds_since(self.start),
            rule: rule_name(raised.alert.rule).to_owned(),
            text: raised.alert.text.clone(),
        };
        report.alerts.extend(self.in_order().into_iter().map(line));
    }

    fn in_order(&self) -> Vec<&Raised> {
        let mut raised: Vec<_> = self.raised.values().collect();
        raised.sort_by(|a, b| a.at.cmp(&b.at).then_with(|| a.alert.id.cmp(&b.alert.id)));
        raised
    }

    fn named(&self, raised: &Raised) -> bool {
        self.expectations.iter().any(|expectation| match expectation {
            Expectation::Alert { pattern, .. } | Expectation::MayAlert(pattern) => matches(pattern, raised),
            _ => false,
        })
    }

    fn judge_alert(&self, pattern: &AlertPattern, from: Timestamp, to: Timestamp) -> Verdict {
        let seconds = |at: Timestamp| at.seconds_since(self.start);
        let matching: Vec<_> = self.in_order().into_iter().filter(|raised| matches(pattern, raised)).collect();
        let in_time = matching.iter().find(|raised| from <= raised.at && raised.at <= to);
        Verdict {
            expectation: format!("alert {}", words(pattern)),
            held: in_time.is_some(),
            found: in_time
                .or(matching.first())
                .map_or("none".to_owned(), |raised| format!("raised at {:.1} s", seconds(raised.at))),
            allowed: format!("{:.1} s to {:.1} s", seconds(from), seconds(to)),
        }
    }

    fn judge_none(&self, expectation: &str, wrong: impl Fn(&Raised) -> bool) -> Verdict {
        let found: Vec<_> = self.in_order().into_iter().filter(|raised| wrong(raised)).collect();
        let first = found.first().map_or(String::new(), |raised| {
            let at_s = raised.at.seconds_since(self.start);
            let target = raised.target.as_deref().unwrap_or("no target");
            format!(", the first at {at_s:.1} s about {target}: {}", raised.alert.text)
        });
        Verdict {
            expectation: expectation.to_owned(),
            held: found.is_empty(),
            found: format!("{}{first}", found.len()),
            allowed: "0".to_owned(),
        }
    }

    fn judge_approach(&self, target: &str, within_m: f64, within_s: f64) -> Verdict {
        let approaches = self.approaches.values().filter(|approach| approach.target == target);
        // Of each, when it was near enough for the first time; else how near it came.
        let best = approaches
            .filter_map(|approach| {
                let near_enough = approach.nearer.iter().find(|(distance_m, _)| *distance_m <= within_m);
                let (distance_m, at) = near_enough.or(approach.nearer.last())?;
                Some((&approach.vehicle, *distance_m, at.seconds_since(approach.approved_at)))
            })
            .min_by(|a, b| (a.1 > within_m, a.2).partial_cmp(&(b.1 > within_m, b.2)).expect("distances are numbers"));
        Verdict {
            expectation: format!("a vehicle sent to {target} comes near it"),
            held: best.is_some_and(|(_, distance_m, after_s)| distance_m <= within_m && after_s <= within_s),
            found: best.map_or("no cue was approved".to_owned(), |(vehicle, distance_m, after_s)| {
                format!("{vehicle} came within {distance_m:.0} m after {after_s:.0} s")
            }),
            allowed: format!("within {within_m:.0} m after at most {within_s:.0} s"),
        }
    }
}

fn horizontal_m(a: Geodetic, b: Geodetic) -> f64 {
    telemetry::SiteFrame::new(a).enu(b).horizontal_m()
}

fn matches(pattern: &AlertPattern, raised: &Raised) -> bool {
    pattern.rule.is_none_or(|rule| rule == raised.alert.rule)
        && pattern.zone.as_ref().is_none_or(|zone| Some(zone) == raised.alert.zone.as_ref())
        && pattern.target.as_ref().is_none_or(|target| Some(target) == raised.target.as_ref())
}

fn words(pattern: &AlertPattern) -> String {
    let mut words = pattern.rule.map_or("of any rule", rule_name).to_owned();
    if let Some(zone) = &pattern.zone {
        words += &format!(" in {zone}");
    }
    if let Some(target) = &pattern.target {
        words += &format!(" about {target}");
    }
    words
}

fn rule_name(rule: AlertRule) -> &'static str {
    match rule {
        AlertRule::ZoneEntered => "zone_entered",
        AlertRule::BorderCrossed => "border_crossed",
        AlertRule::VesselInZone => "vessel_in_zone",
        AlertRule::AisLost => "ais_lost",
        AlertRule::Vehicle => "vehicle",
        AlertRule::ClaimContradicted => "claim_contradicted",
        AlertRule::DuplicateIdentity => "duplicate_identity",
        AlertRule::OffDeclaration => "off_declaration",
        AlertRule::SensorBiased => "sensor_biased",
        AlertRule::Unknown => "unknown",
    }
}

fn judge_home(homecomings: &[Homecoming], within_m: f64) -> Verdict {
    let away = |home: &&Homecoming| !home.at_rest || home.from_home_m > within_m;
    let found: Vec<_> = homecomings
        .iter()
        .filter(away)
        .map(|home| {
            let rest = if home.at_rest { "at rest" } else { "not at rest" };
            format!("{} {:.0} m from home, {rest}", home.vehicle, home.from_home_m)
        })
        .collect();
    let farthest_m = homecomings.iter().map(|home| home.from_home_m).fold(0.0, f64::max);
    Verdict {
        expectation: "every vehicle home".to_owned(),
        held: found.is_empty(),
        found: if found.is_empty() { format!("all, at most {farthest_m:.1} m from home") } else { found.join("; ") },
        allowed: format!("at rest within {within_m:.0} m of home"),
    }
}

fn judge_accounts(accounts: &[Account]) -> Verdict {
    let written: u64 = accounts.iter().map(|account| account.written).sum();
    let stored: u64 = accounts.iter().map(|account| account.stored).sum();
    let short: Vec<_> = accounts
        .iter()
        .filter(|account| account.stored != account.written)
        .map(|account| format!("{} wrote {}, {} are stored", account.vehicle, account.written, account.stored))
        .collect();
    Verdict {
        expectation: "nothing lost".to_owned(),
        held: short.is_empty(),
        found: if short.is_empty() {
            format!("{stored} of {written} journal entries stored")
        } else {
            short.join("; ")
        },
        allowed: "every journal entry stored".to_owned(),
    }
}

fn judge_coverage(coverage: &Coverage, share: f64) -> Verdict {
    let found = if coverage.seconds == 0 { 0.0 } else { coverage.tracked as f64 / coverage.seconds as f64 };
    Verdict {
        expectation: format!("a track within {:.0} m of {}", coverage.within_m, coverage.target),
        held: found >= share,
        found: format!("{:.1} % of {} s", 100.0 * found, coverage.seconds),
        allowed: format!("at least {:.1} %", 100.0 * share),
    }
}
