//! Requests that are answered: commands to vehicles, and the room's requests for a camera's evidence.

use std::marker::PhantomData;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::sync::mpsc;
use zenoh::bytes::ZBytes;
use zenoh::qos::Priority;
use zenoh::query::{Query, Queryable};

use super::{Bus, BusError, failed};
use crate::ids::{SensorId, VehicleId};
use crate::messages::{Ack, CommandRequest, EvidenceReply, EvidenceRequest, Message};
use crate::topics::Topic;
use crate::wire;

impl Bus {
    /// Takes the commands for a vehicle.
    ///
    /// # Errors
    /// [`BusError`] when this program answers for no vehicle, or the bus is closed.
    pub async fn serve_commands(&self, vehicle: &VehicleId) -> Result<CommandServer, BusError> {
        self.may_publish(&Topic::Ack(vehicle.clone()))?;
        let command = |message| if let Message::Command(request) = message { Some(request) } else { None };
        self.serve(Topic::Command(vehicle.clone()), command).await
    }

    /// Takes the room's requests for the evidence of a camera.
    ///
    /// # Errors
    /// [`BusError`] when this program answers for no sensor, or the bus is closed.
    pub async fn serve_evidence(&self, sensor: &SensorId) -> Result<EvidenceServer, BusError> {
        self.may_publish(&Topic::EvidenceReply(sensor.clone()))?;
        let wish = |message| if let Message::EvidenceRequest(request) = message { Some(request) } else { None };
        self.serve(Topic::EvidenceRequest(sensor.clone()), wish).await
    }

    async fn serve<R: Send + 'static, A: 'static>(
        &self,
        topic: Topic,
        read: fn(Message) -> Option<R>,
    ) -> Result<Server<R, A>, BusError> {
        let (waiting, requests) = mpsc::channel(topic.rule().waiting_max);
        let expected = topic.clone();
        let queryable = self
            .session
            .declare_queryable(topic.key(&self.site))
            .complete(true)
            .callback(move |query| {
                let bytes = query.payload().map(ZBytes::to_bytes).unwrap_or_default();
                match Message::decode(&expected, &bytes).map(read) {
                    Ok(Some(request)) => {
                        if waiting.try_send((request, Replier { query, answer: PhantomData })).is_err() {
                            tracing::warn!(topic = %expected, "a request was dropped: too many wait");
                        }
                    }
                    Ok(None) => {}
                    Err(error) => tracing::warn!(topic = %expected, %error, "a request cannot be read"),
                }
            })
            .await
            .map_err(failed("take requests"))?;
        Ok(Server { requests, _queryable: queryable })
    }

    /// Gives a command to its vehicle and waits for the first answer.
    ///
    /// # Errors
    /// [`BusError::Unanswered`] when no answer came in time: the command may or may not have arrived. Otherwise
    /// [`BusError`] when this program gives no commands, the answer cannot be read or the bus is closed.
    pub async fn request(&self, request: &CommandRequest, timeout: Duration) -> Result<Ack, BusError> {
        let topic = Topic::Command(request.vehicle.clone());
        let fits = |ack: &Ack| ack.command == request.id && ack.vehicle == request.vehicle;
        self.ask(topic, wire::encode(request), Priority::InteractiveHigh, timeout, fits).await
    }

    /// Asks a camera for evidence and waits for the first answer. It goes behind everything else on a narrow link.
    ///
    /// # Errors
    /// As [`Self::request`].
    pub async fn request_evidence(
        &self,
        request: &EvidenceRequest,
        timeout: Duration,
    ) -> Result<EvidenceReply, BusError> {
        let topic = Topic::EvidenceRequest(request.sensor.clone());
        let fits = |reply: &EvidenceReply| {
            (&reply.sensor, &reply.alert, &reply.wish) == (&request.sensor, &request.alert, &request.wish)
        };
        self.ask(topic, wire::encode(request), Priority::Background, timeout, fits).await
    }

    async fn ask<A: DeserializeOwned>(
        &self,
        asked: Topic,
        bytes: Vec<u8>,
        priority: Priority,
        timeout: Duration,
        fits: impl Fn(&A) -> bool,
    ) -> Result<A, BusError> {
        self.may_publish(&asked)?;
        if bytes.len() > wire::LENGTH_MAX {
            return Err(BusError::TooLong { topic: asked, found: bytes.len() });
        }
        let replies = self
            .session
            .get(asked.key(&self.site))
            .payload(bytes)
            .timeout(timeout)
            .priority(priority)
            .express(true)
            .await
            .map_err(failed("ask"))?;
        let mut unreadable = None;
        while let Ok(reply) = replies.recv_async().await {
            let Ok(sample) = reply.into_result() else { continue };
            match wire::decode::<A>(&sample.payload().to_bytes()) {
                Ok(answer) if fits(&answer) => return Ok(answer),
                Ok(_) => unreadable = Some(None),
                Err(error) => unreadable = Some(Some(error)),
            }
        }
        Err(match unreadable {
            Some(source) => BusError::BadAnswer { asked, source },
            None => BusError::Unanswered { asked, waited: timeout },
        })
    }
}

/// The commands for one vehicle.
pub type CommandServer = Server<CommandRequest, Ack>;
/// The requests for the evidence of one camera.
pub type EvidenceServer = Server<EvidenceRequest, EvidenceReply>;

/// Requests that come. As many wait as the topic table says; more are dropped, and their asker hears nothing and asks
/// again.
pub struct Server<R, A> {
    requests: mpsc::Receiver<(R, Replier<A>)>,
    _queryable: Queryable<()>,
}

impl<R, A> Server<R, A> {
    /// The next request, or nothing once the bus is closed.
    pub async fn recv(&mut self) -> Option<(R, Replier<A>)> {
        self.requests.recv().await
    }
}

/// Answers one request. Dropped without an answer, the asker hears that nobody answered.
pub struct Replier<A = Ack> {
    query: Query,
    answer: PhantomData<fn(A)>,
}

impl<A: Serialize> Replier<A> {
    /// Answers.
    ///
    /// # Errors
    /// [`BusError`] when the bus is closed.
    pub async fn reply(self, answer: &A) -> Result<(), BusError> {
        self.query.reply(self.query.key_expr(), wire::encode(answer)).await.map_err(failed("answer"))
    }
}
