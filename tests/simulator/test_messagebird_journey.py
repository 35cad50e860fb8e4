"""Is a lost answer of MessageBird's settled by its webhooks? A batch nobody answered, and one who had stopped at the carrier."""

from collections import Counter

from app.settings import Settings
from tests.simulator.online import online
from tests.simulator.running import SENDER

_PHONES = [f"+1212555{1000 + step}" for step in range(9)]
_STOPPED = _PHONES[1]
_CREDENTIALS = {"access_key": "simulated-messagebird-key", "signing_key": "simulated-messagebird-signing-key"}


async def test_a_campaign_whose_answers_are_all_lost_is_settled_by_reports_alone(settings: Settings) -> None:
    async with online(settings, lose_answer=1, double_receipt=0.3, out_of_order=0.3, early_receipt=0.3) as journey:
        await journey.say(_STOPPED, SENDER, "STOP", "messagebird")  # the carrier knows, and nobody told us
        account = await journey.account("messagebird", **_CREDENTIALS)
        sender = await journey.shop.sender(provider_id=account["id"], address=SENDER, parts_per_second=100)
        await journey.shop.people(_PHONES, first_name="Ann")
        campaign = await journey.shop.launched(sender_id=sender["id"])
        await journey.work(sender["id"])
        books = await journey.closed(campaign)
        taken, summary = await journey.taken(), await journey.running.summary()
        silenced = await journey.silenced()
    assert Counter(message["to"] for message in taken) == Counter(_PHONES), "one each"
    assert summary["answers"] == {"lost_by_close": summary["posts"]} and summary["posts"] < len(_PHONES)
    assert books.closed and books.states == {"delivered": 8, "undelivered": 1}
    assert (books.handed_over, books.distinct_numbers_handed_over) == (9, 9)
    assert silenced == [(_STOPPED, "opt_out", "carrier")]
