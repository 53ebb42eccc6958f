//! Cues: what is said to be probable happens as often, launches are found again, and nothing given makes it panic.
#![allow(clippy::unwrap_used, reason = "clippy.toml frees test functions only, not what they share")]

use planning::cue::{CueError, Grid, Map, Plan, Region, Reliability, Request, plan};
use planning::flight::Pace;
use planning::intercept::{Cue, Fix, Intruder, Road, Scene, Site, Watch};
use planning::limits::LimitError;
use planning::search::Searcher;
use proptest::prelude::*;
use rand_chacha::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};

/// Draws for the flights: uniform, and normal as a sum of twelve.
struct Dice(ChaCha8Rng);

impl Dice {
    fn new(seed: u64) -> Self {
        Self(ChaCha8Rng::seed_from_u64(seed))
    }

    fn between(&mut self, least: f64, most: f64) -> f64 {
        least + (most - least) * f64::from(self.0.next_u32()) / 4_294_967_296.0
    }

    fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.between(-0.5, 0.5)).sum()
    }
}

const GRID: Grid = Grid { south_west_m: [-15_000.0, -15_000.0], cell_m: 250.0, columns: 120, rows: 120 };

/// Roads 2 km apart, sites strewn over the north, three units.
fn scene(seed: u64) -> Scene {
    let mut dice = Dice::new(seed);
    let side = 11_usize;
    let nodes_m: Vec<[f64; 2]> = (0..side * side)
        .map(|n| [(n % side) as f64 * 2_000.0 - 10_000.0, (n / side) as f64 * 2_000.0 - 10_000.0])
        .collect();
    let mut roads = Vec::new();
    for n in 0..side * side {
        roads.extend((n % side + 1 < side).then_some(Road { ends: [n, n + 1], speed_m_s: 16.0 }));
        roads.extend((n + side < side * side).then_some(Road { ends: [n, n + side], speed_m_s: 16.0 }));
    }
    let sites = (0..9)
        .map(|_| Site { at_m: [dice.between(-9_000.0, 9_000.0), dice.between(-2_000.0, 9_000.0)], prior: 1.0 })
        .collect();
    Scene { sites, nodes_m, roads, units: vec![5, 60, 115], off_road_m_s: 1.5, hit_radius_m: 400.0 }
}

fn launch_sites() -> Vec<Site> {
    (0..6).map(|n| Site { at_m: [f64::from(n) * 3_000.0 - 7_500.0, -13_000.0], prior: 1.0 }).collect()
}

fn searchers() -> Vec<Searcher> {
    let pace = Pace { airspeed_m_s: 22.0, climb_m_s: 4.0, wind_m_s: [2.0, 0.0] };
    vec![Searcher { home_m: [0.0, 2_000.0], pace, endurance_s: 2_400.0, sweep_width_m: 150.0, height_m: 100.0 }]
}

/// A flight from a launch site to a site, and the same seen up to a share of the way.
struct Flight {
    path: Vec<[f64; 2]>,
    fixes: Vec<Fix>,
    goal: usize,
    launch: usize,
}

fn flight(scene: &Scene, dice: &mut Dice) -> Flight {
    let goal = dice.between(0.0, scene.sites.len() as f64) as usize;
    let launch = dice.between(0.0, 6.0) as usize;
    let site_m = scene.sites[goal].at_m;
    let (mut at, speed) = (launch_sites()[launch].at_m, dice.between(12.0, 18.0));
    let (mut waver, mut path) = (0.0, vec![at]);
    let fade = (-1.0_f64 / 70.0).exp();
    while (site_m[0] - at[0]).hypot(site_m[1] - at[1]) > 20.0 {
        waver = waver * fade + 0.12 * (1.0 - fade * fade).sqrt() * dice.normal();
        let heading = (site_m[1] - at[1]).atan2(site_m[0] - at[0]) + waver;
        at = [at[0] + speed * heading.cos(), at[1] + speed * heading.sin()];
        path.push(at);
    }
    let fixes = path
        .iter()
        .enumerate()
        .map(|(second, at)| Fix { at_s: second as f64, at_m: at.map(|along| along + 15.0 * dice.normal()) })
        .collect();
    Flight { path, fixes, goal, launch }
}

