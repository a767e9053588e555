# A frame's line once its call has returned; what comprehensions in a class body see of the class's own cells.
import sys

def shown(x):
    x()
    if True and x:
        pass

def otherwise(x):
    x()
    if not x:
        pass
    else:
        return None

frame = None
def keep():
    global frame
    frame = sys._getframe(1)
for f in shown, otherwise:
    f(keep)
    print(frame.f_lineno - frame.f_code.co_firstlineno)

for source in ("r = [__class__ for x in [1]]", "r = [(lambda: __class__)() for x in [1]]", "__class__ = 5\n r = [__class__ for x in [1]]",
               "r = [__class__ for x in [1]]\n def f(self): return __class__", "r = {__class__ for x in [1]}\n def f(self): return super()",
               "__classdict__ = 5\n r = [__classdict__ for x in [1]]", "r = [super for x in [1]]"):
    space = {}
    try:
        exec("class C:\n " + source, space)
        print(space["C"].r)
    except NameError as error:
        print(type(error).__name__, error)

# A source that was refused may be read for a misspelt keyword; trees with names that are constants are refused.
import ast
for statement in ("def x(): pass", "class x: pass", "import x", "from a import b as x", "try: pass\nexcept A as x: pass", "a.x"):
    tree = ast.parse(statement)
    for node in ast.walk(tree):
        for field, value in ast.iter_fields(node):
            if value == "x":
                setattr(node, field, "True")
    try:
        compile(tree, "<tree>", "exec")
        print("compiled")
    except ValueError as error:
        print(error)
