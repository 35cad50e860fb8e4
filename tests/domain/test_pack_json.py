"""Packs on paper: any comes back the same, what a file leaves out is as installed, and a row at fault is named."""

import copy
import json
from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import consent_rows, content_rows
from app.domain.book import INSTALLED, Pack
from app.domain.pack_changes import changed_rows
from app.domain.pack_json import FORMAT, SECTIONS, pack_json, read_pack
from app.domain.registries import Registry
from app.domain.retention import Kept
from app.domain.row_parts import BadPack
from app.domain.windows import CapRow, WindowRow
from tests.domain.any_packs import PACKS

PACK = json.loads(json.dumps(pack_json(INSTALLED)))
KINDS = (
    WindowRow,
    CapRow,
    consent_rows.NeedRow,
    content_rows.NeedRow,
    content_rows.ProhibitedRow,
    content_rows.AgeRow,
    Registry,
    Kept,
)


def read(written: object) -> Pack:
    return read_pack(written, installed=INSTALLED)[0]


def parts(pack: Pack) -> dict[str, Any]:
    """All that makes a pack, to be held against another's."""
    return {part.name: getattr(pack, part.name) for part in fields(Pack) if part.init}


def test_the_installed_pack_comes_back_the_same() -> None:
    pack, missing = read_pack(PACK, installed=replace(INSTALLED, rows=(), consent_ages={}))
    assert parts(pack) == parts(INSTALLED)
    assert missing == ()
    assert pack_json(pack) == PACK
    assert set(PACK) == {"format", *SECTIONS}


def test_every_part_of_every_row_is_written() -> None:
    rows = (section for section in PACK.values() if isinstance(section, list))
    for kind, section in zip(KINDS, rows, strict=True):
        named = {"window_seconds" if part.name == "window" else part.name for part in fields(kind)}
        assert section and all(set(row) == named for row in section), kind


@pytest.mark.parametrize("section", SECTIONS)
def test_a_section_that_is_not_there_is_as_installed_and_is_told(section: str) -> None:
    pack, missing = read_pack({name: rows for name, rows in PACK.items() if name != section}, installed=INSTALLED)
    assert missing == (section,)
    assert parts(pack) == parts(INSTALLED)


def test_a_file_of_the_first_format_says_hours_and_caps_only() -> None:
    told = {"others": [{"id": "consent.us.text", "kind": "consent"}]}
    pack, missing = read_pack({"format": 1, "hours": [], "caps": PACK["caps"], **told}, installed=INSTALLED)
    assert parts(pack) == parts(INSTALLED) | {"rows": ()}
    assert missing == SECTIONS[2:]
    with pytest.raises(BadPack):
        read({"format": FORMAT, **told})


@given(PACKS)
def test_any_pack_comes_back_the_same(pack: Pack) -> None:
    written = json.loads(json.dumps(pack_json(pack)))
    again = read(written)
    assert parts(again) == parts(pack)
    assert pack_json(again) == written
    assert changed_rows(pack, again) == {}


@given(PACKS, PACKS)
def test_what_is_new_one_way_is_gone_the_other(one: Pack, other: Pack) -> None:
    opposite = {"new": "gone", "gone": "new", "changed": "changed"}
    found = changed_rows(one, other)
    assert changed_rows(other, one) == {name: opposite[change] for name, change in found.items()}
    assert bool(found) == (_sorted(one) != _sorted(other))


def _sorted(pack: Pack) -> list[str]:
    written = pack_json(pack).items()
    return sorted(json.dumps([name, row]) for name, rows in written for row in (rows if isinstance(rows, list) else [rows]))


def row(name: str) -> dict[str, Any]:
    return copy.deepcopy(next(found for found in (*PACK["hours"], *PACK["caps"]) if found["id"] == name))


def pack(**changes: Any) -> dict[str, Any]:
    """A pack of one row of hours and one cap; `changes` are of the row of hours."""
    return {"format": FORMAT, "hours": [row("us.ky") | changes], "caps": [row("fr.voice.cap")]}


CONSENT, AGE, DNC = "consent.us.text", "age.anywhere.alcohol", "registry.us.national_dnc"
TEXTS, KEPT = "retention.message_texts", PACK["retention"][0]


