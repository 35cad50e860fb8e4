"""Does a campaign through Vonage end rightly? Answers lost, statuses unsigned at first, and a no that comes after the yes."""

from collections import Counter

from app.settings import Settings
from tests.simulator.online import online
from tests.simulator.running import SENDER

_PHONES = [f"+1212555{1000 + step}" for step in range(9)]
_STOPPED, _FORGOTTEN, _LOST = _PHONES[:3]
_KEY = "51mulated"
_CREDENTIALS = {
    "api_key": _KEY,
    "api_secret": "simulated-vonage-secret",
    "signature_secret": "simulated-vonage-signature-secret",
}


async def test_what_comes_unsigned_is_asked_for_again_and_a_late_no_silences(settings: Settings) -> None:
    script = {_FORGOTTEN: "unsigned_receipt", _LOST: ["unsigned_receipt", "lose_answer"]}
    async with online(settings, scripted=script) as journey:
        await journey.say(_STOPPED, SENDER, "STOP", _KEY)  # the carrier knows, and nobody told us
        account = await journey.account("vonage", **_CREDENTIALS)
        sender = await journey.shop.sender(provider_id=account["id"], address=SENDER, parts_per_second=100)
        await journey.shop.people(_PHONES, first_name="Ann")
        campaign = await journey.shop.launched(sender_id=sender["id"])
        await journey.work(sender["id"])
        books = await journey.closed(campaign)
        taken, summary, silenced = await journey.taken(), await journey.running.summary(), await journey.silenced()
    assert Counter(message["to"] for message in taken) == Counter(_PHONES), "one each"
    assert summary["answers"]["lost_by_close"] == 1
    assert summary["callbacks"]["trouble_5xx"] == 4, "not believed, and asked for again"
    assert summary["callbacks"]["posted"] == summary["callbacks"]["answered"] + 4
    assert books.closed and books.states == {"delivered": 8, "failed": 1}
    assert silenced == [(_STOPPED, "opt_out", "carrier")]
