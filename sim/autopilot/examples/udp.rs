//! A simulated autopilot on UDP, for trying real MAVLink clients on it by hand:
//!
//! ```text
//! cargo run -p autopilot --example udp -- copter 127.0.0.1:14550 1 --personality px4
//! ```
//!
//! The arguments are the vehicle (copter, plane, boat, vtol or rov), the client's address, and how fast time passes. It
//! sends to the address and takes answers from wherever they come. The personality is ardupilot or px4; with `--camera`
//! before it the vehicle carries a camera in a gimbal.

use std::env;
use std::net::UdpSocket;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use autopilot::{Autopilot, AutopilotConfig, Payload, Personality, Weather};
use telemetry::{AltitudeHae, EnuVelocity, Geodetic, GeoidUndulation, MavSystemId, Timestamp};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments: Vec<String> = env::args().skip(1).collect();
    let personality = match arguments.iter().position(|argument| argument == "--personality") {
        Some(at) => arguments.drain(at..).nth(1).unwrap_or_default(),
        None => "ardupilot".to_owned(),
    };
    let camera = arguments.iter().position(|argument| argument == "--camera");
    if let Some(at) = camera {
        arguments.remove(at);
    }
    let mut arguments = arguments.into_iter();
    let vehicle = arguments.next().unwrap_or_else(|| "copter".to_owned());
    let client = arguments.next().unwrap_or_else(|| "127.0.0.1:14550".to_owned());
    let speed: f64 = arguments.next().map_or(Ok(1.0), |text| text.parse())?;

    // Kiel-Holtenau, 12 m above mean sea level.
    let home = Geodetic::from_degrees(54.3795, 10.1455, AltitudeHae::new(51.0))?;
    let undulation = GeoidUndulation::new(39.0);
    let config = match vehicle.as_str() {
        "plane" => AutopilotConfig::fixed_wing(MavSystemId(1), home, undulation),
        "boat" => AutopilotConfig::boat(MavSystemId(1), home, undulation),
        "vtol" => AutopilotConfig::vtol(MavSystemId(1), home, undulation),
        "rov" => AutopilotConfig::rov(MavSystemId(1), home, undulation),
        _ => AutopilotConfig::multirotor(MavSystemId(1), home, undulation),
    };
    let config = if personality == "px4" { config.passing_for(Personality::Px4) } else { config };
    let payload = if camera.is_some() { Payload::GimballedCamera } else { Payload::Nothing };
    let config = AutopilotConfig { payload, ..config };
    let weather = Weather {
        wind: EnuVelocity { east_m_s: 3.0, north_m_s: 1.0, up_m_s: 0.0 },
        gust_sigma_m_s: 0.5,
        ..Weather::default()
    };

    let begin = Timestamp::from_unix_nanos(i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_nanos())?);
    let started = Instant::now();
    let mut autopilot = Autopilot::new(config, 1, begin);
    let socket = UdpSocket::bind("127.0.0.1:0")?;
    socket.set_read_timeout(Some(Duration::from_millis(5)))?;
    let mut datagram = [0; 2048];
    loop {
        let received = socket.recv_from(&mut datagram);
        let now = begin.offset_seconds(started.elapsed().as_secs_f64() * speed);
        if let Ok((length, _)) = received {
            autopilot.receive(now, &datagram[..length]);
        }
        autopilot.step(now, &weather);
        for piece in autopilot.take_bytes().chunks(1400) {
            // Nobody listening yet is no reason to stop.
            let _sent = socket.send_to(piece, client.as_str());
        }
    }
}
