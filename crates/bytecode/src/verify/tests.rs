use super::verify;
use crate::exceptions::{self, Handler};
use crate::{Code, CodeFlags, Const, Op, kind};

/// A code object of these instructions, `NAME argument` on each line or after `;`, caches added.
fn assemble(listing: &str) -> Code {
    let mut code = Vec::new();
    for line in listing.split([';', '\n']).map(str::trim).filter(|line| !line.is_empty()) {
        let (name, arg) = line.split_once(' ').unwrap_or((line, "0"));
        let op = Op::from_name(name).unwrap_or_else(|| panic!("{name}"));
        code.extend([op as u8, arg.parse().unwrap()]);
        code.resize(code.len() + op.caches() * 2, 0);
    }
    Code {
        argcount: 1,
        stacksize: 4,
        flags: CodeFlags::OPTIMIZED | CodeFlags::NEWLOCALS,
        code,
        consts: vec![Const::None],
        names: vec!["n".into()],
        localsplusnames: ["arg", "local", "cell", "free"].map(Into::into).to_vec(),
        localspluskinds: vec![kind::LOCAL, kind::LOCAL, kind::CELL, kind::FREE],
        ..Code::default()
    }
}

#[test]
fn accepted() {
    for listing in [
        "LOAD_CONST 0; RETURN_VALUE",
        "LOAD_FAST 0; STORE_FAST 1; LOAD_FAST 1; RETURN_VALUE",
        "LOAD_FAST_CHECK 1; POP_TOP; LOAD_FAST 1; RETURN_VALUE",
        "LOAD_FAST_AND_CLEAR 1; STORE_FAST 1; LOAD_CONST 0; RETURN_VALUE",
        "MAKE_CELL 2; COPY_FREE_VARS 1; LOAD_DEREF 3; STORE_DEREF 2; LOAD_DEREF 2; RETURN_VALUE",
        "LOAD_GLOBAL 1; CALL 0; RETURN_VALUE",
        "LOAD_FAST 0; POP_JUMP_IF_TRUE 2; LOAD_CONST 0; RETURN_VALUE; LOAD_SMALL_INT 1; RETURN_VALUE",
        "LOAD_FAST 0; GET_ITER; FOR_ITER 3; STORE_FAST 1; JUMP_BACKWARD 5; END_FOR; POP_ITER; LOAD_CONST 0; RETURN_VALUE",
        // never reached: arguments are checked, the stack is not
        "LOAD_CONST 0; RETURN_VALUE; POP_TOP; POP_TOP",
        "EXTENDED_ARG 0; LOAD_CONST 0; RETURN_VALUE",
    ] {
        assert_eq!(verify(&assemble(listing)), Ok(()), "{listing}");
    }
}

