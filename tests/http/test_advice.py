"""Is a transactional text that sells told of wherever texts are looked at? Refused in one profile, flagged in the other."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from app.runtime import open_runtime
from app.settings import Settings
from tests.factories import calling, make_key, make_workspace
from tests.shop import Shop, at_noon, path_of

_NEW_YORK = "+12125550142"
_CODE, _ELEMENT = "content.marketing_in_transactional", "marketing_in_transactional"
_SELLING = "Acme: your order has shipped. Get 10% off your next order. Shop now"
_PLAIN = "Acme: your order has shipped."
_WORDS = ["10% off", "shop now"]


@pytest.fixture
async def noon(settings: Settings) -> AsyncIterator[Shop]:
    """A customer on a Tuesday at noon in New York."""
    async with open_runtime(at_noon(settings), role="test") as context:
        workspace_id = await make_workspace(context, name="Acme")
        async with calling(context, await make_key(context, workspace_id)) as client:
            yield Shop(context, client, workspace_id)


async def _choose(shop: Shop, profile: str) -> None:
    answer = await shop.client.patch("/v1/workspace", json={"policy": {"profile": profile}})
    assert answer.status_code == 200, answer.text


async def _preflight(shop: Shop, body: str) -> dict[str, Any]:
    campaign = await shop.campaign(template_id=(await shop.template(body))["id"], purpose="transactional")
    return await shop.made(path_of(campaign, "preflight"), {})


async def _check(shop: Shop, body: str, **asked: Any) -> dict[str, Any]:
    template = await shop.template(body)
    found = await shop.made(f"/v1/templates/{template['id']}/check", {"purpose": "transactional", **asked})
    return dict(found["items"][0])


async def _decide(shop: Shop, body: str | None, **asked: Any) -> dict[str, Any]:
    question = {"to": _NEW_YORK, "channel": "sms", "purpose": "transactional", "body": body, **asked}
    return await shop.made("/v1/decisions", question)


async def test_a_preflight_refuses_it_or_flags_it_and_names_the_words(noon: Shop) -> None:
    await noon.people([_NEW_YORK, "+12125550143"], first_name="Maya")
    refused = await _preflight(noon, _SELLING)
    assert {row["rule"]: row["members"] for row in refused["objections"]} == {_CODE: 2}
    assert (refused["content"]["advised"], refused["content"]["selling"]) == ({}, {})
    await _choose(noon, "statutory")
    flagged = await _preflight(noon, _SELLING)
    assert (flagged["objections"], flagged["verdicts"]["allow"]) == ([], 2)
    assert flagged["content"]["advised"] == {_ELEMENT: 2}
    assert flagged["content"]["selling"] == dict.fromkeys(_WORDS, 2)
    plain = await _preflight(noon, _PLAIN)
    assert (plain["content"]["advised"], plain["content"]["selling"]) == ({}, {})


async def test_a_kept_report_names_no_word_of_a_persons_own(noon: Shop) -> None:
    await noon.people([_NEW_YORK], first_name="Maya", percent="15")
    await _choose(noon, "statutory")
    found = await _preflight(noon, "Acme: {{ percent }}% off. Get {{ first_name }} free")
    assert found["content"]["selling"] == {"15% off": 1, "get … free": 1}
    assert "maya" not in (await noon.value("SELECT report::text FROM preflight ORDER BY id DESC LIMIT 1")).lower()


async def test_a_template_check_refuses_it_or_flags_it_and_names_the_words(noon: Shop) -> None:
    refused = await _check(noon, _SELLING)
    assert ([row["rule"] for row in refused["objections"]], refused["advice"]) == ([_CODE], [])
    await _choose(noon, "statutory")
    flagged = await _check(noon, _SELLING)
    assert flagged["objections"] == []
    assert flagged["advice"] == [
        {
            "element": _ELEMENT,
            "source": refused["objections"][0]["source"],
            "detail": 'it sells: "10% off", "shop now"; send it as marketing',
            "words": _WORDS,
        }
    ]
    assert (await _check(noon, _PLAIN))["advice"] == []
    assert (await _check(noon, f"{_SELLING}. Reply STOP to end", purpose="marketing"))["advice"] == []


async def test_a_decision_refuses_it_or_flags_it_and_names_the_words(noon: Shop) -> None:
    refused = await _decide(noon, _SELLING)
    assert (refused["verdict"], [row["rule"] for row in refused["reasons"]]) == ("never", [_CODE])
    assert refused["advice"] == []
    assumed = await _decide(noon, _SELLING, assume={"policy": {"profile": "statutory"}})
    await _choose(noon, "statutory")
    flagged = await _decide(noon, _SELLING)
    assert (flagged["verdict"], flagged["reasons"]) == ("allow", [])
    assert [(row["element"], row["words"]) for row in flagged["advice"]] == [(_ELEMENT, _WORDS)]
    assert assumed["advice"] == flagged["advice"]
    assert (await _decide(noon, _PLAIN))["advice"] == []
    assert (await _decide(noon, None))["advice"] == []


async def test_a_decision_tells_what_carriers_advise_a_text_to_hold(noon: Shop) -> None:
    found = await _decide(noon, "20% off until Sunday", purpose="marketing")
    assert [(row["element"], row["words"]) for row in found["advice"]] == [("identification", []), ("opt_out", [])]
    assert found["advice"][1]["detail"] == "the text does not say how to get no more"


@pytest.mark.parametrize("profile", ["strict", "statutory"])
async def test_a_brands_own_name_sells_nothing_at_any_door(noon: Shop, profile: str) -> None:
    await noon.people([_NEW_YORK], first_name="Maya")
    await _choose(noon, profile)
    text = "Your Shop at order has shipped"
    shouted = await _decide(noon, text)
    assert bool(shouted["reasons"] or shouted["advice"]), "sent for another brand, they are words that sell"
    decided = await _decide(noon, text, brand="Shop at")
    assert (decided["verdict"], decided["advice"]) == ("allow", [])
    checked = await _check(noon, text, brand="Shop at")
    assert (checked["objections"], checked["advice"]) == ([], [])
    campaign = await noon.campaign(template_id=(await noon.template(text))["id"], purpose="transactional", brand="Shop at")
    counted = await noon.made(path_of(campaign, "preflight"), {})
    assert (counted["objections"], counted["content"]["advised"]) == ([], {})
