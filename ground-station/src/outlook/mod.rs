//! The outlook on an intruder: where it will land or drop, who can be there in time and by which way, what to do if its
//! track is lost, and where it came from.
//!
//! A drone that an open alert is about gets one. Its track is followed from its beginning, the alert or not, and
//! `planning::cue` is asked again as it grows. The work is handed out as a [`Question`], one at a time, which a shell
//! answers beside the station; nothing here decides or sends anybody anywhere, and nothing of it is in a recording: a
//! replay does without.
//!
//! *Balloon*: what drifts with the reported wind (see [`Drift`]) is forecast to go on with it until it comes down.
//! *Lost*: the track is in the picture no longer. The outlook goes on from its last place for [`LOST_KEPT`].
//! *Calibration*: a flight that is followed until it stands low and still has ended there; what was said of its end
//! before is held against that, and kept over restarts (see [`EndedFlight`]). Where flights end also says how often each
//! known place is the one, and how often none is.
//!
//! Bounds: [`FOLLOWED_MAX`] tracks of [`FIXES_MAX`] fixes, [`FLIGHTS_MAX`] flights that ended, [`OPEN_MAX`] outlooks,
//! one question; the oldest alerts come first, and further ones wait.

mod drift;
mod followed;
mod ground;
mod past;
mod question;
mod words;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use planning::cue::{Grid, Map, Plan, Reliability};
use planning::flight::Pace;
use planning::intercept::{Cue, Fix, Intruder};
use planning::search::Searcher;
use telemetry::messages::{Alert, FlightMode, Subject, TargetClass};
use telemetry::{AlertId, Timestamp, TrackId, VehicleId};

pub use self::drift::{Drift, WIND_AGE_MAX};
pub use self::followed::FIXES_MAX;
pub use self::past::{EndedFlight, FLIGHTS_MAX, Said};
pub use self::question::{Answer, Question, REGIONS};
pub use self::words::{AreaAhead, FlierAhead, LaunchedFrom, Maps, Outlook, Part, SearchIfLost, UnitAhead, WindAhead};
use crate::airspace::Airspace;
use crate::cues::wants_a_look;
use crate::fleet::Vehicle;
use crate::picture::Sighting;
use crate::station::Station;
use followed::Followed;
use ground::Ground;
use past::Past;
use question::Found;

/// The most tracks followed.
pub const FOLLOWED_MAX: usize = 64;
/// The most outlooks at once.
pub const OPEN_MAX: usize = 8;
/// How long an outlook goes on without its track.
pub const LOST_KEPT: Duration = Duration::from_secs(600);
/// How often an outlook is worked out anew while its track grows, and when it is lost.
const EVERY: Duration = Duration::from_secs(3);
const EVERY_LOST: Duration = Duration::from_secs(10);
/// A track shorter than this says nothing of where it goes.
const TRACK_MIN_S: f64 = 10.0;
/// How long a load lies before somebody has it, s.
const DWELL_S: f64 = 300.0;
/// A balloon burns out within so long after it was first seen, or within so long from now, each moment as likely as the
/// other; and was launched within as long before: s. Those in the problems of `picket plan` burn out 1,200
/// to 2,600 s after their launch.
const BURNS_S: f64 = 2_600.0;
const BURNS_ON_S: f64 = 600.0;
/// The map of a balloon reaches as far as it drifts in that time, with a wind that is harder by this than reported, m/s.
const WIND_OFF_M_S: f64 = 2.0;
/// The map of a drone reaches this far beyond the track, metres; a map has so many cells along a side.
const REACH_M: f64 = 10_000.0;
const CELLS: usize = 160;
/// A map is another once this share of the probability has moved.
const MOVED: f64 = 0.02;
/// How wide a strip a camera sees in effect, and from how high, metres.
const SWEEP_WIDTH_M: f64 = 120.0;
const SEARCH_HEIGHT_M: f64 = 80.0;
/// The share of the endurance of its kind that is counted on, as in proposals to look.
const ENDURANCE_SHARE: f64 = 0.8;
/// The share of the battery that a searcher keeps where its plan does not say.
const RESERVE: f64 = 0.25;
/// What was said less than this before the end is no forecast, and one is kept every so often; s.
const FORECAST_AHEAD_S: f64 = 30.0;
const FORECAST_EVERY_S: f64 = 30.0;
/// The most forecasts of a flight that are held against its end.
const FORECASTS_MAX: usize = 60;

