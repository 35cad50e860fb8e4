"""Whose link is this? Addresses in a text become short ones, each with a code of its own for each message."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from app.clock import new_id, new_secret_number
from app.domain.errors import InvalidField, NotFound
from app.domain.link_target import BadTarget, LinkTerms, check_target, link_terms, with_utm
from app.domain.links import BLANK_CODE, Spot, UnusableLink, Written, code_of, find_links, with_links, written_links
from app.domain.message import Channel
from app.domain.rich import PLAIN, Content, addresses_in, read_content, with_addresses
from app.storage.database import Row, Transaction
from app.storage.lanes import read_campaign_contents
from app.storage.links import add_codes, campaign_links, ensure_links
from app.usecases.context import Context
from app.usecases.templates import all_texts


@dataclass(frozen=True, slots=True)
class Coded:
    """A code that was put into a text: which link it is for, and where it leads when that is this person's own."""

    code: str
    link_id: UUID
    target: str | None


@dataclass(frozen=True, slots=True)
class Marked:
    """A text with blank links, and which address each of them stands for."""

    text: str
    spots: tuple[Spot, ...] = ()

    @property
    def behind(self) -> str:
        """What its links lead to, to be read with it."""
        return " ".join(spot.address for spot in self.spots)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tracking:
    """The links of one campaign's (or message's) texts. `own` is what every short link begins with, its slash included."""

    own: str
    terms: LinkTerms
    written: tuple[Written, ...] = ()
    ids: Mapping[str, UUID] = field(default_factory=dict)

    def mark(self, text: str) -> Marked:
        """The text as long as it will be, with a blank link for each of its author's addresses.

        It is completed, read and counted in this form, which all who get the same words share. An address that a value made into
        something no link may lead to stays as it is.
        """
        spots = [spot for spot in find_links(text, self.written) if self._leads(spot)]
        if not spots or self._blank in text:
            return Marked(text)
        return Marked(with_links(text, spots, [self._blank] * len(spots)), tuple(spots))

    def fill(self, text: str, marked: Marked) -> tuple[str, tuple[Coded, ...]]:
        """A marked text, perhaps with words around it by now, with a fresh code in each blank; one address has one code."""
        if not marked.spots:
            return text, ()
        pieces = text.split(self._blank)
        found: dict[str, Coded] = {}
        for spot in marked.spots:
            if spot.address not in found:
                written = self.written[spot.place]
                target = with_utm(spot.address, self.terms.utm) if written.is_personal else None
                found[spot.address] = Coded(code_of(new_secret_number()), self.ids[written.label], target)
        for place, spot in enumerate(marked.spots, start=1):
            pieces[place] = f"{self.own}{found[spot.address].code}{pieces[place]}"
        return "".join(pieces), tuple(found.values())

    def fill_content(self, content: Content) -> tuple[Content, tuple[Coded, ...]]:
        """The content with a short link in place of each of its author's addresses that opens with a tap."""
        if not self.written or not addresses_in(content):
            return content, ()
        codes: list[Coded] = []

        def led(address: str) -> str:
            marked = self.mark(address)
            if marked.text != self._blank:  # only a part of it is one: nothing but a text has anything around an address
                return address
            link, own = self.fill(marked.text, marked)
            codes.extend(own)
            return link

        return with_addresses(content, led), tuple(codes)

    def targets(self) -> dict[str, str | None]:
        """Where each link leads, by what it is counted under; None where that is each person's own."""
        return {one.label: None if one.is_personal else with_utm(one.address, self.terms.utm) for one in self.written}

    @property
    def _blank(self) -> str:
        return f"{self.own}{BLANK_CODE}"

    def _leads(self, spot: Spot) -> bool:
        """Whether what a person's values made of an address may be led to; what was written whole was looked at before."""
        if not self.written[spot.place].is_personal:
            return True
        try:
            check_target(with_utm(spot.address, self.terms.utm), allow_http=self.terms.allow_http)
        except BadTarget:
            return False
        return True


NO_LINKS = Tracking(own="", terms=LinkTerms())
"""Texts whose addresses stay as they are written."""


def read_links(
    source: str,
    stored: Mapping[str, Any] | None,
    *,
    content: Content = PLAIN,
    own: str = "",
    pointer: str = "/body/links",
) -> Tracking:
    """How the addresses of a source, and of what goes beside it, are made short; none of them where nothing is stored.

    `own` may be left out where the links are only looked at. Raises InvalidField for an address that cannot be made short.
    """
    if stored is None:
        return NO_LINKS
    terms = link_terms(stored)
    try:
        written = written_links("\n".join((source, *addresses_in(content))), own=own, allow_http=terms.allow_http)
        for one in written:
            if one.whole:
                check_target(with_utm(one.address, terms.utm), allow_http=terms.allow_http)
    except (UnusableLink, BadTarget) as problem:
        raise InvalidField(f"a link cannot be made short. {problem}", pointer=pointer, code="unusable_link") from problem
    return Tracking(own=own, terms=terms, written=written)


async def open_links(
    tx: Transaction, tracking: Tracking, *, workspace_id: UUID, campaign_id: UUID | None, now: datetime
) -> Tracking:
    """The same with a row for each of its links, so that codes can be made."""
    terms = tracking.terms
    rows = [(new_id(), label, target) for label, target in tracking.targets().items()]
    ids = await ensure_links(
        tx, workspace_id=workspace_id, campaign_id=campaign_id, links=rows, conversion_days=terms.conversion_days, now=now
    )
    return replace(tracking, ids=ids)


def for_one(tracking: Tracking) -> Tracking:
    """The links of a text that was written for one person: what they lead to is hers, and they are counted by host."""
    return replace(tracking, written=tuple(replace(one, for_one=True) for one in tracking.written))


_NOT_FOLLOWED = {
    "id": None,
    "clicks": 0,
    "unique_clicks": 0,
    "human_clicks": 0,
    "unique_human_clicks": 0,
    "last_human_click_at": None,
}


async def read_campaign_links(context: Context, *, workspace_id: UUID, campaign_id: UUID) -> list[Row]:
    """A campaign's links with their clicks, in the order of its texts; before anything left they have no id. Raises NotFound."""
    async with context.db.transaction() as tx:
        ways = await read_campaign_contents(tx, workspace_id=workspace_id, campaign_id=campaign_id, channel=None)
        if not ways:
            raise NotFound("no such campaign", pointer="/path/campaign_id")
        kept = {link["written"]: link for link in await campaign_links(tx, workspace_id=workspace_id, campaign_id=campaign_id)}
    targets: dict[str, str | None] = {}
    for row in ways:
        if row["channel"] == Channel.VOICE:
            continue
        content = read_content(row["content"])
        texts = all_texts(row["template"], row["locales"])
        targets |= read_links(texts, row["links"], content=content, own=context.settings.links_begin).targets()
    return [kept.get(label) or {**_NOT_FOLLOWED, "written": label, "target": target} for label, target in targets.items()]


async def keep_codes(
    tx: Transaction, tracking: Tracking, *, workspace_id: UUID, codes: Sequence[tuple[UUID, Coded]], now: datetime
) -> None:
    """Write the codes put into these messages' texts."""
    await add_codes(
        tx,
        workspace_id=workspace_id,
        codes=[(coded.code, coded.link_id, message_id, coded.target) for message_id, coded in codes],
        expires_at=now + timedelta(days=tracking.terms.expire_days),
    )
