//! The one table of what travels on the bus: key, message, rate, delivery, who may publish it, what is recorded.
//!
//! A [`Topic`] is a typed key. On the bus it reads `picket/{site}/` followed by the pattern of its row in [`TOPICS`]
//! with the braces filled in. Nothing outside this file spells a key.
//!
//! The table says what a slow reader gets: of a topic whose delivery is [`Delivery::NewestWins`] at most
//! [`TopicRule::waiting_max`] samples a key wait, and a newer one displaces the oldest; of [`Delivery::NeverLose`]
//! the newest is refused, because its sender keeps it and sends it again.

use std::fmt;

use thiserror::Error;

use crate::ids::{AlertId, CueId, InvalidId, OperatorId, SensorId, SiteId, StationId, TrackId, VehicleId};

/// The first word of every key.
const ROOT: &str = "picket";

/// Where a message stands on the bus, without the site.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Topic {
    /// The state of one of our vehicles.
    VehicleState(VehicleId),
    /// A vehicle's journal: what must never be lost.
    Journal(VehicleId),
    /// The station's acknowledgement of a journal.
    JournalAck(VehicleId),
    /// Commands to a vehicle.
    Command(VehicleId),
    /// A vehicle's answers to commands.
    Ack(VehicleId),
    /// A sensor's scans.
    Scan(SensorId),
    /// How far a sensor is off.
    Registration(SensorId),
    /// A camera's live video.
    Video(SensorId),
    /// What a camera kept of alerts.
    Evidence(SensorId),
    /// The room's requests for it.
    EvidenceRequest(SensorId),
    /// The camera's answers.
    EvidenceReply(SensorId),
    /// A track.
    Track(TrackId),
    /// A track that a station made from its own sensors alone, for its neighbours.
    SharedTrack(StationId, TrackId),
    /// An alert.
    Alert(AlertId),
    /// A cue.
    Cue(CueId),
    /// What a person did.
    OperatorAction(OperatorId),
    /// The station's beat.
    StationBeat,
}

/// What carries a camera that can be looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Carrier {
    /// It stands still.
    Mast,
    /// One of our vehicles, whose radio link carries the video.
    Vehicle,
}

impl Carrier {
    fn word(self) -> &'static str {
        match self {
            Self::Mast => "mast",
            Self::Vehicle => "vehicle",
        }
    }
}

/// The key under which a camera that can send live video is on the bus, as a token without content.
pub(crate) fn on_offer(site: &SiteId, carrier: Carrier, camera: &str) -> String {
    format!("{ROOT}/{site}/live/{}/{camera}", carrier.word())
}

/// The camera of such a key, if it is one.
pub(crate) fn offered(site: &SiteId, key: &str) -> Option<(Carrier, SensorId)> {
    [Carrier::Mast, Carrier::Vehicle].into_iter().find_map(|carrier| {
        let camera = key.strip_prefix(&on_offer(site, carrier, ""))?;
        Some((carrier, SensorId::new(camera).ok()?))
    })
}

/// The programs on the bus.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Program {
    /// The operations room, `picket`.
    Station,
    /// The companion computer, `picket-onboard`.
    Onboard,
    /// One ground sensor or feed, `picket-sensor`.
    Sensor,
    /// The simulator, `picket-sim`, which stands for vehicles and sensors.
    Simulator,
}

/// What happens to a message that cannot be delivered at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// A newer sample takes its place.
    NewestWins,
    /// The sender keeps it until it is acknowledged and sends it again.
    NeverLose,
    /// It is answered or the asker is told that nobody answered.
    RequestReply,
}

/// The rows of [`TOPICS`], in its order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Row {
    VehicleState,
    Journal,
    JournalAck,
    Command,
    Ack,
    Scan,
    Registration,
    Video,
    Evidence,
    EvidenceRequest,
    EvidenceReply,
    Track,
    SharedTrack,
    Alert,
    Cue,
    OperatorAction,
    StationBeat,
}

impl Row {
    pub(crate) const ALL: [Self; TOPICS.len()] = [
        Self::VehicleState,
        Self::Journal,
        Self::JournalAck,
        Self::Command,
        Self::Ack,
        Self::Scan,
        Self::Registration,
        Self::Video,
        Self::Evidence,
        Self::EvidenceRequest,
        Self::EvidenceReply,
        Self::Track,
        Self::SharedTrack,
        Self::Alert,
        Self::Cue,
        Self::OperatorAction,
        Self::StationBeat,
    ];

