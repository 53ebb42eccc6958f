//! Which unit, and where to: summed over all landings, where does a crew stand within reach in time?

use super::problem::{Cue, Intruder, Scene};
use super::roads::Reach;
use super::{Landing, distance_m};
use std::ops::Range;

/// A place where it may come down.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Area {
    /// Its middle, metres east and north.
    pub at_m: [f64; 2],
    /// Its radius, metres.
    pub radius_m: f64,
    /// How probable it is that it comes down here, and in no area before this one.
    pub probability: f64,
}

/// Who goes, and where to.
#[derive(Debug, Clone, PartialEq)]
pub struct Dispatch {
    /// The unit, by its place in [`Scene::units`].
    pub unit: usize,
    /// Where to, metres east and north.
    pub rendezvous_m: [f64; 2],
    /// The nodes on its way, from where it stands to where it leaves the road.
    pub way: Vec<usize>,
    /// How long it takes, s.
    pub takes_s: f64,
    /// How probable it is that it is there in time and near enough.
    pub chance: f64,
    /// It may leave this much later and keep half of that chance, s.
    pub slack_s: f64,
}

/// What is answered.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Answer {
    /// At most three, the most probable first.
    pub areas: Vec<Area>,
    /// None where no unit has a chance.
    pub dispatch: Option<Dispatch>,
}

/// At most so many areas are named.
const AREAS: usize = 3;
/// A drone lands this near to its site, metres: what a rendezvous is drawn nearer than the hit radius.
pub(crate) const SITE_SPREAD_M: f64 = 25.0;
/// A crew walks no farther than this, metres.
const WALK_MAX_M: f64 = 2_500.0;
/// Steps off a node that are tried for a balloon, as shares of the hit radius, and in how many directions.
const STEPS: [f64; 2] = [0.15, 0.35];
const DIRECTIONS: usize = 8;
/// The crew is to be there this much earlier than at the last moment, s.
const EARLY_S: f64 = 2.0;

/// Where a crew could wait, and how soon each unit is there.
struct Place {
    at_m: [f64; 2],
    by_unit: Vec<Arrival>,
}

#[derive(Clone, Copy)]
struct Arrival {
    takes_s: f64,
    leaves_road_at: usize,
}

pub(super) fn answer(scene: &Scene, reach: &[Reach], cue: &Cue, landings: Vec<Landing>) -> Answer {
    let outlook = Outlook::new(scene, reach, cue, landings);
    Answer {
        areas: areas(&outlook.centres, &outlook.landings, scene.hit_radius_m),
        dispatch: outlook.dispatch(reach, cue, 0..reach.len()),
    }
}

/// The best that each unit can do.
pub(super) fn options(scene: &Scene, reach: &[Reach], cue: &Cue, landings: Vec<Landing>) -> Vec<Dispatch> {
    judge(scene, reach, cue, landings).1
}

/// The areas, and the best that each unit can do.
pub(super) fn judge(scene: &Scene, reach: &[Reach], cue: &Cue, landings: Vec<Landing>) -> (Vec<Area>, Vec<Dispatch>) {
    let outlook = Outlook::new(scene, reach, cue, landings);
    let mut options: Vec<Dispatch> =
        (0..reach.len()).filter_map(|unit| outlook.dispatch(reach, cue, unit..unit + 1)).collect();
    options.sort_by(|a, b| b.chance.total_cmp(&a.chance).then(b.slack_s.total_cmp(&a.slack_s)));
    (areas(&outlook.centres, &outlook.landings, scene.hit_radius_m), options)
}

/// The landings, the latest first, and the places where a crew could wait for them.
struct Outlook {
    landings: Vec<Landing>,
    centres: Vec<[f64; 2]>,
    places: Vec<Place>,
    near_m: f64,
}

impl Outlook {
    fn new(scene: &Scene, reach: &[Reach], cue: &Cue, mut landings: Vec<Landing>) -> Self {
        landings.sort_by(|a, b| b.in_s.total_cmp(&a.in_s));
        let balloon = matches!(cue.intruder, Intruder::Balloon { .. });
        let near_m = if balloon { scene.hit_radius_m } else { (scene.hit_radius_m - SITE_SPREAD_M).max(1e-3) };
        let centres = if balloon { middles(&landings) } else { sites(scene, &landings) };
        let places =
            if balloon { around_roads(scene, reach, &landings) } else { short_of(scene, reach, &centres, near_m) };
        Self { landings, centres, places, near_m }
    }

    fn dispatch(&self, reach: &[Reach], cue: &Cue, units: Range<usize>) -> Option<Dispatch> {
        dispatch(reach, cue, &self.landings, &self.places, self.near_m, units)
    }
}

/// The sites that are possible.
fn sites(scene: &Scene, landings: &[Landing]) -> Vec<[f64; 2]> {
    let mut centres: Vec<[f64; 2]> = scene.sites.iter().map(|site| site.at_m).collect();
    centres.retain(|centre| landings.iter().any(|landing| landing.at_m == *centre));
    centres
}

/// For each moment of landing, the mean.
fn middles(landings: &[Landing]) -> Vec<[f64; 2]> {
    landings
        .chunk_by(|a, b| a.in_s == b.in_s)
        .map(|together| {
            let weight: f64 = together.iter().map(|landing| landing.weight).sum();
            [0, 1].map(|axis: usize| {
                together.iter().map(|landing| landing.weight * landing.at_m[axis]).sum::<f64>() / weight
            })
        })
        .collect()
}

