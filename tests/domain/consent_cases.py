"""What is asked in the worked cases of consent? Facts by their names, the verdict, and the codes that must be told."""

from datetime import date, datetime
from typing import Any

from app.domain.evidence import lacks
from app.domain.facts import ConsentBasis, ConsentFacts, ConsentState, Facts, Ground, Market, Place, Technology
from app.domain.message import Channel, Purpose
from tests.domain.given import NEW_YORK, NOON, at, make_facts

_B, _S = ConsentBasis, ConsentState
TORONTO, PARIS, BERLIN, MADRID, LONDON = "+14165550142", "+33612345678", "+4915123456789", "+34612345678", "+447400123456"
SEOUL, SAN_JUAN = "+821012345678", "+17875550142"
TEN = at("2026-11-23T10:00")  # a Monday morning in Europe
_KST_NOON = at("2026-11-23T03:00")
STATUTORY = Market(profile="statutory")


def agreed(basis: ConsentBasis = _B.EXPRESS_WRITTEN, since: str = "2026-10-01T12:00", **more: Any) -> ConsentFacts:
    flags = frozenset(more.pop("flags", ()))
    return ConsentFacts(**{"state": _S.GIVEN, "since": at(since), "basis": basis, "flags": flags, **more})


def asked(now: datetime, phone: str, *consents: ConsentFacts, **fields: Any) -> Facts:
    return make_facts(now, phone=phone, consents=consents, **fields)


def _call(technology: Technology = Technology.RECORDED) -> dict[str, Any]:
    return {"channel": Channel.VOICE, "technology": technology}


_LIVE = _call(Technology.LIVE)

