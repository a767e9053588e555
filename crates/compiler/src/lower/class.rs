//! Classes.

use bytecode::op::intrinsic;
use bytecode::{Const, Location, Op, Pseudo};
use syntax::ast::{Ident, Stmt, StmtKind};

use super::{Lower, NOWHERE, Result, text};
use crate::symbols::{Key, Role};
use crate::unit::{UnitKind, loc};

impl<'a> Lower<'a> {
    pub(super) fn class(&mut self, node: &'a Stmt) -> Result {
        let StmtKind::ClassDef { name, bases, keywords, body, decorator_list, type_params } = &node.kind else {
            return Ok(());
        };
        self.exprs(decorator_list)?;
        let first_line = decorator_list.first().map_or(node.pos.lineno, |d| d.pos.lineno);
        let at = loc(node.pos);
        let (params_name, base_name) = (Ident::from(".type_params"), Ident::from(".generic_base"));
        let generic = !type_params.is_empty();
        if generic {
            let unit_name = format!("<generic parameters of {name}>");
            let key = Key::of(type_params, Role::TypeParams);
            self.enter(&unit_name, UnitKind::Annotations, key, first_line, Some(name))?;
            self.type_params(type_params)?;
            self.name_store(at, &params_name)?;
        }
        self.class_body(node, name, body, generic, first_line)?;
        if generic {
            self.name_load(at, &params_name)?;
            self.arg(at, Op::CALL_INTRINSIC_1, intrinsic::SUBSCRIPT_GENERIC);
            self.name_store(at, &base_name)?;
            self.call_helper(at, 2, bases, Some(&base_name), keywords)?;
            let code = self.leave(Some(false));
            self.closure(at, code, 0);
            self.op(at, Op::PUSH_NULL);
            self.arg(at, Op::CALL, 0);
        } else {
            self.call_helper(at, 2, bases, None, keywords)?;
        }
        self.apply_decorators(decorator_list);
        self.name_store(at, name)
    }

    /// Pushes `__build_class__`, the function of the body and the name.
    fn class_body(
        &mut self,
        node: &'a Stmt,
        name: &'a Ident,
        body: &'a [Stmt],
        generic: bool,
        first_line: i32,
    ) -> Result {
        self.enter(name, UnitKind::Class, Key::of(node, Role::Body), first_line, Some(name))?;
        let at = Location { line: first_line, end_line: first_line, col: 0, end_col: 0 };
        self.name_load(at, &Ident::from("__name__"))?;
        self.name_store(at, &Ident::from("__module__"))?;
        let qualname = self.qualname.clone();
        self.constant(at, text(&qualname));
        self.name_store(at, &Ident::from("__qualname__"))?;
        self.constant(at, Const::Int(first_line.into()));
        self.name_store(at, &Ident::from("__firstlineno__"))?;
        if generic {
            self.name_load(at, &Ident::from(".type_params"))?;
            self.name_store(at, &Ident::from("__type_params__"))?;
        }
        let (classdict, class_cell) = (Ident::from("__classdict__"), Ident::from("__class__"));
        if self.scope().needs_classdict {
            self.op(at, Op::LOAD_LOCALS);
            let cell = self.cellvars.find(&classdict).unwrap_or(0);
            self.arg(at, Op::STORE_DEREF, cell);
        }
        if self.scope().has_conditional_annotations {
            self.arg(at, Op::BUILD_SET, 0);
            let cell = self.cellvars.find(&Ident::from("__conditional_annotations__")).unwrap_or(0);
            self.arg(at, Op::STORE_DEREF, cell);
        }
        self.body(at, body)?;
        let attributes = self.static_attributes.iter().map(|name| text(name)).collect();
        self.constant(NOWHERE, Const::Tuple(attributes));
        self.name_store(NOWHERE, &Ident::from("__static_attributes__"))?;
        if self.scope().needs_classdict {
            let cell = self.cellvars.find(&classdict).unwrap_or(0);
            self.arg(NOWHERE, Pseudo::LOAD_CLOSURE, cell);
            self.name_store(NOWHERE, &Ident::from("__classdictcell__"))?;
        }
        if self.scope().needs_class_closure {
            let cell = self.cellvars.find(&class_cell).unwrap_or(0);
            self.arg(NOWHERE, Pseudo::LOAD_CLOSURE, cell);
            self.arg(NOWHERE, Op::COPY, 1);
            self.name_store(NOWHERE, &Ident::from("__classcell__"))?;
        } else {
            self.constant(NOWHERE, Const::None);
        }
        self.op(NOWHERE, Op::RETURN_VALUE);
        let code = self.leave(Some(true));
        let at = loc(node.pos);
        self.op(at, Op::LOAD_BUILD_CLASS);
        self.op(at, Op::PUSH_NULL);
        self.closure(at, code, 0);
        self.constant(at, text(name));
        Ok(())
    }
}
