"""How is an XML document written that tells a call what to say? Everything escaped; a pause in the script may stay a pause."""

import re
from collections.abc import Iterable

from app.domain.delivery import Outbound
from app.domain.rich import Voicemail
from app.domain.voice_script import split_script

DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>'
XML = "application/xml"
LONGEST_PAUSE = 10.0
"""Seconds; what speech engines take for one pause."""

# What XML 1.0 cannot say at all, not even escaped (section 2.2).
_UNSAYABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&apos;"}
_SPECIAL = re.compile("[&<>\"']")
# The pauses that scripts are measured with (domain/voice_script): SSML's, and the one of other carriers.
_PAUSE = re.compile(
    r"<break\s+time\s*=\s*[\"']?(\d{1,6}(?:\.\d{1,3})?)(ms|s)[\"']?\s*/?>|<pause\s+length\s*=\s*[\"']?(\d{1,3})[\"']?\s*/?>",
    re.IGNORECASE,
)


def escape(text: str) -> str:
    """Text as it stands in an element or an attribute; what XML cannot say is left out."""
    return _SPECIAL.sub(lambda found: _ENTITIES[found[0]], _UNSAYABLE.sub("", text))


def element(name: str, attributes: Iterable[tuple[str, str]] = (), inside: str = "") -> str:
    """An element with what is inside, which is XML already. Attributes that are "" are left out."""
    head = name + "".join(f' {key}="{escape(value)}"' for key, value in attributes if value)
    return f"<{head}>{inside}</{name}>" if inside else f"<{head}/>"


def spoken(script: str, *, pauses: bool) -> str:
    """A script as the text of a speaking element: escaped, and its pauses as SSML's or, where they are not known, as blanks."""
    said, end = [], 0
    for found in _PAUSE.finditer(script):
        said += [escape(script[end : found.start()]), _pause(found) if pauses else " "]
        end = found.end()
    return "".join([*said, escape(script[end:])]).strip()


def without_pauses(script: str) -> str:
    """A script's words as plain text, with a blank for each pause."""
    return _PAUSE.sub(" ", script)


def leaves_voicemail(outbound: Outbound) -> bool:
    """Whether a machine is told something of its own."""
    return outbound.content.speech.voicemail is Voicemail.LEAVE and bool(split_script(outbound.body)[1])


def document(*elements: str) -> bytes:
    """A whole document: the elements inside a Response, in UTF-8."""
    return f"{DECLARATION}<Response>{''.join(elements)}</Response>".encode()


def _pause(found: re.Match[str]) -> str:
    length = float(found[1]) / (1000 if found[2].lower() == "ms" else 1) if found[1] else float(found[3])
    return f'<break time="{round(min(length, LONGEST_PAUSE) * 1000)}ms"/>'
