//! A night at the port of Kiel, without a world around it: the shipped site and plans, two drones, a radar, and tests
//! that say what each of them reports.

use std::path::{Path, PathBuf};

use ground_station::config::{
    self, BusSection, Opened, OperatorEntry, RuleSection, StationFile, VehicleEntry, VehicleKindName,
};
use ground_station::station::{Input, Output, Restored, Station};
use ground_station::web::key_hash;
use missions::notation::{AltitudeNote, LonLat};
use missions::sensor::{MeasurementSigma, Sensor};
use telemetry::messages::{
    Ack, AckStage, Action, Alert, Battery, Command, CommandRequest, Coverage, Cue, CueState, Detection, FlightMode,
    FlightPhase, Gnss, Measurement, Message, OperatorAction, SensorDescription, SensorKind, SensorPerformance,
    SensorScan, VehicleKind, VehicleState,
};
use telemetry::{
    AltitudeAmsl, AltitudeHae, CueId, DetectionId, Elevation, Enu, EnuVelocity, Geodetic, HeightAboveHome, LatLon,
    OperatorId, SensorId, SiteFrame, Timestamp, VehicleId,
};

/// 2026-11-21T03:10:00Z
pub(crate) const START_S: f64 = 1_795_230_600.0;
/// The geoid at Kiel.
const UNDULATION_M: f64 = 39.46;
/// Where the intruder hovers: in the naval harbour.
pub(crate) const HARBOUR: [f64; 3] = [10.1475, 54.3570, 60.0];
/// Where falke-2 patrols: off the harbour.
pub(crate) const OFF_HARBOUR: [f64; 3] = [10.1570, 54.3590, 55.0];
/// Where falke-1 patrols: on the roads, 1.5 km away.
pub(crate) const ROADS: [f64; 3] = [10.1750, 54.3690, 60.0];
/// Anna's key.
pub(crate) const KEY: &str = "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0";

pub(crate) fn at(s: f64) -> Timestamp {
    Timestamp::from_unix_seconds(START_S + s)
}

pub(crate) fn place([lon, lat, amsl_m]: [f64; 3]) -> Geodetic {
    LatLon::from_degrees(lat, lon).unwrap().at_height(AltitudeHae::new(amsl_m + UNDULATION_M))
}

pub(crate) fn vehicle_id(name: &str) -> VehicleId {
    VehicleId::new(name).unwrap()
}

pub(crate) fn anna() -> OperatorId {
    OperatorId::new("anna").unwrap()
}

pub(crate) fn radar() -> Sensor {
    let description = SensorDescription {
        id: SensorId::new("radar-1").unwrap(),
        kind: SensorKind::Radar,
        position: place([10.1440, 54.3639, 30.0]),
        altitude: AltitudeAmsl::new(30.0),
        period_s: 1.0,
        coverage: Coverage {
            range_m: [50.0, 8000.0],
            sector: None,
            elevation: [Elevation::from_degrees(-10.0), Elevation::from_degrees(60.0)],
        },
        detection_probability: 0.95,
        clutter_per_scan: 0.1,
        performance: SensorPerformance::default(),
    };
    let sigma = MeasurementSigma {
        range_m: Some(5.0),
        azimuth_rad: Some(0.5_f64.to_radians()),
        elevation_rad: Some(0.7_f64.to_radians()),
        range_rate_m_s: None,
    };
    Sensor { description, sigma }
}

/// The configuration, as a program would write it.
pub(crate) fn station_file() -> StationFile {
    let drone = |id: &str, name: &str, home: [f64; 2], plan: &str| VehicleEntry {
        id: vehicle_id(id),
        name: name.to_owned(),
        kind: VehicleKindName::Multirotor,
        cruise_m_s: None,
        home: Some(LonLat(home)),
        home_altitude: Some(AltitudeNote::AmslM(3.0)),
        battery: None,
        camera: None,
        plan: Some(plan.to_owned()),
        start: None,
        released_by: Some(anna()),
    };
    StationFile {
        site: "kiel-holtenau".to_owned(),
        listen: "127.0.0.1:0".parse().unwrap(),
        allow_remote: false,
        simulated: true,
        store: PathBuf::from("station.db"),
        record: None,
        evidence: None,
        bus: BusSection { listen: vec!["tcp/127.0.0.1:7447".to_owned()], connect: Vec::new(), tls: None },
        rules: RuleSection::default(),
        zones: None,
        preflight: None,
        sharing: None,
        operators: vec![OperatorEntry {
            id: anna(),
            name: "Anna Berg".to_owned(),
            key_sha256: key_hash(KEY),
            role: None,
        }],
        vehicles: vec![
            drone("falke-1", "Falke 1", [10.1570, 54.3730], "kiel-fjord-north"),
            drone("falke-2", "Falke 2", [10.1500, 54.3634], "kiel-harbour-watch"),
        ],
        sensors: vec![radar().table()],
        views: Vec::new(),
        authorisations: Vec::new(),
    }
}

