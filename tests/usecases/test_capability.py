"""Is a phone without RCS spared the try? Asked about once, believed for its time, and in doubt the message goes."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, ClassVar

import pytest

from app.clock import new_id
from app.domain.capability import CAPABLE_FOR, MISSING_FOR
from app.domain.delivery import Limits, Request, Response
from app.domain.ids import decode_id
from app.domain.message import Channel
from app.ports import Provider
from app.providers import _wire
from app.storage.capabilities import keep_capabilities
from app.usecases.context import Context
from app.usecases.dispatch_lane import dispatch_lane
from tests.factories import calling, make_key, make_workspace
from tests.shop import Shop
from tests.usecases.carrier_server import Answer, Heard, carrier_server
from tests.usecases.rails import Rails

_MAYA, _BO = "+12125550142", "+12125550143"


class Asked(Rails):
    """Rails, whose carrier can be asked about one number at a time."""

    kind: ClassVar[str] = "asked"
    limits: ClassVar[Mapping[Channel, Limits]] = dict.fromkeys((Channel.RCS, Channel.SMS), Limits(text=1_600))

    def build_capability(self, to: str, sender: str, own_id: str) -> Request:
        return Request("GET", f"{self._url}/can/{sender}/{to}", {"own-id": own_id}, b"")

    def read_capability(self, response: Response) -> bool | None:
        said = _wire.json_object(response.body).get("can")
        return said if isinstance(said, bool) else None


class AskedTogether(Asked):
    """The same, for two numbers in one question."""

    kind: ClassVar[str] = "asked_together"
    capability_limit: ClassVar[int] = 2

    def build_capabilities(self, to: Sequence[str], sender: str) -> Request:
        return Request("POST", f"{self._url}/can/{sender}", {}, _wire.dump({"of": list(to)}))

    def read_capabilities(self, to: Sequence[str], response: Response) -> Mapping[str, bool]:
        said = _wire.json_object(response.body)
        return {number: said[number] for number in to if isinstance(said.get(number), bool)}


@dataclass(slots=True)
class _Carrier:
    """Who has RCS (of whom it knows nothing, a question fails), what an RCS message gets, and what was asked and handed over."""

    has: dict[str, bool] = field(default_factory=dict)
    rcs: str = ""
    asked: list[list[str]] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    went: list[tuple[str, str]] = field(default_factory=list)

    def answer(self, heard: Heard) -> Answer:
        what, *rest = heard.path.strip("/").split("/")
        if what != "can":
            self.went.append((what, heard.body["to"]))
            return (400, {"code": self.rcs}) if what == "rcs" and self.rcs else (200, {"id": f"{what}-{len(self.went)}"})
        numbers = [rest[1]] if len(rest) > 1 else heard.body["of"]
        self.asked.append(numbers)
        if len(rest) > 1:
            self.ids.append(heard.headers["own-id"])
            return (200, {"can": self.has[rest[1]]}) if rest[1] in self.has else (500, {})
        return 200, {number: self.has[number] for number in numbers if number in self.has}


@dataclass(slots=True)
class _Ways:
    """A shop that sends by RCS, falls back to SMS, and lets time pass."""

    shop: Shop
    carrier: _Carrier
    provider: dict[str, Any]
    senders: list[str]

    async def send(self, *phones: str, days: float = 0, plan: bool = True, channel: str = "rcs") -> list[dict[str, Any]]:
        """One message to each; every lane works twice, so much later. The messages with their timelines."""
        hops = [{"channel": "sms", "sender_id": self.senders[1]}] if plan else []
        way = {"channel": channel, "sender_id": self.senders[channel == "sms"], "fallback": hops}
        body = {"purpose": "transactional", "body": "Your order is ready.", **way}
        made = [await self.shop.made("/v1/messages", {"to": phone, **body}) for phone in phones]
        clock = type(self.shop.context.clock)(offset=timedelta(days=days))
        later = replace(self.shop.context, clock=clock)
        for sender in [*self.senders, self.senders[1]]:
            await dispatch_lane(later, workspace_id=self.shop.workspace_id, sender_id=decode_id("sender", sender))
        return [(await self.shop.client.get(f"/v1/messages/{one['id']}")).json() for one in made]

    async def told(self, message_id: str, state: str, code: str) -> None:
        """The carrier says something later."""
        path = self.provider["webhook_url"].split("/webhooks/")[1]
        answer = await self.shop.client.post(f"/webhooks/{path}", json={"id": message_id, "state": state, "code": code})
        assert answer.status_code == 200, answer.text


@pytest.fixture
async def shop(context: Context) -> AsyncIterator[Shop]:
    asked: dict[str, type[Provider]] = {"asked": Asked, "asked_together": AskedTogether, "rails": Rails}
    ready = replace(context, provider_kinds={**context.provider_kinds, **asked})
    workspace_id = await make_workspace(ready)
    async with calling(ready, await make_key(ready, workspace_id)) as client:
        yield Shop(ready, client, workspace_id)


async def _ways(shop: Shop, carrier: _Carrier, url: str, kind: str = "asked") -> _Ways:
    provider = await shop.provider(kind=kind, base_url=url, credentials={})
    agent = {"channel": "rcs", "kind": "rcs_agent", "address": "agent-1"}
    line = {"channel": "sms", "kind": "long_code", "address": "+12125550100"}
    made = [await shop.sender(provider_id=provider["id"], parts_per_second=100, **fields) for fields in (agent, line)]
    return _Ways(shop, carrier, provider, [sender["id"] for sender in made])


async def test_who_is_known_to_have_no_rcs_is_not_tried_and_falls_back_at_once(shop: Shop) -> None:
    carrier = _Carrier(has={_MAYA: False, _BO: True})
    async with carrier_server(carrier.answer) as server:
        ways = await _ways(shop, carrier, server.url)
        maya, bo = await ways.send(_MAYA, _BO)
        assert carrier.went == [("rcs", _BO), ("sms", _MAYA)]
        assert (maya["message"]["hop"], maya["message"]["state"], bo["message"]["hop"]) == (1, "submitted", 0)
        assert (maya["attempts"][0]["error_class"], maya["attempts"][0]["error_code"]) == ("capability_missing", "known_missing")
        (alone,) = await ways.send(_MAYA, plan=False)
        assert (alone["message"]["state"], alone["message"]["reason"]) == ("rejected", "provider.capability_missing")
        assert sorted(carrier.asked) == [[_MAYA], [_BO]], "what is known is not asked again"


async def test_a_no_is_asked_again_after_a_week_and_a_yes_after_a_month(shop: Shop) -> None:
    carrier = _Carrier(has={_MAYA: False, _BO: True})
    no, yes = MISSING_FOR / timedelta(days=1), CAPABLE_FOR / timedelta(days=1)
    async with carrier_server(carrier.answer) as server:
        ways = await _ways(shop, carrier, server.url)
        await ways.send(_MAYA, _BO)
        await ways.send(_MAYA, _BO, days=no - 0.01)  # our own refusal must not make the no any younger
        assert len(carrier.asked) == 2
        carrier.has[_MAYA] = True
        (maya, _) = await ways.send(_MAYA, _BO, days=no + 0.01)
        assert (carrier.asked[2:], maya["message"]["hop"]) == ([[_MAYA]], 0)
        await ways.send(_BO, days=yes + 0.01)
        assert carrier.asked[3:] == [[_BO]]


async def test_a_question_that_fails_lets_the_message_go_and_is_put_again(shop: Shop) -> None:
    carrier = _Carrier()
    async with carrier_server(carrier.answer) as server:
        ways = await _ways(shop, carrier, server.url)
        for _ in range(2):
            (maya,) = await ways.send(_MAYA)
            assert (maya["message"]["state"], maya["message"]["hop"]) == ("submitted", 0)
        assert carrier.asked == [[_MAYA], [_MAYA]]
        assert len(set(carrier.ids)) == 2, "a question put again is a new one: Google answers no id twice"
        assert await shop.value("SELECT count(*) FROM capability") == 0


async def test_many_are_asked_about_in_one_question(shop: Shop) -> None:
    phones = [f"+121255501{number}" for number in range(40, 45)]
    carrier = _Carrier(has=dict.fromkeys(phones[:4], False))
    async with carrier_server(carrier.answer) as server:
        ways = await _ways(shop, carrier, server.url, "asked_together")
        await ways.send(*phones, plan=False)
    assert sorted(carrier.asked) == [phones[:2], phones[2:4], phones[4:]]
    assert carrier.went == [("rcs", phones[4])], "of whom nothing is said, goes"


@pytest.mark.parametrize("later", [False, True])
async def test_what_a_refusal_or_a_receipt_teaches_is_kept(shop: Shop, *, later: bool) -> None:
    carrier = _Carrier(rcs="" if later else "no_rcs")
    async with carrier_server(carrier.answer) as server:
        ways = await _ways(shop, carrier, server.url, "rails")  # nobody can be asked here
        await ways.send(_MAYA, plan=not later)
        if later:
            await ways.told("rcs-1", "FAILED", "no_rcs")
        before = [one for one, _ in carrier.went]
        (maya,) = await ways.send(_MAYA)
        assert (before, [one for one, _ in carrier.went[len(before) :]]) == (["rcs"] if later else ["rcs", "sms"], ["sms"])
        assert maya["attempts"][0]["error_code"] == "known_missing"


async def test_nobody_is_asked_about_for_a_text(shop: Shop) -> None:
    carrier = _Carrier(has={_MAYA: False})
    async with carrier_server(carrier.answer) as server:
        ways = await _ways(shop, carrier, server.url)
        await ways.send(_MAYA, plan=False, channel="sms")
    assert (carrier.asked, carrier.went) == ([], [("sms", _MAYA)])


async def test_what_is_known_of_a_person_is_shown_and_erased(shop: Shop) -> None:
    carrier = _Carrier(has={_MAYA: False})
    contact = await shop.made("/v1/contacts", {"phone": _MAYA})
    async with carrier_server(carrier.answer) as server:
        ways = await _ways(shop, carrier, server.url)
        await ways.send(_MAYA)
    held = (await shop.client.get(f"/v1/contacts/{contact['id']}/export")).json()["capabilities"]
    assert [(row["sender_id"], row["capable"]) for row in held] == [(ways.senders[0], False)]
    done = await shop.made(f"/v1/contacts/{contact['id']}/erase", {})
    assert (done["emptied"]["capabilities"], await shop.value("SELECT count(*) FROM capability")) == (1, 0)


async def test_a_number_erased_between_question_and_answer_is_not_written_down(shop: Shop) -> None:
    sender = decode_id("sender", (await shop.sender())["id"])
    async with shop.context.db.transaction() as tx:
        now = shop.context.clock.now()
        await keep_capabilities(tx, workspace_id=shop.workspace_id, sender_id=sender, said={_MAYA: True}, ids=[new_id()], now=now)
    assert await shop.value("SELECT count(*) FROM capability") == 0
