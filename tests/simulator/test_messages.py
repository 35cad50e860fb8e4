"""Does the simulated API behave as Twilio's, beyond its refusals? Keys, services, parts, rates, look-ups, silences."""

import asyncio
from typing import Any

import httpx
import pytest

from tests.simulator.running import ACCOUNT, MESSAGES, PERSON, SENDER, TOKEN, carrier, until

_SERVICE = "MG" + "2" * 32


async def test_it_refuses_the_rest_of_what_twilio_refuses() -> None:
    cases: list[tuple[str, dict[str, Any], int]] = [
        ("a sender that is nothing", {"From": "!"}, 21212),
        ("a service that is not ours", {"MessagingServiceSid": _SERVICE}, 21705),
        ("eleven media", {"MediaUrl": [f"https://cdn.example/{number}.png" for number in range(11)]}, 21623),
        ("media that are no URL", {"MediaUrl": "nowhere"}, 21620),
        ("a callback that is no URL", {"StatusCallback": "soon"}, 21609),
        ("a validity that is no number", {"ValidityPeriod": "an hour"}, 21624),
        ("a region that is not open", {"To": "+447700900123"}, 21408),
    ]
    async with carrier(closed_regions=["+44"]) as running:
        for what, fields, code in cases:
            answer = await running.client.post(MESSAGES, data={"To": PERSON, "From": SENDER, "Body": "x", **fields})
            assert answer.json()["code"] == code, what
        assert (await running.summary())["refused"] == {str(code): 1 for _, _, code in cases}
        assert (await running.summary())["accepted"] == 0


async def test_credentials_open_their_own_account_and_keys_open_all() -> None:
    other = "AC" + "9" * 32
    async with carrier(accounts={ACCOUNT: TOKEN, other: "another-token"}, api_keys={"SK" + "3" * 32: "key-secret"}) as running:
        form = {"To": PERSON, "From": SENDER, "Body": "x"}
        wanted = {
            (ACCOUNT, TOKEN): 201,
            ("SK" + "3" * 32, "key-secret"): 201,
            (other, "another-token"): 401,
            (ACCOUNT, "no"): 401,
        }
        for auth, status in wanted.items():
            assert (await running.client.post(MESSAGES, data=form, auth=auth)).status_code == status
        async with httpx.AsyncClient(base_url=running.url) as stranger:
            bare = await stranger.post(MESSAGES, data=form)
        assert (bare.status_code, bare.json()["code"]) == (401, 20003)


async def test_a_service_has_not_chosen_its_sender_when_it_answers() -> None:
    async with carrier(senders=[SENDER, _SERVICE]) as running:
        form = {"To": PERSON, "MessagingServiceSid": _SERVICE, "Body": "hello"}
        answer = (await running.client.post(MESSAGES, data=form)).json()
        assert (answer["status"], answer["num_segments"], answer["from"]) == ("accepted", "0", None)
        assert answer["messaging_service_sid"] == _SERVICE


_CUT = {"x" * 160: 1, "x" * 161: 2, "x" * 306: 2, "x" * 307: 3, "€" * 80: 1, "€" * 81: 2, "ж" * 70: 1, "ж" * 71: 2, "😀" * 36: 2}


async def test_parts_are_counted_as_billed() -> None:
    async with carrier() as running:
        assert {body: int((await running.send(body=body)).json()["num_segments"]) for body in _CUT} == _CUT


async def test_a_senders_rate_counts_parts_and_others_are_not_slowed() -> None:
    async with carrier(senders=[SENDER, "+15005550007"], sender_rates={SENDER: 3}) as running:
        assert (await running.send(body="x" * 400)).status_code == 201
        throttled = await running.send()
        assert (throttled.status_code, throttled.json()["code"]) == (429, 20429)
        other = {"To": PERSON, "From": "+15005550007", "Body": "x"}
        assert (await running.client.post(MESSAGES, data=other)).status_code == 201


async def test_a_throttled_post_leaves_a_numbers_fate_as_it_was() -> None:
    async with carrier(scripted={PERSON: "refuse_once:21611"}, parts_per_second=0.001) as running:
        await running.client.post(MESSAGES, data={"To": "+12125551001", "From": SENDER, "Body": "uses it up"})
        assert (await running.send()).json()["code"] == 20429
        await running.configure(parts_per_second=0)
        assert (await running.send()).json()["code"] == 21611
        assert (await running.send()).status_code == 201


