//! An operator on the bus, for programs that test `picket-onboard` from outside: it beats like the operations room, takes
//! orders from its standard input, a line each, and writes what the vehicle says to its standard output, a JSON object a
//! line:
//!
//! ```text
//! cargo run -p sim --example operator
//! {"listening":"tcp/127.0.0.1:40123"}
//! {"state":{"mode":"Hold","phase":"Ground","latitude":54.38,…}}
//! plan 54.38 10.15 48
//! {"order":1,"stage":"Done","why":null}
//! ```
//!
//! The orders are `plan LATITUDE LONGITUDE POINTS` (a round of so many waypoints about that place), `start`, `pause`,
//! `resume`, `home`, `land` and `goto LATITUDE LONGITUDE AMSL`; for the camera `zoom PERCENT`, `photo`, `record on`,
//! `record off`, `follow LEFT TOP RIGHT BOTTOM` (shares of the picture), `unfollow`, `point LATITUDE LONGITUDE AMSL`,
//! `turn PITCH YAW` (degrees) and `release`. It ends with its standard input.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, bail};
use serde_json::{Value, json};
use telemetry::bus::{Bus, BusConfig, TopicPattern};
use telemetry::messages::{
    AckStage, Authority, CameraAction, CameraOrder, Command, CommandRequest, FlightPlan, Geofence, LostLink,
    LostLinkAction, PicturePoint, PlanAltitude, PlanItem, Pointing, StationBeat, VehicleState,
};
use telemetry::topics::Program;
use telemetry::{
    AltitudeAmsl, AltitudeHae, CommandId, Enu, HeightAboveHome, LatLon, Message, OperatorId, PlanId, SiteId, Timestamp,
    VehicleId,
};
use tokio::sync::mpsc;
use tokio::time::interval;

const SITE: &str = "kiel";
const VEHICLE: &str = "heron-1";
/// What waits on the bus; of states the newest is enough.
const WAITING_MAX: usize = 1024;
/// An order that nobody has taken by then is not obeyed any more.
const ORDER_LASTS: Duration = Duration::from_secs(60);
const ROUND_M: f64 = 150.0;
const HEIGHT_M: f64 = 40.0;

enum Event {
    Beat,
    Said(Box<Message>),
    Typed(Option<String>),
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let site = SiteId::new(SITE)?;
    let config = BusConfig {
        site: site.clone(),
        program: Program::Station,
        listen: vec!["tcp/127.0.0.1:0".to_owned()],
        connect: Vec::new(),
        tls: None,
    };
    let bus = Bus::open(&config).await?;
    let mut heard = bus.subscribe(&[TopicPattern::VehicleStates, TopicPattern::Acks], WAITING_MAX).await?;
    let listening = bus.listening().await.into_iter().find(|it| it.starts_with("tcp/127.0.0.1"));
    println!("{}", json!({ "listening": listening }));
    let mut typed = typed_lines();
    let mut beats = interval(Duration::from_secs(1));
    let mut orders = 0;
    loop {
        let event = tokio::select! {
            _ = beats.tick() => Event::Beat,
            said = heard.recv() => Event::Said(Box::new(said.context("the bus has ended")?.message)),
            line = typed.recv() => Event::Typed(line),
        };
        match event {
            Event::Beat => bus.publish(&Message::StationBeat(StationBeat { site: site.clone(), at: now() })).await?,
            Event::Said(message) => match *message {
                Message::VehicleState(state) => println!("{}", json!({ "state": described(&state) })),
                Message::Ack(ack) => println!("{}", answered(ack.command.as_str(), &ack.stage)),
                _ => {}
            },
            Event::Typed(None) => return Ok(()),
            Event::Typed(Some(line)) => {
                orders += 1;
                let request = request(orders, order(&line)?)?;
                let first = bus.request(&request, ORDER_LASTS).await?;
                println!("{}", answered(request.id.as_str(), &first.stage));
            }
        }
    }
}

/// The lines of the standard input. A person types no faster than they are taken.
fn typed_lines() -> mpsc::Receiver<String> {
    let (to_loop, lines) = mpsc::channel(1);
    std::thread::spawn(move || {
        // Ends with the input, or with the loop.
        std::io::stdin().lines().map_while(Result::ok).try_for_each(|line| to_loop.blocking_send(line))
    });
    lines
}

