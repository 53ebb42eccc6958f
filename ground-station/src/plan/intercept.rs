//! Where intruders come down, and which unit can be there in time.

use anyhow::Context;
use planning::intercept::{Area, Cue, Fix, Habits, Intruder, Road, Scene, Site, Watch};
use serde::Deserialize;
use serde_json::{Value, json};

use super::Answer;

#[derive(Deserialize)]
pub(super) struct Instance {
    kind: RawKind,
    #[serde(default)]
    candidate_sites: Vec<RawSite>,
    nodes: Vec<[f64; 2]>,
    edges: Vec<(usize, usize, f64)>,
    units: Vec<RawUnit>,
    offroad_speed: f64,
    hit_radius: f64,
    episodes: Vec<RawEpisode>,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "snake_case")]
enum RawKind {
    DroneGoal,
    DroneDogleg,
    Balloon,
}

#[derive(Deserialize)]
struct RawSite {
    x: f64,
    y: f64,
    prior: f64,
}

#[derive(Deserialize)]
struct RawUnit {
    id: Value,
    node: usize,
}

#[derive(Deserialize)]
struct RawEpisode {
    id: Value,
    t_now: f64,
    track: Vec<[f64; 3]>,
    sigma: f64,
    dwell_s: f64,
    wind_forecast: Option<[f64; 2]>,
    burn_range: Option<[f64; 2]>,
    t_launch: Option<f64>,
}

pub(super) fn answer(instance: Instance) -> anyhow::Result<Answer> {
    let units: Vec<Value> = instance.units.iter().map(|unit| unit.id.clone()).collect();
    let (kind, episodes) = (instance.kind, instance.episodes);
    let scene = Scene {
        sites: instance.candidate_sites.iter().map(|site| Site { at_m: [site.x, site.y], prior: site.prior }).collect(),
        nodes_m: instance.nodes,
        roads: instance.edges.iter().map(|(a, b, speed)| Road { ends: [*a, *b], speed_m_s: *speed }).collect(),
        units: instance.units.iter().map(|unit| unit.node).collect(),
        off_road_m_s: instance.offroad_speed,
        hit_radius_m: instance.hit_radius,
    };
    let watch = Watch::new(scene)?;
    let mut answers = Vec::with_capacity(episodes.len());
    let mut sent = 0;
    let (mut ids, mut cues) = (Vec::with_capacity(episodes.len()), Vec::with_capacity(episodes.len()));
    for (number, episode) in episodes.into_iter().enumerate() {
        ids.push(episode.id.clone());
        let cue = cue(kind, episode).and_then(|cue| Ok(cue.check().map(|()| cue)?));
        cues.push(cue.with_context(|| format!("episodes[{number}]"))?);
    }
    // The cues of a problem show together how intruders fly there.
    let habits = Habits::learn(&watch, &cues)?;
    for (number, (id, cue)) in ids.into_iter().zip(&cues).enumerate() {
        let answer = watch.answer_knowing(cue, &habits).with_context(|| format!("episodes[{number}]"))?;
        let area =
            |area: &Area| json!({ "x": area.at_m[0], "y": area.at_m[1], "r": area.radius_m, "p": area.probability });
        let areas: Vec<Value> = answer.areas.iter().map(area).collect();
        // Where nobody can be in time, the first unit is named with the likeliest place: somebody should still look.
        let likeliest = answer.areas.first().map_or([0.0; 2], |area| area.at_m);
        let (unit, place_m) = answer.dispatch.as_ref().map_or((0, likeliest), |go| (go.unit, go.rendezvous_m));
        sent += usize::from(answer.dispatch.is_some());
        answers.push(json!({ "id": id, "areas": areas, "unit": units.get(unit), "rendezvous": place_m }));
    }
    let summary = format!("{} intruders, a unit can be there for {sent}", answers.len());
    Ok(Answer { json: json!({ "answers": answers }), summary, drawing: None })
}

fn cue(kind: RawKind, episode: RawEpisode) -> anyhow::Result<Cue> {
    let intruder = match kind {
        RawKind::DroneGoal => Intruder::Straight,
        RawKind::DroneDogleg => Intruder::Dogleg,
        RawKind::Balloon => {
            let wind_m_s = episode.wind_forecast.context("no wind_forecast; a balloon needs one")?;
            let burn_s = episode.burn_range.context("no burn_range; a balloon needs one")?;
            let launched_s = episode.t_launch.context("no t_launch; a balloon needs one")?;
            Intruder::Balloon { wind_m_s, burnt_out_s: burn_s.map(|after_s| launched_s + after_s) }
        }
    };
    let fix = |[at_s, x, y]: &[f64; 3]| Fix { at_s: *at_s, at_m: [*x, *y] };
    Ok(Cue {
        intruder,
        flown: None,
        now_s: episode.t_now,
        track: episode.track.iter().map(fix).collect(),
        sigma_m: episode.sigma,
        dwell_s: episode.dwell_s,
    })
}
