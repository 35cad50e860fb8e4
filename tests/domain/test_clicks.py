"""Are people told from machines by what their requests say?"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.clicks import AGENTS, CROWDS, HUMAN_BELOW, TOO_SOON, judge_fetch

_READS = {"accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8", "accept-language": "de-AT"}
_IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 "
    "Safari/604.1"
)
_PEOPLE = [
    _IPHONE,
    "Mozilla/5.0 (Linux; Android 14; SM-S918B) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Linux; Android 11; CUBOT X50) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Linux; Android 13; SM-A536B; wv) AppleWebKit/537.36 Version/4.0 Chrome/130 Mobile Safari/537.36 [FB_IAB/FB4A]",
    "Mozilla/5.0 (Android 14; Mobile; rv:132.0) Gecko/132.0 Firefox/132.0",
]
_MACHINES = {
    "previewer": [
        # What an iPhone says when it previews a link in a text.
        "Mozilla/5.0 (Macintosh) AppleWebKit/601.2.4 Safari/601.2.4 facebookexternalhit/1.1 Facebot Twitterbot/1.0",
        "WhatsApp/2.23.20.0 A",
        "TelegramBot (like TwitterBot)",
        "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
    ],
    "scanner": [
        "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/119.0.0.0 Safari/537.36",
        "Mozilla/5.0 (Windows NT 10.0) Barracuda Sentinel (EE)",
        "CensysInspect/1.1 censys",
    ],
    "tool": ["curl/8.4.0", "python-requests/2.31.0", "Go-http-client/1.1", "okhttp/4.11.0", "Wget/1.21"],
    "unknown": ["", "   "],
}


@pytest.mark.parametrize("agent", _PEOPLE)
def test_a_person_s_browser_counts(agent: str) -> None:
    told = judge_fetch("GET", {**_READS, "user-agent": agent})
    assert (told.agent, told.human) == ("browser", True)


@pytest.mark.parametrize(("kind", "agent"), [(kind, agent) for kind, agents in _MACHINES.items() for agent in agents])
def test_a_machine_does_not(kind: str, agent: str) -> None:
    told = judge_fetch("GET", {**_READS, "user-agent": agent})
    assert (told.agent, told.human) == (kind, False)


@pytest.mark.parametrize(
    "more",
    [
        {"purpose": "prefetch"},
        {"sec-purpose": "prefetch;prerender"},
        {"x-moz": "prefetch"},
        {"x-purpose": "preview"},
        {"from": "bot@crawler.example"},
        {"sec-fetch-mode": "no-cors"},
        {"sec-fetch-mode": "navigate", "sec-fetch-dest": "iframe"},
        {"accept": "*/*", "accept-language": ""},
    ],
)
def test_a_browser_that_does_not_open_a_page_is_no_person(more: dict[str, str]) -> None:
    assert not judge_fetch("GET", {**_READS, "user-agent": _IPHONE, **more}).human


def test_a_look_at_the_headers_alone_is_no_person() -> None:
    assert judge_fetch("HEAD", {**_READS, "user-agent": _IPHONE}).score == 100


def test_a_small_crowd_alone_makes_no_machine_and_haste_does() -> None:
    assert min(weight for _, weight in CROWDS) < HUMAN_BELOW <= TOO_SOON
    assert [size for size, _ in CROWDS] == sorted((size for size, _ in CROWDS), reverse=True)


@given(
    st.text(max_size=10),
    st.dictionaries(st.sampled_from([*_READS, "user-agent", "via", "from", "purpose"]), st.text(max_size=900)),
)
def test_nothing_anybody_sends_is_too_odd(method: str, headers: dict[str, str]) -> None:
    told = judge_fetch(method, headers)
    assert 0 <= told.score <= 100 and told.agent in AGENTS
