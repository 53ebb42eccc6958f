//! The JSON of a plot line, and what one plot measures.

use std::borrow::Cow;
use std::fmt;

use serde::de::{IgnoredAny, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use telemetry::messages::{AdsbClaim, AisClaim, Claim, Detection, Measurement, RangeRate, RemoteIdClaim};
use telemetry::{AltitudeHae, Azimuth, Elevation, EnuVelocity, Geodetic, LatLon, Mmsi, Timestamp};

use super::{PLOTS_MAX, PlotNoise};

/// Beyond this no sensor of ours sees.
const RANGE_MAX_M: f64 = 1e6;
/// Beyond this nothing we watch flies.
const SPEED_MAX_M_S: f64 = 1000.0;

/// The shape of a line, for whoever tells where in it something is wrong. What it says, a [`Decoder`](super::Decoder)
/// tells.
#[derive(Debug, Serialize, Deserialize)]
pub struct Frame<'a> {
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub(super) sensor: Option<Cow<'a, str>>,
    #[serde(default)]
    pub(super) scan: u64,
    pub(super) t: f64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) cov: Option<[f64; 2]>,
    pub(super) dets: Plots,
}

/// The plots of a frame; what came after the first [`PLOTS_MAX`] is only counted.
#[derive(Debug)]
pub(super) struct Plots {
    pub(super) kept: Vec<Plot>,
    pub(super) excess: u64,
}

#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Plot {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) det: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) t: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    r: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    az: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    el: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rr: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) llr: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    lat: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    lon: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    alt: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ve: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    vn: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    vu: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ident: Option<String>,
}

impl Plot {
    /// What the plot measures, by the components it has; nothing where they make no sense.
    pub(super) fn measurement(&self, noise: &PlotNoise, sea_level: AltitudeHae) -> Option<Measurement> {
        if let (Some(lat), Some(lon)) = (self.lat, self.lon) {
            return self.position(lat, lon, noise, sea_level);
        }
        let azimuth = Azimuth::from_degrees(self.az.filter(|az| az.is_finite())?);
        let elevation = match self.el {
            Some(el) if el.abs() <= 90.0 => Some(Elevation::from_degrees(el)),
            Some(_) => return None,
            None => None,
        };
        let range_m = match self.r {
            Some(r) if r > 0.0 && r <= RANGE_MAX_M => Some(r),
            Some(_) => return None,
            None => None,
        };
        let range_rate = match self.rr {
            Some(m_s) if m_s.abs() <= SPEED_MAX_M_S => Some(RangeRate { m_s, sigma_m_s: noise.range_rate_m_s }),
            Some(_) => return None,
            None => None,
        };
        let sigma = [noise.range_m, noise.azimuth_rad, noise.elevation_rad];
        let [range_sigma, azimuth_sigma, elevation_sigma] = sigma;
        Some(match (range_m, elevation) {
            (Some(range_m), Some(elevation)) => {
                Measurement::RangeAzEl { range_m, azimuth, elevation, range_rate, sigma }
            }
            (Some(range_m), None) => Measurement::RangeAz { range_m, azimuth, sigma: [range_sigma, azimuth_sigma] },
            (None, Some(elevation)) => {
                Measurement::AzEl { azimuth, elevation, sigma: [azimuth_sigma, elevation_sigma] }
            }
            (None, None) => Measurement::Azimuth { azimuth, sigma: azimuth_sigma },
        })
    }