    pub(crate) fn rule(self) -> &'static TopicRule {
        &TOPICS[self as usize]
    }
}

/// One row of the table.
#[derive(Debug)]
pub struct TopicRule {
    /// The key after `picket/{site}/`; braces hold the name of a thing.
    pub pattern: &'static str,
    /// The message that travels there, as recordings name it.
    pub message: &'static str,
    /// How often, in words.
    pub rate: &'static str,
    /// What happens when it cannot be delivered at once.
    pub delivery: Delivery,
    /// How many samples of one key wait for a slow reader before one of them gives way.
    pub waiting_max: usize,
    /// Whether it goes into recordings.
    pub recorded: bool,
    /// Who may publish it.
    pub publishers: &'static [Program],
}

const VEHICLES: &[Program] = &[Program::Onboard, Program::Simulator];
const SENSORS: &[Program] = &[Program::Sensor, Program::Simulator];
/// Of a vehicle's camera its `picket-onboard` carries video and evidence: the camera's own program is on no bus.
const CAMERAS: &[Program] = &[Program::Sensor, Program::Onboard, Program::Simulator];
const STATION: &[Program] = &[Program::Station];

/// The table. Scans and acks are events rather than states, so a few of a key may wait; so are a person's actions.
/// Alerts are never lost by the journal of the vehicle and the store of the station; the alert topic carries the
/// newest state of each, under a key of its own. Frames of video wait about a second: the stream is whole again with the
/// next key frame after a loss. Evidence is never lost by its camera, which keeps it until the room says that it has it;
/// recordings leave it out, for the room keeps it in files of its own.
#[rustfmt::skip]
pub static TOPICS: [TopicRule; 17] = [
    TopicRule { pattern: "vehicle/{vehicle}/state", message: "VehicleState", rate: "5 Hz a vehicle",
        delivery: Delivery::NewestWins, waiting_max: 1, recorded: true, publishers: VEHICLES },
    TopicRule { pattern: "vehicle/{vehicle}/journal", message: "JournalEntry", rate: "when something happens",
        delivery: Delivery::NeverLose, waiting_max: 64, recorded: true, publishers: VEHICLES },
    TopicRule { pattern: "vehicle/{vehicle}/journal-ack", message: "JournalAck", rate: "once a journal entry",
        delivery: Delivery::NewestWins, waiting_max: 1, recorded: true, publishers: STATION },
    TopicRule { pattern: "vehicle/{vehicle}/command", message: "CommandRequest", rate: "when a person or a plan says",
        delivery: Delivery::RequestReply, waiting_max: 16, recorded: true, publishers: STATION },
    TopicRule { pattern: "vehicle/{vehicle}/ack", message: "Ack", rate: "two a command",
        delivery: Delivery::NewestWins, waiting_max: 64, recorded: true, publishers: VEHICLES },
    TopicRule { pattern: "sensor/{sensor}/scan", message: "SensorScan", rate: "once a look: 0.2 to 30 Hz",
        delivery: Delivery::NewestWins, waiting_max: 256, recorded: true, publishers: SENSORS },
    TopicRule { pattern: "sensor/{sensor}/registration", message: "Registration", rate: "every 10 s a sensor",
        delivery: Delivery::NewestWins, waiting_max: 1, recorded: true, publishers: STATION },
    TopicRule { pattern: "sensor/{sensor}/video", message: "VideoFragment", rate: "once a frame, while somebody looks",
        delivery: Delivery::NewestWins, waiting_max: 32, recorded: false, publishers: CAMERAS },
    TopicRule { pattern: "sensor/{sensor}/evidence", message: "EvidenceNotice", rate: "after an alert, until the room has it",
        delivery: Delivery::NeverLose, waiting_max: 64, recorded: false, publishers: CAMERAS },
    TopicRule { pattern: "sensor/{sensor}/evidence-request", message: "EvidenceRequest", rate: "a piece at a time",
        delivery: Delivery::RequestReply, waiting_max: 4, recorded: false, publishers: STATION },
    TopicRule { pattern: "sensor/{sensor}/evidence-reply", message: "EvidenceReply", rate: "once a request",
        delivery: Delivery::RequestReply, waiting_max: 4, recorded: false, publishers: CAMERAS },
    TopicRule { pattern: "track/{track}", message: "Track", rate: "1 Hz a track, and when it changes",
        delivery: Delivery::NewestWins, waiting_max: 1, recorded: true, publishers: STATION },
    TopicRule { pattern: "station/{station}/track/{track}", message: "SharedTrack", rate: "1 Hz a track of one's own",
        delivery: Delivery::NewestWins, waiting_max: 1, recorded: true, publishers: STATION },
    TopicRule { pattern: "alert/{alert}", message: "Alert", rate: "when it changes",
        delivery: Delivery::NewestWins, waiting_max: 1, recorded: true, publishers: STATION },
    TopicRule { pattern: "cue/{cue}", message: "Cue", rate: "when it changes",
        delivery: Delivery::NewestWins, waiting_max: 1, recorded: true, publishers: STATION },
    TopicRule { pattern: "operator/{operator}/action", message: "OperatorAction", rate: "when a person acts",
        delivery: Delivery::NewestWins, waiting_max: 64, recorded: true, publishers: STATION },
    TopicRule { pattern: "station/beat", message: "StationBeat", rate: "1 Hz",
        delivery: Delivery::NewestWins, waiting_max: 1, recorded: true, publishers: STATION },
];

