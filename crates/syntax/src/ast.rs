//! The abstract syntax tree of Python 3.14: the nodes of the `ast` module, under its names.
//!
//! One table (below) gives each node's fields in order, with ASDL's types: `[expr]` one, `[expr?]` perhaps one, `[expr*]`
//! any number, `[expr?*]` any number with gaps. From it come the Rust types, [`NODES`] (what a native `_ast` shows as
//! `_fields` and `_attributes`), [`Node::give`] (tree → anything, see [`Sink`]) and [`Node::take`] (anything → tree, see
//! [`Source`]).
//!
//! Every expression, statement, pattern … that the parser makes is at most [`MAX_DEPTH`] deep, so that walking and dropping
//! it are bounded.

mod convert;

pub use convert::{Node, Sink, Source};

use std::rc::Rc;

use number::BigInt;
use text::Wtf8Buf;

/// How deep trees may be. What is deeper is refused by the parser and by [`Node::take`].
pub const MAX_DEPTH: u32 = 5000;

/// A name, NFKC-normalised by the parser.
pub type Ident = Rc<str>;

/// Where a node stands: lines from 1, columns in bytes of UTF-8 from 0, ends exclusive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pos {
    /// First line.
    pub lineno: i32,
    /// First column.
    pub col_offset: i32,
    /// Last line.
    pub end_lineno: i32,
    /// Column after the last.
    pub end_col_offset: i32,
}

/// What a `Constant` holds. The parser makes no tuple or frozenset; trees made by hand may have them.
#[derive(Clone, Debug, PartialEq)]
pub enum Constant {
    /// `None`
    None,
    /// `True`, `False`
    Bool(bool),
    /// `...`
    Ellipsis,
    /// int
    Int(BigInt),
    /// float
    Float(f64),
    /// complex
    Complex(f64, f64),
    /// str
    Str(Wtf8Buf),
    /// bytes
    Bytes(Vec<u8>),
    /// tuple
    Tuple(Vec<Constant>),
    /// frozenset
    FrozenSet(Vec<Constant>),
}

/// How often a field's type occurs in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantity {
    /// Exactly once.
    One,
    /// `None` or once.
    Optional,
    /// A list.
    List,
    /// A list with `None` in it.
    ListOfOptional,
}

/// A node class as `ast` shows it.
#[derive(Debug)]
pub struct NodeInfo {
    /// Its name.
    pub name: &'static str,
    /// The class that it derives from: `stmt`, `expr`, …, or `AST`.
    pub base: &'static str,
    /// Its fields: name, ASDL type, how often.
    pub fields: &'static [(&'static str, &'static str, Quantity)],
    /// Whether it has `lineno`, `col_offset`, `end_lineno`, `end_col_offset`.
    pub has_pos: bool,
}

macro_rules! field_type {
    (expr) => { Box<Expr> };
    (expr ?) => { Option<Box<Expr>> };
    (expr *) => { Vec<Expr> };
    (expr ? *) => { Vec<Option<Expr>> };
    (pattern ?) => { Option<Box<Pattern>> };
    (arguments) => { Box<Arguments> };
    (arg ?) => { Option<Box<Arg>> };
    (identifier) => { Ident };
    (identifier ?) => { Option<Ident> };
    (identifier *) => { Vec<Ident> };
    (string) => { Wtf8Buf };
    (string ?) => { Option<Wtf8Buf> };
    (int) => { i64 };
    (int ?) => { Option<i64> };
    (constant) => { Constant };
    ($t:ident) => { rust_type!($t) };
    ($t:ident *) => { Vec<rust_type!($t)> };
}

macro_rules! rust_type {
    (stmt) => {
        Stmt
    };
    (expr) => {
        Expr
    };
    (pattern) => {
        Pattern
    };
    (arg) => {
        Arg
    };
    (keyword) => {
        Keyword
    };
    (alias) => {
        Alias
    };
    (withitem) => {
        WithItem
    };
    (match_case) => {
        MatchCase
    };
    (comprehension) => {
        Comprehension
    };
    (excepthandler) => {
        ExceptHandler
    };
    (type_param) => {
        TypeParam
    };
    (type_ignore) => {
        TypeIgnore
    };
    (expr_context) => {
        ExprContext
    };
    (boolop) => {
        BoolOp
    };
    (operator) => {
        Operator
    };
    (unaryop) => {
        UnaryOp
    };
    (cmpop) => {
        CmpOp
    };
}

macro_rules! quantity {
    () => {
        Quantity::One
    };
    (?) => {
        Quantity::Optional
    };
    (*) => {
        Quantity::List
    };
    (? *) => {
        Quantity::ListOfOptional
    };
}

