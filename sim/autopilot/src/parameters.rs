//! The settings of the autopilot, under ArduPilot 4.5's names and in its units (often centimetres); PX4's own names for
//! them are in `px4`.
//!
//! The set is small and honest: a parameter is here only if the simulated autopilot obeys it. Some defaults are those of
//! a fleet set up with care rather than ArduPilot's own: battery failsafes are armed, so is a copter's ground-station
//! failsafe, an aeroplane lands after returning, a boat loiters after its mission. Values out of range are accepted, as
//! ArduPilot does.

mod px4;

use telemetry::MavSystemId;
use telemetry::messages::VehicleKind;
use thiserror::Error;

use super::config::BatterySize;
use super::personality::Personality;

pub(crate) use self::px4::Px4Setting;

/// How a value is stored on the real autopilot, hence how it is rounded and announced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    Int8,
    Int16,
    Int32,
    Real32,
}

/// A name that this kind of vehicle has no parameter for.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("the simulated {kind:?} has no parameter {name:?}")]
pub struct UnknownParameter {
    /// The kind of vehicle.
    pub kind: VehicleKind,
    /// The name asked for, cut to what MAVLink can carry.
    pub name: String,
}

/// One row of the table: name, storage, and the default for copter, plane, boat, quadplane and sub; a kind without it has none.
struct Row(&'static str, Form, [Option<f32>; 5]);

const fn all(value: f32) -> [Option<f32>; 5] {
    [Some(value); 5]
}
const fn copter(value: f32) -> [Option<f32>; 5] {
    [Some(value), None, None, None, None]
}
/// A quadplane is flown by ArduPlane and has all of its parameters.
const fn plane(value: f32) -> [Option<f32>; 5] {
    [None, Some(value), None, Some(value), None]
}
const fn boat(value: f32) -> [Option<f32>; 5] {
    [None, None, Some(value), None, None]
}
const fn quadplane(value: f32) -> [Option<f32>; 5] {
    [None, None, None, Some(value), None]
}
/// ArduSub shares ArduCopter's navigation; a vehicle under water is slower.
const fn copter_and_sub(copter: f32, sub: f32) -> [Option<f32>; 5] {
    [Some(copter), None, None, None, Some(sub)]
}

macro_rules! parameters {
    ($($parameter:ident $name:literal $form:ident $defaults:expr;)*) => {
        /// One parameter. Named after ArduPilot's; where vehicles differ in the name only, each name is one.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Parameter { $($parameter),* }

        const TABLE: &[Row] = &[$(Row($name, Form::$form, $defaults)),*];
    };
}

parameters! {
    SysidThismav "SYSID_THISMAV" Int16 all(1.0);
    SysidMygcs "SYSID_MYGCS" Int16 all(255.0);
    ArmingCheck "ARMING_CHECK" Int32 all(1.0);
    BattMonitor "BATT_MONITOR" Int8 all(4.0);
    BattCapacity "BATT_CAPACITY" Int32 all(0.0);
    BattLowVolt "BATT_LOW_VOLT" Real32 all(0.0);
    BattLowMah "BATT_LOW_MAH" Real32 all(0.0);
    BattLowTimer "BATT_LOW_TIMER" Int8 all(10.0);
    BattFsLowAct "BATT_FS_LOW_ACT" Int8 [Some(2.0), Some(1.0), Some(1.0), Some(1.0), Some(1.0)];
    BattCrtVolt "BATT_CRT_VOLT" Real32 all(0.0);
    BattCrtMah "BATT_CRT_MAH" Real32 all(0.0);
    BattFsCrtAct "BATT_FS_CRT_ACT" Int8 [Some(1.0), Some(1.0), Some(2.0), Some(1.0), Some(3.0)];
    MisTotal "MIS_TOTAL" Int16 all(0.0);
    MisRestart "MIS_RESTART" Int8 all(0.0);
    FenceTotal "FENCE_TOTAL" Int8 all(0.0);
    RallyTotal "RALLY_TOTAL" Int16 all(0.0);
    RallyLimitKm "RALLY_LIMIT_KM" Real32 [Some(0.3), Some(5.0), Some(0.5), Some(5.0), None];
    RallyInclHome "RALLY_INCL_HOME" Int8 [Some(1.0), Some(0.0), Some(1.0), Some(0.0), None];
    FsGcsEnable "FS_GCS_ENABLE" Int8 [Some(1.0), None, Some(0.0), None, Some(2.0)];
    FsGcsTimeout "FS_GCS_TIMEOUT" Real32 [Some(5.0), None, Some(5.0), None, Some(3.0)];
    FsGcsEnabl "FS_GCS_ENABL" Int8 plane(0.0);
    FsLongActn "FS_LONG_ACTN" Int8 plane(0.0);
    FsLongTimeout "FS_LONG_TIMEOUT" Real32 plane(5.0);
    FsAction "FS_ACTION" Int8 boat(2.0);
    FsEkfAction "FS_EKF_ACTION" Int8 [Some(1.0), None, Some(1.0), None, None];
    WpnavSpeed "WPNAV_SPEED" Real32 copter_and_sub(1000.0, 100.0);
    WpnavSpeedUp "WPNAV_SPEED_UP" Real32 copter_and_sub(250.0, 50.0);
    WpnavSpeedDn "WPNAV_SPEED_DN" Real32 copter_and_sub(150.0, 50.0);
    WpnavAccel "WPNAV_ACCEL" Real32 copter_and_sub(250.0, 50.0);
    WpnavAccelZ "WPNAV_ACCEL_Z" Real32 copter_and_sub(100.0, 30.0);
    WpnavJerk "WPNAV_JERK" Real32 copter_and_sub(1.0, 1.0);
    WpnavRadius "WPNAV_RADIUS" Real32 copter_and_sub(200.0, 100.0);
    WpYawBehavior "WP_YAW_BEHAVIOR" Int8 copter(2.0);
    AngleMax "ANGLE_MAX" Int16 copter_and_sub(3000.0, 3000.0);
    RtlAlt "RTL_ALT" Int32 copter(1500.0);
    RtlAltFinal "RTL_ALT_FINAL" Int16 copter(0.0);
    RtlConeSlope "RTL_CONE_SLOPE" Real32 copter(3.0);
    RtlLoitTime "RTL_LOIT_TIME" Int32 copter(5000.0);
    RtlSpeed "RTL_SPEED" Real32 [Some(0.0), None, Some(0.0), None, None];
    LandSpeed "LAND_SPEED" Int16 copter(50.0);
    LandSpeedHigh "LAND_SPEED_HIGH" Int16 copter(0.0);
    LandAltLow "LAND_ALT_LOW" Int16 copter(1000.0);
    DisarmDelay "DISARM_DELAY" Int8 copter(10.0);
    GuidTimeout "GUID_TIMEOUT" Real32 copter(3.0);
    AirspeedCruise "AIRSPEED_CRUISE" Real32 plane(20.0);
    AirspeedMin "AIRSPEED_MIN" Real32 plane(14.0);
    AirspeedMax "AIRSPEED_MAX" Real32 plane(28.0);
    RollLimitDeg "ROLL_LIMIT_DEG" Real32 plane(45.0);
    TecsClmbMax "TECS_CLMB_MAX" Real32 plane(5.0);
    TecsSinkMax "TECS_SINK_MAX" Real32 plane(5.0);
    Navl1Period "NAVL1_PERIOD" Real32 plane(17.0);
    Navl1Damping "NAVL1_DAMPING" Real32 plane(0.75);
    WpRadius "WP_RADIUS" Real32 [None, Some(50.0), Some(5.0), Some(50.0), None];
    WpLoiterRad "WP_LOITER_RAD" Int16 plane(80.0);
    RtlAltitude "RTL_ALTITUDE" Real32 plane(100.0);
    RtlRadius "RTL_RADIUS" Int16 plane(0.0);
    RtlAutoland "RTL_AUTOLAND" Int8 plane(1.0);
    TkoffLvlPitch "TKOFF_LVL_PITCH" Real32 plane(15.0);
    PtchLimMaxDeg "PTCH_LIM_MAX_DEG" Real32 plane(20.0);
    LandFlareAlt "LAND_FLARE_ALT" Real32 plane(3.0);
    LandDisarmdelay "LAND_DISARMDELAY" Int16 plane(20.0);
    WpSpeed "WP_SPEED" Real32 boat(3.0);
    LoitRadius "LOIT_RADIUS" Real32 boat(5.0);
    AtcAccelMax "ATC_ACCEL_MAX" Real32 boat(0.6);
    AtcDecelMax "ATC_DECEL_MAX" Real32 boat(0.0);
    AtcStrRatMax "ATC_STR_RAT_MAX" Real32 boat(40.0);
    MisDoneBehave "MIS_DONE_BEHAVE" Int8 boat(1.0);
    QWpSpeed "Q_WP_SPEED" Real32 quadplane(500.0);
    QWpSpeedUp "Q_WP_SPEED_UP" Real32 quadplane(250.0);
    QWpSpeedDn "Q_WP_SPEED_DN" Real32 quadplane(150.0);
    QWpAccel "Q_WP_ACCEL" Real32 quadplane(250.0);
    QWpAccelZ "Q_WP_ACCEL_Z" Real32 quadplane(100.0);
    QWpJerk "Q_WP_JERK" Real32 quadplane(1.0);
    QAngleMax "Q_ANGLE_MAX" Int16 quadplane(3000.0);
    QTransDecel "Q_TRANS_DECEL" Real32 quadplane(2.0);
    QLandFinalSpd "Q_LAND_FINAL_SPD" Real32 quadplane(0.5);
    QLandFinalAlt "Q_LAND_FINAL_ALT" Real32 quadplane(6.0);
    FenceEnable "FENCE_ENABLE" Int8 all(0.0);
    FenceType "FENCE_TYPE" Int8 all(7.0);
    FenceAction "FENCE_ACTION" Int8 all(1.0);
    FenceAltMax "FENCE_ALT_MAX" Real32 all(100.0);
    FenceRadius "FENCE_RADIUS" Real32 all(300.0);
    LoitSpeed "LOIT_SPEED" Real32 copter(1250.0);
    PilotSpeedUp "PILOT_SPEED_UP" Int16 copter(250.0);
    RcOverrideTime "RC_OVERRIDE_TIME" Real32 all(3.0);
    DidEnable "DID_ENABLE" Int8 all(0.0);
}

/// The parameters of one vehicle.
#[derive(Debug, Clone, PartialEq)]
pub struct Parameters {
    kind: VehicleKind,
    /// By position in the table; a parameter this kind does not have is NaN and is never announced.
    values: Vec<f32>,
    /// Which rows this kind has, in the order they are announced.
    present: Vec<u16>,
    /// PX4's values by position in its table, where the vehicle passes for PX4; it then announces these.
    px4: Option<Vec<f32>>,
}

/// Ranges that count where values out of range are not taken: name, least and most.
const RANGES: &[(&str, f32, f32)] = &[
    ("FS_GCS_TIMEOUT", 2.0, 120.0),
    ("RTL_ALT", 30.0, 300_000.0),
    ("WPNAV_RADIUS", 5.0, 1000.0),
    ("WPNAV_SPEED", 10.0, 2000.0),
    ("WP_SPEED", 0.0, 100.0),
    ("AIRSPEED_CRUISE", 5.0, 50.0),
    ("COM_DL_LOSS_T", 5.0, 300.0),
    ("MPC_XY_CRUISE", 3.0, 20.0),
    ("RTL_RETURN_ALT", 0.0, 1000.0),
];

impl Parameters {
    /// The defaults for a kind of vehicle with this battery. A kind that is not known is a multirotor.
    #[must_use]
    pub fn defaults(kind: VehicleKind, system: MavSystemId, battery: &BatterySize) -> Self {
        let column = match kind {
            VehicleKind::Multirotor | VehicleKind::Unknown => 0,
            VehicleKind::FixedWing => 1,
            VehicleKind::Boat => 2,
            VehicleKind::Vtol => 3,
            VehicleKind::Rov => 4,
        };
        let values = TABLE.iter().map(|row| row.2[column].unwrap_or(f32::NAN)).collect();
        let present = (0..).zip(TABLE).filter(|(_, row)| row.2[column].is_some()).map(|(index, _)| index).collect();
        let mut parameters = Self { kind, values, present, px4: None };
        let (cells, capacity_mah) = (f32::from(battery.cells), battery.capacity_mah as f32);
        parameters.put(Parameter::SysidThismav, f32::from(system.0));
        parameters.put(Parameter::BattCapacity, capacity_mah);
        // 3.5 V and 3.3 V a cell under load; a fifth and a tenth of the charge.
        parameters.put(Parameter::BattLowVolt, 3.5 * cells);
        parameters.put(Parameter::BattLowMah, 0.2 * capacity_mah);
        parameters.put(Parameter::BattCrtVolt, 3.3 * cells);
        parameters.put(Parameter::BattCrtMah, 0.1 * capacity_mah);
        parameters
    }

    /// The defaults of a vehicle that passes for PX4.
    #[must_use]
    pub fn px4_defaults(kind: VehicleKind, system: MavSystemId, battery: &BatterySize) -> Self {
        let mut parameters = Self::defaults(kind, system, battery);
        // PX4 knows no ArduPilot thresholds: its own are read by their own names.
        for own in [Parameter::BattLowVolt, Parameter::BattLowMah, Parameter::BattCrtVolt, Parameter::BattCrtMah] {
            parameters.put(own, 0.0);
        }
        // Its cone is as steep as it is wide, and no rally point is too far.
        parameters.put(Parameter::RtlConeSlope, 1.0);
        parameters.put(Parameter::RallyLimitKm, 0.0);
        let fits = |(_, row): &(u16, &px4::Row)| row.wings.fit(kind);
        parameters.present = (0..).zip(px4::TABLE).filter(fits).map(|(index, _)| index).collect();
        parameters.px4 = Some(px4::TABLE.iter().map(|row| row.default).collect());
        for index in 0..parameters.count() {
            parameters.take(index, parameters.announced(index).2);
        }
        let cells = f32::from(battery.cells);
        for (name, value) in [
            ("MAV_SYS_ID", f32::from(system.0)),
            ("BAT1_CAPACITY", battery.capacity_mah as f32),
            ("BAT1_N_CELLS", cells),
        ] {
            if let Some(index) = parameters.find(name) {
                parameters.take(index, value);
            }
        }
        parameters
    }

    /// The firmware whose names these are.
    #[must_use]
    pub fn personality(&self) -> Personality {
        if self.px4.is_some() { Personality::Px4 } else { Personality::ArduPilot }
    }

    /// A setting only PX4 has; NaN on ArduPilot.
    pub(crate) fn px4(&self, setting: Px4Setting) -> f64 {
        self.px4.as_ref().map_or(f64::NAN, |values| f64::from(values[setting as usize]))
    }

    /// Whether a value lies in the range that is documented for this parameter.
    pub(crate) fn in_range(name: &str, value: f32) -> bool {
        RANGES.iter().filter(|(named, _, _)| *named == name).all(|(_, least, most)| (*least..=*most).contains(&value))
    }

    /// Stores a value by index of announcement.
    fn take(&mut self, index: u16, value: f32) {
        let row = usize::from(self.present[usize::from(index)]);
        match &mut self.px4 {
            None => self.values[row] = rounded(TABLE[row].1, value),
            Some(values) => {
                let of_row = &px4::TABLE[row];
                values[row] = rounded(of_row.form, value);
                if let Some((drives, factor)) = of_row.drives {
                    self.values[drives as usize] = values[row] * factor;
                    if let Some(of_rotors) = px4::of_rotors(drives).filter(|_| self.kind == VehicleKind::Vtol) {
                        self.values[of_rotors as usize] = values[row] * factor;
                    }
                }
            }
        }
    }

    /// Sets a parameter by its name. A value out of range is taken; one that is not a number is not.
    ///
    /// # Errors
    /// [`UnknownParameter`] when this kind of vehicle has none of that name, or the value is not finite.
    pub fn set(&mut self, name: &str, value: f32) -> Result<(), UnknownParameter> {
        match self.find(name) {
            Some(index) if value.is_finite() => {
                self.take(index, value);
                Ok(())
            }
            _ => Err(UnknownParameter { kind: self.kind, name: name.chars().take(16).collect() }),
        }
    }

    /// A parameter's value by its name; nothing where this kind of vehicle has none of that name.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<f32> {
        self.find(name).map(|index| self.announced(index).2)
    }

    pub(crate) fn put(&mut self, parameter: Parameter, value: f32) {
        self.values[parameter as usize] = rounded(TABLE[parameter as usize].1, value);
    }

    /// The value of a parameter this kind of vehicle has; NaN otherwise.
    pub(crate) fn get(&self, parameter: Parameter) -> f64 {
        f64::from(self.values[parameter as usize])
    }

    /// A centimetre parameter in metres.
    pub(crate) fn metres(&self, parameter: Parameter) -> f64 {
        self.get(parameter) / 100.0
    }

    /// A parameter that selects something, as an integer.
    pub(crate) fn choice(&self, parameter: Parameter) -> i64 {
        self.get(parameter) as i64
    }

    pub(crate) fn kind(&self) -> VehicleKind {
        self.kind
    }

    /// How many parameters this kind has.
    pub(crate) fn count(&self) -> u16 {
        u16::try_from(self.present.len()).unwrap_or(u16::MAX)
    }

    pub(crate) fn find(&self, name: &str) -> Option<u16> {
        (0..self.count()).find(|index| self.announced(*index).0 == name)
    }

    /// Name, storage and value by index of announcement, which is below [`Parameters::count`].
    pub(crate) fn announced(&self, index: u16) -> (&'static str, Form, f32) {
        let row = usize::from(self.present[usize::from(index)]);
        match &self.px4 {
            None => (TABLE[row].0, TABLE[row].1, self.values[row]),
            Some(values) => (px4::TABLE[row].name, px4::TABLE[row].form, values[row]),
        }
    }
}

