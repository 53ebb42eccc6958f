//! Garbage, floods, silence, and whatever else a network brings.

use std::collections::BTreeMap;

use proptest::prelude::*;
use telemetry::messages::{TargetClass, Track, TrackStatus};
use telemetry::{AltitudeHae, EnuVelocity, Geodetic, SensorId, Timestamp, TrackId};

use crate::sharing::scene::{at, later, place, source, station, track};
use crate::sharing::{Picture, PictureConfig, Refusal};

fn small() -> PictureConfig {
    PictureConfig { neighbours_max: 3, tracks_per_neighbour_max: 5, ..PictureConfig::new(station("ours")) }
}

fn theirs(id: u64) -> Track {
    track(id, place(100.0 * id as f64, 0.0), [0.0; 3], [5.0; 3])
}

#[test]
fn what_is_not_sound_is_refused_and_counted() {
    let mut picture = Picture::new(small());
    let mut refused = |change: &dyn Fn(&mut Track), expected: &dyn Fn(Refusal) -> bool| {
        let mut track = theirs(1);
        change(&mut track);
        let refusal = picture.receive(at(0.0), &station("theirs"), &track).unwrap_err();
        assert!(expected(refusal), "{refusal}");
    };
    let unsound = |refusal| refusal == Refusal::Unsound;
    refused(&|track| track.covariance[0] = f32::NAN, &unsound);
    refused(&|track| track.covariance[1] = 1e6, &unsound);
    refused(&|track| track.velocity.up_m_s = f64::INFINITY, &unsound);
    refused(&|track| track.classification.belief = [(TargetClass::Drone, f32::NAN)].into(), &unsound);
    refused(&|track| track.sources = vec![source("x", 1); 33], &|r| matches!(r, Refusal::TooManySources { .. }));
    let sensors = |track: &mut Track| {
        track.measured_by = (0..65).map(|n| (SensorId::new(format!("s{n}")).unwrap(), at(0.0))).collect();
    };
    refused(&sensors, &|r| matches!(r, Refusal::TooManySources { .. }));
    let untimely = |refusal| matches!(refusal, Refusal::Untimely { .. });
    refused(&|track| track.estimated_at = at(-10.5), &untimely);
    refused(&|track| track.estimated_at = at(1.5), &untimely);
    refused(&|track| track.updated_at = at(3.0), &untimely);
    refused(&|track| track.first_seen_at = at(0.5), &untimely);
    let metrics = picture.metrics();
    assert_eq!((metrics.unsound, metrics.untimely, metrics.taken), (6, 4, 0));
    assert_eq!(picture.fuse(at(0.0), &[]), []);
}

#[test]
fn an_unsound_track_of_our_own_is_shown_as_it_is_and_joins_nothing() {
    let mut own = theirs(1);
    own.covariance = [f32::NAN; 21];
    let mut picture = Picture::new(small());
    picture.receive(at(0.0), &station("theirs"), &theirs(1)).unwrap();
    let shown = picture.fuse(at(0.0), &[own]);
    assert_eq!(shown.len(), 2);
    assert!(shown[0].covariance[0].is_nan() && shown[0].sources.is_empty());
}

#[test]
fn the_latest_counts_and_silence_ends_a_track() {
    let (mut picture, neighbour) = (Picture::new(small()), station("theirs"));
    picture.receive(at(1.0), &neighbour, &later(&theirs(1), 1.0)).unwrap();
    let outdated = picture.receive(at(1.2), &neighbour, &later(&theirs(1), 0.5));
    assert_eq!(outdated, Err(Refusal::Outdated { newest: at(1.0), found: at(0.5) }));
    assert_eq!(
        picture.receive(at(1.2), &neighbour, &later(&theirs(1), 1.0)),
        outdated.map_err(|_| Refusal::Outdated { newest: at(1.0), found: at(1.0) })
    );
    assert_eq!(picture.fuse(at(10.9), &[])[0].estimated_at, at(10.9));
    assert_eq!(picture.fuse(at(11.1), &[]), []);
    assert_eq!(picture.metrics().aged, 1);
    // A neighbour whose clock is ahead is judged by ours.
    picture.receive(at(20.0), &neighbour, &later(&theirs(1), 20.9)).unwrap();
    assert_eq!(picture.fuse(at(30.5), &[]), []);
}

