//! The night goes otherwise than planned: who takes over what, shown before a person sends it.
//!
//! An [`Event`] (a drone drops out, a battery sags, the wind rises, a zone closes, an intruder appears) is answered with a
//! [`Difference`]: for each vehicle that it concerns, what it takes over, what it gives away, and its [`Itinerary`] before
//! and after; what nobody visits any more, and why; and who does not get home. Nothing is sent from here.
//! [`Difference::after`] is the night as it stands once a person has sent it, and the next event begins with it.
//!
//! The visits are shared out by `tasks`, with ways round closed areas. Times on an itinerary are true ones: leg by leg in
//! the wind. The search knows of the wind by a lower speed only; a vehicle that would be late in truth is planned again
//! with a lower one, and in the end loses visits until it is not.
//!
//! A zone that closes counts as closed until the end of the night, for ways as for visits. A vehicle inside when it closes
//! leaves by the nearest way.

mod closed;
mod difference;
mod itinerary;
mod picture;

pub use closed::way_round;
pub use difference::{Change, Difference, Stranded, Unvisited, replan};
pub use itinerary::{Itinerary, Visit};
pub use picture::{Event, Intruder, Picture, PictureError};
