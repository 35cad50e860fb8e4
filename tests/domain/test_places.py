"""Where is that? Countries, states, postal codes and zones, the contradictions between them, and everything that is nowhere."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.contact import BadField, Change, complete
from app.domain.countries import country_codes, country_zones
from app.domain.places import FRESH, BadPlace, Said, is_country_alone, known_zones, read_place, strength_at
from app.domain.regions import is_region
from app.domain.subdivisions import subdivision_zones, subdivisions
from app.domain.zones import load_zone

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
EAST, CENTRAL, MOUNTAIN = "America/New_York", "America/Chicago", "America/Denver"


@pytest.mark.parametrize(
    ("label", "said", "region", "zones"),
    [
        ("a ZIP code", Said(country="US", postal_code="90012"), "US-CA", ["America/Los_Angeles"]),
        ("a ZIP code with four more", Said(country="US", postal_code="10001-1234"), "US-NY", [EAST]),
        ("Tallahassee", Said(country="US", postal_code="32301"), "US-FL", [EAST]),
        ("Pensacola", Said(country="US", postal_code="32501"), "US-FL", [CENTRAL]),
        ("Panama City, whose prefix has both", Said(country="US", postal_code="32401"), "US-FL", [CENTRAL, EAST]),
        ("El Paso", Said(country="US", postal_code="79901"), "US-TX", [MOUNTAIN]),
        ("west Texas, whose prefix has both", Said(country="US", postal_code="79843"), "US-TX", [CENTRAL, MOUNTAIN]),
        ("Gary", Said(country="US", postal_code="46402"), "US-IN", [CENTRAL]),
        ("Ontario in Oregon", Said(country="US", postal_code="97914"), "US-OR", ["America/Boise", "America/Los_Angeles"]),
        ("the Navajo Nation", Said(country="US", postal_code="86515"), "US-AZ", [MOUNTAIN, "America/Phoenix"]),
        ("Fishers Island, among Connecticut's codes", Said(country="US", postal_code="06390"), "US-NY", [EAST]),
        ("Austin, among Oklahoma's codes", Said(country="US", postal_code="73301"), "US-TX", [CENTRAL]),
        ("San Juan", Said(country="US", postal_code="00901"), "PR", ["America/Puerto_Rico"]),
        ("San Juan as a country", Said(country="PR", postal_code="00901"), "PR", ["America/Puerto_Rico"]),
        ("Guam", Said(country="US", region="Guam"), "GU", ["Pacific/Guam"]),
        ("Saipan", Said(country="US", postal_code="96950"), "MP", ["Pacific/Saipan"]),
        ("a state by name", Said(country="us", region="north dakota"), "US-ND", [CENTRAL, MOUNTAIN]),
        ("a state by its whole code", Said(country="US", region="US-HI"), "US-HI", ["Pacific/Honolulu"]),
        ("a country by name", Said(country="United States", region="MS"), "US-MS", [CENTRAL]),
        ("Toronto", Said(country="CA", postal_code="m5v 3l9"), "CA-ON", ["America/Toronto"]),
        ("half a Canadian code", Said(country="CA", postal_code="V8W"), "CA-BC", ["America/Vancouver"]),
        ("Nunavut", Said(country="CA", postal_code="X0C 0G0"), "CA-NU", ["America/Rankin_Inlet"]),
        ("Yellowknife", Said(country="CA", postal_code="X1A 1A1"), "CA-NT", ["America/Edmonton", "America/Inuvik"]),
        ("Labrador", Said(country="CA", postal_code="A2V 1A1"), "CA-NL", ["America/Goose_Bay"]),
        ("Québec by its name", Said(country="CA", region="Québec", postal_code="H2X 1Y4"), "CA-QC", ["America/Toronto"]),
        ("Moselle", Said(country="FR", postal_code="57000"), "FR-57", ["Europe/Paris"]),
        ("Bas-Rhin by name", Said(country="France", region="bas rhin"), "FR-67", ["Europe/Paris"]),
        ("Ain by one digit", Said(country="FR", region="1"), "FR-01", ["Europe/Paris"]),
        ("the south of Corsica", Said(country="FR", postal_code="20137"), "FR-2A", ["Europe/Paris"]),
        ("the north of Corsica", Said(country="FR", postal_code="20200"), "FR-2B", ["Europe/Paris"]),
        ("La Réunion", Said(country="FR", postal_code="97400"), "RE", ["Indian/Reunion"]),
        ("Saint-Martin, with a code of Guadeloupe's", Said(country="FR", postal_code="97150"), "MF", ["America/Marigot"]),
        ("Martinique as a department", Said(country="FR", region="972"), "MQ", ["America/Martinique"]),
        ("Tenerife", Said(country="ES", postal_code="38001"), "ES", ["Atlantic/Canary"]),
        ("Madrid", Said(country="ES", postal_code="28013"), "ES", ["Europe/Madrid"]),
        ("Spain alone", Said(country="ES"), "ES", ["Africa/Ceuta", "Atlantic/Canary", "Europe/Madrid"]),
        ("a British code, which tells nothing", Said(country="UK", postal_code="SW1A 1AA"), "GB", ["Europe/London"]),
        ("Kosovo", Said(country="XK"), "XK", ["Europe/Belgrade"]),
        ("a zone", Said(country="US", time_zone="America/Boise"), "US", ["America/Boise"]),
        ("a zone by its old name", Said(country="US", region="NY", time_zone="US/Eastern"), "US-NY", ["US/Eastern"]),
        ("a near neighbour's zone", Said(country="US", region="KY", time_zone="America/Kentucky/Louisville"), "US-KY", None),
        ("the forces' post, with a zone", Said(country="US", postal_code="09012", time_zone=EAST), "US", [EAST]),
    ],
)
def test_a_place_is_found(label: str, said: Said, region: str, zones: list[str] | None) -> None:
    found = read_place(said, now=NOW)
    assert (found["region"], found["zones"]) == (region, zones or [said.time_zone]), label
    assert found["strength"] == "declared"


@pytest.mark.parametrize(
    ("label", "said", "field", "code"),
    [
        ("no country", Said(region="CA"), "country", "unknown_country"),
        ("a country that is none", Said(country="Freedonia"), "country", "unknown_country"),
        ("a state that is none", Said(country="US", region="Calif0rnia"), "region", "unknown_region"),
        ("a province in the wrong country", Said(country="US", region="ON"), "region", "unknown_region"),
        ("a department that is none", Said(country="FR", region="96"), "region", "unknown_region"),
        ("a part of a country without parts here", Said(country="DE", region="Bayern"), "region", "unknown_region"),
        ("four digits", Said(country="US", postal_code="9001"), "postal_code", "bad_postal_code"),
        ("a ZIP code nobody has", Said(country="US", postal_code="00000"), "postal_code", "bad_postal_code"),
        ("a ZIP code between two states", Said(country="US", postal_code="26900"), "postal_code", "bad_postal_code"),
        ("digits of another script", Said(country="US", postal_code="٩٠٠١٢"), "postal_code", "bad_postal_code"),
        ("a letter Canada does not use", Said(country="CA", postal_code="D1A 1A1"), "postal_code", "bad_postal_code"),
        ("a Canadian code of three quarters", Said(country="CA", postal_code="M5V 3L"), "postal_code", "bad_postal_code"),
        ("a French code of a department that is none", Said(country="FR", postal_code="96000"), "postal_code", "bad_postal_code"),
        ("a Spanish code of no province", Said(country="ES", postal_code="53001"), "postal_code", "bad_postal_code"),
        ("marks for a code", Said(country="GB", postal_code="!!"), "postal_code", "bad_postal_code"),
        ("the forces' post alone", Said(country="US", postal_code="96201"), "postal_code", "no_place"),
        ("a code of another state", Said(country="US", region="NY", postal_code="90012"), "postal_code", "contradicts_region"),
        ("a code of another territory", Said(country="GU", postal_code="00901"), "postal_code", "contradicts_region"),
        ("no zone", Said(country="US", time_zone="America/Nowhere"), "time_zone", "bad_time_zone"),
        ("a zone of another country", Said(country="US", time_zone="Europe/Paris"), "time_zone", "contradicts_region"),
        ("a zone of another state", Said(country="US", region="NY", time_zone=MOUNTAIN), "time_zone", "contradicts_region"),
        ("a date to come", Said(country="US", as_of=NOW + timedelta(days=1)), "as_of", "in_the_future"),
    ],
)
def test_what_is_nowhere_is_refused_by_its_part(label: str, said: Said, field: str, code: str) -> None:
    with pytest.raises(BadPlace) as refused:
        read_place(said, now=NOW)
    assert (refused.value.field, refused.value.code) == (field, code), label


@pytest.mark.parametrize("country", ["AU", "CA", "FR", "US"])
def test_the_zones_of_every_part_lie_in_its_country_and_can_be_loaded(country: str) -> None:
    for region in subdivisions(country):
        for zone in subdivision_zones(region) or ():
            load_zone(zone)
            read_place(Said(country=country, time_zone=zone), now=NOW)
        assert is_region(region), region
        assert subdivision_zones(region) == tuple(sorted(subdivision_zones(region) or ())), region


def test_every_country_has_zones_that_can_be_loaded() -> None:
    for country in country_codes():
        assert all(load_zone(zone) for zone in country_zones(country) or ("missing",)), country


@given(st.integers(0, 99_999))
def test_a_zip_code_is_nowhere_or_in_one_region_whose_zones_hold_its_own(number: int) -> None:
    try:
        found = read_place(Said(country="US", postal_code=f"{number:05}"), now=NOW)
    except BadPlace:
        return
    assert set(found["zones"]) <= set(known_zones(found["region"]) or ())


@given(st.text(max_size=20), st.text(max_size=20), st.text(max_size=12), st.text(max_size=20))
def test_whatever_is_said_is_a_place_or_a_named_refusal(country: str, region: str, postal_code: str, time_zone: str) -> None:
    said = Said(country=country, region=region, postal_code=postal_code, time_zone=time_zone)
    fault = ""
    try:
        zones = read_place(said, now=NOW)["zones"]
    except BadPlace as refused:
        fault, zones = refused.field, []
    assert zones or fault in {"country", "region", "postal_code", "time_zone"}


def test_a_verified_place_is_dated_and_grows_old() -> None:
    found = read_place(Said(country="US", region="CA", strength="verified"), now=NOW)
    assert found["as_of"] == NOW.isoformat()
    assert strength_at(found, NOW + FRESH) == "verified"
    assert strength_at(found, NOW + FRESH + timedelta(seconds=1)) == "declared"
    assert strength_at(read_place(Said(country="US"), now=NOW), NOW + 9 * FRESH) == "declared"


def test_a_country_alone_is_told_apart() -> None:
    assert is_country_alone(read_place(Said(country="US"), now=NOW))
    assert not is_country_alone(read_place(Said(country="US", region="CA"), now=NOW))
    assert not is_country_alone(read_place(Said(country="US", time_zone=EAST), now=NOW))


@pytest.mark.parametrize(
    ("label", "said", "country", "region"),
    [
        ("a state of the number's country", Said(region="CA"), "US", "US-CA"),
        ("a ZIP code that lost a zero", Said(postal_code="2139"), "US", "US-MA"),
        ("a country of its own", Said(country="Canada", region="BC"), "US", "CA-BC"),
        ("a state of a country whose parts are not known", Said(country="DE", region="Bayern", postal_code="80331"), "US", "DE"),
        ("the number's country and nothing else", Said(country="USA"), "US", None),
        ("another country and nothing else", Said(country="Mexico"), "US", "MX"),
        ("no country at all", Said(region="CA"), "", None),
    ],
)
def test_a_row_of_a_file_is_located(label: str, said: Said, country: str, region: str | None) -> None:
    places = complete(Change(said=said), country=country, now=NOW).places
    assert (None if places is None else places[0]["region"]) == region, label


def test_a_row_that_is_nowhere_is_refused_by_its_part() -> None:
    with pytest.raises(BadField, match="region: US has no such state"):
        complete(Change(said=Said(region="Bavaria")), country="US", now=NOW)
