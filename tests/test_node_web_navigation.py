"""Under which link of the band does a page stand?"""

import pytest

from integra_node.web.navigation import section_of


@pytest.mark.parametrize(
    "path, section",
    [
        ("/today", "/today"),
        ("/", "/"),
        ("/search/export", "/search"),
        ("/searches/s1/edit", "/search"),
        ("/browse/concepts", "/search"),
        ("/practices/fr-ngo~1~7", "/search"),
        ("/practices/fr-ngo~1~7/adapt", "/search"),
        ("/practices/compare", "/search"),
        ("/practices", "/practices"),
        ("/practices/0f3c/edit", "/practices"),
        ("/practices/compared", "/practices"),
        ("/imports/0f3c", "/practices"),
        ("/alerts/fr-ngo~1~7", "/alerts"),
    ],
)
def test_what_is_published_stands_in_the_library_and_drafts_with_our_practices(path, section):
    assert section_of(path) == section
