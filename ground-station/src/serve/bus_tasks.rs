//! The two tasks between the station and the bus: one publishes, one gives commands and waits for answers.

use std::sync::Arc;
use std::time::Duration;

use telemetry::bus::{Bus, BusError};
use telemetry::messages::{CommandRequest, Message};
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinHandle;

use crate::station::Input;

/// How many messages wait to be published.
const PUBLISHES_MAX: usize = 4096;
/// How many commands wait, or wait for their answers.
const REQUESTS_MAX: usize = 64;
/// How long a vehicle may take for its first answer: the station gives the command again after this.
const ANSWER_WAIT: Duration = Duration::from_secs(2);

/// The way to the bus.
#[derive(Debug)]
pub(super) struct ToBus {
    publishes: mpsc::Sender<Message>,
    requests: mpsc::Sender<CommandRequest>,
    answers: mpsc::Receiver<Input>,
    publisher: JoinHandle<()>,
    requester: JoinHandle<()>,
    dropped: u64,
}

impl ToBus {
    pub(super) fn new(bus: &Arc<Bus>) -> Self {
        let (publishes, to_publish) = mpsc::channel(PUBLISHES_MAX);
        let (requests, to_request) = mpsc::channel(REQUESTS_MAX);
        let (answered, answers) = mpsc::channel(REQUESTS_MAX);
        let publisher = tokio::spawn(publish(Arc::clone(bus), to_publish));
        let requester = tokio::spawn(request(Arc::clone(bus), to_request, answered));
        Self { publishes, requests, answers, publisher, requester, dropped: 0 }
    }

    pub(super) fn publish(&mut self, message: Message) {
        if let Err(TrySendError::Full(_)) = self.publishes.try_send(message) {
            self.dropped += 1;
        }
    }

    pub(super) fn request(&mut self, request: CommandRequest) {
        if let Err(TrySendError::Full(_)) = self.requests.try_send(request) {
            self.dropped += 1;
        }
    }

    /// The next answer to a command, or the word that there was none.
    pub(super) async fn answer(&mut self) -> Option<Input> {
        self.answers.recv().await
    }

    /// How many messages and commands found the way full.
    pub(super) fn dropped(&self) -> u64 {
        self.dropped
    }

    /// Publishes what waits and stops. Commands that wait for an answer are given up.
    pub(super) async fn close(self) {
        let Self { publishes, requests, publisher, requester, .. } = self;
        drop((publishes, requests));
        requester.abort();
        // Either ends by itself or was just aborted.
        let _ = tokio::join!(publisher, requester);
    }
}

async fn publish(bus: Arc<Bus>, mut messages: mpsc::Receiver<Message>) {
    while let Some(message) = messages.recv().await {
        if let Err(error) = bus.publish(&message).await {
            tracing::warn!(topic = %message.topic(), %error, "a message was not published");
        }
    }
}

async fn request(bus: Arc<Bus>, mut requests: mpsc::Receiver<CommandRequest>, answered: mpsc::Sender<Input>) {
    let places = Arc::new(Semaphore::new(REQUESTS_MAX));
    let mut under_way = tokio::task::JoinSet::new();
    while let Some(request) = requests.recv().await {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
        while under_way.try_join_next().is_some() {}
        let (bus, answered) = (Arc::clone(&bus), answered.clone());
        under_way.spawn(async move {
            let answer = match bus.request(&request, ANSWER_WAIT).await {
                Ok(ack) => Input::Message(Message::Ack(ack)),
                Err(BusError::Unanswered { .. }) => Input::CommandUnanswered(request.id),
                Err(error) => {
                    tracing::warn!(vehicle = %request.vehicle, command = %request.id, %error, "a command was not answered properly");
                    Input::CommandUnanswered(request.id)
                }
            };
            // Without the owner there is nobody to tell.
            let _ = answered.send(answer).await;
            drop(place);
        });
    }
}
