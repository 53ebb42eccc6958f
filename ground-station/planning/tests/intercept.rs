//! Landings foreseen and met: against flights made here, with an own check of every way.

use planning::intercept::{Answer, Cue, Fix, Flown, Intruder, ProblemError, Road, Scene, Site, Watch};
use planning::limits::LimitError;
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

/// A grid of roads 2 km apart, sites off the road, three units.
fn scene(sites: usize, seed: u64) -> Scene {
    let mut dice = Dice::new(seed);
    let side = 11;
    let nodes_m =
        (0..side * side).map(|n| [f64::from(n % side) * 2_000.0 - 10_000.0, f64::from(n / side) * 2_000.0 - 10_000.0]);
    let mut roads = Vec::new();
    for n in 0..(side * side) as usize {
        if n % side as usize + 1 < side as usize {
            roads.push(Road { ends: [n, n + 1], speed_m_s: 14.0 });
        }
        if n + (side as usize) < (side * side) as usize {
            roads.push(Road { ends: [n, n + side as usize], speed_m_s: 20.0 });
        }
    }
    let sites = (0..sites)
        .map(|_| Site {
            at_m: [dice.between(-9_500.0, 9_500.0), dice.between(-6_000.0, 9_500.0)],
            prior: dice.between(0.2, 1.0),
        })
        .collect();
    Scene { sites, nodes_m: nodes_m.collect(), roads, units: vec![5, 60, 115], off_road_m_s: 1.5, hit_radius_m: 400.0 }
}

/// A flight to a site that the priors draw, seen for three minutes: the cue, the site, and the seconds left.
fn flight(scene: &Scene, dice: &mut Dice) -> (Cue, usize, f64) {
    let total: f64 = scene.sites.iter().map(|site| site.prior).sum();
    let mut left = dice.between(0.0, total);
    let goal = scene.sites.iter().position(|site| {
        left -= site.prior;
        left <= 0.0
    });
    let goal = goal.unwrap_or(0);
    let site_m = scene.sites[goal].at_m;
    let (mut at, speed) = ([dice.between(-9_000.0, 9_000.0), -12_000.0], dice.between(11.0, 20.0));
    let (mut waver, mut path) = (0.0, vec![at]);
    let fade = (-1.0_f64 / 60.0).exp();
    while (site_m[0] - at[0]).hypot(site_m[1] - at[1]) > 20.0 {
        waver = waver * fade + 0.12 * (1.0 - fade * fade).sqrt() * dice.normal();
        let heading = (site_m[1] - at[1]).atan2(site_m[0] - at[0]) + waver;
        at = [at[0] + speed * heading.cos(), at[1] + speed * heading.sin()];
        path.push(at);
    }
    let now = (path.len() as f64 * dice.between(0.35, 0.7)) as usize;
    let track = (now.saturating_sub(180)..=now)
        .map(|second| Fix {
            at_s: second as f64,
            at_m: [path[second][0] + 15.0 * dice.normal(), path[second][1] + 15.0 * dice.normal()],
        })
        .collect();
    let cue =
        Cue { intruder: Intruder::Straight, flown: None, now_s: now as f64, track, sigma_m: 15.0, dwell_s: 240.0 };
    (cue, goal, (path.len() - 1 - now) as f64)
}

fn apart_m(a: [f64; 2], b: [f64; 2]) -> f64 {
    (a[0] - b[0]).hypot(a[1] - b[1])
}

