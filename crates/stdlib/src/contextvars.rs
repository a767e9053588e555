//! `_contextvars`: context variables over a persistent map.
//!
//! The map is a trie on the variables' hashes, five bits a level. Its nodes are heap objects that never change, so
//! copies of a context share them and the collector counts each reference once. The hash mixes the address in a way
//! that can be undone, so two variables never have the same one.

use std::cell::Cell;
use vm::builtins::generic_alias::GenericAlias;
use vm::exception;
use vm::object::instance;
use vm::prelude::*;
use vm::protocol::call;
use vm::protocol::object::{self as protocol, ErrorText};

/// One place of a node.
enum Entry {
    Leaf(Ref<ContextVar>, Object),
    Node(Ref<Node>),
}

impl Clone for Entry {
    fn clone(&self) -> Entry {
        match self {
            Entry::Leaf(var, value) => Entry::Leaf(var.clone(), value.clone()),
            Entry::Node(node) => Entry::Node(node.clone()),
        }
    }
}

impl Trace for Entry {
    fn trace(&self, visit: &mut Visitor) {
        match self {
            Entry::Leaf(var, value) => {
                var.trace(visit);
                value.trace(visit);
            }
            Entry::Node(node) => node.trace(visit),
        }
    }
}

/// A node of the trie: one entry for each bit of `bits`, in their order.
#[pytype("hamt_bitmap_node", doc = "", flags(HAVE_GC))]
pub struct Node {
    pub head: Head,
    bits: u32,
    entries: Vec<Entry>,
}

impl TypeMethods for Node {}

fn bit_of(hash: u64, shift: u32) -> u32 {
    1 << (hash >> shift & 31)
}

impl Node {
    fn make(bits: u32, entries: Vec<Entry>) -> Ref<Node> {
        instance::alloc_static(Node { head: Head::new(), bits, entries })
    }

    fn place(&self, bit: u32) -> usize {
        (self.bits & (bit - 1)).count_ones() as usize
    }

    fn get(&self, var: &Ref<ContextVar>) -> Option<Object> {
        let (mut node, mut shift) = (self, 0);
        loop {
            let bit = bit_of(var.mixed.get(), shift);
            if node.bits & bit == 0 {
                return None;
            }
            match &node.entries[node.place(bit)] {
                Entry::Leaf(key, value) => return key.is(var).then(|| value.clone()),
                Entry::Node(child) => node = child,
            }
            shift += 5;
        }
    }

    /// The map with the variable set, and whether it is new.
    fn with(&self, var: &Ref<ContextVar>, value: &Object, shift: u32) -> (Ref<Node>, bool) {
        let bit = bit_of(var.mixed.get(), shift);
        let at = self.place(bit);
        let mut entries = self.entries.clone();
        if self.bits & bit == 0 {
            entries.insert(at, Entry::Leaf(var.clone(), value.clone()));
            return (Node::make(self.bits | bit, entries), true);
        }
        let (entry, fresh) = match &self.entries[at] {
            Entry::Leaf(key, _) if key.is(var) => (Entry::Leaf(var.clone(), value.clone()), false),
            Entry::Leaf(key, old) => {
                let alone = Node::make(bit_of(key.mixed.get(), shift + 5), vec![Entry::Leaf(key.clone(), old.clone())]);
                (Entry::Node(alone.with(var, value, shift + 5).0), true)
            }
            Entry::Node(child) => {
                let (child, fresh) = child.with(var, value, shift + 5);
                (Entry::Node(child), fresh)
            }
        };
        entries[at] = entry;
        (Node::make(self.bits, entries), fresh)
    }

    /// The map without the variable, which is in it.
    fn without(&self, var: &Ref<ContextVar>, shift: u32) -> Option<Ref<Node>> {
        let bit = bit_of(var.mixed.get(), shift);
        let at = self.place(bit);
        let left = match self.entries.get(at)? {
            Entry::Leaf(..) => None,
            Entry::Node(child) => child.without(var, shift + 5),
        };
        let mut entries = self.entries.clone();
        match left {
            Some(child) => {
                entries[at] = match &child.entries[..] {
                    [Entry::Leaf(key, value)] => Entry::Leaf(key.clone(), value.clone()),
                    _ => Entry::Node(child),
                };
                Some(Node::make(self.bits, entries))
            }
            None => {
                entries.remove(at);
                (!entries.is_empty()).then(|| Node::make(self.bits & !bit, entries))
            }
        }
    }

