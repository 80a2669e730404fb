"""Whether a run spends unlike its agent's runs before it, explained in numbers.

Medians, not means: one run that went wild must not make the next wild run look usual.
"""

from dataclasses import dataclass, replace
from statistics import median

from kernel.identifiers import AgentId, TenantId

# The runs that an agent is compared with: enough to know it, few enough to follow its changes.
KEPT = 50
# Before that many nobody can say what is usual.
ENOUGH = 10
# Median absolute deviations to what a normal distribution calls a standard deviation.
_TO_DEVIATIONS = 1.4826
_DEVIATIONS = 6.0
_TIMES = 2.0
# An agent that spends the same to the cent has no spread; a twentieth of its median counts as one.
_LEAST_SPREAD = 0.05
# Less than this is worth nobody's time, however unusual: a cent.
_LEAST_COST_MICRO_USD = 10_000
_SHORTEST_SECONDS = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Spending:
    """What a run cost, and how long it took."""

    cost_micro_usd: int
    seconds: float

    @property
    def rate(self) -> int:
        """Micro-dollars a minute; a run shorter than a second counts as one of a second."""
        return round(self.cost_micro_usd * 60 / max(self.seconds, _SHORTEST_SECONDS))


@dataclass(frozen=True, slots=True, kw_only=True)
class Anomaly:
    """A burn rate that left its own history."""

    rate: int
    # Above this it counts as unusual.
    threshold: int
    explanation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BurnHistory:
    """How an agent's last runs spent."""

    tenant_id: TenantId
    agent_id: AgentId
    # Oldest first.
    rates: tuple[int, ...] = ()

    def with_run(self, spending: Spending) -> "BurnHistory":
        """With one run more; the oldest is forgotten. Runs that cost nothing say nothing."""
        if not spending.cost_micro_usd:
            return self
        return replace(self, rates=(*self.rates, spending.rate)[-KEPT:])

    def anomaly(self, spending: Spending) -> Anomaly | None:
        """Say whether a run left the history, and by how much."""
        if len(self.rates) < ENOUGH or spending.cost_micro_usd < _LEAST_COST_MICRO_USD:
            return None
        usual = median(self.rates)
        deviation = median(abs(rate - usual) for rate in self.rates)
        spread = max(deviation * _TO_DEVIATIONS, usual * _LEAST_SPREAD)
        threshold = round(max(usual + _DEVIATIONS * spread, usual * _TIMES))
        if spending.rate <= threshold:
            return None
        return Anomaly(
            rate=spending.rate,
            threshold=threshold,
            explanation=(
                f"It spent {_dollars(spending.rate)} a minute; the agent's last "
                f"{len(self.rates)} runs spent {_dollars(usual)} (median), give or take "
                f"{_dollars(spread)}. Above {_dollars(threshold)} counts as unusual; this is "
                f"{spending.rate / max(usual, 1):.1f} times the usual."
            ),
        )


def _dollars(micro_usd: float) -> str:
    return f"{micro_usd / 1_000_000:,.4f} USD"
