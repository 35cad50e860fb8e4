"""Which worked cases does every lawyer ask about? Their names, what is given, and the answer, as questions to /v1/decisions.

Instants are UTC. `rules` of a wait are all that moved its instant; of a never the first that stands for good; of an allow those
that lifted something. What is not given is the default: complete written consent, a marketing text, nothing else known.
"""

from dataclasses import dataclass, field
from typing import Any

WRITTEN = {"kind": "express_written", "since": "2026-01-05T12:00:00Z"}
NIGHT_TOO = {"kind": "express", "since": "2026-10-01T12:00:00Z", "flags": ["night"]}
STOP = {"reason": "opt_out", "method": "keyword", "via": "text", "answered": "marketing"}
NOON = "2026-11-23T17:00Z"


@dataclass(frozen=True, slots=True)
class Case:
    """One worked case: `ask` are fields of the question, `assume` of its assumed facts."""

    name: str
    to: str
    at: str
    verdict: str
    until: str | None = None
    rules: tuple[str, ...] = ()
    ask: dict[str, Any] = field(default_factory=dict)
    assume: dict[str, Any] = field(default_factory=dict)

    def question(self) -> dict[str, Any]:
        """The body of the request."""
        return {
            "to": self.to,
            "at": self.at.replace("Z", ":00Z"),
            "channel": "sms",
            "purpose": "marketing",
            **self.ask,
            "assume": {"consents": [WRITTEN], **self.assume},
        }


def _voice(**ask: Any) -> dict[str, Any]:
    return {"channel": "voice", "technology": "recorded", **ask}


LIVE = _voice(technology="live")
EXPRESS = {"consents": [{"kind": "express", "since": "2026-10-01T12:00:00Z"}]}
SEVERAL = "time.multi_tz_intersection"
FEDERAL = "time.quiet.us.federal"


def _sends(*instants: str) -> list[dict[str, str]]:
    return [{"at": instant.replace("Z", ":00Z")} for instant in instants]


def _wait(name: str, to: str, at: str, until: str | None, *rules: str, **more: Any) -> Case:
    return Case(name, to, at, "wait", until, rules, more.pop("ask", {}), more)


def _never(name: str, to: str, at: str, rule: str, **more: Any) -> Case:
    return Case(name, to, at, "never", None, (rule,), more.pop("ask", {}), more)


def _allow(name: str, to: str, at: str, *rules: str, **more: Any) -> Case:
    return Case(name, to, at, "allow", None, rules, more.pop("ask", {}), more)


