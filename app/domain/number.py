"""Which number did they mean? Texts become E.164 with its region, line type and zones, or a stable reason why not."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberFormat, PhoneNumberType, ValidationResult

from app.domain.area_codes import subdivision_of
from app.domain.facts import NumberFacts, NumberKind
from app.domain.fictional import is_fictional
from app.domain.number_plan import Answer, plan_of, split_code
from app.domain.zones import candidate_zones

_LONGEST_TEXT = 64
_MOST_DIGITS = 15  # ITU-T E.164, section 6.1
_NON_GEOGRAPHIC = "001"  # the library's word for +800, +882 and their like

_KINDS: Mapping[int, NumberKind] = {
    PhoneNumberType.MOBILE: NumberKind.MOBILE,
    PhoneNumberType.FIXED_LINE: NumberKind.FIXED_LINE,
    PhoneNumberType.FIXED_LINE_OR_MOBILE: NumberKind.FIXED_LINE_OR_MOBILE,
    PhoneNumberType.TOLL_FREE: NumberKind.TOLL_FREE,
    PhoneNumberType.PREMIUM_RATE: NumberKind.PREMIUM_RATE,
    PhoneNumberType.SHARED_COST: NumberKind.SHARED_COST,
    PhoneNumberType.VOIP: NumberKind.VOIP,
    PhoneNumberType.PERSONAL_NUMBER: NumberKind.PERSONAL_NUMBER,
    PhoneNumberType.PAGER: NumberKind.PAGER,
    PhoneNumberType.UAN: NumberKind.UAN,
    PhoneNumberType.VOICEMAIL: NumberKind.VOICEMAIL,
}
_IMPOSSIBLE: Mapping[int, tuple[str, str]] = {
    ValidationResult.TOO_SHORT: ("too_short", "too few digits for its country"),
    ValidationResult.TOO_LONG: ("too_long", "too many digits for its country"),
    ValidationResult.IS_POSSIBLE_LOCAL_ONLY: ("too_short", "the area code is missing"),
    ValidationResult.INVALID_COUNTRY_CODE: ("unknown_country_code", "no country has this calling code"),
}
_UNPARSED: Mapping[int, tuple[str, str]] = {
    NumberParseException.NOT_A_NUMBER: ("not_a_number", "this is not a phone number"),
    NumberParseException.TOO_SHORT_AFTER_IDD: ("too_short", "nothing follows the international prefix"),
    NumberParseException.TOO_SHORT_NSN: ("too_short", "too few digits"),
    NumberParseException.TOO_LONG: ("too_long", "too many digits"),
    NumberParseException.INVALID_COUNTRY_CODE: ("unknown_country_code", "no country has this calling code"),
}
# Nothing but digits and what people put between them: most of any list.
_PLAIN = re.compile(r"\+?\(?\d[\d ().-]{3,30}\Z", re.ASCII)
_PUNCTUATION = {ord(char): None for char in "+ ().-"}
# What spreadsheets make of a column of numbers: "1.23457E+11" has lost digits for good, "14155550123.0" has not.
_ROUNDED = re.compile(r"\+?\d+(?:[.,]\d*)?\s?[eE]\s?\+?\s?\d{1,3}\Z")
_FLOAT = re.compile(r"(\+?\d{7,15})\.0\Z")
# Digits and what people put between them, then perhaps an extension. Letters elsewhere mean words, or two numbers in one field.
_SHAPE = re.compile(
    r"(?:tel:)?[\d\s+\uff0b()\uff08\uff09\[\]./~\u2053\u223c\uff5e\-\u2010-\u2015\u2212\uff0d\u30fc]+(?:[;,x#]|;?ext[.=:]?|extn[.:]?)?[\s.:]*\d*#?\s*\Z",
    re.IGNORECASE,
)


class NumberProblem(ValueError):
    """Why a text is not a usable number. `code` is stable, `detail` a sentence without the number in it."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


@dataclass(frozen=True, slots=True)
class ReadNumber:
    """A number as it was read, and the extension that was dropped from it, if there was one."""

    facts: NumberFacts
    extension: str | None = None


def read_number(raw: str, *, default_region: str | None) -> ReadNumber:
    """The number in `raw`, in national or international form, with any decimal digits of Unicode.

    `default_region` (ISO 3166 alpha-2) reads national numbers and national "00" prefixes; without it only "+" numbers are read.
    Raises NumberProblem: empty, not_a_number, spreadsheet_number, too_short, too_long, invalid, fictional, no_region_given,
    unknown_region, unknown_country_code.
    """
    region = _checked_region(default_region)
    if _PLAIN.match(raw) and not raw.endswith(".0"):
        alike = _read_alike(raw, region)
        if alike is not None:
            return alike
    return read_alone(raw, region)


