//! Messages whose bytes are pinned: every message, and every variant of what is in one.

use std::collections::{BTreeMap, BTreeSet};

use telemetry::messages::{
    Ack, AckStage, Action, AdsbClaim, AisClaim, Alert, AlertRule, AlertState, Authority, AzimuthSector, Battery,
    CameraAction, CameraOrder, Claim, Classification, Command, CommandRequest, Cue, CueState, Detection,
    EvidenceAnswer, EvidenceFile, EvidenceNotice, EvidenceReply, EvidenceRequest, EvidenceSnapshot, EvidenceWish,
    Failsafe, FileHash, FlightDeclaration, FlightMode, FlightPhase, FlightPlan, Geofence, Gnss, JournalAck,
    JournalBody, JournalEntry, LostLink, LostLinkAction, Measurement, OperatorAction, Order, PicturePoint,
    PlanAltitude, PlanItem, PlanningAct, Pointing, Progress, RallyPoint, RangeRate, Registration, RemoteIdClaim,
    SensorBias, SensorScan, Severity, SharedTrack, StationBeat, Subject, TargetClass, TargetKind, Track, TrackAlert,
    TrackSource, TrackStatus, VehicleKind, VehicleState, VideoBox, VideoBytes, VideoFragment, VideoInitialization,
};
use telemetry::{
    AltitudeAmsl, AltitudeHae, Attitude, Azimuth, DetectionId, Elevation, EnuVelocity, Geodetic, Heading,
    HeightAboveHome, LatLon, Message, Mmsi, Timestamp, TrackId,
};

/// 2026-11-21T03:12:00Z and some milliseconds.
fn at(milliseconds: i64) -> Timestamp {
    Timestamp::from_unix_nanos(1_795_230_720_000_000_000 + milliseconds * 1_000_000)
}

fn holtenau(east: f64) -> Geodetic {
    Geodetic::from_radians(0.948_675_5, 0.177_078_25 + east, AltitudeHae::new(128.5)).unwrap()
}

fn corner(north: f64, east: f64) -> LatLon {
    LatLon::from_radians(0.9486 + north, 0.1770 + east).unwrap()
}

/// A key frame with a thing in it, or a frame after it.
fn video(key: bool) -> VideoFragment {
    let initialization = VideoInitialization { codec: "avc1.64001f".to_owned(), segment: VideoBytes(vec![0, 1, 2]) };
    let boxes = [("drone", Some(7)), ("bird", None)].map(|(class, track)| VideoBox {
        bounds: [10.5, 20.0, 8.0, 6.5],
        class: class.to_owned(),
        confidence: 0.75,
        track,
    });
    VideoFragment {
        sensor: "mast-1".parse().unwrap(),
        number: 41,
        captured_at: at(40),
        picture: [960, 544],
        media_time_s: 1.25,
        initialization: key.then_some(initialization),
        fragment: VideoBytes(vec![9, 8, 7, 255]),
        boxes: if key { boxes.to_vec() } else { Vec::new() },
    }
}

fn file(first: u8) -> EvidenceFile {
    let mut hash = [0xa5; 32];
    hash[0] = first;
    EvidenceFile { hash: FileHash::new(hash), bytes: 7_340_033 + u64::from(first) }
}

/// A clip of an alert, with or without a picture.
fn evidence(with_snapshot: bool) -> EvidenceNotice {
    let snapshot = EvidenceSnapshot { file: file(2), taken_at: at(510), boxes: video(true).boxes };
    EvidenceNotice {
        sensor: "mast-1".parse().unwrap(),
        alert: "kiel.17".parse().unwrap(),
        at: at(500),
        begins: at(-9_800),
        ends: at(20_480),
        picture: [960, 544],
        clip: file(1),
        snapshot: with_snapshot.then_some(snapshot),
    }
}

fn piece() -> EvidenceWish {
    EvidenceWish::Piece { file: file(1).hash, offset: 262_144 }
}

fn asked(wish: EvidenceWish) -> EvidenceRequest {
    let EvidenceNotice { sensor, alert, .. } = evidence(false);
    EvidenceRequest { sensor, alert, wish }
}

fn answered(wish: EvidenceWish, answer: EvidenceAnswer) -> Message {
    let EvidenceRequest { sensor, alert, wish } = asked(wish);
    Message::EvidenceReply(EvidenceReply { sensor, alert, wish, answer })
}

