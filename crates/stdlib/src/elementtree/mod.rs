//! `_elementtree`: the classes behind `xml.etree.ElementTree`.

mod builder;
mod element;
mod iter;
mod parser;

use element::Element;
use vm::exception;
use vm::object::{attr, type_name};
use vm::prelude::*;
use vm::protocol::call;

/// The module's key among what native modules keep: a pair of the factories for comments and processing instructions.
const STATE: &str = "_elementtree";

/// The factories that `ElementTree` has given.
struct State(Option<Object>, Option<Object>);

impl State {
    fn of(vm: &Vm) -> State {
        let pair = vm.interp().module_state.borrow().get(STATE).cloned();
        match pair.as_ref().and_then(|pair| pair.cast::<Tuple>()).map(|pair| pair.items()) {
            Some([comment, pi]) => {
                let given = |factory: &Object| (!factory.is(&none())).then(|| factory.clone());
                State(given(comment), given(pi))
            }
            _ => State(None, None),
        }
    }
}

fn expected_element(vm: &Vm, object: &Object) -> Raised {
    raise!(vm, TypeError, "expected an Element, not \"{}\"", type_name(object))
}

fn element_argument(vm: &Vm, function: &str, label: &str, object: &Object) -> Raised {
    let kind = if object.is(&none()) { "None".to_owned() } else { type_name(object) };
    raise!(vm, TypeError, "{function}() {label} must be xml.etree.ElementTree.Element, not {kind}")
}

fn parse_error_class(vm: &Vm) -> Result<Object> {
    exception::module_class(vm, "xml.etree.ElementTree.ParseError", exception::types::SyntaxError.get())
}

/// ParseError, with the error's code and place.
#[cold]
fn parse_error(vm: &Vm, message: &str, place: Option<(i32, Object, Object)>) -> Raised {
    let make = || {
        let class = parse_error_class(vm)?;
        let error = call::call(vm, &class, &[Str::new(message).into_object()])?;
        if let Some((code, line, column)) = place {
            attr::setattr(vm, &error, &vm.intern("code"), Some(&Object::int32(code)))?;
            let position = Tuple::from_slice(&[line, column]).into_object();
            attr::setattr(vm, &error, &vm.intern("position"), Some(&position))?;
        }
        Ok::<_, Raised>(error)
    };
    match make() {
        Ok(error) => vm.raise(error),
        Err(raised) => raised,
    }
}

#[pymodule("_elementtree", types(element::Element, builder::TreeBuilder, parser::XmlParser))]
pub mod module {
    use super::*;
    use vm::builtins::module::Module;

    #[exec]
    fn exec(vm: &Vm, module: &Ref<Module>) -> Result<()> {
        iter::ElementIter::init_type(vm)?;
        crate::xml_receiver::Receiver::init_type(vm)?;
        module.dict().set_str(vm, "ParseError", parse_error_class(vm)?)
    }

    #[py(raw, "SubElement(parent, tag, attrib={}, **extra)", notext)]
    fn SubElement(vm: &Vm, args: Args<'_>) -> Result<Object> {
        let (parent, tag, attrib) = match args.positional() {
            [parent, tag] => (parent, tag, None),
            [parent, tag, attrib] => (parent, tag, Some(attrib)),
            few if few.len() < 2 => {
                bail!(vm, TypeError, "SubElement() takes at least 2 arguments ({} given)", few.len())
            }
            many => bail!(vm, TypeError, "SubElement() takes at most 3 arguments ({} given)", many.len()),
        };
        let Some(parent) = parent.cast::<Element>() else {
            return Err(element_argument(vm, "SubElement", "argument 1", parent));
        };
        if let Some(attrib) = attrib.filter(|attrib| !attrib.is_instance_of::<Dict>()) {
            bail!(vm, TypeError, "SubElement() argument 3 must be dict, not {}", type_name(attrib));
        }
        let element = Element::make(tag, Element::merged(vm, attrib, args.keywords())?).into_object();
        parent.add(vm, &element)?;
        Ok(element)
    }

    /// Change the factories used to create comments and processing instructions.
    ///
    /// For internal use only.
    #[py("_set_factories(comment_factory, pi_factory, /)")]
    fn _set_factories(vm: &Vm, comment_factory: &Object, pi_factory: &Object) -> Result<Object> {
        for factory in [comment_factory, pi_factory] {
            if !factory.is(&none()) && !call::is_callable(factory) {
                let which = if factory.is(comment_factory) { "Comment" } else { "PI" };
                bail!(vm, TypeError, "{which} factory must be callable, not {}", type_name(factory));
            }
        }
        let old = State::of(vm);
        let pair = Tuple::from_slice(&[comment_factory.clone(), pi_factory.clone()]).into_object();
        let before = vm.interp().module_state.borrow_mut().insert(STATE, pair);
        drop(before);
        let old = [old.0.unwrap_or_else(none), old.1.unwrap_or_else(none)];
        Ok(Tuple::from_slice(&old).into_object())
    }
}
