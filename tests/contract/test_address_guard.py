"""Can a provider account be aimed at our own network? Every disguise of an inside address, and what stays allowed."""

import socket
from collections.abc import Iterable

import pytest

from app.domain.errors import InvalidField
from app.providers.address_guard import check_base_url, system_resolver

_PUBLIC = "203.0.114.7"


class Names:
    """A resolver that knows these names only, and remembers being asked."""

    def __init__(self, **known: list[str]) -> None:
        self.known = {name.replace("_", "."): addresses for name, addresses in known.items()}
        self.asked: list[str] = []

    async def __call__(self, host: str) -> Iterable[str]:
        self.asked.append(host)
        if host not in self.known:
            raise socket.gaierror(socket.EAI_NONAME, "unknown")
        return self.known[host]


@pytest.mark.parametrize("url", [
    "https://api_example", "https://api_example:8443/prefix", "https://api_example.", "https://8.8.8.8", "https://[2606:4700::1111]/",
    "https://[::ffff:8.8.8.8]/", "https://[64:ff9b::808:808]/", "https://[2002:808:808::1]/",
])  # fmt: skip
async def test_a_public_https_address_may_be_called(url: str) -> None:
    names = Names(api_example=[_PUBLIC, "2606:4700::1111"], api_example_=[_PUBLIC])
    await check_base_url(url.replace("_", "."), allow_private=False, resolve=names)


@pytest.mark.parametrize("address", [
    "127.0.0.1", "127.8.8.8", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.1.2.3", "100.64.0.1",
    "100.100.100.200", "192.0.0.192", "168.63.129.16", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "192.0.2.1",
    "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "fec0::1", "ff02::1", "::ffff:127.0.0.1",
    "::ffff:10.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::", "2002:a00:1::1",
    "2001:0:5ef5:79fd::1", "2001:db8::1", "0.0.0.0",  # noqa: S104  # refused, not bound to
])  # fmt: skip
async def test_a_name_that_leads_inside_is_refused(address: str) -> None:
    names = Names(inside_example=[address], mixed_example=[_PUBLIC, address])
    for host in ("inside.example", "mixed.example"):
        with pytest.raises(InvalidField) as refused:
            await check_base_url(f"https://{host}/", allow_private=False, resolve=names)
        assert refused.value.pointer == "/body/base_url"
        assert refused.value.code == "unsafe_base_url"


@pytest.mark.parametrize("host", [
    "127.0.0.1", "10.0.0.1", "169.254.169.254", "0", "127.1", "2130706433", "0x7f000001", "0x7f.0.0.1", "0177.0.0.1",
    "017700000001", "127.0.0.1.", "0x", "127.0.0.0x1", "[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]",
    "[fe80::1%25eth0]", "[fe80::1%eth0]", "[64:ff9b::169.254.169.254]", "\uff11\uff12\uff17.0.0.1", "127\u30020\u30020\u30021",
    "\u24dbocalhost", "0.0.0.0",  # noqa: S104
])  # fmt: skip
@pytest.mark.parametrize("form", ["https://{}/", "https://{}:8443", "https://{}"])
async def test_an_inside_address_is_refused_however_it_is_written(host: str, form: str) -> None:
    names = Names()
    with pytest.raises(InvalidField):
        await check_base_url(form.format(host), allow_private=False, resolve=names)
    assert names.asked == [], "an address is judged as written, not handed to a resolver that reads it differently"


@pytest.mark.parametrize("url", [
    "", "api.example", "//api.example", "http://api.example", "ftp://api.example", "HTTP://api.example", "https:api.example", "https://",
    "https:///path", "https://user@api.example", "https://user:word@api.example", "https://@api.example", "https://api.example#x",
    "https://api.example#", "https://api.example?x=1", "https://api.example?", "https://api.example:0", "https://api.example:99999",
    "https://api.example:", "https://api.example:x", "https://api.example\\@127.0.0.1", "https://api.example /", " https://api.example",
    "https://api.example\n", "https://api\t.example", "https://api.example\x00", "https://-api.example", "https://api..example",
    "https://.example", "https://api.example%2f", "https://[::1", "https://[api.example]", "https://" + "a" * 300,
])  # fmt: skip
async def test_a_url_two_parsers_could_read_differently_is_refused(url: str) -> None:
    names = Names(api_example=[_PUBLIC])
    with pytest.raises(InvalidField):
        await check_base_url(url, allow_private=False, resolve=names)


@pytest.mark.parametrize("url", [
    "http://127.0.0.1:9000", "http://localhost:9000/", "https://simulator", "http://[::1]:9000", "http://10.0.0.1",
])  # fmt: skip
async def test_where_private_addresses_are_allowed_the_simulator_may_be_called(url: str) -> None:
    names = Names()
    await check_base_url(url, allow_private=True, resolve=names)
    assert names.asked == []


@pytest.mark.parametrize(
    "url", ["http://user@127.0.0.1", "http://127.0.0.1#x", "ftp://127.0.0.1", "http://", "http://2130706433"]
)
async def test_even_then_the_url_must_be_plain(url: str) -> None:
    with pytest.raises(InvalidField):
        await check_base_url(url, allow_private=True, resolve=Names())


@pytest.mark.parametrize("addresses", [[], ["not an address"]])
async def test_a_name_without_a_usable_address_is_refused(addresses: list[str]) -> None:
    with pytest.raises(InvalidField):
        await check_base_url("https://api.example", allow_private=False, resolve=Names(api_example=addresses))


async def test_the_systems_resolver_is_asked_by_default() -> None:
    assert "127.0.0.1" in await system_resolver("localhost")
    with pytest.raises(InvalidField):
        await check_base_url("https://localhost/")
    with pytest.raises(InvalidField):
        await check_base_url("https://nobody.invalid/")
