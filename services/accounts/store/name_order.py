"""Lists in the order of names: upper and lower case together, equal names by identifier.

The key of a page is made by the database, which alone knows what its `lower` does to a name.
"""

from collections.abc import Callable
from typing import Any, TypeVar

from sqlalchemy import Select, Table, Text, func, literal, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.pagination import Page, PageRequest
from servicekit.tables import IDENTIFIER

Item = TypeVar("Item")


async def page_by_name(
    connection: AsyncConnection,
    table: Table,
    statement: Select[Any],
    page: PageRequest,
    *,
    make: Callable[[Any], Item],
) -> Page[Item]:
    """Run the statement for one page; the page key is the name and id of the last item."""
    name = func.lower(table.c.name)
    if page.after is not None:
        last_name, last_id = page.after
        last = tuple_(literal(last_name, Text), literal(last_id, IDENTIFIER))
        statement = statement.where(tuple_(name, table.c.id) > last)
    statement = statement.add_columns(name.label("sort_name"))
    statement = statement.order_by(name, table.c.id).limit(page.size + 1)
    rows = (await connection.execute(statement)).all()
    cut = Page.cut(rows, page.size, key=lambda row: (row.sort_name, row.id))
    return Page(items=[make(row) for row in cut.items], next_after=cut.next_after)
