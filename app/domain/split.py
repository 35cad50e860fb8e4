"""Who gets which text of a campaign, and who gets none? A number's place is a hash: the same in every preview, launch and repeat.

The same key gives the same places, so campaigns that share one hold the same people out; without one a campaign has its own.
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from itertools import accumulate
from typing import Any
from uuid import UUID

from app.domain.decision import Decision, Objection, Verdict

MOST_VARIANTS = 20
HELD_OUT = "campaign.holdout"
_OURS = "the campaign's own settings"


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """One text of a campaign, and its share of those who are not held out against the others' shares."""

    name: str
    template_id: UUID
    template_version: int | None = None
    weight: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """How a campaign's members are divided. `holdout` is the part of all (0 to 1) that gets nothing, to be compared with."""

    variants: tuple[Variant, ...] = ()
    holdout: float = 0.0
    key: str = ""

    def of(self, campaign_id: UUID, phone: str) -> str | None:
        """The name of the variant of this number, "" where there is one text for all, None for those held out."""
        if not self.variants and not self.holdout:
            return ""
        place = place_of(self.key or str(campaign_id), phone)
        if place < self.holdout:
            return None
        if not self.variants:
            return ""
        bounds = list(accumulate(variant.weight for variant in self.variants))
        drawn = (place - self.holdout) / (1.0 - self.holdout) * bounds[-1]
        return self.variants[min(bisect_right(bounds, drawn), len(bounds) - 1)].name


def place_of(key: str, phone: str) -> float:
    """A number's place between 0 and 1 (exclusive) under a key."""
    digest = blake2b(phone.encode(), digest_size=8, key=blake2b(key.encode(), digest_size=32).digest()).digest()
    return int.from_bytes(digest) / 2.0**64


def held_out() -> Decision:
    """The decision for a member of the holdout group: never, and why."""
    detail = "in the holdout group: compared with those who get the message"
    return Decision(Verdict.NEVER, None, (Objection(HELD_OUT, _OURS, detail),))


def split_json(split: Split) -> dict[str, Any] | None:
    """A split as it is stored; None when everyone gets the same."""
    if not split.variants and not split.holdout:
        return None
    variants = [
        {
            "name": variant.name,
            "template_id": str(variant.template_id),
            "template_version": variant.template_version,
            "weight": variant.weight,
        }
        for variant in split.variants
    ]
    return {"variants": variants, "holdout": split.holdout, "key": split.key}


def read_split(stored: Mapping[str, Any] | None) -> Split:
    """A stored split as a value."""
    if not stored:
        return Split()
    return Split(variants=_variants(stored["variants"]), holdout=stored["holdout"], key=stored["key"])


def _variants(stored: Sequence[Mapping[str, Any]]) -> tuple[Variant, ...]:
    return tuple(
        Variant(
            name=one["name"],
            template_id=UUID(one["template_id"]),
            template_version=one["template_version"],
            weight=one["weight"],
        )
        for one in stored
    )