    fn position(&self, lat: f64, lon: f64, noise: &PlotNoise, sea_level: AltitudeHae) -> Option<Measurement> {
        let height = self.alt.map_or(sea_level, AltitudeHae::new);
        let at = LatLon::from_degrees(lat, lon).ok()?.at_height(height);
        let position = Geodetic::from_radians(at.latitude(), at.longitude(), height).ok()?;
        let velocity = match (self.ve, self.vn) {
            (Some(east_m_s), Some(north_m_s)) => {
                let velocity = EnuVelocity { east_m_s, north_m_s, up_m_s: self.vu.unwrap_or(0.0) };
                if !(0.0..=SPEED_MAX_M_S).contains(&velocity.vector().norm()) {
                    return None;
                }
                Some((velocity, noise.velocity_m_s))
            }
            _ => None,
        };
        let vertical_sigma_m = self.alt.map(|_| noise.vertical_m);
        Some(Measurement::Position { position, horizontal_sigma_m: noise.horizontal_m, vertical_sigma_m, velocity })
    }

    /// The claim that `ident` names, if it does.
    pub(super) fn claim(&self) -> Option<Claim> {
        let (system, identity) = self.ident.as_deref()?.split_once('-')?;
        match system {
            "MMSI" => {
                let mmsi = Mmsi::new(identity.parse().ok()?).ok()?;
                Some(Claim::Ais(AisClaim::of(mmsi)))
            }
            "RID" => RemoteIdClaim::new(identity).ok().map(Claim::RemoteId),
            "ADSB" => Some(Claim::Adsb(AdsbClaim { icao: identity.parse().ok()?, call_sign: None })),
            _ => None,
        }
    }

    /// The plot that says what a detection says. A frame's own time is left out; a number that is not finite becomes
    /// `null`, which no reader takes.
    pub(super) fn of(detection: &Detection, frame_at: Timestamp, epoch: Timestamp) -> Self {
        let own_time = detection.measured_at != frame_at;
        let mut plot = Self {
            det: Some(detection.id.0),
            t: own_time.then(|| detection.measured_at.seconds_since(epoch)),
            llr: detection.drone_llr.map(f64::from),
            ident: detection.claim.as_ref().map(Claim::identity),
            ..Self::default()
        };
        match detection.measurement {
            Measurement::RangeAzEl { range_m, azimuth, elevation, range_rate, .. } => {
                plot.r = Some(range_m);
                plot.az = Some(azimuth.degrees());
                plot.el = Some(elevation.radians().to_degrees());
                plot.rr = range_rate.map(|rate| rate.m_s);
            }
            Measurement::RangeAz { range_m, azimuth, .. } => {
                plot.r = Some(range_m);
                plot.az = Some(azimuth.degrees());
            }
            Measurement::AzEl { azimuth, elevation, .. } => {
                plot.az = Some(azimuth.degrees());
                plot.el = Some(elevation.radians().to_degrees());
            }
            Measurement::Azimuth { azimuth, .. } => plot.az = Some(azimuth.degrees()),
            Measurement::Position { position, vertical_sigma_m, velocity, .. } => {
                plot.lat = Some(position.lat_lon().latitude_deg());
                plot.lon = Some(position.lat_lon().longitude_deg());
                plot.alt = vertical_sigma_m.map(|_| position.height().metres);
                plot.ve = velocity.map(|(v, _)| v.east_m_s);
                plot.vn = velocity.map(|(v, _)| v.north_m_s);
                plot.vu = velocity.map(|(v, _)| v.up_m_s);
            }
        }
        plot
    }
}

impl Serialize for Plots {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.kept.serialize(to)
    }
}

impl<'de> Deserialize<'de> for Plots {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Bounded;
        impl<'de> Visitor<'de> for Bounded {
            type Value = Plots;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of plots")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut plots: A) -> Result<Plots, A::Error> {
                let mut kept = Vec::new();
                while kept.len() < PLOTS_MAX {
                    match plots.next_element()? {
                        Some(plot) => kept.push(plot),
                        None => return Ok(Plots { kept, excess: 0 }),
                    }
                }
                let mut excess = 0;
                while plots.next_element::<IgnoredAny>()?.is_some() {
                    excess += 1;
                }
                Ok(Plots { kept, excess })
            }
        }
        from.deserialize_seq(Bounded)
    }
}
