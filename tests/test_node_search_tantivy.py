import os

import pytest

from integra_node.search.tantivy_index import TantivyIndex
from search_corpus import ALL, VOCABULARY, document


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "index"


@pytest.fixture
def library(folder):
    index = TantivyIndex(folder, VOCABULARY)
    index.apply([document(n, body="mentor") for n in range(8)], [], 10)
    return index


@pytest.mark.parametrize("pattern", ["meta.json", "*.term", "*.idx", "*.fast", "*.store"])
@pytest.mark.parametrize("damage", ["gone", "empty", "short"])
def test_damaged_files_mean_an_empty_index(folder, library, pattern, damage):
    for path in folder.glob(pattern):
        if damage == "gone":
            path.unlink()
        else:
            os.truncate(path, 0 if damage == "empty" else path.stat().st_size // 2)
    again = TantivyIndex(folder, VOCABULARY)
    assert (again.watermark(), again.count(ALL)) == (0, 0)
    again.apply([document(1)], [], 1)
    assert again.count(ALL) == 1
