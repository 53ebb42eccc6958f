//! PX4's names for the settings, in PX4's units.
//!
//! What flies a vehicle is the same under both names: a PX4 setting that has a counterpart drives it, scaled. The rest
//! is read by the parts that pass for PX4. Values are PX4 1.17's defaults of the airframe, but for those that say what
//! the vehicle weighs and carries.

use telemetry::messages::VehicleKind;

use super::{Form, Parameter};

/// One row: name, storage, default, and the setting it drives with the factor from this unit to that one's.
pub(super) struct Row {
    pub(super) name: &'static str,
    pub(super) form: Form,
    pub(super) default: f32,
    pub(super) drives: Option<(Parameter, f32)>,
    pub(super) wings: Wings,
}

/// Which vehicles have a setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wings {
    Any,
    /// Those that hover.
    Without,
    /// Those that only hover.
    Never,
    /// Those that cruise on a wing.
    With,
}

impl Wings {
    pub(super) fn fit(self, kind: VehicleKind) -> bool {
        match self {
            Self::Any => true,
            Self::Without => kind != VehicleKind::FixedWing,
            Self::Never => kind == VehicleKind::Multirotor,
            Self::With => kind != VehicleKind::Multirotor,
        }
    }
}

/// Where a VTOL keeps, for its rotors, what a copter keeps under this name.
pub(super) fn of_rotors(parameter: Parameter) -> Option<Parameter> {
    Some(match parameter {
        Parameter::WpnavAccel => Parameter::QWpAccel,
        Parameter::WpnavAccelZ => Parameter::QWpAccelZ,
        Parameter::WpnavJerk => Parameter::QWpJerk,
        Parameter::WpnavSpeed => Parameter::QWpSpeed,
        Parameter::WpnavSpeedUp => Parameter::QWpSpeedUp,
        Parameter::WpnavSpeedDn => Parameter::QWpSpeedDn,
        Parameter::AngleMax => Parameter::QAngleMax,
        _ => return None,
    })
}

macro_rules! settings {
    ($($setting:ident $name:literal $form:ident $default:literal $wings:ident $(=> $drives:ident * $factor:literal)?;)*) => {
        /// One of PX4's own settings.
        #[allow(dead_code, reason = "a setting that drives another is read by that one's name")]
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Px4Setting { $($setting),* }

        pub(super) const TABLE: &[Row] = &[$(Row {
            name: $name,
            form: Form::$form,
            default: $default,
            wings: Wings::$wings,
            drives: settings!(@drives $($drives $factor)?),
        }),*];
    };
    (@drives) => { None };
    (@drives $drives:ident $factor:literal) => { Some((Parameter::$drives, $factor)) };
}

settings! {
    Bat1Capacity "BAT1_CAPACITY" Real32 0.0 Any => BattCapacity * 1.0;
    Bat1NCells "BAT1_N_CELLS" Int32 0.0 Any;
    BatLowThr "BAT_LOW_THR" Real32 0.15 Any;
    BatCritThr "BAT_CRIT_THR" Real32 0.07 Any;
    BatEmergenThr "BAT_EMERGEN_THR" Real32 0.05 Any;
    ComDisarmLand "COM_DISARM_LAND" Real32 2.0 Any => LandDisarmdelay * 1.0;
    ComDisarmPrflt "COM_DISARM_PRFLT" Real32 10.0 Any => DisarmDelay * 1.0;
    ComDlLossT "COM_DL_LOSS_T" Int32 10.0 Any;
    ComLowBatAct "COM_LOW_BAT_ACT" Int32 0.0 Any;
    ComOblRcAct "COM_OBL_RC_ACT" Int32 0.0 Any;
    ComOfLossT "COM_OF_LOSS_T" Real32 1.0 Any;
    ComRcLossT "COM_RC_LOSS_T" Real32 0.5 Any => RcOverrideTime * 1.0;
    FwAirspdMax "FW_AIRSPD_MAX" Real32 28.0 With => AirspeedMax * 1.0;
    FwAirspdMin "FW_AIRSPD_MIN" Real32 14.0 With => AirspeedMin * 1.0;
    FwAirspdTrim "FW_AIRSPD_TRIM" Real32 20.0 With => AirspeedCruise * 1.0;
    FwLndFlalt "FW_LND_FLALT" Real32 3.0 With => LandFlareAlt * 1.0;
    FwRLim "FW_R_LIM" Real32 45.0 With => RollLimitDeg * 1.0;
    FwTClmbMax "FW_T_CLMB_MAX" Real32 5.0 With => TecsClmbMax * 1.0;
    FwTSinkMax "FW_T_SINK_MAX" Real32 5.0 With => TecsSinkMax * 1.0;
    GfAction "GF_ACTION" Int32 2.0 Any;
    GfMaxHorDist "GF_MAX_HOR_DIST" Real32 0.0 Any => FenceRadius * 1.0;
    GfMaxVerDist "GF_MAX_VER_DIST" Real32 0.0 Any => FenceAltMax * 1.0;
    MavSysId "MAV_SYS_ID" Int32 1.0 Any => SysidThismav * 1.0;
    MisTakeoffAlt "MIS_TAKEOFF_ALT" Real32 2.5 Any;
    MpcAccHor "MPC_ACC_HOR" Real32 3.0 Without => WpnavAccel * 100.0;
    MpcAccUpMax "MPC_ACC_UP_MAX" Real32 4.0 Without => WpnavAccelZ * 100.0;
    MpcJerkAuto "MPC_JERK_AUTO" Real32 4.0 Without => WpnavJerk * 1.0;
    MpcLandAlt2 "MPC_LAND_ALT2" Real32 5.0 Without => LandAltLow * 100.0;
    MpcLandSpeed "MPC_LAND_SPEED" Real32 0.7 Without => LandSpeed * 100.0;
    MpcTiltmaxAir "MPC_TILTMAX_AIR" Real32 45.0 Without => AngleMax * 100.0;
    MpcXyCruise "MPC_XY_CRUISE" Real32 5.0 Without => WpnavSpeed * 100.0;
    MpcXyVelMax "MPC_XY_VEL_MAX" Real32 12.0 Without => LoitSpeed * 100.0;
    MpcZVAutoDn "MPC_Z_V_AUTO_DN" Real32 1.5 Without => WpnavSpeedDn * 100.0;
    MpcZVAutoUp "MPC_Z_V_AUTO_UP" Real32 3.0 Without => WpnavSpeedUp * 100.0;
    MpcZVelMaxUp "MPC_Z_VEL_MAX_UP" Real32 3.0 Without => PilotSpeedUp * 100.0;
    NavAccRad "NAV_ACC_RAD" Real32 2.0 Never => WpnavRadius * 100.0;
    NavAccRadWing "NAV_ACC_RAD" Real32 10.0 With => WpRadius * 1.0;
    NavDllAct "NAV_DLL_ACT" Int32 0.0 Any;
    NavLoiterRad "NAV_LOITER_RAD" Real32 80.0 With => WpLoiterRad * 1.0;
    RtlLandDelay "RTL_LAND_DELAY" Real32 0.0 Any => RtlLoitTime * 1000.0;
    RtlReturnAlt "RTL_RETURN_ALT" Real32 60.0 Never => RtlAlt * 100.0;
    RtlReturnAltWing "RTL_RETURN_ALT" Real32 60.0 With => RtlAltitude * 1.0;
}
