"""The link in a text: looking changes nothing, one press opts out, and nobody can make a link for somebody else's number."""

import asyncio
from urllib.parse import urlsplit
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.message import State
from app.domain.number_link import read_number_link, write_number_link
from app.settings import Settings
from app.usecases.context import Context
from tests.factories import calling, make_message, make_sender
from tests.http.test_short_links import claimed
from tests.shop import Shop, at_noon, path_of

PHONE = "+12125550142"
_WORKSPACE = UUID(int=7)


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """It is always noon in New York here."""
    return at_noon(settings)


@pytest.fixture
async def waiting(shop: Shop) -> UUID:
    """A marketing message that waits for a contact who agreed."""
    await shop.people([PHONE])
    return await make_message(shop.context, shop.workspace_id, await make_sender(shop.context, shop.workspace_id), PHONE)


async def _path(shop: Shop, phone: str = PHONE) -> str:
    answer = await shop.client.get("/v1/opt-out-link", params={"phone": phone})
    assert answer.status_code == 200, answer.text
    url = answer.json()["url"]
    assert phone[1:] not in url
    return str(urlsplit(url).path)


async def test_looking_changes_nothing_and_pressing_opts_out(shop: Shop, context: Context, waiting: UUID) -> None:
    path = await _path(shop)
    async with calling(context) as anyone:
        for method in ("GET", "HEAD", "GET"):
            page = await anyone.request(method, path)
            assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
        assert "no-store" in page.headers["cache-control"] and "form-action 'self'" in page.headers["content-security-policy"]
        assert PHONE not in page.text and '<form method="post">' in page.text and "Example Shop" in page.text
        assert await shop.value("SELECT count(*) FROM suppression") == 0
        pressed = await anyone.post(path)
        assert pressed.status_code == 200 and "<form" not in pressed.text
    assert await shop.value("SELECT state FROM message WHERE id = $1", waiting) == State.CANCELLED
    row = "SELECT method || ' ' || source FROM suppression WHERE phone = $1"
    assert await shop.value(row, PHONE) == "link link"
    evidence = await shop.value("SELECT evidence FROM consent_event WHERE kind = 'revoked'")
    assert "user_agent" in evidence


async def test_one_click_by_a_client_is_the_same_press(shop: Shop, context: Context, waiting: UUID) -> None:
    path = await _path(shop)
    async with calling(context) as anyone:
        form = {"List-Unsubscribe": "One-Click"}
        answers = await asyncio.gather(*(anyone.post(path, data=form) for _ in range(4)))
    assert {answer.status_code for answer in answers} == {200}
    assert await shop.value("SELECT count(*) FROM suppression") == 1


async def test_a_link_is_the_numbers_and_the_workspaces_alone(shop: Shop, stranger: Shop, context: Context) -> None:
    ours, theirs = await _path(shop), await _path(stranger)
    assert ours != theirs and ours == await _path(shop) != await _path(shop, "+12125550143")
    async with calling(context) as anyone:
        assert (await anyone.post(theirs)).status_code == 200
        assert await shop.value("SELECT workspace_id FROM suppression") == stranger.workspace_id
        for forged in (ours[:-1], ours[:-2] + "AA", "/o/x", "/o/" + "A" * 52, "/o/%00", "/o/%ED%A0%80", "/o/" + "A" * 5_000):
            for method in ("GET", "POST"):
                answer = await anyone.request(method, forged)
                assert (answer.status_code, answer.headers["content-type"]) == (404, "text/html; charset=utf-8"), forged
    assert await shop.value("SELECT count(*) FROM suppression") == 1


async def test_a_person_is_told_in_their_language(shop: Shop, context: Context) -> None:
    await shop.people(["+33612345678"])
    async with calling(context) as anyone:
        assert "Appuyez" in (await anyone.get(await _path(shop, "+33612345678"))).text


async def test_a_text_may_hold_its_reader_s_own_link_and_counts_it(shop: Shop, context: Context) -> None:
    await shop.people([PHONE, "+12125550143"], first_name="Ana", opt_out_link="https://evil.example/")
    template = await shop.template("{{ first_name }}, 20% off: https://shop.example/x . Opt out: {{ opt_out_link }}")
    preview = await shop.made(f"/v1/templates/{template['id']}/preview", {"values": {"first_name": "Ana"}})
    campaign = await shop.campaign(template_id=template["id"], links={})
    report = await shop.made(path_of(campaign, "preflight"), {})
    assert (preview["missing"], report["content"]["missing"]) == ([], {})
    await shop.launch(campaign)
    bodies = {phone: member.body for phone, member in (await claimed(shop, campaign)).items()}
    link = (await shop.client.get("/v1/opt-out-link", params={"phone": PHONE})).json()["url"]
    assert link in bodies[PHONE] and link not in bodies["+12125550143"] and "evil" not in bodies[PHONE]
    (test,) = (await shop.made(path_of(campaign, "test-send"), {"to": [PHONE]}))["items"]
    assert link in test["body"]
    assert sum(line["parts"] for line in report["parts"]) == 2 * test["parts"]
    async with calling(context) as anyone:
        assert (await anyone.post(urlsplit(link).path)).status_code == 200
    assert await shop.value("SELECT count(*) FROM suppression WHERE phone = $1", PHONE) == 1


@given(st.binary(min_size=1, max_size=32), st.integers(10_000, 10**15 - 1))
def test_a_token_gives_back_what_was_put_in_and_only_with_its_key(key: bytes, number: int) -> None:
    token = write_number_link(key, workspace_id=_WORKSPACE, phone=f"+{number}")
    assert len(token) == 52
    assert read_number_link(key, token) == (_WORKSPACE, f"+{number}")
    assert read_number_link(key + b"x", token) is None


@given(st.text(max_size=80))
def test_any_text_is_no_token(text: str) -> None:
    assert read_number_link(b"key", text) is None
