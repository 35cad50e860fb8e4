"""What has the simulated carrier seen, and what shall it do next? The view for tests and demonstrations, JSON throughout."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from app.clock import new_id
from app.simulator.carrier import Carrier
from app.simulator.config_values import BadConfig
from app.simulator.rbm_webhooks import handshake
from app.simulator.telnyx_webhooks import public_key_of
from app.simulator.wire import Answer, Call, as_json

_LARGEST_PAGE = 1000


def _wrong(words: str) -> Answer:
    return as_json({"error": words}, 400)


def summary(carrier: Carrier, _: Call) -> Answer:
    """GET summary: counts of everything."""
    return as_json(carrier.summary())


def messages(carrier: Carrier, call: Call) -> Answer:
    """GET messages: what was taken, in that order; `to` chooses one number, `cursor` and `limit` a page."""
    query = call.query
    try:
        start, limit = int(query.get("cursor") or "0"), int(query.get("limit") or "100")
    except ValueError:
        return _wrong("cursor and limit are whole numbers")
    start, limit = max(0, start), max(1, min(_LARGEST_PAGE, limit))
    ledger = carrier.ledger
    wanted = ledger.by_number.get(query["to"], []) if "to" in query else ledger.messages
    now = asyncio.get_running_loop().time()
    more = start + limit < len(wanted)
    page = [message.view(now) for message in wanted[start : start + limit]]
    return as_json({"messages": page, "next_cursor": str(start + limit) if more else None})


def calls(carrier: Carrier, _: Call) -> Answer:
    """GET calls: what was called, in that order, and what was heard there."""
    return as_json({"calls": [call.view() for call in carrier.ledger.calls.values()]})


def auto_replies(carrier: Carrier, _: Call) -> Answer:
    """GET auto-replies: what the carrier itself told people who sent a keyword."""
    return as_json({"auto_replies": carrier.ledger.auto_replies})


def pending(carrier: Carrier, _: Call) -> Answer:
    """GET pending: webhooks still to be posted; 0 is quiet."""
    return as_json({"pending": carrier.outbox.pending})


def reset(carrier: Carrier, _: Call) -> Answer:
    """POST reset: forget everything but the config."""
    carrier.reset()
    return as_json({"reset": True})


def show_config(carrier: Carrier, _: Call) -> Answer:
    """GET config, secrets left out, and the public key that proves Telnyx's webhooks."""
    return as_json({**carrier.config.shown(), "telnyx_public_key": public_key_of(carrier.config.telnyx_signing_seed)})


def put_config(carrier: Carrier, call: Call) -> Answer:
    """PUT config: change the settings named, from the next message on."""
    try:
        carrier.configure(carrier.config.changed(call.json()))
    except BadConfig as error:
        return _wrong(str(error))
    except ValueError:
        return _wrong("send an object of settings")
    return as_json({"changed": True})


def say(carrier: Carrier, call: Call) -> Answer:
    """POST inbound {from, to, body}: a person writes to one of our senders, now. `account` if there are several."""
    try:
        said = call.json()
        person, sender, body = said["from"], said["to"], said["body"]
        account = said.get("account") or next(iter(carrier.config.accounts))
    except (ValueError, KeyError, TypeError, AttributeError, StopIteration):
        return _wrong("send {from, to, body} to an account that is configured")
    if not all(isinstance(text, str) for text in (person, sender, body, account)) or not carrier.config.knows(account):
        return _wrong("send {from, to, body} to an account that is configured")
    post = carrier.hear(account, sender, person, body)
    if post is not None:
        carrier.outbox.later(0, lambda: post)
    return as_json({"sent": post is not None})


async def shake_hands(carrier: Carrier, call: Call) -> Answer:
    """POST rbm-handshake {agent, url}: ask the URL for its secret; if it gives it, the agents' events go there."""
    try:
        asked = call.json()
        token, url = carrier.config.rbm_agents[asked["agent"]], asked["url"]
        changed = carrier.config.changed({"rbm_webhook_url": url})
    except (ValueError, KeyError, TypeError):
        url = ""
    if not url:
        return _wrong("send {agent, url} of an agent that is configured")
    secret = new_id().hex
    is_proven = await carrier.outbox.ask(handshake(url, token, secret)) == (200, secret.encode())
    if is_proven:
        carrier.configure(changed)
    return as_json({"verified": is_proven})


SLOW_ROUTES: Mapping[tuple[str, str], Callable[[Carrier, Call], Awaitable[Answer]]] = {
    ("POST", "/admin/rbm-handshake"): shake_hands,
}
ROUTES: Mapping[tuple[str, str], Callable[[Carrier, Call], Answer]] = {
    ("GET", "/admin/summary"): summary,
    ("GET", "/admin/messages"): messages,
    ("GET", "/admin/calls"): calls,
    ("GET", "/admin/auto-replies"): auto_replies,
    ("GET", "/admin/pending"): pending,
    ("POST", "/admin/reset"): reset,
    ("GET", "/admin/config"): show_config,
    ("PUT", "/admin/config"): put_config,
    ("POST", "/admin/inbound"): say,
}
