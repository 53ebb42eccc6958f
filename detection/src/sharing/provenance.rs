//! Where the information in a track comes from, so that none of it is counted twice.
//!
//! A track that a station made of its own sensors alone is *first-hand*; one that holds other stations' tracks is
//! *relayed*, and names those it holds in its `sources`, down to the first-hand ones. A track and one that holds it are
//! never fused: the second would hand the first its own information back as if it were new, and a rumour going round
//! would make everyone sure of it (S. Grime, H. F. Durrant-Whyte, "Data fusion in decentralized sensor networks",
//! Control Engineering Practice 2, 1994).
//!
//! First-hand tracks always count. A relayed one counts where nothing it holds is there otherwise: of relayed ones
//! that overlap, the one that holds more, then the one of the earlier name.

use std::collections::BTreeSet;

use telemetry::messages::Track;
use telemetry::{StationId, TrackId};

/// A track's name in the whole network: whose, and which.
pub(super) type Key = (StationId, TrackId);

/// Whether a track names a station among those it was made of.
pub(super) fn holds_of(track: &Track, station: &StationId) -> bool {
    track.sources.iter().any(|source| source.station == *station)
}

/// The first-hand tracks in a track.
fn held(key: &Key, track: &Track) -> BTreeSet<Key> {
    if track.sources.is_empty() {
        BTreeSet::from([key.clone()])
    } else {
        track.sources.iter().map(|source| (source.station.clone(), source.track)).collect()
    }
}

/// Those of the tracks that share nothing with one another, in their order.
pub(super) fn disjoint(mut tracks: Vec<(Key, &Track)>) -> Vec<(Key, &Track)> {
    let first_hand = |(_, track): &&(Key, &Track)| track.sources.is_empty();
    let mut counted: BTreeSet<Key> = tracks.iter().filter(first_hand).map(|(key, _)| key.clone()).collect();
    let relayed = tracks.iter().filter(|(_, track)| !track.sources.is_empty());
    let mut relayed: Vec<(Key, BTreeSet<Key>)> = relayed.map(|(key, track)| (key.clone(), held(key, track))).collect();
    relayed.sort_by(|(a_key, a), (b_key, b)| b.len().cmp(&a.len()).then_with(|| a_key.cmp(b_key)));
    let mut set_aside = BTreeSet::new();
    for (key, held) in relayed {
        if held.is_disjoint(&counted) {
            counted.extend(held);
        } else {
            set_aside.insert(key);
        }
    }
    tracks.retain(|(key, _)| !set_aside.contains(key));
    tracks
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sharing::scene::{place, source, station, track};

    type Name = (&'static str, u64);

    fn check(tracks: &[(&str, u64, &[Name])], expected: &[Name]) {
        let made: Vec<(Key, Track)> = tracks
            .iter()
            .map(|(name, id, sources)| {
                let mut track = track(*id, place(0.0, 0.0), [0.0; 3], [5.0; 3]);
                track.sources = sources.iter().map(|(station, id)| source(station, *id)).collect();
                ((station(name), TrackId(*id)), track)
            })
            .collect();
        let found = disjoint(made.iter().map(|(key, track)| (key.clone(), track)).collect());
        let found: Vec<Key> = found.into_iter().map(|(key, _)| key).collect();
        let expected: Vec<Key> = expected.iter().map(|(name, id)| (station(name), TrackId(*id))).collect();
        assert_eq!(found, expected, "{tracks:?}");
    }

    #[test]
    fn what_holds_a_track_that_is_there_is_set_aside() {
        check(&[("b", 5, &[]), ("c", 7, &[])], &[("b", 5), ("c", 7)]);
        check(&[("b", 5, &[("b", 5), ("c", 7)]), ("c", 7, &[])], &[("c", 7)]);
        check(&[("b", 5, &[("b", 5), ("d", 7)]), ("c", 7, &[])], &[("b", 5), ("c", 7)]);
    }

    #[test]
    fn of_two_relayed_tracks_that_overlap_the_one_that_holds_more_counts() {
        let (small, large) = (&[("d", 1), ("b", 5)][..], &[("c", 7), ("d", 1), ("e", 2)][..]);
        check(&[("b", 5, small), ("c", 7, large)], &[("c", 7)]);
        check(&[("b", 5, small), ("c", 7, &[("c", 7), ("d", 1)])], &[("b", 5)]);
    }
}
