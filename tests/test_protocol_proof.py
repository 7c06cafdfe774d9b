"""Portable proofs: the file, what it proves offline, and that no byte of it can be changed."""

from dataclasses import replace

import pytest

from fuzzing import cuts, refuses_or_returns
from integra_protocol.canonical import b64encode, encode
from integra_protocol.content import clear_blob, make_content
from integra_protocol.entry import commitment
from integra_protocol.errors import InputError, ProtocolError
from integra_protocol.limits import WRAP_BYTES
from integra_protocol.officers import certify
from integra_protocol.proof import encode_proof, open_proof, parse_proof
from integra_protocol.proof_verdict import verify_proof
from integra_protocol.roster import Status
from integra_protocol.roster_change import (
    draft_next,
    lines_of,
    with_log_closed,
    with_log_key,
    with_role_ended,
    with_status,
)
from integra_protocol.sealed import seal
from protocol_entries import (
    EAST,
    EAST_KEM,
    NORTH,
    NORTH_KEM,
    OFFICER_KEY,
    ORIGIN,
    SALT,
    TIME,
    WEST,
    counting_random,
    make_header,
)
from protocol_federation import (
    DAY,
    HUB,
    SimLog,
    fingerprint,
    first_roster,
    note_key,
    origin_of,
    signed,
    signing_key,
)

FIRST = first_roster()
NOTES = [signed(FIRST.text)]
PRINT = fingerprint(FIRST)
QUORUM = {EAST: TIME, WEST: TIME + 5}
ALERT = {"id": "a1", "version": 1, "tlp": "GREEN"}


def put_clear(log, kind, data, *, signer=None):
    content, data_bytes = make_content(
        kind,
        data,
        audience=("*",),
        salt=SALT,
        officer="4711" if signer else None,
        signer=signer,
    )
    blob = clear_blob(SALT, data_bytes)
    header = make_header(
        kind=kind,
        origin=log.origin,
        index=log.size,
        commitment=commitment(SALT, data_bytes),
        blob_length=len(blob),
    )
    log.put(header.encode(), blob)
    return content


def put_sealed(log):
    """Append a sealed handover and return its opening and one wrap."""
    data = {"id": "h1", "other_basis": ["law"]}
    _, content = make_content(
        "handover", data, audience=(EAST,), salt=SALT, officer="4711", signer=OFFICER_KEY
    )
    sealed = seal(
        content=content,
        salt=SALT,
        origin=log.origin,
        index=log.size,
        commitment=commitment(SALT, content),
        recipients={EAST: EAST_KEM.public_bytes, NORTH: NORTH_KEM.public_bytes},
        random=counting_random(),
    )
    header = make_header(
        kind="sealed",
        audience=(EAST,),
        origin=log.origin,
        index=log.size,
        commitment=commitment(SALT, content),
        blob_length=len(sealed.blob),
        ciphertext_hash=sealed.ciphertext_hash,
    )
    log.put(header.encode(), sealed.blob)
    return SALT + content, sealed.wraps[EAST]


def a_log():
    """Leaf 1 certifies officer 4711, leaf 3 is a signed alert, 5 a sealed handover of the same."""
    log = SimLog(ORIGIN).cover()
    put_clear(log, "officer", certify(NORTH, "4711", "duty officer", OFFICER_KEY))
    put_clear(log, "directory", {"units": "gate"})
    put_clear(log, "alert", ALERT, signer=OFFICER_KEY)
    log.cover()
    opening, wrap = put_sealed(log)
    log.cover()
    return log, opening, wrap


LOG, OPENING, WRAP = a_log()
CERT = encode_proof(LOG.proof(1))
BETWEEN = encode_proof(LOG.proof(2))


def a_proof(index=3, **parts):
    return LOG.proof(index, **{"note": LOG.note(cosigners=QUORUM), "certs": (CERT,)} | parts)


def verdict(proof, notes=NOTES):
    return verify_proof(encode_proof(proof), notes, PRINT)


def refusal(text, notes=NOTES, print_=PRINT):
    with pytest.raises(ProtocolError) as caught:
        verify_proof(text, notes, print_)
    return caught.value.code


def follow_on(lines, **times):
    """Return the notes of version 1 and of a second one with these lines."""
    roster = draft_next(FIRST, lines, **{"issued": TIME, "expires": TIME + DAY} | times)
    return [*NOTES, signed(roster.text)]


# ------------------------------------------------------------------ the file


