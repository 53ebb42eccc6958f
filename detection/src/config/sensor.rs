//! The table `[sensor]`, as in a scenario or a station's configuration.

use detection::plots::PlotNoise;
use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer};
use telemetry::messages::{AzimuthSector, Coverage, SensorDescription, SensorKind, SensorPerformance};
use telemetry::{AltitudeAmsl, Azimuth, Elevation, Geodetic, GeoidUndulation, LatLon, SensorId};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SensorTable {
    pub(super) id: SensorId,
    pub(super) kind: SensorKind,
    position: Place,
    altitude: AltitudeTable,
    #[serde(default, deserialize_with = "within::<_, -120, 120>")]
    undulation_m: f64,
    #[serde(deserialize_with = "within::<_, 0, 3600>")]
    period_s: f64,
    range_m: Band<0, 500_000>,
    #[serde(default)]
    sector_deg: Option<Sector>,
    #[serde(default)]
    elevation_deg: Option<Band<-90, 90>>,
    #[serde(default = "one", deserialize_with = "within::<_, 0, 1>")]
    detection_probability: f64,
    #[serde(default, deserialize_with = "within::<_, 0, 10_000>")]
    clutter_per_scan: f64,
    #[serde(default)]
    sigma: SigmaTable,
    /// The station's tracker is told it by the station's own file; a decoder needs none of it.
    #[serde(default, rename = "performance")]
    _performance: IgnoredAny,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct AltitudeTable {
    #[serde(deserialize_with = "within::<_, -500, 10_000>")]
    amsl_m: f64,
}

/// What is not stated is typical of the kind.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct SigmaTable {
    range_m: Option<Positive>,
    azimuth_deg: Option<Positive>,
    elevation_deg: Option<Positive>,
    range_rate_m_s: Option<Positive>,
}

impl SensorTable {
    pub(super) fn undulation(&self) -> GeoidUndulation {
        GeoidUndulation::new(self.undulation_m)
    }

    fn altitude(&self) -> AltitudeAmsl {
        AltitudeAmsl::new(self.altitude.amsl_m)
    }

    pub(crate) fn position(&self) -> Geodetic {
        self.position.0.at_height(self.altitude().hae(self.undulation()))
    }

    pub(crate) fn description(&self) -> SensorDescription {
        let [low, high] = self.elevation_deg.as_ref().map_or([-90.0, 90.0], |band| band.0);
        SensorDescription {
            id: self.id.clone(),
            kind: self.kind,
            position: self.position(),
            altitude: self.altitude(),
            period_s: self.period_s,
            coverage: Coverage {
                range_m: self.range_m.0,
                sector: self.sector_deg.as_ref().map(|sector| sector.0),
                elevation: [Elevation::from_degrees(low), Elevation::from_degrees(high)],
            },
            detection_probability: self.detection_probability,
            clutter_per_scan: self.clutter_per_scan,
            performance: SensorPerformance::default(),
        }
    }

    pub(super) fn noise(&self) -> PlotNoise {
        let typical = PlotNoise::typical(self.kind);
        let stated = |value: &Option<Positive>| value.as_ref().map(|value| value.0);
        PlotNoise {
            range_m: stated(&self.sigma.range_m).unwrap_or(typical.range_m),
            azimuth_rad: stated(&self.sigma.azimuth_deg).map_or(typical.azimuth_rad, f64::to_radians),
            elevation_rad: stated(&self.sigma.elevation_deg).map_or(typical.elevation_rad, f64::to_radians),
            range_rate_m_s: stated(&self.sigma.range_rate_m_s).unwrap_or(typical.range_rate_m_s),
            ..typical
        }
    }
}

/// `[longitude, latitude]`, degrees.
#[derive(Debug, Deserialize)]
#[serde(try_from = "[f64; 2]")]
struct Place(LatLon);

impl TryFrom<[f64; 2]> for Place {
    type Error = String;
    fn try_from([longitude, latitude]: [f64; 2]) -> Result<Self, String> {
        let at = LatLon::from_degrees(latitude, longitude);
        at.map(Self).map_err(|_| format!("[{longitude}, {latitude}]: allowed is [longitude, latitude] in degrees"))
    }
}

/// From and to, clockwise, degrees.
#[derive(Debug, Deserialize)]
#[serde(try_from = "[f64; 2]")]
struct Sector(AzimuthSector);

impl TryFrom<[f64; 2]> for Sector {
    type Error = String;
    fn try_from([from, to]: [f64; 2]) -> Result<Self, String> {
        let allowed = 0.0..=360.0;
        if !allowed.contains(&from) || !allowed.contains(&to) || (to - from).rem_euclid(360.0) == 0.0 {
            return Err(format!("[{from}, {to}]: allowed is [from, to], 0 to 360 degrees; left out: all round"));
        }
        Ok(Self(AzimuthSector { from: Azimuth::from_degrees(from), to: Azimuth::from_degrees(to) }))
    }
}

/// Low and high, within bounds.
#[derive(Debug, Deserialize)]
#[serde(try_from = "[f64; 2]")]
struct Band<const LOW: i32, const HIGH: i32>([f64; 2]);

impl<const LOW: i32, const HIGH: i32> TryFrom<[f64; 2]> for Band<LOW, HIGH> {
    type Error = String;
    fn try_from([low, high]: [f64; 2]) -> Result<Self, String> {
        if low >= f64::from(LOW) && low < high && high <= f64::from(HIGH) {
            Ok(Self([low, high]))
        } else {
            Err(format!("[{low}, {high}]: allowed is [low, high] within {LOW} to {HIGH}"))
        }
    }
}

/// A standard deviation.
#[derive(Debug, Deserialize)]
#[serde(try_from = "f64")]
struct Positive(f64);

impl TryFrom<f64> for Positive {
    type Error = String;
    fn try_from(value: f64) -> Result<Self, String> {
        if value > 0.0 && value <= 10_000.0 {
            Ok(Self(value))
        } else {
            Err(format!("{value}: allowed is more than 0 and at most 10000"))
        }
    }
}

fn within<'de, D: Deserializer<'de>, const LOW: i32, const HIGH: i32>(from: D) -> Result<f64, D::Error> {
    let value = f64::deserialize(from)?;
    if (f64::from(LOW)..=f64::from(HIGH)).contains(&value) {
        Ok(value)
    } else {
        Err(serde::de::Error::custom(format!("{value}: allowed is {LOW} to {HIGH}")))
    }
}

fn one() -> f64 {
    1.0
}
