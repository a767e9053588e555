//! The executable `taipan`.
#![forbid(unsafe_code)]

mod library;
mod options;
mod prompt;
mod run;

use std::process::ExitCode;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args_os().map(|a| a.to_string_lossy().into_owned()).collect();
    match options::parse(&args) {
        Ok(options::Parsed::Run(plan)) => run::run(*plan),
        Ok(options::Parsed::Print(text)) => {
            println!("{text}");
            ExitCode::SUCCESS
        }
        Err(message) => {
            eprintln!("{message}");
            ExitCode::from(2)
        }
    }
}
