"""Does an area code tell its state, as far as anyone knows, and are the numbers of books and films recognised?"""

import pytest
from phonenumbers import PhoneNumber, geocoder, region_code_for_number

from app.domain.area_codes import area_codes, subdivision_of
from app.domain.fictional import is_fictional
from app.domain.number import NumberProblem, number_facts, read_number
from app.domain.subdivisions import subdivision_zones

_PROVINCES = {"AB", "BC", "MB", "NB", "NL", "ON", "QC", "SK"}
_OF_SEVERAL = {"782", "902", "867"}  # two provinces, three territories
# How the library's English names differ from the codes; a city's name ends in ", FL".
_NAMES = {
    "Alberta": "AB",
    "British Colombia": "BC",
    "British Columbia": "BC",
    "Manitoba": "MB",
    "New Brunswick": "NB",
    "Newfoundland and Labrador": "NL",
    "Ontario": "ON",
    "Quebec": "QC",
    "Saskatchewan": "SK",
    "Alabama": "AL",
    "Alaska": "AK",
    "Arizona": "AZ",
    "Arkansas": "AR",
    "California": "CA",
    "Colorado": "CO",
    "Connecticut": "CT",
    "Delaware": "DE",
    "Florida": "FL",
    "Georgia": "GA",
    "Hawaii": "HI",
    "Idaho": "ID",
    "Illinois": "IL",
    "Indiana": "IN",
    "Iowa": "IA",
    "Kansas": "KS",
    "Kentucky": "KY",
    "Louisiana": "LA",
    "Maine": "ME",
    "Maryland": "MD",
    "Massachusetts": "MA",
    "Michigan": "MI",
    "Minnesota": "MN",
    "Mississippi": "MS",
    "Missouri": "MO",
    "Montana": "MT",
    "Nebraska": "NE",
    "Nevada": "NV",
    "New Hampshire": "NH",
    "New Jersey": "NJ",
    "New Mexico": "NM",
    "New York": "NY",
    "North Carolina": "NC",
    "North Dakota": "ND",
    "Ohio": "OH",
    "Oklahoma": "OK",
    "Oregon": "OR",
    "Pennsylvania": "PA",
    "Rhode Island": "RI",
    "South Carolina": "SC",
    "South Dakota": "SD",
    "Tennessee": "TN",
    "Texas": "TX",
    "Utah": "UT",
    "Vermont": "VT",
    "Virginia": "VA",
    "Washington D.C.": "DC",
    "Washington State": "WA",
    "West Virginia": "WV",
    "Wisconsin": "WI",
    "Wyoming": "WY",
}
_LIBRARY = {
    f"{code}": description
    for code in range(200, 1000)
    if region_code_for_number(PhoneNumber(country_code=1, national_number=code * 10_000_000 + 2_345_678)) in {"US", "CA"}
    and (
        description := geocoder.description_for_number(
            PhoneNumber(country_code=1, national_number=code * 10_000_000 + 5_550_123), "en"
        )
    )
}


@pytest.mark.parametrize("code", [code for code in _LIBRARY if code not in {*_OF_SEVERAL, "600", "622", "633"}])
def test_every_area_code_the_library_places_is_in_that_state(code: str) -> None:
    described = _LIBRARY[code]
    expected = _NAMES.get(described) or described.rpartition(", ")[2]
    assert area_codes().get(code) == expected


def test_each_code_is_given_out_once_and_every_state_has_one() -> None:
    places = set(area_codes().values())
    assert len(places - _PROVINCES) == 51
    assert places >= _PROVINCES
    assert all(len(code) == 3 and code[0] not in "01" for code in area_codes())


@pytest.mark.parametrize("code", sorted(area_codes()))
def test_an_area_codes_zones_are_those_of_its_state(code: str) -> None:
    state = area_codes()[code]
    try:
        zones = number_facts(f"+1{code}5550123").zones
    except NumberProblem:
        return  # announced, and not yet in the library
    known = subdivision_zones(f"{'CA' if state in _PROVINCES else 'US'}-{state}")
    assert known is not None
    same = {
        "America/Detroit": "America/New_York",
        "America/Fort_Nelson": "America/Vancouver",
        "America/Menominee": "America/Chicago",
        "America/Moncton": "America/Halifax",
    }
    clocks = {same.get(zone, zone) for zone in known} | set(known)
    assert zones
    assert {same.get(zone, zone) for zone in zones} <= clocks


@pytest.mark.parametrize(
    ("e164", "subdivision"),
    [
        ("+13055550123", "FL"),
        ("+12025550123", "DC"),
        ("+16045550123", "BC"),
        ("+19025550123", ""),
        ("+18675550123", ""),
        ("+17875550123", ""),
        ("+18005551234", ""),
        ("+1305555012", ""),
        ("+33387123456", "57"),
        ("+33388123456", "67"),
        ("+33389123456", "68"),
        ("+33612345678", ""),
        ("+4915112345678", ""),
    ],
)
def test_a_number_tells_its_state(e164: str, subdivision: str) -> None:
    assert subdivision_of(e164) == subdivision


_FICTIONAL = [
    *("+12125550100", "+12125550199", "+16045550142", "+442079460000", "+442079460999", "+441632960123", "+441134960123"),
    *("+441914960123", "+441914980123", "+448081570123", "+449098790123", "+443069990123", "+447700900000", "+447700900999"),
    *("+61491570006", "+61491570159", "+61255501234", "+61870101234"),
    *("+33199001234", "+33261911234", "+33353011234", "+33465711234", "+33536491234", "+33639981234"),
]
_REAL = [
    *("+12125550200", "+12125550099", "+12125551234", "+12125560100", "+18005550100", "+15005550006", "+442079461000"),
    *("+447700901000", "+447400123456", "+441194960123", "+61491570007", "+61255511234", "+33199011234", "+33612345678"),
    *("+4915112345678", "+5511961234567", "+21255550123", "+", ""),
]


@pytest.mark.parametrize("e164", _FICTIONAL)
def test_a_number_of_books_and_films_is_recognised(e164: str) -> None:
    assert is_fictional(e164)


@pytest.mark.parametrize("e164", _REAL)
def test_any_other_number_is_not(e164: str) -> None:
    assert not is_fictional(e164)


def test_a_fictional_number_that_cannot_be_assigned_is_refused_as_such() -> None:
    with pytest.raises(NumberProblem) as problem:
        read_number("07700 900123", default_region="GB")
    assert problem.value.code == "fictional"
    assert number_facts("+12125550100").fictional
    assert not number_facts("+12125551234").fictional
