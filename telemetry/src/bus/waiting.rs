//! What waits for a slow reader: a bounded, conflating queue. No I/O, no bus in it.

use std::collections::{BTreeMap, VecDeque};

use crate::topics::{Delivery, Topic};

/// The samples that wait, oldest first.
///
/// Overflow: a sample of a newest-wins topic of which [`crate::topics::TopicRule::waiting_max`] wait already takes the
/// place of the oldest of them, in the place where that one stood. When `capacity` samples wait in all, the oldest of
/// any newest-wins topic gives way; when there is none, or when the new one is of a never-lose topic and nothing may
/// give way to it, the new one is refused: its sender sends it again. Both are counted.
#[derive(Debug)]
pub(super) struct Waiting {
    capacity: usize,
    next_place: u64,
    by_place: BTreeMap<u64, (Topic, Vec<u8>)>,
    places: BTreeMap<Topic, VecDeque<u64>>,
    displaced: u64,
    dropped: u64,
}

impl Waiting {
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            capacity: capacity.max(1),
            next_place: 0,
            by_place: BTreeMap::new(),
            places: BTreeMap::new(),
            displaced: 0,
            dropped: 0,
        }
    }

    pub(super) fn push(&mut self, topic: Topic, bytes: Vec<u8>) {
        let rule = topic.rule();
        let of_topic = self.places.get(&topic).map_or(0, VecDeque::len);
        if rule.delivery != Delivery::NeverLose && of_topic >= rule.waiting_max {
            self.displace(topic, bytes);
        } else if self.by_place.len() < self.capacity || self.give_way() {
            self.append(topic, bytes);
        } else {
            self.dropped += 1;
        }
    }

    pub(super) fn pop(&mut self) -> Option<(Topic, Vec<u8>)> {
        let (place, (topic, bytes)) = self.by_place.pop_first()?;
        self.forget_place(&topic, place);
        Some((topic, bytes))
    }

    /// Counts a sample that is of no use: of no known topic, too long, unreadable.
    pub(super) fn count_dropped(&mut self) {
        self.dropped += 1;
    }

    /// How many gave way to newer ones.
    pub(super) fn displaced(&self) -> u64 {
        self.displaced
    }

    /// How many were refused or of no use.
    pub(super) fn dropped(&self) -> u64 {
        self.dropped
    }

    fn append(&mut self, topic: Topic, bytes: Vec<u8>) {
        self.places.entry(topic.clone()).or_default().push_back(self.next_place);
        self.by_place.insert(self.next_place, (topic, bytes));
        self.next_place += 1;
    }

    /// The oldest of the topic goes, the others move up, the new one comes last of them.
    fn displace(&mut self, topic: Topic, bytes: Vec<u8>) {
        let mut newest = bytes;
        for place in self.places.get(&topic).into_iter().flatten().rev() {
            if let Some((_, waiting)) = self.by_place.get_mut(place) {
                std::mem::swap(waiting, &mut newest);
            }
        }
        self.displaced += 1;
    }

    /// Makes room by dropping the oldest sample that may be dropped.
    fn give_way(&mut self) -> bool {
        let expendable = |(topic, _): &(Topic, Vec<u8>)| topic.rule().delivery != Delivery::NeverLose;
        let Some(place) = self.by_place.iter().find(|(_, sample)| expendable(sample)).map(|(place, _)| *place) else {
            return false;
        };
        if let Some((topic, _)) = self.by_place.remove(&place) {
            self.forget_place(&topic, place);
        }
        self.displaced += 1;
        true
    }

    fn forget_place(&mut self, topic: &Topic, place: u64) {
        if let Some(places) = self.places.get_mut(topic) {
            places.retain(|waiting| *waiting != place);
            if places.is_empty() {
                self.places.remove(topic);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Delivery, Topic, Waiting};
    use crate::ids::{AlertId, SensorId, VehicleId};

    fn topic() -> impl Strategy<Value = Topic> {
        let vehicle = |n: u8| VehicleId::new(format!("v{n}")).unwrap();
        prop_oneof![
            (0..3_u8).prop_map(move |n| Topic::VehicleState(vehicle(n))),
            (0..2_u8).prop_map(move |n| Topic::Journal(vehicle(n))),
            Just(Topic::Scan(SensorId::new("radar-1").unwrap())),
            (0..40_u8).prop_map(|n| Topic::Alert(AlertId::new(format!("a{n}")).unwrap())),
        ]
    }

    /// The rule read aloud, over a plain list.
    fn push(model: &mut Vec<(Topic, Vec<u8>)>, capacity: usize, topic: Topic, bytes: Vec<u8>) {
        let never_lose = |topic: &Topic| topic.rule().delivery == Delivery::NeverLose;
        let of_topic: Vec<usize> = (0..model.len()).filter(|at| model[*at].0 == topic).collect();
        if !never_lose(&topic) && of_topic.len() >= topic.rule().waiting_max {
            for pair in of_topic.windows(2) {
                model[pair[0]].1 = model[pair[1]].1.clone();
            }
            model[of_topic[of_topic.len() - 1]].1 = bytes;
            return;
        }
        if model.len() >= capacity {
            match model.iter().position(|(topic, _)| !never_lose(topic)) {
                Some(oldest) => drop(model.remove(oldest)),
                None => return,
            }
        }
        model.push((topic, bytes));
    }

    proptest! {
        #[test]
        fn it_does_what_its_rule_says(
            capacity in 1_usize..30,
            steps in proptest::collection::vec(proptest::option::weighted(0.8, topic()), 0..400),
        ) {
            let (mut waiting, mut model) = (Waiting::new(capacity), Vec::new());
            let (mut pushed, mut popped) = (0, 0);
            for (number, step) in (0..).zip(steps) {
                let bytes = vec![(number % 256) as u8];
                if let Some(topic) = step {
                    pushed += 1;
                    push(&mut model, capacity, topic.clone(), bytes.clone());
                    waiting.push(topic, bytes);
                } else {
                    let expected = if model.is_empty() { None } else { Some(model.remove(0)) };
                    popped += u64::from(expected.is_some());
                    prop_assert_eq!(waiting.pop(), expected);
                }
                prop_assert!(model.len() <= capacity);
                prop_assert_eq!(pushed, popped + model.len() as u64 + waiting.displaced() + waiting.dropped());
            }
            while let Some(sample) = waiting.pop() {
                prop_assert_eq!(sample, model.remove(0));
            }
            prop_assert!(model.is_empty() && waiting.places.is_empty());
        }
    }

    #[test]
    fn a_newer_state_takes_the_place_of_the_older_one_and_scans_keep_their_order() {
        let mut waiting = Waiting::new(600);
        let state = |n: u8| Topic::VehicleState(VehicleId::new(format!("v{n}")).unwrap());
        let scan = Topic::Scan(SensorId::new("ais").unwrap());
        waiting.push(state(1), vec![1]);
        waiting.push(state(2), vec![2]);
        waiting.push(state(1), vec![3]);
        for number in 0..300_u16 {
            waiting.push(scan.clone(), number.to_be_bytes().to_vec());
        }
        assert_eq!(waiting.displaced(), 1 + 44);
        assert_eq!(waiting.pop(), Some((state(1), vec![3])));
        assert_eq!(waiting.pop(), Some((state(2), vec![2])));
        for number in 44..300_u16 {
            assert_eq!(waiting.pop(), Some((scan.clone(), number.to_be_bytes().to_vec())));
        }
        assert_eq!(waiting.pop(), None);
    }
}
