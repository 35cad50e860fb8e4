"""Does consent end with a number's tenure, and a dead number rest? Through the doors by which each is learned."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from app.domain.delivery import ErrorClass, Inbound
from app.domain.message import Channel
from app.usecases.receive_inbound import receive_inbound
from app.usecases.suppress_refused import suppress_refused
from tests.factories import make_message, make_sender
from tests.http.test_registries import CSV, Desk
from tests.shop import Shop

MAYA, NOAH = "+12125550142", "+12125550143"
PROOF: dict[str, Any] = {
    "method": "web_form",
    "channels": ["sms"],
    "evidence": {
        "wording": "I agree to offers of Example Shop by text. Not a condition of purchase.",
        "url": "https://shop.example/join",
    },
}


@pytest.fixture
def desk(shop: Shop) -> Desk:
    return Desk(shop)


class Life:
    """One number's life as the service sees it."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.shop = desk, desk.shop

    async def agree(self, phone: str = MAYA, *, days_ago: float = 100, **more: Any) -> dict[str, Any]:
        body = {"phone": phone, "occurred_at": self.desk.ago(days=days_ago), **PROOF, **more}
        return await self.shop.made("/v1/opt-ins", body)

    async def consents(self, phone: str = MAYA) -> set[str]:
        found = (await self.shop.client.get("/v1/consents", params={"phone": phone})).json()
        return {row["state"] for row in found["consents"]}

    async def suppressed(self, phone: str = MAYA) -> set[str]:
        found = (await self.shop.client.get("/v1/consents", params={"phone": phone})).json()
        return {row["reason"] for row in found["suppressions"]}

    async def number(self, phone: str = MAYA) -> dict[str, Any]:
        return dict((await self.shop.client.get("/v1/registries/lookups", params={"phone": phone})).json())

    async def refused(self, error: ErrorClass, phone: str = MAYA, *, days: float = 0) -> None:
        """A carrier refuses a message to the number, so many days from now."""
        sender = await make_sender(self.shop.context, self.shop.workspace_id)
        message = await make_message(self.shop.context, self.shop.workspace_id, sender, phone, state=30)
        now = self.shop.context.clock.now() + timedelta(days=days)
        async with self.shop.context.db.transaction() as tx:
            await suppress_refused(tx, refusals=[(self.shop.workspace_id, message, 1, error, "30005")], now=now)

    async def writes(self, phone: str = MAYA, body: str = "hello there, see you on monday") -> None:
        sender = await make_sender(self.shop.context, self.shop.workspace_id)
        provider_id: UUID = await self.shop.value("SELECT provider_id FROM sender WHERE id = $1", sender)
        inbound = Inbound(
            event_key=f"in-{provider_id}",
            provider_message_id="SM1",
            from_number=phone,
            to_address="+18885550100",
            body=body,
            channel=Channel.SMS,
        )
        await receive_inbound(
            self.shop.context,
            workspace_id=self.shop.workspace_id,
            provider_id=provider_id,
            kind="twilio",
            answers=False,
            inbound=inbound,
            now=self.shop.context.clock.now(),
        )


@pytest.fixture
def life(desk: Desk) -> Life:
    return Life(desk)


async def _waiting(life: Life, phone: str = MAYA, **more: Any) -> UUID:
    sender = await make_sender(life.shop.context, life.shop.workspace_id)
    return await make_message(life.shop.context, life.shop.workspace_id, sender, phone, **more)


async def test_a_yes_of_the_reassigned_numbers_database_ends_every_consent_and_what_was_waiting(life: Life) -> None:
    await life.agree()
    message = await _waiting(life)
    order = await _waiting(life, purpose="transactional")
    asked = {"phone": MAYA, "answer": "yes", "asked_about": life.desk.ago(days=100), "as_of": life.desk.ago(days=1)}
    answer = await life.desk.answers("us.reassigned", asked)
    assert answer.json() == {"counts": [True], "tenures_ended": 1}
    assert (await life.consents(), await life.suppressed()) == ({"expired"}, {"reassigned"})
    states = await life.shop.value(
        "SELECT array_agg(DISTINCT (state, reason)::text) FROM message WHERE id = ANY($1)", [message, order]
    )
    assert states == ["(50,suppress.reassigned)"]
    assert "suppress.reassigned" in await life.desk.rules(MAYA, channel="sms", purpose="transactional")
    kinds = await life.shop.value("SELECT array_agg(kind ORDER BY seq) FROM consent_event WHERE phone = $1", MAYA)
    assert kinds == ["given", "expired"]
    assert (await life.number())["tenure"] == 2


async def test_the_same_answer_again_ends_nothing_more(life: Life) -> None:
    await life.agree()
    asked = {"phone": MAYA, "answer": "yes", "as_of": life.desk.ago(days=1)}
    for ended in (1, 0):
        assert (await life.desk.answers("us.reassigned", asked)).json()["tenures_ended"] == ended
    assert (await life.number())["tenure"] == 2


