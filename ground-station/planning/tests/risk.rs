//! Maps of risk: every value is the sum of its parts, incidents are counted again one by one, and patrols follow.
#![allow(clippy::unwrap_used, reason = "clippy.toml frees test functions only, not what they share")]

use planning::cue::Grid;
use planning::risk::{Factor, Hour, Incident, Request, RequestError, map};
use proptest::prelude::*;

const GRID: Grid = Grid { south_west_m: [0.0, 0.0], cell_m: 100.0, columns: 30, rows: 20 };

fn hour(hour: f64, sun_elevation: f64) -> Hour {
    Hour {
        during_s: [hour * 3600.0, hour * 3600.0 + 3600.0],
        hour,
        sun_elevation,
        moon_elevation: 0.5,
        moon_lit: 0.5,
        cloud: 0.5,
        weather: Some([4.0, 0.0]),
    }
}

fn request() -> Request {
    Request {
        grid: GRID,
        weights: [3.0, 1.0, 1.0, 2.0, 2.0, 1.0, 1.0],
        incidents: vec![
            Incident { at_m: [550.0, 550.0], age_days: 10.0, hour: 2.0, weight: 1.0 },
            Incident { at_m: [2050.0, 1050.0], age_days: 300.0, hour: 23.0, weight: 1.0 },
        ],
        incident_reach_m: 250.0,
        incident_half_days: 90.0,
        concealment: Vec::new(),
        roads_m: vec![vec![[0.0, 1000.0], [3000.0, 1000.0]]],
        sites_m: vec![[500.0, 1500.0]],
        reach_m: [400.0, 800.0],
        habit: Vec::new(),
        hours: vec![hour(12.0, 0.6), hour(2.0, -0.4), hour(23.0, -0.4)],
        weather_limits: [12.0, 2.0],
    }
}

#[test]
fn where_and_when_something_happened_it_is_riskiest() {
    let map = map(&request()).unwrap();
    let at = |place| GRID.cell(place).unwrap();
    assert!(map.value(1, at([550.0, 550.0])) > map.value(0, at([550.0, 550.0])) + 0.3);
    assert!(map.value(1, at([550.0, 550.0])) > map.value(1, at([2550.0, 150.0])) + 0.2);
    // The older incident counts for less in its hour than the fresh one in its own.
    assert!(map.value(1, at([550.0, 550.0])) > map.value(2, at([2050.0, 1050.0])));
    let words = map.explain(1, at([550.0, 550.0])).unwrap().words();
    assert!(words.contains("past incidents +0.3") && words.contains("concealment not known"), "{words}");
}

#[test]
fn other_weights_change_values_at_once_and_nothing_else() {
    let map = map(&request()).unwrap();
    let dark = map.reweighted([0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0]).unwrap();
    let cells = [0, 100, 599];
    assert!(cells.iter().all(|cell| dark.value(0, *cell) == 0.0 && dark.value(1, *cell) == dark.value(1, 0)));
    assert!(dark.value(1, 0) > 0.8 && dark.value(1, 0) < 1.0);
    assert!(map.reweighted([f64::NAN; 7]).is_err() && map.reweighted([0.0; 7]).unwrap().value(1, 3) == 0.0);
}

#[test]
fn patrols_get_weights_from_one_to_three_and_the_worst_hour() {
    let map = map(&request()).unwrap();
    let line: Vec<[f64; 2]> = (0..30).map(|n| [f64::from(n) * 100.0 + 50.0, 550.0]).chain([[-500.0, 0.0]]).collect();
    let weights = map.patrol_weights(1, &line);
    assert!(weights.iter().all(|weight| (1.0..=3.0).contains(weight)) && weights[30] == 1.0);
    assert_eq!(weights[5], 3.0, "{weights:?}");
    assert_eq!(map.worst_hour(&line), Some(1));
}

#[test]
fn a_wrong_number_is_named() {
    let mut wrong = request();
    wrong.concealment = vec![0.5; 7];
    let told = map(&wrong).unwrap_err();
    assert_eq!(told, RequestError::Length { what: "concealment", found: 7, wanted: 600 });
    let mut wrong = request();
    wrong.incidents[1].age_days = f64::NAN;
    assert_eq!(map(&wrong).unwrap_err().to_string(), "incident 1: age is NaN, allowed is 0 to 100000");
}

proptest! {
    #[test]
    fn what_factors_add_is_the_value(
        weights in prop::collection::vec(0.0..10.0_f64, 7),
        incidents in prop::collection::vec(([-500.0..3500.0_f64, -500.0..2500.0_f64], 0.0..1000.0_f64, 0.0..24.0_f64), 0..6),
        known in any::<[bool; 4]>(),
        sun in -1.5..1.5_f64,
        cells in prop::collection::vec(0_usize..600, 8),
    ) {
        let mut request = request();
        request.weights.copy_from_slice(&weights);
        request.incidents = incidents.into_iter()
            .map(|(at_m, age_days, hour)| Incident { at_m, age_days, hour, weight: 1.0 }).collect();
        if known[0] { request.concealment = (0..600).map(|n| f64::from(n) / 600.0).collect(); }
        if known[1] { request.roads_m.clear(); }
        if known[2] { request.habit = (0..24).map(f64::from).collect(); }
        request.hours[1].sun_elevation = sun;
        if known[3] { request.hours[1].weather = None; }
        let map = map(&request).unwrap();
        for cell in cells {
            for hour in 0..3 {
                let explanation = map.explain(hour, cell).unwrap();
                let sum: f64 = explanation.parts.iter().map(|part| part.adds).sum();
                prop_assert!((sum - explanation.value).abs() < 1e-9 && (0.0..=1.0 + 1e-9).contains(&sum));
                prop_assert!(explanation.parts.iter().all(|part| part.says.is_none_or(|s| (0.0..=1.0).contains(&s))));
                prop_assert!((map.value(hour, cell) - sum).abs() < 1e-9);
            }
            // The density of incidents, counted one by one.
            let density = |cell: usize, of: &Hour| -> f64 {
                let middle = [(cell % 30) as f64 * 100.0 + 50.0, (cell / 30) as f64 * 100.0 + 50.0];
                request.incidents.iter().map(|i| {
                    let squared = (i.at_m[0] - middle[0]).powi(2) + (i.at_m[1] - middle[1]).powi(2);
                    let apart = (i.hour - of.hour).abs();
                    let hours = apart.min(24.0 - apart) / 2.0;
                    0.5_f64.powf(i.age_days / 90.0) * (-0.5 * (squared / 62_500.0 + hours * hours)).exp()
                }).sum()
            };
            let most = (0..3).flat_map(|h| (0..600).map(move |c| (h, c))).map(|(h, c)| density(c, &request.hours[h])).fold(0.0, f64::max);
            let says = map.explain(1, cell).unwrap().parts.into_iter().find(|p| p.factor == Factor::Incidents).unwrap().says;
            if let Some(says) = says {
                prop_assert!((says - density(cell, &request.hours[1]) / most).abs() < 2e-3, "{says}");
            }
        }
    }
}
