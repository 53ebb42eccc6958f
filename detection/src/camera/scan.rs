//! From what a camera sees to what it tells: scans of detections for the bus, and metadata beside the video.
//!
//! Only things on confirmed tracks that were detected in the frame are told: each with its bearing, or, where it is a
//! thing that floats and its ray meets the sea, with its place there. Birds and what the wind carries are not told.

use telemetry::messages::{Detection, Measurement, SensorScan};
use telemetry::{Azimuth, DetectionId, Elevation, Enu, SensorId, Timestamp};
use vision::geolocation::{Angles, Place};
use vision::klv::uas::UasPacket;
use vision::klv::vmti::Vmti;
use vision::pipeline::{Sight, Thing};

use super::targets::target;
use super::view::View;

/// What floats.
const AFLOAT: [&str; 4] = ["boat", "ship", "vessel", "buoy"];
/// What is not told.
const PASSED_OVER: [&str; 2] = ["bird", "other"];
/// How far the sea may be from its mean level: tide and waves, metres.
const SEA_SIGMA_M: f64 = 0.7;

/// The most things that one scan tells, the surest first: it has to fit a datagram.
const TOLD_MAX: usize = 256;

/// Numbers what one camera tells.
#[derive(Debug)]
pub(super) struct Scanner {
    sensor: SensorId,
    scans: u64,
    detections: u64,
}

impl Scanner {
    pub(super) fn new(sensor: SensorId) -> Self {
        Self { sensor, scans: 0, detections: 0 }
    }

    /// What a frame tells that was taken then, with such a view; empty where it holds nothing, which is information too.
    pub(super) fn scan(&mut self, sight: &Sight, view: &View, measured_at: Timestamp) -> SensorScan {
        let told = sight
            .things
            .iter()
            .filter(|thing| thing.detected && thing.track.is_some() && !PASSED_OVER.contains(&thing.class.as_str()));
        let mut told: Vec<&Thing> = told.collect();
        told.sort_by(|a, b| b.confidence.total_cmp(&a.confidence));
        told.truncate(TOLD_MAX);
        let measured: Vec<Measurement> = told.into_iter().filter_map(|thing| measurement(thing, view)).collect();
        let first = self.detections;
        self.detections += measured.len() as u64;
        self.scans += 1;
        let numbered = (first..).zip(measured);
        let detections = numbered.map(|(number, measurement)| Detection {
            id: DetectionId(number),
            measured_at,
            measurement,
            claim: None,
            drone_llr: None,
        });
        SensorScan {
            sensor: self.sensor.clone(),
            scan: self.scans,
            measured_at,
            origin: view.position,
            sector: None,
            detections: detections.collect(),
        }
    }

    /// A MISB ST 0601 packet for a frame: where the camera is and looks, where that is known, and what it sees (ST 0903,
    /// VMTI). Where nobody looked at the frame, it says nothing of what is in it.
    pub(super) fn metadata(
        &self,
        captured_at_ns: i64,
        sight: Option<&Sight>,
        view: Option<&View>,
        [width, height]: [usize; 2],
    ) -> Vec<u8> {
        let mut packet = UasPacket::new(u64::try_from(captured_at_ns / 1000).unwrap_or(0));
        let numbers = view.map(|view| looks(view, width, height)).unwrap_or_default();
        for (tag, number) in numbers {
            // What does not fit its field (a pitch beyond 20 degrees, say) is left out: absent is not wrong.
            let _ = packet.put_number(tag, number);
        }
        let Some(sight) = sight else { return packet.to_bytes() };
        let targets = sight.things.iter().filter(|thing| thing.track.is_some());
        let vmti = Vmti {
            sensor: Some(self.sensor.as_str().to_owned()),
            picture: Some((width as u32, height as u32)),
            found: Some(sight.things.len() as u64),
            targets: targets.map(|thing| target(thing, [width, height])).collect(),
            ..Vmti::default()
        };
        // A set that is too long for its field is left out; the rest of the packet stands.
        let _ = packet.put_vmti(&vmti);
        packet.to_bytes()
    }
}

