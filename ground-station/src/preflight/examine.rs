//! Looks along a flight, and words what was found.

use std::collections::BTreeSet;

use geo::{Coord, LineString, Polygon};
use missions::sun;
use missions::zones::{Outline, Restriction, UasZone, VerticalLimit, VerticalReference, ZoneVolume};
use planning::preflight::{
    self as geometry, Airspace as Sky, Area, Datum, Fix, Ground, Heights, Limit, Mission, Rules, Zone, ZoneRule,
};
use telemetry::{AltitudeAmsl, AltitudeHae, Timestamp};

use super::findings::{Named, Words};
use super::{Finding, Flight, Report, Rule, remedy};
use crate::airspace::{Airspace, ClosedArea, Layers};

/// The ground is laid out this far to every side of the datum, metres.
const GROUND_HALF_M: f64 = 100_000.0;
/// Less than this over a layer's limit is rounding, metres.
const LAYER_SLACK_M: f64 = 0.5;
/// The same for a speed, m/s.
const SPEED_SLACK_M_S: f64 = 0.05;
/// Civil twilight ends here: 6°, radians.
pub(super) const NIGHT_BELOW: f64 = -6.0 * std::f64::consts::PI / 180.0;
/// A weather report older than this is told as old, seconds.
const WEATHER_OLD_S: f64 = 2.0 * 3600.0;

/// Checks a flight against the air and everybody else's flights.
#[must_use]
pub fn examine(airspace: &Airspace, flight: &Flight, others: &[Flight]) -> Report {
    let mut findings = geometric(airspace, flight, others);
    findings.extend(layers(airspace, flight));
    findings.extend(battery(flight));
    findings.extend(weather(airspace, flight));
    findings.sort_by(|a, b| (a.at, &a.key).cmp(&(b.at, &b.key)));
    Report {
        begins: flight.begins,
        duration_s: flight.duration_s(),
        distance_m: flight.distance_m(),
        battery: flight.battery,
        battery_used: flight.battery_used,
        reserve: flight.reserve,
        findings,
        notes: notes(airspace, flight),
    }
}

fn geometric(airspace: &Airspace, flight: &Flight, others: &[Flight]) -> Vec<Finding> {
    let (zones, named) = zones(airspace, flight);
    let ground = Ground::new(GROUND_HALF_M, 2, vec![airspace.site().ground.metres; 4]).ok();
    let sky = Sky {
        fences: vec![Area::Polygon(polygon(std::slice::from_ref(&flight.fence_m)))],
        ground: ground.map(|ground| Box::new(ground) as Box<dyn Heights>),
        zones,
        light_s: None,
        rules: rules(airspace),
    };
    let empty = empty(airspace);
    let near: Vec<&Flight> =
        others.iter().filter(|other| other.vehicle != flight.vehicle && other.flies() && flight.flies()).collect();
    let missions: Vec<Mission> =
        std::iter::once(flight).chain(near.iter().copied()).map(|one| mission(flight.begins, one)).collect();
    let found = match geometry::check(&sky, &missions[..1]) {
        Ok(found) => found,
        Err(why) => return vec![Words::new(airspace, flight).unchecked(&why.to_string())],
    };
    let words = Words::new(airspace, flight);
    let mut findings: Vec<Finding> =
        found.iter().filter_map(|one| words.of_geometry(one, &named, &sky.zones)).collect();
    // Pair by pair, so that a fault in another's plan does not hide what is wrong with this one.
    for (other, theirs) in near.iter().zip(&missions[1..]) {
        let pair = [missions[0].clone(), theirs.clone()];
        let close = geometry::check(&empty, &pair).unwrap_or_default();
        let close = close.iter().find(|one| matches!(one.rule, geometry::Rule::Separation(_)));
        if let Some(close) = close {
            let later = remedy::later(airspace, flight, other);
            findings.push(words.separation(close, other, later));
        }
    }
    findings
}

/// A sky with nothing in it but our own.
pub(super) fn empty(airspace: &Airspace) -> Sky<'static> {
    Sky { fences: Vec::new(), ground: None, zones: Vec::new(), light_s: None, rules: rules(airspace) }
}

/// Only separation is left to `planning`: the layers are the room's own, as they go by the speed that is commanded.
fn rules(airspace: &Airspace) -> Rules {
    let limits = airspace.limits();
    Rules {
        agl_min_m: f64::NEG_INFINITY,
        agl_max_m: f64::INFINITY,
        slow_below_agl_m: f64::NEG_INFINITY,
        fast_m_s: f64::INFINITY,
        apart_level_m: limits.apart_level_m,
        apart_height_m: limits.apart_height_m,
    }
}

/// A flight as the geometry takes it, in seconds after `epoch`. The battery is judged here, under the wind.
pub(super) fn mission(epoch: Timestamp, flight: &Flight) -> Mission {
    let begins_s = flight.begins.seconds_since(epoch);
    let fix = |fix: &super::LegFix| Fix { at_s: begins_s + fix.at_s, place_m: fix.place_m, amsl_m: fix.amsl_m };
    Mission {
        fixes: flight.fixes.iter().map(fix).collect(),
        power_w: 0.0,
        battery_wh: 0.0,
        reserve: 0.0,
        authorised: BTreeSet::new(),
        ground_legs: BTreeSet::new(),
    }
}

