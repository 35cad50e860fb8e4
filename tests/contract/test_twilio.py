"""Is Twilio's own way kept? What its examples cannot say one by one: forms, keys, rotation, and what exactly is signed."""

import base64
import hmac
import json
from dataclasses import replace
from urllib.parse import parse_qs, parse_qsl, quote_plus, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as some

from app.domain.delivery import ErrorClass, Outbound, Refused, WebhookRequest
from app.domain.message import Channel
from app.domain.rich import Card, CarrierTemplate, Content, Media, Suggestion, SuggestionKind, Variable
from app.ports import Account, BadCredentials, BadSignature
from app.providers._twilio_signature import SETTINGS, verified_form
from app.providers.registry import request_for
from app.providers.twilio import Twilio
from tests.contract import examples_of as examples

_SID, _TOKEN = "AC" + "0" * 32, "a-live-token"
_KEY = {"api_key_sid": "SK" + "1" * 32, "api_key_secret": "a-key-secret"}
_URL = "https://hooks.blue.example/webhooks/twilio/prv_1"


def _twilio(base_url: str | None = None, **credentials: str) -> Twilio:
    return Twilio(Account({"account_sid": _SID, "auth_token": _TOKEN, **credentials}, base_url))


def _message(body: str = "Hello", callback_url: str = _URL + "?r=abc-_123") -> Outbound:
    return examples.message(Channel.SMS, body=body, callback_url=callback_url)


def _signed(
    url: str, body: str, *, signed_url: str | None = None, token: str = _TOKEN, hashed: str = "sha1", settings: str = ""
) -> WebhookRequest:
    tail = "".join(name + value for name, value in sorted(set(parse_qsl(body, keep_blank_values=True))))
    signature = base64.b64encode(hmac.digest(token.encode(), ((signed_url or url) + tail).encode(), hashed)).decode()
    headers = {"x-twilio-signature": signature, "content-type": "application/x-www-form-urlencoded"}
    headers |= {SETTINGS: settings} if settings else {}
    return WebhookRequest(
        method="POST", url=url, query=url.partition("?")[2], headers=headers, body=body.encode(), received_at=examples.NOW
    )


@given(body=some.text(max_size=300), callback=some.text(max_size=80))
def test_the_form_gives_back_what_went_in(body: str, callback: str) -> None:
    built = _twilio().build_request(_message(body, callback)).body.decode("ascii")
    form = parse_qs(built, keep_blank_values=True, strict_parsing=True)
    assert form["Body"] == [body]
    assert form["StatusCallback"] == [callback + "#rc=5&rp=5xx,ct,rt"]


@given(text=some.text(max_size=200))
def test_the_form_is_encoded_as_everyone_does(text: str) -> None:
    assert f"&Body={quote_plus(text)}&" in _twilio().build_request(_message(text)).body.decode("ascii")


@pytest.mark.parametrize(("sender", "field"), [
    ("MG" + "0a" * 16, "MessagingServiceSid"), ("MGM", "From"), ("MG" + "0a" * 15, "From"), ("+15005550006", "From"),
])  # fmt: skip
def test_a_name_that_begins_like_a_messaging_service_is_a_sender(sender: str, field: str) -> None:
    built = _twilio().build_request(examples.message(Channel.SMS, sender=sender))
    assert dict(parse_qsl(built.body.decode()))[field] == sender
    rcs = dict(parse_qsl(_twilio().build_request(examples.message(Channel.RCS, sender=sender)).body.decode()))
    assert rcs[field] == (sender if field == "MessagingServiceSid" else f"rcs:{sender}")
    assert (_twilio(bulk="on").batch_key(examples.message(Channel.SMS, sender=sender)) is None) is (field != "From")


def test_half_a_surrogate_does_not_stop_a_message() -> None:
    assert b"&Body=x%3Fy&" in _twilio().build_request(_message("x\ud83dy")).body


def test_an_api_key_authorises_requests_in_place_of_the_account() -> None:
    built = _twilio(**_KEY).build_request(_message())
    name, secret = _KEY.values()
    assert built.headers["authorization"] == "Basic " + base64.b64encode(f"{name}:{secret}".encode()).decode()
    assert built.url.endswith(f"/Accounts/{_SID}/Messages.json")


