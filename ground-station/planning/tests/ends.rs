//! What flights that ended show of where others end: made-up nights, held against what is believed without it.
#![allow(clippy::unwrap_used, reason = "clippy.toml frees test functions only, not what they share")]

use planning::cue::{Grid, Request, learnt, plan};
use planning::intercept::{Cue, Fix, Intruder, Road, Scene, Site, Watch};
use proptest::prelude::*;
use rand_chacha::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};

struct Dice(ChaCha8Rng);

impl Dice {
    fn between(&mut self, least: f64, most: f64) -> f64 {
        least + (most - least) * f64::from(self.0.next_u32()) / 4_294_967_296.0
    }

    fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.between(-0.5, 0.5)).sum()
    }

    fn place(&mut self, reach_m: f64) -> [f64; 2] {
        [self.between(-reach_m, reach_m), self.between(-reach_m, reach_m)]
    }
}

/// How flights of a night really choose where to end, and what the room believes of it.
#[derive(Clone, Copy)]
struct Habit {
    /// How often each site really is the one.
    sites: [f64; 8],
    /// And none of them.
    elsewhere: f64,
}

const BELIEVED: Habit = Habit { sites: [1.0; 8], elsewhere: 0.25 };
const NEAR_M: f64 = 150.0;
const FLIGHTS: usize = 60;

fn scene(dice: &mut Dice) -> Scene {
    let sites = BELIEVED.sites.map(|prior| Site { at_m: dice.place(5_000.0), prior });
    Scene {
        sites: sites.to_vec(),
        nodes_m: vec![[-4_000.0, 0.0], [4_000.0, 0.0]],
        roads: vec![Road { ends: [0, 1], speed_m_s: 15.0 }],
        units: vec![0],
        off_road_m_s: 1.5,
        hit_radius_m: NEAR_M,
    }
}

/// A flight by one place in between, seen for a minute or more from the middle of its way on: the cue, as a room has it
/// (its clock begins with the first fix), and the end.
fn flight(habit: &Habit, scene: &Scene, dice: &mut Dice) -> (Cue, [f64; 2]) {
    let goal_m = if dice.between(0.0, 1.0) < habit.elsewhere {
        dice.place(6_000.0)
    } else {
        let mut left = dice.between(0.0, habit.sites.iter().sum());
        let chosen = habit.sites.iter().position(|weight| {
            left -= weight;
            left <= 0.0
        });
        scene.sites[chosen.unwrap_or(0)].at_m.map(|along| along + 20.0 * dice.normal())
    };
    let apart_m = |a: [f64; 2], b: [f64; 2]| (a[0] - b[0]).hypot(a[1] - b[1]);
    let (mut begin, mut path) = (dice.place(9_000.0), Vec::new());
    while apart_m(begin, goal_m) < 2_000.0 {
        begin = dice.place(9_000.0);
    }
    let (along, off) = (dice.between(0.3, 0.7), dice.between(-0.3, 0.3));
    let way = [goal_m[0] - begin[0], goal_m[1] - begin[1]];
    let turn = [begin[0] + along * way[0] - off * way[1], begin[1] + along * way[1] + off * way[0]];
    let (speed, mut at, mut waver, fade) = (dice.between(10.0, 18.0), begin, 0.0, (-1.0_f64 / 60.0).exp());
    for leg in [turn, goal_m] {
        while apart_m(leg, at) > 20.0 {
            waver = waver * fade + 0.12 * (1.0 - fade * fade).sqrt() * dice.normal();
            let heading = (leg[1] - at[1]).atan2(leg[0] - at[0]) + waver;
            at = [at[0] + speed * heading.cos(), at[1] + speed * heading.sin()];
            path.push(at);
        }
    }
    let first = (path.len() as f64 * dice.between(0.2, 0.6)) as usize;
    let seen = &path[first..(first + 60).min(path.len())];
    let fix =
        |(second, at): (usize, &[f64; 2])| Fix { at_s: second as f64, at_m: at.map(|m| m + 12.0 * dice.normal()) };
    let track: Vec<Fix> = seen.iter().enumerate().map(fix).collect();
    let now_s = track[track.len() - 1].at_s;
    (Cue { intruder: Intruder::Dogleg, flown: None, now_s, track, sigma_m: 12.0, dwell_s: 300.0 }, goal_m)
}

