"""Where a contact lives and how old it is, over HTTP and in files: what is kept, decides, or is refused by its field."""

from typing import Any

import pytest

from app.domain.ids import decode_id
from app.usecases.run_import import run_import
from tests.shop import Shop

MARKETING = {"channel": "sms", "purpose": "marketing"}
US_NY = {"country": "US", "region": "NY"}
NUMBERS = [("+12125550142", "anna"), ("+12125550143", "anna"), ("+12125550144", "ben")]


async def upsert(shop: Shop, **fields: Any) -> dict[str, Any]:
    return await shop.made("/v1/contacts", {"phone": "+12125550142", **fields})


async def zones_decided(shop: Shop, phone: str = "+12125550142") -> list[str]:
    return list((await shop.made("/v1/decisions", {"to": phone, **MARKETING}))["zones"])


async def test_places_are_located_kept_and_decide(shop: Shop) -> None:
    assert await zones_decided(shop) == ["America/New_York"]
    contact = await upsert(
        shop,
        places=[
            {"country": "US", "postal_code": "90012", "strength": "verified", "as_of": "2026-10-01T00:00:00Z"},
            {"country": "France", "region": "Moselle", "city": " Metz ", "latitude": 49.12, "longitude": 6.18},
        ],
        birth_date="2000-02-29",
        age_verified=True,
        person="customer-1",
    )
    assert contact["places"][0] == {
        "country": "US",
        "region": "US-CA",
        "city": None,
        "postal_code": "90012",
        "latitude": None,
        "longitude": None,
        "time_zone": None,
        "zones": ["America/Los_Angeles"],
        "strength": "verified",
        "evidence": "postal code 90012",
        "as_of": "2026-10-01T00:00:00Z",
    }
    assert (contact["places"][1]["region"], contact["places"][1]["zones"]) == ("FR-57", ["Europe/Paris"])
    assert [contact["places"][1][name] for name in ("city", "latitude", "longitude")] == ["Metz", 49.12, 6.18]
    assert (contact["birth_date"], contact["age_verified"], contact["person"]) == ("2000-02-29", True, "customer-1")
    assert (await shop.client.get(f"/v1/contacts/{contact['id']}")).json() == contact
    assert {"America/Los_Angeles", "Europe/Paris"} <= set(await zones_decided(shop))


async def test_what_is_left_out_stays_and_null_forgets(shop: Shop) -> None:
    told = {"places": [{"country": "DE"}], "birth_date": "1990-05-04", "age_verified": True, "person": "p"}
    contact = await upsert(shop, **told)
    path = f"/v1/contacts/{contact['id']}"
    kept = (await shop.client.patch(path, json={"locale": "de"})).json()
    assert all(kept[name] == contact[name] for name in told)
    again = await upsert(shop, attributes={"a": 1})
    assert all(again[name] == contact[name] for name in told)
    forgotten = await shop.client.patch(path, json={"places": None, "birth_date": None, "age_verified": False, "person": None})
    assert {name: forgotten.json()[name] for name in told} == {
        "places": [],
        "birth_date": None,
        "age_verified": False,
        "person": None,
    }
    replaced = await upsert(shop, places=[{"country": "AT"}])
    assert [place["region"] for place in replaced["places"]] == ["AT"]


async def test_a_country_that_is_the_numbers_tells_no_more_than_the_number(shop: Shop) -> None:
    await upsert(shop, places=[{"country": "US"}])
    assert await zones_decided(shop) == ["America/New_York"]
    await upsert(shop, places=[{"country": "CA"}])
    assert "America/Vancouver" in await zones_decided(shop)


async def test_every_contact_of_a_person_is_found(shop: Shop) -> None:
    made = [await upsert(shop, phone=phone, person=person) for phone, person in NUMBERS]
    found = (await shop.client.get("/v1/contacts", params={"person": "anna"})).json()["items"]
    assert [contact["id"] for contact in found] == [made[1]["id"], made[0]["id"]]
    page = (await shop.client.get("/v1/contacts", params={"person": "anna", "limit": 1})).json()
    stale = await shop.client.get("/v1/contacts", params={"person": "ben", "cursor": page["next_cursor"]})
    assert stale.json()["code"] == "stale_cursor"