def way() -> dict[str, Any]:
    return dict(PACK["consent"][0]["ways"][0])


def consents(*rows: dict[str, Any]) -> dict[str, Any]:
    """These rows, and those that always hold."""
    return {"format": FORMAT, "consent": [*rows, *(row for row in PACK["consent"] if row["region"] == "*")]}


def agreed(**changes: Any) -> dict[str, Any]:
    return consents(PACK["consent"][0] | changes)


def on_text(section: str, **changes: Any) -> dict[str, Any]:
    return {"format": FORMAT, section: [PACK[section][0] | changes]}


def listing(**changes: Any) -> dict[str, Any]:
    return {"format": FORMAT, "registries": [PACK["registries"][0] | changes]}


def capped(**changes: Any) -> dict[str, Any]:
    return {"format": FORMAT, "hours": [], "caps": [row("fr.voice.cap") | changes]}


DAY = {"hours": ["10:00-21:00"], "code": "time.quiet.us.ky", "also": []}


@pytest.mark.parametrize(
    ("label", "written", "name", "field"),
    [
        ("a list", [], "the pack", ""),
        ("another format", {**pack(), "format": 3}, "the pack", "format"),
        ("a key nobody knows", {**pack(), "rows": []}, "the pack", "rows"),
        ("a format that is true", {**pack(), "format": True}, "the pack", "format"),
        ("hours that are none", {"format": FORMAT, "hours": None}, "the pack", "hours"),
        ("a row that is none", {"format": FORMAT, "hours": [pack()["hours"][0], 7], "caps": []}, "hours 2", ""),
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
            {"format": FORMAT, "hours": [row("us.ky"), row("us.ky") | {"id": "other"}], "caps": []},
            "other",
            "valid_from",
        ),
        ("a limit of less than none", capped(limit=-1), "fr.voice.cap", "limit"),
        ("a limit that is true", capped(limit=True), "fr.voice.cap", "limit"),
        ("a window of nothing", capped(window_seconds=0), "fr.voice.cap", "window"),
        ("counts of something", capped(counts="stars"), "fr.voice.cap", "counts"),
        ("no code", capped(code=None), "fr.voice.cap", "code"),
        ("a zone that is none", capped(zone="Mars/Olympus"), "fr.voice.cap", "zone"),
        ("a window that is a word", capped(window_seconds="day"), "fr.voice.cap", "window_seconds"),
        ("a consent of no kind", agreed(ways=[way() | {"basis": "hearsay"}]), "consent 1", "basis"),
        ("a consent for no months", agreed(ways=[way() | {"months": 0}]), CONSENT, "ways"),
        ("a consent for ever and a day", agreed(ways=[way() | {"months": 1201}]), CONSENT, "ways"),
        ("no code once it is over", agreed(ways=[way() | {"over": ""}]), CONSENT, "ways"),
        ("a way that is none", agreed(ways=[1]), "consent 1", "ways"),
        ("needed, and no way", agreed(ways=[]), CONSENT, "ways"),
        ("not needed, and a way", agreed(needed=False), CONSENT, "ways"),
        ("needed perhaps", agreed(needed="perhaps"), "consent 1", "needed"),
        ("consent in no region", agreed(region="US-ZZ"), "consent.us-zz.text", "region"),
        ("consent by no technology", agreed(technologies=[]), "consent.us.", "technologies"),
        ("consent for a profile that is none", agreed(profile="lax"), "consent 1", "profile"),
        ("consent without a source", agreed(source=""), CONSENT, "source"),
        ("consent twice", consents(PACK["consent"][0], PACK["consent"][0] | {"profile": "strict"}), CONSENT, "valid_from"),
        ("nothing where nobody knows", {"format": FORMAT, "consent": PACK["consent"][:1]}, "consent.anywhere.text", "region"),
        ("an age nobody has", {"format": FORMAT, "consent_ages": {"FR": 121}}, "consent_age.fr", "age"),
        ("an age of a state", {"format": FORMAT, "consent_ages": {"US-KY": 16}}, "consent_age.us-ky", "region"),
        ("an age in words", {"format": FORMAT, "consent_ages": {"FR": "ten"}}, "the pack", "consent_ages"),
        ("ages in a list", {"format": FORMAT, "consent_ages": [16]}, "the pack", "consent_ages"),
        ("business days without end", {"format": FORMAT, "opt_out_days": {"US": 367}}, "opt_out_deadline.us", "business_days"),
        ("an element nobody can find", on_text("content", element="poem"), "content.us.poem", "element"),
        ("a force of none", on_text("content", force="maybe"), "content 1", "force"),
        ("a text nowhere", on_text("content", region="ZZ"), "content.zz.identification", "region"),
        ("for no purpose", on_text("content", purposes=[]), "content.us.identification", "purposes"),
        ("an end before the start", on_text("ages", valid_from="2026-02-01", valid_to="2026-01-01"), AGE, "valid_to"),
        ("an age of less than none", on_text("ages", age=-1), AGE, "age"),
        ("no category", on_text("prohibited", category=""), "prohibited.anywhere.", "category"),
        ("a text's row twice", {"format": FORMAT, "ages": PACK["ages"][:1] * 2}, AGE, "valid_from"),
        ("a registry in no region", listing(regions=["US", "ZZ"]), DNC, "regions"),
        ("a registry of no kind", listing(kind="phone book"), DNC, "kind"),
        ("a registry of less than a day", listing(longest_age=-1), DNC, "longest_age"),
        ("lifted by hearsay", listing(exempt={"hearsay": None}), DNC, "exempt"),
        ("lifted for less than a month", listing(exempt={"express": -1}), DNC, "exempt"),
        ("sure in its own way", listing(confidence="certain"), DNC, "confidence"),
        ("a registry without a name", listing(name=""), "registry.", "name"),
        ("kept for less than the least", {"format": FORMAT, "retention": [KEPT | {"days": 1, "least": 2}]}, TEXTS, "days"),
        ("kept for no day", {"format": FORMAT, "retention": [KEPT | {"least": 0}]}, TEXTS, "least"),
        ("kept, and nobody says what", {"format": FORMAT, "retention": [KEPT | {"what": ""}]}, "retention.", "what"),
        ("kept twice", {"format": FORMAT, "retention": [KEPT, KEPT]}, TEXTS, "what"),
        ("a registry twice", {"format": FORMAT, "registries": PACK["registries"][:1] * 2}, DNC, "name"),
    ],
)
def test_a_pack_that_cannot_be_read_names_the_row_and_the_part(label: str, written: object, name: str, field: str) -> None:
    with pytest.raises(BadPack) as refused:
        read(written)
    assert (refused.value.row, refused.value.field) == (name, field), label


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=12), lambda inner: st.lists(inner, max_size=2), max_leaves=4
)


