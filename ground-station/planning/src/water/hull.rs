//! A hull, side by side.
//!
//! The hull is taken as a box: flat sides from the water down to the draught, and a flat bottom as wide as the beam. Each
//! side is seen from stations along it, and from each of them the half of the bottom on its side, from the bilge inwards
//! to the keel and back out the same way: the tether lies over one bilge only.

use super::face::strips;
use super::tether::{Rov, Station, WaterError, spans};
use crate::flight::{Look, Stop};
use crate::limits::{place, within};

/// A hull to be inspected.
#[derive(Debug, Clone, PartialEq)]
pub struct HullRequest {
    /// The middle of the hull at the water, m east and north.
    pub middle_m: [f64; 2],
    /// Where the bow points, rad from north to the right.
    pub heading: f64,
    /// Length, beam and draught, m.
    pub size_m: [f64; 3],
    /// How far off the hull the vehicle stays, m.
    pub stand_off_m: f64,
    /// How far off the side the controller is, m.
    pub controller_off_m: f64,
    /// With what.
    pub rov: Rov,
    /// The first dive begins, s.
    pub begins_s: f64,
}

/// Which side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HullSide {
    /// Left, looking to the bow.
    Port,
    /// Right.
    Starboard,
}

/// A station alongside.
#[derive(Debug, Clone, PartialEq)]
pub struct HullStation {
    /// On which side.
    pub side: HullSide,
    /// Controller and dive.
    pub station: Station,
}

/// Dives, the port side first.
#[derive(Debug, Clone, PartialEq)]
pub struct HullPlan {
    /// In order of time.
    pub stations: Vec<HullStation>,
    /// The share of the sides that is seen.
    pub sides_seen: f64,
    /// The share of the bottom that is seen: the tether may not reach the keel.
    pub bottom_seen: f64,
    /// When the last dive ends, s.
    pub ends_s: f64,
    /// What decided, in words with numbers.
    pub reasons: Vec<String>,
}

/// The vehicle is no nearer to the surface than this, m.
const SHALLOWEST_M: f64 = 0.5;

/// Plans the inspection of a hull.
///
/// # Errors
/// [`WaterError`] when it cannot be done.
pub fn hull(request: &HullRequest) -> Result<HullPlan, WaterError> {
    request.check()?;
    let HullRequest { size_m: [length_m, beam_m, draught_m], rov, .. } = request;
    let reach = Reach::new(request)?;
    let mut stations = Vec::new();
    let mut now_s = request.begins_s;
    for side in [HullSide::Port, HullSide::Starboard] {
        for [aft_m, fore_m] in spans(*length_m, reach.station_m) {
            let ends = [aft_m, fore_m].map(|along_m| along_m - length_m / 2.0);
            let station = request.station(side, ends, &reach, now_s)?;
            now_s += station.dive.lasts_s() + rov.moves_s;
            stations.push(HullStation { side, station });
        }
    }
    let bottom_seen = reach.inwards_m / (beam_m / 2.0);
    let mut reasons = vec![
        format!(
            "{} stations of {:.1} m each, {:.0} s in the water",
            stations.len(),
            length_m / (stations.len() as f64 / 2.0),
            now_s - rov.moves_s - request.begins_s
        ),
        format!("the hull counts as a box of {length_m:.0} by {beam_m:.0} m, {draught_m:.1} m deep"),
    ];
    if bottom_seen < 1.0 {
        reasons.push(format!(
            "the tether reaches {:.1} m under the bottom: {:.1} m on either side of the keel are not seen; a tether of {:.0} m would do",
            reach.inwards_m,
            beam_m / 2.0 - reach.inwards_m,
            reach.needs_m / (1.0 - rov.slack)
        ));
    }
    Ok(HullPlan { stations, sides_seen: 1.0, bottom_seen, ends_s: now_s - rov.moves_s, reasons })
}

/// How far the tether lets it go.
struct Reach {
    /// How long a station may be, m.
    station_m: f64,
    /// How far under the bottom, from the bilge, m.
    inwards_m: f64,
    /// How long a tether would reach the keel, m.
    needs_m: f64,
}

impl Reach {
    fn new(request: &HullRequest) -> Result<Self, WaterError> {
        let HullRequest { size_m: [length_m, beam_m, draught_m], stand_off_m, controller_off_m, rov, .. } = request;
        let reach_m = rov.reach_m();
        // To the foot of the side, abreast of the controller.
        let foot_m = (controller_off_m - stand_off_m).hypot(draught_m + stand_off_m);
        let bilge_m = controller_off_m.hypot(*draught_m);
        let least_m = rov.apart_m().min(*length_m) / 2.0;
        if foot_m.hypot(least_m) > reach_m {
            return Err(WaterError::Tether {
                what: "the foot of the hull's side",
                reach_m,
                needs_m: foot_m.hypot(least_m),
            });
        }
        // Under the bottom the tether bends round the bilge: both parts laid out in one plane.
        let under = |inwards_m: f64| bilge_m + inwards_m.hypot(*stand_off_m);
        let needs_m = under(beam_m / 2.0).hypot(least_m);
        // Half of what is left over abreast goes into the station's length.
        let inwards_m = if needs_m <= reach_m {
            beam_m / 2.0
        } else {
            let left_m = (reach_m * reach_m - least_m * least_m).max(0.0).sqrt() - bilge_m;
            (left_m * left_m - stand_off_m * stand_off_m).max(0.0).sqrt().min(beam_m / 2.0)
        };
        let farthest_m = if inwards_m > 0.0 { under(inwards_m).max(foot_m) } else { foot_m };
        let station_m = 2.0 * (reach_m * reach_m - farthest_m * farthest_m).max(0.0).sqrt();
        Ok(Self { station_m: station_m.max(2.0 * least_m * (1.0 - 1e-9)), inwards_m, needs_m })
    }
}

