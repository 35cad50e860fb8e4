"""Is Plivo's own way kept? What its examples cannot say one by one: both signatures, parts, XML, look-ups, calls taken back."""

import base64
import hmac
from collections.abc import Sequence
from dataclasses import replace
from itertools import permutations
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree as ET

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as some

from app.domain.delivery import AnsweredBy, CallMoment, CallStep, ErrorClass, Script, WebhookRequest
from app.domain.message import Channel, State
from app.domain.rich import Content, Speech, Voicemail
from app.ports import Account, BadSignature, Speaks
from app.providers.plivo import Plivo
from tests.contract import examples_of as examples

_ID, _TOKEN = "MA0123456789ABCDEFGH", "a-live-token"
_URL = "https://hooks.blue.example/webhooks/plivo/prv_1"
_REFERENCE = examples.REFERENCE
_NONCE = "05429567804466091622"
_ACCOUNT = f"https://api.plivo.com/v1/Account/{_ID}"


def _plivo(**credentials: str) -> Plivo:
    return Plivo(Account({"auth_id": _ID, "auth_token": _TOKEN, **credentials}))


def _hash(signed: str, token: str = _TOKEN) -> str:
    return base64.b64encode(hmac.digest(token.encode(), signed.encode(), "sha256")).decode()


def _call(
    fields: Sequence[tuple[str, str]] | dict[str, str], url: str, headers: dict[str, str], method: str = "POST"
) -> WebhookRequest:
    pairs = list(fields.items()) if isinstance(fields, dict) else fields
    return WebhookRequest(
        method=method, url=url, query=url.partition("?")[2], headers=headers, body=urlencode(pairs).encode(),
        received_at=examples.NOW,
    )  # fmt: skip


def _v3(fields: dict[str, str], url: str = _URL, *, token: str = _TOKEN) -> WebhookRequest:
    """Signed as the vendor's page tells: sorted query, a full stop, sorted names and values, a full stop, the nonce."""
    base, _, query = url.partition("?")
    tail = "".join(name + fields[name] for name in sorted(fields))
    signed = f"{base}?{'&'.join(sorted(query.split('&')))}.{tail}" if query else f"{base}?{tail}"
    headers = {"x-plivo-signature-v3": _hash(f"{signed}.{_NONCE}", token), "x-plivo-signature-v3-nonce": _NONCE}
    return _call(fields, url, headers)


def _v2(fields: dict[str, str], url: str = _URL, name: str = "x-plivo-signature-v2", **more: str) -> WebhookRequest:
    headers = {name: _hash(url.partition("?")[0] + _NONCE), "x-plivo-signature-v2-nonce": _NONCE}
    return _call(fields, url, {**headers, **more})


def _status(word: str = "sent", **more: str) -> dict[str, str]:
    return {"MessageUUID": "u-1", "Status": word, "To": "14155550123", "From": "15005550006", **more}


def _refused(call: WebhookRequest) -> bool:
    try:
        _plivo().read_webhook(call)
    except BadSignature:
        return True
    return False


def test_the_query_is_signed_sorted_and_decoded() -> None:
    url = f"{_URL}?r={_REFERENCE}&a=1%202"
    signed = f"{_URL}?a=1 2&r={_REFERENCE}.MessageUUIDu-1Statussent.{_NONCE}"
    headers = {"x-plivo-signature-v3": _hash(signed), "x-plivo-signature-v3-nonce": _NONCE}
    reading = _plivo().read_webhook(_call({"Status": "sent", "MessageUUID": "u-1"}, url, headers))
    assert (reading.receipts[0].reference, reading.nonce) == (_REFERENCE, _NONCE)


def test_a_callback_by_get_is_signed_by_its_query_alone() -> None:
    url = f"{_URL}?Status=sent&r={_REFERENCE}&MessageUUID=u-1"
    signed = f"{_URL}?MessageUUID=u-1&Status=sent&r={_REFERENCE}.{_NONCE}"
    headers = {"x-plivo-signature-v3": _hash(signed), "x-plivo-signature-v3-nonce": _NONCE}
    assert _plivo().read_webhook(_call({}, url, headers, "GET")).receipts[0].reference == _REFERENCE
    assert _refused(_call({}, url.replace("sent", "delivered"), headers, "GET"))


def test_a_name_that_comes_twice_is_signed_with_its_values_sorted() -> None:
    signed = f"{_URL}?CaCbMessageUUIDu-1Statussent"
    headers = {"x-plivo-signature-v3": _hash(f"{signed}.{_NONCE}"), "x-plivo-signature-v3-nonce": _NONCE}
    fields = [("C", "b"), ("Status", "sent"), ("C", "a"), ("MessageUUID", "u-1")]
    assert _plivo().read_webhook(_call(fields, _URL, headers)).receipts


