"""How does Google's RCS for Business answer? Messages under ids of their sender's, behind access tokens that run out."""

import asyncio
import hashlib
import re
import uuid
from dataclasses import replace
from datetime import datetime
from typing import Any

import jwt

from app.clock import new_id
from app.simulator.carrier import Carrier
from app.simulator.fate import Fate, Said
from app.simulator.ledger import Message
from app.simulator.rbm_content import fault_of, taps_of
from app.simulator.refusals import first
from app.simulator.undergoing import THROTTLED, fates, given, is_throttled, set_going, take, turned_away
from app.simulator.wire import Answer, Call, as_json, read_form

PREFIX, TOKEN = "/v1/phones/", "/token"
_PATH = re.compile(r"/v1/phones/([^/]+)/(agentMessages|capabilities)(?:/([^/]+))?")
_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}")
_GRANT, _SCOPE = "urn:ietf:params:oauth:grant-type:jwt-bearer", "https://www.googleapis.com/auth/rcsbusinessmessaging"
_AUDIENCE = "https://oauth2.googleapis.com/token"
_TOKEN_SECONDS, _LONGEST_ASSERTION = 3_599, 3_600
_FEATURES = ("RICHCARD_STANDALONE", "RICHCARD_CAROUSEL", "ACTION_DIAL", "ACTION_OPEN_URL", "ACTION_SHARE_LOCATION")
# The canonical words of Google's API errors (google.rpc.Code), by the HTTP status they come with.
_WORDS = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    409: "ALREADY_EXISTS",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
}


async def token(carrier: Carrier, call: Call) -> Answer:
    """POST /token: an access token for an assertion that a service account signed (RFC 7523)."""
    form = read_form(call.body)
    if call.method != "POST" or first(form, "grant_type") != _GRANT:
        return as_json({"error": "unsupported_grant_type"}, 400)
    if not _is_signed(carrier, first(form, "assertion")):
        carrier.ledger.refused["invalid_grant"] += 1
        return as_json({"error": "invalid_grant", "error_description": "Invalid JWT Signature."}, 400)
    value = f"simulated.{new_id().hex}"
    carrier.ledger.tokens[value] = asyncio.get_running_loop().time() + _TOKEN_SECONDS
    return as_json({"access_token": value, "expires_in": _TOKEN_SECONDS, "token_type": "Bearer"})


def _is_signed(carrier: Carrier, assertion: str) -> bool:
    """Whether a service account we know says this, to us, now, for this API."""
    try:
        issuer = jwt.decode(assertion, options={"verify_signature": False, "verify_aud": False})["iss"]
        claims = jwt.decode(
            assertion,
            carrier.config.rbm_accounts[issuer],
            algorithms=["RS256"],
            audience=_AUDIENCE,
            # They are held against this carrier's own clock below, which may be shifted.
            options={"verify_exp": False, "verify_iat": False, "verify_nbf": False},
        )
        issued, ends = float(claims["iat"]), float(claims["exp"])
    except (jwt.PyJWTError, KeyError, TypeError, ValueError):
        return False
    now = carrier.clock.now().timestamp()
    return claims.get("scope") == _SCOPE and issued - 60 <= now < ends <= issued + _LONGEST_ASSERTION


async def answer(carrier: Carrier, call: Call) -> Answer:
    """Whatever is asked under /v1/phones: a message to send or to revoke, or whether a phone has RCS."""
    now = asyncio.get_running_loop().time()
    scheme, _, value = call.header(b"authorization").partition(" ")
    if scheme != "Bearer" or carrier.ledger.tokens.get(value, 0.0) <= now:
        return _refused(carrier, 401)
    found = _PATH.fullmatch(call.path)
    agent = call.query.get("agentId", "")
    if found is None:
        return _error(404)
    if agent not in carrier.config.rbm_agents:
        return _refused(carrier, 403)
    phone, what, message_id = found.groups()
    if not _NUMBER.fullmatch(phone):
        return _refused(carrier, 400, "the number is not E.164")
    if what == "capabilities" and call.method == "GET" and message_id is None:
        return _capability(carrier, call, phone)
    if what == "agentMessages" and call.method == "POST" and message_id is None:
        return await _create(carrier, call, agent, phone)
    if what == "agentMessages" and call.method == "DELETE" and message_id is not None:
        return _revoke(carrier, agent, phone, message_id)
    return _error(404)


def _refused(carrier: Carrier, status: int, words: str = "") -> Answer:
    carrier.ledger.refused[_WORDS.get(status, f"HTTP_{status}")] += 1
    return _error(status, words)


