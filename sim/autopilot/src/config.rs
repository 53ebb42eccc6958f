//! What an autopilot is told before it is switched on: who it is, what it flies and where it stands.
//!
//! Performance is physics (mass, drag, power); what a person would tune on the real aircraft is in
//! [`Parameters`], under ArduPilot's own names.

use std::time::Duration;

use telemetry::messages::VehicleKind;
use telemetry::{EnuVelocity, Geodetic, GeoidUndulation, Heading, MavSystemId};

use super::parameters::Parameters;
use super::personality::{Personality, Quirks};

/// One simulated vehicle and its autopilot.
#[derive(Debug, Clone, PartialEq)]
pub struct AutopilotConfig {
    /// The MAVLink system id; the component is always 1.
    pub system: MavSystemId,
    /// Where it stands when it is switched on. The ground (or the water) is level at this height wherever it goes.
    pub home: Geodetic,
    /// Where the nose points.
    pub heading: Heading,
    /// The geoid's height above the ellipsoid, with which heights are reported above mean sea level.
    pub undulation: GeoidUndulation,
    /// What the vehicle can do.
    pub performance: Performance,
    /// The battery, full at the start.
    pub battery: BatterySize,
    /// Settings, as on the real autopilot.
    pub parameters: Parameters,
    /// How long after switching on the navigation filter trusts its position; arming for a mode that needs one fails
    /// until then. The first satellite fix comes after a third of it, home after half.
    pub estimate_after: Duration,
    /// The firmware it passes for.
    pub personality: Personality,
    /// Its habits.
    pub quirks: Quirks,
    /// The key it signs with from the start, if any: frames that are not signed with it are dropped.
    pub signing: Option<[u8; 32]>,
    /// What it carries that speaks MAVLink itself.
    pub payload: Payload,
}

/// What a vehicle carries that speaks MAVLink itself, beside the autopilot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Payload {
    /// Nothing.
    #[default]
    Nothing,
    /// A camera (component 100) in a gimbal (component 154).
    GimballedCamera,
}

impl AutopilotConfig {
    /// A patrol quadrotor of 6.3 kg: about 45 minutes in the hover, 18 m/s at most.
    #[must_use]
    pub fn multirotor(system: MavSystemId, home: Geodetic, undulation: GeoidUndulation) -> Self {
        let performance = Performance::Multirotor(MultirotorPerformance {
            mass_kg: 6.3,
            hover_power_w: 620.0,
            disc_area_m2: 0.63,
            airspeed_at_30_deg_m_s: 18.0,
            rotors: 4,
        });
        let battery = BatterySize { cells: 6, capacity_mah: 22_000.0, resistance_ohm: 0.018 };
        Self::with(system, home, undulation, performance, battery)
    }

    /// A belly-landing survey aeroplane of 5 kg: about two hours at 20 m/s.
    #[must_use]
    pub fn fixed_wing(system: MavSystemId, home: Geodetic, undulation: GeoidUndulation) -> Self {
        let performance = Performance::FixedWing(FixedWingPerformance {
            mass_kg: 5.0,
            stall_m_s: 11.0,
            best_glide_m_s: 15.0,
            glide_ratio: 13.0,
            power_w: 900.0,
            efficiency: 0.55,
            power_exponent: 1.0,
        });
        let battery = BatterySize { cells: 6, capacity_mah: 16_000.0, resistance_ohm: 0.02 };
        Self::with(system, home, undulation, performance, battery)
    }

    /// An electric patrol boat of 4 m: 8 m/s at most, a night at 3 m/s.
    #[must_use]
    pub fn boat(system: MavSystemId, home: Geodetic, undulation: GeoidUndulation) -> Self {
        let performance = Performance::Boat(BoatPerformance {
            top_speed_m_s: 8.0,
            top_power_w: 9_000.0,
            hotel_power_w: 90.0,
            turn_radius_m: 6.0,
            leeway: 0.03,
        });
        let battery = BatterySize { cells: 14, capacity_mah: 200_000.0, resistance_ohm: 0.01 };
        Self::with(system, home, undulation, performance, battery)
    }

