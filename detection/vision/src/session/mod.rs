//! Networks run by ONNX Runtime.
//!
//! The library is not linked but loaded when the first network is wanted: programs start without it and do everything but
//! see. [`Runtime::load`] looks where the configuration says, then at `ORT_DYLIB_PATH`, then beside the program and in a
//! folder `onnxruntime` above it, then where Debian packages put libraries; what it tried is in the error, in one line.
//!
//! A [`Network`] has a fixed number of threads that do not spin while there is nothing to do: on a small computer they
//! would take the time from whoever makes the next frame. Its sides never change once it runs, so neither does its memory.

mod library;
mod outputs;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use half::f16;
use ort::ep::{CPU, CUDA, CoreML, ExecutionProviderDispatch, OpenVINO, TensorRT};
use ort::session::builder::GraphOptimizationLevel;
use ort::session::{Session, SessionInputValue};
use ort::value::{Outlet, TensorElementType, TensorRef, ValueType};
use serde::Deserialize;
use thiserror::Error;

pub use library::{LibraryError, Runtime};

use self::outputs::{Kept, kept};
use crate::heads::{Tensor, Values};

/// The most threads that one network may use.
const THREADS_MAX: usize = 64;

/// What does the arithmetic. Where the one that is asked for is not in the library, or has no device, the next is taken
/// and the log says so; the processor always works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Provider {
    /// The processor.
    Cpu,
    /// NVIDIA graphics.
    Cuda,
    /// NVIDIA graphics, with a plan made for the device.
    Tensorrt,
    /// Intel processors, graphics and accelerators.
    Openvino,
    /// Apple's accelerators.
    Coreml,
}

/// How networks are run.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Execution {
    /// Best first; the processor is always the last resort.
    pub providers: Vec<Provider>,
    /// Threads of one network.
    pub threads: usize,
}

impl Default for Execution {
    fn default() -> Self {
        Self { providers: vec![Provider::Cpu], threads: 2 }
    }
}

/// A network that cannot be used, or did not run.
#[derive(Debug, Error)]
pub enum NetworkError {
    /// The file is not there, or not readable.
    #[error("cannot read the model {path}")]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// ONNX Runtime does not take it.
    #[error("ONNX Runtime does not take the model {name}: {why}")]
    Refused {
        /// Which.
        name: String,
        /// In ONNX Runtime's words.
        why: String,
    },
    /// Not a tensor, or of a type that is not passed in or out.
    #[error(
        "{port} of the model {name} is {found}: allowed are tensors of 32 and 16 bit floats, bytes going in, integers"
    )]
    Type {
        /// Which model.
        name: String,
        /// Which input or output.
        port: String,
        /// What it is.
        found: String,
    },
    /// It did not run.
    #[error("the model {name} did not run: {why}")]
    Run {
        /// Which.
        name: String,
        /// In ONNX Runtime's words.
        why: String,
    },
    /// Threads that nobody has.
    #[error("threads = {found}: allowed are 1 to {THREADS_MAX}")]
    Threads {
        /// As configured.
        found: usize,
    },
}

/// The type of a tensor's numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Element {
    /// 32-bit floats.
    F32,
    /// 16-bit floats.
    F16,
    /// Bytes.
    U8,
    /// 64-bit integers.
    I64,
    /// 32-bit integers.
    I32,
}

/// An input or output as the model states it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Port {
    /// Its name.
    pub name: String,
    /// The type of its numbers.
    pub element: Element,
    /// Its sides; nothing where one is free.
    pub sides: Vec<Option<usize>>,
}

