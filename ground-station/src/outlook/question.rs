//! One forecast to be worked out: everything it needs, taken off the station, so that it may run beside it.

use std::sync::Arc;

use planning::cue::{self, CueError, Grid, Map, Plan, Region};
use planning::intercept::{Cue, Site, Watch};
use planning::search::Searcher;
use telemetry::{Timestamp, TrackId, VehicleId};

use super::drift::Drift;

/// A question about one track.
#[derive(Debug, Clone)]
pub struct Question {
    pub(super) track: TrackId,
    pub(super) asked_at: Timestamp,
    pub(super) watch: Arc<Watch>,
    pub(super) cue: Cue,
    pub(super) drift: Drift,
    /// When it was launched, of a balloon.
    pub(super) launched_s: Option<[f64; 2]>,
    pub(super) grid: Grid,
    pub(super) elsewhere: f64,
    pub(super) searchers: Vec<(VehicleId, Searcher)>,
    pub(super) launch_sites: Arc<Vec<Site>>,
    pub(super) before: Option<Arc<Plan>>,
}

/// Its answer.
#[derive(Debug)]
pub struct Answer {
    pub(super) track: TrackId,
    pub(super) asked_at: Timestamp,
    pub(super) drift: Drift,
    /// Whom the plan means by its numbers.
    pub(super) searchers: Vec<VehicleId>,
    pub(super) found: Result<Found, CueError>,
}

/// What was found.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) plan: Arc<Plan>,
    /// Where it comes down with a half, and with 0.9.
    pub(super) landing: [Vec<Region>; 2],
    /// Where it was launched, likewise.
    pub(super) launch: [Vec<Region>; 2],
}

/// The probabilities of the regions that are drawn.
pub const REGIONS: [f64; 2] = [0.5, 0.9];

impl Question {
    /// Works it out. A few milliseconds; draws no random number and reads no clock.
    #[must_use]
    pub fn answer(self) -> Answer {
        let (ids, searchers): (Vec<VehicleId>, Vec<Searcher>) = self.searchers.into_iter().unzip();
        let request = cue::Request {
            watch: &self.watch,
            cue: &self.cue,
            grid: self.grid,
            elsewhere: self.elsewhere,
            searchers: &searchers,
            launch_sites: &self.launch_sites,
            launched_s: self.launched_s,
        };
        let regions = |map: &Map| map.regions(REGIONS);
        let found = cue::plan(&request, self.before.as_deref()).map(|plan| Found {
            landing: regions(&plan.map),
            launch: regions(&plan.launch_map),
            plan: Arc::new(plan),
        });
        Answer { track: self.track, asked_at: self.asked_at, drift: self.drift, searchers: ids, found }
    }
}
