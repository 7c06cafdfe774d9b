"""What organisations say about each other's practices: signed, received, revised, taken back."""

import pytest

from handover_pair import sync
from integra_node.actions import practices, response_news
from integra_node.actions.responses import NotOursError, OwnPracticeError, PracticeEndedError
from integra_node.rules.problems import InvalidFieldsError
from integra_node.store import audit, log
from integra_protocol.errors import NotAllowedError, NotFoundError
from integra_protocol.keys import parse_origin
from practice_agencies import (
    BODY,
    answer,
    found_at,
    make_three,
    publish,
    remark,
    report_body,
    review,
    review_body,
    said,
    take_back,
    told,
)


@pytest.fixture
def three(tmp_path):
    return make_three(tmp_path)


def raw(agency, ref):
    """Return the bytes of an entry as an agency holds them."""
    org, epoch, index = ref.split("~")
    held = agency.read(lambda tx: log.get(tx, f"{org}/log/{epoch}"))
    return agency.read(lambda tx: log.find_entry(tx, held.id, int(index)))


def test_a_review_is_read_at_its_author_its_subject_and_everybody_else(three):
    pt, fr, _ = three
    ref = publish(pt)
    sync(*three)
    made = review(fr, ref)
    sync(*three)
    for agency in three:
        found = told(agency, ref)
        (one,) = found.reviews
        assert (one.ref, one.org, one.country, one.version) == (made, "fr-probation", "FR", 1)
        assert one.review.scores.evidence == 2
        assert one.review.verdict == "with_changes"
        assert one.officer
        assert (found.reviewed.orgs, found.reviewed.countries) == (1, 1)


def test_the_mark_counts_organisations_and_countries_once_each(three):
    pt, fr, uni = three
    ref = publish(pt)
    sync(*three)
    review(fr, ref, country="FR")
    review(fr, ref, review_body(verdict="recommended"), country="FR")
    review(uni, ref, country="IT")
    sync(*three)
    found = told(pt, ref)
    assert (found.reviewed.orgs, found.reviewed.countries, found.reviewed.earlier) == (2, 2, 0)
    assert {one.org: one.review.verdict for one in found.reviews} == {
        "fr-probation": "recommended",
        "it-university": "with_changes",
    }


def test_a_review_of_an_earlier_version_says_so(three):
    pt, fr, uni = three
    first = publish(pt)
    sync(*three)
    review(fr, first)
    second = publish(pt, BODY | {"region": "Alentejo"})
    sync(*three)
    for ref in (first, second):
        found = told(uni, ref)
        assert found.reviewed.earlier == 1
        assert found.reviews[0].version == 1
    with pytest.raises(PracticeEndedError):
        review(fr, first)


def test_an_organisation_without_a_country_is_counted_as_none(three):
    pt, fr, _ = three
    ref = publish(pt)
    sync(*three)
    review(fr, ref, country=None)
    found = told(fr, ref)
    assert (found.reviewed.orgs, found.reviewed.countries) == (1, 0)


def test_nobody_reviews_reports_on_or_asks_about_their_own_practice(three):
    pt = three[0]
    ref = publish(pt)
    with pytest.raises(OwnPracticeError):
        review(pt, ref)
    for body in (report_body(), said("question", "Is it good?")):
        with pytest.raises(OwnPracticeError):
            remark(pt, ref, body)
    remark(pt, ref, said("comment", "We add a film in spring."))
    assert len(told(pt, ref).comments) == 1


def test_a_reader_says_nothing_and_a_contributor_does_not_review(three):
    pt, fr, _ = three
    ref = publish(pt)
    sync(pt, fr)
    with pytest.raises(NotAllowedError):
        remark(fr, ref, said("comment", "Good"), username="rui")
    with pytest.raises(NotAllowedError):
        review(fr, ref, username="ana")
    with pytest.raises(NotAllowedError):
        answer(fr, ref, "No", username="rev")


def test_a_conflict_of_interest_is_told_with_its_reason(three):
    pt, fr, _ = three
    ref = publish(pt)
    sync(pt, fr)
    with pytest.raises(InvalidFieldsError) as refused:
        review(fr, ref, review_body(conflict={"kind": "funded"}))
    assert [one.path for one in refused.value.problems] == ["conflict.text"]
    with pytest.raises(InvalidFieldsError):
        review(fr, ref, {k: v for k, v in review_body().items() if k != "conflict"})
    review(fr, ref, review_body(conflict={"kind": "funded", "text": "Un projet commun"}))
    assert told(fr, ref).reviews[0].review.conflict.text == "Un projet commun"


def test_a_score_outside_one_to_five_is_refused(three):
    pt, fr, _ = three
    ref = publish(pt)
    sync(pt, fr)
    for score in (0, 6, "3.5", None):
        scores = {**review_body()["scores"], "ethics": score}
        with pytest.raises(InvalidFieldsError) as refused:
            review(fr, ref, review_body(scores=scores))
        assert refused.value.problems[0].path == "scores.ethics"


def test_a_group_of_less_than_ten_is_never_told_by_number(three):
    pt, fr, uni = three
    ref = publish(pt)
    sync(*three)
    small = remark(fr, ref, report_body(group_size=7))
    remark(fr, ref, report_body(group_size="10"))
    sync(*three)
    sizes = [one.remark.group_size for one in told(uni, ref).reports]
    assert [(one.n, one.below) for one in sizes] == [(10, None), (None, 10)]
    assert b"\x07" not in raw(uni, small).blob.partition(b"group_size")[2][:24]
    for wrong in (0, -1, "many", 7.5, 10_000_000):
        with pytest.raises(InvalidFieldsError):
            remark(fr, ref, report_body(group_size=wrong))


