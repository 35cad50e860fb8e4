"""P13: erasure remembers the no. The data goes, a keyed hash keeps the no, and only fresh proof brings the person back."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import orjson
import pytest

from app.domain.delivery import Receipt
from app.domain.ids import decode_id
from app.domain.message import State
from app.runtime import open_runtime
from app.settings import Settings
from app.usecases.claim_group import claim_group
from app.usecases.context import Context
from app.usecases.hand_over import hand_over
from app.usecases.open_lane import open_content, open_lane
from app.usecases.record_receipts import Received, record_receipts
from app.usecases.run_import import run_import
from app.usecases.verify_ledger import verify_ledger
from tests.factories import calling, make_key, make_workspace
from tests.shop import Shop, at_noon, id_of, path_of

MAYA, OTHER = "+12125550142", "+12125550143"
EVIDENCE = {
    "wording": "I agree to get automated marketing texts from Blue Shop at this number. Not a condition of purchase.",
    "url": "https://shop.example/join",
    "ip": "192.0.2.7",
    "seller": "Blue Shop",
}


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """It is always noon in New York here."""
    return at_noon(settings)


@pytest.fixture
async def shop(context: Context) -> AsyncIterator[Shop]:
    workspace_id = await make_workspace(context)
    async with calling(context, await make_key(context, workspace_id)) as client:
        yield Shop(context, client, workspace_id)


async def opt_in(shop: Shop, *, method: str = "web_form", at: str = "2026-11-20T12:00:00Z") -> dict[str, Any]:
    evidence = EVIDENCE if method == "web_form" else {"source": "crm"}
    body = {"phone": MAYA, "channels": ["sms"], "method": method, "occurred_at": at, "evidence": evidence}
    return await shop.made("/v1/opt-ins", body)


async def maya(shop: Shop) -> dict[str, Any]:
    """She is a contact who agreed."""
    contact = await shop.made("/v1/contacts", {"phone": MAYA, "attributes": {"first_name": "Maya"}})
    await opt_in(shop)
    return contact


async def erased(shop: Shop, contact: dict[str, Any]) -> dict[str, Any]:
    return await shop.made(f"/v1/contacts/{contact['id']}/erase", {})


async def verdict(shop: Shop, purpose: str = "marketing", **fields: Any) -> tuple[str, set[str]]:
    decision = await shop.made("/v1/decisions", {"to": MAYA, "channel": "sms", "purpose": purpose, **fields})
    return decision["verdict"], {reason["rule"] for reason in decision["reasons"]}


async def rows_naming(shop: Shop, text: str) -> list[str]:
    """Tables with a row in which a text stands, bytes as text included."""
    sql = "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
    tables = [row["relname"] for row in await _fetch(shop, sql)]
    found = []
    for table in tables:
        sql = f"SELECT count(*) FROM {table} t WHERE t::text LIKE $1 OR t::text LIKE $2"  # noqa: S608
        if await shop.value(sql, f"%{text}%", f"%{text.encode().hex()}%"):
            found.append(table)
    return found


async def _fetch(shop: Shop, sql: str) -> list[Any]:
    async with shop.context.db.transaction() as tx:
        return list(await tx.fetch(sql))


async def test_p13_nothing_of_the_person_is_left_in_any_table(shop: Shop) -> None:
    contact = await maya(shop)
    sender = await shop.sender()
    body = {"to": MAYA, "purpose": "transactional", "sender_id": sender["id"], "body": "Maya Lindqvist, your order is ready."}
    await shop.made("/v1/messages", body, **{"Idempotency-Key": "hers"})
    await shop.client.post(
        "/v1/imports", content=f"phone,first_name\n{MAYA},Maya\n{OTHER},Bo\n", headers={"Content-Type": "text/csv"}
    )
    import_id = await shop.value("SELECT id FROM import_job")
    await run_import(shop.context, workspace_id=shop.workspace_id, import_id=import_id)
    digits = MAYA[1:]
    assert {"contact", "number", "consent_event", "message", "import_row"} <= set(await rows_naming(shop, digits))
    done = await erased(shop, contact)
    assert (done["was_contact"], done["emptied"]["contacts"], done["emptied"]["messages"]) == (True, 1, 1)
    for text in (digits, "Maya", "Lindqvist", "192.0.2.7", str(decode_id("contact", contact["id"]))):
        assert await rows_naming(shop, text) == [], text
    assert await shop.value("SELECT count(*) FROM contact") == 1  # the other one stays
    assert (await shop.client.get(f"/v1/contacts/{contact['id']}")).status_code == 404
    assert (await shop.client.post(f"/v1/contacts/{contact['id']}/erase", json={})).status_code == 404


async def test_p13_nor_what_went_beside_a_text_nor_the_names_a_carrier_gave_it_after_her_number(shop: Shop) -> None:
    contact = await maya(shop)
    agent, line = await shop.rich_sender(channel="rcs", kind="rcs_agent", address="blue"), await shop.sender()
    card = {"title": "For Maya Lindqvist", "text": "Your parcel"}
    way = {"channel": "sms", "sender_id": line["id"], "body": "Maya Lindqvist, your parcel"}
    body = {"to": MAYA, "purpose": "transactional", "sender_id": agent["id"], "channel": "rcs", "body": "Your parcel is there."}
    made = await shop.made("/v1/messages", {**body, "content": {"cards": [card]}, "fallback": [way]})
    account, digits = decode_id("provider", agent["provider_id"]), MAYA[1:]
    await shop.execute(
        "INSERT INTO attempt (workspace_id, message_id, number, provider_id, sender_id, outcome, provider_message_id, "
        "handed_over_at) VALUES ($1, $2, 1, $3, $4, 'accepted', $5, now())",
        shop.workspace_id, decode_id("message", made["id"]), account, decode_id("sender", agent["id"]), f"batch1:{digits}",
    )  # fmt: skip
    for batch in ("batch1", "batch2"):  # the second is nobody's we know
        name = f"{batch}:{digits}"
        said = Receipt(event_key=f"{name}:x", raw_status="x", state=None, provider_message_id=name, recipient=MAYA)
        await record_receipts(shop.context, [Received(shop.workspace_id, account, said)], now=shop.context.clock.now())
    await erased(shop, contact)
    for text in (digits, "Maya", "Lindqvist"):
        assert await rows_naming(shop, text) == [], text
    matched = "SELECT r.provider_message_id = a.provider_message_id FROM receipt r JOIN attempt a USING (message_id)"
    assert await shop.value(matched) is True


async def test_p13_what_is_left_of_her_can_still_be_read(shop: Shop) -> None:
    contact = await maya(shop)
    campaign = await shop.launched()
    body = {"to": MAYA, "purpose": "transactional", "sender_id": campaign["sender_id"], "body": "Your order is ready."}
    message = await shop.made("/v1/messages", body)
    csv = f"phone,first_name\n{MAYA},Maya\n"
    job = (await shop.client.post("/v1/imports", content=csv, headers={"Content-Type": "text/csv"})).json()
    await run_import(shop.context, workspace_id=shop.workspace_id, import_id=decode_id("import", job["id"]))
    await erased(shop, contact)
    for path in (
        f"/v1/imports/{job['id']}/rows",
        f"/v1/campaigns/{campaign['id']}/recipients",
        f"/v1/campaigns/{campaign['id']}/stats",
        f"/v1/messages/{message['id']}",
        "/v1/messages",
        "/v1/decisions",
        "/v1/reviews",
        "/v1/opt-ins/requests",
    ):
        answer = await shop.client.get(path)
        assert answer.status_code == 200, (path, answer.text)
        assert MAYA not in answer.text


async def test_p13_an_import_a_form_a_call_and_a_claim_cannot_undo_it(shop: Shop) -> None:
    await erased(shop, await maya(shop))
    never = ("never", {"suppress.erased"})
    file = await shop.client.post("/v1/imports", content=f"phone\n{MAYA}\n", headers={"Content-Type": "text/csv"})
    assert file.status_code == 202
    import_id = await shop.value("SELECT id FROM import_job")
    await run_import(shop.context, workspace_id=shop.workspace_id, import_id=import_id)
    found, rules = await verdict(shop)
    assert found == "never" and never[1] <= rules
    await shop.made("/v1/contacts", {"phone": MAYA, "attributes": {"first_name": "Maya"}})
    for method in ("import", "subscribe"):
        claim = {"phone": MAYA, "channels": ["sms"], "method": method, "occurred_at": "2026-11-24T17:00:00Z",
                 "evidence": {"source": "crm", "collected_at": "2026-11-24T17:00:00Z"}}  # fmt: skip
        await shop.client.post("/v1/opt-ins", json=claim)
        assert (await verdict(shop))[0] == "never"
    assert (await opt_in(shop, at="2026-11-23T12:00:00Z"))["outcome"] == "not_lifted"  # proof from before the erasure
    assert (await verdict(shop))[0] == "never"
    campaign = await shop.launched()
    recipients = (await shop.client.get(path_of(campaign, "recipients"))).json()["items"]
    assert [(item["phone"], item["state"]) for item in recipients] == [(MAYA, "suppressed")]


async def test_p13_fresh_proof_lifts_it_and_an_opt_out_of_everything_comes_back_with_the_number(shop: Shop) -> None:
    await erased(shop, await maya(shop))
    assert (await opt_in(shop, at="2026-11-24T17:31:00Z"))["outcome"] == "recorded"
    assert await verdict(shop) == ("allow", set())
    contact = await shop.made("/v1/contacts", {"phone": MAYA})
    await shop.made("/v1/opt-outs", {"phone": MAYA, "method": "email", "purpose": "all"})
    await erased(shop, contact)
    await shop.made("/v1/contacts", {"phone": MAYA})
    found, rules = await verdict(shop, purpose="transactional")
    assert found == "never" and any(rule.startswith("suppress.opt_out") for rule in rules)
    assert "suppress.erased" in (await verdict(shop))[1]


async def test_p13_it_may_be_asked_for_again_and_each_time_the_no_stays(shop: Shop) -> None:
    for _ in range(3):
        await erased(shop, await maya(shop))
    assert await shop.value("SELECT count(*) FROM number WHERE phone LIKE 'erased:%'") == 3
    assert MAYA[1:] not in str(await _fetch(shop, "SELECT * FROM number"))
    await shop.made("/v1/contacts", {"phone": MAYA})
    assert (await verdict(shop))[0] == "never"


async def test_p13_a_number_that_is_no_contact_can_be_erased_too(shop: Shop) -> None:
    done = await shop.made("/v1/erasures", {"phone": "(212) 555-0142", "default_region": "US"})
    assert done["was_contact"] is False
    assert await rows_naming(shop, MAYA[1:]) == []
    await shop.made("/v1/contacts", {"phone": MAYA})
    await opt_in(shop, method="subscribe")
    assert "suppress.erased" in (await verdict(shop))[1]


async def test_p13_what_waits_is_cancelled_what_is_claimed_is_stopped_and_the_books_close(shop: Shop) -> None:
    contact = await maya(shop)
    await shop.people([OTHER], first_name="Bo")
    campaign = await shop.launched()
    sender_id = await shop.value("SELECT sender_id FROM campaign")
    now = shop.context.clock.now()
    lane = await open_lane(shop.context, workspace_id=shop.workspace_id, sender_id=sender_id, now=now)
    assert lane is not None
    content = await open_content(shop.context, lane, id_of(campaign))
    claim = await claim_group(shop.context, lane, content, limit=500, parts=500, now=now)
    assert claim.group is not None
    single = {"to": MAYA, "purpose": "transactional", "sender_id": (await shop.sender())["id"], "body": "Ready."}
    await shop.made("/v1/messages", single)
    done = await erased(shop, contact)
    assert (done["stopped"], done["cancelled"], done["beyond_recall"]) == (1, 1, 0)
    departed = await hand_over(shop.context, lane, claim.group)
    assert departed is not None
    assert [member.phone for member, _ in departed.outcomes] == [OTHER]
    await shop.finish(campaign)
    books = (await shop.client.get(path_of(campaign, "stats"))).json()
    assert (books["identity_holds"], books["closed"], books["audience"]) == (True, True, 2)


async def test_p13_what_has_left_is_told_and_never_goes_again(shop: Shop) -> None:
    contact = await maya(shop)
    await shop.launched()
    await shop.execute("UPDATE message SET state = 30, handed_over_at = created_at")
    done = await erased(shop, contact)
    assert (done["stopped"], done["cancelled"], done["beyond_recall"]) == (0, 0, 1)
    await shop.execute("UPDATE message SET state = 10, due_at = created_at")  # as if the carrier had said: try again
    sender_id = await shop.value("SELECT sender_id FROM campaign")
    now = shop.context.clock.now() + timedelta(seconds=1)
    lane = await open_lane(shop.context, workspace_id=shop.workspace_id, sender_id=sender_id, now=now)
    assert lane is not None
    content = await open_content(shop.context, lane, await shop.value("SELECT id FROM campaign"))
    claim = await claim_group(shop.context, lane, content, limit=500, parts=500, now=now)
    assert claim.group is None
    assert await shop.value("SELECT state FROM message") == State.SUPPRESSED


async def test_p13_the_ledger_still_verifies_and_lets_nothing_else_through(shop: Shop) -> None:
    await erased(shop, await maya(shop))
    lines = await _fetch(shop, "SELECT phone, evidence, salt, previous, hash FROM consent_event ORDER BY seq")
    assert len(lines) >= 2
    assert [line["previous"] for line in lines[1:]] == [line["hash"] for line in lines[:-1]]
    assert await shop.value("SELECT hash FROM ledger_head") == lines[-1]["hash"]
    assert all(line["phone"].startswith("erased:") and line["evidence"] in ({}, "{}") and line["salt"] is None for line in lines)
    _, findings = await verify_ledger(shop.context.db, workspace_id=shop.workspace_id, progress=lambda *_: None)
    assert findings == []
    for change in (
        "UPDATE consent_event SET kind = 'given'",
        'UPDATE consent_event SET evidence = \'{"wording": "other"}\'',
        "UPDATE consent_event SET hash = previous",
        "DELETE FROM consent_event",
    ):
        with pytest.raises(Exception, match="append-only"):
            await shop.execute(change)


async def test_p13_whoever_writes_of_her_while_she_is_erased_comes_before_or_after(shop: Shop) -> None:
    sender = await shop.sender()
    for turn in range(6):
        contact = await maya(shop)
        text = {"to": MAYA, "purpose": "transactional", "sender_id": sender["id"], "body": f"Ready {turn}."}
        yes = {
            "phone": MAYA,
            "channels": ["sms"],
            "method": "web_form",
            "occurred_at": "2026-11-20T12:00:00Z",
            "evidence": EVIDENCE,
        }
        answers = await asyncio.gather(
            shop.client.post(f"/v1/contacts/{contact['id']}/erase", json={}),
            shop.client.post("/v1/messages", json=text),
            shop.client.post("/v1/opt-ins", json=yes),
            shop.client.post("/v1/contacts", json={"phone": MAYA}),
            shop.client.post("/v1/opt-outs", json={"phone": MAYA, "method": "email"}),
            shop.client.post("/v1/erasures", json={"phone": MAYA}),
        )
        assert [answer.status_code for answer in answers if answer.status_code not in (200, 201, 404)] == []
        assert (await verdict(shop))[0] == "never"
        assert await shop.value("SELECT count(*) FROM message WHERE phone LIKE 'erased:%' AND state < 20") == 0


async def test_p13_an_erasure_under_a_secret_since_rotated_is_still_known(shop: Shop, settings: Settings) -> None:
    await erased(shop, await maya(shop))
    rotated = settings.model_copy(update={"secret_key": _secret("22" * 32), "previous_secret_keys": settings.secret_key})
    async with (
        open_runtime(rotated, role="test") as context,
        calling(context, shop.client.headers["Authorization"][7:]) as client,
    ):
        answer = await client.post("/v1/contacts", json={"phone": MAYA})
        assert answer.status_code == 201, answer.text
    assert await shop.value("SELECT count(*) FROM suppression WHERE phone = $1 AND reason = 'erased'", MAYA) == 1


async def test_p13_another_workspace_is_untouched_and_its_stand_in_is_another(shop: Shop, context: Context) -> None:
    workspace_id = await make_workspace(context, name="Other")
    async with calling(context, await make_key(context, workspace_id)) as client:
        other = Shop(context, client, workspace_id)
        theirs = await maya(other)
        await erased(shop, await maya(shop))
        assert (await client.get(f"/v1/contacts/{theirs['id']}")).status_code == 200
        await erased(other, theirs)
    names = await _fetch(shop, "SELECT DISTINCT phone FROM number")
    assert len(names) == 2


async def test_p13_everything_held_can_be_read_before(shop: Shop) -> None:
    contact = await maya(shop)
    await shop.made("/v1/messages", {"to": MAYA, "purpose": "transactional", "sender_id": (await shop.sender())["id"],
                                     "body": "Your order is ready."})  # fmt: skip
    found = (await shop.client.get(f"/v1/contacts/{contact['id']}/export")).json()
    assert found["contact"]["attributes"] == {"first_name": "Maya"}
    assert [line["evidence"]["ip"] for line in found["ledger"]] == ["192.0.2.7"]
    assert [(message["body"], message["decision"]["verdict"]) for message in found["messages"]] == [
        ("Your order is ready.", "allow")
    ]
    assert found["number"]["phone"] == MAYA
    assert "token" not in orjson.dumps(found).decode()


def _secret(text: str) -> Any:
    return Settings(secret_key=text).secret_key
