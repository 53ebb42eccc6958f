//! Two operations rooms whose radars see the same water: each target once in either picture, whoever sees it, and what
//! only the neighbour sees is there too, under a number of its own.

use std::collections::BTreeSet;

use ground_station::config::{NeighbourEntry, SharingSection, StationFile};
use ground_station::station::{Numbers, Output, Restored};
use telemetry::TrackId;
use telemetry::messages::{Message, SharedTrack, Subject, Track, TrackStatus};

use crate::night::{HARBOUR, Night, moved, station_file};

/// Another drone, half a kilometre off the first.
const OFF: [f64; 3] = [10.1560, 54.3570, 90.0];

fn file(station: &str, neighbours: &[&str]) -> StationFile {
    let neighbour = |name: &&str| NeighbourEntry { station: name.parse().unwrap(), site: "laboe".parse().unwrap() };
    let neighbours = neighbours.iter().map(neighbour).collect();
    StationFile { sharing: Some(SharingSection { station: station.parse().unwrap(), neighbours }), ..station_file() }
}

fn shared(night: &Night) -> Vec<SharedTrack> {
    let shared = |output: &Output| match output {
        Output::Publish(Message::SharedTrack(shared)) => Some(shared.clone()),
        _ => None,
    };
    night.outputs.iter().filter_map(shared).collect()
}

/// The tracks published of the picture, in order.
fn published(night: &Night) -> Vec<Track> {
    let track = |output: &Output| match output {
        Output::Publish(Message::Track(track)) => Some(track.clone()),
        _ => None,
    };
    night.outputs.iter().filter_map(track).collect()
}

/// Both rooms watch; what one shares, the other is told a moment later.
struct Pair {
    ours: Night,
    theirs: Night,
    told: [usize; 2],
}

impl Pair {
    fn new(ours: Night) -> Self {
        Self { ours, theirs: Night::new(&file("outer", &["inner"])), told: [0; 2] }
    }

    fn watch(&mut self, seconds: usize, we_see: &[[f64; 3]], they_see: &[[f64; 3]]) {
        for _ in 0..seconds {
            let news = [shared(&self.theirs), shared(&self.ours)].map(Vec::into_iter);
            for (which, (night, news)) in [&mut self.ours, &mut self.theirs].into_iter().zip(news).enumerate() {
                let news: Vec<SharedTrack> = news.skip(self.told[which]).collect();
                self.told[which] += news.len();
                let places = [we_see, they_see][which];
                night.pass(1, |night| {
                    night.patrol();
                    for one in &news {
                        night.tell(Message::SharedTrack(one.clone()));
                    }
                    night.scan(places);
                });
            }
        }
    }

    fn ours_shown(&self) -> Vec<&Track> {
        self.ours.station.picture().sightings().filter(|one| one.believed()).map(|one| &one.track).collect()
    }
}

fn pair() -> Pair {
    Pair::new(Night::new(&file("inner", &["outer"])))
}

#[test]
fn a_target_that_both_rooms_see_is_one_target_with_both_in_its_books() {
    let mut pair = pair();
    pair.watch(25, &[HARBOUR], &[HARBOUR]);
    let shown = pair.ours_shown();
    assert_eq!(shown.len(), 1, "{shown:?}");
    let stations: BTreeSet<&str> = shown[0].sources.iter().map(|source| source.station.as_str()).collect();
    assert_eq!(stations, BTreeSet::from(["inner", "outer"]));
    assert_eq!(pair.ours.alerts().len(), 1);
}

#[test]
fn what_only_the_neighbour_sees_is_shown_and_alerted_under_a_number_no_tracker_counts_to() {
    let mut pair = pair();
    pair.watch(40, &[], &[HARBOUR]);
    let shown = pair.ours_shown();
    assert_eq!(shown.len(), 1);
    assert!(shown[0].id.0 >= 1 << 48, "{:?}", shown[0].id);
    let subjects: Vec<Subject> = pair.ours.alerts().into_iter().map(|alert| alert.subject).collect();
    assert!(subjects.contains(&Subject::Track(shown[0].id)), "{subjects:?}");
}

