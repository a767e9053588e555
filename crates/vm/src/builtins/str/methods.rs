//! The methods and slots of `str`: thin glue over the `text` crate, one list.

use super::{Str, iter, mem};
use crate::builtins::slice::Slice;
use crate::native::SliceIndex;
use crate::object::type_name;
use crate::prelude::*;
use crate::protocol::iter::Gathered;
use crate::protocol::{number, sequence};
use std::borrow::Cow;
use text::split::{self, Ends, Space};
use text::{Units, case, chars, find, layout};

use super::parts::*;

#[pymethods]
impl Str {
    #[slot("(object='', encoding='utf-8', errors='strict')", notext, positional)]
    fn slot_new(
        cls: &Ref<Type>,
        vm: &Vm,
        object: Option<&Object>,
        encoding: Option<Cow<'_, str>>,
        errors: Option<Cow<'_, str>>,
    ) -> Result<Object> {
        let text = Str::make(vm, object, encoding, errors)?;
        Str::of_class(vm, cls, &text)
    }

    #[slot]
    fn repr(&self, vm: &Vm) -> Result<Ref<Str>> {
        if let Some(plain) = text::repr::plain(self.units()) {
            let mut quoted = Vec::new();
            mem(vm, quoted.try_reserve_exact(plain.len() + 2).map_err(|_| text::OutOfMemory))?;
            quoted.push(b'\'');
            quoted.extend_from_slice(plain);
            quoted.push(b'\'');
            return Str::of_ascii(vm, &quoted);
        }
        Str::from_result(vm, text::repr::repr(self.units()))
    }

    #[slot]
    fn str(this: &Ref<Self>) -> Ref<Str> {
        this.to_exact()
    }

    #[slot]
    fn hash(&self) -> i64 {
        self.hash_value()
    }

    #[slot]
    fn richcompare(&self, vm: &Vm, other: &Object, op: CompareOp) -> Result<Object> {
        let Some(other) = other.cast::<Str>() else { return not_implemented(vm) };
        Ok(self.holds(other, op).object())
    }

    #[slot]
    fn slot_len(&self) -> usize {
        self.units().len()
    }

    #[slot]
    fn contains(&self, vm: &Vm, value: &Object) -> Result<bool> {
        match value.cast::<Str>() {
            Some(sub) => mem(vm, find::contains(self.units(), sub.units())),
            None => {
                Err(raise!(vm, TypeError, "'in <string>' requires string as left operand, not {}", type_name(value)))
            }
        }
    }

    #[slot]
    fn concat(&self, vm: &Vm, other: &Object) -> Result<Object> {
        let Some(right) = other.cast::<Str>() else {
            bail!(vm, TypeError, "can only concatenate str (not \"{}\") to str", type_name(other));
        };
        Str::join_two(vm, self, right).map(Ref::into_object)
    }

    #[slot]
    fn repeat(this: &Ref<Self>, vm: &Vm, times: isize) -> Result<Ref<Str>> {
        match times {
            ..=0 => Ok(Str::empty(vm)),
            1 => Ok(this.to_exact()),
            times => match sequence::repeated_len(this.len(), times) {
                Some(_) => Str::from_result(vm, layout::repeat(this.units(), times as usize)),
                None => Err(vm.out_of_memory()),
            },
        }
    }

    #[slot]
    fn item(&self, vm: &Vm, index: isize) -> Result<Ref<Str>> {
        match usize::try_from(index).ok().and_then(|i| self.units().get(i)) {
            Some(code) => Str::from_code(vm, code),
            None => Err(raise!(vm, IndexError, "string index out of range")),
        }
    }

    #[slot]
    fn subscript(this: &Ref<Self>, vm: &Vm, key: &Object) -> Result<Ref<Str>> {
        let Some(slice) = key.cast_exact::<Slice>() else {
            if number::has_index(key) {
                return match sequence::wrap_index(vm, key, this.len())? {
                    Some(i) => this.item(vm, i as isize),
                    None => Err(raise!(vm, IndexError, "string index out of range")),
                };
            }
            bail!(vm, TypeError, "string indices must be integers, not '{}'", type_name(key));
        };
        let range = slice.resolve(vm, this.len())?;
        if range.step == 1 {
            let start = range.start as usize;
            return Str::part(this, vm, start..start + range.count);
        }
        let units = this.units();
        let mut out = mem(vm, text::TextBuilder::with_capacity(range.count))?;
        for i in range.indices() {
            mem(vm, out.push(units.get(i).unwrap_or(0)))?;
        }
        Str::from_view(vm, out.as_units())
    }

