//! Whether anybody reads what would be published: what nobody reads need not be made.

use zenoh::pubsub::Publisher;

use super::{BusError, failed};

/// The readers of one topic. While it lives, the bus keeps account of them.
pub struct Readers {
    publisher: Publisher<'static>,
}

impl Readers {
    pub(super) async fn open(session: &zenoh::Session, key: String) -> Result<Self, BusError> {
        let publisher = session.declare_publisher(key).await.map_err(failed("ask for readers"))?;
        Ok(Self { publisher })
    }

    /// Whether there is one now, on this machine or behind a link that stands.
    ///
    /// # Errors
    /// [`BusError`] when the bus is closed.
    pub async fn any(&self) -> Result<bool, BusError> {
        let status = self.publisher.matching_status().await.map_err(failed("ask for readers"))?;
        Ok(status.matching())
    }
}
