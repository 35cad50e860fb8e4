"""Did a person follow this link, or a machine? Evidence from one request's headers, and from what is known beside it.

Whatever the answer, the link leads on: the score only tells whether the click is counted as a person's. Nothing is ever done
because a link was fetched; consent and its end need a POST from a page.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

HUMAN_BELOW = 50
"""A click with a lower score is counted as a person's."""
SOON_SECONDS = 1.0
TOO_SOON = 60
"""Within a second of its delivery (or before it) nobody has read a text: carriers' and gateways' scanners have."""
CROWD_SECONDS = 10
CROWDS: tuple[tuple[int, int], ...] = ((100, 60), (20, 40))
"""So many links of different messages fetched from one address by one kind of agent within ten seconds either way, and what that
tells. A mobile carrier may have thousands of people behind one address: a small crowd alone does not make a machine."""
AGENTS = ("browser", "previewer", "scanner", "tool", "unknown")

# Who fetches links without anybody having asked for it, by what their agents say of themselves.
_PREVIEWERS = re.compile(
    r"""facebookexternalhit|facebot|whatsapp|twitterbot|slackbot|slack-imgproxy|discordbot|telegrambot|linkedinbot|skypeuripreview
    |viber|snapchat\b.*bot|pinterestbot|redditbot|applebot|google-messages|googlemessages|google-pagerenderer|google\ web\ preview
    |bitlybot|embedly|iframely|vkshare|line-?poker|kakaotalk-scrap|microsoftpreview|teamsbot|zoombot|preview\b|link-?check
    |com\.apple\.linkpresentation|unfurl""",
    re.IGNORECASE | re.VERBOSE,
)
_SCANNERS = re.compile(
    r"""(?<!cu)bot\b|crawl|spider|slurp|scan(?:ner)?\b|proofpoint|mimecast|barracuda|safelinks|symantec|forcepoint|zscaler|sophos|trendmicro
    |fireeye|trellix|paloalto|netcraft|cloudmark|lookout|virustotal|urlscan|phish|censys|shodan|expanse|headless|phantomjs
    |selenium|puppeteer|playwright|lighthouse|monitor|pingdom|uptime|facebookcatalog|googleother|google-safety|bingpreview""",
    re.IGNORECASE | re.VERBOSE,
)
_TOOLS = re.compile(
    r"""^(?:curl|wget|python|go-http|java\b|okhttp|axios|node|undici|libwww|httpie|postmanruntime|ruby|faraday|guzzle|php|apache
    |restsharp|dart|reqwest|aiohttp|httpx|insomnia|powershell|winhttp|cfnetwork)""",
    re.IGNORECASE | re.VERBOSE,
)
_BROWSER = re.compile(r"^Mozilla/5\.0 \([^)]{3,}\).*(?:Safari|Gecko|Chrome|Firefox|Version)/|^Opera/")
_LONGEST_AGENT = 512


@dataclass(frozen=True, slots=True)
class Fetched:
    """What one request tells of who made it: the kind of agent, and a score from 0 (a person) to 100 (a machine)."""

    agent: str
    score: int

    @property
    def human(self) -> bool:
        """Whether it is counted as a person's, as far as the request tells."""
        return self.score < HUMAN_BELOW


@lru_cache(maxsize=4_096)
def agent_of(said: str) -> tuple[str, int]:
    """The kind of agent, and what that alone tells."""
    if not said.strip():
        return "unknown", 60
    if _PREVIEWERS.search(said):
        return "previewer", 100
    if _SCANNERS.search(said):
        return "scanner", 100
    if _TOOLS.search(said):
        return "tool", 80
    return ("browser", 0) if _BROWSER.search(said) else ("unknown", 30)


def judge_fetch(method: str, headers: Mapping[str, str]) -> Fetched:
    """What the headers of a request (names in lower case) tell. Never raises, whatever they hold."""
    agent, score = agent_of(headers.get("user-agent", "")[:_LONGEST_AGENT])
    if method != "GET":  # a look at the headers alone; no browser opens a page so
        score += 100
    for name in ("purpose", "x-purpose", "sec-purpose", "x-moz"):
        if "pre" in headers.get(name, "").lower():  # prefetch, prerender, preview
            score += 100
    if "@" in headers.get("from", ""):  # crawlers say by mail address whose they are (RFC 9110, section 10.1.2)
        score += 100
    if headers.get("sec-fetch-mode", "navigate") != "navigate" or headers.get("sec-fetch-dest", "document") != "document":
        score += 60
    if not headers.get("accept-language"):
        score += 30
    if "text/html" not in headers.get("accept", "") and "sec-fetch-mode" not in headers:
        score += 20
    if headers.get("via") and agent != "browser":
        score += 20
    return Fetched(agent, min(100, score))
