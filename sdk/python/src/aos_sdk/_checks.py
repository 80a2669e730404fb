"""What the contract takes, looked at before it is said.

A message of a session that breaks the contract ends the stream for every run on it, so nothing of
the kind may leave; elsewhere the plane's own answer is better than a second opinion.
"""

import re

from aos_sdk._errors import Invalid

MOST_UNITS = 1_000_000_000_000
MOST_TOKENS = 10_000_000_000
_AGENT = re.compile(r"agt_[0-9a-hjkmnp-tv-z]{26}")


def check_text(text: str, field: str, *, least: int = 0, most: int) -> str:
    """Return a text that the contract takes.

    Raises:
        Invalid: It is too short or too long, or holds what no text may hold.
    """
    if not least <= len(text) <= most:
        raise invalid(field, f"must have {least} to {most} characters, and has {len(text)}")
    if "\x00" in text:
        raise invalid(field, "must not hold a NUL character")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise invalid(field, "must not hold half a surrogate pair") from None
    return text


def check_number(number: int, field: str, *, most: int = MOST_UNITS) -> int:
    """Return a number that the contract takes.

    Raises:
        Invalid: It is below zero or too large.
    """
    if not 0 <= number <= most:
        raise invalid(field, f"must be from 0 to {most}, and is {number}")
    return number


def check_agent(agent_id: str) -> str:
    """Return an agent's identifier.

    Raises:
        Invalid: It is none.
    """
    if not _AGENT.fullmatch(agent_id):
        raise invalid("agent", "must be an agent's identifier, agt_ and 26 letters and digits")
    return agent_id


def invalid(field: str, complaint: str) -> Invalid:
    """Say what is wrong with a field."""
    return Invalid(f"{field} {complaint}.", reason="INVALID_FIELD", metadata={"field": field})