    /// A 6.5 kg aeroplane with four lift rotors: about an hour at 20 m/s, ten minutes in the hover.
    #[must_use]
    pub fn vtol(system: MavSystemId, home: Geodetic, undulation: GeoidUndulation) -> Self {
        let performance = Performance::Vtol(VtolPerformance {
            wing: FixedWingPerformance {
                mass_kg: 6.5,
                stall_m_s: 12.0,
                best_glide_m_s: 16.0,
                glide_ratio: 12.0,
                power_w: 1_000.0,
                efficiency: 0.55,
                power_exponent: 1.0,
            },
            hover_power_w: 1_250.0,
            disc_area_m2: 0.46,
            airspeed_at_30_deg_m_s: 15.0,
            transition_m_s: 15.0,
        });
        let battery = BatterySize { cells: 6, capacity_mah: 16_000.0, resistance_ohm: 0.015 };
        Self::with(system, home, undulation, performance, battery)
    }

    /// An inspection ROV of 11 kg on 150 m of tether in 60 m of water: two hours at 0.5 m/s. Figures of the BlueROV2's
    /// data sheet; the moving mass holds about half as much water again, which moves along.
    #[must_use]
    pub fn rov(system: MavSystemId, home: Geodetic, undulation: GeoidUndulation) -> Self {
        let performance = Performance::Rov(RovPerformance {
            moving_mass_kg: 17.0,
            thrust_horizontal_n: 120.0,
            thrust_vertical_n: 90.0,
            top_speed_m_s: 1.5,
            top_climb_m_s: 1.0,
            top_power_w: 900.0,
            hotel_power_w: 45.0,
            buoyancy_n: 2.0,
            water_depth_m: 60.0,
            tether: Some(Tether { length_m: 150.0, diameter_m: 0.0076 }),
        });
        let battery = BatterySize { cells: 4, capacity_mah: 18_000.0, resistance_ohm: 0.03 };
        Self::with(system, home, undulation, performance, battery)
    }

    /// The same vehicle with the other firmware: its defaults, its habits.
    #[must_use]
    pub fn passing_for(self, personality: Personality) -> Self {
        let kind = self.performance.kind();
        let parameters = match personality {
            Personality::ArduPilot => Parameters::defaults(kind, self.system, &self.battery),
            Personality::Px4 => Parameters::px4_defaults(kind, self.system, &self.battery),
        };
        Self { personality, quirks: Quirks::of(personality), parameters, ..self }
    }

    fn with(
        system: MavSystemId,
        home: Geodetic,
        undulation: GeoidUndulation,
        performance: Performance,
        battery: BatterySize,
    ) -> Self {
        let parameters = Parameters::defaults(performance.kind(), system, &battery);
        Self {
            system,
            home,
            heading: Heading::from_radians(0.0),
            undulation,
            performance,
            battery,
            parameters,
            estimate_after: Duration::from_secs(12),
            personality: Personality::ArduPilot,
            quirks: Quirks::of(Personality::ArduPilot),
            signing: None,
            payload: Payload::Nothing,
        }
    }
}

/// What a vehicle is able to do, by kind.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Performance {
    /// A multicopter.
    Multirotor(MultirotorPerformance),
    /// An aeroplane.
    FixedWing(FixedWingPerformance),
    /// A surface boat.
    Boat(BoatPerformance),
    /// An aeroplane with lift rotors.
    Vtol(VtolPerformance),
    /// A remotely operated vehicle under water.
    Rov(RovPerformance),
}

impl Performance {
    /// The kind of vehicle it describes.
    #[must_use]
    pub fn kind(&self) -> VehicleKind {
        match self {
            Self::Multirotor(_) => VehicleKind::Multirotor,
            Self::FixedWing(_) => VehicleKind::FixedWing,
            Self::Boat(_) => VehicleKind::Boat,
            Self::Vtol(_) => VehicleKind::Vtol,
            Self::Rov(_) => VehicleKind::Rov,
        }
    }
}

/// A multicopter.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MultirotorPerformance {
    /// Take-off mass.
    pub mass_kg: f64,
    /// Electrical power of the motors in the hover, still air; the computers' comes on top.
    pub hover_power_w: f64,
    /// The area all rotors sweep together; it decides how power falls and rises with speed.
    pub disc_area_m2: f64,
    /// The airspeed it keeps up leaning 30°; it decides the drag.
    pub airspeed_at_30_deg_m_s: f64,
    /// How many rotors. With six or more it goes on flying when one fails.
    pub rotors: u8,
}

