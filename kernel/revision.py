"""Changes are based on what was read: the etag of a record is its revision."""

from kernel.errors import EtagMismatch


def require_current(etag: str, revision: int) -> None:
    """Refuse a change that is based on another revision.

    Raises:
        EtagMismatch: somebody changed the record since it was read.
    """
    if etag != str(revision):
        raise EtagMismatch(
            "It changed since it was read. Read it again and repeat the change with its new etag.",
            metadata={"etag": str(revision)},
        )
