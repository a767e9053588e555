def f(x):
    match x:
        case 1 | 2.5 | "a" | None | -3: return 1
        case [a, b, *rest] if a: return rest
        case [first, *_, last]: return last
        case {"k": v, **rest}: return v, rest
        case Point(x=0, y=y) as p: return p
        case (A.B | C.D): return 2
        case _: return 3
