# What CPython says of strings with fields that are left open, of sources that end too early, of names that are constants.
def t(s,mode='exec'):
    try: compile(s,'<s>',mode); print(ascii(s)[:60],'ok')
    except SyntaxError as e: print(ascii(s)[:60],e.msg,e.lineno,e.offset,e.end_lineno,e.end_offset, type(e).__name__)
    except Exception as e: print(ascii(s)[:60],repr(e))
for s in ["\\","a\\","a + \\","\\\n","\\ ", "\\\na","f'{\\}'","rf'{\\}'","F'{[F'{:'}[F'{:'}]]]","F'{[F'{:'}]}'", "f'{a:{b'","[f'{:'", "f'{[f'{:'","f'{(a:'","f'{[}'","f'{[:'","f'{[:}'","x = \\", "f'{[!r}'","f'{[a!r}'","f'{[a:'"]:
    for m in 'eval','exec': t(s,m)
def nested(n):
    return '1+1' if n==0 else f'f"{{{nested(n-1)}}}"'
for n in (10,100,148,149,150,151,152): t(nested(n))
t('f"{1 1:' + ('{f"1:' * 1)); t('f"{1 1:' + ('{f"1:' * 140)); t('f"{1 1:' + ('{f"1:' * 199)); t('f"{1 1:'); t("f'{1 1")
t('f"{1:' + ('{f"1:' * 199))
t('f"{1:' + ('{f"1:' * 9))
for s in ["[a b}","f'{[a b}'","f'{[a b}","f'{[a ! }'","f'{[a ? }'","[a ! }","f'{[a ! )}'","f'{[! ]]}'","f'{[a! ] }' }","f'{a b} }'","f'{a b)}'","f'{[:]]}'", "f'{[a:]]}'","f'{[a b]]}'", "f'{a b)' $ (}","f'{:'}","f'{:' 'abc","f'{:' (]","f'{a b:' (]","f'{a b}' (]","f'{a b' (]","f'{(a b' (]","f'{(a b)' (]","f'{a b!r}' (]", "f'{!r}' (]","f'{ }' (]","f'{ }' 'abc","f'{ } }' 'abc","f'{a $ }' (]","f'{ ' (]","f'{}' {","f'{}'\n[","(f'{}'\n[}","f'{:'\n(]", "(f'{}' 'ab"]: t(s)
for s in ["f'{[a ? }' 'abc","f'{[a ? }' )","f'{[a ? }' \u20ac","f'{[a ? ]}' )","f'{[a ? ]}' 'abc","f'{[a ? \u20ac","f'{a ? \u20ac","f'{a ? )","f'{a ? ) 'abc","f'{a ? ]}' 0777","f'{a ? 0777}'","f'{a ? (]}'","f'{a ? }'\n(]","f'{a ? (] ' }'","f'{a ? 1_}' ","f'{a ? }' 1_","f'{(a b) 1_}'","f'{(a b) \u20ac}'","f'{(a b) (] }'","f'{(a b) } (] }'","f'{(a b) } }' (]","f'{(a b) }' (]", "[a ? (]","f'{[a ? (]}'","f'{[] ? (]}'","f'{[ ? (]}'","f'{[(a b) ? (]}'","f'{[f() f() ? (]}'","f'{a ? (}'"]: t(s)
for s in ["(a b); f'{(]}'","a b; f'{0777}'","a b; f'{1_}'\n(]","f'{a b}' f'{1_}'","f'{a ? }' f'{1_}'","f'{a ? }' f'{(]}'","(a b)\nf'{(]}'","(a b)\nf'abc","(a b)\nf'{€}'","f'{a ? }'\nf'{(]}'"]: t(s)
for s in ["Tru\u1d49","a.Tru\u1d49","f(Tru\u1d49=1)","import a.Tru\u1d49","é=1"]: t(s)
for s in ["match y:\n case e(e=v,v,", "match y:\n case e(e=v,v", "match y:\n case [a,", "a <> b", "if 1:\n  a\n \\\n  b\n", "if 1:\n\ta\n\\\n        b\n",
          "[i for i in (lambda:(j := range(5)))()]", "[i for i in [j for j in range(5) if (j := True)]]"]: t(s)
for n in (98, 99, 100):
    t("".join(" " * i + "if 1:\n" for i in range(n)) + " " * n + "pass\n")
for s in ("for x im n: pass\n", "x =", "return"):
    try:
        compile(s, "<s>", "exec")
    except SyntaxError as error:
        print(error.msg, error._metadata)
for width in (-2 ** 63, -2 ** 63 - 1, 2 ** 63 - 1, 2 ** 31):
    try:
        print(len("%*d" % width))
    except (OverflowError, TypeError) as error:
        print(width, type(error).__name__, error)
for s in ("1<>2", "1!=2", "a = b <> c and '!='"):
    t("from __future__ import barry_as_FLUFL\n" + s)
