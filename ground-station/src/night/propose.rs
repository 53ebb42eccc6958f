//! From what is asked to what the planner takes, and back.

use planning::schedule::{self, ChargingCurve, SoFar};
use telemetry::{LatLon, Timestamp, VehicleId};

use super::{Charge, Gap, LINE_POINTS_MAX, NAME_MAX, Night, Pack, Post, Request, Sortie, words};
use crate::desk::{self, Situation};

/// Vehicles nearer together than this stand at one base, metres.
const BASE_M: f64 = 500.0;
/// The share of the endurance of its kind that is counted on: batteries age.
const ENDURANCE_SHARE: f64 = 0.8;
/// A charger fills a battery quickly up to here, in this share of the time, and slowly from there.
const QUICK_SHARE: f64 = 0.8;
const QUICK_TIME: f64 = 0.55;
/// A night begins at most this long ago or ahead, s.
const AHEAD_S: f64 = 2.0 * 86_400.0;

/// Schedules a night.
///
/// # Errors
/// What is wrong with the request, in words.
pub fn propose(request: &Request, situation: &Situation) -> Result<Night, String> {
    check(request, situation)?;
    let mut night = solve(request, situation, None, Vec::new())?;
    let words = without_plans(&night, situation);
    night.words.extend(words);
    Ok(night)
}

/// For which posts no plan can be made, or none that passes its check, and why: that is not to be found out when a sortie is
/// due.
fn without_plans(night: &Night, situation: &Situation) -> Vec<String> {
    let of_post = |(number, post): (usize, &Post)| {
        let sorties = (0..night.sorties.len()).filter(|sortie| night.sorties[*sortie].post == number);
        let (mut without, mut into) = (None, None);
        for made in desk::sortie_plans(night, sorties, situation) {
            match made {
                Err(why) => without = without.or(Some(why)),
                Ok(plan) => into = into.or(plan.enters.into_iter().next()),
            }
        }
        let why = without.map(|why| format!("Not every sortie to {} gets a plan: {why}. Draw one by hand.", post.name));
        let held = |zone| {
            format!("Not every sortie to {} passes its check: there is no way that keeps out of {zone}.", post.name)
        };
        why.or_else(|| into.map(held))
    };
    night.request.posts.iter().enumerate().filter_map(of_post).collect()
}

/// Schedules the rest of a night without those that dropped out: all of it, where it has not begun.
///
/// # Errors
/// Why it cannot be, in words.
pub fn again(before: &Night, out: &[VehicleId], situation: &Situation) -> Result<Night, String> {
    if situation.now.unix_millis() >= before.request.to {
        return Err("the night is over: ask for another".to_owned());
    }
    check_fleet(&before.request, situation)?;
    let mut all = before.out.clone();
    all.extend(out.iter().filter(|vehicle| !before.out.contains(vehicle)).cloned());
    solve(&before.request, situation, Some(before), all)
}

/// The planner's question, and whose numbers are whose.
pub(super) struct Asked {
    pub(super) request: schedule::Request,
    /// The vehicles, as the planner counts its drones.
    pub(super) vehicles: Vec<VehicleId>,
    /// The zero of its clock.
    pub(super) from: i64,
}

impl Asked {
    pub(super) fn ms(&self, s: f64) -> i64 {
        self.from.saturating_add((s * 1000.0).round() as i64)
    }

    fn s(&self, ms: i64) -> f64 {
        ms.saturating_sub(self.from) as f64 / 1000.0
    }

    fn span(&self, [from_s, to_s]: [f64; 2]) -> [i64; 2] {
        [self.ms(from_s), self.ms(to_s)]
    }
}

fn solve(
    request: &Request,
    situation: &Situation,
    before: Option<&Night>,
    out: Vec<VehicleId>,
) -> Result<Night, String> {
    let mut asked = asked(request, situation)?;
    if let Some(before) = before {
        resume(&mut asked, before, &out, situation.now);
    }
    let plan = schedule::plan(&asked.request).map_err(|error| error.to_string())?;
    let pack = |pack: schedule::Pack| Pack { base: pack.site, number: pack.number };
    let sortie = |sortie: &schedule::Sortie| Sortie {
        post: sortie.post,
        vehicle: asked.vehicles[sortie.drone].clone(),
        crew: sortie.crew,
        pack: pack(sortie.pack),
        leaves: asked.ms(sortie.leaves_s),
        watches: asked.span(sortie.watches_s),
        lands: asked.ms(sortie.lands_s),
        left: sortie.left,
    };
    let charge = |charge: &schedule::Charge| {
        let [from, to] = asked.span(charge.during_s);
        Charge { pack: pack(charge.pack), charger: charge.charger, from, to }
    };
    let gap = |gap: &schedule::Gap| {
        let [from, to] = asked.span(gap.during_s);
        Gap { post: gap.post, from, to, why: words::cause(gap.cause).to_owned() }
    };
    Ok(Night {
        request: request.clone(),
        sorties: plan.sorties.iter().map(sortie).collect(),
        charges: plan.charges.iter().map(charge).collect(),
        standby: plan.standby.iter().map(|drone| asked.vehicles[*drone].clone()).collect(),
        out,
        gaps: plan.gaps.iter().map(gap).collect(),
        watched: plan.watched,
        words: words::of(request, situation, &asked, &plan),
    })
}

