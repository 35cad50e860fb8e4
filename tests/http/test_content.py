"""Do texts say what they must when they leave? Over the API and through a real claim: added, or refused with the reason."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from app.domain.delivery import ErrorClass
from app.domain.ids import decode_id
from app.runtime import open_runtime
from app.settings import Settings
from app.usecases.claim_group import Group, claim_group
from app.usecases.context import Context
from app.usecases.open_lane import open_content, open_lane
from app.usecases.suppress_refused import suppress_refused
from tests.factories import calling, make_key, make_workspace
from tests.shop import Shop, at_noon, id_of, path_of, pointers

_NEW_YORK, _TORONTO, _PARIS, _SEOUL = "+12125550142", "+14165550142", "+33612345678", "+821012345678"
_PITCH = "Hi {{ first_name }}, 20% off until Sunday."


@pytest.fixture
async def noon(settings: Settings) -> AsyncIterator[Shop]:
    """A customer on a Tuesday at noon in New York, early evening in Paris."""
    async with open_runtime(at_noon(settings), role="test") as context:
        workspace_id = await make_workspace(context, name="Acme")
        async with calling(context, await make_key(context, workspace_id)) as client:
            yield Shop(context, client, workspace_id)


async def _claimed(shop: Shop, campaign: dict[str, Any] | None, sender: dict[str, Any]) -> Group | None:
    """What a worker would hand over now."""
    context: Context = shop.context
    now = context.clock.now()
    sender_id = await shop.value(
        "SELECT id FROM sender WHERE workspace_id = $1 AND address = $2", shop.workspace_id, sender["address"]
    )
    lane = await open_lane(context, workspace_id=shop.workspace_id, sender_id=sender_id, now=now)
    assert lane is not None
    content = await open_content(context, lane, id_of(campaign)) if campaign else None
    return (await claim_group(context, lane, content, limit=50, parts=500, now=now)).group


async def _sent(shop: Shop, body: str, phone: str, **campaign: Any) -> tuple[list[str], dict[str, int]]:
    """A campaign's texts to one person as they would leave, and the reasons in its books."""
    await shop.people([phone], first_name="Maya")
    sender = await shop.sender(**campaign.pop("sender", {}))
    template = await shop.template(body)
    made = await shop.launched(template_id=template["id"], sender_id=sender["id"], **campaign)
    group = await _claimed(shop, made, sender)
    books = (await shop.client.get(path_of(made, "stats"))).json()
    return [member.body for member in group.members] if group else [], books["reasons"]


async def test_a_campaign_to_france_gets_its_name_and_its_stop_line_and_their_parts_are_counted(noon: Shop) -> None:
    texts, _ = await _sent(noon, _PITCH, _PARIS)
    assert texts == ["Acme: Hi Maya, 20% off until Sunday. Repondez STOP pour ne plus recevoir"]
    assert await noon.value("SELECT parts FROM message WHERE body = $1", texts[0]) == 1


async def test_a_text_that_has_it_all_leaves_as_it_was_written(noon: Shop) -> None:
    texts, _ = await _sent(noon, "Acme : -20% pour {{ first_name }}. STOP au 36180", _PARIS)
    assert texts == ["Acme : -20% pour Maya. STOP au 36180"]


async def test_an_american_text_is_not_touched(noon: Shop) -> None:
    assert (await _sent(noon, _PITCH, _NEW_YORK))[0] == ["Hi Maya, 20% off until Sunday."]


async def test_a_brand_of_its_own_is_the_name_that_is_added(noon: Shop) -> None:
    texts, _ = await _sent(noon, "{{ first_name }}, STOP 36180", _PARIS, brand="")
    assert texts == ["Acme: Maya, STOP 36180"]


async def test_canada_without_an_address_is_refused_with_the_reason_in_the_books(noon: Shop) -> None:
    assert await _sent(noon, _PITCH, _TORONTO) == ([], {"content.identification_missing": 1})


