"""How is each way of saying something heard? Taps like words but never doubted, keys in calls, and the carrier's own list."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from app.usecases.context import Context
from tests.http.on_the_line import ADDRESS, PHONE, Telephone, telephone


@pytest.fixture
async def phone(context: Context) -> AsyncIterator[Telephone]:
    async with telephone(context, channel="rcs") as opened:
        yield opened


async def tap(phone: Telephone, text: str, payload: str | None = None, **fields: Any) -> None:
    said = phone.inbound(text, kind="tap", payload=payload, channel="rcs", **fields)
    assert (await phone.say(inbound=[said])).status_code == 200


async def notice(phone: Telephone, keyword: str) -> None:
    said = phone.inbound(keyword.lower(), kind="notice", keyword=keyword, channel="rcs")
    assert (await phone.say(inbound=[said])).status_code == 200


async def blocks(phone: Telephone) -> int:
    return int(await phone.shop.value("SELECT count(*) FROM sender_block"))


@pytest.mark.parametrize(("text", "payload"), [("STOP", None), ("Stop", "x1"), ("No thanks, leave me alone", "STOP")])
async def test_a_tap_on_stop_opts_out_by_its_words_or_its_postback(phone: Telephone, text: str, payload: str | None) -> None:
    await tap(phone, text, payload)
    assert await phone.suppressions() == [("opt_out", "keyword", "text")]
    assert await phone.shop.value("SELECT count(*) FROM message WHERE origin = 'reply'") == 1


@pytest.mark.parametrize("text", ["Stop by our shop today?", "I don't want this one", "cancel my order please, not the texts"])
async def test_a_tap_is_never_put_under_review(phone: Telephone, text: str) -> None:
    await tap(phone, text, "a-postback")
    assert await phone.shop.value("SELECT count(*) FROM review") == 0
    assert ("review", "", "") not in await phone.suppressions()


async def test_a_tap_is_kept_with_its_postback_and_the_message_it_answers(phone: Telephone) -> None:
    await tap(phone, "Show me more", "more=1", reference=phone.reference())
    assert (
        await phone.shop.value("SELECT concat_ws('|', kind, body, payload, keyword) FROM inbound")
        == "tap|Show me more|more=1|none"
    )
    assert await phone.shop.value("SELECT message_id FROM inbound") == phone.message_id
    assert await phone.suppressions() == []


async def test_what_answers_another_persons_message_is_tied_to_none(phone: Telephone) -> None:
    await tap(phone, "Hello", reference=phone.reference(), from_number="+12125550143")
    await tap(phone, "Hello", answers_id="nobody's")
    assert await phone.shop.value("SELECT count(*) FROM inbound WHERE message_id IS NULL") == 2


async def test_media_a_person_sent_are_kept_and_shown(phone: Telephone) -> None:
    said = phone.inbound("look", channel="rcs", media=[{"url": "https://m.example/1", "content_type": "image/png", "size": 9}])
    await phone.say(inbound=[said])
    assert await phone.shop.value("SELECT media->0->>'url' FROM inbound") == "https://m.example/1"


async def test_the_carriers_own_list_silences_and_blocks_and_a_start_on_it_only_lifts_the_block(phone: Telephone) -> None:
    await notice(phone, "STOP")
    assert await phone.suppressions() == [("opt_out", "provider", "text")]
    assert await blocks(phone) == 1
    assert await phone.shop.value("SELECT count(*) FROM message WHERE origin = 'reply'") == 0
    given = await phone.shop.value("SELECT count(*) FROM consent_event WHERE kind <> 'revoked'")
    await notice(phone, "START")
    assert await blocks(phone) == 0
    assert await phone.suppressions() == [("opt_out", "provider", "text")]
    assert await phone.shop.value("SELECT count(*) FROM consent_event WHERE kind <> 'revoked'") == given
    assert await phone.shop.value("SELECT state FROM consent WHERE phone = $1", PHONE) == "revoked"


@pytest.mark.parametrize("word", ["HELP", "hello there", "yes"])
async def test_a_notice_of_anything_else_does_nothing(phone: Telephone, word: str) -> None:
    await notice(phone, word)
    assert await phone.suppressions() == []
    assert await phone.shop.value("SELECT count(*) FROM message WHERE origin = 'reply'") == 0


async def test_keys_of_a_call_nobody_knows_are_kept_and_do_nothing(phone: Telephone) -> None:
    await phone.say(inbound=[phone.inbound("9", kind="keys", channel="voice")])
    assert await phone.suppressions() == []
    assert await phone.shop.value("SELECT keyword FROM inbound") == "none"


async def test_a_timeline_shows_what_the_person_answered_and_what_the_carrier_charged(phone: Telephone) -> None:
    await phone.shop.execute(
        "INSERT INTO attempt (workspace_id, message_id, number, provider_id, sender_id, outcome, handed_over_at, channel) "
        "VALUES ($1, $2, 1, $3, $4, 'unknown', now(), 'rcs')",
        phone.shop.workspace_id,
        phone.message_id,
        phone.provider_id,
        phone.sender_id,
    )
    told = {"answered_by": "human", "duration": 12, "price": "0.0079", "currency": "USD", "recipient": PHONE}
    await phone.say(receipts=[{"event_key": "r", "state": 80, "reference": phone.reference(), **told}])
    picture = {"url": "https://m.example/1", "content_type": "image/png", "size": 9}
    await tap(phone, "Yes, show me", "more=1", reference=phone.reference(), media=[picture])
    shown = (await phone.shop.client.get(f"/v1/messages/{phone.public_id}")).json()
    attempt, receipt, answer = shown["attempts"][0], shown["receipts"][0], shown["events"][0]
    assert (attempt["channel"], attempt["answered_by"], attempt["duration"]) == ("rcs", "human", 12)
    assert (receipt["price"], receipt["currency"], receipt["recipient"]) == ("0.0079", "USD", PHONE)
    assert (answer["kind"], answer["body"], answer["payload"], answer["media"]) == ("tap", "Yes, show me", "more=1", [picture])
    assert answer["channel"] == "rcs" and answer["to_address"] == ADDRESS


async def test_a_picture_is_heard_by_the_numbers_sender_of_texts(context: Context) -> None:
    async with telephone(context, channel="sms") as texts:
        media = [{"url": "https://m.example/1", "content_type": "image/png", "size": 9}]
        answer = await texts.say(inbound=[texts.inbound("STOP", channel="mms", media=media)])
        assert answer.status_code == 200, answer.text
        assert ("opt_out", "keyword", "text") in await texts.suppressions()
        assert await texts.shop.value("SELECT count(*) FROM message WHERE origin = 'reply'") == 1


async def test_a_stop_to_a_sender_of_pictures_is_obeyed_and_answered(context: Context) -> None:
    async with telephone(context, channel="mms") as pictures:
        for channel in ("mms", "sms"):
            answer = await pictures.say(inbound=[pictures.inbound("STOP", channel=channel)])
            assert answer.status_code == 200, answer.text
        assert ("opt_out", "keyword", "text") in await pictures.suppressions()
        assert await pictures.shop.value("SELECT count(*) FROM message WHERE origin = 'reply' AND channel = 'mms'") == 1
