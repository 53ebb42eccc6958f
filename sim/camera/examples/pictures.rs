//! Renders the pictures of the documentation as PGM files, and says how fast: `cargo run -p sim-camera --example pictures
//! DIRECTORY`.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use nalgebra::{Vector2, Vector3};
use sim_camera::band::Band;
use sim_camera::camera::{Camera, CameraConfig};
use sim_camera::earth::Earth;
use sim_camera::figure::Figure;
use sim_camera::lens::{Distortion, Lens};
use sim_camera::pose::{Exposure, Pose};
use sim_camera::scene::{Material, Scene, Structure, Target, Weather, enu_from_frd};

const CONCRETE: Material = Material { reflectance: 0.42, excess_k: 2.0 };
const BRICK: Material = Material { reflectance: 0.22, excess_k: 3.0 };
const WOOD: Material = Material { reflectance: 0.14, excess_k: 0.5 };
const STEEL: Material = Material { reflectance: 0.5, excess_k: 1.0 };
const FRAMES: u32 = 30;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let directory = std::env::args().nth(1).map_or_else(|| PathBuf::from("."), PathBuf::from);
    let scene = harbour();
    let eye = scene.earth.above_sea(0.0, 0.0, 28.0);
    let axis = Pose::looking(eye, 3_f64.to_radians(), -0.8_f64.to_radians(), 1.2_f64.to_radians());
    let focal = Vector2::repeat(1450.0);
    let distortion = Distortion { radial: [-0.21, 0.06, 0.0], tangential: [0.0006, -0.0004] };
    let lens = Lens::new([960, 544], focal, Vector2::new(482.0, 268.0), distortion)?;
    let visible = CameraConfig { lens, band: Band::Visible { gain: 1.15 }, noise_counts: 1.6, vignetting: 0.6 };
    let band = Band::Infrared { coldest_c: -18.0, hottest_c: 26.0 };
    let infrared = CameraConfig { band, noise_counts: 1.2, ..visible.clone() };
    for (name, config) in [("camera-visible", visible), ("camera-infrared", infrared)] {
        draw(&directory.join(format!("{name}.pgm")), config, &scene, axis)?;
    }
    Ok(())
}

fn draw(path: &Path, config: CameraConfig, scene: &Scene, pose: Pose) -> Result<(), Box<dyn std::error::Error>> {
    let began = Instant::now();
    let mut camera = Camera::new(config, 7, 11);
    let set_up = began.elapsed();
    let caption = ["2026-11-21 13:40:12Z".to_owned(), "TOWER 1  AZ 3.0° EL -0.8°".to_owned()];
    let began = Instant::now();
    let mut picture = None;
    for frame in 0..FRAMES {
        let exposure = Exposure::still(pose, 0.002, 3.0 + f64::from(frame) * 0.04);
        picture = Some(camera.render(scene, &exposure, i64::from(frame), &caption));
    }
    let each = began.elapsed() / FRAMES;
    let picture = picture.ok_or("no frame")?;
    let frame = &picture.frame;
    let mut file = format!("P5\n{} {}\n255\n", frame.width(), frame.height()).into_bytes();
    file.extend_from_slice(frame.pixels());
    fs::write(path, file)?;
    println!("{}: set up in {set_up:?}, {each:?} a frame", path.display());
    for seen in &picture.seen {
        let size = seen.size_px();
        println!(
            "  {:>2} at {:6.1} {:6.1}, {:5.1} x {:5.1} px, {:6.0} m, {:3.0} % seen",
            seen.id,
            seen.centre_px.x,
            seen.centre_px.y,
            size.x,
            size.y,
            seen.range_m,
            seen.visible_share * 100.0
        );
    }
    Ok(())
}

