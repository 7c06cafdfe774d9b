"""Are the message catalogues of the staff pages whole?

English is written in the source; the other languages of the staff must have every
message, unfuzzy, with the same placeholders. Any further language is reported and
does not fail the check.
`--update` brings every catalogue up to the source (new messages come empty);
`--update bg el` also starts those that are missing.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
WEB = ROOT / "node" / "integra_node" / "web"
REQUIRED = ("en", "fr", "pt", "it", "nl", "el", "bg")
SOURCE_LANGUAGE = "en"
METHODS = [("**/templates/**", "jinja2"), ("**.py", "python")]
OPTIONS = {"**/templates/**": {"trimmed": "true", "encoding": "utf-8"}}
KEYWORDS: dict[str, tuple[int | tuple[int, str], ...] | None] = {
    "_": None,
    "gettext": None,
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "N_": None,
}
PLACEHOLDER = re.compile(r"%\((\w+)\)[#0\- +]*[\d.]*[diouxXeEfFgGcrsa]|\{(\w*)[^{}]*\}")


def extracted(folder: Path) -> Catalog:
    """Return a catalogue of every message in the pages' folder, the rules and doors beside it."""
    catalogue = Catalog(project="integra", charset="utf-8")
    for source in (folder, folder.parent / "rules", folder.parent / "doors"):
        found = extract_from_dir(
            source,
            method_map=METHODS,
            options_map=OPTIONS,
            keywords=KEYWORDS,
            comment_tags=("Translators:",),
        )
        for filename, _line, message, comments, context in found:
            places = [(filename, 0)]
            catalogue.add(message, locations=places, auto_comments=comments, context=context)
    return catalogue


def placeholders(text: str) -> frozenset[str]:
    """Return the named places in a message, `%(name)s` or `{name}`."""
    return frozenset(named or braced for named, braced in PLACEHOLDER.findall(text))


def forms(text: str | list[str] | tuple[str, ...] | None) -> tuple[str, ...]:
    """Return all forms of a message: one, or singular and plurals; "" if there is none."""
    return (text or "",) if isinstance(text, str | None) else tuple(text)


def faults_of(source: Message, translated: Message | None) -> Iterator[str]:
    """Yield what is wrong with one message's translation."""
    if translated is None or not all(forms(translated.string)):
        yield "missing"
        return
    if translated.fuzzy:
        yield "fuzzy"
    known = frozenset().union(*map(placeholders, forms(source.id)))
    for form in forms(translated.string):
        if not placeholders(form) <= known:
            yield f"unknown placeholder in {form!r}"
    # a plural form may leave the number out ("one day"), a sentence may not lose a value
    if not source.pluralizable and placeholders(forms(translated.string)[0]) != known:
        yield "placeholder lost"


def faults_in(template: Catalog, catalogue: Catalog) -> Iterator[str]:
    """Yield one line for each fault of a whole catalogue."""
    for source in template:
        if not source.id:
            continue
        translated = catalogue.get(forms(source.id)[0], source.context)
        for fault in faults_of(source, translated):
            yield f"{fault}: {forms(source.id)[0]!r}"


def catalogue_paths(folder: Path) -> dict[str, Path]:
    """Return every catalogue of a folder by its language."""
    found = sorted((folder / "locale").glob("*/LC_MESSAGES/messages.po"))
    return {path.parent.parent.name: path for path in found}


def read_catalogue(path: Path) -> Catalog:
    """Return a catalogue.

    Raises:
        ValueError: the file is malformed.
    """
    with path.open("rb") as file:
        return read_po(file, locale=path.parent.parent.name, abort_invalid=True)


def update(template: Catalog, folder: Path, new_languages: list[str]) -> None:
    """Bring each catalogue up to the source; keep what is translated."""
    paths = catalogue_paths(folder)
    for language in new_languages:
        paths.setdefault(language, folder / "locale" / language / "LC_MESSAGES" / "messages.po")
    for language, path in paths.items():
        catalogue = read_catalogue(path) if path.exists() else Catalog(locale=language)
        catalogue.update(template, no_fuzzy_matching=True)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            write_po(
                file, catalogue, width=100, sort_output=True, include_lineno=False, no_location=True
            )


def report(template: Catalog, folder: Path) -> int:
    """Print the state of every catalogue and return how many required ones are faulty."""
    paths = catalogue_paths(folder)
    total = sum(1 for message in template if message.id)
    broken = 0
    for language in sorted({*REQUIRED, *paths}):
        if language not in paths:
            absent = language != SOURCE_LANGUAGE and total > 0
            broken += absent
            print(f"{language}: {'no catalogue' if absent else 'is the source'}")
            continue
        faults = list(faults_in(template, read_catalogue(paths[language])))
        required = language in REQUIRED
        broken += bool(faults) and required
        print(f"{language}: {total} messages, {len(faults)} faults")
        for fault in faults[:20] if required else []:
            print(f"    {fault}")
    return broken


def main(arguments: list[str]) -> int:
    """Return 0 if every required catalogue is whole."""
    if not WEB.is_dir():
        print("there are no pages yet")
        return 0
    template = extracted(WEB)
    if arguments[:1] == ["--update"]:
        update(template, WEB, arguments[1:])
    return 1 if report(template, WEB) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
