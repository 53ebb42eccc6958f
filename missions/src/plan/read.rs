//! Plan files: reading. What a plan means at a site is for the checks.

use serde::Deserialize;
use serde_spanned::Spanned;
use telemetry::messages::{CameraAction, LostLink, LostLinkAction, VehicleKind};

use super::{Fence, Leg, Plan, PlanLines, Rally};
use crate::file::{FileErrors, Library, Reading, Source};
use crate::notation::{AltitudeNote, LonLat};

/// The most legs of a plan. ArduPilot keeps at most 724 mission items on common boards.
const LEGS_MAX: usize = 500;
/// The most corners of a fence, and the most rally points.
const FENCE_CORNERS_MAX: usize = 100;
/// No altitude in a plan lies outside this, whatever its datum.
const ALTITUDE_M: std::ops::RangeInclusive<f64> = -500.0..=10_000.0;
/// No depth: nothing of ours goes where this ends.
const DEPTH_M: std::ops::RangeInclusive<f64> = 0.0..=500.0;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PlanFile {
    id: Spanned<String>,
    title: Spanned<String>,
    vehicle: Spanned<KindName>,
    cruise_m_s: Spanned<f64>,
    battery_reserve: Spanned<f64>,
    altitude: Option<Spanned<AltitudeNote>>,
    legs: Spanned<Vec<Spanned<LegTable>>>,
    fence: FenceTable,
    #[serde(default)]
    rally: Vec<Spanned<RallyTable>>,
    lost_link: LostLinkTable,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "snake_case")]