    #[slot]
    fn iter(this: &Ref<Self>) -> Object {
        iter::make(this)
    }

    #[slot]
    fn mod_(this: &Ref<Self>, vm: &Vm, args: &Object) -> Result<Ref<Str>> {
        let mut out = text::TextBuilder::new();
        super::percent::format(vm, this.units(), args, false, &mut out)?;
        Str::from_view(vm, out.as_units())
    }

    #[py("__getnewargs__()")]
    fn getnewargs(this: &Ref<Self>, vm: &Vm) -> Result<(Ref<Str>,)> {
        Ok((Str::from_view(vm, this.units())?,))
    }

    /// Return the size of the string in memory, in bytes.
    #[py("__sizeof__()")]
    fn sizeof(&self) -> usize {
        let front = if self.is_ascii() { 40 } else { 56 };
        front + (self.units().len() + 1) * self.width()
    }

    /// Return a formatted version of the string as described by format_spec.
    #[py("__format__(format_spec, /)")]
    fn format_method(this: &Ref<Self>, vm: &Vm, format_spec: &Ref<Str>) -> Result<Ref<Str>> {
        super::format::format_str(vm, this, format_spec)
    }

    /// Return a formatted version of the string, using substitutions from args and kwargs.
    ///
    /// The substitutions are identified by braces ('{' and '}').
    #[py(raw, "format(*args, **kwargs)")]
    fn format(vm: &Vm, args: Args<'_>) -> Result<Ref<Str>> {
        let Some(this) = args.positional().first().and_then(|this| this.cast::<Str>()) else {
            bail!(vm, TypeError, "unbound method str.format() needs an argument");
        };
        let fields = super::format::Fields::Args(&args.positional()[1..], args.keywords());
        super::format::format(vm, this.units(), &fields)
    }

    /// Return a formatted version of the string, using substitutions from mapping.
    ///
    /// The substitutions are identified by braces ('{' and '}').
    #[py("format_map(mapping, /)")]
    fn format_map(&self, vm: &Vm, mapping: &Object) -> Result<Ref<Str>> {
        super::format::format(vm, self.units(), &super::format::Fields::Mapping(mapping))
    }

    /// Encode the string using the codec registered for encoding.
    #[py("encode(encoding='utf-8', errors='strict')")]
    fn encode(this: &Ref<Self>, vm: &Vm, encoding: Cow<'_, str>, errors: Cow<'_, str>) -> Result<Object> {
        crate::modules::codecs::encode(vm, this, &encoding, &errors).map(Ref::into_object)
    }

    /// Return a capitalized version of the string.
    #[py("capitalize()")]
    fn capitalize(&self, vm: &Vm) -> Result<Ref<Str>> {
        Str::from_result(vm, case::capitalize(self.units()))
    }

    /// Return a version of the string suitable for caseless comparisons.
    #[py("casefold()")]
    fn casefold(&self, vm: &Vm) -> Result<Ref<Str>> {
        Str::from_result(vm, case::casefold(self.units()))
    }

    /// Return a version of the string where each word is titlecased.
    #[py("title()")]
    fn title(&self, vm: &Vm) -> Result<Ref<Str>> {
        Str::from_result(vm, case::title(self.units()))
    }

    /// Return a copy of the string converted to lowercase.
    #[py("lower()")]
    fn lower(&self, vm: &Vm) -> Result<Ref<Str>> {
        match self.units() {
            Units::Ascii(text) => ascii_mapped(vm, text, text::words::lower),
            units => Str::from_result(vm, case::lower(units)),
        }
    }

    /// Return a copy of the string converted to uppercase.
    #[py("upper()")]
    fn upper(&self, vm: &Vm) -> Result<Ref<Str>> {
        match self.units() {
            Units::Ascii(text) => ascii_mapped(vm, text, text::words::upper),
            units => Str::from_result(vm, case::upper(units)),
        }
    }

    /// Return a copy of the string with uppercase and lowercase exchanged.
    #[py("swapcase()")]
    fn swapcase(&self, vm: &Vm) -> Result<Ref<Str>> {
        Str::from_result(vm, case::swapcase(self.units()))
    }

    /// Return a centered string of length width.
    #[py("center(width, fillchar=' ', /)")]
    fn center(this: &Ref<Self>, vm: &Vm, width: isize, fillchar: Option<&Object>) -> Result<Ref<Str>> {
        let fill = fill_code(vm, fillchar)?;
        let (left, right) = layout::center_padding(this.len(), width.max(0) as usize);
        pad(this, vm, left, right, fill)
    }

