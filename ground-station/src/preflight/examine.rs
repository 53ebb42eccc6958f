//! Looks along a flight, and words what was found.

use std::collections::BTreeSet;

use missions::sun;
use planning::preflight::{self as geometry, Airspace as Sky, Area, Fix, Heights, Mission, Rules};
use telemetry::Timestamp;
use telemetry::messages::VehicleKind;

use super::contact::Posts;
use super::findings::{Words, about};
use super::sky::{Reach, RoomGround, polygon, rules, zones};
use super::words::{Wording, clock};
use super::{Finding, Flight, Report, Rule, remedy};
use crate::airspace::{Airspace, Contact};

/// Less than this beyond a layer's limit is rounding, metres.
const LAYER_SLACK_M: f64 = 0.5;
/// Civil twilight ends here: 6°, radians.
pub(super) const NIGHT_BELOW: f64 = -6.0 * std::f64::consts::PI / 180.0;
/// A weather report older than this is told as old, seconds.
const WEATHER_OLD_S: f64 = 2.0 * 3600.0;
/// Terrain with points farther apart than this is told as coarse, metres: SRTM's own three seconds are finer.
const COARSE_M: f64 = 100.0;
/// How much later a flight may be moved to become legal, seconds: zones are known so far ahead.
const AHEAD_S: f64 = 37.0 * 3600.0;
/// And so far aside, metres: zones are known so far.
const ASIDE_M: f64 = 10_000.0;

/// Whether the nearest legal changes are looked for: that takes a hundred times as long as finding what is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Advice {
    Wanted,
    Unwanted,
}

/// Checks a flight against the air and everybody else's flights, and says what would be legal.
#[must_use]
pub fn examine(airspace: &Airspace, flight: &Flight, others: &[Flight]) -> Report {
    report(airspace, flight, others, Advice::Wanted)
}

/// The same without the changes that would be legal: for what looks often and tells nobody.
#[must_use]
pub fn judge(airspace: &Airspace, flight: &Flight, others: &[Flight]) -> Report {
    report(airspace, flight, others, Advice::Unwanted)
}

