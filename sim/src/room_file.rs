//! The operations room of a scenario, as its own configuration file: the simulator configures it as people do, by
//! `station.toml`, so that what is played, what is recorded and what runs live are configured by the same words.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use ground_station::config::{
    BusSection, CameraEntry, OperatorEntry, RoleName, RuleSection, Sources, StationFile, VehicleEntry, VehicleKindName,
    ViewEntry,
};
use ground_station::station::RuleConfig;
use missions::Scenario;
use missions::file::Library;
use missions::notation::{AltitudeNote, LonLat};
use missions::scenario::FixedCamera;
use missions::{Plan, Site};
use telemetry::{PlanId, Timestamp};

/// The name of the file.
pub const STATION_FILE: &str = "station.toml";
/// The hash of no key that anybody knows: a room in virtual time has no door.
const NO_KEY: &str = "0000000000000000000000000000000000000000000000000000000000000000";
/// Where the room would listen, were it ever served.
const USUAL_PORT: u16 = 8320;
const USUAL_BUS: &str = "tcp/127.0.0.1:7447";

/// Pictures of a vehicle's camera, as plans reckon with them: a little less high than what is simulated, so that no plan
/// promises more than is seen.
const CAMERA_SIZE_PX: [u32; 2] = [1920, 1080];
/// How shallow and how steep its gimbal lets it look, degrees below the horizon.
const CAMERA_DOWN_DEG: [f64; 2] = [10.0, 90.0];

/// By which name the room opens a file of the scenario, given its key in the scenario's bundle.
pub type Naming<'a> = &'a dyn Fn(&str) -> String;

/// The configuration of a scenario's room, its times moved by `wall`.
#[must_use]
pub fn station_file(scenario: &Scenario, naming: Naming<'_>, wall: impl Fn(Timestamp) -> Timestamp) -> StationFile {
    let operator = &scenario.operator;
    let keys = Keys::of(scenario);
    let fixed = scenario.fixed_cameras.iter().map(|camera| &camera.sensor);
    let carried = scenario.vehicles.iter().filter_map(|vehicle| Some(&vehicle.camera.as_ref()?.sensor));
    let vehicles = scenario.vehicles.iter().map(|vehicle| VehicleEntry {
        id: vehicle.id.clone(),
        name: vehicle.name.clone(),
        kind: VehicleKindName::of(vehicle.kind).expect("a scenario's vehicles are of known kinds"),
        cruise_m_s: Some(vehicle.performance.cruise_m_s),
        home: Some(LonLat::from_lat_lon(vehicle.home.lat_lon())),
        home_altitude: Some(AltitudeNote::AmslM(vehicle.home.height().amsl(scenario.site.undulation).metres)),
        battery: Some(vehicle.battery),
        camera: vehicle.camera.as_ref().map(|camera| CameraEntry {
            size_px: CAMERA_SIZE_PX,
            field_of_view_deg: camera.field_of_view_rad.to_degrees(),
            exposure_ms: None,
            down_deg: CAMERA_DOWN_DEG,
        }),
        plan: vehicle.plan.as_ref().and_then(|plan| keys.plan(plan.id())).map(naming),
        start: vehicle.launch_at.map(&wall),
        released_by: Some(operator.id.clone()),
    });
    let authorisations = scenario.authorisations.iter().map(|granted| {
        let mut granted = granted.clone();
        (granted.from, granted.to) = (wall(granted.from), wall(granted.to));
        granted
    });
    StationFile {
        site: naming(&keys.site),
        listen: SocketAddr::from((Ipv4Addr::LOCALHOST, USUAL_PORT)),
        allow_remote: false,
        simulated: true,
        store: PathBuf::from("station.sqlite"),
        record: None,
        evidence: None,
        bus: BusSection { listen: vec![USUAL_BUS.to_owned()], connect: Vec::new(), tls: None },
        rules: RuleSection {
            ais_lost_after_s: Some(scenario.ais_lost_after_s),
            ..RuleSection::from(&RuleConfig::default())
        },
        zones: None,
        preflight: None,
        sharing: None,
        operators: vec![OperatorEntry {
            id: operator.id.clone(),
            name: operator.name.clone(),
            key_sha256: NO_KEY.to_owned(),
            role: Some(RoleName::Supervisor),
        }],
        vehicles: vehicles.collect(),
        sensors: scenario.sensors.iter().chain(fixed).chain(carried).map(missions::Sensor::table).collect(),
        views: scenario.fixed_cameras.iter().map(view).collect(),
        authorisations: authorisations.collect(),
    }
}

fn view(camera: &FixedCamera) -> ViewEntry {
    ViewEntry {
        camera: camera.sensor.description.id.clone(),
        azimuth_deg: camera.axis.0.radians().to_degrees().rem_euclid(360.0),
        field_of_view_deg: camera.field_of_view_rad.to_degrees(),
    }
}

/// The configuration with the files it names, as a recording carries it.
///
/// # Errors
/// When the file cannot be written as TOML.
pub fn sources(scenario: &Scenario) -> Result<Sources, toml::ser::Error> {
    let text = station_file(scenario, &ToOwned::to_owned, |at| at).to_toml()?;
    let Keys { site, plans } = Keys::of(scenario);
    let bundle = |key: String| {
        let mut library = Library::from(scenario.bundle().clone());
        // A file that reads takes along those it names; that all of them do was seen when the scenario was read.
        let read = Site::take(&mut library, &key).map(drop).or_else(|_| Plan::take(&mut library, &key).map(drop));
        debug_assert!(read.is_ok());
        (key.clone(), library.into_bundle(key))
    };
    let named = plans.into_iter().map(|(_, key)| key).chain([site]).map(bundle).collect();
    Ok(Sources { name: STATION_FILE.to_owned(), text, named })
}

/// Which files of a scenario's bundle hold its site and its plans.
struct Keys {
    site: String,
    plans: Vec<(PlanId, String)>,
}

impl Keys {
    fn of(scenario: &Scenario) -> Self {
        let bundle = scenario.bundle();
        let mut keys = Self { site: String::new(), plans: Vec::new() };
        for (key, bytes) in &bundle.files {
            if let Ok(plan) = Plan::read(key, bytes) {
                keys.plans.push((plan.id().clone(), key.clone()));
            } else if Site::take(&mut Library::from(bundle.clone()), key).is_ok_and(|it| it.id == scenario.site.id) {
                keys.site.clone_from(key);
            }
        }
        keys
    }

    fn plan(&self, id: &PlanId) -> Option<&str> {
        self.plans.iter().find(|(plan, _)| plan == id).map(|(_, key)| key.as_str())
    }
}
