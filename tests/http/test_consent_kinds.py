"""Kinds of consent over HTTP: what is recorded, what it lacks, whom and what it covers, and what was agreed at a past instant."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from app.usecases.context import Context
from tests.factories import WRITTEN, calling, make_key, make_workspace
from tests.http.consent_desk import CLAIM, EARLIER, PHONE, PROOF, Desk

_TORONTO = "+14165550142"


@pytest.fixture
async def desk(context: Context) -> AsyncIterator[Desk]:
    workspace_id = await make_workspace(context)
    async with calling(context, await make_key(context, workspace_id)) as api:
        yield Desk(context, workspace_id, api)


async def _why_not(desk: Desk, **asked: Any) -> list[str]:
    answer = await desk.api.post("/v1/decisions", json={"to": PHONE, "channel": "sms", **asked})
    assert answer.status_code == 200, answer.text
    return [reason["rule"] for reason in answer.json()["reasons"] if reason["rule"].startswith(("consent.", "suppress."))]


async def test_a_form_with_all_elements_is_written_consent(desk: Desk) -> None:
    answer = await desk.opt_in()
    assert (answer["outcome"], answer["kind"], answer["lacks"]) == ("recorded", "express_written", [])
    assert await _why_not(desk) == []


async def test_p005_one_without_an_element_is_kept_and_does_not_carry_us_marketing(desk: Desk) -> None:
    answer = await desk.opt_in(evidence={**PROOF["evidence"], "wording": WRITTEN.partition(" Consent")[0]})
    assert (answer["outcome"], answer["lacks"]) == ("recorded", ["not_a_condition"])
    assert await _why_not(desk) == ["consent.evidence_incomplete"]
    (consent,) = (await desk.consents())["consents"]
    assert (consent["kind"], consent["lacks"]) == ("express_written", ["not_a_condition"])
    await desk.opt_in()
    assert await _why_not(desk) == []


async def test_a_list_is_express_consent_and_no_written_one(desk: Desk) -> None:
    answer = await desk.opt_in(CLAIM)
    assert answer["kind"] == "express"
    assert await _why_not(desk) == ["consent.kind_insufficient"]


async def test_p007_what_one_brand_was_told_is_no_other_brands(desk: Desk) -> None:
    await desk.opt_in(brand="Shoes")
    evidence = {**PROOF["evidence"], "seller": "Shoes"}
    assert await _why_not(desk, brand="Shoes") == ["consent.evidence_incomplete"]  # the wording names Example Shop
    await desk.opt_in(brand="Shoes", evidence=evidence)
    assert await _why_not(desk, brand="Shoes") == []
    assert await _why_not(desk, brand="Hats") == ["consent.scope_brand"]
    assert await _why_not(desk) == ["consent.scope_brand"]


async def test_a_no_ends_every_kind_brand_and_topic_and_those_that_come_later(desk: Desk) -> None:
    await desk.opt_in(brand="Shoes", occurred_at=EARLIER)
    await desk.opt_in(CLAIM, topic="sale", occurred_at=EARLIER)
    await desk.opt_out()
    found = (await desk.consents())["consents"]
    assert {(row["brand"], row["topic"], row["kind"], row["state"]) for row in found if row["channel"] == "sms"} == {
        ("", "", "express_written", "revoked"),
        ("Shoes", "", "express_written", "revoked"),
        ("", "sale", "express", "revoked"),
    }
    for late in ({"brand": "Hats"}, {"topic": "news"}, {"kind": "express"}):
        assert (await desk.opt_in(PROOF, occurred_at=EARLIER, **late))["outcome"] == "not_lifted", late
    bought = {"phone": PHONE, "method": "record", "kind": "implied_purchase", "evidence": {"reference": "order 7"}}
    answer = await desk.opt_in(bought)
    assert answer["outcome"] == "not_lifted"
    assert "implied_purchase does not lift that" in answer["reason"]


async def test_who_came_back_may_be_listed_again(desk: Desk) -> None:
    await desk.opt_in(CLAIM, occurred_at=desk.ago(50))
    await desk.opt_out(occurred_at=desk.ago(40))
    await desk.opt_in(occurred_at=desk.ago(30))
    assert (await desk.opt_in(CLAIM, occurred_at=desk.ago(45)))["outcome"] == "not_lifted"
    assert (await desk.opt_in(CLAIM, occurred_at=desk.ago(20)))["outcome"] == "recorded"


async def test_consent_never_follows_a_number_to_another_person(desk: Desk) -> None:
    await desk.opt_in(occurred_at=desk.ago(60))
    await desk.execute("UPDATE number SET tenure = 2, tenure_since = $1", desk.context.clock.now())
    await desk.execute("UPDATE consent SET state = 'expired'")
    answer = await desk.opt_in(occurred_at=desk.ago(1))
    assert (answer["outcome"], answer["reason"]) == ("not_lifted", "the number belonged to somebody else then")
    assert await _why_not(desk) == ["consent.expired"]
    async with desk.context.db.transaction() as tx:
        tenures = [row["tenure"] for row in await tx.fetch("SELECT tenure FROM consent_event ORDER BY seq")]
    assert tenures == [1, 1]
    await desk.execute("UPDATE number SET tenure_since = $1", desk.context.clock.now())
    assert (await desk.opt_in())["outcome"] == "recorded"
    assert await _why_not(desk) == []


async def test_a_past_instant_is_answered_by_what_had_been_agreed_to_then(desk: Desk) -> None:
    await desk.opt_in(CLAIM, occurred_at=desk.ago(50))
    await desk.opt_in(occurred_at=desk.ago(40))
    await desk.opt_out(occurred_at=desk.ago(30))
    await desk.opt_in(brand="Shoes", evidence={**PROOF["evidence"], "seller": "Shoes"}, occurred_at=desk.ago(20))
    said = [await _why_not(desk, at=desk.ago(minutes)) for minutes in (55, 45, 35)]
    assert said == [["consent.missing"], ["consent.kind_insufficient"], []]
    assert "consent.revoked" in await _why_not(desk, at=desk.ago(25))
    assert await _why_not(desk, at=desk.ago(10), brand="Shoes") == []
    assert "consent.scope_brand" not in await _why_not(desk, at=desk.ago(10), brand="Hats")


async def test_the_end_of_an_implied_consent_is_told_and_never_stored(desk: Desk) -> None:
    bought = {"phone": _TORONTO, "method": "record", "kind": "implied_purchase", "evidence": {"reference": "order 7"}}
    await desk.opt_in(bought, occurred_at="2024-02-29T15:00:00Z")
    (consent,) = (await desk.consents(_TORONTO))["consents"]
    assert consent["expires_at"] is None
    assert consent["ends_at"] == "2026-03-01T05:00:00Z"  # midnight in Toronto after 28 February
    assert "CASL" in consent["ends_by"]


@pytest.mark.parametrize(
    ("fields", "pointer", "code"),
    [
        (
            {"kind": "express_written", "evidence": {**PROOF["evidence"], "signed": False}},
            "/body/evidence/signed",
            "contradictory",
        ),
        ({"evidence": {**PROOF["evidence"], "prechecked": True}}, "/body/evidence/prechecked", "contradictory"),
        ({"kind": "implied_inquiry", "method": "keyword", "evidence": {"message": "JOIN"}}, "/body/kind", "kind_of_method"),
        ({"evidence": {**PROOF["evidence"], "seen_at": "2199-01-01T00:00:00Z"}}, "/body/evidence/seen_at", "in_the_future"),
        (
            {"method": "paper", "evidence": {"document": "scan", "signed_at": "2026-01-06T00:00:00Z"}, "occurred_at": EARLIER},
            "/body/occurred_at",
            "contradictory",
        ),
    ],
)
async def test_a_yes_that_contradicts_itself_is_refused_and_leaves_no_trace(
    desk: Desk, fields: dict[str, Any], pointer: str, code: str
) -> None:
    answer = await desk.api.post("/v1/opt-ins", json={**PROOF, "occurred_at": desk.ago(0), **fields})
    assert answer.status_code == 422, answer.text
    problem = answer.json()["errors"][0]
    assert (problem["pointer"], problem["code"]) == (pointer, code)
    async with desk.context.db.transaction() as tx:
        assert await tx.fetch_value("SELECT count(*) FROM consent_event") == 0
