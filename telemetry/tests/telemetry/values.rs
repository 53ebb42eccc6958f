//! Angles, times, names and altitudes.

use std::f64::consts::{PI, TAU};
use std::time::Duration;

use proptest::prelude::*;
use telemetry::angle::wrapped_pi;
use telemetry::ids::ID_LENGTH_MAX;
use telemetry::messages::{AdsbClaim, AisClaim, AisEta, Claim, Classification, RemoteIdClaim, TargetClass, TargetKind};
use telemetry::{
    AltitudeAmsl, Azimuth, BootTime, GeoidUndulation, Heading, Icao24, Mmsi, SiteId, Timestamp, VehicleId,
};

use crate::generate;

proptest! {
    #[test]
    fn an_angle_wraps_to_its_range_and_stays_the_same_angle(radians in -1e6..1e6_f64) {
        let wrapped = wrapped_pi(radians);
        prop_assert!(wrapped > -PI && wrapped <= PI);
        prop_assert!((wrapped.sin() - radians.sin()).abs() < 1e-9 && (wrapped.cos() - radians.cos()).abs() < 1e-9);
        prop_assert_eq!(wrapped_pi(wrapped).to_bits(), wrapped.to_bits());
        let azimuth = Azimuth::from_radians(radians);
        prop_assert!((0.0..TAU).contains(&azimuth.radians()));
        prop_assert_eq!(Azimuth::from_radians(azimuth.radians()), azimuth);
    }

    #[test]
    fn a_turn_is_the_short_way_and_leads_there(from in 0.0..360.0, to in 0.0..360.0) {
        let (from, to) = (Heading::from_degrees(from), Heading::from_degrees(to));
        let turn = to.turn_from(from);
        prop_assert!(turn.abs() <= PI + 1e-12);
        prop_assert!(Heading::from_radians(from.radians() + turn).turn_from(to).abs() < 1e-9);
    }

    #[test]
    fn a_time_is_written_and_read_back(nanos in any::<i64>()) {
        let time = Timestamp::from_unix_nanos(nanos);
        prop_assert_eq!(time.to_string().parse(), Ok(time));
    }

    #[test]
    fn any_text_is_a_time_or_an_error(text in "\\PC{0,40}|[0-9TZ:.+-]{0,40}") {
        let _ = text.parse::<Timestamp>();
    }

    #[test]
    fn time_arithmetic_saturates(nanos in any::<i64>(), span in any::<u64>(), seconds in any::<f64>()) {
        let time = Timestamp::from_unix_nanos(nanos);
        let span = Duration::from_nanos(span);
        prop_assert!(time + span >= time && time - span <= time);
        let _ = time.offset_seconds(seconds);
        let _ = Timestamp::from_unix_seconds(seconds);
        prop_assert_eq!(time.since(time + span), Duration::ZERO);
        prop_assert_eq!(time.unix_millis(), nanos.div_euclid(1_000_000));
    }

    #[test]
    fn an_aircraft_s_address_is_written_as_six_digits_and_read_back(number in 0..=0xff_ffff_u32) {
        let icao = Icao24::new(number).unwrap();
        prop_assert_eq!(icao.to_string().len(), 6);
        prop_assert_eq!(icao.to_string().parse(), Ok(icao));
        prop_assert_eq!(icao.to_string().to_lowercase().parse(), Ok(icao));
    }

    #[test]
    fn any_text_is_an_aircraft_s_address_or_an_error(text in "\\PC{0,10}|[0-9A-Ga-g+-]{0,8}") {
        if let Ok(icao) = text.parse::<Icao24>() {
            prop_assert_eq!(icao.to_string(), text.to_uppercase());
        }
    }

    #[test]
    fn a_name_that_is_allowed_is_kept_as_it_is(text in generate::name()) {
        let id = VehicleId::new(text.clone()).unwrap();
        prop_assert_eq!(id.as_str(), text.as_str());
        prop_assert_eq!(text.parse(), Ok(id));
    }

    #[test]
    fn a_name_holds_nothing_that_needs_escaping(text in any::<String>()) {
        match SiteId::new(text.clone()) {
            Ok(id) => {
                prop_assert!((1..=ID_LENGTH_MAX).contains(&id.as_str().len()));
                prop_assert!(id.as_str().bytes().all(|b| b"abcdefghijklmnopqrstuvwxyz0123456789-.".contains(&b)));
            }
            Err(error) => prop_assert!(error.found.chars().count() <= ID_LENGTH_MAX),
        }
    }

    #[test]
    fn the_geoid_is_added_and_taken_away(height in -1e4..1e4_f64, undulation in -120.0..120.0_f64) {
        let undulation = GeoidUndulation::new(undulation);
        let amsl = AltitudeAmsl::new(height);
        prop_assert!((amsl.hae(undulation).amsl(undulation).metres - height).abs() < 1e-9);
        prop_assert!((amsl.hae(undulation).metres - height - undulation.metres).abs() < 1e-9);
    }
}