def test_a_proof_is_read_back_as_it_was_written():
    proof = a_proof(5, opening=OPENING, wrap=WRAP)
    assert parse_proof(encode_proof(proof)) == proof


def test_the_file_is_a_tlog_proof():
    rows = encode_proof(a_proof()).split("\n")
    assert rows[0] == "c2sp.org/tlog-proof@v1"
    assert rows[1].startswith("extra ")
    assert rows[2] == "index 3"
    assert rows[6:9] == ["", ORIGIN, "7"]


TEXT = encode_proof(a_proof())
ROWS = TEXT.split("\n")


def with_extra(parts):
    return "\n".join([ROWS[0], f"extra {b64encode(encode(parts))}", *ROWS[2:]])


HEADER, BLOB = LOG.shown[3]
MALFORMED = {
    "empty": ("", "bad_canonical"),
    "another title": (TEXT.replace("@v1", "@v2", 1), "bad_canonical"),
    "no extra": ("\n".join([ROWS[0], *ROWS[2:]]), "bad_canonical"),
    "no index": ("\n".join([*ROWS[:2], *ROWS[3:]]), "bad_canonical"),
    "an index with a zero before": (TEXT.replace("index 3", "index 03"), "bad_canonical"),
    "a hash of 31 bytes": (
        TEXT.replace(ROWS[3], b64encode(bytes(31)), 1),
        "bad_canonical",
    ),
    "64 hashes": (TEXT.replace(ROWS[3], "\n".join([ROWS[3]] * 64), 1), "too_large"),
    "no note": (TEXT.partition("\n\n")[0], "bad_canonical"),
    "a note over 16 KiB": (TEXT + "x" * 16_384, "too_large"),
    "over 4 MiB": ("x" * (4 * 1024 * 1024 + 1), "too_large"),
    "four parts": (with_extra([HEADER, BLOB, None, None]), "bad_canonical"),
    "a part of another type": (with_extra([HEADER, "x", None, None, []]), "bad_canonical"),
    "a header over 4 KiB": (with_extra([bytes(4097), None, None, None, []]), "bad_canonical"),
    "a wrap too short": (
        with_extra([HEADER, BLOB, bytes(WRAP_BYTES - 1), None, []]),
        "bad_canonical",
    ),
    "certs as text": (with_extra([HEADER, BLOB, None, None, ""]), "bad_canonical"),
    "a cert as bytes": (with_extra([HEADER, BLOB, None, None, [b"x"]]), "bad_canonical"),
    "257 certs": (with_extra([HEADER, BLOB, None, None, ["x"] * 257]), "too_large"),
}


@pytest.mark.parametrize("text, code", MALFORMED.values(), ids=MALFORMED.keys())
def test_what_is_not_a_proof_within_its_bounds_is_refused(text, code):
    with pytest.raises(ProtocolError) as caught:
        parse_proof(text)
    assert caught.value.code == code


def test_a_proof_over_its_bounds_is_not_written():
    for parts in ({"blob": bytes(400_000)}, {"note": b"\xff"}, {"certs": ("x",) * 257}):
        with pytest.raises(InputError):
            encode_proof(a_proof(**parts))


def test_broken_text_is_refused_or_verified_and_nothing_else():
    def check(data):
        return verify_proof(data.decode(errors="replace"), NOTES, PRINT)

    assert refuses_or_returns(check, [TEXT.encode()]) > 0


# ------------------------------------------------------------------ what it proves


def test_an_entry_is_included_unchanged_and_witnessed():
    found = verdict(a_proof())
    assert (found.header.origin, found.header.index, found.size) == (ORIGIN, 3, 7)
    assert found.root == LOG.root()
    assert found.witnessed_by == QUORUM
    assert (found.quorum, found.is_witnessed, found.is_void) == (2, True, False)
    assert found.content.data == ALERT


def test_an_officer_is_named_with_the_certificate_that_counts():
    found = verdict(a_proof())
    assert (found.officer, found.certified_at) == ("4711", 1)
    assert not found.is_revocation_excluded


def test_a_revocation_is_excluded_only_by_every_entry_between():
    found = verdict(a_proof(certs=(CERT, BETWEEN)))
    assert found.is_revocation_excluded


def test_without_a_certificate_the_signature_is_not_called_verified():
    found = verdict(a_proof(certs=()))
    assert (found.officer, found.certified_at) == ("4711", None)


