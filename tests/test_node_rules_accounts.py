"""Are weak passwords refused, wrong tries slowed down and sessions ended?"""

import pytest

from integra_node.rules.accounts import (
    Failures,
    SessionLimits,
    is_locked,
    is_pin_locked,
    lock_seconds,
    locked_until,
    normal_secret,
    password_problems,
    pin_problems,
    session_ends_at,
    username_problems,
)


@pytest.mark.parametrize(
    "password, code",
    [
        ("short-one", "password_too_short"),
        ("x" * 257, "too_long"),
        ("a" * 12, "secret_one_character"),
        ("Ana.Silva-2026", "password_is_username"),
        ("ana.silvaana.silva", "password_is_username"),
    ],
)
def test_a_weak_password_is_refused(password, code):
    assert [problem.code for problem in password_problems(password, "ana.silva")] == [code]


@pytest.mark.parametrize(
    "password", ["correct horse battery", "οκτώ λέξεις εδώ", "ana.silva eats well"]
)
def test_length_is_enough_and_no_kind_of_character_is_asked_for(password):
    assert password_problems(password, "ana.silva") == ()
    assert password_problems(password, "") == ()


@pytest.mark.parametrize(
    "pin, code",
    [("1234567", "pin_too_short"), ("1" * 8, "secret_one_character"), ("9a" * 200, "too_long")],
)
def test_a_weak_pin_is_refused(pin, code):
    assert [problem.code for problem in pin_problems(pin)] == [code]


def test_a_pin_of_eight_characters_is_good():
    assert pin_problems("40718253") == ()


@pytest.mark.parametrize("name", ["", "Ana", "-ana", "ana-", "a b", "a" * 65, "ana\n", "ána"])
def test_a_bad_user_name_is_refused(name):
    assert username_problems(name)


def test_a_user_name_of_letters_digits_and_marks_is_good():
    assert username_problems("ana.silva-2_x") == ()
    assert username_problems("a") == ()


def test_wrong_tries_cost_more_and_more_time():
    assert [lock_seconds(n) for n in range(10)] == [0] * 5 + [60, 300, 900, 3600, 3600]
    assert not is_locked(Failures(count=4, last_at=1_000), 1_000)
    assert is_locked(Failures(count=5, last_at=1_000), 1_059)
    assert not is_locked(Failures(count=5, last_at=1_000), 1_060)
    assert locked_until(Failures()) == 0


def test_five_wrong_pins_lock_the_key():
    assert not is_pin_locked(4)
    assert is_pin_locked(5)


def test_a_session_ends_when_idle_and_in_any_case_after_eight_hours():
    limits = SessionLimits()
    assert session_ends_at(0, 60, limits) == 60 + 1_800
    assert session_ends_at(0, 8 * 3_600 - 10, limits) == 8 * 3_600


def test_every_keyboard_gives_the_same_secret():
    assert normal_secret("ﬁnal１") == normal_secret("final1")
    assert len(normal_secret("x" * 100_000)) == 1_024
