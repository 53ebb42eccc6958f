//! Which cameras' live video is to be had: each that can send says so by a token that lives as long as its link does.
//!
//! Limit: [`OFFERS_MAX`] cameras at once; more are not known of.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::watch;
use zenoh::liveliness::LivelinessToken;
use zenoh::pubsub::Subscriber;
use zenoh::sample::SampleKind;

use super::{BusError, failed};
use crate::ids::{SensorId, SiteId};
use crate::topics::{Carrier, offered, on_offer};

/// The most cameras that are kept account of.
const OFFERS_MAX: usize = 256;

/// A camera's live video is to be had while this lives.
#[derive(Debug)]
pub struct Offer {
    _token: LivelinessToken,
}

impl Offer {
    pub(super) async fn declare(
        session: &zenoh::Session,
        site: &SiteId,
        camera: &SensorId,
        carrier: Carrier,
    ) -> Result<Self, BusError> {
        let key = on_offer(site, carrier, camera.as_str());
        let token = session.liveliness().declare_token(key).await.map_err(failed("offer video"))?;
        Ok(Self { _token: token })
    }
}

/// The cameras whose live video is to be had. While it lives, the bus keeps account of them.
pub struct Offers {
    cameras: watch::Receiver<BTreeMap<SensorId, Carrier>>,
    _subscribers: [Subscriber<()>; 2],
}

impl Offers {
    pub(super) async fn open(session: &zenoh::Session, site: &SiteId) -> Result<Self, BusError> {
        let (known, cameras) = watch::channel(BTreeMap::new());
        let known = Arc::new(known);
        let watch = async |carrier: Carrier| {
            let (known, at) = (Arc::clone(&known), site.clone());
            let note = move |sample: zenoh::sample::Sample| {
                let Some((carrier, camera)) = offered(&at, sample.key_expr().as_str()) else { return };
                known.send_if_modified(|cameras: &mut BTreeMap<SensorId, Carrier>| match sample.kind() {
                    SampleKind::Put if cameras.len() < OFFERS_MAX => cameras.insert(camera, carrier) != Some(carrier),
                    SampleKind::Put => false,
                    SampleKind::Delete => cameras.remove(&camera).is_some(),
                });
            };
            let tokens = session.liveliness();
            tokens.declare_subscriber(on_offer(site, carrier, "*")).history(true).callback(note).await
        };
        let subscribers = [
            watch(Carrier::Mast).await.map_err(failed("ask for offers of video"))?,
            watch(Carrier::Vehicle).await.map_err(failed("ask for offers of video"))?,
        ];
        Ok(Self { cameras, _subscribers: subscribers })
    }

    /// The cameras now, and what carries each.
    #[must_use]
    pub fn now(&self) -> BTreeMap<SensorId, Carrier> {
        self.cameras.borrow().clone()
    }
}
