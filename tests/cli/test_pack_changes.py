"""Whom does another row reach? One of each kind is added or changed, and exactly those it is about are decided otherwise."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from app.domain.book import INSTALLED
from app.domain.consent_rows import TEXTS, Way
from app.domain.consent_rows import NeedRow as ConsentRow
from app.domain.content_rows import NeedRow, ProhibitedRow
from app.domain.decision import Verdict
from app.domain.facts import ConsentBasis, Technology
from app.domain.message import Purpose
from app.domain.registries import Registry
from app.domain.windows import TEXT, CapRow
from app.usecases.compare_packs import CampaignShift, Shift
from tests.cli.scheduling import agreed, compared, scheduled, sent
from tests.shop import Shop

NEW_YORK, KENTUCKY, LOUISVILLE, PARIS, LONDON, BATH = (
    "+12125550142", "+15025550142", "+15025550143", "+33612345678", "+447400123456", "+447400123457",
)  # fmt: skip
ALL, ACT = [NEW_YORK, KENTUCKY, LOUISVILLE], "an act of Kentucky"
ALLOW, WAIT, NEVER = Verdict.ALLOW, Verdict.WAIT, Verdict.NEVER


NO_PUMPS = ProhibitedRow(
    region="US-KY",
    channels=TEXT,
    purposes=frozenset(Purpose),
    source=ACT,
    confidence="certain",
    category="home_energy_renovation",
)


async def changed(shop: Shop, **rows: Any) -> CampaignShift:
    """What a pack with these rows does to the one campaign there is, and that going back undoes it."""
    after = replace(INSTALLED, **rows)
    (shift,) = await compared(shop, INSTALLED, after)
    (back,) = await compared(shop, after, INSTALLED)
    assert (back.members, back.changed, back.reworded) == (shift.members, shift.changed, shift.reworded)
    undone = {
        Shift(found.after, found.before, found.rule.translate(str.maketrans("+-", "-+"))): members
        for found, members in shift.shifts.items()
        if found.rule[:1] in "+-"
    }
    assert undone.items() <= back.shifts.items()
    (same,) = await compared(shop, after, after)
    assert (same.changed, same.reworded, same.shifts) == (0, 0, {})
    return shift


async def test_another_kind_of_consent_is_wanted(shop: Shop) -> None:
    await scheduled(shop, ALL)
    ways = (Way(basis=ConsentBasis.EXPRESS_ORAL),)
    row = ConsentRow(region="US-KY", technologies=TEXTS, ways=ways, source=ACT, confidence="certain")
    shift = await changed(shop, consent=(*INSTALLED.consent, row))
    assert (shift.members, shift.changed, shift.reworded) == (3, 2, 0)
    assert shift.shifts == {Shift(ALLOW, NEVER, "+consent.kind_insufficient"): 2}


async def test_a_consent_counts_for_a_shorter_time(shop: Shop) -> None:
    await scheduled(shop, ALL)
    ways = (Way(basis=ConsentBasis.EXPRESS_WRITTEN, months=24),)
    row = ConsentRow(region="US-KY", technologies=TEXTS, ways=ways, source=ACT, confidence="certain")
    shift = await changed(shop, consent=(*INSTALLED.consent, row))
    assert shift.shifts == {Shift(ALLOW, NEVER, "+consent.expired"): 2}


async def test_one_agrees_oneself_from_another_age_on(shop: Shop) -> None:
    await agreed(shop, KENTUCKY, birth_date="2020-06-01")  # 17 by then
    await agreed(shop, LOUISVILLE, birth_date="1990-06-01")
    await scheduled(shop, [NEW_YORK])  # nobody knows
    shift = await changed(shop, consent_ages={**INSTALLED.consent_ages, "US": 18})
    assert shift.shifts == {Shift(ALLOW, NEVER, "+consent.minor"): 1}
    assert (await changed(shop, consent_ages={**INSTALLED.consent_ages, "US": 17})).changed == 0


async def test_a_text_may_not_be_about_it_and_each_member_is_judged_by_what_they_would_read(shop: Shop) -> None:
    pumps = {"attributes": {"offer": "une pompe à chaleur"}}
    await agreed(shop, KENTUCKY, **pumps)
    await agreed(shop, NEW_YORK, **pumps)
    await agreed(shop, LOUISVILLE, attributes={"offer": "socks"})
    text = await shop.template('Example Shop: {{ offer | default: "news" }}. Reply STOP to opt out')
    await scheduled(shop, [PARIS], template_id=text["id"])
    shift = await changed(shop, prohibited=(*INSTALLED.prohibited, NO_PUMPS))
    assert (shift.members, shift.changed) == (4, 1)
    assert shift.shifts == {Shift(ALLOW, NEVER, "+content.prohibited_category"): 1}


async def test_what_goes_beside_a_text_is_read_with_it(shop: Shop) -> None:
    await agreed(shop, KENTUCKY, attributes={"offer": "une pompe à chaleur"})
    await agreed(shop, LOUISVILLE, attributes={"offer": "socks"})
    beside = {"media": [{"url": "https://media.shop.example/a.jpg"}], "subject": "{{ offer }}"}
    text = await shop.template("Example Shop: news. Reply STOP to opt out", channel="mms", content=beside)
    sender = await shop.rich_sender()
    await scheduled(shop, [NEW_YORK], template_id=text["id"], sender_id=sender["id"])  # who has no offer
    shift = await changed(shop, prohibited=(*INSTALLED.prohibited, NO_PUMPS))
    assert (shift.members, shift.changed) == (3, 1)
    assert shift.shifts == {Shift(ALLOW, NEVER, "+content.prohibited_category"): 1}


async def test_a_text_must_hold_more_and_gets_it_or_is_refused(shop: Shop) -> None:
    text = await shop.template("Example Shop: {{ first_name }}, 20% off until Sunday")
    await scheduled(shop, ALL, template_id=text["id"])
    row = NeedRow(region="US-KY", channels=TEXT, purposes=frozenset(Purpose), source=ACT, confidence="certain", element="opt_out")
    advised = tuple(replace(need, region="US-KY") for need in INSTALLED.content if (need.region, need.force) == ("US", "advised"))
    content = (*INSTALLED.content, row)
    shift = await changed(shop, content=content)
    assert (shift.changed, shift.reworded) == (0, 2)
    assert (await changed(shop, content=(*INSTALLED.content, *advised))).reworded == 0
    await shop.client.patch("/v1/workspace", json={"policy": {"wording": "refuse"}})
    shift = await changed(shop, content=content)
    assert (shift.changed, shift.reworded) == (2, 0)
    assert shift.shifts == {Shift(ALLOW, NEVER, "+content.opt_out_missing"): 2}


async def test_only_the_older_may_be_told_of_it(shop: Shop) -> None:
    for phone, born in ((LONDON, "2018-06-01"), (BATH, "1990-06-01")):  # 19 by then
        await agreed(shop, phone, birth_date=born, age_verified=True)
    sender = await shop.sender(registration={"age_gated": ["alcohol"]})
    await scheduled(shop, [], sender_id=sender["id"], categories=["alcohol"])
    ages = tuple(replace(row, age=21) if (row.region, row.category) == ("GB", "alcohol") else row for row in INSTALLED.ages)
    shift = await changed(shop, ages=ages)
    assert (shift.members, shift.changed) == (2, 1)
    assert shift.shifts[Shift(WAIT, NEVER, "+content.age_gate_missing")] == 1


async def test_a_registry_is_lifted_by_less(shop: Shop) -> None:
    await scheduled(shop, ALL)
    listed = (
        "INSERT INTO registry_entry (workspace_id, registry, phone, answer, as_of, recorded_at) VALUES ($1, $2, $3, $4, $5, $5)"
    )
    for phone, answer in ((KENTUCKY, "listed"), (LOUISVILLE, "clear")):
        await shop.execute(listed, shop.workspace_id, "us.national_dnc", phone, answer, shop.context.clock.now())
    rows = tuple(replace(row, exempt={}) if row.name == "us.national_dnc" else row for row in INSTALLED.registries)
    rows = tuple(replace(row, longest_age=None, demanded=frozenset()) if row.name == "us.national_dnc" else row for row in rows)
    shift = await changed(shop, registries=rows)
    assert shift.shifts == {Shift(ALLOW, NEVER, "+suppress.national_dnc"): 1}


async def test_a_registry_that_has_to_be_asked_is_new(shop: Shop) -> None:
    await scheduled(shop, ALL)
    row = Registry(
        name="us.ky_dnc",
        title="Kentucky no-call list",
        regions=("US-KY",),
        source="KRS 367.46955",
        confidence="V",
        technologies=frozenset(Technology),
        demanded=frozenset(Technology),
        exempt={},
    )
    shift = await changed(shop, registries=(*INSTALLED.registries, row))
    assert shift.shifts == {Shift(ALLOW, WAIT, "+suppress.dnc_data_stale"): 2}


async def test_a_cap_that_counts_longer_than_any_did(shop: Shop) -> None:
    await scheduled(shop, ALL)
    for phone, days in ((KENTUCKY, 6), (LOUISVILLE, 8), (NEW_YORK, 6)):
        await sent(shop, phone, days=days)
    row = CapRow(
        id="us.ky.weekly",
        region="US-KY",
        channels=TEXT,
        limit=1,
        window=timedelta(days=7),
        code="cap.us.ky.weekly",
        source=ACT,
        confidence="certain",
    )
    shift = await changed(shop, caps=(*INSTALLED.caps, row))
    assert shift.changed == 1
    assert shift.shifts[Shift(ALLOW, WAIT, "+cap.us.ky.weekly")] == 1
