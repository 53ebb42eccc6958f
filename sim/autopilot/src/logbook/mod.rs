//! The logs the vehicle keeps of its own flights: one from each arming to the next disarming, a row a second.
//!
//! ArduPilot's are `DataFlash`, PX4's are `ULog`, each with as much in it as a reader needs to draw the flight. At most
//! [`LOGS_MAX`] are kept, the oldest going first, and none grows beyond [`BYTES_MAX`]: what comes later is not written.

mod dataflash;
mod ulog;

use telemetry::Timestamp;

use super::personality::Personality;

const LOGS_MAX: usize = 8;
const BYTES_MAX: usize = 1 << 20;
const PERIOD_S: f64 = 1.0;

/// One row: where it was, in 1e-7 degrees and millimetres above mean sea level, and how it moved.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Row {
    pub(crate) since_boot_us: u64,
    pub(crate) at: Timestamp,
    pub(crate) latitude_e7: i32,
    pub(crate) longitude_e7: i32,
    pub(crate) altitude_mm: i32,
    /// East, north, up, m/s.
    pub(crate) velocity: [f64; 3],
}

/// One log.
#[derive(Debug, Clone)]
pub(crate) struct FlightLog {
    /// By which stations ask for it.
    pub(crate) id: u16,
    pub(crate) began: Timestamp,
    pub(crate) bytes: Vec<u8>,
}

#[derive(Debug, Clone)]
pub(crate) struct Logbook {
    personality: Personality,
    logs: Vec<FlightLog>,
    next_id: u16,
    /// When the open log gets its next row.
    next_row: Option<Timestamp>,
}

impl Logbook {
    pub(crate) fn new(personality: Personality) -> Self {
        // ArduPilot counts from one, PX4 from zero.
        let next_id = u16::from(personality == Personality::ArduPilot);
        Self { personality, logs: Vec::new(), next_id, next_row: None }
    }

    /// Whether a row is due: the first on arming.
    pub(crate) fn is_due(&mut self, now: Timestamp, armed: bool) -> bool {
        if !armed {
            self.next_row = None;
            return false;
        }
        self.next_row.is_none_or(|next| now >= next)
    }

    /// Writes a row, in a log of its own if none is open.
    pub(crate) fn write(&mut self, row: &Row) {
        if self.next_row.is_none() {
            self.begin(row);
        }
        self.next_row = Some(row.at.offset_seconds(PERIOD_S));
        let Some(log) = self.logs.last_mut() else { return };
        if log.bytes.len() < BYTES_MAX {
            match self.personality {
                Personality::ArduPilot => dataflash::row(&mut log.bytes, row),
                Personality::Px4 => ulog::row(&mut log.bytes, row),
            }
        }
    }

    fn begin(&mut self, row: &Row) {
        let bytes = match self.personality {
            Personality::ArduPilot => dataflash::header(),
            Personality::Px4 => ulog::header(row.since_boot_us),
        };
        self.logs.push(FlightLog { id: self.next_id, began: row.at, bytes });
        self.next_id = self.next_id.wrapping_add(1);
        if self.logs.len() > LOGS_MAX {
            self.logs.remove(0);
        }
    }

    /// The logs there are, the oldest first.
    pub(crate) fn logs(&self) -> &[FlightLog] {
        &self.logs
    }

    pub(crate) fn log(&self, id: u16) -> Option<&FlightLog> {
        self.logs.iter().find(|log| log.id == id)
    }

    /// Erases them all; a flight under way is logged anew from its next row.
    pub(crate) fn erase(&mut self) {
        self.logs.clear();
        self.next_row = None;
    }

    /// The name of a log in the file system of this firmware.
    pub(crate) fn file_name(&self, log: &FlightLog) -> String {
        match self.personality {
            Personality::ArduPilot => format!("{:08}.BIN", log.id),
            Personality::Px4 => format!("log_{:03}.ulg", log.id),
        }
    }
}
