//! From photons to tracks in the image and rays in the world.
//!
//! | module | its duty |
//! |---|---|
//! | [`frame`] | one picture of a camera: grey or colour, with the time it was taken |
//! | [`image_tracker`] | boxes of one picture after another in, tracks in the picture out |
//! | [`assignment`] | who gets what, at least total cost |
//! | [`mot`] | boxes and tracks in the text files of the MOTChallenge |
//!
//! Everything here is plain code without clock or randomness: time comes in as an argument. Places are metres in a local
//! east-north-up frame, pixels are counted from the centre of the top left one; whoever calls knows where on Earth the
//! frame stands. The crate knows nothing of the bus, so it builds and is tested by itself.

pub mod assignment;
pub mod frame;
pub mod image_tracker;
pub mod mot;
