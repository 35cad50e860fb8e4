"""Templates over HTTP: versions that stay as they are, previews that cost what they say, faults with their place."""

from typing import Any

import pytest

from app.domain.ids import encode_id
from app.storage.contacts import sample_contacts
from tests.shop import NOBODY, Shop, pointers


async def test_a_template_is_written_and_gets_versions_that_never_change(shop: Shop) -> None:
    made = await shop.template("Hello {{ first_name | default: 'you' }}", name="hello")
    assert (made["version"], made["channel"]) == (1, "sms")
    assert made["fields"] == [{"name": "first_name", "has_default": True}]
    path = f"/v1/templates/{made['id']}"
    second = await shop.made(f"{path}/versions", {"body": "Bye {{ first_name }}"})
    assert (second["version"], second["body"]) == (2, "Bye {{ first_name }}")
    assert second["fields"] == [{"name": "first_name", "has_default": False}]
    assert (await shop.client.get(path)).json() == second
    kept = (await shop.client.get(f"{path}/versions")).json()["items"]
    assert [(version["version"], version["body"]) for version in kept] == [(2, second["body"]), (1, made["body"])]
    assert (await shop.client.get(f"{path}/versions/1")).json() == kept[1]
    assert (await shop.client.get(f"{path}/versions/3")).status_code == 404
    assert [item["id"] for item in (await shop.client.get("/v1/templates")).json()["items"]] == [made["id"]]


async def test_versions_are_read_a_page_at_a_time(shop: Shop) -> None:
    path = f"/v1/templates/{(await shop.template('one'))['id']}/versions"
    for body in ("two", "three"):
        await shop.made(path, {"body": body})
    first = (await shop.client.get(path, params={"limit": 2})).json()
    rest = (await shop.client.get(path, params={"limit": 2, "cursor": first["next_cursor"]})).json()
    assert [version["version"] for version in first["items"] + rest["items"]] == [3, 2, 1]
    assert rest["next_cursor"] is None


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ("Hi {{ first_name", "line 1, column 4"),
        ("Hi\n {{ name | shout }}", "line 2, column 12"),
        ("{% if vip %}hello\n{% endfor %}", "line 2, column 4"),
        ("Hi {{ }}", "line 1, column 4"),
    ],
)
async def test_a_fault_in_a_text_is_named_with_its_place(shop: Shop, body: str, place: str) -> None:
    for path in ("/v1/templates", f"/v1/templates/{(await shop.template())['id']}/versions"):
        fields = {"name": "x"} if path == "/v1/templates" else {}
        answer = await shop.client.post(path, json={"body": body, **fields})
        assert (answer.status_code, pointers(answer)) == (422, ["/body/body"])
        assert place in answer.json()["detail"]


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"body": ""}, "/body/body"),
        ({"body": "x" * 10_001}, "/body/body"),
        ({"body": 5}, "/body/body"),
        ({"channel": "fax"}, "/body/channel"),
        ({"name": None}, "/body/name"),
        ({"version": 3}, "/body/version"),
    ],
)
async def test_what_a_template_cannot_be_is_named(shop: Shop, fields: dict[str, Any], pointer: str) -> None:
    answer = await shop.client.post("/v1/templates", json={"name": "x", "body": "Hi", **fields})
    assert (answer.status_code, pointers(answer)) == (422, [pointer])


async def test_a_preview_counts_parts_and_names_what_is_missing_and_what_is_foreign(shop: Shop) -> None:
    made = await shop.template("Hi {{ first_name }} of {{ city.name }}: “sale” {{ phone }}")
    answer = await shop.made(f"/v1/templates/{made['id']}/preview", {"values": {"first_name": "Maya"}})
    assert answer["body"] == "Hi Maya of [city.name]: “sale” [phone]"
    assert (answer["encoding"], answer["parts"], answer["units"]) == ("ucs2", 1, len(answer["body"]))
    assert answer["missing"] == ["city.name", "phone"]
    assert [found["character"] for found in answer["foreign_characters"]] == ["“", "”"]
    long = await shop.template("x" * 161)
    counted = await shop.made(f"/v1/templates/{long['id']}/preview", {})
    assert (counted["encoding"], counted["units"], counted["parts"]) == ("gsm7", 161, 2)


