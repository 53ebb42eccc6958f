//! Vessels, by AIS and by coastal radar, and what flies above them.

use telemetry::messages::{Claim, SensorKind, TargetClass, TrackStatus};

use crate::scene::{
    Mover, Noise, WATER_M, ais_report, at, believed, coastal_plot, direction, feed, place, radar_plot, scan, sensor,
    sensors, share, tracker, tracker_of,
};

const FERRY: Mover = Mover { from: [2500.0, 1200.0, 0.0], velocity: [-6.0, 2.0, 0.0] };

#[test]
fn a_vessel_that_reports_is_a_track_at_once_on_the_water_with_its_claim() {
    let mut tracker = tracker();
    let ais = &sensors()[2];
    feed(&mut tracker, &scan(ais, 0.0, vec![ais_report(211_234_560, &FERRY, 0.0)]));
    let track = &believed(&tracker, 0.0)[0];
    assert_eq!(track.status, TrackStatus::Confirmed);
    assert!(share(track, TargetClass::Vessel) >= 0.95);
    let Some(Claim::Ais(claim)) = &track.claim else { panic!("a claim") };
    assert_eq!((u32::from(claim.mmsi), claim.name.as_deref()), (211_234_560, Some("HANSE")));
    for n in 1..30 {
        let seconds = 10.0 * f64::from(n);
        feed(&mut tracker, &scan(ais, seconds, vec![ais_report(211_234_560, &FERRY, seconds)]));
    }
    let tracks = believed(&tracker, 290.0);
    assert_eq!((tracks.len(), tracks[0].id.0), (1, 1));
    assert!((tracks[0].position.height().metres - WATER_M).abs() < 3.0);
    assert!(tracks[0].position.distance_m(FERRY.position(290.0)) < 15.0);
    assert!(share(&tracks[0], TargetClass::Vessel) >= 0.95);
}

#[test]
fn radar_and_ais_of_one_vessel_are_one_track_whichever_comes_first() {
    for ais_from_s in [0.0, 60.0] {
        let (mut tracker, mut noise) = (tracker(), Noise::new(1));
        let all = sensors();
        let (coast, ais) = (&all[1], &all[2]);
        for n in 0..40u32 {
            let seconds = 4.0 * f64::from(n);
            if seconds >= ais_from_s && n % 2 == 0 {
                feed(&mut tracker, &scan(ais, seconds - 0.5, vec![ais_report(211_234_560, &FERRY, seconds - 0.5)]));
            }
            let plot = coastal_plot(coast, &FERRY, n.into(), seconds, &mut noise);
            feed(&mut tracker, &scan(coast, seconds, vec![plot]));
        }
        let tracks = believed(&tracker, 156.0);
        assert_eq!(tracks.len(), 1, "AIS from {ais_from_s} s");
        assert_eq!(tracks[0].measured_by.len(), 2);
        assert!(tracks[0].claim.is_some());
        assert!(share(&tracks[0], TargetClass::Vessel) >= 0.95);
    }
}

#[test]
fn a_vessel_that_turned_while_silent_keeps_its_track() {
    let mut tracker = tracker();
    let ais = &sensors()[2];
    feed(&mut tracker, &scan(ais, 0.0, vec![ais_report(211_234_560, &FERRY, 0.0)]));
    let turned = Mover { from: [2500.0 + 170.0 * 6.0, 1200.0, 0.0], velocity: [6.0, -2.0, 0.0] };
    feed(&mut tracker, &scan(ais, 170.0, vec![ais_report(211_234_560, &turned, 170.0)]));
    let tracks = believed(&tracker, 170.0);
    assert_eq!((tracks.len(), tracks[0].id.0), (1, 1));
    assert!(tracks[0].position.distance_m(turned.position(170.0)) < 10.0);
}

#[test]
fn a_vessel_gone_silent_coasts_fades_and_ends_with_its_last_word() {
    let mut tracker = tracker();
    let ais = &sensors()[2];
    for n in 0..10 {
        let seconds = 6.0 * f64::from(n);
        feed(&mut tracker, &scan(ais, seconds, vec![ais_report(211_234_560, &FERRY, seconds)]));
    }
    let mut coasted_until = 0;
    for seconds in 54..700 {
        tracker.advance(at(f64::from(seconds)));
        if let Some(track) = believed(&tracker, f64::from(seconds)).first() {
            coasted_until = seconds - 54;
            let late = coasted_until > 20;
            assert!(!late || track.status == TrackStatus::Coasting, "{coasted_until} s");
        }
    }
    assert!(coasted_until >= 30, "{coasted_until} s");
    assert_eq!(tracker.tracks(at(700.0)), []);
    let last = tracker.take_dropped();
    assert_eq!((last.len(), last[0].status, last[0].claim.is_some()), (1, TrackStatus::Dropped, true));
    assert_eq!(tracker.take_dropped(), []);
}

