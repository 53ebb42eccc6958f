//! From a scenario to the parts that play it: the world, the sensors, the vehicles, the operations room.
//!
//! Both shells of the simulator build from here, so that a night flown in virtual time and a night flown live are the
//! same night.

use std::time::Duration;

use missions::scenario::{self, AisSilence, AtEnd, Flock, Intruder, OwnVehicle, Scenario, Vessel};
use missions::sensor::MeasurementSigma;
use onboard::agent::{AgentConfig, AgentError, Limits};
use telemetry::messages::{SensorDescription, TargetClass, VehicleKind};
use telemetry::{AltitudeAmsl, AltitudeHae, Azimuth, EnuVelocity, Geodetic, HeightAgl, LatLon, MavSystemId, Timestamp};
use thiserror::Error;

use crate::link::LinkModel;
use crate::sensors::{CameraModel, DirectionFinderModel, FieldOfView, RadarModel, RadarSigma};
use crate::world::{
    AisClass, AisConfig, AisIdentity, EndOfLegs, EndOfRoute, FlockConfig, IntruderConfig, IntruderLeg, IntruderPath,
    RecordedPath, RecordedSample, RecordingFault, ShipDimensions, Truth, TruthId, VesselConfig, WorldConfig,
    WorldError,
};
use autopilot::{AutopilotConfig, VehicleTruth, Weather};

/// A coaster of this length has the radar cross-section that the coastal radar's figures are for.
const COASTER_LENGTH_M: f64 = 80.0;
/// Positions of an intruder's path are taken this often; the simulated flight is smooth through them.
const PATH_STEP_S: f64 = 1.0;
/// A path whose points are at least this far apart in time was drawn by hand.
const DRAWN_STEP_S: f64 = 3.0;
/// A leg slower than this is a hover.
const HOVER_M_S: f64 = 0.1;
/// A boat slower than this lies still.
const LYING_STILL_M_S: f64 = 0.5;
/// The birds of a flock stray this far from its centre.
const FLOCK_SPREAD_M: f64 = 30.0;

