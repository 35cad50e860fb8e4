"""Do short links lead where their author wrote, and nowhere else? What is found in texts, and what may be led to."""

from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.link_target import BadTarget, check_target, link_terms, with_utm
from app.domain.links import (
    CODE_LENGTH,
    UnusableLink,
    Written,
    code_of,
    find_links,
    is_code,
    origin_of,
    with_links,
    written_links,
)

OWN = "https://s.example/l/"
_PATH = st.text("abcXYZ019-_~%/.", max_size=20)
_QUERY = st.lists(st.tuples(st.text("abc_", min_size=1, max_size=6), st.text("xyz09%", max_size=6)), max_size=4)


@st.composite
def _addresses(draw: st.DrawFn) -> str:
    query = "&".join(f"{name}={value}" for name, value in draw(_QUERY))
    fragment = draw(st.text("abc/?", max_size=5))
    port = draw(st.sampled_from(["", ":8443"]))
    address = f"https://shop.example{port}/{draw(_PATH)}"
    return address + (f"?{query}" if query else "") + (f"#{fragment}" if fragment else "")


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("javascript:alert(1)", "https"),
        ("data:text/html,x", "https"),
        ("ftp://shop.example/x", "https"),
        ("http://shop.example/x", "https"),
        ("//shop.example/x", "https"),
        ("https:/shop.example/x", "name"),
        ("https://", "name"),
        ("https://shop.example@evil.example/", "user name"),
        ("https://user:pass@shop.example/", "user name"),
        ("https://127.0.0.1/", "number"),
        ("https://10.0.0.8/", "number"),
        ("https://2130706433/", "outside"),
        ("https://0x7f.1/", "number"),
        ("https://[::1]/", "name"),
        ("https://[fe80::1/", "no address"),
        ("https://localhost/", "outside"),
        ("https://printer.local/", "outside"),
        ("https://vault.corp/", "outside"),
        ("https://metadata.google.internal/", "outside"),
        ("https://shop..example/", "name"),
        ("https://-shop.example/", "name"),
        ("https://sh%6fp.example/", "name"),
        ("https://shop.example:0/", "port"),
        ("https://shop.example:/", "port"),
        ("https://shop.example:99999/", "no address"),
        ("https://shop.example\\@evil.example/", "percent-encoded"),
        ("https://shop.example/\r\nSet-Cookie:x", "percent-encoded"),
        ("https://shop.example/a b", "percent-encoded"),
        ("https://shop.example/\x00", "percent-encoded"),
        ("https://bücher.example/", "percent-encoded"),
        ("https://xn--pypal-4ve.example/", "mixes scripts"),  # p-a-y-p-a-l, its first a Cyrillic
        ("https://xn--abc-.example/", "name"),
        ("https://xn--9999999999.example/", "read"),
        ("https://bit.ly/abc", "shortener"),
        ("https://www.tinyurl.com/abc", "shortener"),
        ("https://shop.example/" + "x" * 2_000, "longer"),
    ],
)
def test_where_no_link_may_lead(address: str, why: str) -> None:
    with pytest.raises(BadTarget, match=why):
        check_target(address)


@pytest.mark.parametrize(
    "address",
    [
        "https://shop.example",
        "HTTPS://Shop.Example/Autumn?a=1&b=%20#top",
        "https://xn--bcher-kva.example/",
        "https://xn--wgv71a119e.example./",  # Japanese, of two scripts that go together
        "https://shop.example:8443/a//b;c=(d)",
    ],
)
def test_where_a_link_may_lead(address: str) -> None:
    check_target(address)


def test_http_is_let_through_where_it_is_asked_for() -> None:
    check_target("http://shop.example/", allow_http=True)
    with pytest.raises(BadTarget):
        check_target("ftp://shop.example/", allow_http=True)


@given(st.text(max_size=60))
def test_whatever_passes_is_read_alike_by_another_parser(tail: str) -> None:
    for address in (tail, f"https://{tail}", f"https://shop.example{tail}"):
        try:
            check_target(address)
        except BadTarget:
            continue
        parts = urlsplit(address)
        assert parts.scheme == "https" and parts.hostname and "@" not in parts.netloc and address.isascii()
        assert not any(char <= " " for char in address)


@given(_addresses(), st.dictionaries(st.sampled_from(["source", "medium", "campaign"]), st.text(min_size=1, max_size=12)))
def test_utm_is_added_and_nothing_else_changes(address: str, utm: dict[str, str]) -> None:
    terms = link_terms({"utm": utm})
    longer = with_utm(address, terms.utm)
    before, after = urlsplit(address), urlsplit(longer)
    assert (before[:3], before.fragment) == (after[:3], after.fragment)
    assert after.query.startswith(before.query) and longer.isascii()
    added = dict(parse_qsl(after.query[len(before.query) :].lstrip("&")))
    assert added == {f"utm_{name}": value for name, value in utm.items()}
    assert with_utm(longer, terms.utm) == longer
    if len(longer) <= 2_000:
        check_target(longer)