fn report(airspace: &Airspace, flight: &Flight, others: &[Flight], advice: Advice) -> Report {
    let mut findings = geometric(airspace, flight, others, advice);
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

fn geometric(airspace: &Airspace, flight: &Flight, others: &[Flight], advice: Advice) -> Vec<Finding> {
    let places_m: Vec<[f64; 2]> = flight.fixes.iter().map(|fix| fix.place_m).collect();
    let (ahead_s, within_m) = if advice == Advice::Wanted { (AHEAD_S, ASIDE_M) } else { (0.0, 0.0) };
    let span = [flight.begins, flight.ends().offset_seconds(ahead_s)];
    let (zones, named) = zones(airspace, flight.flies(), Reach { span, places_m: &places_m, within_m });
    let sky = Sky {
        fences: vec![Area::Polygon(polygon(std::slice::from_ref(&flight.fence_m)))],
        ground: Some(Box::new(RoomGround(airspace))),
        zones,
        light_s: None,
        rules: rules(airspace, flight.flies()),
    };
    let near: Vec<&Flight> =
        others.iter().filter(|other| other.vehicle != flight.vehicle && other.flies() && flight.flies()).collect();
    let missions: Vec<Mission> =
        std::iter::once(flight).chain(near.iter().copied()).map(|one| mission(airspace, &sky, flight, one)).collect();
    let words = Words::new(airspace, flight, &sky);
    match geometry::check_first(&sky, &missions) {
        Ok(found) => {
            let told = found.iter().filter(|one| !is_rounding(one));
            let told = told.filter_map(|one| {
                let finding = words.of_geometry(one, &missions, &named, &near)?;
                let remedy = (advice == Advice::Wanted).then(|| words.remedy(one, &missions));
                Some(Finding { remedy, ..finding })
            });
            told.chain(out_of_contact(airspace, flight, &sky, &missions, &words)).collect()
        }
        Err(why) => vec![words.unchecked(&why.to_string())],
    }
}

/// What is against flying a way from now on, in words: a zone of an authority, a closed area, or too little clearance over
/// the ground. Findings that are covered by an override do not count.
#[must_use]
pub fn against_way(airspace: &Airspace, now: Timestamp, way: &[Fix], covered: &[String]) -> Option<String> {
    let ends = way.last().map_or(now, |fix| now.offset_seconds(fix.at_s));
    let places_m: Vec<[f64; 2]> = way.iter().map(|fix| fix.place_m).collect();
    let (zones, named) = zones(airspace, true, Reach { span: [now, ends], places_m: &places_m, within_m: 0.0 });
    let sky = Sky {
        fences: Vec::new(),
        ground: Some(Box::new(RoomGround(airspace))),
        zones,
        light_s: None,
        rules: Rules { agl_max_m: f64::INFINITY, slow_below_agl_m: f64::NEG_INFINITY, ..rules(airspace, true) },
    };
    let mission = Mission {
        fixes: way.to_vec(),
        power_w: 0.0,
        battery_wh: 0.0,
        reserve: 0.0,
        authorised: BTreeSet::new(),
        ground_legs: BTreeSet::new(),
        passing_legs: BTreeSet::new(),
    };
    let found = geometry::check_first(&sky, std::slice::from_ref(&mission)).ok()?;
    let wording = Wording { epoch: now, rules: &sky.rules, buffer_top_m: f64::INFINITY, legs: &[] };
    found.iter().find_map(|one| {
        let (about, until, key) = about(one, &named, &[])?;
        let covered = covered.contains(&key);
        (!covered).then(|| wording.matter(one, &mission, about) + &until)
    })
}

/// Where no antenna reaches it or its pilot does not see it. A line does not reach what is under water, and nobody flies a
/// boat by sight.
fn out_of_contact(
    airspace: &Airspace,
    flight: &Flight,
    sky: &Sky<'_>,
    missions: &[Mission],
    words: &Words<'_>,
) -> Vec<Finding> {
    let Some(mission) = missions.first().filter(|_| flight.kind != VehicleKind::Rov) else { return Vec::new() };
    let mut contact = airspace.limits().contact.clone();
    contact.pilot = contact.pilot.filter(|_| flight.flies());
    let room = RoomGround(airspace);
    let ground = airspace.terrain().map(|_| &room as &dyn Heights);
    let place_m = |at| airspace.place_m(at);
    let posts = Posts::new(&contact, &place_m, ground, airspace.site().ground.metres);
    let may_rise = |legs: [usize; 2], by_m: f64| geometry::may_raise(sky, missions, 0, legs, by_m);
    let lapses = posts.lapses(&mission.fixes, &mission.ground_legs, &may_rise);
    lapses.iter().map(|lapse| words.of_lapse(lapse)).collect()
}

fn is_rounding(found: &geometry::Finding) -> bool {
    use geometry::Rule::{SpeedLayer, TooHigh, TooLow};
    matches!(found.rule, TooLow | TooHigh | SpeedLayer) && found.by <= LAYER_SLACK_M
}

/// A flight as the geometry takes it, in seconds after the beginning of `ours`. The battery is judged here, under the wind.
pub(super) fn mission(airspace: &Airspace, sky: &Sky<'_>, ours: &Flight, flight: &Flight) -> Mission {
    let begins_s = flight.begins.seconds_since(ours.begins);
    let fix = |fix: &super::LegFix| Fix { at_s: begins_s + fix.at_s, place_m: fix.place_m, amsl_m: fix.amsl_m };
    let fixes: Vec<Fix> = flight.fixes.iter().map(fix).collect();
    Mission {
        ground_legs: geometry::ground_legs(&fixes),
        passing_legs: geometry::passing_legs(
            &fixes,
            Some(&RoomGround(airspace)),
            sky.rules.slow_below_agl_m - LAYER_SLACK_M,
        ),
        fixes,
        power_w: 0.0,
        battery_wh: 0.0,
        reserve: 0.0,
        authorised: BTreeSet::new(),
    }
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
    notes.extend(ground_note(airspace, flight).filter(|_| flight.flies()));
    notes.extend(contact_note(&airspace.limits().contact, airspace.terrain().is_some()));
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

/// What was not looked at of link and sight.
#[must_use]
pub fn contact_note(contact: &Contact, ground_known: bool) -> Option<String> {
    let unstated = match (contact.antennas.is_empty(), contact.pilot.is_none()) {
        (true, true) => {
            "The link and the line of sight were not checked: neither antennas nor a pilot's place are stated."
        }
        (true, false) => "The link was not checked: no antennas are stated.",
        (false, _) if !ground_known => {
            "The link was reckoned in free space: whether the ground hides it was not checked."
        }
        (false, _) => return None,
    };
    Some(unstated.to_owned())
}

/// What is not known of the ground below.
fn ground_note(airspace: &Airspace, flight: &Flight) -> Option<String> {
    let Some(sheet) = airspace.terrain() else {
        return Some(format!(
            "Terrain clearance was not checked: no terrain is configured, and heights count from the site's ground, {:.0} m \
             above mean sea level.",
            airspace.site().ground.metres
        ));
    };
    let bare = flight.fixes.iter().filter(|fix| airspace.ground_m(fix.place_m).is_none()).count();
    if bare > 0 {
        return Some(format!(
            "Terrain clearance was not checked at {bare} of {} places of the way: the terrain files have no ground there.",
            flight.fixes.len()
        ));
    }
    // Of a very large site only some of the tiles' points are kept, with the highest of those around them.
    (sheet.spacing_m() > COARSE_M).then(|| {
        format!(
            "The ground is known every {:.0} m, with the highest point around: clearance may be better.",
            sheet.spacing_m()
        )
    })
}
