//! Which messages are sent how often. Nothing is, until it is asked for; only the heartbeat beats by itself.

use std::time::Duration;

use mavlink::MessageData;
use mavlink::dialects::ardupilotmega::{
    ATTITUDE_DATA, AUTOPILOT_VERSION_DATA, BATTERY_STATUS_DATA, EKF_STATUS_REPORT_DATA, EXTENDED_SYS_STATE_DATA,
    GLOBAL_POSITION_INT_DATA, GPS_GLOBAL_ORIGIN_DATA, GPS_RAW_INT_DATA, HEARTBEAT_DATA, HOME_POSITION_DATA,
    LOCAL_POSITION_NED_DATA, MISSION_CURRENT_DATA, MavDataStream, SYS_STATUS_DATA, SYSTEM_TIME_DATA, VFR_HUD_DATA,
    WIND_DATA,
};
use telemetry::Timestamp;

use super::super::STEP;

/// A message about the vehicle that can be sent at any time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Report {
    Heartbeat,
    SysStatus,
    SystemTime,
    GpsRawInt,
    Attitude,
    LocalPositionNed,
    GlobalPositionInt,
    MissionCurrent,
    VfrHud,
    BatteryStatus,
    AutopilotVersion,
    Wind,
    EkfStatus,
    HomePosition,
    GpsGlobalOrigin,
    ExtendedSysState,
}

const REPORTS: [(Report, u32); 16] = [
    (Report::Heartbeat, HEARTBEAT_DATA::ID),
    (Report::SysStatus, SYS_STATUS_DATA::ID),
    (Report::SystemTime, SYSTEM_TIME_DATA::ID),
    (Report::GpsRawInt, GPS_RAW_INT_DATA::ID),
    (Report::Attitude, ATTITUDE_DATA::ID),
    (Report::LocalPositionNed, LOCAL_POSITION_NED_DATA::ID),
    (Report::GlobalPositionInt, GLOBAL_POSITION_INT_DATA::ID),
    (Report::MissionCurrent, MISSION_CURRENT_DATA::ID),
    (Report::VfrHud, VFR_HUD_DATA::ID),
    (Report::BatteryStatus, BATTERY_STATUS_DATA::ID),
    (Report::AutopilotVersion, AUTOPILOT_VERSION_DATA::ID),
    (Report::Wind, WIND_DATA::ID),
    (Report::EkfStatus, EKF_STATUS_REPORT_DATA::ID),
    (Report::HomePosition, HOME_POSITION_DATA::ID),
    (Report::GpsGlobalOrigin, GPS_GLOBAL_ORIGIN_DATA::ID),
    (Report::ExtendedSysState, EXTENDED_SYS_STATE_DATA::ID),
];

impl Report {
    pub(super) fn from_id(id: u32) -> Option<Self> {
        REPORTS.iter().find(|(_, of_report)| *of_report == id).map(|(report, _)| *report)
    }

    /// The reports of one of the old stream groups, as ArduCopter sorts them.
    fn in_group(group: MavDataStream) -> &'static [Self] {
        const STATUS: &[Report] = &[Report::SysStatus, Report::MissionCurrent, Report::GpsRawInt];
        const POSITION: &[Report] = &[Report::GlobalPositionInt, Report::LocalPositionNed];
        const ALL: &[Report] = &[
            Report::SysStatus,
            Report::MissionCurrent,
            Report::GpsRawInt,
            Report::GlobalPositionInt,
            Report::LocalPositionNed,
            Report::Attitude,
            Report::VfrHud,
            Report::SystemTime,
            Report::BatteryStatus,
            Report::EkfStatus,
            Report::Wind,
        ];
        match group {
            MavDataStream::MAV_DATA_STREAM_ALL => ALL,
            MavDataStream::MAV_DATA_STREAM_EXTENDED_STATUS => STATUS,
            MavDataStream::MAV_DATA_STREAM_POSITION => POSITION,
            MavDataStream::MAV_DATA_STREAM_EXTRA1 => &[Report::Attitude],
            MavDataStream::MAV_DATA_STREAM_EXTRA2 => &[Report::VfrHud],
            MavDataStream::MAV_DATA_STREAM_EXTRA3 => {
                &[Report::SystemTime, Report::BatteryStatus, Report::EkfStatus, Report::Wind]
            }
            _ => &[],
        }
    }
}

#[derive(Debug, Clone, Copy)]
struct Stream {
    interval: Duration,
    next: Timestamp,
}

#[derive(Debug)]
pub(super) struct Streams {
    /// By position in [`REPORTS`].
    streams: [Option<Stream>; REPORTS.len()],
}

impl Streams {
    pub(super) fn new(now: Timestamp) -> Self {
        let mut streams = Self { streams: [None; REPORTS.len()] };
        streams.set(Report::Heartbeat, Some(Duration::from_secs(1)), now);
        streams
    }

    /// Sends a report every so often from now on, or no more. Nothing is sent more often than once a step.
    pub(super) fn set(&mut self, report: Report, interval: Option<Duration>, now: Timestamp) {
        for (stream, (of_stream, _)) in self.streams.iter_mut().zip(REPORTS) {
            if of_stream == report {
                *stream = interval.map(|interval| Stream { interval: interval.max(STEP), next: now });
            }
        }
    }

    /// Sets a whole group of the old protocol; a rate of zero stops it.
    pub(super) fn set_group(&mut self, group: MavDataStream, rate_hz: u16, now: Timestamp) {
        let interval = (rate_hz > 0).then(|| Duration::from_secs(1) / u32::from(rate_hz));
        for report in Report::in_group(group) {
            self.set(*report, interval, now);
        }
    }

    pub(super) fn interval(&self, report: Report) -> Option<Duration> {
        self.streams.iter().zip(REPORTS).find(|(_, (of_stream, _))| *of_stream == report)?.0.map(|s| s.interval)
    }

    /// The reports due at `now`, each once, however late it is.
    pub(super) fn due(&mut self, now: Timestamp) -> impl Iterator<Item = Report> + use<> {
        let mut due = [None; REPORTS.len()];
        for ((stream, (report, _)), slot) in self.streams.iter_mut().zip(REPORTS).zip(&mut due) {
            if let Some(stream) = stream
                && stream.next <= now
            {
                *slot = Some(report);
                stream.next = stream.next + stream.interval;
                if stream.next <= now {
                    stream.next = now + stream.interval;
                }
            }
        }
        due.into_iter().flatten()
    }
}