fn now() -> Timestamp {
    Timestamp::EPOCH + SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

fn described(state: &VehicleState) -> Value {
    json!({
        "mode": format!("{:?}", state.mode),
        "phase": format!("{:?}", state.phase),
        "latitude": state.position.map(|at| at.lat_lon().latitude_deg()),
        "longitude": state.position.map(|at| at.lat_lon().longitude_deg()),
        "amsl_m": state.altitude.metres,
        "height_m": state.height.metres,
        "failsafes": state.failsafes.iter().map(|it| format!("{it:?}")).collect::<Vec<_>>(),
    })
}

fn answered(order: &str, stage: &AckStage) -> Value {
    let (stage, why) = match stage {
        AckStage::Accepted => ("Accepted", None),
        AckStage::Done => ("Done", None),
        AckStage::Refused(why) => ("Refused", Some(why)),
        AckStage::Failed(why) => ("Failed", Some(why)),
    };
    json!({ "order": order, "stage": stage, "why": why })
}

fn request(number: u32, command: Command) -> anyhow::Result<CommandRequest> {
    let at = now();
    Ok(CommandRequest {
        id: CommandId::new(number.to_string())?,
        vehicle: VehicleId::new(VEHICLE)?,
        issued_at: at,
        expires_at: at + ORDER_LASTS,
        authority: Authority::Operator(OperatorId::new("anna")?),
        command,
    })
}

fn order(line: &str) -> anyhow::Result<Command> {
    let words: Vec<_> = line.split_whitespace().collect();
    Ok(match words.as_slice() {
        ["plan", latitude, longitude, points] => {
            Command::Plan(plan(LatLon::from_degrees(latitude.parse()?, longitude.parse()?)?, points.parse()?)?)
        }
        ["start"] => Command::Start,
        ["pause"] => Command::Pause,
        ["resume"] => Command::Resume,
        ["home"] => Command::ReturnHome,
        ["land"] => Command::Land,
        ["goto", latitude, longitude, amsl_m] => Command::GoTo {
            position: LatLon::from_degrees(latitude.parse()?, longitude.parse()?)?,
            altitude: AltitudeAmsl::new(amsl_m.parse()?),
            speed_m_s: None,
        },
        ["zoom", percent] => Command::Camera(CameraOrder::Zoom { percent: percent.parse()? }),
        ["photo"] => Command::Camera(CameraOrder::Photo),
        ["record", "on"] => Command::Camera(CameraOrder::Record(CameraAction::On)),
        ["record", "off"] => Command::Camera(CameraOrder::Record(CameraAction::Off)),
        ["follow", left, top, right, bottom] => Command::Camera(CameraOrder::FollowRegion {
            from: PicturePoint { right: left.parse()?, down: top.parse()? },
            to: PicturePoint { right: right.parse()?, down: bottom.parse()? },
        }),
        ["unfollow"] => Command::Camera(CameraOrder::StopFollowing),
        ["point", latitude, longitude, amsl_m] => Command::Point(Pointing::At {
            position: LatLon::from_degrees(latitude.parse()?, longitude.parse()?)?,
            altitude: AltitudeAmsl::new(amsl_m.parse()?),
        }),
        ["turn", pitch, yaw] => Command::Point(Pointing::By {
            pitch_rad: pitch.parse::<f64>()?.to_radians(),
            yaw_rad: yaw.parse::<f64>()?.to_radians(),
        }),
        ["release"] => Command::Point(Pointing::Release),
        _ => bail!("no order: {line:?}"),
    })
}

/// A take-off, a round of so many points, and the way home.
fn plan(home: LatLon, points: u32) -> anyhow::Result<FlightPlan> {
    let height = PlanAltitude::Home(HeightAboveHome::new(HEIGHT_M));
    let place = |east_m: f64, north_m: f64| {
        let at = home.at_height(AltitudeHae::new(0.0)).displaced(Enu { east_m, north_m, up_m: 0.0 });
        at.map(|at| at.lat_lon()).context("too near a pole")
    };
    let mut items = vec![PlanItem::TakeOff { altitude: height }];
    for number in 0..points {
        let (sin, cos) = (std::f64::consts::TAU * f64::from(number) / f64::from(points)).sin_cos();
        items.push(PlanItem::Waypoint {
            position: place(ROUND_M * sin, ROUND_M * cos)?,
            altitude: height,
            speed_m_s: None,
        });
    }
    items.push(PlanItem::ReturnHome);
    let corners = [(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)];
    let ring: Result<_, _> = corners.iter().map(|(east, north)| place(500.0 * east, 500.0 * north)).collect();
    Ok(FlightPlan {
        id: PlanId::new("round")?,
        items,
        geofence: Geofence { ring: ring?, floor: HeightAboveHome::new(10.0), ceiling: HeightAboveHome::new(100.0) },
        rally_points: Vec::new(),
        cruise_m_s: 10.0,
        lost_link: LostLink { after_s: 60.0, action: LostLinkAction::ReturnHome },
        battery_reserve: 0.2,
    })
}