#[test]
fn a_flood_displaces_tentative_tracks_and_nothing_else() {
    let (mut picture, flooder) = (Picture::new(small()), station("flooder"));
    picture.receive(at(0.0), &station("quiet"), &theirs(900)).unwrap();
    for id in 0..3 {
        picture.receive(at(0.0), &flooder, &theirs(id)).unwrap();
    }
    for id in 3..500 {
        let tentative = Track { status: TrackStatus::Tentative, ..theirs(id) };
        picture.receive(at(0.0), &flooder, &tentative).unwrap();
    }
    let shown = picture.fuse(at(0.0), &[]);
    let believed = shown.iter().filter(|track| track.status == TrackStatus::Confirmed).count();
    assert_eq!((shown.len(), believed, picture.metrics().displaced), (6, 4, 495));
    for id in 500..502 {
        picture.receive(at(0.0), &flooder, &theirs(id)).unwrap();
    }
    let full = picture.receive(at(0.0), &flooder, &theirs(502));
    assert_eq!(full, Err(Refusal::TooManyTracks { max: 5 }));
    picture.receive(at(0.0), &station("third"), &theirs(1)).unwrap();
    let full = picture.receive(at(0.0), &station("fourth"), &theirs(1));
    assert_eq!(full, Err(Refusal::TooManyNeighbours { max: 3 }));
    let late = later(&theirs(1), 15.0);
    picture.receive(at(15.0), &station("fourth"), &late).unwrap();
    assert_eq!(picture.metrics().crowded_out, 2);
    assert_eq!(picture.fuse(at(15.0), &[]).len(), 1, "the silent ones made room");
}

#[test]
fn memory_is_bounded_however_long_it_runs() {
    let (mut picture, neighbour) = (Picture::new(small()), station("theirs"));
    for step in 0..2000u32 {
        let seconds = f64::from(step) * 3.0;
        for id in 0..5 {
            let track = track(u64::from(5 * step + id), place(0.0, 0.0), [0.0; 3], [5.0; 3]);
            let _ = picture.receive(at(seconds), &neighbour, &later(&track, seconds));
        }
        picture.fuse(at(seconds), &[later(&theirs(1), seconds)]);
    }
    assert!(picture.neighbours.len() <= 15 && picture.numbers.len() <= 30 && picture.pairing.len() <= 15);
}

fn anywhere() -> impl Strategy<Value = Geodetic> {
    let near = (-300.0..300.0f64, -300.0..300.0f64).prop_map(|(east_m, north_m)| place(east_m, north_m));
    let far = (-90.0..=90.0f64, -180.0..=180.0f64, prop_oneof![Just(100.0), -1e6..1e6f64]).prop_map(
        |(latitude, longitude, height_m)| {
            Geodetic::from_degrees(latitude, longitude, AltitudeHae::new(height_m)).unwrap()
        },
    );
    prop_oneof![4 => near, 1 => far]
}

fn any_number() -> impl Strategy<Value = f64> {
    prop_oneof![6 => -30.0..30.0f64, 1 => Just(f64::NAN), 1 => Just(f64::INFINITY), 1 => Just(1e300), 1 => Just(0.0)]
}

fn any_covariance() -> impl Strategy<Value = [f32; 21]> {
    let wild = prop::array::uniform21(prop_oneof![3 => -100.0..100.0f32, 1 => any::<f32>()]);
    let sound =
        prop::array::uniform3(0.0..60.0f64).prop_map(|sigma_m| track(0, place(0.0, 0.0), [0.0; 3], sigma_m).covariance);
    prop_oneof![3 => sound, 1 => wild]
}

fn any_status() -> impl Strategy<Value = TrackStatus> {
    use TrackStatus::{Coasting, Confirmed, Dropped, Tentative};
    prop::sample::select(vec![Tentative, Confirmed, Coasting, Dropped])
}

fn any_belief() -> impl Strategy<Value = BTreeMap<TargetClass, f32>> {
    let class = prop::sample::select(vec![TargetClass::Drone, TargetClass::Vessel]);
    let probability = prop_oneof![5 => 0.0..1.0f32, 1 => any::<f32>()];
    prop::collection::btree_map(class, probability, 0..3)
}

