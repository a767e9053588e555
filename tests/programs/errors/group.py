# skip: the traceback module needs itertools
# An uncaught exception group.
raise ExceptionGroup("several", [ValueError("a"), TypeError("b")])
# expect-error: | ExceptionGroup: several (2 sub-exceptions)
# expect-error: | ValueError: a
# expect-error: | TypeError: b