/// How soon the unit is there: by relaxing every road until nothing changes, and on foot from the best node.
fn takes_s(scene: &Scene, unit: usize, to_m: [f64; 2]) -> f64 {
    let mut by_road_s = vec![f64::INFINITY; scene.nodes_m.len()];
    by_road_s[scene.units[unit]] = 0.0;
    loop {
        let mut changed = false;
        for road in &scene.roads {
            let [a, b] = road.ends;
            let time_s = apart_m(scene.nodes_m[a], scene.nodes_m[b]) / road.speed_m_s;
            for (from, to) in [(a, b), (b, a)] {
                if by_road_s[from] + time_s < by_road_s[to] - 1e-9 {
                    by_road_s[to] = by_road_s[from] + time_s;
                    changed = true;
                }
            }
        }
        if !changed {
            break;
        }
    }
    let on_foot = |(node_m, road_s): (&[f64; 2], &f64)| road_s + apart_m(*node_m, to_m) / scene.off_road_m_s;
    scene.nodes_m.iter().zip(&by_road_s).map(on_foot).fold(f64::INFINITY, f64::min)
}

fn check(scene: &Scene, answer: &Answer) {
    assert!(answer.areas.len() <= 3);
    let total: f64 = answer.areas.iter().map(|area| area.probability).sum();
    assert!((0.0..=1.0 + 1e-9).contains(&total), "the areas add up to {total}");
    assert!(answer.areas.windows(2).all(|pair| pair[0].probability >= pair[1].probability - 1e-12));
    if let Some(dispatch) = &answer.dispatch {
        let takes_s = takes_s(scene, dispatch.unit, dispatch.rendezvous_m);
        assert!(takes_s <= dispatch.takes_s + 1e-6, "{takes_s} s, said are {} s", dispatch.takes_s);
        assert!(dispatch.chance > 0.0 && dispatch.chance <= 1.0 && dispatch.slack_s >= -1e-6);
        assert_eq!(dispatch.way[0], scene.units[dispatch.unit]);
        for leg in dispatch.way.windows(2) {
            let joins = |road: &Road| road.ends == [leg[0], leg[1]] || road.ends == [leg[1], leg[0]];
            assert!(scene.roads.iter().any(joins), "no road from node {} to {}", leg[0], leg[1]);
        }
    }
}

#[test]
fn what_it_says_happens_as_often_as_it_says() {
    let scene = scene(30, 3);
    let watch = Watch::new(scene.clone()).unwrap();
    let mut dice = Dice::new(11);
    let (mut said, mut spread, mut came, mut chance, mut met, mut simply) = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0);
    let flights = 300;
    for _ in 0..flights {
        let (cue, goal, left_s) = flight(&scene, &mut dice);
        let answer = watch.answer(&cue).unwrap();
        check(&scene, &answer);
        let landed_m = scene.sites[goal].at_m;
        let probability: f64 = answer.areas.iter().map(|area| area.probability).sum();
        said += probability;
        spread += probability * (1.0 - probability);
        came += f64::from(answer.areas.iter().any(|area| apart_m(area.at_m, landed_m) <= area.radius_m));
        // What one would do at once: the unit nearest to the likeliest site, all the way.
        let likeliest_m = answer.areas[0].at_m;
        let nearest_s = (0..3).map(|unit| takes_s(&scene, unit, likeliest_m)).fold(f64::INFINITY, f64::min);
        let reached = nearest_s <= left_s + cue.dwell_s && apart_m(likeliest_m, landed_m) <= scene.hit_radius_m;
        simply += f64::from(reached);
        if let Some(dispatch) = answer.dispatch {
            chance += dispatch.chance;
            let in_time = takes_s(&scene, dispatch.unit, dispatch.rendezvous_m) <= left_s + cue.dwell_s;
            met += f64::from(in_time && apart_m(dispatch.rendezvous_m, landed_m) <= scene.hit_radius_m);
        }
    }
    // Four standard deviations, and a twentieth for what the model does not know of these flights.
    let allowed = 4.0 * f64::sqrt(spread) + f64::from(flights) / 20.0;
    assert!((said - came).abs() < allowed, "said {said:.1}, came {came} of {flights}");
    assert!((chance - met).abs() < 4.0 * f64::sqrt(f64::from(flights) / 4.0), "chance {chance:.1}, met {met}");
    assert!(met > 1.2 * simply, "met {met} of {flights}, simply {simply}");
}

