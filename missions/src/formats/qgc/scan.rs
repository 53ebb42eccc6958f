//! Structure scans, version 3: rounds around a structure, layer by layer.
//!
//! The file holds the structure and not the way; QGroundControl makes that anew whenever it opens the file, and so does
//! this: each side of the structure is moved outwards by the distance to the surface, the moved sides are brought to
//! meet, and the corners that makes are flown in the order of the file, once a layer, from the first corner and back to it.
//! Before and after, the first corner is flown at the height of the entrance. Heights count from home.

use geo::Coord;
use telemetry::LatLon;

use super::MANY;
use crate::file::FileError;
use crate::formats::degrees;
use crate::formats::json::At;
use crate::formats::mission_item::{MissionItem, Placed, command, frame};
use crate::ring::FlatMap;

/// The only version whose heights are known here.
const VERSION: i64 = 3;
/// Sides whose directions differ by less than this, as a sine, meet nowhere near.
const PARALLEL: f64 = 1e-6;

/// The items of a scan; nothing for a version that is not known.
pub(super) fn expand(item: &At<'_>) -> Result<Option<Vec<Placed>>, FileError> {
    if item.get("version").map(|version| version.integer(0, i64::MAX)).transpose()? != Some(VERSION) {
        return Ok(None);
    }
    let number = |name: &str| item.field(name)?.number();
    let camera = item.field("CameraCalc")?;
    let (apart, layer) = (camera.field("DistanceToSurface")?, camera.field("AdjustedFootprintFrontal")?);
    let (apart_m, layer_m) = (apart.number()?, layer.number()?);
    for (field, metres) in [(&apart, apart_m), (&layer, layer_m)] {
        if !(0.0..=10_000.0).contains(&metres) {
            return Err(field.refused("0 to 10000 metres"));
        }
    }
    let layers = item.field("Layers")?.integer(1, 1_000)?;
    let from_top = item.field("StartFromTop")?.truth()?;
    let corners = item.field("polygon")?;
    let structure: Vec<LatLon> = corners.list(MANY)?.iter().map(At::lat_lon).collect::<Result<_, _>>()?;
    if structure.len() < 3 {
        return Err(corners.refused_found(format!("{} corners", structure.len()), "at least 3"));
    }
    if (structure.len() as i64 + 1) * layers > MANY as i64 {
        return Err(corners.refused_found(format!("{} corners in {layers} layers", structure.len()), "10000 places"));
    }
    let way = outwards(&structure, apart_m);
    let (entrance_m, begin_m) =
        (number("EntranceAltitude")?, number(if from_top { "StructureHeight" } else { "ScanBottomAlt" })?);
    let step_m = if from_top { -layer_m } else { layer_m };
    let trigger_m = camera.field("AdjustedFootprintSide")?.number()?;
    let pitch_deg = number("GimbalPitch")?;
    let mut scan = Scan { place: item.path(), items: Vec::new() };
    scan.fly(way[0], entrance_m);
    scan.order(command::DO_SET_ROI_WPNEXT_OFFSET, [0.0, 0.0, 0.0, 0.0, pitch_deg, 0.0, 90.0]);
    for number in 0..layers {
        let height_m = begin_m + step_m * (number as f64 + 0.5);
        scan.fly(way[0], height_m);
        scan.order(command::DO_SET_CAM_TRIGG_DIST, [trigger_m, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0]);
        way.iter().skip(1).chain([&way[0]]).for_each(|at| scan.fly(*at, height_m));
        scan.order(command::DO_SET_CAM_TRIGG_DIST, [0.0; 7]);
    }
    scan.order(command::DO_SET_ROI_NONE, [0.0; 7]);
    scan.fly(way[0], entrance_m);
    Ok(Some(scan.items))
}

struct Scan<'s> {
    place: &'s str,
    items: Vec<Placed>,
}

impl Scan<'_> {
    fn fly(&mut self, at: LatLon, height_m: f64) {
        let [lat, lon] = degrees(at);
        let params = [Some(0.0), Some(0.0), Some(0.0), None, Some(lat), Some(lon), Some(height_m)];
        self.put(MissionItem {
            command: command::WAYPOINT,
            frame: frame::GLOBAL_RELATIVE_ALT,
            params,
            auto_continue: true,
        });
    }

    fn order(&mut self, command: u16, params: [f64; 7]) {
        self.put(MissionItem { command, frame: frame::MISSION, params: params.map(Some), auto_continue: true });
    }

    fn put(&mut self, item: MissionItem) {
        self.items.push(Placed { item, number: -1, place: self.place.to_owned() });
    }
}

/// A ring with each side moved outwards, whichever way round it is written.
fn outwards(ring: &[LatLon], apart_m: f64) -> Vec<LatLon> {
    let map = FlatMap::new(ring[0]);
    let corners: Vec<Coord> = ring.iter().map(|at| map.coord(*at)).collect();
    let next = |corner: usize| (corner + 1) % corners.len();
    let turns: f64 =
        (0..corners.len()).map(|n| corners[n].x * corners[next(n)].y - corners[next(n)].x * corners[n].y).sum();
    let side = |corner: usize| {
        let (from, to) = (corners[corner], corners[next(corner)]);
        let (x, y) = (to.x - from.x, to.y - from.y);
        let length_m = x.hypot(y);
        (length_m > 0.0).then(|| Coord { x: x / length_m, y: y / length_m })
    };
    // Outside is to the right of a ring that goes round against the clock.
    let out_m = apart_m * turns.signum();
    let moved = |corner: usize| {
        let before = (corner + corners.len() - 1) % corners.len();
        let here = corners[corner];
        let (Some(a), Some(b)) = (side(before), side(corner)) else { return here };
        let sine = a.x * b.y - a.y * b.x;
        if sine.abs() < PARALLEL {
            return Coord { x: here.x + out_m * b.y, y: here.y - out_m * b.x };
        }
        // Where both moved sides pass: so far along each as the angle between them asks for.
        let along = out_m * (1.0 - (a.x * b.x + a.y * b.y)) / sine;
        Coord { x: here.x + out_m * a.y + along * a.x, y: here.y - out_m * a.x + along * a.y }
    };
    (0..corners.len()).map(|corner| map.lat_lon(moved(corner)).unwrap_or(ring[corner])).collect()
}