    /// Return a left-justified string of length width.
    #[py("ljust(width, fillchar=' ', /)")]
    fn ljust(this: &Ref<Self>, vm: &Vm, width: isize, fillchar: Option<&Object>) -> Result<Ref<Str>> {
        let fill = fill_code(vm, fillchar)?;
        pad(this, vm, 0, missing(this, width), fill)
    }

    /// Return a right-justified string of length width.
    #[py("rjust(width, fillchar=' ', /)")]
    fn rjust(this: &Ref<Self>, vm: &Vm, width: isize, fillchar: Option<&Object>) -> Result<Ref<Str>> {
        let fill = fill_code(vm, fillchar)?;
        pad(this, vm, missing(this, width), 0, fill)
    }

    /// Pad a numeric string with zeros on the left, to fill a field of the given width.
    #[py("zfill(width, /)")]
    fn zfill(this: &Ref<Self>, vm: &Vm, width: isize) -> Result<Ref<Str>> {
        if missing(this, width) == 0 {
            return Ok(this.to_exact());
        }
        Str::from_result(vm, layout::zfill(this.units(), width as usize))
    }

    /// Return a copy where all tab characters are expanded using spaces.
    #[py("expandtabs(tabsize=8)")]
    fn expandtabs(&self, vm: &Vm, tabsize: i32) -> Result<Ref<Str>> {
        Str::from_result(vm, layout::expand_tabs(self.units(), tabsize.max(0) as usize))
    }

    /// Return the number of non-overlapping occurrences of substring sub in string S[start:end].
    #[py("count(sub, start=None, end=None, /)", notext)]
    fn count(&self, vm: &Vm, sub: &Ref<Str>, start: SliceIndex, end: SliceIndex) -> Result<usize> {
        match window(self, start, end) {
            Some((from, to)) => mem(vm, find::count(self.units().slice(from..to), sub.units(), usize::MAX)),
            None => Ok(0),
        }
    }

    /// Return the lowest index in S where substring sub is found, such that sub is contained within S[start:end].
    ///
    /// Return -1 on failure.
    #[py("find(sub, start=None, end=None, /)", notext)]
    fn find(&self, vm: &Vm, sub: &Ref<Str>, start: SliceIndex, end: SliceIndex) -> Result<i64> {
        Ok(find_in(self, vm, sub, start, end, false)?.map_or(-1, |at| at as i64))
    }

    /// Return the highest index in S where substring sub is found, such that sub is contained within S[start:end].
    ///
    /// Return -1 on failure.
    #[py("rfind(sub, start=None, end=None, /)", notext)]
    fn rfind(&self, vm: &Vm, sub: &Ref<Str>, start: SliceIndex, end: SliceIndex) -> Result<i64> {
        Ok(find_in(self, vm, sub, start, end, true)?.map_or(-1, |at| at as i64))
    }

    /// Return the lowest index in S where substring sub is found, such that sub is contained within S[start:end].
    ///
    /// Raises ValueError when the substring is not found.
    #[py("index(sub, start=None, end=None, /)", notext)]
    fn index(&self, vm: &Vm, sub: &Ref<Str>, start: SliceIndex, end: SliceIndex) -> Result<usize> {
        find_in(self, vm, sub, start, end, false)?.ok_or_else(|| raise!(vm, ValueError, "substring not found"))
    }

    /// Return the highest index in S where substring sub is found, such that sub is contained within S[start:end].
    ///
    /// Raises ValueError when the substring is not found.
    #[py("rindex(sub, start=None, end=None, /)", notext)]
    fn rindex(&self, vm: &Vm, sub: &Ref<Str>, start: SliceIndex, end: SliceIndex) -> Result<usize> {
        find_in(self, vm, sub, start, end, true)?.ok_or_else(|| raise!(vm, ValueError, "substring not found"))
    }

    /// Return True if the string starts with the specified prefix, False otherwise.
    #[py("startswith(prefix, start=None, end=None, /)", notext)]
    fn startswith(this: &Ref<Self>, vm: &Vm, prefix: &Object, start: SliceIndex, end: SliceIndex) -> Result<bool> {
        affix(this, vm, prefix, start, end, false)
    }

