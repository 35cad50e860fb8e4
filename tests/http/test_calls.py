"""What is a call told? Its own script in one look-up, goodbye once the opt-out key was pressed, and nothing if it is not ours."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import orjson
import pytest

from app.domain.ids import decode_id
from app.storage.falling import go_on
from app.usecases.context import Context
from tests.http.on_the_line import PHONE, Telephone, telephone
from tests.usecases.carrier_server import carrier_server

SCRIPT = "This is Example Shop. Press 9 to end these calls.\n[voicemail]\nExample Shop called. Call 888 555 0100."


async def speaks(phone: Telephone, **speech: Any) -> None:
    """Give the message its script, and how it is spoken."""
    content = orjson.dumps({"speech": speech}).decode() if speech else None
    await phone.shop.execute(
        "UPDATE message SET body = $2, content = $3::text::jsonb WHERE id = $1", phone.message_id, SCRIPT, content
    )


@pytest.fixture
async def phone(context: Context) -> AsyncIterator[Telephone]:
    async with telephone(context, channel="voice") as opened:
        await speaks(opened)
        yield opened


async def test_an_answered_call_is_told_its_script_in_the_webhooks_own_answer(phone: Telephone) -> None:
    answer = await phone.say(call={"moment": "answered", "reference": phone.reference()})
    assert answer.text == f"{PHONE}|{phone.reference()}|This is Example Shop. Press 9 to end these calls."
    assert answer.status_code == 200
    assert phone.counted("taken") == 1


async def test_a_machine_is_told_its_own_part(phone: Telephone) -> None:
    answer = await phone.say(call={"moment": "machine", "reference": phone.reference(), "answered_by": "machine"})
    assert answer.text.endswith("|Example Shop called. Call 888 555 0100.")


async def test_a_call_is_found_by_the_carriers_id_where_it_gives_no_reference(phone: Telephone) -> None:
    await phone.shop.execute(
        "INSERT INTO attempt (workspace_id, message_id, number, provider_id, sender_id, outcome, provider_message_id, "
        "handed_over_at, channel) VALUES ($1, $2, 1, $3, $4, 'accepted', 'CA7', now(), 'voice')",
        phone.shop.workspace_id,
        phone.message_id,
        phone.provider_id,
        phone.sender_id,
    )
    answer = await phone.say(call={"moment": "answered", "provider_call_id": "CA7"})
    assert answer.text == f"{PHONE}|{phone.reference()}|This is Example Shop. Press 9 to end these calls."


@pytest.mark.parametrize("keys", ["9", "19#", "*9"])
async def test_the_opt_out_key_is_recorded_before_goodbye_is_said(phone: Telephone, keys: str) -> None:
    answer = await phone.say(call={"moment": "keys", "keys": keys, "reference": phone.reference(), "provider_call_id": "CA1"})
    assert answer.text.endswith("|You will get no more calls from Example Shop. Goodbye.")
    assert await phone.suppressions() == [("opt_out", "key_press", "voice")]
    assert await phone.shop.value("SELECT kind || ' ' || body || ' ' || keyword FROM inbound") == f"keys {keys} stop"
    assert await phone.shop.value("SELECT message_id FROM inbound") == phone.message_id
    assert await phone.shop.value("SELECT count(*) FROM message WHERE origin = 'reply'") == 0


@pytest.mark.parametrize(("language", "said"), [("es-US", "Adiós."), ("de", "Auf Wiederhören."), ("xx", "Goodbye.")])
async def test_goodbye_is_said_in_the_language_of_the_call_and_for_the_key_it_offered(
    phone: Telephone, language: str, said: str
) -> None:
    await speaks(phone, language=language, opt_out_key="2")
    other = await phone.say(call={"moment": "keys", "keys": "9", "reference": phone.reference()})
    assert other.text.endswith("to end these calls.")
    assert await phone.suppressions() == []
    answer = await phone.say(call={"moment": "keys", "keys": "2", "reference": phone.reference()})
    assert answer.text.endswith(said)
    assert await phone.suppressions() == [("opt_out", "key_press", "voice")]


async def test_the_same_key_told_again_and_at_once_is_one_no_with_the_same_answer(phone: Telephone) -> None:
    call = {"moment": "keys", "keys": "9", "reference": phone.reference(), "provider_call_id": "CA1"}
    answers = await asyncio.gather(
        *(phone.say(call=call) for _ in range(4)), *(phone.say(call=call, nonce="n") for _ in range(4))
    )
    assert len({answer.text for answer in answers}) == 1
    assert await phone.shop.value("SELECT count(*) FROM consent_event WHERE kind = 'revoked'") == 1
    assert phone.counted("replay") == 3


async def test_keys_that_come_as_a_persons_answer_and_as_a_step_are_heard_once(phone: Telephone) -> None:
    pressed = phone.inbound("9", kind="keys", channel="voice", reference=phone.reference())
    answer = await phone.say(inbound=[pressed], call={"moment": "keys", "keys": "9", "reference": phone.reference()})
    assert answer.text.endswith("Goodbye.")
    assert await phone.shop.value("SELECT count(*) FROM inbound") == 1
    assert await phone.suppressions() == [("opt_out", "key_press", "voice")]


@pytest.mark.parametrize("as_a_persons_answer", [True, False])
async def test_a_call_whose_message_has_gone_on_to_a_text_is_still_told_its_script_and_heard(
    phone: Telephone, *, as_a_persons_answer: bool
) -> None:
    await speaks(phone, opt_out_key="5")
    text = await phone.shop.sender()
    way = {"channel": "sms", "after": 60, "sender_id": str(decode_id("sender", text["id"])), "body": "Call us back."}
    plan = orjson.dumps({"hops": [way], "when_unsure": "go_on"}).decode()
    await phone.shop.execute("UPDATE message SET plan = $2::text::jsonb WHERE id = $1", phone.message_id, plan)
    ids = {"workspace_id": phone.shop.workspace_id, "message_id": phone.message_id}
    async with phone.context.db.transaction() as tx:
        assert await go_on(tx, **ids, hop=0, maybe_twice=True, now=phone.context.clock.now())
    answer = await phone.say(call={"moment": "answered", "reference": phone.reference()})
    assert answer.text == f"{PHONE}|{phone.reference()}|This is Example Shop. Press 9 to end these calls."
    pressed = [phone.inbound("5", kind="keys", channel="voice", reference=phone.reference())] if as_a_persons_answer else []
    answer = await phone.say(inbound=pressed, call={"moment": "keys", "keys": "5", "reference": phone.reference()})
    assert answer.text.endswith("|You will get no more calls from Example Shop. Goodbye.")
    assert ("opt_out", "key_press", "voice") in await phone.suppressions()


async def test_a_call_that_is_none_of_ours_is_told_nothing_and_changes_nothing(phone: Telephone, context: Context) -> None:
    async with telephone(context, channel="voice") as stranger, telephone(context) as texting:
        for named in (
            {"reference": "nonsense"},
            {"reference": stranger.reference()},
            {"reference": phone.reference(texting.message_id)},
            {"reference": phone.reference(attempt=0), "provider_call_id": "nobody's"},
            {"provider_call_id": "\x00"},
            {},
        ):
            answer = await phone.say(call={"moment": "keys", "keys": "9", **named})
            assert (answer.status_code, answer.text) == (200, "thank you"), named
        assert await phone.suppressions() == []
        assert await phone.shop.value("SELECT count(*) FROM inbound") == 0


async def test_commands_are_sent_after_the_commit_and_not_again_for_a_replay(context: Context) -> None:
    async with carrier_server(lambda _: (200, {})) as server, telephone(context, channel="voice", base_url=server.url) as phone:
        await speaks(phone)
        call = {"moment": "keys", "keys": "9", "reference": phone.reference()}
        answers = [await phone.say(call=call, nonce="n") for _ in range(3)]
        assert {answer.text for answer in answers} == {"thank you"}
        assert await phone.suppressions() == [("opt_out", "key_press", "voice")]
        assert [heard.body for heard in server.heard] == ["You will get no more calls from Example Shop. Goodbye."]
