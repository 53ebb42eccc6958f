//! Whose evidence counts for whom.

use super::*;
use crate::tracker::example::{World, at, belief, motions, target};
use crate::tracker::imm::ChangesOver;
use crate::tracker::motion::Domain;

/// What is seen of a target at a place, with so much speed east: `evidence` speaks for a turn clockwise.
fn member(target: usize, east: f64, north: f64, speed: f64, evidence: [f64; MODES]) -> Member {
    let estimate = belief([east, north, 100.0, speed, 0.0, 0.0], [5.0, 5.0, 5.0, 0.5, 0.5, 0.5]);
    Member { target, estimate, evidence }
}

const TURNS: [f64; MODES] = [0.2, 5.0, 0.2, 1.0, 0.2];
const NOTHING: [f64; MODES] = [1.0; MODES];

/// The weight of a turn clockwise in each target, after the members shared what they say.
fn turning(members: &[Member]) -> Vec<f64> {
    let motions = motions();
    let mut scene = World::of_two_radars().scene();
    for member in members {
        let mut known = target(Domain::Air, member.estimate);
        known.imm.part(&motions);
        known.imm.predict(&motions, &mut ChangesOver::default(), at(1.0));
        scene.targets.push(Arc::new(known));
    }
    share(&mut scene, members.to_vec());
    scene.targets.iter().map(|target| target.imm.weights[1]).collect()
}

#[test]
fn when_the_others_of_a_formation_turn_so_does_one_that_was_not_seen_to() {
    let flock =
        [member(0, 0.0, 0.0, 15.0, NOTHING), member(1, 60.0, 10.0, 15.5, TURNS), member(2, -50.0, 40.0, 14.5, TURNS)];
    let alone = turning(&flock[..1])[0];
    let found = turning(&flock);
    assert!(found[0] > 2.0 * alone, "{found:?} {alone}");
    assert!(found[1] < found[0] && found[1] > alone, "its own plots are in its weights already: {found:?}");
}

#[test]
fn two_are_no_formation_and_neither_is_what_is_far_off_or_flies_elsewhere() {
    let with = |others: [Member; 2]| turning(&[member(0, 0.0, 0.0, 15.0, NOTHING), others[0], others[1]])[0];
    let near = member(1, 60.0, 0.0, 15.0, TURNS);
    let alone = turning(&[member(0, 0.0, 0.0, 15.0, NOTHING)])[0];
    assert_eq!(turning(&[member(0, 0.0, 0.0, 15.0, NOTHING), near])[0], alone, "two may as well cross");
    assert_eq!(with([near, member(2, 400.0, 0.0, 15.0, TURNS)]), alone, "far to the east");
    assert_eq!(with([near, member(2, 0.0, 400.0, 15.0, TURNS)]), alone, "far to the north");
    assert_eq!(with([near, member(2, 60.0, 40.0, -15.0, TURNS)]), alone, "on another course");
    assert!(with([near, member(2, -60.0, 0.0, 15.0, TURNS)]) > alone);
}

#[test]
fn the_order_of_members_makes_no_difference() {
    let flock: Vec<Member> =
        (0..6).map(|n| member(n, 25.0 * n as f64, 0.0, 15.0, if n % 2 == 0 { TURNS } else { NOTHING })).collect();
    let found = |order: &[usize]| {
        let motions = motions();
        let mut scene = World::of_two_radars().scene();
        for member in &flock {
            let mut known = target(Domain::Air, member.estimate);
            known.imm.part(&motions);
            scene.targets.push(Arc::new(known));
        }
        share(&mut scene, order.iter().map(|&n| flock[n]).collect());
        scene.targets.iter().map(|target| target.imm.weights).collect::<Vec<_>>()
    };
    assert_eq!(found(&[0, 1, 2, 3, 4, 5]), found(&[4, 2, 0, 5, 3, 1]));
}
