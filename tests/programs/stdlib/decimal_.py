# The native `decimal`: rounding, signals, elementary functions, text.
from decimal import *
import decimal

shown = Context(prec=9)
print(shown, list(shown.flags)[0].__name__)
with localcontext(prec=9) as context:
    for text in ["1/3", "2/7", "1e20+1", "0.1*3", "10//3", "-7%3", "2**8", "2**-1", "4**0.5", "10**-40", "1E+1000000*10"]:
        for op in ["//", "**", "/", "*", "+", "%"]:
            if op in text[1:]:
                left, right = text.rsplit(op, 1)
                break
        try:
            print(text, eval("a" + op + "b", {"a": Decimal(left), "b": Decimal(right)}))
        except DecimalException as error:
            print(text, type(error).__name__, error)
    print(Decimal(2).sqrt(), Decimal(2).ln(), Decimal(1).exp(), Decimal(70).log10(), Decimal("0.5").exp())
    for rounding in [ROUND_UP, ROUND_DOWN, ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, ROUND_HALF_DOWN, ROUND_HALF_EVEN, ROUND_05UP]:
        print(rounding, [str(Decimal(t).quantize(Decimal("0.1"), rounding)) for t in ["1.25", "-1.25", "1.35", "1.01"]])
    context.traps[Inexact] = True
    try:
        Decimal(1) / 3
    except Inexact as error:
        print(type(error).__name__, error)
for value in ["abc", (1, (1, 2, 3), -2), 1.1, "-sNaN12", " 1_000 ", (0, (1, 20), 1), None]:
    try:
        print(repr(Decimal(value)), Decimal(value).as_tuple())
    except (InvalidOperation, ValueError, TypeError) as error:
        print(type(error).__name__, error)
print(Decimal("1E+3").to_eng_string(), f"{Decimal('1234567.891'):,.2f}", round(Decimal("2.5")), round(Decimal("1.255"), 2))
print(Decimal("1.5").as_integer_ratio(), hash(Decimal("1.5")) == hash(1.5), Decimal("0.1") == 0.1, pow(Decimal(2), 3, 5))
print(Decimal("1.20").compare_total(Decimal("1.2")), Decimal(1101).logical_xor(111), Decimal("7.9E96").next_toward(1).number_class())

# The current context follows contextvars: a copied context that sets its own leaves the outer one alone.
import contextvars
import decimal


def with_precision(n):
    decimal.getcontext().prec
    decimal.setcontext(decimal.Context(prec=n))
    return str(decimal.Decimal(1) / 3), inner.run(lambda: str(decimal.Decimal(1) / 3)) if n == 5 else None


inner = contextvars.copy_context()
inner.run(decimal.setcontext, decimal.Context(prec=3))
print(contextvars.copy_context().run(with_precision, 5), str(decimal.Decimal(1) / 3))
with decimal.localcontext() as c:
    c.prec = 4
    print(decimal.Decimal(2) / 3, inner.run(lambda: decimal.Decimal(2) / 3))
print(decimal.Decimal(2) / 3)
