# Two threads run the same code while one of them traces calls: instructions that are observed for one of them are the
# same instructions for the other.
import sys
import threading

lines = []
lock = threading.Lock()


def tracer(frame, event, arg):
    if frame.f_code is step.__code__:
        lines.append((event, frame.f_lineno - step.__code__.co_firstlineno))
    return tracer if event == "call" and frame.f_code is step.__code__ else None


def step(i):
    with lock:
        try:
            if i % 2:
                raise KeyError(i)
        except KeyError:
            return [x for x in (1, 2) if x > 1]
    return None


def traced():
    sys.settrace(tracer)
    for i in range(20):
        step(i)
    sys.settrace(None)


def untraced():
    while thread.is_alive():
        for i in range(20):
            step(i)


sys.setswitchinterval(1e-5)
thread = threading.Thread(target=traced)
other = threading.Thread(target=untraced)
thread.start()
other.start()
thread.join()
other.join()
print(len(lines), lines[:6])
print(lines[6:20])
