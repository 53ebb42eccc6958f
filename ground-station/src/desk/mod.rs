//! The planning desk: what a pilot asks for becomes a proposal, which a person may save as a plan.
//!
//! A request is read and checked at once; the search for a plan runs on a thread of its own, off the owner of the station,
//! told to stop by a budget of time or by a person. The best so far is shown while it runs, and cancelling keeps it.
//! A proposal is nothing yet: saving it is an act that the station judges.
//!
//! Bounds: [`RUNNING_MAX`] searches at once, more are refused; [`KEPT_MAX`] proposals, the oldest leaves; the limits of a
//! request stand in [`request`].

mod camera;
mod dive;
mod draw;
mod fence;
mod ground;
mod harbour;
mod replan;
pub mod request;
mod risk;
mod risk_map;
mod search;
mod sortie;
mod stakeout;
mod strips;
mod text;
mod vessel;
mod water;
mod zones;

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use missions::plan::Start;
use telemetry::messages::{FlightPhase, Geofence, VehicleKind};
use telemetry::{LatLon, OperatorId, Timestamp, TrackId, VehicleId};
use tokio::sync::Semaphore;

pub use self::camera::Pictures;
pub use self::dive::Dive;
pub use self::request::Request;
pub use self::risk::Risk;
pub use self::risk_map::{FactorShare, RiskPicture};
pub use self::sortie::{SortiePlan, sortie_plans};
pub use self::vessel::Vessel;
use crate::airspace::Airspace;
use crate::fleet::Stage;
use crate::night::Night;
use crate::preflight::{Flight, Report};
use crate::station::{Disturbed, Rest, Station, VehicleCamera, place_of_start, rest_of};

/// The most searches at once: this machine watches a border as well.
pub const RUNNING_MAX: usize = 1;
/// The most proposed nights kept.
pub const NIGHTS_MAX: usize = 8;
/// The most proposals kept.
pub const KEPT_MAX: usize = 32;

/// What a plan is made for, as it stood when it was asked for.
#[derive(Debug, Clone)]
pub struct Situation {
    /// When.
    pub now: Timestamp,
    /// What plans are checked against.
    pub airspace: Airspace,
    /// The vehicles.
    pub vehicles: BTreeMap<VehicleId, Standing>,
    /// What every vehicle flies or is to fly.
    pub flights: Vec<Flight>,
    /// The flights that are disturbed.
    pub disturbed: Vec<Disturbed>,
    /// The vessels of the picture that are not ours.
    pub vessels: BTreeMap<TrackId, Vessel>,
    /// The night that is scheduled, and who dropped out of it.
    pub schedule: Option<(Night, Vec<VehicleId>)>,
}

/// How a vehicle stands.
#[derive(Debug, Clone)]
pub struct Standing {
    /// Its name for people.
    pub name: String,
    /// What kind it is.
    pub kind: VehicleKind,
    /// How fast it goes where nothing else is said, m/s.
    pub cruise_m_s: f64,
    /// Where it takes off; nothing: not known.
    pub start: Option<Start>,
    /// Its camera, where the station's file names one.
    pub camera: Option<VehicleCamera>,
    /// The fence of the plan it has.
    pub fence: Option<Geofence>,
    /// What it still has to fly, where it flies a plan.
    pub rest: Option<Rest>,
    /// Whether it stands ready to take off.
    pub ready: bool,
}

impl Situation {
    /// What a station knows at `now`.
    #[must_use]
    pub fn of(now: Timestamp, station: &Station) -> Self {
        let standing = |vehicle: &crate::fleet::Vehicle| {
            let plan = vehicle.config().plan.as_ref();
            let standing = Standing {
                name: vehicle.name().to_owned(),
                kind: vehicle.kind(),
                cruise_m_s: vehicle.config().cruise_m_s,
                start: place_of_start(vehicle),
                camera: vehicle.config().camera,
                fence: plan.map(|plan| plan.message().geofence.clone()),
                rest: rest_of(station, vehicle),
                ready: ready(now, vehicle),
            };
            (vehicle.id().clone(), standing)
        };
        Self {
            now,
            airspace: station.airspace().clone(),
            vehicles: station.fleet().vehicles().map(standing).collect(),
            flights: station.all_flights(),
            disturbed: station.disturbed().to_vec(),
            vessels: station.picture().sightings().filter_map(Vessel::of).collect(),
            schedule: station.schedule().map(|(accepted, out)| (accepted.night.clone(), out.to_vec())),
        }
    }

