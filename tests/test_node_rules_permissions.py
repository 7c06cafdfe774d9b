"""May each role do exactly what the table says, and do the roles exclude each other?"""

import itertools

import pytest

from integra_node.rules.permissions import (
    CASEWORK_ACTIONS,
    CASEWORK_ROLES,
    EXCLUSIONS,
    ROLE_ACTIONS,
    Action,
    Profile,
    Role,
    SecondPersonError,
    actions_of,
    check_roles,
    may,
    require,
    require_second_person,
)
from integra_protocol.errors import NotAllowedError

CASE_CONTENT = {
    Action.READ_HANDOVER,
    Action.WRITE_HANDOVER,
    Action.APPROVE_HANDOVER,
    Action.SEND_HANDOVER,
    Action.TAKE_IN_HANDOVER,
    Action.OPEN_IDENTITY,
    Action.DECIDE_HANDOVER,
    Action.CLOSE_HANDOVER,
    Action.WITHDRAW_HANDOVER,
}


def test_every_role_is_in_the_table_and_every_action_belongs_to_somebody():
    assert set(ROLE_ACTIONS) == set(Role)
    assert frozenset().union(*ROLE_ACTIONS.values()) == set(Action)


@pytest.mark.parametrize("other", sorted(set(Role) - {Role.ADMIN}))
def test_the_administrator_has_no_other_role(other):
    codes = {problem.code for problem in check_roles({Role.ADMIN, other}, Profile.CASEWORK)}
    assert "roles_exclude" in codes


@pytest.mark.parametrize("other", sorted(CASEWORK_ROLES))
def test_the_data_protection_officer_works_on_no_case(other):
    assert check_roles({Role.DPO, other}, Profile.CASEWORK)


def test_every_allowed_pair_of_roles_keeps_dpo_and_administrator_away_from_cases():
    for pair in itertools.combinations(Role, 2):
        if check_roles(pair, Profile.CASEWORK):
            continue
        held = actions_of(pair, Profile.CASEWORK)
        if Role.DPO in pair:
            assert not held & CASE_CONTENT, pair
        assert Role.ADMIN not in pair


def test_the_administrator_sees_no_case_no_alert_and_no_audit_log():
    held = actions_of({Role.ADMIN}, Profile.CASEWORK)
    assert not held & (CASEWORK_ACTIONS | {Action.READ_ALERT, Action.READ_AUDIT})


def test_the_data_protection_officer_sees_consents_disclosures_and_audit():
    for action in (Action.READ_CONSENTS, Action.READ_DISCLOSURES, Action.READ_AUDIT):
        assert may({Role.DPO}, action, Profile.CASEWORK)
        assert [role for role in Role if may({role}, action, Profile.CASEWORK)] == [Role.DPO]


def test_a_knowledge_node_has_no_casework():
    for role in Role:
        assert not actions_of({role}, Profile.KNOWLEDGE) & CASEWORK_ACTIONS
    for role in CASEWORK_ROLES:
        assert [p.code for p in check_roles({role}, Profile.KNOWLEDGE)] == ["role_not_in_profile"]
        assert check_roles({role}, Profile.CASEWORK) == ()


def test_nobody_can_have_no_role():
    assert [problem.code for problem in check_roles((), Profile.CASEWORK)] == ["role_needed"]


def test_only_a_supervisor_approves_and_only_a_case_officer_writes():
    assert [r for r in Role if may({r}, Action.APPROVE_HANDOVER, Profile.CASEWORK)] == [
        Role.SUPERVISOR
    ]
    assert [r for r in Role if may({r}, Action.WRITE_HANDOVER, Profile.CASEWORK)] == [
        Role.CASE_OFFICER
    ]


def test_what_is_not_in_the_table_is_refused():
    require({Role.READER}, Action.SEARCH, Profile.KNOWLEDGE)
    with pytest.raises(NotAllowedError) as caught:
        require({Role.READER}, Action.WRITE_PRACTICE, Profile.KNOWLEDGE)
    assert caught.value.code == "not_allowed"
    assert not may((), Action.SEARCH, Profile.CASEWORK)


def test_nobody_acts_twice_on_one_item():
    require_second_person("ana", ["rui"])
    with pytest.raises(SecondPersonError):
        require_second_person("ana", ["rui", "ana"])


def test_exclusions_name_only_other_roles():
    for role, others in EXCLUSIONS.items():
        assert role not in others
