import random

import pytest

from integra_node.config import SearchSettings
from integra_node.search import engine as engine_module
from integra_node.search.audience import audience_for
from integra_node.search.contract import SearchRequest
from integra_node.search.engine import open_index
from integra_node.search.index import WhooshIndex
from integra_node.search.tantivy_index import TantivyIndex
from integra_protocol.errors import InputError
from search_corpus import ALL, ENGINES, VOCABULARY, ask, document

WORDS = {
    "en": "probation prison mentor release family housing debt crisis dialogue officer the of",
    "fr": "probation prison mentor famille logement dette sortie accompagnement surveillant de la",
    "nl": "reclassering gevangenis mentor familie schulden nazorg begeleiding gedetineerden de het",
    "bg": "пробация затвор наставник семейство дългове криза осъдени служител и на",
}
FILTERS = {
    "language": ("en", "nl"),
    "setting": ("prison",),
    "country": ("FR", "BG"),
    "org": ("org-1", "org-2"),
    "evidence_min": 3,
    "concept": ("probation",),
}


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    rng = random.Random(11)
    rows = [made_up(number, rng) for number in range(240)]
    indexes = []
    for name, engine in ENGINES.items():
        index = engine(tmp_path_factory.mktemp(name) / "index", VOCABULARY)
        index.build(rows, 1)
        index.apply([made_up(number, random.Random(number)) for number in range(0, 60, 3)],
                    [row.ref for row in rows[100:120]], 2)  # fmt: skip
        indexes.append(index)
    return indexes


def made_up(number, rng):
    language = rng.choice(sorted(WORDS))
    words = WORDS[language].split()
    return document(
        number,
        language=language,
        title=" ".join(rng.sample(words, 3)),
        summary=" ".join(rng.choices(words, k=6)),
        body=" ".join(rng.choices(words, k=rng.randint(5, 40))),
        audience=frozenset({rng.choice(["all", "all", "org:x"])}),
        org=f"org-{rng.randint(0, 4)}",
        country=(rng.choice(["FR", "NL", "BG"]),),
        settings=tuple(rng.sample(["prison", "probation", "community"], k=2)),
        stages=(rng.choice(["aftercare", "prevention"]),),
        evidence=rng.randint(-1, 5),
        published_at=1_700_000_000 + rng.randint(0, 10_000_000),
    )


def queries(rng):
    every = [word for words in WORDS.values() for word in words.split()]
    for _ in range(60):
        words = rng.sample(every, 3)
        yield rng.choice(
            [
                words[0],
                " ".join(words),
                f"+{words[0]} +{words[1]}",
                f"{words[0]} -{words[1]}",
                f'"{words[0]} {words[1]}"',
                f"{words[0][:4]}*",
                f"title:{words[0]} {words[1]}",
                f"-{words[0]}",
                f"{words[0]}x {words[1]}",
                "",
            ]
        )


@pytest.mark.parametrize("tokens", [{"all"}, {"all", "org:x"}, {"org:x"}])
def test_both_engines_find_the_same(both, tokens):
    audience = audience_for(tokens)
    rng = random.Random(repr(sorted(tokens)))
    for q in queries(rng):
        chosen = rng.sample(sorted(FILTERS), k=rng.randint(0, 2))
        request = {name: FILTERS[name] for name in chosen}
        request["expand"] = rng.random() < 0.5
        one, other = [everything(index, audience, q, request) for index in both]
        assert one == other, (q, request)


def everything(index, audience, q, request):
    pages = [ask(index, audience, q, page=page, **request) for page in range(1, 6)]
    results = pages[0].results
    refs = [ref for page in pages for ref in page.refs]
    assert len(refs) == len(set(refs)) == results.total
    listed = index.refs(audience, SearchRequest(q=q, **request), 1_000)
    assert list(listed) == refs
    assert list(index.refs(audience, SearchRequest(q=q, **request), 7)) == refs[:7]
    newest = ask(index, audience, q, sort="newest", **request).refs
    return {
        "refs": sorted(refs),
        "newest": newest,
        "total": results.total,
        "facets": results.facets,
        "relaxations": sorted((one.drop_filter, one.count) for one in results.relaxations),
        "expanded": results.expanded,
        "suggestion": results.suggestion,
    }


def test_both_engines_agree_on_the_best(both):
    agreed = []
    for q in queries(random.Random(5)):
        one, other = (ask(index, ALL, q, per_page=5).refs for index in both)
        agreed.append(len(set(one) & set(other)) / max(len(one), 1) if one else 1.0)
    assert sum(agreed) / len(agreed) > 0.7


def test_both_engines_count_concepts_organisations_and_words_alike(both):
    for tokens in ({"all"}, {"org:x"}):
        audience = audience_for(tokens)
        one, other = both
        assert one.concepts(audience) == other.concepts(audience)
        assert one.count(audience) == other.count(audience)
        for prefix in ("pr", "ме", "ged", "xx"):
            assert one.suggest(audience, prefix) == other.suggest(audience, prefix)
    assert both[0].counts_by_org() == both[1].counts_by_org()


def test_the_setting_chooses_the_engine(tmp_path):
    assert isinstance(open_index(tmp_path / "a", VOCABULARY, "whoosh"), WhooshIndex)
    assert isinstance(open_index(tmp_path / "b", VOCABULARY, "tantivy"), TantivyIndex)


def test_an_engine_that_is_not_installed_is_said_when_settings_are_read(monkeypatch, tmp_path):
    monkeypatch.setattr(engine_module, "find_spec", lambda name: None)
    assert SearchSettings(engine="whoosh").engine == "whoosh"
    with pytest.raises(ValueError, match="pip install"):
        SearchSettings(engine="tantivy")
    with pytest.raises(InputError):
        open_index(tmp_path, VOCABULARY, "tantivy")
