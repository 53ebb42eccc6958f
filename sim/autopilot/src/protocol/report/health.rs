//! The reports on how well the vehicle is: sensors, battery, navigation filter.

use mavlink::dialects::ardupilotmega::{
    BATTERY_STATUS_DATA, EKF_STATUS_REPORT_DATA, ESTIMATOR_STATUS_DATA, EkfStatusFlags, EstimatorStatusFlags,
    FENCE_STATUS_DATA, FenceBreach, FenceMitigate, MavBatteryChargeState, MavBatteryFault, MavBatteryFunction,
    MavBatteryMode, MavBatteryType, MavOdidArmStatus, MavSysStatusSensor, MavSysStatusSensorExtended,
    OPEN_DRONE_ID_ARM_STATUS_DATA, SYS_STATUS_DATA,
};
use telemetry::messages::VehicleKind;

use super::super::super::Craft;
use super::super::super::flight::{Barrier, BatteryLevel};
use super::super::super::parameters::Parameter;
use super::{boot_ms, boot_usec};

/// Charge left in per cent, as the autopilot counts it.
pub(super) fn battery_percent(craft: &Craft) -> i8 {
    let capacity_mah = craft.plant.parameters.get(Parameter::BattCapacity).max(1.0);
    (100.0 * (1.0 - craft.plant.battery.reading().used_mah / capacity_mah)).clamp(0.0, 100.0) as i8
}

pub(in super::super) fn sys_status(craft: &Craft) -> SYS_STATUS_DATA {
    type Sensor = MavSysStatusSensor;
    let mut present = Sensor::MAV_SYS_STATUS_SENSOR_3D_GYRO
        | Sensor::MAV_SYS_STATUS_SENSOR_3D_ACCEL
        | Sensor::MAV_SYS_STATUS_SENSOR_3D_MAG
        | Sensor::MAV_SYS_STATUS_SENSOR_ABSOLUTE_PRESSURE
        | Sensor::MAV_SYS_STATUS_SENSOR_GPS
        | Sensor::MAV_SYS_STATUS_SENSOR_ANGULAR_RATE_CONTROL
        | Sensor::MAV_SYS_STATUS_SENSOR_ATTITUDE_STABILIZATION
        | Sensor::MAV_SYS_STATUS_SENSOR_YAW_POSITION
        | Sensor::MAV_SYS_STATUS_SENSOR_Z_ALTITUDE_CONTROL
        | Sensor::MAV_SYS_STATUS_SENSOR_XY_POSITION_CONTROL
        | Sensor::MAV_SYS_STATUS_SENSOR_MOTOR_OUTPUTS
        | Sensor::MAV_SYS_STATUS_AHRS
        | Sensor::MAV_SYS_STATUS_SENSOR_BATTERY
        | Sensor::MAV_SYS_STATUS_GEOFENCE
        | Sensor::MAV_SYS_STATUS_PREARM_CHECK;
    if craft.plant.parameters.kind() == VehicleKind::FixedWing {
        present |= Sensor::MAV_SYS_STATUS_SENSOR_DIFFERENTIAL_PRESSURE;
    }
    let mut enabled = present;
    if !craft.flight.armed() {
        enabled &= !Sensor::MAV_SYS_STATUS_SENSOR_MOTOR_OUTPUTS;
    }
    let mut health = present;
    if !craft.flight.fenced(&craft.plant.situation()) {
        enabled &= !Sensor::MAV_SYS_STATUS_GEOFENCE;
    } else if craft.flight.breach().is_some() {
        health &= !Sensor::MAV_SYS_STATUS_GEOFENCE;
    }
    let estimate = craft.plant.filter.estimate();
    if estimate.satellite.is_none() {
        health &= !Sensor::MAV_SYS_STATUS_SENSOR_GPS;
    }
    if estimate.located && !estimate.trusted && craft.flight.armed() {
        health &= !Sensor::MAV_SYS_STATUS_AHRS;
    }
    if craft.flight.battery_level() != BatteryLevel::Good {
        health &= !Sensor::MAV_SYS_STATUS_SENSOR_BATTERY;
    }
    if !craft.flight.armed() && craft.flight.prearm_bit_fault(&craft.plant.situation()).is_some() {
        health &= !Sensor::MAV_SYS_STATUS_PREARM_CHECK;
    }
    let battery = craft.plant.battery.reading();
    SYS_STATUS_DATA {
        onboard_control_sensors_present: present,
        onboard_control_sensors_enabled: enabled,
        onboard_control_sensors_health: health,
        load: 250,
        voltage_battery: (1000.0 * battery.voltage_v) as u16,
        current_battery: (100.0 * battery.current_a) as i16,
        battery_remaining: battery_percent(craft),
        drop_rate_comm: 0,
        errors_comm: 0,
        errors_count1: 0,
        errors_count2: 0,
        errors_count3: 0,
        errors_count4: 0,
        onboard_control_sensors_present_extended: MavSysStatusSensorExtended::empty(),
        onboard_control_sensors_enabled_extended: MavSysStatusSensorExtended::empty(),
        onboard_control_sensors_health_extended: MavSysStatusSensorExtended::empty(),
    }
}

