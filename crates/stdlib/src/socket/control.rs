//! Control messages: what goes beside the data of `sendmsg` and `recvmsg`.

use super::object::{bytes_of, int};
use host::socket as system;
use vm::exception::types;
use vm::object::type_name;
use vm::prelude::*;
use vm::protocol::iter;

/// The control messages that a sequence of tuples names.
pub fn control_of(vm: &Vm, items: &Object) -> Result<Vec<system::Control>> {
    let Ok(items) = iter::to_vec(vm, items) else {
        if vm.raised_is(&types::TypeError) {
            vm.clear_raised();
            bail!(vm, TypeError, "sendmsg() argument 2 must be an iterable");
        }
        return Err(Raised);
    };
    let mut all = Vec::new();
    for item in items {
        let Some([level, kind, data]) = item.cast::<Tuple>().map(|t| t.items()) else {
            let given = match item.cast::<Tuple>() {
                Some(tuple) => format!("{}-item tuple", tuple.len()),
                None => type_name(&item),
            };
            bail!(vm, TypeError, "[sendmsg() ancillary data items]() argument must be 3-item tuple, not {given}");
        };
        all.push((int(vm, level)?, int(vm, kind)?, bytes_of(vm, data)?));
    }
    Ok(all)
}

/// The tuples that say what came.
pub fn control_list(vm: &Vm, control: &[system::Control]) -> Result<Object> {
    let items = control.iter().map(|(level, kind, data)| {
        let data = Bytes::try_new(vm, data)?.into_object();
        Ok(Tuple::from_slice(&[Object::int32(*level), Object::int32(*kind), data]).into_object())
    });
    Ok(List::from_vec(items.collect::<Result<Vec<Object>>>()?).into_object())
}

/// `SOL_ALG` and its messages (`<linux/if_alg.h>`).
const SOL_ALG: i32 = 279;
const ALG_SET_IV: i32 = 2;
const ALG_SET_OP: i32 = 3;
const ALG_SET_AEAD_ASSOCLEN: i32 = 4;

/// The control messages that tell the kernel's cryptography what to do with the data.
pub fn afalg(
    vm: &Vm,
    op: Option<&Object>,
    iv: Option<&Object>,
    assoclen: Option<&Object>,
) -> Result<Vec<system::Control>> {
    let op = op.map_or(Ok(-1), |op| int(vm, op))?;
    if op < 0 {
        bail!(vm, TypeError, "Invalid or missing argument 'op'");
    }
    let mut control = vec![(SOL_ALG, ALG_SET_OP, op.to_ne_bytes().to_vec())];
    if let Some(iv) = iv {
        let iv = bytes_of(vm, iv)?;
        let len = iv.len() as u32;
        control.push((SOL_ALG, ALG_SET_IV, [&len.to_ne_bytes()[..], &iv[..]].concat()));
    }
    if let Some(assoclen) = assoclen {
        let len = int(vm, assoclen)?;
        if len < 0 {
            bail!(vm, TypeError, "assoclen must be positive");
        }
        control.push((SOL_ALG, ALG_SET_AEAD_ASSOCLEN, len.to_ne_bytes().to_vec()));
    }
    Ok(control)
}
