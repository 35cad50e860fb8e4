"""In which time zones may a number be, and what do the clocks there say? The phone library's answer, put right where wrong."""

from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from zoneinfo import ZoneInfo

import tzdata  # type: ignore[import-untyped]  # ships no types
from phonenumbers import PhoneNumber
from phonenumbers.phonenumberutil import is_number_type_geographical
from phonenumbers.timezone import UNKNOWN_TIMEZONE, time_zones_for_geographical_number, time_zones_for_number

_AUSTRALIA = (
    "Australia/Adelaide",
    "Australia/Brisbane",
    "Australia/Darwin",
    "Australia/Eucla",
    "Australia/Lord_Howe",
    "Australia/Perth",
    "Australia/Sydney",
)
_INDIANA_AND_SO_ON = ("America/Chicago", "America/New_York")
_CHICAGO_DENVER = ("America/Chicago", "America/Denver")
_BRITISH_COLUMBIA = ("America/Edmonton", "America/Fort_Nelson", "America/Vancouver")
_QUEBEC_EAST = ("America/Blanc-Sablon", "America/Halifax", "America/Toronto")
_NEWFOUNDLAND = ("America/Goose_Bay", "America/St_Johns")

# By the first digits of the international number. The library goes by the exchange a block was first assigned to, which says
# nothing of a mobile number today, so a whole area code gets every zone it spans; overlays get their parent's. Measured against
# phonenumbers 9.0.43; the zones are those of the places the area codes cover.
_OWN_ZONES: Mapping[str, tuple[str, ...]] = {
    "1208": ("America/Boise", "America/Los_Angeles"),  # Idaho
    "1986": ("America/Boise", "America/Los_Angeles"),
    "1219": _INDIANA_AND_SO_ON,
    "1574": _INDIANA_AND_SO_ON,
    "1812": _INDIANA_AND_SO_ON,
    "1930": _INDIANA_AND_SO_ON,
    "1270": _INDIANA_AND_SO_ON,  # western Kentucky
    "1364": _INDIANA_AND_SO_ON,
    "1606": _INDIANA_AND_SO_ON,  # eastern Kentucky
    "1423": _INDIANA_AND_SO_ON,  # eastern Tennessee
    "1448": _INDIANA_AND_SO_ON,  # Florida's panhandle
    "1850": _INDIANA_AND_SO_ON,
    "1308": _CHICAGO_DENVER,  # Nebraska
    "1605": _CHICAGO_DENVER,  # South Dakota
    "1620": _CHICAGO_DENVER,  # Kansas
    "1701": _CHICAGO_DENVER,  # North Dakota
    "1785": _CHICAGO_DENVER,  # Kansas
    "1432": ("America/Chicago",),  # west Texas
    "1458": ("America/Boise", "America/Los_Angeles"),  # Oregon with Malheur County
    "1541": ("America/Boise", "America/Los_Angeles"),
    "1775": ("America/Denver", "America/Los_Angeles"),  # Nevada with West Wendover
    "1906": ("America/Detroit", "America/Menominee"),
    "1907": ("America/Adak", "America/Anchorage"),
    "1915": ("America/Denver",),  # El Paso
    "1928": ("America/Denver", "America/Phoenix"),  # Arizona with the Navajo Nation, which keeps summer time
    "1236": _BRITISH_COLUMBIA,
    "1250": _BRITISH_COLUMBIA,
    "1257": _BRITISH_COLUMBIA,
    "1672": _BRITISH_COLUMBIA,
    "1778": _BRITISH_COLUMBIA,
    "1807": ("America/Toronto", "America/Winnipeg"),  # western Ontario
    "1367": _QUEBEC_EAST,
    "1418": _QUEBEC_EAST,
    "1581": _QUEBEC_EAST,
    "1709": _NEWFOUNDLAND,
    "1879": _NEWFOUNDLAND,
    "1867": (
        "America/Cambridge_Bay",
        "America/Inuvik",
        "America/Iqaluit",
        "America/Rankin_Inlet",
        "America/Resolute",
        "America/Whitehorse",
    ),
    **dict.fromkeys(("1306", "1474", "1639"), ("America/Edmonton", "America/Regina")),  # Saskatchewan with Lloydminster
    "1689": ("America/New_York",),  # Orlando, which the library puts beside the panhandle
    # The library's list for Australia has two far islands with codes of their own, but neither Darwin nor, for 07, Brisbane.
    "61": _AUSTRALIA,
    "612": ("Australia/Lord_Howe", "Australia/Sydney"),
    "613": ("Australia/Sydney",),
    "617": ("Australia/Brisbane", "Australia/Sydney"),
    "618": ("Australia/Adelaide", "Australia/Darwin", "Australia/Eucla", "Australia/Perth"),
}


class UnknownZone(KeyError):
    """No zone of that name is in the pinned data."""


def candidate_zones(number: PhoneNumber, line: int, *, e164: str) -> tuple[str, ...]:
    """Every zone the owner of a number may live in, by the number alone: sorted IANA names, none where nothing is known.

    `line` is the library's PhoneNumberType. Mobile numbers say nothing of a place in most countries: those get the whole country.
    """
    for length in (4, 3, 2):
        own = _OWN_ZONES.get(e164[1 : 1 + length])
        if own is not None:
            return own
    local = number.country_code is not None and is_number_type_geographical(line, number.country_code)
    found = time_zones_for_geographical_number(number) if local else time_zones_for_number(number)
    return tuple(sorted(set(found) - {UNKNOWN_TIMEZONE}))


@lru_cache(maxsize=1)
def zone_names() -> frozenset[str]:
    """The names in the pinned data."""
    return frozenset((files("tzdata") / "zones").read_text("ascii").split())


@lru_cache(maxsize=1024)
def load_zone(name: str) -> ZoneInfo:
    """A zone from the pinned `tzdata` package, never from the system, whose rules may be a year old. Raises UnknownZone."""
    if name not in zone_names():
        raise UnknownZone(name)
    with (files("tzdata") / "zoneinfo").joinpath(*name.split("/")).open("rb") as file:
        return ZoneInfo.from_file(file, key=name)


def zone_data_version() -> str:
    """The version of the time zone data in use, such as 2026f."""
    return str(tzdata.IANA_VERSION)
