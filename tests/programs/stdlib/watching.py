# faulthandler, tracemalloc, cProfile: looking at a program from outside
import cProfile
import faulthandler
import pstats
import re
import signal
import subprocess
import sys
import tempfile
import time
import tracemalloc


def shown(file):
    file.seek(0)
    text = re.sub(r"0x[0-9a-f]+", "0x", file.read())
    print(re.sub(r'File ".*?([^/"]+)"', r'File "\1"', re.sub(r" \[.*?\]", "", text)), end="")


def inner(file):
    faulthandler.dump_traceback(file)
    faulthandler.dump_traceback(file, all_threads=False)


with tempfile.TemporaryFile("w+") as file:
    inner(file)
    shown(file)
with tempfile.TemporaryFile("w+") as file:
    faulthandler.register(signal.SIGUSR1, file, all_threads=False)
    signal.raise_signal(signal.SIGUSR1)
    print(faulthandler.unregister(signal.SIGUSR1), faulthandler.unregister(signal.SIGUSR1))
    shown(file)
with tempfile.TemporaryFile("w+") as file:
    faulthandler.dump_traceback_later(0.05, file=file)
    time.sleep(0.5)
    faulthandler.cancel_dump_traceback_later()
    shown(file)
for bad in (lambda: faulthandler.register(signal.SIGSEGV), lambda: faulthandler.register(0),
            lambda: faulthandler.enable(-1), lambda: faulthandler.dump_traceback_later(0)):
    try:
        bad()
    except Exception as e:
        print(type(e).__name__, e)


def crash(what, *options):
    program = f"import faulthandler\ndef f():\n    faulthandler.{what}()\nf()"
    done = subprocess.run([sys.executable, *options, "-c", program], capture_output=True, text=True)
    lines = done.stderr.splitlines()
    print(signal.Signals(-done.returncode).name, [re.sub(r"0x\S+( \[.*?\])?", "0x", line) for line in lines[:6]],
          any("C stack" in line for line in lines))


crash("_sigsegv", "-X", "faulthandler")
crash("_read_null", "-X", "faulthandler")
crash("_sigabrt", "-X", "dev")
crash("_sigsegv")

tracemalloc.start(3)


def make():
    return [bytes(1000 + n) for n in range(3)]


blocks = make()
one = bytearray(5000)
_, where, size, total = [(d, t, s, n) for d, s, t, n in tracemalloc._get_traces() if s == 1033 + 2][0]
print(size, total, [line for _, line in where], {name.rpartition("/")[2] for name, _ in where})
print(tracemalloc.get_object_traceback(blocks[2])[-1].lineno == where[0][1], tracemalloc.get_traceback_limit())
print(tracemalloc.get_object_traceback(5), sum(s >= 5000 for _, s, _, _ in tracemalloc._get_traces()))
now, peak = tracemalloc.get_traced_memory()
big = [0] * 200_000
print(tracemalloc.get_traced_memory()[0] - now >= 1_600_000)
del big
print(tracemalloc.get_traced_memory()[0] - now < 10_000, tracemalloc.get_traced_memory()[1] - now >= 1_600_000)
tracemalloc.reset_peak()
print(tracemalloc.get_traced_memory()[1] - now < 20_000, tracemalloc.get_tracemalloc_memory() > 0)
snapshot = tracemalloc.take_snapshot().filter_traces([tracemalloc.Filter(True, __file__)])
top = snapshot.statistics("lineno")[0]
print(top.count >= 1, top.size > 5000)
tracemalloc.clear_traces()
print(tracemalloc.get_object_traceback(blocks[2]))
tracemalloc.stop()
print(tracemalloc.is_tracing(), tracemalloc.get_traced_memory(), tracemalloc._get_traces())


def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


def work():
    return fib(8) + len(sorted([3, 1, 2], key=abs))


profile = cProfile.Profile()
print(profile.runcall(work))
for (file, line, name), (cc, nc, tt, ct, callers) in sorted(pstats.Stats(profile).stats.items(), key=lambda i: i[0][2]):
    print(name, cc, nc, tt <= ct, sorted((caller[2], counts[:2]) for caller, counts in callers.items()))
ticks = iter(range(1000))
with cProfile.Profile(lambda: next(ticks), 0.5, builtins=False) as profile:
    fib(2)
print(sorted((e.code.co_name, e.callcount, e.reccallcount, e.totaltime, e.inlinetime) for e in profile.getstats()
             if not isinstance(e.code, str)))


# An endless chain of finalisers ends at the limit of recursion.
endless = "class Again:\n    def __del__(self): Again()\nAgain()\nprint('ended')"
done = subprocess.run([sys.executable, "-c", endless], capture_output=True, text=True)
print(done.returncode, done.stdout, "RecursionError" in done.stderr)
