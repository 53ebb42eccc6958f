//! Sortie after sortie, always for the post that would be left alone first.

use super::request::{Drone, Request, RequestError, SoFar};
use super::roster::{Duties, Span, fair_weather_s, free_s};
use super::{Cause, Charge, Gap, More, Pack, Plan, Remedy, Shortfall, Sortie};
use crate::plane::ground_speed_m_s;

/// A watch shorter than this is not flown, s.
const WATCH_MIN_S: f64 = 60.0;
/// The most sorties of a night; what is beyond is left alone and said so.
const SORTIES_MAX: usize = 2_000;
/// With more candidates than this in all nobody works out remedies: it would take seconds.
const REMEDIES_CANDIDATES_MAX: usize = 2_000_000;
/// Times nearer than this are one, s.
const SAME_S: f64 = 1e-3;
/// Rounds in which weather and crew agree on a take-off.
const AGREEMENTS: usize = 8;

/// Schedules the night.
///
/// # Errors
/// [`RequestError`] when the night cannot be scheduled.
pub fn plan(request: &Request) -> Result<Plan, RequestError> {
    request.check()?;
    let mut plan = Night::new(request).fill();
    let alone_s = alone_s(&plan);
    let things = 3 * request.sites.len() + request.crews.len();
    let pairs = request.drones.len() * request.crews.len();
    if alone_s > 0.0 && things * pairs * plan.sorties.len() <= REMEDIES_CANDIDATES_MAX {
        plan.remedies = remedies(request, alone_s);
    }
    plan.reasons = reasons(request, &plan);
    Ok(plan)
}

struct Night<'a> {
    request: &'a Request,
    /// When each drone may take off again, s; none for one that stands by.
    free_s: Vec<Option<f64>>,
    /// For each site, when each battery is charged, s.
    packs_s: Vec<Vec<f64>>,
    /// For each site and charger, when it is used.
    chargers: Vec<Vec<Vec<Span>>>,
    duties: Vec<Duties>,
    /// Nobody takes off before, s.
    begins_s: f64,
    /// Until when each post is watched, and whether somebody is there to be relieved.
    watched: Vec<(f64, bool)>,
    plan: Plan,
}

/// A sortie that could be next.
struct Candidate {
    sortie: Sortie,
    alone_s: f64,
    overlap_short_s: f64,
    cause: Cause,
}

impl<'a> Night<'a> {
    fn new(request: &'a Request) -> Self {
        let begins_s = request.so_far.as_ref().map_or(request.night_s[0], |so_far| so_far.now_s);
        let mut shortfalls = Vec::new();
        let mut standby = Vec::new();
        let mut packs_s = Vec::new();
        for (site, stock) in request.sites.iter().enumerate() {
            let out = |drone: &usize| request.so_far.as_ref().is_some_and(|so_far| so_far.cannot_stand_by(*drone));
            let here = (0..request.drones.len()).rev().filter(|drone| request.drones[*drone].site == site);
            let here = here.filter(|drone| !out(drone));
            let kept: Vec<usize> = here.take(stock.standby.min(stock.packs)).collect();
            if kept.len() < stock.standby {
                shortfalls.push(Shortfall::Standby { site, by: stock.standby - kept.len() });
            }
            // Those that stand by have the last ones.
            packs_s.push(vec![begins_s; stock.packs - kept.len()]);
            standby.extend(kept);
        }
        standby.sort_unstable();
        let free_s = (0..request.drones.len()).map(|drone| (!standby.contains(&drone)).then_some(begins_s)).collect();
        let watched = request.posts.iter().map(|post| (post.window_s[0].max(begins_s), false)).collect();
        let mut night = Self {
            request,
            begins_s,
            watched,
            free_s,
            packs_s,
            chargers: request.sites.iter().map(|site| vec![Vec::new(); site.chargers]).collect(),
            duties: vec![Duties::default(); request.crews.len()],
            plan: Plan {
                sorties: Vec::new(),
                charges: Vec::new(),
                standby,
                gaps: Vec::new(),
                shortfalls,
                remedies: Vec::new(),
                watched: 1.0,
                reasons: Vec::new(),
            },
        };
        if let Some(so_far) = &request.so_far {
            night.take_up(so_far);
        }
        night
    }

