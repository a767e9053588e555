//! `_uuid`: time-based identifiers (RFC 9562, version 1).

use std::sync::Mutex;
use vm::prelude::*;

/// 100 ns between the Gregorian reform of 1582 and 1970.
const EPOCH: u64 = 0x01B2_1DD2_1381_4000;

/// What the identifiers of this process have in common, and the time of the last one.
struct Clock {
    node: [u8; 6],
    sequence: u16,
    last: u64,
}

static CLOCK: Mutex<Option<Clock>> = Mutex::new(None);

fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    let mut filled = 0;
    while filled < N {
        match host::system::random(&mut bytes[filled..], 0) {
            Ok(n) => filled += n,
            Err(_) => break,
        }
    }
    bytes
}

/// 16 bytes, never the same twice in a process. The node is random, marked as such by the multicast bit.
fn generate() -> [u8; 16] {
    let now = host::time::now();
    let mut time = now.sec as u64 * 10_000_000 + now.nsec as u64 / 100 + EPOCH;
    let mut place = CLOCK.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    let clock = place.get_or_insert_with(|| {
        let mut node = random::<6>();
        node[0] |= 1;
        Clock { node, sequence: u16::from_be_bytes(random()) & 0x3FFF, last: 0 }
    });
    time = time.max(clock.last + 1);
    clock.last = time;
    let mut out = [0; 16];
    out[..4].copy_from_slice(&(time as u32).to_be_bytes());
    out[4..6].copy_from_slice(&((time >> 32) as u16).to_be_bytes());
    out[6..8].copy_from_slice(&((time >> 48) as u16 & 0x0FFF | 0x1000).to_be_bytes());
    out[8..10].copy_from_slice(&(clock.sequence | 0x8000).to_be_bytes());
    out[10..].copy_from_slice(&clock.node);
    out
}

#[pymodule("_uuid")]
pub mod module {
    use super::*;

    #[constant]
    const has_stable_extractable_node: i32 = 0;
    #[constant]
    const has_uuid_generate_time_safe: i32 = 1;

    // A time-based identifier, and -1: nothing keeps other processes from making the same one.
    #[py("generate_time_safe()", notext)]
    fn generate_time_safe(vm: &Vm) -> Result<Object> {
        let bytes = Bytes::try_new(vm, &generate())?;
        Ok(Tuple::from_slice(&[bytes.into_object(), Object::int32(-1)]).into_object())
    }
}