    fn each(&self, f: &mut dyn FnMut(&Ref<ContextVar>, &Object)) {
        for entry in &self.entries {
            match entry {
                Entry::Leaf(var, value) => f(var, value),
                Entry::Node(child) => child.each(f),
            }
        }
    }
}

/// A mapping of ContextVars to their values.
#[pytype("Context", doc = "", module = "_contextvars", flags(HAVE_GC, MANAGED_WEAKREF))]
pub struct Context {
    pub head: Head,
    vars: Field<Ref<Node>>,
    count: Cell<usize>,
    /// The context that was current before this one was entered.
    before: Field<Object>,
    entered: Cell<bool>,
}

fn context(vars: Option<Ref<Node>>, count: usize) -> Ref<Context> {
    instance::alloc_static(Context {
        head: Head::new(),
        vars: Field::new(vars),
        count: Cell::new(count),
        before: Field::empty(),
        entered: Cell::new(false),
    })
}

/// The thread's context, made when first asked for.
fn current(vm: &Vm) -> Ref<Context> {
    if let Some(found) = vm.context.get()
        && let Some(context) = found.cast_exact::<Context>()
    {
        return context.clone();
    }
    let made = context(None, 0);
    set_current(vm, Some(made.to_object()));
    made
}

fn set_current(vm: &Vm, context: Option<Object>) {
    vm.context_found.set(None);
    vm.context.set(context);
}

fn key<'a>(vm: &Vm, object: &'a Object) -> Result<&'a Ref<ContextVar>> {
    object
        .cast_exact::<ContextVar>()
        .ok_or_else(|| raise!(vm, TypeError, "a ContextVar key was expected, got {}", object.repr_for_error(vm)))
}

impl Context {
    fn find(&self, var: &Ref<ContextVar>) -> Option<Object> {
        self.vars.get()?.get(var)
    }

    fn store(&self, var: &Ref<ContextVar>, value: &Object) {
        let (vars, fresh) = match self.vars.get() {
            Some(vars) => vars.with(var, value, 0),
            None => (Node::make(bit_of(var.mixed.get(), 0), vec![Entry::Leaf(var.clone(), value.clone())]), true),
        };
        self.count.set(self.count.get() + usize::from(fresh));
        self.vars.set(Some(vars));
    }

    fn forget(&self, var: &Ref<ContextVar>) {
        if let Some(vars) = self.vars.get()
            && vars.get(var).is_some()
        {
            self.count.set(self.count.get() - 1);
            self.vars.set(vars.without(var, 0));
        }
    }

    fn pairs(&self) -> Vec<(Object, Object)> {
        let mut out = Vec::with_capacity(self.count.get());
        if let Some(vars) = self.vars.get() {
            vars.each(&mut |var, value| out.push((var.to_object(), value.clone())));
        }
        out
    }

    fn iterate(&self, f: impl FnMut((Object, Object)) -> Object) -> Object {
        let items = self.pairs().into_iter().map(f).collect();
        instance::alloc_static(ContextIter { head: Head::new(), items: ObjVec::from_vec(items), at: Cell::new(0) })
            .into_object()
    }
}

#[pymethods]
impl Context {
    #[slot]
    fn new(cls: &Ref<Type>, vm: &Vm, args: Args<'_>) -> Result<Object> {
        let _ = cls;
        if !args.items.is_empty() {
            bail!(vm, TypeError, "Context() does not accept any arguments");
        }
        Ok(context(None, 0).into_object())
    }

    #[slot]
    fn len(&self) -> usize {
        self.count.get()
    }

    #[slot]
    fn contains(&self, vm: &Vm, var: &Object) -> Result<bool> {
        Ok(self.find(key(vm, var)?).is_some())
    }

    #[slot]
    fn subscript(&self, vm: &Vm, var: &Object) -> Result<Object> {
        match self.find(key(vm, var)?) {
            Some(value) => Ok(value),
            None => Err(vm.raise_args(&exception::types::KeyError, std::slice::from_ref(var))),
        }
    }