async def test_a_message_can_be_looked_up_by_sid_number_and_day() -> None:
    async with carrier() as running:
        first = (await running.send()).json()
        await running.send("+12125551001")
        one = await running.client.get(MESSAGES.replace(".json", f"/{first['sid']}.json"))
        assert one.json()["to"] == PERSON
        assert (await running.client.get(MESSAGES.replace(".json", "/SM0.json"))).status_code == 404

        async def found(**query: str) -> list[str]:
            return [each["to"] for each in (await running.client.get(MESSAGES, params=query)).json()["messages"]]

        today = (await running.client.get("/admin/messages")).json()["messages"][0]["taken_at"][:10]
        assert await found() == ["+12125551001", PERSON]
        assert await found(To=PERSON) == [PERSON]
        assert await found(To="+12125559999") == []
        assert await found(To=PERSON, DateSent=today) == [PERSON]
        assert await found(To=PERSON, DateSent="2020-01-01") == []
        assert await found(**{"DateSent>": "2020-01-01", "DateSent<": today}) == ["+12125551001", PERSON]
        assert await found(**{"DateSent<": "2020-01-01"}) == []
        page = (await running.client.get(MESSAGES, params={"PageSize": "1"})).json()
        assert [each["to"] for each in page["messages"]] == ["+12125551001"]
        rest = (await running.client.get(page["next_page_uri"])).json()
        assert ([each["to"] for each in rest["messages"]], rest["next_page_uri"]) == ([PERSON], None)


async def test_a_message_looked_up_has_come_as_far_as_time_took_it() -> None:
    async with carrier(scripted={PERSON: "undelivered:30005"}) as running:
        sent = (await running.send()).json()
        assert sent["status"] == "queued"

        async def ended() -> bool:
            found = (await running.client.get(sent["uri"])).json()
            return (found["status"], found["error_code"]) == ("undelivered", 30005)

        await until(ended)


@pytest.mark.parametrize("how", ["close", "half", "stall"])
async def test_a_message_whose_answer_is_lost_was_taken(how: str) -> None:
    async with carrier(lose_answer=1.0, lose_answer_by=how, time_scale=1.0) as running:
        with pytest.raises(httpx.HTTPError):
            await running.client.post(MESSAGES, data={"To": PERSON, "From": SENDER, "Body": "x"}, timeout=0.5)
        summary = await running.summary()
        assert (summary["accepted"], summary["answers"]) == (1, {f"lost_by_{how}": 1})


@pytest.mark.parametrize(("setting", "taken"), [("server_error", 0), ("server_error_after", 1)])
async def test_a_500_comes_before_or_after_the_message_is_taken(setting: str, taken: int) -> None:
    async with carrier(**{setting: 1.0}) as running:
        answer = await running.send()
        assert (answer.status_code, answer.json()["status"]) == (500, 500)
        assert (await running.summary())["accepted"] == taken


async def test_the_view_pages_through_what_was_taken_in_order() -> None:
    async with carrier() as running:
        people = [f"+1212555{number}" for number in range(1000, 1007)]
        for person in people:
            await running.send(person)
        seen: list[str] = []
        cursor: str | None = "0"
        while cursor is not None:
            page = (await running.client.get("/admin/messages", params={"cursor": cursor, "limit": 3})).json()
            seen += [message["to"] for message in page["messages"]]
            cursor = page["next_cursor"]
        assert seen == people
        only = (await running.client.get("/admin/messages", params={"to": people[2]})).json()["messages"]
        assert [message["to"] for message in only] == [people[2]]
        assert (await running.client.get("/admin/messages", params={"limit": "all"})).status_code == 400


async def test_a_reset_forgets_messages_and_opt_outs_but_not_the_config() -> None:
    async with carrier(landlines=["+12125559999"]) as running:
        await running.send()
        await running.client.post("/admin/inbound", json={"from": PERSON, "to": SENDER, "body": "STOP"})
        assert (await running.send()).json()["code"] == 21610
        await running.client.post("/admin/reset")
        summary = await running.summary()
        assert (summary["accepted"], summary["opted_out"], summary["posts"]) == (0, 0, 0)
        assert (await running.send()).status_code == 201
        assert (await running.send("+12125559999")).json()["code"] == 21614


async def test_two_runs_with_one_seed_treat_everyone_alike_in_any_order() -> None:
    people = [f"+1212555{number}" for number in range(1000, 1060)]
    shares = {"seed": 5, "server_error": 0.2, "async_failure": 0.3, "lose_answer": 0.2, "lose_answer_by": "half"}

    async def run(order: list[str]) -> tuple[dict[str, int], dict[str, Any]]:
        async with carrier(**shares) as running:

            async def one(person: str) -> int:
                try:
                    return (await running.send(person)).status_code
                except httpx.HTTPError:
                    return 0

            statuses = dict(zip(order, await asyncio.gather(*(one(person) for person in order)), strict=True))

            async def settled() -> bool:
                return not {"queued", "sent"} & (await running.summary())["statuses"].keys()

            await until(settled)
            return statuses, (await running.summary())["statuses"]

    assert await run(people) == await run(people[::-1])


async def test_secrets_are_not_shown_and_unknown_paths_are_not_found() -> None:
    async with carrier() as running:
        shown = await running.client.get("/admin/config")
        assert shown.json()["accounts"] == [ACCOUNT]
        assert TOKEN not in shown.text
        assert (await running.client.get("/elsewhere")).status_code == 404
        assert (await running.client.delete(MESSAGES)).status_code == 405