    /// Where the air goes by the weather that was last reported, m/s east and north.
    fn wind_m_s(&self) -> [f64; 2] {
        self.airspace.wind_m_s()
    }
}

/// Whether a vehicle stands ready: heard, at rest, nothing wrong with it, no plan that waits for its time.
fn ready(now: Timestamp, vehicle: &crate::fleet::Vehicle) -> bool {
    let waits = matches!(vehicle.dispatch().stage(), Stage::Waiting | Stage::Planning | Stage::Starting | Stage::Held);
    let rests = vehicle.state().is_some_and(|state| state.phase == FlightPhase::Disarmed && state.failsafes.is_empty());
    vehicle.connected(now) && rests && !waits
}

/// How a proposal stands.
#[derive(Debug, Clone, PartialEq)]
pub enum State {
    /// It is being searched for.
    Searching,
    /// This is it.
    Done,
    /// There is none, and why.
    Failed(String),
}

/// A proposal.
#[derive(Debug, Clone)]
pub struct Proposal {
    /// Its number.
    pub number: u64,
    /// Who asked for it.
    pub by: OperatorId,
    /// How it stands.
    pub state: State,
    /// Whether a person stopped the search.
    pub cancelled: bool,
    /// How much of the time is spent, 0 to 1.
    pub progress: f64,
    /// The best so far, in words.
    pub summary: String,
    /// The ways of the best so far, one a vehicle.
    pub ways: Vec<Vec<LatLon>>,
    /// The plans, once it is done.
    pub plans: Vec<Proposed>,
    /// The map of risk that they follow, where it is one.
    pub risk: Option<RiskPicture>,
}

/// What a search found.
#[derive(Debug, Clone, PartialEq)]
struct Found {
    summary: String,
    plans: Vec<Proposed>,
    risk: Option<RiskPicture>,
}

/// A plan of a proposal.
#[derive(Debug, Clone, PartialEq)]
pub struct Proposed {
    /// For which vehicle.
    pub vehicle: VehicleId,
    /// Its name for people.
    pub name: String,
    /// The text of its file.
    pub text: String,
    /// It is to leave so long after the request's begin, s.
    pub leaves_s: f64,
    /// Where it leads: place and metres above mean sea level.
    pub way: Vec<(LatLon, f64)>,
    /// What the pre-flight check says of it.
    pub report: Report,
}

/// The desk.
#[derive(Debug)]
pub struct Desk {
    kept: Mutex<Kept>,
    running: Arc<Semaphore>,
}

#[derive(Debug, Default)]
struct Kept {
    last: u64,
    nights: VecDeque<(u64, Arc<Night>)>,
    proposals: VecDeque<(Proposal, Arc<AtomicBool>)>,
}

impl Default for Desk {
    fn default() -> Self {
        Self { kept: Mutex::default(), running: Arc::new(Semaphore::new(RUNNING_MAX)) }
    }
}

/// Searches here and now, without a desk: gives what was found in words, and the plans.
///
/// # Errors
/// What is wrong with the request, or why there is no plan.
pub fn answer(request: &Request, situation: &Situation, stop: &AtomicBool) -> Result<(String, Vec<Proposed>), String> {
    request.check(situation)?;
    let found = search::search(request, situation, 1, stop, &|_, _| {})?;
    Ok((found.summary, found.plans))
}

impl Desk {
    /// Begins a search; gives the proposal's number.
    ///
    /// # Errors
    /// What is wrong with the request, or that too much is being searched for already.
    pub fn propose(self: &Arc<Self>, by: OperatorId, request: Request, situation: Situation) -> Result<u64, String> {
        request.check(&situation)?;
        self.begin(by, move |number, stop, told| search::search(&request, &situation, number, stop, told))
    }

    /// Begins to look for what to change for a disturbed flight; gives the proposal's number.
    ///
    /// # Errors
    /// When the flight is not disturbed any more, or too much is being searched for already.
    pub fn replan(self: &Arc<Self>, by: OperatorId, vehicle: &VehicleId, situation: Situation) -> Result<u64, String> {
        let disturbed = situation.disturbed.iter().find(|disturbed| disturbed.vehicle == *vehicle).cloned();
        let disturbed = disturbed.ok_or_else(|| format!("nothing disturbs a flight of {vehicle} any more"))?;
        self.begin(by, move |number, stop, told| replan::replan(&disturbed, &situation, number, stop, told))
    }

