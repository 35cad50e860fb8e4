"""Does RCS through Google work as a person sees it? Read, tapped away, repeated when an answer is lost, texted instead."""

from collections import Counter
from typing import Any

from app.settings import Settings
from app.usecases.sweep import sweep
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


async def test_a_phone_without_rcs_gets_the_text_and_one_with_it_does_not(settings: Settings) -> None:
    accounts = {"accounts": {ACCOUNT_SID: AUTH_TOKEN}}
    async with online(settings, senders=[SENDER, AGENT], without_rcs=[_NO_RCS], **settings_of(""), **accounts) as journey:
        shop, rcs = journey.shop, await _agent(journey)
        texts = await shop.provider(base_url=journey.running.url)
        sms = (await shop.sender(provider_id=texts["id"], address=SENDER, parts_per_second=100))["id"]
        plan = [{"channel": "sms", "sender_id": sms, "after_seconds": 60}]
        ids = [await _message(journey, phone, rcs, plan) for phone in (_READS, _NO_RCS)]
        await journey.work(rcs, sms)
        await sweep(shop.context)  # a receipt may have come just before its attempt was written down
        shown = [await journey.message(message_id) for message_id in ids]
        taken = await journey.taken()
    assert [(each["message"]["state"], each["message"]["hop"]) for each in shown] == [("delivered", 0), ("delivered", 1)]
    assert [(message["to"], message["from"]) for message in taken] == [(_READS, AGENT), (_NO_RCS, SENDER)]
    assert [(attempt["outcome"], attempt["error_code"]) for attempt in shown[1]["attempts"]] == [
        ("refused", "known_missing"),
        ("accepted", None),
    ]


async def _message(journey: Journey, phone: str, sender_id: str, plan: list[dict[str, Any]]) -> str:
    body = {"to": phone, "channel": "rcs", "purpose": "transactional", "sender_id": sender_id, "body": "Your order is ready."}
    return str((await journey.shop.made("/v1/messages", {**body, "fallback": plan}))["id"])