@given(st.sampled_from(("us.ky", "fr.voice.cap", "us.la", "it.voice")), st.data())
def test_whatever_is_written_in_a_row_is_read_or_refused_by_its_name(name: str, data: st.DataObject) -> None:
    changed = row(name)
    changed[data.draw(st.sampled_from(sorted(changed)))] = data.draw(JSON)
    kind = "caps" if name == "fr.voice.cap" else "hours"
    written = {"format": FORMAT, "hours": [], "caps": []} | {kind: [changed]}
    named = {name, f"{kind} 1", "everywhere", *(changed[part] for part in ("id", "region") if isinstance(changed[part], str))}
    try:
        read(written)
    except BadPack as refused:
        named &= {refused.row}
    assert named


@given(st.sampled_from(SECTIONS[2:]), st.data())
def test_whatever_is_written_in_a_row_of_another_kind_is_read_or_refused_by_its_kind(section: str, data: st.DataObject) -> None:
    rows = copy.deepcopy(PACK[section])
    place = data.draw(st.sampled_from(range(len(rows)) if isinstance(rows, list) else sorted(rows)))
    if isinstance(rows, list) and data.draw(st.booleans()):
        rows[place][data.draw(st.sampled_from(sorted(rows[place])))] = data.draw(JSON)
    else:
        rows[place] = data.draw(JSON)
    kinds = {"ages": "age", "registries": "registry", "consent_ages": "consent_age", "opt_out_days": "opt_out_deadline"}
    named = f"{kinds.get(section, section)}."
    try:
        read({"format": FORMAT, section: rows})
    except BadPack as refused:
        named = refused.row
    assert named.startswith((f"{kinds.get(section, section)}.", f"{section} ", "the pack"))
