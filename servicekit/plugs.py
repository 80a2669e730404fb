"""What somebody plugs in by a setting: a callable of their own, named `module:callable`."""

import importlib
from collections.abc import Callable
from typing import Any

from kernel.errors import InvalidRequest


def plugged_in(name: str, *, setting: str) -> Callable[..., Any] | None:
    """The callable that a setting names; None where it names nothing.

    Raises:
        InvalidRequest: there is none of that name, so the service does not start.
    """
    if not name:
        return None
    module, _, attribute = name.partition(":")
    try:
        found = getattr(importlib.import_module(module), attribute)
    except (ImportError, AttributeError, ValueError) as error:
        raise InvalidRequest(
            f"{setting} is {name}, which cannot be loaded ({error}); write module:callable."
        ) from error
    if not callable(found):
        raise InvalidRequest(f"{setting} is {name}, which cannot be called.")
    plugged: Callable[..., Any] = found
    return plugged
