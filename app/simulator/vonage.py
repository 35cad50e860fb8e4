"""How does Vonage answer about texts? One a request, by Basic or an application's own token, and most of a no comes later."""

import asyncio
import base64
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import jwt

from app.clock import new_id
from app.simulator.carrier import Carrier
from app.simulator.fate import Fate, Said
from app.simulator.numbers import plus
from app.simulator.refusals import is_url
from app.simulator.undergoing import THROTTLED, fates, given, is_throttled, set_going, take, turned_away
from app.simulator.wire import Answer, Call, as_json

PREFIX = "/v1/messages"
_NUMBER = re.compile(r"[1-9][0-9]{6,14}")
_SENDER = re.compile(r"[0-9]{3,15}|[A-Za-z0-9 ]{1,11}")
_LONGEST_TEXT, _LONGEST_ECHO, _SHORTEST_LIFE, _LONGEST_LIFE = 3_200, 100, 20, 604_800
_VERSIONS = ("v0.1", "v1")
# Codes of the status webhook: who stopped (Opt-Out Assist), where nobody can be reached.
_STOPPED, _UNROUTABLE = "1240", "1250"
_STATUSES = {"1000": 429, "1060": 401, "1070": 402}
_TITLES = {401: "Unauthorized", 404: "Not found", 405: "Method not allowed", 422: "Unprocessable", 429: "Rate Limit Hit"}


async def answer(carrier: Carrier, call: Call) -> Answer:
    """POST /v1/messages: the only thing that can be asked of texts."""
    account = _account(carrier, call.header(b"authorization"))
    if account is None:
        return _refused(carrier, 401)
    if call.path != PREFIX:
        return _problem(404)
    if call.method != "POST":
        return _problem(405)
    carrier.ledger.posts += 1
    try:
        fields = call.json()
    except ValueError:
        fields = None
    wrong = _wrong(carrier, fields) if isinstance(fields, dict) else "body"
    return _refused(carrier, 422, parameter=wrong) if wrong else await _send(carrier, account, fields)


def _account(carrier: Carrier, shown: str) -> str | None:
    """Whose credentials these are: the API key's own, or those of an application of the first account."""
    config = carrier.config
    scheme, _, value = shown.partition(" ")
    if scheme == "Bearer" and _is_application(carrier, value):
        return next(iter(config.vonage_accounts), None)
    logins = {base64.b64encode(f"{key}:{secret}".encode()).decode("ascii"): key for key, secret in config.vonage_accounts.items()}
    return logins.get(value) if scheme == "Basic" else None


def _is_application(carrier: Carrier, token: str) -> bool:
    """Whether an application we know signed this, and it counts now."""
    try:
        named = jwt.decode(token, options={"verify_signature": False})["application_id"]
        claims = jwt.decode(
            token,
            carrier.config.vonage_applications[named],
            algorithms=["RS256"],
            # They are held against this carrier's own clock below, which may be shifted.
            options={"verify_exp": False, "verify_iat": False, "verify_nbf": False, "require": ["iat", "exp", "jti"]},
        )
        issued, ends = float(claims["iat"]), float(claims["exp"])
    except (jwt.PyJWTError, KeyError, TypeError, ValueError):
        return False
    return issued - 60 <= carrier.clock.now().timestamp() < ends <= issued + 86_400


def _refused(carrier: Carrier, status: int, *, code: str = "", parameter: str = "") -> Answer:
    carrier.ledger.refused[code or f"HTTP_{status}"] += 1
    return _problem(status, code=code, parameter=parameter)


def _problem(status: int, *, code: str = "", parameter: str = "") -> Answer:
    title = code or _TITLES.get(status, "Internal Error")
    place = f"https://developer.vonage.com/api-errors/messages#{code or status}"
    body: dict[str, Any] = {"type": place, "title": title, "detail": "The request was refused", "instance": str(new_id())}
    if parameter:
        body["invalid_parameters"] = [{"name": parameter, "reason": "is missing or cannot be used"}]
    return replace(as_json(body, status), content_type=b"application/problem+json")


def _wrong(carrier: Carrier, fields: Mapping[str, Any]) -> str:
    """The first parameter that cannot be used; "" where all can. Numbers come without their plus."""
    config, to, sender, life = carrier.config, fields.get("to"), fields.get("from"), fields.get("ttl", _SHORTEST_LIFE)
    checks = (
        ("channel", fields.get("channel") == "sms"),
        ("message_type", fields.get("message_type") == "text"),
        ("to", isinstance(to, str) and _NUMBER.fullmatch(to) is not None),
        ("from", isinstance(sender, str) and _SENDER.fullmatch(sender) is not None),
        ("text", _is_text(fields.get("text"), 1, _LONGEST_TEXT)),
        ("client_ref", _is_text(fields.get("client_ref", ""), 0, _LONGEST_ECHO)),
        ("webhook_url", fields.get("webhook_url") is None or is_url(str(fields["webhook_url"]))),
        ("webhook_version", fields.get("webhook_version", "v1") in _VERSIONS),
        ("ttl", isinstance(life, int) and not isinstance(life, bool) and _SHORTEST_LIFE <= life <= _LONGEST_LIFE),
    )
    wrong = next((name for name, is_right in checks if not is_right), "")
    return wrong or ("from" if config.senders and plus(str(sender)) not in config.senders else "")


def _is_text(value: Any, least: int, most: int) -> bool:
    return isinstance(value, str) and least <= len(value) <= most


async def _send(carrier: Carrier, account: str, fields: Mapping[str, Any]) -> Answer:
    to, sender = plus(fields["to"]), plus(fields["from"])
    (drawn,) = fates(carrier, [to])
    if is_throttled(carrier, [(sender, fields["text"])], [drawn]):
        return _refused(carrier, 429)
    if drawn.status is not None:
        return await turned_away(carrier, drawn, drawn.status, _problem)
    if drawn.refuse not in {None, THROTTLED}:
        await asyncio.sleep(drawn.latency)
        code = drawn.refuse or ""
        return _refused(carrier, _STATUSES.get(code, 422), code=code)
    fate = _course(carrier, (sender, to), drawn)
    message = take(
        carrier,
        fate,
        wire="vonage",
        account=account,
        sid=str(new_id()),
        to=to,
        sender=sender,
        body=fields["text"],
        callback=fields.get("webhook_url") or "",
        echo=fields.get("client_ref", ""),
        validity=fields.get("ttl", 0),
    )
    await set_going(carrier, [(message, fate)], fate.latency)
    return given(carrier, fate, as_json({"message_uuid": message.sid}, 202), _problem)


def _course(carrier: Carrier, pair: tuple[str, str], fate: Fate) -> Fate:
    """What becomes of a text: who stopped is told later, as rejected; and some webhooks are signed only when they come again."""
    config = carrier.config
    unreachable = pair[1] in config.landlines or pair[1].startswith(config.closed_regions)
    code = _STOPPED if pair in carrier.ledger.opted_out else _UNROUTABLE if unreachable else None
    if code is not None:
        end = (Said(after=fate.course[-1].after, status="failed", error=code),)
        fate = replace(fate, course=end, receipts=end if fate.receipts else (), early=min(fate.early, 1), reply=None)
    return replace(fate, receipts=tuple(replace(said, is_unsigned=fate.is_unsigned) for said in fate.receipts))
