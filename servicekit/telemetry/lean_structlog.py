"""structlog without rich.

structlog loads rich wherever it is installed, to show tracebacks that our services never show that
way: five megabytes in every process (measured). The `aos` command uses rich itself, so it is there.
"""

import sys

_known = sys.modules.get("rich")
# What stands for None cannot be imported, which structlog is prepared for.
sys.modules["rich"] = None  # type: ignore[assignment]
try:
    import structlog
finally:
    del sys.modules["rich"]
    if _known is not None:
        sys.modules["rich"] = _known

__all__ = ["structlog"]
