"""What came of the inventions? Counts and distinct failures per operation, shown while they come and at the end."""

from collections import Counter
from dataclasses import dataclass, field

from schemathesis.engine import events

_SEQUENCES = "operations one after the other"
_SHOWN_EVERY = 50  # of these, which are short and many


@dataclass(slots=True)
class Failure:
    """One way an operation went wrong, with the first request that showed it."""

    check: str
    title: str
    message: str
    request: str
    times: int = 1


@dataclass(slots=True)
class _Operation:
    requests: int = 0
    scenarios: int = 0
    statuses: Counter[str] = field(default_factory=Counter)
    phases: set[str] = field(default_factory=set)
    failures: dict[tuple[str, str], Failure] = field(default_factory=dict)


@dataclass(slots=True)
class Tally:
    """Everything that was seen."""

    operations: dict[str, _Operation] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    stopped: str = ""

    def take(self, event: events.EngineEvent) -> None:
        """Count one event of the engine; a finished operation is shown."""
        match event:
            case events.ScenarioFinished():
                self._scenario(event, event.label or _SEQUENCES)
            case events.NonFatalError():
                self.faults.append(f"{event.label}: {event.value}")
            case events.FatalError():
                self.faults.append(repr(event.exception))
            case events.EngineFinished() if event.stop_reason != "completed":
                self.stopped = str(event.stop_reason)
            case _:
                pass

    def _scenario(self, event: events.ScenarioFinished, label: str) -> None:
        seen = self.operations.setdefault(label, _Operation())
        answers = [call.response.status_code for call in event.recorder.interactions.values() if call.response is not None]
        if not answers:
            return
        seen.scenarios += 1
        seen.requests += len(answers)
        seen.statuses.update(f"{status // 100}xx" for status in answers)
        seen.phases.add(event.phase.value)
        before = len(seen.failures)
        for nodes in event.recorder.checks.values():
            for node in nodes:
                if node.failure_info is not None:
                    failure = node.failure_info.failure
                    found = Failure(node.name, failure.title, failure.message, node.failure_info.code_sample)
                    if (known := seen.failures.setdefault((node.name, failure.title), found)) is not found:
                        known.times += 1
        new = len(seen.failures) - before
        words = f"  {new} new failure(s)" if new else ""
        if label == _SEQUENCES and not new and seen.scenarios % _SHOWN_EVERY:
            return
        print(
            f"{event.phase.value:<9} {label:<58} {len(answers):>5} requests in {event.elapsed_time:>5.1f} s{words}",
            flush=True,
        )

    def untested(self) -> list[str]:
        """Operations that never came to be fuzzed, because the time was over."""
        return [name for name, seen in self.operations.items() if not seen.phases & {"fuzzing", "stateful"}]

    def show(self) -> None:
        """Print the summary: a line an operation, then every failure with its request."""
        print(f"\n{'operation':<58} {'requests':>8} {'2xx':>6} {'4xx':>6} {'5xx':>5} {'failures':>8}")
        for name, seen in sorted(self.operations.items(), key=lambda item: item[0].split(" ")[::-1]):
            counts = (seen.statuses[group] for group in ("2xx", "4xx", "5xx"))
            print(f"{name:<58} {seen.requests:>8} " + "{:>6} {:>6} {:>5}".format(*counts) + f" {len(seen.failures):>8}")
        for name, seen in self.operations.items():
            for failure in seen.failures.values():
                print(f"\n{name}: {failure.title} ({failure.check}, {failure.times} time(s))")
                print("  " + failure.message.replace("\n", "\n  ")[:1500])
                print(f"  {failure.request[:3000]}")
        for fault in self.faults:
            print(f"\n{fault}")
        requests = sum(seen.requests for seen in self.operations.values())
        failures = sum(len(seen.failures) for seen in self.operations.values()) + len(self.faults)
        print(f"\n{len(self.operations)} operations, {requests} requests, {failures} failure(s)", flush=True)

    @property
    def clean(self) -> bool:
        """Whether nothing failed and nothing was left out."""
        failed = any(seen.failures for seen in self.operations.values())
        return not failed and not self.faults and not self.stopped and not self.untested()