def test_only_a_report_has_a_setting_and_a_group(three):
    pt, fr, _ = three
    ref = publish(pt)
    sync(pt, fr)
    with pytest.raises(InvalidFieldsError) as refused:
        remark(fr, ref, {"form": "report", "language": "en", "text": "It went well"})
    assert {one.path for one in refused.value.problems} == {"setting", "group_size"}
    with pytest.raises(InvalidFieldsError):
        remark(fr, ref, report_body(form="comment"))
    with pytest.raises(InvalidFieldsError):
        remark(fr, ref, said("answer", "Nobody asked"))


def test_a_question_is_answered_by_the_organisation_that_was_asked(three):
    pt, fr, uni = three
    ref = publish(pt)
    sync(*three)
    asked = remark(fr, ref, said("question", "How many trainers do you need?"))
    sync(*three)
    ana = pt.people["ana"]
    waiting = pt.read(lambda tx: response_news.questions_to_us(tx, pt.us, staff=ana))
    assert [(one.ref, one.org, one.about) for one in waiting] == [(asked, "fr-probation", ref)]
    with pytest.raises(NotFoundError):
        answer(uni, asked, "Three")
    answer(pt, asked, "Two are enough.")
    sync(*three)
    assert pt.read(lambda tx: response_news.questions_to_us(tx, pt.us, staff=ana)) == ()
    (one,) = told(uni, ref).questions
    assert [two.remark.text for two in one.answers] == ["Two are enough."]


def test_what_is_said_of_our_practices_is_news_until_it_is_read(three):
    pt, fr, _ = three
    ref = publish(pt)
    sync(*three)
    review(fr, ref)
    remark(fr, ref, said("comment", "Merci"))
    sync(*three)
    ana = pt.people["ana"]

    def news(agency=pt, now=pt.now):
        staff = agency.people["ana"]
        return agency.read(
            lambda tx: response_news.news_about_us(tx, agency.us, now=now, staff=staff)
        )

    assert [one.form for one in news()] == ["comment", "review"]
    assert news(fr) == ()
    assert news(now=pt.now + 31 * 86_400) == ()
    found = found_at(pt, ref)
    pt.write(lambda tx: response_news.mark_read(tx, found, staff=ana, now=pt.now))
    assert news() == ()


def test_what_is_taken_back_is_erased_everywhere_and_its_reason_stays_at_home(three):
    pt, fr, uni = three
    ref = publish(pt)
    sync(*three)
    first = review(fr, ref, review_body(text="FIRST-CANARY text"))
    second = review(fr, ref, review_body(text="SECOND-CANARY text"))
    sync(*three)
    assert b"FIRST-CANARY" in raw(uni, first).blob
    take_back(fr, second, username="rev", reason="REASON-CANARY")
    sync(*three)
    for agency in three:
        assert told(agency, ref).reviews == ()
        assert told(agency, ref).reviewed.orgs == 0
        assert (raw(agency, first).blob, raw(agency, second).blob) == (None, None)
    held = uni.read(lambda tx: log.get(tx, fr.us.origin))
    entries = uni.read(lambda tx: log.entries_between(tx, held.id, 0, held.size))
    assert not any(b"REASON-CANARY" in (one.blob or b"") for one in entries)
    rows = fr.read(lambda tx: audit.page(tx, audit.AuditFilter(), limit=5))
    assert any(row.justification == "REASON-CANARY" for row in rows)
    with pytest.raises(NotFoundError):
        take_back(fr, second, username="rev")


def test_nobody_takes_back_what_another_said(three):
    pt, fr, _ = three
    ref = publish(pt)
    sync(*three)
    made = review(fr, ref)
    comment = remark(fr, ref, said("comment", "Bien"))
    sync(*three)
    for one in (made, comment):
        with pytest.raises(NotOursError):
            take_back(pt, one, username="rev")
    with pytest.raises(NotAllowedError):
        take_back(fr, made, username="ana")
    assert told(pt, ref).reviewed.orgs == 1


def test_a_review_that_arrives_before_the_practice_waits_for_it(three):
    pt, fr, uni = three
    ref = publish(pt)
    sync(pt, fr)
    review(fr, ref)
    sync(fr, uni)
    with pytest.raises(NotFoundError):
        told(uni, ref)
    sync(pt, uni)
    assert told(uni, ref).reviewed.orgs == 1


def test_what_is_said_of_a_withdrawn_practice_is_hidden(three):
    pt, fr, _ = three
    ref = publish(pt)
    sync(*three)
    review(fr, ref)
    remark(fr, ref, report_body())
    sync(*three)
    ana = pt.people["ana"]
    pt.write(
        lambda tx: practices.withdraw(tx, pt.us, ref, reason="It did harm.", staff=ana, now=pt.now)
    )
    sync(*three)
    for agency in three:
        found = told(agency, ref)
        assert (found.reviews, found.reports, found.counts) == ((), (), {})
        assert found.reviewed.orgs == 0
    assert pt.read(lambda tx: response_news.news_about_us(tx, pt.us, now=pt.now, staff=ana)) == ()


def test_what_others_say_of_ours_is_in_the_audit_log(three):
    pt, fr, uni = three
    ref = publish(pt)
    sync(*three)
    review(fr, ref)
    sync(*three)
    assert parse_origin(fr.us.origin)[0] in {
        row.actor
        for row in pt.read(lambda tx: audit.page(tx, audit.AuditFilter(), limit=20))
        if row.op == "receive"
    }
    rows = uni.read(lambda tx: audit.page(tx, audit.AuditFilter(), limit=20))
    assert not any(row.op == "receive" for row in rows)
