//! Strategies for every message, over the whole range a sender may write.

mod evidence;
mod observation;

use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;
use telemetry::messages::{
    Ack, AckStage, Action, Alert, AlertRule, AlertState, Authority, Battery, CameraAction, CameraOrder, Command,
    CommandRequest, Cue, CueState, Failsafe, FlightMode, FlightPhase, FlightPlan, Geofence, Gnss, JournalAck,
    JournalBody, JournalEntry, LostLink, LostLinkAction, OperatorAction, Order, PicturePoint, PlanAltitude, PlanItem,
    Pointing, Progress, RallyPoint, Severity, SharedTrack, StationBeat, Subject, VehicleKind, VehicleState,
};
use telemetry::{
    AlertId, AltitudeAmsl, AltitudeHae, Attitude, Azimuth, CommandId, CueId, Elevation, EnuVelocity, Geodetic, Heading,
    HeightAboveHome, LatLon, Message, OperatorId, PlanId, SensorId, SiteId, StationId, Timestamp, TrackId, VehicleId,
    ZoneId,
};

pub(crate) use observation::scan;
use observation::{registration, track, video};

pub(crate) fn name() -> impl Strategy<Value = String> {
    "[a-z0-9][a-z0-9.-]{0,47}"
}

macro_rules! names {
    ($($function:ident: $id:ident),*) => {
        $(pub(crate) fn $function() -> impl Strategy<Value = $id> {
            name().prop_map(|text| $id::new(text).unwrap())
        })*
    };
}

names! { site: SiteId, station: StationId, vehicle: VehicleId, sensor: SensorId, zone: ZoneId, plan_id: PlanId,
operator: OperatorId, alert_id: AlertId, cue_id: CueId, command_id: CommandId }

fn time() -> impl Strategy<Value = Timestamp> {
    any::<i64>().prop_map(Timestamp::from_unix_nanos)
}

fn finite() -> impl Strategy<Value = f64> {
    use proptest::num::f64::{NEGATIVE, NORMAL, POSITIVE, SUBNORMAL, ZERO};
    NORMAL | SUBNORMAL | ZERO | POSITIVE | NEGATIVE
}

fn finite_f32() -> impl Strategy<Value = f32> {
    use proptest::num::f32::{NEGATIVE, NORMAL, POSITIVE, SUBNORMAL, ZERO};
    NORMAL | SUBNORMAL | ZERO | POSITIVE | NEGATIVE
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![".{0,40}", Just("Drohne über Sperrgebiet Holtenau ⚠".to_owned())]
}

pub(crate) fn geodetic() -> impl Strategy<Value = Geodetic> {
    let edge = prop_oneof![Just(-1.0), Just(0.0), Just(1.0), -1.0..=1.0];
    (edge.clone(), edge, -1e6..=1e6).prop_map(|(latitude, longitude, height)| {
        let (latitude, longitude) = (latitude * std::f64::consts::FRAC_PI_2, longitude * std::f64::consts::PI);
        Geodetic::from_radians(latitude, longitude, AltitudeHae::new(height)).unwrap()
    })
}

fn lat_lon() -> impl Strategy<Value = LatLon> {
    geodetic().prop_map(Geodetic::lat_lon)
}

fn velocity() -> impl Strategy<Value = EnuVelocity> {
    proptest::array::uniform3(finite_f32()).prop_map(EnuVelocity::from)
}

fn azimuth() -> impl Strategy<Value = Azimuth> {
    (-10.0..10.0).prop_map(Azimuth::from_radians)
}

fn elevation() -> impl Strategy<Value = Elevation> {
    (-2.0..2.0).prop_map(Elevation::from_radians)
}

prop_compose! {
    fn battery()(remaining in of(0.0..=1.0_f32), voltage_v in of(0.0..=60.0_f32), current_a in of(-5.0..=300.0_f32))
        -> Battery {
        let reading = |value: Option<f32>| value.unwrap_or(f32::NAN);
        Battery {
            remaining: reading(remaining), voltage_v: reading(voltage_v), current_a: reading(current_a),
        }
    }
}

