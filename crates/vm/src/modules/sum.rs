//! How `sum()` adds floats and complex numbers: with compensation (A. Neumaier, 1974), as since 3.12 and 3.14.

use crate::builtins::complex::Complex;
use crate::prelude::*;

/// A sum and the error that rounding has left behind.
#[derive(Clone, Copy, Default)]
struct Part {
    sum: f64,
    error: f64,
}

impl Part {
    fn add(&mut self, value: f64) {
        let next = self.sum + value;
        self.error += if self.sum.abs() >= value.abs() { (self.sum - next) + value } else { (value - next) + self.sum };
        self.sum = next;
    }

    fn finish(self) -> f64 {
        if self.error != 0.0 && self.error.is_finite() { self.sum + self.error } else { self.sum }
    }
}

/// A sum of floats, or of complex numbers once one came.
pub struct Floats {
    real: Part,
    imag: Option<Part>,
}

impl Floats {
    /// The sum that starts with a float or complex number; `None` for anything else.
    pub fn start(total: &Object) -> Option<Floats> {
        if let Some(complex) = total.cast_exact::<Complex>() {
            let part = |sum| Part { sum, error: 0.0 };
            return Some(Floats { real: part(complex.real), imag: Some(part(complex.imag)) });
        }
        let sum = total.is_exact::<Float>().then(|| Float::value_of(total))??;
        Some(Floats { real: Part { sum, error: 0.0 }, imag: None })
    }

    /// The sum of an integer so far, before a float or complex number.
    pub fn behind_int(total: i64, item: &Object) -> Option<Floats> {
        let fits = item.is_exact::<Complex>() || item.is_exact::<Float>();
        let real = Part { sum: total as f64, error: 0.0 };
        fits.then_some(Floats { real, imag: None })
    }

    /// Adds a number, if it is of a kind that is added here.
    pub fn add(&mut self, item: &Object) -> bool {
        if let Some(complex) = item.cast_exact::<Complex>() {
            // CPython gives a float sum its end before it goes on with complex numbers.
            match &mut self.imag {
                Some(imag) => imag.add(complex.imag),
                None => {
                    self.real = Part { sum: self.real.finish(), error: 0.0 };
                    self.imag = Some(Part { sum: complex.imag, error: 0.0 });
                }
            }
            self.real.add(complex.real);
            return true;
        }
        let value =
            if item.is_exact::<Float>() { Float::value_of(item) } else { item.as_small_int().map(|i| i as f64) };
        value.inspect(|value| self.real.add(*value)).is_some()
    }

    pub fn finish(&self) -> Object {
        match self.imag {
            Some(imag) => Complex::make(self.real.finish(), imag.finish()),
            None => Float::from_f64(self.real.finish()),
        }
    }
}
