"""Does a campaign find another way for those it does not reach? Each in that way's own words, once, and its books still close."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from app.clock import Clock
from app.domain.ids import decode_id, encode_id
from app.domain.message import State
from app.ports import Provider
from app.runtime import open_runtime
from app.settings import Settings
from app.usecases.audit_books import audit_books
from app.usecases.context import Context
from app.usecases.dispatch_lane import dispatch_lane
from app.usecases.fall_back import fall_back_late
from app.usecases.preflight_campaign import run_preflight
from app.usecases.sweep import sweep
from tests.factories import calling, make_key, make_workspace
from tests.shop import Shop, at_noon, id_of, path_of, pointers
from tests.usecases.carrier_server import Answer, CarrierServer, Heard, carrier_server
from tests.usecases.rails import Rails

_PHONES = [f"+1212555{1000 + step}" for step in range(6)]


class _Network:
    """Half of the phones have no RCS; what it took is kept, by channel."""

    def __init__(self) -> None:
        self.took: list[tuple[str, str, str]] = []

    def answer(self, heard: Heard) -> Answer:
        channel, said = heard.path.strip("/"), heard.body
        if channel not in {"rcs", "sms", "voice"}:
            return 200, {"revoked": True}
        if channel == "rcs" and int(said["to"][-1]) % 2:
            return 400, {"code": "no_rcs"}
        self.took.append((channel, said["to"], said["text"]))
        return 200, {"id": f"{channel}-{said['to']}"}


@pytest.fixture
async def shop(settings: Settings) -> AsyncIterator[Shop]:
    rails: dict[str, type[Provider]] = {"rails": Rails}
    async with open_runtime(at_noon(settings), role="test") as context:
        ready = replace(context, provider_kinds={**context.provider_kinds, **rails})
        workspace_id = await make_workspace(ready)
        async with calling(ready, await make_key(ready, workspace_id)) as client:
            yield Shop(ready, client, workspace_id)


async def _work(shop: Shop, *senders: str) -> None:
    for sender in senders:
        await dispatch_lane(shop.context, workspace_id=shop.workspace_id, sender_id=decode_id("sender", sender))


async def _senders(shop: Shop, server: CarrierServer) -> tuple[str, str]:
    provider = await shop.provider(kind="rails", base_url=server.url, credentials={})
    agent = {"channel": "rcs", "kind": "rcs_agent", "address": "agent-1"}
    line = {"channel": "sms", "kind": "long_code", "address": "+12125550100"}
    made = [await shop.sender(provider_id=provider["id"], parts_per_second=100, **fields) for fields in (agent, line)]
    return made[0]["id"], made[1]["id"]


async def _draft(shop: Shop, agent: str, **way: Any) -> dict[str, Any]:
    rich = await shop.template("Hi {{ first_name }}, Blue Shop has boots for you. Reply STOP to opt out", channel="rcs")
    plain = await shop.template("Blue Shop: boots, {{ first_name }}! Reply STOP to opt out")
    ways = [{"channel": "sms", "template_id": plain["id"], "after_seconds": 60, **way}]
    return await shop.draft(template_id=rich["id"], sender_id=agent, fallback={"ways": ways})


async def test_who_has_no_rcs_gets_the_text_in_its_own_words_and_the_books_close(shop: Shop) -> None:
    network = _Network()
    async with carrier_server(network.answer) as server:
        agent, line = await _senders(shop, server)
        await shop.people(_PHONES, first_name="Ann")
        campaign = await shop.launch(await shop.made("/v1/campaigns", await _draft(shop, agent, sender_id=line)))
        await _work(shop, agent, line)
        assert sorted(to for _, to, _ in network.took) == sorted(_PHONES), "one each"
        assert {channel for channel, to, _ in network.took if int(to[-1]) % 2} == {"sms"}
        assert {channel for channel, to, _ in network.took if not int(to[-1]) % 2} == {"rcs"}
        assert all("boots, Ann!" in text for channel, _, text in network.took if channel == "sms")
        assert all("Hi Ann" in text for channel, _, text in network.took if channel == "rcs")
        await shop.execute("UPDATE message SET state = 80, fall_at = NULL WHERE campaign_id = $1", id_of(campaign))
        await sweep(shop.context)
        books = await audit_books(shop.context.db, workspace_id=shop.workspace_id, campaign_id=id_of(campaign))
    assert books.closed
    assert (books.distinct_numbers_handed_over, books.sent_after_opt_out) == (len(_PHONES), 0)
    assert await shop.value("SELECT count(*) FROM campaign_lane WHERE campaign_id = $1", id_of(campaign)) == 0


async def test_a_way_may_go_by_a_pool_and_says_whom_it_chose(shop: Shop) -> None:
    network = _Network()
    async with carrier_server(network.answer) as server:
        agent, line = await _senders(shop, server)
        pool = await shop.made("/v1/sender-pools", {"name": "lines", "channel": "sms", "members": [{"sender_id": line}]})
        await shop.people(_PHONES[:2], first_name="Ann")
        draft = await _draft(shop, agent, sender_pool_id=pool["id"])
        campaign = await shop.launch(await shop.made("/v1/campaigns", draft))
        await _work(shop, agent, line)
        rows = (await shop.client.get(path_of(campaign, "recipients"))).json()["items"]
        told = (await shop.client.get(f"/v1/messages/{rows[1]['message_id']}")).json()
        dossier = (await shop.client.get("/v1/dossiers", params={"phone": told["message"]["to"]})).json()
    assert [message["said_before"] for message in dossier["messages"]] == [told["message"]["said_before"]]
    assert [attempt["channel"] for attempt in told["attempts"]] == ["rcs", "sms"]
    assert [(said["attempts"], said["channel"], said["body"][:6]) for said in told["message"]["said_before"]] == [
        (1, "rcs", "Hi Ann")
    ]
    assert told["message"]["body"].startswith("Blue Shop: boots")
    assert told["attempts"][0]["route"] is None
    assert told["attempts"][1]["route"]["because"] == "only_one"


@pytest.mark.parametrize("channel", ["sms", "voice"])
async def test_a_way_that_no_sender_can_go_is_left_out_and_the_next_keeps_its_own_words(shop: Shop, channel: str) -> None:
    network = _Network()
    async with carrier_server(network.answer) as server:
        agent, line = await _senders(shop, server)
        (account,) = (await shop.client.get("/v1/providers")).json()["items"]
        foreign = {"channel": channel, "kind": "long_code", "address": "+441613280100", "countries": ["GB"]}
        british = await shop.sender(provider_id=account["id"], **foreign)
        pool = await shop.made("/v1/sender-pools", {"name": "gb", "channel": channel, "members": [{"sender_id": british["id"]}]})
        await shop.people(_PHONES[1:2], first_name="Ann")
        abroad = await shop.template("Blue Shop for Britain. Reply STOP to opt out", channel=channel)
        draft = await _draft(shop, agent, sender_id=line)
        first = {"channel": channel, "template_id": abroad["id"], "after_seconds": 60, "sender_pool_id": pool["id"]}
        draft["fallback"]["ways"].insert(0, first)
        await shop.launch(await shop.made("/v1/campaigns", draft))
        await _work(shop, agent, british["id"], line)
    assert [(channel, text) for channel, _, text in network.took] == [("sms", "Blue Shop: boots, Ann! Reply STOP to opt out")]


async def test_of_a_cancelled_campaign_nobody_falls_back(shop: Shop) -> None:
    network = _Network()
    async with carrier_server(network.answer) as server:
        agent, line = await _senders(shop, server)
        await shop.people(_PHONES[:1], first_name="Ann")
        campaign = await shop.launch(await shop.made("/v1/campaigns", await _draft(shop, agent, sender_id=line)))
        await _work(shop, agent)
        await shop.made(path_of(campaign, "cancel"), {})
        (account,) = (await shop.client.get("/v1/providers")).json()["items"]
        path = account["webhook_url"].split("/webhooks/")[1]
        told = await shop.client.post(f"/webhooks/{path}", json={"id": f"rcs-{_PHONES[0]}", "state": "FAILED"})
        assert told.status_code == 200
        await _work(shop, line)
        assert [channel for channel, _, _ in network.took] == ["rcs"]
        rows = (await shop.client.get(path_of(campaign, "recipients"))).json()["items"]
        assert [row["state"] for row in rows] == ["failed"]


def _in_an_hour(shop: Shop) -> Context:
    return replace(shop.context, clock=Clock(offset=shop.context.clock.now() - Clock().now() + timedelta(hours=1)))


async def test_all_that_are_late_move_on_in_one_go(shop: Shop) -> None:
    network = _Network()
    async with carrier_server(network.answer) as server:
        agent, line = await _senders(shop, server)
        await shop.people([f"+1212555{2000 + 2 * step}" for step in range(60)], first_name="Ann")
        campaign = await shop.launch(await shop.made("/v1/campaigns", await _draft(shop, agent, sender_id=line)))
        await _work(shop, agent)
        assert await fall_back_late(_in_an_hour(shop)) == 60
    states = "SELECT array_agg(DISTINCT state) FROM message WHERE campaign_id = $1"
    assert await shop.value(states, id_of(campaign)) == [State.QUEUED]


async def test_what_is_taken_back_late_of_a_cancelled_campaign_is_cancelled(shop: Shop) -> None:
    network = _Network()
    async with carrier_server(network.answer) as server:
        agent, line = await _senders(shop, server)
        await shop.people(_PHONES[:1], first_name="Ann")
        campaign = await shop.launch(await shop.made("/v1/campaigns", await _draft(shop, agent, sender_id=line)))
        await _work(shop, agent)
        await shop.made(path_of(campaign, "cancel"), {})
        assert await fall_back_late(_in_an_hour(shop)) == 0
    assert await shop.value("SELECT state FROM message WHERE campaign_id = $1", id_of(campaign)) == State.CANCELLED
    assert await shop.value("SELECT count(*) FROM message WHERE fall_at IS NOT NULL") == 0


async def test_whom_the_rules_refuse_one_way_another_is_asked_for(shop: Shop) -> None:
    network = _Network()
    async with carrier_server(network.answer) as server:
        _, line = await _senders(shop, server)
        caller = await shop.sender(
            provider_id=(await shop.client.get("/v1/providers")).json()["items"][0]["id"],
            channel="voice",
            kind="long_code",
            address="+12125550101",
        )
        body = {"to": "+441613280000", "channel": "sms", "purpose": "transactional", "body": "Your order is ready."}
        plan = [{"channel": "voice", "sender_id": caller["id"], "body": "Blue Shop calling. Your order is ready."}]
        made = await shop.made("/v1/messages", {**body, "sender_id": line, "fallback": plan})
        assert (made["state"], made["channel"], made["hop"]) == ("queued", "voice", 1), made
        alone = await shop.made("/v1/messages", {**body, "sender_id": line})
        assert (alone["state"], alone["reason"]) == ("suppressed", "number.type_fixed_line")
        await _work(shop, caller["id"])
    assert [(channel, text) for channel, _, text in network.took] == [("voice", plan[0]["body"])]


async def test_one_template_may_hold_the_words_of_every_way(shop: Shop) -> None:
    network = _Network()
    async with carrier_server(network.answer) as server:
        agent, line = await _senders(shop, server)
        await shop.people(_PHONES, first_name="Ann")
        plain = {"body": "Blue Shop: boots, {{ first_name }}! Reply STOP to opt out", "locales": {"de": {"body": "Hallo"}}}
        both = await shop.template(
            "Hi {{ first_name }}, Blue Shop has boots for you. Reply STOP to opt out", channel="rcs", channels={"sms": plain}
        )
        assert both["channels"]["sms"]["locales"]["de"]["body"] == "Hallo"
        ways = [{"channel": "sms", "sender_id": line}]
        draft = await shop.draft(template_id=both["id"], sender_id=agent, fallback={"ways": ways})
        made = await shop.made("/v1/campaigns", draft)
        assert made["fallback"]["ways"][0]["template_id"] == both["id"]
        await shop.launch(made)
        await _work(shop, agent, line)
        assert sorted(to for _, to, _ in network.took) == sorted(_PHONES)
        assert all("boots, Ann!" in text for channel, _, text in network.took if channel == "sms")
        lacking = await shop.client.post(
            "/v1/campaigns", json={**draft, "template_id": (await shop.template(channel="rcs"))["id"]}
        )
        assert (lacking.status_code, pointers(lacking)) == (422, ["/body/fallback/0/template_id"])
        wrong = {"name": "x", "channel": "rcs", "body": "Hi", "channels": {"sms": {"body": "{{ broken"}}}
        answer = await shop.client.post("/v1/templates", json=wrong)
        assert (answer.status_code, pointers(answer)) == (422, ["/body/channels/sms/body"])


@pytest.mark.parametrize(("change", "pointer"), [
    ({"template_id": "tpl_" + "0" * 26}, "/body/fallback/0/template_id"),
    ({"template_version": 9}, "/body/fallback/0/template_version"),
    ({"channel": "voice"}, "/body/fallback/0/channel"),
    ({"sender_id": "snd_" + "0" * 26}, "/body/fallback/0/sender_id"),
])  # fmt: skip
async def test_a_way_that_does_not_fit_is_named(shop: Shop, change: dict[str, Any], pointer: str) -> None:
    async with carrier_server(_Network().answer) as server:
        agent, line = await _senders(shop, server)
    draft = await _draft(shop, agent, **{"sender_id": line, **change})
    answer = await shop.client.post("/v1/campaigns", json=draft)
    assert answer.status_code in {404, 422}
    assert pointers(answer) == [pointer], answer.text


async def test_a_preflight_and_a_preview_say_by_which_way_each_would_go(shop: Shop) -> None:
    async with carrier_server(lambda _: (200, {"id": "x"})) as server:
        provider = await shop.provider(kind="rails", base_url=server.url, credentials={})
        spoken = {"channel": "voice", "kind": "long_code", "address": "+12125550101"}
        caller = (await shop.sender(provider_id=provider["id"], **spoken))["id"]
        _, line = await _senders(shop, server)
        contacts = await shop.people(_PHONES, first_name="Ann")  # they agreed to texts alone
        says = "This is Blue Shop. Press 9 to stop these calls. Boots, {{ first_name }}!"
        talk = await shop.template(says, channel="voice")
        text = await shop.template("Blue Shop: boots, {{ first_name }}! Reply STOP to opt out")
        ways = [{"channel": "sms", "template_id": text["id"], "sender_id": line, "after_seconds": 60}]
        draft = await shop.draft(template_id=talk["id"], sender_id=caller, fallback={"ways": ways})
        campaign = await shop.made("/v1/campaigns", draft)
        foreseen = await shop.made(path_of(campaign, "preflight"), {})
        seen = await shop.made(path_of(campaign, "preview"), {"contact_id": encode_id("contact", contacts[0])})
        job = await shop.made(path_of(campaign, "preflight"), {"wait": False})
        await run_preflight(shop.context, workspace_id=shop.workspace_id, preflight_id=decode_id("preflight", job["id"]))
        later = (await shop.client.get(f"{path_of(campaign)}/preflights/{job['id']}")).json()["report"]
        await shop.launch(campaign)
        await _work(shop, caller, line)
        went = await shop.value("SELECT array_agg(DISTINCT channel) FROM message WHERE campaign_id = $1", id_of(campaign))
    by_way = {way["channel"]: way for way in foreseen["ways"]}
    assert list(by_way) == ["voice", "sms"]
    (reason,) = by_way["voice"]["passed_on"]
    assert reason.startswith("consent.")
    assert (by_way["voice"]["members"], by_way["voice"]["passed_on"][reason]) == (0, len(_PHONES))
    assert (by_way["sms"]["members"], by_way["sms"]["verdicts"]["allow"]) == (len(_PHONES), len(_PHONES))
    assert (foreseen["verdicts"], foreseen["reasons"]) == ({"allow": len(_PHONES), "wait": 0, "never": 0}, [])
    assert foreseen["forecast"]["finishes_at"] is not None
    assert (later["ways"], later["verdicts"]) == (foreseen["ways"], foreseen["verdicts"])
    assert (seen["channel"], seen["verdict"], seen["passed_on"]) == ("sms", "allow", [{"channel": "voice", "reason": reason}])
    assert "boots, Ann!" in seen["body"]
    assert went == ["sms"]


async def test_a_carrier_that_gives_all_the_same_id_undoes_nothing_that_is_recorded(shop: Shop) -> None:
    async with carrier_server(lambda _: (200, {"id": "always-this"})) as server:
        _, line = await _senders(shop, server)
        for people in (_PHONES[:3], _PHONES[3:]):
            await shop.people(people, first_name="Ann")
            await shop.launched(sender_id=line)
            await _work(shop, line)
    assert await shop.value("SELECT count(*) FROM message WHERE state = 30") == len(_PHONES) + 3
    assert await shop.value("SELECT count(*) FROM attempt WHERE outcome = 'accepted'") == len(_PHONES) + 3
    assert await shop.value("SELECT count(provider_message_id) FROM attempt") == 1


async def test_a_refusal_that_another_channel_of_the_family_would_only_repeat_stays_on_the_first_way(shop: Shop) -> None:
    async with carrier_server(lambda _: (200, {"id": "x"})) as server:
        agent, line = await _senders(shop, server)
        await shop.people(_PHONES, first_name="Ann")
        await shop.suppress(_PHONES[0])
        campaign = await shop.made("/v1/campaigns", await _draft(shop, agent, sender_id=line))
        foreseen = await shop.made(path_of(campaign, "preflight"), {})
    first, second = foreseen["ways"]
    assert (first["members"], first["verdicts"]["never"], first["passed_on"], second["members"]) == (len(_PHONES), 1, {}, 0)
