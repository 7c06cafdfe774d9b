"""Do the project's own checks find what they are for?"""

from pathlib import Path

import pytest
from babel.messages.catalog import Catalog

import check_locks
import check_messages
import check_shape

LONG = "def long():\n" + "    x = 1\n" * 40


def test_the_locks_agree():
    assert check_locks.problems() == []


def test_only_public_addresses_may_be_locked():
    text = (
        'url = "https://files.pythonhosted.org/packages/a" registry = "https://mirror.test/simple"'
    )
    assert check_locks.foreign_addresses(text) == ["https://mirror.test/simple"]


@pytest.mark.parametrize(
    "name, source, fault",
    [
        ("utils.py", '"""What?"""\n', "says nothing"),
        ("noun.py", "x = 1\n", "no first line"),
        ("noun.py", '"""What?"""\n' + LONG, "long has 41 lines"),
        ("noun.py", '"""What?"""\ndef (:\n', "noun.py:2: not the Python"),
    ],
    ids=["vague name", "no question", "long function", "newer syntax"],
)
def test_shape_finds(tmp_path, name, source, fault):
    path = tmp_path / name
    path.write_text(source, encoding="utf-8")
    assert [fault in sentence for sentence in check_shape.problems_in(path, tmp_path)] == [True]


def test_shape_does_not_count_docstrings(tmp_path):
    path = tmp_path / "noun.py"
    body = 'def f():\n    """One.\n' + "    more\n" * 60 + '    """\n    return 1\n'
    path.write_text('"""What?"""\n' + body, encoding="utf-8")
    assert list(check_shape.problems_in(path, tmp_path)) == []


@pytest.mark.parametrize(
    "source, translation, faults",
    [
        ("Sent to %(org)s", "Envoyé à %(org)s", []),
        ("Sent", "", ["missing: 'Sent'"]),
        ("Sent to %(org)s", "Envoyé", ["placeholder lost: 'Sent to %(org)s'"]),
        (
            "Sent to {org}",
            "Envoyé à {orga}",
            [
                "unknown placeholder in 'Envoyé à {orga}': 'Sent to {org}'",
                "placeholder lost: 'Sent to {org}'",
            ],
        ),
        (("%(num)s day", "%(num)s days"), ("un jour", "%(num)s jours"), []),
        (("%(num)s day", "%(num)s days"), ("un jour", ""), ["missing: '%(num)s day'"]),
    ],
    ids=["whole", "missing", "lost", "renamed", "plural", "half a plural"],
)
def test_a_catalogue_is_compared_with_the_source(source, translation, faults):
    template, catalogue = Catalog(), Catalog(locale="fr")
    template.add(source)
    catalogue.add(source, translation)
    assert list(check_messages.faults_in(template, catalogue)) == faults


def test_a_fuzzy_message_is_a_fault():
    template, catalogue = Catalog(), Catalog(locale="fr")
    template.add("Sent")
    catalogue.add("Sent", "Envoyé", flags=["fuzzy"])
    assert list(check_messages.faults_in(template, catalogue)) == ["fuzzy: 'Sent'"]


def pages(folder: Path) -> Path:
    (folder / "templates").mkdir()
    (folder / "templates" / "page.html").write_text(
        "{{ _('Search') }} {% trans num=n %}%(num)s day{% pluralize %}%(num)s days{% endtrans %}",
        encoding="utf-8",
    )
    (folder / "page.py").write_text('title = _("Handovers")\n', encoding="utf-8")
    return folder


def test_messages_are_found_in_templates_and_modules(tmp_path):
    found = check_messages.extracted(pages(tmp_path))
    assert {check_messages.forms(m.id)[0] for m in found if m.id} >= {"Search", "Handovers"}
    assert any(message.pluralizable for message in found)


def test_update_starts_and_keeps_catalogues(tmp_path):
    template = check_messages.extracted(pages(tmp_path))
    check_messages.update(template, tmp_path, ["fr"])
    path = check_messages.catalogue_paths(tmp_path)["fr"]
    text = path.read_text(encoding="utf-8")
    path.write_text(
        text.replace('msgid "Search"\nmsgstr ""', 'msgid "Search"\nmsgstr "Chercher"'),
        encoding="utf-8",
    )
    check_messages.update(template, tmp_path, [])
    assert check_messages.read_catalogue(path).get("Search").string == "Chercher"
    assert check_messages.report(template, tmp_path) == len(check_messages.REQUIRED) - 1
