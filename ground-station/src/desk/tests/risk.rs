//! A patrol by risk: the map says what is known, each weight is told, and the patrol follows it.

use std::sync::atomic::AtomicBool;

use missions::site::{Incident, Spot};

use super::{Situation, ground, situation};
use crate::alerts::stage::{air, at, config};
use crate::desk::{Request, RiskPicture, search};

/// A site where something happened at this place an hour ago, and with a launch site there.
fn known(at_m: [f64; 2]) -> Situation {
    let mut config = config();
    let position = ground(at_m[0], at_m[1]);
    let kind = "a drone seen".to_owned();
    config.site.incidents = vec![Incident { at: at(-3600.0), position, kind, note: None, weight: 1.0 }];
    let spot = Spot { id: "slip".to_owned(), name: "Slip".to_owned(), at: position, weight: 1.0 };
    config.site.launch_sites = vec![spot];
    Situation { airspace: air(&config), ..situation(&[[0.0, 900.0], [200.0, 900.0]]) }
}

fn ask(situation: &Situation, risk: &str) -> Result<(String, usize, RiskPicture), String> {
    let line = [[-1500.0, 1200.0], [1500.0, 1200.0]].map(|[east_m, north_m]| {
        let at = ground(east_m, north_m);
        format!("[{}, {}]", at.longitude_deg(), at.latitude_deg())
    });
    let text = format!(
        r#"{{"kind": "risk_patrol", "vehicles": ["m1", "m2"], "height_m": 60, "budget_ms": 300, "drawn": [{}], "risk": {risk}}}"#,
        line.join(", ")
    );
    let request = Request::read(text.as_bytes())?;
    request.check(situation)?;
    let found = search::search(&request, situation, 1, &AtomicBool::new(false), &|_, _| {})?;
    let picture = found.risk.ok_or("no map came with it")?;
    Ok((found.summary, found.plans.len(), picture))
}

/// The value of the map at a place.
fn value(picture: &RiskPicture, situation: &Situation, at_m: [f64; 2]) -> f64 {
    let [south_west, south_east, north_west] = picture.corners.map(|at| situation.airspace.place_m(at));
    let share = |axis: usize, to: f64| (at_m[axis] - south_west[axis]) / (to - south_west[axis]);
    let column = (share(0, south_east[0]) * picture.columns as f64) as usize;
    let row = (share(1, north_west[1]) * picture.rows as f64) as usize;
    picture.values[row * picture.columns + column]
}

#[test]
fn the_map_is_darkest_where_something_happened_and_every_weight_is_told() {
    let situation = known([1000.0, 1250.0]);
    let (summary, plans, picture) = ask(&situation, r#"{"manner": "fixed"}"#).unwrap();
    assert!(summary.starts_with("The shortest gaps"), "{summary}");
    assert!(summary.contains("where it speaks most:") && summary.contains("past incidents"), "{summary}");
    assert!(plans >= 1);
    let (near, far) = (value(&picture, &situation, [1000.0, 1250.0]), value(&picture, &situation, [-1400.0, 1250.0]));
    assert!(near > far + 0.3, "{near} there, {far} elsewhere");
    let factor = |name: &str| picture.factors.iter().find(|factor| factor.name == name).unwrap();
    assert_eq!((picture.factors.len(), factor("past incidents").weight), (7, 3.0));
    assert!(factor("concealment").says.is_none() && factor("concealment").why.contains("no file"), "not guessed");
    assert!(factor("past incidents").why.starts_with("1 known, each felt for 300 m"));
    assert!(factor("darkness").why.contains("moon"), "{}", factor("darkness").why);
    let cells: Vec<f64> = (-14..=14).map(|n| value(&picture, &situation, [f64::from(n) * 100.0, 1200.0])).collect();
    let (mean, adds) = (cells.iter().sum::<f64>() / 29.0, picture.factors.iter().map(|one| one.adds).sum::<f64>());
    assert!((mean - adds).abs() < 0.05, "what the factors add along the line is the map's mean there: {adds}, {mean}");
}

#[test]
fn a_weight_that_is_changed_changes_the_map() {
    let situation = known([1000.0, 1250.0]);
    let nothing = r#"{"weights": {"incidents": 0, "sites": 0, "roads": 0, "darkness": 1}}"#;
    let (summary, _, picture) = ask(&situation, nothing).unwrap();
    assert!(summary.starts_with("One of 4 nights that nobody foresees"), "{summary}");
    let (near, far) = (value(&picture, &situation, [1000.0, 1250.0]), value(&picture, &situation, [-1400.0, 1250.0]));
    assert!((near - far).abs() < 1e-9, "darkness is the same everywhere: {near}, {far}");
    let told = ask(&situation, r#"{"weights": {"incidents": 11}}"#).unwrap_err();
    assert!(told.contains("the weight of past incidents: found 11; allowed: 0 to 10"), "{told}");
}
