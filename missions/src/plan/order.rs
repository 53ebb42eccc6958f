//! The order of a plan's legs: how it begins, ends and repeats.

use super::Leg;
use super::check::Checks;

impl Checks<'_> {
    /// Aircraft begin with a take-off; everything ends at home, at a place of landing, or goes round without end.
    pub(super) fn order(&mut self) {
        let flies = self.performance.flies();
        let last = self.plan.legs.len().saturating_sub(1);
        for (n, leg) in self.plan.legs.clone().iter().enumerate() {
            match leg {
                Leg::TakeOff { .. } if !flies => {
                    self.leg_fault(n, "take_off", "a take-off", "no take-off: a boat starts where it lies", None);
                }
                Leg::TakeOff { .. } if n > 0 => {
                    self.leg_fault(n, "take_off", "a take-off under way", "a take-off as the first leg only", None);
                }
                Leg::Land { .. } if !flies => {
                    self.leg_fault(n, "land", "a landing", "return_home: a boat does not land", None);
                }
                Leg::ReturnHome | Leg::Land { .. } | Leg::Repeat { times: None, .. } if n < last => {
                    self.leg_fault(n, leg.name(), "a leg that nothing can follow", "it as the last leg", None);
                }
                _ => {}
            }
        }
        if flies && !matches!(self.plan.legs.first(), Some(Leg::TakeOff { .. })) {
            self.leg_fault(0, "take_off", "a flight without a take-off", "take_off as the first leg", None);
        }
        if !matches!(self.plan.legs.last(), Some(Leg::ReturnHome | Leg::Land { .. } | Leg::Repeat { times: None, .. }))
        {
            let allowed = "return_home, land, or a repeat without times as the last leg";
            self.leg_fault(last, "", "a plan that ends in the open", allowed, None);
        }
    }

    /// Autopilots count each jump by itself and do not begin anew, so a repeat inside a repeat would run once.
    pub(super) fn repeats(&mut self) {
        for (n, leg) in self.plan.legs.clone().iter().enumerate() {
            let Leg::Repeat { from, .. } = leg else { continue };
            let round = usize::from(*from)..n;
            let inside = &self.plan.legs[round.start.min(n)..n];
            if inside.iter().any(|leg| matches!(leg, Leg::Repeat { .. })) {
                self.leg_fault(
                    n,
                    "repeat.from",
                    "a repeat that holds another",
                    "legs without a repeat among them",
                    None,
                );
            } else if inside.iter().any(|leg| matches!(leg, Leg::TakeOff { .. })) {
                self.leg_fault(
                    n,
                    "repeat.from",
                    "a repeat that goes back to the take-off",
                    "a leg after the take-off",
                    None,
                );
            } else if !inside
                .iter()
                .any(|leg| matches!(leg, Leg::Waypoint { .. } | Leg::Loiter { .. } | Leg::Orbit { .. }))
            {
                self.leg_fault(
                    n,
                    "repeat.from",
                    "a repeat that leads nowhere",
                    "at least one waypoint, loiter or orbit in it",
                    None,
                );
            }
        }
    }
}
