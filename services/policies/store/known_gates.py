"""Gates as they were at an epoch. All that a gate is changes only together with its epoch."""

from collections import OrderedDict
from collections.abc import Mapping

from services.policies.domain.gate import Gate
from services.policies.usecases.ports import GateKey

_KEPT = 20_000


class KnownGates:
    """Remembers gates, so that a held one is read in full only when its epoch is new."""

    def __init__(self) -> None:
        self._gates: OrderedDict[GateKey, Gate] = OrderedDict()

    def at(self, epochs: Mapping[GateKey, int]) -> tuple[dict[GateKey, Gate], list[GateKey]]:
        """The gates that are known at these epochs, and the keys of those that are not."""
        known: dict[GateKey, Gate] = {}
        unknown: list[GateKey] = []
        for key, epoch in epochs.items():
            gate = self._gates.get(key)
            if gate is not None and gate.epoch == epoch:
                known[key] = gate
            else:
                unknown.append(key)
        return known, unknown

    def last_seen(self, tenant_id: str, run_id: str) -> Gate | None:
        """The gate as it was when it was last held here; it may have changed since."""
        return self._gates.get((tenant_id, run_id))

    def learn(self, gate: Gate) -> None:
        """Remember a gate as it was read under its lock."""
        self._gates[gate.tenant_id, gate.run_id] = gate
        if len(self._gates) > _KEPT:
            self._gates.popitem(last=False)
