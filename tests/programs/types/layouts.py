# Which classes may stand in for each other: __bases__ and __class__ assigned between classes with and without slots.
class A: __slots__ = ("p",)
class B: __slots__ = ("q",)
class C: __slots__ = ("p",)
class D(A): pass
class E(B): pass
class F(C): pass
class G(A): __slots__ = ()
class H(A): __slots__ = ("q",)
class I(C): __slots__ = ("q",)
class J: pass
class K(J): __slots__ = ("p",)
class L: __slots__ = ("p", "q")
class M: __slots__ = ("q", "p")
class N(L): pass
class O(M): pass
class P(H): pass
class Q(int): pass
class R(dict): pass
class S: __slots__ = ("p", "__dict__")
class T: __slots__ = ("p", "__weakref__")
class U(S): pass
class V(T): pass
class W(J): pass
class X(W): pass
classes = [A, B, C, D, E, F, G, H, I, J, K, L, M, N, O, P, Q, R, S, T, U, V, W, X]
words = set()
for old in classes:
    bases, kinds = "", ""
    for new in classes:
        try:
            made = type("Z", (old,), {"__slots__": ()})
            made.__bases__ = (new,)
            bases += new.__name__
        except TypeError as error:
            words.add(str(error))
        try:
            thing = old()
            thing.__class__ = new
            kinds += new.__name__
        except TypeError as error:
            words.add(str(error))
    print(old.__name__, bases, kinds)
print(len(words), *sorted(words)[::40], sep="\n")