    #[slot]
    fn iter(&self) -> Object {
        self.iterate(|(var, _)| var)
    }

    #[slot]
    fn richcompare(&self, vm: &Vm, other: &Object, op: CompareOp) -> Result<Object> {
        let Some(other) = other.cast_exact::<Context>().filter(|_| matches!(op, CompareOp::Eq | CompareOp::Ne)) else {
            return not_implemented(vm);
        };
        let mut same = self.count.get() == other.count.get();
        if same {
            for (var, value) in self.pairs() {
                let found = var.cast_exact::<ContextVar>().and_then(|var| other.find(var));
                same = match found {
                    Some(theirs) => protocol::same_or_equal(vm, &value, &theirs)?,
                    None => false,
                };
                if !same {
                    break;
                }
            }
        }
        Ok((same == (op == CompareOp::Eq)).object())
    }

    // Execute the callable object passed in the first argument in the context, with the arguments behind it.
    #[py(raw, "run(callable, /, *args, **kwargs)", notext)]
    fn run(vm: &Vm, args: Args<'_>) -> Result<Object> {
        let Some(this) = args.items.first().and_then(|this| this.cast_exact::<Context>()) else {
            bail!(vm, TypeError, "unbound method Context.run() needs an argument");
        };
        let args = args.skip_first();
        let Some(function) = args.positional().first() else {
            bail!(vm, TypeError, "run() missing 1 required positional argument");
        };
        if this.entered.get() {
            bail!(vm, RuntimeError, "cannot enter context: {} is already entered", this.as_object().repr_for_error(vm));
        }
        this.before.set(vm.context.get());
        this.entered.set(true);
        set_current(vm, Some(this.to_object()));
        let result = call::call_args(vm, function, args.skip_first());
        set_current(vm, this.before.take());
        this.entered.set(false);
        result
    }

    /// Return a shallow copy of the context object.
    #[py("copy()")]
    fn copy(&self) -> Object {
        context(self.vars.get(), self.count.get()).into_object()
    }

    /// Return the value for `key` if `key` has the value in the context object; if not, default.
    #[py("get(key, default=None, /)")]
    fn get(&self, vm: &Vm, key: &Object, default: Option<&Object>) -> Result<Object> {
        Ok(self.find(self::key(vm, key)?).or_else(|| default.cloned()).unwrap_or_else(none))
    }

    /// Return all variables and their values in the context object.
    #[py("items()")]
    fn items(&self) -> Object {
        self.iterate(|(var, value)| Tuple::pair(var, value).into_object())
    }

    /// Return a list of all variables in the context object.
    #[py("keys()")]
    fn keys(&self) -> Object {
        self.iterate(|(var, _)| var)
    }

    /// Return a list of all variables' values in the context object.
    #[py("values()")]
    fn values(&self) -> Object {
        self.iterate(|(_, value)| value)
    }
}

#[pytype("keys", doc = "", flags(HAVE_GC))]
pub struct ContextIter {
    pub head: Head,
    items: ObjVec,
    at: Cell<usize>,
}

#[pymethods]
impl ContextIter {
    #[slot]
    fn iter(this: &Ref<Self>) -> Object {
        this.to_object()
    }

    #[slot]
    fn len(&self) -> usize {
        self.items.len()
    }

    #[slot]
    fn next(&self) -> Option<Object> {
        let item = self.items.get(self.at.get())?;
        self.at.set(self.at.get() + 1);
        Some(item)
    }
}

/// A variable whose value depends on the context.
#[pytype("ContextVar", doc = "", module = "_contextvars", flags(HAVE_GC))]
pub struct ContextVar {
    pub head: Head,
    name: Ref<Str>,
    default: Option<Object>,
    /// The address, mixed: what the trie is walked by.
    mixed: Cell<u64>,
}

/// Odd multiplication and a shifted exclusive-or: each can be undone.
fn mix(address: u64) -> u64 {
    let product = (address >> 4).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    product ^ product >> 32
}

