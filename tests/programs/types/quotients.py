"""Quotients and products of integers around the lengths at which their algorithms change."""
import random

random.seed(5)


def number(digits):
    shape = random.randrange(4)
    if shape == 0:
        return random.getrandbits(30 * digits)
    if shape == 1:
        return (1 << 30 * digits) - random.choice([1, 2, 1 << 29])
    if shape == 2:
        return (1 << 30 * digits - 30) + random.choice([0, 1, (1 << 30) - 1])
    return random.getrandbits(30) << 30 * (digits - 1)


wrong = 0
for _ in range(4000):
    a, b = number(random.choice([1, 2, 3, 4, 5, 9, 40, 79, 80, 81, 120])), number(random.choice([1, 2, 3, 4, 30, 79, 80, 81]))
    a, b = random.choice([a, -a]), random.choice([b, -b]) or 7
    q, r = divmod(a, b)
    # The sum and the product are checked by residues.
    p = 2**61 - 1
    wrong += (q % p * (b % p) + r - a) % p != 0 or not (0 <= r < b or b < r <= 0)
    wrong += (q, r) != (a // b, a % b) or a * b % p != (a % p) * (b % p) % p or a * b != b * a
print(wrong)
print(divmod(-(10**40), 10**20 + 1), divmod(10**40, -3), divmod(2**90, 2**60 - 1))