    /// Takes up what has taken off already.
    fn take_up(&mut self, so_far: &SoFar) {
        for sortie in &so_far.flown {
            let out = so_far.out.contains(&sortie.drone);
            let lost = out && sortie.lands_s > so_far.now_s;
            let mut sortie = sortie.clone();
            if lost {
                sortie.watches_s = sortie.watches_s.map(|at_s| at_s.min(so_far.now_s));
                sortie.lands_s = so_far.now_s;
            }
            let until_s = sortie.watches_s[1];
            let watched = &mut self.watched[sortie.post];
            if until_s > watched.0 && sortie.watches_s[0] <= watched.0.max(so_far.now_s) {
                *watched = (until_s, !lost);
            }
            if self.packs_s[sortie.pack.site].len() <= sortie.pack.number {
                // A battery of one that stands by now: as many, another name.
                continue;
            }
            let pack = sortie.pack;
            self.fly(sortie);
            if lost {
                self.packs_s[pack.site][pack.number] = f64::INFINITY;
                self.plan.charges.retain(|charge| charge.pack != pack || charge.during_s[0] < so_far.now_s);
            }
        }
        for drone in &so_far.out {
            self.free_s[*drone] = None;
        }
    }

    fn fill(mut self) -> Plan {
        let posts = &self.request.posts;
        loop {
            let open = (0..posts.len()).filter(|post| self.watched[*post].0 < posts[*post].window_s[1] - SAME_S);
            let Some(post) = open.min_by(|a, b| self.watched[*a].0.total_cmp(&self.watched[*b].0)) else { break };
            let (until_s, relieves) = self.watched[post];
            let arrive_s = if relieves { until_s - self.request.overlap_s } else { until_s };
            let best = if self.plan.sorties.len() < SORTIES_MAX { self.best(post, until_s, arrive_s) } else { None };
            let Some(best) = best else {
                let cause = self.cause(post);
                self.plan.gaps.push(Gap { post, during_s: [until_s, posts[post].window_s[1]], cause });
                self.watched[post].0 = posts[post].window_s[1];
                continue;
            };
            let arrives_s = best.sortie.watches_s[0];
            if best.alone_s > SAME_S {
                self.plan.gaps.push(Gap { post, during_s: [until_s, arrives_s], cause: best.cause });
            } else if relieves && best.overlap_short_s > SAME_S {
                let by_s = best.overlap_short_s;
                self.plan.shortfalls.push(Shortfall::Overlap { post, at_s: arrives_s, by_s });
            }
            self.watched[post] = (best.sortie.watches_s[1], true);
            self.fly(best.sortie);
        }
        self.finish()
    }

    /// The sortie that leaves the post alone for the shortest time; of those alike, the one that stays the longest.
    fn best(&self, post: usize, until_s: f64, arrive_s: f64) -> Option<Candidate> {
        let mut best: Option<(Candidate, [f64; 3])> = None;
        for drone in 0..self.request.drones.len() {
            for crew in 0..self.request.crews.len() {
                if self.request.crews[crew].site != self.request.drones[drone].site {
                    continue;
                }
                let Some(candidate) = self.candidate(post, drone, crew, until_s, arrive_s) else { continue };
                let round = |s: f64| (s / SAME_S).round();
                let merit = [
                    round(candidate.alone_s),
                    round(candidate.overlap_short_s),
                    // One that has rested longer where both stay as long: wear is shared.
                    -round(candidate.sortie.watches_s[1]),
                ];
                if best.as_ref().is_none_or(|(_, least)| merit < *least) {
                    best = Some((candidate, merit));
                }
            }
        }
        best.map(|(candidate, _)| candidate)
    }

