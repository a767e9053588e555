//! `_random`: the Mersenne Twister.

use number::int;
use number::random::{N, Twister};
use std::cell::RefCell;
use vm::object::instance;
use vm::prelude::*;
use vm::protocol::object as protocol;

/// Random() -> create a random number generator with its own internal state.
#[pytype("Random", module = "_random", flags(BASETYPE))]
pub struct Random {
    pub head: Head,
    #[untraced]
    twister: RefCell<Twister>,
}

/// The generator for a seed; from the system's randomness for None.
fn seeded(vm: &Vm, seed: Option<&Object>) -> Result<Twister> {
    let Some(seed) = seed.filter(|s| !s.is(&none())) else {
        let mut bytes = [0; N * 4];
        if host::system::fill_random(&mut bytes).is_err() {
            bail!(vm, OSError, "no randomness to be had from the system");
        }
        let key: Vec<u32> = bytes.chunks_exact(4).map(|b| u32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect();
        return Ok(Twister::from_key(&key));
    };
    let seed = match Int::to_big(seed) {
        Some(seed) => seed,
        // The hash, as an unsigned word.
        None => number::BigInt::from(protocol::hash(vm, seed)? as u64),
    };
    Ok(Twister::from_int(&if int::is_negative(&seed) { -seed } else { seed }))
}

#[pymethods]
impl Random {
    #[slot]
    fn new(cls: &Ref<Type>, vm: &Vm, args: Args<'_>) -> Result<Object> {
        if args.items.len() > 1 {
            bail!(vm, TypeError, "Random() takes at most 1 argument ({} given)", args.items.len());
        }
        let twister = RefCell::new(seeded(vm, args.items.first())?);
        Ok(instance::alloc(vm, cls, Random { head: Head::new(), twister })?.into_object())
    }

    #[slot]
    fn init(&self, vm: &Vm, args: Args<'_>) -> Result<()> {
        let twister = seeded(vm, args.items.first())?;
        self.twister.replace(twister);
        Ok(())
    }

    /// random() -> x in the interval [0, 1).
    #[py("random()")]
    fn random(&self) -> f64 {
        self.twister.borrow_mut().random()
    }

    /// Defaults to use urandom and falls back to a combination of the current time and the process identifier.
    #[py("seed(n=None, /)")]
    fn seed(&self, vm: &Vm, n: Option<&Object>) -> Result<()> {
        let twister = seeded(vm, n)?;
        self.twister.replace(twister);
        Ok(())
    }

    /// getstate() -> tuple containing the current state.
    #[py("getstate()")]
    fn getstate(&self, vm: &Vm) -> Result<Ref<Tuple>> {
        let twister = self.twister.borrow();
        let (words, index) = twister.state();
        let mut items: Vec<Object> = words.iter().map(|&w| Int::from_i64(i64::from(w))).collect();
        items.push(Int::from_i64(index as i64));
        Tuple::from_vec(vm, items)
    }

    /// setstate(state) -> None.  Restores generator state.
    #[py("setstate(state, /)")]
    fn setstate(&self, vm: &Vm, state: &Object) -> Result<()> {
        let Some(state) = state.cast::<Tuple>() else { bail!(vm, TypeError, "state vector must be a tuple") };
        if state.len() != N + 1 {
            bail!(vm, ValueError, "state vector is the wrong size");
        }
        let mut words = [0; N];
        for (word, item) in words.iter_mut().zip(state.items()) {
            if !item.is_instance_of::<Int>() {
                bail!(vm, TypeError, "an integer is required");
            }
            match Int::to_i128(item) {
                Some(value) if value >= 0 => *word = value as u32,
                _ => bail!(vm, OverflowError, "can't convert negative value to unsigned int"),
            }
        }
        let index = Int::to_i64(&state.items()[N]).and_then(|i| usize::try_from(i).ok());
        match index.and_then(|index| Twister::from_state(words, index)) {
            Some(twister) => {
                self.twister.replace(twister);
                Ok(())
            }
            None => Err(raise!(vm, ValueError, "invalid state")),
        }
    }

    /// getrandbits(k) -> x.  Generates an int with k random bits.
    #[py("getrandbits(k, /)")]
    fn getrandbits(&self, vm: &Vm, k: &Object) -> Result<Object> {
        let k = vm::protocol::number::index(vm, k)?;
        if Int::is_negative(&k) {
            bail!(vm, ValueError, "Cannot convert negative int");
        }
        let Some(bits) = Int::to_i64(&k) else { bail!(vm, OverflowError, "Python int too large to convert to C uint64_t") };
        if bits <= 62 {
            return Ok(Int::from_i64(self.twister.borrow_mut().bits_u64(bits as u32) as i64));
        }
        let made = self.twister.borrow_mut().bits(bits as u64);
        Int::from_big(vm, vm.memory(made.map_err(|_| vm::heap::OutOfMemory))?)
    }
}

/// Module implements the Mersenne Twister random number generator.
#[pymodule("_random", types(Random))]
pub mod module {
    #[allow(unused_imports)]
    use super::*;
}
