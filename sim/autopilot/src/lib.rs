//! The simulated autopilot: real MAVLink clients take it for an ArduPilot 4.5 (copter, plane, quadplane, rover as a boat,
//! sub) or a PX4 1.17 (multicopter, plane, VTOL).
//!
//! Bytes go in, time passes, bytes come out; no socket, no clock. Inside are three rooms: `protocol` speaks MAVLink 2,
//! `flight` decides, `dynamics` moves. Time passes in steps of [`STEP`], whatever the intervals at which it is called,
//! so results depend on the seed, the bytes and the weather, and on nothing else. Which firmware it passes for is a
//! [`Personality`]; single habits are switched in [`Quirks`].
//!
//! What it never does: it obeys nothing that is not addressed to it, and as an ArduPilot it streams nothing unasked except
//! its heartbeat.
//!
//! Limits: level ground (or water) at the height of the start, one link; sticks and attitude setpoints ask for the speeds
//! they would end in; no terrain, no rangefinder, no mission commands that are conditions.

mod config;
mod dynamics;
mod flight;
mod local;
mod logbook;
mod parameters;
mod personality;
mod protocol;
pub mod random;

use std::collections::BTreeSet;
use std::time::Duration;

use telemetry::{AltitudeHae, Attitude, Elevation, EnuVelocity, Geodetic, GeoidUndulation, Timestamp};

use self::dynamics::{Air, Battery, Body, Demand, Receiver, Reception, Surroundings};
use self::flight::{Filter, Flight, Situation};
use self::logbook::{Logbook, Row};
use self::parameters::Parameter;
use self::protocol::{AUTOPILOT_COMPONENT, Link, Peer};

pub use self::config::{
    AutopilotConfig, BatterySize, BoatPerformance, Fault, FixedWingPerformance, MultirotorPerformance, Payload,
    Performance, RovPerformance, Tether, VtolPerformance, Weather,
};
pub use self::flight::Mode;
pub use self::parameters::{Parameters, UnknownParameter};
pub use self::personality::{Personality, Quirks, SecondStation, Stall};
pub use self::protocol::LinkCounts;

/// The step of integration. Against a step ten times finer, a five-minute copter flight ends 0.2 m and 0.6 s elsewhere and
/// takes 0.2 % less energy; an aeroplane's and a boat's agree as well. It costs ten times less.
pub const STEP: Duration = Duration::from_millis(50);

const STEP_S: f64 = STEP.as_millis() as f64 / 1000.0;

/// A simulated vehicle with its autopilot.
#[derive(Debug)]
pub struct Autopilot {
    craft: Craft,
    link: Link,
}

impl Autopilot {
    /// Switches it on.
    #[must_use]
    pub fn new(config: AutopilotConfig, seed: u64, now: Timestamp) -> Self {
        Self { link: Link::new(&config, now), craft: Craft::new(config, seed, now) }
    }

    /// Takes bytes of MAVLink that arrive at `now`, in whatever pieces. Anything that is no frame is counted and
    /// dropped. Time passes up to `now` first, in the weather last given.
    pub fn receive(&mut self, now: Timestamp, bytes: &[u8]) {
        self.pass_time(now);
        self.link.receive(now, bytes, &mut self.craft);
    }

    /// Lets time pass up to `now` in this weather. What the vehicle has to say is then in [`Autopilot::take_bytes`].
    pub fn step(&mut self, now: Timestamp, weather: &Weather) {
        self.craft.plant.weather = *weather;
        self.pass_time(now);
    }

    /// Takes the bytes of MAVLink sent since the last call, whole frames.
    pub fn take_bytes(&mut self) -> Vec<u8> {
        self.link.take_bytes()
    }

    /// How things really are, which only a simulation knows.
    #[must_use]
    pub fn truth(&self) -> VehicleTruth {
        let motion = self.craft.plant.body.motion();
        VehicleTruth {
            position: motion.position,
            velocity: motion.enu_velocity(),
            attitude: motion.attitude,
            on_ground: motion.contact,
            armed: self.craft.flight.armed(),
            mode: self.craft.flight.mode(),
            battery_remaining: self.craft.plant.battery.charge(),
            energy_used_wh: self.craft.plant.battery.reading().used_wh,
            camera_target: self.craft.flight.roi,
            camera_elevation: self.craft.flight.look_ahead,
            camera_recording: self.craft.flight.recording,
        }
    }

    /// Breaks something. Breaking it twice changes nothing.
    pub fn inject(&mut self, fault: Fault) {
        if self.craft.plant.faults.insert(fault) && fault == Fault::BatterySag {
            self.craft.plant.battery.wear();
        }
    }

    /// Mends it again.
    pub fn clear(&mut self, fault: Fault) {
        if self.craft.plant.faults.remove(&fault) && fault == Fault::BatterySag {
            self.craft.plant.battery.recover();
        }
    }

    /// What has been received, dropped and sent.
    #[must_use]
    pub fn counts(&self) -> LinkCounts {
        self.link.counts()
    }

    fn pass_time(&mut self, now: Timestamp) {
        while self.craft.plant.clock + STEP <= now {
            self.craft.step();
            self.link.step(&mut self.craft);
        }
    }
}

