import pytest

from integra_node.store import rosters
from integra_protocol.errors import UnknownKeyError, UnknownVersionError, WaitingError
from protocol_federation import ORGS, first_roster, signed

ROSTER = first_roster()
NOTE = signed(ROSTER.text)


def test_without_an_accepted_roster_a_node_waits(tx):
    assert rosters.newest_note(tx) is None
    assert rosters.chain(tx) == []
    with pytest.raises(WaitingError):
        rosters.current(tx)


def test_the_current_roster_is_read_from_the_newest_note(tx):
    rosters.save(tx, version=1, note=NOTE, now=5)
    assert rosters.current(tx).text == ROSTER.text
    assert rosters.newest_note(tx) == rosters.note_of(tx, 1) == NOTE
    assert rosters.accepted_at(tx, 1) == 5


def test_versions_are_ordered_as_numbers(tx):
    for version in (9, 10, 2):
        rosters.save(tx, version=version, note=b"note %d" % version, now=0)
    assert rosters.newest_note(tx) == b"note 10"
    assert rosters.chain(tx) == [b"note 2", b"note 9", b"note 10"]


def test_an_accepted_version_is_never_replaced(tx):
    rosters.save(tx, version=1, note=NOTE, now=5)
    rosters.save(tx, version=1, note=b"other", now=6)
    assert (rosters.note_of(tx, 1), rosters.accepted_at(tx, 1)) == (NOTE, 5)


def test_a_version_that_was_not_accepted_is_unknown(tx):
    with pytest.raises(UnknownVersionError):
        rosters.note_of(tx, 1)
    assert rosters.accepted_at(tx, 1) is None


def test_each_contradicting_text_is_kept_once(tx):
    for note in (b"one", b"two", b"one"):
        rosters.save_conflict(tx, version=1, note=note, now=0)
    assert rosters.conflicts(tx) == 2


def test_the_checkpoint_of_a_size_is_replaced_and_old_ones_go(tx):
    assert rosters.newest_checkpoint(tx) is None
    for size, note in ((1, b"a"), (2, b"b"), (2, b"b cosigned"), (3, b"c")):
        rosters.save_checkpoint(tx, size=size, note=note)
    assert rosters.newest_checkpoint(tx) == b"c"
    assert rosters.checkpoint_note(tx, 2) == b"b cosigned"
    assert rosters.checkpoint_note(tx, 1) is None


def test_sealing_keys_are_missing_until_they_were_fetched(tx):
    assert {org for org, _, _ in rosters.missing_kems(tx, ROSTER)} == set(ORGS)
    org, key_id, _ = rosters.missing_kems(tx, ROSTER)[0]
    with pytest.raises(UnknownKeyError):
        rosters.kem_bytes(tx, org, key_id)
    rosters.save_kem(tx, org=org, key_id=key_id, public=b"public")
    assert rosters.kem_bytes(tx, org, key_id) == b"public"
    assert org not in {missing for missing, _, _ in rosters.missing_kems(tx, ROSTER)}
