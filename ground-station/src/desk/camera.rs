//! An area searched with the vehicles' cameras: what is to be recognised decides how high and how steep, not a person's
//! guess at the width of a strip. The choice, the lanes and the count of what is seen are `planning::footprint`'s.
//!
//! Cameras belong to single vehicles, not to kinds: two of a kind often carry different ones. Vehicles that share an area
//! fly at one height, so theirs must be alike.

use std::sync::atomic::AtomicBool;

use missions::Performance;
use planning::flight::Pace;
use planning::footprint::{self, Choice};
use serde::Deserialize;
use sky::Seen;

use super::draw::{Step, Way};
use super::request::{Kind, Request, number};
use super::search::{self, Told};
use super::{Situation, Standing};
use crate::station::VehicleCamera;

/// The share of the area that must come into a picture.
const SHARE: f64 = 0.99;
/// By how much the ground may move while a picture is exposed, pixels.
const BLUR_MAX_PX: f64 = 1.0;
/// By which share pictures along a strip overlap.
const ALONG_OVERLAP: f64 = 0.3;
/// Heights keep this far from the ends of a layer, metres: ways follow the ground to a few metres.
const LAYER_MARGIN_M: f64 = 5.0;
/// The highest that is chosen where no layers are configured, metres above the ground.
const HIGHEST_M: f64 = 120.0;
/// Slower than this nobody searches, m/s.
const SLOWEST_M_S: f64 = 2.0;

/// How sharply an area is to be seen.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pictures {
    /// How much of the ground a pixel may cover at most, metres: a tenth of what is to be recognised.
    pub gsd_m: f64,
    /// By which share strips overlap, 0 to 1.
    #[serde(default = "usual_overlap")]
    pub overlap: f64,
    /// What is looked at, for the sun's glare.
    #[serde(default)]
    pub surface: Surface,
    /// Who chooses the height.
    #[serde(default)]
    pub height: HeightChoice,
}

/// What is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Surface {
    /// It does not mirror the sun.
    #[default]
    Land,
    /// It does.
    Water,
}

/// Who chooses the height.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HeightChoice {
    /// The desk: from where most is seen in a second.
    #[default]
    Chosen,
    /// The pilot: `height_m` is held against what is to be seen.
    Asked,
}

fn usual_overlap() -> f64 {
    0.2
}

impl Pictures {
    /// Whether the desk chooses the height.
    pub(super) fn choose_height(self) -> bool {
        self.height == HeightChoice::Chosen
    }

    pub(super) fn check(&self, request: &Request, situation: &Situation) -> Result<(), String> {
        if request.kind != Kind::AreaSearch {
            return Err(format!("pictures: they are for an area search, not for {:?}", request.kind.title()));
        }
        number("pictures.gsd_m", self.gsd_m, 0.001, 10.0)?;
        number("pictures.overlap", self.overlap, 0.0, 0.9)?;
        let mut alike: Option<(&Standing, VehicleCamera)> = None;
        for id in &request.vehicles {
            let Some(standing) = situation.vehicles.get(id) else { continue };
            let camera = standing.camera.ok_or_else(|| {
                format!("{}: no camera is named in the station's file: ask by the width of a strip", standing.name)
            })?;
            let (first, known) = *alike.get_or_insert((standing, camera));
            if known != camera {
                return Err(format!(
                    "{} and {} have different cameras: ask for one after the other, or by the width of a strip",
                    first.name, standing.name
                ));
            }
            if !Performance::of(standing.kind).is_some_and(|performance| performance.flies()) {
                return Err(format!("{} does not fly: pictures of the ground are taken from above", standing.name));
            }
        }
        Ok(())
    }
}

/// The request with the height and the speed that its pictures need; nothing where none are asked for.
pub(super) fn settled(request: &Request, situation: &Situation) -> Result<Option<Request>, String> {
    let Some(pictures) = request.pictures else { return Ok(None) };
    let standing = situation.vehicles.get(&request.vehicles[0]).ok_or("there is no such vehicle")?;
    let full_m_s = request.speed_m_s.unwrap_or(standing.cruise_m_s);
    let tried = match pictures.height {
        HeightChoice::Asked => vec![([request.height_m; 2], full_m_s)],
        HeightChoice::Chosen => bands(situation, standing, full_m_s),
    };
    let mut best: Option<Choice> = None;
    let mut why_not = format!("{}: no layer of height is left to search in", standing.name);
    for (heights_m, airspeed_m_s) in tried {
        let asked = asked(request, situation, standing, heights_m, airspeed_m_s)?;
        match footprint::settle(&asked) {
            Ok(choice) if best.is_none_or(|best| rate_m2_s(&choice) > rate_m2_s(&best)) => best = Some(choice),
            Ok(_) => {}
            Err(error) => why_not = error.to_string(),
        }
    }
    let choice = best.ok_or(why_not)?;
    Ok(Some(Request {
        // Lower is sharper, and slower too: what is rounded stays as sharp as it was asked for.
        height_m: choice.view.height_m.floor(),
        speed_m_s: Some((choice.airspeed_m_s * 10.0).floor() / 10.0),
        spacing_m: choice.swath_m,
        ..request.clone()
    }))
}