    /// Runs a search on a thread of its own.
    fn begin<F>(self: &Arc<Self>, by: OperatorId, search: F) -> Result<u64, String>
    where
        F: FnOnce(u64, &AtomicBool, search::Told<'_>) -> Result<Found, String> + Send + 'static,
    {
        let place = Arc::clone(&self.running).try_acquire_owned();
        let place = place.map_err(|_| "another plan is being searched for: wait for it, or stop it".to_owned())?;
        let (number, stop) = self.enter(by);
        let desk = Arc::clone(self);
        tokio::task::spawn_blocking(move || {
            let outcome = search(number, &stop, &|progress, best| {
                desk.change(number, |proposal| {
                    proposal.progress = progress;
                    if let Some((summary, ways)) = best {
                        (proposal.summary, proposal.ways) = (summary, ways);
                    }
                });
            });
            let cancelled = stop.load(Ordering::Relaxed);
            desk.change(number, |proposal| {
                (proposal.progress, proposal.cancelled) = (1.0, cancelled);
                match outcome {
                    Ok(Found { summary, plans, risk }) => {
                        (proposal.state, proposal.summary) = (State::Done, summary);
                        (proposal.plans, proposal.risk) = (plans, risk);
                    }
                    Err(why) => proposal.state = State::Failed(why),
                }
            });
            drop(place);
        });
        Ok(number)
    }

    /// A proposal as it stands.
    #[must_use]
    pub fn proposal(&self, number: u64) -> Option<Proposal> {
        let kept = self.lock();
        kept.proposals.iter().find(|(proposal, _)| proposal.number == number).map(|(proposal, _)| proposal.clone())
    }

    /// Stops a search; what was found so far is kept. False when there is no such proposal.
    pub fn cancel(&self, number: u64) -> bool {
        let kept = self.lock();
        let found = kept.proposals.iter().find(|(proposal, _)| proposal.number == number);
        if let Some((_, stop)) = found {
            stop.store(true, Ordering::Relaxed);
        }
        found.is_some()
    }

    /// The text of a proposal's plan for a vehicle.
    ///
    /// # Errors
    /// When there is none.
    pub fn text(&self, number: u64, vehicle: &VehicleId) -> Result<String, String> {
        let proposal = self.proposal(number).ok_or_else(|| format!("there is no proposal {number} any more"))?;
        let of_vehicle = proposal.plans.into_iter().find(|plan| plan.vehicle == *vehicle);
        of_vehicle.map(|plan| plan.text).ok_or_else(|| format!("proposal {number} has no plan for {vehicle}"))
    }

    /// Works out a night on a thread of its own; gives its number and the night.
    ///
    /// # Errors
    /// What is wrong with what was asked, or that something else is being searched for.
    pub async fn schedule<F>(self: &Arc<Self>, work: F) -> Result<(u64, Arc<Night>), String>
    where
        F: FnOnce() -> Result<Night, String> + Send + 'static,
    {
        let place = Arc::clone(&self.running).try_acquire_owned();
        let place = place.map_err(|_| "a plan is being searched for: wait for it, or stop it".to_owned())?;
        let worked = tokio::task::spawn_blocking(move || {
            let night = work();
            drop(place);
            night
        });
        let night = Arc::new(worked.await.map_err(|_| "the schedule could not be worked out".to_owned())??);
        let mut kept = self.lock();
        kept.last += 1;
        let number = kept.last;
        if kept.nights.len() >= NIGHTS_MAX {
            kept.nights.pop_front();
        }
        kept.nights.push_back((number, Arc::clone(&night)));
        Ok((number, night))
    }

    /// A proposed night.
    #[must_use]
    pub fn night(&self, number: u64) -> Option<Arc<Night>> {
        self.lock().nights.iter().find(|(known, _)| *known == number).map(|(_, night)| Arc::clone(night))
    }

    fn enter(&self, by: OperatorId) -> (u64, Arc<AtomicBool>) {
        let mut kept = self.lock();
        kept.last += 1;
        let (number, stop) = (kept.last, Arc::new(AtomicBool::new(false)));
        if kept.proposals.len() >= KEPT_MAX {
            kept.proposals.pop_front();
        }
        let proposal = Proposal {
            number,
            by,
            state: State::Searching,
            cancelled: false,
            progress: 0.0,
            summary: String::new(),
            ways: Vec::new(),
            plans: Vec::new(),
            risk: None,
        };
        kept.proposals.push_back((proposal, Arc::clone(&stop)));
        (number, stop)
    }

    fn change(&self, number: u64, change: impl FnOnce(&mut Proposal)) {
        let mut kept = self.lock();
        if let Some((proposal, _)) = kept.proposals.iter_mut().find(|(proposal, _)| proposal.number == number) {
            change(proposal);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        // A panic while it was held leaves proposals that are still such.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
