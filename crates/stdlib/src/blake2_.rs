//! `_blake2`.

use std::cell::RefCell;
use vm::object::instance;
use vm::prelude::*;
use vm::protocol::number;

/// A parameter of the tree mode: an unsigned number of at most `most`.
fn unsigned(vm: &Vm, value: Option<&Object>, most: u64, message: &str) -> Result<Option<u64>> {
    let Some(value) = value else { return Ok(None) };
    let index = number::index(vm, value)?;
    if Int::is_negative(&index) {
        bail!(vm, ValueError, "Cannot convert negative int");
    }
    match Int::to_i128(&index) {
        Some(n) if n <= i128::from(most) => Ok(Some(n as u64)),
        Some(n) if n <= i128::from(u64::MAX) => Err(raise!(vm, OverflowError, "{message}")),
        _ => Err(raise!(vm, OverflowError, "Python int too large for C unsigned long long")),
    }
}

/// A number between two bounds.
fn between(vm: &Vm, name: &str, value: i32, low: i32) -> Result<u8> {
    match u8::try_from(value) {
        Ok(n) if value >= low => Ok(n),
        _ => Err(raise!(vm, ValueError, "{name} must be between {low} and 255")),
    }
}

/// The bytes of key, salt or person.
fn short(vm: &Vm, value: Option<&Object>, most: usize, name: &str) -> Result<Vec<u8>> {
    let Some(value) = value else { return Ok(Vec::new()) };
    let buffer = vm::object::buffer::get_buffer(vm, value, vm::object::buffer::request::SIMPLE)?;
    let bytes = buffer.to_vec();
    buffer.release(vm);
    if bytes.len() > most {
        bail!(vm, ValueError, "maximum {name} length is {most} bytes");
    }
    Ok(bytes)
}

macro_rules! blake2 {
    ($kind:ident, $name:literal, $shown:literal, $library:ident, $text:literal, $out:literal, $salt:literal, $block:literal, $offset:expr) => {
        /// Return a new BLAKE2 hash object.
        #[pytype($name, module = "_blake2", flags())]
        pub struct $kind {
            pub head: Head,
            #[untraced]
            state: RefCell<$library::State>,
            #[untraced]
            size: usize,
        }

        #[pymethods]
        impl $kind {
            #[slot($text)]
            fn new(
                cls: &Ref<Type>,
                vm: &Vm,
                data: Option<&Object>,
                digest_size: Option<isize>,
                key: Option<&Object>,
                salt: Option<&Object>,
                person: Option<&Object>,
                fanout: i32,
                depth: i32,
                leaf_size: Option<&Object>,
                node_offset: Option<&Object>,
                node_depth: i32,
                inner_size: i32,
                last_node: bool,
                usedforsecurity: bool,
                string: Option<&Object>,
            ) -> Result<Object> {
                let _ = usedforsecurity;
                let data = crate::hashing::one_of(vm, data, string)?;
                let size = digest_size.unwrap_or($out);
                if !(1..=$out).contains(&size) {
                    bail!(
                        vm,
                        ValueError,
                        "digest_size for {} must be between 1 and {} bytes, here it is {size}",
                        $shown,
                        $out
                    );
                }
                let salt = short(vm, salt, $salt, "salt")?;
                let person = short(vm, person, $salt, "person")?;
                let fanout = between(vm, "fanout", fanout, 0)?;
                let depth = between(vm, "depth", depth, 1)?;
                let leaf_size = unsigned(vm, leaf_size, u64::from(u32::MAX), "leaf_size is too large")?.unwrap_or(0);
                let node_offset = unsigned(vm, node_offset, $offset, "node_offset is too large")?.unwrap_or(0);
                let node_depth = between(vm, "node_depth", node_depth, 0)?;
                if !(0..=$out).contains(&inner_size) {
                    bail!(vm, ValueError, "inner_size must be between 0 and is {}", $out);
                }
                let key = short(vm, key, $out, "key")?;
                let size = size as usize;
                let mut state = $library::Params::new()
                    .hash_length(size)
                    .key(&key)
                    .salt(&salt)
                    .personal(&person)
                    .fanout(fanout)
                    .max_depth(depth)
                    .max_leaf_length(leaf_size as u32)
                    .node_offset(node_offset)
                    .node_depth(node_depth)
                    .inner_hash_length(inner_size as usize)
                    .last_node(last_node)
                    .to_state();
                if let Some(data) = data {
                    crate::hashing::with_data(vm, data, |bytes| {
                        state.update(bytes);
                    })?;
                }
                let body = $kind { head: Head::new(), state: RefCell::new(state), size };
                Ok(instance::alloc(vm, cls, body)?.into_object())
            }

            /// Return a copy of the hash object.
            #[py("copy()")]
            fn copy(&self) -> Object {
                let state = RefCell::new(self.state.borrow().clone());
                instance::alloc_static($kind { head: Head::new(), state, size: self.size }).into_object()
            }

            /// Return the digest value as a bytes object.
            #[py("digest()")]
            fn digest(&self) -> Object {
                Bytes::new(self.state.borrow().finalize().as_bytes()).into_object()
            }

            /// Return the digest value as a string of hexadecimal digits.
            #[py("hexdigest()")]
            fn hexdigest(&self) -> String {
                crate::hashing::hex(self.state.borrow().finalize().as_bytes())
            }

            /// Update this hash object's state with the provided bytes-like object.
            #[py("update(data, /)")]
            fn update(&self, vm: &Vm, data: &Object) -> Result<()> {
                crate::hashing::with_data(vm, data, |bytes| {
                    self.state.borrow_mut().update(bytes);
                })
            }

            #[getter("name")]
            fn name(&self) -> &'static str {
                $name
            }

            #[getter("block_size")]
            fn block_size(&self) -> i32 {
                $block
            }

            #[getter("digest_size")]
            fn digest_size(&self) -> usize {
                self.size
            }
        }
    };
}

