"""Does every address get its own person's code, whatever is written around it and whatever values bring in?"""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import InvalidField
from app.domain.links import BLANK_CODE
from app.usecases.track_links import NO_LINKS, Tracking, for_one, read_links

OWN = "https://go.example/"
SOURCE = "{{ name }} https://shop.example/a or https://shop.example/o/{{ order }} or https://shop.example/a again"
_VALUES = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        [
            f"{OWN}{BLANK_CODE}",
            f"x {OWN}{BLANK_CODE}y",
            "https://shop.example/a",
            "../../x",
            "\\@evil.example",
            "a b",
            "é",
            "'",
            "{{ x }}",
        ]
    ),
)


def opened(source: str = SOURCE, **stored: object) -> Tracking:
    """Links as they are once each has its row."""
    tracking = read_links(source, stored, own=OWN)
    ids = {label: UUID(int=place) for place, label in enumerate(tracking.targets(), start=1)}
    return Tracking(own=OWN, terms=tracking.terms, written=tracking.written, ids=ids)


@given(_VALUES, _VALUES, st.text("XYZ. ", max_size=8), st.text("XYZ. ", max_size=8))
def test_what_is_written_around_it_and_what_values_hold_leads_nobody_astray(
    name: str, order: str, before: str, after: str
) -> None:
    tracking = opened(utm={"source": "us"})
    text = f"{name} https://shop.example/a or https://shop.example/o/{order} or https://shop.example/a again"
    marked = tracking.mark(text)
    filled, codes = tracking.fill(f"{before}{marked.text}{after}", marked)
    assert len({coded.code for coded in codes}) == len(codes) == len({spot.address for spot in marked.spots})
    rest = filled.removeprefix(before)
    leads = {f"{OWN}{coded.code}": coded for coded in codes}
    for link, coded in leads.items():
        assert link in rest
        assert (coded.target or "https://shop.example/").startswith("https://shop.example/")
        rest = rest.replace(
            link, next(s.address for s in marked.spots if (tracking.written[s.place].is_personal) == (coded.target is not None))
        )
    if len({spot.address for spot in marked.spots}) <= 2:
        assert rest == f"{text}{after}"
    assert len(filled) == len(before) + len(marked.text) + len(after)


def test_one_address_has_one_code_and_leads_with_its_parameters() -> None:
    tracking = opened(utm={"source": "us"})
    marked = tracking.mark("Ana https://shop.example/a or https://shop.example/o/7?x=1 or https://shop.example/a again")
    text, codes = tracking.fill(marked.text, marked)
    assert [coded.target for coded in codes] == [None, "https://shop.example/o/7?x=1&utm_source=us"]
    assert text.count(f"{OWN}{codes[0].code}") == 2 and "shop.example" not in text
    assert marked.behind.split() == ["https://shop.example/a", "https://shop.example/o/7?x=1", "https://shop.example/a"]
    assert tracking.targets() == {
        "https://shop.example/a": "https://shop.example/a?utm_source=us",
        "https://shop.example/o/…": None,
    }


def test_what_a_value_makes_too_long_stays_as_it_is() -> None:
    tracking = opened()
    text = f"x https://shop.example/o/{'y' * 2_000}"
    assert tracking.mark(text).text == text


def test_a_text_for_one_person_is_counted_by_host() -> None:
    tracking = for_one(read_links("https://shop.example/a?t=1 https://shop.example/b https://post.example", {}, own=OWN))
    assert tracking.targets() == {"https://shop.example/…": None, "https://post.example/…": None}


def test_without_terms_nothing_is_touched() -> None:
    assert read_links(SOURCE, None) is NO_LINKS
    marked = NO_LINKS.mark("https://shop.example/a")
    assert NO_LINKS.fill(marked.text, marked) == ("https://shop.example/a", ())


def test_parameters_that_make_an_address_too_long_are_refused() -> None:
    with pytest.raises(InvalidField, match="longer"):
        read_links(f"https://shop.example/{'x' * 1_970}", {"utm": {"source": "y" * 40}}, own=OWN)
