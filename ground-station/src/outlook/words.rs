//! What is told of an outlook: places on Earth, names, and numbers no finer than they are known, so that what is the same
//! to a person is the same here and is not told twice.

use planning::cue::{Plan, Region};
use planning::intercept::Dispatch;
use planning::search::Pattern;
use telemetry::{AlertId, LatLon, Timestamp, TrackId, VehicleId};

use super::drift::Drift;
use super::ground::Ground;
use crate::airspace::Airspace;

/// Times are told to this, s.
const TIME_STEP_S: f64 = 5.0;
/// The most units, fliers and launch sites told.
const TOLD_MAX: usize = 5;
/// The most changes told.
const CHANGES_MAX: usize = 4;
/// A chance that changes by so much is told.
const CHANCE_TOLD: f64 = 0.1;
/// Probabilities below this are not told.
const PROBABILITY_MIN: f64 = 0.02;

/// What is told when it becomes clear that it drifts, or that it does not.
const BALLOON_NOW: &str = "It drifts with the wind: it is taken for a balloon now.";
const DRONE_AGAIN: &str = "It does not drift with the wind any more: it is taken for a drone again.";

/// The outlook on one intruder.
#[derive(Debug, Clone, PartialEq)]
pub struct Outlook {
    /// Its track.
    pub track: TrackId,
    /// The alert that it is about.
    pub alert: AlertId,
    /// When the track was lost: its last fix; nothing while it is seen.
    pub lost_at: Option<Timestamp>,
    /// Whether it drifts with the wind.
    pub drift: Drift,
    /// That wind, as it was reported.
    pub wind: Option<WindAhead>,
    /// Where it lands or drops, the most probable first.
    pub areas: Vec<AreaAhead>,
    /// What each crew can do; the one that is proposed comes first.
    pub units: Vec<UnitAhead>,
    /// Whether any crew is known at all.
    pub units_known: bool,
    /// What each flier can do, the best first.
    pub fliers: Vec<FlierAhead>,
    /// What to fly if the track is lost.
    pub if_lost: Option<SearchIfLost>,
    /// Where it was launched, the most probable first.
    pub launches: Vec<LaunchedFrom>,
    /// What was the last to change, in words.
    pub changes: Vec<String>,
}

/// The wind, and since when that is known.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WindAhead {
    /// Where it blows from, degrees from true north.
    pub from_deg: f64,
    /// How hard, m/s.
    pub wind_m_s: f64,
    /// When it was reported.
    pub reported_at: Timestamp,
}

/// A place where it may land or drop.
#[derive(Debug, Clone, PartialEq)]
pub struct AreaAhead {
    /// Its name, of a place that is known.
    pub name: Option<String>,
    /// Its middle.
    pub at: LatLon,
    /// Its radius, m.
    pub radius_m: f64,
    /// How probable it is, and in no area before this one, to 0.01.
    pub probability: f64,
}

/// What a crew on the ground can do.
#[derive(Debug, Clone, PartialEq)]
pub struct UnitAhead {
    /// Its name.
    pub name: String,
    /// By which way, from where it stands to where it waits.
    pub way: Vec<LatLon>,
    /// The name of the place it goes to, where that is known.
    pub to: Option<String>,
    /// How long it takes, s.
    pub takes_s: f64,
    /// How probable it is that it is there in time, to 0.01.
    pub chance: f64,
    /// It has to leave by then, or loses half of that chance.
    pub leave_by: Timestamp,
}

/// What a vehicle of ours can do that goes straight there.
#[derive(Debug, Clone, PartialEq)]
pub struct FlierAhead {
    /// Which.
    pub vehicle: VehicleId,
    /// Where to.
    pub to: LatLon,
    /// How long it takes, s.
    pub takes_s: f64,
    /// How probable it is that it is over the landing in time, to 0.01.
    pub chance: f64,
}

/// The search for a track that is lost.
#[derive(Debug, Clone, PartialEq)]
pub struct SearchIfLost {
    /// Which pattern of the IAMSAR Manual.
    pub pattern: &'static str,
    /// Around where.
    pub around: LatLon,
    /// How wide, m.
    pub side_m: f64,
    /// How far apart the tracks, m.
    pub spacing_m: f64,
    /// How probable it is that it is found, to 0.01.
    pub success: f64,
    /// Who flies it, and where.
    pub ways: Vec<(VehicleId, Vec<LatLon>)>,
}

/// Where it may have been launched.
#[derive(Debug, Clone, PartialEq)]
pub struct LaunchedFrom {
    /// Its name.
    pub name: String,
    /// Where.
    pub at: LatLon,
    /// How probable, to 0.01.
    pub probability: f64,
}

