//! The vehicle that is to fly, and what holds where it flies: two small files, or what is usual.
//!
//! Usual for the vehicle is what its kind can do. Usual for the rules are the layers (slow below 60 m, fast from 60 to
//! 120 m, 120 to 150 m kept empty) and the limits of Regulation (EU) 2019/947.

use std::path::Path;

use anyhow::{Context, ensure};
use ground_station::airspace::{ANTENNAS_MAX, AntennaTable, Contact, PilotTable};
use missions::Performance;
use serde::Deserialize;
use telemetry::messages::VehicleKind;

/// From this mass an operator is registered (Regulation (EU) 2019/947, Article 14(5)(a)(i)), kg.
const REGISTERED_FROM_KG: f64 = 0.25;

/// A vehicle.
#[derive(Deserialize, Clone, Debug)]
#[serde(deny_unknown_fields)]
pub(super) struct Aircraft {
    /// With what it carries.
    #[serde(default)]
    pub(super) mass_kg: Option<f64>,
    /// C0 to C6, Regulation (EU) 2019/945.
    #[serde(default)]
    pub(super) class: Option<Class>,
    /// Of the operator.
    #[serde(default)]
    pub(super) registration: Option<String>,
    #[serde(default)]
    pub(super) airspeed_m_s: Option<f64>,
    #[serde(default)]
    pub(super) climb_m_s: Option<f64>,
    #[serde(default)]
    pub(super) descent_m_s: Option<f64>,
    #[serde(default)]
    pub(super) battery_wh: Option<f64>,
    #[serde(default)]
    pub(super) power_w: Option<f64>,
    #[serde(default)]
    pub(super) battery_reserve: Option<f64>,
    #[serde(default)]
    pub(super) wind_max_m_s: Option<f64>,
    /// Zones it may enter.
    #[serde(default)]
    pub(super) authorised_zones: Vec<String>,
}

/// Something about vehicle or weather that is against the rules.
#[derive(Debug, PartialEq)]
pub(super) struct Fault {
    /// What an override names it by.
    pub(super) key: &'static str,
    pub(super) text: String,
}

impl Fault {
    pub(super) fn new(key: &'static str, text: String) -> Self {
        Self { key, text }
    }
}

/// A class of Regulation (EU) 2019/945.
#[derive(Deserialize, Clone, Copy, Debug, PartialEq)]
pub(super) enum Class {
    C0,
    C1,
    C2,
    C3,
    C4,
    C5,
    C6,
}

impl Class {
    /// The greatest mass at take-off, kg (Regulation (EU) 2019/945, Annex, parts 1 to 5, 16 and 17), and whether it is
    /// less than that.
    fn mass_max_kg(self) -> (f64, bool) {
        match self {
            Self::C0 => (0.25, true),
            Self::C1 => (0.9, true),
            Self::C2 => (4.0, true),
            Self::C3 | Self::C5 | Self::C6 => (25.0, true),
            Self::C4 => (25.0, false),
        }
    }
}

/// What holds for every flight.
#[derive(Deserialize, Clone, Debug)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RulesFile {
    pub(super) agl_min_m: f64,
    pub(super) agl_max_m: f64,
    /// Up to here above `agl_max_m` the air is kept empty.
    pub(super) buffer_top_m: f64,
    pub(super) slow_below_agl_m: f64,
    pub(super) fast_m_s: f64,
    pub(super) apart_level_m: f64,
    pub(super) apart_height_m: f64,
    pub(super) light: LightRule,
    pub(super) mass_max_kg: f64,
    pub(super) wind_max_m_s: f64,
    /// The least visibility, metres.
    pub(super) visibility_min_m: f64,
    /// The ground antennas of the control link.
    pub(super) antenna: Vec<AntennaTable>,
    /// The pilot of flights within sight.
    pub(super) pilot: Option<PilotTable>,
}

/// When it must be light.
#[derive(Deserialize, Clone, Copy, Debug, PartialEq)]
#[serde(rename_all = "snake_case")]
pub(super) enum LightRule {
    /// Never.
    Any,
    /// From the beginning to the end of civil twilight.
    CivilTwilight,
    /// From sunrise to sunset.
    Day,
}

impl Default for RulesFile {
    fn default() -> Self {
        Self {
            agl_min_m: 20.0,
            agl_max_m: 120.0,
            buffer_top_m: 150.0,
            slow_below_agl_m: 60.0,
            fast_m_s: 15.0,
            apart_level_m: 50.0,
            apart_height_m: 15.0,
            light: LightRule::Any,
            mass_max_kg: 25.0,
            wind_max_m_s: 12.0,
            visibility_min_m: 1500.0,
            antenna: Vec::new(),
            pilot: None,
        }
    }
}

impl RulesFile {
    /// From where vehicles are heard and seen.
    pub(super) fn contact(&self) -> anyhow::Result<Contact> {
        let told = |[found, allowed]: [String; 2]| anyhow::anyhow!("found {found}; allowed: {allowed}");
        ensure!(self.antenna.len() <= ANTENNAS_MAX, "{} antennas; allowed are {ANTENNAS_MAX}", self.antenna.len());
        let antennas =
            self.antenna.iter().enumerate().map(|(number, table)| {
                table.antenna().map_err(told).with_context(|| format!("rules: antenna[{number}]"))
            });
        let pilot = self.pilot.map(|table| table.pilot().map_err(told).context("rules: pilot"));
        Ok(Contact { antennas: antennas.collect::<Result<_, _>>()?, pilot: pilot.transpose()? })
    }
}