@pytest.mark.parametrize(
    ("label", "fields", "pointer"),
    [
        ("no country", {"places": [{"region": "CA"}]}, "/body/places/0/country"),
        ("an empty country", {"places": [{"country": " "}]}, "/body/places/0/country"),
        ("a country that is none", {"places": [{"country": "XX"}]}, "/body/places/0/country"),
        ("the second place's state", {"places": [{"country": "US"}, {"country": "US", "region": "ZZ"}]}, "/body/places/1/region"),
        ("a postal code", {"places": [{"country": "US", "postal_code": "9O210"}]}, "/body/places/0/postal_code"),
        ("a code of another state", {"places": [US_NY | {"postal_code": "90210"}]}, "/body/places/0/postal_code"),
        ("a zone", {"places": [{"country": "US", "time_zone": "Mars/Base"}]}, "/body/places/0/time_zone"),
        ("a zone elsewhere", {"places": [US_NY | {"time_zone": "Europe/Paris"}]}, "/body/places/0/time_zone"),
        ("a strength", {"places": [{"country": "US", "strength": "rumour"}]}, "/body/places/0/strength"),
        ("a date to come", {"places": [{"country": "US", "as_of": "2199-01-01T00:00:00Z"}]}, "/body/places/0/as_of"),
        ("a field nobody knows", {"places": [{"country": "US", "colour": "red"}]}, "/body/places/0/colour"),
        ("half a point", {"places": [{"country": "US", "longitude": 6.1}]}, "/body/places/0/latitude"),
        ("too many places", {"places": [{"country": "US"}] * 11}, "/body/places"),
        ("a place that is none", {"places": ["US"]}, "/body/places/0"),
        ("a birth date to come", {"birth_date": "2199-01-01"}, "/body/birth_date"),
        ("a birth date of long ago", {"birth_date": "1850-01-01"}, "/body/birth_date"),
        ("a day that is none", {"birth_date": "2001-02-29"}, "/body/birth_date"),
        ("a birth date as a number", {"birth_date": 631152000}, "/body/birth_date"),
        ("a birth date as an instant", {"birth_date": "1990-05-04T00:00:00Z"}, "/body/birth_date"),
        ("an age verified by a word", {"age_verified": "yes"}, "/body/age_verified"),
        ("an empty person", {"person": ""}, "/body/person"),
        ("a person of spaces", {"person": "  "}, "/body/person"),
        ("a person that is too long", {"person": "x" * 201}, "/body/person"),
    ],
)
async def test_what_cannot_be_is_refused_at_its_field(shop: Shop, label: str, fields: dict[str, Any], pointer: str) -> None:
    contact = await upsert(shop)
    posted = await shop.client.post("/v1/contacts", json={"phone": "+12125550143", **fields})
    patched = await shop.client.patch(f"/v1/contacts/{contact['id']}", json=fields)
    for answer in (posted, patched):
        assert answer.status_code == 422, (label, answer.text)
        assert answer.json()["errors"][0]["pointer"] == pointer, (label, answer.text)
    assert len((await shop.client.get("/v1/contacts")).json()["items"]) == 1


FILE = """phone,country,state,zip,birth_date,age_verified,person
+12125550142,,FL,,1990-05-04,yes,anna
+12125550143,,,2139,,,
+12125550144,Canada,,V8W 2Y2,,,
+12125550145,US,,,,,
+442071838750,,,,,no,
+12125550146,,Bavaria,,,,
+12125550147,Freedonia,,,,,
+12125550148,,,00000,,,
+12125550149,,,,04/05/1990,,
+12125550150,,,,2199-01-01,,
+12125550151,,,,,perhaps,
+493012345678,DE,Bayern,80331,,,
"""
OBJECTS = """\
{"phone": "+12125550142", "state": "TX", "zip": 79901, "birth_date": "1990-05-04", "age_verified": true, "person": "a"}
{"phone": "+12125550143", "country": ["US"], "state": null}
{"phone": "+12125550144", "age_verified": "yes"}
{"phone": "+12125550145", "state": "Nowhere"}
"""


async def imported(shop: Shop, file: str, kind: str) -> tuple[dict[int, str], dict[str, dict[str, Any]]]:
    """What became of each line, and the contacts there are then."""
    job = (await shop.client.post("/v1/imports", content=file, headers={"Content-Type": kind})).json()
    await run_import(shop.context, workspace_id=shop.workspace_id, import_id=decode_id("import", job["id"]))
    rows = (await shop.client.get(f"/v1/imports/{job['id']}/rows")).json()["items"]
    contacts = (await shop.client.get("/v1/contacts")).json()["items"]
    told = {row["line"]: " ".join([row["outcome"], *row["reason"].split(": ")[:2]]).strip() for row in rows}
    return told, {contact["phone"]: contact for contact in contacts}


async def test_the_columns_of_an_address_become_a_place_and_stay_attributes(shop: Shop) -> None:
    rows, contacts = await imported(shop, FILE, "text/csv")
    assert rows == {
        2: "created",
        3: "created",
        4: "created",
        5: "created",
        6: "created",
        7: "rejected unknown_region region",
        8: "rejected unknown_country country",
        9: "rejected bad_postal_code postal_code",
        10: "rejected bad_birth_date birth_date",
        11: "rejected bad_birth_date birth_date",
        12: "rejected bad_boolean column age_verified",
        13: "created",
    }
    regions = {phone: [place["region"] for place in contact["places"]] for phone, contact in contacts.items()}
    assert regions == {
        "+12125550142": ["US-FL"],
        "+12125550143": ["US-MA"],
        "+12125550144": ["CA-BC"],
        "+12125550145": [],
        "+442071838750": [],
        "+493012345678": ["DE"],
    }
    anna = contacts["+12125550142"]
    assert (anna["birth_date"], anna["age_verified"], anna["person"]) == ("1990-05-04", True, "anna")
    assert anna["attributes"] == {"state": "FL"}
    assert contacts["+442071838750"]["age_verified"] is False


async def test_the_keys_of_an_object_do_too(shop: Shop) -> None:
    rows, contacts = await imported(shop, OBJECTS, "application/x-ndjson")
    assert rows == {
        1: "created",
        2: "created",
        3: "rejected bad_value age_verified must be true or false",
        4: "rejected unknown_region region",
    }
    anna = contacts["+12125550142"]
    assert (anna["places"][0]["region"], anna["places"][0]["zones"]) == ("US-TX", ["America/Denver"])
    assert (anna["birth_date"], anna["age_verified"], anna["person"]) == ("1990-05-04", True, "a")
    assert contacts["+12125550143"]["places"] == []