def test_a_certificate_above_the_entry_does_not_count():
    log = SimLog(ORIGIN)
    put_clear(log, "alert", ALERT, signer=OFFICER_KEY)
    put_clear(log, "officer", certify(NORTH, "4711", "duty officer", OFFICER_KEY))
    found = verdict(log.proof(0, certs=(encode_proof(log.proof(1)),)))
    assert found.certified_at is None


def test_a_carried_revocation_voids_the_signature():
    log = SimLog(ORIGIN)
    put_clear(log, "officer", certify(NORTH, "4711", "duty officer", OFFICER_KEY))
    put_clear(log, "officer-rev", {"id": "4711", "why": "device lost"})
    put_clear(log, "alert", ALERT, signer=OFFICER_KEY)
    certs = tuple(encode_proof(log.proof(index)) for index in (0, 1))
    assert refusal(encode_proof(log.proof(2, certs=certs))) == "bad_request"


def test_a_signature_by_another_key_is_refused():
    log = SimLog(ORIGIN)
    put_clear(log, "officer", certify(NORTH, "4711", "duty officer", signing_key("other")))
    put_clear(log, "alert", ALERT, signer=OFFICER_KEY)
    certs = (encode_proof(log.proof(0)),)
    assert refusal(encode_proof(log.proof(1, certs=certs))) == "bad_request"


def test_a_sealed_entry_is_opened_by_its_opening():
    closed = verdict(a_proof(5))
    assert (closed.content, closed.officer, closed.is_void) == (None, None, False)
    found = verdict(a_proof(5, opening=OPENING, wrap=WRAP))
    assert found.content.kind == "handover"
    assert (found.officer, found.certified_at) == ("4711", 1)


def test_an_opening_of_another_content_is_refused():
    assert refusal(encode_proof(a_proof(5, opening=OPENING[:-1] + b"x"))) == "bad_request"


def test_an_erased_entry_is_proven_without_content():
    found = verdict(a_proof(blob=None))
    assert (found.content, found.is_witnessed) == (None, True)


def test_a_proof_with_too_few_witnesses_says_so():
    found = verdict(a_proof(note=LOG.note(cosigners={EAST: TIME, NORTH: TIME})))
    assert (found.witnessed_by, found.is_witnessed) == ({EAST: TIME}, False)
    assert verdict(a_proof(note=LOG.note())).is_witnessed is False


def test_a_cosignature_from_before_the_federation_does_not_count():
    early = FIRST.issued - 1
    found = verdict(a_proof(note=LOG.note(cosigners={EAST: early, WEST: early})))
    assert (found.witnessed_by, found.is_witnessed) == ({}, False)


def test_cosignatures_are_judged_by_the_roster_of_their_time():
    lines = with_status(lines_of(FIRST), WEST, Status.LEFT, until={origin_of(WEST): 3})
    notes = follow_on(lines, issued=TIME + 3)
    before = LOG.note(cosigners={EAST: TIME, WEST: TIME})
    after = LOG.note(cosigners={EAST: TIME, WEST: TIME + 5})
    assert verdict(a_proof(note=before), notes).is_witnessed
    assert not verdict(a_proof(note=after), notes).is_witnessed


def test_the_largest_quorum_of_these_rosters_is_asked():
    notes = follow_on(replace(lines_of(FIRST), quorum=3), issued=TIME + 3)
    found = verdict(a_proof(note=LOG.note(cosigners={EAST: TIME, WEST: TIME + 5})), notes)
    assert (found.quorum, found.is_witnessed) == (3, False)
    all_three = LOG.note(cosigners={EAST: TIME, WEST: TIME + 5, HUB: TIME})
    assert verdict(a_proof(note=all_three), notes).is_witnessed


def test_an_entry_above_the_closing_cannot_be_proven_by_a_checkpoint_above_it():
    notes = follow_on(with_log_closed(lines_of(FIRST), ORIGIN, 3))
    assert refusal(TEXT, notes) == "bad_signature"


def test_an_entry_that_lost_its_capability_is_said_to_be_void():
    notes = follow_on(with_role_ended(lines_of(FIRST), ORIGIN, "alert", 3))
    assert verdict(a_proof(), notes).is_void


def test_an_entry_below_a_change_of_key_is_proven_by_the_old_key():
    notes = follow_on(with_log_key(lines_of(FIRST), ORIGIN, note_key(ORIGIN, 1, "next"), 9))
    assert verdict(a_proof(), notes).is_witnessed


