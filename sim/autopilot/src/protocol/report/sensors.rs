//! The reports of sensors, sticks and motors.

use mavlink::dialects::ardupilotmega::{
    RAW_IMU_DATA, RC_CHANNELS_DATA, SCALED_PRESSURE_DATA, SERVO_OUTPUT_RAW_DATA, VIBRATION_DATA, WIND_COV_DATA,
    WIND_DATA,
};

use super::super::super::Craft;
use super::super::super::dynamics::GRAVITY;
use super::{boot_ms, boot_usec};

/// The standard atmosphere, ISO 2533.
const SEA_LEVEL_HPA: f64 = 1013.25;
const LAPSE: f64 = 2.255_77e-5;
const LAPSE_EXPONENT: f64 = 5.255_88;
const TEMPERATURE_CENTI: i16 = 1500;

pub(in super::super) fn wind(craft: &Craft) -> WIND_DATA {
    let wind = craft.plant.weather.wind;
    let (east, north) = (wind.east_m_s, wind.north_m_s);
    WIND_DATA {
        // Where it comes from.
        direction: (-east).atan2(-north).to_degrees() as f32,
        speed: east.hypot(north) as f32,
        speed_z: 0.0,
    }
}

pub(in super::super) fn wind_cov(craft: &Craft) -> WIND_COV_DATA {
    let wind = craft.plant.weather.wind;
    let at = craft.plant.filter.estimate().position;
    WIND_COV_DATA {
        time_usec: boot_usec(craft),
        wind_x: wind.north_m_s as f32,
        wind_y: wind.east_m_s as f32,
        wind_z: 0.0,
        var_horiz: 0.1,
        var_vert: 0.0,
        wind_alt: at.height().amsl(craft.plant.undulation).metres as f32,
        horiz_accuracy: 0.5,
        vert_accuracy: 0.0,
    }
}

pub(in super::super) fn scaled_pressure(craft: &Craft) -> SCALED_PRESSURE_DATA {
    let estimate = craft.plant.filter.estimate();
    let amsl_m = estimate.position.height().amsl(craft.plant.undulation).metres;
    let dynamic_hpa = 0.005 * 1.225 * estimate.airspeed_m_s * estimate.airspeed_m_s;
    SCALED_PRESSURE_DATA {
        time_boot_ms: boot_ms(craft),
        press_abs: (SEA_LEVEL_HPA * (1.0 - LAPSE * amsl_m).max(0.1).powf(LAPSE_EXPONENT)) as f32,
        press_diff: dynamic_hpa as f32,
        temperature: TEMPERATURE_CENTI,
        temperature_press_diff: TEMPERATURE_CENTI,
    }
}

pub(in super::super) fn raw_imu(craft: &Craft) -> RAW_IMU_DATA {
    let estimate = craft.plant.filter.estimate();
    let (sin_roll, cos_roll) = estimate.attitude.roll_rad.sin_cos();
    let (sin_pitch, cos_pitch) = estimate.attitude.pitch_rad.sin_cos();
    // Milli-g of gravity alone: what an accelerometer shows that does not accelerate.
    let milli_g = |share: f64| (1000.0 * share) as i16;
    let milli_rad = |rate: f64| (1000.0 * rate).clamp(-32_768.0, 32_767.0) as i16;
    RAW_IMU_DATA {
        time_usec: boot_usec(craft),
        xacc: milli_g(sin_pitch),
        yacc: milli_g(-sin_roll * cos_pitch),
        zacc: milli_g(-cos_roll * cos_pitch),
        xgyro: milli_rad(estimate.rates.x),
        ygyro: milli_rad(estimate.rates.y),
        zgyro: milli_rad(estimate.rates.z),
        xmag: (180.0 * estimate.attitude.heading.radians().cos()) as i16,
        ymag: (-180.0 * estimate.attitude.heading.radians().sin()) as i16,
        zmag: 460,
        id: 0,
        temperature: TEMPERATURE_CENTI,
    }
}

pub(in super::super) fn rc_channels(craft: &Craft) -> RC_CHANNELS_DATA {
    let sticks = craft.flight.sticks.channels(craft.plant.clock);
    let channel = |index: usize| sticks.map_or(u16::MAX, |channels| channels[index]);
    RC_CHANNELS_DATA {
        time_boot_ms: boot_ms(craft),
        chan1_raw: channel(0),
        chan2_raw: channel(1),
        chan3_raw: channel(2),
        chan4_raw: channel(3),
        chan5_raw: channel(4),
        chan6_raw: channel(5),
        chan7_raw: channel(6),
        chan8_raw: channel(7),
        chan9_raw: u16::MAX,
        chan10_raw: u16::MAX,
        chan11_raw: u16::MAX,
        chan12_raw: u16::MAX,
        chan13_raw: u16::MAX,
        chan14_raw: u16::MAX,
        chan15_raw: u16::MAX,
        chan16_raw: u16::MAX,
        chan17_raw: u16::MAX,
        chan18_raw: u16::MAX,
        chancount: if sticks.is_some() { 8 } else { 0 },
        rssi: u8::MAX,
    }
}

/// Four outputs that follow the throttle: there are no single motors in this simulation.
pub(in super::super) fn servo_output_raw(craft: &Craft) -> SERVO_OUTPUT_RAW_DATA {
    let throttle = craft.plant.body.motion().throttle.clamp(0.0, 1.0);
    let pulse = if craft.flight.armed() { 1000 + (1000.0 * throttle) as u16 } else { 1000 };
    SERVO_OUTPUT_RAW_DATA {
        time_usec: boot_usec(craft) as u32,
        servo1_raw: pulse,
        servo2_raw: pulse,
        servo3_raw: pulse,
        servo4_raw: pulse,
        ..SERVO_OUTPUT_RAW_DATA::DEFAULT
    }
}

pub(in super::super) fn vibration(craft: &Craft) -> VIBRATION_DATA {
    let shaken = (0.02 * GRAVITY * craft.plant.body.motion().throttle) as f32;
    VIBRATION_DATA {
        time_usec: boot_usec(craft),
        vibration_x: shaken,
        vibration_y: shaken,
        vibration_z: shaken,
        clipping_0: 0,
        clipping_1: 0,
        clipping_2: 0,
    }
}
