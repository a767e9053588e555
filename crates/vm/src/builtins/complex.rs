//! `complex`.

use crate::object::instance;
use crate::prelude::*;

/// Create a complex number from a string or numbers.
///
/// If a string is given, parse it as a complex number.
/// If a single number is given, convert it to a complex number.
/// If the 'real' or 'imag' arguments are given, create a complex number
/// with the specified real and imaginary components.
#[pytype("complex", flags(BASETYPE))]
pub struct Complex {
    pub head: Head,
    pub real: f64,
    pub imag: f64,
}

impl Complex {
    pub fn make(real: f64, imag: f64) -> Object {
        instance::alloc_static(Complex { head: Head::new(), real, imag }).into_object()
    }
}

#[pymethods]
impl Complex {
    #[slot]
    fn repr(&self) -> String {
        number::complex::repr(number::complex::Complex { re: self.real, im: self.imag })
    }
}