impl ContextVar {
    fn assign(this: &Ref<Self>, vm: &Vm, value: &Object) -> Object {
        let context = current(vm);
        let old = context.find(this);
        vm.context_found.set(None);
        context.store(this, value);
        instance::alloc_static(Token {
            head: Head::new(),
            context: context.to_object(),
            var: this.clone(),
            old,
            used: Cell::new(false),
        })
        .into_object()
    }

    fn restore(this: &Ref<Self>, vm: &Vm, token: &Ref<Token>) -> Result<()> {
        let shown = || token.as_object().repr_for_error(vm);
        if token.used.get() {
            bail!(vm, RuntimeError, "{} has already been used once", shown());
        }
        if !token.var.is(this) {
            bail!(vm, ValueError, "{} was created by a different ContextVar", shown());
        }
        let context = current(vm);
        if !token.context.is(context.as_object()) {
            bail!(vm, ValueError, "{} was created in a different Context", shown());
        }
        token.used.set(true);
        vm.context_found.set(None);
        match &token.old {
            Some(old) => context.store(this, old),
            None => context.forget(this),
        }
        Ok(())
    }
}

#[pymethods]
impl ContextVar {
    #[slot(raw, "(name, *, default=<unrepresentable>)", notext)]
    fn new(cls: &Ref<Type>, vm: &Vm, args: Args<'_>) -> Result<Object> {
        let given = args.positional().len();
        if given > 1 {
            bail!(vm, TypeError, "ContextVar() takes at most 1 positional argument ({given} given)");
        }
        let Some(name) = args.positional().first() else {
            bail!(vm, TypeError, "ContextVar() takes exactly 1 positional argument (0 given)");
        };
        let mut default = None;
        for (key, value) in args.keywords().iter() {
            match key.cast::<Str>() {
                Some(key) if key.as_ascii() == Some("default") => default = Some(value.clone()),
                Some(key) => bail!(vm, TypeError, "ContextVar() got an unexpected keyword argument '{key}'"),
                None => bail!(vm, TypeError, "keywords must be strings"),
            }
        }
        let Some(name) = name.cast::<Str>() else { bail!(vm, TypeError, "context variable name must be a str") };
        protocol::hash(vm, name.as_object())?;
        // The address is known only afterwards.
        let body = ContextVar { head: Head::new(), name: name.clone(), default, mixed: Cell::new(0) };
        let made = instance::alloc(vm, cls, body)?;
        made.mixed.set(mix(made.as_ptr() as u64));
        Ok(made.into_object())
    }

    #[slot]
    fn hash(this: &Ref<Self>) -> i64 {
        let hash = (this.as_ptr() as u64 >> 4) as i64 ^ this.name.hash_value();
        if hash == -1 { -2 } else { hash }
    }

    #[slot]
    fn repr(this: &Ref<Self>, vm: &Vm) -> Result<String> {
        let text = vm.guard_repr(this.as_object(), || {
            let name = protocol::repr(vm, this.name.as_object())?.to_string_lossy();
            let default = match &this.default {
                Some(default) => format!(" default={}", protocol::repr(vm, default)?.to_string_lossy()),
                None => String::new(),
            };
            Ok(format!("<ContextVar name={name}{default} at {:#x}>", protocol::address(this.as_object())))
        })?;
        Ok(text.unwrap_or_else(|| "...".to_owned()))
    }

    #[getter("name")]
    fn name(&self) -> Object {
        self.name.to_object()
    }

    /// Return a value for the context variable for the current context.
    ///
    /// Without a value there it is the default given here, else the variable's default; without any, LookupError.
    #[py("get(default=<unrepresentable>, /)")]
    fn get(this: &Ref<Self>, vm: &Vm, default: Option<&Object>) -> Result<Object> {
        let found = vm.context.get().and_then(|c| c.cast_exact::<Context>().and_then(|c| c.find(this)));
        match found.or_else(|| default.cloned()).or_else(|| this.default.clone()) {
            Some(value) => Ok(value),
            None => Err(vm.raise_args(&exception::types::LookupError, std::slice::from_ref(this.as_object()))),
        }
    }

    /// Set a new value for the context variable in the current context; returns a Token for reset().
    #[py("set(value, /)")]
    fn set(this: &Ref<Self>, vm: &Vm, value: &Object) -> Object {
        ContextVar::assign(this, vm, value)
    }

