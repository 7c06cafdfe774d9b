"""May a handover be moved only along its table, by the right person, to the same end on both sides?"""

from collections import deque

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integra_node.rules import handover as rules
from integra_node.rules.handover import (
    ENDED,
    TRANSITIONS,
    UNSENT,
    Actor,
    Event,
    HandoverStateError,
    NotAuthorError,
    NotOwnerError,
    Side,
    State,
)
from integra_node.rules.permissions import Action, Profile, Role, SecondPersonError, may
from integra_protocol.bodies import MACHINE_STEPS, OFFICER_STEPS
from integra_protocol.errors import NotAllowedError

EXPECTED = """
draft        submit      in_review    sender
in_review    return      draft        sender
in_review    approve     approved     sender
approved     return      draft        sender
approved     send        sent         sender
sent         deliver     delivered    system
delivered    misdirect   misdirected  recipient
delivered    acknowledge acknowledged recipient
acknowledged review      under_review recipient
under_review accept      accepted     recipient
under_review refuse      refused      recipient
accepted     close       closed       recipient
draft        withdraw    withdrawn    sender
in_review    withdraw    withdrawn    sender
approved     withdraw    withdrawn    sender
sent         withdraw    withdrawn    sender
delivered    withdraw    withdrawn    sender
acknowledged withdraw    withdrawn    sender
under_review withdraw    withdrawn    sender
accepted     withdraw    withdrawn    sender
refused      withdraw    withdrawn    sender
misdirected  withdraw    withdrawn    sender
refused      close       closed       recipient,sender
withdrawn    close       closed       recipient,sender
misdirected  close       closed       recipient,sender
refused      lapse       closed       system
withdrawn    lapse       closed       system
misdirected  lapse       closed       system
"""
TABLE = {
    (State(state), Event(event)): (State(target), set(sides.split(",")))
    for state, event, target, sides in map(str.split, EXPECTED.strip().splitlines())
}


def test_the_table_is_the_one_agreed():
    assert {key: (t.target, set(t.sides)) for key, t in TRANSITIONS.items()} == TABLE


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("event", Event)
def test_every_state_event_side_and_role_is_decided(state, event):
    for side in Side:
        for role in Role:
            actor = Actor(side=side, roles=frozenset({role}), is_owner=True)
            allowed = event in rules.allowed_events(state, actor)
            author = Actor(side=side, roles=frozenset({role}), is_author=True, is_owner=True)
            allowed_author = event in rules.allowed_events(state, author)
            found = TRANSITIONS.get((state, event))
            if found is None or side not in found.sides:
                assert not allowed
                assert not allowed_author
                continue
            holds = side is Side.SYSTEM or any(
                may({role}, action, Profile.CASEWORK) for action in found.actions
            )
            assert allowed == (holds and not found.author_only)
            assert allowed_author == (holds and not found.second_person)


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("event", Event)
def test_what_is_not_in_the_table_cannot_happen(state, event):
    if (state, event) in TRANSITIONS:
        assert rules.transition(state, event) is TRANSITIONS[state, event]
        return
    with pytest.raises(HandoverStateError) as caught:
        rules.transition(state, event)
    assert caught.value.code == "wrong_state"
    assert caught.value.status == 409


def test_nobody_moves_a_handover_on_a_knowledge_node():
    for state in State:
        for side in (Side.SENDER, Side.RECIPIENT):
            actor = Actor(
                side=side, roles=frozenset(Role), profile=Profile.KNOWLEDGE, is_owner=True
            )
            assert rules.allowed_events(state, actor) == ()


def test_the_author_cannot_approve_even_with_the_role():
    both = frozenset({Role.CASE_OFFICER, Role.SUPERVISOR})
    author = Actor(side=Side.SENDER, roles=both, is_author=True)
    for event in (Event.APPROVE, Event.RETURN):
        with pytest.raises(SecondPersonError):
            rules.check_event(State.IN_REVIEW, event, author)
    colleague = Actor(side=Side.SENDER, roles=both)
    assert rules.check_event(State.IN_REVIEW, Event.APPROVE, colleague).target is State.APPROVED
    with pytest.raises(NotAuthorError):
        rules.check_event(State.DRAFT, Event.SUBMIT, colleague)


def test_only_the_named_owner_opens_and_decides():
    officer = Actor(side=Side.RECIPIENT, roles=frozenset({Role.CASE_OFFICER}))
    for state, event in (
        (State.ACKNOWLEDGED, Event.REVIEW),
        (State.UNDER_REVIEW, Event.ACCEPT),
        (State.UNDER_REVIEW, Event.REFUSE),
    ):
        with pytest.raises(NotOwnerError):
            rules.check_event(state, event, officer)


def test_the_other_side_and_the_wrong_role_are_refused():
    with pytest.raises(NotAllowedError):
        rules.check_event(
            State.APPROVED,
            Event.SEND,
            Actor(side=Side.RECIPIENT, roles=frozenset({Role.CASE_OFFICER})),
        )
    with pytest.raises(NotAllowedError):
        rules.check_event(
            State.DELIVERED,
            Event.ACKNOWLEDGE,
            Actor(side=Side.RECIPIENT, roles=frozenset({Role.READER})),
        )
    with pytest.raises(NotAllowedError):
        rules.check_event(
            State.SENT, Event.DELIVER, Actor(side=Side.RECIPIENT, roles=frozenset(Role))
        )


