//! What the autopilot has said, judged.

use mavlink::dialects::ardupilotmega::{
    AUTOPILOT_VERSION_DATA, GPS_RAW_INT_DATA, GpsFixType, HEARTBEAT_DATA, MavAutopilot, MavModeFlag,
    MavSysStatusSensor as Sensor, MavType, SYS_STATUS_DATA,
};
use telemetry::MavSystemId;
use telemetry::messages::VehicleKind;

use crate::link::mode::Family;

use super::Finding;
use super::examination::Heard;

/// From here on a flight can begin: the reserve that plans usually keep, and the margin of a start.
const BATTERY_FOR_START: i8 = 30;
/// Satellites that a 3-D fix to fly by usually has.
const SATELLITES_USUAL: u8 = 8;
/// An autopilot's clock may differ by this from ours, seconds.
const CLOCKS_APART_S: f64 = 2.0;

/// Judges what was heard.
pub(super) fn findings(
    heard: &Heard,
    heartbeat: &HEARTBEAT_DATA,
    kind: VehicleKind,
    system: MavSystemId,
) -> Vec<Finding> {
    let mut findings = vec![who(heard, heartbeat, kind, system)];
    if heartbeat.base_mode.contains(MavModeFlag::MAV_MODE_FLAG_SAFETY_ARMED) {
        findings.push(Finding::note("arming", "the motors are armed: it was only listened to"));
    } else {
        findings.push(arming(heard));
    }
    findings.push(gps(heard.gps.as_ref()));
    findings.push(battery(heard));
    if !heard.home {
        findings.push(Finding::note("home", "it has not said where home is; it does after its first good fix"));
    }
    findings.extend(heard.clock_ahead_s.map(clock));
    findings.extend(remote_id(heard));
    findings
}

fn who(heard: &Heard, heartbeat: &HEARTBEAT_DATA, kind: VehicleKind, system: MavSystemId) -> Finding {
    let about = "autopilot";
    let make = match heartbeat.autopilot {
        MavAutopilot::MAV_AUTOPILOT_ARDUPILOTMEGA => "ArduPilot",
        MavAutopilot::MAV_AUTOPILOT_PX4 => "PX4",
        other => {
            return Finding::missing(about, format!("it is {other:?}: this version flies ArduPilot and PX4"))
                .so("is this the autopilot's port?");
        }
    };
    let version = heard.version.as_ref().map_or_else(|| "of a version it does not tell".to_owned(), version);
    let flies = format!("{:?}", heartbeat.mavtype).replace("MAV_TYPE_", "").replace('_', " ").to_lowercase();
    let found = format!("{make} {version}, {flies}, system {}", system.0);
    match kind_of(heartbeat.mavtype) {
        Some(flown) if flown == kind => Finding::good(about, found),
        _ => Finding::missing(about, format!("{found}: the configuration says {kind:?}"))
            .so("write what it is into the configuration (kind = …), or set the autopilot's frame class"),
    }
}

/// The kind of vehicle that a heartbeat speaks of.
pub(super) fn kind_of(kind: MavType) -> Option<VehicleKind> {
    Family::of_heartbeat(kind).map(Family::kind)
}

/// Four bytes: major, minor, patch and the kind of release (FIRMWARE_VERSION_TYPE).
fn version(version: &AUTOPILOT_VERSION_DATA) -> String {
    let [major, minor, patch, release] = version.flight_sw_version.to_be_bytes();
    let release = match release {
        u8::MAX => "",
        192.. => " (release candidate)",
        128.. => " (beta)",
        64.. => " (alpha)",
        _ => " (a developer's build)",
    };
    format!("{major}.{minor}.{patch}{release}")
}

fn arming(heard: &Heard) -> Finding {
    let about = "arming";
    let reasons: Vec<&str> = heard.reasons.iter().map(String::as_str).collect();
    if !reasons.is_empty() {
        return Finding::missing(about, format!("the autopilot would not arm: {}", reasons.join("; ")))
            .so("some of these go away by themselves within a minute after switching on: try again then");
    }
    match heard.status.as_ref().map(prearm) {
        Some(Some(true)) => Finding::good(about, "the autopilot's checks before arming pass"),
        Some(Some(false)) => Finding::missing(about, "the autopilot's checks before arming fail; it did not say why")
            .so("it tells the reason about every 30 s: run this again, or look at a ground station's messages"),
        Some(None) => Finding::note(about, "the autopilot does not say whether its checks before arming pass"),
        None => Finding::warning(about, "the autopilot did not tell its state (SYS_STATUS)"),
    }
}