async def test_canada_gets_the_address_the_sender_is_registered_with(noon: Shop) -> None:
    registered = {"registration": {"identification": "acme.example/legal"}}
    texts, _ = await _sent(noon, _PITCH, _TORONTO, sender=registered)
    assert texts == ["Acme: Hi Maya, 20% off until Sunday. acme.example/legal. Reply STOP to opt out"]


async def test_a_public_shortener_is_refused_with_the_reason_in_the_books(noon: Shop) -> None:
    assert await _sent(noon, "Sale bit.ly/{{ first_name }}", _NEW_YORK) == ([], {"content.public_url_shortener": 1})


async def test_what_a_value_brings_into_a_text_is_read_too(noon: Shop) -> None:
    await noon.people([_NEW_YORK], link="tinyurl.com/x")
    sender = await noon.sender()
    template = await noon.template("Look: {{ link }}")
    campaign = await noon.launched(template_id=template["id"], sender_id=sender["id"])
    assert await _claimed(noon, campaign, sender) is None
    reasons = (await noon.client.get(path_of(campaign, "stats"))).json()["reasons"]
    assert reasons == {"content.public_url_shortener": 1}


async def test_a_declared_category_closes_a_market_or_asks_for_grown_ups(noon: Shop) -> None:
    assert (await _sent(noon, _PITCH, _NEW_YORK, categories=["debt_relief"]))[1] == {"content.prohibited_category": 1}


async def test_alcohol_goes_to_verified_adults_from_a_sender_registered_for_it(noon: Shop) -> None:
    registered = {"registration": {"age_gated": ["alcohol"]}}
    await noon.people([_NEW_YORK, "+12125550143"], first_name="Maya")
    await noon.execute("UPDATE contact SET birth_date = '1980-01-01', age_verified = true WHERE phone = $1", _NEW_YORK)
    sender = await noon.sender(**registered)
    template = await noon.template(_PITCH)
    campaign = await noon.launched(template_id=template["id"], sender_id=sender["id"], categories=["alcohol"])
    group = await _claimed(noon, campaign, sender)
    assert group is not None
    assert [member.phone for member in group.members] == [_NEW_YORK]
    reasons = (await noon.client.get(path_of(campaign, "stats"))).json()["reasons"]
    assert reasons == {"content.age_gate_missing": 1}


async def test_a_workspace_may_have_texts_refused_rather_than_changed(noon: Shop) -> None:
    await noon.execute('UPDATE workspace SET policy = \'{"wording": "refuse"}\' WHERE id = $1', noon.workspace_id)
    _, reasons = await _sent(noon, _PITCH, _PARIS)
    assert reasons == {"content.identification_missing": 1}


async def test_an_unregistered_long_code_is_refused_before_the_carrier_does(noon: Shop) -> None:
    pending = {"kind": "long_code", "address": "+12125550188", "registration": {"status": "pending"}}
    assert (await _sent(noon, _PITCH, _NEW_YORK, sender=pending))[1] == {"sender.unregistered_10dlc": 1}


async def _message(shop: Shop, sender: dict[str, Any], body: str, **fields: Any) -> dict[str, Any]:
    return await shop.made(
        "/v1/messages", {"to": _NEW_YORK, "purpose": "transactional", "sender_id": sender["id"], "body": body, **fields}
    )


async def test_a_transactional_text_that_sells_is_refused_at_once(noon: Shop) -> None:
    sender = await noon.sender()
    sold = await _message(noon, sender, "Your order has shipped. Get 10% off your next order")
    assert (sold["state"], sold["reason"]) == ("suppressed", "content.marketing_in_transactional")
    plain = await _message(noon, sender, "Your order has shipped.")
    assert (plain["state"], plain["body"]) == ("queued", "Your order has shipped.")