#[test]
fn a_full_turn_and_just_below_zero_are_north() {
    assert_eq!(Azimuth::from_degrees(360.0).radians(), 0.0);
    assert_eq!(Azimuth::from_radians(-1e-17).radians(), 0.0);
    assert_eq!(wrapped_pi(-PI), PI);
    assert!(wrapped_pi(f64::NAN).is_nan());
    let turn = Heading::from_degrees(1.0).turn_from(Heading::from_degrees(359.0)).to_degrees();
    assert!((turn - 2.0).abs() < 1e-9, "{turn}");
}

#[test]
fn times_read_as_rfc_3339_and_nothing_else_does() {
    let night = "2026-11-21T03:12:00Z".parse::<Timestamp>().unwrap();
    assert_eq!(night.to_string(), "2026-11-21T03:12:00Z");
    assert_eq!("2026-11-21T04:12:00.000000001+01:00".parse(), Ok(night + Duration::from_nanos(1)));
    assert_eq!(Timestamp::EPOCH.to_string(), "1970-01-01T00:00:00Z");
    for text in ["", "2026-11-21", "2026-11-21T03:12", "2500-01-01T00:00:00Z", "1500-01-01T00:00:00Z", "tomorrow"] {
        let error = text.parse::<Timestamp>().unwrap_err();
        assert!(error.to_string().contains("RFC 3339"), "{error}");
    }
    assert_eq!(Timestamp::from_unix_seconds(f64::NAN), Timestamp::EPOCH);
    assert!(BootTime(1) < BootTime(2));
}

#[test]
fn hostile_names_are_refused_in_words() {
    let long = "a".repeat(ID_LENGTH_MAX + 1);
    for text in ["", "Kiel", "-kiel", ".", "../etc/passwd", "a/b", "a*", "a b", "kiel\n", "ä", "a\0", "$#?", &long] {
        let error = VehicleId::new(text).unwrap_err();
        assert!(error.to_string().contains("is not a name for a vehicle"), "{error}");
    }
    assert!(Mmsi::new(1_000_000_000).is_err());
    assert_eq!(Mmsi::new(2_111_111).unwrap().to_string(), "002111111");
}

#[test]
fn an_aircraft_s_address_is_six_hexadecimal_digits_and_nothing_else() {
    assert_eq!("4ca1b2".parse::<Icao24>().map(u32::from), Ok(0x4c_a1b2));
    assert_eq!(Icao24::new(0x1b2).unwrap().to_string(), "0001B2");
    for text in ["", "4CA1B", "4CA1B20", "+CA1B2", "0x4CA1", "4CA1BG", " 4CA1B2"] {
        let error = text.parse::<Icao24>().unwrap_err().to_string();
        assert!(error.contains("six hexadecimal digits"), "{error}");
    }
    assert!(Icao24::new(0x100_0000).unwrap_err().to_string().contains("24 bits"));
}

#[test]
fn an_arrival_without_a_year_is_the_one_nearest_to_now() {
    let now = "2026-12-30T22:00:00Z".parse().unwrap();
    let eta = |month, day, hour, minute| AisEta { month, day, hour, minute }.nearest(now).map(|at| at.to_string());
    assert_eq!(eta(1, 2, 6, 30).as_deref(), Some("2027-01-02T06:30:00Z"));
    assert_eq!(eta(12, 30, 21, 0).as_deref(), Some("2026-12-30T21:00:00Z"));
    assert_eq!(eta(9, 1, 0, 0).as_deref(), Some("2026-09-01T00:00:00Z"));
    assert_eq!(eta(2, 30, 0, 0), None);
}

#[test]
fn an_identity_names_the_system_it_is_claimed_in() {
    let ais = AisClaim::of(Mmsi::new(2_111_111).unwrap());
    let adsb = AdsbClaim { icao: "4CA1B2".parse().unwrap(), call_sign: None };
    for (claim, expected) in [
        (Claim::Ais(ais), "MMSI-002111111"),
        (Claim::RemoteId(RemoteIdClaim::new("1581F5FKD2").unwrap()), "RID-1581F5FKD2"),
        (Claim::Adsb(adsb), "ADSB-4CA1B2"),
    ] {
        assert_eq!(claim.identity(), expected);
    }
}

#[test]
fn the_likeliest_of_equals_is_the_first() {
    let mut classification = Classification::default();
    assert_eq!((classification.likeliest(), classification.likeliest_kind()), (TargetClass::Unknown, None));
    classification.belief = [(TargetClass::Vessel, 0.5), (TargetClass::Vehicle, 0.5)].into();
    classification.kinds =
        [(TargetKind::Tanker, 0.2), (TargetKind::SpeedBoat, 0.4), (TargetKind::WorkBoat, 0.4)].into();
    assert_eq!(classification.likeliest(), TargetClass::Vessel);
    assert_eq!(classification.likeliest_kind(), Some(TargetKind::SpeedBoat));
}
