//! What a person tells the camera, from the command on the bus to the camera and back.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod flight;

use std::time::Duration;

use flight::{at, config, vehicle};
use mavlink::dialects::ardupilotmega::*;
use onboard::agent::{Agent, Input, Output};
use onboard::link::frames::{Decoder, Encoder};
use telemetry::delivery::Outbox;
use telemetry::messages::{
    AckStage, Authority, CameraAction, CameraOrder, Command, CommandRequest, PicturePoint, Pointing, VehicleKind,
};
use telemetry::{AltitudeAmsl, CommandId, MavComponentId, MavSystemId, Message, OperatorId, Timestamp};

const CAMERA: u8 = 100;
const GIMBAL: u8 = 154;

/// An agent, a camera that zooms, takes photographs and follows regions but does not record, and a gimbal.
struct Bench {
    agent: Agent,
    now: Timestamp,
    decoder: Decoder,
    /// What camera and gimbal were told, in order, with the first two parameters.
    told: Vec<(u8, MavCmd, [f32; 2])>,
    /// Where the gimbal was told to look, 1e-7 degrees.
    looks_at: Vec<(i32, i32)>,
    acks: Vec<(String, AckStage)>,
    orders: u32,
}

impl Bench {
    fn new() -> Self {
        let now = "2026-11-21T03:00:00Z".parse().unwrap();
        let agent = Agent::new(config(VehicleKind::Multirotor), Outbox::new(vehicle(), 1), now).unwrap();
        let (told, looks_at, acks) = (Vec::new(), Vec::new(), Vec::new());
        Self { agent, now, decoder: Decoder::new(), told, looks_at, acks, orders: 0 }
    }

    fn with_instruments() -> Self {
        let mut bench = Self::new();
        for (component, mavtype) in [(CAMERA, MavType::MAV_TYPE_CAMERA), (GIMBAL, MavType::MAV_TYPE_GIMBAL)] {
            let beat = HEARTBEAT_DATA { mavtype, ..HEARTBEAT_DATA::default() };
            bench.hear(component, &MavMessage::HEARTBEAT(beat));
        }
        bench.run_s(1.0);
        bench.told.clear();
        bench
    }

    fn hear(&mut self, component: u8, message: &MavMessage) {
        let frame = Encoder::new(MavSystemId(7), MavComponentId(component)).encode(message);
        self.agent.handle(self.now, Input::Autopilot(&frame));
    }

    fn run_s(&mut self, seconds: f64) {
        let until = self.now.offset_seconds(seconds);
        while self.now < until {
            self.now = self.now + Duration::from_millis(50);
            self.agent.advance(self.now);
            while let Some(output) = self.agent.next_output() {
                match output {
                    Output::Autopilot(frame) => self.decoder.push(&frame),
                    Output::Publish(Message::Ack(ack)) => self.acks.push((ack.command.to_string(), ack.stage)),
                    _ => {}
                }
            }
            while let Some(frame) = self.decoder.next_frame() {
                self.answer(&frame.message);
            }
        }
    }

    fn answer(&mut self, message: &MavMessage) {
        let (component, command, params) = match message {
            MavMessage::COMMAND_LONG(long) => (long.target_component, long.command, [long.param1, long.param2]),
            MavMessage::COMMAND_INT(int) => {
                self.looks_at.push((int.x, int.y));
                (int.target_component, int.command, [int.param1, int.param2])
            }
            _ => return,
        };
        if ![CAMERA, GIMBAL].contains(&component) {
            return;
        }
        if command == MavCmd::MAV_CMD_REQUEST_MESSAGE {
            let flags = CameraCapFlags::CAMERA_CAP_FLAGS_CAPTURE_IMAGE
                | CameraCapFlags::CAMERA_CAP_FLAGS_HAS_BASIC_ZOOM
                | CameraCapFlags::CAMERA_CAP_FLAGS_HAS_TRACKING_RECTANGLE;
            let cap_flags = GimbalManagerCapFlags::GIMBAL_MANAGER_CAP_FLAGS_CAN_POINT_LOCATION_GLOBAL;
            let camera = CAMERA_INFORMATION_DATA { flags, ..CAMERA_INFORMATION_DATA::default() };
            let gimbal = GIMBAL_MANAGER_INFORMATION_DATA { cap_flags, ..GIMBAL_MANAGER_INFORMATION_DATA::default() };
            let information = if component == CAMERA {
                MavMessage::CAMERA_INFORMATION(camera)
            } else {
                MavMessage::GIMBAL_MANAGER_INFORMATION(gimbal)
            };
            return self.hear(component, &information);
        }
        self.told.push((component, command, params));
        // It does not like to be looking straight down.
        let denied = command == MavCmd::MAV_CMD_DO_GIMBAL_MANAGER_PITCHYAW && params[0] < -80.0;
        let result = if denied { MavResult::MAV_RESULT_DENIED } else { MavResult::MAV_RESULT_ACCEPTED };
        self.hear(
            component,
            &MavMessage::COMMAND_ACK(COMMAND_ACK_DATA { command, result, ..COMMAND_ACK_DATA::default() }),
        );
    }