HOURS: tuple[Case, ...] = (
    _allow("D01", "+12125550142", "2026-11-23T17:00Z"),
    _wait("D03", "+12125550142", "2026-11-24T02:00Z", "2026-11-24T13:00Z", FEDERAL),
    _allow("D05", "+12125550142", "2026-11-24T13:00Z"),
    _wait("D07", "+13055550142", "2026-11-24T01:00Z", "2026-11-24T13:00Z", "time.quiet.us.fl"),
    _wait("D09", "+18505550142", "2026-11-24T01:15Z", "2026-11-24T14:00Z", SEVERAL, "time.quiet.us.fl"),
    _wait(
        "D11",
        "+12125550142",
        "2026-11-24T02:30Z",
        "2026-11-24T16:00Z",
        SEVERAL,
        FEDERAL,
        places=[{"region": "US-CA", "zones": ["America/Los_Angeles"], "strength": "verified"}],
    ),
    _wait("D13", "+15125550142", "2026-11-23T14:30Z", "2026-11-23T15:00Z", "time.quiet.us.tx"),
    _wait("D15", "+15125550142", "2026-11-23T03:00Z", "2026-11-23T15:00Z", "time.quiet.us.tx"),
    _wait("D17", "+15045550142", "2026-11-22T02:30Z", "2026-11-23T14:00Z", "time.quiet.us.la", "time.sunday.us.la"),
    _wait("D19", "+12055550142", "2026-11-26T02:30Z", "2026-11-27T14:00Z", "time.quiet.us.al", "time.holiday.us.al"),
    _allow("D21", "+18015550142", "2026-11-22T19:00Z"),
    _wait("D23", "+14015550142", "2026-11-20T23:00Z", "2026-11-21T15:00Z", "time.quiet.us.ri"),
    _wait(
        "D25",
        "+14015550142",
        "2026-10-10T21:30Z",
        "2026-10-13T13:00Z",
        "time.quiet.us.ri",
        "time.sunday.us.ri",
        "time.holiday.us.ri",
    ),
    _wait("D27", "+16015550142", "2026-11-22T18:00Z", "2026-11-23T14:00Z", "time.sunday.us.ms"),
    _wait("D29", "+15415550142", "2026-11-24T03:30Z", "2026-11-24T16:00Z", SEVERAL, "time.quiet.us.or"),
    _wait("D31", "+16715550142", "2026-11-23T11:30Z", "2026-11-23T22:00Z", FEDERAL),
    _wait("D33", "+19285550142", "2026-07-15T14:30Z", "2026-07-15T15:00Z", SEVERAL, FEDERAL),
    _wait("D35", "+12125550142", "2026-03-08T03:00Z", "2026-03-08T12:00Z", FEDERAL),
    _wait("D37", "+12125550142", "2026-03-08T07:30Z", "2026-03-08T12:00Z", FEDERAL),
    _wait(
        "D39",
        "+16045550142",
        "2026-11-24T04:45Z",
        "2026-11-24T16:00Z",
        "time.quiet.ca.telemarketing",
        ask=_voice(),
        **EXPRESS,
    ),
    _wait(
        "D41",
        "+12045550142",
        "2026-11-24T02:45Z",
        "2026-11-24T14:00Z",
        "time.quiet.ca.telemarketing",
        ask=_voice(),
        **EXPRESS,
    ),
    _wait(
        "D43",
        "+17095550142",
        "2026-11-23T12:45Z",
        "2026-11-23T13:00Z",
        SEVERAL,
        "time.quiet.ca.telemarketing",
        ask=_voice(),
        **EXPRESS,
    ),
    _wait("D45", "+33612345678", "2026-11-21T21:30Z", "2026-11-23T07:00Z", "time.quiet.fr.sms", "time.sunday.fr.sms"),
    _wait(
        "D47",
        "+33612345678",
        "2026-12-26T09:00Z",
        "2026-12-28T07:00Z",
        "time.holiday.fr.alsace_moselle",
        "time.sunday.fr.sms",
        places=[{"region": "FR-57", "zones": ["Europe/Paris"]}],
    ),
    _wait(
        "D49",
        "+33123456789",
        "2026-11-20T19:00Z",
        "2026-11-23T09:00Z",
        "time.quiet.fr.voice",
        "time.weekend.fr.voice",
        ask=_voice(),
    ),
    _wait("D51", "+34612345678", "2026-11-21T11:00Z", "2026-11-23T09:00Z", "time.weekend.es.voice", ask=_voice()),
    _wait("D53", "+447400123456", "2026-10-25T01:30Z", "2026-10-26T08:00Z", "time.policy.gb"),
    _wait("D55", "+27821234567", "2026-11-21T11:00Z", "2026-11-23T06:00Z", "time.quiet.za.saturday", "time.sunday.za"),
    _wait(
        "D57",
        "+61412345678",
        "2026-11-23T00:30Z",
        "2026-11-23T01:00Z",
        SEVERAL,
        "time.quiet.au.voice",
        ask=_voice(),
    ),
    _wait("D59", "+821012345678", "2026-11-23T13:00Z", "2026-11-23T23:00Z", "time.quiet.kr.night_consent"),
    _wait("D61", "+971501234567", "2026-11-23T14:30Z", "2026-11-24T05:00Z", "time.quiet.ae.voice", ask=_voice()),
    _wait(
        "D63",
        "+13055550142",
        "2026-11-23T20:00Z",
        "2026-11-24T15:00Z",
        "cap.us.fl.3_per_24h",
        sends=_sends("2026-11-23T15:00Z", "2026-11-23T17:00Z", "2026-11-23T19:00Z"),
    ),
    _wait(
        "D65",
        "+13055550142",
        "2026-11-01T15:00Z",
        "2026-11-01T23:30Z",
        "cap.us.fl.3_per_24h",
        sends=_sends("2026-10-31T23:30Z", "2026-10-31T23:40Z", "2026-10-31T23:50Z"),
    ),
    _wait(
        "D67",
        "+14105550142",
        "2026-11-23T22:00Z",
        "2026-11-24T13:00Z",
        "cap.us.md.3_per_24h",
        sends=_sends("2026-11-23T13:00Z", "2026-11-23T14:00Z", "2026-11-23T15:00Z"),
    ),
    _wait(
        "D69",
        "+84912345678",
        "2026-11-23T09:00Z",
        "2026-11-24T00:10Z",
        "cap.vn.sms.3_per_24h",
        sends=_sends("2026-11-23T00:10Z", "2026-11-23T03:00Z", "2026-11-23T06:00Z"),
    ),
)


