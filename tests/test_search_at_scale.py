"""The short form of what tests/acceptance/search_at_scale.py shows with 50,000 practices."""

import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parent / "acceptance"))

from search_at_scale import run


@pytest.mark.parametrize("engine", ["whoosh", pytest.param("tantivy", marks=pytest.mark.slow)])
def test_an_index_is_built_killed_and_asked_meanwhile(tmp_path, engine):
    run(tmp_path, 200, engine, kills=1, tries=1, within_s=30)
