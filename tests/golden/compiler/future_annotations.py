from __future__ import annotations
x: list[int] | None = None
def f(a: 1 + 2 * 3, b: lambda x, /, *y, z=1: (yield), c: f"{a!r:>{w}}") -> {**a, "b": [c for d in e if not f]}: pass
class C:
    y: x.y.z[1:2, ...]
