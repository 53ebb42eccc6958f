//! Over hills: legs keep the height asked for above the ground.

use std::sync::Arc;

use missions::terrain::Sheet;

use super::{Situation, ask, legs, situation};
use crate::alerts::stage::{air, config};

/// Flat in the west, and from the datum eastwards a slope of 60 m in the first hundredth of a degree.
fn over_a_slope(homes_m: &[[f64; 2]]) -> Situation {
    let row = (0..21).map(|n| if n <= 10 { "0" } else { "60" }).collect::<Vec<_>>().join(" ");
    let rows = vec![row; 11].join("\n");
    let head = "ncols 21\nnrows 11\nxllcenter 9.9\nyllcenter 53.95\ndx 0.01\ndy 0.01\nNODATA_value -9999\n";
    let sheet = Sheet::read("slope.asc", &format!("{head}{rows}\n")).unwrap();
    Situation { airspace: air(&config()).over(Some(Arc::new(sheet))), ..situation(homes_m) }
}

#[test]
fn the_legs_of_a_corridor_follow_the_ground_and_are_clear_of_it() {
    let situation = over_a_slope(&[[-600.0, 900.0]]);
    let fields = r#""kind": "corridor", "vehicles": ["m1"], "width_m": 100, "spacing_m": 100"#;
    let (summary, plans) = ask(&situation, fields, &[[-800.0, 1000.0], [900.0, 1000.0]]).unwrap();
    assert!(summary.contains("heights follow the ground to 4 m, 60 to 120 m above mean sea level"), "{summary}");
    let way: Vec<([f64; 2], f64)> =
        plans[0].way.iter().map(|(at, amsl_m)| (situation.airspace.place_m(*at), *amsl_m)).collect();
    // Take-off and landing apart, every place on the way out is 60 m above what is below it, to 5 m.
    let outwards = way.iter().position(|(at, _)| at[0] > 890.0).unwrap();
    for pair in way[1..=outwards].windows(2) {
        for n in 0..=20 {
            let share = f64::from(n) / 20.0;
            let at_m = [0, 1].map(|axis: usize| pair[0].0[axis] + share * (pair[1].0[axis] - pair[0].0[axis]));
            let above_m = pair[0].1 + share * (pair[1].1 - pair[0].1) - situation.airspace.ground_m(at_m).unwrap();
            assert!((above_m - 60.0).abs() < 5.0, "{above_m} m above the ground at {at_m:?}");
        }
    }
    assert!(
        plans[0].report.findings.iter().all(|found| found.rule.name() != "clearance"),
        "{:?}",
        plans[0].report.findings
    );
}

#[test]
fn where_no_terrain_is_known_heights_count_from_the_flat_ground_as_before() {
    let situation = situation(&[[-600.0, 900.0]]);
    let fields = r#""kind": "corridor", "vehicles": ["m1"], "width_m": 100, "spacing_m": 100"#;
    let (_, plans) = ask(&situation, fields, &[[-800.0, 1000.0], [900.0, 1000.0]]).unwrap();
    assert!(plans[0].text.contains("altitude = { agl_m = 60.0 }"), "{}", plans[0].text);
    assert!(
        legs(&situation, &plans[0], "waypoint").iter().all(|(_, leg)| !leg.contains("altitude")),
        "{}",
        plans[0].text
    );
}
