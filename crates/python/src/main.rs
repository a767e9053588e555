//! The executable `taipan`.
#![forbid(unsafe_code)]

mod library;
mod options;
mod prompt;
mod run;

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: heap::Allocator = heap::Allocator;

fn main() -> ExitCode {
    let args: Vec<_> = std::env::args_os().collect();
    match options::parse(&args) {
        Ok(options::Parsed::Run(plan)) => run::run(*plan),
        Ok(options::Parsed::Print(text)) => {
            println!("{text}");
            ExitCode::SUCCESS
        }
        Err(refusal) => {
            eprintln!("{}", refusal.message);
            ExitCode::from(refusal.code)
        }
    }
}
