//! How the scripted autopilot flies: straight and at one speed to where it is sent.

use super::*;

impl Peer {
    pub(super) fn height_of(&self, frame: MavFrame, z: f32) -> f64 {
        match frame {
            MavFrame::MAV_FRAME_GLOBAL_RELATIVE_ALT => f64::from(z),
            _ => f64::from(z) - self.home_altitude_m,
        }
    }

    pub(super) fn enu(&self, at: LatLon, height_m: f64) -> Enu {
        Enu { up_m: height_m, ..self.frame.enu(at.at_height(self.frame.datum().height())) }
    }

    /// The places a mission will send the vehicle to.
    pub(super) fn note_target(&mut self, item: &MISSION_ITEM_INT_DATA) {
        let goes = matches!(
            item.command,
            MavCmd::MAV_CMD_NAV_WAYPOINT | MavCmd::MAV_CMD_NAV_LOITER_TIME | MavCmd::MAV_CMD_NAV_LOITER_TURNS
        );
        if goes {
            let height_m = self.height_of(item.frame, item.z);
            let place = LatLon::from_degrees(f64::from(item.x) / 1e7, f64::from(item.y) / 1e7).unwrap();
            self.targets.push((place, height_m, item.command));
        }
    }

    pub(super) fn is_water_craft(&self) -> bool {
        matches!(self.mavtype, MavType::MAV_TYPE_SURFACE_BOAT | MavType::MAV_TYPE_SUBMARINE)
    }

    /// PX4 says ten times, twice a second, that it has reached an item; ArduPilot says it once.
    pub(super) fn repeat_reached(&mut self, now: Timestamp) {
        if let Some((seq, said, again_at)) = self.reached.filter(|(_, said, again_at)| *said < 10 && now >= *again_at) {
            self.out.push(MavMessage::MISSION_ITEM_REACHED(MISSION_ITEM_REACHED_DATA { seq }));
            let said = if self.make == Make::Px4 { said + 1 } else { 10 };
            self.reached = Some((seq, said, again_at + Duration::from_millis(500)));
        }
    }

    pub(super) fn fly(&mut self, took_s: f64) {
        self.velocity_m_s = [0.0; 2];
        if !self.armed || self.frozen {
            return;
        }
        self.battery_percent = (self.battery_percent - self.percent_per_s * took_s).max(0.0);
        let target = match self.doing() {
            Doing::Mission => self.mission_target(),
            Doing::Guided => self.guided,
            Doing::Return if self.at.horizontal_m() > 1.0 => Some(Enu { up_m: self.at.up_m, ..Enu::default() }),
            Doing::Return => Some(Enu::default()),
            Doing::Land => Some(Enu { up_m: 0.0, ..self.at }),
            Doing::Hold | Doing::Other => None,
        };
        let Some(target) = target else { return };
        let way = target.vector() - self.at.vector();
        let step_m = (10.0 * took_s).min(way.norm());
        if way.norm() > 1e-9 {
            self.at = Enu::from_vector(self.at.vector() + way.normalize() * step_m);
        }
        let moved = way.normalize() * step_m / took_s.max(1e-3);
        if way.norm() > 1e-9 {
            self.velocity_m_s = [moved.x, moved.y];
        }
        let arrived = way.norm() <= step_m + 1e-6;
        if arrived && self.doing() == Doing::Mission {
            self.reached = Some((self.current, 0, self.stepped));
            self.current += 1;
        }
        let landed = matches!(self.doing(), Doing::Return | Doing::Land) && self.at.up_m < 0.1 && arrived;
        if landed && !self.is_water_craft() {
            self.armed = false;
        }
    }

    /// Where the current item leads; items without a place are stepped over.
    pub(super) fn mission_target(&mut self) -> Option<Enu> {
        loop {
            let first = u16::from(self.make == Make::ArduPilot);
            self.current = self.current.max(first);
            let item = self.mission.get(usize::from(self.current))?.clone();
            match item.command {
                MavCmd::MAV_CMD_NAV_TAKEOFF | MavCmd::MAV_CMD_NAV_VTOL_TAKEOFF => {
                    return Some(Enu { up_m: f64::from(item.z), ..self.at });
                }
                MavCmd::MAV_CMD_NAV_WAYPOINT | MavCmd::MAV_CMD_NAV_LOITER_TIME | MavCmd::MAV_CMD_NAV_LOITER_TURNS => {
                    let place = LatLon::from_degrees(f64::from(item.x) / 1e7, f64::from(item.y) / 1e7).unwrap();
                    return Some(self.enu(place, self.height_of(item.frame, item.z)));
                }
                MavCmd::MAV_CMD_NAV_RETURN_TO_LAUNCH => return Some(Enu::default()),
                MavCmd::MAV_CMD_DO_JUMP => self.current = item.param1 as u16,
                _ => self.current += 1,
            }
        }
    }
}
