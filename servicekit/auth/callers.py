"""Who may call whom: the list in ``deploy/callers.yaml``, enforced on every call."""

from collections.abc import Mapping
from pathlib import Path

import yaml

from kernel.errors import CallerNotAllowed
from servicekit.config import ConfigError


class CallerList:
    """The callers of one service's methods. What is not listed is refused."""

    def __init__(self, rules: Mapping[str, frozenset[str]]) -> None:
        self._rules = rules

    @classmethod
    def read(cls, path: Path, *, service: str) -> "CallerList":
        """Read the rules of one service."""
        try:
            rules = yaml.safe_load(path.read_text())[service]
            return cls({name: frozenset(callers) for name, callers in rules.items()})
        except (OSError, yaml.YAMLError, KeyError, TypeError, AttributeError):
            raise ConfigError(f"{path} does not list the callers of {service!r}.") from None

    def callers_of(self, method: str) -> frozenset[str]:
        """Who may call the method: its own line if it has one, else the line of its service."""
        name = method.lstrip("/")
        own = self._rules.get(name)
        if own is not None:
            return own
        return self._rules.get(name.partition("/")[0], frozenset())

    def require(self, method: str, caller: str) -> None:
        """Refuse a caller that is not listed."""
        if caller not in self.callers_of(method):
            raise CallerNotAllowed(
                f"{caller} may not call {method.lstrip('/')}. deploy/callers.yaml lists who may.",
                metadata={"caller": caller, "method": method.lstrip("/")},
            )
