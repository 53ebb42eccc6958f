//! What the things of a scenario look like, and where they are in the frame of a picture.

use missions::Scenario;
use nalgebra::{Rotation3, Vector3};
use sim_camera::figure::Figure;
use sim_camera::scene::{Target, enu_from_frd};
use telemetry::messages::{TargetClass, VehicleKind};
use telemetry::{Attitude, Geodetic, SiteFrame};

use super::flight::Instant;
use crate::world::Truth;

/// A small drone, from motor to motor across; what the radar sees best of is larger by the root.
const DRONE_SPAN_M: f64 = 0.5;
/// A herring gull, from tip to tip, and its wing beats (C. J. Pennycuick, "Wingbeat frequency of birds in steady cruising
/// flight", J. Exp. Biol. 199, 1996).
const GULL_SPAN_M: f64 = 1.35;
const GULL_BEATS_HZ: f64 = 2.9;
/// A vessel of which nothing is known.
const VESSEL_M: f64 = 20.0;
/// A vessel is this many times as long as it is wide.
const SLENDERNESS: f64 = 7.0;

/// One thing in the picture, and what its truth says of it.
#[derive(Debug, Clone)]
pub(super) struct Player {
    pub(super) name: String,
    pub(super) class: TargetClass,
    pub(super) position: Geodetic,
    pub(super) target: Target,
}

/// Something of the world outside.
pub(super) fn of_world(truth: &Truth, scenario: &Scenario, site: &SiteFrame) -> Player {
    let heading_rad = truth.ais.as_ref().map_or(truth.velocity.course().radians(), |ais| ais.heading.radians());
    let pitch_rad = if truth.class == TargetClass::Drone { -0.012 * truth.velocity.ground_speed_m_s() } else { 0.0 };
    let figure = match truth.class {
        TargetClass::Bird => {
            let phase_rad = f64::from(truth.id.0) * 2.4;
            Figure::Bird { span_m: GULL_SPAN_M, beats_hz: GULL_BEATS_HZ, phase_rad }
        }
        TargetClass::Aircraft => Figure::FixedWing { span_m: 34.0 },
        TargetClass::Vessel => {
            let vessel = scenario.vessels.iter().find(|vessel| vessel.name == truth.name);
            let length_m = vessel.map_or(VESSEL_M, |vessel| vessel.length_m);
            Figure::Vessel { length_m, beam_m: length_m / SLENDERNESS }
        }
        _ => Figure::Multirotor { span_m: DRONE_SPAN_M * truth.radar_size.max(0.01).sqrt(), rotors: 4 },
    };
    let turn = enu_from_frd(heading_rad, pitch_rad, 0.0);
    player(truth.name.clone(), truth.class, (truth.position, truth.velocity.vector()), (turn, truth.id.0, figure), site)
}

/// One of our own vehicles; nothing for one that is under water.
pub(super) fn of_own(instant: &Instant, place: u32, site: &SiteFrame) -> Option<Player> {
    let figure = match instant.kind {
        VehicleKind::Multirotor | VehicleKind::Unknown => Figure::Multirotor { span_m: 1.0, rotors: 4 },
        VehicleKind::FixedWing | VehicleKind::Vtol => Figure::FixedWing { span_m: 2.4 },
        VehicleKind::Boat => Figure::Vessel { length_m: 5.0, beam_m: 1.8 },
        VehicleKind::Rov => return None,
    };
    let class = if instant.kind == VehicleKind::Boat { TargetClass::Vessel } else { TargetClass::Drone };
    let Attitude { roll_rad, pitch_rad, heading } = instant.attitude;
    let turn = enu_from_frd(heading.radians(), pitch_rad, roll_rad);
    let id = crate::world::TruthId::own_vehicle(place).0;
    let motion = (instant.position, instant.velocity);
    Some(player(instant.vehicle.to_string(), class, motion, (turn, id, figure), site))
}

fn player(
    name: String,
    class: TargetClass,
    (position, velocity): (Geodetic, Vector3<f64>),
    (turn, id, figure): (Rotation3<f64>, u32, Figure),
    site: &SiteFrame,
) -> Player {
    let site_from_local = site.enu_from_other(&SiteFrame::new(position));
    let target = Target {
        id,
        figure,
        position: site.enu(position).vector(),
        velocity_m_s: site_from_local * velocity,
        enu_from_frd: Rotation3::from_matrix_unchecked(site_from_local) * turn,
    };
    Player { name, class, position, target }
}
