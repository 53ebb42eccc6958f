//! Slopes by differences, and measurements without error.

use telemetry::messages::RangeRate;
use telemetry::{Azimuth, DetectionId, Elevation, EnuVelocity};

use super::*;
use crate::tracker::example::{at, geodetic, site};

const ALL: [bool; ROWS] = [true; ROWS];

fn state() -> Vector6 {
    Vector6::from([8000.0, -3000.0, 90.0, 12.0, 7.0, -1.0])
}

/// A sensor 13 km from the datum.
fn pose() -> Pose {
    Pose::new(&site(), geodetic(54.42, 10.31, 60.0))
}

fn plot(measurement: Measurement) -> Option<Plot> {
    let detection =
        Detection { id: DetectionId(3), measured_at: at(7.0), measurement, claim: None, drone_llr: Some(1.5) };
    Plot::of(2, &detection)
}

/// The Jacobian by differences; angles here are far from where they jump.
fn slopes(pose: &Pose, state: &Vector6) -> Jacobian {
    let step = 1e-2;
    Jacobian::from_columns(&std::array::from_fn::<_, 6, _>(|axis| {
        let measured = |by: f64| {
            let mut moved = *state;
            moved[axis] += by;
            pose.expects(&moved).unwrap().value
        };
        (measured(step) - measured(-step)) / (2.0 * step)
    }))
}

#[test]
fn jacobians_are_the_slopes_of_the_measurements() {
    for place in [state(), Vector6::from([11_200.0, 5_700.0, 300.0, -20.0, 3.0, 2.0])] {
        let found = pose().expects(&place).unwrap().jacobian;
        let error = found - slopes(&pose(), &place);
        for row in 0..ROWS {
            assert!(error.row(row).norm() < 1e-7 * found.row(row).norm().max(1.0), "row {row}: {error}");
        }
    }
}

#[test]
fn jacobians_of_what_is_heard_are_the_slopes_to_first_order_in_the_speed_over_that_of_sound() {
    let pose = Pose { sound_speed_m_s: Some(340.0), ..pose() };
    let near = pose.origin + Vector3::new(-160.0, 250.0, 80.0);
    let state = Vector6::from([near.x, near.y, near.z, 12.0, 7.0, -1.0]);
    let found = pose.expects(&state).unwrap().jacobian;
    let expected = slopes(&pose, &state);
    let mach = 14.0 / 340.0;
    for row in 0..ROWS {
        let by_velocity = (found - expected).fixed_view::<1, 3>(row, 3).norm();
        assert!(by_velocity < 1e-6 * expected.row(row).norm(), "row {row}: {found} {expected}");
        let by_position = (found - expected).fixed_view::<1, 3>(row, 0).norm();
        assert!(by_position < mach * expected.fixed_view::<1, 3>(row, 0).norm(), "row {row}: {found} {expected}");
    }
    let silent = Pose { sound_speed_m_s: None, ..pose };
    assert_eq!(silent.expects(&state).unwrap().jacobian.fixed_view::<3, 3>(0, 3).norm(), 0.0);
}

#[test]
fn what_is_heard_comes_from_where_the_target_was() {
    let pose = Pose { sound_speed_m_s: Some(340.0), ..pose() };
    let now = pose.origin + Vector3::new(300.0, 0.0, 50.0);
    let velocity = Vector3::new(0.0, 20.0, 0.0);
    let state = Vector6::from([now.x, now.y, now.z, velocity.x, velocity.y, velocity.z]);
    // The sound left at the instant from which it needs exactly as long as has gone by since.
    let mut ago_s = 0.0;
    for _ in 0..50 {
        ago_s = (now - velocity * ago_s - pose.origin).norm() / 340.0;
    }
    let heard = pose.sees(&(now - velocity * ago_s));
    let expected = pose.expects(&state).unwrap();
    let second_order = (20.0f64 / 340.0).powi(2);
    let off = wrapped_pi(expected.value[AZIMUTH] - heard.azimuth().radians());
    assert!(off.abs() < second_order, "{off} rad");
    let seen = Pose { sound_speed_m_s: None, ..pose }.expects(&state).unwrap();
    let shift = wrapped_pi(seen.value[AZIMUTH] - expected.value[AZIMUTH]);
    assert!((shift + 20.0 / 340.0).abs() < 2.0 * second_order, "it has flown on by {shift} rad");
}

#[test]
fn a_perfect_measurement_leaves_no_residual_though_the_sensor_is_50_km_off() {
    let (site, sensor) = (site(), geodetic(54.80, 10.40, 30.0));
    let target = geodetic(54.62, 10.55, 39.0 + 120.0);
    let frame = SiteFrame::new(sensor);
    let seen = frame.enu(target);
    let velocity = EnuVelocity { east_m_s: 15.0, north_m_s: -3.0, up_m_s: 1.0 };
    let at_target = SiteFrame::new(target);
    let along = seen.vector() / seen.range_m();
    let m_s = along.dot(&(frame.enu_from_other(&at_target) * velocity.vector()));
    let plot = plot(Measurement::RangeAzEl {
        range_m: seen.range_m(),
        azimuth: seen.azimuth(),
        elevation: seen.elevation(),
        range_rate: Some(RangeRate { m_s, sigma_m_s: 0.5 }),
        sigma: [4.0, 0.01, 0.01],
    });
    let mut state = Vector6::zeros();
    state.fixed_rows_mut::<3>(0).copy_from(&site.enu(target).vector());
    state.fixed_rows_mut::<3>(3).copy_from(&(site.enu_from_other(&at_target) * velocity.vector()));
    let pose = Pose::new(&site, sensor);
    let residual = pose.expects(&state).unwrap().residual(&plot.unwrap());
    assert!(residual.norm() < 1e-6, "{residual}");
    let there = pose.in_site(seen);
    assert!((there - site.enu(target).vector()).norm() < 1e-6);
    assert!((pose.sees(&there).vector() - seen.vector()).norm() < 1e-6);
}

