"""In which steps is a practice written, and what is done and what is missing in each?

Each step is one page with one group of questions.  The first has everything without which nothing
is handed in, so a short practice is written on one page.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from integra_node.rules.messages import N_
from integra_node.rules.problems import Problem
from integra_node.web.forms import FormData
from integra_node.web.practice_form import ROWS, field_of, row_numbers


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One page of the form: its code in the address, and the fields on it."""

    code: str
    title: str
    about: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """A step with how far it is: ``missing`` errors, ``looks`` warnings, and whether begun."""

    step: Step
    missing: int
    looks: int
    begun: bool


_EMMIE: Final = ("effect", "mechanism", "moderators", "implementation", "economics")

STEPS: Final = (
    Step(
        code="minimum",
        title=N_("What it is"),
        about=N_(
            "This page is enough to hand a practice in. The other steps make it useful elsewhere."
        ),
        names=(
            "title", "summary", "description", "settings", "stages", "target_groups",
            "professions", "evidence.level",
        ),
    ),
    Step(
        code="origin",
        title=N_("What you adapted"),
        about=N_("Whoever adapts it next learns most from what you had to change."),
        names=("lineage.changes", "lineage.why", "lineage.result"),
    ),
    Step(
        code="place",
        title=N_("Where it was done"),
        about=N_("Colleagues look for what was done in a place like theirs."),
        names=(
            "country", "region", "since", "until", "running", "contact_role", "level",
            "need_domains", "ideology_scope",
        ),
    ),
    Step(
        code="how",
        title=N_("How it works"),
        about=N_("So that somebody who was not there could do it."),
        names=("methods", "theory_of_change", "steps"),
    ),
    Step(
        code="effort",
        title=N_("What it takes"),
        about=N_("Time, people, money, and what must be there before. Say what you know."),
        names=(
            "duration.months", "duration.weeks", "duration.days", "duration.sessions",
            "duration.text", "intensity.hours_per_week", "intensity.sessions_per_week",
            "intensity.text", "group_size.min", "group_size.max", "staffing", "prerequisites",
            "legal_prerequisites", "cost.band", "cost.per_participant", "cost.currency",
            "cost.cost_types",
        ),
    ),
    Step(
        code="materials",
        title=N_("Materials"),
        about=N_("Leaflets, plans of sessions, forms: what others could use as it is."),
        names=("materials",),
    ),
    Step(
        code="evidence",
        title=N_("What is known about its effect"),
        about=N_(
            "Choose the level that fits what was really done. A low level is no blame: most good"
            " practices have one."
        ),
        names=(
            "evidence.level", "evidence.design", "evidence.n", "evidence.who_evaluated",
            "evidence.outcomes", "evidence.limits", "evidence.report_url",
        ),
    ),
    Step(
        code="emmie",
        title=N_("Five questions about evidence (EMMIE)"),
        about=N_("Answer those that you can. Quality says how well an answer is supported."),
        names=tuple(f"emmie.{name}.{part}" for name in _EMMIE for part in ("text", "quality")),
    ),
    Step(
        code="ethics",
        title=N_("Ethics"),
        about=N_("What could harm people, and what is done about it?"),
        names=tuple(
            f"ethics.{name}"
            for name in ("risks", "safeguards", "do_no_harm", "gender", "stigma", "data_used")
        ),
    ),
    Step(
        code="elsewhere",
        title=N_("What did not work, and doing it elsewhere"),
        about=N_("This is what colleagues ask first when they want to take something over."),
        names=(
            "failures", "transferability.core", "transferability.adaptable",
            "transferability.conditions", "transferability.tried_in",
        ),
    ),
    Step(
        code="sharing",
        title=N_("Sharing"),
        about=N_("Who may read it, and what may be done with the text."),
        names=("licence", "tlp"),
    ),
)  # fmt: skip
_BY_CODE: Final = {one.code: one for one in STEPS}


def steps_for(*, adapted: bool) -> tuple[Step, ...]:
    """Return the steps of a practice: one more for what was adapted."""
    return tuple(one for one in STEPS if adapted or one.code != "origin")


def step_of(code: str) -> Step:
    """Return a step by its code; the first one for any other word."""
    return _BY_CODE.get(code, STEPS[0])


def next_after(step: Step, steps: tuple[Step, ...]) -> Step | None:
    """Return the step that comes then, None after the last."""
    place = steps.index(step) + 1 if step in steps else 0
    return steps[place] if place < len(steps) else None


def step_with(problem: Problem, steps: Iterable[Step]) -> Step | None:
    """Return the step with the field that a problem is about."""
    name = field_of(problem.path)
    return next((one for one in steps if name in one.names), None)


def progress(
    steps: tuple[Step, ...], form: FormData, problems: Iterable[Problem]
) -> tuple[Progress, ...]:
    """Return how far each step is.

    Args:
        steps: the steps of this practice.
        form: the fields of what is stored.
        problems: what is missing or wrong in it.
    """
    found = [(step_with(one, steps), one.is_error) for one in problems]
    return tuple(
        Progress(
            step=step,
            missing=sum(where is step and wrong for where, wrong in found),
            looks=sum(where is step and not wrong for where, wrong in found),
            begun=any(_is_filled(form, name) for name in step.names),
        )
        for step in steps
    )


def counts(form: FormData) -> Mapping[str, int]:
    """Return how many rows each group shows: those that are there, and an empty one."""
    return {
        name: min(most, max(2, len(row_numbers(form, name)) + 1))
        for name, (_, most) in ROWS.items()
    }


def _is_filled(form: FormData, name: str) -> bool:
    return bool(row_numbers(form, name)) if name in ROWS else bool(form.text(name))
