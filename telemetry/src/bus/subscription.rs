//! Subscriptions: what a program asked for, conflated while it was busy.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;
use zenoh::pubsub::Subscriber;
use zenoh::sample::{Sample, SampleKind};

use super::waiting::Waiting;
use super::{BusError, failed};
use crate::ids::{SensorId, SiteId, StationId, VehicleId};
use crate::messages::Message;
use crate::topics::{Row, Topic};
use crate::wire;

/// What a program can subscribe to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TopicPattern {
    /// The states of all vehicles.
    VehicleStates,
    /// The journals of all vehicles.
    Journals,
    /// The acknowledgements of one vehicle's journal.
    JournalAcks(VehicleId),
    /// The answers of all vehicles.
    Acks,
    /// The scans of all sensors.
    Scans,
    /// How far every sensor is off.
    Registrations,
    /// The live video of one camera.
    Video(SensorId),
    /// What all cameras kept of alerts.
    Evidence,
    /// All tracks.
    Tracks,
    /// The tracks that a neighbour's station made from its own sensors. The only topic of another site that is heard.
    SharedTracks(SiteId, StationId),
    /// All alerts.
    Alerts,
    /// All cues.
    Cues,
    /// What people did.
    OperatorActions,
    /// The station's beat.
    StationBeat,
}

impl TopicPattern {
    fn key(&self, site: &SiteId) -> String {
        let row = match self {
            Self::VehicleStates => Row::VehicleState,
            Self::Journals => Row::Journal,
            Self::JournalAcks(vehicle) => return Topic::JournalAck(vehicle.clone()).key(site),
            Self::Acks => Row::Ack,
            Self::Scans => Row::Scan,
            Self::Registrations => Row::Registration,
            Self::Video(sensor) => return Topic::Video(sensor.clone()).key(site),
            Self::Evidence => Row::Evidence,
            Self::Tracks => Row::Track,
            Self::SharedTracks(theirs, station) => return Topic::every_shared_track(theirs, station),
            Self::Alerts => Row::Alert,
            Self::Cues => Row::Cue,
            Self::OperatorActions => Row::OperatorAction,
            Self::StationBeat => Row::StationBeat,
        };
        row.rule().every_key(site)
    }

    /// Below which site it is.
    fn site<'a>(&'a self, ours: &'a SiteId) -> &'a SiteId {
        if let Self::SharedTracks(theirs, _) = self { theirs } else { ours }
    }
}

/// A message that came.
#[derive(Debug, Clone, PartialEq)]
pub struct Received {
    /// The topic it came on.
    pub topic: Topic,
    /// The message.
    pub message: Message,
    /// The bytes it came as.
    pub bytes: Vec<u8>,
}

/// A reader of topics.
pub struct Subscription {
    shared: Arc<Shared>,
    _subscribers: Vec<Subscriber<()>>,
}

struct Shared {
    inner: Mutex<Inner>,
    changed: Notify,
}

struct Inner {
    waiting: Waiting,
    /// How many subscribers of the bus still write into it; none once the bus is closed.
    inlets: usize,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        // Nothing inside leaves the queue half changed, so a panic elsewhere does not spoil it.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One subscriber's way into the queue.
struct Inlet {
    shared: Arc<Shared>,
    site: SiteId,
}

impl Inlet {
    fn push(&self, sample: &Sample) {
        let topic = Topic::parse(&self.site, sample.key_expr().as_str());
        let readable = sample.kind() == SampleKind::Put && sample.payload().len() <= wire::LENGTH_MAX;
        let mut inner = self.shared.lock();
        match topic {
            Ok(topic) if readable => inner.waiting.push(topic, sample.payload().to_bytes().into_owned()),
            _ => inner.waiting.count_dropped(),
        }
        drop(inner);
        self.shared.changed.notify_one();
    }
}

impl Drop for Inlet {
    fn drop(&mut self) {
        self.shared.lock().inlets -= 1;
        self.shared.changed.notify_one();
    }
}

impl Subscription {
    pub(super) async fn open(
        session: &zenoh::Session,
        site: &SiteId,
        patterns: &[TopicPattern],
        capacity: usize,
    ) -> Result<Self, BusError> {
        let inner = Inner { waiting: Waiting::new(capacity), inlets: patterns.len() };
        let shared = Arc::new(Shared { inner: Mutex::new(inner), changed: Notify::new() });
        let inlets: Vec<Inlet> =
            patterns.iter().map(|pattern| Inlet { shared: shared.clone(), site: pattern.site(site).clone() }).collect();
        let mut subscribers = Vec::with_capacity(patterns.len());
        for (pattern, inlet) in patterns.iter().zip(inlets) {
            let subscriber = session
                .declare_subscriber(pattern.key(site))
                .callback(move |sample| inlet.push(&sample))
                .await
                .map_err(failed("subscribe"))?;
            subscribers.push(subscriber);
        }
        Ok(Self { shared, _subscribers: subscribers })
    }

    /// The next message, or nothing once the bus is closed and everything that waited was given out. A call that is
    /// given up before it returns loses nothing.
    pub async fn recv(&mut self) -> Option<Received> {
        loop {
            let changed = self.shared.changed.notified();
            {
                let mut inner = self.shared.lock();
                while let Some((topic, bytes)) = inner.waiting.pop() {
                    match Message::decode(&topic, &bytes) {
                        Ok(message) => return Some(Received { topic, message, bytes }),
                        Err(error) => {
                            tracing::debug!(%topic, %error, "a message cannot be read");
                            inner.waiting.count_dropped();
                        }
                    }
                }
                if inner.inlets == 0 {
                    return None;
                }
            }
            changed.await;
        }
    }

    /// How many samples gave way to newer ones because the reader was slow. Nothing is wrong with that.
    #[must_use]
    pub fn displaced(&self) -> u64 {
        self.shared.lock().waiting.displaced()
    }

    /// How many samples were of no use: unreadable, too long, of no known topic, or refused because too much waited
    /// that must not give way.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.shared.lock().waiting.dropped()
    }
}
