import cmath, math, _statistics as s, _queue
inf, nan = math.inf, math.nan
vals = [-inf, -1e308, -2.3, -0.0, 1e-310, 1.0, 710.5, inf, nan]
def show(z):
    def f(x): return 'nan' if x != x else format(x, '.10e')
    return f(z.real) + ' ' + f(z.imag)
for fn in ["acos","acosh","asin","asinh","atan","atanh","cos","cosh","exp","log","log10","sin","sinh","sqrt","tan","tanh"]:
    f = getattr(cmath, fn)
    for a in vals:
        for b in vals:
            try: r = show(f(complex(a, b)))
            except (ValueError, OverflowError) as e: r = type(e).__name__ + str(e)
            print(fn, a, b, r)
for a in vals:
    for b in vals:
        try: r = show(cmath.rect(a, b))
        except ValueError as e: r = str(e)
        try: p = cmath.polar(complex(a, b)); p = [show(complex(x)) for x in p]
        except (ValueError, OverflowError) as e: p = str(e)
        print(a, b, r, p)
print(cmath.log(8, 2), cmath.isclose(1, 1+1e-10j), cmath.isclose(1, 2, abs_tol=5), cmath.infj, cmath.nanj, cmath.phase(-1j))
for e in ["cmath.log(2, 0)", "cmath.log(2,1)", "cmath.isclose(1,1,rel_tol=-1)", "cmath.sqrt('a')", "cmath.log(1,2,3)"]:
    try: print(eval(e))
    except Exception as x: print(type(x).__name__, x)
for p in [0.5, 0.001, 1e-300, .99, .2, .9999999, 0, 1]:
    try: print(s._normal_dist_inv_cdf(p, 2, 3))
    except ValueError as e: print(e)
q=_queue.SimpleQueue()
for f in ["q.get(False)","q.get_nowait()","q.get(timeout=-1)","q.get(timeout=0.01)","q.get(timeout='a')","q.put()","q.put(1)","q.put(2,False,'x')","q.qsize()","q.empty()","q.get(block=0)","q.get(True,None)","_queue.SimpleQueue(1)","_queue.SimpleQueue[int]","q.get(timeout=1e300)","_queue.Empty.__mro__","_queue.Empty.__doc__"]:
    try: print(f, repr(eval(f)))
    except BaseException as e: print(f, type(e), e)
for i in range(1000): q.put(i)
print([q.get() for _ in range(900)] == list(range(900)), q.qsize(), q.get(), q.get_nowait())
