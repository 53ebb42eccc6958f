//! Nights scheduled: what a schedule says of itself is found again from its sorties alone, and nothing given makes it panic.
#![allow(clippy::unwrap_used, reason = "clippy.toml frees test functions only, not what they share")]

use planning::schedule::{
    Cause, ChargingCurve, Crew, Drone, Hold, More, Plan, Post, Request, RequestError, Shortfall, Site, SoFar, plan,
};
use proptest::prelude::*;

const NIGHT_S: f64 = 36_000.0;

/// Two posts ten hours long, four drones with eight batteries, and crews who may fly as long as they like.
fn night() -> Request {
    let drone = Drone { site: 0, airspeed_m_s: 15.0, endurance_s: 2400.0, reserve: 0.2, swap_s: 120.0 };
    let crew = Crew { site: 0, shift_s: [0.0, NIGHT_S], duty_max_s: NIGHT_S, rest_s: 600.0, at_once: 4 };
    Request {
        night_s: [0.0, NIGHT_S],
        posts: [[1500.0, 0.0], [0.0, 2500.0]].map(|at_m| Post { at_m, window_s: [1800.0, 34_000.0] }).to_vec(),
        sites: vec![Site { at_m: [0.0; 2], packs: 12, chargers: 8, standby: 0 }],
        drones: vec![drone; 6],
        crews: vec![crew],
        holds: Vec::new(),
        charging: ChargingCurve { points: vec![(0.0, 0.0), (0.8, 2400.0), (1.0, 4200.0)] },
        overlap_s: 30.0,
        wind_m_s: [3.0, -2.0],
        so_far: None,
    }
}

/// How long a way takes, felt for by flying it: the heading that holds against the wind is found by halving.
fn way_s(from: [f64; 2], to: [f64; 2], airspeed_m_s: f64, wind_m_s: [f64; 2]) -> f64 {
    let (east, north) = (to[0] - from[0], to[1] - from[1]);
    let metres = east.hypot(north);
    if metres < 1e-9 {
        return 0.0;
    }
    let (along, aside) = ([east / metres, north / metres], [-north / metres, east / metres]);
    let wind_aside = wind_m_s[0] * aside[0] + wind_m_s[1] * aside[1];
    let crab = (-wind_aside / airspeed_m_s).asin();
    metres / (airspeed_m_s * crab.cos() + wind_m_s[0] * along[0] + wind_m_s[1] * along[1])
}

fn overlaps(a: [f64; 2], b: [f64; 2]) -> bool {
    a[0] < b[1] - 1e-3 && b[0] < a[1] - 1e-3
}

/// Everything that a schedule has to keep to, from its sorties and charges.
fn check(request: &Request, plan: &Plan) -> Result<(), String> {
    let [begins_s, ends_s] = request.night_s;
    for (number, sortie) in plan.sorties.iter().enumerate() {
        let drone = &request.drones[sortie.drone];
        let (site, post) = (&request.sites[drone.site], &request.posts[sortie.post]);
        let out_s = way_s(site.at_m, post.at_m, drone.airspeed_m_s, request.wind_m_s);
        let back_s = way_s(post.at_m, site.at_m, drone.airspeed_m_s, request.wind_m_s);
        let flies_s = sortie.lands_s - sortie.leaves_s;
        let wrong = [
            (sortie.pack.site != drone.site || request.crews[sortie.crew].site != drone.site, "mixes sites"),
            (sortie.leaves_s < begins_s - 1e-3 || sortie.lands_s > ends_s + 1e-3, "is outside of the night"),
            ((sortie.watches_s[0] - sortie.leaves_s - out_s).abs() > 1e-3, "is there at another time"),
            ((sortie.lands_s - sortie.watches_s[1] - back_s).abs() > 1e-3, "lands at another time"),
            (sortie.left < drone.reserve - 1e-6, "lands without its reserve"),
            (
                (request.charging.full() - flies_s / drone.endurance_s - sortie.left).abs() > 1e-6,
                "miscounts its battery",
            ),
            (plan.standby.contains(&sortie.drone), "stands by"),
            (
                request.holds.iter().any(|hold| overlaps(hold.during_s, [sortie.leaves_s, sortie.lands_s])),
                "flies in a hold",
            ),
        ];
        if let Some((_, what)) = wrong.iter().find(|(wrong, _)| *wrong) {
            return Err(format!("sortie {number} {what}: {sortie:?}"));
        }
        for other in &plan.sorties[number + 1..] {
            let during = [other.leaves_s, other.lands_s];
            if other.drone == sortie.drone && overlaps(during, [sortie.leaves_s, sortie.lands_s + drone.swap_s]) {
                return Err(format!("drone {} flies twice at once", sortie.drone));
            }
            if other.pack == sortie.pack {
                let charged = plan.charges.iter().any(|charge| {
                    charge.pack == sortie.pack
                        && charge.during_s[0] >= sortie.lands_s - 1e-3
                        && charge.during_s[1] <= other.leaves_s + 1e-3
                });
                if !charged {
                    return Err(format!("{:?} flies again without a charge", sortie.pack));
                }
            }
        }
        let takes_s = request.charging.takes_s(sortie.left);
        let charges = plan.charges.iter().filter(|charge| charge.pack == sortie.pack);
        let mut own = charges.filter(|charge| charge.during_s[0] >= sortie.lands_s - 1e-3);
        if site.chargers > 0 && !own.any(|charge| (charge.during_s[1] - charge.during_s[0] - takes_s).abs() < 1e-3) {
            return Err(format!("{:?} is not charged for {takes_s} s", sortie.pack));
        }
    }
    for (number, charge) in plan.charges.iter().enumerate() {
        let same = |other: &&planning::schedule::Charge| {
            other.pack.site == charge.pack.site
                && other.charger == charge.charger
                && overlaps(other.during_s, charge.during_s)
        };
        if charge.charger >= request.sites[charge.pack.site].chargers
            || plan.charges[number + 1..].iter().any(|o| same(&o))
        {
            return Err(format!("a charger holds two batteries, or there is none: {charge:?}"));
        }
    }
    crews(request, plan)?;
    posts(request, plan)
}

