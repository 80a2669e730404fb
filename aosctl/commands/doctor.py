"""`aos doctor`: looks at everything and says what it found."""

import asyncio
import json
import sys
from dataclasses import asdict
from pathlib import Path

from aosctl.datafolder import DataFolder
from aosctl.doctor.elsewhere import look_elsewhere
from aosctl.doctor.finding import Finding
from aosctl.doctor.installation import look_at_installation
from aosctl.doctor.machine import look_at_machine


def doctor(*, data_dir: Path, as_json: bool) -> None:
    """Print every finding; exit with 1 if something is wrong."""
    findings = [*look_at_machine(), *look_at_installation(DataFolder(data_dir))]
    findings += asyncio.run(_elsewhere())
    if as_json:
        print(json.dumps([asdict(finding) for finding in findings], indent=2))
    else:
        for finding in findings:
            print(f"{'ok' if finding.ok else 'WRONG':<6} {finding.topic:<14} {finding.sentence}")
    if not all(finding.ok for finding in findings):
        sys.exit(1)


async def _elsewhere() -> list[Finding]:
    return [finding async for finding in look_elsewhere()]
