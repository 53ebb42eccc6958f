//! The pages and sockets a console speaks to.
//!
//! The web knows the station by two things only: the [`Board`], on which the owner of the station posts what a console
//! may see, and the queue of [`Ask`]s, in which people's wishes wait for the owner. Live pictures pass by the station.
//! It decides nothing about alerts
//! and vehicles; it decides who is let in.
//!
//! *Let in*: an operator of the configuration who knows their key. The session id is 256 random bits in a cookie that
//! scripts cannot read and other sites cannot use. Every request must name this server as its host, so that a foreign
//! name that was made to point here (DNS rebinding) reaches nothing; a socket must come from our own page.
//!
//! Limits: [`CONSOLES_MAX`] sockets, 64 sessions of twelve hours, 8 KiB a request (32 KiB to the planning desk),
//! [`ASKS_MAX`] asks in the queue; an ask beyond that is refused. Nothing is fetched from another host, ever.

mod api;
mod board;
mod door;
mod evidence;
mod map;
mod metrics;
mod page;
mod planning;
mod range;
mod request;
mod schedule;
mod session;
mod socket;
mod video;
mod view;

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware;
use axum::routing::{get, post};
use telemetry::OperatorId;
use telemetry::messages::Action;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio_util::sync::CancellationToken;

pub use board::Board;
pub use metrics::Gauges;
pub(crate) use metrics::Latest;
pub(crate) use page::built as page_built;
pub use request::{REQUEST_BYTES_MAX, Request, Unreadable, Wish, parse as parse_request};
pub use session::{fresh_key, key_hash};

use self::door::Door;
use self::session::Sessions;
use self::view::SiteView;
use crate::config::Settings;
use crate::desk::request::PROPOSE_BYTES_MAX;
use crate::desk::{Desk, Situation};
use crate::evidence::Evidence;
use crate::station::StationConfig;
use crate::store::{Access, EvidenceRecord};
use crate::video::LiveVideo;

/// The most consoles at once.
pub const CONSOLES_MAX: usize = 64;
/// The most asks that wait for the station; more are refused.
pub const ASKS_MAX: usize = 64;
/// The largest body of a request.
const BODY_BYTES_MAX: usize = 4096;

/// Something a person wants, on its way to the owner of the station.
#[derive(Debug)]
pub enum Ask {
    /// To do something.
    Act {
        /// Who.
        operator: OperatorId,
        /// What.
        action: Action,
        /// Where the answer goes: done and on disk, or why not.
        answer: oneshot::Sender<Result<(), String>>,
    },
    /// To be noted: somebody was at the door.
    Access {
        /// Who, or who they said they were.
        operator: OperatorId,
        /// What they did.
        what: Access,
    },
    /// To have evidence recorded that is in the room's folder.
    Keep {
        /// What it is.
        record: Box<EvidenceRecord>,
        /// Where the answer goes: on disk, or why not.
        answer: oneshot::Sender<Result<(), String>>,
    },
    /// To be told what a plan is made for.
    Situation {
        /// Where the answer goes.
        answer: oneshot::Sender<Box<Situation>>,
    },
}

/// What was counted at the web.
#[derive(Debug, Default)]
pub struct WebCounts {
    pub(crate) signed_in: AtomicU64,
    pub(crate) turned_away: AtomicU64,
    pub(crate) foreign_host: AtomicU64,
    pub(crate) consoles: AtomicU64,
    pub(crate) looks: AtomicU64,
    pub(crate) video_bytes: AtomicU64,
    pub(crate) messages_sent: AtomicU64,
    pub(crate) requests: AtomicU64,
    pub(crate) requests_unreadable: AtomicU64,
}

