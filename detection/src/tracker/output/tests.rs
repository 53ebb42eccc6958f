//! A track as others see it, near the datum and fifty kilometres off.

use nalgebra::Vector3;
use telemetry::Geodetic;
use telemetry::messages::SensorKind;

use super::*;
use crate::tracker::example::{WATER_M, World, at, belief, geodetic, motions, sensor, site, target};
use crate::tracker::motion::Domain;

fn shown(target: &Target, seconds: f64) -> Option<Track> {
    let world = World::new(vec![sensor("radar", SensorKind::Radar), sensor("other", SensorKind::Camera)]);
    track(&world.site, &motions(), &world.sensors, target, (TrackId(7), at(seconds), TrackStatus::Confirmed))
}

/// A target at rest over a place, known to 3, 5 and 7 m, and to 1, 2 and 0.5 m/s, along its own east, north and up.
fn over(place: Geodetic, velocity: [f64; 3]) -> Target {
    let site = site();
    let axes = site.enu_from_other(&SiteFrame::new(place));
    let moves = axes * Vector3::from(velocity);
    let here = site.enu(place);
    let mut turn = Matrix6::zeros();
    turn.fixed_view_mut::<3, 3>(0, 0).copy_from(&axes);
    turn.fixed_view_mut::<3, 3>(3, 3).copy_from(&axes);
    let mut known =
        belief([here.east_m, here.north_m, here.up_m, moves.x, moves.y, moves.z], [3.0, 5.0, 7.0, 1.0, 2.0, 0.5]);
    known.covariance = turn * known.covariance * turn.transpose();
    target(Domain::Surface, known)
}

#[test]
fn the_triangle_is_read_by_rows() {
    let matrix = Matrix6::from_fn(|row, column| (10 * row.min(column) + row.max(column)) as f64);
    let values = turned(&Matrix3::identity(), &matrix);
    assert_eq!(values[..7], [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 11.0]);
    assert_eq!(values[20], 55.0);
}

#[test]
fn fifty_kilometres_out_everything_is_told_as_it_is_there() {
    let place = geodetic(54.70, 10.70, WATER_M + 120.0);
    let found = shown(&over(place, [3.0, -4.0, 1.0]), 0.0).unwrap();
    assert!(found.position.distance_m(place) < 1e-3);
    assert!((found.position.height().metres - place.height().metres).abs() < 1e-3);
    let velocity = found.velocity;
    assert!((velocity.vector() - Vector3::new(3.0, -4.0, 1.0)).norm() < 1e-6);
    let expected = [9.0, 25.0, 49.0, 1.0, 4.0, 0.25];
    let mut place = 0;
    for (row, variance) in expected.into_iter().enumerate() {
        assert!((f64::from(found.covariance[place]) - variance).abs() < 1e-3, "row {row}: {:?}", found.covariance);
        place += 6 - row;
    }
}

#[test]
fn a_track_is_told_as_of_the_instant_asked_for_or_of_its_last_measurement() {
    let place = geodetic(54.37, 10.14, WATER_M);
    let moving = over(place, [0.0, 10.0, 0.0]);
    let later = shown(&moving, 5.0).unwrap();
    assert_eq!((later.estimated_at, later.updated_at, later.id), (at(5.0), at(0.0), TrackId(7)));
    assert!((later.position.distance_m(place) - 50.0).abs() < 0.5);
    let earlier = shown(&moving, -5.0).unwrap();
    assert_eq!(earlier.estimated_at, at(0.0));
    assert!(earlier.position.distance_m(place) < 1e-3);
}

#[test]
fn sensors_are_named_with_when_they_last_contributed() {
    let mut seen = over(geodetic(54.37, 10.14, WATER_M), [0.0; 3]);
    seen.note(1, at(0.5));
    let found = shown(&seen, 1.0).unwrap();
    let (sensor, measured_at) = found.measured_by.iter().next().unwrap();
    assert_eq!((sensor.as_str(), *measured_at, found.measured_by.len()), ("other", at(0.5), 1));
    assert!(found.claim.is_none() && found.alerts.is_empty() && found.sources.is_empty());
}

#[test]
fn what_leads_off_the_earth_is_no_track() {
    let lost = target(Domain::Surface, belief([0.0, 0.0, -6.3e6, 0.0, 0.0, 0.0], [1.0; 6]));
    assert!(shown(&lost, 0.0).is_none());
}
