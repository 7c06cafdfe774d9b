"""What a form may hold, how its fields become a nested value, and how it is shown again."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integra_node.web.forms import (
    MAX_FIELDS,
    FormData,
    FormView,
    checked,
    decode_form,
    field_name,
    flatten,
)
from integra_node.web.refusals import BadFormError


def test_paths_groups_and_dates_become_one_nested_value():
    form = decode_form(
        b"env.kind=release&needs-0-domain=housing&needs-2-domain=health&needs-2-text=a%0D%0Ab"
        b"&env.purposes=x&env.purposes=y&plan.release-day=7&plan.release-month=3"
        b"&plan.release-year=2027&empty=&tags=one"
    )
    assert form.nested(lists={"env.purposes", "tags"}) == {
        "env": {"kind": "release", "purposes": ["x", "y"]},
        "needs": [{"domain": "housing"}, {"domain": "health", "text": "a\nb"}],
        "plan": {"release": "2027-03-07"},
        "tags": ["one"],
    }


def test_a_date_that_is_none_stays_as_typed_so_that_it_is_refused_later():
    form = decode_form(b"at-day=31&at-month=2&at-year=2027")
    assert form.date("at") == "2027-2-31"
    assert FormView(data=form).date("at") == ("31", "2", "2027")
    assert decode_form(b"at-day=&at-month=&at-year=").date("at") == ""


def test_what_is_stored_fills_the_form_and_comes_back_the_same():
    stored = {
        "env": {"kind": "release", "purposes": ["x", "y"]},
        "needs": [{"domain": "housing", "goals": [{"text": "a"}]}, {"domain": "health"}],
        "release": "2027-03-07",
    }
    assert flatten(stored).nested(lists={"env.purposes"}) == stored
    assert FormView(data=flatten(stored)).date("release") == ("7", "3", "2027")


@pytest.mark.parametrize(
    "body",
    [
        b"a=%ff",
        b"a=%00",
        b"\xffa=1",
        b"A=1",
        b"a b=1",
        b"a..b=1",
        b"__class__.__init__=1&a.=2",
        b"needs--domain=1",
        b"needs-1234-domain=1",
        b"x" * 121 + b"=1",
        b"&".join(b"a=1" for _ in range(MAX_FIELDS + 1)),
    ],
    ids=lambda body: repr(body[:20]),
)
def test_what_no_page_of_ours_sends_is_refused(body):
    with pytest.raises(BadFormError) as caught:
        decode_form(body)
    assert caught.value.code == "bad_form"


@pytest.mark.parametrize(
    "pairs",
    [
        [("a", "1"), ("a.b", "2")],
        [("a.b", "2"), ("a", "1")],
        [("a-0-b", "1"), ("a.c", "2")],
        [("a-100-b", "1")],
        [(".".join("a" * 9), "1")],
    ],
)
def test_fields_that_contradict_each_other_are_refused(pairs):
    with pytest.raises(BadFormError):
        FormData(items=tuple(pairs)).nested()


@given(st.binary(max_size=300))
def test_any_bytes_are_a_form_or_refused(body):
    with contextlib.suppress(BadFormError):
        decode_form(body).nested()


@given(
    st.lists(
        st.tuples(st.from_regex(r"[a-c](\.[a-c]|-[0-2]-[a-c]){0,4}", fullmatch=True), st.text())
    )
)
def test_any_well_named_fields_are_nested_or_refused(pairs):
    with contextlib.suppress(BadFormError):
        FormData(items=checked(pairs).items).nested()


@pytest.mark.parametrize(
    "path, name",
    [
        ("env.kind", "env.kind"),
        ("needs.0.domain", "needs-0-domain"),
        ("env.purposes.1", "env.purposes"),
        ("", ""),
    ],
)
def test_a_problem_points_at_its_field(path, name):
    assert field_name(path) == name


def test_secrets_are_never_shown_again():
    form = FormData(items=(("new_password", "hidden"), ("username", "ana")))
    view = FormView(data=form, errors=(("username", "first"), ("username", "second")))
    assert view.value("new_password") == ""
    assert view.value("username") == "ana"
    assert view.error("username") == "first"
    assert view.error("other") == ""