    /// Reset the context variable to what it was before the set() that gave the token.
    #[py("reset(token, /)")]
    fn reset(this: &Ref<Self>, vm: &Vm, token: &Object) -> Result<()> {
        let Some(token) = token.cast_exact::<Token>() else {
            bail!(vm, TypeError, "expected an instance of Token, got {}", token.repr_for_error(vm));
        };
        ContextVar::restore(this, vm, token)
    }

    /// See PEP 585
    #[py("__class_getitem__(object, /)", classmethod)]
    fn class_getitem(cls: &Ref<Type>, vm: &Vm, object: &Object) -> Result<Object> {
        GenericAlias::make(vm, cls.as_object(), object)
    }
}

/// What ContextVar.set() gives: the way back.
#[pytype("Token", doc = "", module = "_contextvars", flags(HAVE_GC))]
pub struct Token {
    pub head: Head,
    context: Object,
    var: Ref<ContextVar>,
    old: Option<Object>,
    used: Cell<bool>,
}

#[pymethods]
impl Token {
    #[slot]
    fn new(cls: &Ref<Type>, vm: &Vm, args: Args<'_>) -> Result<Object> {
        let _ = (cls, args);
        Err(raise!(vm, RuntimeError, "Tokens can only be created by ContextVars"))
    }

    #[slot]
    fn hash(this: &Ref<Self>, vm: &Vm) -> Result<i64> {
        vm::object::slot_table::hash_not_implemented(vm, this.as_object())
    }

    #[slot]
    fn repr(this: &Ref<Self>, vm: &Vm) -> Result<String> {
        let used = if this.used.get() { " used" } else { "" };
        let var = protocol::repr(vm, this.var.as_object())?.to_string_lossy();
        Ok(format!("<Token{used} var={var} at {:#x}>", protocol::address(this.as_object())))
    }

    #[getter("var")]
    fn var(&self) -> Object {
        self.var.to_object()
    }

    #[getter("old_value")]
    fn old_value(&self, vm: &Vm) -> Result<Object> {
        match &self.old {
            Some(old) => Ok(old.clone()),
            None => vm::object::attr::getattr(vm, Token::class().as_object(), &vm.intern("MISSING")),
        }
    }

    /// Enter into Token context manager.
    #[py("__enter__()")]
    fn enter(this: &Ref<Self>) -> Object {
        this.to_object()
    }

    /// Exit from Token context manager, restore the linked ContextVar.
    #[py("__exit__(type, val, tb, /)")]
    fn exit(this: &Ref<Self>, vm: &Vm, r#type: &Object, val: &Object, tb: &Object) -> Result<()> {
        let _ = (r#type, val, tb);
        ContextVar::restore(&this.var, vm, this)
    }

    /// See PEP 585
    #[py("__class_getitem__(object, /)", classmethod)]
    fn class_getitem(cls: &Ref<Type>, vm: &Vm, object: &Object) -> Result<Object> {
        GenericAlias::make(vm, cls.as_object(), object)
    }
}

#[pytype("Token.MISSING", doc = "")]
pub struct Missing {
    pub head: Head,
}

#[pymethods]
impl Missing {
    #[slot]
    fn repr(&self) -> &'static str {
        "<Token.MISSING>"
    }
}

/// Context Variables
#[pymodule("_contextvars", types(Context, ContextVar, Token))]
pub mod module {
    use super::*;
    use vm::builtins::module::Module;

    #[exec]
    fn exec(vm: &Vm, module: &Ref<Module>) -> Result<()> {
        let _ = module;
        Node::init_type(vm)?;
        ContextIter::init_type(vm)?;
        Missing::init_type(vm)?;
        if let Some(dict) = Token::class().dict.get()
            && dict.get_str(vm, "MISSING").is_none()
        {
            let missing = instance::alloc_static(Missing { head: Head::new() });
            dict.set_str(vm, "MISSING", missing.into_object())?;
            dict.set_str(vm, "__hash__", none())?;
        }
        Ok(())
    }

    // Return a copy of the current context.
    #[py("copy_context()")]
    fn copy_context(vm: &Vm) -> Object {
        current(vm).copy()
    }
}