    /// Gives an order, and waits for its last answer.
    fn order(&mut self, command: Command) -> AckStage {
        self.orders += 1;
        let id = self.orders.to_string();
        self.request(&id, command);
        self.run_s(8.0);
        let last = self.acks.iter().rev().find(|(of, stage)| *of == id && stage.last());
        last.unwrap_or_else(|| panic!("order {id} was not answered: {:?}", self.acks)).1.clone()
    }

    fn request(&mut self, id: &str, command: Command) {
        let request = CommandRequest {
            id: CommandId::new(id.to_owned()).unwrap(),
            vehicle: vehicle(),
            issued_at: self.now,
            expires_at: self.now + Duration::from_secs(30),
            authority: Authority::Operator(OperatorId::new("anna").unwrap()),
            command,
        };
        self.agent.handle(self.now, Input::Command(request));
    }
}

fn words(stage: &AckStage) -> &str {
    match stage {
        AckStage::Refused(why) | AckStage::Failed(why) => why,
        other => panic!("{other:?}"),
    }
}

fn point(right: f64, down: f64) -> PicturePoint {
    PicturePoint { right, down }
}

#[test]
fn a_person_zooms_photographs_and_follows_a_region() {
    let mut bench = Bench::with_instruments();
    let region = CameraOrder::FollowRegion { from: point(0.25, 0.5), to: point(0.5, 0.75) };
    for order in [CameraOrder::Zoom { percent: 40.0 }, CameraOrder::Photo, region, CameraOrder::StopFollowing] {
        assert_eq!(bench.order(Command::Camera(order)), AckStage::Done, "{order:?}");
    }
    let told = [
        (CAMERA, MavCmd::MAV_CMD_SET_CAMERA_ZOOM, [2.0, 40.0]),
        (CAMERA, MavCmd::MAV_CMD_IMAGE_START_CAPTURE, [0.0, 0.0]),
        (CAMERA, MavCmd::MAV_CMD_CAMERA_TRACK_RECTANGLE, [0.25, 0.5]),
        (CAMERA, MavCmd::MAV_CMD_CAMERA_STOP_TRACKING, [0.0, 0.0]),
    ];
    assert_eq!(bench.told, told);
}

#[test]
fn a_person_points_the_camera_at_a_place_and_by_angles() {
    let mut bench = Bench::with_instruments();
    let pointing = Pointing::At { position: at(120.0, 80.0), altitude: AltitudeAmsl::new(3.0) };
    assert_eq!(bench.order(Command::Point(pointing)), AckStage::Done);
    assert_eq!(bench.looks_at.len(), 1);
    assert!((bench.looks_at[0].0 - (at(120.0, 80.0).latitude_deg() * 1e7) as i32).abs() <= 1);
    let turn = |pitch: f64| Command::Point(Pointing::By { pitch_rad: pitch.to_radians(), yaw_rad: 0.0 });
    assert_eq!(bench.order(turn(-30.0)), AckStage::Done);
    let denied = bench.order(turn(-85.0));
    assert!(words(&denied).contains("turning the gimbal was denied by the gimbal"), "{denied:?}");
    let refused = bench.order(turn(-120.0));
    assert!(words(&refused).contains("the pitch in degrees is -120"), "{refused:?}");
}

#[test]
fn what_the_camera_cannot_do_and_what_is_no_picture_is_refused_in_words() {
    let mut bench = Bench::with_instruments();
    let cases = [
        (CameraOrder::Record(CameraAction::On), "cannot record"),
        (CameraOrder::FollowPoint { at: point(0.5, 0.5), radius: 0.1 }, "cannot follow a point"),
        (CameraOrder::Zoom { percent: 101.0 }, "0 to 100 per cent: found 101"),
        (CameraOrder::FollowRegion { from: point(0.5, -0.1), to: point(0.7, 0.7) }, "0 to 1"),
        (CameraOrder::Zoom { percent: f64::NAN }, "found NaN"),
    ];
    for (order, expected) in cases {
        let stage = bench.order(Command::Camera(order));
        assert!(matches!(&stage, AckStage::Refused(why) if why.contains(expected)), "{order:?}: {stage:?}");
    }
    assert_eq!(bench.told, []);
}

#[test]
fn the_same_order_twice_takes_one_photograph() {
    let mut bench = Bench::with_instruments();
    for _ in 0..3 {
        bench.request("once", Command::Camera(CameraOrder::Photo));
        bench.run_s(1.0);
    }
    assert_eq!(bench.told.len(), 1, "{:?}", bench.told);
    let done = bench.acks.iter().filter(|(_, stage)| *stage == AckStage::Done).count();
    assert_eq!(done, 3, "each time the same answer: {:?}", bench.acks);
}

#[test]
fn where_nothing_answers_the_person_is_told_so() {
    let mut bench = Bench::new();
    let stage = bench.order(Command::Camera(CameraOrder::Photo));
    assert!(words(&stage).contains("the photograph was not answered"), "{stage:?}");
}
