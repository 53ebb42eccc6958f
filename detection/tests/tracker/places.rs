//! The same scene anywhere on Earth, poles and antimeridian included, gives the same tracks relative to the site.

use detection::tracker::{Tracker, TrackerConfig};
use nalgebra::{Matrix3, Matrix6, Vector3};
use telemetry::messages::{
    Claim, Detection, Measurement, RangeRate, RemoteIdClaim, SensorDescription, SensorKind, SensorScan, Track,
};
use telemetry::{AltitudeHae, Azimuth, Elevation, Enu, EnuVelocity, Geodetic, SiteFrame};

use crate::scene::{Noise, at, detection, scan, sensor};

/// How far results may differ: of the distances, speeds and variances in the scene.
const RELATIVE: f64 = 1e-6;
/// Half the scene's width, metres, and its highest speed, m/s.
const SCENE_M: f64 = 1000.0;
const SPEED_M_S: f64 = 15.0;
const SECONDS: u32 = 25;

/// Latitude and longitude of sites, the reference first.
const PLACES: [(f64, f64); 11] = [
    (54.37, 10.14),
    (54.37, 180.0),
    (54.37, -180.0),
    (54.37, 179.999),
    (-54.37, -95.0),
    (0.0, 0.0),
    (0.0, 180.0),
    (90.0, 0.0),
    (90.0, 77.0),
    (-90.0, 0.0),
    (89.995, -179.99),
];

/// Straight flights in the tangent plane at the datum: metres and m/s east, north, up.
const FLIGHTS: [([f64; 3], [f64; 3]); 3] = [
    ([700.0, -400.0, 80.0], [-10.0, 9.0, 0.2]),
    ([-500.0, -300.0, 110.0], [12.0, 3.0, -0.3]),
    ([-600.0, -700.0, 100.0], [-4.0, 13.0, 0.0]),
];

/// A site, and the sensors that stand so many metres east, north and up from its datum.
struct Site {
    frame: SiteFrame,
    sensors: Vec<SensorDescription>,
}

impl Site {
    fn new((latitude, longitude): (f64, f64), sensors: &[(SensorKind, [f64; 3])]) -> Self {
        let datum = Geodetic::from_degrees(latitude, longitude, AltitudeHae::new(30.0)).unwrap();
        let frame = SiteFrame::new(datum);
        let stand = |(n, (kind, [e, n_m, u])): (usize, &(SensorKind, [f64; 3]))| {
            let position = frame.geodetic(Enu { east_m: *e, north_m: *n_m, up_m: *u }).unwrap();
            sensor(&format!("sensor-{n}"), *kind, position)
        };
        let sensors = sensors.iter().enumerate().map(stand).collect();
        Self { frame, sensors }
    }

    /// What a sensor sees of a flight. All errors are polar at the sensor, the same everywhere.
    fn look(&self, sensor: &SensorDescription, flight: usize, seconds: f64, noise: &mut Noise) -> Detection {
        let (from, velocity) = FLIGHTS[flight];
        let velocity = Vector3::from(velocity);
        let position = self.frame.geodetic(Enu::from_vector(Vector3::from(from) + velocity * seconds)).unwrap();
        let here = SiteFrame::new(sensor.position);
        let seen = here.enu(position);
        let along = seen.vector() / seen.range_m();
        let rate = along.dot(&(here.enu_from_other(&self.frame) * velocity));
        let mut off = |sigma: f64| sigma * noise.normal();
        let azimuth = Azimuth::from_radians(seen.azimuth().radians() + off(0.007));
        let measurement = match sensor.kind {
            SensorKind::Radar => Measurement::RangeAzEl {
                range_m: seen.range_m() + off(4.0),
                azimuth,
                elevation: Elevation::from_radians(seen.elevation().radians() + off(0.01)),
                range_rate: Some(RangeRate { m_s: rate + off(0.5), sigma_m_s: 0.5 }),
                sigma: [4.0, 0.007, 0.01],
            },
            SensorKind::RemoteIdReceiver => Measurement::Position {
                position,
                horizontal_sigma_m: 3.0,
                vertical_sigma_m: Some(5.0),
                velocity: Some((
                    EnuVelocity::from_vector(SiteFrame::new(position).enu_from_other(&self.frame) * velocity),
                    0.5,
                )),
            },
            _ => Measurement::Azimuth { azimuth, sigma: 0.007 },
        };
        detection(flight as u64, seconds, measurement)
    }

