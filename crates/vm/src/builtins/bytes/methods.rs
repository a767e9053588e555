//! The methods that bytes and bytearray share, written once. Arguments are converted before the receiver's bytes are
//! looked at: conversion may run Python code, which may change a bytearray.

/// `#[pymethods] impl $type` with the shared methods and those given. `$type` has `view()` (the bytes), `wrap(vm, Vec<u8>)`
/// (a new object of the exact type) and `piece(this, vm, range)`.
macro_rules! byte_methods {
    ($type:ident, $kind:literal, { $($more:tt)* }) => {
        #[pymethods]
        impl $type {
            $($more)*

            #[slot]
            fn slot_len(&self) -> usize {
                self.view().len()
            }

            #[slot]
            fn contains(&self, vm: &Vm, value: &Object) -> Result<bool> {
                if let Some(small) = value.as_small_int() && let Ok(byte) = u8::try_from(small) {
                    return Ok(self.view().contains(&byte));
                }
                if common::is_like(value) {
                    let sub = self.held(|| common::like(vm, value))?;
                    return common::contains(vm, &self.view(), &sub);
                }
                if !number::has_index(value) {
                    bail!(vm, TypeError, "a bytes-like object is required, not '{}'", type_name(value));
                }
                let byte = common::byte(vm, value, "byte")?;
                Ok(self.view().contains(&byte))
            }

            #[slot]
            fn concat(this: &Ref<Self>, vm: &Vm, other: &Object) -> Result<Object> {
                if !common::is_like(other) {
                    bail!(vm, TypeError, "can't concat {} to {}", type_name(other), type_name(this.as_object()));
                }
                let right = common::like(vm, other)?;
                let left = this.view();
                let mut out = Vec::new();
                vm.memory(out.try_reserve_exact(left.len() + right.len()).map_err(|_| heap::OutOfMemory))?;
                out.extend_from_slice(&left);
                out.extend_from_slice(&right);
                $type::wrap(vm, out)
            }

            #[slot]
            fn repeat(this: &Ref<Self>, vm: &Vm, times: isize) -> Result<Object> {
                if times == 1 {
                    return $type::piece(this, vm, 0..usize::MAX);
                }
                this.repeated(vm, times.max(0) as usize)
            }

            #[slot]
            fn item(&self, vm: &Vm, index: isize) -> Result<u8> {
                match usize::try_from(index).ok().and_then(|i| self.view().get(i).copied()) {
                    Some(byte) => Ok(byte),
                    None => Err(raise!(vm, IndexError, $kind)),
                }
            }

            #[slot]
            fn subscript(this: &Ref<Self>, vm: &Vm, key: &Object) -> Result<Object> {
                if number::has_index(key) {
                    let len = this.view().len();
                    let at = sequence::wrap_index(vm, key, len)?;
                    let byte = at.and_then(|i| this.view().get(i).copied());
                    return match byte {
                        Some(byte) => Ok(Object::int32(i32::from(byte))),
                        None => Err(raise!(vm, IndexError, $kind)),
                    };
                }
                let Some(slice) = key.cast::<Slice>() else {
                    bail!(
                        vm, TypeError, "{} indices must be integers or slices, not {}",
                        if $type::NAME == "bytes" { "byte" } else { "bytearray" }, type_name(key)
                    );
                };
                let len = this.view().len();
                let range = slice.resolve(vm, len)?;
                if range.step == 1 {
                    let start = range.start as usize;
                    return $type::piece(this, vm, start..start + range.count);
                }
                let made = {
                    let view = this.view();
                    range.indices().filter_map(|i| view.get(i).copied()).collect()
                };
                $type::wrap(vm, made)
            }

            #[slot]
            fn mod_(this: &Ref<Self>, vm: &Vm, args: &Object) -> Result<Object> {
                let format = this.view().to_vec();
                let (format, mut made) = (text::Units::Latin1(&format), text::TextBuilder::new());
                this.held(|| crate::builtins::str::percent::format(vm, format, args, true, &mut made))?;
                $type::wrap(vm, made.as_units().as_bytes().to_vec())
            }

            /// Decode the bytes using the codec registered for encoding.
            #[py("decode(encoding='utf-8', errors='strict')")]
            fn decode(
                &self,
                vm: &Vm,
                encoding: std::borrow::Cow<'_, str>,
                errors: std::borrow::Cow<'_, str>,
            ) -> Result<Object> {
                crate::modules::codecs::decode(vm, self.unchanging().as_ref(), &encoding, &errors)
            }

            /// Create a string of hexadecimal numbers from the bytes.
            ///
            /// A separator stands between groups of bytes_per_sep bytes, which are counted from the right, or from the
            /// left if it is negative.
            ///
            /// >>> b'taipan'.hex()
            /// '74616970616e'
            /// >>> bytearray(b'snake').hex('-', 2)
            /// '73-6e61-6b65'
            #[py("hex(sep=<unrepresentable>, bytes_per_sep=1)")]
            fn hex(&self, vm: &Vm, sep: Option<&Object>, bytes_per_sep: i32) -> Result<Ref<Str>> {
                let sep = self.held(|| common::hex_separator(vm, sep))?;
                common::hex(vm, &self.view(), sep, bytes_per_sep)
            }

            /// Create the object from a string of hexadecimal numbers; spaces between two are accepted.
            #[py("fromhex(string, /)", classmethod)]
            fn fromhex(cls: &Ref<Type>, vm: &Vm, string: &Object) -> Result<Object> {
                let made = $type::wrap(vm, common::from_hex(vm, string)?)?;
                if cls.is($type::class()) {
                    return Ok(made);
                }
                crate::protocol::call::call(vm, cls.as_object(), &[made])
            }

            /// Return the number of non-overlapping occurrences of subsection sub in B[start:end].
            #[py("count(sub, start=None, end=None, /)", notext)]
            fn count(&self, vm: &Vm, sub: &Object, start: SliceIndex, end: SliceIndex) -> Result<usize> {
                let sub = self.held(|| common::needle(vm, sub))?;
                common::count(vm, &self.view(), &sub, start, end)
            }

            /// Return the lowest index in B[start:end] where sub is found, -1 on failure.
            #[py("find(sub, start=None, end=None, /)", notext)]
            fn find(&self, vm: &Vm, sub: &Object, start: SliceIndex, end: SliceIndex) -> Result<i64> {
                let sub = self.held(|| common::needle(vm, sub))?;
                Ok(common::find_in(vm, &self.view(), &sub, start, end, false)?.map_or(-1, |at| at as i64))
            }

            /// Return the highest index in B[start:end] where sub is found, -1 on failure.
            #[py("rfind(sub, start=None, end=None, /)", notext)]
            fn rfind(&self, vm: &Vm, sub: &Object, start: SliceIndex, end: SliceIndex) -> Result<i64> {
                let sub = self.held(|| common::needle(vm, sub))?;
                Ok(common::find_in(vm, &self.view(), &sub, start, end, true)?.map_or(-1, |at| at as i64))
            }

            /// Return the lowest index in B[start:end] where sub is found; ValueError on failure.
            #[py("index(sub, start=None, end=None, /)", notext)]
            fn index(&self, vm: &Vm, sub: &Object, start: SliceIndex, end: SliceIndex) -> Result<usize> {
                let sub = self.held(|| common::needle(vm, sub))?;
                let found = common::find_in(vm, &self.view(), &sub, start, end, false)?;
                found.ok_or_else(|| raise!(vm, ValueError, "subsection not found"))
            }

            /// Return the highest index in B[start:end] where sub is found; ValueError on failure.
            #[py("rindex(sub, start=None, end=None, /)", notext)]
            fn rindex(&self, vm: &Vm, sub: &Object, start: SliceIndex, end: SliceIndex) -> Result<usize> {
                let sub = self.held(|| common::needle(vm, sub))?;
                let found = common::find_in(vm, &self.view(), &sub, start, end, true)?;
                found.ok_or_else(|| raise!(vm, ValueError, "subsection not found"))
            }

            /// Return True if the bytes start with the specified prefix, False otherwise.
            #[py("startswith(prefix, start=None, end=None, /)", notext)]
            fn startswith(&self, vm: &Vm, prefix: &Object, start: SliceIndex, end: SliceIndex) -> Result<bool> {
                let candidates = common::affixes(vm, prefix, "startswith")?;
                Ok(common::has_affix(&self.view(), &candidates, start, end, false))
            }

            /// Return True if the bytes end with the specified suffix, False otherwise.
            #[py("endswith(suffix, start=None, end=None, /)", notext)]
            fn endswith(&self, vm: &Vm, suffix: &Object, start: SliceIndex, end: SliceIndex) -> Result<bool> {
                let candidates = common::affixes(vm, suffix, "endswith")?;
                Ok(common::has_affix(&self.view(), &candidates, start, end, true))
            }

            /// Return an object with the given prefix removed if present.
            #[py("removeprefix(prefix, /)")]
            fn removeprefix(this: &Ref<Self>, vm: &Vm, prefix: &Object) -> Result<Object> {
                let prefix = common::like(vm, prefix)?;
                let cut = if this.view().starts_with(&prefix) { prefix.len() } else { 0 };
                $type::piece(this, vm, cut..usize::MAX)
            }

            /// Return an object with the given suffix removed if present.
            #[py("removesuffix(suffix, /)")]
            fn removesuffix(this: &Ref<Self>, vm: &Vm, suffix: &Object) -> Result<Object> {
                let suffix = common::like(vm, suffix)?;
                let len = this.view().len();
                let cut = if this.view().ends_with(&suffix) { suffix.len() } else { 0 };
                $type::piece(this, vm, 0..len - cut)
            }

            /// Return a copy with all occurrences of substring old replaced by new.
            #[py("replace(old, new, count=-1, /)")]
            fn replace(this: &Ref<Self>, vm: &Vm, old: &Object, new: &Object, count: isize) -> Result<Object> {
                let (old, new) = (common::like(vm, old)?, common::like(vm, new)?);
                let made = common::replace(vm, &this.view(), &old, &new, count)?;
                match made {
                    Some(made) => $type::wrap(vm, made),
                    None => $type::piece(this, vm, 0..usize::MAX),
                }
            }

            /// Concatenate any number of bytes-like objects, with these bytes in between.
            #[py("join(iterable_of_bytes, /)")]
            fn join(&self, vm: &Vm, iterable_of_bytes: &Object) -> Result<Object> {
                let separator = self.view().to_vec();
                $type::wrap(vm, self.held(|| common::join(vm, &separator, iterable_of_bytes))?)
            }

            /// Return a list of the sections in the bytes, using sep as the delimiter.
            #[py("split(sep=None, maxsplit=-1)")]
            fn split(this: &Ref<Self>, vm: &Vm, sep: Option<&Object>, maxsplit: isize) -> Result<Vec<Object>> {
                let sep = this.held(|| sep.map(|sep| common::like(vm, sep)).transpose())?;
                let ranges = common::split_ranges(vm, &this.view(), sep.as_deref(), maxsplit, false)?;
                $crate::protocol::iter::gather(vm, ranges.into_iter().map(|range| $type::piece(this, vm, range)))
            }

            /// Return a list of the sections in the bytes, using sep as the delimiter, splitting from the end.
            #[py("rsplit(sep=None, maxsplit=-1)")]
            fn rsplit(this: &Ref<Self>, vm: &Vm, sep: Option<&Object>, maxsplit: isize) -> Result<Vec<Object>> {
                let sep = this.held(|| sep.map(|sep| common::like(vm, sep)).transpose())?;
                let ranges = common::split_ranges(vm, &this.view(), sep.as_deref(), maxsplit, true)?;
                $crate::protocol::iter::gather(vm, ranges.into_iter().map(|range| $type::piece(this, vm, range)))
            }

            /// Return a list of the lines in the bytes, breaking at line boundaries.
            #[py("splitlines(keepends=False)")]
            fn splitlines(this: &Ref<Self>, vm: &Vm, keepends: bool) -> Result<Vec<Object>> {
                let ranges = common::line_ranges(vm, &this.view(), keepends)?;
                $crate::protocol::iter::gather(vm, ranges.into_iter().map(|range| $type::piece(this, vm, range)))
            }

            /// Partition the bytes into three parts using the given separator.
            #[py("partition(sep, /)")]
            fn partition(this: &Ref<Self>, vm: &Vm, sep: &Object) -> Result<Object> {
                $type::parted(this, vm, sep, false)
            }

            /// Partition the bytes into three parts using the given separator, searching from the end.
            #[py("rpartition(sep, /)")]
            fn rpartition(this: &Ref<Self>, vm: &Vm, sep: &Object) -> Result<Object> {
                $type::parted(this, vm, sep, true)
            }

            /// Strip leading and trailing bytes contained in the argument (white space if None).
            #[py("strip(bytes=None, /)")]
            fn strip(this: &Ref<Self>, vm: &Vm, bytes: Option<&Object>) -> Result<Object> {
                let set = bytes.map(|set| common::like(vm, set)).transpose()?;
                let range = common::strip_range(&this.view(), set.as_deref(), Ends::Both);
                $type::piece(this, vm, range)
            }

            /// Strip leading bytes contained in the argument (white space if None).
            #[py("lstrip(bytes=None, /)")]
            fn lstrip(this: &Ref<Self>, vm: &Vm, bytes: Option<&Object>) -> Result<Object> {
                let set = bytes.map(|set| common::like(vm, set)).transpose()?;
                let range = common::strip_range(&this.view(), set.as_deref(), Ends::Left);
                $type::piece(this, vm, range)
            }

            /// Strip trailing bytes contained in the argument (white space if None).
            #[py("rstrip(bytes=None, /)")]
            fn rstrip(this: &Ref<Self>, vm: &Vm, bytes: Option<&Object>) -> Result<Object> {
                let set = bytes.map(|set| common::like(vm, set)).transpose()?;
                let range = common::strip_range(&this.view(), set.as_deref(), Ends::Right);
                $type::piece(this, vm, range)
            }

            /// Return a copy with each byte mapped by the given translation table, those in delete left out.
            #[py("translate(table, /, delete=b'')")]
            fn translate(&self, vm: &Vm, table: &Object, delete: Option<&Object>) -> Result<Object> {
                let table = common::table(vm, table)?;
                let delete = delete.map(|delete| common::like(vm, delete)).transpose()?;
                let made = common::translate(&self.view(), table.as_ref(), delete.as_deref().unwrap_or_default());
                $type::wrap(vm, made)
            }

            /// Return a translation table usable for the translate method.
            #[py("maketrans(frm, to, /)", staticmethod)]
            fn maketrans(vm: &Vm, frm: &Object, to: &Object) -> Result<Ref<Bytes>> {
                common::maketrans(vm, frm, to)
            }

            /// Return a centered copy of length width.
            #[py("center(width, fillchar=b' ', /)")]
            fn center(this: &Ref<Self>, vm: &Vm, width: isize, fillchar: Option<&Object>) -> Result<Object> {
                let fill = common::fill(vm, fillchar, "center")?;
                let len = this.view().len();
                let (left, right) = text::layout::center_padding(len, width.max(0) as usize);
                if left + right == 0 {
                    return $type::piece(this, vm, 0..len);
                }
                let made = common::pad(vm, &this.view(), left, right, fill)?;
                $type::wrap(vm, made)
            }

            /// Return a left-justified copy of length width.
            #[py("ljust(width, fillchar=b' ', /)")]
            fn ljust(this: &Ref<Self>, vm: &Vm, width: isize, fillchar: Option<&Object>) -> Result<Object> {
                let fill = common::fill(vm, fillchar, "ljust")?;
                let missing = (width.max(0) as usize).saturating_sub(this.view().len());
                if missing == 0 {
                    return $type::piece(this, vm, 0..usize::MAX);
                }
                let made = common::pad(vm, &this.view(), 0, missing, fill)?;
                $type::wrap(vm, made)
            }

            /// Return a right-justified copy of length width.
            #[py("rjust(width, fillchar=b' ', /)")]
            fn rjust(this: &Ref<Self>, vm: &Vm, width: isize, fillchar: Option<&Object>) -> Result<Object> {
                let fill = common::fill(vm, fillchar, "rjust")?;
                let missing = (width.max(0) as usize).saturating_sub(this.view().len());
                if missing == 0 {
                    return $type::piece(this, vm, 0..usize::MAX);
                }
                let made = common::pad(vm, &this.view(), missing, 0, fill)?;
                $type::wrap(vm, made)
            }

            /// Pad a numeric string with zeros on the left, to fill a field of the given width.
            #[py("zfill(width, /)")]
            fn zfill(this: &Ref<Self>, vm: &Vm, width: isize) -> Result<Object> {
                if this.view().len() as isize >= width {
                    return $type::piece(this, vm, 0..usize::MAX);
                }
                let made = common::zfill(vm, &this.view(), width)?;
                $type::wrap(vm, made)
            }

            /// Return a copy where all tab characters are expanded using spaces.
            #[py("expandtabs(tabsize=8)")]
            fn expandtabs(&self, vm: &Vm, tabsize: i32) -> Result<Object> {
                let made = common::expandtabs(vm, &self.view(), tabsize)?;
                $type::wrap(vm, made)
            }

            /// Return a copy with only its first character capitalized (ASCII) and the rest lower-cased.
            #[py("capitalize()")]
            fn capitalize(&self, vm: &Vm) -> Result<Object> {
                $type::wrap(vm, common::capitalize(&self.view()))
            }

            /// Return a titlecased copy: ASCII words start with uppercase characters.
            #[py("title()")]
            fn title(&self, vm: &Vm) -> Result<Object> {
                $type::wrap(vm, common::title(&self.view()))
            }

            /// Return a copy with all ASCII characters converted to lowercase.
            #[py("lower()")]
            fn lower(&self, vm: &Vm) -> Result<Object> {
                $type::wrap(vm, self.view().to_ascii_lowercase())
            }

            /// Return a copy with all ASCII characters converted to uppercase.
            #[py("upper()")]
            fn upper(&self, vm: &Vm) -> Result<Object> {
                $type::wrap(vm, self.view().to_ascii_uppercase())
            }

            /// Return a copy with uppercase ASCII characters converted to lowercase and vice versa.
            #[py("swapcase()")]
            fn swapcase(&self, vm: &Vm) -> Result<Object> {
                $type::wrap(vm, common::swapcase(&self.view()))
            }

            /// Return True if all characters are ASCII, False otherwise.
            #[py("isascii()")]
            fn isascii(&self) -> bool {
                self.view().is_ascii()
            }

            /// Return True if there are bytes and all are ASCII letters, False otherwise.
            #[py("isalpha()")]
            fn isalpha(&self) -> bool {
                let view = self.view();
                !view.is_empty() && view.iter().all(u8::is_ascii_alphabetic)
            }

            /// Return True if there are bytes and all are ASCII letters or digits, False otherwise.
            #[py("isalnum()")]
            fn isalnum(&self) -> bool {
                let view = self.view();
                !view.is_empty() && view.iter().all(u8::is_ascii_alphanumeric)
            }

            /// Return True if there are bytes and all are ASCII digits, False otherwise.
            #[py("isdigit()")]
            fn isdigit(&self) -> bool {
                let view = self.view();
                !view.is_empty() && view.iter().all(u8::is_ascii_digit)
            }

            /// Return True if there are bytes and all are ASCII white space, False otherwise.
            #[py("isspace()")]
            fn isspace(&self) -> bool {
                let view = self.view();
                !view.is_empty() && view.iter().all(|&b| common::is_space(b))
            }

            /// Return True if there are cased ASCII letters and all are lowercase, False otherwise.
            #[py("islower()")]
            fn islower(&self) -> bool {
                let view = self.view();
                view.iter().any(u8::is_ascii_lowercase) && !view.iter().any(u8::is_ascii_uppercase)
            }

            /// Return True if there are cased ASCII letters and all are uppercase, False otherwise.
            #[py("isupper()")]
            fn isupper(&self) -> bool {
                let view = self.view();
                view.iter().any(u8::is_ascii_uppercase) && !view.iter().any(u8::is_ascii_lowercase)
            }

            /// Return True if the bytes are titlecased, False otherwise.
            #[py("istitle()")]
            fn istitle(&self) -> bool {
                common::istitle(&self.view())
            }
        }

        impl $type {
            /// `partition` and `rpartition`.
            fn parted(this: &Ref<Self>, vm: &Vm, sep: &Object, reverse: bool) -> Result<Object> {
                let text = common::like(vm, sep)?;
                if text.is_empty() {
                    bail!(vm, ValueError, "empty separator");
                }
                let (none, all) = (SliceIndex(0), SliceIndex(isize::MAX));
                let found = common::find_in(vm, &this.view(), &text, none, all, reverse)?;
                let separator = if $type::NAME == "bytes" { sep.clone() } else { $type::wrap(vm, text.to_vec())? };
                let items = match found {
                    Some(at) => [
                        $type::piece(this, vm, 0..at)?,
                        separator,
                        $type::piece(this, vm, at + text.len()..usize::MAX)?,
                    ],
                    None => {
                        let (a, b) = ($type::wrap(vm, Vec::new())?, $type::wrap(vm, Vec::new())?);
                        let whole = $type::piece(this, vm, 0..usize::MAX)?;
                        if reverse { [a, b, whole] } else { [whole, a, b] }
                    }
                };
                Ok(Tuple::from_slice(&items).into_object())
            }
        }
    };
}
pub(crate) use byte_methods;
