import os
import signal
import subprocess
import sys
import textwrap
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from integra_node.search.audience import Audience, audience_for
from integra_node.search.concept_tree import concept_tree
from integra_node.search.contract import SearchRequest
from integra_node.search.stamp import STAMP_NAME
from integra_node.search.vocabulary import Concept, Vocabulary
from integra_protocol.errors import InputError, UnavailableError
from search_corpus import ALL, ENGINES, NOBODY, VOCABULARY, ask, document

PARTNERS = audience_for({"all", "org:it-university"})


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "index"


@pytest.fixture(params=sorted(ENGINES))
def engine(request):
    return ENGINES[request.param]


@pytest.fixture
def index(folder, engine):
    return engine(folder, VOCABULARY)


@pytest.fixture
def library(index):
    """Ten practices in five languages; 7 to 9 are for one partner only."""
    rows = [
        document(0, title="Mentors after release", body="Volunteers meet people weekly. mentor"),
        document(1, title="Dialogue in prison", body="Chaplains and officers talk.", evidence=4),
        document(2, language="nl", title="Nazorg", body="De reclassering begeleidt gedetineerden.",
                 org="nl-probation", country=("NL",), settings=("community", "transition")),
        document(3, language="pt", title="Saída das prisões", body="Mentores acompanham reclusos.",
                 org="pt-prison", country=("PT",), evidence=5, stages=("reintegration",)),
        document(4, language="el", title="Αποφυλάκιση", body="Επανένταξη των κρατουμένων.",
                 org="el-ngo", country=("EL",), evidence=-1),
        document(5, kind="alert", title="Symbols seen in workshops", tlp="GREEN", body="Look out."),
        document(6, language="bg", title="Пробация", body="Наставници помагат на осъдените."),
        document(7, title="Zebra crossing therapy", body="zebra zebra mentor",
                 audience=frozenset({"org:it-university"}), org="secret-org", tlp="AMBER"),
        document(8, title="Quokka release", body="quokkas", language="ro", country=("RO",),
                 audience=frozenset({"org:it-university"}), settings=("vault",)),
        document(9, title="Nobody sees this", body="okapi", audience=frozenset()),
    ]  # fmt: skip
    index.apply(rows, [], 10)
    return index


# ---------------------------------------------------------------- what is found


@pytest.mark.parametrize(
    "q, numbers",
    [
        ("mentors", {0, 3, 6}),
        ("+mentors +volunteers", {0}),
        ("mentors -volunteers", {3, 6}),
        ('"officers talk"', {1}),
        ('"talk officers"', set()),
        ("gedetin*", {2}),
        ("title:mentors", {0}),
        ("title:release", {0}),
        ("TITRE:release", {0}),
        ("title:volunteers", set()),
        ('title:"mentors after"', {0}),
        ('title:"release mentors"', set()),
        ("title:saida", {3}),
        ("title:pris*", {1, 3}),
        ("prison -title:dialogue", {2, 3, 4}),
        ("+title:dialogue prison", {1}),
        ("title:", set()),
        ("prisões", {3}),
        ("PRISOES", {3}),
        ("αποφυλακιση", {0, 3, 4}),
        ("пробационни", {6, 2}),
        ("-mentors -prison", {2, 4, 5, 6}),
        ("the", set()),
        ("'\"", {0, 1, 2, 3, 4, 5, 6}),
    ],
)
def test_a_query_finds_exactly(library, q, numbers):
    assert set(ask(library, ALL, q, reader_languages=("en",)).numbers) == numbers


def test_a_concept_is_found_in_all_languages(library):
    answer = ask(library, ALL, "probation", reader_languages=("fr",))
    assert {2, 6} <= set(answer.numbers)
    assert "reclassering" in answer.results.expanded


def test_without_thesaurus_only_the_words_count(library):
    answer = ask(library, ALL, "probation", expand=False)
    assert answer.numbers == []
    assert answer.results.expanded == ()


def test_a_narrower_concept_is_found_below_the_word_itself(library):
    answer = ask(library, ALL, "sentenced person")
    assert {2, 3, 4} <= set(answer.numbers)


