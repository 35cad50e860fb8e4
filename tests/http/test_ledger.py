"""Can anyone check the ledger over the API? Heads and dossiers fit their signatures, and a dossier tells all of a number."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from app.domain.dossier import check_dossier, read_json
from app.domain.errors import TooLarge
from app.domain.ledger import Head, canonical_json, head_bytes, key_id
from app.storage.signing import Signer, signature_fits
from app.usecases.dossiers import make_dossier
from app.usecases.ledger import publish_heads, read_keys
from app.usecases.sweep import sweep
from app.usecases.verify_ledger import verify_ledger
from tests.factories import calling, make_key, make_message, make_sender
from tests.http.consent_desk import PHONE, PROOF
from tests.shop import Shop


def fits(head: dict[str, Any]) -> bool:
    """Whether a head as the API gives it is signed by the key it names."""
    where = Head(head["seq"], bytes.fromhex(head["hash"]))
    message = head_bytes(workspace=head["workspace_id"], head=where, signed_at=datetime.fromisoformat(head["signed_at"]))
    public_key = bytes.fromhex(head["public_key"])
    return key_id(public_key) == head["key_id"] and signature_fits(public_key, bytes.fromhex(head["signature"]), message)


async def opted_in_and_out(shop: Shop) -> None:
    occurred_at = shop.context.clock.now().isoformat()
    evidence = {**PROOF["evidence"], "ip": "192.0.2.7", "form_version": "7", "größe": 1.0}
    await shop.made("/v1/opt-ins", {**PROOF, "occurred_at": occurred_at, "evidence": evidence})
    await shop.made("/v1/opt-outs", {"phone": PHONE, "method": "keyword"})


async def get(shop: Shop, path: str, **query: str) -> Any:
    answer = await shop.client.get(path, params=query)
    assert answer.status_code == 200, answer.text
    return answer


async def test_the_head_moves_with_the_ledger_and_fits_its_signature(shop: Shop) -> None:
    empty = (await get(shop, "/v1/ledger/head")).json()
    assert (empty["seq"], empty["hash"], fits(empty)) == (0, "00" * 32, True)
    await opted_in_and_out(shop)
    head = (await get(shop, "/v1/ledger/head")).json()
    assert (head["seq"], fits(head)) == (2, True)
    assert not fits({**head, "seq": 3})
    contact = await shop.made("/v1/contacts", {"phone": PHONE})
    newest, oldest = (await get(shop, f"/v1/contacts/{contact['id']}/ledger")).json()["items"]
    assert (newest["seq"], newest["number_seq"], newest["hash"]) == (2, 2, head["hash"])
    assert (oldest["seq"], oldest["previous"], newest["previous"]) == (1, "00" * 32, oldest["hash"])


async def test_heads_are_published_once_a_move_and_listed_with_the_keys_that_signed_them(shop: Shop, stranger: Shop) -> None:
    keys = (await get(shop, "/v1/ledger/keys")).json()["keys"]
    assert [(key["current"], key["first_signed_at"]) for key in keys] == [(True, None)]
    for moves in range(3):
        if moves:
            await opted_in_and_out(shop)
        await sweep(shop.context, rare=True)
        await sweep(shop.context, rare=True)
    first = (await get(shop, "/v1/ledger/signatures", limit="1")).json()
    rest = (await get(shop, "/v1/ledger/signatures", limit="1", cursor=first["next_cursor"])).json()
    heads = first["items"] + rest["items"]
    assert ([head["seq"] for head in heads], rest["next_cursor"]) == ([4, 2], None)
    assert all(fits(head) for head in heads)
    after = replace(shop.context, signer=Signer(b"another secret, after a rotation"))
    await publish_heads(after)
    told = await read_keys(replace(after, previous_signers=(Signer(b"o" * 32),)), workspace_id=shop.workspace_id)
    assert [(key["current"], key["first_signed_at"] is None) for key in told] == [(True, False), (False, True), (False, False)]
    keys = (await get(shop, "/v1/ledger/keys")).json()["keys"]
    assert [(key["key_id"] == after.signer.key_id, key["current"]) for key in keys] == [(False, True), (True, False)]
    assert (await get(stranger, "/v1/ledger/signatures")).json()["items"] == []


async def test_a_head_is_not_vouched_for_once_its_chain_was_rewritten(shop: Shop) -> None:
    await opted_in_and_out(shop)
    await publish_heads(shop.context)
    async with shop.context.db.transaction() as tx:
        await tx.execute("ALTER TABLE consent_event DISABLE TRIGGER consent_event_append_only")
        await tx.execute("UPDATE consent_event SET hash = sha256(hash) WHERE seq = 2")
        await tx.execute("ALTER TABLE consent_event ENABLE TRIGGER consent_event_append_only")
    await opted_in_and_out(shop)
    await publish_heads(shop.context)
    assert [head["seq"] for head in (await get(shop, "/v1/ledger/signatures")).json()["items"]] == [2]


async def test_a_dossier_holds_everything_known_of_the_number_and_verifies(shop: Shop) -> None:
    await opted_in_and_out(shop)
    sender_id = await make_sender(shop.context, shop.workspace_id)
    await make_message(shop.context, shop.workspace_id, sender_id, PHONE, state=80, departed=True)
    contact = await shop.made("/v1/contacts", {"phone": PHONE})
    for answer in (
        await get(shop, "/v1/dossiers", phone=PHONE),
        await get(shop, f"/v1/contacts/{contact['id']}/dossier"),
    ):
        assert answer.headers["content-type"] == "application/json"
        assert answer.headers["content-disposition"] == 'attachment; filename="dossier.json"'
        file = read_json(answer.content)
        assert canonical_json(file).encode() + b"\n" == answer.content
        assert check_dossier(file, verify=signature_fits, trusted=shop.context.signer.public_key) == []
        given, revoked = file["events"]
        assert (given["kind"], revoked["kind"], given["source"]) == ("given", "revoked", "api")
        assert given["actor"].startswith("key:")
        assert given["evidence"]["wording"] == PROOF["evidence"]["wording"]
        assert (given["evidence"]["ip"], given["evidence"]["form_version"], given["evidence"]["größe"]) == ("192.0.2.7", "7", 1)
        assert file["manifest"]["phone"] == PHONE
        assert file["manifest"]["head"]["seq"] == 2
        assert [row["reason"] for row in file["suppressions"]] == ["opt_out"]
        assert file["number"][0]["contact_id"] == contact["id"]
        assert file["messages"][0]["state"] == "delivered"
        assert file["messages"][0]["body"] == "Hello"
        assert {"decision", "attempts", "receipts"} <= file["messages"][0].keys()


async def test_a_dossier_is_made_of_a_number_nobody_knows_and_tells_nothing_of_other_workspaces(
    shop: Shop, stranger: Shop
) -> None:
    await opted_in_and_out(shop)
    answer = await get(stranger, "/v1/dossiers", phone=PHONE)
    file = read_json(answer.content)
    assert check_dossier(file, verify=signature_fits) == []
    assert (file["events"], file["number"], file["suppressions"]) == ([], [], [])
    contact = await shop.made("/v1/contacts", {"phone": PHONE})
    assert (await stranger.client.get(f"/v1/contacts/{contact['id']}/dossier")).status_code == 404
    assert (await shop.client.get("/v1/dossiers", params={"phone": "12"})).status_code == 422
    async with calling(shop.context, await make_key(shop.context, shop.workspace_id, "consents:read")) as client:
        assert (await client.get("/v1/dossiers", params={"phone": PHONE})).status_code == 403


async def test_a_dossier_too_large_to_answer_is_refused_and_says_where_to_get_it(shop: Shop) -> None:
    await opted_in_and_out(shop)
    context, now = shop.context, shop.context.clock.now()
    with pytest.raises(TooLarge, match="ledger export"):
        await make_dossier(context.db, context.signer, workspace_id=shop.workspace_id, phone=PHONE, now=now, most=1)


async def test_an_erasure_leaves_a_ledger_that_verifies_and_a_number_that_returns_begins_a_chain_of_its_own(shop: Shop) -> None:
    other = "+14155552672"
    await opted_in_and_out(shop)
    await shop.made("/v1/opt-outs", {"phone": other, "method": "keyword"})
    await publish_heads(shop.context)
    for returns in range(2):
        await shop.made("/v1/erasures", {"phone": PHONE})
        await opted_in_and_out(shop)
        head, found = await verify_ledger(shop.context.db, workspace_id=shop.workspace_id, progress=lambda *_: None)
        assert (found, head.seq) == ([], await shop.value("SELECT count(*) FROM consent_event")), returns
    for phone in (PHONE, other, *await stand_ins(shop)):
        now = shop.context.clock.now()
        made = await make_dossier(shop.context.db, shop.context.signer, workspace_id=shop.workspace_id, phone=phone, now=now)
        file = read_json(made)
        assert check_dossier(file, verify=signature_fits, trusted=shop.context.signer.public_key) == []
        assert file["events"][0]["number_seq"] == 1
        assert (file["events"][0]["salt"] is None) == phone.startswith("erased:")
    assert len(await stand_ins(shop)) == 2


async def stand_ins(shop: Shop) -> list[str]:
    """What erased numbers are called now."""
    async with shop.context.db.transaction() as tx:
        return [row["phone"] for row in await tx.fetch("SELECT phone FROM number WHERE phone LIKE 'erased:%' ORDER BY phone")]