def _consent(kind: str = "express_written", since: str = "2026-10-01T12:00Z", **more: Any) -> dict[str, Any]:
    return {"consents": [{"kind": kind, "since": since.replace("Z", ":00Z"), **more}]}


def _stopped(since: str = "2026-11-01T12:00Z", **more: Any) -> dict[str, Any]:
    return {"suppressions": [{**STOP, "since": since.replace("Z", ":00Z"), **more}]}


def _listed(registry: str, answer: str, as_of: str, **more: Any) -> dict[str, Any]:
    return {"registries": [{"registry": registry, "answer": answer, "as_of": as_of.replace("Z", ":00Z"), **more}]}


NY, FL, LA, VA = "+12125550142", "+13055550142", "+15045550142", "+17035550142"
TORONTO, PARIS, BERLIN, MADRID, LONDON = "+14165550142", "+33612345678", "+4915123456789", "+34612345678", "+447400123456"
SEOUL, SINGAPORE, DURBAN, MAN = "+821012345678", "+6581234567", "+27821234567", "+447624300000"
STATUTORY = {"policy": {"profile": "statutory"}}
TEN = "2026-11-23T10:00Z"  # a Monday morning in Europe

CONSENT: tuple[Case, ...] = (
    _never("P001", NY, NOON, "consent.missing", consents=[]),
    _allow("P003", NY, "2026-11-24T04:00Z", "purpose.transactional_exempt", ask={"purpose": "transactional"}, consents=[]),
    _never("P005", NY, NOON, "consent.evidence_incomplete", **_consent(flags=["lacks:not_a_condition"])),
    _never("P007", NY, NOON, "consent.scope_brand", ask={"brand": "B"}, **_consent(brand="A")),
    _allow("P009", NY, NOON, ask={"channel": "mms"}, **_consent(channel="sms")),
    _never("P015", NY, NOON, "consent.declined", **_consent(state="declined")),
    _never("P053", NY, NOON, "consent.kind_insufficient", ask=_voice(technology="ai_voice"), **_consent("express_oral")),
    _allow("P059", TORONTO, NOON, **_consent("implied_purchase", "2025-01-10T15:00Z")),
    _allow("P061 the day before", TORONTO, "2026-02-28T17:00Z", **_consent("implied_purchase", "2024-02-29T15:00Z")),
    _never(
        "P061 the day after",
        TORONTO,
        "2026-03-01T17:00Z",
        "consent.implied_expired",
        **_consent("implied_purchase", "2024-02-29T15:00Z"),
    ),
    _allow("P063", TORONTO, NOON, **_consent("express", "2016-05-01T12:00Z")),
    _allow("P067", TORONTO, NOON, "purpose.transactional_exempt", ask={"purpose": "transactional"}, consents=[]),
    _never(
        "P069",
        TORONTO,
        NOON,
        "consent.kind_insufficient",
        ask=_voice(),
        **_consent("implied_purchase", "2026-10-20T12:00Z"),
    ),
    _never("P071", LONDON, TEN, "consent.soft_opt_in_scope", **_consent("soft_opt_in", flags=["partner"])),
    _never("P073", BERLIN, TEN, "consent.soft_opt_in_notice", **_consent("soft_opt_in", flags=["no_notice"])),
    _never("P075", BERLIN, TEN, "consent.pending_double_opt_in", **_consent("express", "2026-11-20T10:00Z", state="pending")),
    _allow("P079", PARIS, TEN, ask=_voice(), **_consent("contract", "2026-01-10T10:00Z")),
    _never("P083", MADRID, TEN, "consent.es.expired_24m", ask=_voice(), **_consent("express", "2024-10-20T10:00Z")),
    _never("P087", BERLIN, TEN, "consent.minor", birth_date="2011-06-01"),
    _allow("P089", SEOUL, "2026-11-23T13:00Z", consents=[NIGHT_TOO]),
    _never("P091", SEOUL, "2026-11-23T03:00Z", "consent.kr.reconfirm_24m", **_consent("express", "2024-10-20T10:00Z")),
)

