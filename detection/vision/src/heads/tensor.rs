//! A network's tensor as it comes out: a name, a shape, numbers in row-major order.

use std::borrow::Cow;

use half::f16;

/// The numbers of a tensor, as the network makes them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Values<'a> {
    /// 32-bit floats.
    F32(&'a [f32]),
    /// 16-bit floats.
    F16(&'a [f16]),
    /// 64-bit integers: labels, counts.
    I64(&'a [i64]),
    /// 32-bit integers: labels, counts.
    I32(&'a [i32]),
}

impl Values<'_> {
    fn len(&self) -> usize {
        match self {
            Self::F32(values) => values.len(),
            Self::F16(values) => values.len(),
            Self::I64(values) => values.len(),
            Self::I32(values) => values.len(),
        }
    }
}

/// One output of a network.
#[derive(Debug, Clone, PartialEq)]
pub struct Tensor<'a> {
    name: &'a str,
    shape: Vec<usize>,
    values: Values<'a>,
}

impl<'a> Tensor<'a> {
    /// A tensor of this shape; nothing where the shape asks for another number of values than there are.
    #[must_use]
    pub fn new(name: &'a str, shape: Vec<usize>, values: Values<'a>) -> Option<Self> {
        let needed = shape.iter().try_fold(1usize, |product, &side| product.checked_mul(side))?;
        (needed == values.len()).then_some(Self { name, shape, values })
    }

    /// What the network calls it.
    #[must_use]
    pub fn name(&self) -> &'a str {
        self.name
    }

    /// Its sides, outermost first.
    #[must_use]
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// Its sides without those of 1 in front: a batch of one is none.
    #[must_use]
    pub fn sides(&self) -> &[usize] {
        let ones = self.shape.iter().take_while(|&&side| side == 1).count();
        &self.shape[ones..]
    }

    /// The numbers as 32-bit floats: without a copy where they are such.
    #[must_use]
    pub fn floats(&self) -> Cow<'a, [f32]> {
        match self.values {
            Values::F32(values) => Cow::Borrowed(values),
            Values::F16(values) => values.iter().map(|value| value.to_f32()).collect(),
            Values::I64(values) => values.iter().map(|&value| value as f32).collect(),
            Values::I32(values) => values.iter().map(|&value| value as f32).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shape_and_its_numbers_agree_or_there_is_no_tensor() {
        assert!(Tensor::new("a", vec![1, 2, 3], Values::F32(&[0.0; 6])).is_some());
        assert!(Tensor::new("a", vec![1, 2, 3], Values::F32(&[0.0; 5])).is_none());
        assert!(Tensor::new("a", vec![usize::MAX, 2], Values::I64(&[])).is_none());
        assert!(Tensor::new("a", vec![0, 6], Values::I32(&[])).is_some());
    }

    #[test]
    fn a_batch_of_one_is_none_and_halves_are_read() {
        let halves = [f16::from_f32(0.5), f16::from_f32(-2.0)];
        let tensor = Tensor::new("a", vec![1, 1, 2], Values::F16(&halves)).unwrap();
        assert_eq!((tensor.sides(), tensor.floats().as_ref()), (&[2][..], &[0.5, -2.0][..]));
    }
}