async def test_an_opt_out_outlives_the_tenure(life: Life) -> None:
    await life.agree()
    await life.shop.made("/v1/opt-outs", {"phone": MAYA})
    await life.desk.load(f"{MAYA}\n", "us.deactivations", as_of=life.desk.ago(days=1))
    assert await life.suppressed() == {"opt_out", "deactivated"}
    assert "revoked" in await life.consents()


async def test_the_new_owner_comes_in_by_fresh_proof_alone(life: Life) -> None:
    await life.agree()
    await life.desk.answers("us.reassigned", {"phone": MAYA, "answer": "yes", "as_of": life.desk.ago(days=2)})
    await life.agree(days_ago=50)  # a consent of the former owner that comes in late
    assert await life.suppressed() == {"reassigned"}
    await life.writes()
    assert await life.suppressed() == {"reassigned"}
    await life.agree(days_ago=0)
    assert await life.suppressed() == set()
    rules = await life.desk.rules(MAYA, channel="sms", purpose="marketing")
    assert not {rule for rule in rules if rule.startswith("suppress.")}


async def test_who_agreed_after_the_number_was_given_away_goes_on(life: Life) -> None:
    await life.agree(days_ago=100)
    await life.agree(days_ago=0.5)
    loaded = await life.desk.load(f"{MAYA}\n{NOAH}\n", "us.deactivations", as_of=life.desk.ago(days=1))
    assert loaded["taken"] == 2
    assert (await life.consents(), await life.suppressed()) == ({"given"}, set())


async def test_a_deactivation_file_ends_many_tenures_at_once(life: Life) -> None:
    phones = [f"+1212555{n:04d}" for n in range(1000, 1300)]
    await life.shop.people(phones)
    before = await life.shop.value("SELECT count(*) FROM consent WHERE state = 'given'")
    loaded = await life.desk.load("\n".join(phones[:200]), "us.deactivations")
    assert loaded["tenures_ended"] == 200
    assert await life.shop.value("SELECT count(*) FROM consent WHERE state = 'given'") == before / 3
    assert await life.shop.value("SELECT count(*) FROM suppression WHERE reason = 'deactivated'") == 200


async def test_a_contact_can_be_said_to_have_lost_the_number(life: Life) -> None:
    contact = await life.shop.made("/v1/contacts", {"phone": MAYA})
    await life.agree()
    message = await _waiting(life)
    path = f"/v1/contacts/{contact['id']}/number-ended"
    answer = await life.shop.client.post(path, json={"how": "reassigned", "note": "her brother has it now"})
    assert (answer.status_code, answer.json()["expired"], answer.json()["cancelled"]) == (200, 1, 1), answer.text
    assert await life.shop.value("SELECT state FROM message WHERE id = $1", message) == 50
    assert await life.consents() == {"expired"}
    future = await life.shop.client.post(path, json={"how": "reassigned", "occurred_at": "2199-01-01T00:00:00Z"})
    assert (future.status_code, future.json()["errors"][0]["pointer"]) == (422, "/body/occurred_at")


async def test_one_sure_word_is_enough_and_two_hard_bounces_are(life: Life) -> None:
    await life.shop.people([MAYA, NOAH])
    await life.refused(ErrorClass.INVALID_NUMBER)
    assert await life.suppressed() == {"invalid_number"}
    await life.refused(ErrorClass.NOT_IN_SERVICE, NOAH)
    await life.refused(ErrorClass.NOT_IN_SERVICE, NOAH)  # a moment later: the same trouble
    assert await life.suppressed(NOAH) == set()
    await life.refused(ErrorClass.NOT_IN_SERVICE, NOAH, days=1)
    assert await life.suppressed(NOAH) == {"hard_bounce"}
    assert "suppress.hard_bounce" in await life.desk.rules(NOAH, channel="sms", purpose="transactional")


async def test_a_text_from_the_number_shows_that_it_lives(life: Life) -> None:
    await life.shop.people([MAYA])
    for day in range(5):
        await life.refused(ErrorClass.TEMPORARILY_UNREACHABLE, days=day - 5)
    assert await life.suppressed() == {"hard_bounce"}
    await life.writes()
    number = await life.number()
    assert "hard_bounce" not in await life.suppressed()
    assert (number["soft_bounces"], number["proved_at"] is not None) == (0, True)


async def test_a_delivery_takes_bounces_back_and_proves_nothing(life: Life) -> None:
    await life.shop.people([MAYA])
    await life.refused(ErrorClass.NOT_IN_SERVICE, days=-3)
    await _waiting(life, state=80)
    await life.refused(ErrorClass.NOT_IN_SERVICE, days=1)
    number = await life.number()
    assert (number["hard_bounces"], number["proved_at"]) == (1, None)
    assert await life.suppressed() == set()


async def test_a_land_line_takes_calls_still(life: Life) -> None:
    await life.shop.people([MAYA])
    await life.refused(ErrorClass.LANDLINE)
    assert await life.suppressed() == set()
    assert (await life.number())["line_type"] == "fixed_line"
    assert "number.type_fixed_line" in await life.desk.rules(MAYA, channel="sms", purpose="transactional")
    assert await life.desk.rules(MAYA, channel="voice", purpose="transactional") == set()


