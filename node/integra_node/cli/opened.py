"""What does a command about the records work with? The node of a home folder, opened."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from integra_node.actions.us import Us
    from integra_node.config import Config
    from integra_node.search.contract import SearchIndex
    from integra_node.store.database import Database

OPERATOR: Final = "operator"


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A node that was opened by a command; the server may be running beside it."""

    config: Config
    us: Us
    database: Database


@contextmanager
def open_node(home: Path) -> Iterator[Opened]:
    """Open settings, keys and database of a home folder for the length of the block.

    Raises:
        InputError: settings or keys are wrong, or the database is of another version.
    """
    from integra_node.config import load_config
    from integra_node.ourselves import make_us
    from integra_node.store.database import Database
    from integra_node.store.migrate import check_current

    config = load_config(home)
    us = make_us(config)
    database = Database.open(config.database_url)
    try:
        check_current(database)
        yield Opened(config=config, us=us, database=database)
    finally:
        database.close()


@contextmanager
def open_index(opened: Opened, *, catch_up: bool = True) -> Iterator[SearchIndex]:
    """Open the search index, brought up to the store first if nobody else has done so.

    Raises:
        UnavailableError: the index cannot be read or written.
    """
    from integra_node.actions.terms import vocabulary_with
    from integra_node.search import engine
    from integra_node.search.vocabulary import load_vocabulary

    vocabulary = opened.database.read_now(lambda tx: vocabulary_with(tx, load_vocabulary()))
    index = engine.open_index(
        opened.config.home / engine.INDEX_FOLDER, vocabulary, opened.config.search.engine
    )
    try:
        if catch_up:
            _catch_up(opened, index)
        yield index
    finally:
        index.close()


def _catch_up(opened: Opened, index: SearchIndex) -> None:
    from integra_node.actions.indexing import BATCH, documents_after

    while True:
        watermark = index.watermark()
        batch = opened.database.read_now(
            lambda tx, watermark=watermark: documents_after(tx, opened.us, watermark, BATCH)  # type: ignore[misc]  # bound at once
        )
        if batch.watermark <= watermark:
            return
        index.apply(batch.documents, batch.removed, batch.watermark)