def test_what_the_author_wrote_himself_stays() -> None:
    utm = (("source", "tactful"), ("medium", "sms"))
    assert with_utm("https://a.example/?utm_source=mail&x", utm) == "https://a.example/?utm_source=mail&x&utm_medium=sms"
    assert with_utm("https://a.example#x?y", utm) == "https://a.example?utm_source=tactful&utm_medium=sms#x?y"
    assert with_utm("https://a.example/?a=1&", utm[:1]) == "https://a.example/?a=1&utm_source=tactful"


def test_a_template_s_addresses_are_found_once_each() -> None:
    source = (
        "Look (https://shop.example/a_(b)), or https://shop.example/o/{{ order }}?x=1, https://shop.example/a_(b)! "
        'Mine: https://s.example/l/abc {{ page | default: "https://shop.example/all" }} mail@https://no.example'
    )
    assert written_links(source, own=OWN) == (
        Written("https://shop.example/a_(b)", whole=True),
        Written("https://shop.example/o/", whole=False),
        Written("https://shop.example/all", whole=True),
    )


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("https://{{ host }}/x", "written out"),
        ("https://shop.example{{ path }}", "written out"),
        ("https://shop.example:{{ port }}/", "written out"),
        ("https://user@{{ host }}/", "written out"),
        ("https://user@shop.example/{{ x }}", "user name"),
        ("http://shop.example", "https"),
        ("ftp://shop.example/x", "https"),
        ("javascript:alert(1)", "https"),
        ("myshop://open", "https"),
        ("data:text/html;base64,AA", "https"),
        ("https://shop.example/é", "space behind"),
        ("https://127.0.0.1/", "number"),
        (" ".join(f"https://shop.example/{n}" for n in range(21)), "20"),
    ],
)
def test_an_address_that_cannot_be_made_short_is_named(source: str, why: str) -> None:
    with pytest.raises(UnusableLink, match=why) as problem:
        written_links(f"Hi, {source}", own=OWN)
    assert problem.value.address in source


@pytest.mark.parametrize(
    "source", ["Call tel:+12125550100", "mailto:a@shop.example", "data:5GB left", "about:you", "shop.example/x"]
)
def test_words_that_are_no_addresses_stay(source: str) -> None:
    assert written_links(source, own=OWN) == ()


@given(st.text(max_size=40), st.sampled_from(["https://evil.example/", "https://shop.example.evil.example/", "javascript:x//"]))
def test_an_address_that_a_value_brought_in_is_never_led_to(value: str, evil: str) -> None:
    written = written_links("Hi {{ name }}, https://shop.example/autumn or https://shop.example/o/{{ order }}", own=OWN)
    text = f"Hi {evil}{value} , https://shop.example/autumn or https://shop.example/o/{evil}{value}"
    spots = find_links(text, written)
    assert all(spot.address.startswith("https://shop.example/") for spot in spots)
    assert all(urlsplit(spot.address).hostname == "shop.example" for spot in spots)
    assert any(spot.address == "https://shop.example/autumn" for spot in spots)


@given(
    st.lists(_addresses(), min_size=1, max_size=4), st.lists(st.sampled_from([" ", ", ", "; see ", ". "]), min_size=4, max_size=4)
)
def test_a_text_without_tags_keeps_all_its_words(addresses: list[str], between: list[str]) -> None:
    text = "Now: " + "".join(f"{address}{gap}" for address, gap in zip(addresses, between, strict=False)) + "bye"
    written = written_links(text, own=OWN)
    spots = find_links(text, written)
    assert len(spots) == len(addresses)
    assert with_links(text, spots, [spot.address for spot in spots]) == text
    shorter = with_links(text, spots, [f"{OWN}{code_of(place)}" for place in range(len(spots))])
    assert find_links(shorter, written) == [] and shorter.endswith("bye")
    assert written_links(shorter, own=OWN) == ()


@given(st.integers(0, 2**96 - 1))
def test_codes_are_short_and_plain(number: int) -> None:
    code = code_of(number)
    assert len(code) == CODE_LENGTH and is_code(code) and code.isalnum()


@given(st.text(max_size=30))
def test_any_text_is_a_code_only_if_it_looks_like_one(text: str) -> None:
    assert is_code(text) == (len(text) == CODE_LENGTH and text.isascii() and text.isalnum() and not set(text) & set("0OIl"))


def test_an_origin_ends_at_the_slash() -> None:
    assert [origin_of(a) for a in ("https://a.example", "https://a.example?x", "https://a.example/b/c")] == [
        "https://a.example/"
    ] * 3
