//! What the geometry found, in words: leg, time, zone, by how much.

use missions::zones::UasZone;
use planning::preflight::{self as geometry, Zone};
use telemetry::Timestamp;

use super::examine::clock;
use super::{Finding, Flight, LegFix, Rule, remedy};
use crate::airspace::{Airspace, ClosedArea, Layers};

/// The name of a zone or an area.
#[derive(Debug, Clone)]
pub(super) struct Named {
    /// As an override names it.
    id: String,
    /// As people call it.
    name: String,
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

/// Words for one flight.
pub(super) struct Words<'a> {
    airspace: &'a Airspace,
    flight: &'a Flight,
}

impl<'a> Words<'a> {
    pub(super) fn new(airspace: &'a Airspace, flight: &'a Flight) -> Self {
        Self { airspace, flight }
    }

    /// A finding of the geometry; nothing for those that the room judges itself.
    pub(super) fn of_geometry(&self, found: &geometry::Finding, named: &[Named], zones: &[Zone]) -> Option<Finding> {
        let (rule, number, what) = match found.rule {
            geometry::Rule::Fence => {
                let text = format!("it is {:.0} m outside its fence", found.by);
                let remedy = format!("Move the leg {:.0} m inside, or draw the fence wider.", found.by.ceil() + 1.0);
                return Some(self.put(Rule::Fence, "", found, &text, Some(remedy)));
            }
            geometry::Rule::Prohibited(number) => (Rule::Prohibited, number, "where nobody may fly"),
            geometry::Rule::Unauthorised(number) => (Rule::Unauthorised, number, "which needs an authorisation"),
            geometry::Rule::Closed(number) => (Rule::Closed, number, "which is closed"),
            geometry::Rule::TooLow
            | geometry::Rule::TooHigh
            | geometry::Rule::SpeedLayer
            | geometry::Rule::Battery
            | geometry::Rule::KeptOut(_)
            | geometry::Rule::Dark
            | geometry::Rule::Separation(_) => return None,
        };
        let (named, zone) = (named.get(number)?, zones.get(number)?);
        let until = named.ends.map_or_else(String::new, |ends| format!(" until {}", clock(ends)));
        let text = format!("it is {:.0} m inside {}, {what}{until}", found.by, named.name);
        let ground_m = self.airspace.site().ground.metres;
        let away = remedy::out_of(zone, found, ground_m, self.airspace.limits().layers.as_ref());
        let wait = named.ends.and_then(|ends| remedy::after(self.flight, found.at_s, ends));
        let remedy = wait.map_or_else(|| format!("{away}."), |wait| format!("{away}, or {wait}."));
        Some(self.put(rule, &named.id, found, &text, Some(remedy)))
    }

    pub(super) fn separation(&self, found: &geometry::Finding, other: &Flight, remedy: Option<String>) -> Finding {
        let limits = self.airspace.limits();
        let text = format!(
            "it comes too close to {}, by {:.0} m: kept are {:.0} m on the level or {:.0} m in height",
            other.name, found.by, limits.apart_level_m, limits.apart_height_m
        );
        self.put(Rule::Separation, other.vehicle.as_str(), found, &text, remedy)
    }

    fn put(&self, rule: Rule, about: &str, found: &geometry::Finding, text: &str, remedy: Option<String>) -> Finding {
        let leg = self.flight.fixes.get(found.leg + 1).map_or(0, |fix| fix.leg) + 1;
        let at = self.flight.begins.offset_seconds(found.at_s);
        let height_m = found.amsl_m - self.airspace.site().ground.metres;
        Finding {
            key: key(rule, about),
            rule,
            leg: Some(leg),
            at,
            position: Some(self.airspace.lat_lon(found.place_m)),
            amsl_m: Some(found.amsl_m),
            text: format!("Leg {leg}, {}, {height_m:.0} m above ground: {text}.", clock(at)),
            remedy,
        }
    }

    pub(super) fn buffer(&self, layers: &Layers, fix: &LegFix) -> Finding {
        let height_m = fix.amsl_m - self.airspace.site().ground.metres;
        let (top_m, over_m) = (layers.fast_below_m, height_m - layers.fast_below_m);
        let what = if height_m <= layers.buffer_below_m {
            format!("in the buffer from {top_m:.0} to {:.0} m, which is kept empty", layers.buffer_below_m)
        } else {
            format!("above the buffer that ends at {:.0} m", layers.buffer_below_m)
        };
        let remedy = format!("Fly it {over_m:.0} m lower, at {top_m:.0} m above ground.");
        self.of_fix(Rule::Buffer, fix, &format!("it is {what}, by {over_m:.0} m"), remedy)
    }

    pub(super) fn slow_layer(&self, layers: &Layers, fix: &LegFix) -> Finding {
        let over = fix.speed_m_s - layers.slow_m_s;
        let text = format!(
            "it flies {:.1} m/s below {:.0} m, where {:.0} m/s are allowed: {over:.1} m/s too fast",
            fix.speed_m_s, layers.slow_below_m, layers.slow_m_s
        );
        let remedy = format!("Fly it at {:.0} m/s, or at {:.0} m above ground.", layers.slow_m_s, layers.slow_below_m);
        self.of_fix(Rule::SlowLayer, fix, &text, remedy)
    }

    fn of_fix(&self, rule: Rule, fix: &LegFix, text: &str, remedy: String) -> Finding {
        let (leg, at) = (fix.leg + 1, self.flight.begins.offset_seconds(fix.at_s));
        let height_m = fix.amsl_m - self.airspace.site().ground.metres;
        Finding {
            key: key(rule, ""),
            rule,
            leg: Some(leg),
            at,
            position: Some(self.airspace.lat_lon(fix.place_m)),
            amsl_m: Some(fix.amsl_m),
            text: format!("Leg {leg}, {}, {height_m:.0} m above ground: {text}.", clock(at)),
            remedy: Some(remedy),
        }
    }

    /// The check itself failed: that is no plan to fly either.
    pub(super) fn unchecked(&self, why: &str) -> Finding {
        Finding {
            key: key(Rule::Fence, "unchecked"),
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

fn key(rule: Rule, about: &str) -> String {
    if about.is_empty() { rule.name().to_owned() } else { format!("{}:{about}", rule.name()) }
}
