//! What is otherwise in a night that was scheduled anew: for whom, in words.

use std::collections::BTreeMap;

use telemetry::{Timestamp, VehicleId};

use super::words::clock;
use super::{Night, Sortie};

/// A take-off that moves by less is the same, ms.
const SAME_MS: u64 = 60_000;

/// What changes for whom from `now` on. `name` calls a vehicle by its name for people.
pub fn changes(before: &Night, after: &Night, now: Timestamp, name: impl Fn(&VehicleId) -> String) -> Vec<String> {
    let now = now.unix_millis();
    let mut words = Vec::new();
    let post = |night: &Night, sortie: &Sortie| night.request.posts[sortie.post].name.clone();
    for stock in &after.request.stock {
        let vehicle = &stock.vehicle;
        let ahead = |night: &Night| -> Vec<Sortie> {
            let own = night.sorties.iter().filter(|sortie| sortie.vehicle == *vehicle && sortie.leaves > now);
            own.cloned().collect()
        };
        let (was, is) = (ahead(before), ahead(after));
        if after.out.contains(vehicle) {
            if !before.out.contains(vehicle) {
                words.push(format!("{} is out; it was to take off {} more times.", name(vehicle), was.len()));
            }
            continue;
        }
        let same = was.len() == is.len()
            && was.iter().zip(&is).all(|(a, b)| a.post == b.post && a.leaves.abs_diff(b.leaves) < SAME_MS);
        if same {
            continue;
        }
        let told = |night: &Night, list: &[Sortie]| {
            let next = list.first().map(|next| format!("next at {} to {}", clock(next.leaves), post(night, next)));
            next.unwrap_or_else(|| "not any more".to_owned())
        };
        words.push(format!(
            "{} takes off {} times from now on, {} (before: {} times, {}).",
            name(vehicle),
            is.len(),
            told(after, &is),
            was.len(),
            told(before, &was)
        ));
    }
    let last = |night: &Night| -> BTreeMap<usize, i64> {
        let mut last = BTreeMap::new();
        for sortie in &night.sorties {
            let until = last.entry(sortie.crew).or_insert(sortie.lands);
            *until = sortie.lands.max(*until);
        }
        last
    };
    let (was, is) = (last(before), last(after));
    for (number, crew) in after.request.crews.iter().enumerate() {
        match (was.get(&number), is.get(&number)) {
            (Some(was), Some(is)) if was.abs_diff(*is) >= SAME_MS => {
                words.push(format!("{} flies until {} instead of {}.", crew.name, clock(*is), clock(*was)));
            }
            (None, Some(is)) => words.push(format!("{} flies too, until {}.", crew.name, clock(*is))),
            (Some(_), None) => words.push(format!("{} does not fly any more.", crew.name)),
            _ => {}
        }
    }
    words
}
