"""What does the link in a text open? A page with one button. Looking at it changes nothing; pressing the button opts out.

A mail or phone client may press it by itself with `List-Unsubscribe=One-Click` (RFC 8058): that is a POST as well. Previews,
scanners and crawlers fetch with GET, and so never act for anyone.
"""

from collections.abc import Mapping
from html import escape
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from app.domain.errors import NotFound, Unavailable
from app.pages.plain import page
from app.usecases.context import Context
from app.usecases.opt_out_link import LinkedNumber, follow_link, use_link

_LONGEST_AGENT = 300
_NOBODYS = "This link leads nowhere", "<p>It is not one of ours, or it was not copied whole. Nothing was changed.</p>"
_LATER = (
    "Please try again",
    "<p>Nothing could be changed just now. Try it again in a minute, or answer the message with STOP.</p>",
)
_FORM = '<form method="post"><button type="submit">{button}</button></form>'

# Language -> title, what the button does, the button, and what is said when it is done.
_TEXTS: Mapping[str, tuple[str, str, str, str]] = {
    "en": (
        "{name}",
        "Press the button and {number} gets no more marketing messages from us, on any channel.",
        "Stop all marketing messages",
        "Done: {number} gets no more marketing messages from us.",
    ),
    "fr": (
        "{name}",
        "Appuyez sur le bouton et {number} ne recevra plus de messages publicitaires de notre part.",
        "Ne plus recevoir de messages publicitaires",
        "C'est fait : {number} ne recevra plus de messages publicitaires de notre part.",
    ),
    "es": (
        "{name}",
        "Pulse el botón y {number} no recibirá más mensajes publicitarios nuestros.",
        "No recibir más mensajes publicitarios",
        "Hecho: {number} no recibirá más mensajes publicitarios nuestros.",
    ),
    "de": (
        "{name}",
        "Mit dem Knopf erhält {number} keine Werbenachrichten mehr von uns.",
        "Keine Werbenachrichten mehr",
        "Erledigt: {number} erhält keine Werbenachrichten mehr von uns.",
    ),
}


def _page(linked: LinkedNumber, *, done: bool) -> Response:
    title, text, button, told = _TEXTS.get(linked.language, _TEXTS["en"])
    words = {"name": escape(linked.name), "number": f"…{linked.phone[-4:]}"}
    said = (told if done else text).format(**words)
    form = "" if done else _FORM.format(button=button)
    language = linked.language if linked.language in _TEXTS else "en"
    return page(title.format(name=linked.name), f"<p>{said}</p>\n{form}", language=language)


def opt_out_route() -> Route:
    """The page behind every opt-out link."""

    async def answer(request: Request) -> Response:
        context: Context = request.app.state.context
        token = request.path_params["token"]
        try:
            if request.method != "POST":
                return _page(await follow_link(context, token), done=False)
            return _page(await use_link(context, token, evidence=_evidence(request), now=context.clock.now()), done=True)
        except NotFound:
            return page(*_NOBODYS, status=404)
        except Unavailable:
            return page(*_LATER, status=503)

    return Route("/o/{token}", answer, methods=["GET", "POST"], include_in_schema=False)


def _evidence(request: Request) -> dict[str, Any]:
    agent = request.headers.get("user-agent", "")[:_LONGEST_AGENT].replace("\x00", "")
    return {"ip": request.client.host if request.client else "", "user_agent": agent}