enum KindName {
    Multirotor,
    FixedWing,
    Boat,
    Vtol,
    Rov,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum LegTable {
    TakeOff(TakeOffTable),
    Waypoint(WaypointTable),
    Loiter(LoiterTable),
    Orbit(OrbitTable),
    LookAt(LookAtTable),
    LookAhead(LookAheadTable),
    Camera(Switch),
    Repeat(RepeatTable),
    ReturnHome,
    Land(LandTable),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TakeOffTable {
    altitude: Option<Spanned<AltitudeNote>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WaypointTable {
    at: Spanned<LonLat>,
    altitude: Option<Spanned<AltitudeNote>>,
    speed_m_s: Option<Spanned<f64>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LoiterTable {
    at: Spanned<LonLat>,
    altitude: Option<Spanned<AltitudeNote>>,
    for_s: Spanned<f64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OrbitTable {
    centre: Spanned<LonLat>,
    altitude: Option<Spanned<AltitudeNote>>,
    radius_m: Spanned<f64>,
    turns: Spanned<f64>,
    direction: Option<Direction>,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "snake_case")]
enum Direction {
    Clockwise,
    Anticlockwise,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LookAtTable {
    at: Spanned<LonLat>,
    altitude: Spanned<AltitudeNote>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LookAheadTable {
    down_deg: Spanned<f64>,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "snake_case")]
enum Switch {
    On,
    Off,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RepeatTable {
    from: Spanned<i64>,
    times: Option<Spanned<i64>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LandTable {
    at: Spanned<LonLat>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FenceTable {
    ring: Spanned<Vec<Spanned<LonLat>>>,
    floor: Spanned<AltitudeNote>,
    ceiling: Spanned<AltitudeNote>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RallyTable {
    at: Spanned<LonLat>,
    altitude: Option<Spanned<AltitudeNote>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LostLinkTable {
    after_s: Spanned<f64>,
    action: ActionName,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "snake_case")]
enum ActionName {
    ReturnHome,
    Continue,
}

/// Takes a plan from a library.
pub(super) fn take(library: &mut Library, path: &str) -> Result<Plan, FileErrors> {
    let bytes = library.take(path)?;
    read(&library.shown(path), &bytes)
}

/// Reads a plan from bytes.
pub(super) fn read(file: &str, bytes: &[u8]) -> Result<Plan, FileErrors> {
    let source = Source::new(file, bytes)?;
    let plan: PlanFile = source.parse()?;
    let mut reading = Reading::new(&source);
    let plan = resolve(&mut reading, &plan);
    reading.finish(plan)
}

fn resolve(reading: &mut Reading<'_>, file: &PlanFile) -> Option<Plan> {
    let id = reading.name(&file.id);
    let title = reading.text(&file.title, 80);
    let vehicle = match file.vehicle.get_ref() {
        KindName::Multirotor => VehicleKind::Multirotor,
        KindName::FixedWing => VehicleKind::FixedWing,
        KindName::Boat => VehicleKind::Boat,
        KindName::Vtol => VehicleKind::Vtol,
        KindName::Rov => VehicleKind::Rov,
    };
    // Legs of a boat need no altitude: it stays on the water.
    let on_water = (vehicle == VehicleKind::Boat).then_some(AltitudeNote::HomeM(0.0));
    let default = file.altitude.as_ref().map(|note| altitude(reading, note)).or(on_water);
    let cruise_m_s = reading.number(&file.cruise_m_s, 0.1..=100.0, "m/s");
    let battery_reserve = reading.number(&file.battery_reserve, 0.0..=0.9, "(a share of the full battery)");
    let legs = legs(reading, file, default);
    let fence = fence(reading, &file.fence);
    let rally_points = rally_points(reading, file, default);
    let lost_link = LostLink {
        after_s: reading.number(&file.lost_link.after_s, 2.0..=3600.0, "s"),
        action: match file.lost_link.action {
            ActionName::ReturnHome => LostLinkAction::ReturnHome,
            ActionName::Continue => LostLinkAction::Continue,
        },
    };
    let source = reading.source();
    let line = |start: usize| source.line_of(start);
    let lines = PlanLines {
        file: source.file().to_owned(),
        legs: file.legs.get_ref().iter().map(|leg| line(leg.span().start)).collect(),
        fence: line(file.fence.ring.span().start),
        rally_points: file.rally.iter().map(|rally| line(rally.get_ref().at.span().start)).collect(),
        plan: line(file.vehicle.span().start),
    };
    Some(Plan { id: id?, title, vehicle, cruise_m_s, legs, fence, rally_points, lost_link, battery_reserve, lines })
}

fn legs(reading: &mut Reading<'_>, file: &PlanFile, default: Option<AltitudeNote>) -> Vec<Leg> {
    let tables = file.legs.get_ref();
    reading.at_most(tables, LEGS_MAX, "legs");
    if tables.is_empty() {
        reading.refuse_found(file.legs.span(), "no legs", "at least one");
    }
    tables.iter().take(LEGS_MAX).enumerate().map(|(n, table)| leg(reading, n, table, default)).collect()
}

fn leg(reading: &mut Reading<'_>, n: usize, table: &Spanned<LegTable>, default: Option<AltitudeNote>) -> Leg {
    let span = table.span();
    let height = |reading: &mut Reading<'_>, note: &Option<Spanned<AltitudeNote>>| match (note, default) {
        (Some(note), _) => altitude(reading, note),
        (None, Some(default)) => default,
        (None, None) => {
            reading.refuse_found(span.clone(), "no altitude", "an altitude here, or one for the whole plan");
            AltitudeNote::HomeM(0.0)
        }
    };
    match table.get_ref() {
        LegTable::TakeOff(leg) => Leg::TakeOff { altitude: height(reading, &leg.altitude) },
        LegTable::Waypoint(leg) => Leg::Waypoint {
            at: reading.position(&leg.at),
            altitude: height(reading, &leg.altitude),
            speed_m_s: leg.speed_m_s.as_ref().map(|speed| reading.number(speed, 0.1..=100.0, "m/s")),
        },
        LegTable::Loiter(leg) => Leg::Loiter {
            at: reading.position(&leg.at),
            altitude: height(reading, &leg.altitude),
            for_s: reading.number(&leg.for_s, 0.0..=86_400.0, "s"),
        },
        LegTable::Orbit(leg) => {
            let radius_m = reading.number(&leg.radius_m, 5.0..=5_000.0, "m");
            Leg::Orbit {
                centre: reading.position(&leg.centre),
                altitude: height(reading, &leg.altitude),
                radius_m: match leg.direction.unwrap_or(Direction::Clockwise) {
                    Direction::Clockwise => radius_m,
                    Direction::Anticlockwise => -radius_m,
                },
                turns: reading.number(&leg.turns, 0.1..=200.0, "turns"),
            }
        }
        LegTable::LookAt(leg) => {
            Leg::LookAt { at: reading.position(&leg.at), altitude: altitude(reading, &leg.altitude) }
        }
        LegTable::LookAhead(leg) => Leg::LookAhead { down_deg: reading.number(&leg.down_deg, 0.0..=90.0, "degrees") },
        LegTable::Camera(Switch::On) => Leg::Camera(CameraAction::On),
        LegTable::Camera(Switch::Off) => Leg::Camera(CameraAction::Off),
        LegTable::Repeat(leg) => repeat(reading, n, leg),
        LegTable::ReturnHome => Leg::ReturnHome,
        LegTable::Land(leg) => Leg::Land { at: reading.position(&leg.at) },
    }
}

/// Legs are counted from 1 in the file, from 0 inside.
fn repeat(reading: &mut Reading<'_>, n: usize, leg: &RepeatTable) -> Leg {
    let from = match usize::try_from(*leg.from.get_ref()) {
        Ok(from) if (1..=n).contains(&from) => from - 1,
        _ => {
            let allowed = if n == 0 {
                "no repeat as the first leg".to_owned()
            } else {
                format!("a leg before this one: 1 to {n}")
            };
            reading.refuse(leg.from.span(), allowed);
            0
        }
    };
    let times = leg.times.as_ref().map(|times| match u16::try_from(*times.get_ref()) {
        Ok(count) if (1..=1_000).contains(&count) => count,
        _ => {
            reading.refuse(times.span(), "1 to 1000; left out: until something ends the flight");
            1
        }
    });
    Leg::Repeat { from: u16::try_from(from).unwrap_or(u16::MAX), times }
}

fn fence(reading: &mut Reading<'_>, table: &FenceTable) -> Fence {
    let corners = table.ring.get_ref();
    reading.at_most(corners, FENCE_CORNERS_MAX, "corners");
    if corners.len() < 3 {
        reading.refuse_found(table.ring.span(), format!("{} corners", corners.len()), "at least 3");
    }
    let mut ring: Vec<_> = corners.iter().take(FENCE_CORNERS_MAX).map(|corner| reading.position(corner)).collect();
    if ring.len() > 3 && ring.first() == ring.last() {
        ring.pop();
    }
    Fence { ring, floor: altitude(reading, &table.floor), ceiling: altitude(reading, &table.ceiling) }
}

fn rally_points(reading: &mut Reading<'_>, file: &PlanFile, default: Option<AltitudeNote>) -> Vec<Rally> {
    reading.at_most(&file.rally, FENCE_CORNERS_MAX, "rally points");
    let mut points = Vec::new();
    for table in file.rally.iter().take(FENCE_CORNERS_MAX) {
        let rally = table.get_ref();
        let at = reading.position(&rally.at);
        match rally.altitude.as_ref().map(|note| altitude(reading, note)).or(default) {
            Some(altitude) => points.push(Rally { at, altitude }),
            None => reading.refuse_found(rally.at.span(), "no altitude", "an altitude here, or one for the whole plan"),
        }
    }
    points
}

fn altitude(reading: &mut Reading<'_>, note: &Spanned<AltitudeNote>) -> AltitudeNote {
    let allowed = if matches!(note.get_ref(), AltitudeNote::DepthM(_)) { DEPTH_M } else { ALTITUDE_M };
    if !allowed.contains(&note.get_ref().metres()) {
        reading.refuse(note.span(), format!("{} to {} m", allowed.start(), allowed.end()));
    }
    *note.get_ref()
}
