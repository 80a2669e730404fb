"""Calls of many sagas and sessions, gathered: one for each tenant instead of one for each run."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from kernel.errors import ServiceError, Unavailable
from kernel.identifiers import TenantId
from servicekit.batching import Batcher

Item = TypeVar("Item")
Answer = TypeVar("Answer")
AskAll = Callable[[TenantId, Sequence[Item]], Awaitable[Sequence[Answer | Exception]]]

# What the called methods take at most.
_MOST = 256


class Gathered(Generic[Item, Answer]):
    """One method that takes many items of one tenant, asked for one item at a time."""

    def __init__(self, ask: AskAll[Item, Answer], *, name: str, concurrency: int = 4) -> None:
        self._ask = ask
        self._batcher: Batcher[tuple[TenantId, Item], Answer] = Batcher(
            self._perform, name=name, maximum_items=_MOST, concurrency=concurrency
        )

    async def __call__(self, tenant_id: TenantId, item: Item) -> Answer:
        """Ask for one item.

        Raises:
            ServiceError: the item was refused, or nobody could be asked.
        """
        return await self._batcher.submit((tenant_id, item))

    async def close(self) -> None:
        """Take nothing new, finish what is waiting."""
        await self._batcher.close()

    async def _perform(
        self, items: Sequence[tuple[TenantId, Item]]
    ) -> Sequence[Answer | Exception]:
        places: dict[TenantId, list[int]] = {}
        for place, (tenant_id, _) in enumerate(items):
            places.setdefault(tenant_id, []).append(place)
        answers: list[Answer | Exception] = [ServiceError("never asked")] * len(items)
        asked = [
            self._ask_tenant(tenant_id, [items[place][1] for place in own])
            for tenant_id, own in places.items()
        ]
        for own, given in zip(places.values(), await asyncio.gather(*asked), strict=True):
            for place, answer in zip(own, given, strict=True):
                answers[place] = answer
        return answers

    async def _ask_tenant(
        self, tenant_id: TenantId, items: Sequence[Item]
    ) -> Sequence[Answer | Exception]:
        try:
            return await self._ask(tenant_id, items)
        except ServiceError as error:
            if len(items) == 1 or isinstance(error, Unavailable):
                return [error] * len(items)
        # One of them poisons the call; asked alone, its neighbours are not punished.
        alone = [await self._ask_tenant(tenant_id, [item]) for item in items]
        return [answer for (answer,) in alone]
