//! What a camera would see: pictures of a scene, with the truth beside them.
//!
//! | module | its duty |
//! |---|---|
//! | [`lens`] | from directions to pixels and back: pinhole and Brown–Conrady distortion |
//! | [`pose`] | where the camera is and looks, at an instant and through an exposure |
//! | [`earth`] | the curved sea and its horizon |
//! | [`scene`], [`figure`] | weather, coast, buildings; drones, birds, aircraft, vessels |
//! | [`band`] | visible light or thermal infrared |
//! | [`camera`] | renders a scene: the frame, and of every target its box, centre and how much of it is seen |
//! | [`y4m`] | pictures one after another as a file that other programs read |
//!
//! The geometry is exact: what is drawn is the projection of the scene to far below a pixel, edges cover pixels by their
//! true share, and an exposure is the mean of its instants. Light is simple: flat surfaces, one sun, no shadows, no
//! reflections but those of sky and sun in the sea. Not modelled: refraction, rolling shutter, defocus, colour, compression.
//!
//! Pictures depend on the scene, the exposure and the seed and on nothing else; nothing here does I/O or reads a clock.

mod backdrop;
pub mod band;
pub mod camera;
mod caption;
mod coverage;
pub mod earth;
pub mod figure;
pub mod lens;
mod outline;
mod patch;
pub mod pose;
mod random;
pub mod scene;
mod sensor;
mod stage;
mod texture;
pub mod y4m;