async def test_a_single_text_gets_what_it_lacks_once_and_not_again_at_the_hand_over(noon: Shop) -> None:
    sender = await noon.sender(registration={"identification": "acme.example/legal"})
    made = await _message(noon, sender, "Your receipt", to=_TORONTO)
    expected = "Acme: Your receipt. acme.example/legal. Reply STOP to opt out"
    assert (made["state"], made["body"], made["parts"]) == ("queued", expected, 1)
    group = await _claimed(noon, None, sender)
    assert group is not None
    assert [member.body for member in group.members] == [expected]


async def test_a_code_they_asked_for_needs_no_form(noon: Shop) -> None:
    made = await _message(noon, await noon.sender(), "Your code is 123456", to=_TORONTO, ground="user_initiated")
    assert (made["state"], made["body"]) == ("queued", "Your code is 123456")


async def test_a_ground_stands_under_transactional_messages_only(noon: Shop) -> None:
    sender = await noon.sender()
    body = {"to": _NEW_YORK, "purpose": "marketing", "sender_id": sender["id"], "body": "Hi", "ground": "emergency"}
    answer = await noon.client.post("/v1/messages", json=body)
    assert (answer.status_code, pointers(answer)) == (422, ["/body/ground"])


async def test_there_cannot_be_a_hundred_emergencies_in_an_hour(noon: Shop) -> None:
    sender = await noon.sender()
    await _message(noon, sender, "Boil your water.", ground="emergency")
    await noon.execute(
        "INSERT INTO message (workspace_id, id, phone, sender_id, channel, purpose, origin, ground, priority, state, body, "
        "due_at, created_at, updated_at) SELECT workspace_id, gen_random_uuid(), phone, sender_id, channel, purpose, origin, "
        "ground, priority, 80, body, due_at, created_at, updated_at FROM message, generate_series(1, 99) WHERE workspace_id = $1",
        noon.workspace_id,
    )
    body = {"to": _NEW_YORK, "purpose": "transactional", "sender_id": sender["id"], "body": "Again.", "ground": "emergency"}
    answer = await noon.client.post("/v1/messages", json=body)
    assert (answer.status_code, answer.json()["code"]) == (429, "too_many_emergencies")
    assert answer.headers["Retry-After"]
    assert (await noon.client.post("/v1/messages", json={**body, "ground": None})).status_code == 201


async def test_a_test_shows_the_text_as_its_audience_would_read_it(noon: Shop) -> None:
    campaign = await noon.campaign(template_id=(await noon.template(_PITCH))["id"])
    sent = await noon.made(path_of(campaign, "test-send"), {"to": [_PARIS], "values": {"first_name": "Maya"}})
    assert sent["items"][0]["body"] == "Acme: Hi Maya, 20% off until Sunday. Repondez STOP pour ne plus recevoir"
    assert sent["items"][0]["state"] == "queued"


async def test_a_campaign_keeps_what_it_is_for(noon: Shop) -> None:
    said = {"brand": "Acme Kids", "topic": "toys", "subject": "autumn", "categories": ["alcohol"]}
    campaign = await noon.campaign(**said)
    assert {name: campaign[name] for name in said} == said
    assert campaign["technology"] == "text"
    changed = await noon.client.patch(path_of(campaign), json={"topic": "", "categories": []})
    assert (changed.json()["topic"], changed.json()["categories"], changed.json()["brand"]) == ("", [], "Acme Kids")


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"categories": ["alcool"]}, "/body/categories/0"),
        ({"topic": "Two Words"}, "/body/topic"),
        ({"technology": "live"}, "/body/technology"),
        ({"technology": "telepathy"}, "/body/technology"),
        ({"brand": "x" * 201}, "/body/brand"),
    ],
)
async def test_what_cannot_be_is_refused_by_name(noon: Shop, fields: dict[str, Any], pointer: str) -> None:
    answer = await noon.client.post("/v1/campaigns", json=await noon.draft(**fields))
    assert (answer.status_code, pointers(answer)) == (422, [pointer])


