//! Which native types show special methods in their dict that are their base's: CPython 3.14 fills those slots by hand, and
//! introspection sees it.

/// A type's full name, and the special methods.
const SHOWN: &[(&str, &str)] = &[
    (GENERIC, "__getattribute__"),
    ("ast.AST", "__getattribute__ __setattr__ __delattr__"),
    ("functools.partial", "__getattribute__ __setattr__ __delattr__"),
    ("_struct.Struct", "__getattribute__ __setattr__ __delattr__"),
];

/// The types that show `__getattribute__` alone.
const GENERIC: &str = "collections._deque_iterator collections._deque_reverse_iterator collections.defaultdict \
    _collections._deque_iterator _collections._deque_reverse_iterator collections.deque decimal.Decimal \
    xml.etree.ElementTree.Element _multibytecodec.MultibyteIncrementalDecoder _multibytecodec.MultibyteIncrementalEncoder \
    _multibytecodec.MultibyteStreamReader _multibytecodec.MultibyteStreamWriter MultibyteIncrementalDecoder \
    MultibyteIncrementalEncoder MultibyteStreamReader MultibyteStreamWriter operator.attrgetter operator.itemgetter \
    operator.methodcaller array.array itertools._grouper itertools._tee_dataobject itertools.accumulate itertools.batched \
    itertools.chain itertools.combinations itertools.combinations_with_replacement itertools.compress itertools.count \
    itertools.cycle itertools.dropwhile itertools.filterfalse itertools.groupby itertools.islice itertools.pairwise \
    itertools.permutations itertools.product itertools.repeat itertools.starmap itertools.takewhile itertools.zip_longest \
    mmap.mmap select.epoll unicodedata.UCD";

/// Whether the type named `kind` shows `method` though it does not define it.
pub fn shows(kind: &str, method: &str) -> bool {
    SHOWN.iter().any(|(kinds, methods)| {
        kinds.split_whitespace().any(|name| name == kind) && methods.split(' ').any(|name| name == method)
    })
}
