//! The shell around the agent: sockets, serial line, disk, clock and signals. It decides nothing.

mod clock;
mod examine;
mod port;
mod run;

pub use examine::examine;
pub use port::PortError;
pub use run::{ShellError, run};
