//! What goes, what stays, what is announced.

use super::*;
use crate::tracker::example::{World, at, belief, target as example};
use crate::tracker::motion::Domain;

fn target(detection: u64) -> Target {
    let mut target = example(Domain::Air, belief([500.0, 0.0, 100.0, 0.0, 0.0, 0.0], [5.0; 6]));
    target.key.detection = detection;
    target
}

fn scene(targets: impl IntoIterator<Item = Target>) -> Scene {
    let mut scene = World::of_two_radars().scene();
    scene.targets = targets.into_iter().map(Arc::new).collect();
    scene
}

fn keys(targets: &[Arc<Target>]) -> Vec<u64> {
    targets.iter().map(|target| target.key.detection).collect()
}

#[test]
fn what_is_not_there_and_what_is_forgotten_goes_and_the_others_stay_in_order() {
    let mut refuted = target(2);
    refuted.existence.refute();
    let old = Target { updated_at: at(-1000.0), ..target(4) };
    let mut scene = scene([target(1), refuted, target(3), old, target(5)]);
    scene.prune(at(1.0));
    assert_eq!((keys(&scene.targets), keys(&scene.gone)), (vec![1, 3, 5], vec![2, 4]));
    scene.prune(at(1.0));
    assert_eq!((scene.targets.len(), scene.gone.len()), (3, 2), "once");
}

#[test]
fn only_what_was_shown_is_announced_when_it_goes_and_no_more_than_fits() {
    let mut scene = scene([]);
    scene.bury(Arc::new(Target { shown: false, ..target(1) }));
    assert!(scene.gone.is_empty());
    for n in 0..GONE_MAX as u64 + 10 {
        scene.bury(Arc::new(target(n)));
    }
    assert_eq!((scene.gone.len(), scene.gone[0].key.detection), (GONE_MAX, 0));
}

#[test]
fn a_target_remembers_when_each_sensor_saw_it_last() {
    let mut target = target(1);
    target.note(1, at(5.0));
    target.note(0, at(3.0));
    target.note(1, at(4.0));
    assert_eq!((target.measured(0), target.measured(1), target.measured(2)), (Some(at(3.0)), Some(at(5.0)), None));
    assert_eq!((target.updated_at, target.measured_by.len()), (at(5.0), 2));
}

#[test]
fn a_checkpoint_stays_as_it_was() {
    let mut now = scene([target(1), target(2)]);
    let kept = now.clone();
    Arc::make_mut(&mut now.targets[0]).note(0, at(9.0));
    assert_eq!(kept.targets[0].updated_at, at(0.0));
    assert!(Arc::ptr_eq(&kept.targets[1], &now.targets[1]), "what did not change is not copied");
}
