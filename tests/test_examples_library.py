"""Is every file of the sample library complete, within its bounds, and a text of its own?"""

import itertools
import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

LIBRARY = Path(__file__).resolve().parent.parent / "examples" / "library"
PRACTICES = {path.stem: path for path in sorted((LIBRARY / "practices").glob("*.json"))}
ALERTS = {path.stem: path for path in sorted((LIBRARY / "alerts").glob("*.json"))}
AGENCIES = {"pt-prison", "fr-probation", "fr-ngo", "it-university"}
ISSUERS_OF_SEALED = {"pt-prison", "fr-probation", "fr-ngo"}  # a knowledge node seals to nobody

PRACTICE_FIELDS = {
    "source_id", "owner_hint", "language", "title", "summary", "description", "country", "region",
    "since", "running", "settings", "stages", "level", "ideology_scope", "target_groups",
    "professions", "need_domains", "methods", "theory_of_change", "steps", "duration",
    "intensity", "group_size", "staffing", "prerequisites", "ethics", "evidence", "emmie", "cost",
    "transferability", "failures", "licence", "tlp",
}  # fmt: skip
ALERT_FIELDS = {
    "source_id", "owner_hint", "language", "type", "severity", "tlp", "europol_handling", "title",
    "body", "indicators", "recommended_action", "do_not_do", "grading", "source_kind", "settings",
    "regions", "professions", "valid_from", "expires_at", "ack_required",
}  # fmt: skip
ETHICS = {"risks", "safeguards", "do_no_harm", "gender", "stigma"}
EMMIE = {"effect", "mechanism", "moderators", "implementation", "economics"}
TRANSFERABILITY = {"core", "adaptable", "conditions", "tried_in"}
EVIDENCE = {"level", "design", "n", "outcomes", "who_evaluated", "limits"}
TOO_ALIKE = 0.05  # far below 0.6, where a text is a copy: nothing is shared but set phrases
SENTENCE_END = re.compile(r"(?<=[.!?;·…])\s+")
MAX_EVIDENCE = 3  # nothing invented may claim an outside evaluation

PROFESSIONS = {
    "prison officer", "probation officer", "psychologist", "social worker", "educator",
    "chaplain/imam", "mentor", "police", "health", "municipality", "researcher", "volunteer",
}  # fmt: skip
SETTINGS = {"prison", "probation", "community", "transition"}
CODES = {
    "settings": SETTINGS,
    "stages": {"prevention", "disengagement", "rehabilitation", "reintegration", "aftercare"},
    "ideology_scope": {
        "all", "islamist", "right-wing", "left-wing/anarchist", "separatist", "single-issue",
        "mixed/unclear", "none",
    },
    "target_groups": {
        "prisoners", "probationers", "releasees", "families", "children_of_offenders", "women",
        "young_people", "returnees", "staff", "mentors", "victims", "community", "faith_leaders",
        "employers",
    },
    "professions": PROFESSIONS,
    "need_domains": {
        "housing", "employment", "education", "finance", "papers", "family", "peers", "attitudes",
        "identity_belonging", "substance", "mental_wellbeing", "trauma", "digital",
        "faith_community", "leisure", "legal",
    },
    "methods": {
        "mentoring", "CBT", "dialogue", "family work", "education", "sport", "art", "theology",
        "vocational", "multi-agency", "screening", "training", "restorative", "digital",
    },
}  # fmt: skip
ALERT_TYPES = {
    "recruitment_method", "symbol_or_code", "travel_facilitator_pattern", "extremist_material",
    "unusual_prison_dynamics", "safeguarding", "staff_safety", "disinformation_about_agency",
    "release_or_return_wave", "fundraising_pattern", "technology_misuse", "other",
}  # fmt: skip
LIFETIME_DAYS = {"critical": 14, "high": 90, "medium": 90, "low": 90, "info": 90}
MUST_ACKNOWLEDGE = {"critical", "high", "medium"}
GRADES = {"admiralty": ("ABCDEF", "123456"), "europol": ("ABCX", "1234")}

FORBIDDEN = re.compile(
    r"@|https?://|\+\d{6,}|\b[A-Z]{2}-?\d{3}-?[A-Z]{2}\b|\b(TODO|TBD|XXX)\b|lorem ipsum",
    re.IGNORECASE,
)


