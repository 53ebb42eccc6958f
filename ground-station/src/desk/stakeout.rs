//! A place watched from where nobody hears it: every vehicle from another side, as long as one battery lasts.

use missions::Performance;
use planning::schedule::{self, ChargingCurve, Crew, Drone, Site};
use planning::watch::{StakeoutRequest, stakeout};

use super::Situation;
use super::draw::{Step, Way};
use super::request::Request;
use super::search::{RESERVE, closed};

/// From so many times the distance at which it is heard nothing is made out.
const SEEN: f64 = 3.0;
/// How high what happens there is, metres above the ground.
const SITE_HEIGHT_M: f64 = 1.0;
/// For the climb, and on the safe side of the wind: the ways there take so much longer.
const ON_THE_WAY: f64 = 1.5;
const CLIMB_S: f64 = 120.0;

/// Chooses the places, and says for how long each is held.
pub(super) fn watch(request: &Request, situation: &Situation) -> Result<(String, Vec<Way>), String> {
    let airspace = &situation.airspace;
    let site = *request.places().first().ok_or("nothing was drawn")?;
    let site_m = airspace.place_m(site);
    let (heard_m, seen_m) = (request.apart_m, SEEN * request.apart_m);
    let (fleet, leads_s) = fleet(request, situation, site_m, seen_m)?;
    let asked = StakeoutRequest {
        site_m,
        site_height_m: SITE_HEIGHT_M,
        window_s: [leads_s, leads_s + request.look_s],
        heard_m,
        seen_m,
        heights_m: [request.height_m.max(SITE_HEIGHT_M); 2],
        obstacles: Vec::new(),
        closed_m: closed(request, situation)
            .into_iter()
            .map(|ring| ring.iter().map(|at| airspace.place_m(*at)).collect())
            .collect(),
        posts: request.vehicles.len(),
        fleet,
    };
    let plan = stakeout(&asked).map_err(|error| error.to_string())?;
    let mut ways = vec![Way::default(); request.vehicles.len()];
    // One battery each: a vehicle's first sortie is its only one.
    for sortie in plan.schedule.sorties.iter().rev() {
        let at = airspace.lat_lon(plan.posts[sortie.post].at_m);
        let for_s = sortie.watches_s[1] - sortie.watches_s[0];
        let steps = vec![Step::Look(site), Step::Stay { at: at.into(), for_s }];
        ways[sortie.drone] = Way { steps, leaves_s: sortie.leaves_s.max(0.0) };
    }
    Ok((plan.reasons.join("; "), ways))
}

/// The vehicles as a schedule knows them, and how long the farthest is under way, s.
fn fleet(
    request: &Request,
    situation: &Situation,
    site_m: [f64; 2],
    seen_m: f64,
) -> Result<(schedule::Request, f64), String> {
    let (mut sites, mut drones, mut leads_s) = (Vec::new(), Vec::new(), 0.0_f64);
    for id in &request.vehicles {
        let standing = situation.vehicles.get(id).ok_or_else(|| format!("there is no vehicle {id}"))?;
        let start = standing.start.ok_or_else(|| format!("{}: its place of take-off is not known", standing.name))?;
        let performance =
            Performance::of(standing.kind).ok_or_else(|| format!("{} is of unknown kind", standing.name))?;
        let at_m = situation.airspace.place_m(start.position);
        let airspeed_m_s = request.speed_m_s.unwrap_or(standing.cruise_m_s);
        let way_m = (site_m[0] - at_m[0]).hypot(site_m[1] - at_m[1]) + seen_m;
        leads_s = leads_s.max(ON_THE_WAY * way_m / airspeed_m_s + CLIMB_S);
        drones.push(Drone {
            site: sites.len(),
            airspeed_m_s,
            endurance_s: start.battery * performance.endurance_s,
            reserve: RESERVE,
            swap_s: 0.0,
        });
        sites.push(Site { at_m, packs: 1, chargers: 0, standby: 0 });
    }
    let night_s = [0.0, 2.0 * leads_s + request.look_s];
    let crew = |site| Crew { site, shift_s: night_s, duty_max_s: 1e6, rest_s: 0.0, at_once: 1 };
    let fleet = schedule::Request {
        night_s,
        posts: Vec::new(),
        crews: (0..sites.len()).map(crew).collect(),
        sites,
        drones,
        holds: Vec::new(),
        charging: ChargingCurve { points: vec![(0.0, 0.0), (1.0, 3600.0)] },
        overlap_s: 0.0,
        wind_m_s: situation.wind_m_s(),
        so_far: None,
    };
    Ok((fleet, leads_s))
}
