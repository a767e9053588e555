assert a, b
assert not c
assert d and e
