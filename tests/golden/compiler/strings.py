a = f"x{b!r:>{w}}y" f"{c=}"
d = t"a{b}c{d!s:z}"
e = "%s-%r %5s" % (f, g, h)
i = "%d" % (j,)
k = f""