prop_compose! {
    fn any_track()(
        id in 0..8u64,
        position in anywhere(),
        velocity in prop::array::uniform3(any_number()),
        covariance in any_covariance(),
        seconds in prop_oneof![6 => -3.0..3.0f64, 1 => -1e10..1e10f64],
        status in any_status(),
        belief in any_belief(),
        sources in prop::collection::vec((prop::sample::select(vec!["ours", "b", "c", "d"]), 0..8u64), 0..3),
    ) -> Track {
        let mut track = track(id, position, [0.0; 3], [5.0; 3]);
        let [east_m_s, north_m_s, up_m_s] = velocity;
        track.velocity = EnuVelocity { east_m_s, north_m_s, up_m_s };
        track.covariance = covariance;
        track.estimated_at = at(seconds);
        track.updated_at = at(seconds.min(0.0));
        track.first_seen_at = at(seconds.min(0.0) - 5.0);
        track.status = status;
        track.classification.belief = belief;
        track.sources = sources.into_iter().map(|(name, id)| source(name, id)).collect();
        track
    }
}

fn any_name() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["ours", "b", "c", "d", "e"])
}

proptest! {
    #[test]
    fn whatever_comes_the_picture_is_bounded_and_sound(
        rounds in prop::collection::vec((
            prop::collection::vec((any_name(), any_track()), 0..12),
            prop::collection::vec(any_track(), 0..6),
            prop_oneof![8 => -2.0..5.0f64, 1 => -1e11..1e11f64],
        ), 1..6),
    ) {
        let alone = |track: Track| Track { sources: Vec::new(), ..track };
        let mut picture = Picture::new(small());
        let (mut received, mut seconds) = (0, 0.0);
        for (sent, own, step_s) in rounds {
            for (from, track) in &sent {
                let _ = picture.receive(at(seconds), &station(from), track);
                received += 1;
            }
            let own: Vec<Track> = own.into_iter().map(alone).collect();
            let shown = picture.fuse(at(seconds), &own);
            prop_assert!(shown.len() <= 15 + own.len());
            prop_assert!(shown.windows(2).all(|two| two[0].id < two[1].id), "a number twice");
            for track in shown.iter().filter(|track| !track.sources.is_empty()) {
                prop_assert!(track.covariance.iter().all(|c| c.is_finite()));
                prop_assert!(track.velocity.vector().iter().all(|v| v.is_finite()));
                prop_assert_eq!(track.estimated_at, at(seconds));
            }
            seconds += step_s;
        }
        let m = picture.metrics();
        prop_assert_eq!(m.taken + m.echoed + m.unsound + m.untimely + m.crowded_out, received);
    }

    #[test]
    fn the_order_in_which_tracks_come_changes_nothing(
        sent in prop::collection::btree_map((any_name(), 0..5u64), any_track(), 0..12),
        own in prop::collection::btree_map(0..6u64, any_track(), 0..6),
        seed in any::<u64>(),
    ) {
        let numbered = |id, track| Track { id: TrackId(id), ..track };
        let sent: Vec<_> = sent.into_iter().map(|((from, id), track)| (from, numbered(id, track))).collect();
        let own: Vec<_> = own.into_iter().map(|(id, track)| numbered(id, track)).collect();
        let config = PictureConfig { neighbours_max: 8, ..small() };
        let shown = |turned: bool| {
            let mut picture = Picture::new(config.clone());
            let (mut sent, mut own) = (sent.clone(), own.clone());
            if turned {
                let key = |id: u64| id.wrapping_add(seed).wrapping_mul(0x9e37_79b9_7f4a_7c15);
                sent.sort_by_key(|(from, track)| key(track.id.0 + 100 * u64::from(from.as_bytes()[0])));
                own.sort_by_key(|track| key(track.id.0));
            }
            for (from, track) in &sent {
                let _ = picture.receive(at(0.0), &station(from), track);
            }
            let pictures: Vec<_> = [0.0, 1.0, 2.0].map(|seconds| picture.fuse(at(seconds), &own)).into();
            // Numbers that are none are not equal to themselves.
            (format!("{pictures:?}"), picture.metrics())
        };
        prop_assert_eq!(shown(false), shown(true));
    }
}

#[test]
fn time_at_its_ends_is_survived() {
    let mut picture = Picture::new(small());
    picture.receive(at(0.0), &station("theirs"), &theirs(1)).unwrap();
    for end in [i64::MIN, i64::MAX] {
        picture.fuse(Timestamp::from_unix_nanos(end), &[theirs(1)]);
        let _ = picture.receive(Timestamp::from_unix_nanos(end), &station("theirs"), &theirs(2));
    }
}
