"""Who may do what?  One table from role to actions, and the roles that exclude each other."""

from collections.abc import Collection, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from integra_node.rules.problems import Problem, error
from integra_protocol.errors import NotAllowedError


class Profile(StrEnum):
    """What a node is for: sharing knowledge only, or also handing over cases."""

    KNOWLEDGE = "knowledge"
    CASEWORK = "casework"


class Role(StrEnum):
    """What a person is entrusted with; one person may hold several."""

    READER = "reader"
    CONTRIBUTOR = "contributor"
    REVIEWER = "reviewer"
    CASE_OFFICER = "case_officer"
    SUPERVISOR = "supervisor"
    DUTY_OFFICER = "duty_officer"
    DPO = "dpo"
    LIAISON = "liaison"
    MENTOR_COORDINATOR = "mentor_coordinator"
    ADMIN = "admin"


class Action(StrEnum):
    """Every thing that staff can do; one route or command asks for exactly one of these."""

    SEE_TODAY = "see_today"
    OWN_PROFILE = "own_profile"
    OWN_OFFICER_KEY = "own_officer_key"

    SEARCH = "search"
    READ_PRACTICE = "read_practice"
    WRITE_PRACTICE = "write_practice"
    PUBLISH_PRACTICE = "publish_practice"
    WITHDRAW_PRACTICE = "withdraw_practice"
    REVIEW_PRACTICE = "review_practice"
    REMARK_PRACTICE = "remark_practice"
    ANSWER_QUESTION = "answer_question"
    TRANSLATE_PRACTICE = "translate_practice"
    EXPORT_LIBRARY = "export_library"
    IMPORT_PRACTICE = "import_practice"

    READ_ALERT = "read_alert"
    WRITE_ALERT = "write_alert"
    CLEAR_ALERT = "clear_alert"
    PUBLISH_ALERT = "publish_alert"
    RETRACT_ALERT = "retract_alert"
    ACKNOWLEDGE_ALERT = "acknowledge_alert"
    GIVE_ALERT_FEEDBACK = "give_alert_feedback"
    FOLLOW_UP_ALERTS = "follow_up_alerts"

    READ_HANDOVER_LIST = "read_handover_list"
    READ_HANDOVER = "read_handover"
    WRITE_HANDOVER = "write_handover"
    APPROVE_HANDOVER = "approve_handover"
    SEND_HANDOVER = "send_handover"
    WITHDRAW_HANDOVER = "withdraw_handover"
    TAKE_IN_HANDOVER = "take_in_handover"
    OPEN_IDENTITY = "open_identity"
    DECIDE_HANDOVER = "decide_handover"
    CLOSE_HANDOVER = "close_handover"

    SEE_PARTNERS = "see_partners"
    EXPORT_PROOF = "export_proof"
    READ_CONSENTS = "read_consents"
    READ_DISCLOSURES = "read_disclosures"
    READ_AUDIT = "read_audit"
    EXPORT_AUDIT = "export_audit"

    MANAGE_ACCOUNTS = "manage_accounts"
    MANAGE_OFFICERS = "manage_officers"
    CONFIGURE = "configure"


_OWN: Final = frozenset({Action.SEE_TODAY, Action.OWN_PROFILE, Action.SEE_PARTNERS})
_LIBRARY: Final = _OWN | {
    Action.SEARCH,
    Action.READ_PRACTICE,
    Action.READ_ALERT,
    Action.EXPORT_PROOF,
    Action.EXPORT_LIBRARY,
}
_ANSWER_ALERTS: Final = frozenset({Action.ACKNOWLEDGE_ALERT, Action.GIVE_ALERT_FEEDBACK})
_CASEWORKER: Final = (
    _LIBRARY
    | _ANSWER_ALERTS
    | {
        Action.OWN_OFFICER_KEY,
        Action.READ_HANDOVER_LIST,
        Action.READ_HANDOVER,
        Action.SEND_HANDOVER,
        Action.OPEN_IDENTITY,
        Action.DECIDE_HANDOVER,
    }
)

