//! Pictures: everything is on the sheet, text cannot break out, and a real plan draws.
#![allow(clippy::unwrap_used, reason = "clippy.toml frees test functions only, not what they share")]

use planning::clock::Looks;
use planning::cue::Grid;
use planning::drawing::{Drawing, Kind};
use planning::flight::Pace;
use planning::search::{Datum, Request, Searcher, plan};
use proptest::prelude::*;

/// Elements open and close in pairs, and no attribute ends early: as much of XML as a picture uses.
fn well_formed(svg: &str) -> Result<(), String> {
    let mut open = Vec::new();
    let mut rest = svg;
    while let Some(at) = rest.find('<') {
        let end = rest[at..].find('>').ok_or("a tag without an end")? + at;
        let tag = &rest[at + 1..end];
        if tag.matches('"').count() % 2 == 1 {
            return Err(format!("quotes of <{tag}>"));
        }
        let name = tag.trim_start_matches('/').split([' ', '/']).next().unwrap_or_default();
        if tag.starts_with('/') {
            if open.pop() != Some(name) {
                return Err(format!("</{name}> closes another"));
            }
        } else if !tag.ends_with('/') {
            open.push(name);
        }
        rest = &rest[end + 1..];
    }
    if open.is_empty() { Ok(()) } else { Err(format!("{open:?} stay open")) }
}

#[test]
fn a_search_is_drawn_with_its_area_ways_scale_and_times() {
    let pace = Pace { airspeed_m_s: 18.0, climb_m_s: 3.0, wind_m_s: [4.0, 2.0] };
    let searcher = |home_m| Searcher { home_m, pace, endurance_s: 2400.0, sweep_width_m: 150.0, height_m: 80.0 };
    let request = Request {
        datum: Datum { at_s: 0.0, at_m: [2000.0, 1000.0], sd_m: 250.0, drift_m_s: [0.5, -0.3], drift_sd_m_s: 0.1 },
        searchers: vec![searcher([0.0, 0.0]), searcher([300.0, 0.0])],
        begins_s: 600.0,
        pattern: None,
        wanted: 0.9,
    };
    let plan = plan(&request).unwrap();
    let mut drawing = Drawing::new("Search <1> & more").place("home", [0.0, 0.0]);
    for flight in &plan.flights {
        drawing = drawing.flight("searcher", flight);
    }
    for reason in &plan.reasons {
        drawing = drawing.note(reason);
    }
    let svg = drawing.svg();
    well_formed(&svg).unwrap();
    assert!(svg.contains("Search &lt;1&gt; &amp; more") && svg.contains("0:10:00 to ") && svg.contains(" m</text>"));
    assert_eq!(svg.matches("<circle").count(), 2 + 2);
    let _ = Looks::new(1);
}

/// Where the text `name` stands, pixels.
fn named(svg: &str, name: &str) -> Option<[f64; 2]> {
    let end = svg.find(&format!(">{name}</text>"))?;
    let tag = &svg[svg[..end].rfind("<text")?..end];
    let number = |field: &str| tag.split(&format!(" {field}=\"")).nth(1)?.split('"').next()?.parse().ok();
    Some([number("x")?, number("y")?])
}

#[test]
fn a_closed_zone_far_off_does_not_shrink_the_plan_and_a_large_one_is_named_where_it_is_seen() {
    let square = |west: f64, south: f64, side: f64| {
        vec![[west, south], [west + side, south], [west + side, south + side], [west, south + side]]
    };
    let drawn = |zones: &[(&str, Vec<[f64; 2]>)]| {
        let drawing = Drawing::new("Search").area(Kind::Target, &[square(0.0, 0.0, 800.0)]);
        let add = |drawing: Drawing, (name, ring): &(&str, Vec<[f64; 2]>)| {
            drawing.named_area(Kind::Closed, name, std::slice::from_ref(ring))
        };
        zones.iter().fold(drawing, add).way("falke", &[[0.0, 0.0], [800.0, 800.0]]).svg()
    };
    let way = |svg: &str| svg.split("<polyline points=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let alone = drawn(&[]);
    // One 40 km away, and one that begins in the plan and reaches far to the north-east.
    let with_zones = drawn(&[("Far", square(40_000.0, 0.0, 900.0)), ("Harbour", square(500.0, 500.0, 60_000.0))]);
    well_formed(&with_zones).unwrap();
    assert_eq!(way(&alone), way(&with_zones));
    assert_eq!(named(&with_zones, "Far"), None);
    let [x, y] = named(&with_zones, "Harbour").unwrap();
    assert!((24.0..=936.0).contains(&x) && (64.0..=876.0).contains(&y), "{x}, {y}");
    // Where nothing else is drawn, the zone is the picture.
    let zone = Drawing::new("Zone").named_area(Kind::Closed, "Far", &[square(40_000.0, 0.0, 900.0)]).svg();
    assert!(named(&zone, "Far").is_some());
}

#[test]
fn a_map_of_many_cells_is_drawn_in_few() {
    let grid = Grid { south_west_m: [0.0; 2], cell_m: 10.0, columns: 500, rows: 400 };
    let values: Vec<f64> = (0..200_000).map(|cell| f64::from(cell % 500)).collect();
    let svg = Drawing::new("risk").heat("risk", grid, &values).svg();
    well_formed(&svg).unwrap();
    assert!(svg.matches("<rect").count() < 16_000 && svg.len() < 2_000_000);
}

proptest! {
    #[test]
    fn every_point_is_on_the_sheet_whatever_is_drawn(
        points in prop::collection::vec((prop_oneof![Just(f64::NAN), Just(f64::INFINITY), -1e7..1e7_f64], -1e7..1e7_f64).prop_map(|(a, b)| [a, b]), 0..40),
        title in ".{0,40}",
    ) {
        let svg = Drawing::new(&title)
            .area(Kind::Target, std::slice::from_ref(&points))
            .named_area(Kind::Closed, &title, std::slice::from_ref(&points))
            .way(&title, &points)
            .note(&title)
            .svg();
        let formed = well_formed(&svg);
        prop_assert!(formed.is_ok(), "{formed:?}");
        for list in svg.split("<polyline points=\"").skip(1) {
            for at in list.split('"').next().unwrap().split(' ') {
                let (x, y) = at.split_once(',').unwrap();
                let (x, y): (f64, f64) = (x.parse().unwrap(), y.parse().unwrap());
                prop_assert!((24.0..=936.0).contains(&x) && (64.0..=876.0).contains(&y), "{at}");
            }
        }
    }
}
