"""Which providers are installed, and what came of a hand-over? Any file here with a class that has a `kind` is a provider."""

import importlib
import inspect
import pkgutil
from typing import Any

from app import providers
from app.domain.delivery import ErrorClass, MayHaveLeft, NeverLeft, Outbound, Outcome, Refused, Request, Response
from app.ports import Provider


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
    try:
        return provider.build_request(outbound)
    except Exception as error:  # noqa: BLE001  # one message a builder cannot take must not hold its whole group up
        return Refused(ErrorClass.INVALID_REQUEST, "not_built", f"the request could not be built: {type(error).__name__}")


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
