"""The short form of the acceptance: a running node, read by three clients that are not ours."""

import pytest

from door_crowd import (
    HIDDEN,
    Crowd,
    change_while_reading,
    fill,
    open_agency,
    open_node,
    read_oai,
    read_taxii,
    reports,
    token,
    validate,
    wait_for_shelves,
)
from integra_node.store import audit
from integra_node.store.audit import AuditFilter


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    crowd = Crowd(folder=tmp_path_factory.mktemp("crowd"), alerts=60, practices=120, hidden=3)
    member = fill(crowd)
    with open_node(member) as (url, node):
        wait_for_shelves(url, node, crowd)
        yield crowd, member, url


def test_the_client_and_the_validator_of_oasis_agree_with_a_running_node(running):
    crowd, member, url = running
    outside, inside = token(member, "outsider"), token(member, "member")
    assert len(reports(read_taxii(url, outside, "alerts-clear", per_page=20))) == crowd.clear
    every = read_taxii(url, inside, "alerts-green", per_page=20)
    assert len(reports(every)) == crowd.alerts
    validate(every)
    found = change_while_reading(member, crowd, url, inside, at=[1, 2], per_page=20)
    assert {one["id"] for one in found} >= {one["id"] for one in reports(every)}
    with open_agency(member, crowd) as agency:
        rows = agency.read(lambda tx: audit.page(tx, AuditFilter(actor="door:x-outsider")))
    assert {row.object for row in rows} == {"shelf:alerts-clear"}


@pytest.mark.parametrize("prefix", ["oai_dc", "integra"])
def test_a_foreign_harvester_agrees_with_a_running_node(running, prefix):
    crowd, _, url = running
    found = read_oai(url, prefix)
    assert len(found) == crowd.practices
    assert not any(HIDDEN in str(one) for one in found)
