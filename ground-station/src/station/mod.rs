//! The station: the one owner of fleet, picture, alerts, cues and commands. It decides and does no I/O.
//!
//! *Tick*: the station has one deadline, the next whole second of UTC. At each tick it looks at the picture, runs the
//! alert rules, proposes cues, sends again what was not answered, publishes the tracks and gives its beat. Inputs
//! between ticks change the picture at once; an operator's action takes effect at once.
//!
//! [`Station::handle`] and [`Station::advance`] first run every tick that is due, at its nominal time. So the sequence
//! of (time, input) determines every output; how often a shell calls [`Station::advance`] does not. Time that goes
//! backwards is held at the latest seen.
//!
//! Bounds: alerts and cues in memory as [`crate::alerts`] and [`crate::cues`] say, tracks as the tracker says, all else
//! by vehicle of the configuration. The outputs wait in a queue that a shell empties after each call; one call adds at
//! most a few for each track and vehicle and tick.
//!
//! What it never does: move a vehicle without a person's name on the command.

mod act;
mod checks;
mod config;
mod disturbance;
mod intake;
mod planning;
mod record;
mod restored;
mod sorties;
mod tick;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use telemetry::delivery::Inbox;
use telemetry::messages::{Alert, CommandRequest, Cue, Message, OperatorAction};
use telemetry::{CommandId, OperatorId, PlanId, Timestamp, TrackId, VehicleId};

pub use config::{FleetVehicle, Operator, Role, RuleConfig, SharingConfig, StationConfig, VehicleCamera};
pub use disturbance::{Disturbance, Disturbed, Rest, rest_of};
pub use planning::place_of_start;
pub use record::{PlanningItem, PlanningRecord, Record};
pub use restored::{Numbers, Restored};
pub use sorties::{MADE_WITHIN, SortiesDue, SortiesPlanned};

use crate::airspace::Airspace;
use crate::alerts::{AlertBook, Rules};
use crate::commands::CommandBook;
use crate::cues::Cues;
use crate::fleet::Fleet;
use crate::night::Accepted;
use crate::picture::Picture;
use crate::plans::Plans;
use crate::preflight::Report;

/// The time from one tick to the next.
pub const TICK: Duration = Duration::from_secs(1);

/// What comes in.
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "inputs are handled one by one and never kept")]
pub enum Input {
    /// From the bus: a vehicle's state, journal entry or answer, a sensor's scan, a neighbour's track. Others are ignored
    /// and counted.
    Message(Message),
    /// From the console.
    Operator(OperatorAction),
    /// Nobody answered a request in time. Counted, no more: the station sends a command again by its own clock, so
    /// that a recording, which does not hold these, replays to the same outputs.
    CommandUnanswered(CommandId),
}

/// What goes out, in this order: what follows a [`Output::Store`] must not leave before that is on disk, tracks,
/// registrations and the beat excepted.
#[derive(Debug, Clone, PartialEq)]
pub enum Output {
    /// To the bus: a track, a registration, an alert, a cue, the beat, a journal's acknowledgement, an operator's
    /// action.
    Publish(Message),
    /// To a vehicle, which answers with an [`Message::Ack`].
    Request(CommandRequest),
    /// To disk.
    Store(Record),
    /// Back to the person: it was not done.
    Refuse {
        /// What was asked.
        action: OperatorAction,
        /// Why not, in words.
        why: String,
    },
}

/// What was counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Scans given to the tracker.
    pub scans: u64,
    /// Tracks of neighbours taken.
    pub shared_tracks: u64,
    /// Tracks of neighbours refused.
    pub shared_tracks_refused: u64,
    /// Vehicle states taken.
    pub vehicle_states: u64,
    /// Journal entries taken for the first time.
    pub journal_new: u64,
    /// Journal entries that were known.
    pub journal_duplicate: u64,
    /// Journal entries too far beyond a gap.
    pub journal_ahead: u64,
    /// Journal entries of a newer vehicle that could be stored but not read.
    pub journal_unreadable: u64,
    /// Messages of vehicles or sensors that are not in the configuration, or that a station does not take.
    pub ignored: u64,
    /// Alerts raised here or taken from vehicles.
    pub alerts: u64,
    /// Operator actions done.
    pub actions: u64,
    /// Operator actions refused.
    pub actions_refused: u64,
    /// Requests that nobody answered in time.
    pub unanswered: u64,
    /// What an earlier life had stored about plans and the air and that is not accepted any more.
    pub planning_left_out: u64,
}

/// The station.
#[derive(Debug)]
pub struct Station {
    config: StationConfig,
    now: Timestamp,
    next_tick: Timestamp,
    inbox: Inbox,
    fleet: Fleet,
    picture: Picture,
    rules: Rules,
    alerts: AlertBook,
    cues: Cues,
    commands: CommandBook,
    /// Who could not take the word to go on because they gave way, and in whose name it was.
    gave_way: BTreeMap<VehicleId, OperatorId>,
    airspace: Airspace,
    plans: Plans,
    /// What the pre-flight check last said of each plan that is saved or waits for its time.
    reports: BTreeMap<(VehicleId, PlanId), Report>,
    /// Whether all reports are to be brought up to date.
    reports_due: bool,
    /// Whose report was brought up to date last.
    report_turn: Option<(VehicleId, PlanId)>,
    /// Flights that have begun and are disturbed.
    disturbed: Vec<Disturbed>,
    /// The night that a person accepted, and who dropped out of it.
    schedule: Option<Accepted>,
    schedule_out: Vec<VehicleId>,
    /// The names of the plans of its sorties that were listed.
    sorties_listed: BTreeSet<String>,
    /// Sorties that are due and have no plan: when that was last tried, and why not, in words.
    sorties_without: BTreeMap<String, (Timestamp, String)>,
    schedule_revision: u64,
    /// Sorties whose plans were asked for, and the plans once they were handed over.
    sorties_due: Option<Arc<SortiesDue>>,
    sorties_planned: Option<SortiesPlanned>,
    /// Counts the changes that a console must be told of.
    planning_revision: u64,
    /// The last number given to an area or a declared flight.
    numbers_given: u64,
    /// The tracks on the bus, which will need a last word.
    published: BTreeSet<TrackId>,
    outputs: VecDeque<Output>,
    counts: Counts,
}

