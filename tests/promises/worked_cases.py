"""Which worked cases does every lawyer ask about? Consent, opt-outs, registries, numbers, content and the rest, by name."""

from typing import Any

from tests.promises.worked_case import EXPRESS, FEDERAL, LIVE, NIGHT_TOO, NOON, STOP, Case, allow, never, sends, voice, wait
from tests.promises.worked_hours import HOURS


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
    never("P001", NY, NOON, "consent.missing", consents=[]),
    allow("P003", NY, "2026-11-24T04:00Z", "purpose.transactional_exempt", ask={"purpose": "transactional"}, consents=[]),
    never("P005", NY, NOON, "consent.evidence_incomplete", **_consent(flags=["lacks:not_a_condition"])),
    never("P007", NY, NOON, "consent.scope_brand", ask={"brand": "B"}, **_consent(brand="A")),
    allow("P009", NY, NOON, ask={"channel": "mms"}, **_consent(channel="sms")),
    never("P015", NY, NOON, "consent.declined", **_consent(state="declined")),
    never("P053", NY, NOON, "consent.kind_insufficient", ask=voice(technology="ai_voice"), **_consent("express_oral")),
    allow("P059", TORONTO, NOON, **_consent("implied_purchase", "2025-01-10T15:00Z")),
    allow("P061 the day before", TORONTO, "2026-02-28T17:00Z", **_consent("implied_purchase", "2024-02-29T15:00Z")),
    never(
        "P061 the day after",
        TORONTO,
        "2026-03-01T17:00Z",
        "consent.implied_expired",
        **_consent("implied_purchase", "2024-02-29T15:00Z"),
    ),
    allow("P063", TORONTO, NOON, **_consent("express", "2016-05-01T12:00Z")),
    allow("P067", TORONTO, NOON, "purpose.transactional_exempt", ask={"purpose": "transactional"}, consents=[]),
    never(
        "P069",
        TORONTO,
        NOON,
        "consent.kind_insufficient",
        ask=voice(),
        **_consent("implied_purchase", "2026-10-20T12:00Z"),
    ),
    never("P071", LONDON, TEN, "consent.soft_opt_in_scope", **_consent("soft_opt_in", flags=["partner"])),
    never("P073", BERLIN, TEN, "consent.soft_opt_in_notice", **_consent("soft_opt_in", flags=["no_notice"])),
    never("P075", BERLIN, TEN, "consent.pending_double_opt_in", **_consent("express", "2026-11-20T10:00Z", state="pending")),
    allow("P079", PARIS, TEN, ask=voice(), **_consent("contract", "2026-01-10T10:00Z")),
    never("P083", MADRID, TEN, "consent.es.expired_24m", ask=voice(), **_consent("express", "2024-10-20T10:00Z")),
    never("P087", BERLIN, TEN, "consent.minor", birth_date="2011-06-01"),
    allow("P089", SEOUL, "2026-11-23T13:00Z", consents=[NIGHT_TOO]),
    never("P091", SEOUL, "2026-11-23T03:00Z", "consent.kr.reconfirm_24m", **_consent("express", "2024-10-20T10:00Z")),
)

STOPPED: tuple[Case, ...] = (
    never("P017", NY, NOON, "suppress.opt_out.text", **_stopped("2026-11-23T16:59Z")),
    never("P021", NY, NOON, "suppress.opt_out.text", **_stopped()),
    never(
        "P023",
        NY,
        NOON,
        "carrier.blocked_21610",
        ask={"purpose": "transactional"},
        sender={"kind": "toll_free", "blocked_code": "21610"},
        **_stopped(),
    ),
    never(
        "P025 strict",
        NY,
        "2026-11-24T17:00Z",
        "suppress.opt_out.marketing_all_channels",
        **_stopped("2026-11-23T17:00Z", answered="informational"),
    ),
    allow(
        "P025 statutory",
        NY,
        "2026-11-24T17:00Z",
        **STATUTORY,
        **_stopped("2026-11-23T17:00Z", answered="informational"),
    ),
    allow(
        "P027",
        NY,
        "2026-11-24T04:10Z",
        "compliance.optout_confirmation",
        ask={"purpose": "transactional", "reply_to": "STOP"},
        **_stopped("2026-11-24T04:09Z"),
    ),
    never(
        "P029",
        NY,
        NOON,
        "content.confirmation_marketing",
        ask={"purpose": "transactional", "reply_to": "STOP"},
        content={"marketing": ["20_off"]},
        **_stopped(),
    ),
    never("P031", NY, NOON, "suppress.opt_out.marketing_all_channels", **_stopped(answered="scope_question")),
    never("P035", NY, NOON, "suppress.opt_out.text", **_stopped(), **_consent("express_written", "2026-10-01T12:00Z")),
    never("P037 strict", NY, NOON, "suppress.opt_out.person", stopped_elsewhere=True),
    allow("P037 statutory", NY, NOON, stopped_elsewhere=True, **STATUTORY),
    never("P039", VA, "2035-05-07T17:00Z", "suppress.opt_out.text", **_stopped("2026-06-01T12:00Z")),
    never(
        "P077",
        BERLIN,
        TEN,
        "suppress.objection_art21",
        **_stopped("2026-11-22T10:00Z", method="email", via="", answered="", reason="objection"),
    ),
)