/// Writes a configuration into a folder and opens it.
pub(crate) fn open(folder: &Path, file: &StationFile) -> Opened {
    let path = folder.join("station.toml");
    std::fs::write(&path, file.to_toml().unwrap()).unwrap();
    config::open(&path).unwrap_or_else(|errors| panic!("{errors}"))
}

pub(crate) fn opened(file: &StationFile) -> Opened {
    open(tempfile::tempdir().unwrap().path(), file)
}

/// The scan of a radar's turn that sees what is at these places.
pub(crate) fn scan(s: f64, number: u64, places: &[[f64; 3]]) -> SensorScan {
    let radar = radar().description;
    let frame = SiteFrame::new(radar.position);
    let detection = |(n, at_place): (usize, &[f64; 3])| {
        let seen = frame.enu(place(*at_place));
        Detection {
            id: DetectionId(number * 100 + n as u64),
            measured_at: at(s),
            measurement: Measurement::RangeAzEl {
                range_m: seen.range_m(),
                azimuth: seen.azimuth(),
                elevation: seen.elevation(),
                range_rate: None,
                sigma: [5.0, 0.5_f64.to_radians(), 0.7_f64.to_radians()],
            },
            claim: None,
            drone_llr: Some(3.0),
        }
    };
    SensorScan {
        sensor: radar.id,
        scan: number,
        measured_at: at(s),
        origin: radar.position,
        sector: None,
        detections: places.iter().enumerate().map(detection).collect(),
    }
}

/// A drone of ours on its patrol, all well.
pub(crate) fn state(s: f64, id: &str, at_place: [f64; 3]) -> VehicleState {
    VehicleState {
        vehicle: vehicle_id(id),
        measured_at: at(s),
        kind: VehicleKind::Multirotor,
        position: Some(place(at_place)),
        altitude: AltitudeAmsl::new(at_place[2]),
        height: HeightAboveHome::new(at_place[2] - 3.0),
        velocity: EnuVelocity::default(),
        attitude: telemetry::Attitude::default(),
        mode: FlightMode::Mission,
        phase: FlightPhase::Underway,
        battery: Battery { remaining: 0.98, voltage_v: 23.0, current_a: 12.0 },
        gnss: Gnss { fix: 3, satellites: 14 },
        failsafes: Vec::new(),
        progress: None,
        cue: None,
    }
}

/// A station, and what its surroundings say to it second by second.
pub(crate) struct Night {
    pub(crate) station: Station,
    pub(crate) inputs: Vec<(Timestamp, Input)>,
    pub(crate) outputs: Vec<Output>,
    now_s: f64,
    scans: u64,
}

impl Night {
    pub(crate) fn new(file: &StationFile) -> Self {
        Self::restored(file, Restored::default(), 0.25)
    }

    pub(crate) fn restored(file: &StationFile, restored: Restored, now_s: f64) -> Self {
        Self::of(opened(file), restored, now_s)
    }

    pub(crate) fn of(opened: Opened, restored: Restored, now_s: f64) -> Self {
        let station = Station::new(opened.config, restored, at(now_s));
        let mut night = Self { station, inputs: Vec::new(), outputs: Vec::new(), now_s, scans: (now_s as u64) * 10 };
        night.drain();
        night
    }

    pub(crate) fn now_s(&self) -> f64 {
        self.now_s
    }

    pub(crate) fn put(&mut self, input: Input) {
        self.inputs.push((at(self.now_s), input.clone()));
        self.station.handle(at(self.now_s), input);
        self.drain();
    }

