//! The last check before anything flies, of many missions at once.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, ensure};
use geo::{Coord, LineString, Polygon};
use missions::zones::{Outline, Restriction, UasZone, VerticalLimit, VerticalReference, ZoneVolume, ed269};
use planning::preflight::{
    Airspace, Area, Datum, Finding, Fix, Ground, Limit, Mission, Rule, Rules, Zone, ZoneRule, check,
};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};
use telemetry::Timestamp;

use super::Answer;
use super::level::Level;

#[derive(Deserialize)]
pub(super) struct Instance {
    frame: Level,
    #[serde(deserialize_with = "moment")]
    epoch: Timestamp,
    terrain: RawTerrain,
    fence: RawPolygon,
    rules: RawRules,
    ed269: Value,
    #[serde(default)]
    notams: Vec<RawNotam>,
    missions: Vec<RawMission>,
}

#[derive(Deserialize)]
struct RawTerrain {
    half: f64,
    n: usize,
    z: Vec<Vec<f64>>,
}

#[derive(Deserialize)]
struct RawPolygon {
    outer: Vec<[f64; 2]>,
    #[serde(default)]
    holes: Vec<Vec<[f64; 2]>>,
}

#[derive(Deserialize)]
struct RawRules {
    min_agl: f64,
    max_agl: f64,
    slow_layer_max_agl: f64,
    fast_speed: f64,
    sep_h: f64,
    sep_v: f64,
}

#[derive(Deserialize)]
struct RawNotam {
    id: String,
    center: [f64; 2],
    radius: f64,
    lower_amsl: f64,
    upper_amsl: f64,
    #[serde(deserialize_with = "moment")]
    start: Timestamp,
    #[serde(deserialize_with = "moment")]
    end: Timestamp,
}

#[derive(Deserialize)]
struct RawMission {
    id: u64,
    /// s, east, north, metres above mean sea level.
    wps: Vec<[f64; 4]>,
    power_w: f64,
    battery_wh: f64,
    reserve: f64,
    #[serde(default)]
    authorised_zones: Vec<String>,
}

/// An instant as people write it.
fn moment<'de, D: Deserializer<'de>>(from: D) -> Result<Timestamp, D::Error> {
    let text = String::deserialize(from)?;
    text.parse()
        .map_err(|_| D::Error::custom(format!("found {text:?}; allowed: an instant such as 2026-11-21T20:00:00Z")))
}

pub(super) fn answer(instance: Instance) -> anyhow::Result<Answer> {
    let ids: Vec<u64> = instance.missions.iter().map(|mission| mission.id).collect();
    ensure!(!instance.missions.is_empty(), "no missions to check");
    let missions: Vec<Mission> = instance.missions.iter().map(mission).collect();
    let span = span(instance.epoch, &missions);
    let zones = ed269::read(&serde_json::to_vec(&instance.ed269)?).context("ed269")?;
    let mut airspace = Airspace {
        fences: vec![Area::Polygon(polygon(&instance.fence.outer, &instance.fence.holes))],
        ground: Some(Box::new(ground(instance.terrain)?)),
        zones: Vec::new(),
        light_s: None,
        rules: rules(&instance.rules),
    };
    for zone in &zones {
        airspace.zones.extend(volumes(zone, instance.epoch, span, &instance.frame));
    }
    airspace.zones.extend(instance.notams.iter().map(|notam| closure(notam, instance.epoch)));
    let findings = check(&airspace, &missions)?;
    let told: Vec<Value> = findings.iter().map(|finding| told(finding, &ids, &airspace)).collect();
    let broken: BTreeMap<usize, usize> = findings.iter().fold(BTreeMap::new(), |mut broken, finding| {
        *broken.entry(finding.mission).or_default() += 1;
        broken
    });
    let summary = format!("{} findings in {} of {} missions", findings.len(), broken.len(), missions.len());
    Ok(Answer { json: json!({ "violations": told }), summary, drawing: None })
}

fn told(finding: &Finding, ids: &[u64], airspace: &Airspace<'_>) -> Value {
    let zone = |zone: usize| airspace.zones[zone].id.clone();
    let (kind, to) = match finding.rule {
        Rule::Fence => ("FENCE", String::new()),
        Rule::TooLow => ("AGL_LOW", String::new()),
        Rule::TooHigh => ("AGL_HIGH", String::new()),
        Rule::SpeedLayer => ("SPEED_LAYER", String::new()),
        Rule::Battery => ("BATTERY", String::new()),
        Rule::Prohibited(number) => ("ZONE_PROHIBITED", zone(number)),
        Rule::Unauthorised(number) => ("ZONE_AUTH", zone(number)),
        Rule::Closed(number) => ("NOTAM", zone(number)),
        Rule::KeptOut(number) => ("KEEP_OUT", zone(number)),
        Rule::Dark => ("DARK", String::new()),
        Rule::Separation(other) => ("SEP", ids[other].to_string()),
    };
    let [x, y] = finding.place_m;
    json!({
        "mission": ids[finding.mission], "type": kind, "ref": to, "leg": finding.leg, "t": finding.at_s, "x": x, "y": y,
        "amsl": finding.amsl_m, "by": finding.by,
    })
}

