"""Do many recipients in one request stay apart? Each attempt gets its own outcome, also from half an answer, or none."""

import base64
import json
from collections.abc import AsyncIterator, Hashable, Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

import pytest

from app.domain.delivery import (
    Accepted,
    Batch,
    ErrorClass,
    Limits,
    MayHaveLeft,
    Outbound,
    Outcome,
    Receipt,
    Refused,
    Request,
    Response,
    Safety,
    WebhookReading,
    WebhookRequest,
)
from app.domain.ids import decode_id
from app.domain.message import Channel, State
from app.ports import Account, CredentialField, Provider
from app.providers import _wire
from app.usecases.context import Context
from app.usecases.dispatch_lane import dispatch_lane
from app.usecases.sweep import sweep
from tests.factories import calling, make_key, make_workspace
from tests.shop import Shop
from tests.usecases.carrier_server import Answer, CarrierServer, Heard, carrier_server

_PHONES = [f"+1212555{1000 + step}" for step in range(7)]


class Flock:
    """A carrier that takes three recipients at once, echoes a reference, and names no id before it has taken them."""

    kind: ClassVar[str] = "flock"
    title: ClassVar[str] = "Flock"
    channels: ClassVar[frozenset[Channel]] = frozenset({Channel.SMS})
    default_base_url: ClassVar[str] = "https://flock.example"
    credential_fields: ClassVar[tuple[CredentialField, ...]] = ()
    error_codes: ClassVar[Mapping[str, ErrorClass]] = {"unknown": ErrorClass.INVALID_NUMBER}
    safety: ClassVar[Mapping[Channel, Safety]] = {Channel.SMS: Safety.ECHO}
    limits: ClassVar[Mapping[Channel, Limits]] = {Channel.SMS: Limits(text=1_600)}
    id_is_ours: ClassVar[bool] = False
    batch_limit: ClassVar[int] = 3

    def __init__(self, account: Account) -> None:
        self._url = _wire.base_url(account, self.default_base_url)

    def build_request(self, outbound: Outbound) -> Request:
        return self._request([outbound], outbound.callback_url)

    def _request(self, members: Sequence[Outbound], callback: str) -> Request:
        body = {"to": [member.to for member in members], "texts": [member.body for member in members], "callback": callback}
        return Request("POST", f"{self._url}/batch", {}, _wire.dump(body))

    def read_response(self, response: Response) -> Outcome:
        return _wire.unsettled(response) or MayHaveLeft("not spoken of")

    def batch_key(self, outbound: Outbound) -> Hashable | None:
        return outbound.sender

    def build_batch(self, batch: Batch) -> Request:
        return self._request(batch.members, batch.callback_url)

    def read_batch(self, batch: Batch, response: Response) -> list[Outcome]:
        open_end = _wire.unsettled(response)
        said = _wire.json_object(response.body)
        return [open_end or self._one(said.get(member.to)) for member in batch.members]

    def _one(self, said: Any) -> Outcome:
        if said is None:
            return MayHaveLeft("not spoken of")
        error = self.error_codes.get(said)
        return Refused(error, said, "refused") if error else Accepted(said)

    def read_webhook(self, request: WebhookRequest) -> WebhookReading:
        event = json.loads(request.body)
        receipt = Receipt(
            event_key=f"{event['id']}:{event['status']}",
            raw_status=event["status"],
            state=State[event["status"]],
            reference=_wire.reference_in(request.query),
            provider_message_id=event["id"],
            recipient=event["to"],
        )
        return WebhookReading(receipts=(receipt,))


@pytest.fixture
async def shop(context: Context) -> AsyncIterator[Shop]:
    flock: dict[str, type[Provider]] = {"flock": Flock}
    ready = replace(context, provider_kinds={**context.provider_kinds, **flock})
    workspace_id = await make_workspace(ready)
    async with calling(ready, await make_key(ready, workspace_id)) as client:
        yield Shop(ready, client, workspace_id)


async def _sent(shop: Shop, server: CarrierServer, phones: Sequence[str] = _PHONES) -> dict[str, str]:
    """A message to each number, dispatched; their ids by number."""
    provider = await shop.provider(kind="flock", base_url=server.url, credentials={})
    sender = await shop.sender(provider_id=provider["id"], parts_per_second=500)
    ids = {}
    for step, phone in enumerate(phones):
        body = {"to": phone, "purpose": "transactional", "sender_id": sender["id"], "body": f"Your order {step} is ready."}
        ids[phone] = (await shop.made("/v1/messages", body))["id"]
    alone = shop.context.settings.model_copy(update={"worker_groups": 1})  # two claims at once may share what is due
    await dispatch_lane(
        replace(shop.context, settings=alone), workspace_id=shop.workspace_id, sender_id=decode_id("sender", sender["id"])
    )
    return ids


