"""Words that members add to the thesaurus, on both databases."""

import pytest

from integra_node.actions import indexing, terms
from integra_node.rules.permissions import Profile, Role
from integra_node.rules.problems import InvalidFieldsError
from integra_node.rules.staff import Staff
from integra_node.rules.terms import MAX_TERMS, parse_terms, terms_from_wire, terms_to_wire
from integra_node.search.contract import SearchRequest
from integra_node.search.vocabulary import MAX_LABELS, Addition, widened
from integra_node.store import audit
from integra_protocol.errors import BadBodyError, NotAllowedError, NotFoundError
from members import NOW, join, make_us
from search_corpus import ALL, ENGINES, VOCABULARY, document

CODES = {
    "concepts": [
        {"id": "aftercare", "altLabel": {"nl": ["poortbegeleiding"]}},
        {
            "id": "horticulture",
            "prefLabel": {"en": "horticulture", "pt": "hortofloricultura"},
            "broader": ["employment"],
        },
    ]
}


class Office:
    def __init__(self, database):
        self.database, self.us = database, make_us()
        join(database, self.us)

    def publish(self, data=CODES):
        return self.database.write_now(
            lambda tx: terms.publish_as_operator(tx, self.us, data, actor="operator", now=NOW)
        )

    def vocabulary(self):
        return self.database.read_now(lambda tx: terms.vocabulary_with(tx, VOCABULARY))


@pytest.fixture
def office(database):
    return Office(database)


def test_published_words_are_part_of_the_thesaurus(office):
    assert office.vocabulary() is VOCABULARY
    done = office.publish()
    assert (done.ref, done.version, len(done.body.concepts)) == ("pt-prison~1~0", 1, 2)
    found = office.vocabulary()
    assert found.version != VOCABULARY.version
    assert "poortbegeleiding" in found.concepts["aftercare"].alternative["nl"]
    assert found.concepts["aftercare"].preferred == VOCABULARY.concepts["aftercare"].preferred
    assert found.broader("horticulture") == {"employment", *VOCABULARY.broader("employment")}
    last = office.database.read_now(lambda tx: list(audit.page(tx, audit.AuditFilter())))[0]
    assert "codes" in str(last)


def test_a_newer_list_replaces_the_one_before_and_a_withdrawal_ends_it(office):
    office.publish()
    again = office.publish({"concepts": [{"id": "falconry", "label": {"en": "falconry"}}]})
    assert again.version == 2
    assert {"falconry"} == set(office.vocabulary().concepts) - set(VOCABULARY.concepts)

    def withdraw(tx):
        return terms.withdraw_as_operator(tx, office.us, reason="wrong", actor="operator", now=NOW)

    assert office.database.write_now(withdraw) == 3
    assert office.vocabulary() is VOCABULARY
    with pytest.raises(NotFoundError):
        office.database.write_now(withdraw)
    assert office.publish().version == 4


def test_only_who_may_publish_practices_may_publish_words(office):
    def publish(staff):
        return office.database.write_now(
            lambda tx: terms.publish(tx, office.us, CODES, staff=staff, now=NOW)
        )

    def person(role):
        return Staff(
            account_id="a", username="a", roles=frozenset({role}), profile=Profile.CASEWORK
        )

    with pytest.raises(NotAllowedError):
        publish(person(Role.READER))
    assert publish(person(Role.CONTRIBUTOR)).version == 1


def test_the_index_is_told_of_new_words_and_holds_none_of_them(office):
    office.publish()
    batch = office.database.read_now(lambda tx: indexing.documents_after(tx, office.us, 0, 10))
    assert batch.with_terms
    assert (batch.documents, batch.removed) == ((), ())


@pytest.mark.parametrize("engine", sorted(ENGINES))
def test_a_word_of_a_member_finds_other_languages(office, engine, tmp_path):
    office.publish()
    index = ENGINES[engine](tmp_path / "index", office.vocabulary())
    rows = [
        document(1, language="nl", title="Poortbegeleiding"),
        document(2, language="el", title="Μετασωφρονιστική μέριμνα"),
    ]
    index.build(rows, 1)
    found = index.search(ALL, SearchRequest(q="poortbegeleiding", reader_languages=("nl",)))
    assert [hit.ref for hit in found.hits] == ["fr-ngo~1~1", "fr-ngo~1~2"]
    assert "nazorg" in found.expanded


@pytest.mark.parametrize(
    "bad",
    [
        {},
        {"concepts": []},
        {"concepts": "x"},
        {"concepts": [{"id": "Not An Id", "label": {"en": "x"}}]},
        {"concepts": [{"id": "a", "label": {"english language": "x"}}]},
        {"concepts": [{"id": "a", "label": {"en": "x" * 81}}]},
        {"concepts": [{"id": "a", "label": {"en": "x"}}] * 2},
        {"concepts": [{"id": f"a{n}", "label": {"en": "x"}} for n in range(MAX_TERMS + 1)]},
        {"concepts": [{"id": "a", "other": {"en": ["x"] * 13}}]},
        {"concepts": [{"id": "a", "broader": ["b"] * 9}]},
        {"concepts": [{"id": "a", "surprise": 1}]},
    ],
)
def test_a_malformed_list_is_not_published(bad):
    with pytest.raises(InvalidFieldsError):
        parse_terms(bad)


def test_a_partners_list_is_read_as_far_as_it_makes_sense():
    data = terms_to_wire(parse_terms(CODES), "x", 1)
    assert len(terms_from_wire(data).body.concepts) == 2
    odd = {**data, "concepts": [*data["concepts"], 7, {"id": "!"}, {"id": "b", "newer": 1}]}
    assert [term.id for term in terms_from_wire(odd).body.concepts] == [
        "aftercare", "horticulture", "b"
    ]  # fmt: skip
    for bad in ({**data, "concepts": 7}, {**data, "concepts": [7]}, {"id": "x"}):
        with pytest.raises(BadBodyError):
            terms_from_wire(bad)


def test_a_list_can_only_add(office):
    hostile = [
        Addition(id="prison", preferred={"en": "zoo"}, alternative={}, broader=("sport",)),
        Addition(id="the", preferred={"en": "the"}, alternative={}, broader=()),
        Addition(id="ghost", preferred={}, alternative={"en": ("ghost",)}, broader=()),
        Addition(id="loop", preferred={"en": "loop"}, alternative={}, broader=("loop", "gone")),
        *(
            Addition(id="prison", preferred={}, alternative={"en": (f"word{n}",)}, broader=())
            for n in range(MAX_LABELS + 50)
        ),
    ]
    found = widened(VOCABULARY, hostile)
    prison = found.concepts["prison"]
    assert prison.preferred["en"] == "prison"
    assert found.broader("prison") == VOCABULARY.broader("prison")
    assert len(prison.preferred) + sum(map(len, prison.alternative.values())) == MAX_LABELS
    assert "ghost" not in found.concepts
    assert found.broader("loop") == frozenset()
    assert set(VOCABULARY.concepts) <= set(found.concepts)
