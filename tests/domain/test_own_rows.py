"""Rows a workspace writes for itself: what they come to, and which of them cannot be."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from app.domain.message import Channel
from app.domain.own_rows import BadOwnRow, OwnRow, bans_of, check_rows, midnight, rows_of, week_of, windows_of

EVERY = frozenset(Channel)
DECEMBER = midnight(date(2026, 12, 1))
ROW = OwnRow(kind="hours", region="US-TX", channels=EVERY, source="ours", valid_from=DECEMBER, terms={"default": "10:00-19:00"})
DAY = OwnRow(
    kind="closed_day",
    region="US-LA",
    channels=EVERY,
    source="governor",
    valid_from=DECEMBER,
    valid_to=midnight(date(2026, 12, 2)),
)
BAN = OwnRow(kind="emergency_ban", region="US-NY", channels=EVERY, source="order", valid_from=DECEMBER)


def test_a_day_that_is_not_named_has_the_defaults_hours_and_is_open_without() -> None:
    week = week_of({"default": "10:00-13:00 14:00-19:00", "sunday": "", "saturday": "11:00-12:00"})
    assert week[:5] == (((600, 780), (840, 1140)),) * 5
    assert week[5:] == (((660, 720),), ())
    assert week_of({"friday": "09:00-24:00"}) == (*(((0, 1440),),) * 4, ((540, 1440),), *(((0, 1440),),) * 2)


def test_rows_become_windows_and_bans_and_come_back_from_storage() -> None:
    assert windows_of((ROW, DAY, BAN))[1].on(date(2026, 12, 1)) is not None
    closed = windows_of((DAY,))[0]
    assert [closed.on(date(2026, 12, day)) is not None for day in (1, 2)] == [True, False]
    assert (bans_of((ROW, DAY, BAN))[0].region, len(bans_of((ROW, DAY)))) == ("US-NY", 0)
    kept = {
        "id": "r",
        "kind": "hours",
        "region": "US-TX",
        "channels": ["sms"],
        "terms": {"default": "10:00-19:00"},
        "source": "ours",
        "valid_from": "2026-12-01T00:00:00+00:00",
        "valid_to": None,
    }
    assert rows_of([kept]) == (replace(ROW, name="r", channels=frozenset({Channel.SMS})),)


def test_what_differs_in_region_channel_kind_or_time_does_not_overlap() -> None:
    check_rows(
        [
            ROW,
            replace(ROW, region="US"),
            DAY,
            replace(DAY, region="US-TX"),
            BAN,
            replace(BAN, region="US"),
            replace(ROW, region="FR", channels=frozenset({Channel.SMS})),
            replace(
                ROW, region="FR", channels=frozenset({Channel.VOICE}), terms={"default": "10:00-11:00", "technologies": ["live"]}
            ),
            replace(
                ROW,
                region="FR",
                channels=frozenset({Channel.VOICE}),
                terms={"default": "10:00-11:00", "technologies": ["recorded"]},
            ),
            replace(DAY, valid_from=midnight(date(2026, 12, 2)), valid_to=midnight(date(2026, 12, 3))),
        ],
        [replace(ROW, valid_from=midnight(date(2026, 1, 1)), valid_to=DECEMBER)],
    )


@pytest.mark.parametrize(
    ("label", "row", "field", "code"),
    [
        ("an unknown region", replace(ROW, region="US-ZZ"), "region", "unknown_region"),
        ("no region", replace(ROW, region=""), "region", "unknown_region"),
        ("an end before the start", replace(ROW, valid_to=midnight(date(2026, 11, 1))), "valid_to", "ends_before_it_starts"),
        ("no time at all", replace(BAN, valid_to=DECEMBER), "valid_to", "ends_before_it_starts"),
        ("hours backwards", replace(ROW, terms={"default": "20:00-09:00"}), "terms/default", "impossible_hours"),
        ("hours past the day", replace(ROW, terms={"sunday": "09:00-24:30"}), "terms/sunday", "impossible_hours"),
        ("hours of 99 minutes", replace(ROW, terms={"sunday": "09:99-10:00"}), "terms/sunday", "impossible_hours"),
        ("no length", replace(ROW, terms={"friday": "09:00-09:00"}), "terms/friday", "impossible_hours"),
        ("ranges that cross", replace(ROW, terms={"friday": "09:00-12:00 11:00-13:00"}), "terms/friday", "impossible_hours"),
        ("ranges out of order", replace(ROW, terms={"friday": "14:00-15:00 09:00-10:00"}), "terms/friday", "impossible_hours"),
        ("words", replace(ROW, terms={"monday": "nine to five"}), "terms/monday", "impossible_hours"),
        ("a space at the end", replace(ROW, terms={"monday": "09:00-10:00 "}), "terms/monday", "impossible_hours"),
        ("no hours", replace(ROW, terms={}), "terms", "bad_terms"),
        ("a calendar that is none", replace(ROW, terms={"holidays": "US-ZZ"}), "terms/holidays", "bad_row"),
        ("a ban by channel", replace(BAN, channels=frozenset({Channel.SMS})), "channels", "bad_channels"),
        ("a ban with hours", replace(BAN, terms={"default": ""}), "terms", "bad_terms"),
        ("a closed day with hours", replace(DAY, terms={"default": ""}), "terms", "bad_terms"),
        ("no channel", replace(ROW, channels=frozenset()), "channels", "bad_row"),
        ("no source", replace(ROW, source=""), "source", "bad_row"),
    ],
)
def test_a_row_that_cannot_be_lived_by_is_refused_by_its_part(label: str, row: OwnRow, field: str, code: str) -> None:
    with pytest.raises(BadOwnRow) as refused:
        check_rows([replace(ROW, region="FR"), row], [])
    assert (refused.value.index, refused.value.field, refused.value.code) == (1, field, code), label


@pytest.mark.parametrize(
    ("label", "first", "second"),
    [
        ("the same", ROW, ROW),
        ("one without an end", ROW, replace(ROW, valid_from=midnight(date(2027, 1, 1)), valid_to=midnight(date(2027, 2, 1)))),
        ("one that began before", replace(ROW, valid_from=datetime(2020, 1, 1, tzinfo=UTC)), ROW),
        ("one channel in common", replace(ROW, channels=frozenset({Channel.SMS, Channel.MMS})), ROW),
        ("any technology and one", ROW, replace(ROW, terms={"default": "", "technologies": ["live"]})),
        ("a closed day", DAY, DAY),
        ("a ban", BAN, replace(BAN, valid_from=datetime(2026, 12, 5, 12, tzinfo=UTC))),
        ("a territory by both its names", replace(BAN, region="PR"), replace(BAN, region="PR")),
    ],
)
def test_two_rows_for_the_same_are_refused_and_the_other_is_named(label: str, first: OwnRow, second: OwnRow) -> None:
    for new, kept in (([first, second], []), ([second], [replace(first, name="rul_1")])):
        with pytest.raises(BadOwnRow) as refused:
            check_rows(new, kept)
        assert refused.value.code == "overlaps", label
        assert ("rul_1" if kept else "an earlier row") in refused.value.detail


def test_a_workspace_has_so_many_rows_and_no_more() -> None:
    days: list[Any] = [
        replace(DAY, valid_from=midnight(date(2000, 1, 1), after=n), valid_to=midnight(date(2000, 1, 1), after=n + 1))
        for n in range(500)
    ]
    check_rows(days[:1], days[1:])
    with pytest.raises(BadOwnRow, match="at most 500"):
        check_rows([ROW], days)