#[test]
fn refused() {
    for (listing, why) in [
        ("", "length is odd, zero"),
        ("LOAD_CONST 0", "runs off the end"),
        ("LOAD_CONST 1; RETURN_VALUE", "no such constant"),
        ("LOAD_NAME 1; RETURN_VALUE", "no such name"),
        ("LOAD_GLOBAL 2; RETURN_VALUE", "no such name"),
        ("LOAD_FAST 4; RETURN_VALUE", "no such local"),
        ("LOAD_FAST_LOAD_FAST 64; RETURN_VALUE", "no such local"),
        ("RETURN_VALUE", "takes 1 values of 0"),
        ("LOAD_CONST 0; LOAD_CONST 0; RETURN_VALUE", "leaves 1 values"),
        ("LOAD_CONST 0; COPY 1; COPY 1; COPY 1; COPY 1; RETURN_VALUE", "stack overflow"),
        ("LOAD_CONST 0; COPY 0; RETURN_VALUE", "argument out of range"),
        ("LOAD_CONST 0; COPY 2; RETURN_VALUE", "takes 2 values of 1"),
        ("LOAD_FAST 1; RETURN_VALUE", "local 1 may be unbound"),
        ("DELETE_FAST 0; LOAD_FAST 0; RETURN_VALUE", "local 0 may be unbound"),
        (
            "LOAD_FAST 0; POP_JUMP_IF_TRUE 2; LOAD_CONST 0; STORE_FAST 1; LOAD_FAST 1; RETURN_VALUE",
            "local 1 may be unbound",
        ),
        ("LOAD_DEREF 0; RETURN_VALUE", "the local is no cell"),
        ("LOAD_DEREF 2; RETURN_VALUE", "the cell is not made yet"),
        ("COPY_FREE_VARS 2; LOAD_DEREF 3; RETURN_VALUE", "argument out of range"),
        ("MAKE_CELL 2; LOAD_CONST 0; STORE_FAST 2; LOAD_DEREF 2; RETURN_VALUE", "the cell is not made yet"),
        ("PUSH_NULL; RETURN_VALUE", "takes a NULL"),
        ("LOAD_FAST_AND_CLEAR 1; RETURN_VALUE", "takes a NULL"),
        ("PUSH_NULL; LOAD_CONST 0; CALL 0; RETURN_VALUE", "takes a NULL (2 from the top)"),
        ("LOAD_FAST_BORROW 0; DELETE_FAST 0; RETURN_VALUE", "changes while a borrowed"),
        ("LOAD_FAST_BORROW 0; LOAD_CONST 0; STORE_FAST 0; RETURN_VALUE", "changes while a borrowed"),
        ("YIELD_VALUE 0; RETURN_VALUE", "takes 1 values of 0"),
        ("LOAD_CONST 0; YIELD_VALUE 0; RETURN_VALUE", "not in a generator"),
        ("RETURN_GENERATOR; RETURN_VALUE", "not at the start of a generator"),
        ("JUMP_FORWARD 9; LOAD_CONST 0", "jump out of the code"),
        ("JUMP_BACKWARD 9", "jump out of the code"),
        ("LOAD_FAST 0; TO_BOOL; JUMP_BACKWARD 3; RETURN_VALUE", "jump into an instruction"),
        ("LOAD_FAST 0; JUMP_BACKWARD 3", "is reached with"),
        (
            "LOAD_FAST 0; GET_ITER; FOR_ITER 3; STORE_FAST 1; JUMP_BACKWARD 5; POP_TOP; POP_ITER; LOAD_CONST 0; RETURN_VALUE",
            "must lead to END_FOR",
        ),
        ("EXTENDED_ARG 0; EXTENDED_ARG 0; EXTENDED_ARG 0; EXTENDED_ARG 0; RETURN_VALUE", "more than three"),
        ("EXTENDED_ARG 1", "ends within"),
        ("EXTENDED_ARG 1; LOAD_FAST 0; RETURN_VALUE", "no such local"),
        ("LOAD_FAST_BORROW 0; TO_BOOL_BOOL; RETURN_VALUE", "internal"),
        ("INSTRUMENTED_RESUME; LOAD_CONST 0; RETURN_VALUE", "internal"),
        ("INTERPRETER_EXIT", "internal"),
        ("CACHE; LOAD_CONST 0; RETURN_VALUE", "internal"),
        ("LOAD_CONST 0; CALL_INTRINSIC_1 0; RETURN_VALUE", "no such intrinsic"),
        ("LOAD_CONST 0; LOAD_CONST 0; BINARY_OP 27; RETURN_VALUE", "no such operator"),
        ("LOAD_CONST 0; LOAD_CONST 0; COMPARE_OP 192; RETURN_VALUE", "no such comparison"),
    ] {
        let error = verify(&assemble(listing)).expect_err(listing);
        assert!(error.contains(why), "{listing}: {error}");
    }
}

#[test]
fn tables_and_shapes() {
    let good = || {
        let mut code = assemble("NOP; LOAD_CONST 0; RETURN_VALUE; PUSH_EXC_INFO; RERAISE 1");
        code.exceptiontable.clear();
        exceptions::write(&mut code.exceptiontable, &Handler { start: 0, end: 2, target: 3, depth: 0, lasti: true });
        code
    };
    let with = |change: &dyn Fn(&mut Code)| {
        let mut code = good();
        change(&mut code);
        verify(&code)
    };
    let table = |start, end, target, depth| {
        let mut table = Vec::new();
        exceptions::write(&mut table, &Handler { start, end, target, depth, lasti: true });
        table
    };
    assert_eq!(with(&|_| ()), Ok(()));
    type Change<'a> = &'a dyn Fn(&mut Code);
    let changes: [(Change, &str); 15] = [
        (&|c| c.code.truncate(9), "length is odd"),
        (&|c| c.code[0] = 121, "unknown opcode 121"),
        (&|c| c.localspluskinds.push(0), "differ in length"),
        (&|c| c.localspluskinds[1] = 0, "of no kind"),
        (&|c| c.localspluskinds.reverse(), "out of order"),
        (&|c| c.argcount = 3, "more parameters than locals"),
        (&|c| c.kwonlyargcount = u32::MAX, "more parameters than locals"),
        (&|c| c.posonlyargcount = 2, "more parameters than locals"),
        (&|c| c.stacksize = u32::MAX, "too large"),
        (&|c| c.stacksize = 1, "stack overflow"),
        (&|c| c.linetable = vec![0xFF], "line table: covers 8 of 5"),
        (&|c| c.exceptiontable = table(0, 9, 3, 0), "no instruction starts there"),
        (&|c| c.exceptiontable = table(0, 2, 9, 0), "no instruction starts there"),
        (&|c| c.exceptiontable = table(0, 2, 3, 1), "keeps 1 values of 0"),
        (&|c| c.exceptiontable.push(1), "malformed"),
    ];
    for (change, why) in changes {
        let error = with(change).expect_err(why);
        assert!(error.contains(why), "{why}: {error}");
    }
    let swapped = [table(1, 2, 3, 0), table(0, 1, 3, 0)].concat();
    assert!(with(&|c| c.exceptiontable.clone_from(&swapped)).unwrap_err().contains("out of order"));
    let cached = Code { code: vec![Op::TO_BOOL as u8, 0, 0, 0, 0, 1, 0, 0, 35, 0], ..good() };
    assert!(verify(&cached).unwrap_err().contains("are not empty"));
}