/// A part of a region: its outline, then what is left out of it.
pub type Part = Vec<Vec<LatLon>>;

/// The regions of both maps, as [`super::REGIONS`] has their probabilities.
#[derive(Debug, Clone, PartialEq)]
pub struct Maps {
    /// Of which track.
    pub track: TrackId,
    /// Where it lands or drops.
    pub landing: [Vec<Part>; 2],
    /// Where it was launched.
    pub launch: [Vec<Part>; 2],
    /// How probable it is that it lands beyond the map.
    pub beyond: f64,
}

/// Whose numbers are whose.
pub(super) struct Names<'a> {
    pub(super) ground: &'a Ground,
    pub(super) searchers: &'a [VehicleId],
    pub(super) airspace: &'a Airspace,
}

/// What an outlook is about.
pub(super) struct About {
    pub(super) track: TrackId,
    pub(super) alert: AlertId,
    pub(super) asked_at: Timestamp,
    pub(super) seen_at: Timestamp,
    pub(super) lost: bool,
    /// Before and now.
    pub(super) drift: [Drift; 2],
    pub(super) changes: Vec<String>,
}

pub(super) fn outlook(names: &Names<'_>, plan: &Plan, before: Option<&Plan>, about: About) -> Outlook {
    let airspace = names.airspace;
    let mut units: Vec<UnitAhead> = plan.units.iter().map(|unit| unit_ahead(names, unit, about.asked_at)).collect();
    if let Some(proposed) = plan.proposed {
        units[..=proposed].rotate_right(1);
    }
    units.retain(|unit| unit.chance >= PROBABILITY_MIN);
    units.truncate(TOLD_MAX);
    let area = |area: &planning::intercept::Area| AreaAhead {
        name: names.pick_up(area.at_m),
        at: airspace.lat_lon(area.at_m),
        radius_m: area.radius_m,
        probability: hundredths(area.probability),
    };
    let flier = |flier: &planning::cue::Flier| {
        let vehicle = names.searchers.get(flier.searcher)?;
        let (to, takes_s) = (airspace.lat_lon(flier.to_m), stepped(flier.takes_s));
        Some(FlierAhead { vehicle: vehicle.clone(), to, takes_s, chance: hundredths(flier.chance) })
    };
    let launch = |(site, probability): &(usize, f64)| {
        let spot = airspace.site().launch_sites.get(*site)?;
        Some(LaunchedFrom { name: spot.name.clone(), at: spot.at, probability: hundredths(*probability) })
    };
    let told = match about.drift {
        [was, is] if is == Drift::WithWind && was != is => vec![BALLOON_NOW.to_owned()],
        [was, is] if was == Drift::WithWind && was != is => vec![DRONE_AGAIN.to_owned()],
        _ => before.map_or_else(Vec::new, |before| changes(names, before, plan)),
    };
    let wind = airspace.weather().map(|weather| WindAhead {
        from_deg: weather.report.wind_from_deg,
        wind_m_s: weather.report.wind_m_s,
        reported_at: weather.at,
    });
    Outlook {
        track: about.track,
        alert: about.alert,
        lost_at: about.lost.then_some(about.seen_at),
        drift: about.drift[1],
        wind,
        areas: plan.areas.iter().map(area).filter(|area| area.probability >= PROBABILITY_MIN).collect(),
        units,
        units_known: !names.ground.unit_names.is_empty(),
        fliers: plan.fliers.iter().filter_map(flier).take(TOLD_MAX).collect(),
        if_lost: plan.if_lost.as_ref().map(|search| search_if_lost(names, search)),
        launches: plan
            .launches
            .iter()
            .filter_map(launch)
            .filter(|launch| launch.probability >= PROBABILITY_MIN)
            .take(TOLD_MAX)
            .collect(),
        changes: if told.is_empty() { about.changes } else { told },
    }
}

fn unit_ahead(names: &Names<'_>, unit: &Dispatch, asked_at: Timestamp) -> UnitAhead {
    let airspace = names.airspace;
    let nodes = unit.way.iter().filter_map(|node| names.ground.nodes.get(*node).copied());
    let sites = &airspace.site().pick_up_sites;
    let away_m = |at: LatLon| {
        let [x, y] = airspace.place_m(at);
        (x - unit.rendezvous_m[0]).hypot(y - unit.rendezvous_m[1])
    };
    let near = sites.iter().min_by(|a, b| away_m(a.at).total_cmp(&away_m(b.at)));
    let until_s = asked_at.unix_seconds() + unit.slack_s.max(0.0);
    UnitAhead {
        name: names.unit(unit.unit),
        way: nodes.chain([airspace.lat_lon(unit.rendezvous_m)]).collect(),
        to: near.map(|spot| spot.name.clone()),
        takes_s: stepped(unit.takes_s),
        chance: hundredths(unit.chance),
        leave_by: Timestamp::from_unix_seconds(stepped(until_s)),
    }
}