    /// Return True if the string ends with the specified suffix, False otherwise.
    #[py("endswith(suffix, start=None, end=None, /)", notext)]
    fn endswith(this: &Ref<Self>, vm: &Vm, suffix: &Object, start: SliceIndex, end: SliceIndex) -> Result<bool> {
        affix(this, vm, suffix, start, end, true)
    }

    /// Return a str with the given prefix string removed if present.
    #[py("removeprefix(prefix, /)")]
    fn removeprefix(this: &Ref<Self>, vm: &Vm, prefix: &Ref<Str>) -> Result<Ref<Str>> {
        let cut = if find::starts_with(this.units(), prefix.units()) { prefix.len() } else { 0 };
        Str::part(this, vm, cut..this.len())
    }

    /// Return a str with the given suffix string removed if present.
    #[py("removesuffix(suffix, /)")]
    fn removesuffix(this: &Ref<Self>, vm: &Vm, suffix: &Ref<Str>) -> Result<Ref<Str>> {
        let cut = if find::ends_with(this.units(), suffix.units()) { suffix.len() } else { 0 };
        Str::part(this, vm, 0..this.len() - cut)
    }

    /// Return a copy with all occurrences of substring old replaced by new.
    #[py("replace(old, new, /, count=-1)")]
    fn replace(this: &Ref<Self>, vm: &Vm, old: &Ref<Str>, new: &Ref<Str>, count: isize) -> Result<Ref<Str>> {
        if let (Units::Ascii(text), Units::Ascii(&[from]), Units::Ascii(&[to])) =
            (this.units(), old.units(), new.units())
            && text.len() > 1
            && count < 0
        {
            if !text.contains(&from) {
                return Ok(this.to_exact());
            }
            return ascii_mapped(vm, text, |room| text::words::replace(room, from, to));
        }
        if let (Units::Ascii(text), Units::Ascii(sought), Units::Ascii(put)) = (this.units(), old.units(), new.units())
            && !sought.is_empty()
            && count < 0
        {
            return Str::replaced_ascii(this, vm, text, sought, put);
        }
        match mem(vm, find::replace(this.units(), old.units(), new.units(), limit(count)))? {
            Some(text) => Str::from_buf(vm, text),
            None => Ok(this.to_exact()),
        }
    }

    /// Concatenate any number of strings.
    ///
    /// The string whose method is called is inserted in between each given string.
    #[py("join(iterable, /)")]
    fn join(this: &Ref<Self>, vm: &Vm, iterable: &Object) -> Result<Ref<Str>> {
        Str::join_all(this, vm, iterable)
    }

    /// Return a list of the substrings in the string, using sep as the separator string.
    ///
    /// Splitting starts at the front of the string and works to the end.
    #[py("split(sep=None, maxsplit=-1)")]
    fn split(this: &Ref<Self>, vm: &Vm, sep: Object, maxsplit: isize) -> Result<Vec<Object>> {
        match separator(vm, &sep)? {
            None => match this.units() {
                Units::Ascii(text) => words(this, vm, text, limit(maxsplit)),
                units => parts(this, vm, split::split_space(units, Space::Text, limit(maxsplit))),
            },
            Some(sep) => {
                let mut ranges = Gathered::default();
                mem(vm, split::split(this.units(), sep.units(), limit(maxsplit), |range| ranges.push(range)))?;
                parts(this, vm, ranges.finish(vm)?.into_iter())
            }
        }
    }

    /// Return a list of the substrings in the string, using sep as the separator string.
    ///
    /// Splitting starts at the end of the string and works to the front.
    #[py("rsplit(sep=None, maxsplit=-1)")]
    fn rsplit(this: &Ref<Self>, vm: &Vm, sep: Object, maxsplit: isize) -> Result<Vec<Object>> {
        let mut items = match separator(vm, &sep)? {
            None => parts(this, vm, split::rsplit_space(this.units(), Space::Text, limit(maxsplit)))?,
            Some(sep) => {
                let mut ranges = Gathered::default();
                mem(vm, split::rsplit(this.units(), sep.units(), limit(maxsplit), |range| ranges.push(range)))?;
                parts(this, vm, ranges.finish(vm)?.into_iter())?
            }
        };
        items.reverse();
        Ok(items)
    }

    /// Return a list of the lines in the string, breaking at line boundaries.
    ///
    /// Line breaks are not included in the resulting list unless keepends is given and true.
    #[py("splitlines(keepends=False)")]
    fn splitlines(this: &Ref<Self>, vm: &Vm, keepends: bool) -> Result<Vec<Object>> {
        parts(this, vm, split::lines(this.units(), Space::Text, keepends))
    }

