# skip: needs asyncio
# asyncio: tasks, gather, queues, timeouts, cancellation.
import asyncio
async def work(n, delay):
    await asyncio.sleep(delay)
    return n * 2
async def producer(q):
    for i in range(3): await q.put(i)
    await q.put(None)
async def consumer(q):
    out = []
    while (v := await q.get()) is not None: out.append(v)
    return out
async def main():
    print(await asyncio.gather(work(1, 0.02), work(2, 0.01), work(3, 0)))
    q = asyncio.Queue(1)
    print((await asyncio.gather(producer(q), consumer(q)))[1])
    try:
        await asyncio.wait_for(asyncio.sleep(10), 0.01)
    except TimeoutError:
        print("timeout")
    t = asyncio.create_task(asyncio.sleep(10))
    await asyncio.sleep(0)
    t.cancel()
    try: await t
    except asyncio.CancelledError: print("cancelled")
    async with asyncio.TaskGroup() as g:
        a, b = g.create_task(work(5, 0)), g.create_task(work(6, 0.01))
    print(a.result(), b.result())
    try:
        async with asyncio.TaskGroup() as g:
            g.create_task(work("x", 0))
            g.create_task(fail())
    except* ValueError as e:
        print(e.exceptions)
    return "main done"
async def fail(): raise ValueError("task failed")
print(asyncio.run(main()))
