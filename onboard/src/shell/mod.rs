//! The shell around the agent: sockets, serial line, disk, clock and signals. It decides nothing.

mod clock;
mod port;
mod run;

pub use port::PortError;
pub use run::{ShellError, run};