/// What somebody may be kept out of during a flight, and the names of it.
fn zones(airspace: &Airspace, flight: &Flight) -> (Vec<Zone>, Vec<Named>) {
    let (mut zones, mut named) = (Vec::new(), Vec::new());
    if flight.flies() {
        for zone in airspace.zones() {
            for volume in volumes(airspace, flight, zone) {
                zones.push(volume);
                named.push(Named::zone(zone));
            }
        }
    }
    for area in airspace.areas() {
        zones.push(closed(airspace, flight, area));
        named.push(Named::area(area));
    }
    (zones, named)
}

fn volumes(airspace: &Airspace, flight: &Flight, zone: &UasZone) -> Vec<Zone> {
    let rule = match zone.restriction {
        Restriction::Prohibited => ZoneRule::Prohibited,
        // Nobody here has looked whether its conditions are kept.
        Restriction::RequiresAuthorisation | Restriction::USpace | Restriction::Conditional => {
            ZoneRule::NeedsAuthorisation
        }
        Restriction::Unrestricted => return Vec::new(),
    };
    if rule == ZoneRule::NeedsAuthorisation && airspace.limits().authorised_zones.contains(&zone.identifier) {
        return Vec::new();
    }
    let active = zone.active(flight.begins, flight.ends());
    let seconds = |span: [Timestamp; 2]| span.map(|at| at.seconds_since(flight.begins));
    let active_s: Option<Vec<[f64; 2]>> = active.map(|spans| spans.into_iter().map(seconds).collect());
    if active_s.as_ref().is_some_and(Vec::is_empty) {
        return Vec::new();
    }
    let volume = |volume: &ZoneVolume| Zone {
        id: zone.identifier.clone(),
        rule,
        area: area(airspace, &volume.outline),
        floor: volume.lower.map(|lower| limit(airspace, lower)),
        ceiling: volume.upper.map(|upper| limit(airspace, upper)),
        active_s: active_s.clone(),
    };
    zone.volumes.iter().map(volume).collect()
}

fn area(airspace: &Airspace, outline: &Outline) -> Area {
    match outline {
        Outline::Circle { centre, radius_m } => {
            Area::Circle { centre_m: airspace.place_m(*centre), radius_m: *radius_m }
        }
        Outline::Polygon(rings) => {
            let ring = |ring: &Vec<telemetry::LatLon>| ring.iter().map(|at| airspace.place_m(*at)).collect();
            let rings: Vec<Vec<[f64; 2]>> = rings.iter().map(ring).collect();
            Area::Polygon(polygon(&rings))
        }
    }
}

fn limit(airspace: &Airspace, limit: VerticalLimit) -> Limit {
    let (metres, datum) = match limit.reference {
        VerticalReference::Agl => (limit.metres, Datum::Agl),
        VerticalReference::Amsl => (limit.metres, Datum::Amsl),
        VerticalReference::Wgs84 => {
            (AltitudeHae::new(limit.metres).amsl(airspace.site().undulation).metres, Datum::Amsl)
        }
    };
    Limit { metres, datum }
}

fn closed(airspace: &Airspace, flight: &Flight, area: &ClosedArea) -> Zone {
    let amsl = |altitude: AltitudeAmsl| Limit { metres: altitude.metres, datum: Datum::Amsl };
    let closure = &area.closure;
    let ring: Vec<[f64; 2]> = closure.ring.iter().map(|at| airspace.place_m(*at)).collect();
    Zone {
        id: area.id.to_string(),
        rule: ZoneRule::Closed,
        area: Area::Polygon(polygon(&[ring])),
        floor: closure.floor.map(amsl),
        ceiling: closure.ceiling.map(amsl),
        active_s: Some(vec![[closure.from, closure.to].map(|at| at.seconds_since(flight.begins))]),
    }
}

fn polygon(rings: &[Vec<[f64; 2]>]) -> Polygon {
    let ring = |ring: &Vec<[f64; 2]>| ring.iter().map(|[x, y]| Coord { x: *x, y: *y }).collect::<LineString>();
    let mut rings = rings.iter().map(ring);
    Polygon::new(rings.next().unwrap_or_else(|| LineString::new(Vec::new())), rings.collect())
}

