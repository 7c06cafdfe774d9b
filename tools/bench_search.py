"""How fast is a search page over N practices, in CPU milliseconds?

Usage: ``bench_search.py [DOCUMENTS] [--engine NAME] [--folder DIR] [--seed N]``.  Prints one
JSON line for the build, one for each class of queries and one for the mix.  The corpus is made up:
words of several languages drawn by Zipf's law around topics, so that posting lists are as long and phrases as
frequent as in prose.  Each query is asked once to warm the analysers' word memory and measured at
its second asking; nothing but that memory and the reader's view is kept between the two.
"""

from __future__ import annotations

import argparse
import itertools
import json
import random
import resource
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final, get_args

from integra_node.search.audience import Audience, audience_for
from integra_node.search.contract import Document, SearchIndex, SearchRequest
from integra_node.search.engine import DEFAULT_ENGINE, Engine, open_index
from integra_node.search.stopwords import STOPWORDS
from integra_node.search.vocabulary import Vocabulary, load_vocabulary

QUERIES: Final = 40
WORDS: Final = 30_000
"""Different words of one language."""
DOCUMENT_WORDS: Final = 300
"""About 2 KB."""
ZIPF: Final = 1.05
_LANGUAGES: Final = ("en", "fr", "pt", "it", "nl", "de", "es", "el")
_SHARES: Final = (40, 12, 10, 10, 8, 8, 6, 6)
_SYLLABLES: Final = (
    *("ba", "de", "fi", "go", "lu", "ma", "ne", "pi", "ro", "su", "ta"),
    *("ve", "zo", "cha", "pre", "tri", "con", "per", "ste", "mor", "lin", "dar"),
)