def test_a_concept_filters_and_is_counted_with_those_below_it(library):
    counts = library.concepts(ALL)
    assert counts["probation"] == 2
    assert counts["prisoner"] >= 3
    assert counts["sentenced-person"] >= counts["prisoner"]
    assert 0 not in counts.values()
    for concept, count in counts.items():
        assert ask(library, ALL, concept=(concept,)).total == count, concept
    assert set(ask(library, ALL, concept=("probation",)).numbers) == {2, 6}
    assert ask(library, ALL, concept=("probation",), language=("nl",)).numbers == [2]
    assert ask(library, ALL, "mentors", concept=("probation",)).numbers == [6]
    answer = ask(library, ALL, "mentors", concept=("no-such-concept",))
    assert answer.total == 0
    assert [one.drop_filter for one in answer.results.relaxations] == ["concept"]
    assert library.concepts(NOBODY) == {}


def test_the_tree_of_concepts_has_counts_and_labels_in_the_language_of_the_reader(library):
    tree = concept_tree(library.vocabulary, library.concepts(ALL), ("nl", "en"))
    tops = {one.label: one for one in tree}
    sentenced = tops["gevonniste persoon"]
    assert (sentenced.concept, sentenced.language) == ("sentenced-person", "nl")
    assert sentenced.count == ask(library, ALL, concept=("sentenced-person",)).total
    assert "prisoner" in {one.concept for one in sentenced.children}
    assert [one.label for one in tree] == sorted(tops, key=str.casefold)
    assert concept_tree(library.vocabulary, library.concepts(NOBODY), ("nl",)) == ()


def test_concepts_of_forbidden_documents_are_not_counted(index):
    hidden = document(1, body="probation", audience=frozenset({"org:x"}))
    index.apply([hidden, document(2, body="prison")], [], 1)
    assert "probation" not in index.concepts(ALL)
    assert index.concepts(audience_for({"org:x"}))["probation"] == 1


