import itertools as i, _operator as o
print(list(i.islice(i.count(5),3)), list(i.chain([1],(2,3),'ab')), list(i.chain.from_iterable([[1],[2]])))
print(list(i.product('ab',range(3))), list(i.product([1,2],repeat=2)), list(i.product()), list(i.product(repeat=0)))
print(list(i.combinations(range(4),3)), list(i.combinations('a',0)), list(i.combinations('ab',3)))
print(list(i.permutations(range(3),2)),list(i.permutations(range(3))), list(i.permutations([],0)))
print(list(i.combinations_with_replacement('ABC',2)), list(i.combinations_with_replacement('',0)))
print([(k,list(g)) for k,g in i.groupby('aabbbc')])
a,b=i.tee(range(200)); print(sum(a),sum(b), list(a))
print(list(i.zip_longest('abc',[1],range(2),fillvalue='-')), list(i.pairwise(range(5))))
print(list(i.batched(range(7),3)), list(i.accumulate([1,2,3],initial=10)), list(i.accumulate([1,2,3],o.mul)))
print(list(i.compress('abcdef',[1,0,1])), list(i.dropwhile(lambda x:x<3,range(6))), list(i.takewhile(lambda x:x<3,range(6))), list(i.filterfalse(None,[0,1,''])), list(i.starmap(pow,[(2,3),[3,2]])))
for t in i.pairwise(range(4)): print(t, end=' ')
for t in i.zip_longest([1,2,3],[4]): print(t, end=' ')
for t in i.combinations('abcd',2): print(t, end=' ')
print()
class C:
    def __iter__(s): return s
    def __next__(s): return 1
    def __copy__(s): print("copy"); return s
a,=i.tee([1,2],1)
b,=i.tee(a,1)
print(a is b)
for f in [lambda: i.tee([],-1), lambda: i.tee(1), lambda:i.permutations([1],2.5), lambda:i.permutations([],-1), lambda:i.product([1],repeat=-1), lambda:i.product([1,2],repeat=2**62), lambda:i.product([1],repeat='a'),lambda:i.product([1],repeat=2**80),
  lambda:i.count('a'), lambda:i.count(1,'b'), lambda:i.repeat(1,'a'), lambda: i.chain.from_iterable(1), lambda: next(i.chain(1)), lambda: i.combinations([1],'a'), lambda:i.combinations([],2**70), lambda:i.combinations_with_replacement(range(100),2**62), lambda:i.batched([],'a'), lambda:i.batched([],0), lambda:list(i.batched([1],2,strict=True)), lambda:i.islice([],'a'), lambda:i.islice([],-1), lambda:i.islice([],0,1,0), lambda:i.islice([],None,None,'a'),lambda:next(i.starmap(1,[1])),lambda:next(i.starmap(pow,[1])), lambda:i.repeat(1,2).__length_hint__(),lambda:i.repeat(1).__length_hint__(), lambda: i.count(2**70), lambda:i.count(1.5,2), lambda:i.count(True), lambda:i.count(2,1.0), lambda:i.count(5,0),lambda: i.count(2**63-1), lambda:i.repeat('a',3), lambda: i.repeat(1,-5), lambda:i.repeat(object=3,times=2**70), lambda:i.pairwise(), lambda:i.zip_longest([],fillvalu=1), lambda:i._grouper(1,2),  lambda:i.accumulate([1],None,3), lambda: i.count(start=3,step=-1), lambda:i.count(1,2,3,4,5),lambda:i.cycle(),lambda:i.islice(),lambda:i.cycle(x=1),lambda:i.chain(x=1),lambda:i.repeat(),lambda:i.repeat(1,2,3),lambda:i.count(zork=1), lambda:i._tee()]:
    try: print(f())
    except BaseException as e: print(type(e).__name__, e)
for f in ["o.countOf(1,2)","o.indexOf(1,2)","o.indexOf([],2)","o.contains(1,2)","o.concat(1,2)","o.concat([],2)","o.concat([],())","o.iconcat(1,2)","o.length_hint([],'a')","o.length_hint(1)","o.length_hint(1,-1)","o._compare_digest('a',b'a')","o._compare_digest('é','é')","o._compare_digest(b'a',bytearray(b'a'))","o._compare_digest(1,2)","o._compare_digest(memoryview(b'abcd')[::2],b'a')","o.attrgetter()","o.attrgetter(1)","o.attrgetter('a',x=1)","o.attrgetter('a')()","o.attrgetter('a')(1,2)","o.attrgetter('a')(x=1)","o.attrgetter('a.b','c')","o.itemgetter()","o.itemgetter(1,[2])","o.itemgetter(1)()","o.methodcaller()","o.methodcaller(1)","o.methodcaller('a',1,b=2)","o.methodcaller('a')","o.methodcaller('a')()","o.methodcaller('a')(1,2)","o.methodcaller('a')(x=1)","o.attrgetter('a').__reduce__()","o.itemgetter(1,2).__reduce__()","o.methodcaller('a',1).__reduce__()","o.attrgetter('a')(1)","o.attrgetter('a').__text_signature__","o.methodcaller(name=1)","o.call()","o.call(int,'12',base=8)","o.pow(2,3)","o.setitem([1],0,2)","o.delitem([1],0)","o.not_(1)","o.truth([])","o.is_none(None)","o.itemgetter('a').__class__.__mro__","o.methodcaller('__init__', *range(5)).__reduce__()", "o._compare_digest('a','abc')","o.attrgetter('.a')", "o.attrgetter('a..b')(1)", "o.concat(1,[])", "o.ipow(2,3)","o.index('a')","o.inv(1.0)","o.attrgetter('real.imag','real')(5)","o.methodcaller('split',maxsplit=1)('a b c')"]:
    try: print(f, "->", repr(eval(f)))
    except BaseException as e: print(f, "->", type(e).__name__, e)
