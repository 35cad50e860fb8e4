"""What does the person see behind the link of a request? A plain page: it asks on GET, and acts on POST alone.

Link previews and scanners fetch links by themselves, so that a GET can never be anybody's yes.
"""

from html import escape
from urllib.parse import parse_qs

from fastapi import APIRouter, Request, Response

from app.pages.plain import page
from app.storage.database import Row
from app.usecases.answer_request import answer_by_link, look_at, state_of
from app.usecases.context import Context

router = APIRouter(prefix="/confirm", include_in_schema=False)

_LONGEST_TOKEN = 100
_QUESTION = """<p>You were asked whether you want messages from {name}. This is what you agree to:</p>
<blockquote>{wording}</blockquote>
<form method="post">
<button name="answer" value="yes">Yes, I agree</button>
<button name="answer" value="no">No</button>
</form>
"""
_SAID = {
    "confirmed": ("You are subscribed", "You will get messages from {name}. Reply STOP to any of them to end."),
    "declined": ("You are not subscribed", "You will get no messages from {name}."),
    "over": ("This link has ended", "Nothing was changed. Please sign up again if you want messages."),
    "unclear": ("Nothing was changed", "Please go back and choose yes or no."),
}


@router.get("/{token}", response_model=None)
async def ask(token: str, request: Request) -> Response:
    """The question; nothing is changed by looking at it."""
    context: Context = request.app.state.context
    row = await look_at(context, token=token) if len(token) <= _LONGEST_TOKEN else None
    if row is None:
        return _said("over", "", status=404)
    state = state_of(row, context.clock.now())
    if state != "asked":
        return _said(state if state in _SAID else "over", _name(row), status=200 if state in _SAID else 410)
    wording = str((row["evidence"] or {}).get("wording") or "")
    body = _QUESTION.format(name=escape(_name(row)), wording=escape(wording))
    return page(f"Messages from {_name(row)}", body)


@router.post("/{token}", response_model=None)
async def answered(token: str, request: Request) -> Response:
    """The person's own act: yes or no, once and in time."""
    context: Context = request.app.state.context
    given = parse_qs((await request.body()).decode("utf-8", "replace")).get("answer", [""])[0]
    if given not in {"yes", "no"}:
        return _said("unclear", "", status=422)
    evidence = {
        "page": "confirm",
        "ip": request.client.host if request.client else "",
        "user_agent": request.headers.get("user-agent", "").replace("\x00", "")[:400],
    }
    agrees = given == "yes"
    found = await answer_by_link(context, token=token, agrees=agrees, evidence=evidence) if len(token) <= _LONGEST_TOKEN else None
    if found is None:
        return _said("over", "", status=404)
    if found.state == "lapsed":
        return _said("over", "", status=410)
    return _said("confirmed" if agrees else "declined", _name(found.request))


def _name(row: Row) -> str:
    return str(row["brand"] or row["workspace_name"])


def _said(kind: str, name: str, *, status: int = 200) -> Response:
    title, text = _SAID[kind]
    return page(title, f"<p>{escape(text.format(name=name))}</p>", status=status)
