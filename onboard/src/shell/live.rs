//! Live video between the camera's program and the bus: the core ([`crate::live`]) with its sockets, and what the bus is
//! asked and told for it.

use std::time::Duration;

use telemetry::bus::{Bus, BusError, Offer, Readers};
use telemetry::messages::VideoFragment;
use telemetry::topics::Carrier;
use telemetry::{SensorId, Timestamp, Topic};
use tokio::sync::watch;
use tokio::time::Interval;

use super::sources::Eyes;
use crate::config::VehicleConfig;
use crate::live::{Counts, Live, WISH_EVERY};

/// How often the bus is asked whether anybody looks.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// The side of the camera's program.
pub(super) struct Onboard {
    core: Live,
    ready: watch::Sender<bool>,
    looked_at: watch::Receiver<bool>,
}

/// The side of the bus.
pub(super) struct OnBus {
    camera: SensorId,
    readers: Readers,
    /// While the camera's program is ready.
    offer: Option<Offer>,
    due: Interval,
    ready: watch::Receiver<bool>,
    looked_at: watch::Sender<bool>,
}

/// Both sides, where the configuration lets the room look.
pub(super) async fn open(
    config: &VehicleConfig,
    bus: &Bus,
    now: Timestamp,
) -> Result<(Option<Onboard>, Option<OnBus>), BusError> {
    let Some(section) = config.camera.as_ref().filter(|camera| camera.live_kilobits_per_s > 0) else {
        return Ok((None, None));
    };
    let camera = section.sensor.clone();
    let readers = bus.readers(&Topic::Video(camera.clone())).await?;
    let (is_ready, ready) = watch::channel(false);
    let (is_looked_at, looked_at) = watch::channel(false);
    let core = Live::new(config.vehicle.clone(), camera.clone(), section.live_kilobits_per_s, now);
    let due = tokio::time::interval(LOOK_EVERY);
    let on_bus = OnBus { camera, readers, offer: None, due, ready, looked_at: is_looked_at };
    Ok((Some(Onboard { core, ready: is_ready, looked_at }), Some(on_bus)))
}

impl Onboard {
    /// When it wants to be looked after again.
    pub(super) const EVERY: Duration = WISH_EVERY;

    pub(super) fn beat(&mut self, now: Timestamp) {
        self.core.beat(now);
    }

    /// Takes a datagram of the camera's program; gives what is to be published.
    pub(super) fn take(&mut self, now: Timestamp, datagram: &[u8]) -> Option<VideoFragment> {
        self.core.take(now, datagram)
    }

    /// Tells the camera's program what is wished, and the bus whether the program is there.
    pub(super) fn tell(&mut self, now: Timestamp, eyes: &Eyes) {
        self.core.looked_at(now, *self.looked_at.borrow());
        let ready = self.core.on_offer(now);
        self.ready.send_if_modified(|known| std::mem::replace(known, ready) != ready);
        if let Some(wish) = self.core.next_wish(now) {
            eyes.tell(&wish);
        }
    }

    /// Whether somebody looks.
    pub(super) fn looked_at(&self) -> bool {
        *self.looked_at.borrow()
    }

    pub(super) fn counts(&self) -> Counts {
        self.core.counts()
    }
}

impl OnBus {
    /// Returns when the bus is to be asked again.
    pub(super) async fn due(live: &mut Option<Self>) {
        match live {
            Some(live) => drop(live.due.tick().await),
            None => std::future::pending().await,
        }
    }

    /// Asks the bus who looks, and offers the camera there or takes the offer back.
    pub(super) async fn look(&mut self, bus: &Bus) {
        let looked_at = self.readers.any().await.unwrap_or_else(|error| {
            tracing::warn!(error = &error as &dyn std::error::Error, "the bus does not say who looks");
            false
        });
        if self.looked_at.send_replace(looked_at) != looked_at {
            tracing::info!(looked_at, camera = %self.camera, "live video");
        }
        let ready = *self.ready.borrow();
        if !ready {
            self.offer = None;
        } else if self.offer.is_none() {
            match bus.offer_video(&self.camera, Carrier::Vehicle).await {
                Ok(offer) => self.offer = Some(offer),
                Err(error) => tracing::warn!(error = &error as &dyn std::error::Error, "the camera is not offered"),
            }
        }
    }
}
