"""Knowledge planes, as far as policies can know of them."""


class NoPlanes:
    """The plane has no knowledge planes as long as nothing serves them, so none can be named."""

    async def unknown(self, _tenant_id: str, plane_ids: tuple[str, ...]) -> set[str]:
        """Which of these planes do not exist: all of them."""
        return set(plane_ids)
