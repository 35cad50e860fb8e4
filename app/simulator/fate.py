"""What becomes of one message? Drawn from the seed, the number and how many it got before, never from the order of arrival."""

import random
from dataclasses import dataclass

from app.simulator.config import SimulatorConfig

_UNDELIVERED = ("30003", "30005", "30006", "30008")
_FAILED = ("30007", "30008")


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One status callback: when after acceptance, the word, and the error code if it failed."""

    after: float
    status: str
    error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fate:
    """The whole course of one message, known before it begins."""

    latency: float = 0.0
    refuse: str | None = None
    status: int | None = None
    lose_answer: bool = False
    stall: bool = False
    early: bool = False
    receipts: tuple[Said, ...] = ()
    reply: str | None = None


def _latency(rng: random.Random, config: SimulatorConfig) -> float:
    if config.latency_mean <= 0:
        return 0.0
    return min(config.latency_max, rng.lognormvariate(0, 0.5) * config.latency_mean) * config.time_scale


def _receipts(rng: random.Random, config: SimulatorConfig, script: str, code: str) -> tuple[Said, ...]:
    lost = rng.random() < config.lose_receipt
    failed = rng.random() < config.async_failure
    if not config.receipts or script == "never_receipt" or (lost and not script):
        return ()
    sent = Said(after=0.05 + rng.random() * 0.1, status="sent")
    end = Said(after=sent.after + 0.05 + rng.random() * 0.3, status="delivered")
    if script in {"undelivered", "failed"}:
        end = Said(after=end.after, status=script, error=code)
    elif failed and not script:
        word = rng.choice(("undelivered", "failed"))
        end = Said(after=end.after, status=word, error=rng.choice(_UNDELIVERED if word == "undelivered" else _FAILED))
    plan = [sent, end]
    if rng.random() < config.out_of_order:
        plan = [Said(after=end.after, status=sent.status), Said(after=sent.after, status=end.status, error=end.error)]
    if rng.random() < config.late_receipt:
        plan = [Said(after=said.after + 2.0, status=said.status, error=said.error) for said in plan]
    if rng.random() < config.double_receipt:
        plan += [Said(after=said.after + 0.02, status=said.status, error=said.error) for said in plan]
    return tuple(Said(after=said.after * config.time_scale, status=said.status, error=said.error) for said in plan)


def _reply(rng: random.Random, config: SimulatorConfig, nth: int) -> str | None:
    roll = rng.random()
    for share, word in (
        (config.reply_stop, "STOP"),
        (config.reply_start, "START"),
        (config.reply_help, "HELP"),
        (config.reply_text, "ok thanks, see you there"),
    ):
        if roll < share:
            return word if nth == 1 else None
        roll -= share
    return None


def draw_fate(config: SimulatorConfig, *, to: str, nth: int) -> Fate:
    """The course of the `nth` message (from 1) to this number."""
    rng = random.Random(f"{config.seed}/{to}/{nth}")  # noqa: S311  # a rehearsal, not a secret
    script, _, argument = config.scripted.get(to, "").partition(":")
    once = script.removesuffix("_once") if nth == 1 or not script.endswith("_once") else ""
    latency = float(argument) if once == "slow" else _latency(rng, config)
    lose = rng.random() < config.lose_answer
    broken = rng.random() < config.server_error
    early = rng.random() < config.early_receipt
    receipts = _receipts(rng, config, once, argument)
    reply = _reply(rng, config, nth)
    return Fate(
        latency=latency,
        refuse=argument if once == "refuse" else "20429" if once == "throttle" else None,
        status=int(argument) if once == "error" else 500 if broken and not script else None,
        lose_answer=once == "lose_answer" or (lose and not script),
        stall=once == "stall",
        early=once == "early_receipt" or early,
        receipts=receipts,
        reply=argument if once == "reply" and nth == 1 else reply,
    )