STOPPED: tuple[Case, ...] = (
    _never("P017", NY, NOON, "suppress.opt_out.text", **_stopped("2026-11-23T16:59Z")),
    _never("P021", NY, NOON, "suppress.opt_out.text", **_stopped()),
    _never(
        "P023",
        NY,
        NOON,
        "carrier.blocked_21610",
        ask={"purpose": "transactional"},
        sender={"kind": "toll_free", "blocked_code": "21610"},
        **_stopped(),
    ),
    _never(
        "P025 strict",
        NY,
        "2026-11-24T17:00Z",
        "suppress.opt_out.marketing_all_channels",
        **_stopped("2026-11-23T17:00Z", answered="informational"),
    ),
    _allow(
        "P025 statutory",
        NY,
        "2026-11-24T17:00Z",
        **STATUTORY,
        **_stopped("2026-11-23T17:00Z", answered="informational"),
    ),
    _allow(
        "P027",
        NY,
        "2026-11-24T04:10Z",
        "compliance.optout_confirmation",
        ask={"purpose": "transactional", "reply_to": "STOP"},
        **_stopped("2026-11-24T04:09Z"),
    ),
    _never(
        "P029",
        NY,
        NOON,
        "content.confirmation_marketing",
        ask={"purpose": "transactional", "reply_to": "STOP"},
        content={"marketing": ["20_off"]},
        **_stopped(),
    ),
    _never("P031", NY, NOON, "suppress.opt_out.marketing_all_channels", **_stopped(answered="scope_question")),
    _never("P035", NY, NOON, "suppress.opt_out.text", **_stopped(), **_consent("express_written", "2026-10-01T12:00Z")),
    _never("P037 strict", NY, NOON, "suppress.opt_out.person", stopped_elsewhere=True),
    _allow("P037 statutory", NY, NOON, stopped_elsewhere=True, **STATUTORY),
    _never("P039", VA, "2035-05-07T17:00Z", "suppress.opt_out.text", **_stopped("2026-06-01T12:00Z")),
    _never(
        "P077",
        BERLIN,
        TEN,
        "suppress.objection_art21",
        **_stopped("2026-11-22T10:00Z", method="email", via="", answered="", reason="objection"),
    ),
)

REGISTRIES: tuple[Case, ...] = (
    _allow("P041", NY, NOON, ask=LIVE, **_listed("us.national_dnc", "listed", "2026-11-10T00:00Z")),
    _never(
        "P043",
        NY,
        "2026-11-24T17:00Z",
        "suppress.national_dnc",
        ask=LIVE,
        **_listed("us.national_dnc", "listed", "2026-11-10T00:00Z"),
        **_consent("implied_purchase", "2025-05-23T17:00Z"),
    ),
    _wait(
        "P045",
        NY,
        NOON,
        None,
        "suppress.dnc_data_stale",
        ask=LIVE,
        consents=[],
        policy={"registry_files": [{"registry": "us.national_dnc", "as_of": "2026-10-22T12:00:00Z"}]},
    ),
    _never(
        "P047",
        NY,
        NOON,
        "suppress.reassigned",
        **_listed("us.reassigned", "listed", "2026-11-20T00:00Z", asked_about="2026-10-01T12:00:00Z"),
    ),
    _never(
        "P049 strict",
        NY,
        NOON,
        "suppress.reassigned_unknown",
        **_listed("us.reassigned", "unknown", "2026-11-20T00:00Z", asked_about="2026-10-01T12:00:00Z"),
    ),
    _allow(
        "P049 statutory",
        NY,
        NOON,
        **STATUTORY,
        **_listed("us.reassigned", "unknown", "2026-11-20T00:00Z", asked_about="2026-10-01T12:00:00Z"),
    ),
    _wait("P051", NY, NOON, None, "suppress.reassigned_recheck", proved_at="2026-09-24T17:00:00Z"),
    _wait(
        "P093",
        SINGAPORE,
        "2026-11-23T04:00Z",
        None,
        "suppress.sg.dnc_stale",
        ask=LIVE,
        consents=[],
        **_listed("sg.dnc", "clear", "2026-11-01T04:00Z"),
    ),
    _never("P095", DURBAN, TEN, "suppress.za.registry", **_listed("za.registry", "listed", "2026-11-10T00:00Z")),
)

