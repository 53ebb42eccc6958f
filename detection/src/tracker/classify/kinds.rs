//! Kinds: what sort of drone, and what sort of vessel.
//!
//! A drone that hovers has rotors, or a strong wind against it; one that never does for minutes has wings, or an
//! operator in a hurry. A vessel's kind is what it says by AIS (ITU-R M.1371-5, table 53 for the type, table 45 for the
//! status), as far as its speed, its turns and its own word on its length allow; of one that says nothing, only the fast
//! boat stands out. The figures are judgement. Kinds are not published where none is likelier than all others together.

use std::collections::BTreeMap;

use telemetry::messages::{Claim, TargetClass, TargetKind};

use super::Belief;
use super::habits::{AIRCRAFT, DRONE, VESSEL, ln_density};
use super::pace::Pace;

/// The logarithm of the odds of rotors against wings among small drones.
const ROTORS: f64 = 1.4;
/// What a second of hovering adds to it, and all of it at most; what a minute without takes, and all of it at most; and
/// what a speed takes that few rotors reach.
const HOVERING_A_SECOND: f64 = 0.5;
const HOVERING_BOUND: f64 = 3.0;
const FLYING_A_MINUTE: f64 = 0.7;
const FLYING_BOUND: f64 = 2.5;
const FAST_M_S: f64 = 25.0;
const FAST: f64 = 1.5;

/// What a claimed type adds to the logarithm of a kind's weight, and a claimed status.
const TYPE_WEIGHT: f64 = 4.0;
const STATUS_WEIGHT: f64 = 2.0;
/// What is beyond a kind takes this from it, as a logarithm: a speed, a length, a turn.
const BEYOND: f64 = 3.0;
/// Slower than this, a vessel may be any that lies still, m/s.
const UNDER_WAY_M_S: f64 = 1.0;
/// A kind is named from here on.
const NAMED: f64 = 0.5;

/// What a target says of itself, as far as it tells the class and the kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Said {
    Ais { ship_type: Option<u8>, status: Option<u8>, length_m: Option<u16> },
    RemoteId,
    Adsb,
}

impl Said {
    pub(super) fn of(claim: &Claim) -> Self {
        match claim {
            Claim::Ais(ais) => {
                Self::Ais { ship_type: ais.ship_type, status: ais.navigational_status, length_m: ais.length_m }
            }
            Claim::RemoteId(_) => Self::RemoteId,
            Claim::Adsb(_) => Self::Adsb,
        }
    }

    /// The place of the class that it claims.
    pub(super) fn class(&self) -> usize {
        match self {
            Self::Ais { .. } => VESSEL,
            Self::RemoteId => DRONE,
            Self::Adsb => AIRCRAFT,
        }
    }

    /// The kind that it claims.
    pub(super) fn kind(&self) -> Option<TargetKind> {
        match self {
            Self::Ais { ship_type, .. } => ship_type.and_then(of_type),
            Self::RemoteId | Self::Adsb => None,
        }
    }
}

/// The kind of a type of ship and cargo, ITU-R M.1371-5 table 53.
fn of_type(ship_type: u8) -> Option<TargetKind> {
    match ship_type {
        30 => Some(TargetKind::FishingVessel),
        // Towing, dredging, diving; pilot, search and rescue, tug, port tender, anti-pollution, law enforcement, local
        // use, medical.
        31..=34 | 50..=58 => Some(TargetKind::WorkBoat),
        36 | 37 => Some(TargetKind::SailingOrPleasureCraft),
        // High-speed craft under the HSC Code are mostly ferries.
        40..=49 | 60..=69 => Some(TargetKind::PassengerVessel),
        70..=79 => Some(TargetKind::CargoVessel),
        80..=89 => Some(TargetKind::Tanker),
        _ => None,
    }
}

/// One kind of vessel.
struct Vessel {
    kind: TargetKind,
    prior: f64,
    /// Speeds under way: shares, means and deviations of normal densities, m/s.
    speed: &'static [(f64, f64, f64)],
    /// The speed that none passes, m/s.
    top_m_s: f64,
    /// From the shortest to the longest, metres; a pleasure craft's by Directive 2013/53/EU, article 3.
    length_m: [u16; 2],
    /// The sharpest turn, rad/s.
    turn_rad_s: f64,
}

