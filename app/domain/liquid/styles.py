"""How are amounts and days written in a language? Separators, signs of currencies, and the names of months and weekdays."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

MOST_DECIMALS = 9


@dataclass(frozen=True, slots=True)
class Calendar:
    """Names of the months, their abbreviations, and the weekdays from Monday, of which `short` letters are the abbreviation."""

    months: tuple[str, ...]
    short_months: tuple[str, ...]
    weekdays: tuple[str, ...]
    short: int = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """How one language writes: the sign before decimals and the one between thousands, and whether a currency comes first.

    `calendar` is None where its names are not known.
    """

    decimal: str = "."
    thousands: str = ","
    currency_first: bool = True
    calendar: Calendar | None = None


def _names(months: str, short_months: str, weekdays: str, *, short: int = 3) -> Calendar:
    return Calendar(tuple(months.split()), tuple(short_months.split()), tuple(weekdays.split()), short)


_ENGLISH = Style(
    calendar=_names(
        "January February March April May June July August September October November December",
        "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec",
        "Monday Tuesday Wednesday Thursday Friday Saturday Sunday",
    )
)
_GERMAN = _names(
    "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    "Jan Feb Mär Apr Mai Jun Jul Aug Sep Okt Nov Dez",
    "Montag Dienstag Mittwoch Donnerstag Freitag Samstag Sonntag",
    short=2,
)
_FRENCH = _names(
    "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "janv févr mars avr mai juin juil août sept oct nov déc",
    "lundi mardi mercredi jeudi vendredi samedi dimanche",
)
_SPANISH = _names(
    "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "ene feb mar abr may jun jul ago sep oct nov dic",
    "lunes martes miércoles jueves viernes sábado domingo",
)
_ITALIAN = _names(
    "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    "gen feb mar apr mag giu lug ago set ott nov dic",
    "lunedì martedì mercoledì giovedì venerdì sabato domenica",
)
_PORTUGUESE = _names(
    "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
    "jan fev mar abr mai jun jul ago set out nov dez",
    "segunda-feira terça-feira quarta-feira quinta-feira sexta-feira sábado domingo",
)
_DUTCH = _names(
    "januari februari maart april mei juni juli augustus september oktober november december",
    "jan feb mrt apr mei jun jul aug sep okt nov dec",
    "maandag dinsdag woensdag donderdag vrijdag zaterdag zondag",
    short=2,
)
# The CLDR's separators, but an ordinary space where it has a narrow one and ' where it has a typographic one: those are not in
# GSM-7, and would double the parts of a text for a gap nobody sees.
_STYLES: Mapping[str, Style] = {
    "": _ENGLISH,
    "en": _ENGLISH,
    "de": Style(decimal=",", thousands=".", currency_first=False, calendar=_GERMAN),
    "de-AT": Style(decimal=",", thousands=".", currency_first=True, calendar=_GERMAN),
    "de-CH": Style(thousands="'", calendar=_GERMAN),
    "fr": Style(decimal=",", thousands=" ", currency_first=False, calendar=_FRENCH),
    "es": Style(decimal=",", thousands=".", currency_first=False, calendar=_SPANISH),
    "es-MX": Style(calendar=_SPANISH),
    "es-US": Style(calendar=_SPANISH),
    "it": Style(decimal=",", thousands=".", currency_first=False, calendar=_ITALIAN),
    "pt": Style(decimal=",", thousands=".", currency_first=True, calendar=_PORTUGUESE),
    "pt-PT": Style(decimal=",", thousands=" ", currency_first=False, calendar=_PORTUGUESE),
    "nl": Style(decimal=",", thousands=".", currency_first=True, calendar=_DUTCH),
    "da": Style(decimal=",", thousands=".", currency_first=False),
    "nb": Style(decimal=",", thousands=" ", currency_first=False),
    "no": Style(decimal=",", thousands=" ", currency_first=False),
    "sv": Style(decimal=",", thousands=" ", currency_first=False),
    "fi": Style(decimal=",", thousands=" ", currency_first=False),
    "pl": Style(decimal=",", thousands=" ", currency_first=False),
    "cs": Style(decimal=",", thousands=" ", currency_first=False),
    "tr": Style(decimal=",", thousands=".", currency_first=True),
    "id": Style(decimal=",", thousands=".", currency_first=True),
    "ja": Style(),
    "ko": Style(),
    "zh": Style(),
}
# What stands for a currency; any other is written by its code. $ says which one where the reader's country does not.
_SIGNS: Mapping[str, str] = {"EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥"}
# ISO 4217: currencies without a minor unit, and with one of a thousand.
_DECIMALS: Mapping[str, int] = {
    **dict.fromkeys("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split(), 0),
    **dict.fromkeys("BHD IQD JOD KWD LYD OMR TND".split(), 3),
}


def style_of(locale: str) -> Style:
    """How a locale writes, by its language where it has no entry of its own; as English does where nothing is known."""
    language, _, rest = locale.replace("_", "-").partition("-")
    language = language.lower()
    return _STYLES.get(f"{language}-{rest.upper()}") or _STYLES.get(language) or Style()


def grouped(number: Decimal, decimals: int, style: Style) -> str:
    """A number with so many decimals (at most nine), halves rounded away from zero."""
    rounded = number.quantize(Decimal(1).scaleb(-min(max(decimals, 0), MOST_DECIMALS)), ROUND_HALF_UP)
    whole, dot, rest = f"{abs(rounded):,f}".partition(".")
    text = whole.replace(",", style.thousands) + (style.decimal + rest if dot else "")
    return f"-{text}" if rounded < 0 else text


def priced(number: Decimal, currency: str, style: Style) -> str:
    """An amount in a currency, by its ISO code."""
    text = grouped(abs(number), _DECIMALS.get(currency, 2), style)
    sign = _SIGNS.get(currency)
    if sign is None:
        text = f"{currency} {text}" if style.currency_first else f"{text} {currency}"
    elif style.currency_first:
        text = f"{sign}{text}" if style.decimal == "." else f"{sign} {text}"
    else:
        text = f"{text} {sign}"
    return f"-{text}" if number < 0 and any(char in "123456789" for char in text) else text