@pytest.mark.parametrize("name", list(_KEY))
def test_half_an_api_key_is_refused(name: str) -> None:
    with pytest.raises(BadCredentials) as refused:
        _twilio(**{name: _KEY[name]})
    assert refused.value.field in _KEY.keys() - {name}


def test_webhooks_are_signed_with_the_auth_token_even_where_a_key_sends() -> None:
    reading = _twilio(**_KEY).read_webhook(_signed(_URL, "MessageSid=SM1&MessageStatus=sent"))
    assert reading.receipts[0].raw_status == "sent"


@pytest.mark.parametrize("base_url", ["http://127.0.0.1:9/", "http://127.0.0.1:9"])
def test_a_base_url_may_end_in_a_slash(base_url: str) -> None:
    assert _twilio(base_url).build_request(_message()).url == f"http://127.0.0.1:9/2010-04-01/Accounts/{_SID}/Messages.json"


def test_while_a_token_is_rotated_both_are_believed_and_no_third() -> None:
    provider = _twilio(previous_auth_token="the-token-before")
    body = "MessageSid=SM1&MessageStatus=sent"
    for token in (_TOKEN, "the-token-before"):
        assert provider.read_webhook(_signed(_URL, body, token=token)).receipts
    with pytest.raises(BadSignature):
        provider.read_webhook(_signed(_URL, body, token="another-token"))


@pytest.mark.parametrize(("received", "signed", "taken"), [
    (_URL + "?r=a%20b", _URL + "?r=a%20b", True),
    (_URL + "?r=a%20b", _URL + "?r=a+b", False),
    (_URL + "?r=%2fx", _URL + "?r=%2Fx", False),
    (_URL + "?a=1&b=2", _URL + "?b=2&a=1", False),
    (_URL + "/", _URL, False),
    (_URL + "#rc=5", _URL, True),
    ("https://hooks.blue.example:443/x", "https://hooks.blue.example/x", True),
    ("https://hooks.blue.example/x", "https://hooks.blue.example:443/x", True),
    ("http://hooks.blue.example/x", "http://hooks.blue.example:80/x", True),
    ("https://hooks.blue.example/x", "https://hooks.blue.example:80/x", False),
    ("https://hooks.blue.example:8443/x", "https://hooks.blue.example:8443/x", True),
    ("https://hooks.blue.example:8443/x", "https://hooks.blue.example/x", True),
    ("https://hooks.blue.example/x", "https://hooks.blue.example:8443/x", False),
    ("https://hooks.blue.example:8443/x", "https://hooks.blue.example:443/x", False),
    ("https://Hooks.blue.example/x", "https://hooks.blue.example/x", False),
])  # fmt: skip
def test_the_signed_url_is_taken_to_the_letter(received: str, signed: str, taken: bool) -> None:
    call = _signed(received, "MessageSid=SM1&MessageStatus=sent", signed_url=signed)
    if taken:
        assert _twilio().read_webhook(call).receipts
    else:
        with pytest.raises(BadSignature):
            _twilio().read_webhook(call)


@pytest.mark.parametrize(("code", "error"), [
    ("21657", ErrorClass.CAPABILITY_MISSING), ("21608", ErrorClass.CAPABILITY_MISSING), ("30024", ErrorClass.CAPABILITY_MISSING),
    ("13224", ErrorClass.NOT_IN_SERVICE), ("21660", ErrorClass.SENDER_CONFIG), ("30042", ErrorClass.SENDER_CONFIG),
    ("63013", ErrorClass.SPAM_FILTERED), ("63014", ErrorClass.OPTED_OUT), ("99999", ErrorClass.UNKNOWN),
])  # fmt: skip
def test_a_failure_is_classed_by_its_code(code: str, error: ErrorClass) -> None:
    body = f"MessageSid=SM1&MessageStatus=failed&ErrorCode={code}"
    assert _twilio().read_webhook(_signed(_URL, body)).receipts[0].error is error


def test_a_short_token_signs_as_well() -> None:
    provider = Twilio(Account({"account_sid": _SID, "auth_token": "54321"}, None))
    assert provider.read_webhook(_signed(_URL, "MessageSid=SM1&MessageStatus=sent", token="54321")).receipts