# Name, facts, the verdict, and the codes that must be told (first of a never, lifted of an allow).
CASES: list[tuple[str, Facts, str, list[str]]] = [
    ("P001 no record", asked(NOON, NEW_YORK), "never", ["consent.missing"]),
    ("P001' complete", asked(NOON, NEW_YORK, agreed()), "allow", []),
    (
        "P003 shipped, at night",
        asked(at("2026-11-24T04:00"), NEW_YORK, purpose=Purpose.TRANSACTIONAL),
        "allow",
        ["purpose.transactional_exempt"],
    ),
    (
        "P005 not required to buy is missing",
        asked(NOON, NEW_YORK, agreed(flags=[lacks("not_a_condition")])),
        "never",
        ["consent.evidence_incomplete"],
    ),
    ("P007 another brand", asked(NOON, NEW_YORK, agreed(brand="A"), brand="B"), "never", ["consent.scope_brand"]),
    ("P007' its own brand", asked(NOON, NEW_YORK, agreed(brand="A"), brand="A"), "allow", []),
    ("P007'' any brand", asked(NOON, NEW_YORK, agreed(), brand="B"), "allow", []),
    ("a brand's, asked for none", asked(NOON, NEW_YORK, agreed(brand="A")), "never", ["consent.scope_brand"]),
    ("another topic", asked(NOON, NEW_YORK, agreed(topic="news"), topic="sale"), "never", ["consent.scope_topic"]),
    ("a topic of the whole", asked(NOON, NEW_YORK, agreed(), topic="sale"), "allow", []),
    ("P009 the text family", asked(NOON, NEW_YORK, agreed(channel=Channel.SMS), channel=Channel.MMS), "allow", []),
    (
        "P009' a disclosure of SMS alone",
        asked(NOON, NEW_YORK, agreed(channel=Channel.SMS, flags=["own_channel"]), channel=Channel.RCS),
        "never",
        ["consent.scope_channel"],
    ),
    (
        "agreed to texts, called",
        asked(NOON, NEW_YORK, agreed(channel=Channel.SMS), **_call()),
        "never",
        ["consent.scope_channel"],
    ),
    (
        "P011 a second request",
        asked(NOON, NEW_YORK, agreed(state=_S.PENDING), ground=Ground.CONSENT_REQUEST),
        "never",
        ["consent.double_opt_in_request_once"],
    ),
    ("P011' the first", asked(NOON, NEW_YORK, ground=Ground.CONSENT_REQUEST), "allow", []),
    (
        "P011'' after the first one's life",
        asked(NOON, NEW_YORK, agreed(state=_S.PENDING, expires_at=NOON), ground=Ground.CONSENT_REQUEST),
        "allow",
        [],
    ),
    (
        "P013 yes please",
        asked(NOON, NEW_YORK, agreed(flags=["double_opt_in"])),
        "allow",
        ["consent.double_opt_in_confirmed"],
    ),
    ("P015 answered no", asked(NOON, NEW_YORK, agreed(state=_S.DECLINED)), "never", ["consent.declined"]),
    (
        "P015' asked again after no",
        asked(NOON, NEW_YORK, agreed(state=_S.DECLINED), ground=Ground.CONSENT_REQUEST),
        "never",
        ["consent.declined"],
    ),
    (
        "P053 an artificial voice on spoken consent",
        asked(NOON, NEW_YORK, agreed(_B.EXPRESS_ORAL), **_call(Technology.AI_VOICE)),
        "never",
        ["consent.kind_insufficient"],
    ),
    ("P053' a recording, written", asked(NOON, NEW_YORK, agreed(), **_call()), "allow", []),
    ("P053'' nothing at all", asked(NOON, NEW_YORK, **_call()), "never", ["consent.missing"]),
    ("P059 bought 22 months ago", asked(NOON, TORONTO, agreed(_B.IMPLIED_PURCHASE, "2025-01-10T15:00")), "allow", []),
    (
        "P061 a purchase on a leap day, its last day",
        asked(at("2026-02-28T17:00"), TORONTO, agreed(_B.IMPLIED_PURCHASE, "2024-02-29T15:00")),
        "allow",
        [],
    ),
    (
        "P061 a purchase on a leap day, a day later",
        asked(at("2026-03-01T17:00"), TORONTO, agreed(_B.IMPLIED_PURCHASE, "2024-02-29T15:00")),
        "never",
        ["consent.implied_expired"],
    ),
    ("asked six months ago", asked(NOON, TORONTO, agreed(_B.IMPLIED_INQUIRY, "2026-05-23T15:00")), "allow", []),
    (
        "asked six months and a day ago",
        asked(NOON, TORONTO, agreed(_B.IMPLIED_INQUIRY, "2026-05-22T15:00")),
        "never",
        ["consent.implied_expired"],
    ),
    ("gave to a charity", asked(NOON, TORONTO, agreed(_B.IMPLIED_NON_BUSINESS, "2025-01-10T15:00")), "allow", []),
    ("a contract that runs", asked(NOON, TORONTO, agreed(_B.CONTRACT, "2019-01-10T15:00")), "allow", []),
    (
        "a contract that ended a year ago",
        asked(NOON, TORONTO, agreed(_B.CONTRACT, "2019-01-10T15:00", expires_at=at("2025-11-30T00:00"))),
        "allow",
        [],
    ),
    (
        "a contract that ended three years ago",
        asked(NOON, TORONTO, agreed(_B.CONTRACT, "2019-01-10T15:00", expires_at=at("2023-11-30T00:00"))),
        "never",
        ["consent.implied_expired"],
    ),
    ("P063 express, ten years old", asked(NOON, TORONTO, agreed(_B.EXPRESS, "2016-05-01T12:00")), "allow", []),
    ("P067 a receipt", asked(NOON, TORONTO, purpose=Purpose.TRANSACTIONAL), "allow", ["purpose.transactional_exempt"]),
    (
        "P069 a recording to a customer of last month",
        asked(NOON, TORONTO, agreed(_B.IMPLIED_PURCHASE, "2026-10-20T12:00"), **_call()),
        "never",
        ["consent.kind_insufficient"],
    ),
    ("P069' with express consent", asked(NOON, TORONTO, agreed(_B.EXPRESS), **_call()), "allow", []),
    ("P071' own similar goods", asked(TEN, LONDON, agreed(_B.SOFT_OPT_IN)), "allow", []),
    ("P071 a partner's", asked(TEN, LONDON, agreed(_B.SOFT_OPT_IN, flags=["partner"])), "never", ["consent.soft_opt_in_scope"]),
    (
        "P071 of another brand",
        asked(TEN, LONDON, agreed(_B.SOFT_OPT_IN, brand="Shoes"), brand="Insurance"),
        "never",
        ["consent.soft_opt_in_scope"],
    ),
    (
        "P071 about other goods",
        asked(TEN, LONDON, agreed(_B.SOFT_OPT_IN, topic="shoes"), topic="insurance"),
        "never",
        ["consent.soft_opt_in_scope"],
    ),
    (
        "P073 no chance to object",
        asked(TEN, BERLIN, agreed(_B.SOFT_OPT_IN, flags=["no_notice"])),
        "never",
        ["consent.soft_opt_in_notice"],
    ),
    ("P073 a sale and nothing more", asked(TEN, BERLIN, agreed(_B.IMPLIED_PURCHASE)), "never", ["consent.soft_opt_in_notice"]),
    (
        "a soft opt-in is nothing to a US carrier",
        asked(NOON, NEW_YORK, agreed(_B.SOFT_OPT_IN)),
        "never",
        ["consent.kind_insufficient"],
    ),
    (
        "P075 pending for three days",
        asked(TEN, BERLIN, agreed(_B.EXPRESS, "2026-11-20T10:00", state=_S.PENDING, expires_at=TEN)),
        "never",
        ["consent.pending_double_opt_in"],
    ),
    ("P079 a running contract", asked(TEN, PARIS, agreed(_B.CONTRACT, "2026-01-10T10:00"), **_call()), "allow", []),
    ("P079' live", asked(TEN, PARIS, agreed(_B.CONTRACT, "2026-01-10T10:00"), **_LIVE), "allow", []),
    (
        "P079'' a contract that is over",
        asked(TEN, PARIS, agreed(_B.CONTRACT, expires_at=at("2026-11-01T00:00")), **_LIVE),
        "never",
        ["consent.expired"],
    ),
    ("FR, live, nobody asked", asked(TEN, PARIS, **_LIVE), "never", ["consent.missing"]),
    (
        "FR, live, before the opt-in law, by the letter",
        asked(at("2026-06-22T09:00"), PARIS, **_LIVE, market=STATUTORY),
        "allow",
        [],
    ),
    ("FR, live, before the opt-in law, strict", asked(at("2026-06-22T09:00"), PARIS, **_LIVE), "never", ["consent.missing"]),
    (
        "FR, live, the first day of the opt-in law, by the letter",
        asked(at("2026-08-11T09:00"), PARIS, **_LIVE, market=STATUTORY),
        "never",
        ["consent.missing"],
    ),
    (
        "P083 25 months old",
        asked(TEN, MADRID, agreed(_B.EXPRESS, "2024-10-20T10:00"), **_call()),
        "never",
        ["consent.es.expired_24m"],
    ),
    ("P083' 23 months old", asked(TEN, MADRID, agreed(_B.EXPRESS, "2024-12-20T10:00"), **_call()), "allow", []),
    ("P083'' texts need no renewal", asked(TEN, MADRID, agreed(_B.EXPRESS, "2020-12-20T10:00")), "allow", []),
    (
        "before Ley 10/2025",
        asked(at("2025-11-24T10:00"), MADRID, agreed(_B.EXPRESS, "2020-10-20T10:00"), **_call()),
        "allow",
        [],
    ),
    (
        "P085' a charity's supporter of this spring",
        asked(TEN, LONDON, agreed(_B.SOFT_OPT_IN, "2026-03-01T10:00", flags=["charity"])),
        "allow",
        [],
    ),
    (
        "P085 collected in 2025",
        asked(TEN, LONDON, agreed(_B.SOFT_OPT_IN, "2025-06-01T10:00", flags=["charity"])),
        "never",
        ["consent.soft_opt_in_not_retroactive"],
    ),
    (
        "P085 a donor of 2025",
        asked(TEN, LONDON, agreed(_B.IMPLIED_NON_BUSINESS, "2025-06-01T10:00")),
        "never",
        ["consent.soft_opt_in_not_retroactive"],
    ),
    ("a customer of 2025", asked(TEN, LONDON, agreed(_B.SOFT_OPT_IN, "2025-06-01T10:00")), "allow", []),
    (
        "collected before the sale",
        asked(TEN, LONDON, agreed(_B.SOFT_OPT_IN, flags=["collected_before_relationship"])),
        "never",
        ["consent.soft_opt_in_not_retroactive"],
    ),
    ("P087 fifteen in Germany", asked(TEN, BERLIN, agreed(), birth_date=date(2011, 6, 1)), "never", ["consent.minor"]),
    ("fifteen in France", asked(TEN, PARIS, agreed(), birth_date=date(2011, 6, 1)), "allow", []),
    (
        "fifteen, a French number, living in Germany",
        asked(TEN, PARIS, agreed(), birth_date=date(2011, 6, 1), places=(Place("DE", ("Europe/Berlin",)),)),
        "never",
        ["consent.minor"],
    ),
    (
        "fifteen, and a parent agreed",
        asked(TEN, BERLIN, agreed(flags=["parental"]), birth_date=date(2011, 6, 1)),
        "allow",
        [],
    ),
    ("sixteen today", asked(TEN, BERLIN, agreed(), birth_date=date(2010, 11, 23)), "allow", []),
    ("sixteen tomorrow", asked(TEN, BERLIN, agreed(), birth_date=date(2010, 11, 24)), "never", ["consent.minor"]),
    (
        "P091 25 months old",
        asked(_KST_NOON, SEOUL, agreed(_B.EXPRESS, "2024-10-20T10:00")),
        "never",
        ["consent.kr.reconfirm_24m"],
    ),
    ("P091' 23 months old", asked(_KST_NOON, SEOUL, agreed(_B.EXPRESS, "2024-12-20T10:00")), "allow", []),
    ("KR, bought five months ago", asked(_KST_NOON, SEOUL, agreed(_B.IMPLIED_PURCHASE, "2026-06-24T10:00")), "allow", []),
    (
        "KR, bought seven months ago",
        asked(_KST_NOON, SEOUL, agreed(_B.IMPLIED_PURCHASE, "2026-04-22T10:00")),
        "never",
        ["consent.implied_expired"],
    ),
    ("an import is no written consent", asked(NOON, NEW_YORK, agreed(_B.EXPRESS)), "never", ["consent.kind_insufficient"]),
    (
        "two kinds, and the one that will do does",
        asked(NOON, NEW_YORK, agreed(_B.EXPRESS), agreed()),
        "allow",
        [],
    ),
    (
        "the nearest one speaks",
        asked(NOON, NEW_YORK, agreed(_B.EXPRESS), agreed(brand="B"), agreed(flags=[lacks("seller")])),
        "never",
        ["consent.evidence_incomplete"],
    ),
    (
        "an older yes of another kind does not outlive a newer no",
        asked(NOON, TORONTO, agreed(state=_S.REVOKED, since="2026-11-01T12:00"), agreed(_B.EXPRESS, "2026-10-01T12:00")),
        "never",
        ["consent.revoked"],
    ),
    (
        "a newer yes of another kind does",
        asked(NOON, TORONTO, agreed(state=_S.REVOKED, since="2026-11-01T12:00"), agreed(_B.EXPRESS, "2026-11-02T12:00")),
        "allow",
        [],
    ),
    (
        "a no to calls leaves texts alone",
        asked(NOON, NEW_YORK, agreed(), agreed(state=_S.REVOKED, since="2026-11-01T12:00", channel=Channel.VOICE)),
        "allow",
        [],
    ),
    (
        "a no to MMS alone binds MMS",
        asked(
            NOON,
            NEW_YORK,
            agreed(channel=Channel.SMS),
            agreed(state=_S.REVOKED, since="2026-11-01T12:00", channel=Channel.MMS),
            channel=Channel.MMS,
        ),
        "never",
        ["consent.revoked"],
    ),
    (
        "who said no is not called live either",
        asked(NOON, NEW_YORK, agreed(state=_S.REVOKED, channel=Channel.VOICE), **_LIVE),
        "never",
        ["consent.revoked"],
    ),
    (
        "CT wants it in writing for live calls too",
        asked(NOON, NEW_YORK, agreed(_B.EXPRESS), places=(Place("US-CT", ()),), **_LIVE),
        "never",
        ["consent.kind_insufficient"],
    ),
    ("Puerto Rico is under federal law", asked(NOON, SAN_JUAN, agreed(_B.EXPRESS)), "never", ["consent.kind_insufficient"]),
    (
        "a Canadian number, living in New York",
        asked(NOON, TORONTO, agreed(_B.IMPLIED_PURCHASE), places=(Place("US-NY", ("America/New_York",)),)),
        "never",
        ["consent.kind_insufficient"],
    ),
]
