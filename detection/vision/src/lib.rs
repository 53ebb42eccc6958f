//! From photons to tracks in the image and rays in the world.
//!
//! | module | its duty |
//! |---|---|
//! | [`frame`] | one picture of a camera: grey or colour, with the time it was taken |
//! | [`ego_motion`] | how the camera moved between two pictures |
//! | [`image_tracker`] | boxes of one picture after another in, tracks in the picture out |
//! | [`geolocation`] | a pixel's ray in the world, and where it ends |
//! | [`klv`] | MISB metadata beside the video, read and written |
//! | [`assignment`] | who gets what, at least total cost |
//! | [`mot`] | boxes and tracks in the text files of the MOTChallenge |
//! | [`heads`] | a detector's output tensors in, boxes out: every common convention; pictures to inputs |
//! | [`detector`] | a network with how its input is made and its output read |
//! | [`session`] | networks run by ONNX Runtime, whose library is found and loaded when first wanted |
//! | [`pipeline`] | the way of a frame: ego-motion, detectors, tracker, what is in the frame |
//! | [`truth`] | what was seen compared with boxes that a person drew |
//! | [`media`] | video in and out by GStreamer |
//! | [`small`] | before and after the network for small things in the sky |
//!
//! Everything but [`session`] and [`media`], the shells to ONNX Runtime and GStreamer, is plain code without clock or
//! randomness: time comes in as an argument. Places are metres in a local east-north-up frame, pixels are counted from
//! the centre of the top left one; whoever calls knows where on Earth the frame stands. The crate knows nothing of the
//! bus, so it builds and is tested by itself.

pub mod assignment;
pub mod detector;
pub mod ego_motion;
pub mod frame;
pub mod geolocation;
pub mod heads;
pub mod image_tracker;
pub mod klv;
mod laying;
pub mod media;
pub mod mot;
pub mod pipeline;
pub mod session;
pub mod small;
pub mod truth;
