"""What is written once is written without a look; the index says when it exists."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.database import violated_constraint
from services.logs.usecases.ports import AlreadyWritten

_PLAN_AFRESH = text("SET LOCAL plan_cache_mode = force_custom_plan")


@contextmanager
def known_by(constraint: str) -> Iterator[None]:
    """Tell a violation of this constraint by its meaning; others are faults of ours."""
    try:
        yield
    except IntegrityError as error:
        if violated_constraint(error) != constraint:
            raise
        raise AlreadyWritten from error


async def plan_afresh(connection: AsyncConnection) -> None:
    """Let the statements of this transaction be planned for the tables as they are.

    A plan that was made while a table was empty may scan all of it, and is kept until the table is
    analysed; in a new installation that can take a minute in which the table grows.
    """
    await connection.execute(_PLAN_AFRESH)