/// All outlooks.
#[derive(Debug)]
pub struct Outlooks {
    /// Nothing where the site's ground cannot be planned with.
    ground: Option<Ground>,
    followed: BTreeMap<TrackId, Followed>,
    open: BTreeMap<TrackId, Open>,
    asked: bool,
    turn: Option<TrackId>,
    past: Past,
    /// Those that ended since they were last taken; at most as many as are followed.
    ended: Vec<EndedFlight>,
    revision: u64,
}

#[derive(Debug)]
struct Open {
    alert: AlertId,
    /// Where it was when its alert came: the middle of its maps, metres.
    begun_m: [f64; 2],
    drift: Drift,
    asked_at: Option<Timestamp>,
    plan: Option<Arc<Plan>>,
    /// The landing map as it was last told.
    told: Option<Map>,
    outlook: Option<(u64, Outlook)>,
    maps: Option<(u64, Maps)>,
    forecasts: Vec<Forecast>,
}

/// What was said of a flight's end.
#[derive(Debug)]
struct Forecast {
    at_s: f64,
    areas: Vec<planning::intercept::Area>,
}

impl Outlooks {
    /// Outlooks over a site, with the flights that ended in earlier lives of the room, oldest first.
    #[must_use]
    pub fn new(airspace: &Airspace, past: Vec<EndedFlight>) -> Self {
        let past = Past::of(past);
        let mut ground = Ground::of(airspace);
        if let Some(ground) = &mut ground {
            ground.learn(past.ends_m(airspace));
        }
        Self {
            ground,
            followed: BTreeMap::new(),
            open: BTreeMap::new(),
            asked: false,
            turn: None,
            past,
            ended: Vec::new(),
            revision: 0,
        }
    }

    /// Looks at the picture and the alerts.
    pub fn look(&mut self, station: &Station, now: Timestamp) {
        for sighting in station.picture().sightings().filter(|sighting| is_drone(sighting)) {
            self.follow(station.airspace(), sighting);
        }
        self.note_lost(station);
        self.followed.retain(|_, track| now.since(track.last_at) <= LOST_KEPT);
        let wanted: Vec<(TrackId, &Alert)> =
            station.alerts().alerts().filter(|alert| wants_a_look(alert)).filter_map(about_a_track).collect();
        let followed = &self.followed;
        self.open.retain(|id, _| followed.contains_key(id) && wanted.iter().any(|(track, _)| track == id));
        for (track, alert) in wanted {
            if self.open.len() >= OPEN_MAX || self.open.contains_key(&track) {
                continue;
            }
            if let Some(followed) = self.followed.get(&track) {
                self.open.insert(track, Open::new(alert.id.clone(), followed));
            }
        }
    }

    fn follow(&mut self, airspace: &Airspace, sighting: &Sighting) {
        let track = &sighting.track;
        if self.followed.len() >= FOLLOWED_MAX && !self.followed.contains_key(&track.id) {
            return;
        }
        let followed = self.followed.entry(track.id).or_insert_with(|| Followed::new(airspace, track));
        followed.take(airspace, track);
    }

    /// Tracks that are gone: those that ended on the ground tell how good the forecasts were.
    fn note_lost(&mut self, station: &Station) {
        for (id, track) in &mut self.followed {
            if track.lost || station.picture().sighting(*id).is_some() {
                continue;
            }
            track.lost = true;
            let (Some(open), Some(last)) = (self.open.get(id), track.fixes.last()) else { continue };
            if !track.at_rest {
                continue;
            }
            let flight = EndedFlight {
                track: *id,
                alert: open.alert.clone(),
                first_at: track.first_at,
                ended_at: track.last_at,
                at: station.airspace().lat_lon(last.at_m),
                said: said(&open.forecasts, last),
            };
            self.past.add(flight.clone());
            self.ended.push(flight);
            if let Some(ground) = &mut self.ground {
                ground.learn(self.past.ends_m(station.airspace()));
            }
        }
    }

    /// The flights that ended since the last call: they are to be kept, for [`Outlooks::new`] in a later life.
    #[must_use]
    pub fn take_ended(&mut self) -> Vec<EndedFlight> {
        std::mem::take(&mut self.ended)
    }