@given(text=some.text(max_size=60), encoded_twice=some.booleans())
def test_any_text_is_believed_as_it_was_signed(text: str, *, encoded_twice: bool) -> None:
    signed = f"{_URL}?From14155550123MessageUUIDu-1Text{text}To15005550006.{_NONCE}".encode("utf-8", "surrogatepass")
    message = signed.decode("latin-1").encode() if encoded_twice else signed
    headers = {
        "x-plivo-signature-v3": base64.b64encode(hmac.digest(_TOKEN.encode(), message, "sha256")).decode(),
        "x-plivo-signature-v3-nonce": _NONCE,
    }
    fields = {"From": "14155550123", "To": "15005550006", "MessageUUID": "u-1", "Text": text}
    assert _plivo().read_webhook(_call(fields, _URL, headers)).inbound[0].body == text.replace("\0", "")


def test_a_query_encoded_twice_beside_a_form_encoded_once_is_believed() -> None:
    signed = f"{_URL}?who=Zo\u00c3\u00ab.MessageUUIDu-1Statussent\u00e9.{_NONCE}"
    headers = {"x-plivo-signature-v3": _hash(signed), "x-plivo-signature-v3-nonce": _NONCE}
    call = _call({"MessageUUID": "u-1", "Status": "sent\u00e9"}, f"{_URL}?who=Zo%C3%AB", headers)
    assert _plivo().read_webhook(call).receipts
    assert _refused(replace(call, body=call.body.replace(b"sent", b"read")))


def test_while_a_token_is_rotated_both_are_believed_and_no_third() -> None:
    provider = _plivo(previous_auth_token="the-token-before")
    for token in (_TOKEN, "the-token-before"):
        assert provider.read_webhook(_v3(_status(), token=token)).receipts
    with pytest.raises(BadSignature):
        provider.read_webhook(_v3(_status(), token="another-token"))


def test_a_signature_needs_its_nonce() -> None:
    for name, call in (("x-plivo-signature-v3-nonce", _v3(_status())), ("x-plivo-signature-v2-nonce", _v2(_status()))):
        assert _refused(replace(call, headers={**call.headers, name: ""}))
        assert _refused(replace(call, headers={**call.headers, name: "1"}))


@pytest.mark.parametrize("name", ["x-plivo-signature-v2", "x-plivo-signature-ma-v2"])
def test_version_2_is_believed_for_messages_and_gives_its_nonce(name: str) -> None:
    reading = _plivo().read_webhook(_v2(_status(), f"{_URL}?r={_REFERENCE}", name))
    assert (reading.receipts[0].reference, reading.nonce) == (_REFERENCE, _NONCE)
    text = {"From": "14155550123", "To": "15005550006", "MessageUUID": "u-1", "Text": "Stop"}
    assert _plivo().read_webhook(_v2(text, name=name)).inbound[0].body == "Stop"


def test_version_2_is_not_believed_for_calls_elsewhere_or_beside_a_bad_version_3() -> None:
    assert _refused(_v2({"CallUUID": "c-1", "CallStatus": "completed"}))
    assert _refused(replace(_v2(_status()), url=_URL + "x"))
    assert _refused(_v2(_status(), **{"x-plivo-signature-v3": "AAAA", "x-plivo-signature-v3-nonce": _NONCE}))
    assert _refused(_v2(_status(), **{"x-plivo-signature-ma-v3": "", "x-plivo-signature-v3-nonce": _NONCE}))


def test_a_version_2_signature_is_no_version_3_one() -> None:
    call = _v2(_status())
    headers = {"x-plivo-signature-v3": call.headers["x-plivo-signature-v2"], "x-plivo-signature-v3-nonce": _NONCE}
    assert _refused(replace(call, headers=headers))


def test_more_parameters_than_any_callback_has_are_not_read() -> None:
    assert _refused(_v3(_status(), _URL + "?" + "&".join(f"p{number}=1" for number in range(200))))


@pytest.mark.parametrize(("code", "error"), [
    ("450", ErrorClass.CAPABILITY_MISSING), ("60", ErrorClass.SPAM_FILTERED), ("80", ErrorClass.TEMPORARILY_UNREACHABLE),
    ("200", ErrorClass.OPTED_OUT), ("1000", ErrorClass.UNKNOWN),
])  # fmt: skip
def test_a_failure_is_classed_by_its_code(code: str, error: ErrorClass) -> None:
    assert _plivo().read_webhook(_v3(_status("failed", ErrorCode=code))).receipts[0].error is error


def _states(order: Sequence[dict[str, str]]) -> int:
    provider = _plivo()
    receipts = [each for fields in order for each in provider.read_webhook(_v3(fields)).receipts]
    return max(each.state or 0 for each in receipts)


def test_the_worst_of_the_parts_is_the_messages_state_in_any_order() -> None:
    one = _status("delivered", ParentMessageUUID="u-0", PartInfo="1 of 2")
    two = _status("undelivered", ParentMessageUUID="u-0", PartInfo="2 of 2", MessageUUID="u-2", ErrorCode="80")
    events = (_status("queued", ParentMessageUUID="u-0", PartInfo="1 of 2"), one, two)
    assert {_states(order) for order in permutations(events)} == {State.UNDELIVERED}
    receipts = [_plivo().read_webhook(_v3(fields)).receipts[0] for fields in events]
    assert {each.provider_message_id for each in receipts} == {"u-0"}
    assert len({each.event_key for each in receipts}) == len(events)


