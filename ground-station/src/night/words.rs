//! What a night is told in: names and times of day, UTC.

use planning::schedule::{Cause, More, Plan, Remedy, Shortfall};

use super::Request;
use super::propose::Asked;
use crate::desk::Situation;

pub(super) fn cause(cause: Cause) -> &'static str {
    match cause {
        Cause::Drones => "no vehicle is free",
        Cause::Packs => "no battery is charged",
        Cause::Crews => "no crew may fly",
        Cause::Weather => "the weather holds everybody on the ground",
        Cause::Reach => "nobody reaches it and comes back with the reserve in this wind",
    }
}

/// The time of day of Unix milliseconds, `03:10Z`.
pub(super) fn clock(ms: i64) -> String {
    let minute = ms.div_euclid(60_000).rem_euclid(24 * 60);
    format!("{:02}:{:02}Z", minute / 60, minute % 60)
}

pub(super) fn of(request: &Request, situation: &Situation, asked: &Asked, plan: &Plan) -> Vec<String> {
    let name = |drone: usize| {
        let id = &asked.vehicles[drone];
        situation.vehicles.get(id).map_or_else(|| id.to_string(), |standing| standing.name.clone())
    };
    let post = |post: usize| request.posts[post].name.as_str();
    let minutes = |s: f64| (s / 60.0).ceil().max(1.0);
    // A base is called after the first that stands there.
    let base = |site: usize| {
        let first = asked.request.drones.iter().position(|drone| drone.site == site);
        first.map_or_else(|| format!("base {site}"), |drone| format!("where {} stands", name(drone)))
    };
    let by: Vec<String> = plan.standby.iter().map(|drone| name(*drone)).collect();
    let stands = match by.len() {
        0 => "nobody stands by".to_owned(),
        1 => format!("{} stands by", by[0]),
        _ => format!("{} stand by", by.join(" and ")),
    };
    let mut words = vec![format!(
        "{} sorties watch {:.1} % of the time asked for; {stands}.",
        plan.sorties.len(),
        100.0 * plan.watched
    )];
    for gap in &plan.gaps {
        let [from, to] = gap.during_s.map(|s| clock(asked.ms(s)));
        words.push(format!("{} is alone from {from} to {to}: {}.", post(gap.post), cause(gap.cause)));
    }
    for shortfall in &plan.shortfalls {
        words.push(match shortfall {
            Shortfall::Overlap { post: at, at_s, by_s } => {
                format!("The hand-over at {} at {} is {by_s:.0} s too short.", post(*at), clock(asked.ms(*at_s)))
            }
            Shortfall::Standby { site, by } => format!("{by} too few stand by {}.", base(*site)),
        });
    }
    if let Some(Remedy { more, saves_s }) = plan.remedies.first() {
        let more = match more {
            More::Drone(site) => format!("One more vehicle {}", base(*site)),
            More::Pack(site) => format!("One more battery {}", base(*site)),
            More::Charger(site) => format!("One more charger {}", base(*site)),
            More::Crew(crew) => format!("One more crew like {}", request.crews[*crew].name),
        };
        words.push(format!("{more} would spare {:.0} min of that.", minutes(*saves_s)));
    }
    words
}
