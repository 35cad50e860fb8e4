"""Do short links lead where their campaign says, each person by a code of their own, and do they tell people from machines?"""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

from app.domain.ids import decode_id, encode_id
from app.pages.short_links import LinkGate
from app.settings import Settings
from app.usecases.claim_group import claim_group
from app.usecases.erase_person import erase_contact
from app.usecases.follow_links import judge_clicks
from app.usecases.open_lane import open_content, open_lane
from app.usecases.settling import Member
from tests.factories import calling
from tests.shop import Shop, at_noon, id_of, path_of, pointers

PHONES = ["+12125550100", "+13105550100", "+17185550100"]
TEXT = "Hi {{ first_name }}: https://shop.example/autumn?x=1#boots or https://shop.example/o/{{ order }}. Reply STOP to opt out"
UTM = "utm_source=tactful&utm_medium=sms"
LINKS: dict[str, Any] = {"utm": {"source": "tactful", "medium": "sms"}}
PHONE_BROWSER = {
    "User-Agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/18.0 Mobile/15E148 Safari/604.1",
    "Accept": "text/html,application/xhtml+xml,*/*;q=0.8",
    "Accept-Language": "en-US",
}
PREVIEW = {**PHONE_BROWSER, "User-Agent": "Mozilla/5.0 (Macintosh) Safari/601.2.4 facebookexternalhit/1.1 Facebot Twitterbot/1.0"}


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """It is always noon in New York here."""
    return at_noon(settings)


async def claimed(shop: Shop, campaign: Mapping[str, Any]) -> dict[str, Member]:
    """The messages of a campaign as they are about to leave, by number."""
    now = shop.context.clock.now()
    sender_id = decode_id("sender", campaign["sender_id"])
    lane = await open_lane(shop.context, workspace_id=shop.workspace_id, sender_id=sender_id, now=now)
    assert lane is not None
    content = await open_content(shop.context, lane, id_of(campaign))
    claim = await claim_group(shop.context, lane, content, limit=500, parts=1_000, now=now)
    return {member.phone: member for member in claim.group.members} if claim.group else {}


async def sent(shop: Shop, text: str = TEXT, **fields: Any) -> tuple[dict[str, Any], dict[str, list[str]]]:
    """A campaign that was handed over a minute ago, and the paths of the links in each person's text."""
    template = await shop.template(text)
    campaign = await shop.launched(template_id=template["id"], **{"links": LINKS, **fields})
    members = await claimed(shop, campaign)
    await handed_over(shop, seconds_ago=60)
    return campaign, {phone: paths_in(member.body) for phone, member in members.items()}


async def handed_over(shop: Shop, *, seconds_ago: float) -> None:
    """As if all claimed messages had left so long ago."""
    at = shop.context.clock.now() - timedelta(seconds=seconds_ago)
    await shop.execute("UPDATE message SET state = 30, handed_over_at = $1 WHERE state IN (20, 30)", at)


def paths_in(text: str) -> list[str]:
    """The paths of short links, in order."""
    begins = "http://127.0.0.1:8000/l/"
    return [f"/l/{piece[:11]}" for piece in text.split(begins)[1:]]


async def get(shop: Shop, path: str, *, method: str = "GET", **headers: str) -> httpx.Response:
    """As anybody, without a key."""
    async with calling(shop.context) as anyone:
        return await anyone.request(method, path, headers=headers)


