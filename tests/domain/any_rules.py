"""Which rules and contacts are tried? Any of every kind, with instants and values that lie on the edges of what a rule asks."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from hypothesis import strategies as st

from app.domain.audience.comparing import OPS_OF, Op, Type
from app.domain.audience.facts import ConsentHeld, ContactFacts, EventHeld, SuppressionHeld, TouchHeld
from app.domain.ids import encode_id

NOW = datetime(2026, 2, 28, 12, 0, tzinfo=UTC)
CAMPAIGN, LIST, OTHER = UUID(int=11), UUID(int=12), UUID(int=13)
_NAMES = ["a", "b", "c_1"]
_REGIONS = ["US", "AT", "IN", ""]
_TAGS = ["vip", "VIP", "a,b", "é", "z"]
# Texts that sort differently by collation and by code point, hold LIKE's and JSON's special characters, or look like days.
_TEXTS = ["", "a", "B", "b", "ä", "Z", "10", "9", "%", "_", "\\", '"', "'", "null", "true", "😀", "\ue000", "e\u0301", "é",
          "2026-02-28", "2026-02-27T23:59:59Z", "2026-03-01", "2026-13-01", "2026-02-2"]  # fmt: skip
_DAYS = ["2026-02-28", "2026-02-27", "2026-03-01", "1999-12-31"]
_NUMBERS = [0, 1, -1, 18, 2**53, 0.5, 1.0, -0.0, 0.1, 1e-7, 18.0]
texts = st.one_of(
    st.sampled_from(_TEXTS), st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=5)
)
_numbers = st.one_of(
    st.sampled_from(_NUMBERS), st.integers(-(2**53), 2**53), st.floats(-1e15, 1e15, allow_nan=False, allow_infinity=False)
)
_scalars = st.one_of(texts, _numbers, st.booleans())
_values = st.one_of(_scalars, st.none(), st.lists(texts, max_size=3))
_ago = st.builds(
    lambda days, seconds: NOW - timedelta(days=days, seconds=seconds),
    st.sampled_from([0, 1, 2, 3, 7, 30, 400]),
    st.sampled_from([-1, 0, 1, 3600]),
)
_days = st.sampled_from([1, 2, 3, 7, 30])
_channels = st.sampled_from(["sms", "rcs"])
_events = ["purchase", "page_view", "cart filled"]


def _optional(**fields: st.SearchStrategy[Any]) -> dict[str, st.SearchStrategy[Any]]:
    return fields


def _bounds(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    ops = st.sampled_from(["eq", "lt", "lte", "gt", "gte"])
    return st.one_of(values, st.dictionaries(ops, values, min_size=1, max_size=2))


def _comparison(first: str, names: st.SearchStrategy[Any], op: Op, type_: Type | None) -> st.SearchStrategy[dict[str, Any]]:
    one = {Type.DATE: st.sampled_from(_DAYS), Type.NUMBER: _numbers, Type.BOOLEAN: st.booleans(), Type.TEXT: texts}
    scalars = one.get(type_, _scalars) if type_ else _scalars
    value: st.SearchStrategy[Any] = scalars
    if op is Op.IN:
        value = st.lists(scalars, min_size=1, max_size=12)
    elif op in {Op.CONTAINS_ANY, Op.CONTAINS_ALL}:
        value = st.lists(texts.filter(bool), min_size=1, max_size=3)
    elif op in {Op.LAST_DAYS, Op.NEXT_DAYS}:
        value = _days
    elif op is Op.CONTAINS:
        value = texts.filter(bool)
    elif op not in {Op.EQ, Op.NE} and type_ is None:
        value = st.one_of(texts, _numbers)
    fields: dict[str, st.SearchStrategy[Any]] = {first: names, "op": st.just(op.value)}
    if type_ is not None:
        fields["type"] = st.just(type_.value)
    if op not in {Op.EXISTS, Op.NOT_EXISTS}:
        fields["value"] = value
    return st.fixed_dictionaries(fields)


_untyped = [op for op in Op if op not in {Op.LAST_DAYS, Op.NEXT_DAYS}]
_where = st.lists(
    st.one_of(*(_comparison("property", st.sampled_from(["x", "Item Name"]), op, None) for op in _untyped)),
    min_size=1,
    max_size=2,
)
_counts = _bounds(st.integers(0, 3))
_event = st.fixed_dictionaries(
    {"event": st.sampled_from(_events)},
    optional=_optional(
        last_days=_days,
        count=_counts,
        ago_days=_bounds(st.integers(0, 31)),
        amount=_bounds(st.sampled_from([0, 10, 10.5])),
        where=_where,
    ),
)
_total = st.fixed_dictionaries(
    {"total": _bounds(st.sampled_from([0, 10, 10.5, 20])), "currency": st.sampled_from(["EUR", "USD"])}
)
_sequence = st.fixed_dictionaries(
    {"sequence": st.lists(st.sampled_from(_events), min_size=2, max_size=3), "within_days": _days},
    optional=_optional(without=st.sampled_from(_events), last_days=_days),
)
_one_step = st.fixed_dictionaries(
    {"sequence": st.sampled_from(_events), "within_days": _days, "without": st.sampled_from(_events)}
)
leaves: st.SearchStrategy[dict[str, Any]] = st.one_of(
    st.fixed_dictionaries({"country": st.one_of(st.sampled_from(["US", "DE"]), st.just(["AT", "IN"]))}),
    st.fixed_dictionaries({"tag": st.sampled_from(_TAGS)}),
    st.one_of(*(_comparison("attribute", st.sampled_from(_NAMES), op, None) for op in _untyped)),
    st.one_of(
        *(_comparison("attribute", st.sampled_from(_NAMES), op, type_) for type_, ops in OPS_OF.items() for op in ops)
    ),
    st.fixed_dictionaries({"age": _bounds(st.sampled_from([17, 18, 19, 0, 150]))}),
    st.sampled_from([(0, 50), (50, 100), (0.5, 33.3), (0, 100)]).map(lambda of: {"bucket": "x y", "start": of[0], "end": of[1]}),
    st.fixed_dictionaries(
        {"place": st.sampled_from(["US", "US-CA", ["AT", "US-NY"]])},
        optional=_optional(city=st.sampled_from(["Oakland", "  san  JOSÉ"]), postal_code=st.sampled_from(["94", ["10", "941"]])),
    ),
    st.fixed_dictionaries(
        {
            "radius": st.sampled_from([1, 100.5, 5000]),
            "latitude": st.sampled_from([48.2, -90]),
            "longitude": st.sampled_from([16.37, -179.9]),
        }
    ),
    st.fixed_dictionaries(
        {"consent": st.sampled_from(["none", "pending", "given", "revoked", "expired"])},
        optional=_optional(
            channel=_channels, purpose=st.just("marketing"), topic=st.sampled_from(["", "news"]),
            brand=st.sampled_from(["", "Blue"]),
        ),
    ),
    st.fixed_dictionaries({"suppressed": st.sampled_from(["any", "opt_out", "dnc"])}, optional=_optional(channel=_channels)),
    _event,
    st.builds(lambda event, total: {**event, **total}, _event, _total),
    _sequence,
    _one_step,
    st.fixed_dictionaries(
        {"engagement": st.sampled_from(["messaged", "received", "delivered", "read", "replied", "clicked"])},
        optional=_optional(last_days=_days, count=_counts, channel=_channels, campaign=st.just(encode_id("campaign", CAMPAIGN))),
    ),
    st.sampled_from([LIST, OTHER]).map(lambda one: {"list": encode_id("audience_list", one)}),
)  # fmt: skip
rules: st.SearchStrategy[dict[str, Any]] = st.recursive(
    st.one_of(leaves, st.just({})),
    lambda parts: st.one_of(
        st.fixed_dictionaries({"all": st.lists(parts, max_size=3)}),
        st.fixed_dictionaries({"any": st.lists(parts, max_size=3)}),
        st.fixed_dictionaries({"not": parts}),
        st.fixed_dictionaries({"include": parts, "exclude": parts}),
    ),
    max_leaves=6,
)
_places = st.fixed_dictionaries(
    {"country": st.sampled_from(["US", "AT"]), "region": st.sampled_from(["US-CA", "US-NY", "AT"])},
    optional=_optional(
        city_key=st.sampled_from(["oakland", "san josé"]), postal_code=st.sampled_from(["94110", "10001", None]),
    ),
)  # fmt: skip
_points = st.fixed_dictionaries(
    {"region": st.just("AT"), "latitude": st.floats(-90, 90), "longitude": st.floats(-180, 180)}
) | st.just({"region": "AT", "latitude": 48.21, "longitude": 16.36})
_amounts = st.one_of(st.none(), st.sampled_from([Decimal(0), Decimal("10.0000"), Decimal("10.5"), Decimal("10.4999")]))


def _held_event(name: str, at: datetime, amount: Decimal | None, currency: str, properties: dict[str, Any]) -> EventHeld:
    if name == "purchase" and amount is None:
        amount = Decimal(1)
    return EventHeld(
        name=name, occurred_at=at, amount=amount, currency=None if amount is None else currency, properties=properties
    )


contacts = st.builds(
    ContactFacts,
    now=st.just(NOW),
    id=st.just(UUID(int=0)),
    region=st.sampled_from(_REGIONS),
    tags=st.frozensets(st.sampled_from(_TAGS), max_size=3),
    attributes=st.dictionaries(st.sampled_from(_NAMES), _values, max_size=3),
    birth_date=st.sampled_from([None, date(2008, 2, 28), date(2008, 2, 29), date(2008, 3, 1), date(1990, 1, 1)]),
    places=st.lists(_places | _points, max_size=2).map(tuple),
    consents=st.lists(
        st.builds(
            ConsentHeld, channel=_channels, purpose=st.just("marketing"), topic=st.sampled_from(["", "news"]),
            brand=st.sampled_from(["", "Blue"]), state=st.sampled_from(["pending", "given", "revoked", "expired"]),
            expires_at=st.one_of(st.none(), _ago),
        ),
        max_size=2, unique_by=lambda held: (held.channel, held.topic, held.brand),
    ).map(tuple),
    suppressions=st.lists(
        st.builds(
            SuppressionHeld, reason=st.sampled_from(["opt_out", "dnc"]), channel=st.sampled_from(["", "sms", "rcs"]),
            scope=st.just("all"),
        ),
        max_size=2, unique_by=lambda held: (held.reason, held.channel),
    ).map(tuple),
    events=st.lists(
        st.builds(
            _held_event, st.sampled_from(_events), _ago, _amounts, st.sampled_from(["EUR", "USD"]),
            st.dictionaries(st.sampled_from(["x", "Item Name"]), _values, max_size=1),
        ),
        max_size=5,
    ).map(tuple),
    touches=st.lists(
        st.builds(
            TouchHeld, what=st.sampled_from(["sent", "sent", "replied", "clicked"]), at=_ago, channel=_channels,
            state=st.sampled_from([25, 30, 40, 45, 58, 80, 90]), campaign_id=st.sampled_from([None, CAMPAIGN]),
        ),
        max_size=3, unique_by=lambda touch: (touch.what, touch.campaign_id or touch.at),
    ).map(tuple),
    lists=st.frozensets(st.just(LIST), max_size=1),
)  # fmt: skip