async def test_a_preview_takes_a_contacts_values_and_given_ones_over_them(shop: Shop) -> None:
    (contact,) = await shop.people(["+12125550100"], first_name="Ana", city="Graz")
    made = await shop.template("{{ first_name }} in {{ city }}, {{ phone }}")
    ask = {"contact_id": encode_id("contact", contact), "values": {"city": "Wien"}}
    assert (await shop.made(f"/v1/templates/{made['id']}/preview", ask))["body"] == "Ana in Wien, +12125550100"
    await shop.made(f"/v1/templates/{made['id']}/versions", {"body": "new"})
    assert (await shop.made(f"/v1/templates/{made['id']}/preview", {**ask, "version": 1}))["body"].startswith("Ana")
    assert (await shop.made(f"/v1/templates/{made['id']}/preview", ask))["body"] == "new"


@pytest.mark.parametrize(
    ("body", "status", "pointer"),
    [
        ({"contact_id": f"con_{NOBODY}"}, 404, "/body/contact_id"),
        ({"version": 9}, 404, "/body/version"),
        ({"version": 0}, 422, "/body/version"),
        ({"values": ["Maya"]}, 422, "/body/values"),
        ({"values": {"name": "x" * 2_000}}, 422, "/body/values"),
        ({"who": "Maya"}, 422, "/body/who"),
    ],
)
async def test_what_cannot_be_previewed_is_named(shop: Shop, body: dict[str, Any], status: int, pointer: str) -> None:
    made = await shop.template("Hi {{ name | default: 'you' }}")
    answer = await shop.client.post(f"/v1/templates/{made['id']}/preview", json=body)
    assert (answer.status_code, pointers(answer)) == (status, [pointer])


async def test_another_workspaces_template_does_not_exist(shop: Shop, stranger: Shop) -> None:
    made = await shop.template(name="mine")
    path = f"/v1/templates/{made['id']}"
    for answer in (
        await stranger.client.get(path),
        await stranger.client.get(f"{path}/versions"),
        await stranger.client.get(f"{path}/versions/1"),
        await stranger.client.post(f"{path}/versions", json={"body": "theirs"}),
        await stranger.client.post(f"{path}/preview", json={}),
    ):
        assert answer.status_code == 404
    assert (await stranger.client.get("/v1/templates")).json()["items"] == []
    await stranger.template(name="mine")
    again = await shop.client.post("/v1/templates", json={"name": "mine", "body": "x"})
    assert (again.status_code, pointers(again)) == (409, ["/body/name"])


async def test_a_failed_post_leaves_its_idempotency_key_for_the_corrected_one(shop: Shop) -> None:
    headers = {"Idempotency-Key": "k"}
    wrong = await shop.client.post("/v1/templates", json={"name": "x", "body": "{{"}, headers=headers)
    assert wrong.status_code == 422
    right = await shop.client.post("/v1/templates", json={"name": "x", "body": "Hi"}, headers=headers)
    assert right.status_code == 201
    again = await shop.client.post("/v1/templates", json={"name": "x", "body": "Hi"}, headers=headers)
    assert (again.json(), again.headers["Idempotency-Replayed"]) == (right.json(), "true")
    other = await shop.client.post("/v1/templates", json={"name": "x", "body": "Ho"}, headers=headers)
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_key_reused")


async def test_a_text_in_several_languages_is_kept_shown_and_previewed_in_each(shop: Shop) -> None:
    german: dict[str, Any] = {"body": "Hallo {{ first_name }}, {{ total | money: 'EUR' }}", "content": None, "defaults": {}}
    body = "Hi {{ first_name | default: 'you' }}"
    made = await shop.template(body, locale="en_GB", locales={"de": german, "pt_BR": {"body": "Oi"}})
    assert (made["locale"], made["locales"]) == (
        "en-GB",
        {"de": german, "pt-BR": {"body": "Oi", "content": None, "defaults": {}}},
    )
    assert made["fields"] == [{"name": "first_name", "has_default": False}, {"name": "total", "has_default": False}]
    path = f"/v1/templates/{made['id']}"
    for locale, text in (("de-AT", "Hallo Eva, 2,50 €"), ("pt-BR", "Oi"), ("pt-PT", "Hi Eva"), ("en", "Hi Eva")):
        values = {"first_name": "Eva", "total": 2.5, "locale": locale}
        assert (await shop.made(f"{path}/preview", {"values": values}))["body"] == text
    checked = await shop.made(f"{path}/check", {"locale": "pt-BR", "values": {"first_name": "Eva", "total": 1}})
    assert checked["items"][0]["body"].startswith("Oi")
    await shop.made(f"{path}/versions", {"body": "plain"})
    assert (await shop.client.get(f"{path}/versions/1")).json()["locales"]["de"] == german
    assert (await shop.client.get(path)).json()["locales"] == {}


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"locales": {"de": {"body": "\n{{ name"}}}, "/body/locales/de/body"),
        ({"locales": {"de": {"body": "{% for %}"}}}, "/body/locales/de/body"),
        ({"locales": {"de": {"body": "x", "content": {"subject": "y"}}}}, "/body/locales/de/content/subject"),
        ({"locales": {"de": {"body": "x"}, "DE": {"body": "y"}}}, "/body/locales/DE"),
        ({"locale": "de", "locales": {"de": {"body": "x"}}}, "/body/locales/de"),
        ({"locales": {"de": "x"}}, "/body/locales/de"),
        ({"locale": "no language"}, "/body/locale"),
        ({"missing": "guess"}, "/body/missing"),
        ({"defaults": {"a b": "x"}}, "/body/defaults/a b/[key]"),
        ({"defaults": {"a": ""}}, "/body/defaults/a"),
        ({"locales": {f"a{chr(97 + place // 26)}{chr(97 + place % 26)}": {"body": "x"} for place in range(51)}}, "/body/locales"),
    ],
)
async def test_a_fault_in_a_language_is_named_with_its_locale(shop: Shop, fields: dict[str, Any], pointer: str) -> None:
    answer = await shop.client.post("/v1/templates", json={"name": "x", "body": "Hi", **fields})
    assert (answer.status_code, pointers(answer)) == (422, [pointer]), answer.text