    /// The next question, where one is due and none is being answered. Its answer must be given back.
    pub fn question(&mut self, station: &Station, now: Timestamp) -> Option<Question> {
        let ground = self.ground.as_ref().filter(|_| !self.asked)?;
        let due = |(id, open): &(&TrackId, &Open)| {
            let lost = self.followed.get(id).is_some_and(|track| track.lost);
            let every = if lost { EVERY_LOST } else { EVERY };
            self.followed.get(id).is_some_and(|track| lasts_s(&track.moving()) >= TRACK_MIN_S)
                && open.asked_at.is_none_or(|asked| now.since(asked) >= every)
        };
        let ids: Vec<TrackId> = self.open.iter().filter(due).map(|(id, _)| *id).collect();
        let id = *ids.iter().find(|id| self.turn.is_none_or(|turn| **id > turn)).or(ids.first())?;
        let (open, track) = (self.open.get_mut(&id)?, self.followed.get(&id)?);
        open.asked_at = Some(now);
        (self.turn, self.asked) = (Some(id), true);
        let airspace = station.airspace();
        let drift = drift::of(&track.fixes, track.sigma_m, airspace, now, open.drift);
        let now_s = now.seconds_since(track.first_at).max(track.last_at.seconds_since(track.first_at));
        let (intruder, way, launched_s, reach_m) = if drift == Drift::WithWind {
            let burnt_out_s = [0.0, BURNS_S.max(now_s + BURNS_ON_S)];
            let wind_m_s = airspace.wind_m_s();
            let reach_m = (BURNS_S * (wind_m_s[0].hypot(wind_m_s[1]) + WIND_OFF_M_S)).max(REACH_M);
            (Intruder::Balloon { wind_m_s, burnt_out_s }, track.fixes.clone(), Some([-BURNS_S, 0.0]), reach_m)
        } else {
            // Nobody knows by which way it goes: one that is said to go straight, and does not, misleads.
            (Intruder::Dogleg, track.moving(), None, REACH_M)
        };
        Some(Question {
            track: id,
            asked_at: now,
            watch: Arc::clone(&ground.watch),
            cue: Cue { intruder, flown: None, now_s, track: way, sigma_m: track.sigma_m, dwell_s: DWELL_S },
            drift,
            launched_s,
            grid: grid(airspace, open.begun_m, reach_m),
            elsewhere: ground.elsewhere,
            searchers: searchers(station, now),
            launch_sites: Arc::clone(&ground.launch_sites),
            before: open.plan.clone(),
        })
    }

    /// Takes an answer. True where something is to be told anew.
    pub fn take(&mut self, station: &Station, answer: Answer) -> bool {
        self.asked = false;
        let Answer { track: id, asked_at, drift, searchers, found } = answer;
        let (Some(ground), Ok(found)) = (&self.ground, found) else { return false };
        let (Some(open), Some(track)) = (self.open.get_mut(&id), self.followed.get(&id)) else { return false };
        let Found { plan, landing, launch } = found;
        let now_s = asked_at.seconds_since(track.first_at);
        if open.forecasts.last().is_none_or(|last| now_s - last.at_s >= FORECAST_EVERY_S)
            && open.forecasts.len() < FORECASTS_MAX
        {
            open.forecasts.push(Forecast { at_s: now_s, areas: plan.areas.clone() });
        }
        let names = words::Names { ground, searchers: &searchers, airspace: station.airspace() };
        let outlook = words::outlook(
            &names,
            &plan,
            open.plan.as_deref(),
            words::About {
                track: id,
                alert: open.alert.clone(),
                asked_at,
                seen_at: track.last_at,
                lost: track.lost,
                drift: [open.drift, drift],
                // What was told last stays until something else changes.
                changes: open.outlook.as_ref().map(|(_, outlook)| outlook.changes.clone()).unwrap_or_default(),
            },
        );
        open.drift = drift;
        let mut news = false;
        if open.outlook.as_ref().is_none_or(|(_, told)| *told != outlook) {
            self.revision += 1;
            open.outlook = Some((self.revision, outlook));
            news = true;
        }
        if open.told.as_ref().is_none_or(|told| moved(told, &plan.map) >= MOVED) {
            self.revision += 1;
            open.maps = Some((self.revision, words::maps(station.airspace(), id, &landing, &launch, &plan)));
            open.told = Some(plan.map.clone());
            news = true;
        }
        open.plan = Some(plan);
        news
    }

    /// Nobody answers the question that was given out.
    pub fn unanswered(&mut self) {
        self.asked = false;
    }

    /// The tracks that have an outlook, and the outlooks, each with the number of its last change.
    pub fn told(&self) -> impl Iterator<Item = (TrackId, u64, &Outlook)> {
        self.open.iter().filter_map(|(id, open)| open.outlook.as_ref().map(|(at, outlook)| (*id, *at, outlook)))
    }

    /// The maps, each with the number of its last change.
    pub fn maps(&self) -> impl Iterator<Item = (TrackId, u64, &Maps)> {
        self.open.iter().filter_map(|(id, open)| open.maps.as_ref().map(|(at, maps)| (*id, *at, maps)))
    }

