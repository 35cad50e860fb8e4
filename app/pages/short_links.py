"""What does a short link answer? A redirection to the address its campaign stored under it, or a plain page that it has ended.

Nothing is ever done by following one but writing the click down: scanners and previews fetch links by themselves. It leads
nowhere that was not stored, whatever the request says.
"""

from urllib.parse import urlsplit

from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from app.domain.clicks import judge_fetch
from app.domain.errors import Unavailable
from app.domain.links import is_code
from app.pages.plain import page
from app.usecases.context import Context
from app.usecases.follow_links import LinkDesk, address_of

# No referrer: what the shop's page loads need not know that this person came by a message, and by which link.
_LEADS_ON = (
    (b"cache-control", b"no-store"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-robots-tag", b"noindex"),
    (b"content-length", b"0"),
)
_OVER = "This link has ended", "<p>What it led to is over. Nothing was changed.</p>"
_NOBODYS = "This link leads nowhere", "<p>It is not one of ours, or it was not copied whole.</p>"
_LATER = "Please try again", "<p>The link cannot be looked up just now. Try it again in a minute.</p>"


class LinkDoor:
    """An ASGI endpoint without any framework around it: a person waits for this before the page even begins to load."""

    def __init__(self) -> None:
        self._desk: LinkDesk | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer GET and HEAD: 302, 404 for a code of nobody's, 410 for one that has ended, 503 without a database."""
        method = scope["method"]
        if method not in {"GET", "HEAD"}:
            await Response(status_code=405, headers={"Allow": "GET, HEAD"})(scope, receive, send)
            return
        context: Context = scope["app"].state.context
        if self._desk is None or self._desk.context is not context:
            self._desk = LinkDesk(context)
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        peer = scope["client"][0] if scope["client"] else ""
        address = address_of(peer, headers.get("x-forwarded-for", ""))
        try:
            led = await self._desk.follow(scope["path"].rpartition("/")[2], judge_fetch(method, headers), address=address)
        except Unavailable:
            context.metrics.links.labels(outcome="unreachable").inc()
            await page(*_LATER, status=503)(scope, receive, send)
            return
        context.metrics.links.labels(outcome="led" if led.target else "over" if led.known else "nobodys").inc()
        if led.target is None:
            await (page(*_OVER, status=410) if led.known else page(*_NOBODYS, status=404))(scope, receive, send)
            return
        location = (b"location", led.target.encode("ascii"))
        await send({"type": "http.response.start", "status": 302, "headers": (location, *_LEADS_ON)})
        await send({"type": "http.response.body", "body": b""})


class LinkGate:
    """ASGI middleware in front of everything: links are answered here, all else goes on.

    At /l whatever is configured, as links of before still are, and where `links_begin` says. A host of its own serves
    nothing else.
    """

    def __init__(self, app: ASGIApp, *, public_url: str, links_begin: str) -> None:
        self._app = app
        self._door = LinkDoor()
        configured = urlsplit(links_begin)
        apart = configured.hostname != urlsplit(public_url).hostname
        self._host = (configured.hostname or "").encode() if apart else b""
        self._bare = not apart and configured.path == "/"
        self._begins = ("/l/",) if apart or self._bare else ("/l/", configured.path)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a link, or pass on."""
        await (self._door if scope["type"] == "http" and self._is_link(scope) else self._app)(scope, receive, send)

    def _is_link(self, scope: Scope) -> bool:
        path: str = scope["path"]
        if path.startswith(self._begins) or (self._bare and is_code(path[1:])):
            return True
        if not self._host:
            return False
        host = next((value for name, value in scope["headers"] if name == b"host"), b"")
        return bool(host.partition(b":")[0].lower() == self._host)
