# skip: needs asyncio
# Coroutines, asynchronous generators and comprehensions, driven by hand.
class Sleep:
    def __init__(self, v): self.v = v
    def __await__(self):
        got = yield self.v
        return got

def drive(coro, *answers):
    log, answers = [], list(answers)
    try:
        log.append(coro.send(None))
        while True:
            log.append(coro.send(answers.pop(0) if answers else None))
    except StopIteration as e:
        return log, e.value

async def add(a, b):
    x = await Sleep(a)
    y = await Sleep(b)
    return x, y
print(drive(add(1, 2), "x", "y"))

async def nested():
    return await add("p", "q"), await add("r", "s")
print(drive(nested(), 1, 2, 3, 4))

async def agen(n):
    for i in range(n):
        await Sleep(f"s{i}")
        yield i
async def consume():
    out = []
    async for v in agen(3):
        out.append(v)
    else:
        out.append("else")
    return out, [v async for v in agen(2)], {v: v async for v in agen(1)}, [await add(1, 2) for _ in range(1)]
print(drive(consume()))

class ACM:
    async def __aenter__(self): await Sleep("enter"); return "acm"
    async def __aexit__(self, t, v, tb): await Sleep("exit"); return t is ValueError
async def managed():
    async with ACM() as a:
        raise ValueError(a)
    async with ACM(), ACM():
        return "ret"
print(drive(managed()))

class AIter:
    def __init__(self, n): self.n = n
    def __aiter__(self): return self
    async def __anext__(self):
        if self.n == 0: raise StopAsyncIteration
        self.n -= 1
        return self.n
async def walk(): return [x async for x in AIter(3) if x != 1]
print(drive(walk()))

async def fails():
    try:
        await Sleep(1)
    except KeyError as e:
        return f"caught {e!r}"
c = fails()
c.send(None)
try:
    c.throw(KeyError("k"))
except StopIteration as e:
    print(e.value)
c = add(1, 2)
print(type(c).__name__, c.cr_frame is not None)
c.close()
try:
    drive(c)
except RuntimeError as e:
    print(e)
async def wrong(): await 5
try:
    drive(wrong())
except TypeError as e:
    print(e)
async def wrong2():
    async for x in [1]: pass
try:
    drive(wrong2())
except TypeError as e:
    print(e)
async def wrong3():
    async with 5: pass
try:
    drive(wrong3())
except TypeError as e:
    print(e)
async def asend():
    async def echo():
        got = None
        while True:
            got = yield got
            if got == "stop": return
    g = echo()
    out = [await g.asend(None), await g.asend(1), await g.asend(2)]
    try: await g.asend("stop")
    except StopAsyncIteration: out.append("stopped")
    g2 = echo()
    await g2.asend(None)
    await g2.aclose()
    return out
print(drive(asend()))
async def anext_default():
    return await anext(agen(0), "none"), await anext(aiter(AIter(1)))
print(drive(anext_default()))
