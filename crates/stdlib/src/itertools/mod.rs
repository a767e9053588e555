//! `itertools`.
//!
//! The iterators that give tuples (`product`, `combinations`, `pairwise`, …) hand out the same tuple again when nobody
//! else has kept it: `emit` and [`Tuple::unique_mut`].

mod chain;
mod combine;
mod filter;
mod group;
mod infinite;
mod lockstep;
mod tee;

use vm::prelude::*;
use vm::protocol::number;

/// A machine word through `__index__`; OverflowError with the words of C's `Py_ssize_t` conversion.
fn as_size(vm: &Vm, object: &Object) -> Result<isize> {
    let index = number::index(vm, object)?;
    match Int::to_i64(&index) {
        Some(value) => Ok(value as isize),
        None => Err(raise!(vm, OverflowError, "Python int too large to convert to C ssize_t")),
    }
}

/// Functional tools for creating and using iterators.
///
/// Infinite: count, cycle, repeat.
/// Ending with the shortest input: accumulate, batched, chain, compress, dropwhile, filterfalse, groupby, islice,
/// pairwise, starmap, takewhile, tee, zip_longest.
/// Combinatoric: product, permutations, combinations, combinations_with_replacement.
#[pymodule(
    "itertools",
    types(
        chain::Accumulate,
        chain::Batched,
        chain::Chain,
        combine::Combinations,
        combine::CombinationsWithReplacement,
        filter::Compress,
        infinite::Count,
        infinite::Cycle,
        filter::DropWhile,
        filter::FilterFalse,
        group::GroupBy,
        group::Grouper,
        filter::ISlice,
        lockstep::Pairwise,
        combine::Permutations,
        combine::Product,
        infinite::Repeat,
        filter::StarMap,
        filter::TakeWhile,
        tee::Tee,
        tee::TeeData,
        lockstep::ZipLongest,
    )
)]
pub mod module {
    use super::*;

    /// Returns a tuple of n independent iterators.
    #[py("tee(iterable, n=2, /)")]
    fn tee(vm: &Vm, iterable: &Object, n: isize) -> Result<Ref<Tuple>> {
        if n < 0 {
            bail!(vm, ValueError, "n must be >= 0");
        }
        super::tee::split(vm, iterable, n as usize)
    }
}