pub(in super::super) fn battery_status(craft: &Craft) -> BATTERY_STATUS_DATA {
    let battery = craft.plant.battery.reading();
    let mut voltages = [u16::MAX; 10];
    voltages[0] = (1000.0 * battery.voltage_v) as u16;
    let charge_state = match craft.flight.battery_level() {
        BatteryLevel::Good => MavBatteryChargeState::MAV_BATTERY_CHARGE_STATE_OK,
        BatteryLevel::Low => MavBatteryChargeState::MAV_BATTERY_CHARGE_STATE_LOW,
        BatteryLevel::Critical => MavBatteryChargeState::MAV_BATTERY_CHARGE_STATE_CRITICAL,
    };
    BATTERY_STATUS_DATA {
        current_consumed: battery.used_mah as i32,
        // In hundreds of joules.
        energy_consumed: (36.0 * battery.used_wh) as i32,
        temperature: i16::MAX,
        voltages,
        current_battery: (100.0 * battery.current_a) as i16,
        id: 0,
        battery_function: MavBatteryFunction::MAV_BATTERY_FUNCTION_UNKNOWN,
        mavtype: MavBatteryType::MAV_BATTERY_TYPE_UNKNOWN,
        battery_remaining: battery_percent(craft),
        time_remaining: 0,
        charge_state,
        voltages_ext: [0; 4],
        mode: MavBatteryMode::MAV_BATTERY_MODE_UNKNOWN,
        fault_bitmask: MavBatteryFault::empty(),
    }
}

pub(in super::super) fn ekf_status_report(craft: &Craft) -> EKF_STATUS_REPORT_DATA {
    let estimate = craft.plant.filter.estimate();
    let mut flags = EkfStatusFlags::EKF_ATTITUDE
        | EkfStatusFlags::EKF_VELOCITY_HORIZ
        | EkfStatusFlags::EKF_VELOCITY_VERT
        | EkfStatusFlags::EKF_POS_VERT_ABS;
    if estimate.trusted {
        flags |= EkfStatusFlags::EKF_POS_HORIZ_REL
            | EkfStatusFlags::EKF_POS_HORIZ_ABS
            | EkfStatusFlags::EKF_PRED_POS_HORIZ_REL
            | EkfStatusFlags::EKF_PRED_POS_HORIZ_ABS;
    } else {
        flags |= EkfStatusFlags::EKF_CONST_POS_MODE;
    }
    EKF_STATUS_REPORT_DATA {
        velocity_variance: 0.01,
        pos_horiz_variance: if estimate.trusted { 0.01 } else { 1.0 },
        pos_vert_variance: 0.01,
        compass_variance: 0.01,
        terrain_alt_variance: 0.0,
        flags,
        airspeed_variance: 0.0,
    }
}

pub(in super::super) fn estimator_status(craft: &Craft) -> ESTIMATOR_STATUS_DATA {
    type Flags = EstimatorStatusFlags;
    let trusted = craft.plant.filter.estimate().trusted;
    let mut flags = Flags::ESTIMATOR_ATTITUDE
        | Flags::ESTIMATOR_VELOCITY_VERT
        | Flags::ESTIMATOR_POS_VERT_ABS
        | Flags::ESTIMATOR_POS_VERT_AGL;
    if trusted {
        flags |= Flags::ESTIMATOR_VELOCITY_HORIZ
            | Flags::ESTIMATOR_POS_HORIZ_REL
            | Flags::ESTIMATOR_POS_HORIZ_ABS
            | Flags::ESTIMATOR_PRED_POS_HORIZ_REL
            | Flags::ESTIMATOR_PRED_POS_HORIZ_ABS;
    }
    ESTIMATOR_STATUS_DATA {
        time_usec: boot_usec(craft),
        vel_ratio: 0.1,
        pos_horiz_ratio: if trusted { 0.1 } else { 1.0 },
        pos_vert_ratio: 0.1,
        mag_ratio: 0.1,
        hagl_ratio: 0.0,
        tas_ratio: 0.0,
        pos_horiz_accuracy: if trusted { 0.7 } else { 50.0 },
        pos_vert_accuracy: 1.2,
        flags,
    }
}

pub(in super::super) fn fence_status(craft: &Craft) -> FENCE_STATUS_DATA {
    let breach = craft.flight.breach();
    FENCE_STATUS_DATA {
        breach_time: if breach.is_some() { boot_ms(craft) } else { 0 },
        breach_count: craft.flight.breaches(),
        breach_status: u8::from(breach.is_some()),
        breach_type: match breach {
            None => FenceBreach::FENCE_BREACH_NONE,
            Some(Barrier::Height) => FenceBreach::FENCE_BREACH_MAXALT,
            Some(Barrier::Circle | Barrier::Polygon) => FenceBreach::FENCE_BREACH_BOUNDARY,
        },
        breach_mitigation: FenceMitigate::FENCE_MITIGATE_NONE,
    }
}

pub(in super::super) fn remote_id_arm_status(craft: &Craft) -> OPEN_DRONE_ID_ARM_STATUS_DATA {
    let fault = craft.flight.remote_id.fault(craft.plant.clock);
    OPEN_DRONE_ID_ARM_STATUS_DATA {
        status: match fault {
            None => MavOdidArmStatus::MAV_ODID_ARM_STATUS_GOOD_TO_ARM,
            Some(_) => MavOdidArmStatus::MAV_ODID_ARM_STATUS_PRE_ARM_FAIL_GENERIC,
        },
        error: fault.unwrap_or("").into(),
    }
}
