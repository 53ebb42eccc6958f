//! The bus between programs: Zenoh, and the only place that names it.
//!
//! Every program is a peer with stated endpoints; nobody is looked for by multicast or gossip. A peer may start before
//! the other side does, and goes on trying to reach it for ever; a peer that dies and comes back is found again.
//!
//! Off this machine every link is TLS with certificates on both sides, and a peer without one is refused. On this
//! machine (127.0.0.0/8, `::1`) plain TCP is allowed.
//!
//! A program publishes only what the topic table gives to it. A slow reader of a subscription never holds up a writer:
//! what waits is bounded as the table says (see [`crate::topics`]), and what is displaced or cannot be read is counted.
//!
//! What it never does: store anything, or repeat a message. What must not be lost is [`crate::delivery`]'s matter.

mod config;
mod offers;
mod readers;
mod requests;
mod subscription;
mod waiting;

use std::time::Duration;

use thiserror::Error;
use zenoh::qos::{CongestionControl, Priority};

use crate::ids::{SensorId, SiteId};
use crate::messages::Message;
use crate::topics::{Carrier, Delivery, Program, Row, Topic};
use crate::wire::{self, WireError};

pub use config::{BusConfig, EndpointFault, TlsFiles};
pub use offers::{Offer, Offers};
pub use readers::Readers;
pub use requests::{CommandServer, EvidenceServer, Replier, Server};
pub use subscription::{Received, Subscription, TopicPattern};

/// The bus could not do what was asked.
#[derive(Debug, Error)]
pub enum BusError {
    /// The configuration is not safe or not possible.
    #[error(transparent)]
    Config(#[from] EndpointFault),
    /// The topic table does not give the topic to this program.
    #[error("{program:?} may not publish {topic}: the topic table gives it to {allowed:?}")]
    NotOurs {
        /// What was to be published.
        topic: Topic,
        /// Who tried.
        program: Program,
        /// Who may.
        allowed: &'static [Program],
    },
    /// Commands go by [`Bus::request`] and the like, so that somebody answers.
    #[error("{0} is request and reply, it is not published")]
    NeedsReply(Topic),
    /// Longer than a reader reads.
    #[error("{topic} of {found} bytes: a message has at most {}", wire::LENGTH_MAX)]
    TooLong {
        /// What was to be published.
        topic: Topic,
        /// Its length.
        found: usize,
    },
    /// Nobody answered in time.
    #[error("{asked} was not answered within {waited:?}")]
    Unanswered {
        /// Where it was asked.
        asked: Topic,
        /// For how long.
        waited: Duration,
    },
    /// Somebody answered, but not to this request, or not in words this version knows.
    #[error("the answer to {asked} cannot be read")]
    BadAnswer {
        /// Where it was asked.
        asked: Topic,
        /// Why, unless the answer was to another request.
        #[source]
        source: Option<WireError>,
    },
    /// Zenoh said no.
    #[error("the bus cannot {doing}")]
    Zenoh {
        /// What was tried.
        doing: &'static str,
        /// What it said.
        #[source]
        source: zenoh::Error,
    },
}

fn failed(doing: &'static str) -> impl FnOnce(zenoh::Error) -> BusError {
    move |source| BusError::Zenoh { doing, source }
}

/// This program on the bus.
pub struct Bus {
    session: zenoh::Session,
    site: SiteId,
    program: Program,
}

impl Bus {
    /// Joins the bus. Listening endpoints are bound on return; connections are made in the background, again and
    /// again until they stand. Zenoh needs tokio's multi-thread runtime around it.
    ///
    /// # Errors
    /// [`BusError`] when the configuration is refused, a certificate cannot be read or an endpoint is taken.
    pub async fn open(config: &BusConfig) -> Result<Self, BusError> {
        config.check()?;
        let mut settings = zenoh::Config::default();
        for (key, value) in config.settings() {
            settings.insert_json5(key, &value).map_err(failed("take its configuration"))?;
        }
        let session = zenoh::open(settings).await.map_err(failed("open its endpoints"))?;
        Ok(Self { session, site: config.site.clone(), program: config.program })
    }

    /// The endpoints others can connect to, with the port that was given where the configuration said 0.
    pub async fn listening(&self) -> Vec<String> {
        self.session.info().locators().await.iter().map(ToString::to_string).collect()
    }

    /// Publishes a message. Returns when it is handed over, not when it is delivered: without a reader it is gone.
    ///
    /// # Errors
    /// [`BusError`] when the topic is not this program's to publish, the message is too long or the bus is closed.
    pub async fn publish(&self, message: &Message) -> Result<(), BusError> {
        let topic = message.topic();
        if topic.rule().delivery == Delivery::RequestReply {
            return Err(BusError::NeedsReply(topic));
        }
        self.may_publish(&topic)?;
        let bytes = message.encode();
        if bytes.len() > wire::LENGTH_MAX {
            return Err(BusError::TooLong { topic, found: bytes.len() });
        }
        let priority = match topic.rule().delivery {
            // What is nice to see gives way to everything that must be known.
            Delivery::NewestWins if topic.row() == Row::Video => Priority::Background,
            Delivery::NewestWins => Priority::Data,
            Delivery::NeverLose | Delivery::RequestReply => Priority::InteractiveHigh,
        };
        self.session
            .put(topic.key(&self.site), bytes)
            // A link that is full holds nobody up: newest wins, and a journal is sent again.
            .congestion_control(CongestionControl::Drop)
            .priority(priority)
            .express(true)
            .await
            .map_err(failed("publish"))
    }

    fn may_publish(&self, topic: &Topic) -> Result<(), BusError> {
        let allowed = topic.rule().publishers;
        if allowed.contains(&self.program) {
            Ok(())
        } else {
            Err(BusError::NotOurs { topic: topic.clone(), program: self.program, allowed })
        }
    }

    /// Subscribes to topics. At most `capacity` samples wait for the reader, of all topics together.
    ///
    /// # Errors
    /// [`BusError`] when the bus is closed.
    pub async fn subscribe(&self, patterns: &[TopicPattern], capacity: usize) -> Result<Subscription, BusError> {
        Subscription::open(&self.session, &self.site, patterns, capacity).await
    }

    /// Asks, again and again if wanted, whether anybody reads a topic that this program publishes.
    ///
    /// # Errors
    /// [`BusError`] when the topic is not this program's to publish, or the bus is closed.
    pub async fn readers(&self, topic: &Topic) -> Result<Readers, BusError> {
        self.may_publish(topic)?;
        Readers::open(&self.session, topic.key(&self.site)).await
    }

    /// Tells everybody that a camera's live video is to be had here, until the offer is dropped or the link breaks.
    ///
    /// # Errors
    /// [`BusError`] when the topic is not this program's to publish, or the bus is closed.
    pub async fn offer_video(&self, camera: &SensorId, carrier: Carrier) -> Result<Offer, BusError> {
        self.may_publish(&Topic::Video(camera.clone()))?;
        Offer::declare(&self.session, &self.site, camera, carrier).await
    }

    /// Which cameras' live video is to be had, now and from now on.
    ///
    /// # Errors
    /// [`BusError`] when the bus is closed.
    pub async fn video_offers(&self) -> Result<Offers, BusError> {
        Offers::open(&self.session, &self.site).await
    }

    /// Leaves the bus. Subscriptions and command servers end once they have given out what waits.
    pub async fn close(self) {
        if let Err(error) = self.session.close().await {
            tracing::warn!(%error, "the bus did not close cleanly");
        }
    }
}
