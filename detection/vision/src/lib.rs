//! From photons to tracks in the image and rays in the world.
//!
//! | module | its duty |
//! |---|---|
//! | [`frame`] | one picture of a camera: grey or colour, with the time it was taken |
//!
//! Everything here is plain code without clock or randomness: time comes in as an argument. Places are metres in a local
//! east-north-up frame, pixels are counted from the centre of the top left one; whoever calls knows where on Earth the
//! frame stands. The crate knows nothing of the bus, so it builds and is tested by itself.

pub mod frame;
