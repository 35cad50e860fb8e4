"""May it go? The answer explains itself, for any instant, on record or assumed, and nothing is written by asking."""

from typing import Any

import pytest

from tests.shop import Shop, pointers

NEW_YORK = "+12125550100"
NOON = "2026-11-23T17:00:00Z"
GIVEN = {"kind": "express_written", "since": "2026-10-01T12:00:00Z"}


async def _asked(shop: Shop, **question: Any) -> dict[str, Any]:
    body = {"to": NEW_YORK, "channel": "sms", "at": NOON, **question}
    answer = await shop.client.post("/v1/decisions", json=body)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_what_is_assumed_takes_the_place_of_what_is_on_record(shop: Shop) -> None:
    assert (await _asked(shop))["verdict"] == "never"
    assumed = await _asked(shop, assume={"consents": [GIVEN]})
    assert (assumed["verdict"], assumed["consent"], assumed["reasons"]) == ("allow", "given", [])
    stopped = {"consents": [GIVEN], "suppressions": [{"reason": "opt_out", "since": "2026-11-01T00:00:00Z"}]}
    refused = await _asked(shop, assume=stopped)
    assert (refused["verdict"], refused["reasons"][0]["rule"]) == ("never", "suppress.opt_out.text")
    assert (await _asked(shop))["verdict"] == "never", "assuming changed the record"


async def test_assumed_sends_fill_assumed_caps(shop: Shop) -> None:
    assume = {
        "consents": [GIVEN],
        "sends": [{"at": "2026-11-23T15:00:00Z"}],
        "policy": {"caps": [{"limit": 1, "window_seconds": 86_400}]},
    }
    full = await _asked(shop, assume=assume)
    assert (full["verdict"], full["until"]) == ("wait", "2026-11-24T15:00:00Z")
    assert [reason["rule"] for reason in full["reasons"]] == ["cap.workspace"]


async def test_assumed_places_close_their_hours_too(shop: Shop) -> None:
    places = [{"region": "US-CA", "zones": ["America/Los_Angeles"], "strength": "verified"}]
    answer = await _asked(shop, at="2026-11-24T02:30:00Z", assume={"consents": [GIVEN], "places": places})
    assert answer["until"] == "2026-11-24T16:00:00Z"
    assert answer["places"] == [
        {"region": "US-CA", "zones": ["America/Los_Angeles"], "strength": "verified", "evidence": "assumed"}
    ]


@pytest.mark.parametrize(
    ("question", "pointer"),
    [
        ({"assume": {"consents": [{"since": "yesterday"}]}}, "/body/assume/consents/0/since"),
        ({"assume": {"consents": [{**GIVEN, "kind": "hearsay"}]}}, "/body/assume/consents/0/kind"),
        ({"assume": {"places": [{"region": "Narnia", "zones": ["America/Denver"]}]}}, "/body/assume/places/0/region"),
        ({"assume": {"places": [{"region": "US", "zones": []}]}}, "/body/assume/places/0/zones"),
        ({"assume": {"places": [{"region": "US", "zones": ["Mars/Olympus"]}]}}, "/body/assume/places/0/zones/0"),
        ({"assume": {"sends": [{"at": NOON, "channel": "fax"}]}}, "/body/assume/sends/0/channel"),
        ({"assume": {"policy": {"profile": "lax"}}}, "/body/assume/policy/profile"),
        ({"assume": {"moon": "full"}}, "/body/assume/moon"),
        ({"technology": "telepathy"}, "/body/technology"),
        ({"ground": "because"}, "/body/ground"),
        ({"sender_id": "snd_nothing"}, "/body/sender_id"),
    ],
)
async def test_what_cannot_be_assumed_is_named(shop: Shop, question: dict[str, Any], pointer: str) -> None:
    answer = await shop.client.post("/v1/decisions", json={"to": NEW_YORK, "channel": "sms", "at": NOON, **question})
    assert answer.status_code == 422
    assert pointer in pointers(answer)


async def test_a_sender_of_somebody_else_is_not_found(shop: Shop, stranger: Shop) -> None:
    theirs = await stranger.sender()
    answer = await shop.client.post("/v1/decisions", json={"to": NEW_YORK, "channel": "sms", "sender_id": theirs["id"]})
    assert answer.status_code == 404


async def test_a_recorded_call_that_sells_needs_a_carrier_that_hears_the_key_which_ends_the_calls(shop: Shop) -> None:
    bird = {"kind": "messagebird", "credentials": {"access_key": "k" * 25, "signing_key": "s" * 32}}
    heard = []
    for account in (await shop.provider(**bird), await shop.provider()):
        sender = await shop.sender(provider_id=account["id"], channel="voice")
        told = await _asked(shop, channel="voice", sender_id=sender["id"])
        heard.append({reason["rule"] for reason in told["reasons"]})
    assert [rules & {"voice.no_key_opt_out"} for rules in heard] == [{"voice.no_key_opt_out"}, set()]
    told = await _asked(shop, channel="voice", sender_id=sender["id"], assume={"sender": {"keyless": True}})
    assert "voice.no_key_opt_out" in {reason["rule"] for reason in told["reasons"]}
