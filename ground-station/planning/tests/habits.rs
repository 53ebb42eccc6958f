//! What cues show of the intruders' ways: learnt on made-up nights of every kind, and held against the truth.

use planning::intercept::{Cue, Fix, Habits, Intruder, Road, Scene, Site, Watch};
use proptest::prelude::*;
use rand_chacha::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};
use std::f64::consts::TAU;

struct Dice(ChaCha8Rng);

impl Dice {
    fn between(&mut self, least: f64, most: f64) -> f64 {
        least + (most - least) * f64::from(self.0.next_u32()) / 4_294_967_296.0
    }

    fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.between(-0.5, 0.5)).sum()
    }

    fn whole(&mut self, below: usize) -> usize {
        self.between(0.0, below as f64) as usize
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Launch {
    /// Anywhere on a line of 26 km, 15 km off, in this direction, rad.
    Border(f64),
    /// At one of four places.
    Sites,
    Anywhere,
}

/// A kind of night.
#[derive(Clone, Copy)]
struct Night {
    intruder: Intruder,
    launch: Launch,
    clock_counts_from_launch: bool,
    /// The share of the flight that is over when the cue comes, least and most.
    share: [f64; 2],
}

/// Roads 2 km apart, 30 sites, three units.
fn scene(dice: &mut Dice) -> Scene {
    let side = 13_usize;
    let at = |n: usize| n as f64 * 2_000.0 - 12_000.0;
    let mut roads = Vec::new();
    for n in 0..side * side {
        if n % side + 1 < side {
            roads.push(Road { ends: [n, n + 1], speed_m_s: 14.0 });
        }
        if n + side < side * side {
            roads.push(Road { ends: [n, n + side], speed_m_s: 20.0 });
        }
    }
    let place = |dice: &mut Dice| [dice.between(-11_000.0, 11_000.0), dice.between(-11_000.0, 11_000.0)];
    Scene {
        sites: (0..30).map(|_| Site { at_m: place(dice), prior: dice.between(0.2, 1.0) }).collect(),
        nodes_m: (0..side * side).map(|n| [at(n % side), at(n / side)]).collect(),
        roads,
        units: vec![30, 84, 140],
        off_road_m_s: 1.5,
        hit_radius_m: 400.0,
    }
}

fn launch_m(launch: Launch, dice: &mut Dice) -> [f64; 2] {
    match launch {
        Launch::Border(angle) => {
            let along = dice.between(-13_000.0, 13_000.0);
            let (sin, cos) = angle.sin_cos();
            [15_000.0 * cos - along * sin, 15_000.0 * sin + along * cos]
        }
        Launch::Sites => {
            let [x, y] = [[-14_000.0, -9_000.0], [-3_000.0, -15_000.0], [9_000.0, -14_000.0], [15_000.0, 2_000.0]]
                [dice.whole(4)];
            [x + 150.0 * dice.normal(), y + 150.0 * dice.normal()]
        }
        Launch::Anywhere => [dice.between(-16_000.0, 16_000.0), dice.between(-16_000.0, 16_000.0)],
    }
}

/// A flight to a site that the priors draw: the cue, the site's place, and the seconds left.
fn flight(night: &Night, scene: &Scene, dice: &mut Dice) -> (Cue, [f64; 2], f64) {
    let mut left = dice.between(0.0, scene.sites.iter().map(|site| site.prior).sum());
    let goal = scene.sites.iter().position(|site| {
        left -= site.prior;
        left <= 0.0
    });
    let goal_m = scene.sites[goal.unwrap_or(0)].at_m;
    let mut at = launch_m(night.launch, dice);
    let mut legs = vec![goal_m];
    if night.intruder == Intruder::Dogleg {
        for _ in 0..=dice.whole(2) {
            let end = legs[0];
            let (along, off) = (dice.between(0.3, 0.7), dice.between(-0.35, 0.35));
            let way = [end[0] - at[0], end[1] - at[1]];
            legs.insert(0, [at[0] + along * way[0] - off * way[1], at[1] + along * way[1] + off * way[0]]);
        }
    }
    let (speed, mut waver, mut path) = (dice.between(11.0, 20.0), 0.0, vec![at]);
    let fade = (-1.0_f64 / 60.0).exp();
    for leg in legs {
        while (leg[0] - at[0]).hypot(leg[1] - at[1]) > 25.0 {
            waver = waver * fade + 0.12 * (1.0 - fade * fade).sqrt() * dice.normal();
            let heading = (leg[1] - at[1]).atan2(leg[0] - at[0]) + waver;
            at = [at[0] + speed * heading.cos(), at[1] + speed * heading.sin()];
            path.push(at);
        }
    }
    let now = (path.len() as f64 * dice.between(night.share[0], night.share[1])) as usize;
    let first = now.saturating_sub(180);
    let zero_s = if night.clock_counts_from_launch { 0.0 } else { dice.between(0.0, 2_000.0) - first as f64 };
    let fix = |second: usize, dice: &mut Dice| Fix {
        at_s: second as f64 + zero_s,
        at_m: path[second].map(|place| place + 15.0 * dice.normal()),
    };
    let track = (first..=now.max(first + 20).min(path.len() - 1)).map(|second| fix(second, dice)).collect::<Vec<_>>();
    let now_s = track[track.len() - 1].at_s;
    let left_s = (path.len() - 1) as f64 - (now_s - zero_s);
    (Cue { intruder: night.intruder, flown: None, now_s, track, sigma_m: 15.0, dwell_s: 240.0 }, goal_m, left_s)
}

/// How a night went: the rate of intruders met, and the mean logarithm of what was said, as it is scored.
#[derive(Debug, Clone, Copy)]
struct Score {
    rate: f64,
    log_loss: f64,
}

/// Without what the cues show, with what all of them show, and with what those before each have shown; and how probable
/// it is after the night that clocks count from launches.
fn go(night: Night, seed: u64) -> ([Score; 3], f64) {
    let mut dice = Dice(ChaCha8Rng::seed_from_u64(seed));
    let scene = scene(&mut dice);
    let flights: Vec<_> = (0..FLIGHTS).map(|_| flight(&night, &scene, &mut dice)).collect();
    let watch = Watch::new(scene.clone()).expect("made-up scenes are in order");
    let cues: Vec<Cue> = flights.iter().map(|(cue, ..)| cue.clone()).collect();
    let all = Habits::learn(&watch, &cues).expect("made-up cues are in order");
    let mut before = Habits::default();
    let mut scores = [Score { rate: 0.0, log_loss: 0.0 }; 3];
    for (number, (cue, goal_m, left_s)) in flights.iter().enumerate() {
        let habits = [&Habits::default(), &all, &before];
        for (score, habits) in scores.iter_mut().zip(habits) {
            let answer = watch.answer_knowing(cue, habits).expect("made-up cues are in order");
            let off_m = |at_m: [f64; 2]| (at_m[0] - goal_m[0]).hypot(at_m[1] - goal_m[1]);
            let named: f64 = answer.areas.iter().map(|area| area.probability).sum();
            assert!((0.0..=1.0 + 1e-9).contains(&named), "{named}");
            let hit = answer.areas.iter().find(|area| off_m(area.at_m) <= area.radius_m);
            score.log_loss -= hit.map_or(1.0 - named, |area| area.probability).max(1e-3).ln() / FLIGHTS as f64;
            let met = answer
                .dispatch
                .is_some_and(|go| go.takes_s <= left_s + cue.dwell_s && off_m(go.rendezvous_m) <= scene.hit_radius_m);
            score.rate += f64::from(met) / FLIGHTS as f64;
        }
        before.note(&watch, cue).expect("made-up cues are in order");
        if number % 20 == 19 {
            before.settle();
        }
    }
    eprintln!("{scores:.3?} {:.6}", all.clock_counts_from_launch());
    (scores, all.clock_counts_from_launch())
}

const FLIGHTS: usize = 100;

const STRAIGHT: Night = Night {
    intruder: Intruder::Straight,
    launch: Launch::Border(-TAU / 4.0),
    clock_counts_from_launch: true,
    share: [0.35, 0.7],
};

#[test]
fn cues_of_flights_from_a_border_show_where_it_is_and_near_sites_are_told_from_far_ones() {
    for (angle, share, seed) in [(-TAU / 4.0, [0.35, 0.7], 1), (0.4, [0.2, 0.5], 2), (2.5, [0.3, 0.9], 3)] {
        let night = Night { launch: Launch::Border(angle), share, ..STRAIGHT };
        let ([without, all, before], known) = go(night, seed);
        assert!(known > 0.999, "{known}");
        assert!(all.log_loss < without.log_loss - 0.05, "{all:?}, without {without:?}");
        assert!(before.log_loss < without.log_loss, "{before:?}, without {without:?}");
    }
}

#[test]
fn cues_of_flights_by_waypoints_show_it_as_well() {
    // One night says little: its flights are few.
    let mut gained = 0.0;
    for (angle, share, seed) in
        [(-TAU / 4.0, [0.35, 0.7], 4), (2.5, [0.2, 0.5], 5), (-2.0, [0.35, 0.7], 38), (1.0, [0.2, 0.8], 40)]
    {
        let night = Night { intruder: Intruder::Dogleg, launch: Launch::Border(angle), share, ..STRAIGHT };
        let ([without, all, _], known) = go(night, seed);
        assert!(known > 0.999, "{known}");
        gained += without.log_loss - all.log_loss;
    }
    assert!(gained > 0.05, "{gained}");
}

#[test]
fn cues_of_flights_from_launch_sites_show_them() {
    for (intruder, seed) in [(Intruder::Straight, 6), (Intruder::Dogleg, 7)] {
        let ([without, all, _], known) = go(Night { intruder, launch: Launch::Sites, ..STRAIGHT }, seed);
        assert!(known > 0.999, "{known}");
        assert!(all.log_loss < without.log_loss, "{all:?}, without {without:?}");
    }
}

#[test]
fn clocks_that_mean_nothing_change_nothing() {
    let launches = [Launch::Border(-TAU / 4.0), Launch::Border(0.4), Launch::Sites, Launch::Anywhere];
    for (seed, launch) in (8..).zip(launches) {
        for intruder in [Intruder::Straight, Intruder::Dogleg] {
            let night = Night { intruder, launch, clock_counts_from_launch: false, ..STRAIGHT };
            let ([without, all, before], known) = go(night, seed);
            assert!(known < 0.05, "{known}");
            assert!(all.log_loss < without.log_loss + 0.02, "{all:?}, without {without:?}");
            assert!(before.log_loss < without.log_loss + 0.02, "{before:?}, without {without:?}");
        }
    }
}

#[test]
fn launches_from_everywhere_show_nothing_and_nothing_is_lost() {
    for (intruder, seed) in [(Intruder::Straight, 20), (Intruder::Dogleg, 21)] {
        let ([without, all, _], _) = go(Night { intruder, launch: Launch::Anywhere, ..STRAIGHT }, seed);
        assert!(all.log_loss < without.log_loss + 0.02, "{all:?}, without {without:?}");
    }
}

#[test]
fn the_same_cues_show_the_same() {
    let mut dice = Dice(ChaCha8Rng::seed_from_u64(30));
    let scene = scene(&mut dice);
    let cues: Vec<Cue> = (0..30).map(|_| flight(&STRAIGHT, &scene, &mut dice).0).collect();
    let watch = Watch::new(scene).unwrap();
    let answers = [(); 2].map(|()| watch.answer_knowing(&cues[7], &Habits::learn(&watch, &cues).unwrap()).unwrap());
    assert_eq!(answers[0], answers[1]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn no_cues_make_it_say_what_is_no_probability(
        cues in prop::collection::vec(
            (
                prop::collection::vec((0.0..400.0_f64, [-3e4..3e4_f64, -3e4..3e4_f64]), 2..30),
                -500.0..2_000.0_f64,
                any::<bool>(),
                any::<bool>(),
            ),
            1..12,
        ),
        sites in prop::collection::vec(([-3e4..3e4_f64, -3e4..3e4_f64], 0.0..1.0_f64), 0..6),
    ) {
        let scene = Scene {
            sites: sites.into_iter().map(|(at_m, prior)| Site { at_m, prior }).collect(),
            nodes_m: vec![[0.0; 2], [5_000.0, 100.0]],
            roads: vec![Road { ends: [0, 1], speed_m_s: 15.0 }],
            units: vec![0],
            off_road_m_s: 1.5,
            hit_radius_m: 400.0,
        };
        let cue = |(fixes, zero_s, straight, still): (Vec<(f64, [f64; 2])>, f64, bool, bool)| {
            let mut track: Vec<Fix> = fixes.iter().map(|(at_s, at_m)| Fix { at_s: at_s + zero_s, at_m: *at_m }).collect();
            track.sort_by(|a, b| a.at_s.total_cmp(&b.at_s));
            if still {
                track.iter_mut().for_each(|fix| fix.at_m = fixes[0].1);
            }
            let intruder = if straight { Intruder::Straight } else { Intruder::Dogleg };
            Cue { intruder, flown: None, now_s: 400.0 + zero_s, track, sigma_m: 15.0, dwell_s: 100.0 }
        };
        let cues: Vec<Cue> = cues.into_iter().map(cue).filter(|cue| cue.check().is_ok()).collect();
        let watch = Watch::new(scene).unwrap();
        let habits = Habits::learn(&watch, &cues).unwrap();
        prop_assert!((0.0..=1.0).contains(&habits.clock_counts_from_launch()));
        for cue in &cues {
            let answer = watch.answer_knowing(cue, &habits).unwrap();
            let named: f64 = answer.areas.iter().map(|area| area.probability).sum();
            prop_assert!((0.0..=1.0 + 1e-9).contains(&named), "{named}");
        }
    }
}