/// The logarithmic loss of what is said of the end.
fn loss(watch: &Watch, elsewhere: f64, cue: &Cue, end_m: [f64; 2]) -> f64 {
    let grid = Grid { south_west_m: [-10_000.0; 2], cell_m: 10_000.0, columns: 2, rows: 2 };
    let request = Request { watch, cue, grid, elsewhere, searchers: &[], launch_sites: &[], launched_s: None };
    let areas = plan(&request, None).unwrap().areas;
    let named: f64 = areas.iter().map(|area| area.probability).sum();
    let off_m = |at_m: [f64; 2]| (at_m[0] - end_m[0]).hypot(at_m[1] - end_m[1]);
    let hit = areas.iter().find(|area| off_m(area.at_m) <= area.radius_m);
    -hit.map_or(1.0 - named, |area| area.probability).max(1e-3).ln()
}

/// The mean loss over nights with what was believed, and with what the flights before each have shown.
fn losses(habit: Habit, seeds: std::ops::Range<u64>) -> [f64; 2] {
    let (mut sum, nights) = ([0.0; 2], (seeds.end - seeds.start) as f64);
    for seed in seeds {
        let mut dice = Dice(ChaCha8Rng::seed_from_u64(seed));
        let scene = scene(&mut dice);
        let watch = Watch::new(scene.clone()).unwrap();
        let mut ends_m: Vec<[f64; 2]> = Vec::new();
        for _ in 0..FLIGHTS {
            let (cue, end_m) = flight(&habit, &scene, &mut dice);
            let (sites, elsewhere) = learnt(&scene.sites, BELIEVED.elsewhere, NEAR_M, ends_m.iter().copied());
            let knowing = watch.with_sites(sites).unwrap();
            sum[0] += loss(&watch, BELIEVED.elsewhere, &cue, end_m);
            sum[1] += loss(&knowing, elsewhere, &cue, end_m);
            // Every second one is followed to its end.
            if dice.between(0.0, 1.0) < 0.5 {
                ends_m.push(end_m);
            }
        }
    }
    let losses = sum.map(|sum| sum / (nights * FLIGHTS as f64));
    eprintln!("{losses:.3?}");
    losses
}

#[test]
fn ends_show_which_sites_are_used_and_how_often_none_is() {
    for habit in [
        Habit { sites: [8.0, 4.0, 2.0, 1.0, 0.5, 0.2, 0.1, 0.1], elsewhere: 0.25 },
        Habit { sites: [1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0], elsewhere: 0.1 },
        Habit { elsewhere: 0.7, ..BELIEVED },
        Habit { elsewhere: 0.0, ..BELIEVED },
    ] {
        let [before, learnt] = losses(habit, 0..12);
        assert!(learnt < before - 0.02, "{learnt} after {before}");
    }
}

#[test]
fn where_all_was_believed_rightly_nothing_is_lost_by_it() {
    for seeds in [20..32, 40..52] {
        let [before, learnt] = losses(BELIEVED, seeds);
        assert!(learnt < before + 0.01, "{learnt} after {before}");
    }
}

proptest! {
    #[test]
    fn what_is_learnt_can_be_planned_with(
        sites in prop::collection::vec((-1e4..1e4_f64, -1e4..1e4_f64, prop_oneof![Just(0.0), 0.0..1e9_f64]), 0..6),
        elsewhere in 0.0..0.99_f64,
        ends in prop::collection::vec((-1e4..1e4_f64, -1e4..1e4_f64), 0..20),
    ) {
        let sites: Vec<Site> = sites.into_iter().map(|(x, y, prior)| Site { at_m: [x, y], prior }).collect();
        let (learnt, share) = learnt(&sites, elsewhere, NEAR_M, ends.iter().map(|(x, y)| [*x, *y]));
        prop_assert!(learnt.len() == sites.len() && (0.0..=0.99).contains(&share));
        prop_assert!(learnt.iter().zip(&sites).all(|(now, was)| now.at_m == was.at_m && (0.0..=1e9).contains(&now.prior)));
    }
}
