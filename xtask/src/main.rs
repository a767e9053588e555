//! The project's own tasks: `cargo xtask <task>`.

mod fuzz;
mod ops;
mod reference;
mod signatures;
mod suite;

fn main() {
    let mut args = std::env::args().skip(1);
    let task = args.next().unwrap_or_default();
    let rest: Vec<String> = args.collect();
    let ok = match task.as_str() {
        "fuzz" => fuzz::run(&rest),
        "ops" => ops::run(&rest),
        "signatures" => signatures::run(&rest),
        "suite" => suite::run(&rest),
        "tidy" => tidy(),
        _ => {
            eprintln!(
                "usage: cargo xtask fuzz [--cases N] [--seed S] [--show N] [--python PATH] [--reference PATH] [KIND...]"
            );
            eprintln!("       cargo xtask ops [--ast|--lib] [--python PATH] [--show N] [--dir DIR] [file...]");
            eprintln!("       cargo xtask signatures [--python PATH] [--reference PATH] [--missing] [MODULE...]");
            eprintln!("       cargo xtask suite [--python PATH] [MODULE...]");
            eprintln!("       cargo xtask tidy");
            false
        }
    };
    std::process::exit(if ok { 0 } else { 1 });
}

/// Prints where the rules of the house are broken.
fn tidy() -> bool {
    let problems = testkit::tidy::check(&testkit::root());
    problems.iter().for_each(|problem| println!("{problem}"));
    problems.is_empty()
}
