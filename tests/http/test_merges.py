"""Two contacts are one person: what is joined and told, what stays apart, and everything that can be wrong with asking for it."""

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.contact import BadField, Profile
from app.domain.ids import decode_id
from app.domain.merging import unite
from app.usecases.run_import import run_import
from tests.shop import Shop, pointers

FIRST, OTHER = "+12125550142", "+12125550143"


async def contact(shop: Shop, phone: str, **fields: Any) -> dict[str, Any]:
    return await shop.made("/v1/contacts", {"phone": phone, **fields})


async def merge(shop: Shop, into: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    return await shop.made(f"/v1/contacts/{into['id']}/merge", {"from_contact_id": other["id"]})


async def read(shop: Shop, contact_id: str) -> dict[str, Any]:
    return dict((await shop.client.get(f"/v1/contacts/{contact_id}")).json())


@pytest.fixture
async def pair(shop: Shop) -> tuple[dict[str, Any], dict[str, Any]]:
    first = await contact(
        shop, FIRST, attributes={"first_name": "Maya", "visits": 3}, tags=["vip"], birth_date="1990-05-04", person="crm-1"
    )
    other = await contact(
        shop, OTHER, attributes={"first_name": "M.", "visits": 3, "size": "M"}, tags=["sale"], locale="pt-BR", person="web-9",
        birth_date="1990-05-05", age_verified=True, places=[{"country": "US", "region": "CA"}],
    )  # fmt: skip
    return first, other


async def test_what_is_known_is_joined_and_what_differed_is_told(shop: Shop, pair: tuple[dict[str, Any], dict[str, Any]]) -> None:
    first, other = pair
    told = {"caller_id": "e1", "phone": OTHER, "kind": "custom", "name": "seen", "occurred_at": "2026-11-01T09:00:00Z"}
    await shop.made("/v1/events", told)
    done = await merge(shop, first, other)
    assert done["taken"] == ["attributes/size", "locale", "tags", "places"]
    assert {row["field"]: (row["kept"], row["other"]) for row in done["differences"]} == {
        "attributes/first_name": ("Maya", "M."), "birth_date": ("1990-05-04", "1990-05-05"), "person": ("crm-1", "web-9"),
    }  # fmt: skip
    assert (done["events_moved"], done["messages_closed"], done["actor"][:4]) == (1, 0, "key:")
    kept = await read(shop, first["id"])
    assert kept["attributes"] == {"first_name": "Maya", "visits": 3, "size": "M"}
    assert (kept["tags"], kept["locale"], kept["phone"], kept["person"]) == (["sale", "vip"], "pt-BR", FIRST, "crm-1")
    assert (kept["age_verified"], kept["merged_into"], len(kept["places"])) == (False, None, 1)
    assert (await read(shop, other["id"]))["merged_into"] == first["id"]
    assert await merge(shop, first, other) == done  # again changes nothing
    assert (await shop.client.get(f"/v1/contacts/{first['id']}/merges")).json()["items"] == [done]
    assert [row["id"] for row in (await shop.client.get("/v1/contacts")).json()["items"]] == [first["id"]]


async def test_what_is_told_of_the_other_number_or_person_afterwards_means_the_one_that_stays(
    shop: Shop, pair: tuple[dict[str, Any], dict[str, Any]]
) -> None:
    first, other = pair
    await merge(shop, first, other)
    updated = await shop.client.post("/v1/contacts", json={"phone": OTHER, "attributes": {"visits": 4}})
    assert (updated.status_code, updated.json()["id"], updated.json()["attributes"]["visits"]) == (200, first["id"], 4)
    event = {"kind": "custom", "name": "seen", "occurred_at": "2026-11-01T09:00:00Z"}
    whose = [{"phone": OTHER}, {"person": "web-9"}, {"contact_id": other["id"]}, {"contact_id": first["id"]}]
    items = [{**event, **one, "caller_id": f"e{place}"} for place, one in enumerate(whose)]
    assert (await shop.made("/v1/events/bulk", {"items": items}))["recorded"] == 4
    assert len((await shop.client.get(f"/v1/contacts/{first['id']}/events")).json()["items"]) == 4
    refused = await shop.client.patch(f"/v1/contacts/{other['id']}", json={"tags": []})
    assert (refused.status_code, refused.json()["code"]) == (409, "merged")
    preview = await shop.made(f"/v1/audiences/{(await shop.audience())['id']}/preview", {})
    assert preview["count"] == 1
    rows = f"phone,visits:number,size\n{OTHER},5,L\n{FIRST},6,\n"
    await shop.client.post("/v1/imports", content=rows, headers={"Content-Type": "text/csv"})
    await run_import(shop.context, workspace_id=shop.workspace_id, import_id=await shop.value("SELECT id FROM import_job"))
    assert (await read(shop, first["id"]))["attributes"] == {"first_name": "Maya", "visits": 6, "size": "L"}


async def test_by_whichever_of_her_ids_she_is_named_she_is_one_person(
    shop: Shop, pair: tuple[dict[str, Any], dict[str, Any]]
) -> None:
    first, other = pair
    await merge(shop, first, other)
    for visits, (phone, person) in enumerate(((OTHER, "web-9"), (FIRST, "web-9"), (OTHER, "crm-1"), (FIRST, "crm-1")), 5):
        body = {"phone": phone, "person": person, "attributes": {"visits": visits}}
        told = (await shop.client.post("/v1/contacts", json=body)).json()
        assert (told["id"], told["attributes"]["visits"], told["person"]) == (first["id"], visits, "crm-1")
        row = f"phone,person,visits:number\n{phone},{person},{visits}0\n"
        sent = await shop.client.post("/v1/imports", content=row, headers={"Content-Type": "text/csv"})
        await run_import(shop.context, workspace_id=shop.workspace_id, import_id=decode_id("import", sent.json()["id"]))
        assert (await read(shop, first["id"]))["attributes"]["visits"] == visits * 10
        proof = {"wording": "Yes, text me", "url": "https://shop.example/join"}
        yes = {"phone": phone, "person": person, "channels": ["sms"], "method": "web_form", "evidence": proof}
        said = {**yes, "occurred_at": shop.context.clock.now().isoformat()}
        assert (await shop.client.post("/v1/opt-ins", json=said)).is_success
        no = {"phone": phone, "person": person, "method": "privacy_request"}
        assert (await shop.client.post("/v1/opt-outs", json=no)).is_success
    itself = await shop.client.post(f"/v1/contacts/{first['id']}/people", json={"person": "web-9"})
    assert (itself.status_code, itself.json()["code"]) == (409, "is_contact")
    assert len((await shop.client.get(f"/v1/contacts/{first['id']}/people")).json()["people"]) == 1
    shared = "SELECT count(*) FROM number_person q JOIN contact c USING (workspace_id, phone) WHERE q.person <> c.person"
    assert await shop.value(shared) == 0
    third = await contact(shop, "+12125550144")
    assert (await merge(shop, first, third))["contact_id"] == first["id"]


async def test_the_whole_person_is_exported_and_erased(shop: Shop, pair: tuple[dict[str, Any], dict[str, Any]]) -> None:
    first, other = pair
    await merge(shop, first, other)
    held = (await shop.client.get(f"/v1/contacts/{first['id']}/export")).json()
    assert [row["contact"]["id"] for row in held["merged"]] == [other["id"]]
    assert (held["merges"][0]["from_contact_id"], held["number"]["phone"]) == (other["id"], FIRST)
    erased = await shop.made("/v1/erasures", {"phone": OTHER})
    assert erased["emptied"]["contacts"] == 2
    assert await shop.value("SELECT count(*) FROM contact") == await shop.value("SELECT count(*) FROM contact_merge") == 0
    assert await shop.value("SELECT count(*) FROM number WHERE phone NOT LIKE 'erased:%'") == 0


async def test_what_cannot_be_merged_is_refused(shop: Shop, pair: tuple[dict[str, Any], dict[str, Any]]) -> None:
    first, other = pair
    third = await contact(shop, "+12125550144", tags=[f"t{step}" for step in range(100)])
    fourth = await contact(shop, "+12125550145")

    async def refused(into: str, joining: str) -> tuple[int, str, list[str]]:
        answer = await shop.client.post(f"/v1/contacts/{into}/merge", json={"from_contact_id": joining})
        return answer.status_code, answer.json()["code"], pointers(answer)

    nobody = "con_" + "0" * 26
    assert await refused(nobody, first["id"]) == (404, "not_found", ["/path/contact_id"])
    assert await refused(first["id"], nobody) == (404, "not_found", ["/body/from_contact_id"])
    assert await refused(first["id"], first["id"]) == (409, "same_contact", ["/body/from_contact_id"])
    assert await refused(first["id"], third["id"]) == (409, "too_many_tags", ["/body/from_contact_id"])
    await merge(shop, first, other)
    assert await refused(other["id"], fourth["id"]) == (409, "merged", ["/path/contact_id"])
    assert await refused(fourth["id"], other["id"]) == (409, "merged", ["/body/from_contact_id"])
    await merge(shop, fourth, first)  # and with it whom it speaks for
    assert (await read(shop, other["id"]))["merged_into"] == fourth["id"]
    assert len((await shop.client.get(f"/v1/contacts/{fourth['id']}/merges")).json()["items"]) == 2


async def test_many_who_merge_and_tell_at_once_wait_for_each_other(shop: Shop) -> None:
    contacts = [await contact(shop, f"+1212555{5000 + step}") for step in range(8)]
    event = {"kind": "custom", "name": "seen", "occurred_at": "2026-11-01T09:00:00Z"}
    work = [
        shop.client.post(f"/v1/contacts/{contacts[0]['id']}/merge", json={"from_contact_id": one["id"]}) for one in contacts[1:]
    ]
    work += [
        shop.client.post(
            "/v1/events/bulk", json={"items": [{**event, "caller_id": f"{turn}-{one['id']}", "contact_id": one["id"]}
                                               for one in contacts]}
        )
        for turn in range(6)
    ]  # fmt: skip
    answers = await asyncio.gather(*work)
    assert {answer.status_code for answer in answers} <= {200, 409}
    assert await shop.value("SELECT count(*) FROM event") == 48
    for one in contacts[1:]:
        await merge(shop, contacts[0], one)
    assert await shop.value("SELECT count(DISTINCT contact_id) FROM event") == 1


_PROFILES = st.builds(
    Profile,
    attributes=st.dictionaries(
        st.sampled_from("abcdef"), st.one_of(st.booleans(), st.integers(0, 2), st.sampled_from(["x", "y"]))
    ),
    tags=st.sets(st.sampled_from("stuv")).map(lambda tags: tuple(sorted(tags))),
    locale=st.sampled_from([None, "en", "de"]),
    person=st.sampled_from([None, "p", "q"]),
    age_verified=st.booleans(),
)


@given(_PROFILES, _PROFILES)
def test_nothing_the_one_that_stays_has_is_lost_and_nothing_of_the_other_unmentioned(kept: Profile, other: Profile) -> None:
    united = unite(kept, other)
    assert united.profile.attributes.items() >= kept.attributes.items()
    assert {*kept.tags, *other.tags} == set(united.profile.tags)
    told = {one.field for one in united.differences} | set(united.taken)
    for name, value in other.attributes.items():
        mine = united.profile.attributes[name]
        assert f"attributes/{name}" in told or (mine == value and type(mine) is type(value))
    assert unite(united.profile, united.profile) == type(united)(united.profile, (), ())


def test_more_than_a_contact_may_hold_is_not_cut_off() -> None:
    many = Profile(attributes={f"a{step}": 1 for step in range(60)})
    with pytest.raises(BadField):
        unite(many, Profile(attributes={f"b{step}": 1 for step in range(60)}))