def test_the_capability_of_a_disclosed_kind_is_asked_too():
    notes = follow_on(with_role_ended(lines_of(FIRST), ORIGIN, "handover", 5))
    assert verdict(a_proof(5), notes).is_void is False
    assert verdict(a_proof(5, opening=OPENING), notes).is_void


# ------------------------------------------------------------------ what is refused

OTHER = SimLog(ORIGIN, signing_key("thief"), LOG.leaves, LOG.shown)
EASTERN = SimLog(origin_of(EAST)).cover()
put_clear(EASTERN, "officer", certify(EAST, "4711", "duty officer", OFFICER_KEY))
REFUSED = {
    "an unknown log": (
        SimLog(origin_of("eve.example"), None, LOG.leaves, LOG.shown).proof(3),
        "unknown_log",
    ),
    "a checkpoint of a thief": (OTHER.proof(3), "bad_signature"),
    "another entry's header": (a_proof(header=LOG.shown[2][0]), "inconsistent"),
    "another place": (replace(a_proof(), index=2), "inconsistent"),
    "a place outside": (replace(a_proof(), index=7), "bad_proof"),
    "a hash too few": (replace(a_proof(), hashes=a_proof().hashes[1:]), "bad_proof"),
    "another body": (a_proof(blob=LOG.shown[2][1]), "bad_request"),
    "a certificate of another log": (
        a_proof(certs=(encode_proof(EASTERN.proof(1)),)),
        "bad_proof",
    ),
    "a certificate without content": (
        a_proof(certs=(encode_proof(LOG.proof(1, blob=None)),)),
        "bad_proof",
    ),
    "a certificate that carries others": (
        a_proof(certs=(encode_proof(LOG.proof(1, certs=(BETWEEN,))),)),
        "bad_proof",
    ),
    "a certificate that is none": (a_proof(certs=("hello",)), "bad_canonical"),
    "a certificate of a thief": (a_proof(certs=(encode_proof(OTHER.proof(1)),)), "bad_signature"),
}


@pytest.mark.parametrize("proof, code", REFUSED.values(), ids=REFUSED.keys())
def test_a_proof_that_does_not_hold_is_refused(proof, code):
    assert refusal(encode_proof(proof)) == code


def test_the_chain_of_rosters_is_verified_too():
    assert refusal(TEXT, print_="00" * 32) == "bad_signature"
    assert refusal(TEXT, notes=[]) == "bad_request"
    assert refusal(TEXT, notes=[signed(FIRST.text, ["anna/founder"])]) == "bad_signature"


def test_a_header_that_names_another_place_is_refused():
    log = SimLog(ORIGIN).cover(2)
    log.put(make_header(index=1, kind="directory").encode(), None)
    assert refusal(encode_proof(log.proof(2))) == "bad_proof"


def test_every_cut_is_refused():
    whole = verdict(a_proof())
    for data in cuts(TEXT.encode()):
        try:
            found = verify_proof(data.decode(errors="replace"), NOTES, PRINT)
        except ProtocolError:
            continue
        assert found != whole  # a cosignature line less
        assert not found.is_witnessed


def unsigned(proof):
    """Return the bytes of the file that nothing signs, by name.

    A wrap is checked by the one who can open it, never by a third party.
    """
    text = encode_proof(proof)
    other = encode_proof(replace(proof, wrap=bytes(byte ^ 0xFF for byte in proof.wrap)))
    assert len(text) == len(other)
    return {
        "wrap": {at for at, pair in enumerate(zip(text, other, strict=True)) if len({*pair}) > 1}
    }


def test_no_flipped_byte_gives_the_same_verdict_but_in_the_wrap():
    """Each byte is refused, or costs a witness (a cosigner's name or key id), or is the wrap's."""
    proof = a_proof(5, opening=OPENING, wrap=WRAP)
    data = encode_proof(proof).encode()
    free = unsigned(proof)["wrap"]
    first, last = min(free), max(free)
    for at in range(len(data)):
        if first <= at <= last:
            continue
        twin = bytearray(data)
        twin[at] ^= 1
        try:
            found = verify_proof(bytes(twin).decode(errors="replace"), NOTES, PRINT)
        except ProtocolError:
            continue
        assert not found.is_witnessed, at


def test_a_missing_body_is_fetched_by_its_proof():
    entry = open_proof(parse_proof(encode_proof(LOG.proof(3))), FIRST)
    assert (entry.blob, entry.header.kind) == (BLOB, "alert")
