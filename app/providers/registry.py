"""Which providers are installed, and what came of a hand-over? Any file here with a class that has a `kind` is a provider."""

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Hashable, Sequence
from typing import Any, TypeVar

from app import providers
from app.domain.delivery import Batch, ErrorClass, MayHaveLeft, NeverLeft, Outbound, Outcome, Refused, Request, Response
from app.ports import Batches, Provider

Held = TypeVar("Held")


def _provider_classes(module_name: str) -> list[type[Provider]]:
    module = importlib.import_module(f"{providers.__name__}.{module_name}")
    classes: list[Any] = [found for _, found in inspect.getmembers(module, inspect.isclass)]
    return [found for found in classes if found.__module__ == module.__name__ and isinstance(getattr(found, "kind", None), str)]


def installed() -> dict[str, type[Provider]]:
    """Every provider by its kind. Raises ValueError when two files claim the same kind."""
    found: dict[str, type[Provider]] = {}
    for module in sorted(module.name for module in pkgutil.iter_modules(providers.__path__)):
        if module.startswith("_") or module == "registry":
            continue
        for provider in _provider_classes(module):
            if provider.kind in found:
                raise ValueError(f"two providers are called {provider.kind}")
            found[provider.kind] = provider
    return found


def request_for(provider: Provider, outbound: Outbound) -> Request | Refused:
    """The request that hands a message over. Never raises: what our builder stumbles over is refused by us, and has not left."""
    fault = provider.limits[outbound.channel].fault(outbound)
    if fault:
        return Refused(ErrorClass.CONTENT_REJECTED, fault, f"more than {provider.title} takes")
    try:
        return provider.build_request(outbound)
    except Exception as error:  # noqa: BLE001  # one message a builder cannot take must not hold its whole group up
        return Refused(ErrorClass.INVALID_REQUEST, "not_built", f"the request could not be built: {type(error).__name__}")


def batch_request_for(provider: Batches, batch: Batch) -> Request | Refused:
    """The request that hands a batch over; what our builder stumbles over is refused by us, and has not left."""
    try:
        return provider.build_batch(batch)
    except Exception as error:  # noqa: BLE001  # as in request_for
        return Refused(ErrorClass.INVALID_REQUEST, "not_built", f"the request could not be built: {type(error).__name__}")


def batches_of(
    provider: Provider, held: Sequence[Held], outbound: Callable[[Held], Outbound]
) -> tuple[list[Held], list[list[Held]]]:
    """What goes alone, and what goes together: equal keys, different numbers, no more than the provider takes at once."""
    if not isinstance(provider, Batches):
        return list(held), []
    alone: list[Held] = []
    groups: dict[Hashable, list[Held]] = {}
    numbers: set[str] = set()
    for one in held:
        message = outbound(one)
        key = provider.batch_key(message)
        if key is None or message.to in numbers:  # a batch's receipts are told apart by their numbers
            alone.append(one)
            continue
        numbers.add(message.to)
        groups.setdefault(key, []).append(one)
    limit = provider.batch_limit
    cut = [group[start : start + limit] for group in groups.values() for start in range(0, len(group), limit)]
    return [*alone, *(group[0] for group in cut if len(group) == 1)], [group for group in cut if len(group) > 1]


def outcomes_of(provider: Batches, batch: Batch, result: Response | NeverLeft | MayHaveLeft) -> list[Outcome]:
    """What a batch came to, a member each. Never raises; an answer that does not speak of every member settles none."""
    if not isinstance(result, Response):
        return [result] * len(batch.members)
    try:
        outcomes = list(provider.read_batch(batch, result))
    except Exception as error:  # noqa: BLE001  # whatever a reader stumbles over, the request has left
        return [MayHaveLeft(f"the answer could not be read: {type(error).__name__}")] * len(batch.members)
    if len(outcomes) != len(batch.members):
        return [MayHaveLeft("the answer does not speak of every member")] * len(batch.members)
    return outcomes


def outcome_of(provider: Provider, result: Response | NeverLeft | MayHaveLeft) -> Outcome:
    """What a send came to: a failure as it is, a complete answer as the provider reads it. Never raises.

    An answer our reader stumbles over was still an answer: the provider may have acted, and the message must not go again.
    """
    if not isinstance(result, Response):
        return result
    try:
        return provider.read_response(result)
    except Exception as error:  # noqa: BLE001  # whatever a reader stumbles over, the request has left
        return MayHaveLeft(f"the answer could not be read: {type(error).__name__}")
