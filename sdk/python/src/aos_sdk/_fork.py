"""gRPC and processes that fork: what it has begun in a parent cannot go on in a child.

Its threads stay behind in the parent, and a channel that is opened in the child waits for them for
ever. So a child of a process that has used it is told, instead of left to hang.
"""

import os
from typing import ClassVar

from aos_sdk._errors import ClientUnusable


class GrpcUse:
    """Which process has used gRPC first, as far as this package knows."""

    _process: ClassVar[int | None] = None

    @classmethod
    def begin(cls) -> None:
        """Note that this process is about to use gRPC.

        Raises:
            ClientUnusable: Its parent has done so before it forked.
        """
        process = os.getpid()
        if cls._process not in {None, process}:
            raise ClientUnusable(
                "The parent of this process has used AOS before it forked, and gRPC cannot be used"
                " on both sides of a fork: let the parent make its first call after the fork, or"
                " start children by 'spawn'."
            )
        cls._process = process
