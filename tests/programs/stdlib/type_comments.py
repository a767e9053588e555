# Type comments in the tree, types of functions, and features that older versions did not have.
import ast

def t(source, mode="exec", **options):
    try:
        print(ast.dump(ast.parse(source, mode=mode, **options)))
    except SyntaxError as error:
        print(repr(source), error.msg)

for source in ("def f():\n  # type: () -> int\n  pass\n", "def f():  # type: () -> int\n  # ordinary\n  return 1\n", "async def f(a,  # type: A\n  *b,  # type: B\n  **c  # type: C\n ):\n  pass\n",
               "def f(\n  a=1,  # type: A\n  /, b=(2)  # type: B\n ):\n  # type: (...) -> C\n  pass\n", "for x in y:  # type: int\n  pass\n", "async def f():\n  async for x in y:  #type:int\n    pass\n",
               "with a as b:  # type: int\n  pass\n", "with (a as b, c as d):  # type: int, str\n  pass\n", "x = y = 1  # type: int\n", "x = [  # a list\n  1]  # type: list\n",
               "x  # type: ignore\ny = 1  # type: ignore[a] b\n# type:ignore=c\n", "def f():  # type: () -> int\n  # type: () -> str\n  pass\n",
               "pass  # type: int\n", "x += 1  # type: int\n", "while x:  # type: int\n  pass\n", "x: int = 1  # type: int\n", "f(a,  # type: int\n  b)\n",
               "pass  # type: ignorewhatever\n", "def f(a, b):  # type: (int,\n  pass\n", "lambda a: 1\nx = 'a'  # type: str  # more\n"):
    t(source, type_comments=True)
    t(source)
for source in ("() -> int", "(int) -> List[str]", "(int, *str, **Any) -> float", "(*int) -> None", "(**int) -> None", "(int, *str, *Any) -> float", "(int, **str, Any) -> float", "(**int, **str) -> float",
               "(*int, a) -> b", "(a,) -> b", "(a=1) -> b", "(a for a in b) -> c", "(a) b", "(a:=1) -> b", "(a)(b) -> c", "((a), (b)) -> (c)", "(a, *b, **c,) -> d", "(lambda x: x, {1: 2}) -> (yield)"):
    t(source, "func_type")
for source in ("async def f():\n  return [i async for i in x]", "x = 1_000", "x = 1.0_1", "x = 0x1_0", "f'{x_y}'", "async def f(): pass"):
    for minor in (4, 5, 6):
        t(source, feature_version=(3, minor))
