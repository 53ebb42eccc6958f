//! What becomes of the items of an upload: how each firmware keeps them, and how it tells them again.

use super::super::Craft;
use super::super::flight::{DO_JUMP, Item, Refused, Rejection, Severity, fence_holds, fence_is_whole};
use super::super::personality::{Personality, Quirks};
use super::Link;
use super::lists::{Arriving, List, Wire};
use super::report::degrees_e7;

impl Link {
    /// Whether a fence that has come whole is taken.
    pub(super) fn judge_fence(&mut self, fence: &[Item], craft: &Craft) -> Result<(), Refused> {
        if !fence_is_whole(fence) {
            return Err(Refused);
        }
        if craft.plant.quirks.fence_needs_home_inside && !fence.is_empty() {
            let here = craft.plant.filter.estimate().position;
            let reason = match craft.flight.home() {
                None => Some("Geofence requires a valid home position"),
                Some(home) if !(fence_holds(fence, home) && fence_holds(fence, here)) => {
                    Some("Geofence rejected: already violated")
                }
                Some(_) => None,
            };
            if let Some(reason) = reason {
                self.say(craft, Severity::Critical, reason);
                return Err(Refused);
            }
        }
        Ok(())
    }
}

/// PX4 tells places in the frame of the message that carries them.
pub(super) fn for_the_wire(item: Item, wire: Wire, list: List) -> Item {
    let frame = match (wire, item.frame) {
        // A rally point keeps the frame it came in.
        (_, frame) if list == List::Rally => frame,
        (Wire::Int, 0) => 5,
        (Wire::Int, 3) => 6,
        (_, frame) => frame,
    };
    Item { frame, ..item }
}

/// Puts an item where it belongs. ArduPilot's mission is written at once, in place of what was there.
pub(super) fn store(
    list: List,
    arriving: &Arriving,
    aside: &mut Vec<Item>,
    count: u16,
    craft: &mut Craft,
) -> Result<(), Rejection> {
    let quirks = craft.plant.quirks;
    match list {
        List::Mission => {
            let item = stored_in_mission(arriving, count, craft)?;
            if !quirks.bad_upload_destroys_mission {
                aside.push(item);
                return Ok(());
            }
            let index = list.in_the_store(craft, arriving.seq);
            let mission = &mut craft.flight.items.mission;
            if mission.len() < usize::from(index) {
                mission.push(Item::HOME);
            }
            match mission.get_mut(usize::from(index)) {
                Some(old) => *old = item,
                None => mission.push(item),
            }
        }
        List::Fence => aside.push(arriving.item.stored_fence(!quirks.judges_fence_at_the_end)?),
        List::Rally => aside.push(arriving.item.stored_rally(quirks.trips_over_int_rally_frame)?),
    }
    Ok(())
}

/// What is kept of a mission item; a jump has to lead somewhere.
fn stored_in_mission(arriving: &Arriving, count: u16, craft: &Craft) -> Result<Item, Rejection> {
    let (kind, Quirks { forgets_frames, .. }) = (craft.plant.parameters.kind(), craft.plant.quirks);
    let item = match craft.plant.personality {
        Personality::ArduPilot => arriving.item.stored(kind)?,
        Personality::Px4 => arriving.item.stored_by_px4(kind)?,
    };
    let mut item = if forgets_frames { item } else { item.remembering_frame() };
    if item.command == DO_JUMP {
        let target = f64::from(item.param[0]);
        let first = if craft.plant.quirks.home_is_item_zero { 1.0 } else { 0.0 };
        if !(first..f64::from(count)).contains(&target) {
            return Err(Rejection::Inconsistent);
        }
        item.param[0] = f32::from(List::Mission.in_the_store(craft, item.param[0] as u16));
    }
    Ok(item)
}

/// Item 0: home as it is now, above mean sea level.
pub(super) fn home_item(craft: &Craft) -> Item {
    let mut item = Item::HOME;
    if let Some(home) = craft.flight.home() {
        item.x = degrees_e7(home.latitude());
        item.y = degrees_e7(home.longitude());
        item.z = home.height().amsl(craft.plant.undulation).metres as f32;
    }
    item
}