async def test_look_ups_say_what_a_line_takes_and_can_be_taken_back(life: Life) -> None:
    async def learn(*rows: tuple[str, str]) -> tuple[int, Any]:
        items = [{"phone": phone, "line_type": word} for phone, word in rows]
        answer = await life.shop.client.post("/v1/numbers/line-types", json={"items": items})
        return answer.status_code, answer.json()

    text: dict[str, Any] = {"channel": "sms", "purpose": "transactional"}
    assert await learn((MAYA, "landline"), (NOAH, "non_fixed_voip")) == (200, {"changed": 2})
    assert "number.type_fixed_line" in await life.desk.rules(MAYA, **text)
    assert await life.desk.rules(NOAH, **text) == set()
    assert await learn((MAYA, "unknown")) == (200, {"changed": 1})
    assert await life.desk.rules(MAYA, **text) == set()
    for rows, pointer in (
        ([(MAYA, "mobile"), ("+18005551234", "mobile")], "/body/items/1/line_type"),
        ([(MAYA, "mobile"), (MAYA, "landline")], "/body/items/1/line_type"),
        ([(MAYA, "carrier pigeon")], "/body/items/0/line_type"),
        ([("12", "mobile")], "/body/items/0/phone"),
    ):
        status, body = await learn(*rows)
        assert (status, body["errors"][0]["pointer"]) == (422, pointer)
    assert (await life.number())["line_type"] is None


async def test_only_what_is_about_the_number_can_be_lifted_by_hand(life: Life) -> None:
    async def lift(reason: str) -> tuple[int, Any]:
        body = {"phone": MAYA, "reason": reason, "because": "she called"}
        answer = await life.shop.client.post("/v1/suppressions/lift", json=body)
        return answer.status_code, answer.json()

    await life.shop.people([MAYA])
    await life.refused(ErrorClass.INVALID_NUMBER)
    await life.shop.made("/v1/opt-outs", {"phone": MAYA})
    for reason in ("opt_out", "objection", "erased", "reassigned", "complaint", "wrong_number", "dnc"):
        status, body = await lift(reason)
        assert (status, body["code"]) == (409, "not_liftable"), reason
    assert (await lift("nothing"))[0] == 422
    assert (await lift("invalid_number"))[1]["lifted"]
    assert not (await lift("invalid_number"))[1]["lifted"]
    assert await life.suppressed() == {"opt_out"}


async def test_a_deactivation_lifted_by_hand_is_vouched_for(life: Life) -> None:
    await life.agree()
    await life.desk.load(f"{MAYA}\n", "us.deactivations", as_of=life.desk.ago(days=1))
    assert "suppress.deactivated" in await life.desk.rules(MAYA, channel="sms", purpose="transactional")
    body = {"phone": MAYA, "reason": "deactivated", "because": "back in service, says her carrier"}
    assert (await life.shop.client.post("/v1/suppressions/lift", json=body)).json()["lifted"]
    assert await life.desk.rules(MAYA, channel="sms", purpose="transactional") == set()
    assert await life.consents() == {"expired"}


async def test_files_opt_outs_and_opt_ins_at_once_leave_one_story(life: Life) -> None:
    """Whoever comes first, nothing waits for ever and no consent from before the end stands."""
    phones = [f"+1212555{n:04d}" for n in range(2000, 2040)]
    await life.shop.people(phones)
    as_of = life.desk.ago(minutes=1)
    body = "\n".join(phones)

    async def stop(phone: str) -> int:
        return (await life.shop.client.post("/v1/opt-outs", json={"phone": phone})).status_code

    loads = [life.desk.send(body, "us.deactivations", as_of=as_of, headers=CSV) for _ in range(3)]
    loaded, stopped = await asyncio.gather(asyncio.gather(*loads), asyncio.gather(*(stop(phone) for phone in phones)))
    assert {answer.status_code for answer in loaded} == {201} == set(stopped)
    assert await life.shop.value("SELECT count(*) FROM consent WHERE state = 'given'") == 0
    assert await life.shop.value("SELECT count(*) FROM number WHERE tenure = 2") == len(phones)
    assert await life.shop.value("SELECT count(*) FROM suppression WHERE reason = 'opt_out'") == len(phones)


async def test_a_request_to_the_former_owner_cannot_be_answered_by_anybody(life: Life) -> None:
    sender = await life.shop.sender()
    asked = await life.shop.made("/v1/opt-ins/requests", {"phone": MAYA, "sender_id": sender["id"]})
    await life.desk.load(f"{MAYA}\n", "us.deactivations")
    answer = await life.shop.client.post("/v1/opt-ins/confirmations", json={"token": asked["token"]})
    assert 400 <= answer.status_code < 500, answer.text
    assert "given" not in await life.consents()
    assert await life.shop.value("SELECT state FROM double_opt_in") == "expired"