/// A state with every optional field present and every failsafe set.
pub(crate) fn vehicle_state_full() -> Message {
    Message::VehicleState(VehicleState {
        vehicle: "kiel-1".parse().unwrap(),
        measured_at: at(123),
        kind: VehicleKind::Multirotor,
        position: Some(holtenau(0.0)),
        altitude: AltitudeAmsl::new(86.25),
        height: HeightAboveHome::new(-80.0),
        velocity: EnuVelocity { east_m_s: -11.25, north_m_s: 3.5, up_m_s: -2.75 },
        attitude: Attitude { roll_rad: -0.1204, pitch_rad: 0.0511, heading: Heading::from_radians(4.9963) },
        mode: FlightMode::Mission,
        phase: FlightPhase::Underway,
        battery: Battery { remaining: 0.83, voltage_v: 22.41, current_a: 18.6 },
        gnss: Gnss { fix: 6, satellites: 19 },
        failsafes: vec![
            Failsafe::LinkLost,
            Failsafe::AutopilotLost,
            Failsafe::GnssLost,
            Failsafe::BatteryReserve,
            Failsafe::Geofence,
            Failsafe::AltitudeBand,
            Failsafe::Engine,
        ],
        progress: Some(Progress { plan: "kiel-patrol-1".parse().unwrap(), leg: 3, legs: 12 }),
        cue: Some("kiel.17".parse().unwrap()),
    })
}

/// A state as it is before anything is known.
pub(crate) fn vehicle_state_bare() -> Message {
    Message::VehicleState(VehicleState {
        vehicle: "kiel-1".parse().unwrap(),
        measured_at: at(0),
        kind: VehicleKind::Unknown,
        position: None,
        altitude: AltitudeAmsl::default(),
        height: HeightAboveHome::default(),
        velocity: EnuVelocity::default(),
        attitude: Attitude::default(),
        mode: FlightMode::Unknown,
        phase: FlightPhase::Unknown,
        battery: Battery::default(),
        gnss: Gnss::default(),
        failsafes: Vec::new(),
        progress: None,
        cue: None,
    })
}

fn ais_claim() -> Claim {
    Claim::Ais(AisClaim {
        name: Some("SCHLEI".to_owned()),
        ship_type: Some(70),
        navigational_status: Some(0),
        length_m: Some(88),
        ..AisClaim::of(Mmsi::new(211_234_560).unwrap())
    })
}

fn remote_id_claim() -> Claim {
    Claim::RemoteId(RemoteIdClaim { uas_id: "1581F5FKD2".to_owned(), operator: Some(corner(0.0, 0.0)) })
}

/// What a receiver hears of aircraft, small and large.
fn claims_scan() -> SensorScan {
    let adsb = AdsbClaim { icao: "4CA1B2".parse().unwrap(), call_sign: Some("RYR12AB".to_owned()) };
    let claims = [remote_id_claim(), Claim::Adsb(adsb)];
    let mut scan = sensor_scan();
    let said = scan.detections.pop().unwrap();
    scan.detections = claims.map(|claim| Detection { claim: Some(claim), ..said.clone() }).into();
    scan
}

fn every_measurement() -> Vec<Measurement> {
    vec![
        Measurement::RangeAzEl {
            range_m: 1523.5,
            azimuth: Azimuth::from_radians(1.25),
            elevation: Elevation::from_radians(0.0625),
            range_rate: Some(RangeRate { m_s: -7.5, sigma_m_s: 0.5 }),
            sigma: [5.0, 0.01, 0.02],
        },
        Measurement::RangeAz { range_m: 2048.0, azimuth: Azimuth::from_radians(6.25), sigma: [15.0, 0.015] },
        Measurement::AzEl {
            azimuth: Azimuth::from_radians(0.5),
            elevation: Elevation::from_radians(-0.25),
            sigma: [0.001, 0.001],
        },
        Measurement::Azimuth { azimuth: Azimuth::from_radians(3.0), sigma: 0.035 },
        Measurement::Position {
            position: holtenau(0.0001),
            horizontal_sigma_m: 10.0,
            vertical_sigma_m: Some(20.0),
            velocity: Some((EnuVelocity { east_m_s: 2.5, north_m_s: -1.25, up_m_s: 0.0 }, 0.5)),
        },
    ]
}

fn sensor_scan() -> SensorScan {
    let detections = every_measurement().into_iter().zip(1..).map(|(measurement, id)| Detection {
        id: DetectionId(id),
        measured_at: at(20),
        measurement,
        claim: matches!(measurement, Measurement::Position { .. }).then(ais_claim),
        drone_llr: (id == 1).then_some(2.5),
    });
    SensorScan {
        sensor: "radar-1".parse().unwrap(),
        scan: 4711,
        measured_at: at(40),
        origin: holtenau(0.0),
        sector: Some(AzimuthSector { from: Azimuth::from_radians(1.0), to: Azimuth::from_radians(1.5) }),
        detections: detections.collect(),
    }
}