    pub(crate) fn tell(&mut self, message: Message) {
        self.put(Input::Message(message));
    }

    pub(crate) fn scan(&mut self, places: &[[f64; 3]]) {
        self.scans += 1;
        self.tell(Message::Scan(scan(self.now_s, self.scans, places)));
    }

    pub(crate) fn act(&mut self, action: Action) {
        self.put(Input::Operator(OperatorAction { operator: anna(), at: at(self.now_s), action }));
    }

    /// Answers every request that was sent so far and not answered yet.
    pub(crate) fn answer(&mut self, stage: &AckStage) {
        for request in self.requests() {
            let ack = Ack { command: request.id, vehicle: request.vehicle, at: at(self.now_s), stage: stage.clone() };
            self.tell(Message::Ack(ack));
        }
    }

    /// Lets seconds pass; `each` says what happens in one, a quarter of a second after it began.
    pub(crate) fn pass(&mut self, seconds: usize, mut each: impl FnMut(&mut Self)) {
        for _ in 0..seconds {
            self.now_s = self.now_s.floor() + 0.25;
            each(self);
            self.now_s = self.now_s.floor() + 1.0;
            self.station.advance(at(self.now_s));
            self.drain();
        }
    }

    /// Lets seconds pass in which both drones patrol and the radar sees what is at these places.
    pub(crate) fn watch(&mut self, seconds: usize, places: &[[f64; 3]]) {
        self.pass(seconds, |night| {
            night.patrol();
            night.scan(places);
        });
    }

    pub(crate) fn patrol(&mut self) {
        let s = self.now_s;
        self.tell(Message::VehicleState(state(s, "falke-1", ROADS)));
        self.tell(Message::VehicleState(state(s, "falke-2", OFF_HARBOUR)));
    }

    fn drain(&mut self) {
        while let Some(output) = self.station.next_output() {
            self.outputs.push(output);
        }
    }

    /// What came out since the last call.
    pub(crate) fn take(&mut self) -> Vec<Output> {
        std::mem::take(&mut self.outputs)
    }

    pub(crate) fn alerts(&self) -> Vec<Alert> {
        self.outputs
            .iter()
            .filter_map(|o| if let Output::Publish(Message::Alert(a)) = o { Some(a.clone()) } else { None })
            .collect()
    }

    pub(crate) fn cues(&self) -> Vec<Cue> {
        self.outputs
            .iter()
            .filter_map(|o| if let Output::Publish(Message::Cue(c)) = o { Some(c.clone()) } else { None })
            .collect()
    }

    pub(crate) fn requests(&self) -> Vec<CommandRequest> {
        self.outputs.iter().filter_map(|o| if let Output::Request(r) = o { Some(r.clone()) } else { None }).collect()
    }
}

/// A command by its kind, for cases that read as a list.
pub(crate) fn kind(command: &Command) -> &'static str {
    match command {
        Command::Plan(_) => "plan",
        Command::Start => "start",
        Command::Pause => "pause",
        Command::Resume => "resume",
        Command::ReturnHome => "home",
        Command::Land => "land",
        Command::GoTo { .. } => "goto",
        Command::Observe { .. } => "observe",
        Command::Camera(_) => "camera",
        Command::Point(_) => "point",
    }
}

/// A place moved by metres east and north.
pub(crate) fn moved(from: [f64; 3], east_m: f64, north_m: f64) -> [f64; 3] {
    let to = place(from).displaced(Enu { east_m, north_m, up_m: 0.0 }).unwrap();
    [to.lat_lon().longitude_deg(), to.lat_lon().latitude_deg(), from[2]]
}

/// A night in which an intruder hovers in the harbour long enough for an alert and a cue.
pub(crate) fn intruder() -> Night {
    let mut night = Night::new(&station_file());
    night.watch(25, &[HARBOUR]);
    night
}

/// The cue that waits for a person.
pub(crate) fn proposed(night: &Night) -> CueId {
    night.cues().into_iter().rfind(|cue| cue.state == CueState::Proposed).expect("a cue is proposed").id
}

/// The commands that were sent, `falke-2 observe`.
pub(crate) fn kinds(night: &Night) -> Vec<String> {
    night.requests().iter().map(|request| format!("{} {}", request.vehicle, kind(&request.command))).collect()
}