class Language:
    """The made-up vocabulary of one language, commonest word first."""

    def __init__(self, code: str, vocabulary: Vocabulary, rng: random.Random) -> None:
        self.code = code
        self.stop = sorted(STOPWORDS[code])
        labels = [c.preferred[code] for c in vocabulary.concepts.values() if code in c.preferred]
        made = ("".join(rng.choices(_SYLLABLES, k=rng.randint(2, 5))) for _ in itertools.count())
        words = dict.fromkeys(itertools.islice(made, WORDS * 2))
        self.words = list(words)[:WORDS]
        for place, label in enumerate(labels):
            self.words.insert(20 + 12 * place, label)
        self.weights = list(
            itertools.accumulate(1 / (n + 10) ** ZIPF for n in range(len(self.words)))
        )

    def text(self, words: int, rng: random.Random) -> str:
        """Return prose of about so many words; a third are stop words."""
        content = rng.choices(self.words, cum_weights=self.weights, k=words * 2 // 3)
        stop = rng.choices(self.stop, k=words // 3)
        mixed = [
            word for three in zip(content[::2], content[1::2], stop, strict=False) for word in three
        ]
        return " ".join(mixed)


def documents(count: int, languages: Sequence[Language], rng: random.Random) -> Iterator[Document]:
    """Yield count made-up practices."""
    for number in range(count):
        language = rng.choices(languages, weights=_SHARES)[0]
        yield Document(
            ref=f"org-{number % 40}~1~{number}",
            seq=number,
            kind="practice",
            language=language.code,
            title=language.text(6, rng),
            summary=language.text(30, rng),
            body=language.text(DOCUMENT_WORDS - 36, rng),
            audience=frozenset({rng.choice(["all", "all", "all", "org:a"])}),
            org=f"org-{number % 40}",
            country=(rng.choice(["PT", "FR", "IT", "BG", "EL", "NL"]),),
            settings=tuple(rng.sample(["prison", "probation", "community", "transition"], k=2)),
            stages=(rng.choice(["prevention", "disengagement", "rehabilitation", "aftercare"]),),
            evidence=rng.randint(0, 5),
            tlp=rng.choice(["CLEAR", "GREEN"]),
            published_at=1_700_000_000 + number * 60,
        )


def queries(language: Language, rng: random.Random) -> dict[str, list[str]]:
    """Return the classes of queries, 40 each."""
    common, middle = language.words[:150], language.words[100:1_500]

    def some(make: Callable[[], str]) -> list[str]:
        return [make() for _ in range(QUERIES)]

    return {
        "common": some(lambda: rng.choice(common)),
        "rare": some(lambda: rng.choice(language.words[5_000:])),
        "three_any": some(lambda: " ".join([rng.choice(common), *rng.sample(middle, 2)])),
        "three_all": some(lambda: " ".join(_must(word) for word in rng.sample(common, 3))),
        "phrase": some(lambda: f'"{rng.choice(common[:60])} {rng.choice(common[:60])}"'),
    }


def _must(word: str) -> str:
    return f'+"{word}"' if " " in word else "+" + word


def measure(
    index: SearchIndex, audience: Audience, asked: Sequence[str], *, expand: bool
) -> list[float]:
    """Return the CPU milliseconds of each query, page of ten with snippets and all facets."""
    times = []
    for q in asked:
        request = SearchRequest(q=q, expand=expand, reader_languages=("en",))
        index.search(audience, request)
        start = time.process_time()
        index.search(audience, request)
        times.append((time.process_time() - start) * 1000)
    return times


def report(name: str, times: Sequence[float], **more: object) -> None:
    """Print one line of results."""
    ordered = sorted(times)
    p95 = ordered[int(len(ordered) * 0.95)]
    line = {"class": name, "p50_ms": round(statistics.median(times), 2), "p95_ms": round(p95, 2)}
    print(json.dumps({**line, **more}), flush=True)


def run(count: int, folder: Path, seed: int, engine: Engine) -> None:
    """Build an index of count documents in folder and measure it."""
    rng = random.Random(seed)  # noqa: S311  repeatable, not secret
    vocabulary = load_vocabulary()
    languages = [Language(code, vocabulary, rng) for code in _LANGUAGES]
    corpus = list(documents(count, languages, rng))
    index = open_index(folder, vocabulary, engine)
    cpu, wall = time.process_time(), time.perf_counter()
    index.build(corpus, watermark=count)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    print(
        json.dumps(
            {
                "class": "build",
                "engine": engine,
                "documents": count,
                "docs_per_wall_s": round(count / wall),
                "docs_per_cpu_s": round(count / cpu),
                "disk_mb": round(sum(p.stat().st_size for p in folder.rglob("*")) / 1e6, 1),
                "peak_rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
            }
        ),
        flush=True,
    )
    audience = audience_for({"all"})
    asked = queries(languages[0], rng)
    mix: list[float] = []
    for name, some in asked.items():
        times = measure(index, audience, some, expand=True)
        plain = measure(index, audience, some, expand=False)
        mix.extend(times)
        report(name, times, without_thesaurus_p50_ms=round(statistics.median(plain), 2))
    report("mix", mix, documents=count)
    report_commits(index, documents(30, languages, rng), count)


def report_commits(index: SearchIndex, some: Iterator[Document], watermark: int) -> None:
    """Measure adding documents one at a time, wall milliseconds."""
    times = []
    for number, document in enumerate(some, 1):
        start = time.perf_counter()
        index.apply([document], [], watermark + number)
        times.append((time.perf_counter() - start) * 1000)
    report("commit_one_wall", times)


def main(argv: Sequence[str]) -> int:
    """Run the benchmark from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("documents", type=int, nargs="?", default=10_000)
    parser.add_argument("--engine", choices=get_args(Engine), default=DEFAULT_ENGINE)
    parser.add_argument("--folder", type=Path, default=None)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(argv)
    folder = options.folder or Path(tempfile.mkdtemp(prefix="bench-search-"))
    try:
        run(options.documents, folder / "index", options.seed, options.engine)
    finally:
        if options.folder is None:
            shutil.rmtree(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