/// The buffer stays empty, and nobody is fast in the slow layer; passing through it on the way up or down is allowed.
fn layers(airspace: &Airspace, flight: &Flight) -> Vec<Finding> {
    let Some(layers) = airspace.limits().layers.filter(|_| flight.flies()) else { return Vec::new() };
    let ground_m = airspace.site().ground.metres;
    let words = Words::new(airspace, flight);
    let Layers { slow_below_m, slow_m_s, fast_below_m, .. } = layers;
    let highest = flight.fixes.iter().max_by(|a, b| a.amsl_m.total_cmp(&b.amsl_m));
    let buffer = highest.filter(|fix| fix.amsl_m - ground_m > fast_below_m + LAYER_SLACK_M);
    let low_and_fast = flight.fixes.windows(2).filter(|pair| {
        let below = pair.iter().all(|fix| fix.amsl_m - ground_m < slow_below_m - LAYER_SLACK_M);
        below && pair[1].speed_m_s > slow_m_s + SPEED_SLACK_M_S
    });
    let fastest = low_and_fast.max_by(|a, b| a[1].speed_m_s.total_cmp(&b[1].speed_m_s));
    let buffer = buffer.map(|fix| words.buffer(&layers, fix));
    buffer.into_iter().chain(fastest.map(|pair| words.slow_layer(&layers, &pair[1]))).collect()
}

fn battery(flight: &Flight) -> Option<Finding> {
    let lacking = flight.battery_used - (flight.battery - flight.reserve);
    (lacking > 1e-9).then(|| {
        let minutes = |share: f64| share * flight.endurance_s / 60.0;
        let text = format!(
            "The flight takes {:.0} % of the battery, {:.0} min; it holds {:.0} %, of which {:.0} % must be left: \
             {:.1} min too long.",
            flight.battery_used * 100.0,
            flight.duration_s() / 60.0,
            flight.battery * 100.0,
            flight.reserve * 100.0,
            minutes(lacking)
        );
        Finding {
            key: Rule::Battery.name().to_owned(),
            rule: Rule::Battery,
            leg: None,
            at: flight.ends(),
            position: None,
            amsl_m: None,
            text,
            remedy: remedy::shorter(flight, lacking),
        }
    })
}

fn weather(airspace: &Airspace, flight: &Flight) -> Vec<Finding> {
    let mut findings = Vec::new();
    let whole = |rule: Rule, text: String, remedy: Option<String>| Finding {
        key: rule.name().to_owned(),
        rule,
        leg: None,
        at: flight.begins,
        position: None,
        amsl_m: None,
        text,
        remedy,
    };
    let limits = airspace.limits();
    if let Some(report) = airspace.weather().map(|weather| weather.report) {
        let gust_max = limits.gust_max_m_s(flight.kind).filter(|most| report.gust_m_s > *most);
        if let Some(most) = gust_max {
            let over = report.gust_m_s - most;
            let text = format!(
                "Gusts of {:.0} m/s; allowed for it are {most:.0} m/s: {over:.1} m/s too much.",
                report.gust_m_s
            );
            findings.push(whole(Rule::Wind, text, Some("Wait until the wind has gone down.".to_owned())));
        } else if let Some(leg) = flight.held_by_wind.first() {
            let text = format!("Leg {}: the wind of {:.0} m/s lets it make no way.", leg + 1, report.wind_m_s);
            findings.push(whole(
                Rule::Wind,
                text,
                Some("Fly it faster, or wait until the wind has gone down.".to_owned()),
            ));
        }
        let blind = report.visibility_m.filter(|metres| flight.flies() && *metres < limits.visibility_min_m);
        if let Some(metres) = blind {
            let least = limits.visibility_min_m;
            let text = format!(
                "The visibility is {metres:.0} m; allowed is {least:.0} m and more: {:.0} m too little.",
                least - metres
            );
            findings.push(whole(Rule::Visibility, text, Some("Wait until it has cleared up.".to_owned())));
        }
    }
    let datum = airspace.site().datum.lat_lon();
    let dark = |at: Timestamp| sun::elevation(at, datum) < NIGHT_BELOW;
    if flight.flies() && !limits.night && (dark(flight.begins) || dark(flight.ends())) {
        let text = format!(
            "It flies at night ({} to {}), which this room does not allow.",
            clock(flight.begins),
            clock(flight.ends())
        );
        findings.push(whole(Rule::Night, text, remedy::dawn(flight, datum)));
    }
    findings
}

fn notes(airspace: &Airspace, flight: &Flight) -> Vec<String> {
    let mut notes = Vec::new();
    if flight.flies() {
        notes.push(format!(
            "Terrain was not checked: heights count from the site's ground, {:.0} m above mean sea level.",
            airspace.site().ground.metres
        ));
    }
    match airspace.weather() {
        None if flight.flies() => notes.push("No weather has been reported: reckoned in calm air.".to_owned()),
        Some(weather) if flight.begins.seconds_since(weather.at) > WEATHER_OLD_S => notes.push(format!(
            "The weather report is {:.1} h old at the beginning.",
            flight.begins.seconds_since(weather.at) / 3600.0
        )),
        _ => {}
    }
    if airspace.zones().is_empty() && flight.flies() {
        notes.push("No files of geographical zones are configured.".to_owned());
    }
    notes
}

/// The time of day, UTC.
pub(super) fn clock(at: Timestamp) -> String {
    // RFC 3339: the clock stands behind the T.
    let text = at.to_string();
    text.split('T').nth(1).map_or(text.clone(), |clock| format!("{}Z", clock.get(..5).unwrap_or(clock)))
}