macro_rules! nodes {
    (
        sums { $($sbase:ident $stype:ident $skind:ident { $($sname:ident { $($sfield:ident: [$sft:ident $($sq:tt)*],)* })* })* }
        plain { $($pbase:ident $ptype:ident { $($pname:ident { $($pfield:ident: [$pft:ident $($pq:tt)*],)* })* })* }
        products { $($qtype:ident $qname:ident: $qbase:ident { $($qfield:ident: [$qft:ident $($qq:tt)*],)* $(@ $qpos:ident)? })* }
        enums { $($ebase:ident $etype:ident { $($ename:ident)* })* }
    ) => {
        $(
            #[doc = concat!("A `", stringify!($sbase), "`, with its place.")]
            #[derive(Clone, Debug, PartialEq)]
            pub struct $stype {
                /// Where it stands.
                pub pos: Pos,
                /// Which one it is.
                pub kind: $skind,
            }

            #[doc = concat!("The kinds of `", stringify!($sbase), "`.")]
            #[expect(missing_docs, reason = "the names are those of the ast module, whose documentation holds")]
            #[derive(Clone, Debug, PartialEq)]
            pub enum $skind { $($sname { $($sfield: field_type!($sft $($sq)*),)* },)* }

            impl Node for $stype {
                fn give<S: Sink>(&self, sink: &mut S) -> Result<S::Value, S::Error> {
                    sink.deeper(|sink| match &self.kind {
                        $($skind::$sname { $($sfield),* } => {
                            let values = vec![$($sfield.give(sink)?),*];
                            sink.node(node_info(stringify!($sname)), values, Some(self.pos))
                        })*
                    })
                }

                fn take<S: Source>(source: &mut S, value: &S::Value) -> Result<Self, S::Error> {
                    source.deeper(|source| {
                        let class = source.class(value, stringify!($sbase))?;
                        let pos = source.pos(value, class)?;
                        let kind = match class.name {
                            $(stringify!($sname) => $skind::$sname {
                                $($sfield: {
                                    let field = source.field(value, class, field_name(stringify!($sfield)))?;
                                    Node::take(source, &field)?
                                },)*
                            },)*
                            _ => return Err(source.unexpected(value, stringify!($sbase))),
                        };
                        Ok($stype { pos, kind })
                    })
                }
            }
        )*
        $(
            #[doc = concat!("A `", stringify!($pbase), "`.")]
            #[expect(missing_docs, reason = "the names are those of the ast module, whose documentation holds")]
            #[derive(Clone, Debug, PartialEq)]
            pub enum $ptype { $($pname { $($pfield: field_type!($pft $($pq)*),)* },)* }

            impl Node for $ptype {
                fn give<S: Sink>(&self, sink: &mut S) -> Result<S::Value, S::Error> {
                    match self {
                        $($ptype::$pname { $($pfield),* } => {
                            let values = vec![$($pfield.give(sink)?),*];
                            sink.node(node_info(stringify!($pname)), values, None)
                        })*
                    }
                }

                fn take<S: Source>(source: &mut S, value: &S::Value) -> Result<Self, S::Error> {
                    let class = source.class(value, stringify!($pbase))?;
                    match class.name {
                        $(stringify!($pname) => Ok($ptype::$pname {
                            $($pfield: {
                                let field = source.field(value, class, field_name(stringify!($pfield)))?;
                                Node::take(source, &field)?
                            },)*
                        }),)*
                        _ => Err(source.unexpected(value, stringify!($pbase))),
                    }
                }
            }
        )*
        $(
            #[doc = concat!("`", stringify!($qname), "`")]
            #[expect(missing_docs, reason = "the names are those of the ast module, whose documentation holds")]
            #[derive(Clone, Debug, PartialEq)]
            pub struct $qtype { $(pub $qpos: Pos,)? $(pub $qfield: field_type!($qft $($qq)*),)* }

            impl Node for $qtype {
                fn give<S: Sink>(&self, sink: &mut S) -> Result<S::Value, S::Error> {
                    let values = vec![$(self.$qfield.give(sink)?),*];
                    #[allow(unused_mut, unused_assignments, reason = "not every product has a place")]
                    let mut pos = None;
                    $(pos = Some(self.$qpos);)?
                    sink.node(node_info(stringify!($qname)), values, pos)
                }

                fn take<S: Source>(source: &mut S, value: &S::Value) -> Result<Self, S::Error> {
                    let class = source.class(value, stringify!($qbase))?;
                    Ok($qtype {
                        $($qpos: source.pos(value, class)?,)?
                        $($qfield: {
                            let field = source.field(value, class, field_name(stringify!($qfield)))?;
                            Node::take(source, &field)?
                        },)*
                    })
                }
            }
        )*
        $(
            #[doc = concat!("A `", stringify!($ebase), "`.")]
            #[expect(missing_docs, reason = "the names are those of the ast module, whose documentation holds")]
            #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
            pub enum $etype { $($ename,)* }

            impl Node for $etype {
                fn give<S: Sink>(&self, sink: &mut S) -> Result<S::Value, S::Error> {
                    let name = match self { $($etype::$ename => stringify!($ename),)* };
                    sink.node(node_info(name), Vec::new(), None)
                }

                fn take<S: Source>(source: &mut S, value: &S::Value) -> Result<Self, S::Error> {
                    match source.class(value, stringify!($ebase))?.name {
                        $(stringify!($ename) => Ok($etype::$ename),)*
                        _ => Err(source.unexpected(value, stringify!($ebase))),
                    }
                }
            }
        )*

        /// Every concrete node class.
        pub static NODES: &[NodeInfo] = &[
            $($(NodeInfo {
                name: stringify!($sname),
                base: stringify!($sbase),
                fields: &[$((field_name(stringify!($sfield)), stringify!($sft), quantity!($($sq)*)),)*],
                has_pos: true,
            },)*)*
            $($(NodeInfo {
                name: stringify!($pname),
                base: stringify!($pbase),
                fields: &[$((field_name(stringify!($pfield)), stringify!($pft), quantity!($($pq)*)),)*],
                has_pos: false,
            },)*)*
            $(NodeInfo {
                name: stringify!($qname),
                base: stringify!($qbase),
                fields: &[$((field_name(stringify!($qfield)), stringify!($qft), quantity!($($qq)*)),)*],
                has_pos: false $(|| !stringify!($qpos).is_empty())?,
            },)*
            $($(NodeInfo { name: stringify!($ename), base: stringify!($ebase), fields: &[], has_pos: false },)*)*
        ];
    };
}

