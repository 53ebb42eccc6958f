//! What there is to tell people about an encounter.

use telemetry::messages::Severity;
use telemetry::{Azimuth, Enu};

use super::{Encounter, Separation, Told};
use crate::guard::avoid::Manoeuvre;
use crate::guard::daa::Level;
use crate::guard::traffic::Nature;

impl Separation {
    /// Of people in the air at every level; of others once, when the vehicle does something about them.
    pub(super) fn tell(&mut self, encounters: Vec<Encounter>) -> Vec<Told> {
        let mut told = Vec::new();
        for near in encounters {
            let people = near.nature == Nature::Crewed;
            let Some(seen) = self.seen.get_mut(&near.who).filter(|seen| seen.told < Some(near.level)) else { continue };
            // Others than people are told of when the vehicle does something about them.
            if !people && (near.level == Level::Preventive || seen.told.is_some()) {
                continue;
            }
            seen.told = Some(near.level);
            let severity = match near.level {
                Level::Preventive => Severity::Notice,
                Level::Warning if people => Severity::Critical,
                Level::Corrective | Level::Warning => Severity::Warning,
            };
            let (place, then) = (in_words(near.threat.relative.position), self.then(near.level));
            told.push((severity, format!("has {} near, {} {place}{then}", near.name, kind_in_words(near.nature))));
        }
        told
    }

    fn then(&self, level: Level) -> String {
        if level == Level::Preventive {
            return "; it goes on".to_owned();
        }
        match self.giving_way.as_ref().map(|giving| giving.manoeuvre) {
            Some(Some(Manoeuvre::Stop)) => "; it stops".to_owned(),
            Some(Some(Manoeuvre::To { way, .. })) => {
                let aside = if way.horizontal_m() > 1.0 {
                    format!("; it gives way {:.0} m to the {}", way.horizontal_m(), point_of(way.azimuth()))
                } else {
                    "; it gives way".to_owned()
                };
                match way.up_m {
                    up_m if up_m < -1.0 => format!("{aside} and {:.0} m down", -up_m),
                    up_m if up_m > 1.0 => format!("{aside} and {up_m:.0} m up"),
                    _ => aside,
                }
            }
            Some(None) => "; nothing it could do stays in its fence".to_owned(),
            None => "; it has the right of way".to_owned(),
        }
    }
}

fn kind_in_words(nature: Nature) -> &'static str {
    match nature {
        Nature::Crewed => "a crewed aircraft",
        Nature::Unmanned => "a drone that is not ours",
        Nature::Mate { .. } => "another vehicle of ours",
        Nature::Vessel => "a vessel",
        Nature::Other => "which it looks at",
    }
}

/// `1.2 km to the north-east and 40 m above`.
pub(super) fn in_words(place: Enu) -> String {
    let across_m = place.horizontal_m();
    let across = if across_m >= 1000.0 { format!("{:.1} km", across_m / 1000.0) } else { format!("{across_m:.0} m") };
    let side = if place.up_m >= 0.0 { "above" } else { "below" };
    format!("{across} to the {} and {:.0} m {side}", point_of(place.azimuth()), place.up_m.abs())
}

fn point_of(azimuth: Azimuth) -> &'static str {
    const POINTS: [&str; 8] =
        ["north", "north-east", "east", "south-east", "south", "south-west", "west", "north-west"];
    let eighth = (azimuth.radians() / std::f64::consts::FRAC_PI_4).round().rem_euclid(8.0);
    POINTS[eighth as usize % POINTS.len()]
}