def test_results_of_one_level_sort_by_match_and_pages_run_through_the_levels(index):
    rows = [
        document(n, body="mentor " * (1 + n % 3) + "word", evidence=(-1, 5, 3)[n // 4])
        for n in range(12)
    ]
    index.apply(rows, [], 1)
    whole = ask(index, ALL, "mentor", sort="evidence").numbers
    assert [n // 4 for n in whole] == [1] * 4 + [2] * 4 + [0] * 4
    assert whole[0] % 3 == 2
    pages = [ask(index, ALL, "mentor", sort="evidence", page=n, per_page=5) for n in (1, 2, 3)]
    assert [n for page in pages for n in page.numbers] == whole
    assert ask(index, ALL, sort="evidence", page=2, per_page=3).numbers == [4, 11, 10]


def test_an_empty_query_lists_everything_newest_first(library):
    assert ask(library, ALL).numbers == [6, 5, 4, 3, 2, 1, 0]


def test_results_sort_by_evidence(library):
    assert ask(library, ALL, sort="evidence").numbers[:2] == [3, 1]


def test_pages_follow_each_other_without_gap_or_repeat(library):
    pages = [ask(library, ALL, page=page, per_page=3).numbers for page in (1, 2, 3, 4)]
    assert [len(page) for page in pages] == [3, 3, 1, 0]
    assert [*pages[0], *pages[1], *pages[2]] == ask(library, ALL).numbers


def test_filters_join_values_within_and_fields_across(library):
    assert ask(library, ALL, language=("nl", "pt")).numbers == [3, 2]
    assert ask(library, ALL, language=("nl", "pt"), country=("PT",)).numbers == [3]
    assert ask(library, ALL, setting=("transition",)).numbers == [2]
    assert ask(library, ALL, evidence_min=4).numbers == [3, 1]


def test_a_facet_ignores_its_own_filter_and_obeys_the_others(library):
    answer = ask(library, ALL, language=("nl",), kind=("practice",))
    assert answer.facet("language") == {"bg": 1, "el": 1, "en": 2, "nl": 1, "pt": 1}
    assert answer.facet("kind") == {"practice": 1}
    assert answer.facet("setting") == {"community": 1, "transition": 1}


def test_a_miss_says_which_filter_to_drop(library):
    answer = ask(library, ALL, "mentors", language=("de",), kind=("practice",))
    assert [(one.drop_filter, one.count > 0) for one in answer.results.relaxations] == [
        ("language", True)
    ]


def test_a_misspelt_word_is_respelt_as_the_text_spells_it(library):
    assert ask(library, ALL, "voluntears weekly").results.suggestion == "volunteers weekly"
    assert ask(library, ALL, "saida", language=("pt",)).results.suggestion is None
    assert ask(library, ALL, "sadia").results.suggestion == "saída"


def test_words_are_completed(library):
    assert library.suggest(ALL, "our volun") == ("volunteers",)
    assert library.suggest(ALL, "v") == ()
    assert library.suggest(ALL, "") == ()


def test_snippets_are_pieces_of_plain_text(index):
    index.apply([document(1, title="<b>Mentors</b>", body="<script>mentor</script> & more")], [], 1)
    hit = ask(index, ALL, "mentor").results.hits[0]
    assert hit.title == (("<b>", False), ("Mentors", True), ("</b>", False))
    assert ("mentor", True) in hit.snippet
    assert "".join(text for text, _ in hit.snippet) == "<script>mentor</script> & more"


def test_a_snippet_shows_the_passage_that_matches(index):
    body = "nothing here " * 200 + "the golden key lies there " + "nothing more " * 200
    index.apply([document(1, body=body)], [], 1)
    hit = ask(index, ALL, "golden key").results.hits[0]
    assert [text for text, is_match in hit.snippet if is_match] == ["golden", "key"]
    assert len("".join(text for text, _ in hit.snippet)) < 330
    assert hit.snippet[0] == ("… ", False)


# ---------------------------------------------------------------- who may see what


def test_an_empty_audience_sees_nothing(library):
    answer = ask(library, NOBODY, "mentors")
    assert (answer.total, answer.refs, library.count(NOBODY)) == (0, [], 0)
    assert all(values == () for values in answer.results.facets.values())
    assert library.suggest(NOBODY, "men") == ()


def test_an_audience_is_made_by_its_factory_only():
    with pytest.raises(TypeError):
        Audience(frozenset({"all"}), object())


def test_an_audience_does_not_change():
    with pytest.raises(AttributeError):
        ALL._tokens = frozenset({"org:it-university"})


@pytest.mark.parametrize("tokens", [{""}, {"x" * 201}, {"a\x1fb"}, {str(n) for n in range(1001)}])
def test_malformed_audience_tokens_are_refused(tokens):
    with pytest.raises(InputError):
        audience_for(tokens)


def test_the_right_audience_sees_what_others_do_not(library):
    assert ask(library, PARTNERS, "zebra").numbers == [7]
    assert library.count(PARTNERS) == 9


@pytest.mark.parametrize("q", ["zebra", "quokkas", "okapi", "zeb*", '"zebra zebra"', "+zebra"])
def test_a_forbidden_document_answers_no_query(library, q):
    answer = ask(library, ALL, q)
    assert (answer.total, answer.refs) == (0, [])


def test_a_forbidden_document_is_in_no_total_facet_or_count(library):
    answer = ask(library, ALL)
    assert answer.total == library.count(ALL) == 7
    for name in answer.results.facets:
        assert not {"secret-org", "AMBER", "RO", "ro", "vault"} & set(answer.facet(name))
    assert sum(answer.facet("tlp").values()) == 7


@pytest.mark.parametrize("q", ["zebar", "zebr", "quoka", "okapy"])
def test_a_forbidden_word_is_never_suggested(library, q):
    suggestion = ask(library, ALL, q).results.suggestion
    assert suggestion is None or not {"zebra", "quokka", "okapi"} & set(suggestion.split())
    assert library.suggest(ALL, q[:3]) == ()


def test_relaxations_count_visible_documents_only(library):
    answer = ask(library, ALL, "", country=("RO",))
    assert [(one.drop_filter, one.count) for one in answer.results.relaxations] == [("country", 7)]


def test_scores_do_not_depend_on_forbidden_documents(tmp_path, engine):
    visible = [document(n, body="mentor " * n + "dialogue") for n in range(1, 6)]
    hidden = [
        document(100 + n, body="mentor " * 50, audience=frozenset({"org:x"})) for n in range(20)
    ]
    scores = []
    for name, rows in (("without", visible), ("with", [*hidden[:10], *visible, *hidden[10:]])):
        one = engine(tmp_path / name, VOCABULARY)
        one.apply(rows, [], 1)
        scores.append([(hit.ref, hit.score) for hit in ask(one, ALL, "mentor").results.hits])
    without, with_hidden = scores
    assert [ref for ref, _ in without] == [ref for ref, _ in with_hidden]
    if engine is ENGINES["whoosh"]:  # tantivy's average length is that of all documents
        assert without == with_hidden


def test_a_change_of_audience_takes_effect_at_once(library):
    library.apply([document(0, title="Mentors", audience=frozenset({"org:x"}), seq=11)], [], 11)
    assert 0 not in ask(library, ALL, "mentors").numbers
    assert ask(library, audience_for({"org:x"}), "mentors").numbers == [0]


def test_feedback_draws_words_from_visible_documents_only(library):
    answer = ask(library, ALL, "mentor", feedback=True)
    assert not {7, 8, 9} & set(answer.numbers)
    assert {0, 3} <= set(answer.numbers)
    assert ask(library, ALL, "zebra", feedback=True).total == 0


def test_feedback_finds_what_shares_words_with_the_best(index):
    rows = [
        document(1, title="Yoga", body="yoga breathing calm stretching"),
        document(2, title="Calm", body="breathing calm stretching"),
        document(3, title="Housing", body="keys and rent"),
    ]
    index.apply(rows, [], 1)
    assert ask(index, ALL, "yoga").numbers == [1]
    assert ask(index, ALL, "yoga", feedback=True).numbers[:2] == [1, 2]


def test_similar_documents_are_visible_ones_and_not_the_document_itself(library):
    similar = library.similar(ALL, "fr-ngo~1~0")
    assert similar
    assert not {f"fr-ngo~1~{n}" for n in (0, 7, 8, 9)} & set(similar)
    assert library.similar(ALL, "fr-ngo~1~7") == ()
    assert library.similar(ALL, "no such ref") == ()
    assert library.similar(NOBODY, "fr-ngo~1~0") == ()


# ---------------------------------------------------------------- keeping up with the store


def test_applying_twice_changes_nothing(library):
    rows = [document(0, title="Changed title", seq=11)]
    library.apply(rows, [], 11)
    first = ask(library, ALL, "changed")
    library.apply(rows, [], 11)
    assert ask(library, ALL, "changed").results == first.results
    assert library.count(ALL) == 7


def test_of_two_versions_in_one_batch_the_later_counts(index):
    index.apply([document(1, title="new", seq=5), document(1, title="old", seq=4)], [], 5)
    assert ask(index, ALL, "new").numbers == [1]
    assert ask(index, ALL, "old").numbers == []


def test_removed_documents_are_gone_everywhere(library):
    library.apply([], ["fr-ngo~1~0", "fr-ngo~1~404"], 11)
    assert 0 not in ask(library, ALL, "mentors").numbers
    assert library.count(ALL) == 6
    assert library.suggest(ALL, "volun") == ()
    assert library.counts_by_org()["fr-ngo"] == 5


def test_many_commits_answer_as_one(index):
    for n in range(40):
        index.apply([document(n, body=f"mentor word{n}")], [f"fr-ngo~1~{n - 30}"], n + 1)
    assert ask(index, ALL, "mentor").total == 30
    before = ask(index, ALL, "mentor word35", expand=False).results.hits[0]
    index.compact()
    assert ask(index, ALL, "mentor").total == 30
    assert ask(index, ALL, "mentor word35", expand=False).results.hits[0].ref == before.ref
    assert ask(index, ALL, '"mentor word35"').numbers == [35]


def test_building_replaces_everything(library):
    library.build((document(n, body="fresh") for n in range(100, 400)), 77)
    assert (library.watermark(), library.count(ALL)) == (77, 300)
    assert ask(library, ALL, "mentors").total == 0
    assert ask(library, ALL, "fresh", page=6).numbers


def test_a_failed_batch_leaves_the_index_as_it_was(library):
    with pytest.raises(AttributeError):
        library.apply([document(50, body="half"), None], [], 50)
    assert (library.watermark(), library.count(ALL)) == (10, 7)
    library.apply([document(51, body="whole")], [], 51)
    assert ask(library, ALL, "whole").numbers == [51]


def test_a_second_index_on_the_folder_takes_up_what_the_first_commits(folder, library, engine):
    other = engine(folder, VOCABULARY)
    assert other.refresh() is False
    library.apply([document(20, body="wombat")], [], 11)
    assert other.refresh() is True
    assert (other.watermark(), ask(other, ALL, "wombat").numbers) == (11, [20])
    other.apply([], ["fr-ngo~1~20"], 12)
    library.apply([document(21, body="wombat")], [], 13)
    assert ask(library, ALL, "wombat").numbers == [21]


def test_a_writer_gives_up_while_another_holds_the_lock(folder, library, engine, monkeypatch):
    monkeypatch.setattr(sys.modules[type(library).__module__], "LOCK_TIMEOUT_S", 0.1)
    with engine(folder, VOCABULARY)._locked(), pytest.raises(UnavailableError):
        library.apply([document(30)], [], 30)
    library.apply([document(30)], [], 30)
    assert library.watermark() == 30


# ---------------------------------------------------------------- opening


def test_an_index_is_opened_where_it_was_left(folder, library, engine):
    again = engine(folder, VOCABULARY)
    assert again.watermark() == 10
    assert ask(again, ALL, "mentors").refs == ask(library, ALL, "mentors").refs


def test_the_folder_is_closed_to_others(folder, library):
    assert folder.stat().st_mode & 0o777 == 0o700


def test_a_link_is_not_used_as_folder(tmp_path, engine):
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    with pytest.raises(UnavailableError):
        engine(tmp_path / "link", VOCABULARY)


@pytest.mark.parametrize("stamp", [b"", b"[]", b"{", b'{"watermark": -1}', b"\xff" * 10])
def test_a_damaged_stamp_means_an_empty_index(folder, library, stamp, engine):
    (folder / STAMP_NAME).write_bytes(stamp)
    again = engine(folder, VOCABULARY)
    assert (again.watermark(), again.count(ALL)) == (0, 0)
    again.apply([document(1)], [], 1)
    assert again.count(ALL) == 1


def test_another_analyser_means_an_empty_index(folder, library, monkeypatch, engine):
    monkeypatch.setattr(sys.modules[engine.__module__], "ANALYSER_VERSION", 999)
    assert engine(folder, VOCABULARY).watermark() == 0


def test_another_thesaurus_is_used_at_once_and_makes_the_index_stale(folder, library, engine):
    word = Concept(
        id="pet-project", preferred={"en": "weekly"}, alternative={"nl": ("gedetineerde",)},
        broader=(), needs_review=(),
    )  # fmt: skip
    other = Vocabulary([*VOCABULARY.concepts.values(), word], "another")
    assert not library.is_stale
    library.adopt(other)
    assert library.is_stale
    assert ask(library, ALL, "weekly").numbers == [0]
    library.apply([document(11, language="nl", body="gedetineerden")], [], 11)
    assert set(ask(library, ALL, "weekly").numbers) == {0, 11}
    again = engine(folder, other)
    assert (again.is_stale, again.watermark(), again.count(ALL)) == (True, 11, 8)
    again.build([document(0, body="weekly"), document(2, language="nl", body="gedetineerden")], 12)
    assert not again.is_stale
    assert set(ask(again, ALL, "weekly").numbers) == {0, 2}
    assert library.refresh()
    assert not library.is_stale
    assert engine(folder, VOCABULARY).is_stale


def test_only_files_of_an_index_are_removed(folder, library, engine):
    (folder / "notes.txt").write_text("mine")
    (folder / STAMP_NAME).unlink()
    engine(folder, VOCABULARY)
    assert (folder / "notes.txt").read_text() == "mine"


WRITER = """
    import sys
    from pathlib import Path
    from search_corpus import ENGINES, VOCABULARY, document
    index = ENGINES[sys.argv[2]](Path(sys.argv[1]), VOCABULARY)
    number = index.watermark()
    while True:
        number += 1
        index.apply([document(number, body="mentor " * 50 + str(number))], [], number)
        print(number, flush=True)
"""


def test_killing_the_writer_loses_no_acknowledged_document(folder, engine):
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, sys.path))}
    command = [sys.executable, "-c", textwrap.dedent(WRITER), str(folder)]
    command.append(next(name for name, one in ENGINES.items() if one is engine))
    acknowledged = 0
    for round_ in range(int(os.environ.get("INTEGRA_KILLS", "3"))):
        with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as writer:
            for _ in range(5 + round_):
                acknowledged = int(writer.stdout.readline())
            threading.Event().wait(0.003 * round_)
            writer.send_signal(signal.SIGKILL)
            rest = writer.stdout.read().split()
        acknowledged = int(rest[-1]) if rest else acknowledged
        index = engine(folder, VOCABULARY)
        assert index.watermark() >= acknowledged
        assert index.count(ALL) >= acknowledged
        numbers = ask(index, ALL, "mentor", sort="newest").numbers
        assert acknowledged in numbers or len(numbers) == 50


