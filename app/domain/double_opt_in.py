"""How is a person asked to confirm, and told what came of it? Texts without a word of advertising, one a language.

CTIA Messaging Principles 5.1: brand, what, frequency, "Reply YES"; UWG 7: the request itself must sell nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass

TOKEN_BYTES = 32


@dataclass(frozen=True, slots=True)
class RequestTexts:
    """The texts of one language. `{name}` is whose messages they are, `{often}` how many come, or nothing."""

    ask: str
    confirmed: str
    lapsed: str


TEXTS: Mapping[str, RequestTexts] = {
    "en": RequestTexts(
        ask="{name}: Reply YES to agree to automated marketing texts from {name} to this number.{often} "
        "Not a condition of purchase. Msg&data rates may apply. Reply HELP for help, STOP to end.",
        confirmed="{name}: You are subscribed.{often} Msg&data rates may apply. Reply HELP for help, STOP to cancel.",
        lapsed="{name}: This request has ended, so you are not subscribed. Please sign up again if you want our messages.",
    ),
    "de": RequestTexts(
        ask="{name}: Antworten Sie JA, um Werbenachrichten von {name} an diese Nummer zuzustimmen.{often} "
        "Hilfe mit HILFE, abmelden mit STOPP.",
        confirmed="{name}: Sie sind angemeldet.{often} Hilfe mit HILFE, abmelden mit STOPP.",
        lapsed="{name}: Die Anfrage ist abgelaufen, Sie sind nicht angemeldet. Bei Interesse bitte neu anmelden.",
    ),
    "fr": RequestTexts(
        ask="{name} : répondez OUI pour accepter les messages publicitaires de {name} à ce numéro.{often} "
        "AIDE pour de l'aide, STOP pour arrêter.",
        confirmed="{name} : vous êtes abonné.{often} AIDE pour de l'aide, STOP pour vous désabonner.",
        lapsed="{name} : cette demande a expiré, vous n'êtes pas abonné. Inscrivez-vous de nouveau si vous le souhaitez.",
    ),
    "es": RequestTexts(
        ask="{name}: responda SI para aceptar mensajes publicitarios de {name} en este número.{often} "
        "AYUDA para ayuda, BAJA para terminar.",
        confirmed="{name}: está suscrito.{often} Responda AYUDA para ayuda, BAJA para cancelar.",
        lapsed="{name}: esta solicitud ha caducado y no está suscrito. Suscríbase de nuevo si lo desea.",
    ),
    "it": RequestTexts(
        ask="{name}: rispondi SI per accettare messaggi pubblicitari da {name} a questo numero.{often} "
        "AIUTO per assistenza, STOP per fermare.",
        confirmed="{name}: sei iscritto.{often} Rispondi AIUTO per assistenza, STOP per cancellarti.",
        lapsed="{name}: la richiesta è scaduta e non sei iscritto. Iscriviti di nuovo se vuoi i nostri messaggi.",
    ),
}


def request_text(kind: str, *, language: str, name: str, frequency: str = "") -> str:
    """The text of a kind (ask, confirmed, lapsed); English where the language has none."""
    texts = TEXTS.get(language, TEXTS["en"])
    often = f" {frequency.rstrip('.')}." if frequency.strip() else ""
    return str(getattr(texts, kind)).format(name=name, often=often)


def language_of(locale: str | None, region: str) -> str:
    """The language to ask in: the contact's, else the country's where one of ours is spoken by most."""
    spoken = (locale or "").partition("-")[0].lower()
    return spoken if spoken in TEXTS else _OF_REGION.get(region, "en")


_OF_REGION: Mapping[str, str] = {"DE": "de", "AT": "de", "FR": "fr", "ES": "es", "MX": "es", "IT": "it"}