async def test_a_registration_is_kept_and_changed_field_by_field(noon: Shop) -> None:
    sender = await noon.sender(registration={"status": "pending", "brand": "Acme Inc."})
    assert (sender["registration"]["status"], sender["registration"]["abandoned_rate"]) == ("pending", 0.0)
    path = f"/v1/senders/{sender['id']}"
    changed = await noon.client.patch(path, json={"registration": {"status": "registered", "abandoned_rate": 0.02}})
    kept = changed.json()["registration"]
    assert (kept["status"], kept["brand"], kept["abandoned_rate"]) == ("registered", "Acme Inc.", 0.02)
    wrong = await noon.client.patch(path, json={"registration": {"abandoned_rate": 2}})
    assert (wrong.status_code, pointers(wrong)) == (422, ["/body/registration/abandoned_rate"])


async def test_a_preflight_tells_what_texts_would_be_refused_and_what_carriers_advise(noon: Shop) -> None:
    await noon.people([_NEW_YORK, _TORONTO, _PARIS], first_name="Maya")
    campaign = await noon.campaign(template_id=(await noon.template(_PITCH))["id"])
    found = await noon.made(path_of(campaign, "preflight"), {})
    assert {row["rule"]: row["members"] for row in found["objections"]} == {"content.identification_missing": 1}
    assert {"verdict": "never", "reason": "content.identification_missing", "members": 1} in found["reasons"]
    assert found["content"]["advised"] == {"identification": 1, "opt_out": 1}
    assert {row["country"]: row["parts"] for row in found["parts"]} == {"US": 1, "FR": 1}


async def test_a_preflight_of_a_sender_that_may_not_send_says_so(noon: Shop) -> None:
    await noon.people([_NEW_YORK], first_name="Maya")
    sender = await noon.sender(kind="long_code", address="+12125550188", registration={"status": "unregistered"})
    campaign = await noon.campaign(template_id=(await noon.template(_PITCH))["id"], sender_id=sender["id"])
    found = await noon.made(path_of(campaign, "preflight"), {})
    assert [row["rule"] for row in found["objections"]] == ["sender.unregistered_10dlc"]


async def test_a_template_is_checked_for_the_countries_it_is_meant_for(noon: Shop) -> None:
    template = await noon.template(_PITCH)
    path = f"/v1/templates/{template['id']}/check"
    asked = {"regions": ["US", "CA", "FR", "KR", "US-FL"], "values": {"first_name": "Maya"}}
    found = {row["region"]: row for row in (await noon.made(path, asked))["items"]}
    told = {region: [finding["rule"] for finding in row["objections"]] for region, row in found.items()}
    assert told == {
        "US": [],
        "CA": ["content.identification_missing"],
        "FR": [],
        "KR": ["content.opt_out_missing"],
        "US-FL": [],
    }
    assert [row["element"] for row in found["US-FL"]["advice"]] == ["identification", "opt_out"]
    assert found["FR"]["body"] == "Acme: Hi Maya, 20% off until Sunday. Repondez STOP pour ne plus recevoir"
    assert found["KR"]["body"] == "(광고) Acme: Hi Maya, 20% off until Sunday."
    sender = await noon.sender(registration={"opt_out": "080-111-2222"})
    better = (await noon.made(path, {**asked, "regions": ["KR"], "sender_id": sender["id"]}))["items"][0]
    assert better["objections"] == []


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [({"regions": ["Atlantis"]}, "/body/regions/0"), ({"regions": []}, "/body/regions"), ({"purpose": "fun"}, "/body/purpose")],
)
async def test_a_check_of_nowhere_is_refused_by_name(noon: Shop, fields: dict[str, Any], pointer: str) -> None:
    template = await noon.template()
    answer = await noon.client.post(f"/v1/templates/{template['id']}/check", json=fields)
    assert (answer.status_code, pointers(answer)) == (422, [pointer])