fn rounded(form: Form, value: f32) -> f32 {
    let (least, most) = match form {
        Form::Int8 => (-128.0, 127.0),
        Form::Int16 => (-32_768.0, 32_767.0),
        Form::Int32 => (-2_147_483_648.0, 2_147_483_520.0),
        Form::Real32 => return value,
    };
    value.round().clamp(least, most)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BATTERY: BatterySize = BatterySize { cells: 6, capacity_mah: 22_000.0, resistance_ohm: 0.02 };

    #[test]
    fn each_kind_announces_only_its_own_parameters() {
        let copter = Parameters::defaults(VehicleKind::Multirotor, MavSystemId(7), &BATTERY);
        assert_eq!(copter.value("SYSID_THISMAV"), Some(7.0));
        assert_eq!(copter.value("RTL_ALT"), Some(1500.0));
        assert_eq!(copter.value("RTL_ALTITUDE"), None);
        assert!((0..copter.count()).all(|index| copter.announced(index).2.is_finite()));
        let plane = Parameters::defaults(VehicleKind::FixedWing, MavSystemId(7), &BATTERY);
        assert_eq!(plane.value("RTL_ALTITUDE"), Some(100.0));
    }

    #[test]
    fn names_fit_mavlink_and_are_unique() {
        for (index, row) in TABLE.iter().enumerate() {
            assert!(row.0.len() <= 16, "{}", row.0);
            assert!(TABLE[..index].iter().all(|other| other.0 != row.0), "{} twice", row.0);
        }
    }

    #[test]
    fn a_value_is_stored_as_the_real_autopilot_stores_it() {
        let mut parameters = Parameters::defaults(VehicleKind::Multirotor, MavSystemId(1), &BATTERY);
        parameters.set("BATT_FS_LOW_ACT", 300.4).unwrap();
        assert_eq!(parameters.value("BATT_FS_LOW_ACT"), Some(127.0));
        parameters.set("WPNAV_SPEED", -1.5).unwrap();
        assert_eq!(parameters.value("WPNAV_SPEED"), Some(-1.5));
        assert!(parameters.set("WPNAV_SPEED", f32::NAN).is_err());
        assert!(parameters.set("NO_SUCH", 1.0).is_err());
    }
}
