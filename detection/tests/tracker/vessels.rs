//! Vessels, by AIS and by coastal radar, and what flies above them.

use telemetry::messages::{Claim, TargetClass, TrackStatus};

use crate::scene::{
    Mover, Noise, WATER_M, ais_report, at, believed, coastal_plot, feed, radar_plot, scan, sensors, share, tracker,
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
fn a_report_far_from_the_vessel_the_radar_sees_is_another_track() {
    let (mut tracker, mut noise) = (tracker(), Noise::new(2));
    let all = sensors();
    let (coast, ais) = (&all[1], &all[2]);
    let elsewhere = Mover { from: [4000.0, 3000.0, 0.0], ..FERRY };
    for n in 0..30u32 {
        let seconds = 4.0 * f64::from(n);
        let said = if n < 15 { &FERRY } else { &elsewhere };
        feed(&mut tracker, &scan(ais, seconds - 0.5, vec![ais_report(211_234_560, said, seconds - 0.5)]));
        feed(&mut tracker, &scan(coast, seconds, vec![coastal_plot(coast, &FERRY, n.into(), seconds, &mut noise)]));
    }
    let tracks = believed(&tracker, 116.0);
    assert_eq!(tracks.len(), 2);
    assert!(tracks[0].position.distance_m(FERRY.position(116.0)) < 40.0, "the first is where the radar sees it");
    assert!(tracks[1].position.distance_m(elsewhere.position(116.0)) < 40.0);
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
fn a_vessel_gone_silent_coasts_then_ends_with_its_last_word() {
    let mut tracker = tracker();
    let ais = &sensors()[2];
    feed(&mut tracker, &scan(ais, 0.0, vec![ais_report(211_234_560, &FERRY, 0.0)]));
    tracker.advance(at(60.0));
    assert_eq!(believed(&tracker, 60.0)[0].status, TrackStatus::Confirmed);
    tracker.advance(at(300.0));
    assert_eq!(believed(&tracker, 300.0)[0].status, TrackStatus::Coasting);
    assert_eq!(tracker.take_dropped(), []);
    tracker.advance(at(601.0));
    assert_eq!(tracker.tracks(at(601.0)), []);
    let last = tracker.take_dropped();
    assert_eq!((last.len(), last[0].status, last[0].claim.is_some()), (1, TrackStatus::Dropped, true));
    assert_eq!(tracker.take_dropped(), []);
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
