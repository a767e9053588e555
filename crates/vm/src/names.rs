//! Names that the vm itself looks up: interned once, at start.

use crate::builtins::str::Str;
use heap::Ref;
use std::sync::OnceLock;

/// An interned attribute name.
pub type Name = Ref<Str>;

macro_rules! names {
    ($($name:ident)*) => {
        /// The table of names; one method each.
        pub struct Names { $($name: Name),* }

        impl Names {
            pub(crate) fn new(mut intern: impl FnMut(&'static str) -> Name) -> Names {
                Names { $($name: intern(stringify!($name))),* }
            }
            $(#[inline(always)] pub fn $name(&self) -> &Name { &self.$name })*
        }
    };
}
names! {
    __abs__ __add__ __aenter__ __aexit__ __aiter__ __all__ __and__ __anext__ __annotate__ __annotations__ __args__ __await__
    __bases__ __bool__ __buffer__ __build_class__ __builtins__ __bytes__ __call__ __cached__ __ceil__ __class__ __class_getitem__
    __classcell__ __classdict__ __classdictcell__ __complex__ __conditional_annotations__ __contains__ __ctypes_from_outparam__
    __del__ __delattr__ __delete__ __delitem__ __dict__ __dictoffset__ __dir__ __divmod__ __doc__ __enter__ __eq__ __exit__
    __file__ __firstlineno__ __float__ __floor__ __floordiv__ __format__ __fspath__ __ge__ __get__ __getattr__ __getattribute__
    __getinitargs__ __getitem__ __getnewargs__ __getnewargs_ex__ __getstate__ __gt__ __hash__ __iadd__ __iand__ __ifloordiv__
    __ilshift__ __imatmul__ __imod__ __import__ __imul__ __index__ __init__ __init_subclass__ __instancecheck__ __int__
    __invert__ __ior__ __ipow__ __irshift__ __isabstractmethod__ __isub__ __iter__ __itruediv__ __ixor__ __le__ __len__
    __length_hint__ __lltrace__ __loader__ __lshift__ __lt__ __main__ __match_args__ __matmul__ __missing__ __mod__
    __module__ __mro_entries__ __mul__ __name__ __ne__ __neg__ __new__ __newobj__ __newobj_ex__ __next__ __notes__ __or__
    __orig_bases__ __origin__ __package__ __parameters__ __path__ __pos__ __pow__ __prepare__ __qualname__ __radd__ __rand__
    __rdivmod__ __reduce__ __reduce_ex__ __release_buffer__ __repr__ __reversed__ __rfloordiv__ __rlshift__ __rmatmul__
    __rmod__ __rmul__ __ror__ __round__ __rpow__ __rrshift__ __rshift__ __rsub__ __rtruediv__ __rxor__ __set__
    __set_name__ __setattr__ __setitem__ __setstate__ __sizeof__ __slotnames__ __slots__ __spec__ __static_attributes__ __str__
    __sub__ __subclasscheck__ __subclasshook__ __text_signature__ __truediv__ __trunc__ __type_params__ __typing_is_unpacked_typevartuple__
    __typing_prepare_subst__ __typing_subst__ __typing_unpacked_tuple_args__ __warningregistry__ __weakref__ __wrapped__ __xor__
    _abc_impl _check_retval_ _initializing _is_text_encoding _lock_unlock_module _find_and_load _handle_fromlist _shutdown _uninitialized_submodules
    append args argv builtins buffer cause close closed code co_consts co_filename copy copyreg data decode default displayhook encode encoding end
    end_lineno end_offset errno errors excepthook exceptions extend fget fdel fset file filename filename2 fileno flush fromlist
    get getattr globals importlib input isatty items iter join keys key last_exc last_traceback last_type last_value len level lineno
    locals main message meta_path metaclass mode module modules mro msg name name_from next obj object offset open origin parent path
    path_hooks path_importer_cache platlibdir pop print_file_and_line ps1 ps2 raw read readable readline reason replace reverse
    send sep seek setdefault size sort start stderr stdin stdout step stop strict sys tell text throw trace tracebacklimit truncate
    typing unraisablehook update utf_8 value values version warn warnings warnoptions wrap writable write zipimporter
    fold tzinfo utcoffset tzname dst year month day hour minute second microsecond sort_keys indent weakref signal threading
    add difference_update symmetric_difference isdisjoint real imag numerator denominator bit_length seekable readinto readall peek newline closefd opener
    readlines writelines getstate setstate reset newlines line_buffering write_through _dealloc_warn _finalizing _blksize
    _asyncio_future_blocking add_done_callback call_soon cancel discard done get_debug get_loop is_running result run
    defaultaction category onceregistry filters _filters_mutated_lock_held showwarning _showwarnmsg WarningMessage source lineterminator delimiter quotechar
}

static NAMES: OnceLock<SharedNames> = OnceLock::new();

struct SharedNames(Names);

#[expect(unsafe_code, reason = "the names are immortal and never change")]
// SAFETY: immortal strings: no count is written, the text never changes.
unsafe impl Sync for SharedNames {}
#[expect(unsafe_code, reason = "the names are immortal and never change")]
// SAFETY: as above.
unsafe impl Send for SharedNames {}

/// The table.
#[inline(always)]
pub fn names() -> &'static Names {
    &NAMES.get().expect("names are made at start").0
}

pub(crate) fn init(intern: impl FnMut(&'static str) -> Name) {
    NAMES.get_or_init(|| SharedNames(Names::new(intern)));
}

/// Hashes the program's own names, which nobody outside chooses: Fowler, Noll and Vo's function.
pub struct NameHasher(u64);

impl Default for NameHasher {
    fn default() -> Self {
        NameHasher(0xCBF2_9CE4_8422_2325)
    }
}

impl std::hash::Hasher for NameHasher {
    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3);
        }
    }

    fn finish(&self) -> u64 {
        self.0
    }
}
