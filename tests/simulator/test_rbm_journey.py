"""Does RCS through Google work as a person sees it? Read, tapped away, repeated when an answer is lost, texted instead."""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from app.settings import Settings
from app.usecases.fall_back import fall_back_late
from tests.shop import ACCOUNT_SID, AUTH_TOKEN
from tests.simulator.online import Journey, online
from tests.simulator.rbm_account import AGENT, CREDENTIALS, settings_of
from tests.simulator.running import SENDER

_PHONES = [f"+1212555{1000 + step}" for step in range(16)]
_READS, _TAPS_STOP, _TAPS_KEEP, _WRITES_STOP, _NO_RCS = _PHONES[:5]
_SCRIPT = {
    _READS: "read",
    _TAPS_STOP: ["read", "tap:stop"],
    _TAPS_KEEP: ["read", "tap:keep"],
    _WRITES_STOP: "reply:STOP",
}
_TAPS = [
    {"kind": "reply", "text": "Keep me posted", "postback": "keep"},
    {"kind": "reply", "text": "No more", "postback": "stop"},
]


async def _agent(journey: Journey) -> str:
    """The sender of an account whose webhook has proved to be ours."""
    account = await journey.account("google_rbm", **CREDENTIALS)
    shaken = await journey.running.client.post("/admin/rbm-handshake", json={"agent": AGENT, "url": account["webhook_url"]})
    assert shaken.json() == {"verified": True}
    sender = {"channel": "rcs", "kind": "messaging_service", "address": AGENT, "parts_per_second": 100}
    return str((await journey.shop.sender(provider_id=account["id"], **sender))["id"])


async def test_a_campaign_is_read_and_tapped_away_and_a_lost_answer_costs_nothing(settings: Settings) -> None:
    config = {**settings_of(""), "scripted": _SCRIPT, "without_rcs": [_NO_RCS], "lose_answer": 0.3, "seed": 3}
    async with online(settings, **config) as journey:
        shop, sender_id = journey.shop, await _agent(journey)
        await shop.people(_PHONES, first_name="Ann")
        await shop.execute("UPDATE consent SET channel = 'rcs' WHERE workspace_id = $1", shop.workspace_id)
        content = {"cards": [{"title": "Boots for {{ first_name }}", "suggestions": _TAPS}]}
        template = await shop.template("20% off at Example Shop. Reply STOP to opt out", channel="rcs", content=content)
        campaign = await shop.launched(template_id=template["id"], sender_id=sender_id)
        await journey.work(sender_id)
        books = await journey.closed(campaign)
        taken, summary, silenced = await journey.taken(), await journey.running.summary(), await journey.silenced()
        replies = await shop.value("SELECT string_agg(kind || ' ' || coalesce(payload, ''), ',' ORDER BY phone) FROM inbound")
    assert Counter(message["to"] for message in taken) == Counter(set(_PHONES) - {_NO_RCS}), "one each"
    assert summary["answers"]["lost_by_close"] > 0 and summary["posts"] >= len(_PHONES), "what was lost was asked for again"
    assert summary["callbacks"]["answered"] == summary["callbacks"]["posted"]
    assert books.closed and books.states == {"read": 3, "delivered": 12, "rejected": 1}
    assert silenced == [(_TAPS_STOP, "opt_out", "keyword"), (_WRITES_STOP, "opt_out", "provider")]
    assert replies == "tap stop,tap keep,notice "


@asynccontextmanager
async def _with_texts(settings: Settings, **config: Any) -> AsyncIterator[tuple[Journey, str, str]]:
    """A journey, its agent's sender, and one for texts at Twilio."""
    accounts = {"accounts": {ACCOUNT_SID: AUTH_TOKEN}}
    async with online(settings, senders=[SENDER, AGENT], **settings_of(""), **accounts, **config) as journey:
        rcs = await _agent(journey)
        texts = await journey.shop.provider(base_url=journey.running.url)
        sms = await journey.shop.sender(provider_id=texts["id"], address=SENDER, parts_per_second=100)
        yield journey, rcs, sms["id"]


async def _message(journey: Journey, phone: str, rcs: str, sms: str) -> str:
    """A message by RCS, or else as a text; its id."""
    body = {"to": phone, "channel": "rcs", "purpose": "transactional", "sender_id": rcs, "body": "Your order is ready."}
    plan = [{"channel": "sms", "sender_id": sms, "after_seconds": 60}]
    return str((await journey.shop.made("/v1/messages", {**body, "fallback": plan}))["id"])


async def _states(journey: Journey, ids: list[str]) -> list[tuple[str, int, bool]]:
    """(state, hop, whether it may have come twice) of each."""
    shown = [(await journey.message(message_id))["message"] for message_id in ids]
    return [(each["state"], each["hop"], each["maybe_twice"]) for each in shown]


async def test_a_phone_without_rcs_gets_the_text_and_one_with_it_does_not(settings: Settings) -> None:
    async with _with_texts(settings, without_rcs=[_NO_RCS]) as (journey, rcs, sms):
        ids = [await _message(journey, phone, rcs, sms) for phone in (_READS, _NO_RCS)]
        await journey.work(rcs, sms)
        assert await _states(journey, ids) == [("delivered", 0, False), ("delivered", 1, False)]
        taken, attempts = await journey.taken(), (await journey.message(ids[1]))["attempts"]
    assert [(message["to"], message["from"]) for message in taken] == [(_READS, AGENT), (_NO_RCS, SENDER)]
    assert [(attempt["outcome"], attempt["error_code"]) for attempt in attempts] == [
        ("refused", "known_missing"),
        ("accepted", None),
    ]


async def test_what_is_not_delivered_in_time_is_revoked_and_texted_and_what_cannot_be_revoked_is_not(settings: Settings) -> None:
    away, silent = _PHONES[6:8]
    fates = {away: "undelivered:30003", silent: "never_receipt"}
    async with _with_texts(settings, scripted=fates) as (journey, rcs, sms):
        ids = [await _message(journey, phone, rcs, sms) for phone in (away, silent)]
        await journey.work(rcs, sms)
        assert await _states(journey, ids) == [("submitted", 0, False)] * 2
        await journey.running.configure(scripted={})
        assert await fall_back_late(journey.later(61)) == 1
        await journey.work(rcs, sms, after=62)
        assert await _states(journey, ids) == [("delivered", 1, False), ("submitted", 0, False)]
        taken = await journey.taken()
    ends = [(message["to"], message["from"], message["status"]) for message in taken]
    assert ends == [(away, AGENT, "canceled"), (silent, AGENT, "delivered"), (away, SENDER, "delivered")]
