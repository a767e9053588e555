//! Patterns as CPython 3.14 compiles them, and what it finds with them: see `cases.txt`.
//!
//! A line `pattern` has the source, the number of groups and the code; the lines below it have an input as code points in
//! hexadecimal, and what `match`, `fullmatch` and `finditer` give.

use regex::{Input, Invalid, Mode, Program, State, Stop};
use text::{TextBuilder, UnitsBuf};

fn show(program: &Program, state: &State) -> String {
    let spans: Vec<String> = (0..=program.groups() as usize)
        .map(|group| state.group(group).map_or("-".into(), |(start, end)| format!("{start}-{end}")))
        .collect();
    format!("{} last {}", spans.join(" "), state.last_index().unwrap_or(0))
}

fn input(hex: &str) -> UnitsBuf {
    let mut out = TextBuilder::new();
    hex.split_whitespace().for_each(|code| out.push(u32::from_str_radix(code, 16).unwrap()).unwrap());
    out.finish()
}

#[test]
fn as_cpython() {
    let mut program = None;
    let mut source = "";
    let mut count = 0;
    for line in include_str!("cases.txt").lines() {
        let fields: Vec<&str> = line.split('\t').collect();
        if fields[0] == "pattern" {
            let code: Vec<u32> = fields[3].split(' ').map(|word| word.parse().unwrap()).collect();
            source = fields[1];
            program = Some(Program::new(&code, fields[2].parse().unwrap()).expect(source));
            continue;
        }
        let program = program.as_ref().unwrap();
        let buf = input(fields[1]);
        let (units, mut state) = (buf.as_units(), State::new());
        let input = if fields[0] == "bytes" { Input::Bytes(units.as_bytes()) } else { Input::Str(units) };
        let mut run = |at: usize, mode: Mode, must_advance: bool| {
            state.must_advance = must_advance;
            let found = program.run(input, at, units.len(), mode, &mut state, &mut || true).unwrap();
            found.then(|| (show(program, &state), state.group(0).unwrap()))
        };
        let mut text = |mode| run(0, mode, false).map_or("none".to_owned(), |(text, _)| text);
        assert_eq!(text(Mode::Match), fields[2], "match {source} {:?}", fields[1]);
        assert_eq!(text(Mode::Fullmatch), fields[3], "fullmatch {source} {:?}", fields[1]);
        let (mut all, mut at, mut empty) = (vec![], 0, false);
        while let Some((text, (start, end))) = run(at, Mode::Search, empty) {
            all.push(text);
            (at, empty) = (end, start == end);
        }
        assert_eq!(all.join(", "), fields[4], "finditer {source} {:?}", fields[1]);
        count += 1;
    }
    assert!(count > 90, "only {count} cases were read");
}

#[test]
fn a_bad_list_is_refused() {
    let pattern = include_str!("cases.txt").lines().filter(|line| line.starts_with("pattern"));
    for line in pattern {
        let fields: Vec<&str> = line.split('\t').collect();
        let code: Vec<u32> = fields[3].split(' ').map(|word| word.parse().unwrap()).collect();
        let groups: u32 = fields[2].parse().unwrap();
        // Cut short, or with a word changed, a list is refused or runs, but never fails otherwise.
        for i in 0..code.len() {
            assert!(Program::new(&code[..i], groups).is_err(), "{} cut at {i}", fields[1]);
            for word in [0, 1, 7, 23, code[i].wrapping_add(1), code[i].wrapping_sub(1), u32::MAX] {
                let mut changed = code.clone();
                changed[i] = word;
                let Ok(program) = Program::new(&changed, groups) else { continue };
                let mut fuel = 3;
                let mut poll = || {
                    fuel -= 1;
                    fuel > 0
                };
                let input = Input::Str(text::Units::Latin1(b"abcab\xE9\n"));
                let _ = program.run(input, 0, 7, Mode::Search, &mut State::new(), &mut poll);
            }
        }
    }
    assert_eq!(Program::new(&[17, 2, 1], 1).unwrap_err(), Invalid);
}

#[test]
fn a_match_can_be_interrupted() {
    // (a+)+b: exponential on a's.
    let line = include_str!("cases.txt").lines().find(|line| line.starts_with("pattern\t'(a+)+b'")).unwrap();
    let code: Vec<u32> = line.split('\t').nth(3).unwrap().split(' ').map(|word| word.parse().unwrap()).collect();
    let program = Program::new(&code, 1).unwrap();
    let text = [b'a'; 60];
    let mut polls = 0;
    let mut poll = || {
        polls += 1;
        polls < 4
    };
    let stopped = program.run(Input::Bytes(&text), 0, 60, Mode::Match, &mut State::new(), &mut poll);
    assert_eq!((stopped, polls), (Err(Stop::Interrupted), 4));
}

#[test]
fn nesting_is_no_recursion() {
    // (?:a|b)* on a long text needs a choice for each round, but no native stack.
    let code = [14, 4, 0, 0, u32::MAX, 23, 15, 0, u32::MAX, 7, 5, 16, 97, 15, 7, 5, 16, 98, 15, 2, 0, 18, 1];
    let program = Program::new(&code, 0).unwrap();
    let text = vec![b'a'; 1_000_000];
    let mut state = State::new();
    let found = program.run(Input::Bytes(&text), 0, text.len(), Mode::Fullmatch, &mut state, &mut || true);
    assert_eq!((found, state.group(0)), (Ok(true), Some((0, 1_000_000))));
}
