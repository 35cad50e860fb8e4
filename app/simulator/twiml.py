"""What does an answer document tell a call to do? TwiML, as much of it as a call that speaks and listens for keys needs."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar
from urllib.parse import urljoin
from xml.etree import ElementTree as ET  # expat bounds what entities may grow to

from app.simulator.refusals import is_url

_LARGEST = 64_000


class BadDocument(Exception):
    """Not TwiML, or with a verb or an attribute in it that cannot be done. Twilio says an apology and hangs up."""


@dataclass(frozen=True, slots=True)
class Speak:
    """Words that are said, or the URL of a sound that is played."""

    words: str


@dataclass(frozen=True, slots=True)
class Wait:
    """Silence, in seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Gather:
    """Listen for keys, while `inside` is spoken and `timeout` seconds longer; what is pressed goes to `action`."""

    action: str
    inside: tuple[Speak | Wait, ...]
    timeout: float
    most: int | None
    finish_on: str


@dataclass(frozen=True, slots=True)
class Redirect:
    """Go on with another document."""

    url: str


@dataclass(frozen=True, slots=True)
class Hangup:
    """End the call."""

    verb: ClassVar[str] = "Hangup"


Verb = Speak | Wait | Gather | Redirect | Hangup


def read_document(document: bytes, base: str) -> tuple[Verb, ...]:
    """The verbs of a document, in order; `base` is its own URL, for those within. Raises BadDocument."""
    if len(document) > _LARGEST:
        raise BadDocument("the document is longer than 64 kB")
    try:
        root = ET.fromstring(document)  # noqa: S314
    except (ET.ParseError, ValueError) as error:
        raise BadDocument("the document is no XML") from error
    if root.tag != "Response":
        raise BadDocument("the document is no Response")
    return tuple(_verbs(root, base))


def _verbs(root: ET.Element, base: str) -> Iterator[Verb]:
    for element in root:
        match element.tag:
            case "Gather":
                yield _gather(element, base)
            case "Redirect":
                yield Redirect(_url(element.text or "", base))
            case "Hangup":
                yield Hangup()
            case _:
                yield _spoken(element)


def _spoken(element: ET.Element) -> Speak | Wait:
    text = "".join(element.itertext()).strip()
    if element.tag == "Say":
        return Speak(text)
    if element.tag == "Play":
        return Speak(_url(text, ""))
    if element.tag == "Pause":
        return Wait(_number(element, "length", 1.0))
    raise BadDocument(f"no verb is called {element.tag}")


def _gather(element: ET.Element, base: str) -> Gather:
    most = element.get("numDigits")
    if most is not None and not (most.isdigit() and int(most) > 0):
        raise BadDocument("numDigits is no number")
    return Gather(
        action=_url(element.get("action", base), base),
        inside=tuple(_spoken(inner) for inner in element),
        timeout=_number(element, "timeout", 5.0),
        most=None if most is None else int(most),
        finish_on=element.get("finishOnKey", "#"),
    )


def _number(element: ET.Element, name: str, usual: float) -> float:
    given = element.get(name)
    if given is None:
        return usual
    if not given.isdigit():
        raise BadDocument(f"{name} is no number of seconds")
    return float(given)


def _url(text: str, base: str) -> str:
    url = urljoin(base, text.strip())
    if not is_url(url):
        raise BadDocument("a URL cannot be called")
    return url
