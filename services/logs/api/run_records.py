"""What the contracts about runs have in common: append for any tenant, list for one."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Generic, TypeVar

from kernel.identifiers import RunId
from servicekit import calls
from servicekit.batching import Batcher
from servicekit.paging import PageTokens
from servicekit.unit_of_work import UnitsOfWork
from services.logs.api.writers import writing_service
from services.logs.usecases.ports import RunRecordRepository, UnitOfWork
from services.logs.usecases.read_records import list_run_records

Record = TypeVar("Record")


class RunRecords(Generic[Record]):
    """Records of one kind, between messages and the use cases."""

    def __init__(
        self,
        *,
        units_of_work: UnitsOfWork[UnitOfWork],
        appends: Batcher[Sequence[Record], None],
        choose: Callable[[UnitOfWork], RunRecordRepository[Record]],
        page_tokens: PageTokens,
        decode: Callable[..., Record],
        encode: Callable[[Record], Any],
    ) -> None:
        self._units_of_work = units_of_work
        self._appends = appends
        self._choose = choose
        self._page_tokens = page_tokens
        self._decode = decode
        self._encode = encode

    async def append(self, messages: Iterable[Any]) -> None:
        """Append records, together with those of other calls that wait."""
        service = writing_service(messages)
        await self._appends.submit([self._decode(one, service=service) for one in messages])

    async def page(self, request: Any) -> tuple[list[Any], str]:
        """Return a page of records as messages, and the token of the next."""
        principal = calls.principal()
        asked = self._page_tokens.read(request, tenant=principal.tenant_id)
        async with self._units_of_work(principal.tenant_id) as unit_of_work:
            found = await list_run_records(
                RunId(request.run_id) if request.run_id else None,
                asked,
                principal=principal,
                choose=self._choose,
                unit_of_work=unit_of_work,
            )
        token = self._page_tokens.write(request, found.next_after, tenant=principal.tenant_id)
        return [self._encode(record) for record in found.items], token
