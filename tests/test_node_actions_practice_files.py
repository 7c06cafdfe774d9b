"""Do files travel with a practice, whole or not at all, and are they erased with it?"""

import hashlib
import random

import pytest

from handover_pair import sync
from integra_node.actions import (
    library,
    practice_drafts,
    practice_files,
    practice_rows,
    practices,
)
from integra_node.actions.practice_drafts import NotAuthorError
from integra_node.rules.permissions import Role
from integra_node.rules.practice import PracticeStateError
from integra_node.rules.problems import InvalidFieldsError
from integra_node.store import attachments, log
from integra_protocol.errors import NotFoundError
from integra_protocol.limits import MAX_PART_BYTES
from practice_agencies import BODY, make_three

LARGE = b"%PDF-1.7\n" + random.Random(1).randbytes(2 * 2**20)
SMALL = "Plano: oito sessões.".encode()


@pytest.fixture
def three(tmp_path):
    agencies = make_three(tmp_path)
    for agency in agencies:
        agency.add("bea", Role.CONTRIBUTOR, pin=None)
    sync(*agencies)
    yield agencies
    for agency in agencies:
        agency.database.close()


def do(agency, act, *args, who="ana", **options):
    staff = agency.people[who]
    return agency.write(lambda tx: act(tx, *args, staff=staff, now=agency.now, **options))


def published(agency, *files, row=None):
    """Publish a practice, or the next version of one, with files; return its row."""
    row = row or do(agency, practice_drafts.create, agency.us, BODY)
    for name, data in files:
        do(agency, practice_files.add, row.id, name, data)
    do(agency, practice_drafts.submit, row.id)
    return do(agency, practices.publish, agency.us, row.id, who="bea")


def files_at(agency, ref):
    staff = agency.people["rui"]

    def load(tx):
        found = library.read_published(tx, agency.us, ref, staff=staff)
        return practice_files.of_published(tx, agency.us, found)

    return agency.read(load)


def take(agency, ref, data):
    digest, staff = hashlib.sha256(data).hexdigest(), agency.people["rui"]
    return agency.read(lambda tx: practice_files.take_out(tx, agency.us, ref, digest, staff=staff))


def parts(agency, data):
    digest = hashlib.sha256(data).digest()

    def load(tx):
        held = log.get(tx, "pt-prison/log/1")
        return held.id, attachments.parts_held(tx, held.id, digest, held.size)

    return agency.read(load)


def test_a_file_of_two_mebibytes_arrives_whole_at_a_partner(three):
    pt, fr, _ = three
    ref = practice_rows.published_ref(published(pt, ("Plano.pdf", LARGE), ("a.txt", SMALL)))
    sync(*three)
    found = {one.name: one for one in files_at(fr, ref)}
    assert {name: one.state for name, one in found.items()} == {
        "Plano.pdf": "here",
        "a.txt": "here",
    }
    assert found["Plano.pdf"].size == len(LARGE)
    given = take(fr, ref, LARGE)
    assert (given.data == LARGE, given.media) == (True, "application/pdf")
    assert len(parts(fr, LARGE)[1]) == -(-len(LARGE) // MAX_PART_BYTES)


def test_a_file_with_a_missing_part_is_arriving_and_not_given(three):
    pt, fr, _ = three
    ref = practice_rows.published_ref(published(pt, ("Plano.pdf", LARGE)))
    sync(*three)
    log_id, held = parts(fr, LARGE)
    fr.write(lambda tx: log.forget_blob(tx, log_id, held[3].idx))
    assert [one.state for one in files_at(fr, ref)] == ["arriving"]
    with pytest.raises(NotFoundError):
        take(fr, ref, LARGE)


def test_parts_that_are_not_the_file_are_never_given(three, monkeypatch):
    pt, fr, _ = three
    honest = practice_files.parse_part  # what the issuer signs stays; one byte of it is another
    ref = practice_rows.published_ref(published(pt, ("Plano.pdf", LARGE)))
    sync(*three)

    def flipped(content):
        part = honest(content)
        data = bytes([part.data[0] ^ 1]) + part.data[1:]
        return type(part)(file_hash=part.file_hash, number=part.number, count=part.count, data=data)

    monkeypatch.setattr(practice_files, "parse_part", flipped)
    assert [one.state for one in files_at(fr, ref)] == ["arriving"]
    with pytest.raises(NotFoundError):
        take(fr, ref, LARGE)


def test_a_newer_version_sends_its_files_anew_and_erases_the_former_ones(three):
    pt, fr, _ = three
    row = published(pt, ("a.txt", SMALL))
    first = practice_rows.published_ref(row)
    do(pt, practice_drafts.begin_version, row.id)
    other = b"another plan"
    after = published(pt, ("b.txt", other), row=row)
    sync(*three)
    second = practice_rows.published_ref(after)
    assert [(one.name, one.state) for one in files_at(fr, second)] == [
        ("a.txt", "here"),
        ("b.txt", "here"),
    ]
    assert [one.state for one in files_at(fr, first)] == ["gone"]
    assert take(fr, second, SMALL).data == SMALL


def test_withdrawing_erases_the_files_everywhere(three):
    pt, fr, _ = three
    row = published(pt, ("a.txt", SMALL))
    ref = practice_rows.published_ref(row)
    sync(*three)
    assert take(fr, ref, SMALL).data == SMALL
    do(pt, practices.withdraw, pt.us, row.id, reason="wrong", who="ana")
    sync(*three)
    for agency in (pt, fr):
        assert parts(agency, SMALL)[1] == []
        with pytest.raises(NotFoundError):
            take(agency, ref, SMALL)


def test_files_are_put_and_taken_away_by_the_author_of_a_draft_only(three):
    pt = three[0]
    row = do(pt, practice_drafts.create, pt.us, BODY)
    digest = hashlib.sha256(SMALL).hexdigest()
    with pytest.raises(NotAuthorError):
        do(pt, practice_files.add, row.id, "a.txt", SMALL, who="bea")
    do(pt, practice_files.add, row.id, "a.txt", SMALL)
    with pytest.raises(InvalidFieldsError):
        do(pt, practice_files.add, row.id, "again.txt", SMALL)
    with pytest.raises(NotAuthorError):
        do(pt, practice_files.remove, row.id, digest, who="bea")
    do(pt, practice_drafts.submit, row.id)
    for act, args in ((practice_files.add, ("b.txt", b"b")), (practice_files.remove, (digest,))):
        with pytest.raises(PracticeStateError):
            do(pt, act, row.id, *args)
    do(pt, practice_drafts.give_back, row.id, reason="")
    do(pt, practice_files.remove, row.id, digest)
    assert pt.read(lambda tx: practice_files.of_draft(tx, row.id)) == ()


def test_all_files_of_a_practice_together_have_a_bound(three):
    pt = three[0]
    row = do(pt, practice_drafts.create, pt.us, BODY)
    do(pt, practice_files.add, row.id, "a.txt", b"x" * (60 * MAX_PART_BYTES))
    with pytest.raises(InvalidFieldsError) as refused:
        do(pt, practice_files.add, row.id, "b.txt", b"y" * (5 * MAX_PART_BYTES))
    assert refused.value.problems[0].code == "files_too_large"