fn prearm(status: &SYS_STATUS_DATA) -> Option<bool> {
    let check = Sensor::MAV_SYS_STATUS_PREARM_CHECK;
    let told = status.onboard_control_sensors_present.contains(check)
        && status.onboard_control_sensors_enabled.contains(check);
    told.then(|| status.onboard_control_sensors_health.contains(check))
}

fn gps(gps: Option<&GPS_RAW_INT_DATA>) -> Finding {
    let about = "satellites";
    let Some(gps) = gps else {
        return Finding::missing(about, "the autopilot says nothing of a satellite receiver")
            .so("is one connected and configured (GPS_TYPE)?");
    };
    let satellites = if gps.satellites_visible == u8::MAX { 0 } else { gps.satellites_visible };
    let found = format!("{:?}, {satellites} satellites", gps.fix_type);
    let found = found.replace("GPS_FIX_TYPE_", "").replace('_', " ");
    match gps.fix_type {
        GpsFixType::GPS_FIX_TYPE_NO_GPS => {
            Finding::missing(about, "there is no satellite receiver").so("connect one, or set GPS_TYPE")
        }
        GpsFixType::GPS_FIX_TYPE_NO_FIX | GpsFixType::GPS_FIX_TYPE_2D_FIX => {
            Finding::missing(about, found).so("bring it under open sky and wait: a first fix takes up to some minutes")
        }
        _ if satellites < SATELLITES_USUAL => {
            Finding::warning(about, found).so("few satellites: wait, or move away from walls")
        }
        _ => Finding::good(about, found),
    }
}

fn battery(heard: &Heard) -> Finding {
    let about = "battery";
    let told = heard.status.as_ref().map(|status| (status.battery_remaining, status.voltage_battery));
    let percent = match (told, &heard.battery) {
        (Some((percent, _)), _) if percent >= 0 => Some(percent),
        (_, Some(battery)) if battery.battery_remaining >= 0 => Some(battery.battery_remaining),
        _ => None,
    };
    let volts = told.map(|(_, millivolts)| millivolts).filter(|millivolts| !matches!(millivolts, 0 | &u16::MAX));
    let volts = volts.map_or_else(String::new, |millivolts| format!(", {:.1} V", f64::from(millivolts) / 1e3));
    match percent {
        None => Finding::missing(about, format!("the autopilot does not say what it holds{volts}"))
            .so("set up the battery monitor (BATT_MONITOR, BATT_CAPACITY): a start is refused without it"),
        Some(percent) if percent < BATTERY_FOR_START => {
            Finding::missing(about, format!("it holds {percent} %{volts}")).so("charge it, or change it")
        }
        Some(percent) => Finding::good(about, format!("it holds {percent} %{volts}")),
    }
}

fn clock(ahead_s: Option<f64>) -> Finding {
    match ahead_s {
        None => Finding::note("autopilot clock", "it does not know the time yet; it does after its first fix"),
        Some(ahead_s) if ahead_s.abs() > CLOCKS_APART_S => {
            let side = if ahead_s > 0.0 { "ahead of" } else { "behind" };
            Finding::warning("autopilot clock", format!("it is {:.1} s {side} this computer's", ahead_s.abs()))
                .so("one of the two is wrong; signed links need them alike")
        }
        Some(_) => Finding::good("autopilot clock", "it agrees with this computer's"),
    }
}

/// Nothing where the autopilot has no Remote ID: whether it must have one is the law's, not ours.
fn remote_id(heard: &Heard) -> Option<Finding> {
    match heard.remote_id.as_ref()? {
        Ok(()) => Some(Finding::good("Remote ID", "the transmitter is ready")),
        Err(why) => Some(
            Finding::warning("Remote ID", format!("so far its transmitter keeps it from arming: {why}"))
                .so("it needs the aircraft's id and its operator's place, which picket-onboard sends once it runs"),
        ),
    }
}
