//! A proposed plan as the file that a person would have written.

use std::fmt::Write;

use missions::notation::AltitudeNote;
use telemetry::LatLon;
use telemetry::messages::VehicleKind;

use super::draw::{Spot, Step};

/// What stands in the file.
pub(super) struct PlanText<'a> {
    pub(super) id: String,
    pub(super) title: String,
    pub(super) kind: VehicleKind,
    pub(super) cruise_m_s: f64,
    /// Metres above the site's ground.
    pub(super) height_m: f64,
    pub(super) take_off: AltitudeNote,
    pub(super) steps: &'a [Step],
    pub(super) fence: &'a [LatLon],
    /// The lowest and the highest of the fence.
    pub(super) band: [AltitudeNote; 2],
    pub(super) reserve: f64,
}

impl PlanText<'_> {
    /// The text; `missions` reads it again, so what it says is what is checked.
    pub(super) fn to_toml(&self) -> String {
        let flies = !matches!(self.kind, VehicleKind::Boat | VehicleKind::Rov);
        let mut text = String::new();
        // Writing to a String does not fail.
        let _ = writeln!(text, "id = {:?}\ntitle = {:?}", self.id, self.title);
        let _ = writeln!(text, "vehicle = {:?}\ncruise_m_s = {:.2}", kind_name(self.kind), self.cruise_m_s);
        let _ = writeln!(text, "battery_reserve = {:.2}", self.reserve);
        if flies {
            let _ = writeln!(text, "altitude = {{ agl_m = {:.1} }}", self.height_m);
        }
        text.push_str("\nlegs = [\n");
        if flies {
            let _ = writeln!(text, "  {{ take_off = {{ altitude = {} }} }},", note(self.take_off));
            text.push_str("  { camera = \"on\" },\n");
        }
        for step in self.steps {
            self.step(&mut text, step, flies);
        }
        text.push_str("  \"return_home\",\n]\n\n[fence]\nring = [");
        let corners: Vec<String> = self.fence.iter().map(|at| place(*at)).collect();
        let [floor, ceiling] = self.band.map(note);
        let _ = writeln!(text, "{}]\nfloor = {floor}\nceiling = {ceiling}", corners.join(", "));
        // What is on a tether has a person at its other end; straight up or home may be under a hull.
        let action = if self.kind == VehicleKind::Rov { "continue" } else { "return_home" };
        let _ = writeln!(text, "\n[lost_link]\nafter_s = 20\naction = {action:?}");
        text
    }

    fn step(&self, text: &mut String, step: &Step, flies: bool) {
        let _ = match step {
            Step::To(spot) => writeln!(text, "  {{ waypoint = {{ at = {} }} }},", spot_text(spot)),
            Step::Stay { at, for_s } => {
                writeln!(text, "  {{ loiter = {{ at = {}, for_s = {for_s:.0} }} }},", spot_text(at))
            }
            Step::Look(at) if flies => {
                writeln!(text, "  {{ look_at = {{ at = {}, altitude = {{ agl_m = 0 }} }} }},", place(*at))
            }
            Step::LookAhead { down_deg } if flies => {
                writeln!(text, "  {{ look_ahead = {{ down_deg = {down_deg:.0} }} }},")
            }
            Step::Look(_) | Step::LookAhead { .. } => Ok(()),
            Step::Circle { centre, radius_m, turns } => writeln!(
                text,
                "  {{ orbit = {{ centre = {}, radius_m = {radius_m:.1}, turns = {turns:.1} }} }},",
                place(*centre)
            ),
        };
    }
}

fn place(at: LatLon) -> String {
    format!("[{:.7}, {:.7}]", at.longitude_deg(), at.latitude_deg())
}

fn spot_text(spot: &Spot) -> String {
    let altitude = spot.altitude.map_or_else(String::new, |altitude| format!(", altitude = {}", note(altitude)));
    place(spot.at) + &altitude
}

fn note(note: AltitudeNote) -> String {
    match note {
        AltitudeNote::AmslM(m) => format!("{{ amsl_m = {m:.1} }}"),
        AltitudeNote::HomeM(m) => format!("{{ home_m = {m:.1} }}"),
        AltitudeNote::AglM(m) => format!("{{ agl_m = {m:.1} }}"),
        AltitudeNote::DepthM(m) => format!("{{ depth_m = {m:.2} }}"),
    }
}

fn kind_name(kind: VehicleKind) -> &'static str {
    match kind {
        VehicleKind::FixedWing => "fixed_wing",
        VehicleKind::Boat => "boat",
        VehicleKind::Vtol => "vtol",
        VehicleKind::Rov => "rov",
        VehicleKind::Multirotor | VehicleKind::Unknown => "multirotor",
    }
}
