"""Money as integer micro-USD; a float never touches a budget."""

from typing import NewType

MicroUsd = NewType("MicroUsd", int)

NOTHING = MicroUsd(0)
MICRO_USD_PER_USD = 1_000_000


def format_usd(amount: MicroUsd) -> str:
    """Write an amount for a person, exact to the last micro-dollar that is not zero."""
    sign = "-" if amount < 0 else ""
    whole, fraction = divmod(abs(amount), MICRO_USD_PER_USD)
    digits = f"{fraction:06d}".rstrip("0").ljust(2, "0")
    return f"{sign}${whole:,}.{digits}"
