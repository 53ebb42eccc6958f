//! What the sensors of the small world measure of its targets.

use telemetry::messages::{Detection, Measurement, RangeRate, SensorDescription};
use telemetry::{Azimuth, Elevation, Enu, Geodetic, SiteFrame};

use super::{Mover, Noise, detection};

/// A plot of a radar with the benchmark's noise: 4 m, 0.4°, 0.6°, and 0.5 m/s where it has Doppler.
pub(crate) fn radar_plot(
    sensor: &SensorDescription,
    mover: &Mover,
    id: u64,
    seconds: f64,
    noise: &mut Noise,
) -> Detection {
    let frame = SiteFrame::new(sensor.position);
    let target = mover.position(seconds);
    let seen = frame.enu(target);
    let sigma = [4.0, 0.4f64.to_radians(), 0.6f64.to_radians()];
    let along = seen.vector() / seen.range_m();
    let turned = frame.enu_from_other(&SiteFrame::new(target));
    let rate = along.dot(&(turned * mover.velocity().vector()));
    let measurement = Measurement::RangeAzEl {
        range_m: seen.range_m() + sigma[0] * noise.normal(),
        azimuth: Azimuth::from_radians(seen.azimuth().radians() + sigma[1] * noise.normal()),
        elevation: Elevation::from_radians(seen.elevation().radians() + sigma[2] * noise.normal()),
        range_rate: Some(RangeRate { m_s: rate + 0.5 * noise.normal(), sigma_m_s: 0.5 }),
        sigma,
    };
    detection(id, seconds, measurement)
}

/// A plot of a radar where nothing is, anywhere in its field of view.
pub(crate) fn clutter(sensor: &SensorDescription, id: u64, seconds: f64, noise: &mut Noise) -> Detection {
    let [near, far] = sensor.coverage.range_m;
    let measurement = Measurement::RangeAzEl {
        range_m: near + (far - near) * noise.uniform(),
        azimuth: Azimuth::from_radians(std::f64::consts::TAU * noise.uniform()),
        elevation: Elevation::from_degrees(30.0 * noise.uniform()),
        range_rate: Some(RangeRate { m_s: 60.0 * noise.uniform() - 30.0, sigma_m_s: 0.5 }),
        sigma: [4.0, 0.4f64.to_radians(), 0.6f64.to_radians()],
    };
    detection(id, seconds, measurement)
}

/// The plot as a radar gives it that stands so far off north.
pub(crate) fn off_by(mut plot: Detection, degrees: f64) -> Detection {
    if let Measurement::RangeAzEl { azimuth, .. } | Measurement::RangeAz { azimuth, .. } = &mut plot.measurement {
        *azimuth = Azimuth::from_radians(azimuth.radians() + degrees.to_radians());
    }
    plot
}

/// A plot of a coastal radar: 15 m, 0.3°, no height.
pub(crate) fn coastal_plot(
    sensor: &SensorDescription,
    mover: &Mover,
    id: u64,
    seconds: f64,
    noise: &mut Noise,
) -> Detection {
    let seen = SiteFrame::new(sensor.position).enu(mover.position(seconds));
    let sigma = [15.0, 0.3f64.to_radians()];
    let measurement = Measurement::RangeAz {
        range_m: seen.range_m() + sigma[0] * noise.normal(),
        azimuth: Azimuth::from_radians(seen.azimuth().radians() + sigma[1] * noise.normal()),
        sigma,
    };
    detection(id, seconds, measurement)
}

/// A bearing of a direction finder, so many degrees noisy.
pub(crate) fn bearing(
    sensor: &SensorDescription,
    mover: &Mover,
    (id, sigma_deg): (u64, f64),
    seconds: f64,
    noise: &mut Noise,
) -> Detection {
    let seen = SiteFrame::new(sensor.position).enu(mover.position(seconds));
    let sigma = sigma_deg.to_radians();
    let azimuth = Azimuth::from_radians(seen.azimuth().radians() + sigma * noise.normal());
    detection(id, seconds, Measurement::Azimuth { azimuth, sigma })
}

/// A direction in space from where a camera is, so many degrees noisy.
pub(crate) fn direction(
    from: Geodetic,
    mover: &Mover,
    (id, sigma_deg): (u64, f64),
    seconds: f64,
    noise: &mut Noise,
) -> Detection {
    toward(SiteFrame::new(from).enu(mover.position(seconds)), (id, sigma_deg), seconds, noise)
}

/// The direction that an acoustic array hears: to where the target was when the sound left it.
pub(crate) fn heard(
    sensor: &SensorDescription,
    mover: &Mover,
    (id, sigma_deg): (u64, f64),
    seconds: f64,
    noise: &mut Noise,
) -> Detection {
    const SOUND_M_S: f64 = 340.0;
    let frame = SiteFrame::new(sensor.position);
    let mut left = seconds;
    for _ in 0..20 {
        left = seconds - frame.enu(mover.position(left)).range_m() / SOUND_M_S;
    }
    toward(frame.enu(mover.position(left)), (id, sigma_deg), seconds, noise)
}

fn toward(seen: Enu, (id, sigma_deg): (u64, f64), seconds: f64, noise: &mut Noise) -> Detection {
    let sigma = [sigma_deg.to_radians(); 2];
    let azimuth = Azimuth::from_radians(seen.azimuth().radians() + sigma[0] * noise.normal());
    let elevation = Elevation::from_radians(seen.elevation().radians() + sigma[1] * noise.normal());
    detection(id, seconds, Measurement::AzEl { azimuth, elevation, sigma })
}
