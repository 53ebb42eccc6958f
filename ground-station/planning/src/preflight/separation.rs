//! Whether two missions come too close: exactly, as both are straight and steady between their fixes.

use super::{Finding, Fix, Mission, Rule, Rules};

/// Where two missions are closest while too close on the level and in height; nothing where they are not.
///
/// Closeness is the lesser of what lacks on the level and twice what lacks in height: heights are kept better than
/// places.
pub(super) fn worst(rules: &Rules, (earlier, a): (usize, &Mission), (later, b): (usize, &Mission)) -> Option<Finding> {
    let begins_s = a.fixes[0].at_s.max(b.fixes[0].at_s);
    let ends_s = a.fixes[a.fixes.len() - 1].at_s.min(b.fixes[b.fixes.len() - 1].at_s);
    if ends_s <= begins_s {
        return None;
    }
    let mut worst: Option<(f64, usize, Fix)> = None;
    let (mut leg_a, mut leg_b) = (leg_at(a, begins_s), leg_at(b, begins_s));
    let mut from_s = begins_s;
    while from_s < ends_s {
        let to_s = a.fixes[leg_a + 1].at_s.min(b.fixes[leg_b + 1].at_s).min(ends_s);
        if let Some((by, at_s)) = closest(rules, (a, leg_a), (b, leg_b), [from_s, to_s])
            && worst.as_ref().is_none_or(|(most, ..)| by > *most)
        {
            worst = Some((by, leg_a, a.at(leg_a, at_s)));
        }
        from_s = to_s;
        leg_a += usize::from(leg_a + 2 < a.fixes.len() && a.fixes[leg_a + 1].at_s <= from_s);
        leg_b += usize::from(leg_b + 2 < b.fixes.len() && b.fixes[leg_b + 1].at_s <= from_s);
    }
    let (by, leg, Fix { at_s, place_m, amsl_m }) = worst?;
    Some(Finding { mission: earlier, rule: Rule::Separation(later), leg, legs: [leg, leg], at_s, place_m, amsl_m, by })
}

/// The leg that is flown at a time.
fn leg_at(mission: &Mission, at_s: f64) -> usize {
    let begun = mission.fixes.partition_point(|fix| fix.at_s <= at_s);
    begun.saturating_sub(1).min(mission.fixes.len() - 2)
}

/// The worst moment of two legs within a span of time, and how bad it is; nothing where they keep apart.
fn closest(
    rules: &Rules,
    (a, leg_a): (&Mission, usize),
    (b, leg_b): (&Mission, usize),
    span_s: [f64; 2],
) -> Option<(f64, f64)> {
    let apart = |at_s: f64| {
        let (one, other) = (a.at(leg_a, at_s), b.at(leg_b, at_s));
        [one.place_m[0] - other.place_m[0], one.place_m[1] - other.place_m[1], one.amsl_m - other.amsl_m]
    };
    let [begins, ends] = span_s.map(apart);
    let length_s = span_s[1] - span_s[0];
    let speed: [f64; 3] = std::array::from_fn(|axis| (ends[axis] - begins[axis]) / length_s);
    let by = |after_s: f64| {
        let now: [f64; 3] = std::array::from_fn(|axis| begins[axis] + after_s * speed[axis]);
        let level_m = rules.apart_level_m - now[0].hypot(now[1]);
        level_m.min(2.0 * (rules.apart_height_m - now[2].abs()))
    };
    // What lacks on the level rises up to the closest approach and falls after it; in height the same. The lesser of two
    // such has one peak, so thirds find it.
    let squared = speed[0] * speed[0] + speed[1] * speed[1];
    let level_s = if squared > 0.0 { -(begins[0] * speed[0] + begins[1] * speed[1]) / squared } else { 0.0 };
    let height_s = if speed[2] == 0.0 { level_s } else { -begins[2] / speed[2] };
    let [level_s, height_s] = [level_s, height_s].map(|after_s| after_s.clamp(0.0, length_s));
    let (mut low_s, mut high_s) = (level_s.min(height_s), level_s.max(height_s));
    // Apart on the level at the closest approach, or in height at level flight past each other: apart all the time.
    if rules.apart_level_m <= (begins[0] + level_s * speed[0]).hypot(begins[1] + level_s * speed[1])
        || rules.apart_height_m <= (begins[2] + height_s * speed[2]).abs()
    {
        return None;
    }
    for _ in 0..60 {
        let third_s = (high_s - low_s) / 3.0;
        if by(low_s + third_s) < by(high_s - third_s) {
            low_s += third_s;
        } else {
            high_s -= third_s;
        }
    }
    let after_s = f64::midpoint(low_s, high_s);
    let by = by(after_s);
    (by > 0.0).then_some((by, span_s[0] + after_s))
}