def test_a_webhook_that_comes_by_get_has_its_fields_in_its_query() -> None:
    query = f"r={examples.REFERENCE}&From=%2B14155550123&To=%2B15005550006&Body=STOP&MessageSid=SM1&SmsStatus=received"
    call = replace(_signed(f"{_URL}?{query}", ""), method="GET")
    said = _twilio().read_webhook(call).inbound[0]
    assert (said.from_number, said.to_address, said.body) == ("+14155550123", "+15005550006", "STOP")
    other = query.replace("STOP", "START")
    with pytest.raises(BadSignature):
        _twilio().read_webhook(replace(call, url=f"{_URL}?{other}", query=other))


def test_a_json_body_is_taken_only_with_the_hash_that_was_signed() -> None:
    example = next(each for each in examples.read("twilio", "webhooks") if "JSON" in each["given"])
    call, provider = examples.webhook(example), examples.open_provider("twilio")
    assert provider.read_webhook(call).unread == 1
    with pytest.raises(BadSignature):
        provider.read_webhook(examples.with_body(call, call.body + b" "))


def test_a_signed_text_with_a_nought_byte_can_be_stored() -> None:
    reading = _twilio().read_webhook(_signed(_URL, "MessageSid=SM1&From=%2B1&To=%2B2&Body=a%00b&SmsStatus=received"))
    assert reading.inbound[0].body == "ab"


def test_more_fields_than_any_callback_has_are_not_read() -> None:
    with pytest.raises(BadSignature):
        _twilio().read_webhook(_signed(_URL, "&".join(f"f{number}=1" for number in range(600))))


