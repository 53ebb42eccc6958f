//! How the vehicle moves, and what its camera films meanwhile.

use std::fs::OpenOptions;
use std::io::BufWriter;
use std::path::Path;
use std::time::Duration;

use nalgebra::{Matrix3, Rotation3, Vector2, Vector3};
use sim_camera::band::Band;
use sim_camera::camera::{Camera, CameraConfig};
use sim_camera::earth::Earth;
use sim_camera::figure::Figure;
use sim_camera::lens::{Distortion, Lens};
use sim_camera::pose::{Exposure, Pose};
use sim_camera::scene::{Scene, Target, Weather, enu_from_frd};
use sim_camera::y4m;
use telemetry::{AltitudeHae, Geodetic, Timestamp};

use crate::now;

pub(crate) const SIZE: [usize; 2] = [480, 352];
pub(crate) const FOCAL_PX: f64 = 600.0;
pub(crate) const FRAMES_A_SECOND: u32 = 10;
pub(crate) const FRAMES: usize = 60;
pub(crate) const UNDULATION_M: f64 = 39.46;

/// The datum: the water at Kiel.
pub(crate) fn water() -> Geodetic {
    Geodetic::from_degrees(54.3655, 10.1455, AltitudeHae::new(UNDULATION_M)).unwrap()
}

/// Where the drone flies that is filmed, metres east, north, up of the datum: slowly to the right, as seen from the vehicle.
pub(crate) fn drone(seconds: f64) -> Vector3<f64> {
    Vector3::new(-5.0, 55.0, 66.0) + DRONE_M_S * seconds
}

const DRONE_M_S: Vector3<f64> = Vector3::new(3.0, 0.5, 0.4);

/// How the vehicle is at an instant.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Motion {
    pub(crate) place: Vector3<f64>,
    pub(crate) velocity: Vector3<f64>,
    pub(crate) roll: f64,
    pub(crate) pitch: f64,
    pub(crate) yaw: f64,
}

/// It swings about north by 14 degrees, at up to a fifth of a radian a second, and climbs eastwards.
pub(crate) fn motion(seconds: f64) -> Motion {
    let velocity = Vector3::new(1.0, 0.5, 0.2);
    Motion {
        place: Vector3::new(0.0, 0.0, 60.0) + velocity * seconds,
        velocity,
        roll: 0.05 * (1.1 * seconds).sin(),
        pitch: 0.04 + 0.03 * (0.7 * seconds).cos(),
        yaw: 0.25 * (0.8 * seconds).sin(),
    }
}

/// The camera looks along the nose.
fn pose(motion: &Motion) -> Pose {
    let frd_from_cam = Matrix3::new(0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0);
    let enu_from_frd = enu_from_frd(motion.yaw, motion.pitch, motion.roll);
    let enu_from_cam = enu_from_frd * Rotation3::from_matrix_unchecked(frd_from_cam);
    Pose { position: motion.place, enu_from_cam }
}

fn scene(seconds: f64) -> Scene {
    let drone = Target {
        id: 1,
        figure: Figure::Multirotor { span_m: 0.9, rotors: 4 },
        position: drone(seconds),
        velocity_m_s: DRONE_M_S,
        enu_from_frd: enu_from_frd(1.4, -0.1, 0.0),
    };
    Scene {
        earth: Earth::at_latitude(water().latitude()),
        weather: Weather { sun: [3.9, 0.45], cloud_cover: 0.4, ..Weather::default() },
        scenery: Vec::new(),
        targets: vec![drone],
    }
}

/// Films in real time into a pipe that the camera's program reads.
pub(crate) fn shoot(film: &Path, begins: Timestamp) {
    let [width, height] = SIZE.map(|side| (side as f64 - 1.0) / 2.0);
    let lens = Lens::new(SIZE, Vector2::repeat(FOCAL_PX), Vector2::new(width, height), Distortion::default()).unwrap();
    let config = CameraConfig { lens, band: Band::Visible { gain: 1.0 }, noise_counts: 1.2, vignetting: 0.2 };
    let mut camera = Camera::new(config, 1, 2);
    let pipe = OpenOptions::new().write(true).open(film).unwrap();
    let mut writer = y4m::Writer::new(BufWriter::new(pipe), SIZE, [FRAMES_A_SECOND, 1]).unwrap();
    for frame in 0..FRAMES {
        let seconds = frame as f64 / f64::from(FRAMES_A_SECOND);
        let taken_at = begins.offset_seconds(seconds);
        while now() < taken_at {
            // A picture is not there before it is taken.
            std::thread::park_timeout(Duration::from_millis(5));
        }
        let scene = scene(seconds);
        let exposure = Exposure::still(pose(&motion(seconds)), 0.002, seconds);
        let picture = camera.render(&scene, &exposure, taken_at.unix_nanos(), &[]);
        writer.write(&picture.frame).unwrap();
    }
    writer.finish().unwrap();
}