async def links_of(shop: Shop, campaign: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    answer = await shop.client.get(path_of(campaign, "links"))
    assert answer.status_code == 200, answer.text
    return {item["written"]: item for item in answer.json()["links"]}


async def test_each_person_has_codes_of_their_own_that_lead_to_what_was_written(shop: Shop) -> None:
    await shop.people(PHONES, first_name="Ana https://evil.example/", order="7/a")
    _, paths = await sent(shop)
    assert set(paths) == set(PHONES) and len({path for pair in paths.values() for path in pair}) == 6
    bodies = [await shop.value("SELECT body FROM message WHERE phone = $1", phone) for phone in PHONES]
    assert all("shop.example" not in body and "Ana https://evil.example/:" in body for body in bodies)
    autumn, order = paths[PHONES[0]]
    answer = await get(shop, autumn, **PHONE_BROWSER)
    assert (answer.status_code, answer.headers["location"]) == (302, f"https://shop.example/autumn?x=1&{UTM}#boots")
    assert (answer.headers["cache-control"], answer.headers["referrer-policy"]) == ("no-store", "no-referrer")
    assert (await get(shop, order, **PHONE_BROWSER)).headers["location"] == f"https://shop.example/o/7/a?{UTM}"
    head = await get(shop, autumn, method="HEAD", **PHONE_BROWSER)
    assert (head.status_code, head.headers["location"], head.content) == (302, answer.headers["location"], b"")
    assert await shop.value("SELECT count(*) FROM click") == 3
    assert await shop.value("SELECT count(*) FROM suppression") == 0


async def test_parts_are_counted_with_the_short_link(shop: Shop) -> None:
    await shop.people(PHONES[:1], first_name="Ana")
    text = f"Example Shop: look https://shop.example/{'x' * 150} . Reply STOP to opt out"
    campaign = await shop.campaign(template_id=(await shop.template(text))["id"], links={})
    assert await _parts_foreseen(shop, campaign) == 1
    await shop.launch(campaign)
    (member,) = (await claimed(shop, campaign)).values()
    assert member.parts == 1 and len(member.body) < 160
    untouched = await shop.campaign(template_id=campaign["template_id"])
    assert untouched["links"] is None
    assert await _parts_foreseen(shop, untouched) == 2


async def _parts_foreseen(shop: Shop, campaign: Mapping[str, Any]) -> int:
    forecast = await shop.made(path_of(campaign, "preflight"), {})
    return sum(line["parts"] for line in forecast["parts"])


async def test_a_message_that_comes_back_keeps_its_links(shop: Shop) -> None:
    await shop.people(PHONES[:1], first_name="Ana", order="1")
    campaign = await shop.launched(template_id=(await shop.template(TEXT))["id"], links=LINKS)
    (first,) = (await claimed(shop, campaign)).values()
    await shop.execute("UPDATE message SET state = 10, lease_id = NULL, counted_at = NULL")
    (second,) = (await claimed(shop, campaign)).values()
    assert first.body == second.body
    assert await shop.value("SELECT count(*) FROM link_code") == 2


@pytest.mark.parametrize(
    "path", ["/l/", "/l/x", "/l/11111111111", "/l/%00", "/l/%ED%A0%80", "/l/0OIl0OIl0OI", "/l/" + "1" * 5_000]
)
async def test_a_code_of_nobodys_leads_nowhere(shop: Shop, path: str) -> None:
    answer = await get(shop, path, **PHONE_BROWSER)
    assert answer.status_code == 404 and "location" not in answer.headers
    assert (await get(shop, f"{path}?to=https://evil.example/", **PHONE_BROWSER)).status_code == 404
    assert (await get(shop, path, method="POST")).status_code in {404, 405}


async def test_a_link_ends(shop: Shop) -> None:
    await shop.people(PHONES[:1], first_name="Ana", order="1")
    _, paths = await sent(shop, links={"expire_days": 1})
    assert await shop.value("SELECT max(expires_at) FROM link_code") <= shop.context.clock.now() + timedelta(days=1)
    await shop.execute("UPDATE link_code SET expires_at = $1", shop.context.clock.now())
    answer = await get(shop, paths[PHONES[0]][0], **PHONE_BROWSER)
    assert (answer.status_code, answer.headers["content-type"]) == (410, "text/html; charset=utf-8")
    assert "location" not in answer.headers and await shop.value("SELECT count(*) FROM click") == 0


async def test_clicks_are_counted_for_people_and_kept_apart_for_machines(shop: Shop) -> None:
    ana, bo, _ = await shop.people(PHONES, first_name="Ana", order="1")
    draft = await shop.campaign(template_id=(await shop.template(TEXT))["id"], links=LINKS)
    assert {link["clicks"] for link in (await links_of(shop, draft)).values()} == {0}
    campaign, paths = await sent(shop)
    label = "https://shop.example/autumn?x=1#boots"
    assert (await links_of(shop, campaign))[label]["clicks"] == 0
    async with calling(shop.context) as anyone:
        for phone, headers in ((PHONES[0], PHONE_BROWSER), (PHONES[0], PHONE_BROWSER), (PHONES[1], PREVIEW), (PHONES[2], {})):
            await anyone.get(paths[phone][0], headers=headers)
    links = await links_of(shop, campaign)
    counted = links[label]
    assert [counted[name] for name in ("clicks", "unique_clicks", "human_clicks", "unique_human_clicks")] == [4, 3, 2, 1]
    assert links["https://shop.example/o/…"]["clicks"] == 0
    message = (await shop.client.get("/v1/messages", params={"to": PHONES[0]})).json()["items"][0]
    clicks = (await shop.client.get(f"/v1/messages/{message['id']}")).json()["clicks"]
    assert [(click["written"], click["agent"], click["human"]) for click in clicks] == [(label, "browser", True)] * 2
    seen = (await shop.client.get(f"/v1/contacts/{encode_id('contact', bo)}/clicks")).json()["items"]
    assert [(click["agent"], click["human"], click["campaign_id"]) for click in seen] == [("previewer", False, campaign["id"])]
    path, found = f"/v1/contacts/{encode_id('contact', ana)}/clicks", []
    cursor: dict[str, str] = {}
    for _ in range(2):
        page = (await shop.client.get(path, params={"limit": 1, **cursor})).json()
        found += [click["id"] for click in page["items"]]
        cursor = {"cursor": page["next_cursor"]}
    assert found == [click["id"] for click in reversed(clicks)] and cursor == {"cursor": None}


async def test_a_click_before_anybody_can_have_read_is_a_machines(shop: Shop) -> None:
    await shop.people(PHONES[:2], first_name="Ana", order="1")
    _, paths = await sent(shop)
    await handed_over(shop, seconds_ago=0.2)
    await get(shop, paths[PHONES[0]][0], **PHONE_BROWSER)
    assert await shop.value("SELECT human FROM click") is False
    await shop.execute("DELETE FROM click")
    # The carrier tells later that it was delivered after the click: looked at again a minute later, it was no person's.
    await handed_over(shop, seconds_ago=300)
    await get(shop, paths[PHONES[0]][0], **PHONE_BROWSER)
    await get(shop, paths[PHONES[1]][0], **PHONE_BROWSER)
    assert await shop.value("SELECT bool_and(human) FROM click") is True
    await shop.execute("UPDATE click SET clicked_at = clicked_at - interval '100 seconds'")
    await shop.execute(
        "INSERT INTO receipt (workspace_id, id, provider_id, event_key, message_id, raw_status, state, occurred_at, received_at) "
        "SELECT m.workspace_id, gen_random_uuid(), s.provider_id, m.phone, m.id, 'delivered', 80, "
        "  $1::timestamptz - CASE WHEN m.phone = $2 THEN interval '90 seconds' ELSE interval '200 seconds' END, $1 "
        "FROM message m JOIN sender s ON s.id = m.sender_id",
        shop.context.clock.now(),
        PHONES[0],
    )
    assert await judge_clicks(shop.context) == 2 and await judge_clicks(shop.context) == 0
    humans = "SELECT c.human FROM click c JOIN message m ON m.id = c.message_id WHERE m.phone = $1"
    assert [await shop.value(humans, phone) for phone in PHONES[:2]] == [False, True]


async def test_one_address_that_fetches_many_peoples_links_is_a_machine_and_then_forgotten(shop: Shop) -> None:
    crowd = [f"+1212555{number:04d}" for number in range(1000, 1120)]
    await shop.people([*crowd, PHONES[0]], first_name="Ana", order="1")
    _, paths = await sent(shop)
    scanner = {**PHONE_BROWSER, "X-Forwarded-For": "1.1.1.1, 8.8.4.4"}
    async with calling(shop.context) as anyone:
        await asyncio.gather(*(anyone.get(paths[phone][0], headers=scanner) for phone in crowd if phone in paths))
        await anyone.get(paths[PHONES[0]][0], headers={**PHONE_BROWSER, "X-Forwarded-For": "8.8.4.4, 9.9.9.9"})
    assert await shop.value("SELECT count(*) FILTER (WHERE human) FROM click") == len(paths)
    await shop.execute("UPDATE click SET clicked_at = clicked_at - interval '100 seconds'")
    await handed_over(shop, seconds_ago=1_000)
    await judge_clicks(shop.context)
    assert await shop.value("SELECT count(*) FILTER (WHERE human) FROM click") == 1
    await shop.execute("UPDATE click SET clicked_at = clicked_at - interval '10 minutes'")
    await judge_clicks(shop.context)
    assert await shop.value("SELECT count(address) FROM click") == 0


async def test_whoever_hammers_at_a_link_fills_no_table(shop: Shop) -> None:
    await shop.people(PHONES[:1], first_name="Ana", order="1")
    _, paths = await sent(shop)
    async with calling(shop.context) as anyone:
        for _ in range(2):
            answers = await asyncio.gather(*(anyone.get(paths[PHONES[0]][0], headers=PHONE_BROWSER) for _ in range(150)))
            assert {answer.status_code for answer in answers} == {302}
    assert await shop.value("SELECT count(*) FROM click") <= 350


@pytest.mark.parametrize(
    ("text", "links", "pointer", "why"),
    [
        ("Look: http://shop.example/x", {}, "/body/links", "https"),
        ("Look: javascript:alert(1)", {}, "/body/links", "https"),
        ("Look: https://{{ host }}/x", {}, "/body/links", "written out"),
        ("Look: https://user@shop.example/", {}, "/body/links", "user name"),
        ("Look: https://10.0.0.1/", {}, "/body/links", "number"),
        ("Look: https://router.local/", {}, "/body/links", "outside"),
        ("Look: https://shop.example/", {"expire_days": 0}, "/body/links/expire_days", ""),
        ("Look: https://shop.example/", {"conversion_days": "7"}, "/body/links/conversion_days", ""),
        ("Look: https://shop.example/", {"utm": {"colour": "red"}}, "/body/links/utm/colour", ""),
        ("Look: https://shop.example/", {"utm": {"source": "x" * 101}}, "/body/links/utm/source", ""),
        ("Look: https://shop.example/" + "x" * 1_960, {"utm": {"source": "y" * 100}}, "/body/links", "longer"),
        ("Look: https://shop.example/", True, "/body/links", ""),
    ],
)
async def test_links_that_cannot_be_made_are_named(shop: Shop, text: str, links: Any, pointer: str, why: str) -> None:
    draft = await shop.draft(template_id=(await shop.template(text))["id"])
    answer = await shop.client.post("/v1/campaigns", json={**draft, "links": links})
    assert (answer.status_code, pointers(answer)) == (422, [pointer]) and why in answer.json()["detail"], answer.text


async def test_a_draft_s_links_can_be_changed_and_taken_away(shop: Shop) -> None:
    template = await shop.template("Look: http://shop.example/x")
    draft = await shop.campaign(template_id=template["id"])
    refused = await shop.client.patch(path_of(draft), json={"links": {}})
    assert (refused.status_code, refused.json()["code"]) == (422, "unusable_link")
    changed = await shop.client.patch(path_of(draft), json={"links": {"allow_http": True}})
    assert changed.json()["links"]["allow_http"] is True
    assert (await shop.client.patch(path_of(draft), json={"links": None})).json()["links"] is None


async def test_what_was_clicked_is_the_person_s_and_goes_with_her(shop: Shop) -> None:
    (ana,) = await shop.people(PHONES[:1], first_name="Ana", order="order-of-ana")
    campaign, paths = await sent(shop)
    await get(shop, paths[PHONES[0]][1], **PHONE_BROWSER)
    contact = f"/v1/contacts/{encode_id('contact', ana)}"
    held = (await shop.client.get(f"{contact}/export")).json()
    assert [link["target"] for link in held["links"]].count(f"https://shop.example/o/order-of-ana?{UTM}") == 1
    assert [(click["agent"], click["human"]) for click in held["clicks"]] == [("browser", True)]
    done = await shop.made(f"{contact}/erase", {})
    assert (done["emptied"]["clicks"], done["emptied"]["links"]) == (1, 2)
    assert (await get(shop, paths[PHONES[0]][1], **PHONE_BROWSER)).status_code == 404
    assert (await links_of(shop, campaign))["https://shop.example/o/…"]["human_clicks"] == 1
    assert await shop.value("SELECT count(*) FROM click WHERE contact_id IS NOT NULL OR agent <> 'unknown'") == 0


async def test_a_domain_of_its_own_serves_links_and_nothing_else(shop: Shop) -> None:
    await shop.people(PHONES[:1], first_name="Ana", order="1")
    _, paths = await sent(shop)
    code = paths[PHONES[0]][0].removeprefix("/l/")
    app = Starlette(routes=[Route("/docs", lambda _: Response("the documentation"))])
    app.add_middleware(LinkGate, public_url="https://api.example", links_begin="https://go.shop.example/")
    app.state.context = shop.context
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app)) as anyone:
        assert (await anyone.get(f"https://go.shop.example/{code}")).status_code == 302
        assert (await anyone.get("https://go.shop.example/docs")).status_code == 404
        assert (await anyone.get(f"https://api.example/l/{code}")).status_code == 302  # as it was sent before
        assert (await anyone.get("https://api.example/docs")).status_code == 200