impl HullRequest {
    fn check(&self) -> Result<(), WaterError> {
        place("hull", self.middle_m)?;
        within("heading", self.heading, -1e3, 1e3)?;
        within("length", self.size_m[0], 1.0, 600.0)?;
        within("beam", self.size_m[1], 0.5, 100.0)?;
        within("draught", self.size_m[2], 2.0 * SHALLOWEST_M, 100.0)?;
        within("distance off the hull", self.stand_off_m, 0.1, 20.0)?;
        within("controller's distance off the side", self.controller_off_m, self.stand_off_m, 1e3)?;
        within("begin", self.begins_s, -1e11, 1e11)?;
        self.rov.check("the hull", self.size_m[2] + self.stand_off_m)
    }

    /// One dive: the side to and fro from the top, then under the bottom from the bilge to the keel, and back out.
    fn station(&self, side: HullSide, ends: [f64; 2], reach: &Reach, starts_s: f64) -> Result<Station, WaterError> {
        let [_, beam_m, draught_m] = self.size_m;
        let off_m = beam_m / 2.0 + self.stand_off_m;
        let middle_m = f64::midpoint(ends[0], ends[1]);
        let controller_m = self.place(side, middle_m, beam_m / 2.0 + self.controller_off_m);
        let at_side = |along: f64, down: f64| {
            let look = Look::At { place_m: self.place(side, along, beam_m / 2.0), height_m: -down };
            Stop::new(self.place(side, along, off_m), -down, look)
        };
        let under_m = draught_m + self.stand_off_m;
        let under = |along: f64, out: f64| {
            let look = Look::At { place_m: self.place(side, along, out), height_m: -draught_m };
            Stop::new(self.place(side, along, out), -under_m, look)
        };
        let surface = Stop::new(controller_m, 0.0, Look::Free);
        let mut stops = vec![surface];
        let apart_m = self.rov.apart_m();
        stops.extend(
            strips(ends, [0.0, draught_m], apart_m).iter().map(|[along, down]| at_side(*along, down.max(SHALLOWEST_M))),
        );
        // Down to below the bilge before it goes under, and up again only out there.
        let corner = |along: f64| Stop { look: Look::Free, ..under(along, off_m) };
        let mut bottom: Vec<Stop> = Vec::new();
        if reach.inwards_m > 0.0 {
            let lines = strips(ends, [0.0, reach.inwards_m], apart_m);
            bottom.extend(lines.iter().map(|[along, inwards]| under(*along, beam_m / 2.0 - inwards)));
        }
        if let (Some(first), Some(last)) = (bottom.first().copied(), bottom.last().copied()) {
            let along = |stop: &Stop| self.along(stop.place_m);
            stops.push(corner(along(&first)));
            stops.extend(bottom);
            stops.push(corner(along(&last)));
        }
        let rises = stops[stops.len() - 1].place_m;
        stops.push(Stop::new(rises, -SHALLOWEST_M, Look::Free));
        stops.push(surface);
        let tether_m = stops.iter().map(|stop| self.tether_m(side, middle_m, stop)).fold(0.0, f64::max);
        let reach_m = self.rov.reach_m();
        if tether_m > reach_m + 1e-6 {
            return Err(WaterError::Tether { what: "the end of a station", reach_m, needs_m: tether_m });
        }
        Ok(Station { at_m: controller_m, dive: self.rov.dive(starts_s, &stops)?, tether_m })
    }

    /// So far forward of the middle, and out to a side.
    fn place(&self, side: HullSide, along_m: f64, out_m: f64) -> [f64; 2] {
        let (sin, cos) = self.heading.sin_cos();
        let right = if side == HullSide::Starboard { out_m } else { -out_m };
        [self.middle_m[0] + along_m * sin + right * cos, self.middle_m[1] + along_m * cos - right * sin]
    }

    fn along(&self, at_m: [f64; 2]) -> f64 {
        let (sin, cos) = self.heading.sin_cos();
        (at_m[0] - self.middle_m[0]) * sin + (at_m[1] - self.middle_m[1]) * cos
    }

    /// How long the tether is there: straight, or round the bilge.
    fn tether_m(&self, side: HullSide, controller_m: f64, stop: &Stop) -> f64 {
        let [_, beam_m, draught_m] = self.size_m;
        let (sin, cos) = self.heading.sin_cos();
        let right = (stop.place_m[0] - self.middle_m[0]) * cos - (stop.place_m[1] - self.middle_m[1]) * sin;
        let inwards_m = beam_m / 2.0 - if side == HullSide::Starboard { right } else { -right };
        let along_m = self.along(stop.place_m) - controller_m;
        let depth_m = -stop.height_m;
        let across_m = if inwards_m > 0.0 {
            self.controller_off_m.hypot(draught_m) + inwards_m.hypot(depth_m - draught_m)
        } else {
            (self.controller_off_m + inwards_m).hypot(depth_m)
        };
        across_m.hypot(along_m)
    }
}
