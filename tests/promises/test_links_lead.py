"""Do the links of a campaign that really went lead where they should? Worker, carrier and API are processes of their own."""

import asyncio
from collections.abc import Callable
from typing import Any

import httpx

from app.domain.ids import encode_id
from app.domain.message import State
from tests.promises.world import numbers

_BODY = "Hi {{ first_name | default: 'there' }}: https://shop.example/autumn Stop: {{ opt_out_link }} Reply STOP to opt out"
_PHONE = {
    "User-Agent": "Mozilla/5.0 (iPhone) AppleWebKit/605 Version/18.0 Safari/604",
    "Accept": "text/html",
    "Accept-Language": "en",
}


async def test_every_text_that_arrived_leads_its_reader_on_and_a_look_opts_nobody_out(start: Callable[..., Any]) -> None:
    world = await start()
    await world.people(numbers(60))
    campaign_id = await world.campaign(body=_BODY)
    async with world.context.db.transaction() as tx:
        await tx.execute("UPDATE campaign SET links = $2::jsonb WHERE id = $1", campaign_id, '{"utm": {"source": "us"}}')
    await world.launch(campaign_id)
    await world.workers(2)
    assert await world.closed(campaign_id) == {State.DELIVERED: 60}
    texts = [message["body"] for message in await world.received()]
    links = {word for text in texts for word in text.split() if word.startswith(f"{world.url}/l/")}
    assert len(texts) == len(links) == 60 and not any("shop.example" in text for text in texts)
    stops = {word for text in texts for word in text.split() if word.startswith(f"{world.url}/o/")}
    async with httpx.AsyncClient(headers=_PHONE) as people:
        answers = await asyncio.gather(*(people.get(link) for link in sorted(links)))
        assert {(answer.status_code, answer.headers["location"]) for answer in answers} == {
            (302, "https://shop.example/autumn?utm_source=us")
        }
        assert {(await people.get(stop)).status_code for stop in sorted(stops)} == {200}
    assert len(stops) == 60 and await world.value("SELECT count(*) FROM suppression") == 0
    books = (await world.client.get(f"/v1/campaigns/{encode_id('campaign', campaign_id)}/links")).json()
    assert [(link["written"], link["unique_clicks"]) for link in books["links"]] == [("https://shop.example/autumn", 60)]
