"""P017: a STOP that comes after the carrier has accepted a message takes it back where the carrier can, and says so honestly."""

from dataclasses import dataclass
from uuid import UUID

import pytest

from app.clock import new_id
from app.domain.message import State
from app.usecases.context import Context
from app.usecases.recall_messages import recall_messages
from app.usecases.record_opt_outs import OptOut, OptOutResult, record_opt_outs
from tests.factories import make_message, make_sender, make_workspace
from tests.simulator.running import ACCOUNT, PERSON, TOKEN, Carrier, carrier, until


@dataclass(slots=True)
class Accepted:
    """A marketing message that a carrier has accepted."""

    context: Context
    workspace_id: UUID
    message_id: UUID
    sid: str

    async def stop(self) -> OptOutResult:
        """The person says no."""
        async with self.context.db.transaction() as tx:
            (result,) = await record_opt_outs(
                tx,
                workspace_id=self.workspace_id,
                items=[OptOut(phone=PERSON, method="keyword")],
                now=self.context.clock.now(),
                actor="recipient",
                source="inbound",
            )
        return result

    async def state(self) -> tuple[int, str]:
        """Where the message stands, and why."""
        async with self.context.db.transaction() as tx:
            row = await tx.fetch_row("SELECT state, reason FROM message WHERE id = $1", self.message_id)
        assert row is not None
        return row["state"], row["reason"]


async def _accept(context: Context, running: Carrier, *, purpose: str = "marketing") -> Accepted:
    sid = (await running.send()).json()["sid"]
    workspace_id = await make_workspace(context)
    sender_id = await make_sender(context, workspace_id)
    now = context.clock.now()
    async with context.db.transaction() as tx:
        provider_id = await tx.fetch_value("SELECT provider_id FROM sender WHERE id = $1", sender_id)
        sealed = context.vault.seal({"account_sid": ACCOUNT, "auth_token": TOKEN}, row=provider_id)
        await tx.execute("UPDATE provider SET credentials = $2, base_url = $3 WHERE id = $1", provider_id, sealed, running.url)
        await tx.execute(
            "INSERT INTO number (workspace_id, phone, region, kind, zones, created_at) "
            "VALUES ($1, $2, 'US', 'fixed_line_or_mobile', '{America/New_York}', $3)",
            workspace_id,
            PERSON,
            now,
        )
    message_id = await make_message(context, workspace_id, sender_id, PERSON, state=State.SUBMITTED, purpose=purpose)
    async with context.db.transaction() as tx:
        await tx.execute(
            "INSERT INTO attempt (workspace_id, message_id, number, provider_id, sender_id, outcome, provider_message_id, "
            "handed_over_at) VALUES ($1, $2, 1, $3, $4, 'accepted', $5, $6)",
            workspace_id,
            message_id,
            provider_id,
            sender_id,
            sid,
            now,
        )
    return Accepted(context, workspace_id, message_id, sid)


async def test_p017_what_the_carrier_has_not_sent_yet_is_taken_back(context: Context) -> None:
    async with carrier(sent_seconds=10_000.0) as running:
        accepted = await _accept(context, running)
        result = await accepted.stop()
        assert result.beyond_recall == 1
        asked = {"workspace_id": accepted.workspace_id, "event_id": result.event_id}
        assert await recall_messages(context, **asked) == 1
        assert await accepted.state() == (State.CANCELLED, "suppress.opt_out")
        seen = (await running.client.get("/admin/messages")).json()["messages"]
        assert [message["status"] for message in seen] == ["canceled"]
        assert await recall_messages(context, **asked) == 0


async def test_what_was_sent_already_stays_as_it_is(context: Context) -> None:
    async with carrier(sent_seconds=0.0, final_seconds=0.0) as running:
        accepted = await _accept(context, running)

        async def sent() -> bool:
            seen = (await running.client.get("/admin/messages")).json()["messages"]
            return [message["status"] for message in seen] in (["sent"], ["delivered"], ["undelivered"])

        await until(sent)
        result = await accepted.stop()
        assert await recall_messages(context, workspace_id=accepted.workspace_id, event_id=result.event_id) == 0
        assert await accepted.state() == (State.SUBMITTED, "")


@pytest.mark.parametrize("purpose", ["transactional"])
async def test_what_the_no_does_not_speak_of_is_not_asked_for(context: Context, purpose: str) -> None:
    async with carrier(sent_seconds=10_000.0) as running:
        accepted = await _accept(context, running, purpose=purpose)
        result = await accepted.stop()
        assert (result.beyond_recall, await accepted.state()) == (0, (State.SUBMITTED, ""))
        assert await recall_messages(context, workspace_id=accepted.workspace_id, event_id=result.event_id) == 0


async def test_a_carrier_that_cannot_be_reached_changes_nothing(context: Context) -> None:
    async with carrier(sent_seconds=10_000.0) as running:
        accepted = await _accept(context, running)
    result = await accepted.stop()
    assert await recall_messages(context, workspace_id=accepted.workspace_id, event_id=result.event_id) == 0
    assert await recall_messages(context, workspace_id=accepted.workspace_id, event_id=new_id()) == 0
    assert await accepted.state() == (State.SUBMITTED, "")
