"""What becomes of one message? Drawn from the seed, the number and how many it got before, never from the order of arrival."""

import hashlib
import math
import struct
from collections.abc import Mapping
from dataclasses import dataclass, replace
from statistics import NormalDist

from app.simulator.config import SimulatorConfig

_DRAWS = struct.Struct("<16I")
_WHOLE = 2.0**32
_NORMAL = NormalDist()
_Z99 = _NORMAL.inv_cdf(0.99)
_STOP_WORDS = ("STOP", "Stop", "stop", " STOP ", "UNSUBSCRIBE", "End", "cancel", "quit")
_TEXTS = ("ok thanks, see you there", "who is this?", "Is the shop open on Sunday?", "👍")


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One status: when after acceptance, the word, and the error code if it failed."""

    after: float
    status: str
    error: str | None = None
    is_unsigned: bool = False
    """Told without its signature at first, on wires that may forget it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fate:
    """The whole course of one message, known before it begins.

    `status` is an HTTP error answered without taking the message, `status_after` one answered after it was taken. `course` is
    what happens, `receipts` what is told of it, in the order of telling; `early` says how many are told before the answer.
    """

    latency: float = 0.0
    refuse: str | None = None
    status: int | None = None
    status_after: int | None = None
    lost_by: str | None = None
    course: tuple[Said, ...] = ()
    receipts: tuple[Said, ...] = ()
    early: int = 0
    reply: str | None = None
    reply_after: float = 0.0
    read_after: float | None = None
    """When it is read, on wires that tell of that."""
    is_unsigned: bool = False
    tap: str | None = None
    """The postback of what the person taps on, when the reply would come."""


def draw_fate(config: SimulatorConfig, *, to: str, nth: int) -> Fate:
    """The course of the `nth` message (from 1) to this number."""
    digest = hashlib.blake2b(f"{config.seed}/{to}/{nth}".encode(), digest_size=64).digest()
    draws = [draw / _WHOLE for draw in _DRAWS.unpack(digest)]
    steps = config.scripted.get(to, ())
    script = {word: rest for word, _, rest in (each.partition(":") for each in ((steps,) if isinstance(steps, str) else steps))}
    course = _course(config, script, draws[1:5])
    receipts = _receipts(config, script, course, draws[5:10])
    status, status_after, lost_by = _trouble(config, script, draws[10])
    is_delivered = course[-1].status == "delivered"
    reply = _reply(config, script, draws[11:13]) if nth == 1 and is_delivered else None
    is_read = is_delivered and ("read" in script or (not script and draws[15] < config.read))
    return Fate(
        latency=config.time_scale * (float(script["slow"]) if "slow" in script else _latency(config, draws[0])),
        refuse=_refusal(script, nth),
        status=status,
        status_after=status_after,
        lost_by=lost_by,
        course=course,
        receipts=receipts,
        early=_early(config, script, receipts, draws[13:15]),
        reply=reply,
        reply_after=course[-1].after + config.reply_seconds * config.time_scale,
        read_after=course[-1].after + config.reply_seconds * config.time_scale / 2 if is_read else None,
        is_unsigned="unsigned_receipt" in script or (not script and draws[15] < config.unsigned_receipt),
        tap=script.get("tap") if nth == 1 and is_delivered else None,
    )


def _latency(config: SimulatorConfig, draw: float) -> float:
    """A quantile of the log-normal above `latency_min` whose mean and 99th percentile are given."""
    mean = config.latency_mean - config.latency_min
    if mean <= 0:
        return min(config.latency_max, config.latency_min)
    ratio = max(1.0, (config.latency_p99 - config.latency_min) / mean) if config.latency_p99 else 2.5
    # The mean is exp(m + s*s/2) and the percentile exp(m + z*s): their ratio gives s, as far as one exists.
    spread = _Z99 - math.sqrt(max(0.0, _Z99 * _Z99 - 2 * math.log(ratio)))
    z = _NORMAL.inv_cdf(min(max(draw, 1e-9), 1 - 1e-9))
    return min(config.latency_max, config.latency_min + mean * math.exp(spread * z - spread * spread / 2))


def _refusal(script: Mapping[str, str], nth: int) -> str | None:
    if "refuse" in script:
        return script["refuse"]
    if nth == 1 and "refuse_once" in script:
        return script["refuse_once"]
    return "20429" if nth == 1 and "throttle_once" in script else None


def _trouble(config: SimulatorConfig, script: Mapping[str, str], draw: float) -> tuple[int | None, int | None, str | None]:
    """(HTTP error instead of taking it, HTTP error after, how the answer is lost): at most one."""
    if script:
        before, after = script.get("error"), script.get("error_after")
        lost_by = (
            "stall" if "stall" in script else script["lose_answer"] or config.lose_answer_by if "lose_answer" in script else None
        )
        return int(before) if before else None, int(after) if after else None, lost_by
    if draw < config.server_error:
        return 500, None, None
    draw -= config.server_error
    if draw < config.server_error_after:
        return None, 500, None
    draw -= config.server_error_after
    return None, None, config.lose_answer_by if draw < config.lose_answer else None


def _course(config: SimulatorConfig, script: Mapping[str, str], draws: list[float]) -> tuple[Said, ...]:
    sent_after = config.sent_seconds * config.time_scale * (0.5 + draws[0])
    end_after = sent_after + config.final_seconds * config.time_scale * (0.5 + draws[1])
    sent, end = Said(after=sent_after, status="sent"), Said(after=end_after, status="delivered")
    failure = next((f"{word}:{script[word]}" for word in ("undelivered", "failed") if word in script), None)
    if not script and draws[2] < config.async_failure:
        failure = config.failures[int(draws[3] * len(config.failures))]
    if failure is None:
        return (sent, end)
    word, _, code = failure.partition(":")
    end = Said(after=end_after, status=word, error=code)
    return (end,) if word == "failed" else (sent, end)


def _receipts(
    config: SimulatorConfig, script: Mapping[str, str], course: tuple[Said, ...], draws: list[float]
) -> tuple[Said, ...]:
    def falls(step: str, draw: float, share: float) -> bool:
        return step in script or (not script and draw < share)

    if not config.receipts or "never_receipt" in script:
        return ()
    told = list(course)
    if len(told) > 1 and falls("out_of_order", draws[0], config.out_of_order):
        first, last = told
        told = [replace(last, after=first.after), replace(first, after=last.after)]
    if falls("late_receipt", draws[1], config.late_receipt):
        told = [replace(said, after=said.after + config.late_seconds * config.time_scale) for said in told]
    if not script:
        told = [said for said, draw in zip(told, draws[3:], strict=False) if draw >= config.lose_receipt]
    if falls("double_receipt", draws[2], config.double_receipt):
        told = [copy for said in told for copy in (said, said)]
    return tuple(told)


def _early(config: SimulatorConfig, script: Mapping[str, str], receipts: tuple[Said, ...], draws: list[float]) -> int:
    """Half of those who hurry tell everything at once."""
    if "early_receipt" in script or (not script and draws[0] < config.early_receipt):
        return len(receipts) if draws[1] < 0.5 else min(1, len(receipts))
    return 0


def _reply(config: SimulatorConfig, script: Mapping[str, str], draws: list[float]) -> str | None:
    if script:
        return script.get("reply")
    roll, which = draws
    for share, texts in (
        (config.reply_stop, _STOP_WORDS),
        (config.reply_start, ("START",)),
        (config.reply_help, ("HELP",)),
        (config.reply_text, _TEXTS),
    ):
        if roll < share:
            return texts[int(which * len(texts))]
        roll -= share
    return None
