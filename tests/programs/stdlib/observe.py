"""Trace functions, profile functions and sys.monitoring."""
import sys


def numbers(n):
    for i in range(n):
        yield i



def fails():
    raise KeyError("k")


def work():
    total = 0
    for n in numbers(2):
        total += n
    for k in [1, 2]: total += k
    try:
        fails()
    except KeyError:
        pass
    len([total])
    return total


def show(frame, event, arg):
    if event == "exception":
        arg = repr(arg[1])
    print(frame.f_code.co_name, event, frame.f_lineno - frame.f_code.co_firstlineno, arg)
    return show


def traced():
    sys.settrace(show)
    work()
    sys.settrace(None)


traced()


def profile(frame, event, arg):
    print(frame.f_code.co_name, event, getattr(arg, "__name__", arg))


sys.setprofile(profile)
work()
sys.setprofile(None)

mon = sys.monitoring
E = mon.events
mon.use_tool_id(2, "test")


def hear(name, answer=None):
    def callback(code, *rest):
        if code is work.__code__:
            if name == "RAISE":
                rest = rest[1:]
            print(name, *(r if isinstance(r, int) else type(r).__name__ for r in rest))
        return answer
    return callback


for name in ("PY_START", "PY_RETURN", "RAISE", "EXCEPTION_HANDLED", "JUMP", "BRANCH_LEFT", "BRANCH_RIGHT", "C_RETURN"):
    mon.register_callback(2, getattr(E, name), hear(name))
mon.register_callback(2, E.LINE, hear("LINE", mon.DISABLE))
mon.set_events(2, E.PY_START | E.PY_RETURN | E.RAISE | E.EXCEPTION_HANDLED | E.JUMP | E.LINE | E.BRANCH | E.CALL)
work()
print("lines are disabled")
work()
mon.restart_events()
mon.set_events(2, E.LINE)
work()
mon.free_tool_id(2)
work()


def jump(frame, event, arg):
    if frame.f_code is skips.__code__:
        if event == "line" and frame.f_lineno == frame.f_code.co_firstlineno + 2:
            frame.f_lineno += 1
        return jump


def skips():
    x = 1
    x = 2
    return x


sys.settrace(jump)
print(skips())
sys.settrace(None)
try:
    sys._getframe().f_lineno = 1
except ValueError as error:
    print(error)