fn cue(flight: &Flight, seen_s: usize, share: f64) -> Cue {
    let now = ((flight.path.len() as f64 * share) as usize).clamp(30, flight.path.len() - 1);
    let track = flight.fixes[now.saturating_sub(seen_s)..=now].to_vec();
    Cue { intruder: Intruder::Straight, flown: None, now_s: now as f64, track, sigma_m: 15.0, dwell_s: 300.0 }
}

fn answered(watch: &Watch, cue: &Cue, before: Option<&Plan>) -> Plan {
    let (searchers, launch_sites) = (searchers(), launch_sites());
    let request = Request {
        watch,
        cue,
        grid: GRID,
        elsewhere: 0.0,
        searchers: &searchers,
        launch_sites: &launch_sites,
        launched_s: None,
    };
    plan(&request, before).unwrap()
}

fn apart_m(a: [f64; 2], b: [f64; 2]) -> f64 {
    (a[0] - b[0]).hypot(a[1] - b[1])
}

#[test]
fn landings_and_launches_happen_as_often_as_said() {
    let scene = scene(1);
    let watch = Watch::new(scene.clone()).unwrap();
    let mut dice = Dice::new(2);
    let (mut landed, mut launched) = (Reliability::default(), Reliability::default());
    for _ in 0..400 {
        let flight = flight(&scene, &mut dice);
        let share = dice.between(0.3, 0.7);
        let plan = answered(&watch, &cue(&flight, 180, share), None);
        let goal_m = scene.sites[flight.goal].at_m;
        for area in &plan.areas {
            landed.record(area.probability, apart_m(area.at_m, goal_m) <= area.radius_m);
        }
        for (site, probability) in &plan.launches {
            launched.record(*probability, *site == flight.launch);
        }
    }
    // Each of the ten bins is known to about 0.05 by 100 forecasts.
    assert!(landed.error() < 0.06, "{:?}", landed.bins());
    assert!(launched.error() < 0.06, "{:?}", launched.bins());
    let sure = landed.bins().pop().unwrap();
    assert!(sure.promised > 0.9 && sure.happened > 0.85 && sure.forecasts > 40, "{sure:?}");
}

#[test]
fn balloons_land_in_a_region_as_often_as_its_probability_says() {
    let watch = Watch::new(scene(3)).unwrap();
    let mut dice = Dice::new(4);
    let (mut half, mut most) = (0, 0);
    let flights = 150;
    for _ in 0..flights {
        let wind = [dice.between(-4.0, 4.0), dice.between(2.0, 6.0)];
        let off = [0.72 * dice.normal(), 0.72 * dice.normal()];
        let (mut gust, mut at) = ([0.0; 2], [dice.between(-3_000.0, 3_000.0), -9_000.0]);
        gust.iter_mut().for_each(|gust| *gust = 0.83 * dice.normal());
        let fade = (-1.0_f64 / 86.0).exp();
        let burnt_out = [900.0, 2_400.0];
        let lands_s = dice.between(burnt_out[0], burnt_out[1]) as usize;
        let mut track = Vec::new();
        for second in 0..lands_s {
            if second <= 300 {
                track.push(Fix { at_s: second as f64, at_m: at.map(|along| along + 20.0 * dice.normal()) });
            }
            for axis in 0..2 {
                gust[axis] = gust[axis] * fade + 0.83 * (1.0 - fade * fade).sqrt() * dice.normal();
                at[axis] += wind[axis] + off[axis] + gust[axis];
            }
        }
        let intruder = Intruder::Balloon { wind_m_s: wind, burnt_out_s: burnt_out };
        let cue = Cue { intruder, flown: None, now_s: 300.0, track, sigma_m: 20.0, dwell_s: 600.0 };
        let plan = answered(&watch, &cue, None);
        let total: f64 = plan.map.probabilities.iter().sum();
        assert!((total + plan.map.beyond - 1.0).abs() < 1e-3, "{total} and {}", plan.map.beyond);
        half += u32::from(plan.map.within_likeliest(0.5, at));
        most += u32::from(plan.map.within_likeliest(0.9, at));
    }
    let [half, most] = [half, most].map(|hits| f64::from(hits) / f64::from(flights));
    assert!((0.4..=0.62).contains(&half) && (0.83..=0.97).contains(&most), "{half} of 0.5, {most} of 0.9");
}

