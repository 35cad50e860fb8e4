"""What is a message told when the wire fails? From the socket through the sender and every provider's reader to one outcome."""

from collections.abc import AsyncIterator

import pytest

from app.domain.delivery import ErrorClass, MayHaveLeft, NeverLeft, Outcome, Refused
from app.ports import Account
from app.providers._http import HttpSender
from app.providers.registry import installed, outcome_of
from tests.contract import examples_of as examples
from tests.contract.failing_server import FailingServer, failing_server, refused_url

every_provider = pytest.mark.parametrize("kind", examples.kinds())


@pytest.fixture
async def server() -> AsyncIterator[FailingServer]:
    async with failing_server() as running:
        yield running


async def _hand_over(kind: str, base_url: str) -> Outcome:
    provider = installed()[kind](Account(examples.read(kind, "account")["credentials"], base_url))
    message = examples.outbound(examples.read(kind, "requests")[0])
    async with HttpSender() as sender:
        return outcome_of(provider, await sender.send(provider.build_request(message), timeout=1))


@every_provider
@pytest.mark.parametrize("behaviour", [
    "reset", "close", "stall", "stall-in-body", "half-headers", "headers-only", "half-body", "half-chunk", "not-http", "flood",
    "redirect", "ok", "chunks", "broken", "unavailable",
])  # fmt: skip
async def test_whoever_read_the_message_without_a_clear_answer_may_have_it(
    kind: str, server: FailingServer, behaviour: str
) -> None:
    assert isinstance(await _hand_over(kind, f"{server.url}/{behaviour}"), MayHaveLeft)
    assert server.received.total() == 1


@every_provider
async def test_a_provider_nobody_listens_for_never_got_it(kind: str) -> None:
    assert isinstance(await _hand_over(kind, refused_url()), NeverLeft)


@every_provider
@pytest.mark.parametrize(("behaviour", "wait"), [("slow-down", 7.0), ("slow-down-silently", None)])
async def test_too_many_requests_is_a_clear_no(kind: str, server: FailingServer, behaviour: str, wait: float | None) -> None:
    outcome = await _hand_over(kind, f"{server.url}/{behaviour}")
    assert isinstance(outcome, Refused)
    assert (outcome.error, outcome.retry_after) == (ErrorClass.THROTTLED, wait)
