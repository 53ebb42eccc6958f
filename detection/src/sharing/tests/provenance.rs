//! What comes back, directly or by others, is not news.

use telemetry::messages::Track;
use telemetry::{SensorId, StationId};

use crate::sharing::scene::{at, later, place, source, station, track};
use crate::sharing::{Picture, PictureConfig, Refusal};

fn picture(name: &str) -> Picture {
    Picture::new(PictureConfig::new(station(name)))
}

/// What `name` sees of the one target, `seconds` on; each station has a number of its own for it.
fn seen_by(name: &str, seconds: f64) -> Track {
    let (id, from, sigma_m) = match name {
        "a" => (1, place(0.0, 0.0), [4.0, 20.0, 10.0]),
        "b" => (2, place(4.0, 3.0), [20.0, 4.0, 10.0]),
        _ => (3, place(-3.0, 5.0), [12.0, 12.0, 5.0]),
    };
    later(&track(id, from, [15.0, 0.0, 0.0], sigma_m), seconds)
}

fn determinant(track: &Track) -> f64 {
    crate::sharing::estimate::Estimate::of(track, track.estimated_at).unwrap().covariance.determinant()
}

/// What a station shows of the target when the others send it what they see first-hand.
fn first_hand(name: &str, others: &[&str], seconds: f64) -> Track {
    let mut picture = picture(name);
    for other in others {
        picture.receive(at(seconds), &station(other), &seen_by(other, seconds)).unwrap();
    }
    picture.fuse(at(seconds), &[seen_by(name, seconds)]).remove(0)
}

#[test]
fn a_rumour_between_two_does_not_grow_surer() {
    // Both send what they show, fused tracks included, for half a minute.
    let (mut a, mut b) = (picture("a"), picture("b"));
    let (mut from_a, mut from_b): (Vec<Track>, Vec<Track>) = (Vec::new(), Vec::new());
    for second in 0..30 {
        let seconds = f64::from(second);
        let pass = |to: &mut Picture, from: &StationId, tracks: &[Track]| {
            for track in tracks {
                let taken = to.receive(at(seconds), from, track);
                assert!(matches!(taken, Ok(()) | Err(Refusal::Descendant)), "{taken:?}");
            }
        };
        pass(&mut a, &station("b"), &from_b);
        pass(&mut b, &station("a"), &from_a);
        from_a = a.fuse(at(seconds), &[seen_by("a", seconds)]);
        from_b = b.fuse(at(seconds), &[seen_by("b", seconds)]);
        assert_eq!((from_a.len(), from_b.len()), (1, 1), "second {second}");
        for (shown, honest) in
            [(&from_a[0], first_hand("a", &["b"], seconds)), (&from_b[0], first_hand("b", &["a"], seconds))]
        {
            assert!(determinant(shown) >= 0.99 * determinant(&honest), "second {second}");
        }
    }
    assert!(a.metrics().echoed > 10 && b.metrics().echoed > 10, "{:?}", a.metrics());
}

#[test]
fn a_rumour_round_three_adds_nothing_to_what_is_known_first_hand() {
    let mut a = picture("a");
    let mut relayed = first_hand("b", &["c"], 0.0);
    assert_eq!(relayed.sources.len(), 2);
    a.receive(at(0.0), &station("c"), &seen_by("c", 0.0)).unwrap();
    a.receive(at(0.0), &station("b"), &relayed).unwrap();
    let shown = a.fuse(at(0.0), &[seen_by("a", 0.0)]);
    assert_eq!(shown, [first_hand("a", &["c"], 0.0)], "what b sends holds c's");
    assert_eq!(a.metrics().overlapping, 1);

    // Where c itself is not heard, what b relays of it counts.
    let mut a = picture("a");
    a.receive(at(0.0), &station("b"), &relayed).unwrap();
    let shown = a.fuse(at(0.0), &[seen_by("a", 0.0)]);
    let named: Vec<&str> = shown[0].sources.iter().map(|source| source.station.as_str()).collect();
    assert_eq!((shown.len(), named), (1, vec!["a", "b", "c"]));

    relayed.sources.push(source("a", 1));
    relayed.estimated_at = at(0.5);
    assert_eq!(a.receive(at(0.5), &station("b"), &relayed), Err(Refusal::Descendant));
}

#[test]
fn our_own_come_back_is_refused() {
    let mut config = PictureConfig::new(station("a"));
    config.own_sensors = [SensorId::new("radar").unwrap(), SensorId::new("mast").unwrap()].into();
    let mut a = Picture::new(config);
    assert_eq!(a.receive(at(0.0), &station("a"), &seen_by("c", 0.0)), Err(Refusal::OwnStation));
    let ours = seen_by("b", 0.0);
    assert_eq!(
        a.receive(at(0.0), &station("b"), &ours),
        Err(Refusal::Descendant),
        "measured by {:?}",
        ours.measured_by
    );
    let mut both = ours.clone();
    both.measured_by.insert(SensorId::new("far-radar").unwrap(), at(0.0));
    assert_eq!(a.receive(at(0.0), &station("b"), &both), Ok(()));
    let mut unsaid = seen_by("c", 0.0);
    unsaid.measured_by.clear();
    assert_eq!(a.receive(at(0.0), &station("b"), &unsaid), Ok(()));
    assert_eq!(a.metrics().echoed, 2);
}

#[test]
fn three_stations_show_one_target_known_better_than_by_two() {
    let (two, three) = (first_hand("a", &["b"], 0.0), first_hand("a", &["b", "c"], 0.0));
    assert!(determinant(&three) < determinant(&two) && determinant(&two) < determinant(&seen_by("a", 0.0)));
    assert_eq!(three.sources.len(), 3);
}
