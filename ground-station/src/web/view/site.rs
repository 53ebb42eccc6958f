//! The place, as a console is told of it once.

use missions::{Site, ZoneKind};
use serde::Serialize;
use telemetry::messages::{AzimuthSector, SensorDescription, SensorKind};
use telemetry::{LatLon, OperatorId, SensorId, SiteId, VehicleId, ZoneId};

use super::{LonLat, lon_lat};
use crate::airspace::Layers;
use crate::station::{FleetVehicle, Role, StationConfig, VehicleCamera};

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
    /// The vehicles whose cameras plans reckon with.
    pictures: Vec<PictureView>,
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
    /// Azimuths from the first clockwise to the second, degrees; nothing: all round.
    #[serde(skip_serializing_if = "Option::is_none")]
    sector_deg: Option<[f64; 2]>,
}

/// What a vehicle's camera can do.
#[derive(Debug, Serialize)]
struct PictureView {
    vehicle: VehicleId,
    /// Across and down, pixels.
    size_px: [f64; 2],
    /// How shallow and how steep it can look, degrees below the horizon.
    down_deg: [f64; 2],
}

impl SiteView {
    pub(in crate::web) fn new(config: &StationConfig) -> Self {
        let site = &config.site;
        let map = site.map.as_ref();
        let fixed = config.sensors.iter().filter(|sensor| !carried(config, sensor));
        let picture = |vehicle: &FleetVehicle| {
            let VehicleCamera { lens, down_rad, .. } = vehicle.camera?;
            let (vehicle, down_deg) = (vehicle.id.clone(), down_rad.map(f64::to_degrees));
            Some(PictureView { vehicle, size_px: lens.size_px, down_deg })
        };
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
                    sector_deg: config.views.get(&sensor.id).copied().or(sensor.coverage.sector).map(in_degrees),
                })
                .collect(),
            pictures: config.fleet.iter().filter_map(picture).collect(),
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

fn in_degrees(AzimuthSector { from, to }: AzimuthSector) -> [f64; 2] {
    [from, to].map(|azimuth| azimuth.radians().to_degrees().rem_euclid(360.0))
}

/// Whether a sensor is a camera on one of our vehicles, `falke-1.camera`: it moves with it and has no place on the map.
fn carried(config: &StationConfig, sensor: &SensorDescription) -> bool {
    let on = sensor.id.as_str().strip_suffix(".camera");
    sensor.kind == SensorKind::Camera && on.is_some_and(|on| config.fleet.iter().any(|one| one.id.as_str() == on))
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
