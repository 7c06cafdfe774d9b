"""Where can a handover go from here, who may move it, and what does each step ask for?

One table for both sides.  Sender and recipient each hold a row; an event of one side reaches the
other as a step of a reply (docs/protocol.md section 4).  Steps that cross on the way bring both
rows to the same state: the tests play every order.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from integra_node.rules.permissions import Action, Profile, Role, SecondPersonError, actions_of
from integra_protocol.errors import ConflictError, InputError, NotAllowedError


class Side(StrEnum):
    """Whose move it is; the system moves by time or when bytes arrive."""

    SENDER = "sender"
    RECIPIENT = "recipient"
    SYSTEM = "system"


class State(StrEnum):
    """Where a handover is."""

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    APPROVED = "approved"
    SENT = "sent"
    DELIVERED = "delivered"
    ACKNOWLEDGED = "acknowledged"
    UNDER_REVIEW = "under_review"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"
    MISDIRECTED = "misdirected"


class Event(StrEnum):
    """What can happen to a handover; the words of the API."""

    SUBMIT = "submit"
    RETURN = "return"
    APPROVE = "approve"
    SEND = "send"
    DELIVER = "deliver"
    ACKNOWLEDGE = "acknowledge"
    REVIEW = "review"
    ACCEPT = "accept"
    REFUSE = "refuse"
    CLOSE = "close"
    WITHDRAW = "withdraw"
    MISDIRECT = "misdirect"
    LAPSE = "lapse"


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """Where an event leads and what it asks for.

    Attributes:
        target: The state after it.
        sides: Who may cause it.
        actions: Any one of these suffices; empty for the system.
        needs_reason: A reason from the picker, and words, are stored with it.
        needs_ground: A code of list ``refusal_ground`` is stored and sent with it.
        needs_pin: An officer signs; without PIN nothing happens.
        step: The step of the reply that tells the other side, None when it stays local.
        second_person: The author of the notice may not do it.
        author_only: Only the author may do it.
        owner_only: Only the owner named at the acknowledgement may do it.
    """

    target: State
    sides: frozenset[Side]
    actions: frozenset[Action] = frozenset()
    needs_reason: bool = False
    needs_ground: bool = False
    needs_pin: bool = False
    step: str | None = None
    second_person: bool = False
    author_only: bool = False
    owner_only: bool = False


_SENDER: Final = frozenset({Side.SENDER})
_RECIPIENT: Final = frozenset({Side.RECIPIENT})
_SYSTEM: Final = frozenset({Side.SYSTEM})
_BOTH: Final = _SENDER | _RECIPIENT

_WITHDRAW_UNSENT: Final = Transition(
    target=State.WITHDRAWN,
    sides=_SENDER,
    actions=frozenset({Action.WITHDRAW_HANDOVER}),
    needs_reason=True,
)
_WITHDRAW_SENT: Final = Transition(
    target=State.WITHDRAWN,
    sides=_SENDER,
    actions=frozenset({Action.WITHDRAW_HANDOVER}),
    needs_reason=True,
    needs_pin=True,
    step="withdrawn",
)
_CLOSE_ENDED: Final = Transition(
    target=State.CLOSED,
    sides=_BOTH,
    actions=frozenset({Action.CLOSE_HANDOVER}),
    needs_pin=True,
    step="closed",
)
_LAPSE: Final = Transition(target=State.CLOSED, sides=_SYSTEM)

TRANSITIONS: Final[Mapping[tuple[State, Event], Transition]] = MappingProxyType(
    {
        (State.DRAFT, Event.SUBMIT): Transition(
            target=State.IN_REVIEW,
            sides=_SENDER,
            actions=frozenset({Action.WRITE_HANDOVER}),
            author_only=True,
        ),
        (State.IN_REVIEW, Event.RETURN): Transition(
            target=State.DRAFT,
            sides=_SENDER,
            actions=frozenset({Action.APPROVE_HANDOVER}),
            needs_reason=True,
            second_person=True,
        ),
        (State.IN_REVIEW, Event.APPROVE): Transition(
            target=State.APPROVED,
            sides=_SENDER,
            actions=frozenset({Action.APPROVE_HANDOVER}),
            second_person=True,
        ),
        # What was approved is what goes out: a change after the approval starts again.
        (State.APPROVED, Event.RETURN): Transition(
            target=State.DRAFT,
            sides=_SENDER,
            actions=frozenset({Action.APPROVE_HANDOVER, Action.WRITE_HANDOVER}),
            needs_reason=True,
        ),
        (State.APPROVED, Event.SEND): Transition(
            target=State.SENT,
            sides=_SENDER,
            actions=frozenset({Action.SEND_HANDOVER}),
            needs_pin=True,
        ),
        (State.SENT, Event.DELIVER): Transition(
            target=State.DELIVERED, sides=_SYSTEM, step="delivered"
        ),
        (State.DELIVERED, Event.MISDIRECT): Transition(
            target=State.MISDIRECTED,
            sides=_RECIPIENT,
            actions=frozenset({Action.TAKE_IN_HANDOVER}),
            needs_reason=True,
            needs_pin=True,
            step="misdirected",
        ),
        (State.DELIVERED, Event.ACKNOWLEDGE): Transition(
            target=State.ACKNOWLEDGED,
            sides=_RECIPIENT,
            actions=frozenset({Action.TAKE_IN_HANDOVER}),
            needs_pin=True,
            step="acknowledged",
        ),
        (State.ACKNOWLEDGED, Event.REVIEW): Transition(
            target=State.UNDER_REVIEW,
            sides=_RECIPIENT,
            actions=frozenset({Action.OPEN_IDENTITY}),
            needs_reason=True,
            step="opened",
            owner_only=True,
        ),
        (State.UNDER_REVIEW, Event.ACCEPT): Transition(
            target=State.ACCEPTED,
            sides=_RECIPIENT,
            actions=frozenset({Action.DECIDE_HANDOVER}),
            needs_pin=True,
            step="accepted",
            owner_only=True,
        ),
        (State.UNDER_REVIEW, Event.REFUSE): Transition(
            target=State.REFUSED,
            sides=_RECIPIENT,
            actions=frozenset({Action.DECIDE_HANDOVER}),
            needs_reason=True,
            needs_ground=True,
            needs_pin=True,
            step="refused",
            owner_only=True,
        ),
        (State.ACCEPTED, Event.CLOSE): Transition(
            target=State.CLOSED,
            sides=_RECIPIENT,
            actions=frozenset({Action.CLOSE_HANDOVER}),
            needs_pin=True,
            step="closed",
        ),
        (State.DRAFT, Event.WITHDRAW): Transition(
            target=State.WITHDRAWN,
            sides=_SENDER,
            actions=frozenset({Action.WITHDRAW_HANDOVER, Action.WRITE_HANDOVER}),
            needs_reason=True,
        ),
        (State.IN_REVIEW, Event.WITHDRAW): _WITHDRAW_UNSENT,
        (State.APPROVED, Event.WITHDRAW): _WITHDRAW_UNSENT,
        (State.SENT, Event.WITHDRAW): _WITHDRAW_SENT,
        (State.DELIVERED, Event.WITHDRAW): _WITHDRAW_SENT,
        (State.ACKNOWLEDGED, Event.WITHDRAW): _WITHDRAW_SENT,
        (State.UNDER_REVIEW, Event.WITHDRAW): _WITHDRAW_SENT,
        (State.ACCEPTED, Event.WITHDRAW): _WITHDRAW_SENT,
        # A withdrawal may cross a refusal or a misdirection; it wins, so that nothing is kept.
        (State.REFUSED, Event.WITHDRAW): _WITHDRAW_SENT,
        (State.MISDIRECTED, Event.WITHDRAW): _WITHDRAW_SENT,
        (State.REFUSED, Event.CLOSE): _CLOSE_ENDED,
        (State.WITHDRAWN, Event.CLOSE): _CLOSE_ENDED,
        (State.MISDIRECTED, Event.CLOSE): _CLOSE_ENDED,
        # After 30 days each side closes by its own clock and tells nobody.
        (State.REFUSED, Event.LAPSE): _LAPSE,
        (State.WITHDRAWN, Event.LAPSE): _LAPSE,
        (State.MISDIRECTED, Event.LAPSE): _LAPSE,
    }
)

UNSENT: Final = frozenset({State.DRAFT, State.IN_REVIEW, State.APPROVED})
ENDED: Final = frozenset({State.REFUSED, State.WITHDRAWN, State.MISDIRECTED, State.CLOSED})
EDITABLE: Final = frozenset({State.DRAFT})

STEP_EVENTS: Final[Mapping[str, Event]] = MappingProxyType(
    {item.step: event for (_, event), item in TRANSITIONS.items() if item.step is not None}
)


class HandoverStateError(ConflictError):
    """The handover is in a state in which this cannot be done."""

    code = "wrong_state"


class NotOwnerError(NotAllowedError):
    """Only the owner named at the acknowledgement may do this."""

    code = "not_owner"


class NotAuthorError(NotAllowedError):
    """Only the author of the notice may do this."""

    code = "not_author"


class ReasonNeededError(InputError):
    """The step is stored with a reason, and none was given."""

    code = "reason_needed"


class GroundNeededError(InputError):
    """A refusal names a ground of the list, and none was given."""

    code = "ground_needed"


class PinNeededError(InputError):
    """The step is signed by an officer, and no PIN was given."""

    code = "pin_needed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Somebody who wants to move a handover.

    Attributes:
        side: Sender at the issuing node, recipient at the other, system for a machine step.
        roles: What they are entrusted with.
        profile: What their node is for.
        is_author: They wrote the notice, or any version of it.
        is_owner: They were named owner at the acknowledgement.
    """

    side: Side
    roles: frozenset[Role] = frozenset()
    profile: Profile = Profile.CASEWORK
    is_author: bool = False
    is_owner: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the table for people, as words."""

    state: str
    event: str
    target: str
    sides: tuple[str, ...]
    actions: tuple[str, ...]
    roles: tuple[str, ...]
    asks: tuple[str, ...]
    step: str


def transition(state: State, event: Event) -> Transition:
    """Return what the event does in this state.

    Raises:
        HandoverStateError: it cannot happen in this state.
    """
    found = TRANSITIONS.get((state, event))
    if found is None:
        raise HandoverStateError(f"{event.value} cannot be done while {state.value}")
    return found


def check_event(state: State, event: Event, actor: Actor) -> Transition:
    """Return what the event does, if this actor may cause it in this state.

    Raises:
        HandoverStateError: it cannot happen in this state.
        NotAllowedError: the other side moves, or another role does.
        SecondPersonError: the author would approve their own notice.
        NotAuthorError: only the author may.
        NotOwnerError: only the named owner may.
    """
    found = transition(state, event)
    if actor.side not in found.sides:
        raise NotAllowedError(f"{event.value} is not for the {actor.side.value}")
    if actor.side is Side.SYSTEM:
        return found
    if not found.actions & actions_of(actor.roles, actor.profile):
        raise NotAllowedError(f"{event.value} needs another role")
    if found.second_person and actor.is_author:
        raise SecondPersonError("the author may not do this")
    if found.author_only and not actor.is_author:
        raise NotAuthorError("only the author may do this")
    if found.owner_only and not actor.is_owner:
        raise NotOwnerError("only the owner may do this")
    return found


def check_inputs(found: Transition, *, reason: str, ground: str, pin: str) -> None:
    """Raise when something that the step asks for was not given; empty means not given.

    Raises:
        ReasonNeededError: no reason.
        GroundNeededError: no ground.
        PinNeededError: no PIN.
    """
    if found.needs_reason and not reason.strip():
        raise ReasonNeededError
    if found.needs_ground and not ground:
        raise GroundNeededError
    if found.needs_pin and not pin:
        raise PinNeededError


def allowed_events(state: State, actor: Actor) -> tuple[Event, ...]:
    """Return what this actor may do now, in the order of the table."""
    return tuple(
        event for (start, event) in TRANSITIONS if start is state and _may(state, event, actor)
    )


def may_own(roles: Collection[Role], profile: Profile) -> bool:
    """Return whether somebody with these roles can be named owner of a received notice."""
    held = actions_of(roles, profile)
    return Action.OPEN_IDENTITY in held and Action.DECIDE_HANDOVER in held


def state_after_step(state: State, step: str, author: Side) -> State | None:
    """Return the state after a step of the other side, None when it changes nothing.

    A step that does not fit has crossed one of ours, came twice, or is of a kind that only newer
    nodes know: it is kept in the timeline and moves nothing.

    Args:
        state: Ours now.
        step: The word of the reply.
        author: The side whose log holds the reply.
    """
    event = STEP_EVENTS.get(step)
    found = TRANSITIONS.get((state, event)) if event else None
    if found is None or found.step != step:
        return None
    wrote = Side.RECIPIENT if Side.SYSTEM in found.sides else author
    if wrote is not author or not (found.sides & {author, Side.SYSTEM}):
        return None
    return found.target


def transitions_table() -> list[Row]:
    """Return the whole table as words, for the documents."""
    return [_row(state, event, item) for (state, event), item in TRANSITIONS.items()]


def roles_for(found: Transition, profile: Profile = Profile.CASEWORK) -> tuple[Role, ...]:
    """Return the roles that may cause a transition, persons aside."""
    return tuple(role for role in Role if found.actions & actions_of({role}, profile))


def _may(state: State, event: Event, actor: Actor) -> bool:
    try:
        check_event(state, event, actor)
    except NotAllowedError:
        return False
    return True


def _row(state: State, event: Event, item: Transition) -> Row:
    return Row(
        state=state.value,
        event=event.value,
        target=item.target.value,
        sides=tuple(sorted(item.sides)),
        actions=tuple(sorted(item.actions)),
        roles=tuple(role.value for role in roles_for(item)),
        asks=tuple(_asks(item)),
        step=item.step or "",
    )


def _asks(item: Transition) -> Iterator[str]:
    wanted = {
        "reason": item.needs_reason,
        "ground": item.needs_ground,
        "pin": item.needs_pin,
        "second person": item.second_person,
        "author": item.author_only,
        "owner": item.owner_only,
    }
    return (word for word, needed in wanted.items() if needed)
