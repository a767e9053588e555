//! `_suggestions`: what a misspelt name may have meant, for `traceback`.

use vm::exception::suggest;
use vm::prelude::*;

#[pymodule("_suggestions")]
pub mod module {
    use super::*;

    /// Returns the candidate in candidates that's closest to item
    #[py("_generate_suggestions(candidates, item, /)")]
    fn generate_suggestions(vm: &Vm, candidates: &Object, item: &Ref<Str>) -> Result<Option<Ref<Str>>> {
        let Some(candidates) = candidates.cast_exact::<List>() else {
            bail!(vm, TypeError, "candidates must be a list");
        };
        let mut names = Vec::new();
        for candidate in vm.memory(candidates.items.to_vec())? {
            let Some(name) = candidate.cast::<Str>() else {
                bail!(vm, TypeError, "all elements in 'candidates' must be strings");
            };
            names.push(name.to_utf8(vm)?.to_string());
        }
        if names.len() >= suggest::MOST_NAMES {
            return Ok(None);
        }
        let found = suggest::closest(&item.to_utf8(vm)?, names.iter().map(String::as_str));
        Ok(found.map(Str::new))
    }
}