prop_compose! {
    fn motion()(
        velocity in proptest::array::uniform3(-400.0..400.0_f64),
        roll_rad in -3.2..3.2, pitch_rad in -1.6..1.6, heading in 0.0..std::f64::consts::TAU,
        altitude in -500.0..20_000.0, height in -500.0..20_000.0,
    ) -> (EnuVelocity, Attitude, AltitudeAmsl, HeightAboveHome) {
        let [east_m_s, north_m_s, up_m_s] = velocity;
        (
            EnuVelocity { east_m_s, north_m_s, up_m_s },
            Attitude { roll_rad, pitch_rad, heading: Heading::from_radians(heading) },
            AltitudeAmsl::new(altitude), HeightAboveHome::new(height),
        )
    }
}

fn failsafe() -> impl Strategy<Value = Failsafe> {
    use Failsafe::{AltitudeBand, AutopilotLost, BatteryReserve, Engine, GnssLost, LinkLost, Traffic, Unknown};
    proptest::sample::select(vec![
        LinkLost,
        AutopilotLost,
        GnssLost,
        BatteryReserve,
        Failsafe::Geofence,
        AltitudeBand,
        Engine,
        Traffic,
        Unknown,
    ])
}

fn mode() -> impl Strategy<Value = FlightMode> {
    use FlightMode::{Guided, Hold, Land, Manual, Mission, Return, Unknown};
    proptest::sample::select(vec![Manual, Mission, Guided, Hold, Return, Land, Unknown])
}

fn kind() -> impl Strategy<Value = VehicleKind> {
    use VehicleKind::{Boat, FixedWing, Multirotor, Unknown};
    proptest::sample::select(vec![Multirotor, FixedWing, Boat, Unknown])
}

fn phase() -> impl Strategy<Value = FlightPhase> {
    use FlightPhase::{Armed, Disarmed, Underway, Unknown};
    proptest::sample::select(vec![Disarmed, Armed, Underway, Unknown])
}

prop_compose! {
    pub(crate) fn vehicle_state()(
        vehicle in vehicle(), measured_at in time(), kind in kind(), position in of(geodetic()),
        (velocity, attitude, altitude, height) in motion(), mode in mode(), phase in phase(), battery in battery(),
        gnss in any::<[u8; 2]>(), failsafes in vec(failsafe(), 0..8),
        progress in of((plan_id(), any::<u16>(), any::<u16>())), cue in of(cue_id()),
    ) -> VehicleState {
        VehicleState {
            vehicle, measured_at, kind, position, altitude, height, velocity, attitude, mode, phase, battery,
            gnss: Gnss::from(gnss), failsafes, cue,
            progress: progress.map(|(plan, leg, legs)| Progress { plan, leg, legs }),
        }
    }
}

fn by_at() -> impl Strategy<Value = (OperatorId, Timestamp)> {
    (operator(), time())
}

prop_compose! {
    pub(crate) fn alert()(
        id in alert_id(), rule in 0..9_usize, severity in 0..3_usize, raised_at in time(), measured_at in time(),
        subject in prop_oneof![any::<u64>().prop_map(|n| Subject::Track(TrackId(n))),
            vehicle().prop_map(Subject::Vehicle), sensor().prop_map(Subject::Sensor)],
        position in of(geodetic()), zone in of(zone()), text in text(),
        state in prop_oneof![Just(AlertState::Raised),
            by_at().prop_map(|(by, at)| AlertState::Acknowledged { by, at }),
            by_at().prop_map(|(by, at)| AlertState::Closed { by, at })],
    ) -> Alert {
        use AlertRule::{
            AisLost, BorderCrossed, ClaimContradicted, DuplicateIdentity, SensorBiased, Unknown, Vehicle, VesselInZone,
            ZoneEntered,
        };
        let rules = [
            ZoneEntered, BorderCrossed, VesselInZone, AisLost, Vehicle, ClaimContradicted, DuplicateIdentity,
            SensorBiased, Unknown,
        ];
        Alert {
            id, rule: rules[rule],
            severity: [Severity::Notice, Severity::Warning, Severity::Critical][severity],
            raised_at, measured_at, subject, position, zone, text, state,
        }
    }
}

