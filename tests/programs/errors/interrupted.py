# Ctrl-C ends long work in native code within a second or two: CPython would go on to the end of each of these.
import signal
import subprocess
import sys
import time

LONG = {
    "power": "3 ** 10**9",
    "square": "x = (1 << 10**9) - 1; ready(); x * x",
    "division": "x = (1 << 10**9) - 1; y = (1 << 5 * 10**8) - 3; ready(); x // y",
    "str": "sys.set_int_max_str_digits(0); x = (1 << 3 * 10**8) - 1; ready(); str(x)",
    "factorial": "import math; ready(); math.factorial(10**9 // 4)",
    "modular": "m = (1 << 10**6) - 3; ready(); pow(3, m, m)",
}


def started(source):
    if "ready()" not in source:
        source = "ready(); " + source
    source = "import sys\ndef ready(): print('ready', flush=True)\n" + source
    return subprocess.Popen([sys.executable, "-c", source], stdout=subprocess.PIPE, stderr=subprocess.PIPE)


# All at once: they wait for each other anyway.
children = {name: started(source) for name, source in LONG.items()}
for name, child in children.items():
    child.stdout.readline()
    time.sleep(0.2)
    child.send_signal(signal.SIGINT)
    began = time.monotonic()
    _, errors = child.communicate(timeout=50)
    late = time.monotonic() - began > 20
    print(name, child.returncode, errors.decode().splitlines()[-1], "late" if late else "")

# There may be memory for it or not.
child = started("10**10**10")
child.stdout.readline()
time.sleep(0.2)
child.send_signal(signal.SIGINT)
_, errors = child.communicate(timeout=50)
print("10**10**10", errors.decode().splitlines()[-1] in ("KeyboardInterrupt", "MemoryError"))