fn search_if_lost(names: &Names<'_>, search: &planning::search::Plan) -> SearchIfLost {
    let way = |flight: &planning::flight::Flight| {
        let vehicle = names.searchers.get(flight.vehicle)?;
        let places = flight.waypoints.iter().map(|waypoint| names.airspace.lat_lon(waypoint.place_m));
        Some((vehicle.clone(), places.collect()))
    };
    SearchIfLost {
        pattern: match search.pattern {
            Pattern::ExpandingSquare => "expanding square",
            Pattern::Sector => "sector search",
            Pattern::ParallelTrack => "parallel tracks",
            Pattern::CreepingLine => "creeping line",
        },
        around: names.airspace.lat_lon(search.datum.1),
        side_m: (search.half_side_m / 25.0).round() * 50.0,
        spacing_m: (search.spacings_m.iter().copied().fold(f64::INFINITY, f64::min) / 10.0).round() * 10.0,
        success: hundredths(search.success),
        ways: search.flights.iter().filter_map(way).collect(),
    }
}

/// What is otherwise than before, in words.
fn changes(names: &Names<'_>, before: &Plan, now: &Plan) -> Vec<String> {
    let mut changes = Vec::new();
    if let (Some(was), Some(is)) = (before.areas.first(), now.areas.first())
        && was.at_m != is.at_m
    {
        let place = |at_m: [f64; 2]| names.pick_up(at_m).unwrap_or_else(|| "another place".to_owned());
        let (is, chance) = (place(is.at_m), percent(is.probability));
        changes.push(format!("{is} is the likeliest now, with {chance} %; before it was {}.", place(was.at_m)));
    }
    let unit = |plan: &Plan| plan.proposed.map(|at| (plan.units[at].unit, plan.units[at].chance));
    match (unit(before), unit(now)) {
        (Some((was, _)), Some((is, chance))) if was != is => changes.push(format!(
            "{} has the better chance now, {} %: it instead of {}.",
            names.unit(is),
            percent(chance),
            names.unit(was)
        )),
        (Some((unit, was)), Some((_, is))) if (was - is).abs() > CHANCE_TOLD => {
            changes.push(format!("{} has {} % now, before {} %.", names.unit(unit), percent(is), percent(was)));
        }
        (Some((unit, _)), None) => {
            changes.push(format!("{} cannot be there in time any more, and nobody else can.", names.unit(unit)));
        }
        (None, Some((unit, chance))) => {
            changes.push(format!("{} can be there in time, with {} %.", names.unit(unit), percent(chance)));
        }
        _ => {}
    }
    changes.truncate(CHANGES_MAX);
    changes
}

impl Names<'_> {
    fn unit(&self, unit: usize) -> String {
        self.ground.unit_names.get(unit).cloned().unwrap_or_else(|| format!("unit {unit}"))
    }

    fn pick_up(&self, at_m: [f64; 2]) -> Option<String> {
        let sites = &self.airspace.site().pick_up_sites;
        sites.iter().find(|spot| self.airspace.place_m(spot.at) == at_m).map(|spot| spot.name.clone())
    }
}

/// The regions as places on Earth.
pub(super) fn maps(
    airspace: &Airspace,
    track: TrackId,
    landing: &[Vec<Region>; 2],
    launch: &[Vec<Region>; 2],
    plan: &Plan,
) -> Maps {
    let ring = |ring: &planning::cue::Ring| ring.iter().map(|at_m| airspace.lat_lon(*at_m)).collect();
    let part = |region: &Region| std::iter::once(&region.outer).chain(&region.holes).map(ring).collect();
    let parts = |regions: &Vec<Region>| regions.iter().map(part).collect();
    let beyond = hundredths(plan.map.beyond);
    Maps { track, landing: landing.each_ref().map(parts), launch: launch.each_ref().map(parts), beyond }
}

fn hundredths(probability: f64) -> f64 {
    (probability * 100.0).round() / 100.0
}

fn percent(probability: f64) -> f64 {
    (probability * 100.0).round()
}

fn stepped(seconds: f64) -> f64 {
    (seconds / TIME_STEP_S).round() * TIME_STEP_S
}
