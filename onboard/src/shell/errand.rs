//! One thing done over the vehicle's link, and then the end: files, logs, the camera. For a person at the vehicle, while
//! `picket-onboard` does not run, or beside it over a ground link of its own (`--link udpout:127.0.0.1:14551`).

use std::time::Duration;

use mavlink::dialects::ardupilotmega::MavMessage;
use telemetry::{MavSystemId, Timestamp};
use thiserror::Error;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::clock::Clock;
use super::port::{self, Absence, Opening, PortError};
use super::secret::{SecretError, autopilot_key};
use crate::config::{AutopilotPort, VehicleConfig};
use crate::link::endpoint::Endpoint;
use crate::link::frames::Frame;
use crate::link::ftp::{Product, Task, Transfer};
use crate::link::logs::{LogEntry, LogFetch, LogList};
use crate::link::service::{Outcome, Service};
use crate::link::session::{AUTOPILOT, HEARTBEAT_EVERY, own_heartbeat};

/// How long to wait for the autopilot's first heartbeat.
const HEARD_WITHIN: Duration = Duration::from_secs(10);

/// Why nothing came of it.
#[derive(Debug, Error)]
pub enum ErrandError {
    /// The link.
    #[error(transparent)]
    Port(#[from] PortError),
    /// The key for signatures.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// Nobody there.
    #[error("no heartbeat of system {} over {port} within {} s", system.0, HEARD_WITHIN.as_secs())]
    Silent {
        /// Over which link.
        port: AutopilotPort,
        /// Whose.
        system: MavSystemId,
    },
    /// The vehicle said no, or nothing.
    #[error("{0}")]
    Failed(String),
}

/// The link, and what it takes to speak over it.
pub struct Conversation {
    clock: Clock,
    system: MavSystemId,
    outgoing: tokio::sync::mpsc::Sender<Vec<u8>>,
    portions: tokio::sync::mpsc::Receiver<port::Portion>,
    stop: CancellationToken,
    endpoint: Endpoint,
    next_beat: Timestamp,
}

impl Conversation {
    /// Opens a link (the first to the autopilot where none is named) and waits for the autopilot.
    ///
    /// # Errors
    /// [`ErrandError`] when the link cannot be opened or nobody is heard.
    pub async fn open(config: &VehicleConfig, named: Option<AutopilotPort>) -> Result<Self, ErrandError> {
        let port = named.unwrap_or_else(|| config.autopilot.all()[0].clone());
        let to_autopilot = config.autopilot.all().contains(&port);
        let key = if to_autopilot { autopilot_key(config)? } else { None };
        let (clock, stop) = (Clock::start(), CancellationToken::new());
        let (incoming, portions) = port::incoming();
        let opening = Opening { link: 0, incoming, stop: stop.clone() };
        let opened = port::open(&port, Absence::Fatal, opening).await?;
        let mut conversation = Self {
            clock,
            system: config.system,
            outgoing: opened.outgoing,
            portions,
            stop,
            endpoint: Endpoint::new(config.system, key),
            next_beat: clock.now(),
        };
        let until = clock.now() + HEARD_WITHIN;
        while clock.now() < until {
            let frames = conversation.listen(until).await;
            if frames.iter().any(|frame| matches!(frame.message, MavMessage::HEARTBEAT(_))) {
                return Ok(conversation);
            }
        }
        Err(ErrandError::Silent { port, system: config.system })
    }

    /// Does something with a file. The first sequence number comes from the clock, so that it is a new one.
    ///
    /// # Errors
    /// [`ErrandError::Failed`] in words.
    pub async fn transfer(&mut self, path: &str, task: Task) -> Result<Product, ErrandError> {
        let first_sequence = (self.clock.now().unix_nanos() / 1_000_000) as u16;
        self.run(|now, system, out| Transfer::begin(now, system, path, task, first_sequence, out)).await
    }

    /// Lists the autopilot's logs.
    ///
    /// # Errors
    /// [`ErrandError::Failed`] in words.
    pub async fn logs(&mut self) -> Result<Vec<LogEntry>, ErrandError> {
        self.run(LogList::begin).await
    }

    /// Brings one of them.
    ///
    /// # Errors
    /// [`ErrandError::Failed`] in words.
    pub async fn log(&mut self, id: u16) -> Result<Vec<u8>, ErrandError> {
        self.run(|now, system, out| LogFetch::begin(now, system, id, out)).await
    }

    async fn run<S: Service>(
        &mut self,
        begin: impl FnOnce(Timestamp, MavSystemId, &mut Vec<MavMessage>) -> S,
    ) -> Result<S::Product, ErrandError>
    where
        S::Product: Clone,
    {
        let mut out = Vec::new();
        let mut service = begin(self.clock.now(), self.system, &mut out);
        loop {
            self.send(&mut out);
            match service.outcome() {
                Outcome::Waiting => {}
                Outcome::Done(product) => return Ok(product.clone()),
                Outcome::Failed(why) => return Err(ErrandError::Failed(why.clone())),
            }
            let frames = self.listen(service.next_deadline()).await;
            let now = self.clock.now();
            for frame in frames {
                service.take(now, &frame, &mut out);
            }
            service.advance(now, &mut out);
        }
    }

    /// What comes of the autopilot until then, or as soon as something does. Beats when it is time.
    async fn listen(&mut self, until: Timestamp) -> Vec<Frame> {
        let now = self.clock.now();
        if now >= self.next_beat {
            self.next_beat = now + HEARTBEAT_EVERY;
            self.send(&mut vec![own_heartbeat()]);
        }
        let wake: Instant = self.clock.instant(until.min(self.next_beat));
        let Ok(Some((_, bytes))) = tokio::time::timeout_at(wake, self.portions.recv()).await else {
            return Vec::new();
        };
        self.endpoint.push(&bytes);
        let now = self.clock.now();
        let ours = |frame: &Frame| frame.system == self.system && frame.component == AUTOPILOT;
        std::iter::from_fn(|| self.endpoint.next_frame(now)).filter(ours).collect()
    }

    /// What does not fit is lost, as on any link; the services ask again.
    fn send(&mut self, messages: &mut Vec<MavMessage>) {
        for message in messages.drain(..) {
            let frame = self.endpoint.encode(self.clock.now(), &message);
            if self.outgoing.try_send(frame).is_err() {
                tracing::debug!("too much waits for the link");
            }
        }
    }
}

impl Drop for Conversation {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}
