//! Which messages are sent how often. ArduPilot sends nothing until it is asked, but for its heartbeat; PX4 streams a set
//! of its own to whoever listens.

use std::time::Duration;

use mavlink::MessageData;
use mavlink::dialects::ardupilotmega::{
    ALTITUDE_DATA, ATTITUDE_DATA, ATTITUDE_QUATERNION_DATA, ATTITUDE_TARGET_DATA, AUTOPILOT_VERSION_DATA,
    BATTERY_STATUS_DATA, CURRENT_MODE_DATA, EKF_STATUS_REPORT_DATA, ESTIMATOR_STATUS_DATA, EXTENDED_SYS_STATE_DATA,
    FENCE_STATUS_DATA, GLOBAL_POSITION_INT_DATA, GPS_GLOBAL_ORIGIN_DATA, GPS_RAW_INT_DATA, HEARTBEAT_DATA,
    HIGH_LATENCY2_DATA, HOME_POSITION_DATA, LOCAL_POSITION_NED_DATA, MISSION_CURRENT_DATA, MavDataStream,
    NAV_CONTROLLER_OUTPUT_DATA, OPEN_DRONE_ID_ARM_STATUS_DATA, POSITION_TARGET_GLOBAL_INT_DATA,
    POSITION_TARGET_LOCAL_NED_DATA, PROTOCOL_VERSION_DATA, RAW_IMU_DATA, RC_CHANNELS_DATA, SCALED_PRESSURE_DATA,
    SERVO_OUTPUT_RAW_DATA, SYS_STATUS_DATA, SYSTEM_TIME_DATA, VFR_HUD_DATA, VIBRATION_DATA, WIND_COV_DATA, WIND_DATA,
};
use telemetry::Timestamp;

use super::super::STEP;
use super::super::personality::Personality;

/// Who has a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Had {
    ByBoth,
    ByArduPilot,
    ByPx4,
}

macro_rules! reports {
    ($($report:ident $message:ident $had:ident $px4_ms:literal;)*) => {
        /// A message about the vehicle that can be sent at any time.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(super) enum Report { $($report),* }

        /// The report, its message, who has it, and how often PX4 streams it unasked, in milliseconds; 0 for never.
        const REPORTS: &[(Report, u32, Had, u64)] = &[$((Report::$report, $message::ID, Had::$had, $px4_ms)),*];
    };
}

reports! {
    Heartbeat HEARTBEAT_DATA ByBoth 1000;
    SysStatus SYS_STATUS_DATA ByBoth 1000;
    SystemTime SYSTEM_TIME_DATA ByBoth 1000;
    GpsRawInt GPS_RAW_INT_DATA ByBoth 1000;
    Attitude ATTITUDE_DATA ByBoth 50;
    AttitudeQuaternion ATTITUDE_QUATERNION_DATA ByBoth 100;
    LocalPositionNed LOCAL_POSITION_NED_DATA ByBoth 1000;
    GlobalPositionInt GLOBAL_POSITION_INT_DATA ByBoth 200;
    MissionCurrent MISSION_CURRENT_DATA ByBoth 1000;
    VfrHud VFR_HUD_DATA ByBoth 250;
    BatteryStatus BATTERY_STATUS_DATA ByBoth 2000;
    AutopilotVersion AUTOPILOT_VERSION_DATA ByBoth 0;
    ProtocolVersion PROTOCOL_VERSION_DATA ByBoth 0;
    Wind WIND_DATA ByArduPilot 0;
    WindCov WIND_COV_DATA ByPx4 2000;
    EkfStatus EKF_STATUS_REPORT_DATA ByArduPilot 0;
    EstimatorStatus ESTIMATOR_STATUS_DATA ByPx4 2000;
    HomePosition HOME_POSITION_DATA ByBoth 2000;
    GpsGlobalOrigin GPS_GLOBAL_ORIGIN_DATA ByBoth 10000;
    ExtendedSysState EXTENDED_SYS_STATE_DATA ByBoth 1000;
    Altitude ALTITUDE_DATA ByPx4 1000;
    ScaledPressure SCALED_PRESSURE_DATA ByBoth 1000;
    RawImu RAW_IMU_DATA ByBoth 0;
    RcChannels RC_CHANNELS_DATA ByBoth 200;
    ServoOutputRaw SERVO_OUTPUT_RAW_DATA ByBoth 1000;
    Vibration VIBRATION_DATA ByBoth 10000;
    PositionTargetGlobalInt POSITION_TARGET_GLOBAL_INT_DATA ByBoth 1000;
    PositionTargetLocalNed POSITION_TARGET_LOCAL_NED_DATA ByBoth 700;
    AttitudeTarget ATTITUDE_TARGET_DATA ByBoth 500;
    NavControllerOutput NAV_CONTROLLER_OUTPUT_DATA ByBoth 1000;
    CurrentMode CURRENT_MODE_DATA ByPx4 2000;
    FenceStatus FENCE_STATUS_DATA ByArduPilot 0;
    HighLatency2 HIGH_LATENCY2_DATA ByBoth 0;
    RemoteIdArmStatus OPEN_DRONE_ID_ARM_STATUS_DATA ByArduPilot 0;
}

const COUNT: usize = REPORTS.len();

impl Report {
    /// The report of a message, if this firmware has it.
    pub(super) fn from_id(id: u32, personality: Personality) -> Option<Self> {
        let had = |had: Had| match had {
            Had::ByBoth => true,
            Had::ByArduPilot => personality == Personality::ArduPilot,
            Had::ByPx4 => personality == Personality::Px4,
        };
        REPORTS.iter().find(|(_, of_report, by, _)| *of_report == id && had(*by)).map(|(report, ..)| *report)
    }