fn crews(request: &Request, plan: &Plan) -> Result<(), String> {
    for (number, crew) in request.crews.iter().enumerate() {
        let flown: Vec<[f64; 2]> =
            plan.sorties.iter().filter(|s| s.crew == number).map(|s| [s.leaves_s, s.lands_s]).collect();
        let mut busy_until = f64::NEG_INFINITY;
        let mut duty_from = 0.0;
        for span in &flown {
            if span[0] < crew.shift_s[0] - 1e-3 || span[1] > crew.shift_s[1] + 1e-3 {
                return Err(format!("crew {number} flies out of its shift: {span:?}"));
            }
            if span[0] >= busy_until + crew.rest_s - 1e-3 {
                duty_from = span[0];
            }
            busy_until = busy_until.max(span[1]);
            if busy_until - duty_from > crew.duty_max_s + 1e-3 {
                return Err(format!("crew {number} flies for {} s", busy_until - duty_from));
            }
            if flown.iter().filter(|o| o[0] <= span[0] && span[0] < o[1] - 1e-3).count() > crew.at_once {
                return Err(format!("crew {number} flies too many at once"));
            }
        }
    }
    Ok(())
}

/// Second by second: a post is alone exactly in its gaps.
fn posts(request: &Request, plan: &Plan) -> Result<(), String> {
    for (number, post) in request.posts.iter().enumerate() {
        let mut at_s = post.window_s[0] + 0.5;
        while at_s < post.window_s[1] {
            let seen =
                plan.sorties.iter().any(|s| s.post == number && s.watches_s[0] <= at_s && at_s <= s.watches_s[1]);
            let told = plan.gaps.iter().any(|g| g.post == number && g.during_s[0] <= at_s && at_s <= g.during_s[1]);
            if seen == told {
                return Err(format!("post {number} at {at_s} s: seen {seen}, told to be alone {told}"));
            }
            at_s += 7.3;
        }
    }
    Ok(())
}

#[test]
fn two_posts_are_watched_all_night_with_every_hand_over_overlapping() {
    let request = night();
    let plan = plan(&request).unwrap();
    check(&request, &plan).unwrap();
    assert!(plan.gaps.is_empty() && plan.shortfalls.is_empty(), "{:#?}", plan.reasons);
    for post in 0..2 {
        let watches: Vec<_> = plan.sorties.iter().filter(|s| s.post == post).map(|s| s.watches_s).collect();
        assert!(watches.len() > 15 && watches.windows(2).all(|pair| pair[0][1] - pair[1][0] >= 30.0 - 1e-6));
    }
}

