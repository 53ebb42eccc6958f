//! The table of items of MISB ST 0601.17: tags, names, units, formats.

use super::mapping::Mapping;

/// What an item's bytes mean.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Format {
    /// A number by a mapping.
    Number(Mapping),
    /// An unsigned integer of up to eight bytes: a count, a code, or microseconds.
    Unsigned,
    /// A signed integer of up to eight bytes.
    Signed,
    /// Text.
    Text,
    /// A set or a list of its own; [`super::uas::UasPacket::security`] and [`super::uas::UasPacket::vmti`] read two of them.
    Nested,
}

/// An item of the standard's table.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Item {
    /// Its tag.
    pub tag: u32,
    /// Its name, with the unit of a number.
    pub name: &'static str,
    /// What its bytes mean.
    pub format: Format,
}

/// An item's value.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// A number in the item's unit.
    Number(f64),
    /// An unsigned integer.
    Unsigned(u64),
    /// A signed integer.
    Signed(i64),
    /// Text.
    Text(String),
    /// There is none: the item says so, or its bytes are not what they should be.
    None,
}

pub(super) const fn item(tag: u32, name: &'static str, format: Format) -> Item {
    Item { tag, name, format }
}

const fn unsigned(tag: u32, name: &'static str, least: f64, most: f64, bytes: usize) -> Item {
    item(tag, name, Format::Number(Mapping::Unsigned { least, most, bytes }))
}

const fn signed(tag: u32, name: &'static str, most: f64, bytes: usize) -> Item {
    item(tag, name, Format::Number(Mapping::Signed { most, bytes }))
}

const fn imapb(tag: u32, name: &'static str, least: f64, most: f64, bytes: usize) -> Item {
    item(tag, name, Format::Number(Mapping::Imapb { least, most, bytes }))
}

const fn altitude(tag: u32, name: &'static str) -> Item {
    unsigned(tag, name, -900.0, 19_000.0, 2)
}

const fn text(tag: u32, name: &'static str) -> Item {
    item(tag, name, Format::Text)
}

const fn count(tag: u32, name: &'static str) -> Item {
    item(tag, name, Format::Unsigned)
}

const fn nested(tag: u32, name: &'static str) -> Item {
    item(tag, name, Format::Nested)
}

