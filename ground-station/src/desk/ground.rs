//! Ways over hills: where terrain is known, every leg keeps the height asked for above the ground below it.
//!
//! A leg over uneven ground is split where the straight way between two heights would be off by more than a few metres;
//! what is between two points of the terrain is taken as straight.

use missions::Performance;
use missions::notation::AltitudeNote;

use super::Situation;
use super::draw::{Spot, Step, Way};
use super::request::{Kind, Request};
use super::search::STEPS_MAX;

/// The ground is looked at so often along a way, metres.
const EVERY_M: f64 = 25.0;
/// A height is off by no more than this, metres, unless that takes more legs than a plan has; and by no more than that.
const OFF_M: f64 = 4.0;
const OFF_MAX_M: f64 = 30.0;

/// A place along a way, and how high it is to be.
#[derive(Clone, Copy)]
struct Sample {
    at_m: [f64; 2],
    amsl_m: f64,
}

/// The same ways with heights above mean sea level that follow the ground, and what was done in words; nothing where no
/// terrain is known, or what was asked for does not fly along legs.
pub(super) fn follow(request: &Request, situation: &Situation, ways: &[Way]) -> Option<(Vec<Way>, String)> {
    let along_legs = matches!(
        request.kind,
        Kind::AreaSearch | Kind::Corridor | Kind::Coastline | Kind::RiskPatrol | Kind::Patrol | Kind::Route
    );
    let terrain = situation.airspace.terrain().filter(|_| along_legs);
    terrain?;
    let mut followed = Vec::new();
    let (mut low_m, mut high_m, mut off_m) = (f64::INFINITY, f64::NEG_INFINITY, OFF_M);
    for (id, way) in request.vehicles.iter().zip(ways) {
        let standing = situation.vehicles.get(id)?;
        let home = standing.start?;
        if !Performance::of(standing.kind)?.flies() {
            return None;
        }
        let samples = samples(request, situation, situation.airspace.place_m(home.position), way);
        for leg in samples.iter().flatten() {
            (low_m, high_m) = (low_m.min(leg.amsl_m), high_m.max(leg.amsl_m));
        }
        let mut steps = steps(situation, &samples, OFF_M);
        let mut allowed_m = OFF_M;
        while steps.len() > STEPS_MAX && allowed_m < OFF_MAX_M {
            allowed_m *= 1.5;
            steps = self::steps(situation, &samples, allowed_m);
        }
        off_m = off_m.max(allowed_m);
        // Where the camera looks is said before the first leg, and holds over all ground.
        let looks = way.steps.iter().take_while(|step| !matches!(step, Step::To(_)));
        steps.splice(0..0, looks.cloned());
        followed.push(Way { steps, leaves_s: way.leaves_s });
    }
    let words =
        format!("heights follow the ground to {off_m:.0} m, {:.0} to {:.0} m above mean sea level", low_m, high_m);
    low_m.is_finite().then_some((followed, words))
}

/// The way leg by leg, from above home and back to there, each looked at often.
fn samples(request: &Request, situation: &Situation, home_m: [f64; 2], way: &Way) -> Vec<Vec<Sample>> {
    let places = way.steps.iter().filter_map(|step| match step {
        Step::To(spot) => Some(situation.airspace.place_m(spot.at)),
        _ => None,
    });
    let places: Vec<[f64; 2]> = std::iter::once(home_m).chain(places).chain([home_m]).collect();
    // Where the terrain has no ground the site's stands for it; the report says that clearance was not checked there.
    let ground_m = |at_m| situation.airspace.ground_m(at_m).unwrap_or(situation.airspace.site().ground.metres);
    let leg = |pair: &[[f64; 2]]| {
        let length_m = (pair[1][0] - pair[0][0]).hypot(pair[1][1] - pair[0][1]);
        let count = (length_m / EVERY_M).ceil().max(1.0) as usize;
        let at = |n: usize| {
            let share = n as f64 / count as f64;
            let at_m = [0, 1].map(|axis: usize| pair[0][axis] + share * (pair[1][axis] - pair[0][axis]));
            Sample { at_m, amsl_m: ground_m(at_m) + request.height_m }
        };
        (0..=count).map(at).collect()
    };
    places.windows(2).map(leg).collect()
}

/// Steps to the end of each leg, with those between that the ground asks for. The way home is flown at the height of its
/// begin: that is as high as the highest of it.
fn steps(situation: &Situation, legs: &[Vec<Sample>], off_m: f64) -> Vec<Step> {
    let to = |sample: &Sample| {
        Step::To(Spot {
            at: situation.airspace.lat_lon(sample.at_m),
            altitude: Some(AltitudeNote::AmslM(sample.amsl_m)),
        })
    };
    let Some((home, ways)) = legs.split_last() else { return Vec::new() };
    let mut steps = Vec::new();
    for leg in ways {
        let mut kept = Vec::new();
        keep(leg, 0, leg.len() - 1, off_m, &mut kept);
        kept.sort_unstable();
        steps.extend(kept.into_iter().map(|n| to(&leg[n])));
        steps.extend(leg.last().map(to));
    }
    let highest_m = home.iter().map(|sample| sample.amsl_m).fold(f64::NEG_INFINITY, f64::max);
    if let Some(first) = home.first().filter(|first| highest_m > first.amsl_m + off_m) {
        steps.push(to(&Sample { amsl_m: highest_m, ..*first }));
    }
    steps
}

/// The samples of a leg between which it is straight to so many metres (Douglas & Peucker 1973), in height.
fn keep(leg: &[Sample], from: usize, to: usize, off_m: f64, kept: &mut Vec<usize>) {
    let off = |n: usize| {
        let share = (n - from) as f64 / (to - from) as f64;
        (leg[n].amsl_m - (leg[from].amsl_m + share * (leg[to].amsl_m - leg[from].amsl_m))).abs()
    };
    let farthest = (from + 1..to).max_by(|a, b| off(*a).total_cmp(&off(*b))).filter(|n| off(*n) > off_m);
    if let Some(n) = farthest {
        kept.push(n);
        keep(leg, from, n, off_m, kept);
        keep(leg, n, to, off_m, kept);
    }
}
