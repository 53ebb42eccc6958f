//! Frames against two oracles: `sguaba` for earth-centred coordinates, `nav-types` for the tangent frame.

use std::f64::consts::{FRAC_PI_2, PI};

use proptest::prelude::*;
use sguaba::Coordinate;
use sguaba::systems::{Ecef as SguabaEcef, Wgs84};
use telemetry::frames::{FLATTENING, SEMI_MAJOR_M};
use telemetry::{AltitudeHae, Attitude, Azimuth, Ecef, Elevation, Enu, Frd, Geodetic, Heading, LatLon, Ned, SiteFrame};

use crate::generate::geodetic;

const SEMI_MINOR_M: f64 = SEMI_MAJOR_M * (1.0 - FLATTENING);

fn at(latitude_deg: f64, longitude_deg: f64, height_m: f64) -> Geodetic {
    Geodetic::from_degrees(latitude_deg, longitude_deg, AltitudeHae::new(height_m)).unwrap()
}

/// `sguaba` takes and gives quantities of `uom`; their values are radians and metres.
fn sguaba_ecef(at: Geodetic) -> [f64; 3] {
    let wgs84 = serde_json::json!({
        "latitude": at.latitude(), "longitude": at.longitude(), "altitude": at.height().metres,
    });
    let wgs84: Wgs84 = serde_json::from_value(wgs84).unwrap();
    Coordinate::<SguabaEcef>::from_wgs84(&wgs84).to_cartesian().map(|length| length.value)
}

fn nav_types_enu(datum: Geodetic, at: Geodetic) -> [f64; 3] {
    let wgs84 =
        |at: Geodetic| nav_types::WGS84::from_radians_and_meters(at.latitude(), at.longitude(), at.height().metres);
    let enu = wgs84(at) - wgs84(datum);
    [enu.east(), enu.north(), enu.up()]
}

fn farthest(a: [f64; 3], b: [f64; 3]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}

