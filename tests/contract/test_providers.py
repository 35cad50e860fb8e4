"""Does every provider keep the contract? Walks the folder: whoever is added later is held to the same, by its own examples."""

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from app.domain.delivery import Accepted, ErrorClass, MayHaveLeft, NeverLeft, Refused, Response, Safety, WebhookRequest
from app.domain.message import Channel
from app.domain.rich import Card, Content, Media, Suggestion, SuggestionKind
from app.ports import Account, BadCredentials, BadSignature, Provider
from app.providers.registry import installed, outcome_of, request_for
from tests.contract import examples_of as examples

REQUESTS, ANSWERS, WEBHOOKS = examples.cases("requests"), examples.cases("answers"), examples.cases("webhooks")
every_provider = pytest.mark.parametrize("kind", examples.kinds())


@every_provider
def test_a_provider_says_what_it_is(kind: str) -> None:
    provider = installed()[kind]
    assert re.fullmatch(r"[a-z][a-z0-9_]*", provider.kind)
    assert provider.kind == kind
    assert provider.title
    assert provider.channels <= frozenset(Channel)
    assert provider.channels
    assert provider.default_base_url.startswith("https://")
    assert set(provider.safety) == set(provider.limits) == provider.channels
    assert not provider.id_is_ours or set(provider.safety.values()) == {Safety.OWN_ID}
    assert all(field.title and re.compile(field.pattern).groups >= 0 for field in provider.credential_fields)


@every_provider
def test_every_provider_has_examples(kind: str) -> None:
    assert all(examples.read(kind, name) for name in ("account", "requests", "answers", "webhooks"))


@pytest.mark.parametrize(("kind", "example"), REQUESTS, ids=examples.ids(REQUESTS))
def test_a_message_becomes_this_request(kind: str, example: dict[str, Any]) -> None:
    built = examples.open_provider(kind).build_request(examples.outbound(example))
    wanted = examples.request(example)
    assert (built.method, built.url, dict(built.headers), built.body) == (wanted.method, wanted.url, wanted.headers, wanted.body)


@pytest.mark.parametrize(("kind", "example"), ANSWERS, ids=examples.ids(ANSWERS))
def test_an_answer_means_this(kind: str, example: dict[str, Any]) -> None:
    provider = examples.open_provider(kind)
    assert examples.meaning(provider.read_response(examples.response(example["response"]))) == example["outcome"]


@pytest.mark.parametrize(("kind", "example"), WEBHOOKS, ids=examples.ids(WEBHOOKS))
def test_a_webhook_is_read_as_this(kind: str, example: dict[str, Any]) -> None:
    assert examples.open_provider(kind).read_webhook(examples.webhook(example)) == examples.reading(example)


def _believed(provider: Provider, call: WebhookRequest) -> bool:
    try:
        provider.read_webhook(call)
    except BadSignature:
        return False
    return True


def _other_bodies(call: WebhookRequest) -> dict[str, WebhookRequest]:
    return {
        "body longer": examples.with_body(call, call.body + b"&Extra=1"),
        "body cut": examples.with_body(call, call.body[:-1] if call.body else b"x=1"),
        "body not ASCII": examples.with_body(call, call.body + b"\xff"),
    }


def _other_urls(call: WebhookRequest) -> dict[str, WebhookRequest]:
    return {
        "path": examples.with_url(call, call.url.replace("/webhooks/", "/webhook/")),
        "query": examples.with_url(call, call.url + ("&" if call.query else "?") + "z=1"),
        "scheme": examples.with_url(call, call.url.replace("https://", "http://", 1)),
        "host": examples.with_url(call, call.url.replace("hooks.", "other.", 1)),
        "port": examples.with_url(call, call.url.replace(".example/", ".example:8443/", 1)),
    }


_PICTURE = Media(url="https://media.blue.example/boots.jpg", content_type="image/jpeg")
_BOOTS, _COAT = Card(title="Boots", text="Warm", media=_PICTURE), Card(title="Coat", text="Long", media=_PICTURE)
_YES = Suggestion(kind=SuggestionKind.REPLY, text="Yes")


