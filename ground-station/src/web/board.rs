//! The board: what consoles may see, as the owner of the station last posted it.
//!
//! Every item carries the revision at which it last changed, so what a console needs is what has a higher revision than
//! the one it has. A slow console therefore gets the newest of everything and nothing waits for it anywhere. Items are
//! written as JSON once, however many consoles there are.
//!
//! A track that is gone leaves its number behind, at most [`REMOVED_MAX`] of them; a console so far behind that it
//! missed one gets the whole picture again.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt::Write;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use missions::Site;
use serde::Serialize;
use telemetry::messages::{Alert, Cue, TrackAlert, TrackStatus};
use telemetry::{AlertId, CueId, SensorId, Timestamp, TrackId, VehicleId};
use tokio::sync::watch;

use super::view::{
    AlertView, CueView, EvidenceView, OutlookMapsView, OutlookView, OutlooksView, PlanningView, ScheduleView,
    TrackView, VehicleView, stage_name,
};
use crate::outlook::Outlooks;
use crate::picture::Sighting;
use crate::station::Station;
use crate::store::EvidenceRecord;

/// The most gone tracks remembered.
const REMOVED_MAX: usize = 4096;
/// How often an item is written anew though nothing new came: its age and its estimate go on.
const AGE_EVERY: Duration = Duration::from_secs(1);