def test_an_owner_can_open_and_decide():
    assert rules.may_own({Role.CASE_OFFICER}, Profile.CASEWORK)
    assert rules.may_own({Role.SUPERVISOR}, Profile.CASEWORK)
    assert not rules.may_own({Role.DUTY_OFFICER}, Profile.CASEWORK)
    assert not rules.may_own({Role.CASE_OFFICER}, Profile.KNOWLEDGE)


def test_every_step_that_an_officer_makes_asks_for_a_pin_and_no_machine_step_does():
    for found in TRANSITIONS.values():
        if found.step is not None:
            assert found.step in MACHINE_STEPS | OFFICER_STEPS
            assert found.needs_pin == (found.step in OFFICER_STEPS)
    assert TRANSITIONS[State.APPROVED, Event.SEND].needs_pin


def test_what_the_step_asks_for_must_be_given():
    refuse = TRANSITIONS[State.UNDER_REVIEW, Event.REFUSE]
    given = {"reason": "no room", "ground": "CAPACITY", "pin": "12345678"}
    rules.check_inputs(refuse, **given)
    for name in given:
        with pytest.raises(
            (rules.ReasonNeededError, rules.GroundNeededError, rules.PinNeededError)
        ) as caught:
            rules.check_inputs(refuse, **(given | {name: ""}))
        assert caught.value.code == f"{name}_needed"


def test_opening_the_identity_and_every_way_back_ask_for_a_reason():
    for (_, event), found in TRANSITIONS.items():
        if event in {Event.REVIEW, Event.RETURN, Event.REFUSE, Event.WITHDRAW, Event.MISDIRECT}:
            assert found.needs_reason, event


def test_every_state_can_be_reached_and_every_open_one_has_a_way_on():
    reached, queue = {State.DRAFT}, deque([State.DRAFT])
    while queue:
        state = queue.popleft()
        targets = {found.target for (start, _), found in TRANSITIONS.items() if start is state}
        queue.extend(targets - reached)
        reached |= targets
        assert targets or state is State.CLOSED
    assert reached == set(State)
    assert not UNSENT & ENDED


def test_a_step_of_the_wrong_side_or_of_tomorrow_moves_nothing():
    assert rules.state_after_step(State.SENT, "delivered", Side.RECIPIENT) is State.DELIVERED
    assert rules.state_after_step(State.SENT, "delivered", Side.SENDER) is None
    assert rules.state_after_step(State.DELIVERED, "withdrawn", Side.RECIPIENT) is None
    assert rules.state_after_step(State.UNDER_REVIEW, "accepted", Side.SENDER) is None
    assert rules.state_after_step(State.DRAFT, "withdrawn", Side.SENDER) is None
    assert rules.state_after_step(State.SENT, "teleported", Side.RECIPIENT) is None
    assert rules.state_after_step(State.CLOSED, "closed", Side.RECIPIENT) is None


MOVES = st.lists(
    st.tuples(st.sampled_from(["act", "read"]), st.booleans(), st.integers(0, 9)), max_size=40
)


@settings(max_examples=100, deadline=None)
@given(MOVES)
def test_both_sides_end_alike_in_whatever_order_steps_cross(moves):
    states = {Side.SENDER: State.SENT, Side.RECIPIENT: State.SENT}
    mail = {Side.SENDER: deque(), Side.RECIPIENT: deque()}
    other = {Side.SENDER: Side.RECIPIENT, Side.RECIPIENT: Side.SENDER}

    def act(side, choice):
        possible = [
            found
            for (state, event), found in TRANSITIONS.items()
            if state is states[side]
            and event is not Event.LAPSE
            and (side in found.sides or (Side.SYSTEM in found.sides and side is Side.RECIPIENT))
        ]
        if possible:
            found = possible[choice % len(possible)]
            states[side] = found.target
            mail[other[side]].append(found.step)

    def read(side):
        if mail[side]:
            step = mail[side].popleft()
            states[side] = rules.state_after_step(states[side], step, other[side]) or states[side]

    for what, is_sender, choice in moves:
        side = Side.SENDER if is_sender else Side.RECIPIENT
        act(side, choice) if what == "act" else read(side)
    for side in (Side.SENDER, Side.RECIPIENT):
        while mail[side]:
            read(side)
    assert states[Side.SENDER] is states[Side.RECIPIENT]


def test_the_documents_show_the_whole_table():
    rows = rules.transitions_table()
    assert len(rows) == len(TRANSITIONS)
    approve = next(row for row in rows if row.event == "approve")
    assert approve.roles == ("supervisor",)
    assert approve.actions == (Action.APPROVE_HANDOVER.value,)
    assert approve.asks == ("second person",)
    assert next(row for row in rows if row.event == "refuse").asks == (
        "reason",
        "ground",
        "pin",
        "owner",
    )