blake2!(
    Blake2b,
    "blake2b",
    "Blake2b",
    blake2b_simd,
    "(data=b'', *, digest_size=_blake2.blake2b.MAX_DIGEST_SIZE, key=b'', salt=b'', person=b'', fanout=1, depth=1, leaf_size=0, node_offset=0, node_depth=0, inner_size=0, last_node=False, usedforsecurity=True, string=None)",
    64,
    16,
    128,
    u64::MAX
);
blake2!(
    Blake2s,
    "blake2s",
    "Blake2s",
    blake2s_simd,
    "(data=b'', *, digest_size=_blake2.blake2s.MAX_DIGEST_SIZE, key=b'', salt=b'', person=b'', fanout=1, depth=1, leaf_size=0, node_offset=0, node_depth=0, inner_size=0, last_node=False, usedforsecurity=True, string=None)",
    32,
    8,
    64,
    0xFFFF_FFFF_FFFF
);

/// The BLAKE2 hash functions.
#[pymodule("_blake2", types(Blake2b, Blake2s))]
pub mod module {
    use super::*;
    use vm::builtins::module::Module;

    #[constant]
    const _GIL_MINSIZE: i32 = 2048;

    #[exec]
    fn exec(vm: &Vm, module: &Ref<Module>) -> Result<()> {
        for (kind, letter, size, salt) in [(Blake2b::class(), "B", 64, 16), (Blake2s::class(), "S", 32, 8)] {
            for (name, value) in
                [("SALT_SIZE", salt), ("PERSON_SIZE", salt), ("MAX_KEY_SIZE", size), ("MAX_DIGEST_SIZE", size)]
            {
                kind.own_dict().set_str(vm, name, Object::int32(value))?;
                module.dict().set_str(vm, &format!("BLAKE2{letter}_{name}"), Object::int32(value))?;
            }
        }
        Ok(())
    }
}
