"""The steps in which a practice is written: every field, rows without a script, nothing typed is lost."""

import json
from pathlib import Path
from typing import get_args, get_origin

import pytest

from integra_node.rules.permissions import Role
from integra_node.rules.practice import Practice, parse_practice, practice_json
from integra_node.rules.problems import error
from integra_node.web.forms import FormData
from integra_node.web.practice_form import SHOWN, to_body, to_form, with_rows_changed
from integra_node.web.practice_steps import STEPS, step_with
from members import join
from staff_site import open_site

LIBRARY = sorted((Path(__file__).parent.parent / "examples/library/practices").glob("*.json"))
NOT_WRITTEN_HERE = {
    "language",  # chosen when it is begun
    "translations",  # entries of their own
    "lineage.adapted_from",
    "lineage.version",
}


@pytest.fixture
async def site(tmp_path):
    async with open_site(tmp_path) as opened:
        join(opened.database, opened.context.us)
        opened.add("ana", Role.CONTRIBUTOR)
        opened.add("rui", Role.CONTRIBUTOR)
        yield opened


def leaves(model, prefix=""):
    """Return the paths of all fields of a body, groups opened."""
    found = set()
    for name, field in model.model_fields.items():
        parts = () if get_origin(field.annotation) is tuple else get_args(field.annotation)
        inner = [one for one in parts if hasattr(one, "model_fields")]
        if inner:
            found |= leaves(inner[0], f"{prefix}{name}.")
        else:
            found.add(f"{prefix}{name}")
    return found


def body_of(path):
    body = json.loads(path.read_text("utf-8"))
    return {key: body[key] for key in body if key not in {"source_id", "owner_hint"}}


def test_every_field_of_a_practice_stands_on_exactly_one_step_and_the_level_on_two():
    on_steps = [name for step in STEPS for name in step.names]
    assert set(on_steps) == set(SHOWN)
    assert sorted(on_steps) == sorted([*SHOWN, "evidence.level"])
    assert leaves(Practice) - set(SHOWN) == NOT_WRITTEN_HERE


@pytest.mark.parametrize("path", LIBRARY[::6], ids=lambda one: one.stem)
def test_a_form_that_is_sent_as_it_is_shown_changes_nothing(path):
    body = practice_json(parse_practice(body_of(path)))
    shown = to_form(body)
    for names in (SHOWN, *(step.names for step in STEPS)):
        assert practice_json(parse_practice(to_body(shown, body, names))) == body


def test_rows_are_added_removed_and_moved_and_keep_their_other_languages():
    body = {
        "language": "en",
        "title": {"en": "A"},
        "steps": [{"en": "one", "fr": "un"}, {"en": "two"}, {"fr": "trois"}],
    }
    form = to_form(body)
    more = with_rows_changed(form, "add-steps")
    assert more.text("steps-2-at", "none") == ""
    up = with_rows_changed(form, "up-steps-1")
    assert to_body(up, body)["steps"] == [{"en": "two"}, {"en": "one", "fr": "un"}, {"fr": "trois"}]
    gone = with_rows_changed(form, "remove-steps-0")
    assert to_body(gone, body)["steps"] == [{"en": "two"}, {"fr": "trois"}]
    assert with_rows_changed(form, "remove-steps-77") is not None
    for word in ("stay", "remove-title-1", "add-steps-x", "up-steps-1234"):
        assert with_rows_changed(form, word) is None


def test_a_row_that_names_a_place_that_is_not_there_is_a_new_one():
    body = {"language": "en", "title": {"en": "A"}, "materials": [{"title": {"en": "Leaflet"}}]}
    form = FormData(items=(("materials-0-at", "٣"), ("materials-0-title", "Plan")))
    assert to_body(form, body, ["materials"])["materials"] == [{"title": {"en": "Plan"}}]


async def begin(ana, title="Letters"):
    begun = await ana.post("/practices", {"language": "en", "title": title})
    return begun.headers["Location"].removesuffix("/edit")


async def test_a_step_changes_its_own_fields_only(site):
    async with site.browser("ana") as ana, site.program("ana") as program:
        place = await begin(ana)
        edit = f"{place}/edit"
        how = {"etag": "1", "step": "how", "steps-0-text": "Write.", "methods": "mentoring"}
        assert (await ana.post(edit, {**how, "then": "stay"})).status == 303
        effort = {
            "etag": "2",
            "step": "effort",
            "duration.text": "as long as wanted",
            "cost.cost_types": "stamps\npaper",
            "title": "is not on this step",
        }
        saved = await ana.post(edit, {**effort, "then": "next"})
        assert saved.headers["Location"] == f"{edit}?step=materials&done=saved"
        body = (await (await program.get(f"/api/v1{place}")).json())["body"]
        assert body["title"] == {"en": "Letters"}
        assert body["steps"] == [{"en": "Write."}]
        assert body["methods"] == ["mentoring"]
        assert body["duration"] == {"text": {"en": "as long as wanted"}}
        assert body["cost"] == {"cost_types": ["stamps", "paper"]}


async def test_rows_change_on_the_page_without_being_saved_and_an_error_stands_at_its_row(site):
    async with site.browser("ana") as ana, site.program("ana") as program:
        place = await begin(ana)
        edit = f"{place}/edit"
        rows = {"etag": "1", "step": "materials", "materials-1-title": "Plan"}
        more = await ana.post(edit, {**rows, "then": "add-materials"})
        page = await more.text()
        assert more.status == 200
        assert 'value="Plan"' in page
        assert "Not saved yet" in page
        wrong = await ana.post(edit, {**rows, "materials-1-url": "nowhere", "then": "stay"})
        page = await wrong.text()
        assert wrong.status == 400
        assert 'id="materials-1-url-error"' in page
        assert 'value="nowhere"' in page
        body = (await (await program.get(f"/api/v1{place}")).json())["body"]
        assert "materials" not in body


async def test_what_is_missing_on_other_steps_is_named_and_what_was_typed_is_saved(site):
    async with site.browser("ana") as ana:
        place = await begin(ana)
        fields = [
            ("etag", "1"), ("title", "Letters"), ("summary", "A volunteer writes."),
            ("description", "They write."), ("settings", "prison"), ("stages", "reintegration"),
            ("target_groups", "prisoners"), ("professions", "volunteer"),
            ("evidence.level", "4"), ("then", "submit"),
        ]  # fmt: skip
        answer = await ana.post(f"{place}/edit", fields)
        page = await answer.text()
        assert answer.status == 400
        assert 'id="evidence.who_evaluated-error"' in page
        assert "something is needed" in page
        shown = await (await ana.get(f"{place}/edit")).text()
        assert "A volunteer writes." in shown


async def test_a_colleague_sees_the_preview_and_others_see_nothing(site):
    site.add("leo", Role.READER)
    async with site.browser("ana") as ana, site.browser("rui") as rui, site.browser("leo") as leo:
        place = await begin(ana, "Letters <b>")
        page = await (await rui.get(f"{place}/preview")).text()
        assert "Letters &lt;b&gt;" in page
        assert "Go on writing" not in page
        assert (await leo.get(f"{place}/preview")).status == 403
        assert (await ana.get("/practices/none/preview")).status == 404


def test_a_problem_leads_to_the_step_of_its_field():
    paths = ("evidence", "ethics", "steps.3.en", "x")
    found = {path: step_with(error(path, "required"), STEPS) for path in paths}
    assert [one and one.code for one in found.values()] == ["minimum", "ethics", "how", None]