#[test]
fn the_stage_of_the_flight_tells_near_sites_from_far_ones() {
    let mut scene = scene(0, 1);
    scene.sites = vec![Site { at_m: [0.0, -2_000.0], prior: 1.0 }, Site { at_m: [0.0, 9_000.0], prior: 1.0 }];
    let track = (0..180).map(|s| Fix { at_s: f64::from(s) + 320.0, at_m: [0.0, -7_400.0 + 15.0 * f64::from(s)] });
    let mut cue = Cue {
        intruder: Intruder::Straight,
        flown: None,
        now_s: 500.0,
        track: track.collect(),
        sigma_m: 15.0,
        dwell_s: 240.0,
    };
    let watch = Watch::new(scene).unwrap();
    // Three times as near, it is met more often: by the root of that, if the waver does not say otherwise.
    let before = watch.answer(&cue).unwrap().areas[0];
    assert!((0.55..0.75).contains(&before.probability) && before.at_m[1] < 0.0, "{before:?}");
    cue.flown = Some(Flown { launched_s: 0.0, share: [0.3, 0.6] });
    let after = watch.answer(&cue).unwrap().areas[0];
    assert!(after.probability > 0.95 && after.at_m[1] > 0.0, "{after:?}");
}

#[test]
fn a_drone_that_turns_is_followed_to_the_site_it_turns_to() {
    let mut scene = scene(0, 1);
    scene.sites = vec![Site { at_m: [0.0, 9_000.0], prior: 1.0 }, Site { at_m: [9_000.0, -4_000.0], prior: 1.0 }];
    let track = (0..180).map(|s| {
        let s = f64::from(s);
        let at_m = if s < 90.0 { [0.0, -6_000.0 + 15.0 * s] } else { [15.0 * (s - 90.0), -4_650.0 + 1.0 * (s - 90.0)] };
        Fix { at_s: s, at_m }
    });
    let cue = Cue {
        intruder: Intruder::Dogleg,
        flown: None,
        now_s: 180.0,
        track: track.collect(),
        sigma_m: 15.0,
        dwell_s: 240.0,
    };
    let watch = Watch::new(scene).unwrap();
    let area = watch.answer(&cue).unwrap().areas[0];
    assert!(area.at_m == [9_000.0, -4_000.0] && area.probability > 0.7, "{area:?}");
}

#[test]
fn a_balloon_lands_down_the_wind_and_is_met_at_the_roadside() {
    let scene = Scene { hit_radius_m: 1_500.0, ..scene(0, 1) };
    let track = (0..180).map(|s| Fix { at_s: f64::from(s) + 820.0, at_m: [0.0, -9_000.0 + 8.0 * f64::from(s)] });
    let cue = Cue {
        intruder: Intruder::Balloon { wind_m_s: [0.0, 8.0], burnt_out_s: [1_500.0, 1_900.0] },
        flown: None,
        now_s: 1_000.0,
        track: track.collect(),
        sigma_m: 15.0,
        dwell_s: 240.0,
    };
    let watch = Watch::new(scene.clone()).unwrap();
    let answer = watch.answer(&cue).unwrap();
    check(&scene, &answer);
    // From -7,560 m, 500 to 900 s with 8 m/s.
    let area = answer.areas[0];
    assert!(area.at_m[0].abs() < 200.0 && (-3_600.0..-300.0).contains(&area.at_m[1]), "{area:?}");
    assert!(answer.dispatch.unwrap().chance > 0.4);
}

#[test]
fn a_unit_that_no_road_leads_from_is_not_sent() {
    let mut scene = scene(10, 5);
    scene.roads.clear();
    scene.units = vec![0];
    let (cue, ..) = flight(&scene, &mut Dice::new(2));
    let answer = Watch::new(scene).unwrap().answer(&cue).unwrap();
    assert!(!answer.areas.is_empty());
    assert!(answer.dispatch.is_none_or(|dispatch| dispatch.takes_s.is_finite()));
}