def load(path: Path) -> dict[str, Any]:
    """Return the body of one file."""
    body = json.loads(path.read_text(encoding="utf-8"))
    assert isinstance(body, dict)
    return body


def language_maps(value: Any) -> Iterator[dict[str, str]]:
    """Yield every {language: text} map of a body."""
    if isinstance(value, dict):
        if value and all(len(key) == 2 and isinstance(text, str) for key, text in value.items()):
            yield value
        else:
            for item in value.values():
                yield from language_maps(item)
    elif isinstance(value, list):
        for item in value:
            yield from language_maps(item)


def shingles(text: str, width: int) -> set[tuple[str, ...]]:
    """Return the runs of ``width`` following words, without case and punctuation."""
    words = re.findall(r"\w+", text.casefold())
    return {tuple(words[i : i + width]) for i in range(len(words) - width + 1)}


def likeness(one: set[tuple[str, ...]], other: set[tuple[str, ...]]) -> float:
    """Return the Jaccard index of two sets of shingles, 0 to 1."""
    return len(one & other) / len(one | other)


practices = pytest.mark.parametrize("path", PRACTICES.values(), ids=PRACTICES.keys())
alerts = pytest.mark.parametrize("path", ALERTS.values(), ids=ALERTS.keys())
every_file = pytest.mark.parametrize(
    "path", [*PRACTICES.values(), *ALERTS.values()], ids=[*PRACTICES, *ALERTS]
)


def test_there_are_sixty_practices_in_seven_languages_and_eighteen_alerts() -> None:
    languages = Counter(load(path)["language"] for path in PRACTICES.values())
    assert (len(PRACTICES), len(ALERTS)) == (60, 18)
    assert set(languages) == {"fr", "pt", "it", "bg", "el", "nl", "en"}
    assert min(languages.values()) >= 7


def test_every_source_id_is_the_name_of_its_file_and_used_once() -> None:
    paths = [*PRACTICES.values(), *ALERTS.values()]
    names = [load(path)["source_id"] for path in paths]
    assert names == ["demo-" + path.stem.split("-", 1)[1] for path in paths]
    assert len(set(names)) == len(names)


@every_file
def test_every_text_is_clean_and_in_the_language_of_the_file(path: Path) -> None:
    body = load(path)
    maps = list(language_maps(body))
    assert len(maps) > 4
    for texts in maps:
        assert body["language"] in texts
        for text in texts.values():
            assert text == text.strip() == unicodedata.normalize("NFC", text)
            assert not FORBIDDEN.search(text)
            assert "  " not in text


@every_file
def test_greek_and_bulgarian_words_mix_no_alphabets(path: Path) -> None:
    mixed = re.compile(r"[A-Za-z][\u0370-\u03ff\u0400-\u04ff]|[\u0370-\u03ff\u0400-\u04ff][A-Za-z]")
    assert not mixed.search(path.read_text(encoding="utf-8").replace("\\n", " "))


@every_file
def test_the_owner_is_an_agency_of_the_demonstration(path: Path) -> None:
    assert load(path)["owner_hint"] in AGENCIES


@practices
def test_a_practice_has_every_field_and_no_unknown_one(path: Path) -> None:
    body = load(path)
    assert set(body) - {"legal_prerequisites"} == PRACTICE_FIELDS
    assert set(body["ethics"]) == ETHICS
    assert set(body["evidence"]) == EVIDENCE
    assert set(body["emmie"]) == EMMIE
    assert set(body["transferability"]) == TRANSFERABILITY
    assert set(body["cost"]) == {"band", "per_participant", "currency"}


@practices
def test_a_practice_keeps_the_lengths(path: Path) -> None:
    body = load(path)
    language = body["language"]
    assert 300 <= len(body["summary"][language]) <= 600
    assert len(body["description"][language]) >= 1_000
    assert len(body["failures"][language]) >= 200
    assert len(body["steps"]) >= 4
    assert all(len(step[language]) <= 200 for step in body["steps"])
    assert all(len(ends) >= 1 for ends in body["transferability"].values())


@practices
def test_a_practice_uses_known_codes(path: Path) -> None:
    body = load(path)
    for field, known in CODES.items():
        assert body[field]
        assert set(body[field]) <= known, field
        assert len(set(body[field])) == len(body[field]), field
    assert body["level"] in {"universal", "selective", "indicated"}
    assert body["cost"]["band"] in {"<5k", "5-25k", "25-100k", ">100k"}
    assert body["licence"] == "CC-BY-4.0"
    assert body["tlp"] in {"CLEAR", "GREEN"}
    assert all(re.fullmatch("[A-Z]{2}", country) for country in body["country"])
    assert re.fullmatch(r"20[12]\d-(0[1-9]|1[0-2])", body["since"])