/// A scenario that was read well but cannot be played.
#[derive(Debug, Error)]
pub enum ComposeError {
    /// A target of the world cannot move.
    #[error("the world cannot be built")]
    World(#[from] WorldError),
    /// An intruder's path cannot be flown.
    #[error("intruder {name} cannot fly its path")]
    Intruder {
        /// Which intruder.
        name: String,
        /// Why.
        source: RecordingFault,
    },
    /// A vehicle's agent refuses its configuration.
    #[error(transparent)]
    Agent(#[from] AgentError),
    /// More vehicles than MAVLink has system ids.
    #[error("{0} vehicles of our own; MAVLink has system ids for 250")]
    TooManyVehicles(usize),
}

/// The world outside.
///
/// # Errors
/// [`ComposeError`] for a target that cannot move.
pub fn world(scenario: &Scenario) -> Result<WorldConfig, ComposeError> {
    let intruders = scenario.intruders.iter().map(|intruder| intruder_config(scenario, intruder));
    Ok(WorldConfig {
        undulation: scenario.site.undulation,
        ground: scenario.site.ground,
        vessels: scenario.vessels.iter().map(vessel_config).collect(),
        intruders: intruders.collect::<Result<_, _>>()?,
        flocks: scenario.flocks.iter().map(flock_config).collect(),
    })
}

fn vessel_config(vessel: &Vessel) -> VesselConfig {
    let points = vessel.path.points();
    let legs_m: f64 = points.windows(2).map(|leg| leg[0].position.distance_m(leg[1].position)).sum();
    let under_way_s = vessel.path.ends_at().seconds_since(vessel.path.begins_at());
    let half_m = (vessel.length_m / 2.0).round();
    let silences = match &vessel.silence {
        AisSilence::During(spans) => spans.iter().map(|span| [span.from, span.to]).collect(),
        AisSilence::Never | AisSilence::Always => Vec::new(),
    };
    let identity = AisIdentity {
        mmsi: vessel.mmsi,
        name: vessel.name.clone(),
        call_sign: vessel.call_sign.clone().unwrap_or_default(),
        ship_type: vessel.ship_type,
        class: AisClass::A,
        dimensions: ShipDimensions {
            to_bow_m: half_m as u16,
            to_stern_m: half_m as u16,
            to_port_m: (vessel.length_m / 14.0).round() as u8,
            to_starboard_m: (vessel.length_m / 14.0).round() as u8,
        },
    };
    VesselConfig {
        name: vessel.name.clone(),
        route: points.iter().map(|point| point.position.lat_lon()).collect(),
        heading: None,
        // A berth is one point; what lies there would manoeuvre slowly.
        speed_m_s: if under_way_s > 0.0 && legs_m > 0.0 { (legs_m / under_way_s).clamp(0.1, 40.0) } else { 1.0 },
        length_m: vessel.length_m,
        departs_at: vessel.path.begins_at(),
        at_end: match vessel.path.at_end() {
            AtEnd::Stay => EndOfRoute::Moor,
            AtEnd::Vanish => EndOfRoute::Leave,
            AtEnd::Repeat => EndOfRoute::Loop,
        },
        radar_size: (vessel.length_m / COASTER_LENGTH_M).powi(2),
        ais: (vessel.silence != AisSilence::Always).then_some(AisConfig { identity, silences }),
    }
}

fn intruder_config(scenario: &Scenario, intruder: &Intruder) -> Result<IntruderConfig, ComposeError> {
    let refused = |source| ComposeError::Intruder { name: intruder.name.clone(), source };
    let path = if is_drawn(&intruder.path) {
        legs(scenario, &intruder.path)
    } else {
        samples(scenario, &intruder.path).map_err(refused)?
    };
    Ok(IntruderConfig {
        name: intruder.name.clone(),
        path,
        appears_at: intruder.path.begins_at(),
        vanishes_at: None,
        radiates: intruder.radiates,
        radar_size: intruder.radar_size,
    })
}

/// Whether a path was drawn by hand, its points far apart: a drone flies it leg by leg, as fast as it can turn. A
/// recorded flight has points every fraction of a second and is flown through them.
fn is_drawn(path: &scenario::Path) -> bool {
    let steps = path.points().len() - 1;
    let lasts_s = path.ends_at().seconds_since(path.begins_at());
    path.at_end() != AtEnd::Repeat && lasts_s >= DRAWN_STEP_S * steps as f64
}

fn legs(scenario: &Scenario, path: &scenario::Path) -> IntruderPath {
    let ground = surface(scenario);
    let height = |at: Geodetic| HeightAgl::new((at.height().metres - ground.metres).max(0.0));
    let leg = |pair: &[scenario::TimedPoint]| {
        let (from, to) = (pair[0].position, pair[1].position);
        let seconds = pair[1].at.seconds_since(pair[0].at);
        let speed_m_s = from.distance_m(to) / seconds;
        if speed_m_s < HOVER_M_S {
            return IntruderLeg::Hover { seconds };
        }
        IntruderLeg::FlyTo { to: to.lat_lon(), height: height(to), speed_m_s }
    };
    let first = path.points()[0].position;
    IntruderPath::Legs {
        from: first.lat_lon(),
        height: height(first),
        legs: path.points().windows(2).map(leg).collect(),
        at_end: if path.at_end() == AtEnd::Stay { EndOfLegs::Hover } else { EndOfLegs::Vanish },
    }
}

fn samples(scenario: &Scenario, path: &scenario::Path) -> Result<IntruderPath, RecordingFault> {
    let ground = surface(scenario);
    let sample = |n: u32| {
        let seconds = f64::from(n) * PATH_STEP_S;
        let at = path.begins_at().offset_seconds(seconds);
        let position = path.position(at).filter(|_| at <= scenario.end)?;
        let height = HeightAgl::new(position.height().metres - ground.metres);
        Some(RecordedSample { seconds, at: position.lat_lon(), height })
    };
    let samples: Vec<_> = (0..).map_while(sample).collect();
    RecordedPath::new(&samples).map(IntruderPath::Recorded)
}

fn flock_config(flock: &Flock) -> FlockConfig {
    let corners = flock.area.len() as f64;
    let latitude = flock.area.iter().map(|corner| corner.latitude()).sum::<f64>() / corners;
    let longitude = flock.area.iter().map(|corner| corner.longitude()).sum::<f64>() / corners;
    let home = LatLon::from_radians(latitude, longitude).expect("the mean of corners lies between them");
    let on_ground = |at: LatLon| at.at_height(AltitudeHae::default());
    let reach_m = flock.area.iter().map(|corner| on_ground(*corner).distance_m(on_ground(home))).fold(0.0, f64::max);
    FlockConfig {
        name: flock.name.clone(),
        home,
        // Two standard deviations reach the farthest corner.
        roam_m: reach_m / 2.0,
        spread_m: FLOCK_SPREAD_M,
        birds: flock.count,
        radar_size: flock.radar_size,
    }
}

/// The ground and the water around the sensors.
#[must_use]
pub fn surface(scenario: &Scenario) -> AltitudeHae {
    scenario.site.ground.hae(scenario.site.undulation)
}

/// A radar of the scenario, 3-D or coastal by its kind.
#[must_use]
pub fn radar(description: &SensorDescription, sigma: &MeasurementSigma, scenario: &Scenario) -> RadarModel {
    let first_at = scenario.start + Duration::from_secs_f64(description.period_s);
    if description.kind == telemetry::messages::SensorKind::CoastalRadar {
        let mut model = RadarModel::coastal(description.clone(), surface(scenario), first_at);
        if let RadarSigma::TwoD { range_m, azimuth_rad } = &mut model.sigma {
            *range_m = sigma.range_m.unwrap_or(*range_m);
            *azimuth_rad = sigma.azimuth_rad.unwrap_or(*azimuth_rad);
        }
        return model;
    }
    let mut model = RadarModel::counter_drone(description.clone(), surface(scenario), first_at);
    if let RadarSigma::ThreeD { range_m, azimuth_rad, elevation_rad, range_rate_m_s } = &mut model.sigma {
        *range_m = sigma.range_m.unwrap_or(*range_m);
        *azimuth_rad = sigma.azimuth_rad.unwrap_or(*azimuth_rad);
        *elevation_rad = sigma.elevation_rad.unwrap_or(*elevation_rad);
        *range_rate_m_s = sigma.range_rate_m_s;
    }
    model
}

/// A direction finder of the scenario.
#[must_use]
pub fn direction_finder(
    description: &SensorDescription,
    sigma: &MeasurementSigma,
    scenario: &Scenario,
) -> DirectionFinderModel {
    let first_at = scenario.start + Duration::from_secs_f64(description.period_s);
    let mut model = DirectionFinderModel::new(description.clone(), surface(scenario), first_at);
    model.sigma_rad = sigma.azimuth_rad.unwrap_or(model.sigma_rad);
    model
}

/// The camera of a vehicle.
#[must_use]
pub fn camera(camera: &scenario::Camera, scenario: &Scenario) -> CameraModel {
    let description = &camera.sensor.description;
    let first_at = scenario.start + Duration::from_secs_f64(description.period_s);
    let mut model = CameraModel::on_drone(description.clone(), surface(scenario), first_at);
    model.sigma_rad = camera.sensor.sigma.azimuth_rad.unwrap_or(model.sigma_rad);
    let aspect = model.field_of_view.vertical_rad / model.field_of_view.horizontal_rad;
    let horizontal_rad = camera.field_of_view_rad;
    model.field_of_view = FieldOfView { horizontal_rad, vertical_rad: horizontal_rad * aspect };
    model
}

/// The MAVLink system id of the vehicle in a place of the scenario, counted from 0.
///
/// # Errors
/// [`ComposeError::TooManyVehicles`] where MAVLink has no id left.
pub fn system(place: usize) -> Result<MavSystemId, ComposeError> {
    match u8::try_from(place + 1) {
        Ok(id) if id <= 250 => Ok(MavSystemId(id)),
        _ => Err(ComposeError::TooManyVehicles(place + 1)),
    }
}

/// The autopilot of a vehicle.
#[must_use]
pub fn autopilot(vehicle: &OwnVehicle, system: MavSystemId, scenario: &Scenario) -> AutopilotConfig {
    let (home, undulation) = (vehicle.home, scenario.site.undulation);
    let mut config = match vehicle.kind {
        VehicleKind::FixedWing => AutopilotConfig::fixed_wing(system, home, undulation),
        VehicleKind::Boat => AutopilotConfig::boat(system, home, undulation),
        VehicleKind::Vtol => AutopilotConfig::vtol(system, home, undulation),
        VehicleKind::Rov => AutopilotConfig::rov(system, home, undulation),
        VehicleKind::Multirotor | VehicleKind::Unknown => AutopilotConfig::multirotor(system, home, undulation),
    };
    config.heading = vehicle.heading;
    config
}

/// The agent on a vehicle's companion computer.
#[must_use]
pub fn agent(vehicle: &OwnVehicle, system: MavSystemId, scenario: &Scenario) -> AgentConfig {
    AgentConfig {
        vehicle: vehicle.id.clone(),
        kind: vehicle.kind,
        system,
        undulation: scenario.site.undulation,
        pose: None,
        camera: vehicle.camera.as_ref().map(|camera| camera.sensor.description.clone()),
        plan: None,
        limits: Limits { endurance_s: vehicle.performance.endurance_s, ..Limits::default() },
    }
}

/// The air around the vehicles.
#[must_use]
pub fn weather(scenario: &Scenario) -> Weather {
    let towards = scenario.weather.wind_from.radians() + std::f64::consts::PI;
    let speed_m_s = scenario.weather.wind_m_s;
    Weather {
        wind: EnuVelocity { east_m_s: speed_m_s * towards.sin(), north_m_s: speed_m_s * towards.cos(), up_m_s: 0.0 },
        gust_sigma_m_s: scenario.weather.gust_sigma_m_s,
        current: EnuVelocity::default(),
    }
}

/// The radio link of a vehicle, one way.
#[must_use]
pub fn link(vehicle: &OwnVehicle) -> LinkModel {
    LinkModel {
        delay: Duration::from_secs_f64(vehicle.link.delay_s.max(0.0)),
        jitter: Duration::from_secs_f64(vehicle.link.jitter_s.max(0.0)),
        loss: vehicle.link.loss,
        ..LinkModel::default()
    }
}

/// One of our own vehicles as sensors see it.
#[must_use]
pub fn own_truth(place: usize, vehicle: &OwnVehicle, truth: &VehicleTruth) -> Truth {
    let boat = vehicle.kind == VehicleKind::Boat;
    Truth {
        id: TruthId::own_vehicle(place as u32),
        name: vehicle.id.to_string(),
        class: if boat { TargetClass::Vessel } else { TargetClass::Drone },
        position: truth.position,
        velocity: truth.velocity,
        // Direction finders are told the frequencies of our own links and pass them over.
        radiates: false,
        radar_size: if boat { 0.01 } else { 2.0 },
        ais: None,
    }
}

/// Where a vehicle's camera truly points: at what it was told to look at, else ahead, as its plan says or a little down.
#[must_use]
pub fn camera_pose(truth: &VehicleTruth) -> crate::sensors::CameraPose {
    match truth.camera_target {
        Some(target) => crate::sensors::CameraPose::looking_at(truth.position, target),
        None => crate::sensors::CameraPose {
            position: truth.position,
            azimuth: Azimuth::from_radians(truth.attitude.heading.radians()),
            elevation: truth.camera_elevation.unwrap_or(telemetry::Elevation::from_degrees(-10.0)),
        },
    }
}

/// Sea level at the site.
#[must_use]
pub fn sea_level(scenario: &Scenario) -> AltitudeHae {
    AltitudeAmsl::new(0.0).hae(scenario.site.undulation)
}

/// How far a vehicle is from its home, metres over ground.
#[must_use]
pub fn from_home_m(vehicle: &OwnVehicle, position: Geodetic) -> f64 {
    telemetry::SiteFrame::new(vehicle.home).enu(position).horizontal_m()
}

/// Whether a vehicle is at rest: motors off, or, for a boat, which holds its place under power, lying still.
#[must_use]
pub fn is_at_rest(vehicle: &OwnVehicle, truth: &VehicleTruth) -> bool {
    !truth.armed || (vehicle.kind == VehicleKind::Boat && truth.velocity.ground_speed_m_s() < LYING_STILL_M_S)
}

/// The instants at which something fails or is mended, in order.
#[must_use]
pub fn fault_times(scenario: &Scenario) -> Vec<Timestamp> {
    let mut times: Vec<_> = scenario.faults.iter().flat_map(|fault| [fault.span.from, fault.span.to]).collect();
    times.sort_unstable();
    times.dedup();
    times
}