#[test]
fn a_state_on_the_sensor_s_vertical_has_no_direction() {
    let pose = Pose::new(&site(), site().datum());
    let above = |east: f64| pose.expects(&Vector6::from([east, 0.0, 50.0, 0.0, 0.0, 0.0]));
    assert!(above(0.0).is_none() && above(0.9).is_none() && above(f64::NAN).is_none());
    assert!(above(1.1).is_some());
}

#[test]
fn each_kind_of_measurement_has_its_rows_and_a_report_has_none() {
    let (azimuth, elevation) = (Azimuth::from_radians(3.0), Elevation::from_radians(0.2));
    let check = |measurement, has: [bool; ROWS], value: [f64; ROWS], sigma: [f64; ROWS]| {
        let found = plot(measurement).unwrap();
        assert_eq!((found.has, found.value, found.sigma), (has, value.into(), sigma.into()));
        assert_eq!((found.index, found.at, found.llr), (2, at(7.0), Some(1.5)));
        assert_eq!(found.places(), has[RANGE]);
    };
    let whole = |range_rate| Measurement::RangeAzEl {
        range_m: 900.0,
        azimuth,
        elevation,
        range_rate,
        sigma: [4.0, 0.01, 0.02],
    };
    let rate = Some(RangeRate { m_s: -9.0, sigma_m_s: 0.5 });
    check(whole(rate), ALL, [900.0, 3.0, 0.2, -9.0], [4.0, 0.01, 0.02, 0.5]);
    check(whole(None), [true, true, true, false], [900.0, 3.0, 0.2, 0.0], [4.0, 0.01, 0.02, 1.0]);
    let flat = Measurement::RangeAz { range_m: 900.0, azimuth, sigma: [4.0, 0.01] };
    check(flat, [true, true, false, false], [900.0, 3.0, 0.0, 0.0], [4.0, 0.01, 1.0, 1.0]);
    let direction = Measurement::AzEl { azimuth, elevation, sigma: [0.01, 0.02] };
    check(direction, [false, true, true, false], [0.0, 3.0, 0.2, 0.0], [1.0, 0.01, 0.02, 1.0]);
    let bearing = Measurement::Azimuth { azimuth, sigma: 0.01 };
    check(bearing, [false, true, false, false], [0.0, 3.0, 0.0, 0.0], [1.0, 0.01, 1.0, 1.0]);
    let position = geodetic(54.4, 10.2, 39.0);
    let report = Measurement::Position { position, horizontal_sigma_m: 10.0, vertical_sigma_m: None, velocity: None };
    assert_eq!(plot(report), None);
}

#[test]
fn rows_that_were_not_measured_change_nothing() {
    let expected = pose().expects(&state()).unwrap();
    let has = [false, true, false, true];
    let rows = expected.rows(has);
    let plot = Plot {
        has,
        value: Rows::repeat(5.0),
        ..plot(Measurement::Azimuth { azimuth: Azimuth::default(), sigma: 0.01 }).unwrap()
    };
    let residual = expected.residual(&plot);
    for row in 0..ROWS {
        assert_eq!(rows.row(row).norm() == 0.0, !has[row]);
        assert_eq!(residual[row] == 0.0, !has[row]);
    }
    assert_eq!(rows.row(AZIMUTH), expected.jacobian.row(AZIMUTH));
}

#[test]
fn an_azimuth_is_compared_the_short_way_round() {
    let pose = Pose::new(&site(), site().datum());
    for (north, azimuth_deg, off_deg) in
        [(1000.0, 359.0, -1.0), (1000.0, 1.0, 1.0), (-1000.0, 181.0, 1.0), (-1000.0, 179.0, -1.0)]
    {
        let expected = pose.expects(&Vector6::from([0.0, north, 50.0, 0.0, 0.0, 0.0])).unwrap();
        let plot = plot(Measurement::Azimuth { azimuth: Azimuth::from_degrees(azimuth_deg), sigma: 0.01 }).unwrap();
        assert!((expected.residual(&plot)[AZIMUTH].to_degrees() - off_deg).abs() < 1e-9, "{north} {azimuth_deg}");
    }
}

#[test]
fn a_sensor_s_own_frame_has_its_own_north() {
    // Twenty kilometres east of the datum north has turned by a quarter of a degree.
    let east = SiteFrame::new(site().geodetic(Enu { east_m: 20_000.0, north_m: 0.0, up_m: 0.0 }).unwrap());
    let pose = Pose::new(&site(), east.datum());
    let north_of_it = pose.in_site(Enu { east_m: 0.0, north_m: 1000.0, up_m: 0.0 }) - pose.origin;
    let turned = north_of_it.x.atan2(north_of_it.y).to_degrees();
    assert!((turned.abs() - 0.25).abs() < 0.02, "{turned}");
}
