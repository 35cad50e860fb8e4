"""What would a text come to for the people there are? Rendered for some contacts: its parts, and the values they lack."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any
from uuid import UUID

from app.domain.longest_values import LongestValues
from app.domain.near_names import nearest
from app.domain.parts import count_parts, foreign_in
from app.domain.plain_letters import plainly
from app.domain.template import OutputTooLong, Template
from app.storage.contacts import sample_contacts
from app.storage.database import Transaction
from app.usecases.context import Context
from app.usecases.merge_values import OPT_OUT_LINK, values_for
from app.usecases.opt_out_link import blank_link

SAMPLED = 500
_MOST_FOREIGN = 20
_MOST_LOCALES = 20
_MOST_NAMES = 500  # compared with, the most frequent
_MOST_MEANT = 20  # unknown names a nearest one is looked for
_SLICE = 10  # renderings between two looks at what else the process has to do
_GIVEN = frozenset({"phone", "locale", OPT_OUT_LINK})  # known of everybody, or made for them


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldSeen:
    """A value a text asks for, among the contacts sampled: how many hold it, and its longest text there."""

    name: str
    has_default: bool
    held_by: int
    longest: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampled:
    """A text among `sampled` contacts. `incomplete` ones lack a value there must be, `too_long` ones get more than carriers take.

    `typical` (the lower median) and `worst` are parts. The worst is that of the longest value of each field together, or of
    one that forces UCS-2 among them, where no one contact's own text is longer; 0 where nobody gets a text.
    `ucs2` would get it in UCS-2, by the `foreign` characters, each with how many have it.
    `meant` is the nearest name somebody has, by the unknown one.
    """

    sampled: int
    fields: tuple[FieldSeen, ...]
    incomplete: int
    too_long: int
    typical: int
    worst: int
    ucs2: int
    foreign: tuple[tuple[str, int], ...]
    meant: Mapping[str, str]

    @property
    def unknown_fields(self) -> tuple[str, ...]:
        """Names nobody sampled has anything under: written wrongly, perhaps."""
        return tuple(seen.name for seen in self.fields if self.sampled and not seen.held_by and seen.name not in _GIVEN)


async def sample_text(tx: Transaction, context: Context, template: Template, *, workspace_id: UUID, plain: bool) -> Sampled:
    """Render a template for some contacts. `plain` writes typographic signs plainly, as an SMS of the workspace would."""
    rows = await sample_contacts(tx, workspace_id=workspace_id, limit=SAMPLED)
    sizes: list[int] = []
    trouble: Counter[str] = Counter()
    seen = LongestValues((one.name for one in template.fields), plain=plain)
    locales: Counter[str | None] = Counter()
    names: Counter[str] = Counter()
    foreign: Counter[str] = Counter()
    ucs2 = worst = 0
    for place, row in enumerate(rows):
        if place % _SLICE == 0:
            await asyncio.sleep(0)
        values = values_for(row, opt_out=lambda _: blank_link(context))
        seen.see(values)
        locales[row["locale"]] += 1
        names.update(_names(values))
        text, why = _text(template, values, plain=plain)
        trouble[why] += 1
        if not why:
            lacking = {character for _, character in foreign_in(text)}
            ucs2 += bool(lacking)
            foreign.update(lacking)
            sizes.append(count_parts(text).parts)
    for locale, _ in locales.most_common(_MOST_LOCALES):
        for together in seen.together():
            text, _ = _text(template, {OPT_OUT_LINK: blank_link(context), **together, "locale": locale}, plain=plain)
            worst = max(worst, count_parts(text).parts)
    sizes.sort()
    return Sampled(
        sampled=len(rows),
        fields=tuple(
            FieldSeen(name=one.name, has_default=one.has_default, held_by=seen.held_by(one.name), longest=seen.longest(one.name))
            for one in template.fields
        ),
        incomplete=trouble["incomplete"],
        too_long=trouble["too_long"],
        typical=sizes[(len(sizes) - 1) // 2] if sizes else 0,
        worst=max([worst, *sizes[-1:]]),
        ucs2=ucs2,
        foreign=tuple(foreign.most_common(_MOST_FOREIGN)),
        meant=await _meant((one.name for one in template.fields if rows and not seen.held_by(one.name)), names),
    )


async def _meant(unknown: Iterable[str], names: Counter[str]) -> dict[str, str]:
    known = [name for name, _ in names.most_common(_MOST_NAMES)]
    meant: dict[str, str] = {}
    for name in islice((name for name in unknown if name not in _GIVEN), _MOST_MEANT):
        await asyncio.sleep(0)
        near = nearest(name, known)
        if near is not None:
            meant[name] = near
    return meant


def _names(values: Mapping[str, Any]) -> Iterable[str]:
    """What a text may call a contact's values: their names, and names within them."""
    for name, value in values.items():
        yield name
        if isinstance(value, Mapping):
            yield from (f"{name}.{inner}" for inner in value)


def _text(template: Template, values: Mapping[str, Any], *, plain: bool) -> tuple[str, str]:
    """The text for these values; or none, and why."""
    try:
        text, missing = template.render_marked(values)
    except OutputTooLong:
        return "", "too_long"
    if missing:
        return "", "incomplete"
    return (plainly(text) if plain else text), ""
