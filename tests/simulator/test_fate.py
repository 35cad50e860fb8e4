"""Is what becomes of a message settled by the seed, the number and the count alone, and are the shares what they say?"""

import random
from statistics import mean, quantiles

import pytest

from app.simulator.config import SimulatorConfig
from app.simulator.fate import Fate, draw_fate

_MIXED = SimulatorConfig(
    seed=7,
    latency_min=0.02,
    latency_mean=0.1,
    latency_p99=0.4,
    lose_answer=0.1,
    server_error=0.05,
    server_error_after=0.05,
    async_failure=0.2,
    lose_receipt=0.1,
    double_receipt=0.2,
    late_receipt=0.1,
    out_of_order=0.3,
    early_receipt=0.25,
    reply_stop=0.1,
    reply_start=0.05,
    reply_help=0.05,
    reply_text=0.1,
)
_MANY = 8000


def _fates(config: SimulatorConfig, many: int = _MANY) -> list[Fate]:
    return [draw_fate(config, to=f"+1212{number:07d}", nth=1) for number in range(many)]


def test_the_order_of_arrival_plays_no_part() -> None:
    posts = [(f"+121255512{number:02d}", nth) for number in range(50) for nth in (1, 2, 3)]
    forwards = {post: draw_fate(_MIXED, to=post[0], nth=post[1]) for post in posts}
    shuffled = random.Random(3).sample(posts, len(posts))
    assert {post: draw_fate(_MIXED, to=post[0], nth=post[1]) for post in shuffled} == forwards


def test_another_seed_is_another_world() -> None:
    other = SimulatorConfig(seed=8).changed({"async_failure": 0.5, "lose_answer": 0.5})
    same = SimulatorConfig(seed=9).changed({"async_failure": 0.5, "lose_answer": 0.5})
    assert _fates(other, 200) != _fates(same, 200)


def test_a_second_message_may_fare_differently() -> None:
    firsts = _fates(_MIXED, 200)
    assert firsts != [draw_fate(_MIXED, to=f"+1212{number:07d}", nth=2) for number in range(200)]


def test_shares_are_what_they_say() -> None:
    fates = _fates(_MIXED)
    taken = [fate for fate in fates if fate.status is None]
    shares = {
        "server_error": mean(fate.status == 500 for fate in fates),
        "server_error_after": mean(fate.status_after == 500 for fate in fates),
        "lose_answer": mean(fate.lost_by is not None for fate in fates),
        "async_failure": mean(fate.course[-1].status != "delivered" for fate in taken),
    }
    wanted = {"server_error": 0.05, "server_error_after": 0.05, "lose_answer": 0.1, "async_failure": 0.2}
    assert shares == pytest.approx(wanted, abs=0.02)
    delivered = [fate for fate in fates if fate.course[-1].status == "delivered"]
    assert mean(fate.reply is not None for fate in delivered) == pytest.approx(0.3, abs=0.02)
    assert mean((fate.reply or "").strip().upper() in {"STOP", "UNSUBSCRIBE", "END", "CANCEL", "QUIT"} for fate in delivered) == (
        pytest.approx(0.1, abs=0.02)
    )


def test_receipts_suffer_as_asked() -> None:
    two = [fate for fate in _fates(_MIXED) if len(fate.course) == 2]
    told = mean(len({said.status for said in fate.receipts}) for fate in two) / 2
    assert told == pytest.approx(0.9, abs=0.02)
    doubled = [fate for fate in two if len(fate.receipts) > len({said.status for said in fate.receipts})]
    assert len(doubled) / len([fate for fate in two if fate.receipts]) == pytest.approx(0.2, abs=0.02)
    both = [fate for fate in two if len({said.status for said in fate.receipts}) == 2]
    assert mean(min(fate.receipts, key=lambda said: said.after).status != "sent" for fate in both) == pytest.approx(0.3, abs=0.03)
    assert mean(fate.early > 0 for fate in two if fate.receipts) == pytest.approx(0.25, abs=0.02)