#[test]
fn a_room_passes_on_what_its_own_sensors_see_and_nothing_it_was_told() {
    let mut pair = pair();
    pair.watch(30, &[OFF], &[HARBOUR]);
    let ours = shared(&pair.ours);
    let numbers: BTreeSet<TrackId> = ours.iter().map(|one| one.track.id).collect();
    assert_eq!(numbers.len(), 1);
    assert!(ours.iter().all(|one| one.station.as_str() == "inner" && one.track.sources.is_empty()));
    assert_eq!(pair.ours_shown().len(), 2);
}

#[test]
fn a_target_that_leaves_our_radar_and_stays_with_theirs_keeps_its_number() {
    let mut pair = pair();
    pair.watch(25, &[HARBOUR], &[HARBOUR]);
    let number = pair.ours_shown()[0].id;
    pair.watch(60, &[], &[HARBOUR]);
    let shown: Vec<TrackId> = pair.ours_shown().iter().map(|track| track.id).collect();
    assert_eq!(shown, [number]);
    let dropped = published(&pair.ours).iter().any(|track| track.status == TrackStatus::Dropped);
    assert!(!dropped, "it is in the picture all the time, so there is no last word on it");
}

#[test]
fn a_target_only_a_silent_neighbour_saw_gets_its_last_word() {
    let mut pair = pair();
    pair.watch(25, &[], &[HARBOUR]);
    let number = pair.ours_shown()[0].id;
    pair.ours.watch(15, &[]);
    assert!(pair.ours_shown().is_empty());
    let last = published(&pair.ours).into_iter().rfind(|track| track.id == number).unwrap();
    assert_eq!(last.status, TrackStatus::Dropped);
}

#[test]
fn who_is_no_neighbour_is_not_heard_and_counted() {
    let mut other = Pair::new(Night::new(&file("inner", &["elsewhere"])));
    other.watch(25, &[], &[HARBOUR]);
    assert!(other.ours_shown().is_empty());
    let counts = other.ours.station.counts();
    assert!(counts.ignored > 10 && counts.shared_tracks == 0, "{counts:?}");
}

#[test]
fn a_neighbours_track_from_the_past_is_refused_and_counted() {
    let mut pair = pair();
    pair.watch(20, &[], &[HARBOUR]);
    let old = shared(&pair.theirs)[0].clone();
    let before = pair.ours.station.counts();
    pair.ours.watch(30, &[]);
    pair.ours.tell(Message::SharedTrack(old));
    assert_eq!(pair.ours.station.counts().shared_tracks_refused, before.shared_tracks_refused + 1);
}

#[test]
fn a_room_that_shares_with_nobody_tells_nobody() {
    let mut night = Night::new(&station_file());
    night.watch(25, &[HARBOUR]);
    assert!(shared(&night).is_empty() && !published(&night).is_empty());
}

#[test]
fn after_a_restart_a_neighbours_target_takes_no_number_that_an_old_alert_speaks_of() {
    let numbers = Numbers { neighbours_track: (1 << 48) + 4, ..Numbers::default() };
    let restored = Restored { numbers, ..Restored::default() };
    let mut pair = Pair::new(Night::restored(&file("inner", &["outer"]), restored, 0.25));
    pair.watch(25, &[], &[HARBOUR]);
    assert_eq!(pair.ours_shown()[0].id, TrackId((1 << 48) + 5));
}

#[test]
fn looking_at_the_picture_between_ticks_changes_nothing() {
    let night = |look: bool| {
        let mut pair = pair();
        for second in 0..30 {
            let drone = moved(HARBOUR, 3.0 * f64::from(second), 0.0);
            pair.watch(1, &[drone], &[drone, OFF]);
            if look {
                let looked_at = crate::night::at(pair.ours.now_s() + 0.4);
                assert!(second < 20 || pair.ours.station.picture().sightings_at(looked_at).len() >= 2);
            }
        }
        published(&pair.ours)
    };
    assert_eq!(night(true), night(false));
}
