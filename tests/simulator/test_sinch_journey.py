"""Does a campaign through Sinch's batches end rightly? Lost answers are settled, and who stopped at the operator is silenced."""

from collections import Counter

from app.settings import Settings
from tests.simulator.online import online
from tests.simulator.running import SENDER

_PHONES = [f"+1212555{1000 + step}" for step in range(9)]
_STOPPED, _DEAD, _SAYS_STOP = _PHONES[1], _PHONES[2], _PHONES[3]
_SECRET = "a-simulated-signing-secret"
_CREDENTIALS = {
    "service_plan_id": "sinch-service-plan",
    "api_token": "simulated-sinch-token",
    "webhook_username": "tactful",
    "webhook_password": "a-webhook-password",
    "webhook_secret": _SECRET,
}


async def test_a_campaign_in_batches_with_lost_answers_is_audited_to_its_last_recipient(settings: Settings) -> None:
    script = {_PHONES[0]: "lose_answer", _DEAD: "undelivered:402", _SAYS_STOP: "reply:STOP"}
    async with online(settings, sinch_signing_secret=_SECRET, scripted=script) as journey:
        await journey.say(_STOPPED, SENDER, "STOP", "sinch-service-plan")  # the operator knows, and nobody told us
        account = await journey.account("sinch", **_CREDENTIALS)
        await journey.running.configure(sinch_inbound_url=account["webhook_url"])
        sender = await journey.shop.sender(provider_id=account["id"], address=SENDER, parts_per_second=100)
        await journey.shop.people(_PHONES, first_name="Ann")
        campaign = await journey.shop.launched(sender_id=sender["id"])
        await journey.work(sender["id"])
        books = await journey.closed(campaign)
        taken, summary = await journey.taken(), await journey.running.summary()
        silenced = await journey.silenced()
    assert Counter(message["to"] for message in taken) == Counter(_PHONES), "one each"
    assert {message["body"] for message in taken if message["to"] != _STOPPED} == {"Hi Ann, 20% off. Reply STOP to opt out"}
    assert summary["posts"] < len(_PHONES), "in batches"
    assert summary["answers"]["lost_by_close"] == 1
    assert summary["callbacks"]["answered"] == summary["callbacks"]["posted"]
    assert books.closed and books.states == {"delivered": 7, "failed": 1, "undelivered": 1}
    assert (books.handed_over, books.distinct_numbers_handed_over, books.sent_after_opt_out) == (9, 9, 0)
    assert silenced == [(_STOPPED, "opt_out", "carrier"), (_SAYS_STOP, "opt_out", "keyword")]
