"""What befalls a request on any wire? Fates are drawn, messages go into the books, and an answer may get lost."""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace

from app.simulator.carrier import Carrier
from app.simulator.fate import Fate, draw_fate
from app.simulator.ledger import Message
from app.simulator.parts import count_parts
from app.simulator.wire import Answer

THROTTLED = "20429"
"""The refusal that is scripted as a throttle, whatever a wire's own word for it."""


def fates(carrier: Carrier, numbers: Sequence[str]) -> list[Fate]:
    """What becomes of one more message to each of these."""
    found = []
    for to in numbers:
        carrier.ledger.attempts[to] = nth = carrier.ledger.attempts[to] + 1
        found.append(draw_fate(carrier.config, to=to, nth=nth))
    return found


def of_all(carrier: Carrier, numbers: Sequence[str], drawn: Sequence[Fate]) -> Fate:
    """What befalls the request as a whole: trouble scripted for any of its messages, else what is drawn for the first."""
    scripted = (fate for to, fate in zip(numbers, drawn, strict=True) if to in carrier.config.scripted)
    return next((fate for fate in scripted if fate.status or fate.status_after or fate.lost_by), drawn[0])


def is_throttled(carrier: Carrier, texts: Sequence[tuple[str, str]], drawn: Sequence[Fate]) -> bool:
    """Whether these (sender, text) are too much at once, or shall be."""
    if any(fate.refuse == THROTTLED for fate in drawn):
        return True
    parts = Counter[str]()
    for sender, text in texts:
        parts[sender] += count_parts(text)
    config, now = carrier.config, asyncio.get_running_loop().time()
    rates = {sender: config.sender_rates.get(sender, config.parts_per_second) for sender in parts}
    return not all(carrier.ledger.within_rate(sender, count, rate=rates[sender], now=now) for sender, count in parts.items())


def take(
    carrier: Carrier,
    fate: Fate,
    *,
    wire: str,
    account: str,
    sid: str,
    to: str,
    sender: str,
    body: str,
    callback: str,
    echo: str = "",
    media: tuple[str, ...] = (),
    validity: int = 0,
    group: str = "",
    taps: Mapping[str, str] | None = None,
) -> Message:
    """Put a message into the books; nothing is posted yet. `sid` is what the wire calls it."""
    message = Message(
        sid=sid,
        account=account,
        to=to,
        sender=sender,
        service="",
        body=body,
        media=media,
        callback=callback,
        validity_period=validity,
        parts=count_parts(body),
        nth=carrier.ledger.attempts[to],
        taken=carrier.clock.now(),
        at=asyncio.get_running_loop().time(),
        course=fate.course,
        wire=wire,
        echo=echo,
        group=group,
        taps=taps or {},
    )
    carrier.ledger.keep(message)
    return message


async def set_going(carrier: Carrier, taken: Sequence[tuple[Message, Fate]], latency: float) -> None:
    """Tell what is told before the answer, wait as long as the answer takes, and let the rest come in its time."""
    await asyncio.gather(*(_tell_early(carrier, message, fate) for message, fate in taken if fate.early))
    await asyncio.sleep(latency)
    for message, fate in taken:
        carrier.carry(message, fate)


async def _tell_early(carrier: Carrier, message: Message, fate: Fate) -> None:
    with suppress(TimeoutError):  # told too slowly: the answer goes all the same
        await carrier.tell_early(message, fate)


async def turned_away(carrier: Carrier, fate: Fate, status: int, trouble: Callable[[int], Answer]) -> Answer:
    """An HTTP error in the wire's words, before anything was taken."""
    await asyncio.sleep(fate.latency)
    carrier.ledger.answers[f"http_{status}_before"] += 1
    return trouble(status)


def given(carrier: Carrier, fate: Fate, whole: Answer, trouble: Callable[[int], Answer]) -> Answer:
    """The answer, if it is to arrive. An error after taking is a gateway's: behind it all was done."""
    if fate.status_after is not None:
        carrier.ledger.answers[f"http_{fate.status_after}_after"] += 1
        return trouble(fate.status_after)
    carrier.ledger.answers["given" if fate.lost_by is None else f"lost_by_{fate.lost_by}"] += 1
    return replace(whole, lost_by=fate.lost_by)