    /// Partition the string into three parts using the given separator.
    #[py("partition(sep, /)")]
    fn partition(this: &Ref<Self>, vm: &Vm, sep: &Object) -> Result<Object> {
        triple(vm, this, sep, false)
    }

    /// Partition the string into three parts using the given separator, searching from the end.
    #[py("rpartition(sep, /)")]
    fn rpartition(this: &Ref<Self>, vm: &Vm, sep: &Object) -> Result<Object> {
        triple(vm, this, sep, true)
    }

    /// Return a copy of the string with leading and trailing whitespace removed.
    ///
    /// If chars is given and not None, remove characters in chars instead.
    #[py("strip(chars=None, /)")]
    fn strip(this: &Ref<Self>, vm: &Vm, chars: Option<&Object>) -> Result<Ref<Str>> {
        strip(this, vm, chars, Ends::Both, "strip")
    }

    /// Return a copy of the string with leading whitespace removed.
    ///
    /// If chars is given and not None, remove characters in chars instead.
    #[py("lstrip(chars=None, /)")]
    fn lstrip(this: &Ref<Self>, vm: &Vm, chars: Option<&Object>) -> Result<Ref<Str>> {
        strip(this, vm, chars, Ends::Left, "lstrip")
    }

    /// Return a copy of the string with trailing whitespace removed.
    ///
    /// If chars is given and not None, remove characters in chars instead.
    #[py("rstrip(chars=None, /)")]
    fn rstrip(this: &Ref<Self>, vm: &Vm, chars: Option<&Object>) -> Result<Ref<Str>> {
        strip(this, vm, chars, Ends::Right, "rstrip")
    }

    /// Replace each character in the string using the given translation table.
    #[py("translate(table, /)")]
    fn translate(this: &Ref<Self>, vm: &Vm, table: &Object) -> Result<Ref<Str>> {
        Str::translated(this, vm, table)
    }

    /// Return a translation table usable for str.translate().
    #[py("maketrans(x, y=<unrepresentable>, z=<unrepresentable>, /)", staticmethod)]
    fn maketrans(vm: &Vm, x: &Object, y: Option<&Object>, z: Option<&Object>) -> Result<Object> {
        Str::make_table(vm, x, y, z)
    }

    /// Return True if all characters in the string are ASCII, False otherwise.
    #[py("isascii()")]
    fn isascii(&self) -> bool {
        self.units().is_ascii()
    }

    /// Return True if the string is a lowercase string, False otherwise.
    #[py("islower()")]
    fn islower(&self) -> bool {
        chars::all_lower(self.units())
    }

    /// Return True if the string is an uppercase string, False otherwise.
    #[py("isupper()")]
    fn isupper(&self) -> bool {
        chars::all_upper(self.units())
    }

    /// Return True if the string is a title-cased string, False otherwise.
    #[py("istitle()")]
    fn istitle(&self) -> bool {
        chars::all_title(self.units())
    }

    /// Return True if the string is a whitespace string, False otherwise.
    #[py("isspace()")]
    fn isspace(&self) -> bool {
        chars::all(self.units(), chars::is_space)
    }

    /// Return True if the string is a decimal string, False otherwise.
    #[py("isdecimal()")]
    fn isdecimal(&self) -> bool {
        chars::all(self.units(), chars::is_decimal)
    }

    /// Return True if the string is a digit string, False otherwise.
    #[py("isdigit()")]
    fn isdigit(&self) -> bool {
        chars::all(self.units(), chars::is_digit)
    }

    /// Return True if the string is a numeric string, False otherwise.
    #[py("isnumeric()")]
    fn isnumeric(&self) -> bool {
        chars::all(self.units(), chars::is_numeric)
    }

    /// Return True if the string is an alphabetic string, False otherwise.
    #[py("isalpha()")]
    fn isalpha(&self) -> bool {
        chars::all(self.units(), chars::is_alpha)
    }

    /// Return True if the string is an alpha-numeric string, False otherwise.
    #[py("isalnum()")]
    fn isalnum(&self) -> bool {
        chars::all(self.units(), chars::is_alnum)
    }

    /// Return True if the string is a valid Python identifier, False otherwise.
    #[py("isidentifier()")]
    fn isidentifier(&self) -> bool {
        self.is_identifier()
    }

    /// Return True if all characters in the string are printable, False otherwise.
    #[py("isprintable()")]
    fn isprintable(&self) -> bool {
        chars::all_printable(self.units())
    }
}
