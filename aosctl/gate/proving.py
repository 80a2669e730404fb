"""Rows proven one after the other; what goes wrong with one is its verdict and nobody else's."""

import asyncio
from collections.abc import Sequence

import grpc

from aosctl.errors import OperatorError
from aosctl.gate.row import Row, Site, State, Unproven, Verdict
from aosctl.gate.table import ROWS
from aosctl.refusals import refused
from aosctl.stage.governed_run import Declined

_ROW_SECONDS = 180.0


async def proven(row: Row, site: Site) -> Verdict:
    """What becomes of a row on a plane."""
    if row.prove is None:
        return Verdict(id=row.id, state=State.NOT_BUILT, shown_by="")
    try:
        async with asyncio.timeout(_ROW_SECONDS):
            shown_by = await row.prove(site)
    except (Unproven, Declined, OperatorError) as error:
        return _fails(row, str(error))
    except grpc.aio.AioRpcError as error:
        return _fails(row, f"refused as {refused(error)}")
    except TimeoutError:
        return _fails(row, f"nothing was shown within {_ROW_SECONDS:.0f} seconds")
    return Verdict(id=row.id, state=State.HOLDS, shown_by=shown_by)


def chosen(only: Sequence[str]) -> list[Row]:
    """The rows of these names; all of them when none is named.

    Raises:
        OperatorError: There is no such row.
    """
    known = {row.id: row for row in ROWS}
    unknown = [name for name in only if name not in known]
    if unknown:
        raise OperatorError(f"There is no row {', '.join(unknown)}: choose of {', '.join(known)}.")
    return [row for row in ROWS if not only or row.id in only]


def _fails(row: Row, why: str) -> Verdict:
    return Verdict(id=row.id, state=State.FAILS, shown_by=why)
