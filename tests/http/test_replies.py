"""What do people's texts do, from the webhook to the ledger: STOP, START, a question of scope, and what nobody is sure of."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from app.storage.numbers import hold_numbers
from app.usecases.context import Context
from app.usecases.record_opt_outs import OptOut, record_opt_outs
from tests.http.test_webhooks import PHONE, Carrier, calling_us
from tests.shop import Shop

_PARIS = "+33612345678"


@pytest.fixture
async def carrier(context: Context, shop: Shop) -> AsyncIterator[Carrier]:
    async with calling_us(context, shop, context.settings.public_url) as found:
        yield found


async def _say(carrier: Carrier, body: str, sid: str, **fields: str) -> None:
    answer = await carrier.say({**carrier.text(body, sid=sid), **fields}, query="")
    assert answer.status_code == 200, answer.text


async def _answers(carrier: Carrier) -> list[str]:
    async with carrier.shop.context.db.transaction() as tx:
        return [row["body"] for row in await tx.fetch("SELECT body FROM message WHERE origin = 'reply' ORDER BY id")]


async def _standing(carrier: Carrier, phone: str = PHONE) -> set[tuple[str, str]]:
    async with carrier.shop.context.db.transaction() as tx:
        rows = await tx.fetch("SELECT reason, scope FROM suppression WHERE phone = $1 AND channel IN ('', 'sms')", phone)
    return {(row["reason"], row["scope"]) for row in rows}


async def _may(carrier: Carrier, purpose: str = "marketing", channel: str = "sms") -> list[str]:
    answer = await carrier.shop.client.post("/v1/decisions", json={"to": PHONE, "channel": channel, "purpose": purpose})
    return [reason["rule"] for reason in answer.json()["reasons"] if not reason["rule"].startswith("time.")]


async def _sent(carrier: Carrier, purpose: str) -> None:
    await carrier.shop.execute(
        "UPDATE message SET handed_over_at = $2, purpose = $3 WHERE id = $1",
        carrier.message_id,
        carrier.shop.context.clock.now(),
        purpose,
    )


async def _until_somebody_waits(carrier: Carrier) -> None:
    """Return once a transaction of this database waits for a lock."""
    asked = (
        "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' "
        "AND state = 'active')"
    )
    async with asyncio.timeout(20):
        while not await carrier.shop.value(asked):
            await asyncio.sleep(0.02)


async def test_a_stop_that_lost_against_another_transaction_is_heard_all_the_same(carrier: Carrier) -> None:
    shop = carrier.shop
    async with shop.context.db.transaction() as tx:
        other, now = OptOut(phone="+12125550199", method="import"), shop.context.clock.now()
        await record_opt_outs(tx, workspace_id=shop.workspace_id, items=[other], now=now, actor="test", source="import")
        saying = asyncio.create_task(_say(carrier, "STOP", "SM10"))  # it holds its number, and waits for the ledger that we hold
        await _until_somebody_waits(carrier)
        await asyncio.sleep(0.3)  # who waits longer is the one PostgreSQL ends
        await hold_numbers(tx, workspace_id=shop.workspace_id, phones=[PHONE])
    await saying
    assert ("opt_out", "marketing") in await _standing(carrier)


async def test_a_stop_is_confirmed_once_until_the_person_comes_back(carrier: Carrier) -> None:
    for sid, word in enumerate(["STOP", "stop!", "take me off your list"]):
        await _say(carrier, word, f"SM{sid + 10}")
    assert len(await _answers(carrier)) == 1
    await _say(carrier, "START", "SM20")
    await _say(carrier, "STOP", "SM21")
    assert ["again" in body for body in await _answers(carrier)] == [False, True, False]


@pytest.mark.parametrize(
    ("word", "sent", "expected"),
    [("ARRET", None, "désabonné"), ("BAJA", None, "baja"), ("Abmelden", None, "abgemeldet"), ("STOP", "fr", "désabonné")],
)
async def test_the_confirmation_is_in_the_language_of_the_word_or_of_the_person(
    carrier: Carrier, word: str, sent: str | None, expected: str
) -> None:
    await carrier.shop.execute("UPDATE contact SET locale = $1 WHERE phone = $2", sent, PHONE)
    await _say(carrier, word, "SM30")
    (body,) = await _answers(carrier)
    assert expected in body


@pytest.mark.parametrize(
    ("purpose", "profile", "answered", "rules"),
    [
        ("marketing", "strict", "marketing", ["suppress.opt_out.text", "consent.revoked"]),
        ("transactional", "strict", "informational", ["suppress.opt_out.marketing_all_channels", "consent.revoked"]),
        ("transactional", "statutory", "informational", []),
        ("marketing", "statutory", "marketing", ["suppress.opt_out.text", "consent.revoked"]),
    ],
)
async def test_p025_what_a_stop_answered_decides_how_far_it_reaches(
    carrier: Carrier, purpose: str, profile: str, answered: str, rules: list[str]
) -> None:
    policy = f'{{"profile": "{profile}"}}'
    await carrier.shop.execute("UPDATE workspace SET policy = $1::text::jsonb", policy)
    await _sent(carrier, purpose)
    await _say(carrier, "STOP", "SM40")
    assert await carrier.shop.value("SELECT answered FROM suppression WHERE phone = $1 LIMIT 1", PHONE) == answered
    found = await _may(carrier)
    assert [rule for rule in found if rule.startswith(("suppress", "consent.revoked"))] == rules


async def test_p031_a_question_of_scope_without_an_answer_means_everything(carrier: Carrier) -> None:
    await carrier.shop.execute("""UPDATE workspace SET policy = '{"scope_question": true}'""")
    await _say(carrier, "STOP", "SM50")
    (body,) = await _answers(carrier)
    assert "PROMO" in body
    assert await _standing(carrier) == {("opt_out", "all")}
    assert await _may(carrier) == ["suppress.opt_out.marketing_all_channels", "consent.revoked"]
    assert await _may(carrier, "transactional") == ["suppress.opt_out.marketing_all_channels"]
    await _say(carrier, "Promo", "SM51")
    assert await _standing(carrier) == {("opt_out", "marketing")}
    assert await _may(carrier, "transactional") == []
    assert (await _may(carrier))[0] == "suppress.opt_out.marketing_all_channels"
    assert len(await _answers(carrier)) == 2


async def test_promo_without_a_question_is_an_ordinary_reply(carrier: Carrier) -> None:
    await _say(carrier, "PROMO", "SM52")
    assert await _standing(carrier) == set() and await _answers(carrier) == []


async def test_p033_start_brings_this_channel_back_and_says_so(carrier: Carrier) -> None:
    await _say(carrier, "STOP", "SM60")
    await _say(carrier, "START", "SM61")
    assert await _may(carrier) == []
    assert (await _may(carrier, channel="voice"))[0] == "suppress.opt_out.marketing_all_channels"


async def test_a_bare_yes_joins_nobody_who_was_asked_about_something_else(carrier: Carrier) -> None:
    await _say(carrier, "STOP", "SM62")
    await carrier.shop.execute("UPDATE message SET created_at = created_at - interval '1 day' WHERE origin = 'reply'")
    await carrier.shop.execute("UPDATE message SET reply_to = 'HELP' WHERE origin = 'reply'")
    await _sent(carrier, "transactional")
    await _say(carrier, "Yes", "SM63")
    assert await _standing(carrier) == {("opt_out", "marketing")}
    await carrier.shop.execute("UPDATE message SET reply_to = 'STOP' WHERE origin = 'reply'")
    await carrier.shop.execute("UPDATE message SET created_at = now() WHERE origin = 'reply'")
    await _say(carrier, "oui", "SM64")
    assert await _standing(carrier) == set()


async def _reviews(carrier: Carrier, **query: str) -> list[dict[str, Any]]:
    answer = await carrier.shop.client.get("/v1/reviews", params=query)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


async def _settle(carrier: Carrier, review: dict[str, Any], outcome: str, **headers: str) -> int:
    body = {"outcome": outcome, "note": "read"}
    return (await carrier.shop.client.post(f"/v1/reviews/{review['id']}/settle", json=body, headers=headers)).status_code


async def test_k65_what_may_be_a_no_rests_until_somebody_has_read_it(carrier: Carrier) -> None:
    await carrier.shop.execute("UPDATE message SET state = 10 WHERE id = $1", carrier.message_id)
    await _say(carrier, "End of the month is fine", "SM70")
    assert await carrier.state() == 50
    assert await carrier.shop.value("SELECT reason FROM message WHERE id = $1", carrier.message_id) == "suppress.review"
    assert await _may(carrier) == ["suppress.review"]
    assert await _may(carrier, "transactional") == []
    (review,) = await _reviews(carrier, state="open")
    assert (review["text"], review["phone"], review["kind"]) == ("End of the month is fine", PHONE, "review")
    assert await _settle(carrier, review, "not_an_opt_out") == 200
    assert await _settle(carrier, review, "not_an_opt_out") == 200
    assert await _settle(carrier, review, "opt_out") == 409
    assert await _may(carrier) == []
    assert await carrier.shop.value("SELECT state FROM consent WHERE phone = $1", PHONE) == "given"
    (settled,) = await _reviews(carrier)
    assert settled["outcome"] == "not_an_opt_out" and settled["note"] == "read" and settled["settled_by"].startswith("key:")


async def test_a_review_that_was_an_opt_out_counts_from_the_reply(carrier: Carrier) -> None:
    await _say(carrier, "STOP YOU PEOPLE", "SM71")
    (review,) = await _reviews(carrier)
    assert await _settle(carrier, review, "opt_out") == 200
    assert await _standing(carrier) == {("opt_out", "marketing")}
    event = await carrier.shop.value("SELECT occurred_at FROM consent_event WHERE kind = 'revoked' AND method = 'reply'")
    assert event.isoformat().replace("+00:00", "Z") == review["created_at"]


async def test_a_review_settled_late_does_not_undo_a_start_that_came_since(carrier: Carrier) -> None:
    await _say(carrier, "STOP YOU PEOPLE", "SM72")
    await _say(carrier, "START", "SM73")
    assert await _standing(carrier) == set()
    (review,) = await _reviews(carrier)
    assert await _settle(carrier, review, "opt_out") == 200
    assert await _may(carrier) == []


async def test_two_who_settle_at_once_come_to_one_outcome(carrier: Carrier) -> None:
    await _say(carrier, "STOP YOU PEOPLE", "SM74")
    (review,) = await _reviews(carrier)
    outcomes = ["opt_out", "not_an_opt_out"] * 4
    statuses = await asyncio.gather(*(_settle(carrier, review, outcome) for outcome in outcomes))
    assert sorted(statuses) == [200] * 4 + [409] * 4
    (settled,) = await _reviews(carrier)
    stands = await _standing(carrier)
    assert stands == ({("opt_out", "marketing")} if settled["outcome"] == "opt_out" else set())


async def test_k67_who_asks_who_we_are_is_told_once_and_rests(carrier: Carrier) -> None:
    for sid in ("SM80", "SM81"):
        await _say(carrier, "who is this?", sid)
    (body,) = await _answers(carrier)
    assert "Example Shop" in body
    assert await _may(carrier) == ["suppress.wrong_number"]
    first, second = await _reviews(carrier, kind="wrong_number")
    assert await _settle(carrier, first, "not_an_opt_out") == 200
    assert await _may(carrier) == ["suppress.wrong_number"]  # the other one is still open
    assert await _settle(carrier, second, "wrong_number") == 200
    assert "suppress.wrong_number" in await _may(carrier)
    assert "suppress.wrong_number" in await _may(carrier, "transactional")
    assert await carrier.shop.value("SELECT count(*) FROM consent WHERE phone = $1 AND state = 'given'", PHONE) == 0
    await _say(carrier, "START", "SM82")
    assert await _may(carrier) == []


async def test_a_stranger_who_writes_again_is_still_a_stranger(carrier: Carrier) -> None:
    await _say(carrier, "wrong number", "SM83")
    await _say(carrier, "hello??", "SM84")
    (review,) = await _reviews(carrier)
    assert await _settle(carrier, review, "wrong_number") == 200
    assert "suppress.wrong_number" in await _may(carrier, "transactional")
    assert await carrier.shop.value("SELECT count(*) FROM consent WHERE phone = $1 AND state = 'given'", PHONE) == 0


async def test_a_stranger_who_has_agreed_since_is_not_cut_off_by_an_old_reply(carrier: Carrier) -> None:
    await _say(carrier, "wrong number", "SM85")
    await _say(carrier, "START", "SM86")
    (review,) = await _reviews(carrier)
    assert await _settle(carrier, review, "wrong_number") == 200
    assert "suppress.wrong_number" not in await _may(carrier)


async def test_p023_where_the_carrier_answers_a_stop_it_blocks_the_pair_for_every_purpose(carrier: Carrier) -> None:
    await carrier.shop.execute("UPDATE provider SET opt_out_replies = 'carrier'")
    await _say(carrier, "please do not text me", "SM90")  # a sentence no carrier takes for a keyword
    assert await carrier.shop.value("SELECT count(*) FROM sender_block") == 0
    await _say(carrier, "STOP", "SM91", OptOutType="STOP")
    assert await carrier.shop.value("SELECT code FROM sender_block") == "21610"
    assert await _answers(carrier) == []
    sender = await carrier.shop.value("SELECT sender_id FROM sender_block")
    body = {"to": PHONE, "purpose": "transactional", "sender_id": (await _sender_id(carrier)), "body": "Your order is ready."}
    message = await carrier.shop.made("/v1/messages", body)
    assert (message["state"], message["reason"]) == ("suppressed", "carrier.blocked_21610"), sender
    await _say(carrier, "START", "SM92", OptOutType="START")
    assert await carrier.shop.value("SELECT count(*) FROM sender_block") == 0
    assert (await carrier.shop.made("/v1/messages", body))["state"] == "queued"


async def _sender_id(carrier: Carrier) -> str:
    return str((await carrier.shop.client.get("/v1/senders")).json()["items"][0]["id"])


async def test_reviews_are_listed_open_ones_first_in_pages_and_to_their_workspace_alone(carrier: Carrier, stranger: Shop) -> None:
    made = [await carrier.shop.review(f"+1212555{1000 + place}") for place in range(5)]
    await _settle(carrier, made[4], "not_an_opt_out")
    await _settle(carrier, made[2], "opt_out")
    seen, cursor = [], None
    while True:
        query = {"limit": "2", **({"cursor": cursor} if cursor else {})}
        page = (await carrier.shop.client.get("/v1/reviews", params=query)).json()
        seen += [item["id"] for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == [made[place]["id"] for place in (3, 1, 0, 4, 2)]
    assert (await stranger.client.get("/v1/reviews")).json()["items"] == []
    assert (await stranger.client.get(f"/v1/reviews/{made[0]['id']}")).status_code == 404
    answer = await stranger.client.post(f"/v1/reviews/{made[0]['id']}/settle", json={"outcome": "opt_out"})
    assert answer.status_code == 404
