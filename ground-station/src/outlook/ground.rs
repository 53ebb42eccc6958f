//! The ground as the forecast needs it: known places, roads with speeds, and where our crews stand on them.

use std::collections::BTreeMap;
use std::sync::Arc;

use missions::site::{RoadKind, Spot};
use planning::cue::learnt;
use planning::intercept::{Road, Scene, Site, Watch};
use telemetry::LatLon;

use crate::airspace::Airspace;

/// A crew this near to the landing has it, metres: it sees a drone come down, and who walks up to it.
const HIT_RADIUS_M: f64 = 150.0;
/// A crew on foot, m/s.
const OFF_ROAD_M_S: f64 = 1.5;

/// How often a drone heads for a place that nobody knows, before flights have shown it; only that, where no place is known.
const ELSEWHERE: f64 = 0.25;
const ELSEWHERE_ALL: f64 = 0.99;

/// What of it does not change while the room is open, and what the flights that ended show.
#[derive(Debug, Clone)]
pub(super) struct Ground {
    pub(super) watch: Arc<Watch>,
    /// How often a drone heads for a place that is on no list.
    pub(super) elsewhere: f64,
    /// The sites as the file of the site weighs them.
    sites: Vec<Site>,
    /// The places where roads go, as the watch counts them.
    pub(super) nodes: Arc<Vec<LatLon>>,
    pub(super) launch_sites: Arc<Vec<Site>>,
    pub(super) unit_names: Vec<String>,
}

impl Ground {
    /// The ground of a site. Nothing where its numbers cannot be planned with: the reader of site files sees to it that
    /// they can.
    pub(super) fn of(airspace: &Airspace) -> Option<Self> {
        let site = airspace.site();
        let mut nodes = Nodes::default();
        let mut roads = Vec::new();
        for road in &site.roads {
            let ends: Vec<usize> = road.points.iter().map(|at| nodes.of(*at)).collect();
            let pairs = ends.windows(2).filter(|pair| pair[0] != pair[1]);
            roads.extend(pairs.map(|pair| Road { ends: [pair[0], pair[1]], speed_m_s: speed_m_s(road.kind) }));
        }
        let mut nodes_m: Vec<[f64; 2]> = nodes.places.iter().map(|at| airspace.place_m(*at)).collect();
        let mut units = Vec::new();
        for unit in &site.units {
            let at_m = airspace.place_m(unit.at);
            units.push(nearest(&nodes_m, at_m).unwrap_or_else(|| {
                // Without roads a crew goes on foot from where it stands.
                nodes.places.push(unit.at);
                nodes_m.push(at_m);
                nodes_m.len() - 1
            }));
        }
        let spots = |spots: &[Spot]| -> Vec<Site> {
            spots.iter().map(|spot| Site { at_m: airspace.place_m(spot.at), prior: spot.weight }).collect()
        };
        let sites = spots(&site.pick_up_sites);
        let scene = Scene {
            sites: sites.clone(),
            nodes_m,
            roads,
            units,
            off_road_m_s: OFF_ROAD_M_S,
            hit_radius_m: HIT_RADIUS_M,
        };
        Some(Self {
            watch: Arc::new(Watch::new(scene).ok()?),
            elsewhere: if sites.is_empty() { ELSEWHERE_ALL } else { ELSEWHERE },
            sites,
            nodes: Arc::new(nodes.places),
            launch_sites: Arc::new(spots(&site.launch_sites)),
            unit_names: site.units.iter().map(|unit| unit.name.clone()).collect(),
        })
    }

    /// Takes to heart where flights have ended, all that count: near which known place, or at none.
    pub(super) fn learn(&mut self, ends_m: impl IntoIterator<Item = [f64; 2]>) {
        if self.sites.is_empty() {
            return;
        }
        let (sites, elsewhere) = learnt(&self.sites, ELSEWHERE, HIT_RADIUS_M, ends_m);
        if let Ok(watch) = self.watch.with_sites(sites) {
            (self.watch, self.elsewhere) = (Arc::new(watch), elsewhere);
        }
    }
}

/// How fast a crew in a hurry goes there at night, m/s.
fn speed_m_s(kind: RoadKind) -> f64 {
    match kind {
        RoadKind::Trunk => 22.0,
        RoadKind::Secondary => 14.0,
        RoadKind::Tertiary => 12.0,
        RoadKind::Residential => 9.0,
        RoadKind::Track => 5.0,
    }
}

fn nearest(nodes_m: &[[f64; 2]], at_m: [f64; 2]) -> Option<usize> {
    let away_m = |node: &[f64; 2]| (node[0] - at_m[0]).hypot(node[1] - at_m[1]);
    let near = nodes_m.iter().enumerate().min_by(|a, b| away_m(a.1).total_cmp(&away_m(b.1)));
    near.map(|(node, _)| node)
}

/// Roads meet where they share a point, to 1e-6° (11 cm).
#[derive(Default)]
struct Nodes {
    places: Vec<LatLon>,
    known: BTreeMap<[i64; 2], usize>,
}

impl Nodes {
    fn of(&mut self, at: LatLon) -> usize {
        let key = [at.longitude_deg(), at.latitude_deg()].map(|degrees| (degrees * 1e6).round() as i64);
        *self.known.entry(key).or_insert_with(|| {
            self.places.push(at);
            self.places.len() - 1
        })
    }
}