/// What consoles may see.
#[derive(Debug)]
pub struct Board {
    posted: Mutex<Posted>,
    revision: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct Posted {
    revision: u64,
    now_ms: i64,
    vehicles: BTreeMap<VehicleId, Item<VehicleMark>>,
    tracks: BTreeMap<TrackId, Item<TrackMark>>,
    alerts: BTreeMap<AlertId, Item<Alert>>,
    cues: BTreeMap<CueId, Item<Cue>>,
    /// What cameras kept of those alerts. It never changes.
    evidence: BTreeMap<(AlertId, SensorId), Item<()>>,
    /// Plans and the air, all of it: it changes seldom. One item, under no name.
    planning: BTreeMap<(), Item<PlanningMark>>,
    /// The night that is scheduled: one item, under no name.
    schedule: BTreeMap<(), Item<u64>>,
    /// The words and the maps of outlooks, each by the number of its last change.
    outlooks: BTreeMap<TrackId, Item<u64>>,
    outlook_maps: BTreeMap<TrackId, Item<u64>>,
    /// Which outlooks there are, and how good they were: one item, under no name.
    outlooks_there: BTreeMap<(), Item<(Vec<TrackId>, usize)>>,
    removed: VecDeque<(u64, TrackId)>,
    /// Removals up to this revision are forgotten.
    forgotten: u64,
}

/// Something on the board.
#[derive(Debug)]
struct Item<M> {
    revision: u64,
    /// What of it makes it new when it changes.
    mark: M,
    written_at: Timestamp,
    json: String,
}

#[derive(Debug, PartialEq)]
struct VehicleMark {
    received_at: Option<Timestamp>,
    connected: bool,
}

#[derive(Debug, PartialEq)]
struct TrackMark {
    updated_at: Timestamp,
    status: TrackStatus,
    alerts: BTreeSet<TrackAlert>,
    own: Option<VehicleId>,
}

/// The revision of what people did and the check found, and how far each plan has come.
type PlanningMark = (u64, Vec<&'static str>);

impl Default for Board {
    fn default() -> Self {
        Self { posted: Mutex::default(), revision: watch::Sender::new(0) }
    }
}

impl Board {
    /// Posts what the station shows at `now`.
    pub fn post(&self, now: Timestamp, station: &Station, outlooks: &Outlooks) {
        self.revise(now, |posted, revision| {
            let changed = posted.post(revision, now, station);
            posted.post_outlooks(revision, now, outlooks) || changed
        });
    }

    /// Posts what a camera kept of an alert.
    pub(crate) fn post_evidence(&self, record: &EvidenceRecord) {
        let mut posted = self.lock();
        let (revision, written_at) = (posted.revision + 1, record.received_at);
        let json = serde_json::to_string(&EvidenceView::from(record)).expect("texts and finite numbers are JSON");
        let of = (record.notice.alert.clone(), record.notice.sensor.clone());
        posted.evidence.insert(of, Item { revision, mark: (), written_at, json });
        posted.revision = revision;
        drop(posted);
        self.revision.send_replace(revision);
    }

    /// Whether an alert is among those shown.
    pub(crate) fn shows_alert(&self, alert: &AlertId) -> bool {
        self.lock().alerts.contains_key(alert)
    }

    /// Lets `post` make the next revision; when that says that nothing changed, it is none.
    fn revise(&self, now: Timestamp, post: impl FnOnce(&mut Posted, u64) -> bool) {
        let mut posted = self.lock();
        let revision = posted.revision + 1;
        posted.now_ms = now.unix_millis();
        let changed = post(&mut posted, revision);
        if changed {
            posted.revision = revision;
        }
        drop(posted);
        if changed {
            self.revision.send_replace(revision);
        }
    }

    /// Told whenever something changes.
    pub(super) fn watch(&self) -> watch::Receiver<u64> {
        self.revision.subscribe()
    }

    /// Everything, as the fields of a snapshot, and its revision.
    pub(super) fn snapshot(&self) -> (u64, String) {
        let posted = self.lock();
        (posted.revision, posted.fields(0))
    }

    /// What changed since a revision, as the fields of an update, and the new revision; nothing when too much was
    /// forgotten since, and only a snapshot will do.
    pub(super) fn since(&self, revision: u64) -> Option<(u64, String)> {
        let posted = self.lock();
        if revision < posted.forgotten {
            return None;
        }
        let mut fields = posted.fields(revision);
        let gone = posted.removed.iter().filter(|(at, _)| *at > revision).map(|(_, track)| track.to_string());
        let gone: Vec<String> = gone.collect();
        // Writing to a String does not fail.
        let _ = write!(fields, r#","tracks_removed":[{}]"#, gone.join(","));
        Some((posted.revision, fields))
    }

    fn lock(&self) -> MutexGuard<'_, Posted> {
        // A panic while it was held can leave an older item, which the next posting mends.
        self.posted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Posted {
    /// Takes over what is new; true when anything was.
    fn post(&mut self, revision: u64, now: Timestamp, station: &Station) -> bool {
        let mut changed = false;
        for vehicle in station.fleet().vehicles() {
            let received_at = vehicle.heard().map(|heard| heard.received_at);
            let mark = VehicleMark { received_at, connected: vehicle.connected(now) };
            changed |= put(&mut self.vehicles, vehicle.id(), revision, now, mark, Ageing::Yes, || {
                VehicleView::new(now, vehicle)
            });
        }
        changed |= self.post_tracks(revision, now, &station.config().site, &station.picture().sightings_at(now));
        for alert in station.alerts().alerts() {
            let view = || AlertView::from(alert);
            changed |= put_clone(&mut self.alerts, &alert.id, revision, now, alert, view);
        }
        for cue in station.cues().cues() {
            changed |= put_clone(&mut self.cues, &cue.id, revision, now, cue, || CueView::from(cue));
        }
        let stages = station.fleet().vehicles().map(|vehicle| stage_name(vehicle.dispatch().stage())).collect();
        let mark = (station.planning_revision(), stages);
        let view = || PlanningView::new(station);
        changed |= put(&mut self.planning, &(), revision, now, mark, Ageing::No, view);
        let view = || ScheduleView::new(station);
        changed |= put(&mut self.schedule, &(), revision, now, station.schedule_revision(), Ageing::No, view);
        // What left the station's memory leaves the board; consoles keep what they have.
        self.alerts.retain(|id, _| station.alerts().alert(id).is_some());
        self.cues.retain(|id, _| station.cues().cue(id).is_some());
        self.evidence.retain(|(alert, _), _| station.alerts().alert(alert).is_some());
        changed
    }

    /// Takes over what is new of the outlooks.
    fn post_outlooks(&mut self, revision: u64, now: Timestamp, outlooks: &Outlooks) -> bool {
        let mut changed = false;
        for (track, number, outlook) in outlooks.told() {
            let view = || OutlookView::from(outlook);
            changed |= put(&mut self.outlooks, &track, revision, now, number, Ageing::No, view);
        }
        for (track, number, maps) in outlooks.maps() {
            let view = || OutlookMapsView::from(maps);
            changed |= put(&mut self.outlook_maps, &track, revision, now, number, Ageing::No, view);
        }
        let there: Vec<TrackId> = outlooks.told().map(|(track, ..)| track).collect();
        let gone = |track: &TrackId| !there.contains(track);
        self.outlooks.retain(|track, _| !gone(track));
        self.outlook_maps.retain(|track, _| !gone(track));
        let mark = (there.clone(), outlooks.calibration().1);
        changed | put(&mut self.outlooks_there, &(), revision, now, mark, Ageing::No, || OutlooksView::new(outlooks))
    }

    /// Takes over the tracks there are, in the order of their numbers; those that are not among them are gone.
    fn post_tracks(&mut self, revision: u64, now: Timestamp, site: &Site, sightings: &[Sighting]) -> bool {
        let mut changed = false;
        for sighting in sightings {
            let track = &sighting.track;
            let mark = TrackMark {
                updated_at: track.updated_at,
                status: track.status,
                alerts: track.alerts.clone(),
                own: sighting.own.clone(),
            };
            let view = || TrackView::new(now, site, sighting);
            changed |= put(&mut self.tracks, &track.id, revision, now, mark, Ageing::Yes, view);
        }
        let here = |id: &TrackId| sightings.binary_search_by_key(id, |sighting| sighting.track.id).is_ok();
        let gone: Vec<TrackId> = self.tracks.keys().copied().filter(|id| !here(id)).collect();
        for id in gone {
            self.tracks.remove(&id);
            if self.removed.len() >= REMOVED_MAX
                && let Some((at, _)) = self.removed.pop_front()
            {
                self.forgotten = at;
            }
            self.removed.push_back((revision, id));
            changed = true;
        }
        changed
    }

    fn fields(&self, since: u64) -> String {
        let mut fields = String::new();
        // Writing to a String does not fail.
        let _ = write!(fields, r#""now":{}"#, self.now_ms);
        list(&mut fields, "vehicles", self.vehicles.values(), since);
        list(&mut fields, "tracks", self.tracks.values(), since);
        list(&mut fields, "alerts", self.alerts.values(), since);
        list(&mut fields, "cues", self.cues.values(), since);
        list(&mut fields, "evidence", self.evidence.values(), since);
        if let Some(planning) = self.planning.values().find(|item| item.revision > since) {
            let _ = write!(fields, r#","planning":{}"#, planning.json);
        }
        if let Some(schedule) = self.schedule.values().find(|item| item.revision > since) {
            let _ = write!(fields, r#","schedule":{}"#, schedule.json);
        }
        list(&mut fields, "outlooks", self.outlooks.values(), since);
        list(&mut fields, "outlook_maps", self.outlook_maps.values(), since);
        if let Some(there) = self.outlooks_there.values().find(|item| item.revision > since) {
            let _ = write!(fields, r#","outlooks_there":{}"#, there.json);
        }
        fields
    }
}

/// Whether an item is written anew as it grows older.
#[derive(Clone, Copy, PartialEq)]
enum Ageing {
    Yes,
    No,
}

fn put<K: Ord + Clone, M: PartialEq, V: Serialize>(
    items: &mut BTreeMap<K, Item<M>>,
    id: &K,
    revision: u64,
    now: Timestamp,
    mark: M,
    ageing: Ageing,
    view: impl FnOnce() -> V,
) -> bool {
    let fresh = items
        .get(id)
        .is_some_and(|item| item.mark == mark && (ageing == Ageing::No || now.since(item.written_at) < AGE_EVERY));
    if fresh {
        return false;
    }
    let json = serde_json::to_string(&view()).expect("a view has texts for keys and no number that JSON lacks");
    items.insert(id.clone(), Item { revision, mark, written_at: now, json });
    true
}

/// As [`put`], for what is its own mark: copied only when it changed.
fn put_clone<K: Ord + Clone, M: PartialEq + Clone, V: Serialize>(
    items: &mut BTreeMap<K, Item<M>>,
    id: &K,
    revision: u64,
    now: Timestamp,
    item: &M,
    view: impl FnOnce() -> V,
) -> bool {
    if items.get(id).is_some_and(|known| known.mark == *item) {
        return false;
    }
    put(items, id, revision, now, item.clone(), Ageing::No, view)
}

fn list<'a, M: 'a>(fields: &mut String, name: &str, items: impl Iterator<Item = &'a Item<M>>, since: u64) {
    let new: Vec<&str> = items.filter(|item| item.revision > since).map(|item| item.json.as_str()).collect();
    let _ = write!(fields, r#","{name}":[{}]"#, new.join(","));
}

#[cfg(test)]
mod tests {
    use super::{Board, REMOVED_MAX};
    use crate::alerts::stage::{at, drone, site};
    use crate::picture::Sighting;
    use missions::Site;
    use proptest::prelude::*;
    use serde_json::Value;
    use telemetry::TrackId;
    use telemetry::messages::TrackAlert;

    /// A track of a number, at a second.
    fn sighting(s: f64, number: u64) -> Sighting {
        let mut sighting = drone(s, [number as f64, 0.0, 60.0]);
        sighting.track.id = TrackId(number);
        sighting
    }

    fn post(board: &Board, site: &Site, s: f64, sightings: &[Sighting]) {
        board.revise(at(s), |posted, revision| posted.post_tracks(revision, at(s), site, sightings));
    }

    fn read(fields: &str) -> Value {
        serde_json::from_str(&format!("{{{fields}}}")).unwrap()
    }

    fn ids(value: &Value, list: &str) -> Vec<u64> {
        value[list].as_array().unwrap().iter().map(|item| item["id"].as_u64().or(item.as_u64()).unwrap()).collect()
    }

    #[test]
    fn however_much_happens_a_console_that_slept_gets_it_once_or_gets_everything() {
        let (board, site) = (Board::default(), site());
        let (slept_since, _) = board.snapshot();
        let tracks = 2 * REMOVED_MAX as u64;
        for n in 0..tracks {
            // Each track is there for three postings.
            let sightings: Vec<_> = (n..n + 3).map(|number| sighting(n as f64, number)).collect();
            post(&board, &site, n as f64, &sightings);
            let posted = board.lock();
            assert!(posted.removed.len() <= REMOVED_MAX && posted.tracks.len() == 3, "what is there, not what was");
        }
        assert!(board.since(slept_since).is_none(), "too long ago to say what went: only everything will do");
        let (revision, everything) = board.snapshot();
        assert_eq!(ids(&read(&everything), "tracks"), [tracks - 1, tracks, tracks + 1]);
        let (_, nothing) = board.since(revision).unwrap();
        let nothing = read(&nothing);
        assert_eq!((ids(&nothing, "tracks"), ids(&nothing, "tracks_removed")), (Vec::new(), Vec::new()));
    }

    #[test]
    fn a_track_is_sent_again_when_something_about_it_no_longer_fits() {
        let (board, site) = (Board::default(), site());
        let mut track = sighting(0.0, 7);
        post(&board, &site, 0.0, std::slice::from_ref(&track));
        let (revision, _) = board.snapshot();
        track.track.alerts.insert(TrackAlert::AisOff);
        post(&board, &site, 0.1, std::slice::from_ref(&track));
        let (_, update) = board.since(revision).unwrap();
        assert_eq!(read(&update)["tracks"][0]["alerts"], serde_json::json!(["ais_off"]));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        /// A simple model beside the real thing: a console that applies whatever updates it asks for, at whatever
        /// times, has in the end what a snapshot shows.
        #[test]
        fn updates_lead_to_what_a_snapshot_shows(
            turns in proptest::collection::vec((any::<bool>(), proptest::collection::btree_set(0..40_u64, 0..12)), 60),
        ) {
            let (board, site) = (Board::default(), site());
            let (mut revision, fields) = board.snapshot();
            let mut known: std::collections::BTreeSet<u64> = ids(&read(&fields), "tracks").into_iter().collect();
            let last = (true, std::collections::BTreeSet::from([3, 9]));
            for (n, (asks, there)) in turns.into_iter().chain([last]).enumerate() {
                let s = n as f64 * 0.7;
                let sightings: Vec<_> = there.into_iter().map(|number| sighting(s, number)).collect();
                post(&board, &site, s, &sightings);
                if asks {
                    let (newer, fields) = board.since(revision).unwrap();
                    let update = read(&fields);
                    for gone in ids(&update, "tracks_removed") {
                        known.remove(&gone);
                    }
                    known.extend(ids(&update, "tracks"));
                    revision = newer;
                }
            }
            let shown: std::collections::BTreeSet<u64> = ids(&read(&board.snapshot().1), "tracks").into_iter().collect();
            prop_assert_eq!(known, shown);
        }
    }
}
