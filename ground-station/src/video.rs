//! The live pictures of cameras, from the bus to whoever looks.
//!
//! A camera sends only while the room reads its topic, and the room reads it only while somebody looks: the first who
//! looks at a camera opens its channel, the last who leaves closes it. Everybody else gets the same bytes.
//!
//! There is a camera while it says so on the bus and the link to it stands. Of the vehicles' cameras one is looked at at a
//! time, by as many as want to: their video goes over radios that have other things to carry.
//!
//! Bounds: [`VIEWERS_MAX`] lookers in all; `FRAMES_WAITING_MAX` frames wait for a slow one, which then loses the oldest
//! and goes on with the next key frame. Nothing here is kept.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use axum::body::Bytes;
use serde::Serialize;
use telemetry::bus::{Bus, Offers, TopicPattern};
use telemetry::messages::{Message, VideoBox, VideoFragment};
use telemetry::topics::Carrier;
use telemetry::{SensorId, Timestamp};
use thiserror::Error;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, broadcast, watch};
use tokio::task::AbortHandle;

/// How many may look at once, at all cameras together.
pub const VIEWERS_MAX: usize = 16;
/// How many frames wait for one who is slow: about two seconds; the oldest goes.
const FRAMES_WAITING_MAX: usize = 50;
/// How many frames wait for the room itself.
const FRAMES_HEARD_MAX: usize = 32;

/// Why there is nothing to see.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NotShown {
    /// The configuration has no camera of that name.
    #[error("there is no such camera")]
    NoCamera,
    /// It is off, or nothing is heard of it.
    #[error("the camera sends nothing now")]
    NotNow,
    /// Another vehicle's camera is looked at.
    #[error("{0} is looked at: of the vehicles' cameras one at a time can be")]
    OtherVehicle(SensorId),
    /// Too many look.
    #[error("{VIEWERS_MAX} people look at cameras already")]
    TooMany,
}

/// A frame as consoles get it: the length of a text in four bytes, the text (JSON), the initialization segment if it is a
/// key frame, the fragment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// Counted by the camera.
    number: u64,
    /// Whether a decoder can begin here.
    key: bool,
    /// What is sent.
    pub bytes: Bytes,
}

#[derive(Serialize)]
struct Head<'a> {
    captured_at: f64,
    media_time: f64,
    picture: [u32; 2],
    #[serde(skip_serializing_if = "Option::is_none")]
    codec: Option<&'a str>,
    initialization: usize,
    boxes: Vec<BoxView<'a>>,
}

#[derive(Serialize)]
struct BoxView<'a> {
    bounds: [f32; 4],
    class: &'a str,
    confidence: f32,
    track: Option<u64>,
}

impl<'a> BoxView<'a> {
    fn of(seen: &'a VideoBox) -> Self {
        Self { bounds: seen.bounds, class: &seen.class, confidence: seen.confidence, track: seen.track }
    }
}

impl Frame {
    fn of(fragment: &VideoFragment) -> Self {
        let first = fragment.initialization.as_ref();
        let segment = first.map_or(&[][..], |first| &first.segment.0);
        let head = Head {
            captured_at: fragment.captured_at.seconds_since(Timestamp::EPOCH) * 1e3,
            media_time: fragment.media_time_s,
            picture: fragment.picture,
            codec: first.map(|first| first.codec.as_str()),
            initialization: segment.len(),
            boxes: fragment.boxes.iter().map(BoxView::of).collect(),
        };
        let head = serde_json::to_vec(&head).expect("texts and finite numbers are JSON");
        let length = u32::try_from(head.len()).expect("a message of the bus is shorter");
        let bytes = [&length.to_be_bytes()[..], &head, segment, &fragment.fragment.0].concat();
        Self { number: fragment.number, key: first.is_some(), bytes: bytes.into() }
    }
}

/// A camera that can be looked at now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CameraView {
    /// Its name.
    id: SensorId,
    /// Whether a vehicle carries it.
    vehicle: bool,
    /// Whether somebody looks at it.
    looked_at: bool,
}

/// The cameras that can be looked at.
pub struct LiveVideo {
    /// Gone when the room closes.
    bus: Weak<Bus>,
    /// Those of the configuration.
    cameras: BTreeSet<SensorId>,
    offers: Offers,
    channels: Mutex<BTreeMap<SensorId, Weak<Channel>>>,
    places: Arc<Semaphore>,
}

impl LiveVideo {
    /// Of these cameras, on this bus, as far as they are on offer there.
    #[must_use]
    pub fn new(bus: &Arc<Bus>, cameras: impl IntoIterator<Item = SensorId>, offers: Offers) -> Self {
        Self {
            bus: Arc::downgrade(bus),
            cameras: cameras.into_iter().collect(),
            offers,
            channels: Mutex::default(),
            places: Arc::new(Semaphore::new(VIEWERS_MAX)),
        }
    }

    /// The cameras that can be looked at now.
    #[must_use]
    pub fn cameras(&self) -> Vec<CameraView> {
        let channels = self.lock();
        let looked_at = |camera: &SensorId| channels.get(camera).is_some_and(|channel| channel.strong_count() > 0);
        let ours = self.offers.now().into_iter().filter(|(camera, _)| self.cameras.contains(camera));
        ours.map(|(id, carrier)| CameraView { vehicle: carrier == Carrier::Vehicle, looked_at: looked_at(&id), id })
            .collect()
    }

