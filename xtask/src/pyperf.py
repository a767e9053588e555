# What pyperformance's scripts need of `pyperf` when each is to run once and show what it made.
import argparse
import time

perf_counter = time.perf_counter


def shown(result):
    plain = result is None or isinstance(result, (bool, int, float, str, list, tuple))
    return repr(result)[:2000] if plain else type(result).__name__


class Runner:
    def __init__(self, **_):
        self.argparser = argparse.ArgumentParser()
        self.metadata = {}
        self.args = None

    def parse_args(self):
        self.args = self.argparser.parse_args()
        return self.args

    def bench_func(self, name, func, *args, **_):
        print(name, shown(func(*args)))

    def bench_time_func(self, name, func, *args, **_):
        func(1, *args)
        print(name)
