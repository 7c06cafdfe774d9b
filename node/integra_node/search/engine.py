"""Which engine keeps the index?

Whoosh, in Python alone, is enough for some ten thousand practices; tantivy, an extra, for more of
them or for many readers.  Both keep the promises of `SearchIndex`.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Final, Literal

from integra_node.search.contract import SearchIndex
from integra_node.search.vocabulary import Vocabulary
from integra_protocol.errors import InputError

Engine = Literal["whoosh", "tantivy"]
DEFAULT_ENGINE: Final[Engine] = "whoosh"
INDEX_FOLDER: Final = "index"
"""In the home folder of a node."""

TANTIVY_FOLDER: Final = "tantivy"
MISSING: Final = (
    'the engine "tantivy" is an extra that is not installed: '
    "pip install 'integra[tantivy]', or set [search] engine = \"whoosh\""
)


def is_installed(engine: Engine) -> bool:
    """Tell whether engine can be used on this machine."""
    return engine == DEFAULT_ENGINE or find_spec("tantivy") is not None


def open_index(folder: Path, vocabulary: Vocabulary, engine: Engine) -> SearchIndex:
    """Return the node's index in folder, made if need be.

    Raises:
        InputError: the engine is not installed.
        UnavailableError: folder is not ours, or the disk failed.
    """
    if not is_installed(engine):
        raise InputError(MISSING)
    if engine == "tantivy":
        from integra_node.search.tantivy_index import TantivyIndex

        return TantivyIndex(folder / TANTIVY_FOLDER, vocabulary)
    from integra_node.search.index import WhooshIndex

    return WhooshIndex(folder, vocabulary)