fn alert_raised() -> Alert {
    Alert {
        id: "kiel.17".parse().unwrap(),
        rule: AlertRule::ZoneEntered,
        severity: Severity::Critical,
        raised_at: at(500),
        measured_at: at(480),
        subject: Subject::Track(TrackId(42)),
        position: Some(holtenau(0.0)),
        zone: Some("schleuse".parse().unwrap()),
        text: "Drone in the lock's restricted zone".to_owned(),
        state: AlertState::Raised,
    }
}

fn flight_plan() -> FlightPlan {
    let home = |metres| PlanAltitude::Home(HeightAboveHome::new(metres));
    let amsl = |metres| PlanAltitude::Amsl(AltitudeAmsl::new(metres));
    FlightPlan {
        id: "kiel-patrol-1".parse().unwrap(),
        items: vec![
            PlanItem::TakeOff { altitude: home(40.0) },
            PlanItem::Waypoint { position: corner(0.0001, 0.0), altitude: home(60.0), speed_m_s: Some(9.0) },
            PlanItem::Waypoint { position: corner(0.0001, 0.0001), altitude: amsl(62.5), speed_m_s: None },
            PlanItem::Loiter { position: corner(0.0, 0.0), altitude: home(60.0), duration_s: 30.0 },
            PlanItem::Orbit { centre: corner(0.0, 0.0001), altitude: home(60.0), radius_m: -80.0, turns: 2.0 },
            PlanItem::LookAt { position: corner(0.0, 0.0), altitude: amsl(2.0) },
            PlanItem::Camera(CameraAction::On),
            PlanItem::Camera(CameraAction::Off),
            PlanItem::Repeat { from: 1, times: Some(3) },
            PlanItem::Repeat { from: 1, times: None },
            PlanItem::Land { position: corner(0.0, 0.0) },
            PlanItem::ReturnHome,
        ],
        geofence: Geofence {
            ring: vec![corner(0.0, 0.0), corner(0.001, 0.0), corner(0.001, 0.001)],
            floor: HeightAboveHome::new(15.0),
            ceiling: HeightAboveHome::new(120.0),
        },
        rally_points: vec![RallyPoint { position: corner(0.0002, 0.0002), altitude: home(30.0) }],
        cruise_m_s: 12.0,
        lost_link: LostLink { after_s: 20.0, action: LostLinkAction::ReturnHome },
        battery_reserve: 0.25,
    }
}

fn picture(right: f64, down: f64) -> PicturePoint {
    PicturePoint { right, down }
}

fn request(command: Command) -> Message {
    Message::Command(CommandRequest {
        id: "kiel.c-9".parse().unwrap(),
        vehicle: "kiel-1".parse().unwrap(),
        issued_at: at(0),
        expires_at: at(30_000),
        authority: match command {
            Command::Plan(_) | Command::Start => {
                Authority::Plan { plan: "kiel-patrol-1".parse().unwrap(), released_by: "anna".parse().unwrap() }
            }
            _ => Authority::Operator("anna".parse().unwrap()),
        },
        command,
    })
}

fn entry(body: JournalBody) -> Message {
    Message::JournalEntry(JournalEntry {
        vehicle: "kiel-1".parse().unwrap(),
        series: 1_795_000_000,
        number: 300,
        after: 299,
        recorded_at: at(700),
        body,
    })
}

pub(crate) fn journal_alert() -> Message {
    entry(JournalBody::Alert(Alert {
        rule: AlertRule::Vehicle,
        severity: Severity::Warning,
        subject: Subject::Vehicle("kiel-1".parse().unwrap()),
        zone: None,
        ..alert_raised()
    }))
}

fn alert_in(state: AlertState) -> Message {
    Message::Alert(Alert { state, ..alert_raised() })
}

fn alert_about_a_sensor() -> Message {
    Message::Alert(Alert {
        rule: AlertRule::SensorBiased,
        severity: Severity::Warning,
        subject: Subject::Sensor("radar-1".parse().unwrap()),
        zone: None,
        ..alert_raised()
    })
}

fn cue_in(state: CueState) -> Message {
    Message::Cue(Cue {
        id: "kiel.3".parse().unwrap(),
        alert: "kiel.17".parse().unwrap(),
        track: TrackId(42),
        vehicle: "kiel-1".parse().unwrap(),
        proposed_at: at(900),
        distance_m: 1200.0,
        eta_s: 95.5,
        stand_off_m: 60.0,
        state,
    })
}

