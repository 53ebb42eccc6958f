//! Findings of one flight: where, when and how high, with the words for what the geometry found.

use missions::zones::UasZone;
use planning::preflight::{self as geometry, Airspace as Sky, Mission};
use telemetry::Timestamp;

use super::words::{Wording, clock, sentence};
use super::{Finding, Flight, Lapse, Rule};
use crate::airspace::{Airspace, ClosedArea};

/// The name of a zone or an area.
#[derive(Debug, Clone)]
pub(super) struct Named {
    /// As an override names it.
    id: String,
    /// As people call it.
    pub(super) name: String,
    /// When it ends, where it does by itself.
    ends: Option<Timestamp>,
}

impl Named {
    pub(super) fn zone(zone: &UasZone) -> Self {
        let name = match &zone.name {
            Some(name) if *name != zone.identifier => format!("{name} ({})", zone.identifier),
            _ => zone.identifier.clone(),
        };
        Self { id: zone.identifier.clone(), name, ends: None }
    }

    pub(super) fn area(area: &ClosedArea) -> Self {
        Self { id: area.id.to_string(), name: area.closure.name.clone(), ends: Some(area.closure.to) }
    }
}

/// The name of the zone or flight that a finding is about, until when it is in the way, and what an override names the
/// finding by; nothing for one about a zone or flight that is not known.
pub(super) fn about<'n>(
    found: &geometry::Finding,
    named: &'n [Named],
    others: &[&'n Flight],
) -> Option<(&'n str, String, String)> {
    let rule = Rule::of(&found.rule).name();
    match found.rule {
        geometry::Rule::Prohibited(number)
        | geometry::Rule::Unauthorised(number)
        | geometry::Rule::Closed(number)
        | geometry::Rule::KeptOut(number) => {
            let Named { id, name, ends } = named.get(number)?;
            let until = ends.map_or_else(String::new, |ends| format!(" until {}", clock(ends)));
            Some((name, until, format!("{rule}:{id}")))
        }
        geometry::Rule::Separation(other) => {
            let other = others.get(other.checked_sub(1)?)?;
            Some((&other.name, String::new(), format!("{rule}:{}", other.vehicle)))
        }
        _ => Some(("", String::new(), rule.to_owned())),
    }
}

/// Words for one flight.
pub(super) struct Words<'a> {
    airspace: &'a Airspace,
    flight: &'a Flight,
    sky: &'a Sky<'a>,
    /// The leg of the plan that each leg of the flight is part of.
    legs: Vec<usize>,
}

impl<'a> Words<'a> {
    pub(super) fn new(airspace: &'a Airspace, flight: &'a Flight, sky: &'a Sky<'a>) -> Self {
        Self { airspace, flight, sky, legs: flight.fixes.iter().skip(1).map(|fix| fix.leg).collect() }
    }

    /// A finding of the geometry, without its remedy; nothing for one about a zone or flight that is not known.
    pub(super) fn of_geometry(
        &self,
        found: &geometry::Finding,
        missions: &[Mission],
        named: &[Named],
        others: &[&Flight],
    ) -> Option<Finding> {
        let (about, until, key) = about(found, named, others)?;
        let wording = self.wording();
        let matter = wording.matter(found, missions.first()?, about) + &until;
        let at = self.flight.begins.offset_seconds(found.at_s);
        let leg = wording.leg(found.leg);
        Some(Finding {
            key,
            rule: Rule::of(&found.rule),
            leg: Some(leg),
            at,
            position: Some(self.airspace.lat_lon(found.place_m)),
            amsl_m: Some(found.amsl_m),
            text: format!("Leg {leg}, {}, {}: {matter}.", clock(at), self.height(found.place_m, found.amsl_m)),
            remedy: None,
        })
    }

    /// The nearest changes that would be legal.
    pub(super) fn remedy(&self, found: &geometry::Finding, missions: &[Mission]) -> String {
        let changes = geometry::nearest_changes(self.sky, missions, found);
        sentence(&self.wording().changes(found, &changes))
    }

    fn wording(&self) -> Wording<'_> {
        Wording {
            epoch: self.flight.begins,
            rules: &self.sky.rules,
            buffer_top_m: self.airspace.limits().layers.map_or(f64::INFINITY, |layers| layers.buffer_below_m),
            legs: &self.legs,
        }
    }

    /// A finding about link or sight.
    pub(super) fn of_lapse(&self, lapse: &Lapse) -> Finding {
        let wording = self.wording();
        let (leg, at) = (wording.leg(lapse.leg), self.flight.begins.offset_seconds(lapse.fix.at_s));
        let height = self.height(lapse.fix.place_m, lapse.fix.amsl_m);
        Finding {
            key: lapse.rule.name().to_owned(),
            rule: lapse.rule,
            leg: Some(leg),
            at,
            position: Some(self.airspace.lat_lon(lapse.fix.place_m)),
            amsl_m: Some(lapse.fix.amsl_m),
            text: format!("Leg {leg}, {}, {height}: {}.", clock(at), lapse.matter),
            remedy: Some(sentence(&[wording.of_lapse(lapse)])),
        }
    }

    /// Above the ground, where that is known.
    pub(super) fn height(&self, place_m: [f64; 2], amsl_m: f64) -> String {
        match self.airspace.ground_m(place_m) {
            Some(ground_m) => format!("{:.0} m above ground", amsl_m - ground_m),
            None => format!("{amsl_m:.0} m above the sea"),
        }
    }

    /// The check itself failed: that is no plan to fly either.
    pub(super) fn unchecked(&self, why: &str) -> Finding {
        Finding {
            key: format!("{}:unchecked", Rule::Fence.name()),
            rule: Rule::Fence,
            leg: None,
            at: self.flight.begins,
            position: None,
            amsl_m: None,
            text: format!("It cannot be checked: {why}."),
            remedy: None,
        }
    }
}