    fn scan(&self, sensor: &SensorDescription, seconds: f64, noise: &mut Noise) -> SensorScan {
        let mut seen: Vec<Detection> =
            (0..FLIGHTS.len()).map(|flight| self.look(sensor, flight, seconds, noise)).collect();
        if sensor.kind == SensorKind::RemoteIdReceiver {
            seen.truncate(1);
            seen[0].claim = Some(Claim::RemoteId(RemoteIdClaim::new("1581F5").unwrap()));
        }
        scan(sensor, seconds, seen)
    }

    /// The tracks of the scene, as of its end.
    fn tracks(&self) -> Vec<Track> {
        let config = TrackerConfig::new(self.frame.datum(), self.frame.datum().height(), self.sensors.clone());
        let (mut tracker, mut noise) = (Tracker::new(config), Noise::new(1));
        for second in 0..SECONDS {
            for (sensor, phase) in self.sensors.iter().zip([0.0, 0.3, 0.5, 0.7]) {
                let scan = self.scan(sensor, f64::from(second) + phase, &mut noise);
                tracker.step(scan.measured_at.offset_seconds(0.1), &scan);
            }
        }
        tracker.tracks(at(f64::from(SECONDS)))
    }

    /// Position, velocity and covariance of a track in the site frame.
    fn in_site(&self, track: &Track) -> (Vector3<f64>, Vector3<f64>, Matrix6<f64>) {
        let turn = SiteFrame::new(track.position).enu_from_other(&self.frame).transpose();
        let mut covariance = Matrix6::zeros();
        let places = (0..6).flat_map(|row| (row..6).map(move |column| (row, column)));
        for ((row, column), value) in places.zip(track.covariance) {
            covariance[(row, column)] = f64::from(value);
            covariance[(column, row)] = f64::from(value);
        }
        let mut both = Matrix6::zeros();
        both.fixed_view_mut::<3, 3>(0, 0).copy_from(&turn);
        both.fixed_view_mut::<3, 3>(3, 3).copy_from(&turn);
        let position = self.frame.enu(track.position).vector();
        (position, turn * track.velocity.vector(), both * covariance * both.transpose())
    }
}

fn check(sensors: &[(SensorKind, [f64; 3])]) {
    let reference = Site::new(PLACES[0], sensors);
    let expected = reference.tracks();
    assert_eq!(expected.len(), FLIGHTS.len(), "{expected:?}");
    for place in &PLACES[1..] {
        let site = Site::new(*place, sensors);
        let found = site.tracks();
        let ids = |tracks: &[Track]| tracks.iter().map(|track| (track.id, track.status)).collect::<Vec<_>>();
        assert_eq!(ids(&found), ids(&expected), "{place:?}");
        for (found, expected) in found.iter().zip(&expected) {
            let ((p, v, c), (expected_p, expected_v, expected_c)) = (site.in_site(found), reference.in_site(expected));
            let block = |m: &Matrix6<f64>, at: usize| -> Matrix3<f64> { m.fixed_view::<3, 3>(at, at).into_owned() };
            let off = [
                (p - expected_p).norm() / SCENE_M,
                (v - expected_v).norm() / SPEED_M_S,
                (block(&c, 0) - block(&expected_c, 0)).norm() / block(&expected_c, 0).norm(),
                (block(&c, 3) - block(&expected_c, 3)).norm() / block(&expected_c, 3).norm(),
            ];
            assert!(off.iter().all(|off| *off < RELATIVE), "{place:?}: {off:?}");
            for (class, share) in &expected.classification.belief {
                let found = found.classification.belief[class];
                assert!((found - share).abs() < 1e-4, "{place:?}: {class:?} {found}, not {share}");
            }
        }
    }
}

#[test]
fn a_radar_at_the_datum_gives_the_same_tracks_anywhere() {
    check(&[(SensorKind::Radar, [0.0, 0.0, 0.0])]);
}

#[test]
fn four_sensors_around_the_datum_give_the_same_tracks_anywhere() {
    check(&[
        (SensorKind::Radar, [100.0, -50.0, 10.0]),
        (SensorKind::Radar, [-400.0, 350.0, 5.0]),
        (SensorKind::RfDirectionFinder, [300.0, 600.0, 8.0]),
        (SensorKind::RemoteIdReceiver, [0.0, 0.0, 12.0]),
    ]);
}
