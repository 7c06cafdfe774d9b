"""How are parsers fed with broken bytes? Seeded mutations for a bounded time.

INTEGRA_FUZZ_SECONDS makes every such test longer, INTEGRA_FUZZ_SEED repeats a run.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable, Iterator, Sequence

from integra_protocol.errors import ProtocolError

DEFAULT_SECONDS = 0.2
_SPLICES = (b"", b"\0", b"\n", b"\n\n", b" ", b"\xc1", b"\xdd\xff\xff\xff\xff", b"\xff" * 8)


def mutations(examples: Sequence[bytes]) -> Iterator[bytes]:
    """Yield broken twins of examples until the time is over."""
    seed = int(os.environ.get("INTEGRA_FUZZ_SEED", "1"))
    seconds = float(os.environ.get("INTEGRA_FUZZ_SECONDS", DEFAULT_SECONDS))
    chance = random.Random(seed)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        data = bytearray(chance.choice(examples))
        for _ in range(chance.randint(1, 4)):
            _mutate(data, chance)
        yield bytes(data)


def refuses_or_returns(parse: Callable[[bytes], object], examples: Sequence[bytes]) -> int:
    """Feed mutations to parse and return how many were refused; any other exception escapes."""
    refused = 0
    for data in mutations(examples):
        try:
            parse(data)
        except ProtocolError:
            refused += 1
    return refused


def cuts(data: bytes) -> Iterator[bytes]:
    """Yield data cut at every byte, the whole excluded."""
    return (data[:length] for length in range(len(data)))


def flips(data: bytes) -> Iterator[bytes]:
    """Yield data with each single bit flipped."""
    for position in range(len(data)):
        for bit in range(8):
            twin = bytearray(data)
            twin[position] ^= 1 << bit
            yield bytes(twin)


def _mutate(data: bytearray, chance: random.Random) -> None:
    at = chance.randrange(len(data) + 1)
    end = min(len(data), at + chance.randint(0, 4))
    match chance.randrange(4):
        case 0:
            data[at:end] = chance.choice(_SPLICES)
        case 1:
            data[at:end] = bytes(chance.randrange(256) for _ in range(end - at))
        case 2:
            data[at:at] = data[at : at + chance.randint(1, 40)]
        case _:
            del data[at:end]
