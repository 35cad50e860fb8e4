"""Where may a short link lead? To a named host on the web by https, in a form that no two readers take differently."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from app.domain.content_words import SHORTENERS

LONGEST_ADDRESS = 2_000
"""Characters; longer ones are cut by old browsers and gateways."""
UTM_NAMES = ("source", "medium", "campaign", "term", "content")

_PLAIN = re.compile(r"[!-~]+")
_UNSAFE = frozenset("\\\"<>^`{|}'")
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?", re.IGNORECASE)
_LAST_LABEL = re.compile(r"[a-z]{2,63}|xn--[a-z0-9-]{1,59}", re.IGNORECASE)
# Names that mean something else in every network (RFC 6761, 6762, 7686, 8375, ICANN's .internal), or nothing on the web.
_INSIDE = frozenset("localhost local internal intranet localdomain lan home corp private onion arpa invalid test".split())
_SCRIPTS = (frozenset({"CJK", "HIRAGANA", "KATAKANA"}), frozenset({"CJK", "HANGUL"}), frozenset({"CJK", "BOPOMOFO"}))


class BadTarget(ValueError):
    """An address no short link may lead to; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkTerms:
    """How a campaign's links are made.

    `utm` are names and values added to what an address asks for. A link ends after `expire_days`; a purchase within
    `conversion_days` after a person's click is put down to it. `allow_http` lets unencrypted addresses through.
    """

    utm: tuple[tuple[str, str], ...] = ()
    expire_days: int = 90
    conversion_days: int = 7
    allow_http: bool = False


def link_terms(stored: Mapping[str, object]) -> LinkTerms:
    """The terms as they are kept with a campaign, `{"utm": {...}, "expire_days": ..., ...}`."""
    utm = stored.get("utm")
    named = utm if isinstance(utm, Mapping) else {}
    return LinkTerms(
        utm=tuple((name, str(named[name])) for name in UTM_NAMES if named.get(name)),
        expire_days=int(str(stored.get("expire_days", 90))),
        conversion_days=int(str(stored.get("conversion_days", 7))),
        allow_http=bool(stored.get("allow_http", False)),
    )


def check_target(address: str, *, allow_http: bool = False) -> None:
    """Raise BadTarget unless a short link may lead there: https, a host by its public name, nothing in front of it."""
    if len(address) > LONGEST_ADDRESS:
        raise BadTarget(f"is longer than {LONGEST_ADDRESS} characters")
    if not _PLAIN.fullmatch(address) or not _UNSAFE.isdisjoint(address):
        raise BadTarget("holds what must be percent-encoded; an international host is written in its xn-- form")
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError as error:
        raise BadTarget("is no address") from error
    if parts.scheme not in ({"https", "http"} if allow_http else {"https"}):
        raise BadTarget("must begin with https://")
    if "@" in parts.netloc:
        raise BadTarget("may not carry a user name: people take it for the host")
    if port == 0 or parts.netloc.endswith(":"):
        raise BadTarget("names no usable port")
    _check_host(parts.hostname or "")


def _check_host(host: str) -> None:
    labels = host.removesuffix(".").split(".")
    if len(host) > 253 or any(_LABEL.fullmatch(label) is None for label in labels):
        raise BadTarget("names a host by something else than a name")
    if len(labels) < 2 or labels[-1] in _INSIDE:
        raise BadTarget("names a host that nobody outside can reach")
    if _LAST_LABEL.fullmatch(labels[-1]) is None:
        raise BadTarget("names a host by a number; write its name")
    if any(".".join(labels[start:]) in SHORTENERS for start in range(len(labels) - 1)):
        raise BadTarget("leads through another shortener; carriers refuse those, and nobody sees where it ends")
    for label in labels:
        if label.startswith("xn--"):
            _check_international(label)


def _check_international(label: str) -> None:
    """One script a label, as registries and browsers have it: mixed ones are how one name is made to look like another."""
    try:
        spelled = label.removeprefix("xn--").encode("ascii").decode("punycode")
    except UnicodeError as error:
        raise BadTarget("has a host in an xn-- form that cannot be read") from error
    if spelled.isascii():
        raise BadTarget("has a host in an xn-- form without need")
    found = {unicodedata.name(char, "?").partition(" ")[0] for char in spelled if char.isalpha()}
    if len(found) > 1 and not any(found <= together for together in _SCRIPTS):
        raise BadTarget("mixes scripts in the name of its host")


def with_utm(address: str, utm: tuple[tuple[str, str], ...]) -> str:
    """The address with `utm_` parameters added behind its query; one that it has already stays as the author wrote it."""
    if not utm:
        return address
    before, mark, fragment = address.partition("#")
    path, _, query = before.partition("?")
    present = {part.partition("=")[0].lower() for part in query.split("&")}
    added = [f"utm_{name}={quote(value, safe='')}" for name, value in utm if f"utm_{name}" not in present]
    if not added:
        return address
    kept = query if not query or query.endswith("&") else f"{query}&"
    return f"{path}?{kept}{'&'.join(added)}{mark}{fragment}"
