"""Is what the documents say about files, links and words true?"""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
NAMES = ("README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md")
DOCUMENTS = [ROOT / name for name in NAMES] + sorted((ROOT / "docs").rglob("*.md"))
IDS = [path.relative_to(ROOT).as_posix() for path in DOCUMENTS]
# Made by a run, so absent from a fresh clone.
MADE_LATER = frozenset({"docs/images/search.png"})
TOPS = ("protocol/", "node/", "hub/", "tests/", "docs/", "tools/", "examples/", ".ci/")
# Folders of somebody's machine, and of no reader's.
FORBIDDEN = re.compile(r"(?<![\w.-])/(?:home|root|tmp|work|mnt|Users)/|\bshared/")


def prose(path):
    """Return the text without blocks of code."""
    return re.sub(
        r"^```.*?^```$", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL
    )


def anchors(path):
    titles = re.findall(r"^#+ (.*)$", prose(path), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("path", DOCUMENTS, ids=IDS)
def test_every_link_leads_to_something(path):
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(path)):
        if target.startswith(("https://", "mailto:")):
            continue
        name, _, anchor = target.partition("#")
        place = (path.parent / name).resolve() if name else path
        if place.is_relative_to(ROOT) and place.relative_to(ROOT).as_posix() in MADE_LATER:
            continue
        assert place.exists(), target
        if anchor:
            assert anchor in anchors(place), target


@pytest.mark.parametrize("path", DOCUMENTS, ids=IDS)
def test_every_file_that_is_named_is_there(path):
    for name in re.findall(r"`([^`\s]+)`", prose(path)):
        if name.startswith(TOPS) and not set(name) & set("*{}<>") and name not in MADE_LATER:
            assert (ROOT / name).exists(), name


@pytest.mark.parametrize("path", DOCUMENTS, ids=IDS)
def test_no_folder_of_one_machine_is_named(path):
    assert FORBIDDEN.findall(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=IDS)
def test_no_document_is_named_that_is_not_here(path):
    for name in re.findall(r"\b[A-Z][A-Z_-]+\.md\b", path.read_text(encoding="utf-8")):
        assert (ROOT / name).exists(), name


@pytest.mark.parametrize("path", DOCUMENTS, ids=IDS)
def test_every_command_that_is_named_exists(path):
    from integra_hub.cli import NOUNS as HUB_NOUNS
    from integra_node.cli import NOUNS

    for program, noun in re.findall(r"`(integra|integra-hub) ([a-z-]+)", prose(path)):
        assert noun in (NOUNS if program == "integra" else HUB_NOUNS), f"{program} {noun}"


def test_every_document_is_reached_from_the_readme():
    reached, waiting = set(), [ROOT / "README.md"]
    while waiting:
        path = waiting.pop()
        if path in reached or path.suffix != ".md" or not path.exists():
            continue
        reached.add(path)
        links = re.findall(r"\]\(([^)\s#]+)", prose(path))
        waiting += [(path.parent / link).resolve() for link in links if "://" not in link]
    assert set(DOCUMENTS) <= reached
