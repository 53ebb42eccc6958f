//! What each kind of vehicle can do. The one place these numbers stand.
//!
//! They are round figures of the classes Picket flies, on the careful side, and stand in for a vehicle's data sheet
//! until plans name a type: a multirotor of 4 to 10 kg, a hand- or catapult-launched fixed wing of 5 to 15 kg, an
//! electric patrol boat of 4 to 8 m.

use telemetry::messages::VehicleKind;

/// What a kind of vehicle can do. Speeds are through calm air or water.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Performance {
    /// Which kind.
    pub kind: VehicleKind,
    /// The speed it flies where a plan does not say otherwise, m/s.
    pub cruise_m_s: f64,
    /// The slowest it can fly, m/s: zero for what can stand still.
    pub speed_min_m_s: f64,
    /// The fastest, m/s.
    pub speed_max_m_s: f64,
    /// Climb, m/s.
    pub climb_m_s: f64,
    /// Descent, m/s, positive.
    pub descent_m_s: f64,
    /// The smallest radius of a turn at cruise, metres: zero for what turns on the spot.
    pub turn_radius_m: f64,
    /// How long a full battery lasts at cruise, seconds.
    pub endurance_s: f64,
    /// The greatest height above home, metres.
    pub height_max_m: f64,
    /// The greatest depth below the surface, metres: zero for what does not dive.
    pub depth_max_m: f64,
}

/// 15 m/s and half an hour: a loaded quadrotor of the 4–10 kg class.
const MULTIROTOR: Performance = Performance {
    kind: VehicleKind::Multirotor,
    cruise_m_s: 15.0,
    speed_min_m_s: 0.0,
    speed_max_m_s: 20.0,
    climb_m_s: 4.0,
    descent_m_s: 3.0,
    turn_radius_m: 0.0,
    endurance_s: 30.0 * 60.0,
    height_max_m: 500.0,
    depth_max_m: 0.0,
};

/// 22 m/s and an hour and a half; below 14 m/s it stalls. 60 m is a 39° bank at cruise.
const FIXED_WING: Performance = Performance {
    kind: VehicleKind::FixedWing,
    cruise_m_s: 22.0,
    speed_min_m_s: 14.0,
    speed_max_m_s: 30.0,
    climb_m_s: 4.0,
    descent_m_s: 4.0,
    turn_radius_m: 60.0,
    endurance_s: 90.0 * 60.0,
    height_max_m: 1000.0,
    depth_max_m: 0.0,
};

/// 8 m/s (15 knots) for six hours.
const BOAT: Performance = Performance {
    kind: VehicleKind::Boat,
    cruise_m_s: 8.0,
    speed_min_m_s: 0.0,
    speed_max_m_s: 12.0,
    climb_m_s: 0.0,
    descent_m_s: 0.0,
    turn_radius_m: 0.0,
    endurance_s: 6.0 * 3600.0,
    height_max_m: 0.0,
    depth_max_m: 0.0,
};

/// The fixed wing, which hovers to take off and to land: an hour, since hovering takes five times the power of cruise.
const VTOL: Performance =
    Performance { kind: VehicleKind::Vtol, endurance_s: 60.0 * 60.0, turn_radius_m: 80.0, ..FIXED_WING };

/// 1 m/s (2 knots) for two hours, down to 100 m: an inspection-class ROV. It never climbs above home, which is at the
/// surface.
const ROV: Performance = Performance {
    kind: VehicleKind::Rov,
    cruise_m_s: 1.0,
    speed_min_m_s: 0.0,
    speed_max_m_s: 1.5,
    climb_m_s: 0.5,
    descent_m_s: 0.5,
    turn_radius_m: 0.0,
    endurance_s: 2.0 * 3600.0,
    height_max_m: 0.0,
    depth_max_m: 100.0,
};

impl Performance {
    /// The performance of a kind; nothing for a kind that is not known.
    #[must_use]
    pub fn of(kind: VehicleKind) -> Option<Self> {
        match kind {
            VehicleKind::Multirotor => Some(MULTIROTOR),
            VehicleKind::FixedWing => Some(FIXED_WING),
            VehicleKind::Boat => Some(BOAT),
            VehicleKind::Vtol => Some(VTOL),
            VehicleKind::Rov => Some(ROV),
            VehicleKind::Unknown => None,
        }
    }

    /// Whether it flies.
    #[must_use]
    pub fn flies(&self) -> bool {
        !matches!(self.kind, VehicleKind::Boat | VehicleKind::Rov)
    }
}