def test_threads_get_the_same_answers_as_one(library):
    rows = [
        document(1000 + n, body=f"mentor dialogue family{n % 7} house{n % 5}") for n in range(300)
    ]
    library.apply(rows, [], 11)
    asked = ["mentor", "dialogue family3", '"family2 house1"', "hou*", "+mentor +family1", "famly3"]

    def answer(q):
        results = ask(library, ALL, q).results
        # with tantivy a score moves a little with every document that is there
        hits = [replace(hit, score=0.0) for hit in results.hits]
        return replace(results, hits=tuple(hits))

    expected = {q: answer(q) for q in asked}
    wrong = []
    stop = threading.Event()

    def read(number):
        for turn in range(60):
            q = asked[(number + turn) % len(asked)]
            if answer(q) != expected[q]:
                wrong.append(q)

    def write():
        n = 0
        while not stop.is_set():
            n += 1
            hidden = document(5000 + n % 3, body="mentor", audience=frozenset({"org:x"}))
            library.apply([hidden], [], 11 + n)

    writer = threading.Thread(target=write)
    readers = [threading.Thread(target=read, args=(number,)) for number in range(8)]
    writer.start()
    for thread in readers:
        thread.start()
    for thread in readers:
        thread.join()
    stop.set()
    writer.join()
    assert wrong == []


def test_requests_out_of_bounds_are_refused():
    for bad in ({"page": 51}, {"per_page": 51}, {"page": 0}, {"q": "x" * 2001}, {"sort": "best"},
                {"evidence_min": 6}, {"kind": ("x",) * 65}, {"org": ("x" * 201,)}):  # fmt: skip
        with pytest.raises(InputError):
            SearchRequest(**bad)


@pytest.mark.parametrize("change", [{"evidence": 6}, {"ref": ""}, {"org": "x" * 201},
                                    {"country": ("x",) * 65}, {"audience": frozenset({""})}])  # fmt: skip
def test_documents_out_of_bounds_are_refused(change):
    with pytest.raises(InputError):
        document(1, **change)


def test_a_document_of_the_greatest_length_is_searchable(index):
    body = " ".join(f"w{n}" for n in range(70_000))
    index.apply([document(1, body=body[:200_000])], [], 1)
    assert ask(index, ALL, '"w17 w18"').numbers == [1]


def test_closing_lets_go_of_everything(library):
    library.close()
    assert library.count(ALL) == 0
    assert Path(library._folder).exists()
