//! The limits that the room sets itself.

use telemetry::messages::VehicleKind;

use super::Contact;

/// The layers of height that own aircraft keep, metres above ground.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Layers {
    /// Below this only slow flight.
    pub slow_below_m: f64,
    /// What still is slow, m/s.
    pub slow_m_s: f64,
    /// Fast flight beyond sight ends here, and the buffer begins.
    pub fast_below_m: f64,
    /// The buffer, which is kept empty, ends here; above it others fly.
    pub buffer_below_m: f64,
}

/// Everything the pre-flight check goes by that no authority has set.
#[derive(Debug, Clone, PartialEq)]
pub struct Limits {
    /// The layers; nothing: heights are for zones and fences alone.
    pub layers: Option<Layers>,
    /// Two own aircraft keep this apart on the level, or the other in height, metres.
    pub apart_level_m: f64,
    /// See above.
    pub apart_height_m: f64,
    /// The strongest wind for multirotors, gusts included, m/s.
    pub multirotor_gust_max_m_s: f64,
    /// The strongest wind for fixed wings and VTOLs, gusts included, m/s.
    pub winged_gust_max_m_s: f64,
    /// The strongest wind for boats, gusts included, m/s.
    pub boat_gust_max_m_s: f64,
    /// The least height above ground, metres, where the ground is known; take-off and landing excepted.
    pub clearance_min_m: f64,
    /// The least visibility for flight, metres.
    pub visibility_min_m: f64,
    /// Whether aircraft may fly at night.
    pub night: bool,
    /// From where vehicles are heard and seen.
    pub contact: Contact,
    /// Zones, by the authorities' names, that the service may enter.
    pub authorised_zones: Vec<String>,
}

impl Default for Layers {
    /// Below 60 m slow, 60 to 120 m fast beyond line of sight, 120 to 150 m kept empty as a buffer to manned aviation,
    /// whose lowest usual height is 150 m (500 ft, SERA.5005 f 2).
    fn default() -> Self {
        Self { slow_below_m: 60.0, slow_m_s: 10.0, fast_below_m: 120.0, buffer_below_m: 150.0 }
    }
}

impl Default for Limits {
    /// Small craft lose their footing from about 12 m/s on; a wing of 22 m/s still gets home against 16 m/s. 1500 m is the
    /// least flight visibility for aircraft below 3000 ft (SERA.5001, note). 20 m of clearance are what trees reach beyond a
    /// terrain model, and its error (16 m at 90 % in SRTM).
    fn default() -> Self {
        Self {
            layers: Some(Layers::default()),
            apart_level_m: 50.0,
            apart_height_m: 15.0,
            multirotor_gust_max_m_s: 12.0,
            winged_gust_max_m_s: 16.0,
            boat_gust_max_m_s: 14.0,
            clearance_min_m: 20.0,
            visibility_min_m: 1500.0,
            night: true,
            contact: Contact::default(),
            authorised_zones: Vec::new(),
        }
    }
}

impl Limits {
    /// The strongest gust a kind of vehicle is sent into, m/s; nothing for what the wind does not reach.
    #[must_use]
    pub fn gust_max_m_s(&self, kind: VehicleKind) -> Option<f64> {
        match kind {
            VehicleKind::Multirotor => Some(self.multirotor_gust_max_m_s),
            VehicleKind::FixedWing | VehicleKind::Vtol => Some(self.winged_gust_max_m_s),
            VehicleKind::Boat => Some(self.boat_gust_max_m_s),
            VehicleKind::Rov | VehicleKind::Unknown => None,
        }
    }
}
