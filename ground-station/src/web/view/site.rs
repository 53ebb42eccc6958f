//! The place, as a console is told of it once.

use missions::{Site, ZoneKind};
use serde::Serialize;
use telemetry::messages::SensorKind;
use telemetry::{LatLon, OperatorId, SensorId, SiteId, ZoneId};

use super::{LonLat, lon_lat};
use crate::airspace::Layers;
use crate::station::{Role, StationConfig};

#[derive(Debug, Serialize)]
pub(in crate::web) struct SiteView {
    id: SiteId,
    name: String,
    datum: LonLat,
    bounds: [f64; 4],
    ground_amsl_m: f64,
    layers: Option<LayersView>,
    map: Option<String>,
    attribution: String,
    zones: Vec<ZoneView>,
    sensors: Vec<SensorView>,
    cameras: Vec<SensorId>,
    operators: Vec<OperatorView>,
}

#[derive(Debug, Serialize)]
struct OperatorView {
    id: OperatorId,
    name: String,
    supervisor: bool,
}

/// The layers of height, metres above ground.
#[derive(Debug, Serialize)]
struct LayersView {
    slow_below_m: f64,
    slow_m_s: f64,
    fast_below_m: f64,
    buffer_below_m: f64,
}

impl From<Layers> for LayersView {
    fn from(layers: Layers) -> Self {
        let Layers { slow_below_m, slow_m_s, fast_below_m, buffer_below_m } = layers;
        Self { slow_below_m, slow_m_s, fast_below_m, buffer_below_m }
    }
}

#[derive(Debug, Serialize)]
struct ZoneView {
    id: ZoneId,
    name: String,
    kind: &'static str,
    ring: Vec<LonLat>,
    /// Of a border: the line itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<Vec<LonLat>>,
}

#[derive(Debug, Serialize)]
struct SensorView {
    id: SensorId,
    kind: SensorKind,
    position: LonLat,
    range_m: f64,
}

impl SiteView {
    pub(in crate::web) fn new(config: &StationConfig) -> Self {
        let site = &config.site;
        let map = site.map.as_ref();
        // A camera on a vehicle moves with it and has no place on the map.
        let fixed = config.sensors.iter().filter(|sensor| sensor.kind != SensorKind::Camera);
        Self {
            id: site.id.clone(),
            name: site.name.clone(),
            datum: lon_lat(site.datum.lat_lon()),
            bounds: site.bounds.degrees(),
            ground_amsl_m: site.ground.metres,
            layers: config.limits.layers.map(LayersView::from),
            map: map.map(|map| format!("/map/{}", map.file_name)),
            attribution: map.map_or_else(String::new, |map| map.attribution.clone()),
            zones: zones(site),
            sensors: fixed
                .map(|sensor| SensorView {
                    id: sensor.id.clone(),
                    kind: sensor.kind,
                    position: lon_lat(sensor.position.lat_lon()),
                    range_m: sensor.coverage.range_m[1],
                })
                .collect(),
            cameras: config.cameras().cloned().collect(),
            operators: config
                .operators
                .iter()
                .map(|operator| OperatorView {
                    id: operator.id.clone(),
                    name: operator.name.clone(),
                    supervisor: operator.role == Role::Supervisor,
                })
                .collect(),
        }
    }
}

fn zones(site: &Site) -> Vec<ZoneView> {
    let points = |points: &[LatLon]| points.iter().map(|at| lon_lat(*at)).collect();
    let zone = |zone: &missions::Zone| ZoneView {
        id: zone.id.clone(),
        name: zone.name.clone(),
        kind: match zone.kind {
            ZoneKind::Restricted => "restricted",
            ZoneKind::FlightControlled => "flight_controlled",
            ZoneKind::Border(_) => "border",
        },
        ring: points(&zone.ring),
        line: zone.border().map(|border| points(&border.line)),
    };
    site.zones.iter().map(zone).collect()
}
