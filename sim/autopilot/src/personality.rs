//! Which firmware a vehicle passes for, and the habits by which stations tell the two apart.
//!
//! The personality decides what cannot be mixed: the numbers of modes, the names and encoding of parameters, the words,
//! what a command means. A habit that could be met on either is a [`Quirks`] field with a default per personality, so that
//! a test can switch one off and see what breaks.
//!
//! Source of the defaults: ArduPilot 4.5.7 and PX4 1.17, as measured by a ground station.

use std::time::Duration;

/// The firmware a vehicle passes for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Personality {
    /// ArduPilot 4.5.7.
    #[default]
    ArduPilot,
    /// PX4 1.17.
    Px4,
}

/// What a second station hears that begins an upload while one is under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecondStation {
    /// MAV_MISSION_DENIED.
    Denied,
    /// MAV_MISSION_ERROR.
    Error,
}

/// How an upload that stalls is treated, in the vehicle's time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stall {
    /// It asks again for an item that has not come for this long.
    pub ask_again: Duration,
    /// And gives up after this.
    pub give_up: Duration,
    /// Whether giving up is said with MAV_MISSION_OPERATION_CANCELLED.
    pub cancels: bool,
}

/// Habits in the protocol, each of which may be switched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quirks {
    /// Asks for items with the deprecated MISSION_REQUEST.
    pub asks_the_deprecated_way: bool,
    /// Mission item 0 is home, whatever was uploaded.
    pub home_is_item_zero: bool,
    /// An item already received is answered MAV_MISSION_INVALID_SEQUENCE; else the wanted one is asked for again.
    pub refuses_duplicate_items: bool,
    /// What a second station hears during an upload.
    pub second_station: SecondStation,
    /// Items go straight into the store: an upload that fails has destroyed the mission before it.
    pub bad_upload_destroys_mission: bool,
    /// What is done about an upload that stalls.
    pub stall: Stall,
    /// Says every so often which item was reached last.
    pub repeats_reached: Option<Duration>,
    /// MISSION_CLEAR_ALL for every list at once is unsupported.
    pub clears_one_list_at_a_time: bool,
    /// An item without a place comes back in frame 0, else in MAV_FRAME_MISSION.
    pub forgets_frames: bool,
    /// Lists carry the opaque id of what is in them.
    pub opaque_ids: bool,
    /// A fence is judged when its last item has come, else item by item.
    pub judges_fence_at_the_end: bool,
    /// A fence needs a home, inside it.
    pub fence_needs_home_inside: bool,
    /// A rally point in an INT frame is stored and cannot be returned to.
    pub trips_over_int_rally_frame: bool,
    /// DO_REPOSITION as COMMAND_LONG is refused.
    pub reposition_as_int_only: bool,
    /// REQUEST_MESSAGE for a message it does not have fails; else it is denied.
    pub fails_unknown_message: bool,
    /// A requested message is sent before the command is acknowledged.
    pub message_before_acknowledgement: bool,
    /// A mode that does not exist is acknowledged as if it had been entered.
    pub acknowledges_any_mode: bool,
    /// The pre-arm bit is healthy although arming would fail for want of a position.
    pub healthy_without_position: bool,
    /// A take-off is acknowledged even while disarmed.
    pub acknowledges_take_off_disarmed: bool,
    /// The altitude of a take-off command is above mean sea level, else above home.
    pub take_off_above_sea_level: bool,
    /// A parameter that does not exist gets no answer; else a STATUSTEXT.
    pub silent_about_unknown_parameters: bool,
    /// Parameters take values outside of their range; else they are left as they are.
    pub takes_values_out_of_range: bool,
    /// A parameter that was asked for by its name comes with index 65535.
    pub hides_index_of_named: bool,
    /// A signed frame of the future moves the vehicle's signing clock; else it is refused.
    pub believes_future_timestamps: bool,
    /// Files that are made up on reading are listed with sizes that are not theirs.
    pub fictional_file_sizes: bool,
    /// Streams a set of messages to whoever listens.
    pub streams_unasked: bool,
}

impl Quirks {
    /// The habits of a firmware.
    #[must_use]
    pub fn of(personality: Personality) -> Self {
        let ardupilot = personality == Personality::ArduPilot;
        let px4 = !ardupilot;
        Self {
            asks_the_deprecated_way: ardupilot,
            home_is_item_zero: ardupilot,
            refuses_duplicate_items: ardupilot,
            second_station: if ardupilot { SecondStation::Denied } else { SecondStation::Error },
            bad_upload_destroys_mission: ardupilot,
            stall: if ardupilot {
                Stall { ask_again: Duration::from_secs(1), give_up: Duration::from_secs(8), cancels: true }
            } else {
                Stall { ask_again: Duration::from_millis(250), give_up: Duration::from_secs(5), cancels: false }
            },
            repeats_reached: px4.then_some(Duration::from_millis(500)),
            clears_one_list_at_a_time: ardupilot,
            forgets_frames: ardupilot,
            opaque_ids: px4,
            judges_fence_at_the_end: ardupilot,
            fence_needs_home_inside: px4,
            trips_over_int_rally_frame: px4,
            reposition_as_int_only: ardupilot,
            fails_unknown_message: ardupilot,
            message_before_acknowledgement: px4,
            acknowledges_any_mode: px4,
            healthy_without_position: ardupilot,
            acknowledges_take_off_disarmed: px4,
            take_off_above_sea_level: px4,
            silent_about_unknown_parameters: true,
            takes_values_out_of_range: true,
            hides_index_of_named: ardupilot,
            believes_future_timestamps: true,
            fictional_file_sizes: ardupilot,
            streams_unasked: px4,
        }
    }
}
