"""Does a text leave with the letters that previews and preflight showed and counted?"""

import pytest

from app.domain.ids import decode_id
from app.settings import Settings
from app.usecases.dispatch_lane import dispatch_lane
from tests.shop import path_of
from tests.usecases.test_campaign_groups import ready

_TEXT = "Blue Shop: \u201c20% off\u201d \u2013 it\u2019s on, {{ first_name }}. Reply STOP to opt out"
_PLAIN = 'Blue Shop: "20% off" - it\'s on, Ann. Reply STOP to opt out'


@pytest.mark.parametrize("letters", ["plain", "as_written"])
async def test_what_is_shown_and_counted_plainly_leaves_plainly_and_a_name_stays_as_it_is(
    settings: Settings, letters: str
) -> None:
    async with ready(settings) as (shop, running, sender):
        assert (await shop.client.patch("/v1/workspace", json={"policy": {"letters": letters}})).is_success
        await shop.people(["+12125551001"], first_name="Ann")
        await shop.people(["+12125551002"], first_name="Zo\u00eb")
        template = await shop.template(_TEXT)
        campaign = await shop.made("/v1/campaigns", await shop.draft(sender_id=sender, template_id=template["id"]))
        foreseen = {}
        for contact in (await shop.client.get("/v1/contacts")).json()["items"]:
            foreseen[contact["phone"]] = await shop.made(path_of(campaign, "preview"), {"contact_id": contact["id"]})
        counted = (await shop.made(path_of(campaign, "preflight"), {}))["parts"]
        await shop.launch(campaign)
        await dispatch_lane(shop.context, workspace_id=shop.workspace_id, sender_id=decode_id("sender", sender))
        sent = (await running.client.get("/admin/messages")).json()["messages"]
    ann, zoe = foreseen["+12125551001"], foreseen["+12125551002"]
    assert {message["to"]: message["body"] for message in sent} == {phone: shown["body"] for phone, shown in foreseen.items()}
    assert (ann["body"] == _PLAIN, ann["encoding"] == "gsm7", ann["foreign_characters"] == []) == (letters == "plain",) * 3
    assert (zoe["encoding"], zoe["parts"], zoe["parts_without_foreign"]) == ("ucs2", 1, 1)
    assert zoe["foreign_characters"][-1]["name"] == "LATIN SMALL LETTER E WITH DIAERESIS"
    assert sorted(row["encoding"] for row in counted) == (["gsm7", "ucs2"] if letters == "plain" else ["ucs2"])