/// A key that names no topic of this site.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TopicError {
    /// Not below `picket/{site}/`, or below it but in no row of the table.
    #[error("{key:?} is no topic of site {site}")]
    Unknown {
        /// What was found, cut to a length that fits a log line.
        key: String,
        /// The site asked for.
        site: SiteId,
    },
    /// The row is known, the name in it is not allowed.
    #[error(transparent)]
    InvalidName(#[from] InvalidId),
}

impl Topic {
    /// The key on the bus, `picket/{site}/…`.
    #[must_use]
    pub fn key(&self, site: &SiteId) -> String {
        filled(self.rule().pattern, site, &self.names())
    }

    /// The topic a key names.
    ///
    /// # Errors
    /// [`TopicError`] when the key belongs to another site, to no row of the table, or holds a name that is not
    /// allowed. Every text is safe to pass.
    pub fn parse(site: &SiteId, key: &str) -> Result<Self, TopicError> {
        let unknown = || TopicError::Unknown { key: key.chars().take(80).collect(), site: site.clone() };
        let rest = key
            .strip_prefix(ROOT)
            .and_then(|rest| rest.strip_prefix('/')?.strip_prefix(site.as_str())?.strip_prefix('/'))
            .ok_or_else(unknown)?;
        let (row, names) = Row::ALL
            .into_iter()
            .find_map(|row| names_in(row.rule().pattern, rest).map(|names| (row, names)))
            .ok_or_else(unknown)?;
        let (name, second) = (names[0], names[1]);
        Ok(match row {
            Row::VehicleState => Self::VehicleState(VehicleId::new(name)?),
            Row::Journal => Self::Journal(VehicleId::new(name)?),
            Row::JournalAck => Self::JournalAck(VehicleId::new(name)?),
            Row::Command => Self::Command(VehicleId::new(name)?),
            Row::Ack => Self::Ack(VehicleId::new(name)?),
            Row::Scan => Self::Scan(SensorId::new(name)?),
            Row::Registration => Self::Registration(SensorId::new(name)?),
            Row::Video => Self::Video(SensorId::new(name)?),
            Row::Evidence => Self::Evidence(SensorId::new(name)?),
            Row::EvidenceRequest => Self::EvidenceRequest(SensorId::new(name)?),
            Row::EvidenceReply => Self::EvidenceReply(SensorId::new(name)?),
            Row::Track => Self::Track(track_number(name).ok_or_else(unknown)?),
            Row::SharedTrack => Self::SharedTrack(StationId::new(name)?, track_number(second).ok_or_else(unknown)?),
            Row::Alert => Self::Alert(AlertId::new(name)?),
            Row::Cue => Self::Cue(CueId::new(name)?),
            Row::OperatorAction => Self::OperatorAction(OperatorId::new(name)?),
            Row::StationBeat => Self::StationBeat,
        })
    }

