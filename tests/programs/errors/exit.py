# skip: needs atexit
# SystemExit ends the process with its code, after finally blocks and atexit functions.
# status: 7
import atexit, sys
atexit.register(print, "atexit")
try:
    sys.exit(7)  # expect: finally
finally:
    print("finally")  # expect: atexit