    /// How good forecasts were of flights that were followed to their end, and how many those were.
    #[must_use]
    pub fn calibration(&self) -> (&Reliability, usize) {
        (self.past.reliability(), self.past.flights().len())
    }
}

/// What was said of a flight's end, early enough, and whether it came true.
fn said(forecasts: &[Forecast], end: &Fix) -> Vec<Said> {
    let early = forecasts.iter().filter(|forecast| end.at_s - forecast.at_s >= FORECAST_AHEAD_S);
    let said = |area: &planning::intercept::Area| {
        let off_m = (area.at_m[0] - end.at_m[0]).hypot(area.at_m[1] - end.at_m[1]);
        Said { probability: area.probability, came_true: off_m <= area.radius_m }
    };
    early.flat_map(|forecast| forecast.areas.iter().map(said)).collect()
}

/// How long a track is, s.
fn lasts_s(track: &[Fix]) -> f64 {
    track.first().zip(track.last()).map_or(0.0, |(first, last)| last.at_s - first.at_s)
}

impl Open {
    fn new(alert: AlertId, track: &Followed) -> Self {
        Self {
            alert,
            begun_m: track.fixes.last().map_or([0.0; 2], |fix| fix.at_m),
            drift: Drift::default(),
            asked_at: None,
            plan: None,
            told: None,
            outlook: None,
            maps: None,
            forecasts: Vec::new(),
        }
    }
}

/// The cells of a map: all of the site, and so far about a place.
fn grid(airspace: &Airspace, about_m: [f64; 2], reach_m: f64) -> Grid {
    let bounds = airspace.site().bounds;
    let corners = [bounds.south_west, bounds.north_east].map(|at| airspace.place_m(at));
    let low = [0, 1].map(|axis: usize| corners[0][axis].min(about_m[axis] - reach_m));
    let high = [0, 1].map(|axis: usize| corners[1][axis].max(about_m[axis] + reach_m));
    let cell_m = (high[0] - low[0]).max(high[1] - low[1]) / CELLS as f64;
    let cells = |axis: usize| ((high[axis] - low[axis]) / cell_m).ceil().max(1.0) as usize;
    Grid { south_west_m: low, cell_m, columns: cells(0), rows: cells(1) }
}

fn is_drone(sighting: &Sighting) -> bool {
    let likeliest = sighting.track.classification.likeliest();
    sighting.believed() && sighting.own.is_none() && likeliest == TargetClass::Drone
}

fn about_a_track(alert: &Alert) -> Option<(TrackId, &Alert)> {
    match alert.subject {
        Subject::Track(track) => Some((track, alert)),
        Subject::Vehicle(_) | Subject::Sensor(_) => None,
    }
}

/// Those of ours that could fly there and search, as they stand.
fn searchers(station: &Station, now: Timestamp) -> Vec<(VehicleId, Searcher)> {
    let wind_m_s = station.airspace().wind_m_s();
    let searcher = |vehicle: &Vehicle| {
        let performance = vehicle.performance().filter(|performance| performance.flies())?;
        let state = vehicle.state().filter(|state| state.failsafes.is_empty())?;
        let free = vehicle.connected(now) && !vehicle.going_down() && state.mode != FlightMode::Manual;
        let home_m = station.airspace().place_m(state.position.filter(|_| free)?.lat_lon());
        let reserve = vehicle.config().plan.as_ref().map_or(RESERVE, |plan| plan.message().battery_reserve);
        let left = f64::from(state.battery.remaining) - reserve;
        let endurance_s = ENDURANCE_SHARE * performance.endurance_s * left;
        let pace =
            Pace { airspeed_m_s: vehicle.config().cruise_m_s.max(1.0), climb_m_s: performance.climb_m_s, wind_m_s };
        let searcher = Searcher { home_m, pace, endurance_s, sweep_width_m: SWEEP_WIDTH_M, height_m: SEARCH_HEIGHT_M };
        (endurance_s >= 60.0).then(|| (vehicle.id().clone(), searcher))
    };
    station.fleet().vehicles().filter_map(searcher).take(planning::search::Request::MOST).collect()
}

/// The share of the probability that lies elsewhere in the other map: the total variation distance. All of it where the
/// cells are others.
fn moved(before: &Map, now: &Map) -> f64 {
    if before.grid != now.grid {
        return 1.0;
    }
    let cells = before.probabilities.iter().zip(&now.probabilities);
    (cells.map(|(was, is)| (was - is).abs()).sum::<f64>() + (before.beyond - now.beyond).abs()) / 2.0
}
