//! What a night is told in: names and times of day, UTC.

use planning::schedule::{Cause, Gap, More, Plan, Remedy, Shortfall};

use super::Request;
use super::propose::Asked;
use crate::desk::Situation;

/// Gaps less apart than this follow each other at once, s.
const SAME_S: f64 = 1.0;

pub(super) fn cause(cause: Cause) -> &'static str {
    match cause {
        Cause::Drones => "no vehicle is free",
        Cause::Packs => "no battery is charged",
        Cause::Crews => "no crew may fly",
        Cause::Weather => "the weather holds everybody on the ground",
        Cause::Reach => "nobody reaches it and comes back with the reserve in this wind",
    }
}

/// The gaps of one post for one cause.
struct Alone {
    post: usize,
    cause: Cause,
    /// How often; gaps that follow each other at once are one.
    times: usize,
    /// From the first to the end of the last, s.
    during_s: [f64; 2],
    /// How long in all, s.
    lasts_s: f64,
}

/// Gaps that repeat are told together. By post, and of a post in the order of their first.
fn together(gaps: &[Gap]) -> Vec<Alone> {
    let mut gaps = gaps.to_vec();
    gaps.sort_by(|a, b| a.post.cmp(&b.post).then(a.during_s[0].total_cmp(&b.during_s[0])));
    let mut all: Vec<Alone> = Vec::new();
    for Gap { post, cause, during_s: [from_s, to_s] } in gaps {
        let lasts_s = to_s - from_s;
        match all.iter_mut().find(|alone| alone.post == post && alone.cause == cause) {
            Some(alone) => {
                alone.times += usize::from(from_s - alone.during_s[1] >= SAME_S);
                alone.during_s[1] = to_s;
                alone.lasts_s += lasts_s;
            }
            None => all.push(Alone { post, cause, times: 1, during_s: [from_s, to_s], lasts_s }),
        }
    }
    all
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
    for alone in together(&plan.gaps) {
        let [from, to] = alone.during_s.map(|s| clock(asked.ms(s)));
        let (name, why) = (post(alone.post), cause(alone.cause));
        words.push(match alone.times {
            1 => format!("{name} is alone from {from} to {to}: {why}."),
            times => {
                let all = minutes(alone.lasts_s);
                format!("{name} is alone {times} times from {from} to {to}, {all:.0} min in all: {why}.")
            }
        });
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_of_a_post_that_repeat_are_one_line_with_how_often_and_how_long() {
        let gap = |post, cause, from_s, to_s| Gap { post, cause, during_s: [from_s, to_s] };
        let gaps = [
            gap(1, Cause::Packs, 600.0, 900.0),
            gap(0, Cause::Packs, 100.0, 160.0),
            gap(0, Cause::Crews, 160.0, 220.0),
            // Follows the one before it at once.
            gap(0, Cause::Crews, 220.0, 400.0),
            gap(0, Cause::Packs, 700.0, 760.0),
        ];
        let told = together(&gaps);
        let told: Vec<_> = told.iter().map(|one| (one.post, one.cause, one.times, one.during_s, one.lasts_s)).collect();
        assert_eq!(
            told,
            [
                (0, Cause::Packs, 2, [100.0, 760.0], 120.0),
                (0, Cause::Crews, 1, [160.0, 400.0], 240.0),
                (1, Cause::Packs, 1, [600.0, 900.0], 300.0),
            ]
        );
    }
}