@pytest.mark.parametrize("content", [
    Content(cards=(_BOOTS,)), Content(cards=(_BOOTS, _COAT)), Content(cards=(Card(title="Boots"),), suggestions=(_YES,)),
    Content(media=(_PICTURE,)), Content(media=(_PICTURE,), suggestions=(_YES,)), Content(suggestions=(_YES,)),
])  # fmt: skip
@pytest.mark.parametrize("words", ["Reply+STOP+to+end", "x" * 2_000 + "Reply+STOP+to+end"])
@every_provider
def test_nothing_rich_takes_the_place_of_the_words(kind: str, words: str, content: Content) -> None:
    provider = examples.open_provider(kind)
    if Channel.RCS in provider.channels:
        message = examples.message(Channel.RCS, sender="blue", body=words.replace("+", " "), content=content)
        asked = request_for(provider, message)
        assert isinstance(asked, Refused) or words in asked.body.decode().replace(" ", "+")


@pytest.mark.parametrize(("kind", "example"), WEBHOOKS, ids=examples.ids(WEBHOOKS))
def test_a_webhook_with_anything_altered_is_refused(kind: str, example: dict[str, Any]) -> None:
    provider, call = examples.open_provider(kind), examples.webhook(example)
    account = examples.read(kind, "account")
    signs, left_out = account["signs"], account.get("left_out", [])  # what of the URL the carrier itself may leave out
    altered = {
        **(_other_bodies(call) if "body" in signs else {}),
        **(_other_urls(call) if "url" in signs else {}),
        "no headers": examples.with_headers(call, {}),
        "signature of zeros": examples.with_headers(call, dict.fromkeys(call.headers, "AAAA")),
        "signature not ASCII": examples.with_headers(call, {name: "é" + value[1:] for name, value in call.headers.items()}),
        "signature cut": examples.with_headers(call, {name: value[:-4] for name, value in call.headers.items()}),
    }
    assert [what for what, forged in altered.items() if _believed(provider, forged)] == left_out


@every_provider
def test_a_webhook_of_another_account_is_refused(kind: str) -> None:
    account = examples.read(kind, "account")
    stranger = installed()[kind](Account({**account["credentials"], **account["stranger"]}, account["base_url"]))
    for example in examples.read(kind, "webhooks"):
        with pytest.raises(BadSignature):
            stranger.read_webhook(examples.webhook(example))


@every_provider
def test_every_code_of_the_table_is_reached_by_an_answer(kind: str) -> None:
    provider = examples.open_provider(kind)
    for code, error in provider.error_codes.items():
        outcome = provider.read_response(examples.error_answer(kind, code))
        assert isinstance(outcome, Refused)
        assert (outcome.error, outcome.code) == (error, code)
        assert "14155550123" not in outcome.detail, "a number from the provider's message must not travel on"


@every_provider
def test_every_class_of_the_table_has_an_example(kind: str) -> None:
    shown = {example["outcome"].get("error") for example in examples.read(kind, "answers")}
    for example in examples.read(kind, "webhooks"):
        shown |= {receipt["error"] for receipt in example["reading"].get("receipts", ())}
    assert set(installed()[kind].error_codes.values()) <= {ErrorClass(error) for error in shown if error}


@every_provider
@pytest.mark.parametrize("status", [200, 201, 202, 204])
@pytest.mark.parametrize("body", [b"", b"null", b"[]", b"{}", b'"sid"', b"{", b"<html>", b"\xff\xfe", b'{"sid": 7}'])
def test_a_yes_nobody_can_read_may_have_been_acted_on(kind: str, status: int, body: bytes) -> None:
    assert isinstance(examples.open_provider(kind).read_response(Response(status, {}, body)), MayHaveLeft)