#[test]
fn with_a_longer_track_the_answer_grows_surer_and_says_what_changes() {
    let scene = scene(5);
    let watch = Watch::new(scene.clone()).unwrap();
    let mut dice = Dice::new(6);
    let (mut early, mut late, mut told) = (0.0, 0.0, 0);
    for _ in 0..40 {
        let flight = flight(&scene, &mut dice);
        let goal = GRID.cell(scene.sites[flight.goal].at_m).unwrap();
        let first = answered(&watch, &cue(&flight, 60, 0.3), None);
        let second = answered(&watch, &cue(&flight, 400, 0.8), Some(&first));
        early += first.map.probabilities[goal];
        late += second.map.probabilities[goal];
        let unit = |plan: &Plan| plan.proposed.map(|at| plan.units[at].unit);
        told += usize::from(!second.changes.is_empty());
        assert!(unit(&first) == unit(&second) || !second.changes.is_empty());
        assert!(first.changes.is_empty());
    }
    assert!(late > early + 4.0 && told > 5, "{early} early, {late} late, {told} told");
}

#[test]
fn a_unit_on_its_way_is_kept_unless_another_is_clearly_better() {
    let scene = scene(5);
    let watch = Watch::new(scene.clone()).unwrap();
    let flight = flight(&scene, &mut Dice::new(9));
    let cue = cue(&flight, 300, 0.5);
    let first = answered(&watch, &cue, None);
    assert!(first.units.len() > 1, "{:?}", first.units);
    for other in 0..first.units.len() {
        let before = Plan { proposed: Some(other), ..first.clone() };
        let again = answered(&watch, &cue, Some(&before));
        let kept = again.proposed == Some(other);
        assert_eq!(kept, first.units[other].chance >= first.units[0].chance - 0.05);
    }
    assert!(first.leave_by_s.unwrap() >= cue.now_s);
}

#[test]
fn a_search_for_a_lost_track_begins_where_the_intruder_would_be() {
    let scene = scene(7);
    let watch = Watch::new(scene.clone()).unwrap();
    let flight = flight(&scene, &mut Dice::new(8));
    let seen = cue(&flight, 200, 0.5);
    let now = answered(&watch, &seen, None).if_lost.unwrap();
    let here = flight.path[seen.now_s as usize];
    assert!(apart_m(now.datum.1, here) < 25.0 * (now.datum.0 - seen.now_s) + 600.0);
    let later = answered(&watch, &Cue { now_s: seen.now_s + 200.0, ..seen.clone() }, None).if_lost.unwrap();
    assert!(later.sd_m > now.sd_m, "{} after {}", later.sd_m, now.sd_m);
}

