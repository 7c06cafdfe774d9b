"""Names in the order of the reader's language."""

import pytest

from integra_node.web.sorting import initial, sort_key


@pytest.mark.parametrize(
    "language, ordered",
    [
        (
            "fr",
            ["cote", "Cote", "coté", "côte", "côté", "coteau", "école", "effort", "œuvre", "zone"],
        ),
        ("pt", ["abrigo", "ação", "acordo", "Évora", "família", "órgão", "prisão", "prisões"]),
        ("bg", ["зад", "игра", "йод", "край", "край 2", "ябълка", "abc", "ωμέγα"]),
        ("el", ["άγρα", "αίμα", "έργο", "ήλιος", "οδός", "όριο", "ωμέγα", "abc", "яма"]),
        ("en", ["- dash", "2 steps", "A", "a c", "ab"]),
        ("nl", ["ij", "IJ", "ijs", "zorg", "όριο", "яма"]),
    ],
)
def test_a_reader_finds_names_where_they_are_looked_for(language, ordered):
    for shuffled in (ordered, ordered[::-1]):
        assert sorted(shuffled, key=lambda text: sort_key(text, language)) == ordered


def test_a_register_has_letters_without_accents():
    assert initial("Évora", "pt") == "E"
    assert initial("'t Huis", "nl") == "T"
    assert initial("йод", "bg") == "Й"
    assert initial("112", "en") == "#"
