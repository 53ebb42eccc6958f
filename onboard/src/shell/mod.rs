//! The shell around the agent: sockets, serial line, disk, clock and signals. It decides nothing.

mod clock;
mod errand;
mod evidence;
mod examine;
mod live;
mod open;
mod port;
mod record;
mod run;
mod secret;
mod sources;
mod supervisor;

pub use errand::{Conversation, ErrandError};
pub use examine::examine;
pub use open::ShellError;
pub use port::PortError;
pub use run::run;
pub use secret::SecretError;
