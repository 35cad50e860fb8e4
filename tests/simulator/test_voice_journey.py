"""Does a call end as the person wants? A key pressed in it silences the number before goodbye; a machine is told its own part."""

from app.settings import Settings
from tests.shop import ACCOUNT_SID, AUTH_TOKEN
from tests.simulator.online import Journey, online
from tests.simulator.running import SENDER

_PHONES = [f"+1212555{1000 + step}" for step in range(6)]
_LISTENS, _PRESSES, _PRESSES_OTHER, _MACHINE, _BUSY = _PHONES[:5]
_SCRIPT = "This is Example Shop. Press 9 to end these calls. Boots & shoes are half price.\n[voicemail]\nThis is Example Shop. {}"
_LONG = "This is Example Shop. Your order is ready" + "&" * 800
_BY_CALLING = "To end these calls call 888 555 0100."
_FATES = {_PRESSES: "press:9", _PRESSES_OTHER: "press:19", _MACHINE: "machine", _BUSY: "busy"}


async def test_a_campaign_by_voice_hears_keys_machines_and_busy_lines(settings: Settings) -> None:
    accounts = {ACCOUNT_SID: AUTH_TOKEN}
    async with online(settings, accounts=accounts, scripted=_FATES, time_scale=0.05) as journey:
        shop = journey.shop
        account = await shop.provider(base_url=journey.running.url)
        line = {"channel": "voice", "kind": "long_code", "address": SENDER, "parts_per_second": 100}
        sender = await shop.sender(provider_id=account["id"], **line)
        await shop.people(_PHONES[:5], first_name="Ann")
        await shop.execute("UPDATE consent SET channel = 'voice' WHERE workspace_id = $1", shop.workspace_id)
        content = {"speech": {"voicemail": "leave"}}
        template = await shop.template(_SCRIPT.format(_BY_CALLING), channel="voice", content=content)
        campaign = await shop.launched(template_id=template["id"], sender_id=sender["id"])
        await journey.work(sender["id"])
        books = await journey.closed(campaign)
        heard = {call["to"]: call["heard"] for call in (await journey.running.client.get("/admin/calls")).json()["calls"]}
        silenced = await journey.silenced()
        long = await _long_message(journey, sender["id"])
    said = "This is Example Shop. Press 9 to end these calls. Boots & shoes are half price."
    goodbye = "You will get no more calls from Example Shop. Goodbye."
    assert heard == {
        _LISTENS: [said],
        _PRESSES: [said, goodbye],
        _PRESSES_OTHER: [said, said, goodbye],
        _MACHINE: [said, f"This is Example Shop. {_BY_CALLING}"],
        _BUSY: [],
    }
    assert long == [_LONG], "too long to go along with the call, so that it is asked for"
    assert books.closed and books.states == {"delivered": 4, "undelivered": 1}
    assert silenced == [(_PRESSES, "opt_out", "key_press"), (_PRESSES_OTHER, "opt_out", "key_press")]


async def _long_message(journey: Journey, sender_id: str) -> list[str]:
    """What is heard of a script whose document is longer than a call's parameter."""
    body = {"to": _PHONES[5], "channel": "voice", "purpose": "transactional", "sender_id": sender_id, "body": _LONG}
    await journey.shop.made("/v1/messages", body)
    await journey.work(sender_id)
    calls = (await journey.running.client.get("/admin/calls")).json()["calls"]
    return list(calls[-1]["heard"])
