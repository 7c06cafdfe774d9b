from hypothesis import given, settings
from hypothesis import strategies as st

from integra_node.search.snippets import SNIPPET_CHARS, Marks, marked, snippet
from search_corpus import VOCABULARY

MARKS = Marks(
    terms=frozenset({"mentor"}),
    surfaces=frozenset(),
    prefixes=("volun",),
    concepts=frozenset({"sentenced-person"}),
)


def test_words_prefixes_and_concepts_are_marked():
    pieces = marked("Mentors and voluntary help for prisoners", "en", MARKS, VOCABULARY)
    assert [text for text, is_match in pieces if is_match] == ["Mentors", "voluntary", "prisoners"]


@settings(max_examples=100, deadline=None)
@given(text=st.text(alphabet=st.sampled_from("mentor vlus. <>&\n"), max_size=900))
def test_pieces_are_the_text_itself_and_a_snippet_is_short(text):
    assert "".join(piece for piece, _ in marked(text, "en", MARKS, VOCABULARY)) == text
    shown = "".join(piece for piece, _ in snippet(text, "en", MARKS, VOCABULARY))
    assert len(shown) <= SNIPPET_CHARS + 4
    assert shown.removeprefix("… ").removesuffix(" …") in text