NUMBERS: tuple[Case, ...] = (
    _never("P097", "+442079460123", TEN, "number.type_fixed_line"),
    _never("P099", "+18005551234", NOON, "number.toll_free_recipient"),
    _never("P101", "+15005550009", NOON, "number.test_magic"),
    _never("P103 text", NY, NOON, "number.type_fixed_line", number_kind="fixed_line"),
    _allow("P103 call", NY, NOON, ask=_voice(), number_kind="fixed_line"),
    _never("P105", MAN, TEN, "region.not_enabled", policy={"only_markets": ["GB"]}),
    _wait(
        "P107",
        NY,
        NOON,
        "2026-11-24T13:00Z",
        "sender.tmobile_daily_cap",
        FEDERAL,
        sender={"kind": "long_code", "capped_by": "tmobile", "capped_until": "2026-11-24T08:00:00Z"},
    ),
    _never(
        "P109",
        NY,
        NOON,
        "content.mms_too_large",
        ask={"channel": "mms"},
        content={"media_bytes": 1_400_000, "carrier_limit": 1_000_000},
        sender={"kind": "long_code"},
    ),
)

CONTENT: tuple[Case, ...] = (
    _never("P055", NY, NOON, "content.voice_optout_missing", ask=_voice(), content={"lacks": ["voice_opt_out"]}),
    _never("P057", NY, NOON, "voice.abandonment_rate", ask=LIVE, sender={"abandoned": 0.031}),
    _never("P065", TORONTO, NOON, "content.identification_missing", content={"lacks": ["identification"]}, **EXPRESS),
    _never("P111", NY, NOON, "content.age_gate_missing", content={"categories": ["alcohol"]}),
    _never("P113", NY, NOON, "content.public_url_shortener", content={"shorteners": ["bit.ly"]}),
)

OTHER: tuple[Case, ...] = (
    _allow(
        "P115", NY, "2026-11-24T08:00Z", "purpose.emergency", ask={"purpose": "transactional", "ground": "emergency"}, consents=[]
    ),
    _allow(
        "P117",
        NY,
        "2026-11-24T08:00Z",
        "purpose.user_initiated",
        ask={"purpose": "transactional", "ground": "user_initiated"},
        consents=[],
    ),
    _wait(
        "P119",
        NY,
        "2026-11-24T01:58Z",
        "2026-11-24T13:00Z",
        "time.queue_guard",
        sender={"kind": "long_code", "queue_wait_seconds": 300},
    ),
    _never(
        "P121",
        LA,
        "2026-11-23T17:00Z",
        "time.emergency_ban.us.la",
        policy={"bans": [{"region": "US-LA", "since": "2026-11-20T00:00:00Z"}]},
    ),
    _wait(
        "P123",
        "+56961234567",
        "2026-09-05T20:00Z",
        "2026-09-07T12:00Z",
        "cap.tenant_daily",
        "time.policy.other",
        policy={"markets": ["CL"], "caps": [{"limit": 1, "window_seconds": 86_400, "zone": "America/Santiago"}]},
        sends=_sends("2026-09-05T16:00Z"),
    ),
)

CASES: tuple[Case, ...] = (*HOURS, *CONSENT, *STOPPED, *REGISTRIES, *NUMBERS, *CONTENT, *OTHER)