#[test]
fn a_vessel_at_anchor_that_reports_every_three_minutes_is_there_all_the_time() {
    let mut tracker = tracker();
    let ais = &sensors()[2];
    let anchored = Mover { from: [2500.0, 1200.0, 0.0], velocity: [0.0; 3] };
    for seconds in (0..1800).map(f64::from) {
        if seconds % 180.0 == 0.0 {
            feed(&mut tracker, &scan(ais, seconds, vec![ais_report(211_234_560, &anchored, seconds)]));
        }
        tracker.advance(at(seconds));
        let tracks = believed(&tracker, seconds);
        assert_eq!(tracks.iter().map(|track| track.id.0).collect::<Vec<_>>(), [1], "{seconds} s");
        let off_m = anchored.distance_m(&tracks[0]);
        assert!(off_m < 60.0, "{seconds} s: {off_m} m off");
    }
}

#[test]
fn a_drone_above_a_vessel_is_another_track_and_takes_neither_name_nor_class() {
    let (mut tracker, mut noise) = (tracker(), Noise::new(3));
    let all = sensors();
    let (radar, ais) = (&all[0], &all[2]);
    let vessel = Mover { from: [1200.0, 300.0, 0.0], velocity: [2.0, 1.0, 0.0] };
    let drone = Mover { from: [1200.0, 300.0, 70.0], velocity: [2.0, 1.0, 0.0] };
    for second in 0..40u32 {
        let seconds = f64::from(second);
        if second % 5 == 0 {
            feed(&mut tracker, &scan(ais, seconds, vec![ais_report(211_234_560, &vessel, seconds)]));
        }
        let mut plot = radar_plot(radar, &drone, second.into(), seconds, &mut noise);
        plot.drone_llr = Some(0.8);
        feed(&mut tracker, &scan(radar, seconds, vec![plot]));
    }
    let tracks = believed(&tracker, 39.0);
    assert_eq!(tracks.len(), 2);
    assert!(share(&tracks[0], TargetClass::Vessel) >= 0.95 && tracks[0].claim.is_some());
    assert!(share(&tracks[1], TargetClass::Drone) >= 0.7 && tracks[1].claim.is_none(), "{:?}", tracks[1]);
    let above_m = tracks[1].position.height().metres - WATER_M;
    assert!((above_m - 70.0).abs() < 15.0, "{above_m}");
}

#[test]
fn a_vessel_at_anchor_stays_where_it_said_though_a_camera_sees_another_pass_while_it_is_silent() {
    let eye = place(1250.0, 300.0, 60.0);
    let camera = sensor("camera", SensorKind::Camera, eye);
    let ais = &sensors()[2];
    let (mut tracker, mut noise) = (tracker_of(&[ais.clone(), camera.clone()]), Noise::new(3));
    let anchored = Mover { from: [1500.0, 1200.0, 0.0], velocity: [0.0; 3] };
    feed(&mut tracker, &scan(ais, 0.0, vec![ais_report(211_234_560, &anchored, 0.0)]));
    let passing = Mover { from: [1250.0, 500.0, 0.0], velocity: [1.0, 3.0, 0.0] };
    for second in 90..110u32 {
        let seconds = f64::from(second);
        let seen = direction(eye, &passing, (second.into(), 0.3), seconds, &mut noise);
        feed(&mut tracker, &scan(&camera, seconds, vec![seen]));
    }
    let tracks = believed(&tracker, 110.0);
    let claimed = tracks.iter().find(|track| track.claim.is_some()).expect("the anchored vessel");
    assert!(anchored.distance_m(claimed) < 60.0, "{} m", anchored.distance_m(claimed));
}

#[test]
fn a_vessel_that_weighs_anchor_without_a_word_is_followed() {
    let (mut tracker, mut noise) = (tracker(), Noise::new(4));
    let all = sensors();
    let (coast, ais) = (&all[1], &all[2]);
    let anchored = Mover { from: [1500.0, 1200.0, 0.0], velocity: [0.0; 3] };
    let leaving = Mover { from: [1500.0 - 40.0 * 4.0, 1200.0, 0.0], velocity: [4.0, 0.0, 0.0] };
    feed(&mut tracker, &scan(ais, 0.0, vec![ais_report(211_234_560, &anchored, 0.0)]));
    for n in 0..30u32 {
        let seconds = 4.0 * f64::from(n);
        let mover = if seconds < 40.0 { &anchored } else { &leaving };
        let plot = coastal_plot(coast, mover, n.into(), seconds, &mut noise);
        feed(&mut tracker, &scan(coast, seconds, vec![plot]));
    }
    let tracks = believed(&tracker, 116.0);
    assert_eq!((tracks.len(), tracks[0].claim.is_some()), (1, true));
    assert!(leaving.position(116.0).distance_m(tracks[0].position) < 60.0);
}