async def _states(shop: Shop, ids: dict[str, str]) -> dict[str, str]:
    return {phone: (await shop.client.get(f"/v1/messages/{found}")).json()["message"]["state"] for phone, found in ids.items()}


async def _told(shop: Shop, callback: str, phone: str, status: str, *, message_id: str) -> None:
    parts = urlsplit(callback)
    event = {"id": message_id, "status": status, "to": phone}
    answer = await shop.client.post(f"{parts.path}?{parts.query}", content=json.dumps(event).encode())
    assert answer.status_code == 200, answer.text


async def test_many_go_in_few_requests_each_with_its_own_text_and_outcome(shop: Shop) -> None:
    def answer(heard: Heard) -> Answer:
        found = {phone: f"id-{phone}" for phone in heard.body["to"]}
        if _PHONES[1] in found:
            found[_PHONES[1]] = "unknown"
        found.pop(_PHONES[2], None)
        return 200, found

    async with carrier_server(answer) as server:
        ids = await _sent(shop, server)
        sizes = [len(heard.body["to"]) for heard in server.heard]
        assert sum(sizes) == 7 and max(sizes) == 3
        texts = {to: text for heard in server.heard for to, text in zip(heard.body["to"], heard.body["texts"], strict=True)}
        assert texts == {phone: f"Your order {step} is ready." for step, phone in enumerate(_PHONES)}
    states = await _states(shop, ids)
    assert states.pop(_PHONES[1]) == "rejected"
    assert states.pop(_PHONES[2]) == "unknown"
    alone = [phone for phone, state in states.items() if state == "unknown"]  # the seventh goes by itself
    assert len(alone) <= 1
    assert set(states.values()) <= {"submitted", "unknown"}


async def test_a_lost_answer_leaves_each_unknown_and_each_receipt_settles_its_own(shop: Shop) -> None:
    async with carrier_server(lambda _: (0, None)) as server:
        ids = await _sent(shop, server, _PHONES[:3])
        (heard,) = server.heard
        callback = heard.body["callback"]
    assert set((await _states(shop, ids)).values()) == {"unknown"}
    for phone, status in zip(_PHONES, ("DELIVERED", "UNDELIVERED"), strict=False):
        await _told(shop, callback, phone, status, message_id=f"b1:{phone}")
    assert list((await _states(shop, ids)).values()) == ["delivered", "undelivered", "unknown"]
    timeline = (await shop.client.get(f"/v1/messages/{ids[_PHONES[0]]}")).json()
    assert [(a["outcome"], a["provider_message_id"]) for a in timeline["attempts"]] == [("accepted", f"b1:{_PHONES[0]}")]


async def test_a_receipt_before_its_batch_is_recorded_waits_for_it(shop: Shop) -> None:
    """The carrier tells of a number while its batch is not recorded yet, and the answer then gets lost."""
    async with carrier_server(lambda _: (0, None)) as server:
        ids = await _sent(shop, server, _PHONES[:2])
        callback = server.heard[0].body["callback"]
    attempts = "UPDATE attempt SET outcome = $1 WHERE workspace_id = $2"
    await shop.execute(attempts, "never_left", shop.workspace_id)  # as before it was recorded
    await _told(shop, callback, _PHONES[0], "DELIVERED", message_id="early")
    assert set((await _states(shop, ids)).values()) == {"unknown"}
    await shop.execute(attempts, "unknown", shop.workspace_id)
    await sweep(shop.context)
    assert list((await _states(shop, ids)).values()) == ["delivered", "unknown"]


async def test_two_messages_to_one_number_never_share_a_request(shop: Shop) -> None:
    async with carrier_server(lambda heard: (200, {phone: f"id-{phone}" for phone in heard.body["to"]})) as server:
        await _sent(shop, server, [_PHONES[0], _PHONES[0], _PHONES[1]])
        assert all(len(set(heard.body["to"])) == len(heard.body["to"]) for heard in server.heard)
        assert sum(len(heard.body["to"]) for heard in server.heard) == 3


async def test_a_batchs_reference_counts_for_its_own_account_alone(shop: Shop) -> None:
    async with carrier_server(lambda _: (0, None)) as server:
        ids = await _sent(shop, server, _PHONES[:2])
        reference = parse_qs(urlsplit(server.heard[0].body["callback"]).query)["r"][0]
        other = await shop.provider(kind="flock", base_url=server.url, credentials={})
    await _told(shop, f"{other['webhook_url']}?r={reference}", _PHONES[0], "DELIVERED", message_id="x")
    assert set((await _states(shop, ids)).values()) == {"unknown"}
    assert base64.urlsafe_b64decode(reference)[16:18] == b"\x00\x00"
