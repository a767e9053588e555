# skip: the traceback module needs itertools
# A syntax error: nothing runs, and the place is shown.
print("never")
x = (1 +
# expect-error: SyntaxError: '(' was never closed