@pytest.mark.parametrize(("caller", "signature"), [
    ("+12349013030", "0/KCTR6DLpKmkAf8muzZqo1nDgQ="), ("+14158675309", "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
])  # fmt: skip
def test_twilios_own_examples_of_signatures_are_believed(caller: str, signature: str) -> None:
    form = {"CallSid": "CA1234567890ABCDE", "Caller": caller, "Digits": "1234", "From": caller, "To": "+18005551212"}
    url = "https://mycompany.com/myapp.php?foo=1&bar=2"
    call = WebhookRequest(
        method="POST",
        url=url,
        query="foo=1&bar=2",
        headers={"x-twilio-signature": signature},
        body=urlencode(form).encode(),
        received_at=examples.NOW,
    )
    assert verified_form(call, tokens=[b"12345"], keys=[]) == form
    with pytest.raises(BadSignature):
        verified_form(call, tokens=[b"12346"], keys=[b"12345"])


_SHARED, _BY_KEY = "a-shared-key", "key=webhooks_sharedkey_1,algorithm=HMAC_SHA256"
_SENT = "MessageSid=SM1&MessageStatus=sent"


def test_a_shared_key_signs_with_sha256_while_the_token_stays_good() -> None:
    provider = _twilio(webhook_key=_SHARED, previous_webhook_key="the-key-before")
    for key in (_SHARED, "the-key-before"):
        assert provider.read_webhook(_signed(_URL, _SENT, token=key, hashed="sha256", settings=_BY_KEY)).receipts
    assert provider.read_webhook(_signed(_URL, _SENT)).receipts
    assert provider.read_webhook(_signed(_URL, _SENT, settings="key=x")).receipts, "no algorithm named: the token's"


@pytest.mark.parametrize(("token", "hashed", "settings"), [
    (_TOKEN, "sha256", _BY_KEY),
    (_SHARED, "sha1", _BY_KEY),
    (_SHARED, "sha1", ""),
    (_SHARED, "sha256", ""),
    (_SHARED, "sha256", "algorithm=HMAC_SHA1"),
    (_SHARED, "md5", "algorithm=HMAC_MD5"),
    (_SHARED, "sha256", "algorithm=none"),
    ("another-key", "sha256", _BY_KEY),
])  # fmt: skip
def test_no_secret_is_tried_with_another_algorithm_than_its_own(token: str, hashed: str, settings: str) -> None:
    with pytest.raises(BadSignature):
        _twilio(webhook_key=_SHARED).read_webhook(_signed(_URL, _SENT, token=token, hashed=hashed, settings=settings))


def test_without_a_shared_key_nothing_signed_by_one_is_believed() -> None:
    with pytest.raises(BadSignature):
        _twilio().read_webhook(_signed(_URL, _SENT, token=_SHARED, hashed="sha256", settings=_BY_KEY))
    with pytest.raises(BadSignature):
        _twilio().read_webhook(_signed(_URL, _SENT, token="", hashed="sha256", settings=_BY_KEY))


_CARDS = (Card(title="Shoes"),)
_CONTENT_SID = "HX" + "0a" * 16


@pytest.mark.parametrize("content", [
    Content(cards=_CARDS),
    Content(suggestions=(Suggestion(kind=SuggestionKind.REPLY, text="Yes", postback="y"),)),
    Content(cards=_CARDS, carrier_template=CarrierTemplate(id="another-carriers")),
    Content(cards=_CARDS, carrier_template=CarrierTemplate(id=_CONTENT_SID + "&Body=x")),
])  # fmt: skip
def test_what_twilio_shows_by_template_only_is_refused_and_not_left_out(content: Content) -> None:
    refused = request_for(_twilio(), examples.message(Channel.RCS, content=content))
    assert isinstance(refused, Refused)
    assert refused.code == "not_built"


@given(words=some.dictionaries(some.from_regex(r"[a-z0-9_]{1,16}", fullmatch=True), some.text(max_size=20), max_size=4))
def test_cards_are_shown_by_the_template_made_for_them_and_its_words_arrive_as_written(words: dict[str, str]) -> None:
    variables = tuple(Variable(name=name, value=value) for name, value in words.items())
    content = Content(cards=_CARDS, carrier_template=CarrierTemplate(id=_CONTENT_SID, variables=variables))
    request = _twilio().build_request(examples.message(Channel.RCS, content=content))
    form = dict(parse_qsl(request.body.decode(), keep_blank_values=True))
    assert form["ContentSid"] == _CONTENT_SID
    assert json.loads(form.get("ContentVariables", "{}")) == words
    assert form["To"].startswith("rcs:")
    assert form.keys().isdisjoint({"Body", "MediaUrl"}), "content takes their place"


def test_more_than_ten_media_or_five_megabytes_are_refused() -> None:
    for media, code in (
        ((Media(url="https://m.example/a"),) * 11, "too_many_media"),
        ((Media(url="https://m.example/a", size=5_000_001),), "media_too_big"),
    ):
        refused = request_for(_twilio(), examples.message(Channel.MMS, content=Content(media=media)))
        assert isinstance(refused, Refused)
        assert refused.code == code


@given(urls=some.lists(some.text(min_size=1, max_size=40), min_size=1, max_size=10))
def test_media_are_named_one_by_one_in_order(urls: list[str]) -> None:
    content = Content(media=tuple(Media(url=url) for url in urls))
    form = parse_qs(_twilio().build_request(examples.message(Channel.MMS, content=content)).body.decode("ascii"))
    assert form["MediaUrl"] == urls


@pytest.mark.parametrize("base_url", ["https://api.dublin.ie1.twilio.com", "https://api.sydney.au1.twilio.com"])
@pytest.mark.parametrize("channel", sorted(Channel))
def test_a_region_is_its_base_url(base_url: str, channel: Channel) -> None:
    url = _twilio(base_url).build_request(examples.message(channel)).url
    assert url.startswith(f"{base_url}/2010-04-01/Accounts/{_SID}/")


@given(fields=some.dictionaries(some.sampled_from("""
    CallSid CallStatus Direction Digits AnsweredBy SequenceNumber CallDuration Timestamp ErrorCode SipResponseCode MessageSid
    MessageStatus EventType NumMedia MediaUrl0 From To Body ButtonPayload OptOutType
""".split()), some.text(max_size=30) | some.sampled_from(["1", "9" * 40, "received", "failed", "READ", "CA1"]), max_size=9),
    step=some.sampled_from(["", "&step=keys", "&step=answered", "&step=machine", "&step=", "&step=x"]),
)  # fmt: skip
def test_nothing_signed_stops_the_reader(fields: dict[str, str], step: str) -> None:
    reading = _twilio().read_webhook(_signed(f"{_URL}?r=abc{step}", urlencode(fields)))
    assert reading.receipts or reading.inbound or reading.call or reading.unread
    assert not any("\0" in inbound.body + (inbound.payload or "") for inbound in reading.inbound)
