"""What do the tests of search look for?"""

from dataclasses import dataclass

from integra_node.search.audience import audience_for
from integra_node.search.contract import Document, SearchRequest
from integra_node.search.index import WhooshIndex
from integra_node.search.tantivy_index import TantivyIndex
from integra_node.search.vocabulary import load_vocabulary

ENGINES = {"tantivy": TantivyIndex, "whoosh": WhooshIndex}
VOCABULARY = load_vocabulary()
ALL = audience_for({"all"})
NOBODY = audience_for(())


def document(number, **changes):
    values = {
        "ref": f"fr-ngo~1~{number}",
        "seq": number,
        "kind": "practice",
        "language": "en",
        "title": f"Practice number {number}",
        "summary": "",
        "body": "",
        "audience": frozenset({"all"}),
        "org": "fr-ngo",
        "country": ("FR",),
        "settings": ("prison",),
        "stages": ("aftercare",),
        "evidence": 2,
        "tlp": "CLEAR",
        "published_at": 1_700_000_000 + number,
    }
    return Document(**{**values, **changes})


@dataclass(frozen=True)
class Answer:
    results: object

    @property
    def refs(self):
        return [hit.ref for hit in self.results.hits]

    @property
    def numbers(self):
        return [int(ref.rpartition("~")[2]) for ref in self.refs]

    @property
    def total(self):
        return self.results.total

    def facet(self, name):
        return {one.value: one.count for one in self.results.facets[name]}


def ask(index, audience, q="", **request):
    return Answer(index.search(audience, SearchRequest(q=q, **{"per_page": 50, **request})))