async def test_typographic_signs_are_named_shown_plainly_and_leave_so_where_the_workspace_says(shop: Shop) -> None:
    text = "Blue Shop: \u201cSale\u201d \u2013 it\u2019s {{ a }}. Reply STOP to opt out"
    plain = 'Blue Shop: "Sale" - it\'s on. Reply STOP to opt out'
    path = f"/v1/templates/{(await shop.template(text))['id']}"
    shown = await shop.made(f"{path}/preview", {"values": {"a": "on"}})
    assert (shown["encoding"], shown["plain"]) == ("ucs2", {"body": plain, "encoding": "gsm7", "parts": 1})
    assert [found["plainly"] for found in shown["foreign_characters"]] == ['"', '"', "-", "'"]
    named = await shop.made(f"{path}/preview", {"values": {"a": "for Zo\u00eb"}})
    assert named["plain"]["body"] == named["body"]
    assert named["foreign_characters"][-1]["plainly"] is None
    ask = {"regions": ["US"], "brand": "Blue Shop", "values": {"a": "on"}}
    (item,) = (await shop.made(f"{path}/check", ask))["items"]
    assert (item["encoding"], [found["name"] for found in item["foreign_characters"]][2]) == ("ucs2", "EN DASH")
    assert (await shop.client.patch("/v1/workspace", json={"policy": {"letters": "plain"}})).is_success
    assert (await shop.made(f"{path}/check", ask))["items"][0]["body"] == plain


async def test_a_text_is_tried_on_the_people_there_are(shop: Shop) -> None:
    await shop.people(["+12125550101", "+12125550102", "+12125550103"], first_name="Ana", note="x" * 140, sizes=["S"])
    await shop.people(["+12125550104"], first_name="Maximiliana")
    made = await shop.template(
        "{{ first_name }} {{ note }}{% for s in sizes %}{{ s }}{% endfor %} {{ frist_name | default: '' }}{{ phone }}"
    )
    people = (await shop.made(f"/v1/templates/{made['id']}/check", {}))["people"]
    seen = {field.pop("name"): tuple(field.values()) for field in people.pop("fields")}
    assert seen == {
        "first_name": (False, 4, 11, None),
        "note": (False, 3, 140, None),
        "sizes": (True, 3, 0, None),
        "frist_name": (True, 0, 0, "first_name"),
        "phone": (False, 4, 12, None),
    }
    assert people == {
        "sampled": 4,
        "unknown_fields": ["frist_name"],
        "incomplete": 1,
        "too_long": 0,
        "parts_typical": 1,
        "parts_worst": 2,
        "ucs2": 0,
        "foreign_characters": [],
    }
    nobody = (await shop.made(f"/v1/templates/{(await shop.template('{{ a }}'))['id']}/check", {}))["people"]
    assert (nobody["unknown_fields"], nobody["incomplete"], nobody["parts_worst"]) == (["a"], 4, 0)