fn measurement(thing: &Thing, view: &View) -> Option<Measurement> {
    let ray = view.camera.sight(&view.pose, thing.centre())?;
    let met = AFLOAT.contains(&thing.class.as_str()).then(|| ray.on_level(-view.altitude.metres, SEA_SIGMA_M));
    if let Some(position) = met.flatten().and_then(|place| position(&place, view)) {
        return Some(position);
    }
    let bearing = ray.bearing();
    Some(Measurement::AzEl {
        azimuth: Azimuth::from_radians(bearing.azimuth_rad),
        elevation: Elevation::from_radians(bearing.elevation_rad),
        sigma: [bearing.covariance[(0, 0)].sqrt(), bearing.covariance[(1, 1)].sqrt()],
    })
}

fn position(place: &Place, view: &View) -> Option<Measurement> {
    let level = place.covariance.fixed_view::<2, 2>(0, 0).into_owned();
    // The message has one number for both axes: that of the worse direction.
    let widest = level.symmetric_eigenvalues().max();
    Some(Measurement::Position {
        position: view.frame.geodetic(Enu::from_vector(place.enu_m)).ok()?,
        horizontal_sigma_m: widest.sqrt(),
        vertical_sigma_m: Some(SEA_SIGMA_M),
        velocity: None,
    })
}

/// Where a camera is and looks, by the tags of ST 0601.
fn looks(view: &View, width: usize, height: usize) -> Vec<(u32, f64)> {
    let at = view.position.lat_lon();
    let focal = view.camera.lens.focal_px();
    let across = |side: usize, focal: f64| 2.0 * (side as f64 / 2.0 / focal).atan().to_degrees();
    let carrier = Angles::of_carrier(&view.pose.pose.enu_from_frd);
    let head = Angles::of_head(&view.pose.pose.frd_from_gimbal);
    let round = |radians: f64| radians.to_degrees().rem_euclid(360.0);
    vec![
        // Heading, pitch, roll of what carries the camera, and of the camera on it.
        (5, round(carrier.yaw)),
        (6, carrier.pitch.to_degrees()),
        (7, carrier.roll.to_degrees()),
        (13, at.latitude_deg()),
        (14, at.longitude_deg()),
        (15, view.altitude.metres),
        (16, across(width, focal.x)),
        (17, across(height, focal.y)),
        (18, round(head.yaw)),
        (19, head.pitch.to_degrees()),
        (20, round(head.roll)),
    ]
}

#[cfg(test)]
mod tests {
    use nalgebra::{Matrix2, Matrix2x3, Vector2, Vector3};
    use telemetry::{AltitudeAmsl, AltitudeHae, Geodetic};
    use vision::ego_motion::{Registration, Source};
    use vision::geolocation::{Camera, Distortion, Errors, Lens};
    use vision::klv::vmti::Pixel;

    use super::super::view::errors_at_rest;
    use super::*;

    fn scanner() -> Scanner {
        Scanner::new(SensorId::new("mast-1").unwrap())
    }

    /// On a mast 30 m above the sea, looking west and 2 degrees down, 0.1 degrees known.
    fn mast() -> View {
        let position = Geodetic::from_degrees(54.36, 10.14, AltitudeHae::new(69.0)).unwrap();
        let lens = Lens::new(Vector2::repeat(1000.0), Vector2::new(479.5, 271.5), Distortion::default()).unwrap();
        let errors = Errors { place_m: Vector3::zeros(), pixel: 0.0, ..errors_at_rest(0.1f64.to_radians()) };
        let camera = Camera { lens, boresight_rad: Vector3::zeros(), errors };
        let aim = Angles { yaw: 270f64.to_radians(), pitch: (-2f64).to_radians(), roll: 0.0 };
        View::still(position, AltitudeAmsl::new(30.0), aim, camera)
    }

    fn told(scanner: &mut Scanner, sight: &Sight) -> SensorScan {
        scanner.scan(sight, &mast(), Timestamp::from_unix_nanos(sight.captured_at_ns))
    }

