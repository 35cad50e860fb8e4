"""Who calls the API in these tests? One customer with a workspace and a key of its own, and another who must not see it."""

from collections.abc import AsyncIterator

import pytest

from app.domain.ids import decode_id
from app.usecases.context import Context
from app.usecases.run_import import run_import
from tests.factories import calling, make_key, make_workspace
from tests.http.document import Document, built
from tests.http.findings import Findings
from tests.shop import Shop, path_of

CLOSED = {"kind": "closed_day", "region": "US-LA", "source": "a proclamation", "valid_from": "2030-01-02"}


@pytest.fixture
async def shop(context: Context) -> AsyncIterator[Shop]:
    """A customer whose key may do anything."""
    workspace_id = await make_workspace(context)
    async with calling(context, await make_key(context, workspace_id)) as client:
        yield Shop(context, client, workspace_id)


@pytest.fixture
async def stranger(context: Context) -> AsyncIterator[Shop]:
    """Another customer of the same service."""
    workspace_id = await make_workspace(context, name="Other Shop")
    async with calling(context, await make_key(context, workspace_id)) as client:
        yield Shop(context, client, workspace_id)


@pytest.fixture(scope="module")
def document() -> Document:
    """The document of the API as it is built."""
    return Document.of(built())


@pytest.fixture
async def ids(shop: Shop) -> dict[str, str]:
    """One of everything the shop can have, by the prefix of its id. Its campaign is over, so that following it ends."""
    contact = await shop.made("/v1/contacts", {"phone": "+12125550142"})
    sender = await shop.sender()
    template, audience = await shop.template(), await shop.audience()
    campaign = await shop.launched(template_id=template["id"], audience_id=audience["id"], sender_id=sender["id"])
    await shop.finish(campaign)
    message = {"to": "+12125550142", "purpose": "transactional", "sender_id": sender["id"], "body": "Your order is ready."}
    file = await shop.client.post("/v1/imports", content="phone\n+12125550143\n", headers={"Content-Type": "text/csv"})
    import_id = decode_id("import", file.json()["id"])
    await run_import(shop.context, workspace_id=shop.workspace_id, import_id=import_id)  # its progress ends, too
    listed = await shop.client.post(
        "/v1/registries/us.national_dnc/files", content="phone,answer\n+12125550144,no\n", headers={"Content-Type": "text/csv"}
    )
    on_list = await shop.client.post(
        "/v1/audience-lists?name=fair", content="phone\n+12125550142\n", headers={"Content-Type": "text/csv"}
    )
    draft = {"template_id": template["id"], "audience_id": audience["id"], "sender_id": sender["id"]}
    pattern, step = await shop.campaign(**draft), await shop.campaign(**draft)
    rhythm = {"every": "day", "first_on": "2030-01-01", "at": "10:00:00", "time_zone": "America/New_York"}
    made = [
        await shop.made("/v1/campaign-series", {"name": "daily", "campaign_id": pattern["id"], "rhythm": rhythm}),
        await shop.made("/v1/sequences", {"name": "welcome", "steps": [{"campaign_id": step["id"]}]}),
        contact,
        sender,
        template,
        audience,
        campaign,
        file.json(),
        on_list.json(),
        listed.json()["file"],
        await shop.provider(),
        await shop.made("/v1/sender-pools", {"name": "all", "channel": "sms", "members": [{"sender_id": sender["id"]}]}),
        await shop.made(path_of(campaign, "preflight"), {}),
        await shop.made("/v1/messages", message),
        await shop.review("+12125550144"),
        await shop.made("/v1/api-keys", {"name": "spare", "scopes": ["messages:read"]}),
        (await shop.made("/v1/rules/rows", {"rows": [CLOSED]}))["rows"][0],
    ]
    return {thing["id"][:3]: thing["id"] for thing in made}


@pytest.fixture
def findings() -> Findings:
    return Findings()
