"""One thing that was looked at."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Whether something is as it should be, in a sentence that says what to do if not."""

    topic: str
    ok: bool
    sentence: str


def fine(topic: str, sentence: str) -> Finding:
    """Nothing to do here."""
    return Finding(topic=topic, ok=True, sentence=sentence)


def wrong(topic: str, sentence: str) -> Finding:
    """Something to do before AOS can run well."""
    return Finding(topic=topic, ok=False, sentence=sentence)