    /// The key of every shared track of one station, as a subscription asks for it.
    pub(crate) fn every_shared_track(site: &SiteId, station: &StationId) -> String {
        filled(Row::SharedTrack.rule().pattern, site, &[station.to_string(), "*".to_owned()])
    }

    /// The row of the table.
    #[must_use]
    pub fn rule(&self) -> &'static TopicRule {
        self.row().rule()
    }

    pub(crate) fn row(&self) -> Row {
        match self {
            Self::VehicleState(_) => Row::VehicleState,
            Self::Journal(_) => Row::Journal,
            Self::JournalAck(_) => Row::JournalAck,
            Self::Command(_) => Row::Command,
            Self::Ack(_) => Row::Ack,
            Self::Scan(_) => Row::Scan,
            Self::Registration(_) => Row::Registration,
            Self::Video(_) => Row::Video,
            Self::Evidence(_) => Row::Evidence,
            Self::EvidenceRequest(_) => Row::EvidenceRequest,
            Self::EvidenceReply(_) => Row::EvidenceReply,
            Self::Track(_) => Row::Track,
            Self::SharedTrack(..) => Row::SharedTrack,
            Self::Alert(_) => Row::Alert,
            Self::Cue(_) => Row::Cue,
            Self::OperatorAction(_) => Row::OperatorAction,
            Self::StationBeat => Row::StationBeat,
        }
    }

    /// What stands in the braces, in order; what a pattern has no braces for is empty.
    fn names(&self) -> [String; NAMES_MAX] {
        let first = match self {
            Self::VehicleState(id) | Self::Journal(id) | Self::JournalAck(id) | Self::Command(id) | Self::Ack(id) => {
                id.to_string()
            }
            Self::Scan(id) | Self::Registration(id) | Self::Video(id) => id.to_string(),
            Self::Evidence(id) | Self::EvidenceRequest(id) | Self::EvidenceReply(id) => id.to_string(),
            Self::Track(id) => id.to_string(),
            Self::SharedTrack(station, track) => return [station.to_string(), track.to_string()],
            Self::Alert(id) => id.to_string(),
            Self::Cue(id) => id.to_string(),
            Self::OperatorAction(id) => id.to_string(),
            Self::StationBeat => String::new(),
        };
        [first, String::new()]
    }
}

impl fmt::Display for Topic {
    /// The key without root and site, `vehicle/kiel-1/state`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&with_names(self.rule().pattern, &self.names()))
    }
}

impl TopicRule {
    /// The key of every topic of this row, with `*` for the name, as a subscription asks for it.
    #[must_use]
    pub fn every_key(&self, site: &SiteId) -> String {
        filled(self.pattern, site, &["*".to_owned(), "*".to_owned()])
    }
}

/// The most braces in a pattern.
const NAMES_MAX: usize = 2;

fn filled(pattern: &str, site: &SiteId, names: &[String; NAMES_MAX]) -> String {
    format!("{ROOT}/{site}/{}", with_names(pattern, names))
}

fn is_brace(word: &str) -> bool {
    word.starts_with('{')
}

fn with_names(pattern: &str, names: &[String; NAMES_MAX]) -> String {
    let mut names = names.iter();
    let words =
        pattern.split('/').map(|word| if is_brace(word) { names.next().map_or("", String::as_str) } else { word });
    words.collect::<Vec<_>>().join("/")
}

/// The names that stand in `rest` where the pattern has its braces, if `rest` fits the pattern otherwise.
fn names_in<'a>(pattern: &str, rest: &'a str) -> Option<[&'a str; NAMES_MAX]> {
    if pattern.split('/').count() != rest.split('/').count() {
        return None;
    }
    let mut names = [""; NAMES_MAX];
    let mut free = names.iter_mut();
    for (expected, found) in pattern.split('/').zip(rest.split('/')) {
        if is_brace(expected) {
            *free.next()? = found;
        } else if expected != found {
            return None;
        }
    }
    Some(names)
}

/// Only the one spelling that [`Topic::key`] writes: no sign, no leading zero.
fn track_number(text: &str) -> Option<TrackId> {
    let number = text.parse::<u64>().ok()?;
    (number.to_string() == text).then_some(TrackId(number))
}