impl WebCounts {
    pub(crate) fn count(counter: &AtomicU64) {
        counter.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn read(counter: &AtomicU64) -> u64 {
        counter.load(Ordering::Relaxed)
    }
}

/// What every handler sees.
pub(crate) struct Web {
    site: SiteView,
    map: Option<missions::site::BaseMap>,
    operators: Vec<crate::station::Operator>,
    simulated: bool,
    door: Door,
    sessions: Mutex<Sessions>,
    board: Arc<Board>,
    desk: Arc<Desk>,
    gauges: Arc<Gauges>,
    video: LiveVideo,
    evidence: Option<Arc<Evidence>>,
    counts: WebCounts,
    asks: mpsc::Sender<Ask>,
    consoles: Arc<Semaphore>,
    stopping: CancellationToken,
}

impl Web {
    fn sessions(&self) -> MutexGuard<'_, Sessions> {
        // A panic while it was held leaves a table of sessions that is still one.
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn operator_name(&self, id: &OperatorId) -> String {
        let known = self.operators.iter().find(|operator| operator.id == *id);
        known.map_or_else(|| id.to_string(), |operator| operator.name.clone())
    }
}

/// What the web is made of.
pub struct WebParts {
    /// Where the owner of the station posts.
    pub board: Arc<Board>,
    /// What else the metrics tell.
    pub gauges: Arc<Gauges>,
    /// The cameras that can be looked at.
    pub video: LiveVideo,
    /// What cameras kept of alerts, where the room keeps it.
    pub evidence: Option<Arc<Evidence>>,
    /// Where asks go.
    pub asks: mpsc::Sender<Ask>,
    /// Told when everything is to end.
    pub stopping: CancellationToken,
}

/// Serves until told to stop.
///
/// # Errors
/// When the listener fails.
pub async fn serve(
    listener: TcpListener,
    config: &StationConfig,
    settings: &Settings,
    parts: WebParts,
) -> std::io::Result<()> {
    let address = listener.local_addr()?;
    let stopping = parts.stopping.clone();
    let router = router(address, config, settings, parts);
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, service).with_graceful_shutdown(stopping.cancelled_owned()).await
}

fn router(address: SocketAddr, config: &StationConfig, settings: &Settings, parts: WebParts) -> Router {
    let web = Arc::new(Web {
        site: SiteView::new(config),
        map: config.site.map.clone(),
        operators: config.operators.clone(),
        simulated: settings.simulated,
        door: Door::new(address),
        sessions: Mutex::new(Sessions::new(settings.keys.clone())),
        board: parts.board,
        desk: Arc::new(Desk::default()),
        gauges: parts.gauges,
        video: parts.video,
        evidence: parts.evidence,
        counts: WebCounts::default(),
        asks: parts.asks,
        consoles: Arc::new(Semaphore::new(CONSOLES_MAX)),
        stopping: parts.stopping,
    });
    Router::new()
        .route("/", get(page::index))
        .route("/assets/{*path}", get(page::asset))
        .route("/map/{file}", get(map::archive))
        .route("/api/session", get(api::who).post(api::sign_in).delete(api::sign_out))
        .route("/api/site", get(api::site))
        .route("/api/cameras", get(video::cameras))
        .route("/api/zones", get(planning::zones))
        .route("/api/plans/propose", post(planning::propose).layer(DefaultBodyLimit::max(PROPOSE_BYTES_MAX)))
        .route("/api/plans/replan", post(planning::replan))
        .route("/api/plans/proposals/{number}", get(planning::proposal).delete(planning::stop))
        .route("/api/evidence/{hash}", get(evidence::file))
        .route(
            "/api/schedule/propose",
            post(schedule::propose).layer(DefaultBodyLimit::max(crate::night::REQUEST_BYTES_MAX)),
        )
        .route("/api/schedule/again", post(schedule::again))
        .route("/metrics", get(metrics::text))
        .route("/ws", get(socket::open))
        .route("/ws/video/{camera}", get(video::open))
        .fallback(page::nothing)
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .layer(middleware::from_fn_with_state(Arc::clone(&web), door::guard))
        .with_state(web)
}