/// An aeroplane, by the numbers of its handbook.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FixedWingPerformance {
    /// Take-off mass.
    pub mass_kg: f64,
    /// Stalling speed, wings level.
    pub stall_m_s: f64,
    /// The airspeed of the flattest glide.
    pub best_glide_m_s: f64,
    /// Distance over height lost in the flattest glide.
    pub glide_ratio: f64,
    /// Electrical power at full throttle.
    pub power_w: f64,
    /// Thrust power over electrical power at full throttle.
    pub efficiency: f64,
    /// How electrical power grows with thrust power below that: with this power of it. 1 where the propeller is as good
    /// at cruise as at full throttle, more where it is better; it follows from the power of a level cruise.
    pub power_exponent: f64,
}

/// A surface boat.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BoatPerformance {
    /// Speed through the water at full power.
    pub top_speed_m_s: f64,
    /// Electrical power at full power.
    pub top_power_w: f64,
    /// What computers, radio and lights draw always.
    pub hotel_power_w: f64,
    /// The tightest turn under way.
    pub turn_radius_m: f64,
    /// Drift through the water, as a fraction of the wind.
    pub leeway: f64,
}

/// An aeroplane that takes off and lands on lift rotors, and is pushed by a motor of its own.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct VtolPerformance {
    /// On the wing; its power is the pusher's, its mass all of it.
    pub wing: FixedWingPerformance,
    /// Electrical power in the hover, still air.
    pub hover_power_w: f64,
    /// The area the lift rotors sweep together.
    pub disc_area_m2: f64,
    /// The airspeed it keeps up on its rotors leaning 30°.
    pub airspeed_at_30_deg_m_s: f64,
    /// The airspeed at which the lift rotors stop.
    pub transition_m_s: f64,
}

/// A remotely operated vehicle under water.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RovPerformance {
    /// Its mass and that of the water it takes along.
    pub moving_mass_kg: f64,
    /// The most its thrusters push in any level direction.
    pub thrust_horizontal_n: f64,
    /// The most they push up or down.
    pub thrust_vertical_n: f64,
    /// Speed through the water at full horizontal thrust, without a tether.
    pub top_speed_m_s: f64,
    /// Rate of climb at full vertical thrust.
    pub top_climb_m_s: f64,
    /// Electrical power of the thrusters at full horizontal thrust.
    pub top_power_w: f64,
    /// What computers, cameras and lights draw always.
    pub hotel_power_w: f64,
    /// How much more it displaces than it weighs, positive upwards.
    pub buoyancy_n: f64,
    /// The depth of the water, level everywhere.
    pub water_depth_m: f64,
    /// The line to the surface, made fast where it was switched on; some vehicles have none.
    pub tether: Option<Tether>,
}

/// A neutrally buoyant line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tether {
    /// How much of it there is.
    pub length_m: f64,
    /// Its diameter, metres.
    pub diameter_m: f64,
}

/// A lithium-polymer battery.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BatterySize {
    /// Cells in series.
    pub cells: u8,
    /// Capacity in milliampere-hours.
    pub capacity_mah: f64,
    /// Internal resistance of the pack, wiring included.
    pub resistance_ohm: f64,
}

/// The air and the water around a vehicle.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Weather {
    /// The mean wind, as the velocity of the air: it blows *towards* this direction.
    pub wind: EnuVelocity,
    /// Standard deviation of the gusts along each horizontal axis, m/s; half of it vertically.
    pub gust_sigma_m_s: f64,
    /// The velocity of the water, for boats.
    pub current: EnuVelocity,
}

/// Something breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// The satellite receiver gives no fix: jammed, or the antenna is gone.
    GpsLoss,
    /// Half of the sky is covered, or the signal comes by way of walls: the receiver's error is six times as large.
    GpsDegraded,
    /// All power is gone: a multicopter tumbles, an aeroplane glides, a boat drifts.
    EngineFailure,
    /// One rotor of a multicopter fails. With fewer than six it tumbles; others let the opposite one rest as well, and fly
    /// on with what is left. Other kinds have no rotor to lose.
    MotorFailure,
    /// A cold or worn battery: four times the resistance, half of the remaining charge gone. The autopilot, which
    /// counts milliampere-hours, sees the voltage fall but still believes in the charge.
    BatterySag,
}