const VESSELS: [Vessel; 7] = [
    Vessel {
        kind: TargetKind::CargoVessel,
        prior: 0.2,
        speed: &[(1.0, 6.5, 2.0)],
        top_m_s: 13.0,
        length_m: [40, 400],
        turn_rad_s: 0.07,
    },
    Vessel {
        kind: TargetKind::Tanker,
        prior: 0.08,
        speed: &[(1.0, 6.0, 1.5)],
        top_m_s: 9.5,
        length_m: [40, 400],
        turn_rad_s: 0.07,
    },
    Vessel {
        kind: TargetKind::PassengerVessel,
        prior: 0.12,
        speed: &[(1.0, 9.0, 4.0)],
        top_m_s: 22.0,
        length_m: [15, 365],
        turn_rad_s: 0.12,
    },
    Vessel {
        kind: TargetKind::FishingVessel,
        prior: 0.2,
        speed: &[(0.5, 1.8, 0.8), (0.5, 4.5, 1.3)],
        top_m_s: 9.0,
        length_m: [6, 120],
        turn_rad_s: 0.2,
    },
    Vessel {
        kind: TargetKind::SailingOrPleasureCraft,
        prior: 0.2,
        speed: &[(0.6, 2.8, 1.0), (0.4, 8.0, 4.0)],
        top_m_s: 20.0,
        length_m: [2, 24],
        turn_rad_s: 0.6,
    },
    Vessel {
        kind: TargetKind::SpeedBoat,
        prior: 0.05,
        speed: &[(1.0, 16.0, 6.0)],
        top_m_s: 45.0,
        length_m: [3, 20],
        turn_rad_s: 0.8,
    },
    Vessel {
        kind: TargetKind::WorkBoat,
        prior: 0.15,
        speed: &[(1.0, 4.5, 2.5)],
        top_m_s: 14.0,
        length_m: [6, 110],
        turn_rad_s: 0.3,
    },
];

/// The probabilities of the kinds within a class; empty where it has none or none is likelier than all others.
pub(super) fn within(class: TargetClass, belief: &Belief) -> BTreeMap<TargetKind, f32> {
    let weights = match class {
        TargetClass::Drone => drones(&belief.pace),
        TargetClass::Vessel => vessels(belief),
        _ => BTreeMap::new(),
    };
    let sum: f64 = weights.values().sum();
    if weights.values().any(|weight| *weight >= NAMED * sum) {
        weights.into_iter().map(|(kind, weight)| (kind, (weight / sum) as f32)).collect()
    } else {
        BTreeMap::new()
    }
}

fn drones(pace: &Pace) -> BTreeMap<TargetKind, f64> {
    let hovered = (HOVERING_A_SECOND * pace.hovered_s).min(HOVERING_BOUND);
    let flown = (FLYING_A_MINUTE * pace.flown_s / 60.0).min(FLYING_BOUND);
    let fast = if pace.fastest_m_s > FAST_M_S { FAST } else { 0.0 };
    let rotors = ROTORS + hovered - flown - fast;
    BTreeMap::from([(TargetKind::Multirotor, rotors.exp()), (TargetKind::FixedWing, 1.0)])
}

fn vessels(belief: &Belief) -> BTreeMap<TargetKind, f64> {
    let (speed, sigma) = belief.speed;
    let under_way = speed - sigma > UNDER_WAY_M_S;
    let beyond = |is: bool| if is { -BEYOND } else { 0.0 };
    let weight = |vessel: &Vessel| {
        let mut ln = vessel.prior.ln();
        if under_way {
            ln += ln_density(vessel.speed, speed, sigma);
        }
        ln += beyond(belief.pace.fastest_m_s > vessel.top_m_s);
        ln += beyond(belief.pace.sharpest_rad_s > vessel.turn_rad_s);
        if let Some(Said::Ais { ship_type, status, length_m }) = belief.said {
            ln += if ship_type.and_then(of_type) == Some(vessel.kind) { TYPE_WEIGHT } else { 0.0 };
            ln += if status.and_then(of_status) == Some(vessel.kind) { STATUS_WEIGHT } else { 0.0 };
            let [shortest, longest] = vessel.length_m;
            ln += beyond(length_m.is_some_and(|length| length > 0 && !(shortest..=longest).contains(&length)));
        }
        (vessel.kind, ln.exp())
    };
    VESSELS.iter().map(weight).collect()
}

/// The kind that a navigational status goes with, ITU-R M.1371-5 table 45.
fn of_status(status: u8) -> Option<TargetKind> {
    match status {
        7 => Some(TargetKind::FishingVessel),
        8 => Some(TargetKind::SailingOrPleasureCraft),
        _ => None,
    }
}
