//! `math.sumprod`.

use super::multiply_add;
use number::math as exact;
use vm::prelude::*;
use vm::protocol::{iter, number as protocol};

/// The sum of the products of pairs, with CPython's exactness: see the comments.
pub fn sumprod(vm: &Vm, p: &Object, q: &Object) -> Result<Object> {
    let (p, q) = (iter::to_vec(vm, p)?, iter::to_vec(vm, q)?);
    if p.len() != q.len() {
        bail!(vm, ValueError, "Inputs are not the same length");
    }
    let mut total = Object::int32(0);
    // Whole numbers at the start are summed exactly, then a run of products with floats in triple length; what comes
    // after that is summed as it is.
    let (mut ints, mut floats) = (Some(0i64), true);
    let mut sum: Option<exact::ProductSum> = None;
    for (x, y) in p.iter().zip(&q) {
        if let Some(so_far) = ints {
            let product = |x: &Object, y: &Object| Int::to_i64(x)?.checked_mul(Int::to_i64(y)?)?.checked_add(so_far);
            let both = x.is_exact::<Int>() && y.is_exact::<Int>();
            ints = if both { product(x, y) } else { None };
            if ints.is_some() {
                continue;
            }
            total = Int::from_i64(so_far);
        }
        if floats {
            let whole = |x: &Object| x.is_exact::<Int>() || x.is_exact::<Bool>();
            let float = |x: &Object| x.is_exact::<Float>();
            if float(x) && (float(y) || whole(y)) || float(y) && whole(x) {
                match (protocol::as_f64(vm, x), protocol::as_f64(vm, y)) {
                    (Ok(x), Ok(y)) => {
                        let mut with = sum.unwrap_or_default();
                        with.add(x, y);
                        if with.is_finite() {
                            sum = Some(with);
                            continue;
                        }
                    }
                    _ => vm.clear_raised(),
                }
            }
            floats = false;
            if let Some(sum) = sum.take() {
                total = protocol::add(vm, &total, &Float::from_f64(sum.finish()))?;
            }
        }
        total = multiply_add(vm, &total, x, y)?;
    }
    if let Some(so_far) = ints {
        total = Int::from_i64(so_far);
    }
    if let Some(sum) = sum {
        total = protocol::add(vm, &total, &Float::from_f64(sum.finish()))?;
    }
    Ok(total)
}
