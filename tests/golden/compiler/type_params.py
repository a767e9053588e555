def f[T: int, *Ts, **P](a: T, b=1, *, c=2) -> P: return T
class A[T](B): x: T
type X[T: (int, str)] = list[T]
type Y = int