fn track() -> Track {
    Track {
        id: TrackId(42),
        estimated_at: at(1000),
        updated_at: at(480),
        first_seen_at: at(-60_000),
        position: holtenau(0.0),
        velocity: EnuVelocity { east_m_s: 8.5, north_m_s: -4.25, up_m_s: 0.5 },
        covariance: std::array::from_fn(|n| n as f32 + 0.5),
        status: TrackStatus::Confirmed,
        classification: Classification {
            belief: BTreeMap::from([(TargetClass::Drone, 0.75), (TargetClass::Bird, 0.25)]),
            kinds: BTreeMap::new(),
            evidence: vec!["flies against the wind".to_owned()],
        },
        claim: Some(ais_claim()),
        measured_by: BTreeMap::from([("radar-1".parse().unwrap(), at(480)), ("df-1".parse().unwrap(), at(100))]),
        alerts: BTreeSet::new(),
        sources: Vec::new(),
        vehicle: None,
    }
}

/// A track of every class and kind, with every alert and a source.
fn track_shared() -> Track {
    use TargetKind::{
        CargoVessel, FishingVessel, FixedWing, Multirotor, PassengerVessel, SailingOrPleasureCraft, SpeedBoat, Tanker,
        WorkBoat,
    };
    let kinds = [
        Multirotor,
        FixedWing,
        CargoVessel,
        Tanker,
        PassengerVessel,
        FishingVessel,
        SailingOrPleasureCraft,
        SpeedBoat,
        WorkBoat,
    ];
    let classes = [TargetClass::Vessel, TargetClass::Vehicle, TargetClass::Person, TargetClass::Aircraft];
    Track {
        classification: Classification {
            belief: classes.map(|class| (class, 0.25)).into(),
            kinds: kinds.map(|kind| (kind, 0.125)).into(),
            evidence: Vec::new(),
        },
        claim: Some(remote_id_claim()),
        alerts: BTreeSet::from([
            TrackAlert::AisSpoof,
            TrackAlert::RidSpoof,
            TrackAlert::AdsbSpoof,
            TrackAlert::DuplicateIdentity,
            TrackAlert::AisOff,
        ]),
        sources: vec![TrackSource {
            station: "brunsbuettel".parse().unwrap(),
            track: TrackId(7),
            measured_at: at(300),
        }],
        ..track()
    }
}

fn registration() -> Registration {
    Registration {
        sensor: "radar-1".parse().unwrap(),
        estimated_at: at(1200),
        bias: SensorBias { range_m: -12.5, azimuth_rad: 0.0175, elevation_rad: 0.0, time_s: 0.25 },
        sigma: SensorBias { range_m: 2.0, azimuth_rad: 0.001, elevation_rad: 0.03125, time_s: 0.0625 },
        comparisons: 412,
        beyond_claim: true,
    }
}

fn ack(stage: AckStage) -> Message {
    Message::Ack(Ack { command: "kiel.c-9".parse().unwrap(), vehicle: "kiel-1".parse().unwrap(), at: at(150), stage })
}

fn flight() -> FlightDeclaration {
    FlightDeclaration {
        operator: "Courier".to_owned(),
        uas_id: "1581F4XF5231C00A0042".to_owned(),
        purpose: "delivery".to_owned(),
        ring: vec![LatLon::from_degrees(54.3, 10.1).unwrap(); 3],
        floor: AltitudeAmsl::new(0.0),
        ceiling: AltitudeAmsl::new(120.0),
        from: at(0),
        to: at(600),
    }
}

fn action(action: Action) -> Message {
    Message::OperatorAction(OperatorAction { operator: "anna".parse().unwrap(), at: at(2000), action })
}

