import _bisect as b, _heapq as h, _stat, _types
for f in ["b.bisect_left([1],1,-1)","b.bisect_left(5,1)","b.bisect_left([1,2],1,0,5)","b.insort_left((),1)","b.bisect_right([1],'a')","h.heappop([])","h.heappop(1)","h.heappush([],1)","h.heapify(())","h.heapreplace([],1)","h.heappushpop([],1)","h.heappop_max([])","h.heappush((),1)","b.bisect_left([1],1,hi=-1)","b.bisect_left([1],1,'a')"]:
    try: print(f, eval(f))
    except Exception as e: print(f, type(e).__name__, e)
x = [(i * 7919) % 101 for i in range(60)]
y = list(x); h.heapify(y); print(y)
z = list(x); h.heapify_max(z); print(z)
print([h.heappop(y) for _ in range(20)], y)
print([h.heappop_max(z) for _ in range(20)], z)
print(h.heapreplace(y, 3.5), h.heappushpop(y, 1), h.heappushpop(y, 70), h.heapreplace_max(z, 5), h.heappushpop_max(z, 1), y, z)
h.heappush(y, 0); h.heappush_max(z, 1000); print(y[0], z[0])
class Evil:
    def __init__(s, l): s.l = l
    def __lt__(s, o): s.l.clear(); return True
l = []
l.extend(Evil(l) for _ in range(5))
try: h.heapify(l)
except RuntimeError as e: print(e)
s = []
for v in x: b.insort_right(s, v)
print(s == sorted(x), b.bisect_left(s, 50), b.bisect_right(s, 50), b.bisect_left(range(100), 33, key=lambda v: v))
s = ['aaa', 'b', 'cc']; s.sort(key=len); b.insort_left(s, 'dd', key=len); print(s)
for f in ["S_IMODE('a')","S_IMODE(-1)","S_IMODE(2**40)","S_IMODE(2**70)","S_IFMT(0o100644)","filemode(0o104755)","filemode(0o1777)","filemode(0o42777)","filemode(0)","S_ISDIR(1.0)","S_ISDIR(0o40000)","S_ISSOCK(0o140000)"]:
    try: print(f, repr(eval("_stat."+f)))
    except Exception as e: print(f, type(e).__name__, e)
print(sorted(n for n in dir(_types) if n[0] != '_'))
