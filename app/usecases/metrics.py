"""What does a process measure of itself? Its own registry, opened with the process, read at /metrics."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest

_SECONDS = (0.1, 0.5, 1, 2, 5, 10, 30, 60, 300, 900, 3600, 14_400, 86_400, 864_000)


class Metrics:
    """The figures of one process."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self.seconds_to_silence = Histogram(
            "tactful_seconds_to_silence",
            "Seconds from the instant a person opted out to the instant nothing more was claimed for the number",
            registry=self._registry,
            buckets=_SECONDS,
        )

        self.purged_rows = Counter(
            "tactful_purged_rows",
            "Rows emptied or deleted because they were kept long enough, by what they held",
            ["what"],
            registry=self._registry,
        )

        self.breakers_open = Gauge(
            "tactful_breakers_open",
            "Senders and accounts whose hand-overs rest, or to which one message at a time goes to see. As the database has it: "
            "every process tells the same",
            ["what"],
            registry=self._registry,
        )

        self.breakers = Counter(
            "tactful_breakers_total",
            "Breakers of senders and accounts that changed, by what they became (open, closed) and what was wrong",
            ["became", "cause"],
            registry=self._registry,
        )

        self.webhooks = Counter(
            "tactful_webhooks_total",
            "Webhooks of carriers, by kind of provider and what came of them: taken, unmatched, unread, replay, bad_signature, "
            "stale, malformed, unknown_account, too_large",
            ["kind", "outcome"],
            registry=self._registry,
        )

        self.links = Counter(
            "tactful_links_total",
            "Short links asked for, by what came of them: led, over, nobodys, unreachable",
            ["outcome"],
            registry=self._registry,
        )

    def text(self) -> bytes:
        """Everything, in Prometheus' text format."""
        return generate_latest(self._registry)
