"""Packs on paper: the installed one comes back the same, and one that cannot be read says which row is at fault."""

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.book import CAP_ROWS, ROWS
from app.domain.entries import entries_of_rows, entry_json
from app.domain.pack_json import BadPack, pack_json, read_others, read_pack

PACK = json.loads(json.dumps(pack_json(ROWS, CAP_ROWS)))


def test_the_installed_pack_comes_back_the_same() -> None:
    assert read_pack(PACK) == (ROWS, CAP_ROWS)
    assert pack_json(*read_pack(PACK)) == PACK


def test_the_rows_of_other_kinds_are_kept_beside_and_come_back_the_same() -> None:
    others = [entry_json(entry) for entry in entries_of_rows() if entry.kind not in {"hours", "cap"}]
    written = json.loads(json.dumps(pack_json((), (), others)))
    assert read_others(written) == {row["id"]: row for row in others}
    assert len(read_others(written)) == len(others)
    assert read_others({"format": 1}) == {}


@pytest.mark.parametrize(
    ("label", "others", "name", "field"),
    [
        ("no list", {}, "the pack", "others"),
        ("a row that is none", [1], "others 1", ""),
        ("a row without a name", [{"id": "a"}, {}], "others 2", "id"),
        ("two of one name", [{"id": "a"}, {"id": "a"}], "a", "id"),
    ],
)
def test_other_rows_that_cannot_be_read_are_named(label: str, others: object, name: str, field: str) -> None:
    with pytest.raises(BadPack) as refused:
        read_others({"format": 1, "hours": [], "caps": [], "others": others})
    assert (refused.value.row, refused.value.field) == (name, field), label


def row(name: str) -> dict[str, Any]:
    return copy.deepcopy(next(found for found in (*PACK["hours"], *PACK["caps"]) if found["id"] == name))


def pack(**changes: Any) -> dict[str, Any]:
    """A pack of one row of hours and one cap; `changes` are of the row of hours."""
    return {"format": 1, "hours": [row("us.ky") | changes], "caps": [row("fr.voice.cap")]}


def capped(**changes: Any) -> dict[str, Any]:
    return {"format": 1, "hours": [], "caps": [row("fr.voice.cap") | changes]}


DAY = {"hours": ["10:00-21:00"], "code": "time.quiet.us.ky", "also": []}


@pytest.mark.parametrize(
    ("label", "written", "name", "field"),
    [
        ("a list", [], "the pack", ""),
        ("another format", {**pack(), "format": 2}, "the pack", "format"),
        ("a key nobody knows", {**pack(), "rows": []}, "the pack", "rows"),
        ("no hours", {"format": 1, "caps": []}, "the pack", "hours"),
        ("a row that is none", {"format": 1, "hours": [pack()["hours"][0], 7], "caps": []}, "hours 2", ""),
        ("a row without a name", pack(id=None), "hours 1", "id"),
        ("a key of a row nobody knows", pack(colour="red"), "us.ky", "colour"),
        ("an unknown region", pack(region="US-ZZ"), "us.ky", "region"),
        ("a region that is a number", pack(region=1), "us.ky", "region"),
        ("an unknown channel", pack(channels=["fax"]), "us.ky", "channels"),
        ("no channel", pack(channels=[]), "us.ky", "channels"),
        ("an unknown confidence", pack(confidence="sure"), "us.ky", "confidence"),
        ("no source", pack(source=""), "us.ky", "source"),
        ("six days", pack(week=[DAY] * 6), "us.ky", "week"),
        ("hours that are words", pack(week=[DAY | {"hours": ["ten to nine"]}] * 7), "us.ky", "week"),
        ("hours backwards", pack(week=[DAY | {"hours": ["21:00-10:00"]}] * 7), "us.ky", "week"),
        ("hours that cross", pack(week=[DAY | {"hours": ["10:00-12:00", "11:00-13:00"]}] * 7), "us.ky", "week"),
        ("a day without a code", pack(week=[DAY | {"code": ""}] * 7), "us.ky", "week"),
        ("a calendar that is none", pack(holidays=[{"calendar": "XX", "code": "time.x"}]), "us.ky", "holidays"),
        ("a day that is none", pack(valid_from="2026-02-30"), "us.ky", "valid_from"),
        ("an end before the start", pack(valid_from="2026-02-01", valid_to="2026-01-01"), "us.ky", "valid_to"),
        ("lifts without words", pack(lifts=[{"profiles": ["statutory"]}]), "us.ky", "words"),
        (
            "two for the same",
            {"format": 1, "hours": [row("us.ky"), row("us.ky") | {"id": "other"}], "caps": []},
            "other",
            "valid_from",
        ),
        ("a limit of less than none", capped(limit=-1), "fr.voice.cap", "limit"),
        ("a limit that is true", capped(limit=True), "fr.voice.cap", "limit"),
        ("a window of nothing", capped(window_seconds=0), "fr.voice.cap", "window"),
        ("counts of something", capped(counts="stars"), "fr.voice.cap", "counts"),
        ("no code", capped(code=None), "fr.voice.cap", "code"),
    ],
)
def test_a_pack_that_cannot_be_read_names_the_row_and_the_part(label: str, written: object, name: str, field: str) -> None:
    with pytest.raises(BadPack) as refused:
        read_pack(written)
    assert (refused.value.row, refused.value.field) == (name, field), label


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=12), lambda inner: st.lists(inner, max_size=2), max_leaves=4
)


@given(st.sampled_from(("us.ky", "fr.voice.cap", "us.la", "it.voice")), st.data())
def test_whatever_is_written_in_a_row_is_read_or_refused_by_its_name(name: str, data: st.DataObject) -> None:
    changed = row(name)
    changed[data.draw(st.sampled_from(sorted(changed)))] = data.draw(JSON)
    kind = "caps" if name == "fr.voice.cap" else "hours"
    written = {"format": 1, "hours": [], "caps": []} | {kind: [changed]}
    named = {name, f"{kind} 1", "everywhere", *(changed[part] for part in ("id", "region") if isinstance(changed[part], str))}
    try:
        read_pack(written)
    except BadPack as refused:
        named &= {refused.row}
    assert named