prop_compose! {
    fn cue()(
        id in cue_id(), alert in alert_id(), track in any::<u64>(), vehicle in vehicle(), proposed_at in time(),
        distance_m in finite(), eta_s in finite(), stand_off_m in finite(),
        state in prop_oneof![Just(CueState::Proposed),
            by_at().prop_map(|(by, at)| CueState::Approved { by, at }),
            by_at().prop_map(|(by, at)| CueState::Declined { by, at }),
            (text(), time()).prop_map(|(why, at)| CueState::Ended { why, at })],
    ) -> Cue {
        Cue { id, alert, track: TrackId(track), vehicle, proposed_at, distance_m, eta_s, stand_off_m, state }
    }
}

fn action() -> impl Strategy<Value = Action> {
    let order = proptest::sample::select(vec![Order::Pause, Order::Resume, Order::ReturnHome, Order::Land]);
    prop_oneof![
        alert_id().prop_map(Action::Acknowledge),
        alert_id().prop_map(Action::Close),
        cue_id().prop_map(Action::Approve),
        cue_id().prop_map(Action::Decline),
        (vehicle(), order).prop_map(|(vehicle, order)| Action::Order { vehicle, order }),
    ]
}

fn plan_altitude() -> impl Strategy<Value = PlanAltitude> {
    (any::<bool>(), finite()).prop_map(|(amsl, metres)| {
        if amsl {
            PlanAltitude::Amsl(AltitudeAmsl::new(metres))
        } else {
            PlanAltitude::Home(HeightAboveHome::new(metres))
        }
    })
}

fn plan_item() -> impl Strategy<Value = PlanItem> {
    let place = || (lat_lon(), plan_altitude());
    prop_oneof![
        plan_altitude().prop_map(|altitude| PlanItem::TakeOff { altitude }),
        (place(), of(finite())).prop_map(|((position, altitude), speed_m_s)| PlanItem::Waypoint {
            position,
            altitude,
            speed_m_s
        }),
        (place(), finite()).prop_map(|((position, altitude), duration_s)| PlanItem::Loiter {
            position,
            altitude,
            duration_s
        }),
        (place(), finite(), finite()).prop_map(|((centre, altitude), radius_m, turns)| PlanItem::Orbit {
            centre,
            altitude,
            radius_m,
            turns
        }),
        place().prop_map(|(position, altitude)| PlanItem::LookAt { position, altitude }),
        (-90.0..=90.0).prop_map(|degrees| PlanItem::LookAhead { elevation: Elevation::from_degrees(degrees) }),
        proptest::sample::select(vec![CameraAction::On, CameraAction::Off]).prop_map(PlanItem::Camera),
        (any::<u16>(), any::<Option<u16>>()).prop_map(|(from, times)| PlanItem::Repeat { from, times }),
        Just(PlanItem::ReturnHome),
        lat_lon().prop_map(|position| PlanItem::Land { position }),
    ]
}

prop_compose! {
    fn flight_plan()(
        id in plan_id(), items in vec(plan_item(), 0..8), ring in vec(lat_lon(), 0..6),
        band in proptest::array::uniform2(finite()), rally in vec((lat_lon(), plan_altitude()), 0..3),
        cruise_m_s in finite(), after_s in finite(), go_on in any::<bool>(), battery_reserve in finite(),
    ) -> FlightPlan {
        let action = if go_on { LostLinkAction::Continue } else { LostLinkAction::ReturnHome };
        let [floor, ceiling] = band.map(HeightAboveHome::new);
        FlightPlan {
            id, items, geofence: Geofence { ring, floor, ceiling },
            rally_points: rally.into_iter().map(|(position, altitude)| RallyPoint { position, altitude }).collect(),
            cruise_m_s, lost_link: LostLink { after_s, action }, battery_reserve,
        }
    }
}

fn camera_order() -> impl Strategy<Value = CameraOrder> {
    let point = || (finite(), finite()).prop_map(|(right, down)| PicturePoint { right, down });
    let action = proptest::sample::select(vec![CameraAction::On, CameraAction::Off]);
    prop_oneof![
        finite().prop_map(|percent| CameraOrder::Zoom { percent }),
        Just(CameraOrder::Photo),
        action.prop_map(CameraOrder::Record),
        (point(), finite()).prop_map(|(at, radius)| CameraOrder::FollowPoint { at, radius }),
        (point(), point()).prop_map(|(from, to)| CameraOrder::FollowRegion { from, to }),
        Just(CameraOrder::StopFollowing),
    ]
}