@practices
def test_a_practice_claims_no_more_evidence_than_an_invented_one_may(path: Path) -> None:
    body = load(path)
    evidence = body["evidence"]
    assert 0 < evidence["level"] <= MAX_EVIDENCE
    assert evidence["who_evaluated"] == "internal"
    assert evidence["n"] > 0
    assert evidence["outcomes"]
    qualities = [part["quality"] for part in body["emmie"].values()]
    assert all(0 <= quality <= evidence["level"] for quality in qualities)


@alerts
def test_an_alert_has_every_field_and_no_unknown_one(path: Path) -> None:
    body = load(path)
    sealed = body["tlp"] == "AMBER"
    assert set(body) == ALERT_FIELDS | ({"audience"} if sealed else set())
    assert body["type"] in ALERT_TYPES
    assert body["tlp"] in {"CLEAR", "GREEN", "AMBER"}
    assert body["europol_handling"] in {"H0", "H1", "H2", "H3"}
    assert body["source_kind"] in {"open", "own_observation", "partner", "official"}
    assert set(body["settings"]) <= SETTINGS
    assert set(body["professions"]) <= PROFESSIONS


def test_some_alerts_are_sealed_to_other_casework_agencies() -> None:
    sealed = [body for body in map(load, ALERTS.values()) if "audience" in body]
    assert len(sealed) >= 2
    for body in sealed:
        assert body["owner_hint"] in ISSUERS_OF_SEALED
        assert body["audience"]
        assert set(body["audience"]) <= ISSUERS_OF_SEALED - {body["owner_hint"]}


@alerts
def test_every_indicator_has_an_innocent_explanation(path: Path) -> None:
    body = load(path)
    assert len(body["indicators"]) >= 2
    for indicator in body["indicators"]:
        assert set(indicator) == {"seen_as", "benign"}
        assert all(len(text) >= 20 for text in indicator["benign"].values())


@alerts
def test_every_text_of_an_alert_can_be_read_in_english(path: Path) -> None:
    assert all("en" in texts for texts in language_maps(load(path)))


@alerts
def test_an_alert_ends_in_time_and_asks_for_the_right_answer(path: Path) -> None:
    body = load(path)
    days = (date.fromisoformat(body["expires_at"]) - date.fromisoformat(body["valid_from"])).days
    assert body["valid_from"] == "2026-11-23"
    assert 0 < days <= LIFETIME_DAYS[body["severity"]]
    assert body["ack_required"] is (body["severity"] in MUST_ACKNOWLEDGE)
    sources, infos = GRADES[body["grading"]["scheme"]]
    assert body["grading"]["source"] in sources
    assert body["grading"]["info"] in infos


def test_a_copy_with_few_words_changed_would_be_found() -> None:
    text = next(iter(load(min(PRACTICES.values()))["description"].values()))
    words = text.split()
    changed = " ".join("autre" if n % 20 == 0 else word for n, word in enumerate(words))
    assert likeness(shingles(text, 5), shingles(changed, 5)) > 0.6 > TOO_ALIKE
    quoted = " ".join(words[: len(words) // 8] + changed.split()[::-1])
    assert likeness(shingles(text, 5), shingles(quoted, 5)) >= TOO_ALIKE


@pytest.mark.parametrize("field", ["description", "summary", "failures", "theory_of_change"])
def test_no_two_practices_are_alike(field: str) -> None:
    made = {
        name: shingles(next(iter(load(path)[field].values())), 5)
        for name, path in PRACTICES.items()
    }
    alike = [
        (one, other)
        for one, other in itertools.combinations(made, 2)
        if likeness(made[one], made[other]) >= TOO_ALIKE
    ]
    assert not alike


def test_no_sentence_stands_in_two_files() -> None:
    seen: dict[str, str] = {}
    for path in (*PRACTICES.values(), *ALERTS.values()):
        for texts in language_maps(load(path)):
            for text in texts.values():
                for sentence in SENTENCE_END.split(text.casefold()):
                    if len(sentence) > 40:
                        assert seen.setdefault(sentence, path.name) == path.name, sentence