def test_latency_has_the_mean_the_floor_and_the_tail_that_were_asked_for() -> None:
    latencies = [fate.latency for fate in _fates(_MIXED)]
    assert min(latencies) >= 0.02
    assert mean(latencies) == pytest.approx(0.1, rel=0.05)
    assert quantiles(latencies, n=100)[98] == pytest.approx(0.4, rel=0.15)


def test_the_time_scale_shortens_every_delay() -> None:
    slow, quick = _fates(_MIXED, 100), _fates(_MIXED.changed({"time_scale": 0.1}), 100)
    for long, short in zip(slow, quick, strict=True):
        assert short.latency == pytest.approx(long.latency / 10)
        assert [said.after for said in short.receipts] == pytest.approx([said.after / 10 for said in long.receipts])
        assert short.reply_after == pytest.approx(long.reply_after / 10)


@pytest.mark.parametrize(("script", "nth", "expected"), [
    ("refuse:21610", 3, {"refuse": "21610"}),
    ("refuse_once:21611", 1, {"refuse": "21611"}),
    ("refuse_once:21611", 2, {"refuse": None}),
    ("throttle_once", 1, {"refuse": "20429"}),
    ("throttle_once", 2, {"refuse": None}),
    ("error:503", 1, {"status": 503}),
    ("error_after:502", 1, {"status_after": 502}),
    ("lose_answer", 1, {"lost_by": "close"}),
    ("lose_answer:half", 1, {"lost_by": "half"}),
    ("stall", 1, {"lost_by": "stall"}),
    ("slow:2.5", 1, {"latency": 2.5}),
    ("never_receipt", 1, {"receipts": ()}),
    ("reply: stop! ", 1, {"reply": " stop! "}),
    ("reply:HELP", 2, {"reply": None}),
    (["lose_answer", "never_receipt"], 1, {"lost_by": "close", "receipts": ()}),
])  # fmt: skip
def test_a_scripted_number_does_as_it_is_told(script: str | list[str], nth: int, expected: dict[str, object]) -> None:
    config = SimulatorConfig().changed({"scripted": {"+12125551000": script}})
    fate = draw_fate(config, to="+12125551000", nth=nth)
    assert {name: getattr(fate, name) for name in expected} == expected


def test_a_script_stands_in_place_of_the_shares() -> None:
    everything = {"lose_answer": 0.5, "server_error": 0.5, "async_failure": 1.0, "lose_receipt": 1.0, "reply_stop": 1.0}
    config = SimulatorConfig().changed({**everything, "scripted": {"+12125551000": "undelivered:30005"}})
    fate = draw_fate(config, to="+12125551000", nth=1)
    assert (fate.status, fate.lost_by, fate.reply) == (None, None, None)
    assert [(said.status, said.error) for said in fate.receipts] == [("sent", None), ("undelivered", "30005")]


@pytest.mark.parametrize("settings", [
    {"scripted": {"+1": "explode"}}, {"scripted": {"+1": "refuse"}}, {"scripted": {"+1": "slow:soon"}}, {"scripted": {"+1": 7}},
    {"scripted": {"+1": "lose_answer:loudly"}}, {"scripted": {"+1": "stall:5"}}, {"lose_answer": 1.1}, {"lose_answer": -0.1},
    {"lose_answer": True}, {"seed": 1.5}, {"time_scale": -1}, {"latency_mean": "fast"}, {"accounts": {"AC": 1}},
    {"senders": "+15005550006"}, {"inbound_url": "ftp://x"}, {"inbound_url": "http://[::1"}, {"failures": []},
    {"failures": ["lost:1"]}, {"lose_answer_by": "magic"}, {"posts_in_flight": 0}, {"reply_stop": 0.6, "reply_help": 0.6},
    {"sender_rates": {"+1": "many"}}, {"managed_opt_out": 1}, {"nonsense": 1},
])  # fmt: skip
def test_a_setting_that_cannot_be_is_refused_by_name(settings: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=next(iter(settings))):
        SimulatorConfig().changed(settings)