fn pointing() -> impl Strategy<Value = Pointing> {
    prop_oneof![
        (lat_lon(), finite())
            .prop_map(|(position, altitude)| Pointing::At { position, altitude: AltitudeAmsl::new(altitude) }),
        (finite(), finite()).prop_map(|(pitch_rad, yaw_rad)| Pointing::By { pitch_rad, yaw_rad }),
        Just(Pointing::Release),
    ]
}

fn command() -> impl Strategy<Value = Command> {
    prop_oneof![
        flight_plan().prop_map(Command::Plan),
        proptest::sample::select(vec![
            Command::Start,
            Command::Pause,
            Command::Resume,
            Command::ReturnHome,
            Command::Land
        ]),
        (lat_lon(), finite(), of(finite())).prop_map(|(position, altitude, speed_m_s)| Command::GoTo {
            position,
            altitude: AltitudeAmsl::new(altitude),
            speed_m_s
        }),
        (cue_id(), geodetic(), finite(), finite()).prop_map(|(cue, target, stand_off_m, altitude)| {
            Command::Observe { cue, target, stand_off_m, altitude: AltitudeAmsl::new(altitude) }
        }),
        camera_order().prop_map(Command::Camera),
        pointing().prop_map(Command::Point),
    ]
}

prop_compose! {
    fn command_request()(
        id in command_id(), vehicle in vehicle(), times in proptest::array::uniform2(time()), command in command(),
        authority in prop_oneof![operator().prop_map(Authority::Operator),
            (plan_id(), operator()).prop_map(|(plan, released_by)| Authority::Plan { plan, released_by })],
    ) -> CommandRequest {
        let [issued_at, expires_at] = times;
        CommandRequest { id, vehicle, issued_at, expires_at, authority, command }
    }
}

prop_compose! {
    fn ack()(
        command in command_id(), vehicle in vehicle(), at in time(),
        stage in prop_oneof![Just(AckStage::Accepted), Just(AckStage::Done), text().prop_map(AckStage::Refused),
            text().prop_map(AckStage::Failed)],
    ) -> Ack {
        Ack { command, vehicle, at, stage }
    }
}

prop_compose! {
    fn journal_entry()(
        vehicle in vehicle(), series in any::<u64>(), number in any::<u64>(), after in any::<u64>(),
        recorded_at in time(),
        body in prop_oneof![scan().prop_map(JournalBody::Scan), alert().prop_map(JournalBody::Alert)],
    ) -> JournalEntry {
        JournalEntry { vehicle, series, number, after, recorded_at, body }
    }
}

/// Any message.
pub(crate) fn message() -> impl Strategy<Value = Message> {
    prop_oneof![
        vehicle_state().prop_map(Message::VehicleState),
        journal_entry().prop_map(Message::JournalEntry),
        (vehicle(), any::<u64>(), any::<u64>()).prop_map(|(vehicle, series, up_to)| Message::JournalAck(JournalAck {
            vehicle,
            series,
            up_to
        })),
        command_request().prop_map(Message::Command),
        ack().prop_map(Message::Ack),
        scan().prop_map(Message::Scan),
        registration().prop_map(Message::Registration),
        video().prop_map(Message::Video),
        evidence::notice().prop_map(Message::Evidence),
        evidence::request().prop_map(Message::EvidenceRequest),
        evidence::reply().prop_map(Message::EvidenceReply),
        track().prop_map(Message::Track),
        (station(), track()).prop_map(|(station, track)| Message::SharedTrack(SharedTrack { station, track })),
        alert().prop_map(Message::Alert),
        cue().prop_map(Message::Cue),
        (operator(), time(), action()).prop_map(|(operator, at, action)| Message::OperatorAction(OperatorAction {
            operator,
            at,
            action
        })),
        (site(), time()).prop_map(|(site, at)| Message::StationBeat(StationBeat { site, at })),
    ]
}