    fn candidate(&self, post: usize, drone: usize, crew: usize, until_s: f64, arrive_s: f64) -> Option<Candidate> {
        let request = self.request;
        let flies = &request.drones[drone];
        let window_s = request.posts[post].window_s;
        let [out_s, back_s] = way_s(request, flies, post)?;
        let least_watch_s = WATCH_MIN_S.min(window_s[1] - until_s);
        let least_s = out_s + least_watch_s + back_s;
        let lasts_s = flies.endurance_s * (request.charging.full() - flies.reserve);
        if least_s > lasts_s {
            return None;
        }
        let mut leaves_s = arrive_s - out_s;
        let mut cause = Cause::Drones;
        let mut wait = |until_s: f64, why: Cause| {
            if until_s > leaves_s {
                (leaves_s, cause) = (until_s, why);
            }
            leaves_s
        };
        wait(self.begins_s, Cause::Crews);
        wait(self.free_s[drone]?, Cause::Drones);
        let (pack, charged_s) = self.pack(flies.site, arrive_s - out_s)?;
        let mut now_s = wait(charged_s, Cause::Packs);
        let mut hold_s = f64::INFINITY;
        for _ in 0..AGREEMENTS {
            let before_s = now_s;
            let (fair_s, next_s) = fair_weather_s(&request.holds, now_s, least_s);
            hold_s = next_s;
            now_s = wait(fair_s, Cause::Weather);
            now_s = wait(self.duties[crew].earliest_s(&request.crews[crew], now_s, least_s)?, Cause::Crews);
            if now_s <= before_s {
                break;
            }
        }
        let latest_s = (now_s + lasts_s).min(hold_s).min(request.night_s[1]).min(window_s[1] + back_s);
        if latest_s < now_s + least_s - SAME_S {
            return None;
        }
        let lands_s = self.duties[crew].latest_s(&request.crews[crew], now_s, least_s, latest_s.max(now_s + least_s));
        let watches_s = [now_s + out_s, lands_s - back_s];
        // It has to stay longer than the one that it relieves.
        if watches_s[1] < watches_s[0].max(until_s) + least_watch_s - SAME_S {
            return None;
        }
        let left = request.charging.full() - (lands_s - now_s) / flies.endurance_s;
        Some(Candidate {
            alone_s: (watches_s[0] - until_s).max(0.0),
            overlap_short_s: (watches_s[0] - arrive_s).max(0.0),
            cause,
            sortie: Sortie { post, drone, pack, crew, leaves_s: now_s, watches_s, lands_s, left },
        })
    }

    /// The battery of a site that has been charged the longest, or will be the soonest.
    fn pack(&self, site: usize, wanted_s: f64) -> Option<(Pack, f64)> {
        let packs = self.packs_s[site].iter().copied().enumerate();
        let (number, charged_s) = packs.min_by(|a, b| a.1.max(wanted_s).total_cmp(&b.1.max(wanted_s)))?;
        charged_s.is_finite().then_some((Pack { site, number }, charged_s))
    }

    fn fly(&mut self, sortie: Sortie) {
        let request = self.request;
        let Pack { site, number } = sortie.pack;
        if let Some(free_s) = &mut self.free_s[sortie.drone] {
            *free_s = free_s.max(sortie.lands_s + request.drones[sortie.drone].swap_s);
        }
        self.duties[sortie.crew].add([sortie.leaves_s, sortie.lands_s]);
        let takes_s = request.charging.takes_s(sortie.left);
        let free = self.chargers[site].iter().map(|used| free_s(used, sortie.lands_s, takes_s)).enumerate();
        self.packs_s[site][number] = match free.min_by(|a, b| a.1.total_cmp(&b.1)) {
            // Without a charger it is not charged again.
            None => f64::INFINITY,
            Some((charger, begins_s)) => {
                let during_s = [begins_s, begins_s + takes_s];
                self.plan.charges.push(Charge { pack: sortie.pack, charger, during_s });
                let used = &mut self.chargers[site][charger];
                used.push(during_s);
                used.sort_by(|a, b| a[0].total_cmp(&b[0]));
                during_s[1]
            }
        };
        self.plan.sorties.push(sortie);
    }

    /// Why nobody can go to a post at all.
    fn cause(&self, post: usize) -> Cause {
        let request = self.request;
        let flying = |drone: &usize| self.free_s[*drone].is_some();
        let reaches = |drone: &usize| {
            let flies = &request.drones[*drone];
            let lasts_s = flies.endurance_s * (request.charging.full() - flies.reserve);
            way_s(request, flies, post).is_some_and(|[out_s, back_s]| out_s + back_s + WATCH_MIN_S <= lasts_s)
        };
        let drones: Vec<usize> = (0..request.drones.len()).filter(flying).collect();
        let near: Vec<usize> = drones.iter().copied().filter(reaches).collect();
        let site = |drone: &usize| request.drones[*drone].site;
        if drones.is_empty() {
            Cause::Drones
        } else if near.is_empty() {
            Cause::Reach
        } else if near.iter().all(|drone| !self.packs_s[site(drone)].iter().any(|charged_s| charged_s.is_finite())) {
            Cause::Packs
        } else if near.iter().all(|drone| request.crews.iter().all(|crew| crew.site != site(drone))) {
            Cause::Crews
        } else if request.holds.iter().any(|hold| hold.during_s[1] > request.posts[post].window_s[0]) {
            Cause::Weather
        } else {
            Cause::Crews
        }
    }