/// Numbers that go in.
#[derive(Debug, Clone, Copy)]
pub enum Input<'a> {
    /// 32-bit floats.
    F32(&'a [f32]),
    /// 16-bit floats.
    F16(&'a [f16]),
    /// Bytes.
    U8(&'a [u8]),
    /// 64-bit integers.
    I64(&'a [i64]),
}

/// One input of a run.
#[derive(Debug, Clone, Copy)]
pub struct Feed<'a> {
    /// Its sides; as many numbers as they say.
    pub sides: &'a [usize],
    /// The numbers, the last side's next to one another.
    pub values: Input<'a>,
}

/// A network, ready to run.
#[derive(Debug)]
pub struct Network {
    session: Session,
    name: String,
    inputs: Vec<Port>,
    outputs: Vec<Port>,
    /// From the second run on.
    kept: Option<Kept>,
}

impl Network {
    /// Loads a model's file.
    ///
    /// # Errors
    /// [`NetworkError`], for a file that is none, that ONNX Runtime refuses, or whose types are not ours.
    pub fn open(runtime: &Runtime, path: &Path, execution: &Execution) -> Result<Self, NetworkError> {
        let bytes = std::fs::read(path).map_err(|source| NetworkError::Unreadable { path: path.to_owned(), source })?;
        Self::from_bytes(runtime, &path.display().to_string(), &bytes, execution)
    }

    /// Loads a model from memory; `name` is what messages call it.
    ///
    /// # Errors
    /// As [`Network::open`].
    pub fn from_bytes(
        runtime: &Runtime,
        name: &str,
        bytes: &[u8],
        execution: &Execution,
    ) -> Result<Self, NetworkError> {
        if !(1..=THREADS_MAX).contains(&execution.threads) {
            return Err(NetworkError::Threads { found: execution.threads });
        }
        let session = session(runtime, bytes, execution)
            .map_err(|why| NetworkError::Refused { name: name.to_owned(), why: first_line(&why) })?;
        let ports = |outlets: &[Outlet]| outlets.iter().map(|outlet| port(name, outlet)).collect::<Result<Vec<_>, _>>();
        let (inputs, outputs) = (ports(session.inputs())?, ports(session.outputs())?);
        Ok(Self { session, name: name.to_owned(), inputs, outputs, kept: None })
    }

    /// What goes in, in order.
    #[must_use]
    pub fn inputs(&self) -> &[Port] {
        &self.inputs
    }

    /// What messages call it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The pairs of words that the file carries beside the graph; none where they cannot be read.
    #[must_use]
    pub fn metadata(&self) -> BTreeMap<String, String> {
        let Ok(metadata) = self.session.metadata() else { return BTreeMap::new() };
        let keys = metadata.custom_keys().unwrap_or_default();
        keys.into_iter().filter_map(|key| metadata.custom(&key).map(|value| (key, value))).collect()
    }

    /// Runs it once on inputs in the model's order, and gives the outputs, in the model's order, to `read`.
    ///
    /// # Errors
    /// [`NetworkError::Run`] with ONNX Runtime's words.
    pub fn run<R>(&mut self, feeds: &[Feed<'_>], read: impl FnOnce(&[Tensor<'_>]) -> R) -> Result<R, NetworkError> {
        let name = &self.name;
        let failed = |error: ort::Error| NetworkError::Run { name: name.clone(), why: first_line(&error) };
        let values = feeds.iter().map(value).collect::<Result<Vec<SessionInputValue<'_>>, _>>().map_err(failed)?;
        let run = match &self.kept {
            Some(Kept(options)) => self.session.run_with_options(&values[..], options),
            None => self.session.run(&values[..]),
        };
        let outputs = run.map_err(failed)?;
        let tensors = self.outputs.iter().enumerate().map(|(place, port)| {
            let value = &outputs[place];
            let shape = value.shape().iter().map(|&side| usize::try_from(side).unwrap_or(0)).collect();
            let values = match port.element {
                Element::F32 => Values::F32(value.try_extract_tensor::<f32>()?.1),
                Element::F16 => Values::F16(value.try_extract_tensor::<f16>()?.1),
                Element::I64 => Values::I64(value.try_extract_tensor::<i64>()?.1),
                Element::I32 => Values::I32(value.try_extract_tensor::<i32>()?.1),
                Element::U8 => return Err(ort::Error::new("an output of bytes")),
            };
            Tensor::new(&port.name, shape, values).ok_or_else(|| ort::Error::new("a shape and its numbers differ"))
        });
        let answer = read(&tensors.collect::<Result<Vec<_>, _>>().map_err(failed)?);
        if self.kept.is_none() {
            let sides = (0..self.outputs.len()).map(|place| outputs[place].shape().to_vec()).collect::<Vec<_>>();
            drop(outputs);
            self.kept = Some(kept(&self.outputs, &sides).map_err(failed)?);
        }
        Ok(answer)
    }
}

fn session(runtime: &Runtime, bytes: &[u8], execution: &Execution) -> Result<Session, ort::Error> {
    let providers: Vec<ExecutionProviderDispatch> =
        execution.providers.iter().map(|provider| provider.dispatch()).collect();
    Session::builder(runtime.environment())?
        .with_optimization_level(GraphOptimizationLevel::All)?
        .with_intra_threads(execution.threads)?
        .with_inter_threads(1)?
        .with_intra_op_spinning(false)?
        .with_execution_providers(providers)?
        .commit_from_memory(bytes)
}

impl Provider {
    fn dispatch(self) -> ExecutionProviderDispatch {
        match self {
            // With its arena it keeps its buffers from run to run. Without, it allocates each anew, aligned, and where
            // other threads share the heap glibc reuses little of such memory: a camera had 11 GB after a quarter of
            // an hour. Source: <https://sourceware.org/bugzilla/show_bug.cgi?id=14581>.
            Self::Cpu => CPU::default().with_arena_allocator(true).build(),
            Self::Cuda => CUDA::default().build(),
            Self::Tensorrt => TensorRT::default().build(),
            Self::Openvino => OpenVINO::default().build(),
            Self::Coreml => CoreML::default().build(),
        }
    }
}

fn port(model: &str, outlet: &Outlet) -> Result<Port, NetworkError> {
    let refuse =
        |found: String| Err(NetworkError::Type { name: model.to_owned(), port: outlet.name().to_owned(), found });
    let ValueType::Tensor { ty, shape, .. } = outlet.dtype() else { return refuse(format!("{:?}", outlet.dtype())) };
    let element = match ty {
        TensorElementType::Float32 => Element::F32,
        TensorElementType::Float16 => Element::F16,
        TensorElementType::Uint8 => Element::U8,
        TensorElementType::Int64 => Element::I64,
        TensorElementType::Int32 => Element::I32,
        other => return refuse(format!("a tensor of {other}")),
    };
    let sides = shape.iter().map(|&side| usize::try_from(side).ok().filter(|&side| side > 0)).collect();
    Ok(Port { name: outlet.name().to_owned(), element, sides })
}

fn value<'a>(feed: &Feed<'a>) -> Result<SessionInputValue<'a>, ort::Error> {
    let sides = feed.sides;
    Ok(match feed.values {
        Input::F32(values) => TensorRef::from_array_view((sides, values))?.into(),
        Input::F16(values) => TensorRef::from_array_view((sides, values))?.into(),
        Input::U8(values) => TensorRef::from_array_view((sides, values))?.into(),
        Input::I64(values) => TensorRef::from_array_view((sides, values))?.into(),
    })
}

/// ONNX Runtime's messages go on for lines; the first says it.
fn first_line(error: &ort::Error) -> String {
    error.to_string().lines().next().unwrap_or_default().to_owned()
}
