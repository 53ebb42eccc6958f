//! What is to be done: sites, plans, flight authorisations, scenarios, the files they are written in, and the files
//! themselves.
//!
//! A file is read whole, once, and checked before anything uses it: what comes out of this crate has been checked. An
//! error names the file, the line, the field, what was found and what is allowed. People write degrees, metres,
//! metres a second and knots; inside are radians and SI. The crate opens files when asked to, and nothing else: it
//! reads no clock and draws no random number.

pub mod authorisation;
pub mod embedded;
pub mod file;
pub mod formats;
pub mod notation;
pub mod performance;
pub mod plan;
pub mod ring;
pub mod scenario;
pub mod sensor;
pub mod site;
pub mod sun;
pub mod terrain;
pub mod zones;

pub use authorisation::FlightAuthorisation;
pub use file::{FileError, FileErrors};
pub use performance::Performance;
pub use plan::{CheckedPlan, Plan, PlanFault};
pub use scenario::Scenario;
pub use sensor::{Sensor, SensorTable};
pub use site::{Site, Zone, ZoneKind};