@given(order=some.lists(some.sampled_from(["queued", "sent", "delivered", "undelivered", "read"]), min_size=1))
def test_events_in_any_order_and_number_end_in_the_same_state(order: list[str]) -> None:
    assert _states([_status(word) for word in order]) == _states([_status(word) for word in sorted(set(order))])


_NAMES = [
    "MessageUUID", "Status", "From", "To", "CallUUID", "CallStatus", "Digits", "Media0", "PartInfo", "TotalAmount", "Duration",
    "TotalCost", "Event", "Machine", "MessageIntent", "Type",
]  # fmt: skip
_ASCII = some.text(alphabet=some.characters(codec="ascii"), max_size=12)


@given(
    fields=some.dictionaries(some.sampled_from(_NAMES), _ASCII, min_size=1),
    step=some.sampled_from(["", "?step=answer", "?step=keys"]),
)
def test_whatever_is_signed_is_read(fields: dict[str, str], step: str) -> None:
    assert _plivo().read_webhook(_v3(fields, _URL + step)).nonce == _NONCE


def _script(person: str = "Tom & <Maya>", body: str = "Hi.\n[voicemail]\nCall 800-555-0100.", **more: Any) -> Script:
    outbound = examples.message(Channel.VOICE, body=body, content=Content(speech=Speech(**more)))
    return Script(outbound=outbound, person=person, machine="Call 800-555-0100.", goodbye="Never again.")


def _answered(script: Script, **step: Any) -> ET.Element:
    provider: Speaks = _plivo()
    answer = provider.answer_call(CallStep(**{"moment": CallMoment.ANSWERED, **step}), script)
    assert (answer.content_type, answer.commands) == ("application/xml", ())
    return ET.fromstring(answer.body)  # noqa: S314  # our own


def test_a_person_hears_the_text_and_may_press_one_key() -> None:
    root = _answered(_script(language="en-GB", voice="MAN"))
    assert [each.tag for each in root.iter()] == ["Response", "GetDigits", "Speak", "Hangup"]
    assert root[0].get("action") == f"https://hooks.blue.example/webhooks/x/prv_1?r={_REFERENCE}&step=keys"
    assert (root[0].get("numDigits"), root[0].get("finishOnKey")) == ("1", "none")
    assert (root[0][0].text, root[0][0].attrib) == ("Tom & <Maya>", {"voice": "MAN", "language": "en-GB"})


def test_a_recording_is_played_in_place_of_words() -> None:
    played = _answered(_script(recording="https://media.example/a.mp3?x=1&y=2"))[0][0]
    assert (played.tag, played.text) == ("Play", "https://media.example/a.mp3?x=1&y=2")


@pytest.mark.parametrize(("voice", "tags"), [("Polly.Joanna", ["break"]), ("", [])])
def test_only_voices_that_know_pauses_are_given_any(voice: str, tags: list[str]) -> None:
    said = _answered(_script('Hi<break time="2s"/>you', voice=voice))[0][0]
    assert [each.tag for each in said] == tags
    assert "".join(said.itertext()).split() in (["Hiyou"], ["Hi", "you"])


def test_after_the_key_the_call_ends_with_a_goodbye_or_without() -> None:
    said = _answered(replace(_script(), opted_out=True), moment=CallMoment.KEYS, keys="9")
    assert [(each.tag, each.text) for each in said] == [("Speak", "Never again."), ("Hangup", None)]
    assert [each.tag for each in _answered(_script(), moment=CallMoment.KEYS, keys="1")] == ["Hangup"]


def test_a_machine_found_while_the_call_spoke_is_sent_to_ask_for_its_voicemail() -> None:
    step = CallStep(moment=CallMoment.MACHINE, provider_call_id="c/1", answered_by=AnsweredBy.MACHINE)
    script = _script(voicemail=Voicemail.LEAVE)
    [command] = _plivo().answer_call(step, script).commands
    assert (command.method, command.url) == ("POST", f"{_ACCOUNT}/Call/c%2F1/")
    assert orjson.loads(command.body)["aleg_url"] == script.outbound.callback_url + "&step=voicemail"
    left = _answered(script, answered_by=AnsweredBy.MACHINE)
    assert [each.tag for each in left] == ["Wait", "Speak", "Hangup"]


def test_a_person_and_a_machine_that_is_left_nothing_are_not_interrupted() -> None:
    for who, voicemail in ((AnsweredBy.HUMAN, Voicemail.LEAVE), (AnsweredBy.MACHINE, Voicemail.HANG_UP)):
        step = CallStep(moment=CallMoment.MACHINE, provider_call_id="c-1", answered_by=who)
        answer = _plivo().answer_call(step, _script(voicemail=voicemail))
        assert (answer.body, answer.commands) == (b"", ())
    assert [each.tag for each in _answered(_script(), answered_by=AnsweredBy.MACHINE)] == ["Hangup"]


@given(words=some.text(max_size=200))
def test_any_words_make_a_document(words: str) -> None:
    assert _answered(_script(words)).tag == "Response"