    /// The reports of one of the old stream groups, as ArduCopter sorts them.
    fn in_group(group: MavDataStream) -> &'static [Self] {
        const SENSORS: &[Report] = &[Report::RawImu, Report::ScaledPressure];
        const STATUS: &[Report] = &[
            Report::SysStatus,
            Report::MissionCurrent,
            Report::GpsRawInt,
            Report::NavControllerOutput,
            Report::FenceStatus,
            Report::PositionTargetGlobalInt,
        ];
        const POSITION: &[Report] = &[Report::GlobalPositionInt, Report::LocalPositionNed];
        const CHANNELS: &[Report] = &[Report::ServoOutputRaw, Report::RcChannels];
        const EXTRA_3: &[Report] =
            &[Report::SystemTime, Report::BatteryStatus, Report::EkfStatus, Report::Wind, Report::Vibration];
        match group {
            MavDataStream::MAV_DATA_STREAM_RAW_SENSORS => SENSORS,
            MavDataStream::MAV_DATA_STREAM_EXTENDED_STATUS => STATUS,
            MavDataStream::MAV_DATA_STREAM_POSITION => POSITION,
            MavDataStream::MAV_DATA_STREAM_RC_CHANNELS => CHANNELS,
            MavDataStream::MAV_DATA_STREAM_EXTRA1 => &[Report::Attitude],
            MavDataStream::MAV_DATA_STREAM_EXTRA2 => &[Report::VfrHud],
            MavDataStream::MAV_DATA_STREAM_EXTRA3 => EXTRA_3,
            _ => &[],
        }
    }
}

/// The groups that "all streams" stands for.
const GROUPS: [MavDataStream; 7] = [
    MavDataStream::MAV_DATA_STREAM_RAW_SENSORS,
    MavDataStream::MAV_DATA_STREAM_EXTENDED_STATUS,
    MavDataStream::MAV_DATA_STREAM_POSITION,
    MavDataStream::MAV_DATA_STREAM_RC_CHANNELS,
    MavDataStream::MAV_DATA_STREAM_EXTRA1,
    MavDataStream::MAV_DATA_STREAM_EXTRA2,
    MavDataStream::MAV_DATA_STREAM_EXTRA3,
];

#[derive(Debug, Clone, Copy)]
struct Stream {
    interval: Duration,
    next: Timestamp,
}

#[derive(Debug)]
pub(super) struct Streams {
    /// By position in [`REPORTS`].
    streams: [Option<Stream>; COUNT],
    defaults: [Option<Duration>; COUNT],
    /// Before this moment nothing is due.
    earliest: Timestamp,
}

impl Streams {
    /// The streams after switching on.
    pub(super) fn new(personality: Personality, unasked: bool, now: Timestamp) -> Self {
        let mut streams = Self { streams: [None; COUNT], defaults: [None; COUNT], earliest: now };
        for (slot, (report, id, _, px4_ms)) in streams.defaults.iter_mut().zip(REPORTS) {
            let streamed = unasked && *px4_ms > 0 && Report::from_id(*id, personality).is_some();
            *slot = (streamed || *report == Report::Heartbeat).then(|| Duration::from_millis(*px4_ms));
        }
        for (report, ..) in REPORTS {
            streams.set_default(*report, now);
        }
        streams
    }

    /// Sends a report as often as it is sent after switching on.
    pub(super) fn set_default(&mut self, report: Report, now: Timestamp) {
        self.set(report, self.defaults[report as usize], now);
    }

    /// Sends a report every so often from the step after `now`, the last step, or no more. Nothing is sent more often than
    /// once a step.
    pub(super) fn set(&mut self, report: Report, interval: Option<Duration>, now: Timestamp) {
        self.streams[report as usize] =
            interval.map(|interval| Stream { interval: interval.max(STEP), next: now + STEP });
        self.earliest = now;
    }

    /// Sets a whole group of the old protocol; a rate of zero stops it.
    pub(super) fn set_group(&mut self, group: MavDataStream, rate_hz: u16, now: Timestamp) {
        let interval = (rate_hz > 0).then(|| Duration::from_secs(1) / u32::from(rate_hz));
        let all = group == MavDataStream::MAV_DATA_STREAM_ALL;
        let groups = GROUPS.iter().filter(|one| all || **one == group);
        for report in groups.flat_map(|group| Report::in_group(*group)) {
            self.set(*report, interval, now);
        }
    }

    pub(super) fn interval(&self, report: Report) -> Option<Duration> {
        self.streams[report as usize].map(|stream| stream.interval)
    }

    /// Whether anything is due at `now`.
    pub(super) fn is_due(&self, now: Timestamp) -> bool {
        self.earliest <= now
    }

    /// The reports due at `now`, each once, however late it is.
    pub(super) fn due(&mut self, now: Timestamp) -> impl Iterator<Item = Report> + use<> {
        let mut due = [None; COUNT];
        let mut earliest = now.offset_seconds(3600.0);
        for ((stream, (report, ..)), slot) in self.streams.iter_mut().zip(REPORTS).zip(&mut due) {
            let Some(stream) = stream else { continue };
            if stream.next <= now {
                *slot = Some(*report);
                stream.next = stream.next + stream.interval;
                if stream.next <= now {
                    stream.next = now + stream.interval;
                }
            }
            earliest = earliest.min(stream.next);
        }
        self.earliest = earliest;
        due.into_iter().flatten()
    }
}