async def test_a_full_day_at_t_mobile_waits_for_the_next_one(noon: Shop) -> None:
    await noon.people([_NEW_YORK], first_name="Maya")
    sender = await noon.sender()
    made = await _message(noon, sender, "Your parcel comes today")
    refused = (noon.workspace_id, decode_id("message", made["id"]), 1, ErrorClass.DAILY_CAP, "30023")
    async with noon.context.db.transaction() as tx:
        await suppress_refused(tx, refusals=[refused], now=noon.context.clock.now())
    assert await _claimed(noon, None, sender) is None
    waiting = (await noon.client.get(f"/v1/messages/{made['id']}")).json()["message"]
    assert (waiting["state"], waiting["due_at"]) == ("queued", "2026-11-25T08:00:00Z")
    assert [reason["rule"] for reason in waiting["decision"]["reasons"]] == ["sender.tmobile_daily_cap"]
    view = (await noon.client.get(f"/v1/senders/{sender['id']}")).json()["registration"]
    assert (view["capped_by"], view["capped_until"]) == ("tmobile", "2026-11-25T08:00:00Z")


async def test_a_sender_with_a_long_queue_hands_nothing_over_just_before_closing(noon: Shop) -> None:
    sender = await noon.sender(registration={"queue_seconds": 300})
    found = await _asked(noon, to="+12125551234", at="2026-11-25T01:58:00Z", sender_id=sender["id"])
    assert (found["verdict"], [reason["rule"] for reason in found["reasons"]]) == ("wait", ["time.queue_guard"])
    assert (await _asked(noon, to="+12125551234", at="2026-11-25T01:50:00Z", sender_id=sender["id"]))["verdict"] == "allow"


async def _asked(shop: Shop, **question: Any) -> dict[str, Any]:
    given = {"assume": {"consents": [{"kind": "express_written", "since": "2026-10-01T12:00:00Z"}]}}
    return await shop.made("/v1/decisions", {"channel": "sms", "at": "2026-11-24T17:30:00Z", **given, **question})


@pytest.mark.parametrize(
    ("question", "rules"),
    [
        ({"to": _TORONTO, "body": "20% off. STOP to end"}, ["content.identification_missing"]),
        ({"to": _TORONTO, "body": "Acme: 20% off acme.example/legal STOP to end"}, []),
        ({"to": "+12125551234", "body": "Acme: 20% off bit.ly/x"}, ["content.public_url_shortener"]),
        ({"to": "+12125551234", "body": "Your order shipped", "purpose": "transactional"}, []),
        (
            {"to": "+12125551234", "body": "Your order shipped. Get 10% off your next order", "purpose": "transactional"},
            ["content.marketing_in_transactional"],
        ),
        (
            {
                "to": "+12125551234",
                "body": "You are out. Before you go: 20% off!",
                "purpose": "transactional",
                "reply_to": "STOP",
            },
            ["content.confirmation_marketing"],
        ),
        (
            {
                "to": "+12125551234",
                "channel": "voice",
                "body": "This is Acme with news of our big sale of boots and coats. Press 9 to stop",
            },
            ["content.voice_optout_missing"],
        ),
        ({"to": "+12125551234", "channel": "voice", "body": "This is Acme. Press 9 to stop these calls. Our sale begins."}, []),
    ],
)
async def test_a_decision_reads_the_text_it_is_asked_about(noon: Shop, question: dict[str, Any], rules: list[str]) -> None:
    answer = await _asked(noon, **question)
    assert [reason["rule"] for reason in answer["reasons"]] == rules


async def test_a_decision_shows_the_text_as_it_would_be_sent(noon: Shop) -> None:
    answer = await _asked(noon, to=_PARIS, body="-20% jusqu'a dimanche")
    assert (answer["verdict"], answer["body"]) == (
        "allow",
        "Acme: -20% jusqu'a dimanche. Repondez STOP pour ne plus recevoir",
    )
    assert (await _asked(noon, to=_PARIS))["body"] is None