/// What has taken off stays; whoever stood by steps in for one that dropped out.
fn resume(asked: &mut Asked, before: &Night, out: &[VehicleId], now: Timestamp) {
    let number = |vehicle: &VehicleId| asked.vehicles.iter().position(|one| one == vehicle);
    let now_s = asked.s(now.unix_millis());
    let flown = before.sorties.iter().filter(|sortie| asked.s(sortie.leaves) <= now_s).filter_map(|sortie| {
        Some(schedule::Sortie {
            post: sortie.post,
            drone: number(&sortie.vehicle)?,
            pack: schedule::Pack { site: sortie.pack.base, number: sortie.pack.number },
            crew: sortie.crew,
            leaves_s: asked.s(sortie.leaves),
            watches_s: sortie.watches.map(|at| asked.s(at)),
            lands_s: asked.s(sortie.lands),
            left: sortie.left,
        })
    });
    let flown: Vec<schedule::Sortie> = flown.collect();
    let out: Vec<usize> = out.iter().filter_map(number).collect();
    for drone in &out {
        let site = &mut asked.request.sites[asked.request.drones[*drone].site];
        site.standby = site.standby.saturating_sub(1);
    }
    // Before the begin nobody has taken off, and nobody does.
    asked.request.so_far = Some(SoFar { now_s: now_s.max(0.0), flown, out });
}

fn asked(request: &Request, situation: &Situation) -> Result<Asked, String> {
    let airspace = &situation.airspace;
    let s = |ms: i64| ms.saturating_sub(request.from) as f64 / 1000.0;
    let window_s = |from: Option<i64>, to: Option<i64>| [s(from.unwrap_or(request.from)), s(to.unwrap_or(request.to))];
    // The planner lets the last ones of a site stand by.
    let mut stock: Vec<_> = request.stock.iter().collect();
    stock.sort_by_key(|one| one.stands_by);
    let (mut sites, mut drones, mut vehicles) = (Vec::<schedule::Site>::new(), Vec::new(), Vec::new());
    for one in stock {
        let standing = situation.vehicles.get(&one.vehicle).ok_or("there is no such vehicle")?;
        let start = standing.start.ok_or("its place of take-off is not known")?;
        let at_m = airspace.place_m(start.position);
        let near = |site: &schedule::Site| (site.at_m[0] - at_m[0]).hypot(site.at_m[1] - at_m[1]) <= BASE_M;
        let site = sites.iter().position(near).unwrap_or_else(|| {
            sites.push(schedule::Site { at_m, packs: 0, chargers: 0, standby: 0 });
            sites.len() - 1
        });
        sites[site].packs += one.batteries;
        sites[site].chargers += one.chargers;
        sites[site].standby += usize::from(one.stands_by);
        let performance = missions::Performance::of(standing.kind).ok_or("it is of unknown kind")?;
        drones.push(schedule::Drone {
            site,
            airspeed_m_s: standing.cruise_m_s,
            endurance_s: ENDURANCE_SHARE * performance.endurance_s,
            reserve: request.reserve,
            swap_s: request.swap_min * 60.0,
        });
        vehicles.push(one.vehicle.clone());
    }
    let post = |post: &Post| schedule::Post {
        at_m: place(post.at).map_or([0.0; 2], |at| airspace.place_m(at)),
        window_s: window_s(post.from, post.to),
    };
    let crew = |crew: &super::Crew| {
        let with = vehicles.iter().position(|vehicle| *vehicle == crew.with).map_or(0, |drone| drones[drone].site);
        schedule::Crew {
            site: with,
            shift_s: window_s(crew.from, crew.to),
            duty_max_s: crew.duty_max_min * 60.0,
            rest_s: crew.rest_min * 60.0,
            at_once: crew.at_once,
        }
    };
    let charge_s = request.charge_min * 60.0;
    let (posts, crews) = (request.posts.iter().map(post).collect(), request.crews.iter().map(crew).collect());
    let scheduled = schedule::Request {
        night_s: [0.0, s(request.to)],
        posts,
        sites,
        drones,
        crews,
        holds: request.holds.iter().map(|hold| schedule::Hold { during_s: [s(hold.from), s(hold.to)] }).collect(),
        charging: ChargingCurve { points: vec![(0.0, 0.0), (QUICK_SHARE, QUICK_TIME * charge_s), (1.0, charge_s)] },
        overlap_s: request.overlap_s,
        wind_m_s: airspace.wind_m_s(),
        so_far: None,
    };
    Ok(Asked { request: scheduled, vehicles, from: request.from })
}

