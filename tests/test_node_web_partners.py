"""What the page of partners says of the search index."""

import pytest

from integra_node.rules.permissions import Role
from integra_node.search.progress import reported
from members import join
from search_corpus import VOCABULARY, document
from staff_site import open_site


@pytest.fixture
async def page(tmp_path):
    async with open_site(tmp_path) as site:
        join(site.database, site.context.us)
        site.add("rita", Role.READER)
        site.context.index.build([document(n) for n in range(3)], 1)
        async with site.browser("rita") as browser:

            async def read():
                answer = await browser.get("/partners")
                assert answer.status == 200
                return await answer.text()

            read.site = site
            yield read


async def test_the_page_says_how_far_the_index_is(page):
    assert "3 texts can be searched." in await page()
    folder = page.site.context.config.home / "index"
    under_way = reported(range(2_000), folder, 2_000, lambda _: None)
    for _ in range(1_500):
        next(under_way)
    text = await page()
    assert "The index is being built anew: 1,400 of 2,000." in text
    assert '<progress id="index-progress" max="2000" value="1400">' in text
    under_way.close()
    assert "3 texts can be searched." in await page()


async def test_the_page_says_that_words_have_changed(page):
    page.site.context.index.adopt(type(VOCABULARY)(VOCABULARY.concepts.values(), "other"))
    assert "the index will be built anew" in await page()
