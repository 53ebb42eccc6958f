//! Hot spots, fast plots, and what is forgotten.

use telemetry::messages::SensorKind;

use super::*;
use crate::tracker::example::{at, sensor};
use crate::tracker::measure::Rows;
use crate::tracker::sensor::Sensor;

const HAS: [bool; ROWS] = [true, true, true, false];
const WITH_RATE: [bool; ROWS] = [true; ROWS];
/// False plots per metre and square radian: three a look in the example radar's field of view.
const NOMINAL: f64 = 1e-4;

fn plot(range_m: f64, azimuth: f64, range_rate: Option<f64>) -> Plot {
    Plot {
        at: at(0.0),
        index: 0,
        has: if range_rate.is_some() { WITH_RATE } else { HAS },
        value: Rows::new(range_m, azimuth, 0.02, range_rate.unwrap_or(0.0)),
        sigma: Rows::new(4.0, 0.007, 0.01, 0.5),
        llr: None,
    }
}

/// A map that has seen a plot in every look.
fn map(looks: u64, plots: &[Plot]) -> ClutterMap {
    let mut map = ClutterMap::default();
    for look in 0..looks {
        for plot in plots {
            map.learn(plot, look, 1.0);
        }
        map.tidy(look);
    }
    map
}

fn box_volume() -> f64 {
    [RANGE, AZIMUTH, ELEVATION].into_iter().map(|row| 2.0 * HALF_BOX[row]).product()
}

#[test]
fn a_hot_spot_is_dense_where_it_is_and_nowhere_else() {
    let spot = plot(1000.0, 1.0, None);
    let map = map(60, &[spot, spot]);
    let factor = |range_m: f64, azimuth: f64| map.factor(&plot(range_m, azimuth, None), 60, NOMINAL);
    let never = ClutterMap::default().factor(&spot, 60, NOMINAL);
    assert!(never < 1.0, "where nothing was ever seen it is thinner than stated");
    assert!(factor(1000.0, 1.0) > 3.0 * never, "{}", factor(1000.0, 1.0));
    for (range_m, azimuth) in [(1100.0, 1.0), (1000.0, 1.05), (930.0, 0.95)] {
        assert_eq!(factor(range_m, azimuth), factor(1000.0, 1.0), "within the box");
    }
    for (range_m, azimuth) in [(1130.0, 1.0), (1000.0, 1.07), (1000.0, 1.0 + std::f64::consts::PI), (3000.0, 2.0)] {
        assert_eq!(factor(range_m, azimuth), never, "{range_m} {azimuth}");
    }
}

#[test]
fn steady_clutter_is_learnt_at_its_rate() {
    let spot = plot(1000.0, 1.0, None);
    let usual = NOMINAL * box_volume();
    let per_look = map(60, &[spot, spot]).factor(&spot, 60, NOMINAL) * usual;
    let expected = (usual * PRIOR_LOOKS + 120.0) / (PRIOR_LOOKS + 60.0);
    assert!((per_look - expected).abs() < 1e-9, "{per_look} of two a look");
    assert_eq!(ClutterMap::default().factor(&spot, 0, NOMINAL), 1.0, "before the first look it is as stated");
}

#[test]
fn a_plot_counts_as_far_as_it_is_clutter_and_not_in_its_own_look() {
    let spot = plot(1000.0, 1.0, None);
    let factor = |weight: f64, learnt: u64| {
        let mut map = ClutterMap::default();
        map.learn(&spot, learnt, weight);
        map.factor(&spot, 5, NOMINAL)
    };
    let never = ClutterMap::default().factor(&spot, 5, NOMINAL);
    assert!(((factor(0.5, 4) - never) * 2.0 - (factor(1.0, 4) - never)).abs() < 1e-9);
    assert_eq!(factor(1.0, 5), never, "a look does not make itself clutter");
    assert_eq!(factor(0.01, 4), never, "what is a target's is no clutter");
}

#[test]
fn what_ended_is_forgotten() {
    let spot = plot(1000.0, 1.0, None);
    let mut map = map(60, &[spot]);
    let never = |look: u64| ClutterMap::default().factor(&spot, look, NOMINAL);
    assert!(map.factor(&spot, 90, NOMINAL) > never(90));
    assert_eq!(map.factor(&spot, 60 + LOOKS_KEPT, NOMINAL), never(60 + LOOKS_KEPT));
    for look in 60..200 {
        map.tidy(look);
    }
    assert_eq!((map.plots, map.bins.len()), (0, 0));
}

#[test]
fn the_map_is_bounded() {
    let mut map = ClutterMap::default();
    for n in 0..3 * PLOTS_MAX {
        let range_m = 60.0 + (n % 4000) as f64;
        map.learn(&plot(range_m, 0.001 * (n % 6000) as f64, None), (n / 500) as u64, 1.0);
        assert!(map.plots <= PLOTS_MAX);
    }
    assert_eq!(map.plots, map.bins.values().map(VecDeque::len).sum::<usize>());
    let newest = map.bins.values().flatten().map(|echo| echo.look).max().unwrap();
    assert!(newest + LOOKS_KEPT / 2 > (3 * PLOTS_MAX / 500) as u64, "the oldest went first");
}

#[test]
fn a_fast_plot_is_not_taken_for_the_ground() {
    let (slow, fast) = (plot(1000.0, 1.0, Some(0.5)), plot(1000.0, 1.0, Some(-20.0)));
    let nominal = NOMINAL / 80.0;
    let ground = map(60, &[slow]);
    assert!(ground.factor(&slow, 60, nominal) > 2.0);
    assert!(ground.factor(&fast, 60, nominal) <= 1.0, "what moves is not where the ground is");
    let road = map(60, &[fast]);
    let (as_fast, as_slow) = (road.factor(&fast, 60, nominal), ground.factor(&slow, 60, nominal));
    assert!(as_fast < 0.4 * as_slow, "and takes longer to be believed: {as_fast} {as_slow}");
}

#[test]
fn a_direction_says_nothing_of_a_place() {
    let bearing = Plot { has: [false, true, false, false], ..plot(0.0, 1.0, None) };
    let map = map(60, &[bearing]);
    assert_eq!((map.plots, map.factor(&bearing, 60, 0.5)), (0, 1.0));
}

#[test]
fn clutter_spread_as_stated_stays_as_stated() {
    // Sixty looks of forty plots evenly over a ring: in the mean, the factor stays at one.
    let radar = Sensor::new(sensor("radar", SensorKind::Radar));
    let nominal = 40.0 / radar.volume([true, true, false, false]);
    let mut noise = crate::tracker::example::Noise::new(4);
    let flat = |noise: &mut crate::tracker::example::Noise| {
        let (range_m, azimuth) = (50.0 + 4450.0 * noise.uniform(), std::f64::consts::TAU * noise.uniform());
        Plot { has: [true, true, false, false], ..plot(range_m, azimuth, None) }
    };
    let mut map = ClutterMap::default();
    for look in 0..60 {
        for _ in 0..40 {
            map.learn(&flat(&mut noise), look, 1.0);
        }
    }
    let places = 2000;
    let mean = (0..places).map(|_| map.factor(&flat(&mut noise), 60, nominal)).sum::<f64>() / f64::from(places);
    // Boxes at the field's edges are partly outside, a twentieth of them.
    assert!((0.9..1.05).contains(&mean), "{mean}");
}
