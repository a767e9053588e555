# The native half of `collections`, with threads, signals and processes beside it.
from _collections import OrderedDict, defaultdict, deque

d = deque([1, 2, 3], 3)
d.append(4)
d.rotate(1)
print(d, d.maxlen, list(reversed(d)))
try:
    for x in d:
        d.append(x)
except RuntimeError as e:
    print(e)
o = OrderedDict(a=1, b=2, c=3)
o.move_to_end("a")
o.move_to_end("c", last=False)
print(o, o.popitem(last=False), list(reversed(o)))
print(o == OrderedDict(a=1, b=2), o == dict(a=1, b=2))
f = defaultdict(list)
f["x"].append(1)
print(f, f | {"y": 2})

import _thread
import os
import signal
import subprocess
import threading

lock, total = threading.Lock(), 0


def work():
    global total
    for _ in range(1000):
        with lock:
            total += 1


threads = [threading.Thread(target=work) for _ in range(4)]
for t in threads:
    t.start()
for t in threads:
    t.join()
print(total, _thread._count())
local = threading.local()
local.x = 1
seen = []
t = threading.Thread(target=lambda: seen.append(hasattr(local, "x")))
t.start()
t.join()
print(seen, local.x)

signal.signal(signal.SIGUSR1, lambda number, frame: print("signal", number))
os.kill(os.getpid(), signal.SIGUSR1)
print(subprocess.run(["cat"], input=b"through", capture_output=True).stdout)
pid = os.fork()
if pid == 0:
    os._exit(3)
print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))

import socket

a, b = socket.socketpair()
with a, b:
    a.sendall(b"ping")
    print(b.recv(10), a.family == socket.AF_UNIX)