@every_provider
@settings(max_examples=300, deadline=None)
@given(
    status=some.integers(100, 599),
    headers=some.dictionaries(some.sampled_from(["retry-after", "date", "content-type"]), some.text(max_size=40), max_size=3),
    body=some.binary(max_size=300) | some.sampled_from([b'{"code": null}', b'{"code": [1]}', b"NaN", b"[" * 5000]),
)
def test_no_answer_stops_the_reader(kind: str, status: int, headers: dict[str, str], body: bytes) -> None:
    outcome = examples.open_provider(kind).read_response(Response(status, headers, body))
    assert isinstance(outcome, Accepted | Refused | MayHaveLeft)
    assert not (isinstance(outcome, Refused) and status >= 500), "a broken provider may have acted"


@every_provider
@settings(max_examples=200, deadline=None)
@given(body=some.binary(max_size=400), signature=some.text(max_size=60))
def test_no_webhook_is_believed_unsigned(kind: str, body: bytes, signature: str) -> None:
    call = examples.webhook(examples.read(kind, "webhooks")[0])
    headers = dict.fromkeys(call.headers, signature)
    with pytest.raises(BadSignature):
        examples.open_provider(kind).read_webhook(examples.with_headers(examples.with_body(call, body), headers))


@every_provider
@settings(max_examples=300, deadline=None)
@given(
    data=some.data(),
    body=some.text(max_size=400),
    sender=some.text(min_size=1, max_size=20),
    validity=some.none() | some.integers(-(10**9), 10**9),
)
def test_every_text_becomes_a_request(kind: str, data: some.DataObject, body: str, sender: str, validity: int | None) -> None:
    provider = examples.open_provider(kind)
    channel = data.draw(some.sampled_from(sorted(provider.channels)))
    message = examples.message(channel, sender=sender, body=body, validity=validity)
    built = provider.build_request(message)
    assert built.url.startswith("https://")
    assert all(name == name.lower() for name in built.headers)
    assert built == provider.build_request(message), "a request is built from the message alone"


@every_provider
def test_credentials_are_asked_for_by_name(kind: str) -> None:
    provider, good = installed()[kind], examples.read(kind, "account")["credentials"]
    for field in provider.credential_fields:
        if field.required:
            with pytest.raises(BadCredentials) as missing:
                provider(Account({name: value for name, value in good.items() if name != field.name}))
            assert missing.value.field == field.name
        with pytest.raises(BadCredentials) as malformed:
            provider(Account({**good, field.name: " "}))
        assert malformed.value.field == field.name
    with pytest.raises(BadCredentials) as unknown:
        provider(Account({**good, "favourite_colour": "blue"}))
    assert unknown.value.field == "favourite_colour"


@every_provider
@pytest.mark.parametrize("base_url", ["", "nowhere", "ftp://files.example", "https://"])
def test_a_base_url_that_cannot_be_called_is_refused(kind: str, base_url: str) -> None:
    account = Account(examples.read(kind, "account")["credentials"], base_url)
    if base_url == "":  # as good as none: the provider's own
        installed()[kind](account)
        return
    with pytest.raises(BadCredentials) as refused:
        installed()[kind](account)
    assert refused.value.field == "base_url"


@every_provider
def test_an_account_elsewhere_sends_nothing_to_the_providers_own_address(kind: str) -> None:
    provider = installed()[kind](Account(examples.read(kind, "account")["credentials"], "http://127.0.0.1:9/carrier/"))
    for channel in sorted(provider.channels):
        assert provider.build_request(examples.message(channel)).url.startswith("http://127.0.0.1:9/carrier/")


@every_provider
def test_a_failure_to_send_is_its_own_outcome(kind: str) -> None:
    provider = examples.open_provider(kind)
    for result in (NeverLeft("no connection"), MayHaveLeft("no answer")):
        assert outcome_of(provider, result) is result


@every_provider
def test_an_answer_that_breaks_the_reader_counts_as_acted_on(kind: str) -> None:
    unheard_of: Any = Response(201, {}, None)  # type: ignore[arg-type]  # nothing a sender gives; a reader's fault would look like this
    assert isinstance(outcome_of(examples.open_provider(kind), unheard_of), MayHaveLeft)
