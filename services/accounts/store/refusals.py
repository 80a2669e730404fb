"""What the database refuses, told in the words of the domain."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from sqlalchemy.exc import IntegrityError

from kernel.errors import ServiceError
from servicekit.database import violated_constraint


@contextmanager
def told_as(refusals: Mapping[str, ServiceError]) -> Iterator[None]:
    """Raise our error for each named constraint; only the database sees all that happens at once.

    Other violations are faults of ours and stay what they are.
    """
    try:
        yield
    except IntegrityError as error:
        refusal = refusals.get(violated_constraint(error))
        if refusal is None:
            raise
        raise refusal from error