/// Every message, and every variant of what is in one, by the name of its golden bytes.
pub(crate) fn samples() -> Vec<(&'static str, Message)> {
    let (by, when) = (|| "anna".parse().unwrap(), at(1500));
    vec![
        ("vehicle-state-full", vehicle_state_full()),
        ("vehicle-state-bare", vehicle_state_bare()),
        ("journal-scan", entry(JournalBody::Scan(sensor_scan()))),
        ("journal-alert", journal_alert()),
        (
            "journal-ack",
            Message::JournalAck(JournalAck { vehicle: "kiel-1".parse().unwrap(), series: 1_795_000_000, up_to: 300 }),
        ),
        ("command-plan", request(Command::Plan(flight_plan()))),
        ("command-start", request(Command::Start)),
        ("command-pause", request(Command::Pause)),
        ("command-resume", request(Command::Resume)),
        ("command-home", request(Command::ReturnHome)),
        ("command-land", request(Command::Land)),
        (
            "command-goto",
            request(Command::GoTo {
                position: corner(0.0, 0.0),
                altitude: AltitudeAmsl::new(60.0),
                speed_m_s: Some(8.0),
            }),
        ),
        (
            "command-look",
            request(Command::Observe {
                cue: "kiel.3".parse().unwrap(),
                target: holtenau(0.0),
                stand_off_m: 60.0,
                altitude: AltitudeAmsl::new(70.0),
            }),
        ),
        ("command-zoom", request(Command::Camera(CameraOrder::Zoom { percent: 62.5 }))),
        ("command-photo", request(Command::Camera(CameraOrder::Photo))),
        ("command-record", request(Command::Camera(CameraOrder::Record(CameraAction::On)))),
        (
            "command-follow-point",
            request(Command::Camera(CameraOrder::FollowPoint { at: picture(0.5, 0.25), radius: 0.125 })),
        ),
        (
            "command-follow-region",
            request(Command::Camera(CameraOrder::FollowRegion { from: picture(0.25, 0.5), to: picture(0.5, 0.75) })),
        ),
        ("command-follow-stop", request(Command::Camera(CameraOrder::StopFollowing))),
        (
            "command-point-at",
            request(Command::Point(Pointing::At { position: corner(0.0, 0.0), altitude: AltitudeAmsl::new(2.0) })),
        ),
        ("command-point-by", request(Command::Point(Pointing::By { pitch_rad: -0.75, yaw_rad: 0.5 }))),
        ("command-point-release", request(Command::Point(Pointing::Release))),
        ("ack-accepted", ack(AckStage::Accepted)),
        ("ack-done", ack(AckStage::Done)),
        ("ack-refused", ack(AckStage::Refused("outside the geofence".to_owned()))),
        ("ack-failed", ack(AckStage::Failed("no answer from the autopilot".to_owned()))),
        ("scan", Message::Scan(sensor_scan())),
        ("scan-claims", Message::Scan(claims_scan())),
        ("registration", Message::Registration(registration())),
        ("video-key", Message::Video(video(true))),
        ("video", Message::Video(video(false))),
        ("evidence", Message::Evidence(evidence(true))),
        ("evidence-clip-only", Message::Evidence(evidence(false))),
        ("evidence-request-piece", Message::EvidenceRequest(asked(piece()))),
        ("evidence-request-kept", Message::EvidenceRequest(asked(EvidenceWish::Kept))),
        ("evidence-reply-bytes", answered(piece(), EvidenceAnswer::Bytes(VideoBytes(vec![0, 127, 255])))),
        ("evidence-reply-noted", answered(EvidenceWish::Kept, EvidenceAnswer::Noted)),
        ("evidence-reply-gone", answered(piece(), EvidenceAnswer::Gone)),
        ("track", Message::Track(track())),
        ("track-shared", Message::Track(track_shared())),
        ("shared-track", Message::SharedTrack(SharedTrack { station: "kiel-inner".parse().unwrap(), track: track() })),
        ("alert-raised", alert_in(AlertState::Raised)),
        ("alert-acknowledged", alert_in(AlertState::Acknowledged { by: by(), at: when })),
        ("alert-closed", alert_in(AlertState::Closed { by: by(), at: when })),
        ("alert-sensor", alert_about_a_sensor()),
        ("cue-proposed", cue_in(CueState::Proposed)),
        ("cue-approved", cue_in(CueState::Approved { by: by(), at: when })),
        ("cue-declined", cue_in(CueState::Declined { by: by(), at: when })),
        ("cue-ended", cue_in(CueState::Ended { why: "the track is gone".to_owned(), at: when })),
        ("action-acknowledge", action(Action::Acknowledge("kiel.17".parse().unwrap()))),
        ("action-close", action(Action::Close("kiel.17".parse().unwrap()))),
        ("action-approve", action(Action::Approve("kiel.3".parse().unwrap()))),
        ("action-decline", action(Action::Decline("kiel.3".parse().unwrap()))),
        ("action-order", action(Action::Order { vehicle: "kiel-1".parse().unwrap(), order: Order::ReturnHome })),
        ("action-planning", action(Action::Planning(PlanningAct::FileFlight(flight())))),
        ("station-beat", Message::StationBeat(StationBeat { site: "kiel-holtenau".parse().unwrap(), at: at(3000) })),
    ]
}