async def test_a_check_names_what_makes_a_text_dearer_in_it_and_in_peoples_values(shop: Shop) -> None:
    await shop.people(["+12125550101", "+12125550102"], first_name="Zo\u00eb")
    await shop.people(["+12125550103"], first_name="Ana")
    made = await shop.template("Blue Shop\nit\u2019s {{ first_name }}" + "x" * 60)
    ask = {"regions": ["FR"], "purpose": "transactional", "values": {"first_name": "Ana"}}
    asked = await shop.made(f"/v1/templates/{made['id']}/check", ask)
    (item,) = asked["items"]
    assert (item["encoding"], item["parts"], item["parts_without_foreign"], item["foreign_kinds"]) == ("ucs2", 2, 1, 1)
    quote = {"character": "\u2019", "name": "RIGHT SINGLE QUOTATION MARK", "plainly": "'", "count": 1, "parts_without": 1}
    assert item["foreign_characters"] == [{**quote, "places": [{"line": 2, "column": 3}]}]
    seen = [(found["character"], found["people"]) for found in asked["people"]["foreign_characters"]]
    assert (asked["people"]["ucs2"], seen) == (3, [("\u2019", 3), ("\u00eb", 2)])
    assert (await shop.client.patch("/v1/workspace", json={"policy": {"letters": "plain"}})).is_success
    people = (await shop.made(f"/v1/templates/{made['id']}/check", ask))["people"]
    assert (people["ucs2"], people["parts_typical"]) == (2, 2)


async def test_the_people_a_text_is_tried_on_are_the_first_and_the_last(shop: Shop) -> None:
    phones = [f"+121255501{place:02}" for place in range(9)]
    for phone in phones:
        await shop.people([phone], first_name="Ann")
    async with shop.context.db.transaction() as tx:
        for limit, tried in ((5, phones[:2] + phones[-3:]), (1, phones[-1:]), (20, phones)):
            rows = await sample_contacts(tx, workspace_id=shop.workspace_id, limit=limit)
            assert sorted(row["phone"] for row in rows) == tried


async def test_a_text_is_tried_on_nobody_elses_people(shop: Shop, stranger: Shop) -> None:
    await stranger.people(["+12125550101"], first_name="Ana")
    people = (await shop.made(f"/v1/templates/{(await shop.template('{{ first_name }}'))['id']}/check", {}))["people"]
    assert (people["sampled"], people["unknown_fields"], people["parts_worst"]) == (0, [], 0)


async def test_what_becomes_of_a_missing_value_is_said_before_the_launch_and_counted(shop: Shop) -> None:
    await shop.people(["+12125550101", "+12125550102"])
    await shop.people(["+12125550103"], first_name="Ana", city="Graz")
    body = "Blue Shop: hi {{ first_name }}, 20% off in {{ city }}. Reply STOP to opt out"
    skips = await shop.template(body)
    stands = await shop.template(body, defaults={"first_name": "friend"}, missing="leave_out")
    assert (stands["defaults"], stands["missing"], skips["missing"]) == ({"first_name": "friend"}, "leave_out", "skip")
    counted = []
    for made in (skips, stands):
        campaign = await shop.campaign(template_id=made["id"])
        content = (await shop.made(f"/v1/campaigns/{campaign['id']}/preflight", {}))["content"]
        counted.append((content["incomplete"], content["missing"], content["without"]))
    assert counted == [(2, {"first_name": 2, "city": 2}, {}), (0, {}, {"first_name": 2, "city": 2})]
    shown = await shop.made(f"/v1/templates/{stands['id']}/preview", {"values": {"city": "Wien"}})
    assert (shown["body"], shown["missing"]) == ("Blue Shop: hi friend, 20% off in Wien. Reply STOP to opt out", [])


async def test_a_script_is_spoken_in_its_own_language_and_never_by_a_voice_of_another(shop: Shop) -> None:
    speech = {"language": "en-GB", "voice": "Amy", "recording": "https://a.example/hi.mp3", "opt_out_key": "5"}
    texts = {"de": {"body": "Hallo"}, "fr-CA": {"body": "Bonjour", "content": {"speech": {"language": "fr-CA", "voice": "Lea"}}}}
    made = await shop.template("Hello", channel="voice", content={"speech": speech}, locales=texts)
    spoken = {tag: text["content"]["speech"] for tag, text in made["locales"].items()}
    assert made["content"]["speech"]["voice"] == "Amy"
    assert spoken["de"] == {**speech, "language": "de-DE", "voice": "", "recording": "", "voicemail": "hang_up"}
    assert (spoken["fr-CA"]["language"], spoken["fr-CA"]["voice"]) == ("fr-CA", "Lea")
    own = await shop.template("Ciao", channel="voice", locale="it")
    assert own["content"]["speech"]["language"] == "it-IT"
