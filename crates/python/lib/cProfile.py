"""Deterministic profiling with the native profiler `_lsprof`; to be used as `profile` is.

The library package that Taipan is built with has no module of this name, so this one is Taipan's own.
"""

import _lsprof
import profile
import types

__all__ = ["run", "runctx", "Profile"]


def label(code):
    """The key of a function in the statistics: file, line, name; native functions are only named."""
    if isinstance(code, types.CodeType):
        return code.co_filename, code.co_firstlineno, code.co_name
    return "~", 0, code


class Profile(_lsprof.Profiler):
    """Profile(timer=None, timeunit=None, subcalls=True, builtins=True)

    A profiler that measures with `timer`, or with a clock of its own. If the timer gives whole numbers, `timeunit` says
    how many seconds one of them is.
    """

    def snapshot_stats(self):
        """Fills `stats` with what was measured so far, as `pstats` reads it."""
        entries = self.getstats()
        self.stats = {}
        callers_of = {id(entry.code): {} for entry in entries}
        for entry in entries:
            plain = entry.callcount - entry.reccallcount
            figures = plain, entry.callcount, entry.inlinetime, entry.totaltime
            self.stats[label(entry.code)] = *figures, callers_of[id(entry.code)]
        for entry in entries:
            caller = label(entry.code)
            for call in entry.calls or ():
                callers = callers_of.get(id(call.code))
                if callers is None:
                    continue
                figures = call.callcount, call.callcount - call.reccallcount, call.inlinetime, call.totaltime
                # Functions can share a label: lambdas on one line.
                before = callers.get(caller, (0, 0, 0, 0))
                callers[caller] = tuple(map(sum, zip(figures, before)))

    def create_stats(self):
        """Ends measuring and fills `stats`."""
        self.disable()
        self.snapshot_stats()

    def print_stats(self, sort=-1):
        """Prints the statistics, sorted by a key of `pstats` or several."""
        import pstats
        keys = sort if isinstance(sort, tuple) else (sort,)
        pstats.Stats(self).strip_dirs().sort_stats(*keys).print_stats()

    def dump_stats(self, file):
        """Writes the statistics to a file that `pstats` can load."""
        import marshal
        with open(file, "wb") as out:
            self.create_stats()
            marshal.dump(self.stats, out)

    def run(self, cmd):
        """Profiles a statement in `__main__`."""
        import __main__
        return self.runctx(cmd, __main__.__dict__, __main__.__dict__)

    def runctx(self, cmd, globals, locals):
        """Profiles a statement in these namespaces."""
        self.enable()
        try:
            exec(cmd, globals, locals)
        finally:
            self.disable()
        return self

    def runcall(self, func, /, *args, **kw):
        """Profiles a call; gives what it returns."""
        self.enable()
        try:
            return func(*args, **kw)
        finally:
            self.disable()

    def __enter__(self):
        self.enable()
        return self

    def __exit__(self, *exc_info):
        self.disable()


def run(statement, filename=None, sort=-1):
    return profile._Utils(Profile).run(statement, filename, sort)


def runctx(statement, globals, locals, filename=None, sort=-1):
    return profile._Utils(Profile).runctx(statement, globals, locals, filename, sort)


run.__doc__ = profile.run.__doc__
runctx.__doc__ = profile.runctx.__doc__


def _program(args, is_module):
    """The code and the namespace of what the command line names."""
    import io
    import os
    import runpy
    import sys
    if is_module:
        return "run_module(name, run_name='__main__')", {"run_module": runpy.run_module, "name": args[0]}
    script = args[0]
    sys.path.insert(0, os.path.dirname(script))
    with io.open_code(script) as file:
        code = compile(file.read(), script, "exec")
    # As `python script` makes it: what the program pickles or imports by the name of `__main__` is found there.
    module = types.ModuleType("__main__")
    module.__file__ = script
    module.__cached__ = None
    module.__builtins__ = __builtins__
    sys.modules["__main__"] = module
    return code, module.__dict__


def main():
    import optparse
    import os
    import pstats
    import sys
    usage = "cProfile.py [-o output_file_path] [-s sort] [-m module | scriptfile] [arg] ..."
    parser = optparse.OptionParser(usage=usage, prog="cProfile.py")
    parser.allow_interspersed_args = False
    parser.add_option("-o", "--outfile", help="file for the statistics")
    parser.add_option("-s", "--sort", default=2, choices=sorted(pstats.Stats.sort_arg_dict_default),
                      help="order of what is printed: a key of pstats")
    parser.add_option("-m", dest="module", action="store_true", default=False, help="profile a library module")
    options, args = parser.parse_args()
    if not args:
        parser.print_usage()
        sys.exit(2)
    # The program may go to another directory.
    outfile = os.path.abspath(options.outfile) if options.outfile is not None else None
    sys.argv[:] = args
    code, namespace = _program(args, options.module)
    try:
        runctx(code, namespace, None, outfile, options.sort)
    except BrokenPipeError as error:
        # Whoever read the figures has gone.
        sys.stdout = None
        sys.exit(error.errno)
    return parser


if __name__ == "__main__":
    main()