/// A point within a few kilometres of another, as in a site.
fn nearby() -> impl Strategy<Value = (Geodetic, Geodetic)> {
    let offset = || -5e-3..5e-3_f64;
    (-85.0..85.0, -179.0..179.0, offset(), offset(), -100.0..5000.0).prop_map(|(lat, lon, dlat, dlon, height)| {
        (at(lat, lon, 40.0), at(lat + dlat * 57.0, lon + dlon * 57.0, height))
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn earth_centred_coordinates_agree_with_sguaba(at in geodetic()) {
        let ours = at.ecef().0;
        let theirs = sguaba_ecef(at);
        prop_assert!(farthest([ours.x, ours.y, ours.z], theirs) < 1e-8, "{ours} {theirs:?}");
    }

    #[test]
    fn geodetic_and_back_is_the_same_place(at in geodetic()) {
        let back = at.ecef().geodetic().unwrap();
        prop_assert!(back.distance_m(at) < 1e-6, "{} m", back.distance_m(at));
        prop_assert!((back.height().metres - at.height().metres).abs() < 1e-6);
    }

    #[test]
    fn the_tangent_frame_agrees_with_nav_types((datum, at) in nearby()) {
        let ours = SiteFrame::new(datum).enu(at);
        let theirs = nav_types_enu(datum, at);
        prop_assert!(farthest([ours.east_m, ours.north_m, ours.up_m], theirs) < 1e-6, "{ours:?} {theirs:?}");
    }

    #[test]
    fn into_the_tangent_frame_and_back_is_the_same_place(datum in geodetic(), at in geodetic()) {
        let frame = SiteFrame::new(datum);
        let back = frame.geodetic(frame.enu(at)).unwrap();
        prop_assert!(back.distance_m(at) < 1e-6, "{} m", back.distance_m(at));
        prop_assert!((frame.enu(at).range_m() - datum.distance_m(at)).abs() < 1e-6);
    }

    #[test]
    fn the_datum_is_the_origin_and_up_is_up(datum in geodetic(), up in 0.0..1000.0_f64) {
        let frame = SiteFrame::new(datum);
        prop_assert_eq!(frame.enu(datum), Enu::default());
        if datum.height().metres + up < 1e6 {
            let above = datum.lat_lon().at_height(AltitudeHae::new(datum.height().metres + up));
            let enu = frame.enu(above);
            prop_assert!(enu.horizontal_m() < 1e-6 && (enu.up_m - up).abs() < 1e-6, "{enu:?}");
        }
    }

    #[test]
    fn rotations_are_orthonormal_and_right_handed(a in geodetic(), b in geodetic(), [roll, pitch, heading] in
        proptest::array::uniform3(-4.0..4.0_f64)) {
        let identity = nalgebra::Matrix3::identity();
        let (frame_a, frame_b) = (SiteFrame::new(a), SiteFrame::new(b));
        for rotation in [*frame_a.enu_from_ecef(), frame_a.enu_from_other(&frame_b)] {
            prop_assert!((rotation * rotation.transpose() - identity).norm() < 1e-12);
            prop_assert!((rotation.determinant() - 1.0).abs() < 1e-12);
        }
        let there_and_back = frame_a.enu_from_other(&frame_b) * frame_b.enu_from_other(&frame_a);
        prop_assert!((there_and_back - identity).norm() < 1e-12);
        let attitude = Attitude { roll_rad: roll, pitch_rad: pitch, heading: Heading::from_radians(heading) };
        let body = attitude.ned_from_frd().to_rotation_matrix().into_inner();
        prop_assert!((body * body.transpose() - identity).norm() < 1e-12);
    }

    #[test]
    fn polar_and_back_is_the_same_direction(range in 1.0..1e5_f64, azimuth in 0.0..2.0 * PI, elevation in -1.5..1.5) {
        let (azimuth, elevation) = (Azimuth::from_radians(azimuth), Elevation::from_radians(elevation));
        let enu = Enu::from_polar(range, azimuth, elevation);
        prop_assert!((enu.range_m() - range).abs() < 1e-6 * range);
        prop_assert!(enu.azimuth().turn_from(azimuth).abs() < 1e-9);
        prop_assert!((enu.elevation().radians() - elevation.radians()).abs() < 1e-9);
    }

    #[test]
    fn any_doubles_are_a_place_or_an_error(latitude in any::<f64>(), longitude in any::<f64>(), height in any::<f64>()) {
        if let Ok(at) = Geodetic::from_radians(latitude, longitude, AltitudeHae::new(height)) {
            prop_assert!(at.latitude().abs() <= FRAC_PI_2 && at.longitude() > -PI && at.longitude() <= PI);
        }
        let vector = nalgebra::Vector3::new(latitude, longitude, height);
        if let Ok(at) = Ecef(vector).geodetic() {
            prop_assert!(at.height().metres.abs() <= 1e6);
        }
        let _ = SiteFrame::new(self::at(54.0, 10.0, 0.0)).geodetic(Enu::from_vector(vector));
        let _ = LatLon::from_degrees(latitude, longitude);
    }
}

#[test]
fn the_axes_of_the_ellipsoid_are_where_they_belong() {
    for (place, expected) in [
        (at(0.0, 0.0, 0.0), [SEMI_MAJOR_M, 0.0, 0.0]),
        (at(0.0, 90.0, 0.0), [0.0, SEMI_MAJOR_M, 0.0]),
        (at(0.0, 180.0, 10.0), [-SEMI_MAJOR_M - 10.0, 0.0, 0.0]),
        (at(90.0, 0.0, 0.0), [0.0, 0.0, SEMI_MINOR_M]),
        (at(-90.0, 77.0, 100.0), [0.0, 0.0, -SEMI_MINOR_M - 100.0]),
    ] {
        let ecef = place.ecef().0;
        assert!(farthest([ecef.x, ecef.y, ecef.z], expected) < 1e-8, "{place:?}: {ecef}");
    }
}

#[test]
fn poles_and_antimeridian_and_great_heights_come_back() {
    for place in [
        at(90.0, 0.0, 0.0),
        at(-90.0, 0.0, 0.0),
        at(90.0, 120.0, 999_999.0),
        at(89.999_999_999, 45.0, 100.0),
        at(0.0, 180.0, 0.0),
        at(54.0, 180.0, 0.0),
        at(54.0, -179.999_999_999, 0.0),
        at(0.0, 0.0, 999_999.0),
        at(45.0, 45.0, -999_999.0),
        at(54.35, 10.14, 999_999.0),
    ] {
        let back = place.ecef().geodetic().unwrap();
        assert!(back.distance_m(place) < 1e-6, "{place:?} came back as {back:?}");
    }
}

#[test]
fn a_point_across_the_antimeridian_is_near() {
    let enu = SiteFrame::new(at(54.0, 179.999, 0.0)).enu(at(54.0, -179.999, 0.0));
    assert!((enu.east_m - 131.0).abs() < 1.0 && enu.north_m.abs() < 0.01, "{enu:?}");
    assert!(Geodetic::from_radians(0.0, -PI, AltitudeHae::new(0.0)).unwrap().longitude() == PI);
}

#[test]
fn fifty_kilometres_out_the_tangent_plane_stands_196_metres_above_the_ground() {
    let kiel = at(54.37, 10.15, 0.0);
    let out = SiteFrame::new(kiel).geodetic(Enu { east_m: 50_000.0, north_m: 0.0, up_m: 0.0 }).unwrap();
    assert!((out.height().metres - 196.0).abs() < 1.0, "{}", out.height().metres);
}

#[test]
fn what_lies_nowhere_on_earth_is_an_error_that_says_what_is_allowed() {
    for (latitude, longitude, height) in [
        (90.001, 0.0, 0.0),
        (-90.001, 0.0, 0.0),
        (0.0, 180.001, 0.0),
        (0.0, -180.001, 0.0),
        (0.0, 0.0, 1_000_001.0),
        (0.0, 0.0, -1_000_001.0),
        (f64::NAN, 0.0, 0.0),
        (0.0, f64::NAN, 0.0),
        (0.0, 0.0, f64::NAN),
        (f64::INFINITY, 0.0, 0.0),
    ] {
        let error = Geodetic::from_degrees(latitude, longitude, AltitudeHae::new(height)).unwrap_err();
        assert!(error.to_string().contains("allowed are"), "{error}");
    }
    for centre in [[0.0; 3], [1.0, 0.0, 0.0], [f64::NAN, 0.0, 0.0], [1e30, 0.0, 0.0], [0.0, f64::INFINITY, 0.0]] {
        assert!(Ecef(nalgebra::Vector3::from(centre)).geodetic().is_err(), "{centre:?}");
    }
    let far = Enu { east_m: 1e9, north_m: 0.0, up_m: 0.0 };
    assert!(at(0.0, 0.0, 0.0).displaced(far).is_err());
}

#[test]
fn north_east_down_and_the_body_axes_point_where_they_should() {
    let ned = Ned { north: 1.0, east: 2.0, down: 3.0 };
    assert_eq!(ned.enu(), Enu { east_m: 2.0, north_m: 1.0, up_m: -3.0 });
    let nose = Frd { forward: 1.0, right: 0.0, down: 0.0 };
    let east = Attitude { heading: Heading::from_degrees(90.0), ..Attitude::default() }.to_ned(nose);
    assert!((east.east - 1.0).abs() < 1e-12 && east.north.abs() < 1e-12, "{east:?}");
    let up = Attitude { pitch_rad: FRAC_PI_2, ..Attitude::default() }.to_ned(nose);
    assert!((up.down + 1.0).abs() < 1e-12, "nose up: {up:?}");
    let wing = Frd { forward: 0.0, right: 1.0, down: 0.0 };
    let banked = Attitude { roll_rad: FRAC_PI_2, ..Attitude::default() }.to_ned(wing);
    assert!((banked.down - 1.0).abs() < 1e-12, "right wing down: {banked:?}");
}
