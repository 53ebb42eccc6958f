//! Reach of a link and line of sight: against numbers that can be worked out by hand.
#![allow(clippy::unwrap_used, reason = "clippy.toml frees test functions only, not what they share")]

use planning::preflight::{
    Heights, Post, diffraction_loss_db, free_space_loss_db, free_space_reach_m, hidden_by_m, knife_edge_loss_db,
};
use proptest::prelude::*;

/// Flat at the sea, with a wall across the way, 50 m thick, at a place east and up to a height; nothing beyond 20 km.
struct Wall {
    east_m: f64,
    top_m: f64,
}

impl Heights for Wall {
    fn height_m(&self, place_m: [f64; 2]) -> Option<f64> {
        let on = (place_m[0] - self.east_m).abs() <= 25.0;
        (place_m[0] < 20_000.0).then_some(if on { self.top_m } else { 0.0 })
    }
}

fn post(east_m: f64, amsl_m: f64) -> Post {
    Post { place_m: [east_m, 0.0], amsl_m }
}

#[test]
fn free_space_is_as_the_recommendation_says_and_its_reach_is_the_inverse() {
    // 32.4 + 67.74 dB at 2437 MHz and a kilometre; ten times as far are 20 dB more.
    assert!((free_space_loss_db(2437.0, 1000.0) - 100.14).abs() < 0.01);
    assert!((free_space_loss_db(2437.0, 10_000.0) - 120.14).abs() < 0.01);
    assert!((free_space_reach_m(2437.0, 120.14) - 10_000.0).abs() < 10.0);
}

#[test]
fn a_knife_edge_costs_six_decibels_at_grazing_and_nothing_well_below_the_line() {
    assert!((knife_edge_loss_db(0.0) - 6.03).abs() < 0.01);
    // The usual approximation for deep shadow, 13 + 20 log ν.
    assert!((knife_edge_loss_db(10.0) - 33.0).abs() < 0.3);
    assert_eq!(knife_edge_loss_db(-0.8), 0.0);
    assert!(knife_edge_loss_db(-0.77) < 0.1);
}

#[test]
fn a_wall_between_costs_what_its_edge_costs_and_none_between_costs_nothing() {
    let (from, to) = (post(0.0, 100.0), post(4_000.0, 100.0));
    let loss_db = |top_m: f64| diffraction_loss_db(&Wall { east_m: 2_000.0, top_m }, &from, &to, 2437.0).unwrap();
    assert_eq!(loss_db(0.0), 0.0);
    // The first Fresnel zone is 11.1 m wide in the middle, and an edge 9 m below the line leaves nothing.
    assert_eq!(loss_db(90.0), 0.0);
    // The Earth bulges by 0.24 m in the middle, at 4/3 of its radius: so 99.765 m graze. Bullington adds its own.
    let grazing = 6.03 + (1.0 - (-6.03_f64 / 6.0).exp()) * 10.08;
    assert!((loss_db(99.765) - grazing).abs() < 0.1, "{} {grazing}", loss_db(99.765));
    assert!(loss_db(150.0) > 35.0);
}

#[test]
fn the_eye_does_not_see_through_a_hill_and_nobody_knows_beyond_the_map() {
    let (from, to) = (post(0.0, 2.0), post(4_000.0, 100.0));
    let by_m = |east_m: f64, top_m: f64| hidden_by_m(&Wall { east_m, top_m }, &from, &to).unwrap();
    // Half way the line is 51 m high and the Earth 0.3 m.
    assert!((by_m(2_000.0, 60.0) - 9.3).abs() < 0.7, "{}", by_m(2_000.0, 60.0));
    assert!(by_m(3_000.0, 60.0) < 0.0);
    assert_eq!(hidden_by_m(&Wall { east_m: 0.0, top_m: 0.0 }, &from, &post(21_000.0, 500.0)), None);
    assert!(hidden_by_m(&Wall { east_m: 0.0, top_m: 0.0 }, &from, &post(3.0, 2.0)).unwrap() < 0.0, "beside it");
}

proptest! {
    #[test]
    fn a_higher_wall_never_costs_less_and_no_profile_gives_no_number(
        top_m in 0.0..300.0f64, more_m in 0.0..100.0f64, east_m in 10.0..5_000.0f64,
        a in 1.0..200.0f64, b in 1.0..200.0f64, level_m in 0.0..6_000.0f64, frequency_mhz in 100.0..6_000.0f64,
    ) {
        let loss = |top_m: f64| {
            diffraction_loss_db(&Wall { east_m, top_m }, &post(0.0, a), &post(level_m, b), frequency_mhz).unwrap()
        };
        prop_assert!(loss(top_m).is_finite() && loss(top_m) >= 0.0);
        prop_assert!(loss(top_m + more_m) >= loss(top_m) - 1e-9);
    }
}