/// The heights that may be searched from, and how fast: the layers of the room's check, the slow one without the wind.
fn bands(situation: &Situation, standing: &Standing, full_m_s: f64) -> Vec<([f64; 2], f64)> {
    let limits = situation.airspace.limits();
    let lowest_m = limits.clearance_min_m + LAYER_MARGIN_M;
    let reach_m = Performance::of(standing.kind).map_or(0.0, |performance| performance.height_max_m);
    let Some(layers) = limits.layers else { return vec![([lowest_m, HIGHEST_M.min(reach_m)], full_m_s)] };
    let [east, north] = situation.wind_m_s();
    let slow_m_s = full_m_s.min(layers.slow_m_s - east.hypot(north));
    let slow = ([lowest_m, reach_m.min(layers.slow_below_m - LAYER_MARGIN_M)], slow_m_s);
    let fast_from_m = lowest_m.max(layers.slow_below_m + LAYER_MARGIN_M);
    let fast = ([fast_from_m, reach_m.min(layers.fast_below_m - LAYER_MARGIN_M)], full_m_s);
    let least_m_s =
        Performance::of(standing.kind).map_or(0.0, |performance| performance.speed_min_m_s).max(SLOWEST_M_S);
    let open = |band: &([f64; 2], f64)| band.0[0] <= band.0[1] && band.1 >= least_m_s;
    [slow, fast].into_iter().filter(open).collect()
}

/// How much ground is seen in a second, glare taken off, m²/s.
fn rate_m2_s(choice: &Choice) -> f64 {
    choice.swath_m * choice.airspeed_m_s * (1.0 - choice.glare)
}

fn asked(
    request: &Request,
    situation: &Situation,
    standing: &Standing,
    heights_m: [f64; 2],
    airspeed_m_s: f64,
) -> Result<footprint::Request, String> {
    let pictures = request.pictures.ok_or("no pictures were asked for")?;
    let camera = standing.camera.ok_or("its camera is not known")?;
    let problem = search::problem(request, situation, standing)?;
    let climb_m_s = Performance::of(standing.kind).map_or(1.0, |performance| performance.climb_m_s);
    let datum = situation.airspace.lat_lon([0.0; 2]);
    let begins = request.begins(situation.now);
    Ok(footprint::Request {
        target: problem.target,
        fly: problem.fly,
        camera: camera.lens,
        gsd_max_m: pictures.gsd_m,
        exposure_s: camera.exposure_s,
        blur_max_px: BLUR_MAX_PX,
        heights_m,
        down_rad: camera.down_rad,
        overlap: [pictures.overlap, ALONG_OVERLAP],
        share: SHARE,
        homes_m: problem.homes_m,
        pace: Pace { airspeed_m_s, climb_m_s, wind_m_s: problem.wind_m_s },
        turning: problem.turning,
        begins_s: 0.0,
        light: Some(Seen {
            at_unix_s: begins.unix_seconds(),
            latitude: datum.latitude(),
            longitude: datum.longitude(),
        }),
        surface: match pictures.surface {
            Surface::Land => footprint::Surface::Land,
            Surface::Water => footprint::Surface::Water,
        },
    })
}

/// Searches for the lanes of a settled request.
pub(super) fn search(
    request: &Request,
    situation: &Situation,
    stop: &AtomicBool,
    told: Told<'_>,
) -> Result<(String, Vec<Way>), String> {
    let standing = situation.vehicles.get(&request.vehicles[0]).ok_or("there is no such vehicle")?;
    let airspeed_m_s = request.speed_m_s.unwrap_or(standing.cruise_m_s);
    let mut asked = asked(request, situation, standing, [request.height_m; 2], airspeed_m_s)?;
    let turns = asked.down_rad[0] < asked.down_rad[1];
    if turns {
        // Autopilots keep whole degrees, and steeper is sharper.
        let look = footprint::settle(&asked).map_err(|error| error.to_string())?.view;
        let down_rad = look.down_rad.to_degrees().ceil().to_radians().min(asked.down_rad[1]);
        asked.down_rad = [down_rad; 2];
    }
    let in_words_so_far =
        |plan: &planning::coverage::Plan| format!("the last is home after {:.0} min", plan.makespan_s / 60.0);
    let mut better = search::better(request, situation, told, in_words_so_far);
    let mut clock = search::clock(request, stop, told);
    let plan = footprint::plan(&asked, 1, &mut clock, &mut better).map_err(|error| error.to_string())?;
    let mut ways = search::lanes(&plan.coverage, situation)?;
    if turns {
        let down_deg = plan.choice.view.down_rad.to_degrees().round();
        for way in ways.iter_mut().filter(|way| !way.steps.is_empty()) {
            way.steps.insert(0, Step::LookAhead { down_deg });
        }
    }
    Ok((in_words(request, &plan), ways))
}

fn in_words(request: &Request, plan: &footprint::Plan) -> String {
    let why = match request.pictures.map(|pictures| pictures.height) {
        Some(HeightChoice::Chosen) => {
            "this height of those that may be flown: from it most ground is seen sharply enough in a second"
        }
        _ => "the height is the one asked for",
    };
    let mut words = plan.reasons.clone();
    words.insert(1, why.to_owned());
    words.join("; ")
}
