"""Words that A adds to the thesaurus find at B what they name, once everything is annotated anew."""

import copy
import time

from federation_lab import running_lab
from integra_node.actions import terms
from integra_node.actions.practice_imports import import_practice
from integra_node.search.contract import SearchRequest
from integra_node.search.progress import read_progress
from practice_agencies import BODY
from search_corpus import ALL

CODES = {
    "concepts": [
        {
            "id": "vegetable-growing",
            "prefLabel": {"en": "vegetable growing", "pt": "hortofloricultura"},
        }
    ]
}


async def test_words_of_one_member_work_at_another(tmp_path):
    orgs = [("pt-prison", "casework"), ("fr-probation", "casework")]
    async with running_lab(tmp_path, orgs) as lab:
        issuer, reader = lab.nodes["pt-prison"], lab.nodes["fr-probation"]
        body = copy.deepcopy(BODY)
        body["title"][body["language"]] = "Hortofloricultura no pátio"

        def publish(act, *args, **more):
            issuer.database.write_now(
                lambda tx: act(tx, issuer.us, *args, actor="operator", now=int(time.time()), **more)
            )
            issuer.federation.committed.give()

        async def is_held():
            return reader.index.count(ALL) == 1

        async def is_known():
            return "vegetable-growing" in reader.index.vocabulary.concepts

        async def is_found():
            asked = SearchRequest(q="vegetable growing", reader_languages=("en",))
            return reader.index.search(ALL, asked).total == 1

        publish(import_practice, body, source_id="s")
        await lab.until(is_held)
        assert not await is_found()
        publish(terms.publish_as_operator, CODES)
        await lab.until(is_known)
        await lab.until(is_found, timeout_s=30)
        assert not reader.index.is_stale
        assert read_progress(lab.members["fr-probation"].home / "index") is None
