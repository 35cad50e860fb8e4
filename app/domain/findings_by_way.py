"""What does an audience add up to on each of a campaign's ways? One count a way, and why members went on from one to the next."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from app.domain.findings import SAMPLES_A_RULE, SHOWN, Findings, Objected

_COUNTED = (
    *("verdicts", "closes", "held", "awaits", "missing", "without"),
    *("advised", "selling", "text", "sizes", "messages", "parts"),
)


class FindingsByWay:
    """Counts of `ways` ways: each member is counted on the way it would go or stay on.

    `passed_on` has the reasons why members were refused on a way that had another after it.
    """

    def __init__(self, ways: int = 1) -> None:
        self.of: list[Findings] = [Findings() for _ in range(ways)]
        self.passed_on: list[Counter[str]] = [Counter() for _ in range(ways)]

    @property
    def members(self) -> int:
        """Everybody counted so far."""
        return sum(found.members for found in self.of)

    def as_json(self) -> dict[str, Any]:
        """Everything, to be kept between chunks."""
        return {"ways": [found.as_json() for found in self.of], "passed_on": self.passed_on}

    @classmethod
    def from_json(cls, kept: Mapping[str, Any], *, ways: int) -> "FindingsByWay":
        """What `as_json` gave; a new count of nothing. One kept before there were ways is that of the first."""
        made = cls(ways)
        for place, found in enumerate(kept.get("ways", [kept])):
            made.of[place] = Findings.from_json(found)
        for place, reasons in enumerate(kept.get("passed_on", ())):
            made.passed_on[place] = Counter(reasons)
        return made

    def whole(self) -> Findings:
        """All ways together, but for their backlogs: what is counted is added, of what is shown the first ways come first."""
        if len(self.of) == 1:
            return self.of[0]
        whole = Findings(members=self.members, waits=_ends(self.of))
        for found in self.of:
            for name in _COUNTED:
                getattr(whole, name).update(getattr(found, name))
            whole.shown = [*whole.shown, *found.shown][:SHOWN]
            for rule, row in found.objections.items():
                kept = whole.objections.setdefault(rule, Objected(row.source))
                kept.members += row.members
                kept.samples = [*kept.samples, *row.samples][:SAMPLES_A_RULE]
            for hour, (members, parts) in found.hours.items():
                counted = whole.hours.setdefault(hour, [0, 0])
                whole.hours[hour] = [counted[0] + members, counted[1] + parts]
        return whole


def _ends(found: Sequence[Findings]) -> list[str]:
    waits = [one.waits for one in found if one.waits]
    return [min(first for first, _ in waits), max(last for _, last in waits)] if waits else []
