//! What every exchange with the vehicle that ends by itself has in common, for a shell that runs one of them.

use mavlink::dialects::ardupilotmega::MavMessage;
use telemetry::Timestamp;

use super::frames::Frame;

/// How an exchange stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome<T> {
    /// Under way.
    Waiting,
    /// What came of it.
    Done(T),
    /// Why nothing did.
    Failed(String),
}

/// An exchange with the vehicle that ends by itself.
pub trait Service {
    /// What it gives back.
    type Product;

    /// Takes a message of the vehicle.
    fn take(&mut self, now: Timestamp, frame: &Frame, out: &mut Vec<MavMessage>);

    /// Repeats or gives up, when it is time.
    fn advance(&mut self, now: Timestamp, out: &mut Vec<MavMessage>);

    /// When [`Service::advance`] has something to do next.
    fn next_deadline(&self) -> Timestamp;

    /// How it stands.
    fn outcome(&self) -> &Outcome<Self::Product>;
}
