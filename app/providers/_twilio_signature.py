"""Is this call provably from Twilio? URL and form, hashed with the account's token or with a shared key; pure."""

import hashlib
import hmac
from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import urlsplit

from app.domain.delivery import WebhookRequest
from app.ports import BadSignature
from app.providers._signatures import from_base64
from app.providers._wire import read_form

SETTINGS = "x-twilio-webhooks-signature-settings"
_TOKEN, _SHARED_KEY = "HMAC_SHA1", "HMAC_SHA256"


def verified_form(request: WebhookRequest, *, tokens: Sequence[bytes], keys: Sequence[bytes]) -> Mapping[str, str]:
    """The form of a call proven to be Twilio's (page "Webhooks security"); empty for a body that is no form. Raises BadSignature.

    A webhook that was set up to come by GET has its fields in the query, which is signed as part of the URL.

    The account's token signs with SHA-1, a shared key with SHA-256. Which of them did is told by a header that is not signed
    itself, so neither secret is ever tried with the other's algorithm.
    """
    given = from_base64(request.headers.get("x-twilio-signature", ""))
    algorithm = _algorithm(request.headers.get(SETTINGS, ""))
    if algorithm not in {_TOKEN, _SHARED_KEY}:
        raise BadSignature("signed in a way we do not know")
    secrets, name = (tokens, "sha1") if algorithm == _TOKEN else (keys, "sha256")
    hashed = _body_hash(request.query)
    pairs = [] if hashed is not None else read_form(request.body)
    if hashed is not None and not hmac.compare_digest(hashed.encode(), hashlib.sha256(request.body).hexdigest().encode()):
        raise BadSignature("the body is not the one that was signed")
    signed = _signed_tail(pairs).encode()
    for url in _spellings(request.url):
        for secret in secrets:
            if hmac.compare_digest(hmac.digest(secret, url.encode() + signed, name), given):
                return dict(read_form(request.query.encode("latin-1", "replace")) if request.method == "GET" else pairs)
    raise BadSignature("the signature is missing or not this account's")


def _algorithm(settings: str) -> str:
    """The algorithm in `key=...,algorithm=...`; without one it is the token's."""
    for part in settings.split(",") if settings else ():
        name, _, value = part.partition("=")
        if name.strip() == "algorithm" and value.strip():
            return value.strip().upper()
    return _TOKEN


def _signed_tail(pairs: Sequence[tuple[str, str]]) -> str:
    """Name and value of every field, sorted; a value repeated under one name counts once."""
    return "".join(name + value for name, value in sorted(set(pairs)))


def _body_hash(query: str) -> str | None:
    """The hash that stands for a body that is not a form."""
    return next((part.removeprefix("bodySHA256=") for part in query.split("&") if part.startswith("bodySHA256=")), None)


def _spellings(url: str) -> Iterator[str]:
    """The URL as configured, then without its port, or with the scheme's own: all are signed in the wild. No fragment."""
    url = url.partition("#")[0]
    yield url
    parts = urlsplit(url)
    default = {"https": 443, "http": 80}.get(parts.scheme)
    if parts.port is not None:
        yield parts._replace(netloc=parts.netloc.rpartition(":")[0]).geturl()
    elif default is not None:
        yield parts._replace(netloc=f"{parts.netloc}:{default}").geturl()
