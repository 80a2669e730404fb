"""Judges of outputs, as somebody would plug them in."""

from collections.abc import Sequence

from services.incidents.domain.hallucination.judge import Verdict
from services.incidents.domain.hallucination.material import Document, Output


class Grumbler:
    """Has something against every output that says `allegedly`."""

    name = "grumbler-1"

    async def verdicts(
        self, output: Output, *, documents: Sequence[Document], goal: str
    ) -> Sequence[Verdict]:
        """One verdict, or none."""
        if "allegedly" not in output.text:
            return []
        reason = f"{len(documents)} documents do not say so."
        return [Verdict(passage="allegedly", reason=reason, confidence=0.9)]