    fn finish(self) -> Plan {
        let mut plan = self.plan;
        plan.sorties.sort_by(|a, b| a.leaves_s.total_cmp(&b.leaves_s));
        plan.charges.sort_by(|a, b| a.during_s[0].total_cmp(&b.during_s[0]));
        plan.gaps.sort_by(|a, b| a.post.cmp(&b.post).then(a.during_s[0].total_cmp(&b.during_s[0])));
        let all_s: f64 = self.request.posts.iter().map(|post| post.window_s[1] - post.window_s[0]).sum();
        plan.watched = if all_s > 0.0 { 1.0 - alone_s(&plan) / all_s } else { 1.0 };
        plan
    }
}

/// Out to a post and back, s; nothing where the wind is too strong.
fn way_s(request: &Request, drone: &Drone, post: usize) -> Option<[f64; 2]> {
    let (from, to) = (request.sites[drone.site].at_m, request.posts[post].at_m);
    let way_s = |from: [f64; 2], to: [f64; 2]| {
        let metres = crate::plane::distance(from, to);
        let Some(along) = crate::plane::direction(from, to) else { return Some(0.0) };
        Some(metres / ground_speed_m_s(drone.airspeed_m_s, request.wind_m_s, along)?)
    };
    Some([way_s(from, to)?, way_s(to, from)?])
}

/// For how long posts are left alone in all, s.
fn alone_s(plan: &Plan) -> f64 {
    plan.gaps.iter().map(|gap| gap.during_s[1] - gap.during_s[0]).sum()
}

/// What one more of each thing would give.
fn remedies(request: &Request, alone_before_s: f64) -> Vec<Remedy> {
    let sites = 0..request.sites.len();
    let things = sites.flat_map(|site| [More::Drone(site), More::Pack(site), More::Charger(site)]);
    let things = things.chain((0..request.crews.len()).map(More::Crew));
    let mut remedies: Vec<Remedy> = things
        .filter_map(|more| {
            let mut with = request.clone();
            match more {
                More::Drone(site) => {
                    let like = *request.drones.iter().find(|drone| drone.site == site)?;
                    with.drones.insert(0, like);
                }
                More::Pack(site) => with.sites[site].packs += 1,
                More::Charger(site) => with.sites[site].chargers += 1,
                More::Crew(crew) => with.crews.push(request.crews[crew]),
            }
            let saves_s = alone_before_s - alone_s(&Night::new(&with).fill());
            (saves_s > 1.0).then_some(Remedy { more, saves_s })
        })
        .collect();
    remedies.sort_by(|a, b| b.saves_s.total_cmp(&a.saves_s));
    remedies
}

fn reasons(request: &Request, plan: &Plan) -> Vec<String> {
    let mut reasons = vec![format!(
        "{} sorties watch {:.1} % of the time asked for; {} drones stand by",
        plan.sorties.len(),
        100.0 * plan.watched,
        plan.standby.len()
    )];
    for gap in &plan.gaps {
        let why = match gap.cause {
            Cause::Drones => "no drone is free",
            Cause::Packs => "no battery is charged",
            Cause::Crews => "no crew may fly",
            Cause::Weather => "the weather holds everybody on the ground",
            Cause::Reach => "no drone reaches it and comes back with its reserve in this wind",
        };
        let [from_s, to_s] = gap.during_s;
        let into_s = from_s - request.night_s[0];
        reasons.push(format!(
            "post {} is alone for {:.0} s, {into_s:.0} s into the night: {why}",
            gap.post,
            to_s - from_s
        ));
    }
    for shortfall in &plan.shortfalls {
        reasons.push(match shortfall {
            Shortfall::Overlap { post, by_s, .. } => format!("a hand-over at post {post} is {by_s:.0} s too short"),
            Shortfall::Standby { site, by } => format!("{by} too few stand by at site {site}"),
        });
    }
    if let Some(Remedy { more, saves_s }) = plan.remedies.first() {
        let more = match more {
            More::Drone(site) => format!("one more drone at site {site}"),
            More::Pack(site) => format!("one more battery at site {site}"),
            More::Charger(site) => format!("one more charger at site {site}"),
            More::Crew(crew) => format!("one more crew like crew {crew}"),
        };
        reasons.push(format!("{more} would spare {saves_s:.0} s of that"));
    }
    reasons
}
