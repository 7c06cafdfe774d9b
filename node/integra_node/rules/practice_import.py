"""What does a row or record from elsewhere say, and can a practice of ours be made of it?"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

from integra_node.rules.practice import Practice, parse_practice, problems_before_submit
from integra_node.rules.practice_export import OWNER, PUBLISHED, undefused
from integra_node.rules.practice_flat import COLUMNS, SOURCE, from_row, plain
from integra_node.rules.practice_labels import LABELS
from integra_node.rules.problems import (
    InvalidFieldsError,
    Problem,
    Severity,
    error,
    errors_of,
)

MAX_SOURCE: Final = 128  # characters
MAX_PROBLEMS: Final = 20  # of one row
MAX_TITLE: Final = 120  # characters of a title in a report
NO_VALUE: Final = "\x00formula"  # the cell of a formula that nobody computed
# How people call the columns that nearly every list of practices has.
_SYNONYMS: Final[Mapping[str, str]] = MappingProxyType(
    {
        SOURCE: "id identifier identifiant identificador identificativo идентификатор номер"
        " αναγνωριστικό κωδικός kenmerk nummer number numéro número numero reference ref",
        "language": "lang langue língua idioma lingua език γλώσσα taal",
        "title": "titre título titolo заглавие τίτλος titel name nom nome име όνομα naam",
        "summary": "résumé resumo riassunto sintesi резюме περίληψη samenvatting abstract",
        "description": "descrição descrizione описание περιγραφή beschrijving omschrijving",
        "country": "pays país paese държава страна χώρα land countries",
        "settings": "setting cadre contexto contesto среда πλαίσιο omgeving",
        "stages": "stage étape fase етап στάδιο",
        "target_groups": "target group public groupe cible grupo-alvo destinatari целева група"
        " ομάδα στόχος doelgroep audience targetgroup",
        "professions": "profession métier profissão professione професия επάγγελμα beroep",
        "need_domains": "need needs besoins necessidades bisogni нужди ανάγκες behoeften",
        "methods": "method méthode método metodo метод μέθοδος methode methods",
        "evidence.level": "evidence preuve evidência evidenza доказателства τεκμηρίωση bewijs",
        "failures": "échecs falhas fallimenti неуспехи αποτυχίες mislukkingen lessons learned",
        "steps": "étapes passos passaggi стъпки βήματα stappen",
        "contact_role": "contact contacto contatto контакт επικοινωνία contactpersoon",
        "licence": "license licença licenza лиценз άδεια licentie",
    }
)
_WHOLE_NAMES: Final = ("target group", "lessons learned", "groupe cible", "grupo-alvo")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One practice to be: the name it has at its source, the text, and what was wrong reading it."""

    source_id: str
    body: Mapping[str, object]
    problems: tuple[Problem, ...] = ()

    @property
    def title(self) -> str:
        """What it is called, for a report; empty when it is called nothing."""
        titles = self.body.get("title")
        texts = titles.values() if isinstance(titles, Mapping) else ()
        return next((one[:MAX_TITLE] for one in texts if isinstance(one, str)), "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What was found in one entry; ``practice`` is None exactly when it cannot be taken."""

    practice: Practice | None
    problems: tuple[Problem, ...]


def guess_columns(header: Sequence[str]) -> tuple[str, ...]:
    """Return the field that each column seems to hold, each field once; empty for none."""
    known, taken = _known_names(), set[str]()
    found: list[str] = []
    for name in header:
        field = known.get(plain(name), "")
        found.append("" if field in taken else field)
        taken.add(field)
    return tuple(found)


def signature(header: Sequence[str]) -> str:
    """Return what tables with the same columns have in common."""
    return hashlib.sha256("\n".join(map(plain, header)).encode()).hexdigest()


def entry_of_cells(cells: Sequence[str], columns: Sequence[str], language: str) -> Entry:
    """Return the entry of a row whose cells stand under these fields; empty ones are not taken."""
    problems: list[Problem] = []
    if len(cells) > len(columns):
        problems.append(error("", "too_many_cells", given=len(cells), max=len(columns)))
    row: dict[str, str] = {}
    for field, cell in zip(columns, cells, strict=False):
        if field and cell == NO_VALUE:
            problems.append(error(field, "formula_without_value"))
        elif field and cell:
            row[field] = undefused(cell)
    body, wrong = from_row(row, language)
    return _entry(row.get(SOURCE, ""), body, (*problems, *wrong))


def entry_of_record(record: Mapping[str, object]) -> Entry:
    """Return the entry of a JSON object, as an export or a program wrote it."""
    about = {SOURCE, OWNER, PUBLISHED}
    body = {key: value for key, value in record.items() if key not in about}
    source = record.get(SOURCE, "")
    return _entry(source if isinstance(source, str) else "", body, ())


def judge(entry: Entry, *, hand_in: bool) -> Judged:
    """Return the practice that an entry is; what only a draft may lack forbids handing it in."""
    found = list(entry.problems)
    practice: Practice | None = None
    try:
        practice = parse_practice(entry.body)
        if practice.language not in practice.title:
            found.append(error("title", "language_missing", language=practice.language))
        lacking = problems_before_submit(practice)
        found += lacking if hand_in else [replace(p, severity=Severity.WARNING) for p in lacking]
    except InvalidFieldsError as failure:
        found += failure.problems
    distinct: dict[tuple[str, str], Problem] = {}
    for one in found:
        distinct.setdefault((one.path, one.code), one)
    problems = tuple(sorted(distinct.values(), key=lambda one: not one.is_error))[:MAX_PROBLEMS]
    return Judged(practice=None if errors_of(problems) else practice, problems=problems)


def _entry(source: str, body: Mapping[str, object], problems: tuple[Problem, ...]) -> Entry:
    source = " ".join("".join(one if one.isprintable() else " " for one in source).split())
    if len(source) > MAX_SOURCE:
        problems = (*problems, error(SOURCE, "too_long", max=MAX_SOURCE))
    # Without an id of its own, the title in its language is what it is known by.
    return Entry(source_id=source or _by_title(body), body=body, problems=problems)


def _by_title(body: Mapping[str, object]) -> str:
    language, titles = body.get("language"), body.get("title")
    title = titles.get(language) if isinstance(titles, Mapping) else None
    if not isinstance(title, str) or not title.strip():
        return ""
    name = f"{language}\n{plain(title)}".encode()
    return f"title:{hashlib.sha256(name).hexdigest()[:40]}"


def _known_names() -> Mapping[str, str]:
    found: dict[str, str] = {}
    for field, words in _SYNONYMS.items():
        whole = [one for one in _WHOLE_NAMES if one in words]
        for word in (*words.split(), *whole):
            found.setdefault(plain(word), field)
    found |= {plain(label): field for field, label in LABELS.items()}
    return found | {plain(field): field for field in COLUMNS}
