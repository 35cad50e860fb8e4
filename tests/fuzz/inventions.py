"""Which requests are invented, and what must every answer keep? The OpenAPI document, known values mixed in, and the checks."""

import json
from collections.abc import Callable, Mapping
from typing import Any
from zlib import crc32

import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.core.parameters import ParameterLocation

from tests.fuzz.ground import Ground

_TEXT = ("text/csv", "application/x-ndjson")
_PROBLEM = {"type": str, "title": str, "status": int, "code": str, "detail": str, "errors": list}
# positive_data_acceptance is off: a JSON schema cannot say which digits are a phone number, so a 422 is no fault there.
_OFF = ("positive_data_acceptance",)


def invented(ground: Ground, *, examples: int, seed: int | None) -> schemathesis.BaseSchema:
    """The document of the running API, ready for the engine: `examples` requests an operation beside the systematic ones."""
    schemathesis.check(errors_are_problems)
    schemathesis.serializer("application/x-ndjson")(_as_text)
    settings: dict[str, Any] = {
        "headers": {"Authorization": f"Bearer {ground.api_key}"},
        "continue-on-failure": True,
        "request-timeout": 20,
        "max-stream-events": 1,  # the live progress of a campaign lasts as long as the campaign
        "generation": {"max-examples": examples, "database": "none"},
        "checks": {name: {"enabled": False} for name in _OFF},
        "output": {"sanitization": {"enabled": False}},  # a failing request is shown as it can be sent again
    }
    if seed is not None:
        settings["seed"] = seed
    schema = schemathesis.openapi.from_url(f"{ground.url}/openapi.json", config=SchemathesisConfig.from_dict(settings))
    schema.hook("filter_case")(_can_be_wrong)
    schema.hook("map_case")(_with_known(ground.known))
    return schema


def errors_are_problems(_: schemathesis.CheckContext, response: schemathesis.Response, case: schemathesis.Case[Any]) -> None:
    """Every refusal is problem+json with all its fields, its own status, and a pointer for each field it names."""
    if response.status_code < 400 or case.method == "HEAD":
        return
    given = response.headers.get("content-type", [""])[0]
    assert given == "application/problem+json", f"{response.status_code} came as {given!r}"
    problem = json.loads(response.content)
    for name, kind in _PROBLEM.items():
        assert isinstance(problem.get(name), kind), f"{name} is missing or no {kind.__name__}: {problem}"
    assert problem["status"] == response.status_code, f"the problem says {problem['status']}"
    for error in problem["errors"]:
        assert error["pointer"].startswith(("/body", "/query/", "/path/", "/headers/")), error
        assert error["code"], error
        assert error["detail"], error


def _as_text(_: schemathesis.SerializationContext, value: Any) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogatepass")


def _can_be_wrong(_: schemathesis.HookContext, case: schemathesis.Case[Any]) -> bool:
    """A number in place of a file is the text of that number, and every text is a file: its rows are judged one by one."""
    return not (case.media_type in _TEXT and isinstance(case.body, int | float | list | dict | None))


def _with_known(
    known: Mapping[str, list[Any]],
) -> Callable[[schemathesis.HookContext, schemathesis.Case[Any]], schemathesis.Case[Any]]:
    """Puts existing values into about half of the places they fit, so that requests get past the first look-up.

    Which places is drawn from the request itself: the same invention always becomes the same request.
    """

    def mixed(_: schemathesis.HookContext, case: schemathesis.Case[Any]) -> schemathesis.Case[Any]:
        draw = _Draw(crc32(repr((case.path_parameters, case.query, case.body)).encode("utf-8", "backslashreplace")))
        if _is_as_documented(case, ParameterLocation.PATH):
            case.path_parameters = _mix(case.path_parameters, known, draw)
        if _is_as_documented(case, ParameterLocation.QUERY):
            case.query = _mix(case.query, known, draw)
        if _is_as_documented(case, ParameterLocation.BODY):
            case.body = _mix(case.body, known, draw)
        if case.method == "DELETE" and "key_id" in case.path_parameters:  # never the key these requests are sent with
            case.path_parameters = {"key_id": draw.one_of(known["key_id"])}
        _spare_the_others(case, known, draw)
        return case

    return mixed


def _spare_the_others(case: schemathesis.Case[Any], known: Mapping[str, list[Any]], draw: "_Draw") -> None:
    """What ends a person's records is asked for those who are there to be ended: the others are needed by every other request."""
    if case.path.endswith(("/erase", "/number-ended")):
        if case.path_parameters.get("contact_id") in known["contact_id"]:
            case.path_parameters = {"contact_id": draw.one_of(known["parting_contact_id"])}
    elif case.path.endswith("/erasures") and isinstance(case.body, dict) and case.body.get("phone") in known["phone"]:
        case.body = {**case.body, "phone": draw.one_of(known["parting_phone"])}


def _is_as_documented(case: schemathesis.Case[Any], place: ParameterLocation) -> bool:
    """What breaks the document on purpose is left as it was invented."""
    part = case.meta.components.get(place) if case.meta is not None else None
    return part is None or part.mode.is_positive


class _Draw:
    """A small stream of choices out of one number."""

    def __init__(self, seed: int) -> None:
        self._state = seed

    def below(self, limit: int) -> int:
        """A number from 0 to limit - 1."""
        self._state = (self._state * 1_103_515_245 + 12_345) % 2**31
        return (self._state >> 8) % limit

    def one_of(self, values: list[Any]) -> Any:
        """One of the values."""
        return values[self.below(len(values))]


def _mix(value: Any, known: Mapping[str, list[Any]], draw: _Draw) -> Any:
    if isinstance(value, list):
        return [_mix(item, known, draw) for item in value]
    if not isinstance(value, dict):
        return value
    mixed = {}
    for name, item in value.items():
        takes = name in known and draw.below(5) < 3
        mixed[name] = draw.one_of(known[name]) if takes else _mix(item, known, draw)
    return mixed
