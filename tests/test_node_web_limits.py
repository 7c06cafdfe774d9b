"""Slowing down who asks too often, and sending away who would have to wait too long."""

import asyncio
import threading

import pytest

from integra_node import rate
from integra_node.passwords import (
    PasswordProfile,
    encoded_of_nobody,
    hash_password,
    matches,
    needs_rehash,
)
from integra_node.rate import RateLimiter
from integra_node.web.slow_pool import SlowPool
from integra_protocol.errors import BusyError, RateError

CHEAP = PasswordProfile(passes=1, memory_bytes=8 * 1024)


def test_a_bucket_empties_tells_when_to_come_again_and_refills():
    now = [0.0]
    limiter = RateLimiter(burst=3, per_minute=6, monotonic=lambda: now[0])
    for _ in range(3):
        limiter.take("a")
    with pytest.raises(RateError) as caught:
        limiter.take("a")
    assert caught.value.retry_after_s == 10
    limiter.take("b")
    now[0] = 10.0
    limiter.take("a")


def test_callers_are_forgotten_so_that_memory_is_bounded(monkeypatch):
    monkeypatch.setattr(rate, "MAX_CALLERS", 3)
    limiter = RateLimiter(burst=1, per_minute=1, monotonic=lambda: 0.0)
    for caller in "abcde":
        limiter.take(caller)
    assert len(limiter._callers) == 3


async def test_a_full_pool_sends_callers_away_and_works_on():
    pool = SlowPool(threads=1, max_waiting=1)
    gate = threading.Event()
    running = [asyncio.create_task(pool.run(gate.wait)) for _ in range(2)]
    await asyncio.sleep(0)
    with pytest.raises(BusyError):
        await pool.run(gate.wait)
    gate.set()
    assert await asyncio.gather(*running) == [True, True]
    assert await pool.run(lambda: 7) == 7
    pool.close()


def test_passwords_match_themselves_only_and_nobody_has_one():
    encoded = hash_password("correct horse", CHEAP)
    assert matches("correct horse", encoded)
    assert not matches("correct horsE", encoded)
    assert not matches("", encoded_of_nobody(CHEAP))
    assert not needs_rehash(encoded, CHEAP)
    assert needs_rehash(encoded, PasswordProfile(passes=2, memory_bytes=8 * 1024))
    assert needs_rehash("nonsense", CHEAP)
    assert not needs_rehash(encoded_of_nobody(CHEAP), CHEAP)
