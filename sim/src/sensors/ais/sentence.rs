//! AIVDM sentences: what a ship says, in the units and bits of ITU-R M.1371-5 annex 8, armoured as IEC 61162-1 has it.
//!
//! The bits, the armour and the checksum are the crate `aivdm`'s, the one the decoder uses; so that the two cannot be
//! wrong together, the tests pin the fields to the bit positions of the standard's own tables.

use aivdm::message::{
    PositionReportClassA, PositionReportClassB, StaticDataReport, StaticDataReportPartA, StaticDataReportPartB,
    StaticVoyageData,
};
use aivdm::string::FixedStr;
use aivdm::{
    AisMessage, Cog, EpfdType, Heading as AisHeading, Latitude, Longitude, ManeuverIndicator, Mmsi as AisMmsi,
    NavigationStatus, RateOfTurn, Sentence, Sog, Timestamp as AisTimestamp,
};
use telemetry::{Course, Heading, LatLon, Mmsi, Timestamp};

use crate::world::{AisClass, AisIdentity, NavigationalStatus};

pub(super) use aivdm::Channel;

const KNOT_M_S: f64 = 1852.0 / 3600.0;
/// So many characters of payload keep a sentence within the 82 that IEC 61162-1 allows.
const PART_CHARACTERS: usize = 60;
/// Room for the longest message sent here (424 bits) and for any sentence.
const BUFFER_BYTES: usize = 96;

/// What a ship says of its movement.
#[derive(Debug, Clone, Copy)]
pub(super) struct PositionReport {
    pub(super) mmsi: Mmsi,
    pub(super) class: AisClass,
    pub(super) status: NavigationalStatus,
    pub(super) position: LatLon,
    pub(super) speed_m_s: f64,
    pub(super) course: Course,
    pub(super) heading: Heading,
    pub(super) turn_rate_rad_s: f64,
    pub(super) sent_at: Timestamp,
}

/// Appends message 1 or 18.
pub(super) fn write_position(lines: &mut Vec<u8>, channel: Channel, report: &PositionReport) {
    let message = match report.class {
        AisClass::A => class_a_report(report),
        AisClass::B => class_b_report(report),
    };
    write_message(lines, channel, None, &message);
}

/// Appends message 5 in its two parts, or both parts of message 24. `sequence` links the parts of a message.
pub(super) fn write_identity(lines: &mut Vec<u8>, channel: Channel, sequence: &mut u8, identity: &AisIdentity) {
    match identity.class {
        AisClass::A => {
            write_message(lines, channel, Some(*sequence), &static_and_voyage_data(identity));
            *sequence = (*sequence + 1) % 10;
        }
        AisClass::B => {
            for part in static_data_reports(identity) {
                write_message(lines, channel, None, &AisMessage::StaticDataReport(part));
            }
        }
    }
}

fn write_message(lines: &mut Vec<u8>, channel: Channel, sequence: Option<u8>, message: &AisMessage) {
    let (mut payload, mut line) = ([0; BUFFER_BYTES], [0; BUFFER_BYTES]);
    let (armoured, fill_bits) = aivdm::encode_payload(message, &mut payload).expect("every message fits the buffer");
    let fragment_count = armoured.len().div_ceil(PART_CHARACTERS) as u8;
    for (part, fragment_number) in armoured.chunks(PART_CHARACTERS).zip(1..) {
        let sentence = Sentence {
            is_own_ship: false,
            fragment_count,
            fragment_number,
            seq_id: sequence,
            channel,
            payload: part,
            fill_bits: if fragment_number == fragment_count { fill_bits } else { 0 },
        };
        lines.extend_from_slice(sentence.format(&mut line).expect("every sentence fits the buffer"));
        lines.extend_from_slice(b"\r\n");
    }
}

fn class_a_report(report: &PositionReport) -> AisMessage {
    AisMessage::PositionReportClassA(PositionReportClassA {
        message_type: 1,
        repeat_indicator: 0,
        mmsi: AisMmsi::from_raw(report.mmsi.into()),
        navigation_status: match report.status {
            NavigationalStatus::UnderWay => NavigationStatus::UnderWayUsingEngine,
            NavigationalStatus::Moored => NavigationStatus::Moored,
        },
        rate_of_turn: RateOfTurn::from_raw(rate_of_turn(report.turn_rate_rad_s)),
        sog: speed(report.speed_m_s),
        position_accuracy: false,
        longitude: longitude(report.position),
        latitude: latitude(report.position),
        cog: course(report.course),
        heading: heading(report.heading),
        timestamp: second(report.sent_at),
        maneuver_indicator: ManeuverIndicator::NotAvailable,
        raim: false,
        radio_status: 0,
    })
}