/// Reads one of the two files.
pub(super) fn read<T: for<'de> Deserialize<'de>>(path: &Path) -> anyhow::Result<T> {
    let (name, bytes) = crate::convert::open(path)?;
    Ok(missions::file::Source::new(name, &bytes)?.parse()?)
}

impl Aircraft {
    /// What a kind of vehicle usually is.
    pub(super) fn usual() -> Self {
        Self {
            mass_kg: None,
            class: None,
            registration: None,
            airspeed_m_s: None,
            climb_m_s: None,
            descent_m_s: None,
            battery_wh: None,
            power_w: None,
            battery_reserve: None,
            wind_max_m_s: None,
            authorised_zones: Vec::new(),
        }
    }

    /// What it can do, where its file does not say otherwise that of its kind.
    pub(super) fn performance(&self, kind: VehicleKind) -> Option<Performance> {
        let usual = Performance::of(kind)?;
        Some(Performance {
            cruise_m_s: self.airspeed_m_s.unwrap_or(usual.cruise_m_s),
            climb_m_s: self.climb_m_s.unwrap_or(usual.climb_m_s),
            descent_m_s: self.descent_m_s.unwrap_or(usual.descent_m_s),
            endurance_s: match (self.battery_wh, self.power_w) {
                (Some(battery_wh), Some(power_w)) if power_w > 0.0 => battery_wh * 3600.0 / power_w,
                _ => usual.endurance_s,
            },
            ..usual
        })
    }

    /// What about the vehicle itself is against the rules, and what cannot be known.
    pub(super) fn faults(&self, rules: &RulesFile) -> (Vec<Fault>, Vec<String>) {
        let (mut faults, mut unknown) = (Vec::new(), Vec::new());
        match self.mass_kg {
            None => unknown.push("mass and registration: the vehicle's mass is not known (--aircraft)".to_owned()),
            Some(mass_kg) => {
                if mass_kg > rules.mass_max_kg {
                    let by = mass_kg - rules.mass_max_kg;
                    let most = rules.mass_max_kg;
                    faults
                        .push(Fault::new("mass", format!("mass {mass_kg} kg, allowed {most} kg: take off {by:.2} kg")));
                }
                if let Some(class) = self.class {
                    let (most, less) = class.mass_max_kg();
                    if mass_kg > most || (less && mass_kg >= most) {
                        let than = if less { "less than" } else { "at most" };
                        faults.push(Fault::new(
                            "class",
                            format!("mass {mass_kg} kg, class {class:?} has {than} {most} kg"),
                        ));
                    }
                }
                match &self.registration {
                    None if mass_kg >= REGISTERED_FROM_KG => {
                        let text = format!("no registration; from {REGISTERED_FROM_KG} kg an operator is registered");
                        faults.push(Fault::new("registration", text));
                    }
                    Some(number) if !is_registration(number) => {
                        let text = format!("registration {number:?}: no operator's number (FIN87astrdge12k8 is one)");
                        faults.push(Fault::new("registration", text));
                    }
                    _ => {}
                }
            }
        }
        (faults, unknown)
    }
}

/// Whether a number has the shape of an operator's: a country, twelve letters or digits and one to check, and perhaps the
/// three that are nobody else's. With those three the one to check is checked (EN 4709-002: Luhn modulo 36).
fn is_registration(number: &str) -> bool {
    let (public, secret) = number.split_once('-').unwrap_or((number, ""));
    let shape = public.len() == 16
        && public.bytes().take(3).all(|letter| letter.is_ascii_uppercase())
        && public
            .bytes()
            .skip(3)
            .chain(secret.bytes())
            .all(|letter| letter.is_ascii_digit() || letter.is_ascii_lowercase());
    match (shape, secret.len()) {
        (true, 0) => true,
        (true, 3) => luhn_36(&format!("{}{secret}", &public[3..15])) == public.chars().last(),
        _ => false,
    }
}

/// The letter that checks a text of digits and small letters.
fn luhn_36(text: &str) -> Option<char> {
    let mut sum = 0;
    for (place, letter) in text.chars().rev().enumerate() {
        let value = letter.to_digit(36)? * if place % 2 == 0 { 2 } else { 1 };
        sum += value / 36 + value % 36;
    }
    char::from_digit((36 - sum % 36) % 36, 36)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_operators_are_checked_where_they_can_be() {
        // The example of EASA's guidance on registration numbers.
        for (number, valid) in [
            ("FIN87astrdge12k8", true),
            ("FIN87astrdge12k8-xyz", true),
            ("FIN87astrdge12k8-xyy", false),
            ("FIN87astrdge12k", false),
            ("fin87astrdge12k8", false),
            ("FIN87ASTRDGE12K8", false),
            ("", false),
            ("é", false),
        ] {
            assert_eq!(is_registration(number), valid, "{number}");
        }
    }

    #[test]
    fn a_heavy_unregistered_vehicle_of_a_light_class_is_told_of() {
        let aircraft = Aircraft { mass_kg: Some(4.0), class: Some(Class::C2), ..Aircraft::usual() };
        let (faults, unknown) = aircraft.faults(&RulesFile::default());
        assert_eq!((faults.len(), unknown.len()), (2, 0), "{faults:?}");
        let (faults, unknown) = Aircraft::usual().faults(&RulesFile::default());
        assert_eq!((faults.len(), unknown.len()), (0, 1));
    }
}
