//! What targets are believed to be.

use telemetry::messages::{TargetClass, Track};

use crate::scene::{
    Mover, Noise, ais_report, at, believed, coastal_plot, feed, radar_plot, scan, sensors, share, tracker,
};

const DRONE: Mover = Mover { from: [1500.0, -400.0, 60.0], velocity: [-12.0, 9.0, 0.0] };

/// A minute of one drone and four birds, whose plots carry likelihood ratios of ±`mean`; what `each` says of every track
/// and whether it is the drone's.
fn drone_and_birds(mean: f32, seed: u64, mut each: impl FnMut(u32, &Track, bool)) -> Vec<Track> {
    let (mut tracker, mut noise) = (tracker(), Noise::new(seed));
    let radar = &sensors()[0];
    let bird = |n: u64| Mover { from: [800.0 + 200.0 * n as f64, 1500.0, 40.0], velocity: [10.0, -4.0, 0.0] };
    // The ratio of a calibrated sensor: normal, its variance twice its mean.
    let ratio = |mean: f32, noise: &mut Noise| Some(mean + (2.0 * mean.abs()).sqrt() * noise.normal() as f32);
    for second in 0..60u32 {
        let seconds = f64::from(second);
        let mut plots = vec![radar_plot(radar, &DRONE, 0, seconds, &mut noise)];
        plots[0].drone_llr = ratio(mean, &mut noise);
        for n in 0..4 {
            let mut plot = radar_plot(radar, &bird(n), 1 + n, seconds, &mut noise);
            plot.drone_llr = ratio(-mean, &mut noise);
            plots.push(plot);
        }
        feed(&mut tracker, &scan(radar, seconds, plots));
        for track in believed(&tracker, seconds) {
            each(second, &track, DRONE.distance_m(&track) < 100.0);
        }
    }
    believed(&tracker, 59.0)
}

#[test]
fn a_target_whose_plots_say_drone_is_named_one_and_those_whose_say_bird_are_named_birds() {
    for seed in 0..8 {
        let mut wrong = 0;
        let tracks = drone_and_birds(1.0, seed, |second, track, is_drone| {
            let named_drone = track.classification.likeliest() == TargetClass::Drone;
            wrong += u32::from(second > 10 && named_drone != is_drone);
            assert!(second <= 30 || named_drone == is_drone, "seed {seed}, second {second}: {track:?}");
        });
        let count = |class| tracks.iter().filter(|track| track.classification.likeliest() == class).count();
        assert_eq!((count(TargetClass::Drone), count(TargetClass::Bird)), (1, 4), "seed {seed}");
        assert!(wrong <= 5, "seed {seed}: wrong {wrong} times of 250 after the first ten seconds");
    }
}

#[test]
fn a_belief_is_made_of_probabilities_that_sum_to_one() {
    drone_and_birds(0.5, 1, |_, track, _| {
        let sum: f32 = track.classification.belief.values().sum();
        assert!((sum - 1.0).abs() < 1e-3, "{track:?}");
        assert!(track.classification.belief.values().all(|share| (0.0..=1.0).contains(share)), "{track:?}");
    });
}

#[test]
fn what_flies_fast_and_far_above_is_an_aircraft() {
    let (mut tracker, mut noise) = (tracker(), Noise::new(3));
    let radar = &sensors()[0];
    let aircraft = Mover { from: [-3000.0, 1000.0, 450.0], velocity: [62.0, 5.0, 0.0] };
    for second in 0..60u32 {
        let seconds = f64::from(second);
        feed(&mut tracker, &scan(radar, seconds, vec![radar_plot(radar, &aircraft, 1, seconds, &mut noise)]));
    }
    let tracks = believed(&tracker, 59.0);
    assert_eq!(tracks.len(), 1);
    assert_eq!(tracks[0].classification.likeliest(), TargetClass::Aircraft, "{:?}", tracks[0].classification);
}

#[test]
fn what_a_coastal_radar_sees_is_a_vessel_whether_it_says_so_or_not() {
    let (mut tracker, mut noise) = (tracker(), Noise::new(4));
    let all = sensors();
    let (coast, ais) = (&all[1], &all[2]);
    let silent = Mover { from: [3000.0, 1500.0, 0.0], velocity: [-4.0, 3.0, 0.0] };
    let speaking = Mover { from: [-2500.0, 3200.0, 0.0], velocity: [6.0, 2.0, 0.0] };
    for look in 0..30u32 {
        let seconds = 4.0 * f64::from(look);
        feed(&mut tracker, &scan(ais, seconds - 0.5, vec![ais_report(211_234_560, &speaking, seconds - 0.5)]));
        let plot = |id: u64, mover, noise: &mut Noise| coastal_plot(coast, mover, id, seconds, noise);
        let plots = vec![plot(1, &silent, &mut noise), plot(2, &speaking, &mut noise)];
        feed(&mut tracker, &scan(coast, seconds, plots));
    }
    let tracks = tracker.tracks(at(116.0));
    for mover in [silent, speaking] {
        let track = mover.nearest(&tracks).unwrap();
        assert!(share(track, TargetClass::Vessel) > 0.8, "{:?}", track.classification);
    }
}
