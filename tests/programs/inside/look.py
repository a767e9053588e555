# What -X dump, -X trace and -X verify-heap show. Taipan's own options.
import subprocess
import sys


def show(title, *options, source="x = [i for i in 'ab']"):
    done = subprocess.run([sys.executable, *options, "-c", source], capture_output=True, text=True, timeout=50)
    print(f"-- {title}: {done.returncode} {done.stdout.strip()}")
    print(done.stderr.rstrip())


show("tokens", "-X", "dump=tokens", source="x = f'{1}'  # c")
show("ast", "-X", "dump=ast", source="x = 1\nf(y)")
show("symbols", "-X", "dump=symbols", source="def f(a):\n    def g(): return a, len\n    return g")
show("blocks", "-X", "dump=blocks")
show("code", "-X", "dump=code", source="if x: y = 1")
show("no such stage", "-X", "dump=tree")
show("trace", "-X", "trace", source="def f(a): return a + 1\nf(2)")
show("heap", "-X", "gc-stress", "-X", "verify-heap", source="class A: pass\na = A(); a.a = a; del a\nprint('whole')")
lines = subprocess.run([sys.executable, "-v", "-c", "import json"], capture_output=True, text=True).stderr.splitlines()
print("-v", any(line.startswith("import 'json'") for line in lines))
lines = subprocess.run([sys.executable, "-X", "importtime", "-c", "import json"], capture_output=True, text=True).stderr
print("importtime", "import time: self [us] | cumulative | imported package" in lines, "| json" in lines)
# once: it starts processes of its own