#[test]
fn what_cannot_be_planned_with_is_named() {
    let good = scene(3, 1);
    let mut bad = good.clone();
    bad.roads[7].ends[1] = 500;
    assert_eq!(Watch::new(bad).unwrap_err().to_string(), "road 7 names node 500, there are 121, counted from 0");
    let mut bad = good.clone();
    bad.sites[2].prior = f64::NAN;
    assert!(matches!(
        Watch::new(bad),
        Err(ProblemError::Limit(LimitError::Number { what: "site", number: 2, field: "prior", .. }))
    ));
    let (cue, ..) = flight(&good, &mut Dice::new(2));
    let watch = Watch::new(good).unwrap();
    let mut back = cue.clone();
    back.track[9].at_s = 1.0;
    assert!(matches!(watch.answer(&back), Err(ProblemError::Order { number: 9, .. })));
    let mut short = cue;
    short.track.truncate(1);
    assert_eq!(watch.answer(&short).unwrap_err().to_string(), "1 fixes: allowed are 2 to 100000");
}

fn number() -> impl Strategy<Value = f64> {
    prop_oneof![
        6 => -20_000.0..20_000.0_f64,
        1 => prop_oneof![Just(0.0), Just(-1.0), Just(f64::NAN), Just(f64::INFINITY), Just(1e7), Just(-1e300), Just(1e-300)],
    ]
}

fn place() -> impl Strategy<Value = [f64; 2]> {
    [number(), number()]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn no_scene_and_no_cue_makes_it_panic(
        sites in prop::collection::vec((place(), number()), 0..6),
        nodes_m in prop::collection::vec(place(), 0..6),
        roads in prop::collection::vec((0_usize..6, 0_usize..6, number()), 0..8),
        units in prop::collection::vec(0_usize..6, 0..4),
        track in prop::collection::vec((0.0..400.0_f64, place()), 0..30),
        (now_s, sigma_m, dwell_s, share, kind) in (number(), number(), number(), place(), 0_u8..3),
        (off_road_m_s, hit_radius_m, wind_m_s, burnt_out_s) in (number(), number(), place(), place()),
        sorted in any::<bool>(),
    ) {
        let mut scene = Scene {
            sites: sites.into_iter().map(|(at_m, prior)| Site { at_m, prior }).collect(),
            nodes_m,
            roads: roads.into_iter().map(|(a, b, speed_m_s)| Road { ends: [a, b], speed_m_s }).collect(),
            units,
            off_road_m_s,
            hit_radius_m,
        };
        let mut track: Vec<Fix> = track.into_iter().map(|(at_s, at_m)| Fix { at_s, at_m }).collect();
        let intruder = match kind {
            0 => Intruder::Straight,
            1 => Intruder::Dogleg,
            _ => Intruder::Balloon { wind_m_s, burnt_out_s },
        };
        let mut cue = Cue { intruder, flown: None, now_s, track: vec![], sigma_m, dwell_s };
        if sorted {
            // Nearer to what is possible, so that more than the checks are reached.
            track.sort_by(|a, b| a.at_s.total_cmp(&b.at_s));
            cue.now_s = 400.0;
            cue.sigma_m = 15.0;
            cue.dwell_s = cue.dwell_s.abs();
            cue.flown = Some(Flown { launched_s: -5.0, share });
            let nodes = scene.nodes_m.len();
            scene.roads.retain(|road| road.ends.iter().all(|end| *end < nodes) && road.speed_m_s > 1.0);
            scene.units.retain(|unit| *unit < nodes);
            scene.off_road_m_s = 1.5;
            scene.hit_radius_m = 400.0;
        }
        cue.track = track;
        if let Ok(answer) = Watch::new(scene.clone()).and_then(|watch| watch.answer(&cue)) {
            check(&scene, &answer);
        }
    }
}