/// The table of ST 0601.17, section 8, by tag.
pub const ITEMS: &[Item] = &[
    count(1, "checksum"),
    count(2, "precision time stamp, µs"),
    text(3, "mission id"),
    text(4, "platform tail number"),
    unsigned(5, "platform heading, °", 0.0, 360.0, 2),
    signed(6, "platform pitch, °", 20.0, 2),
    signed(7, "platform roll, °", 50.0, 2),
    unsigned(8, "platform true airspeed, m/s", 0.0, 255.0, 1),
    unsigned(9, "platform indicated airspeed, m/s", 0.0, 255.0, 1),
    text(10, "platform designation"),
    text(11, "image source sensor"),
    text(12, "image coordinate system"),
    signed(13, "sensor latitude, °", 90.0, 4),
    signed(14, "sensor longitude, °", 180.0, 4),
    altitude(15, "sensor true altitude, m above the sea"),
    unsigned(16, "sensor horizontal field of view, °", 0.0, 180.0, 2),
    unsigned(17, "sensor vertical field of view, °", 0.0, 180.0, 2),
    unsigned(18, "sensor relative azimuth, °", 0.0, 360.0, 4),
    signed(19, "sensor relative elevation, °", 180.0, 4),
    unsigned(20, "sensor relative roll, °", 0.0, 360.0, 4),
    unsigned(21, "slant range, m", 0.0, 5e6, 4),
    unsigned(22, "target width, m", 0.0, 1e4, 2),
    signed(23, "frame centre latitude, °", 90.0, 4),
    signed(24, "frame centre longitude, °", 180.0, 4),
    altitude(25, "frame centre elevation, m above the sea"),
    signed(26, "corner 1 latitude offset, °", 0.075, 2),
    signed(27, "corner 1 longitude offset, °", 0.075, 2),
    signed(28, "corner 2 latitude offset, °", 0.075, 2),
    signed(29, "corner 2 longitude offset, °", 0.075, 2),
    signed(30, "corner 3 latitude offset, °", 0.075, 2),
    signed(31, "corner 3 longitude offset, °", 0.075, 2),
    signed(32, "corner 4 latitude offset, °", 0.075, 2),
    signed(33, "corner 4 longitude offset, °", 0.075, 2),
    count(34, "icing detected"),
    unsigned(35, "wind direction, °", 0.0, 360.0, 2),
    unsigned(36, "wind speed, m/s", 0.0, 100.0, 1),
    unsigned(37, "static pressure, mbar", 0.0, 5000.0, 2),
    altitude(38, "density altitude, m"),
    item(39, "outside air temperature, °C", Format::Signed),
    signed(40, "target latitude, °", 90.0, 4),
    signed(41, "target longitude, °", 180.0, 4),
    altitude(42, "target elevation, m above the sea"),
    unsigned(43, "target track gate width, px", 0.0, 510.0, 1),
    unsigned(44, "target track gate height, px", 0.0, 510.0, 1),
    unsigned(45, "target error CE90, m", 0.0, 4095.0, 2),
    unsigned(46, "target error LE90, m", 0.0, 4095.0, 2),
    count(47, "generic flags"),
    nested(48, "security local set"),
    unsigned(49, "differential pressure, mbar", 0.0, 5000.0, 2),
    signed(50, "platform angle of attack, °", 20.0, 2),
    signed(51, "platform vertical speed, m/s", 180.0, 2),
    signed(52, "platform sideslip, °", 20.0, 2),
    unsigned(53, "airfield pressure, mbar", 0.0, 5000.0, 2),
    altitude(54, "airfield elevation, m above the sea"),
    unsigned(55, "relative humidity, %", 0.0, 100.0, 1),
    unsigned(56, "platform ground speed, m/s", 0.0, 255.0, 1),
    unsigned(57, "ground range, m", 0.0, 5e6, 4),
    unsigned(58, "platform fuel remaining, kg", 0.0, 1e4, 2),
    text(59, "platform call sign"),
    count(60, "weapon load"),
    count(61, "weapon fired"),
    count(62, "laser code"),
    count(63, "sensor field of view's name"),
    unsigned(64, "platform magnetic heading, °", 0.0, 360.0, 2),
    count(65, "version of ST 0601"),
    signed(67, "alternate platform latitude, °", 90.0, 4),
    signed(68, "alternate platform longitude, °", 180.0, 4),
    altitude(69, "alternate platform altitude, m above the sea"),
    text(70, "alternate platform name"),
    unsigned(71, "alternate platform heading, °", 0.0, 360.0, 2),
    count(72, "event start time, µs"),
    nested(73, "remote video terminal local set"),
    nested(74, "VMTI local set"),
    altitude(75, "sensor ellipsoid height, m"),
    altitude(76, "alternate platform ellipsoid height, m"),
    count(77, "operational mode"),
    altitude(78, "frame centre ellipsoid height, m"),
    signed(79, "sensor north velocity, m/s", 327.0, 2),
    signed(80, "sensor east velocity, m/s", 327.0, 2),
    nested(81, "image horizon"),
    signed(82, "corner 1 latitude, °", 90.0, 4),
    signed(83, "corner 1 longitude, °", 180.0, 4),
    signed(84, "corner 2 latitude, °", 90.0, 4),
    signed(85, "corner 2 longitude, °", 180.0, 4),
    signed(86, "corner 3 latitude, °", 90.0, 4),
    signed(87, "corner 3 longitude, °", 180.0, 4),
    signed(88, "corner 4 latitude, °", 90.0, 4),
    signed(89, "corner 4 longitude, °", 180.0, 4),
    signed(90, "platform pitch, full, °", 90.0, 4),
    signed(91, "platform roll, full, °", 90.0, 4),
    signed(92, "platform angle of attack, full, °", 90.0, 4),
    signed(93, "platform sideslip, full, °", 180.0, 4),
    nested(94, "motion imagery core identifier"),
    nested(95, "SAR motion imagery local set"),
    imapb(96, "target width, extended, m", 0.0, 1.5e6, 3),
    nested(97, "range image local set"),
    nested(98, "geo-registration local set"),
    nested(99, "composite imaging local set"),
    nested(100, "segment local set"),
    nested(101, "amend local set"),
    nested(102, "deviations and correlations"),
    imapb(103, "density altitude, extended, m", -900.0, 40_000.0, 3),
    imapb(104, "sensor ellipsoid height, extended, m", -900.0, 40_000.0, 3),
    imapb(105, "alternate platform ellipsoid height, extended, m", -900.0, 40_000.0, 3),
    text(106, "stream designator"),
    text(107, "operational base"),
    text(108, "broadcast source"),
    imapb(109, "range to recovery, km", 0.0, 21_000.0, 4),
    count(110, "time airborne, s"),
    count(111, "propulsion unit speed, 1/min"),
    imapb(112, "platform course, °", 0.0, 360.0, 2),
    imapb(113, "altitude above ground, m", -900.0, 40_000.0, 3),
    imapb(114, "radar altimeter, m", -900.0, 40_000.0, 3),
    nested(115, "control command"),
    nested(116, "control command verification"),
    imapb(117, "sensor azimuth rate, °/s", -1000.0, 1000.0, 3),
    imapb(118, "sensor elevation rate, °/s", -1000.0, 1000.0, 3),
    imapb(119, "sensor roll rate, °/s", -1000.0, 1000.0, 3),
    imapb(120, "on-board storage full, %", 0.0, 100.0, 2),
    nested(121, "active wavelengths"),
    nested(122, "country codes"),
    count(123, "navigation satellites in view"),
    count(124, "positioning method"),
    count(125, "platform status"),
    count(126, "sensor control mode"),
    nested(127, "sensor frame rate"),
    nested(128, "wavelengths"),
    text(129, "target id"),
    nested(130, "airbase locations"),
    count(131, "take-off time, µs"),
    imapb(132, "transmission frequency, MHz", 1.0, 99_999.0, 3),
    count(133, "on-board storage, GB"),
    imapb(134, "zoom, %", 0.0, 100.0, 1),
    text(135, "communications method"),
    item(136, "leap seconds", Format::Signed),
    item(137, "correction offset, µs", Format::Signed),
    nested(138, "payloads"),
    nested(139, "active payloads"),
    nested(140, "weapon stores"),
    nested(141, "waypoints"),
    nested(142, "view domain"),
];

/// The table's item of a tag.
#[must_use]
pub fn item_of(tag: u32) -> Option<&'static Item> {
    ITEMS.binary_search_by_key(&tag, |item| item.tag).ok().map(|index| &ITEMS[index])
}