REGISTRIES: tuple[Case, ...] = (
    allow("P041", NY, NOON, ask=LIVE, **_listed("us.national_dnc", "listed", "2026-11-10T00:00Z")),
    never(
        "P043",
        NY,
        "2026-11-24T17:00Z",
        "suppress.national_dnc",
        ask=LIVE,
        **_listed("us.national_dnc", "listed", "2026-11-10T00:00Z"),
        **_consent("implied_purchase", "2025-05-23T17:00Z"),
    ),
    wait(
        "P045",
        NY,
        NOON,
        None,
        "suppress.dnc_data_stale",
        ask=LIVE,
        consents=[],
        policy={"registry_files": [{"registry": "us.national_dnc", "as_of": "2026-10-22T12:00:00Z"}]},
    ),
    never(
        "P047",
        NY,
        NOON,
        "suppress.reassigned",
        **_listed("us.reassigned", "listed", "2026-11-20T00:00Z", asked_about="2026-10-01T12:00:00Z"),
    ),
    never(
        "P049 strict",
        NY,
        NOON,
        "suppress.reassigned_unknown",
        **_listed("us.reassigned", "unknown", "2026-11-20T00:00Z", asked_about="2026-10-01T12:00:00Z"),
    ),
    allow(
        "P049 statutory",
        NY,
        NOON,
        **STATUTORY,
        **_listed("us.reassigned", "unknown", "2026-11-20T00:00Z", asked_about="2026-10-01T12:00:00Z"),
    ),
    wait("P051", NY, NOON, None, "suppress.reassigned_recheck", proved_at="2026-09-24T17:00:00Z"),
    wait(
        "P093",
        SINGAPORE,
        "2026-11-23T04:00Z",
        None,
        "suppress.sg.dnc_stale",
        ask=LIVE,
        consents=[],
        **_listed("sg.dnc", "clear", "2026-11-01T04:00Z"),
    ),
    never("P095", DURBAN, TEN, "suppress.za.registry", **_listed("za.registry", "listed", "2026-11-10T00:00Z")),
)

NUMBERS: tuple[Case, ...] = (
    never("P097", "+442079460123", TEN, "number.type_fixed_line"),
    never("P099", "+18005551234", NOON, "number.toll_free_recipient"),
    never("P101", "+15005550009", NOON, "number.test_magic"),
    never("P103 text", NY, NOON, "number.type_fixed_line", number_kind="fixed_line"),
    allow("P103 call", NY, NOON, ask=voice(), number_kind="fixed_line"),
    never("P105", MAN, TEN, "region.not_enabled", policy={"only_markets": ["GB"]}),
    wait(
        "P107",
        NY,
        NOON,
        "2026-11-24T13:00Z",
        "sender.tmobile_daily_cap",
        FEDERAL,
        sender={"kind": "long_code", "capped_by": "tmobile", "capped_until": "2026-11-24T08:00:00Z"},
    ),
    never(
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
    never("P055", NY, NOON, "content.voice_optout_missing", ask=voice(), content={"lacks": ["voice_opt_out"]}),
    never("P057", NY, NOON, "voice.abandonment_rate", ask=LIVE, sender={"abandoned": 0.031}),
    never("P065", TORONTO, NOON, "content.identification_missing", content={"lacks": ["identification"]}, **EXPRESS),
    never("P111", NY, NOON, "content.age_gate_missing", content={"categories": ["alcohol"]}),
    never("P113", NY, NOON, "content.public_url_shortener", content={"shorteners": ["bit.ly"]}),
)

OTHER: tuple[Case, ...] = (
    allow(
        "P115", NY, "2026-11-24T08:00Z", "purpose.emergency", ask={"purpose": "transactional", "ground": "emergency"}, consents=[]
    ),
    allow(
        "P117",
        NY,
        "2026-11-24T08:00Z",
        "purpose.user_initiated",
        ask={"purpose": "transactional", "ground": "user_initiated"},
        consents=[],
    ),
    wait(
        "P119",
        NY,
        "2026-11-24T01:58Z",
        "2026-11-24T13:00Z",
        "time.queue_guard",
        sender={"kind": "long_code", "queue_wait_seconds": 300},
    ),
    never(
        "P121",
        LA,
        "2026-11-23T17:00Z",
        "time.emergency_ban.us.la",
        policy={"bans": [{"region": "US-LA", "since": "2026-11-20T00:00:00Z"}]},
    ),
    wait(
        "P123",
        "+56961234567",
        "2026-09-05T20:00Z",
        "2026-09-07T12:00Z",
        "cap.tenant_daily",
        "time.policy.other",
        policy={"markets": ["CL"], "caps": [{"limit": 1, "window_seconds": 86_400, "zone": "America/Santiago"}]},
        sends=sends("2026-09-05T16:00Z"),
    ),
)

CASES: tuple[Case, ...] = (*HOURS, *CONSENT, *STOPPED, *REGISTRIES, *NUMBERS, *CONTENT, *OTHER)
