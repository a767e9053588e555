x: int = 1
if y:
    z: str
class C:
    a: int
    b: "D" = 2
    def f(self, q: a, *args: *Ts, k: int = 1) -> b:
        local: undefined = 1