fn class_b_report(report: &PositionReport) -> AisMessage {
    AisMessage::PositionReportClassB(PositionReportClassB {
        repeat_indicator: 0,
        mmsi: AisMmsi::from_raw(report.mmsi.into()),
        reserved: 0,
        sog: speed(report.speed_m_s),
        position_accuracy: false,
        longitude: longitude(report.position),
        latitude: latitude(report.position),
        cog: course(report.course),
        heading: heading(report.heading),
        timestamp: second(report.sent_at),
        regional_reserved: 0,
        cs_unit: true,
        display_flag: false,
        dsc_flag: false,
        band_flag: true,
        message22_flag: false,
        assigned: false,
        raim: false,
        // A carrier-sense unit sends this constant for the communication state (§ 3.16).
        radio_status: 0b1110_0000_0000_0000_0110,
    })
}

fn static_and_voyage_data(identity: &AisIdentity) -> AisMessage {
    AisMessage::StaticVoyageData(StaticVoyageData {
        repeat_indicator: 0,
        mmsi: AisMmsi::from_raw(identity.mmsi.into()),
        ais_version: 2,
        imo_number: 0,
        call_sign: text(&identity.call_sign),
        name: text(&identity.name),
        ship_type: identity.ship_type,
        dimension_to_bow: identity.dimensions.to_bow_m.min(511),
        dimension_to_stern: identity.dimensions.to_stern_m.min(511),
        dimension_to_port: identity.dimensions.to_port_m.min(63),
        dimension_to_starboard: identity.dimensions.to_starboard_m.min(63),
        epfd_type: EpfdType::Gps,
        // Not available, as the standard codes it: month 0, day 0, hour 24, minute 60.
        eta_month: 0,
        eta_day: 0,
        eta_hour: 24,
        eta_minute: 60,
        draught_decimeters: 0,
        destination: text(""),
        dte_not_ready: true,
    })
}

fn static_data_reports(identity: &AisIdentity) -> [StaticDataReport; 2] {
    let mmsi = AisMmsi::from_raw(identity.mmsi.into());
    [
        StaticDataReport::A(StaticDataReportPartA { mmsi, name: text(&identity.name) }),
        StaticDataReport::B(StaticDataReportPartB {
            mmsi,
            ship_type: identity.ship_type,
            vendor_id: text(""),
            call_sign: text(&identity.call_sign),
            dimension_to_bow: identity.dimensions.to_bow_m.min(511),
            dimension_to_stern: identity.dimensions.to_stern_m.min(511),
            dimension_to_port: identity.dimensions.to_port_m.min(63),
            dimension_to_starboard: identity.dimensions.to_starboard_m.min(63),
        }),
    ]
}

/// Tenths of a knot; 1022 is 102.2 knots or more.
fn speed(m_s: f64) -> Sog {
    Sog::from_raw((m_s / KNOT_M_S * 10.0).round().clamp(0.0, 1022.0) as u16)
}

/// Ten-thousandths of a minute.
fn longitude(at: LatLon) -> Longitude {
    Longitude::from_raw((at.longitude_deg() * 600_000.0).round() as i32)
}

/// Ten-thousandths of a minute.
fn latitude(at: LatLon) -> Latitude {
    Latitude::from_raw((at.latitude_deg() * 600_000.0).round() as i32)
}

/// Tenths of a degree, 0 to 3599.
fn course(course: Course) -> Cog {
    Cog::from_raw((course.degrees() * 10.0).round() as u16 % 3600)
}

/// Degrees, 0 to 359.
fn heading(heading: Heading) -> AisHeading {
    AisHeading::from_raw(heading.degrees().round() as u16 % 360)
}

/// 4.733 times the root of the degrees a minute, right positive; 126 is 708° a minute or more.
fn rate_of_turn(rad_s: f64) -> i8 {
    let degrees_min = rad_s.to_degrees() * 60.0;
    let coded = (4.733 * degrees_min.abs().sqrt()).round().min(126.0);
    coded.copysign(degrees_min) as i8
}

/// The second of the minute in UTC.
fn second(at: Timestamp) -> AisTimestamp {
    AisTimestamp::Second((at.unix_nanos().div_euclid(1_000_000_000).rem_euclid(60)) as u8)
}

/// The six-bit alphabet has capitals, digits and punctuation; what it lacks becomes a space, what does not fit is cut.
fn text<const N: usize>(text: &str) -> FixedStr<N> {
    let mut padded = [b'@'; N];
    for (slot, character) in padded.iter_mut().zip(text.chars()) {
        *slot = match character.to_ascii_uppercase() {
            known @ (' '..='?' | 'A'..='_') => known as u8,
            _ => b' ',
        };
    }
    FixedStr::from_raw(padded, N)
}

#[cfg(test)]
mod tests;