@pytest.mark.parametrize(
    "url", ["go.shop.example", "ftp://a.example", "https://a.example/?x", "https://a b.example", "https://bit.ly"]
)
def test_what_links_cannot_begin_with_is_no_setting(url: str) -> None:
    with pytest.raises(ValueError, match="link_url"):
        Settings(link_url=url)


async def test_what_opens_with_a_tap_is_short_and_counted_too(shop: Shop) -> None:
    await shop.people(PHONES[:1], first_name="Ana", order="7")
    await shop.execute("UPDATE consent SET channel = 'rcs'")
    sender = await shop.rich_sender(channel="rcs", kind="rcs_agent", address="shop-agent")
    opens = [
        {"kind": "open_url", "text": "Boots", "url": "https://shop.example/boots"},
        {"kind": "open_url", "text": "Order", "url": "https://shop.example/o/{{ order }}"},
        {"kind": "reply", "text": "No", "postback": "https://shop.example/boots"},
    ]
    picture = {"url": "https://shop.example/boots.jpg", "content_type": "image/jpeg"}
    content = {"cards": [{"title": "Boots", "media": picture, "suggestions": opens}]}
    template = await shop.template("See https://shop.example/boots Reply STOP to opt out", channel="rcs", content=content)
    campaign = await shop.launched(template_id=template["id"], sender_id=sender["id"], links={})
    (member,) = (await claimed(shop, campaign)).values()
    (card,) = member.content.cards
    assert card.media is not None and card.media.url == picture["url"] and card.suggestions[2].postback == opens[2]["postback"]
    await handed_over(shop, seconds_ago=60)
    targets = []
    for text in (member.body, card.suggestions[0].url, card.suggestions[1].url):
        (path,) = paths_in(text)
        targets.append((await get(shop, path, **PHONE_BROWSER)).headers["location"])
    assert targets == ["https://shop.example/boots", "https://shop.example/boots", "https://shop.example/o/7"]
    found = await links_of(shop, campaign)
    assert {label: link["human_clicks"] for label, link in found.items()} == {
        "https://shop.example/boots": 2,
        "https://shop.example/o/…": 1,
    }


async def test_an_erasure_comes_before_a_click_or_finds_it(shop: Shop) -> None:
    (ana,) = await shop.people(PHONES[:1], first_name="Ana", order="1")
    _, paths = await sent(shop)
    async with shop.context.db.transaction() as tx:
        ids = {"workspace_id": shop.workspace_id, "contact_id": ana}
        await erase_contact(tx, shop.context, **ids, now=shop.context.clock.now(), actor="test")
        asking = asyncio.create_task(get(shop, paths[PHONES[0]][0], **PHONE_BROWSER))
        while not await shop.value(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        ):
            assert not asking.done()
            await asyncio.sleep(0.01)
    assert (await asking).status_code == 404
    assert await shop.value("SELECT count(*) FROM click") == 0
