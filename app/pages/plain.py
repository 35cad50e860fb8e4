"""What does a page for people look like? One sheet that loads nothing, tells no other site anything, and is kept nowhere."""

from html import escape

from starlette.responses import Response

HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
}
_PAGE = """<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
body {{ font: 1.1rem/1.5 system-ui, sans-serif; max-width: 34rem; margin: 3rem auto; padding: 0 1rem; }}
button {{ font: inherit; padding: .6rem 1.2rem; margin: .5rem .5rem 0 0; cursor: pointer; }}
blockquote {{ margin: 1rem 0; padding-left: 1rem; border-left: 3px solid #888; white-space: pre-line; }}
</style>
</head>
<body>
<main>
<h1>{title}</h1>
{body}
</main>
</body>
</html>
"""


def page(title: str, body: str, *, status: int = 200, language: str = "en") -> Response:
    """A page. `title` is text; `body` is HTML, what people wrote in it escaped by the caller."""
    text = _PAGE.format(title=escape(title), body=body, language=language)
    return Response(text, status_code=status, media_type="text/html", headers=HEADERS)
