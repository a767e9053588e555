import contextvars as c, re
v=c.ContextVar('v',default=5)
ctx=c.copy_context()
t=v.set(3)
print(type(c.Token.MISSING), repr(c.Token.MISSING), c.ContextVar.__text_signature__)
for f in ["c.ContextVar()","c.ContextVar(1)","c.ContextVar('a','b')","c.Context(1)","c.Token()","ctx[1]","1 in ctx","ctx.get(1)","ctx[v]","v.get(1,2)","c.ContextVar('x').get()","c.ContextVar('x').get(9)","ctx.run()","ctx.run(ctx.run, int)","v.reset(1)","t.__exit__(None,None,None)","v.reset(t)","t","c.ContextVar('w').reset(v.set(1))","ctx.run(v.reset, v.set(4))","ctx==c.Context()","ctx<ctx","hash(ctx)","c.Context[int]","c.ContextVar[int]","c.Token[int]","t.old_value","v.set(1).old_value","v.name","c.ContextVar(name='a',default=2)","c.ContextVar('a',foo=2)","type(c.Token.MISSING)()", "ctx.run(**{})", "hash(t)"]:
    try: r = eval(f)
    except BaseException as e: r = type(e).__name__ + ' ' + str(e)
    print(f, '->', re.sub('0x[0-9a-f]+', '0x', str(r)))
vs = [c.ContextVar(f'v{i}') for i in range(500)]
def fill():
    ts = [x.set(i) for i, x in enumerate(vs)]
    d = c.copy_context()
    print(len(d), sum(d[x] for x in vs), sorted(d.values()) == list(range(500)), set(d) == set(vs), all(d[k] == x for k, x in d.items()))
    for x, t in list(zip(vs, ts))[::2]: x.reset(t)
    e = c.copy_context()
    print(len(e), sum(e.get(x, 0) for x in vs), len(d), vs[0] in e, vs[1] in e, e == d, e == c.copy_context())
    for x, t in list(zip(vs, ts))[1::2]: x.reset(t)
    print(len(c.copy_context()))
c.Context().run(fill)
with v.set(77) as tok:
    print(v.get(), tok.var is v)
print(v.get())