/// The most probable area, then the one with most of the rest, and again.
fn areas(centres: &[[f64; 2]], landings: &[Landing], radius_m: f64) -> Vec<Area> {
    let mut rest: Vec<Landing> = landings.to_vec();
    let mut areas = Vec::new();
    while areas.len() < AREAS {
        let total = |centre: [f64; 2]| -> f64 {
            rest.iter().filter(|l| within(l.at_m, centre, radius_m)).map(|l| l.weight).sum()
        };
        let best = centres.iter().map(|centre| (total(*centre), *centre)).max_by(|a, b| a.0.total_cmp(&b.0));
        let Some((probability, at_m)) = best.filter(|(probability, _)| *probability > 0.0) else { break };
        areas.push(Area { at_m, radius_m, probability: probability.min(1.0) });
        rest.retain(|landing| !within(landing.at_m, at_m, radius_m));
    }
    areas
}

/// For each site and unit, the first place on its way that is near enough.
fn short_of(scene: &Scene, reach: &[Reach], centres: &[[f64; 2]], near_m: f64) -> Vec<Place> {
    let mut places = Vec::new();
    for centre in centres {
        for unit in reach {
            let nearest = (0..scene.nodes_m.len())
                .map(|node| {
                    let walk_m = distance_m(scene.nodes_m[node], *centre) - near_m;
                    (node, walk_m.max(0.0))
                })
                .filter(|(_, walk_m)| *walk_m <= WALK_MAX_M)
                .min_by(|a, b| {
                    let takes_s = |(node, walk_m): &(usize, f64)| unit.by_road_s[*node] + walk_m / scene.off_road_m_s;
                    takes_s(a).total_cmp(&takes_s(b))
                });
            let Some((node, walk_m)) = nearest else { continue };
            let (from_m, whole_m) = (scene.nodes_m[node], distance_m(scene.nodes_m[node], *centre));
            let share = if whole_m > 0.0 { walk_m / whole_m } else { 0.0 };
            let at_m = [0, 1].map(|axis: usize| from_m[axis] + share * (centre[axis] - from_m[axis]));
            places.push(place(scene, reach, at_m, node));
        }
    }
    places
}

/// Every node that some landing is near to, and steps off it.
fn around_roads(scene: &Scene, reach: &[Reach], landings: &[Landing]) -> Vec<Place> {
    let radius_m = scene.hit_radius_m;
    let mut places = Vec::new();
    for (node, at_m) in scene.nodes_m.iter().enumerate() {
        if !landings.iter().any(|landing| within(landing.at_m, *at_m, radius_m * (1.0 + STEPS[1]))) {
            continue;
        }
        places.push(place(scene, reach, *at_m, node));
        for step in STEPS {
            for direction in 0..DIRECTIONS {
                let angle = std::f64::consts::TAU * direction as f64 / DIRECTIONS as f64;
                let at_m = [at_m[0] + step * radius_m * angle.cos(), at_m[1] + step * radius_m * angle.sin()];
                places.push(place(scene, reach, at_m, node));
            }
        }
    }
    places
}

/// A place near this node, where everybody leaves the road.
fn place(scene: &Scene, reach: &[Reach], at_m: [f64; 2], node: usize) -> Place {
    let walk_s = distance_m(scene.nodes_m[node], at_m) / scene.off_road_m_s;
    let by_unit =
        reach.iter().map(|unit| Arrival { takes_s: unit.by_road_s[node] + walk_s, leaves_road_at: node }).collect();
    Place { at_m, by_unit }
}

/// The unit and the place with the greatest chance; of those alike, the one with the most time to spare.
fn dispatch(
    reach: &[Reach],
    cue: &Cue,
    landings: &[Landing],
    places: &[Place],
    near_m: f64,
    units: Range<usize>,
) -> Option<Dispatch> {
    let mut best: Option<(f64, f64, usize, &Place)> = None;
    for place in places {
        // The landings within reach of here, the latest first, and the weight of all up to each.
        let mut total = 0.0;
        let near: Vec<(f64, f64)> = landings
            .iter()
            .filter(|landing| within(landing.at_m, place.at_m, near_m))
            .map(|landing| {
                total += landing.weight;
                (landing.in_s + cue.dwell_s - EARLY_S, total)
            })
            .collect();
        if best.as_ref().is_some_and(|(chance, ..)| *chance > total) {
            continue;
        }
        for unit in units.clone() {
            let arrival = &place.by_unit[unit];
            let in_time = near.partition_point(|(until_s, _)| *until_s >= arrival.takes_s);
            let Some((_, chance)) = in_time.checked_sub(1).map(|last| near[last]) else { continue };
            let half = near.partition_point(|(_, weight)| *weight < chance / 2.0);
            let slack_s = near[half].0 - arrival.takes_s;
            if best.as_ref().is_none_or(|(most, spare_s, ..)| (chance, slack_s) > (*most, *spare_s)) {
                best = Some((chance, slack_s, unit, place));
            }
        }
    }
    best.map(|(chance, slack_s, unit, place)| Dispatch {
        unit,
        rendezvous_m: place.at_m,
        way: reach[unit].way_to(place.by_unit[unit].leaves_road_at),
        takes_s: place.by_unit[unit].takes_s,
        chance: chance.min(1.0),
        slack_s,
    })
}

/// Whether a place is this near to another. No root is taken: this is asked a million times an answer.
fn within(at_m: [f64; 2], of_m: [f64; 2], radius_m: f64) -> bool {
    (at_m[0] - of_m[0]).powi(2) + (at_m[1] - of_m[1]).powi(2) <= radius_m * radius_m
}
