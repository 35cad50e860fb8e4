"""Is this call provably Plivo's? Signatures of version 3, and of version 2 where nothing better comes."""

import base64
import hmac
from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import parse_qsl

from app.domain.delivery import WebhookRequest
from app.ports import BadSignature
from app.providers._wire import read_form

_MOST_PARAMETERS = 100
_V3, _V2 = "x-plivo-signature-v3", "x-plivo-signature-v2"


def proven_form(request: WebhookRequest, tokens: Sequence[bytes]) -> tuple[Mapping[str, str], str]:
    """The parameters of a call proven to be Plivo's, and its nonce. Raises BadSignature.

    Version 3 covers the URL with its query and the form. Version 2, all that is documented for messages, covers only the URL
    without its query: it is believed when no signature of version 3 came, and for messages alone. The nonce then keeps a
    signature from being used again with other words.
    """
    pairs = _query(request.query) if request.method == "GET" else read_form(request.body)
    form = {name: value.replace("\0", "") for name, value in pairs}
    url = request.url.partition("#")[0].partition("?")[0]
    if any(name in request.headers for name in (_V3, _ma(_V3))):
        query = _query(request.query)
        # Plivo's package for Python encodes what is beyond ASCII in a query twice, an older one all of it, others once.
        twice = [(_again(name), _again(value)) for name, value in query]
        once, mixed = (f"{_v3_url(url, each, pairs, request.method)}." for each in (query, twice))
        nonce = _check(request, _V3, {once, _again(once), mixed}, tokens)
    else:
        nonce = _check(request, _V2, {url}, tokens)
        if "MessageUUID" not in form:
            raise BadSignature("a call's callback without a signature of version 3")
    return form, nonce


def _ma(name: str) -> str:
    """The header signed with the main account's token, whichever account the call is about."""
    return name.replace("-signature-", "-signature-ma-")


def _again(text: str) -> str:
    """Text whose UTF-8 was taken for Latin-1."""
    return text.encode("utf-8", "replace").decode("latin-1")


def _check(request: WebhookRequest, name: str, spellings: Iterable[str], tokens: Sequence[bytes]) -> str:
    nonce = request.headers.get(f"{name}-nonce", "")
    if not nonce:
        raise BadSignature("the signature has no nonce")
    messages = [(spelling + nonce).encode("utf-8", "replace") for spelling in spellings]
    wanted = [base64.b64encode(hmac.digest(token, message, "sha256")) for message in messages for token in tokens]
    lists = (request.headers.get(header, "") for header in (name, _ma(name)))
    given = [each.strip().encode("utf-8", "replace") for found in lists for each in found.split(",")]
    fits = [hmac.compare_digest(one, other) for one in given for other in wanted]
    if not any(fits):
        raise BadSignature("the signature is missing or not this account's")
    return nonce


def _query(query: str) -> list[tuple[str, str]]:
    try:
        return parse_qsl(query, keep_blank_values=True, max_num_fields=_MOST_PARAMETERS)
    except ValueError as error:
        raise BadSignature("more parameters than any callback has", cause="malformed") from error


def _v3_url(url: str, query: Sequence[tuple[str, str]], pairs: Sequence[tuple[str, str]], method: str) -> str:
    """The URL, its parameters sorted, and the form's names and values sorted; a question mark also stands before a form alone."""
    parameters = "&".join(f"{name}={value}" for name, value in sorted(query))
    form = "" if method == "GET" else "".join(name + value for name, value in sorted(pairs))
    if not form:
        return f"{url}?{parameters}" if parameters else url
    return f"{url}?{parameters}.{form}" if parameters else f"{url}?{form}"