    /// Begins to look at a camera, under a name that everybody who looks at it sees.
    ///
    /// # Errors
    /// [`NotShown`] where there is no such camera, too many look, or another vehicle's camera is looked at.
    pub fn look(&self, camera: &SensorId, name: String) -> Result<Viewer, NotShown> {
        if !self.cameras.contains(camera) {
            return Err(NotShown::NoCamera);
        }
        let carrier = self.offers.now().get(camera).copied().ok_or(NotShown::NotNow)?;
        let place = Arc::clone(&self.places).try_acquire_owned().map_err(|_| NotShown::TooMany)?;
        let mut channels = self.lock();
        channels.retain(|_, channel| channel.strong_count() > 0);
        if carrier == Carrier::Vehicle
            && let Some(other) = other_vehicle(&channels, camera)
        {
            return Err(NotShown::OtherVehicle(other));
        }
        let channel = channels.get(camera).and_then(Weak::upgrade).unwrap_or_else(|| {
            let channel = Arc::new(Channel::open(&self.bus, camera, carrier));
            channels.insert(camera.clone(), Arc::downgrade(&channel));
            channel
        });
        drop(channels);
        let (frames, names) = (channel.frames.subscribe(), channel.names.subscribe());
        channel.names.send_modify(|names| names.push(name.clone()));
        Ok(Viewer { name, frames, names, last: None, channel, _place: place })
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<SensorId, Weak<Channel>>> {
        // A panic while it was held leaves a table of channels that is still one.
        self.channels.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A vehicle's camera that is looked at and is not this one.
fn other_vehicle(channels: &BTreeMap<SensorId, Weak<Channel>>, camera: &SensorId) -> Option<SensorId> {
    let carried = |channel: &Weak<Channel>| channel.upgrade().is_some_and(|it| it.carrier == Carrier::Vehicle);
    channels.iter().find(|(other, channel)| *other != camera && carried(channel)).map(|(other, _)| other.clone())
}

/// One camera while somebody looks. Dropped with the last who does, and with it the subscription on the bus.
#[derive(Debug)]
struct Channel {
    carrier: Carrier,
    frames: broadcast::Sender<Arc<Frame>>,
    /// Who looks.
    names: watch::Sender<Vec<String>>,
    relay: AbortHandle,
}

impl Channel {
    fn open(bus: &Weak<Bus>, camera: &SensorId, carrier: Carrier) -> Self {
        let (frames, _) = broadcast::channel(FRAMES_WAITING_MAX);
        let relay = tokio::spawn(relay(bus.clone(), camera.clone(), frames.clone())).abort_handle();
        Self { carrier, frames, names: watch::Sender::default(), relay }
    }
}

impl Drop for Channel {
    fn drop(&mut self) {
        self.relay.abort();
    }
}

async fn relay(bus: Weak<Bus>, camera: SensorId, frames: broadcast::Sender<Arc<Frame>>) {
    let Some(bus) = bus.upgrade() else { return };
    let subscribed = bus.subscribe(&[TopicPattern::Video(camera.clone())], FRAMES_HEARD_MAX).await;
    drop(bus);
    let mut heard = match subscribed {
        Ok(heard) => heard,
        Err(error) => return tracing::warn!(%camera, %error, "no video from the bus"),
    };
    while let Some(received) = heard.recv().await {
        if let Message::Video(fragment) = received.message {
            // Without a receiver the channel is about to close.
            let _ = frames.send(Arc::new(Frame::of(&fragment)));
        }
    }
}

/// Somebody who looks at a camera.
#[derive(Debug)]
pub struct Viewer {
    name: String,
    frames: broadcast::Receiver<Arc<Frame>>,
    names: watch::Receiver<Vec<String>>,
    /// The last frame given out, where the next can follow it.
    last: Option<u64>,
    channel: Arc<Channel>,
    _place: OwnedSemaphorePermit,
}

/// What there is to tell a viewer.
#[derive(Debug)]
pub enum News {
    /// A frame that can be decoded after the last one.
    Frame(Arc<Frame>),
    /// Who looks now.
    Names(Vec<String>),
    /// The bus is closed.
    Ended,
}

impl Viewer {
    /// What comes next. A call that is given up before it returns loses nothing.
    pub async fn next(&mut self) -> News {
        loop {
            tokio::select! {
                Ok(()) = self.names.changed() => return News::Names(self.names.borrow_and_update().clone()),
                received = self.frames.recv() => match received {
                    Ok(frame) if self.follows(&frame) => return News::Frame(frame),
                    Ok(_) => {}
                    Err(RecvError::Lagged(_)) => self.last = None,
                    Err(RecvError::Closed) => return News::Ended,
                },
            }
        }
    }

    /// Whether a decoder can take a frame now: a key frame, or the one after the last it took.
    fn follows(&mut self, frame: &Frame) -> bool {
        let follows = frame.key || self.last.is_some_and(|last| last.wrapping_add(1) == frame.number);
        self.last = follows.then_some(frame.number);
        follows
    }
}

impl Drop for Viewer {
    fn drop(&mut self) {
        self.channel.names.send_modify(|names| {
            if let Some(at) = names.iter().position(|name| *name == self.name) {
                names.remove(at);
            }
        });
    }
}