#[test]
fn too_few_chargers_are_said_with_what_one_more_would_give() {
    let mut request = night();
    request.sites[0].chargers = 3;
    let plan = plan(&request).unwrap();
    check(&request, &plan).unwrap();
    assert!(plan.gaps.iter().any(|gap| gap.cause == Cause::Packs) && plan.watched < 0.99);
    let best = plan.remedies[0];
    assert_eq!(best.more, More::Charger(0), "{:?}", plan.remedies);
    assert!(best.saves_s > 600.0);
}

#[test]
fn weather_holds_everybody_on_the_ground_and_the_gap_says_so() {
    let mut request = night();
    request.holds = vec![Hold { during_s: [10_000.0, 13_000.0] }];
    let plan = plan(&request).unwrap();
    check(&request, &plan).unwrap();
    for post in 0..2 {
        let gap = plan.gaps.iter().find(|gap| gap.post == post).unwrap();
        assert_eq!(gap.cause, Cause::Weather);
        assert!(gap.during_s[0] < 10_000.0 && gap.during_s[1] > 13_000.0 && gap.during_s[1] < 13_400.0, "{gap:?}");
    }
}

#[test]
fn a_crew_rests_and_another_takes_over() {
    let mut request = night();
    let crew = Crew { duty_max_s: 9_000.0, rest_s: 3_600.0, ..request.crews[0] };
    request.crews = vec![crew];
    let alone = plan(&request).unwrap();
    check(&request, &alone).unwrap();
    assert!(alone.gaps.iter().all(|gap| gap.cause == Cause::Crews) && alone.watched < 0.9, "{:#?}", alone.reasons);
    request.crews = vec![crew; 3];
    let shared = plan(&request).unwrap();
    check(&request, &shared).unwrap();
    assert!(shared.watched > alone.watched + 0.1, "{} after {}", shared.watched, alone.watched);
}

#[test]
fn whoever_stands_by_does_not_fly_and_what_is_missing_is_said() {
    let mut request = night();
    request.sites[0].standby = 2;
    let kept = plan(&request).unwrap();
    check(&request, &kept).unwrap();
    assert_eq!(kept.standby, [4, 5]);
    request.sites[0].standby = 9;
    let short = plan(&request).unwrap();
    assert!(short.shortfalls.contains(&Shortfall::Standby { site: 0, by: 3 }) && short.sorties.is_empty());
}

#[test]
fn what_no_drone_reaches_is_out_of_reach() {
    let mut request = night();
    request.posts[0].at_m = [40_000.0, 0.0];
    let plan = plan(&request).unwrap();
    check(&request, &plan).unwrap();
    assert!(plan.gaps.iter().any(|gap| gap.post == 0 && gap.cause == Cause::Reach));
    assert!(plan.reasons.iter().any(|reason| reason.contains("post 0 is alone for 32200 s")), "{:#?}", plan.reasons);
}

#[test]
fn a_wrong_night_is_refused_with_what_was_found() {
    let mut request = night();
    request.drones[3].site = 7;
    let told = plan(&request).unwrap_err().to_string();
    assert_eq!(told, "drone 3 stands at site 7, there are 1, counted from 0");
    let mut request = night();
    request.charging.points = vec![(0.0, 0.0), (0.9, 100.0), (0.8, 200.0)];
    assert!(matches!(plan(&request), Err(RequestError::Curve { number: 2, .. })));
    let mut request = night();
    request.drones[1].endurance_s = f64::NAN;
    assert_eq!(plan(&request).unwrap_err().to_string(), "drone 1: endurance is NaN, allowed is 60 to 1000000");
}

