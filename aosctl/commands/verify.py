"""`aos verify`: checks a bundle offline, and says in plain words what that shows."""

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from aosctl.errors import OperatorError
from aosctl.named_files import read_text
from aosctl.verification.bundle import Bundle, UnreadableBundle, read_bundle
from aosctl.verification.verdict import Verdict
from aosctl.verification.verify import verify as verified


def verify(
    *,
    file: Path,
    keys: Sequence[str],
    kept: Sequence[Path],
    older: Sequence[Path],
    as_json: bool,
) -> None:
    """Print what was verified and what cannot be; exit with 1 if anything is wrong."""
    verdict = verified(
        _bundle(file),
        keys=keys,
        kept=[read_text(path) for path in kept],
        older=[_bundle(path) for path in older],
    )
    if as_json:
        print(json.dumps({"holds": verdict.holds, **asdict(verdict)}, indent=2))
    else:
        _print(file, verdict)
    if not verdict.holds:
        sys.exit(1)


def _print(file: Path, verdict: Verdict) -> None:
    for sentence in verdict.shown:
        print(f"ok     {sentence}")
    if verdict.problem is not None:
        print(f"WRONG  {verdict.problem}")
    print("This cannot show:")
    for sentence in verdict.cannot_show:
        print(f"  - {sentence}")
    print(f"{file} verifies." if verdict.holds else f"{file} does not verify.")


def _bundle(file: Path) -> Bundle:
    try:
        return read_bundle(read_text(file))
    except UnreadableBundle as error:
        raise OperatorError(f"{file} is not a ledger bundle: {error}.") from None
