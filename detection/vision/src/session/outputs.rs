//! Outputs that keep their place from run to run.
//!
//! A tensor that a run makes anew costs `ort` 2.0.0-rc.14 about 270 bytes which it never gives back (the type that
//! `Value::from_session_output_ptr` asks for): 12 MB in an hour of a camera. An output whose sides are those that the model
//! states is therefore written into one and the same tensor. One with free sides is made anew: how many things a network
//! with suppression inside will find, nobody knows before.

use half::f16;
use ort::memory::Allocator;
use ort::session::{HasSelectedOutputs, OutputSelector, RunOptions};
use ort::value::{DynValue, Tensor};

use super::{Element, Port};

/// How to run with the outputs that keep their place.
pub(super) struct Kept(pub(super) RunOptions<HasSelectedOutputs>);

impl std::fmt::Debug for Kept {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Kept")
    }
}

/// Places for the outputs whose sides were those that the model states: some state others than they have.
///
/// # Errors
/// ONNX Runtime's, when it has no memory.
pub(super) fn kept(ports: &[Port], found: &[Vec<i64>]) -> Result<Kept, ort::Error> {
    let mut outputs = OutputSelector::default();
    for (port, found) in ports.iter().zip(found) {
        let stated = port.sides.iter().map(|side| side.and_then(|side| i64::try_from(side).ok()));
        if stated.eq(found.iter().copied().map(Some)) {
            outputs = outputs.preallocate(&port.name, place(port.element, found)?);
        }
    }
    Ok(Kept(RunOptions::new()?.with_outputs(outputs)))
}

fn place(element: Element, sides: &[i64]) -> Result<DynValue, ort::Error> {
    let allocator = Allocator::default();
    Ok(match element {
        Element::F32 => Tensor::<f32>::new(&allocator, sides)?.into_dyn(),
        Element::F16 => Tensor::<f16>::new(&allocator, sides)?.into_dyn(),
        Element::U8 => Tensor::<u8>::new(&allocator, sides)?.into_dyn(),
        Element::I64 => Tensor::<i64>::new(&allocator, sides)?.into_dyn(),
        Element::I32 => Tensor::<i32>::new(&allocator, sides)?.into_dyn(),
    })
}
