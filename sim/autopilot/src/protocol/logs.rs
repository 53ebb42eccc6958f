//! The log protocol: LOG_REQUEST_LIST and LOG_REQUEST_DATA, ninety bytes at a time.
//!
//! One station at a time is served; a second request takes the place of the first, as on both firmwares.

use std::collections::VecDeque;

use mavlink::MessageData;
use mavlink::dialects::ardupilotmega::{
    LOG_DATA_DATA, LOG_ENTRY_DATA, LOG_ERASE_DATA, LOG_REQUEST_DATA_DATA, LOG_REQUEST_END_DATA, LOG_REQUEST_LIST_DATA,
};

use super::super::Craft;
use super::Link;
use super::frames::Frame;

/// What fits into one LOG_DATA.
const CHUNK: usize = 90;
/// Packets of log data with each step: 2,400 a second.
const PER_STEP: usize = 120;

/// What is being sent.
#[derive(Debug, Default)]
pub(super) struct LogTransfer {
    /// Ids still to be listed.
    listing: VecDeque<u16>,
    reading: Option<Reading>,
}

#[derive(Debug, Clone, Copy)]
struct Reading {
    id: u16,
    offset: u32,
    end: u32,
}

impl Link {
    pub(super) fn handle_log_request(
        &mut self,
        frame: &Frame,
        craft: &mut Craft,
        for_us: impl Fn(u8, u8) -> bool,
    ) -> Option<()> {
        match frame.id {
            LOG_REQUEST_LIST_DATA::ID => {
                let message: LOG_REQUEST_LIST_DATA = frame.read()?;
                if for_us(message.target_system, message.target_component) {
                    self.list_logs(message.start, message.end, craft);
                }
            }
            LOG_REQUEST_DATA_DATA::ID => {
                let message: LOG_REQUEST_DATA_DATA = frame.read()?;
                if for_us(message.target_system, message.target_component) {
                    let end = message.ofs.saturating_add(message.count);
                    self.logs.reading = Some(Reading { id: message.id, offset: message.ofs, end });
                }
            }
            LOG_ERASE_DATA::ID => {
                let message: LOG_ERASE_DATA = frame.read()?;
                if for_us(message.target_system, message.target_component) {
                    craft.logbook.erase();
                    self.logs = LogTransfer::default();
                }
            }
            _ => {
                let message: LOG_REQUEST_END_DATA = frame.read()?;
                if for_us(message.target_system, message.target_component) {
                    self.logs = LogTransfer::default();
                }
            }
        }
        Some(())
    }

    fn list_logs(&mut self, start: u16, end: u16, craft: &Craft) {
        let logs = craft.logbook.logs();
        self.logs.listing = logs.iter().map(|log| log.id).filter(|id| (start..=end).contains(id)).collect();
        if self.logs.listing.is_empty() {
            self.send(craft, &LOG_ENTRY_DATA { time_utc: 0, size: 0, id: 0, num_logs: 0, last_log_num: 0 });
        }
    }

    /// Goes on with what was asked for.
    pub(super) fn step_logs(&mut self, craft: &Craft) {
        if let Some(id) = self.logs.listing.pop_front()
            && let Some(log) = craft.logbook.log(id)
        {
            let logs = craft.logbook.logs();
            let message = LOG_ENTRY_DATA {
                time_utc: u32::try_from(log.began.unix_nanos() / 1_000_000_000).unwrap_or(0),
                size: log.bytes.len() as u32,
                id,
                num_logs: logs.len() as u16,
                last_log_num: logs.last().map_or(0, |last| last.id),
            };
            self.send(craft, &message);
        }
        for _ in 0..PER_STEP {
            let Some(reading) = self.logs.reading else { return };
            // A link nobody reads is not filled with logs.
            if self.encoder.room() < 64 * 1024 {
                return;
            }
            self.logs.reading = self.send_chunk(reading, craft);
        }
    }

    fn send_chunk(&mut self, reading: Reading, craft: &Craft) -> Option<Reading> {
        let bytes = craft.logbook.log(reading.id).map_or(&[][..], |log| log.bytes.as_slice());
        let wanted = (reading.end - reading.offset).min(CHUNK as u32) as usize;
        let rest = bytes.get(reading.offset as usize..).unwrap_or(&[]);
        let chunk = &rest[..wanted.min(rest.len())];
        let mut data = [0; CHUNK];
        data[..chunk.len()].copy_from_slice(chunk);
        let message = LOG_DATA_DATA { ofs: reading.offset, id: reading.id, count: chunk.len() as u8, data };
        self.send(craft, &message);
        let offset = reading.offset + chunk.len() as u32;
        // Less than a full chunk says that this was the last.
        (chunk.len() == CHUNK && offset < reading.end).then_some(Reading { offset, ..reading })
    }
}
