"""What is added to a text that lacks what the law wants in it? The label, the sender's name and address, and how to object."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.domain.content import AD_LABEL, IDENTIFICATION, LABELS, OPT_OUT_ELEMENT, flat, read_for
from app.domain.identity import names
from app.domain.template import LONGEST_OUTPUT


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """How a workspace says what has to be said.

    `adds` false leaves every text as it was written. `replies` says whether people can answer the sender; `opt_out` is where else
    they object (digits to text to, or a link), `identification` an address or a link that says more of the sender.
    """

    brand: str = ""
    adds: bool = True
    replies: bool = True
    opt_out: str = ""
    identification: str = ""


AS_WRITTEN = Wording(adds=False)

_LABEL_TEXT: Mapping[str, str] = {"KR": "(광고) ", "VN": "[QC] ", "SG": "<ADV> ", "IL": "פרסומת: "}
# Language -> (by an answer, by a text to digits, by a link or a number). "" where people do not object in that way. Letters
# outside GSM-7 are avoided where the language can do without: they would double the parts.
_OPT_OUT: Mapping[str, tuple[str, str, str]] = {
    "en": ("Reply STOP to opt out", "Text STOP to {} to opt out", "Opt out: {}"),
    "fr": ("Repondez STOP pour ne plus recevoir", "STOP au {}", "Desabonnement: {}"),
    "es": ("Responde BAJA para no recibir mas", "Envia BAJA al {}", "Baja: {}"),
    "de": ("Abmelden: mit STOP antworten", "Abmelden: STOP an {}", "Abmelden: {}"),
    "it": ("Rispondi STOP per non ricevere altro", "Invia STOP al {}", "Disiscriviti: {}"),
    "pt": ("Responda SAIR para cancelar", "Envie SAIR para {}", "Descadastrar: {}"),
    "nl": ("Antwoord STOP om af te melden", "Afmelden: STOP naar {}", "Afmelden: {}"),
    "sv": ("Svara STOPP for att avsluta", "Skicka STOPP till {}", "Avregistrera: {}"),
    "no": ("Svar STOPP for å avslutte", "Send STOPP til {}", "Avmeld: {}"),
    "da": ("Svar STOP for at framelde", "Send STOP til {}", "Afmeld: {}"),
    "pl": ("Odpisz STOP aby zrezygnowac", "Wyslij STOP na {}", "Rezygnacja: {}"),
    "tr": ("Iptal icin RET yazin", "Iptal icin RET yazip {} gonderin", "Iptal icin: {}"),
    "ru": ("Ответьте СТОП для отказа", "Отказ: СТОП на {}", "Отписка: {}"),
    "he": ("להסרה השיבו הסר", "להסרה: {}", "להסרה: {}"),
    "ar": ("لإلغاء الاشتراك أرسل توقف", "لإلغاء الاشتراك أرسل توقف إلى {}", "لإلغاء الاشتراك: {}"),
    "ko": ("", "무료수신거부 {}", "무료수신거부 {}"),
    "vi": ("Tu choi: soan TC", "Tu choi: soan TC gui {}", "Tu choi: {}"),
    "zh": ("回复TD退订", "退订: {}", "退订: {}"),
}
_LANGUAGE: Mapping[str, str] = {
    **dict.fromkeys(("FR", "LU", "BE"), "fr"),
    **dict.fromkeys(("ES", "MX", "CL", "CO", "AR", "PE"), "es"),
    **dict.fromkeys(("DE", "AT", "CH", "LI"), "de"),
    **dict.fromkeys(("PT", "BR"), "pt"),
    **dict.fromkeys(("AE", "SA", "KW", "QA", "EG"), "ar"),
    "IT": "it",
    "NL": "nl",
    "SE": "sv",
    "NO": "no",
    "DK": "da",
    "PL": "pl",
    "TR": "tr",
    "RU": "ru",
    "IL": "he",
    "KR": "ko",
    "VN": "vi",
    "CN": "zh",
    "TW": "zh",
}


def complete(text: str, *, needs: frozenset[str], regions: tuple[str, ...], locale: str | None, wording: Wording) -> str:
    """The text with what it lacks of `needs`, as far as that can be added truthfully.

    Nobody is told to answer a sender that cannot be answered, and no address is made up: what is still missing then is for the
    rules to refuse. A text that would grow past the longest carriers take is left as it is. Completing twice adds nothing more.
    """
    if not wording.adds or not needs or not text:
        return text
    missing = read_for(text, wording.brand, regions, selling=False).lacks & needs
    if not missing:
        return text
    label, rest = _opened(text, regions, adds=AD_LABEL in missing)
    if IDENTIFICATION in missing:
        rest = _identified(rest, wording)
    if OPT_OUT_ELEMENT in missing and (said := _objection(regions, locale, wording)):
        rest = _ended(rest, said)
    longer = label + rest
    return longer if len(longer) <= LONGEST_OUTPUT else text


def _opened(text: str, regions: tuple[str, ...], *, adds: bool) -> tuple[str, str]:
    """(label, the rest): a text that has its label gives it up here, so that a name can come behind it."""
    for region in regions:
        form = LABELS.get(region)
        if form is None:
            continue
        if found := form.match(text.lower()):
            return text[: found.end()] + " ", text[found.end() :].lstrip()
        if adds:
            return _LABEL_TEXT[region], text
    return "", text


def _identified(text: str, wording: Wording) -> str:
    if not names(flat(text), wording.brand):
        text = f"{wording.brand}: {text}"
    said = wording.identification
    return _ended(text, said) if said and said not in text else text


def _objection(regions: tuple[str, ...], locale: str | None, wording: Wording) -> str:
    """How to object, in the reader's language or else the country's; "" when there is no way that could be named."""
    language = (locale or "").partition("-")[0].partition("_")[0].lower()
    country = next((_LANGUAGE[region] for region in regions if region in _LANGUAGE), "en")
    if "KR" in regions or language not in _OPT_OUT or not (wording.opt_out or _OPT_OUT[language][0]):
        language = country
    answer, digits, link = _OPT_OUT[language]
    if wording.opt_out:
        return (digits if wording.opt_out.isdigit() else link).format(wording.opt_out)
    return answer if wording.replies else ""


def _ended(text: str, said: str) -> str:
    text = text.rstrip()
    return f"{text} {said}" if text[-1:] in ".!?…" or not text else f"{text}. {said}"