fn place([lon, lat]: [f64; 2]) -> Option<LatLon> {
    LatLon::from_degrees(lat, lon).ok()
}

/// What the planner cannot check: names, places on Earth, times near now, and the fleet. Numbers are its own.
fn check(request: &Request, situation: &Situation) -> Result<(), String> {
    let now = situation.now.unix_seconds();
    for (field, ms) in [("from", request.from), ("to", request.to)] {
        if (ms as f64 / 1e3 - now).abs() > AHEAD_S {
            return Err(format!("{field}: allowed is within two days of now"));
        }
    }
    if !(20.0..=300.0).contains(&request.height_m) {
        return Err(format!("height_m: found {}; allowed: 20 to 300", request.height_m));
    }
    let names = request.posts.iter().map(|post| &post.name).chain(request.crews.iter().map(|crew| &crew.name));
    for name in names {
        let length = name.chars().count();
        if name.trim().is_empty() || length > NAME_MAX || name.chars().any(char::is_control) {
            return Err(format!("a name of {length} characters: allowed are 1 to {NAME_MAX} on one line"));
        }
    }
    for post in &request.posts {
        if post.line.len() > LINE_POINTS_MAX || post.line.len() == 1 || post.line.iter().any(|at| place(*at).is_none())
        {
            return Err(format!(
                "{}: a line of {} points: allowed are 2 to {LINE_POINTS_MAX} places, or none",
                post.name,
                post.line.len()
            ));
        }
        check_area(post)?;
        if place(post.at).is_none() {
            let [lon, lat] = post.at;
            return Err(format!("{}: [{lon}, {lat}] is no place: allowed are longitude, latitude", post.name));
        }
    }
    check_fleet(request, situation)
}

fn check_area(post: &Post) -> Result<(), String> {
    let corners: Vec<LatLon> = post.area.iter().filter_map(|at| place(*at)).collect();
    let count = post.area.len();
    if count == 0 {
        return Ok(());
    }
    if !(3..=LINE_POINTS_MAX).contains(&count) || corners.len() != count {
        return Err(format!("{}: an area of {count} corners: allowed are 3 to {LINE_POINTS_MAX} places", post.name));
    }
    if !post.line.is_empty() {
        return Err(format!("{}: a line and an area: allowed is one of them", post.name));
    }
    if let Some((a, b)) = missions::ring::self_crossing(&corners) {
        return Err(format!("{}: the area's sides after corners {} and {} cross or meet", post.name, a + 1, b + 1));
    }
    if !(5.0..=5000.0).contains(&post.spacing_m) {
        return Err(format!("{}: spacing_m: found {}; allowed: 5 to 5000", post.name, post.spacing_m));
    }
    Ok(())
}

fn check_fleet(request: &Request, situation: &Situation) -> Result<(), String> {
    if request.stock.is_empty() {
        return Err("no vehicle was chosen".to_owned());
    }
    for (n, one) in request.stock.iter().enumerate() {
        let id = &one.vehicle;
        if request.stock[..n].iter().any(|other| other.vehicle == *id) {
            return Err(format!("{id} is named twice"));
        }
        let standing = situation.vehicles.get(id).ok_or_else(|| format!("there is no vehicle {id}"))?;
        let name = &standing.name;
        if !missions::Performance::of(standing.kind).is_some_and(|performance| performance.flies()) {
            return Err(format!("{name} does not fly: a night is scheduled for aircraft"));
        }
        if standing.start.is_none() {
            return Err(format!("{name}: its place of take-off is not known"));
        }
        if one.batteries == 0 {
            return Err(format!("{name}: 0 batteries; allowed: at least its own"));
        }
    }
    let with = |crew: &super::Crew| request.stock.iter().any(|one| one.vehicle == crew.with);
    match request.crews.iter().find(|crew| !with(crew)) {
        Some(crew) => Err(format!("{} flies with {}, which was not chosen", crew.name, crew.with)),
        None => Ok(()),
    }
}
