async def f(a):
    async for x in a:
        await x
    async with a as b:
        return b
    return [y async for y in a if await y]
async def g():
    yield 1
    await f()