ROLE_ACTIONS: Final[Mapping[Role, frozenset[Action]]] = MappingProxyType(
    {
        Role.READER: _LIBRARY,
        Role.CONTRIBUTOR: _LIBRARY
        | _ANSWER_ALERTS
        | {
            Action.OWN_OFFICER_KEY,
            Action.WRITE_PRACTICE,
            Action.IMPORT_PRACTICE,
            Action.PUBLISH_PRACTICE,
            Action.WITHDRAW_PRACTICE,
            Action.REMARK_PRACTICE,
            Action.ANSWER_QUESTION,
            Action.TRANSLATE_PRACTICE,
            Action.WRITE_ALERT,
            Action.CLEAR_ALERT,
            Action.PUBLISH_ALERT,
            Action.RETRACT_ALERT,
        },
        # What is said of a practice is said to every member in the organisation's name, so mere
        # readers say nothing.
        Role.REVIEWER: _LIBRARY
        | {Action.OWN_OFFICER_KEY, Action.REVIEW_PRACTICE, Action.REMARK_PRACTICE},
        Role.CASE_OFFICER: _CASEWORKER | {Action.WRITE_HANDOVER},
        Role.SUPERVISOR: _CASEWORKER
        | {Action.APPROVE_HANDOVER, Action.WITHDRAW_HANDOVER, Action.CLOSE_HANDOVER},
        Role.DUTY_OFFICER: _LIBRARY
        | _ANSWER_ALERTS
        | {Action.OWN_OFFICER_KEY, Action.READ_HANDOVER_LIST, Action.TAKE_IN_HANDOVER},
        Role.DPO: _LIBRARY
        | {
            Action.READ_CONSENTS,
            Action.READ_DISCLOSURES,
            Action.READ_AUDIT,
            Action.EXPORT_AUDIT,
        },
        Role.LIAISON: _LIBRARY
        | _ANSWER_ALERTS
        | {Action.READ_HANDOVER_LIST, Action.FOLLOW_UP_ALERTS},
        Role.MENTOR_COORDINATOR: _LIBRARY,
        Role.ADMIN: _OWN | {Action.MANAGE_ACCOUNTS, Action.MANAGE_OFFICERS, Action.CONFIGURE},
    }
)

EXCLUSIONS: Final[Mapping[Role, frozenset[Role]]] = MappingProxyType(
    {
        Role.ADMIN: frozenset(Role) - {Role.ADMIN},
        Role.DPO: frozenset(
            {Role.CASE_OFFICER, Role.SUPERVISOR, Role.DUTY_OFFICER, Role.MENTOR_COORDINATOR}
        ),
    }
)

CASEWORK_ROLES: Final = frozenset(
    {Role.CASE_OFFICER, Role.SUPERVISOR, Role.DUTY_OFFICER, Role.MENTOR_COORDINATOR}
)
CASEWORK_ACTIONS: Final = frozenset(
    {
        Action.READ_HANDOVER_LIST,
        Action.READ_HANDOVER,
        Action.WRITE_HANDOVER,
        Action.APPROVE_HANDOVER,
        Action.SEND_HANDOVER,
        Action.WITHDRAW_HANDOVER,
        Action.TAKE_IN_HANDOVER,
        Action.OPEN_IDENTITY,
        Action.DECIDE_HANDOVER,
        Action.CLOSE_HANDOVER,
        Action.READ_CONSENTS,
        Action.READ_DISCLOSURES,
    }
)


class SecondPersonError(NotAllowedError):
    """Somebody would act twice on one item: author, approver and second reader must differ."""

    code = "second_person_needed"


def check_roles(roles: Collection[Role], profile: Profile) -> tuple[Problem, ...]:
    """Return why one person cannot hold these roles at a node of this profile; empty if they can."""
    held = frozenset(roles)
    problems = [] if held else [error("roles", "role_needed")]
    problems += [
        error("roles", "roles_exclude", role=role.value, other=other.value)
        for role, excluded in EXCLUSIONS.items()
        if role in held
        for other in sorted(held & excluded)
    ]
    if profile is Profile.KNOWLEDGE:
        problems += [
            error("roles", "role_not_in_profile", role=role.value)
            for role in sorted(held & CASEWORK_ROLES)
        ]
    return tuple(problems)


def actions_of(roles: Collection[Role], profile: Profile) -> frozenset[Action]:
    """Return everything that somebody with these roles may do at a node of this profile."""
    granted = frozenset[Action]().union(*(ROLE_ACTIONS[role] for role in roles))
    return granted - CASEWORK_ACTIONS if profile is Profile.KNOWLEDGE else granted


def may(roles: Collection[Role], action: Action, profile: Profile) -> bool:
    """Return whether somebody with these roles may do this at a node of this profile."""
    return action in actions_of(roles, profile)


def require(roles: Collection[Role], action: Action, profile: Profile) -> None:
    """Raise unless somebody with these roles may do this.

    Raises:
        NotAllowedError: they may not.
    """
    if not may(roles, action, profile):
        raise NotAllowedError(f"{action.value} needs another role")


def require_second_person(actor: str, earlier: Collection[str]) -> None:
    """Raise when the actor already acted on the item.

    Raises:
        SecondPersonError: they did.
    """
    if actor in earlier:
        raise SecondPersonError("the same person may not act twice on one item")