prop_compose! {
    fn nights()(
        posts in prop::collection::vec(([-4e3..4e3, -4e3..4e3], 0.0..20_000.0, 0.0..15_000.0), 1..4),
        stock in prop::collection::vec((0_usize..8, 0_usize..4, 0_usize..2), 1..3),
        drones in prop::collection::vec((0_usize..2, 8.0..25.0, 600.0..4000.0, 0.0..600.0), 0..6),
        crews in prop::collection::vec((0_usize..2, 0.0..20_000.0, 1000.0..15_000.0, 0.0..4000.0, 1_usize..3), 0..4),
        holds in prop::collection::vec((0.0..30_000.0, 0.0..5000.0), 0..3),
        wind in [-9.0..9.0, -9.0..9.0],
        overlap_s in 0.0..300.0,
    ) -> Request {
        let sites = stock.len();
        Request {
            night_s: [0.0, NIGHT_S],
            posts: posts.into_iter().map(|(at_m, from_s, lasts_s)| Post { at_m, window_s: [from_s, from_s + lasts_s] }).collect(),
            sites: stock.into_iter().enumerate().map(|(number, (packs, chargers, standby))| Site {
                at_m: [2000.0 * number as f64, 0.0], packs, chargers, standby,
            }).collect(),
            drones: drones.into_iter().map(|(site, airspeed_m_s, endurance_s, swap_s)| Drone {
                site: site % sites, airspeed_m_s, endurance_s, reserve: 0.2, swap_s,
            }).collect(),
            crews: crews.into_iter().map(|(site, from_s, duty_max_s, rest_s, at_once)| Crew {
                site: site % sites, shift_s: [from_s, from_s + 16_000.0], duty_max_s, rest_s, at_once,
            }).collect(),
            holds: holds.into_iter().map(|(from_s, lasts_s)| Hold { during_s: [from_s, from_s + lasts_s] }).collect(),
            charging: ChargingCurve { points: vec![(0.0, 0.0), (0.7, 1500.0), (0.95, 3000.0)] },
            overlap_s,
            wind_m_s: wind,
            so_far: None,
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn every_schedule_can_be_flown_and_says_exactly_where_posts_are_alone(request in nights()) {
        let plan = plan(&request).unwrap();
        if let Err(wrong) = check(&request, &plan) {
            prop_assert!(false, "{wrong}");
        }
    }

    #[test]
    fn whatever_numbers_are_given_it_answers_or_refuses(
        numbers in prop::collection::vec(prop_oneof![Just(f64::NAN), Just(f64::INFINITY), Just(0.0), -1e12..1e12_f64], 12),
        which in 0_usize..12,
    ) {
        let mut request = night();
        let drones = request.drones.len();
        let drone = &mut request.drones[which % drones];
        match which {
            0 => drone.airspeed_m_s = numbers[0],
            1 => drone.endurance_s = numbers[1],
            2 => drone.reserve = numbers[2],
            3 => request.posts[0].window_s = [numbers[3], numbers[4]],
            4 => request.wind_m_s = [numbers[4], numbers[5]],
            5 => request.crews[0].shift_s = [numbers[5], numbers[6]],
            6 => request.overlap_s = numbers[6],
            7 => request.holds = vec![Hold { during_s: [numbers[7], numbers[8]] }],
            8 => request.charging.points[1] = (numbers[8], numbers[9]),
            9 => request.night_s = [numbers[9], numbers[10]],
            10 => request.posts[1].at_m = [numbers[10], numbers[11]],
            _ => drone.swap_s = numbers[11],
        }
        let _ = plan(&request);
    }
}

#[test]
fn when_a_drone_drops_out_what_has_taken_off_stays_and_the_rest_is_made_whole_without_it() {
    let request = Request { sites: vec![Site { standby: 1, ..night().sites[0] }], ..night() };
    let first = plan(&request).unwrap();
    let now_s = 12_000.0;
    let flown: Vec<_> = first.sorties.iter().filter(|sortie| sortie.leaves_s <= now_s).cloned().collect();
    let lost = flown.iter().find(|sortie| sortie.watches_s[0] < now_s && sortie.watches_s[1] > now_s).unwrap();
    // The one that stands by is free to step in.
    let mut again = Request { sites: vec![Site { standby: 0, ..request.sites[0] }], ..request.clone() };
    again.so_far = Some(SoFar { now_s, flown: flown.clone(), out: vec![lost.drone] });
    let second = plan(&again).unwrap();
    for sortie in flown.iter().filter(|sortie| sortie.drone != lost.drone) {
        assert!(second.sorties.contains(sortie), "{sortie:?} is in the air");
    }
    let later: Vec<_> =
        second.sorties.iter().filter(|sortie| !flown.contains(sortie) && sortie.leaves_s >= now_s).collect();
    assert!(!later.is_empty() && later.iter().all(|sortie| sortie.drone != lost.drone && sortie.pack != lost.pack));
    let gap = second.gaps.iter().find(|gap| gap.post == lost.post).expect("its post is alone until the next is there");
    assert!((gap.during_s[0] - now_s).abs() < 1.0 && gap.during_s[1] - gap.during_s[0] < 300.0, "{gap:?}");
    let wrong = SoFar { now_s, flown, out: vec![99] };
    let told = plan(&Request { so_far: Some(wrong), ..again }).unwrap_err().to_string();
    assert_eq!(told, "what has been flown names drone 99, there are 6, counted from 0");
}