/// How things really are with a vehicle.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct VehicleTruth {
    /// Where it is.
    pub position: Geodetic,
    /// Over ground.
    pub velocity: EnuVelocity,
    /// How it lies in the air.
    pub attitude: Attitude,
    /// Whether it touches the ground. Never true for what floats.
    pub on_ground: bool,
    /// Whether the motors are armed.
    pub armed: bool,
    /// The flight mode.
    pub mode: Mode,
    /// True charge left, 0 to 1.
    pub battery_remaining: f64,
    /// Energy drawn from the battery since it was switched on, watt-hours.
    pub energy_used_wh: f64,
    /// What the camera is pointed at, if at anything.
    pub camera_target: Option<Geodetic>,
    /// Else how high above the horizon a mission lets it look along the way, if it does.
    pub camera_elevation: Option<Elevation>,
    /// Whether the camera records.
    pub camera_recording: bool,
}

/// Everything but the link: the flight controller, and the plant it controls.
#[derive(Debug)]
struct Craft {
    flight: Flight,
    logbook: Logbook,
    plant: Plant,
}

/// The vehicle, its sensors and settings, and what surrounds it.
#[derive(Debug)]
struct Plant {
    /// When it was switched on.
    boot: Timestamp,
    /// The end of the last step.
    clock: Timestamp,
    ground: AltitudeHae,
    undulation: GeoidUndulation,
    personality: Personality,
    quirks: Quirks,
    parameters: Parameters,
    weather: Weather,
    faults: BTreeSet<Fault>,
    air: Air,
    body: Body,
    battery: Battery,
    receiver: Receiver,
    filter: Filter,
}

impl Craft {
    fn new(config: AutopilotConfig, seed: u64, now: Timestamp) -> Self {
        let estimate_after_s = config.estimate_after.as_secs_f64();
        let flight = Flight::new(config.performance.kind(), config.personality, now, estimate_after_s);
        Self {
            flight,
            logbook: Logbook::new(config.personality),
            plant: Plant::new(config, seed, now, estimate_after_s),
        }
    }

    /// The autopilot as a component on the link.
    fn autopilot(&self) -> Peer {
        Peer { system: self.plant.system(), component: AUTOPILOT_COMPONENT }
    }

    /// The flight controller, and what it decides by.
    fn split(&mut self) -> (&mut Flight, Situation<'_>) {
        (&mut self.flight, self.plant.situation())
    }

    fn step(&mut self) {
        self.plant.sense();
        let (flight, situation) = self.split();
        let demand = flight.step(&situation);
        self.plant.act(&demand);
        self.log();
    }

    fn log(&mut self) {
        let now = self.plant.clock;
        if !self.logbook.is_due(now, self.flight.armed()) {
            return;
        }
        let estimate = self.plant.filter.estimate();
        let e7 = |radians: f64| (radians.to_degrees() * 1e7).round() as i32;
        let amsl_m = estimate.position.height().amsl(self.plant.undulation).metres;
        self.logbook.write(&Row {
            since_boot_us: now.since(self.plant.boot).as_micros() as u64,
            at: now,
            latitude_e7: e7(estimate.position.latitude()),
            longitude_e7: e7(estimate.position.longitude()),
            altitude_mm: (1000.0 * amsl_m).round() as i32,
            velocity: [estimate.velocity.x, estimate.velocity.y, estimate.velocity.z],
        });
    }
}

impl Plant {
    fn new(config: AutopilotConfig, seed: u64, now: Timestamp, estimate_after_s: f64) -> Self {
        let named = |what: &str| format!("autopilot-{}/{what}", config.system);
        let body = Body::new(&config.performance, config.home, config.heading);
        Self {
            boot: now,
            clock: now,
            ground: config.home.height(),
            undulation: config.undulation,
            weather: Weather::default(),
            faults: BTreeSet::new(),
            air: Air::new(seed, &named("gusts")),
            battery: Battery::full(config.battery),
            receiver: Receiver::new(seed, &named("gnss")),
            filter: Filter::new(seed, &named("drift"), body.motion(), now, estimate_after_s),
            personality: config.personality,
            quirks: config.quirks,
            parameters: config.parameters,
            body,
        }
    }

    fn situation(&self) -> Situation<'_> {
        let wind = self.weather.wind;
        Situation {
            now: self.clock,
            personality: self.personality,
            quirks: &self.quirks,
            parameters: &self.parameters,
            estimate: self.filter.estimate(),
            battery: self.battery.reading(),
            motion: self.body.motion(),
            ground: self.ground,
            undulation: self.undulation,
            wind: [wind.east_m_s, wind.north_m_s],
        }
    }

    /// The MAVLink system id, which a parameter decides.
    fn system(&self) -> u8 {
        self.parameters.get(Parameter::SysidThismav).clamp(1.0, 255.0) as u8
    }

    fn sense(&mut self) {
        self.clock = self.clock + STEP;
        self.receiver.step(STEP_S);
        let reception = if self.faults.contains(&Fault::GpsLoss) {
            Reception::None
        } else if self.faults.contains(&Fault::GpsDegraded) {
            Reception::Degraded
        } else {
            Reception::Good
        };
        self.filter.step(self.clock, self.body.motion(), &self.receiver, reception, STEP_S);
    }

    fn act(&mut self, demand: &Demand) {
        let motion = self.body.motion();
        let height_m = motion.position.height().metres - self.ground.metres;
        let around = Surroundings {
            air: self.air.step(&self.weather, height_m, motion.airspeed_m_s, STEP_S),
            water: self.weather.current.vector(),
            ground: self.ground,
            powered: !self.faults.contains(&Fault::EngineFailure) && !self.battery.exhausted(),
            rotors_whole: !self.faults.contains(&Fault::MotorFailure),
            seconds: STEP_S,
        };
        let navigated = self.filter.estimate().navigated();
        let power_w = self.body.step(demand, &navigated, &self.parameters, &around);
        self.battery.draw(power_w, STEP_S);
    }
}
