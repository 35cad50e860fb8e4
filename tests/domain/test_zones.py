"""Does a number get every zone its owner may live in, and are the clocks those of the pinned data?"""

from datetime import UTC, datetime, timedelta

import pytest
from phonenumbers.tzdata import TIMEZONE_DATA

from app.domain.number import number_facts
from app.domain.zones import UnknownZone, load_zone, zone_data_version, zone_names

_EAST_AND_CENTRAL = ("America/Chicago", "America/New_York")
_CENTRAL_AND_MOUNTAIN = ("America/Chicago", "America/Denver")
_BC = ("America/Edmonton", "America/Fort_Nelson", "America/Vancouver")
_QUEBEC = ("America/Blanc-Sablon", "America/Halifax", "America/Toronto")
_NORTH = (
    "America/Cambridge_Bay",
    "America/Inuvik",
    "America/Iqaluit",
    "America/Rankin_Inlet",
    "America/Resolute",
    "America/Whitehorse",
)
_AREAS: list[tuple[str, tuple[str, ...]]] = [
    ("270 364", _EAST_AND_CENTRAL),
    ("423", _EAST_AND_CENTRAL),
    ("850 448", _EAST_AND_CENTRAL),
    ("812 930 574 219", _EAST_AND_CENTRAL),
    ("906", ("America/Detroit", "America/Menominee")),
    ("606", _EAST_AND_CENTRAL),
    ("308 620 785", _CENTRAL_AND_MOUNTAIN),
    ("605 701", _CENTRAL_AND_MOUNTAIN),
    ("541 458", ("America/Boise", "America/Los_Angeles")),
    ("208 986", ("America/Boise", "America/Los_Angeles")),
    ("775", ("America/Denver", "America/Los_Angeles")),
    ("928", ("America/Denver", "America/Phoenix")),
    ("907", ("America/Adak", "America/Anchorage")),
    ("915", ("America/Denver",)),
    ("432", ("America/Chicago",)),
    ("250 778 236 672 257", _BC),
    ("807", ("America/Toronto", "America/Winnipeg")),
    ("418 581 367", _QUEBEC),
    ("709 879", ("America/Goose_Bay", "America/St_Johns")),
    ("867", _NORTH),
    ("474 306 639", ("America/Edmonton", "America/Regina")),
    ("407 321 689", ("America/New_York",)),
    # not in the table of the wrong ones: the library's answer stands
    ("212", ("America/New_York",)),
    ("604", ("America/Vancouver",)),
    ("204", ("America/Winnipeg",)),
]


@pytest.mark.parametrize(("area", "zones"), [(area, zones) for areas, zones in _AREAS for area in areas.split()])
def test_an_area_code_has_every_zone_it_spans(area: str, zones: tuple[str, ...]) -> None:
    assert number_facts(f"+1{area}5550100").zones == zones


@pytest.mark.parametrize(
    ("number", "zones"),
    [
        (
            "+61412345678",
            (
                "Australia/Adelaide",
                "Australia/Brisbane",
                "Australia/Darwin",
                "Australia/Eucla",
                "Australia/Lord_Howe",
                "Australia/Perth",
                "Australia/Sydney",
            ),
        ),
        ("+61731234567", ("Australia/Brisbane", "Australia/Sydney")),
        ("+61891234567", ("Australia/Adelaide", "Australia/Darwin", "Australia/Eucla", "Australia/Perth")),
        ("+34612345678", ("Atlantic/Canary", "Europe/Madrid")),
        ("+5511912345678", ("America/Sao_Paulo",)),
    ],
)
def test_a_number_elsewhere_has_the_zones_of_its_country_or_region(number: str, zones: tuple[str, ...]) -> None:
    assert number_facts(number).zones == zones


def test_every_zone_a_number_can_get_is_in_the_pinned_data() -> None:
    offered = {zone for zones in TIMEZONE_DATA.values() for zone in zones} | {zone for _, zones in _AREAS for zone in zones}
    for name in offered:
        assert load_zone(name).key == name


# What the time zone data of 2025 gets wrong: these provinces stopped changing their clocks on 2026-11-01.
@pytest.mark.parametrize(
    ("zone", "hours"), [("America/Vancouver", -7), ("America/Edmonton", -6), ("America/Winnipeg", -5), ("America/Inuvik", -6)]
)
def test_clocks_are_those_of_the_pinned_data_and_not_of_the_system(zone: str, hours: int) -> None:
    assert datetime(2026, 12, 1, tzinfo=UTC).astimezone(load_zone(zone)).utcoffset() == timedelta(hours=hours)


def test_the_version_of_the_data_is_told_and_new_enough() -> None:
    assert zone_data_version() >= "2026f"


@pytest.mark.parametrize(
    "name", ["", "Etc/Nowhere", "../../../etc/passwd", "/etc/localtime", "America", "america/new_york", "a\x00b"]
)
def test_a_name_that_is_not_in_the_data_is_unknown(name: str) -> None:
    assert name not in zone_names()
    with pytest.raises(UnknownZone):
        load_zone(name)
