//! What an autopilot is told before it is switched on: who it is, what it flies and where it stands.
//!
//! Performance is physics (mass, drag, power); what a person would tune on the real aircraft is in
//! [`Parameters`], under ArduPilot's own names.

use std::time::Duration;

use telemetry::messages::VehicleKind;
use telemetry::{EnuVelocity, Geodetic, GeoidUndulation, Heading, MavSystemId};

use super::parameters::Parameters;

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
}

impl Performance {
    /// The kind of vehicle it describes.
    #[must_use]
    pub fn kind(&self) -> VehicleKind {
        match self {
            Self::Multirotor(_) => VehicleKind::Multirotor,
            Self::FixedWing(_) => VehicleKind::FixedWing,
            Self::Boat(_) => VehicleKind::Boat,
        }
    }
}

/// A multicopter.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MultirotorPerformance {
    /// Take-off mass.
    pub mass_kg: f64,
    /// Electrical power in the hover, still air.
    pub hover_power_w: f64,
    /// The area all rotors sweep together; it decides how power falls and rises with speed.
    pub disc_area_m2: f64,
    /// The airspeed it keeps up leaning 30°; it decides the drag.
    pub airspeed_at_30_deg_m_s: f64,
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
    /// Thrust power over electrical power.
    pub efficiency: f64,
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
    /// A multicopter loses a motor and tumbles, an aeroplane glides, a boat drifts.
    EngineFailure,
    /// A cold or worn battery: four times the resistance, half of the remaining charge gone. The autopilot, which
    /// counts milliampere-hours, sees the voltage fall but still believes in the charge.
    BatterySag,
}