impl Station {
    /// A station that begins at `now`, with what the store remembers.
    #[must_use]
    pub fn new(config: StationConfig, restored: Restored, now: Timestamp) -> Self {
        let Restored { alerts, cues, inbox, dispatched, planning, numbers } = restored;
        let mut station = Self {
            now,
            next_tick: first_tick(now),
            inbox: Inbox::restored(inbox),
            fleet: Fleet::new(&config.fleet, &dispatched),
            picture: Picture::new(&config, &numbers),
            rules: Rules::new(&config),
            alerts: AlertBook::new(&config.site.id, numbers.alert, alerts),
            cues: Cues::new(&config, numbers.cue),
            commands: CommandBook::new(&config.site.id, numbers.command),
            gave_way: BTreeMap::new(),
            airspace: Airspace::new(&config.site, &config.zones, &config.limits).over(config.terrain.clone()),
            plans: Plans::default(),
            reports: BTreeMap::new(),
            reports_due: true,
            report_turn: None,
            disturbed: Vec::new(),
            schedule: None,
            schedule_out: Vec::new(),
            sorties_listed: BTreeSet::new(),
            sorties_without: BTreeMap::new(),
            schedule_revision: 0,
            sorties_due: None,
            sorties_planned: None,
            planning_revision: 0,
            numbers_given: numbers.planning,
            published: BTreeSet::new(),
            outputs: VecDeque::new(),
            counts: Counts::default(),
            config,
        };
        station.take_up_planning(planning, &dispatched);
        station.end_cues_of_an_earlier_life(cues);
        station
    }

    /// Takes an input at `now`, after every tick that is due.
    pub fn handle(&mut self, now: Timestamp, input: Input) {
        self.advance(now);
        match input {
            Input::Message(message) => self.take_message(message),
            Input::Operator(action) => self.act(action),
            Input::CommandUnanswered(_) => self.counts.unanswered += 1,
        }
    }

    /// Runs every tick up to and with `now`, each at its nominal time.
    pub fn advance(&mut self, now: Timestamp) {
        while self.next_tick <= now {
            self.now = self.next_tick;
            self.next_tick = self.next_tick + TICK;
            self.tick();
        }
        self.now = self.now.max(now);
    }

    /// The next thing to do for the shell.
    pub fn next_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// When [`Station::advance`] has something to do next.
    #[must_use]
    pub fn next_deadline(&self) -> Timestamp {
        self.next_tick
    }

    /// What is believed to be out there.
    #[must_use]
    pub fn picture(&self) -> &Picture {
        &self.picture
    }

    /// Our own vehicles.
    #[must_use]
    pub fn fleet(&self) -> &Fleet {
        &self.fleet
    }

    /// The alerts in memory.
    #[must_use]
    pub fn alerts(&self) -> &AlertBook {
        &self.alerts
    }

    /// The cues in memory.
    #[must_use]
    pub fn cues(&self) -> &Cues {
        &self.cues
    }

    /// What plans are checked against.
    #[must_use]
    pub fn airspace(&self) -> &Airspace {
        &self.airspace
    }

    /// The plans that people saved, and what supervisors overrode.
    #[must_use]
    pub fn plans(&self) -> &Plans {
        &self.plans
    }

    /// What the pre-flight check last said, by vehicle and plan.
    #[must_use]
    pub fn reports(&self) -> &BTreeMap<(VehicleId, PlanId), Report> {
        &self.reports
    }

    /// Counts the changes about plans and the air.
    #[must_use]
    pub fn planning_revision(&self) -> u64 {
        self.planning_revision
    }

    /// What the station was told before it began.
    #[must_use]
    pub fn config(&self) -> &StationConfig {
        &self.config
    }

    /// What was counted.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.counts
    }

    fn put_alert(&mut self, alert: Alert) {
        self.outputs.push_back(Output::Store(Record::Alert(alert.clone())));
        self.outputs.push_back(Output::Publish(Message::Alert(alert)));
    }

    fn put_cue(&mut self, cue: Cue) {
        self.outputs.push_back(Output::Store(Record::Cue(cue.clone())));
        self.outputs.push_back(Output::Publish(Message::Cue(cue)));
    }

    fn put_command(&mut self, request: CommandRequest) {
        self.outputs.push_back(Output::Store(Record::Command(request.clone())));
        self.outputs.push_back(Output::Request(request));
    }
}

/// The first whole second at or after `now`.
fn first_tick(now: Timestamp) -> Timestamp {
    let tick_ns = TICK.as_nanos() as i64;
    let past_ns = now.unix_nanos().rem_euclid(tick_ns);
    if past_ns == 0 { now } else { Timestamp::from_unix_nanos(now.unix_nanos().saturating_add(tick_ns - past_ns)) }
}