def _error(status: int, words: str = "") -> Answer:
    word = _WORDS.get(status, "UNKNOWN")
    return as_json({"error": {"code": status, "message": words or word.replace("_", " ").capitalize(), "status": word}}, status)


def _is_uuid(text: str) -> bool:
    try:
        return bool(uuid.UUID(text))
    except ValueError:
        return False


def _capability(carrier: Carrier, call: Call, phone: str) -> Answer:
    """GET capabilities: a list of features, or a 404 for a phone that has no RCS."""
    if not _is_uuid(call.query.get("requestId", "")):
        return _refused(carrier, 400, "requestId is not a UUID")
    if phone in carrier.config.without_rcs:
        return _error(404)
    return as_json({"name": f"phones/{phone}/capabilities", "features": list(_FEATURES)})


async def _create(carrier: Carrier, call: Call, agent: str, phone: str) -> Answer:
    """POST agentMessages: under an id that is used again nothing is sent again, and something else not at all."""
    carrier.ledger.posts += 1
    own_id = call.query.get("messageId", "")
    try:
        fields = call.json()
    except ValueError:
        fields = None
    fault = "messageId is not a UUID" if not _is_uuid(own_id) else fault_of(fields, len(call.body))
    if fault is not None:
        return _refused(carrier, 400, fault)
    digest = hashlib.sha256(phone.encode() + b" " + call.body).digest()
    before = carrier.ledger.replays.get((agent, own_id))
    if before is not None and before[0] != digest:
        return _refused(carrier, 409)
    if phone in carrier.config.without_rcs:
        return _refused(carrier, 404)
    (fate,) = fates(carrier, [phone])
    if before is not None:
        await asyncio.sleep(fate.latency)
        return given(carrier, fate, before[1], _error)
    if is_throttled(carrier, [(agent, _text(fields))], [fate]):
        return _refused(carrier, 429)
    if fate.status is not None:
        return await turned_away(carrier, fate, fate.status, _error)
    if fate.refuse not in {None, THROTTLED}:
        await asyncio.sleep(fate.latency)
        return _refused(carrier, int(fate.refuse or 400))
    return await _take(carrier, fields, fate, agent=agent, phone=phone, own_id=own_id, digest=digest)


def _text(fields: Any) -> str:
    return str(fields["contentMessage"].get("text", ""))


async def _take(carrier: Carrier, fields: Any, drawn: Fate, *, agent: str, phone: str, own_id: str, digest: bytes) -> Answer:
    ttl = float(fields["ttl"][:-1]) if "ttl" in fields else 0.0
    fate = _course(drawn, ends=bool(ttl))
    message = take(
        carrier,
        fate,
        wire="rbm",
        account=agent,
        sid=own_id,
        to=phone,
        sender=agent,
        body=_text(fields),
        callback=carrier.config.rbm_webhook_url,
        validity=int(ttl),
        taps=taps_of(fields["contentMessage"]),
    )
    name = f"phones/{phone}/agentMessages/{own_id}"
    whole = as_json({"name": name, "sendTime": _instant(message.taken), "contentMessage": fields["contentMessage"]})
    carrier.ledger.replays[agent, own_id] = (digest, whole)
    await set_going(carrier, [(message, fate)], fate.latency)
    return given(carrier, fate, whole, _error)


def _course(fate: Fate, *, ends: bool) -> Fate:
    """What becomes of a message: delivered, perhaps read; a phone that stays away is told of only when the time to live ends."""
    end = fate.course[-1]
    course: tuple[Said, ...]
    if end.status == "delivered":
        read = () if fate.read_after is None else (Said(after=fate.read_after, status="read"),)
        course = (end, *read)
    else:
        course = (Said(after=end.after, status="expired"),) if ends else ()
    told = tuple(said for said in fate.receipts if said.status != "sent")
    if end.status != "delivered":
        told = course if told else ()
    return replace(fate, course=course, receipts=(*told, *(course[1:] if told else ())), early=min(fate.early, len(told)))


def _revoke(carrier: Carrier, agent: str, phone: str, message_id: str) -> Answer:
    """DELETE agentMessages/{id}: only what has not reached the phone."""
    message: Message | None = carrier.ledger.by_sid.get(message_id)
    if message is None or message.account != agent or message.to != phone:
        return _error(404)
    return as_json({}) if carrier.withdraw(message) else _refused(carrier, 400, "the message was delivered")


def _instant(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
