"""Does what goes beside a text arrive with it? Cards of a message and of a campaign, personalised, judged, and kept as sent."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import asdict, replace
from typing import Any, ClassVar

import pytest

from app.domain.delivery import (
    Accepted,
    ErrorClass,
    Limits,
    Outbound,
    Outcome,
    Request,
    Response,
    Safety,
    WebhookReading,
    WebhookRequest,
)
from app.domain.ids import decode_id, encode_id
from app.domain.message import Channel
from app.ports import Account, BadSignature, CredentialField, Provider
from app.providers import _wire
from app.runtime import open_runtime
from app.settings import Settings
from app.usecases.dispatch_lane import dispatch_lane
from tests.factories import calling, make_key, make_workspace
from tests.shop import Shop, at_noon, pointers
from tests.usecases.carrier_server import Answer, CarrierServer, Heard, carrier_server

_PHONE = "+12125550142"
_CARD: dict[str, Any] = {
    "title": "Boots for {{ first_name }}",
    "media": {"url": "https://media.shop.example/{{ boots }}.jpg", "content_type": "image/jpeg"},
    "suggestions": [{"kind": "reply", "text": "Keep mine", "postback": "keep"}],
}


class Gallery:
    """A carrier that is told a message as it is, and takes fewer bytes of media than the carriers of a long code."""

    kind: ClassVar[str] = "gallery"
    title: ClassVar[str] = "Gallery"
    channels: ClassVar[frozenset[Channel]] = frozenset(Channel)
    default_base_url: ClassVar[str] = "https://gallery.example"
    credential_fields: ClassVar[tuple[CredentialField, ...]] = ()
    error_codes: ClassVar[Mapping[str, ErrorClass]] = {}
    safety: ClassVar[Mapping[Channel, Safety]] = dict.fromkeys(Channel, Safety.NONE)
    limits: ClassVar[Mapping[Channel, Limits]] = dict.fromkeys(Channel, Limits(text=3_072, media=2, media_bytes=900_000))
    id_is_ours: ClassVar[bool] = False

    def __init__(self, account: Account) -> None:
        self._url = _wire.base_url(account, self.default_base_url)

    def build_request(self, outbound: Outbound) -> Request:
        told: dict[str, Any] = {
            "to": outbound.to,
            "text": outbound.body,
            "purpose": outbound.purpose,
            "channel": outbound.channel,
        }
        told["content"] = asdict(outbound.content)
        return Request("POST", f"{self._url}/messages", {}, _wire.dump(told))

    def read_response(self, response: Response) -> Outcome:
        return Accepted(_wire.json_object(response.body)["id"])

    def read_webhook(self, request: WebhookRequest) -> WebhookReading:  # noqa: ARG002
        raise BadSignature("nobody signs here")


def _answer(heard: Heard) -> Answer:
    return 200, {"id": heard.body["to"]}


@pytest.fixture
async def shop(settings: Settings) -> AsyncIterator[Shop]:
    async with open_runtime(at_noon(settings), role="test") as context:
        gallery: dict[str, type[Provider]] = {"gallery": Gallery}
        ready = replace(context, provider_kinds={**context.provider_kinds, **gallery})
        workspace_id = await make_workspace(ready)
        async with calling(ready, await make_key(ready, workspace_id)) as client:
            yield Shop(ready, client, workspace_id)


async def _sender(shop: Shop, server: CarrierServer, channel: str = "rcs") -> str:
    provider = await shop.provider(kind="gallery", base_url=server.url, credentials={})
    agent = {"kind": "messaging_service", "address": "agent-1"}
    line = {"kind": "long_code", "address": "+12125550100"}
    fields = agent if channel == "rcs" else line
    sender = await shop.sender(provider_id=provider["id"], channel=channel, parts_per_second=100, **fields)
    return str(sender["id"])


def _message(sender: str, channel: str = "rcs", **content: Any) -> dict[str, Any]:
    fields = {"to": _PHONE, "channel": channel, "purpose": "transactional", "sender_id": sender, "body": "Your boots"}
    return {**fields, "content": content}


async def _dispatch(shop: Shop, sender: str) -> None:
    await dispatch_lane(shop.context, workspace_id=shop.workspace_id, sender_id=decode_id("sender", sender))


async def test_a_message_carries_its_cards_and_shows_them(shop: Shop) -> None:
    card = {**_CARD, "title": "Boots", "media": {"url": "https://media.shop.example/a.jpg"}}
    async with carrier_server(_answer) as server:
        sender = await _sender(shop, server)
        body = {
            "to": _PHONE,
            "channel": "rcs",
            "purpose": "transactional",
            "sender_id": sender,
            "body": "Your boots",
            "content": {"cards": [card]},
        }
        made = await shop.made("/v1/messages", body)
        await _dispatch(shop, sender)
        (heard,) = server.heard
    assert heard.body["purpose"] == "transactional"
    assert heard.body["content"]["cards"][0]["title"] == "Boots"
    assert heard.body["content"]["cards"][0]["suggestions"][0]["postback"] == "keep"
    shown = (await shop.client.get(f"/v1/messages/{made['id']}")).json()["message"]
    assert (shown["state"], shown["parts"], shown["content"]["cards"][0]["title"]) == ("submitted", 1, "Boots")


async def test_a_campaigns_cards_are_personalised_and_kept_as_they_went(shop: Shop) -> None:
    await shop.people([_PHONE, "+12125550143"], first_name="Ana", boots="red")
    await shop.execute("UPDATE consent SET channel = 'rcs' WHERE workspace_id = $1", shop.workspace_id)
    await shop.execute("UPDATE contact SET attributes = attributes - 'boots' WHERE phone = '+12125550143'")
    content = {"cards": [_CARD], "carrier_template": {"id": "HX1", "variables": [{"name": "1", "value": "{{ first_name }}"}]}}
    template = await shop.template("20% off at Example Shop. Reply STOP to opt out", channel="rcs", content=content)
    assert template["content"]["cards"][0]["title"] == "Boots for {{ first_name }}"
    async with carrier_server(_answer) as server:
        sender = await _sender(shop, server)
        campaign = await shop.launched(template_id=template["id"], sender_id=sender)
        await _dispatch(shop, sender)
        (heard,) = server.heard
    card = heard.body["content"]["cards"][0]
    assert (card["title"], card["media"]["url"]) == ("Boots for Ana", "https://media.shop.example/red.jpg")
    assert heard.body["content"]["carrier_template"] == {"id": "HX1", "variables": [{"name": "1", "value": "Ana"}]}
    listed = (await shop.client.get("/v1/messages", params={"campaign_id": campaign["id"]})).json()["items"]
    by_phone = {message["to"]: message for message in listed}
    assert by_phone[_PHONE]["content"]["cards"][0]["title"] == "Boots for Ana"
    assert (by_phone["+12125550143"]["state"], by_phone["+12125550143"]["reason"]) == ("failed", "content.missing_field")


async def test_what_a_card_says_is_judged_like_the_text(shop: Shop) -> None:
    async with carrier_server(_answer) as server:
        sender = await _sender(shop, server)
        tap = {"kind": "open_url", "text": "Look", "url": "https://bit.ly/abc"}
        body = {
            "to": _PHONE,
            "channel": "rcs",
            "purpose": "transactional",
            "sender_id": sender,
            "body": "Your boots",
            "content": {"suggestions": [tap]},
        }
        made = await shop.made("/v1/messages", body)
    assert made["state"] == "suppressed" and "shortener" in made["reason"]


@pytest.mark.parametrize(("channel", "content", "pointer"), [
    ("rcs", {"cards": [{"suggestions": []}]}, "/body/content/cards/0"),
    ("rcs", {"subject": "x"}, "/body/content/subject"),
    ("voice", {"media": [{"url": "https://m.example/a.jpg"}]}, "/body/content/media"),
    ("voice", {"speech": {"opt_out_key": "99"}}, "/body/content/speech/opt_out_key"),
    ("rcs", {"when_too_large": "link"}, "/body/content/when_too_large"),
    ("rcs", {"media": [{"url": "file:///etc/passwd"}]}, "/body/content/media/0/url"),
    ("rcs", {"carrier_template": {"id": "HX1"}}, "/body/content/carrier_template"),
    ("mms", {"media": [{"url": "https://m.example/a.jpg"}], "carrier_template": {"id": "HX1"}}, "/body/content/carrier_template"),
    (
        "rcs",
        {"cards": [{"title": "x"}], "carrier_template": {"id": "HX1", "variables": [{"name": "1", "value": "a"}] * 2}},
        "/body/content/carrier_template/variables",
    ),
])  # fmt: skip
async def test_what_cannot_be_carried_is_named(shop: Shop, channel: str, content: dict[str, Any], pointer: str) -> None:
    async with carrier_server(_answer) as server:
        sender = await _sender(shop, server, channel)
    body = {
        "to": _PHONE,
        "channel": channel,
        "purpose": "transactional",
        "sender_id": sender,
        "body": "Hello",
        "content": content,
    }
    for path, sent in (
        ("/v1/messages", body),
        ("/v1/templates", {"name": "x", "channel": channel, "body": "Hi", "content": content}),
    ):
        answer = await shop.client.post(path, json=sent)
        assert (answer.status_code, pointers(answer)) == (422, [pointer]), answer.text


async def test_a_fault_in_a_cards_tag_is_found_when_it_is_written(shop: Shop) -> None:
    body = {"name": "x", "channel": "rcs", "body": "Hi", "content": {"cards": [{"title": "{{ name"}]}}
    answer = await shop.client.post("/v1/templates", json=body)
    assert (answer.status_code, pointers(answer)) == (422, ["/body/content"])


async def test_a_test_send_shows_the_cards_too_and_asks_for_what_they_lack(shop: Shop) -> None:
    content = {"cards": [_CARD], "carrier_template": {"id": "HX1", "variables": [{"name": "1", "value": "{{ first_name }}"}]}}
    template = await shop.template("20% off at Example Shop. Reply STOP to opt out", channel="rcs", content=content)
    async with carrier_server(_answer) as server:
        sender = await _sender(shop, server)
        campaign = await shop.campaign(template_id=template["id"], sender_id=sender)
        path = f"/v1/campaigns/{campaign['id']}/test-send"
        lacking = await shop.client.post(path, json={"to": [_PHONE], "values": {"first_name": "Ana"}})
        assert (lacking.status_code, pointers(lacking)) == (422, ["/body/values"])
        await shop.made(path, {"to": [_PHONE], "values": {"first_name": "Ana", "boots": "red"}})
        await _dispatch(shop, sender)
        (heard,) = server.heard
    assert heard.body["content"]["cards"][0]["title"] == "Boots for Ana"


async def test_each_reads_her_own_language_with_the_facts_of_the_instant_it_goes(shop: Shop) -> None:
    third = "+12125550144"
    phones = [_PHONE, "+12125550143", third]
    await shop.people(phones, first_name="Ana", boots="red")
    await shop.execute("UPDATE consent SET channel = 'rcs' WHERE workspace_id = $1", shop.workspace_id)
    german = {**_CARD, "title": "Stiefel um {{ 1234.5 | money: 'EUR' }}"}
    template = await shop.template(
        "{{ first_name }}: 20% off at Example Shop. Reply STOP to opt out",
        channel="rcs",
        content={"cards": [_CARD]},
        locale="en",
        locales={
            "de": {
                "body": "{{ first_name }}: 20% Rabatt bei Example Shop. Abmelden: STOP antworten. Reply STOP to opt out",
                "content": {"cards": [german]},
            },
            "fr": {"body": "{{ first_name }}: -20% chez Example Shop. Reply STOP to opt out"},
        },
    )
    async with carrier_server(_answer) as server:
        sender = await _sender(shop, server)
        await shop.launched(template_id=template["id"], sender_id=sender)
        await shop.execute("UPDATE contact SET locale = 'de-AT' WHERE phone = $1", _PHONE)
        await shop.execute('UPDATE contact SET attributes = attributes || \'{"first_name": "Eva"}\' WHERE phone = $1', _PHONE)
        await shop.execute("UPDATE contact SET locale = 'fr_CA' WHERE phone = $1", third)
        await _dispatch(shop, sender)
        heard = {one.body["to"]: (one.body["text"][:16], one.body["content"]["cards"][0]["title"]) for one in server.heard}
    assert heard == {
        _PHONE: ("Eva: 20% Rabatt ", "Stiefel um 1.234,50 €"),
        "+12125550143": ("Ana: 20% off at ", "Boots for Ana"),
        third: ("Ana: -20% chez E", "Boots for Ana"),
    }


@pytest.mark.parametrize(("sizes", "reaches"), [
    ([500_000, 400_000], "mms"),
    ([500_000, 400_001], "sms"),  # over what the account's provider takes: known when it leaves
    ([500_000, 500_001], "sms"),  # over what the carriers take from a long code: known at once
    ([None, None], "mms"),  # nobody said
])  # fmt: skip
async def test_media_that_are_too_large_go_as_links_in_a_text(shop: Shop, sizes: list[int | None], reaches: str) -> None:
    media = [{"url": f"https://media.shop.example/{place}.jpg", "size": size} for place, size in enumerate(sizes)]
    async with carrier_server(_answer) as server:
        sender = await _sender(shop, server, "mms")
        asked = _message(sender, "mms", media=media, subject="Ready", when_too_large="link")
        made = await shop.made("/v1/messages", asked)
        await _dispatch(shop, sender)
        (heard,) = server.heard
    shown = (await shop.client.get(f"/v1/messages/{made['id']}")).json()["message"]
    assert (heard.body["channel"], shown["channel"], shown["state"]) == (reaches, "mms", "submitted")
    assert (shown["body"], len(heard.body["content"]["media"])) == (heard.body["text"], 2 if reaches == "mms" else 0)
    if reaches == "sms":
        linked = "Ready\nYour boots\nhttps://media.shop.example/0.jpg\nhttps://media.shop.example/1.jpg"
        assert (shown["body"], shown["content"]) == (linked, None)
    else:
        assert shown["body"] == "Your boots"


async def test_media_that_are_too_large_are_refused_where_nobody_wants_links(shop: Shop) -> None:
    async with carrier_server(_answer) as server:
        sender = await _sender(shop, server, "mms")
        medium = {"url": "https://media.shop.example/a.jpg", "size": 1_000_001}
        made = await shop.made("/v1/messages", _message(sender, "mms", media=[medium]))
    assert (made["state"], made["reason"]) == ("suppressed", "content.mms_too_large")


async def test_a_campaigns_links_are_counted_as_the_parts_they_take_and_previewed(shop: Shop) -> None:
    (contact_id,) = await shop.people([_PHONE], boots="red")
    await shop.execute("UPDATE consent SET channel = 'mms' WHERE workspace_id = $1", shop.workspace_id)
    address = "https://media.shop.example/{{ boots }}" + "-" * 120
    content = {"media": [{"url": address, "size": 2_000_000}], "when_too_large": "link"}
    template = await shop.template("20% off at Example Shop. Reply STOP to opt out", channel="mms", content=content)
    async with carrier_server(_answer) as server:
        sender = await _sender(shop, server, "mms")
        campaign = await shop.campaign(template_id=template["id"], sender_id=sender)
        preview = await shop.made(f"/v1/campaigns/{campaign['id']}/preview", {"contact_id": encode_id("contact", contact_id)})
        campaign = await shop.launched(template_id=template["id"], sender_id=sender)
        await _dispatch(shop, sender)
        (heard,) = server.heard
    (sent,) = (await shop.client.get("/v1/messages", params={"campaign_id": campaign["id"]})).json()["items"]
    text = "20% off at Example Shop. Reply STOP to opt out\n" + address.replace("{{ boots }}", "red")
    assert preview["body"] == sent["body"] == heard.body["text"] == text
    assert (preview["parts"], sent["parts"], heard.body["channel"]) == (2, 2, "sms")