/// A fjord with a quay on the left, the far shore, vessels, drones and birds.
fn harbour() -> Scene {
    let earth = Earth::at_latitude(54.37_f64.to_radians());
    let at = Vector2::new;
    let quay = vec![
        at(-400.0, 60.0),
        at(-20.0, 60.0),
        at(-32.0, 420.0),
        at(-120.0, 430.0),
        at(-130.0, 900.0),
        at(-700.0, 900.0),
    ];
    let shore: Vec<_> = [
        (-900.0, 4200.0),
        (300.0, 4100.0),
        (900.0, 4500.0),
        (1500.0, 4450.0),
        (3000.0, 5200.0),
        (3000.0, 6500.0),
        (-900.0, 6500.0),
    ]
    .map(|(east, north)| at(east, north))
    .to_vec();
    let wood = shore.iter().map(|point| point * 1.02 + at(0.0, 60.0)).collect();
    let mut scenery = vec![
        Structure { outline: quay, heights_m: [0.0, 2.6], material: CONCRETE },
        Structure { outline: shore, heights_m: [0.0, 4.0], material: BRICK },
        Structure { outline: wood, heights_m: [4.0, 19.0], material: WOOD },
        Structure::house(at(-75.0, 330.0), [90.0, 26.0], 0.05, [2.6, 11.0], BRICK),
        Structure::house(at(-190.0, 620.0), [120.0, 40.0], 0.1, [2.6, 15.0], CONCRETE),
        Structure::house(at(-60.0, 250.0), [18.0, 14.0], 0.4, [2.6, 7.5], CONCRETE),
        Structure::mast(at(-34.0, 365.0), [2.6, 33.0], 0.6, STEEL),
        Structure::mast(at(-41.0, 210.0), [2.6, 19.0], 0.4, STEEL),
    ];
    for n in 0..14 {
        let along = f64::from(n);
        let place = at(-500.0 + 190.0 * along, 4260.0 + 25.0 * along);
        let high = 12.0 + 6.0 * (along * 1.7).sin();
        scenery.push(Structure::house(place, [50.0, 24.0], 1.4, [4.0, 4.0 + high], CONCRETE));
    }
    let target = |id, figure, position, heading_deg: f64, speed_m_s: f64| {
        let heading = heading_deg.to_radians();
        let velocity_m_s = Vector3::new(heading.sin(), heading.cos(), 0.0) * speed_m_s;
        Target { id, figure, position, velocity_m_s, enu_from_frd: enu_from_frd(heading, 0.0, 0.1) }
    };
    let afloat = |id, figure, position, heading_deg: f64| {
        let turn = enu_from_frd(heading_deg.to_radians(), 0.0, 0.0);
        Target { id, figure, position, velocity_m_s: Vector3::zeros(), enu_from_frd: turn }
    };
    let quad = Figure::Multirotor { span_m: 0.6, rotors: 4 };
    let gull = |phase_rad| Figure::Bird { span_m: 1.3, beats_hz: 3.0, phase_rad };
    let targets = vec![
        target(1, quad, Vector3::new(16.0, 62.0, 32.0), 200.0, 4.0),
        target(2, quad, Vector3::new(60.0, 395.0, 62.0), 260.0, 12.0),
        target(3, Figure::FixedWing { span_m: 2.4 }, Vector3::new(150.0, 520.0, 80.0), 110.0, 18.0),
        target(4, gull(0.3), Vector3::new(30.0, 140.0, 34.0), 70.0, 9.0),
        target(5, gull(2.0), Vector3::new(75.0, 210.0, 27.0), 60.0, 9.0),
        target(6, gull(4.0), Vector3::new(35.0, 300.0, 22.0), 300.0, 9.0),
        target(7, Figure::FixedWing { span_m: 34.0 }, Vector3::new(-350.0, 6500.0, 900.0), 250.0, 100.0),
        afloat(8, Figure::Vessel { length_m: 190.0, beam_m: 28.0 }, earth.above_sea(520.0, 2300.0, 0.0), 290.0),
        afloat(9, Figure::Vessel { length_m: 14.0, beam_m: 4.2 }, earth.above_sea(60.0, 320.0, 0.0), 215.0),
        afloat(10, Figure::Vessel { length_m: 34.0, beam_m: 8.0 }, earth.above_sea(-2.0, 760.0, 0.0), 350.0),
    ];
    Scene { earth, weather: Weather { sun: [0.75, 0.42], ..Weather::default() }, scenery, targets }
}
