"""Which rows are not the same in two packs? Each by its name, with what became of it; an order of rows is no difference."""

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Literal

from app.domain.book import Pack
from app.domain.row_names import Row, row_name

Change = Literal["new", "changed", "gone"]


def changed_rows(before: Pack, after: Pack) -> dict[str, Change]:
    """What became of every row that is in one of the packs only, by its name, in order of the names.

    Rows that share a name (by their dates or profiles) are told together: where one is in each pack only, it was changed.
    """
    old, new = _rows(before), _rows(after)
    found: dict[str, Change] = {}
    for name in sorted(old.keys() | new.keys()):
        were, are = old.get(name, []), new.get(name, [])
        gone, come = any(row not in are for row in were), any(row not in were for row in are)
        if gone or come:
            found[name] = "changed" if gone and come else "new" if come else "gone"
    return found


def _rows(pack: Pack) -> Mapping[str, list[object]]:
    found: dict[str, list[object]] = {}
    kinds: tuple[Sequence[Row], ...] = (
        pack.rows,
        pack.caps,
        pack.consent,
        pack.content,
        pack.prohibited,
        pack.ages,
        pack.registries,
        pack.retention,
    )
    for row in chain.from_iterable(kinds):
        found.setdefault(row_name(row), []).append(row)
    for kind, numbers in (("consent_age", pack.consent_ages), ("opt_out_deadline", pack.opt_out_days)):
        for region, number in numbers.items():
            found[f"{kind}.{region.lower()}"] = [number]
    return found
