"""May we call this base URL? Keeps a provider account from being aimed at the network this service stands in."""

import asyncio
import ipaddress
import re
import socket
from collections.abc import Awaitable, Callable, Iterable
from urllib.parse import SplitResult, urlsplit

from app.domain.errors import InvalidField

Resolver = Callable[[str], Awaitable[Iterable[str]]]
Address = ipaddress.IPv4Address | ipaddress.IPv6Address

POINTER = "/body/base_url"
_HOST = re.compile(r"[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?)*\.?", re.IGNORECASE)
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*", re.IGNORECASE)
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_UNICAST = ipaddress.IPv6Network("2000::/3")
# IANA's special-purpose registries (RFC 6890 and its additions), written out: what the standard library calls global differs
# from one Python release to the next. The last IPv4 row is public by registration, yet Azure's hosts answer it themselves.
_INSIDE = tuple(
    ipaddress.ip_network(network)
    for network in """
    0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24 192.88.99.0/24
    192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4 168.63.129.16/32
    2001::/23 2001:db8::/32 3fff::/20
    """.split()
)


async def system_resolver(host: str) -> list[str]:
    """Every address the system's resolver gives for a name. Raises OSError for one it does not know."""
    found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return [str(address[0]) for *_, address in found]


def _refuse(detail: str) -> InvalidField:
    return InvalidField(detail, pointer=POINTER, code="unsafe_base_url")


def _split(url: str) -> SplitResult:
    """The parts, or InvalidField for whatever two parsers could read in two ways."""
    if not url.isascii() or any(ord(char) <= 0x20 or char in "\\\x7f" for char in url):
        raise _refuse("base_url may hold printable ASCII only; write an international host in its xn-- form")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise _refuse("base_url is not a URL") from error
    if port == 0 or parts.netloc.endswith(":"):
        raise _refuse("base_url names no usable port")
    if "@" in parts.netloc:
        raise _refuse("base_url may not carry a user name or password")
    if "#" in url or "?" in url:
        raise _refuse("base_url may not carry a query or fragment")
    return parts


def _literal(host: str) -> Address | None:
    """The address a host spells out, None for a name. Disguised ones (decimal, hex, octal, short) are refused."""
    if ":" in host:
        try:
            return ipaddress.IPv6Address("" if "%" in host else host)
        except ValueError as error:
            raise _refuse("base_url holds an IPv6 address that cannot be used") from error
    if not _HOST.fullmatch(host) or len(host) > 253:
        raise _refuse("base_url has no usable host")
    if _NUMBER.fullmatch(host.rstrip(".").rpartition(".")[2]) is None:
        return None
    try:
        return ipaddress.IPv4Address(host)
    except ValueError as error:
        raise _refuse("base_url holds an IPv4 address in a form other than four decimal numbers") from error


def _reached(address: Address) -> Address:
    """Where a packet to `address` ends: the IPv4 address inside a mapped, 6to4 or NAT64 one."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address


def is_public(address: Address) -> bool:
    """Whether an address is out on the internet."""
    reached = _reached(address)
    if isinstance(reached, ipaddress.IPv6Address) and reached not in _UNICAST:
        return False
    return not any(reached in network for network in _INSIDE)


async def check_base_url(url: str, *, allow_private: bool = False, resolve: Resolver = system_resolver) -> None:
    """Raise InvalidField (pointer and reason) unless `url` may be called.

    https with a host whose every address is public, no user info, no query, no fragment. `allow_private` also admits http and
    addresses inside the network, for the simulator. A name may point elsewhere later: an egress rule must say the same.
    """
    parts = _split(url)
    if parts.scheme not in ({"https", "http"} if allow_private else {"https"}):
        raise _refuse("base_url must start with https://")
    literal = _literal(parts.hostname or "")
    if allow_private:
        return
    if literal is not None:
        addresses = [literal]
    else:
        try:
            addresses = [ipaddress.ip_address(found.partition("%")[0]) for found in await resolve(parts.hostname or "")]
        except (OSError, UnicodeError, ValueError) as error:
            raise _refuse("base_url's host cannot be resolved") from error
    if not addresses:
        raise _refuse("base_url's host cannot be resolved")
    if not all(is_public(address) for address in addresses):
        raise _refuse("base_url's host is not on the public internet")
