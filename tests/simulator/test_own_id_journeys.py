"""Do campaigns survive lost answers where repeats are known by our own id? None twice, and a STOP there is heard."""

from collections import Counter
from typing import Any

import pytest

from app.settings import Settings
from tests.simulator.online import Journey, online
from tests.simulator.running import SENDER

_PHONES = [f"+1212555{1000 + step}" for step in range(30)]
_STOPPED, _DEAD, _REFUSED = _PHONES[1:4]


async def _infobip(journey: Journey) -> dict[str, Any]:
    hook = {"webhook_username": "tactful", "webhook_password": "a-webhook-password"}
    return await journey.account("infobip", api_key="simulated-infobip-key", **hook)


async def _telnyx(journey: Journey) -> dict[str, Any]:
    public_key = (await journey.running.client.get("/admin/config")).json()["telnyx_public_key"]
    return await journey.account("telnyx", api_key="simulated-telnyx-key", public_key=public_key)


# What is dead is told by an error id of Infobip's, a code of Telnyx's; a STOP in Infobip's report, in Telnyx's answer. A number
# that is refused is one line in a batch's answer, or an answer of its own.
@pytest.mark.parametrize(("kind", "opened", "fates", "ends", "refusals"), [
    ("infobip", _infobip, ("undelivered:1", "refuse:14"), {"delivered": 27, "undelivered": 2, "rejected": 1},
     {"status.14", "status.23"}),
    ("telnyx", _telnyx, ("undelivered:40008", "refuse:40310"), {"delivered": 27, "undelivered": 1, "rejected": 2},
     {"40300", "40310"}),
])  # fmt: skip
async def test_a_campaign_is_sent_once_each_though_a_third_of_the_answers_is_lost(
    settings: Settings, kind: str, opened: Any, fates: tuple[str, str], ends: dict[str, int], refusals: set[str]
) -> None:
    script = dict(zip((_DEAD, _REFUSED), fates, strict=True))
    async with online(settings, lose_answer=0.3, seed=2, scripted=script) as journey:
        await journey.say(_STOPPED, SENDER, "STOP", kind)  # the carrier knows, and nobody told us
        account = await opened(journey)
        sender = await journey.shop.sender(provider_id=account["id"], address=SENDER, parts_per_second=40)
        await journey.shop.people(_PHONES, first_name="Ann")
        campaign = await journey.shop.launched(sender_id=sender["id"])
        await journey.work(sender["id"])
        books = await journey.closed(campaign)
        taken, summary, silenced = await journey.taken(), await journey.running.summary(), await journey.silenced()
    went = set(_PHONES) - {_REFUSED} - ({_STOPPED} if kind == "telnyx" else set())
    assert Counter(message["to"] for message in taken) == Counter(went), "one each"
    assert summary["answers"]["lost_by_close"] > 0
    assert summary["refused"].keys() == refusals
    assert summary["callbacks"]["answered"] == summary["callbacks"]["posted"], "each signed so that it is believed"
    assert books.closed and books.states == ends
    assert (books.distinct_numbers_handed_over, books.sent_after_opt_out) == (len(went), 0)
    assert (_STOPPED, "opt_out", "carrier") in silenced