#[test]
fn what_is_kept_for_unknown_places_is_taken_off_the_known() {
    let scene = scene(7);
    let watch = Watch::new(scene.clone()).unwrap();
    let flight = flight(&scene, &mut Dice::new(8));
    let cue = cue(&flight, 200, 0.6);
    let request = Request {
        watch: &watch,
        cue: &cue,
        grid: GRID,
        elsewhere: 0.25,
        searchers: &[],
        launch_sites: &[],
        launched_s: None,
    };
    let kept = plan(&request, None).unwrap();
    let known = answered(&watch, &cue, None);
    assert!((kept.areas[0].probability - 0.75 * known.areas[0].probability).abs() < 1e-9);
    let total: f64 = kept.map.probabilities.iter().sum();
    assert!((total + kept.map.beyond - 1.0).abs() < 1e-3 && kept.if_lost.is_none());
    let wrong = plan(&Request { elsewhere: f64::NAN, ..request }, None);
    assert!(matches!(wrong, Err(CueError::Limit(LimitError::Field { field: "share elsewhere", .. }))));
    let wrong = plan(&Request { grid: Grid { columns: usize::MAX, ..GRID }, ..request }, None);
    assert!(matches!(wrong, Err(CueError::Limit(LimitError::Count { what: "cells", .. }))));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn no_track_makes_it_panic(
        places in prop::collection::vec([-2e4..2e4, -2e4..2e4], 2..40),
        late_s in 0.0..1e4_f64,
        kind in 0..3,
        sigma_m in 0.1..500.0,
    ) {
        let watch = Watch::new(scene(1)).unwrap();
        let track: Vec<Fix> = places.iter().enumerate().map(|(n, at_m)| Fix { at_s: n as f64, at_m: *at_m }).collect();
        let intruder = match kind {
            0 => Intruder::Straight,
            1 => Intruder::Dogleg,
            _ => Intruder::Balloon { wind_m_s: [3.0, 1.0], burnt_out_s: [10.0, 500.0] },
        };
        let cue = Cue { intruder, flown: None, now_s: track.len() as f64 + late_s, track, sigma_m, dwell_s: 60.0 };
        let plan = answered(&watch, &cue, None);
        let total: f64 = plan.map.probabilities.iter().sum::<f64>() + plan.map.beyond;
        prop_assert!((total - 1.0).abs() < 1e-3 || total.abs() < 1e-12, "{total}");
    }
}

/// Whether a place lies in a region, by the sides to the east of it.
fn covers(regions: &[Region], [x, y]: [f64; 2]) -> bool {
    let rings = regions.iter().flat_map(|region| std::iter::once(&region.outer).chain(&region.holes));
    let sides = rings.flat_map(|ring| ring.iter().zip(ring.iter().cycle().skip(1)));
    let east = sides.filter(|(a, b)| (a[1] > y) != (b[1] > y) && a[0] + (y - a[1]) / (b[1] - a[1]) * (b[0] - a[0]) > x);
    east.count() % 2 == 1
}

proptest! {
    #[test]
    fn a_region_holds_the_middles_of_the_likely_cells_and_of_no_others(
        weights in prop::collection::vec(0_u32..4, 36),
        probability in 0.05..0.95_f64,
    ) {
        let all = f64::from(weights.iter().sum::<u32>().max(1));
        let grid = Grid { south_west_m: [-50.0, 20.0], cell_m: 10.0, columns: 6, rows: 6 };
        let probabilities: Vec<f64> = weights.iter().map(|weight| f64::from(*weight) / all).collect();
        let map = Map { grid, beyond: 1.0 - probabilities.iter().sum::<f64>(), probabilities };
        let [regions] = map.regions([probability]);
        // What is promised is inside, and with less than the most probable cells it would not be.
        let [Some(threshold)] = map.thresholds([probability]) else { prop_assert!(regions.is_empty()); return Ok(()) };
        let mut sum = 0.0;
        for cell in 0..36 {
            let likely = map.probabilities[cell] >= threshold;
            prop_assert_eq!(covers(&regions, grid.middle_m(cell)), likely, "cell {}", cell);
            sum += if likely { map.probabilities[cell] } else { 0.0 };
        }
        prop_assert!(sum >= probability - 1e-9);
        for hole in regions.iter().flat_map(|region| region.holes.iter().map(move |hole| (region, hole))) {
            let outer = Region { outer: hole.0.outer.clone(), holes: Vec::new() };
            prop_assert!(covers(&[outer], hole.1[0]), "a hole lies in its part");
        }
    }
}
