//! `_string`: the grammar of `str.format` for `string.Formatter`.

use vm::builtins::str::markup::{First, Step, pieces, split_name};
use vm::prelude::*;
use vm::protocol::iter;

/// string helper module
#[pymodule("_string")]
pub mod module {
    use super::*;

    /// Parse the argument as a format string: tuples of literal text, field name, format specification and conversion.
    #[py("formatter_parser(object, /)")]
    fn formatter_parser(vm: &Vm, object: &Ref<Str>) -> Result<Object> {
        let mut items = Vec::new();
        for piece in pieces(object.units()) {
            let piece = piece.map_err(|message| raise!(vm, ValueError, "{message}"))?;
            let literal = Str::from_view(vm, piece.literal)?.into_object();
            let [name, spec, conversion] = match piece.field {
                None => [none(), none(), none()],
                Some(field) => [
                    Str::from_view(vm, field.name)?.into_object(),
                    Str::from_view(vm, field.spec)?.into_object(),
                    match field.conversion {
                        Some(code) => Str::from_code(vm, code)?.into_object(),
                        None => none(),
                    },
                ],
            };
            items.push(Tuple::from_slice(&[literal, name, spec, conversion]).into_object());
        }
        iter::get_iter(vm, List::from_vec(items).as_object())
    }

    /// Split the argument as a field name: the first part and an iterator over the rest.
    #[py("formatter_field_name_split(string, /)")]
    fn formatter_field_name_split(vm: &Vm, string: &Ref<Str>) -> Result<(Object, Object)> {
        let (first, steps) = split_name(string.units()).map_err(|message| raise!(vm, ValueError, "{message}"))?;
        let first = match first {
            First::Auto => vm.intern("").into_object(),
            First::Index(index) => Int::from_i64(index as i64),
            First::Name(name) => Str::from_view(vm, name)?.into_object(),
        };
        let mut items = Vec::new();
        for step in steps {
            let (is_attr, key) = match step {
                Step::Attr(name) => (true, Str::from_view(vm, name)?.into_object()),
                Step::Index(index) => (false, Int::from_i64(index as i64)),
                Step::Key(key) => (false, Str::from_view(vm, key)?.into_object()),
                Step::Wrong(problem) => bail!(vm, ValueError, "{problem}"),
            };
            items.push(Tuple::from_slice(&[is_attr.object(), key]).into_object());
        }
        Ok((first, iter::get_iter(vm, List::from_vec(items).as_object())?))
    }
}
