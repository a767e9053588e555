//! `_sre`: patterns and matches over the `regex` engine.

mod matches;
mod pattern;
mod scanner;
mod subject;
mod template;

use matches::Match;
use pattern::Pattern;
use scanner::Scanner;
use template::Template;
use vm::object::instance;
use vm::prelude::*;
use vm::protocol::{iter, number};

#[pymodule("_sre", types(Pattern, Match, Scanner, Template))]
pub mod module {
    use super::*;

    #[constant]
    const MAGIC: u32 = regex::MAGIC;
    #[constant]
    const CODESIZE: usize = regex::CODESIZE;
    #[constant]
    const MAXREPEAT: u32 = regex::MAXREPEAT;
    #[constant("copyright")]
    const COPYRIGHT: &str = " an engine of its own behind the interface of SRE 2.2.2 by Secret Labs AB ";
    #[constant]
    const MAXGROUPS: u32 = regex::MAXGROUPS;

    #[py("getcodesize()")]
    fn getcodesize() -> usize {
        regex::CODESIZE
    }

    #[py("ascii_iscased(character, /)")]
    fn ascii_iscased(character: i32) -> bool {
        regex::ascii_iscased(character as u32)
    }

    #[py("unicode_iscased(character, /)")]
    fn unicode_iscased(character: i32) -> bool {
        regex::unicode_iscased(character as u32)
    }

    #[py("ascii_tolower(character, /)")]
    fn ascii_tolower(character: i32) -> i32 {
        regex::ascii_tolower(character as u32) as i32
    }

    #[py("unicode_tolower(character, /)")]
    fn unicode_tolower(character: i32) -> i32 {
        regex::unicode_tolower(character as u32) as i32
    }

    #[py("compile(pattern, flags, code, groups, groupindex, indexgroup)")]
    fn compile(
        vm: &Vm,
        pattern: &Object,
        flags: i32,
        code: &Ref<List>,
        groups: isize,
        groupindex: &Ref<Dict>,
        indexgroup: &Ref<Tuple>,
    ) -> Result<Object> {
        let mut words = Vec::new();
        for item in iter::to_vec(vm, code.as_object())? {
            let word = number::index(vm, &item)?;
            match Int::to_i64(&word).and_then(|word| u32::try_from(word).ok()) {
                Some(word) => words.push(word),
                None => bail!(vm, OverflowError, "regular expression code size limit exceeded"),
            }
        }
        let groups = u32::try_from(groups).unwrap_or(u32::MAX);
        let Ok(program) = regex::Program::new(&words, groups) else {
            bail!(vm, RuntimeError, "invalid SRE code");
        };
        let bytes = match pattern {
            pattern if pattern.is(&none()) => None,
            pattern if pattern.cast::<Str>().is_some() => Some(false),
            pattern if vm::builtins::bytes::common::is_like(pattern) => Some(true),
            pattern => {
                bail!(vm, TypeError, "expected string or bytes-like object, got '{}'", vm::object::type_name(pattern))
            }
        };
        let body = Pattern {
            head: Head::new(),
            program,
            code: words,
            bytes,
            source: pattern.clone(),
            flags,
            groupindex: groupindex.clone(),
            indexgroup: indexgroup.clone(),
        };
        Ok(instance::alloc_static(body).into_object())
    }

    /// template: a list of literals and group numbers by turns, as re._parser.parse_template makes it.
    #[py("template(pattern, template, /)")]
    fn template(vm: &Vm, pattern: &Ref<Pattern>, template: &Ref<List>) -> Result<Object> {
        Template::make(vm, pattern, &iter::to_vec(vm, template.as_object())?)
    }
}
