//! `picket-onboard files …` and `picket-onboard logs …`: what a person at the vehicle asks for.

use std::fs;
use std::path::PathBuf;

use anyhow::Context;
use clap::Subcommand;
use onboard::config::{AutopilotPort, VehicleConfig};
use onboard::link::ftp::{Entry, Product, Task};
use onboard::shell::Conversation;

/// What is asked for.
#[derive(Debug, Subcommand)]
pub(crate) enum Errand {
    /// Files on the autopilot.
    Files {
        #[command(subcommand)]
        what: Files,
        /// Another link than the first to the autopilot, for example udpout:127.0.0.1:14551.
        #[arg(long, global = true)]
        link: Option<AutopilotPort>,
    },
    /// The autopilot's own flight logs.
    Logs {
        #[command(subcommand)]
        what: Logs,
        /// Another link than the first to the autopilot, for example udpout:127.0.0.1:14551.
        #[arg(long, global = true)]
        link: Option<AutopilotPort>,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Files {
    /// What is in a folder.
    List { folder: String },
    /// Brings a file here, such as @PARAM/param.pck.
    Get { file: String, to: PathBuf },
    /// Writes a file there; one of that name is replaced.
    Put { from: PathBuf, file: String },
    /// Removes a file there.
    Remove { file: String },
    /// The checksum of a file there.
    Checksum { file: String },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Logs {
    /// Which logs there are.
    List,
    /// Brings a log here.
    Get { number: u16, to: PathBuf },
}

/// Does it, and prints what came of it.
pub(crate) async fn run(config: &VehicleConfig, errand: Errand) -> anyhow::Result<()> {
    match errand {
        Errand::Files { what, link } => files(&mut Conversation::open(config, link).await?, what).await,
        Errand::Logs { what, link } => logs(&mut Conversation::open(config, link).await?, what).await,
    }
}

async fn files(vehicle: &mut Conversation, what: Files) -> anyhow::Result<()> {
    let (path, task, to) = match what {
        Files::List { folder } => (folder, Task::List, None),
        Files::Get { file, to } => (file, Task::Read, Some(to)),
        Files::Put { from, file } => {
            let bytes = fs::read(&from).with_context(|| format!("reading {}", from.display()))?;
            (file, Task::Write(bytes), None)
        }
        Files::Remove { file } => (file, Task::Remove, None),
        Files::Checksum { file } => (file, Task::Checksum, None),
    };
    match (vehicle.transfer(&path, task).await?, to) {
        (Product::Entries(entries), _) => entries.iter().for_each(|entry| println!("{}", line(entry))),
        (Product::Bytes(bytes), Some(to)) => save(&to, &bytes)?,
        (Product::Checksum(sum), _) => println!("{sum:08x}"),
        (Product::Bytes(_) | Product::Done, _) => println!("done: {path}"),
    }
    Ok(())
}

async fn logs(vehicle: &mut Conversation, what: Logs) -> anyhow::Result<()> {
    match what {
        Logs::List => {
            for log in vehicle.logs().await? {
                println!("{:6} {:>12} bytes, begun at {} (Unix seconds)", log.id, log.size, log.time_unix_s);
            }
        }
        Logs::Get { number, to } => save(&to, &vehicle.log(number).await?)?,
    }
    Ok(())
}

fn line(entry: &Entry) -> String {
    match entry.size {
        Some(size) => format!("{size:>12} {}", entry.name),
        None => format!("{:>12} {}/", "", entry.name),
    }
}

fn save(to: &PathBuf, bytes: &[u8]) -> anyhow::Result<()> {
    fs::write(to, bytes).with_context(|| format!("writing {}", to.display()))?;
    println!("{} bytes in {}", bytes.len(), to.display());
    Ok(())
}