    fn seen(things: &[(&str, Option<u64>, bool)]) -> Sight {
        let registration = Registration {
            current_from_previous: Matrix2x3::identity(),
            shift_covariance: Matrix2::identity(),
            edge_deviation_px: 1.0,
            agreeing: 1.0,
            points: 1,
            source: Source::Nothing,
        };
        let thing = |&(class, track, detected): &(&str, Option<u64>, bool)| Thing {
            bounds: [475.0, 267.0, 10.0, 10.0],
            class: class.to_owned(),
            confidence: 0.9,
            track,
            detected,
        };
        Sight { frame: 0, captured_at_ns: 1_000_000, registration, things: things.iter().map(thing).collect() }
    }

    #[test]
    fn what_is_in_the_middle_is_where_the_camera_looks() {
        let scan = told(&mut scanner(), &seen(&[("drone", Some(1), true)]));
        let Measurement::AzEl { azimuth, elevation, sigma } = scan.detections[0].measurement else {
            panic!("{scan:?}")
        };
        assert!(
            (azimuth.degrees() - 270.0).abs() < 1e-6 && (elevation.radians().to_degrees() + 2.0).abs() < 1e-6,
            "{scan:?}"
        );
        assert!(sigma.iter().all(|sigma| (sigma.to_degrees() - 0.1).abs() < 0.01), "{sigma:?}");
    }

    #[test]
    fn what_floats_is_where_its_ray_meets_the_sea() {
        let scan = told(&mut scanner(), &seen(&[("boat", Some(1), true)]));
        let Measurement::Position { position, horizontal_sigma_m, .. } = scan.detections[0].measurement else {
            panic!("{scan:?}")
        };
        let off = mast().frame.enu(position);
        // 30 m below, 2 degrees down: 859 m away over a flat sea, a few metres more over the Earth's.
        assert!((855.0..875.0).contains(&-off.east_m) && off.north_m.abs() < 1.0, "{off:?}");
        // A tenth of a degree at this slope is 43 m along the ray.
        assert!((30.0..60.0).contains(&horizontal_sigma_m), "{horizontal_sigma_m}");
    }

    #[test]
    fn birds_and_what_is_not_certain_are_not_told() {
        let all = [("bird", Some(1), true), ("drone", None, true), ("drone", Some(2), false)];
        let mut scanner = scanner();
        assert_eq!(told(&mut scanner, &seen(&all)).detections, []);
        let two = told(&mut scanner, &seen(&[("drone", Some(1), true), ("aircraft", Some(2), true)]));
        assert_eq!((two.scan, two.detections.len()), (2, 2));
        assert_ne!(two.detections[0].id, two.detections[1].id);
    }

    #[test]
    fn the_metadata_says_where_the_camera_looks_and_what_it_sees() {
        let drone = seen(&[("drone", Some(7), true)]);
        let bytes = scanner().metadata(drone.captured_at_ns, Some(&drone), Some(&mast()), [960, 544]);
        let packet = UasPacket::read(&bytes).unwrap();
        let near = |tag: u32, expected: f64| (packet.number(tag).unwrap() - expected).abs() < 0.01;
        assert!(near(5, 270.0) && near(6, -2.0) && near(13, 54.36) && near(14, 10.14), "{packet:?}");
        assert!((packet.number(16).unwrap() - 51.3).abs() < 0.1 && packet.time_us() == Some(1000));
        let (vmti, left_out) = packet.vmti().unwrap().unwrap();
        assert_eq!(
            (vmti.targets[0].id, vmti.targets[0].centre, left_out),
            (7, Some(Pixel { row: 273, column: 481 }), 0)
        );
        let empty = seen(&[]);
        let blind = scanner().metadata(empty.captured_at_ns, Some(&empty), None, [960, 544]);
        let packet = UasPacket::read(&blind).unwrap();
        assert_eq!((packet.number(13), packet.time_us()), (None, Some(1000)), "absent is not wrong");
        assert!(packet.vmti().unwrap().is_some(), "somebody looked and saw nothing");
        let between = scanner().metadata(2_000_000, None, Some(&mast()), [960, 544]);
        let packet = UasPacket::read(&between).unwrap();
        assert!(packet.vmti().unwrap().is_none() && packet.number(13).is_some(), "nobody looked at this frame");
    }
}