/// A field's name in Python: Rust's trailing underscore (`type_`) is dropped.
const fn field_name(rust: &'static str) -> &'static str {
    match rust.as_bytes() {
        b"type_" => "type",
        _ => rust,
    }
}

/// The class called `name`, which must be one of [`NODES`].
fn node_info(name: &str) -> &'static NodeInfo {
    find_class(name).expect("every node the macro makes is in its table")
}

/// The class called `name`.
pub fn find_class(name: &str) -> Option<&'static NodeInfo> {
    NODES.iter().find(|n| n.name == name)
}

nodes! {
    sums {
        stmt Stmt StmtKind {
            FunctionDef {
                name: [identifier], args: [arguments], body: [stmt*], decorator_list: [expr*], returns: [expr?],
                type_comment: [string?], type_params: [type_param*],
            }
            AsyncFunctionDef {
                name: [identifier], args: [arguments], body: [stmt*], decorator_list: [expr*], returns: [expr?],
                type_comment: [string?], type_params: [type_param*],
            }
            ClassDef {
                name: [identifier], bases: [expr*], keywords: [keyword*], body: [stmt*], decorator_list: [expr*],
                type_params: [type_param*],
            }
            Return { value: [expr?], }
            Delete { targets: [expr*], }
            Assign { targets: [expr*], value: [expr], type_comment: [string?], }
            TypeAlias { name: [expr], type_params: [type_param*], value: [expr], }
            AugAssign { target: [expr], op: [operator], value: [expr], }
            AnnAssign { target: [expr], annotation: [expr], value: [expr?], simple: [int], }
            For { target: [expr], iter: [expr], body: [stmt*], orelse: [stmt*], type_comment: [string?], }
            AsyncFor { target: [expr], iter: [expr], body: [stmt*], orelse: [stmt*], type_comment: [string?], }
            While { test: [expr], body: [stmt*], orelse: [stmt*], }
            If { test: [expr], body: [stmt*], orelse: [stmt*], }
            With { items: [withitem*], body: [stmt*], type_comment: [string?], }
            AsyncWith { items: [withitem*], body: [stmt*], type_comment: [string?], }
            Match { subject: [expr], cases: [match_case*], }
            Raise { exc: [expr?], cause: [expr?], }
            Try { body: [stmt*], handlers: [excepthandler*], orelse: [stmt*], finalbody: [stmt*], }
            TryStar { body: [stmt*], handlers: [excepthandler*], orelse: [stmt*], finalbody: [stmt*], }
            Assert { test: [expr], msg: [expr?], }
            Import { names: [alias*], }
            ImportFrom { module: [identifier?], names: [alias*], level: [int?], }
            Global { names: [identifier*], }
            Nonlocal { names: [identifier*], }
            Expr { value: [expr], }
            Pass {}
            Break {}
            Continue {}
        }
        expr Expr ExprKind {
            BoolOp { op: [boolop], values: [expr*], }
            NamedExpr { target: [expr], value: [expr], }
            BinOp { left: [expr], op: [operator], right: [expr], }
            UnaryOp { op: [unaryop], operand: [expr], }
            Lambda { args: [arguments], body: [expr], }
            IfExp { test: [expr], body: [expr], orelse: [expr], }
            Dict { keys: [expr?*], values: [expr*], }
            Set { elts: [expr*], }
            ListComp { elt: [expr], generators: [comprehension*], }
            SetComp { elt: [expr], generators: [comprehension*], }
            DictComp { key: [expr], value: [expr], generators: [comprehension*], }
            GeneratorExp { elt: [expr], generators: [comprehension*], }
            Await { value: [expr], }
            Yield { value: [expr?], }
            YieldFrom { value: [expr], }
            Compare { left: [expr], ops: [cmpop*], comparators: [expr*], }
            Call { func: [expr], args: [expr*], keywords: [keyword*], }
            FormattedValue { value: [expr], conversion: [int], format_spec: [expr?], }
            Interpolation { value: [expr], str: [constant], conversion: [int], format_spec: [expr?], }
            JoinedStr { values: [expr*], }
            TemplateStr { values: [expr*], }
            Constant { value: [constant], kind: [string?], }
            Attribute { value: [expr], attr: [identifier], ctx: [expr_context], }
            Subscript { value: [expr], slice: [expr], ctx: [expr_context], }
            Starred { value: [expr], ctx: [expr_context], }
            Name { id: [identifier], ctx: [expr_context], }
            List { elts: [expr*], ctx: [expr_context], }
            Tuple { elts: [expr*], ctx: [expr_context], }
            Slice { lower: [expr?], upper: [expr?], step: [expr?], }
        }
        pattern Pattern PatternKind {
            MatchValue { value: [expr], }
            MatchSingleton { value: [constant], }
            MatchSequence { patterns: [pattern*], }
            MatchMapping { keys: [expr*], patterns: [pattern*], rest: [identifier?], }
            MatchClass { cls: [expr], patterns: [pattern*], kwd_attrs: [identifier*], kwd_patterns: [pattern*], }
            MatchStar { name: [identifier?], }
            MatchAs { pattern: [pattern?], name: [identifier?], }
            MatchOr { patterns: [pattern*], }
        }
        type_param TypeParam TypeParamKind {
            TypeVar { name: [identifier], bound: [expr?], default_value: [expr?], }
            ParamSpec { name: [identifier], default_value: [expr?], }
            TypeVarTuple { name: [identifier], default_value: [expr?], }
        }
    }
    plain {
        mod Mod {
            Module { body: [stmt*], type_ignores: [type_ignore*], }
            Interactive { body: [stmt*], }
            Expression { body: [expr], }
            FunctionType { argtypes: [expr*], returns: [expr], }
        }
    }
    products {
        Comprehension comprehension: AST { target: [expr], iter: [expr], ifs: [expr*], is_async: [int], }
        ExceptHandler ExceptHandler: excepthandler { type_: [expr?], name: [identifier?], body: [stmt*], @ pos }
        Arguments arguments: AST {
            posonlyargs: [arg*], args: [arg*], vararg: [arg?], kwonlyargs: [arg*], kw_defaults: [expr?*], kwarg: [arg?],
            defaults: [expr*],
        }
        Arg arg: AST { arg: [identifier], annotation: [expr?], type_comment: [string?], @ pos }
        Keyword keyword: AST { arg: [identifier?], value: [expr], @ pos }
        Alias alias: AST { name: [identifier], asname: [identifier?], @ pos }
        WithItem withitem: AST { context_expr: [expr], optional_vars: [expr?], }
        MatchCase match_case: AST { pattern: [pattern], guard: [expr?], body: [stmt*], }
        TypeIgnore TypeIgnore: type_ignore { lineno: [int], tag: [string], }
    }
    enums {
        expr_context ExprContext { Load Store Del }
        boolop BoolOp { And Or }
        operator Operator { Add Sub Mult MatMult Div Mod Pow LShift RShift BitOr BitXor BitAnd FloorDiv }
        unaryop UnaryOp { Invert Not UAdd USub }
        cmpop CmpOp { Eq NotEq Lt LtE Gt GtE Is IsNot In NotIn }
    }
}