fn mission(raw: &RawMission) -> Mission {
    let fix = |[at_s, x, y, amsl_m]: &[f64; 4]| Fix { at_s: *at_s, place_m: [*x, *y], amsl_m: *amsl_m };
    Mission {
        fixes: raw.wps.iter().map(fix).collect(),
        power_w: raw.power_w,
        battery_wh: raw.battery_wh,
        reserve: raw.reserve,
        authorised: raw.authorised_zones.iter().cloned().collect(),
        ground_legs: BTreeSet::new(),
        passing_legs: BTreeSet::new(),
    }
}

/// From the first take-off to the last landing.
fn span(epoch: Timestamp, missions: &[Mission]) -> [Timestamp; 2] {
    let fixes = || missions.iter().flat_map(|mission| &mission.fixes).map(|fix| fix.at_s).filter(|at| at.is_finite());
    let from_s = fixes().fold(f64::INFINITY, f64::min).clamp(-1e9, 1e9);
    let to_s = fixes().fold(f64::NEG_INFINITY, f64::max).clamp(-1e9, 1e9);
    [epoch.offset_seconds(from_s), epoch.offset_seconds(to_s)]
}

fn ground(raw: RawTerrain) -> anyhow::Result<Ground> {
    for (row, heights) in raw.z.iter().enumerate() {
        ensure!(heights.len() == raw.n, "terrain.z[{row}]: found {} heights; allowed: n, {}", heights.len(), raw.n);
    }
    Ok(Ground::new(raw.half, raw.n, raw.z.concat())?)
}

fn rules(raw: &RawRules) -> Rules {
    Rules {
        agl_min_m: raw.min_agl,
        agl_max_m: raw.max_agl,
        slow_below_agl_m: raw.slow_layer_max_agl,
        fast_m_s: raw.fast_speed,
        apart_level_m: raw.sep_h,
        apart_height_m: raw.sep_v,
    }
}

fn polygon(outer: &[[f64; 2]], holes: &[Vec<[f64; 2]>]) -> Polygon {
    Polygon::new(ring(outer), holes.iter().map(|hole| ring(hole)).collect())
}

fn ring(places_m: &[[f64; 2]]) -> LineString {
    places_m.iter().map(|[x, y]| Coord { x: *x, y: *y }).collect()
}

/// The volumes of a zone that somebody may be kept out of.
pub(crate) fn volumes(zone: &UasZone, epoch: Timestamp, span: [Timestamp; 2], frame: &Level) -> Vec<Zone> {
    let rule = match zone.restriction {
        Restriction::Prohibited => ZoneRule::Prohibited,
        // Nobody here has looked whether its conditions are kept.
        Restriction::RequiresAuthorisation | Restriction::USpace | Restriction::Conditional => {
            ZoneRule::NeedsAuthorisation
        }
        Restriction::Unrestricted => return Vec::new(),
    };
    let seconds = |at: Timestamp| at.seconds_since(epoch);
    let active = zone.active(span[0], span[1]);
    let active_s: Option<Vec<[f64; 2]>> = active.map(|spans| spans.into_iter().map(|span| span.map(seconds)).collect());
    let volume = |volume: &ZoneVolume| Zone {
        id: zone.identifier.clone(),
        rule,
        area: area(&volume.outline, frame),
        floor: volume.lower.and_then(limit),
        ceiling: volume.upper.and_then(limit),
        active_s: active_s.clone(),
    };
    zone.volumes.iter().map(volume).collect()
}

pub(crate) fn area(outline: &Outline, frame: &Level) -> Area {
    match outline {
        Outline::Circle { centre, radius_m } => Area::Circle { centre_m: frame.place_m(*centre), radius_m: *radius_m },
        Outline::Polygon(rings) => {
            let rings: Vec<Vec<[f64; 2]>> =
                rings.iter().map(|ring| ring.iter().map(|at| frame.place_m(*at)).collect()).collect();
            let (outer, holes) = rings.split_first().expect("the reader takes no polygon without rings");
            Area::Polygon(polygon(outer, holes))
        }
    }
}

/// Nothing for a limit above the ellipsoid: where that is nobody here knows, so the zone counts as without it.
fn limit(limit: VerticalLimit) -> Option<Limit> {
    let datum = match limit.reference {
        VerticalReference::Agl => Datum::Agl,
        VerticalReference::Amsl => Datum::Amsl,
        VerticalReference::Wgs84 => return None,
    };
    Some(Limit { metres: limit.metres, datum })
}

fn closure(notam: &RawNotam, epoch: Timestamp) -> Zone {
    let amsl = |metres: f64| Some(Limit { metres, datum: Datum::Amsl });
    Zone {
        id: notam.id.clone(),
        rule: ZoneRule::Closed,
        area: Area::Circle { centre_m: notam.center, radius_m: notam.radius },
        // A closure from mean sea level is one from the ground, below it too.
        floor: if notam.lower_amsl > 0.0 { amsl(notam.lower_amsl) } else { None },
        ceiling: amsl(notam.upper_amsl),
        active_s: Some(vec![[notam.start.seconds_since(epoch), notam.end.seconds_since(epoch)]]),
    }
}