def _read_alike(raw: str, region: str | None) -> ReadNumber | None:
    """The number, where those that begin like it were read before; None where it has to be looked at by itself."""
    digits = raw.translate(_PUNCTUATION)
    if raw[0] == "+":
        split = split_code(digits)
        plan = plan_of(split[0], abroad=True) if split else None
        digits = split[1] if split else ""
    else:
        plan = plan_of(region, abroad=False) if region else None
    if plan is None:
        return None
    begins = f"+{plan.calling_code}"

    def ask() -> Answer | None:
        try:
            found = read_alone(raw, region)
        except NumberProblem:
            return None  # which problem it is may depend on every digit
        left_out = len(digits) - len(found.facts.e164) + len(begins)
        same = found.extension is None and found.facts.e164 == begins + digits[left_out:]
        return (left_out, found.facts) if same else None

    answer = plan.find(digits, ask)
    if answer is None:
        return None
    left_out, alike = answer
    e164 = begins + digits[left_out:]
    return ReadNumber(NumberFacts(e164, alike.region, alike.kind, alike.zones, alike.subdivision, is_fictional(e164)))


def read_alone(raw: str, region: str | None) -> ReadNumber:
    """The number as `read_number` reads it, without what is known of others. `region` is one of the library's."""
    text = _cleaned(raw)
    try:
        parsed = phonenumbers.parse(text, region)
    except NumberParseException as problem:
        # The library says "invalid country code" both for +999 and for a national number read without a region.
        if problem.error_type == NumberParseException.INVALID_COUNTRY_CODE and region is None and not _is_international(text):
            raise NumberProblem("no_region_given", "a national number needs a default region") from None
        raise NumberProblem(*_UNPARSED[problem.error_type]) from None
    if is_fictional(phonenumbers.format_number(parsed, PhoneNumberFormat.E164)) and not phonenumbers.is_valid_number(parsed):
        raise NumberProblem("fictional", "kept free for books and films: no phone has it")
    return ReadNumber(_facts(parsed), parsed.extension or None)


@lru_cache(maxsize=65_536)
def number_facts(e164: str) -> NumberFacts:
    """What an E.164 number tells. Raises NumberProblem when it is not one, or not written that way."""
    facts = read_number(e164, default_region=None).facts
    if facts.e164 != e164:
        raise NumberProblem("not_a_number", "not written as E.164: + and up to 15 digits, nothing else")
    return facts


def _cleaned(raw: str) -> str:
    if len(raw) > _LONGEST_TEXT:
        raise NumberProblem("too_long", f"longer than {_LONGEST_TEXT} characters")
    # Contacts copied from phones and chats come wrapped in invisible direction marks.
    text = raw if raw.isascii() else "".join(char for char in raw if unicodedata.category(char) != "Cf")
    text = text.strip()
    if not text:
        raise NumberProblem("empty", "there is no number")
    if (exact := _FLOAT.match(text)) is not None:
        text = exact[1]
    if not _SHAPE.match(text):
        if _ROUNDED.match(text):
            detail = "a spreadsheet rounded this number (scientific notation): format the column as text and export it again"
            raise NumberProblem("spreadsheet_number", detail)
        raise NumberProblem("not_a_number", "this is not a phone number")
    return " ".join(text.split())


def _is_international(text: str) -> bool:
    return text.removeprefix("tel:").lstrip(" (\uff08[")[:1] in {"+", "\uff0b"}


def _checked_region(region: str | None) -> str | None:
    if region is None or region in phonenumbers.SUPPORTED_REGIONS:
        return region
    if region.upper() not in phonenumbers.SUPPORTED_REGIONS:
        raise NumberProblem("unknown_region", "the default region is not an ISO 3166 code of a country with phone numbers")
    return region.upper()


def _facts(parsed: PhoneNumber) -> NumberFacts:
    e164 = phonenumbers.format_number(parsed, PhoneNumberFormat.E164)
    if len(e164) > _MOST_DIGITS + 1:
        raise NumberProblem("too_long", f"more than {_MOST_DIGITS} digits")
    region = phonenumbers.region_code_for_number(parsed)
    line = phonenumbers.number_type(parsed) if region is not None else PhoneNumberType.UNKNOWN
    if region is None or line == PhoneNumberType.UNKNOWN:
        raise NumberProblem(*_IMPOSSIBLE.get(_possibility(parsed), ("invalid", "no such number can exist there")))
    return NumberFacts(
        e164,
        "" if region == _NON_GEOGRAPHIC else region,
        _KINDS[line],
        candidate_zones(parsed, line, e164=e164),
        subdivision_of(e164),
        is_fictional(e164),
    )


def _possibility(parsed: PhoneNumber) -> int:
    return int(phonenumbers.is_possible_number_with_reason(parsed))
