"""`aos policy`: policies in files: check them, try them, bring a plane to them."""

import asyncio
import difflib
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import yaml

from aos.policies.v1 import policy_pb2
from aosctl.named_files import write_text
from aosctl.policy_client import Change, PlannedChange, connected
from aosctl.policy_documents import PolicyDocument, read_documents, sound_documents
from aosctl.policy_examples import ExampleOutcome, run_examples
from aosctl.policy_schema import schema_text
from kernel.ledger import state_of
from services.policies.api.policy_messages import to_body
from services.policies.domain.action import Action
from services.policies.domain.policy_body import PolicyBody

_MARKS = {Change.CREATE: "+", Change.UPDATE: "~", Change.NOTHING: "="}


def lint(*, files: Sequence[Path]) -> None:
    """Print what is wrong with each policy; exit with 1 if anything is."""
    found = 0
    for path in files:
        for document in read_documents(path):
            found += len(document.problems)
            print(f"{'WRONG' if document.problems else 'ok':<6} {path}: {document.title}")
            for problem in document.problems:
                print(f"       {problem}")
    if found:
        sys.exit(1)


def test(*, files: Sequence[Path]) -> None:
    """Decide every example and say why; exit with 1 unless all are as expected."""
    count = wrong = 0
    for document in _documents(files):
        print(document.name)
        for outcome in run_examples(document):
            count += 1
            wrong += not outcome.holds
            print(_line(outcome))
    print(f"{count - wrong} of {count} examples are decided as expected.")
    if not count:
        print("Write some under `examples:`; `aos policy schema` says how they look.")
    if wrong:
        sys.exit(1)


def diff(*, files: Sequence[Path], data_dir: Path) -> None:
    """Print what applying would change; exit with 1 if anything would."""
    planned = asyncio.run(_plan(_documents(files), data_dir))
    for one in planned:
        print(_title(one))
        for line in _lines(one):
            print(f"    {line}")
    if any(one.change is not Change.NOTHING for one in planned):
        sys.exit(1)


def apply(*, files: Sequence[Path], data_dir: Path, activate: bool) -> None:
    """Bring the plane to what the files say."""
    asyncio.run(_apply(_documents(files), data_dir, activate=activate))


def schema(*, save: Path | None) -> None:
    """Print the JSON Schema of policy files, or write it to a file."""
    if save is not None:
        write_text(save, schema_text())
    else:
        print(schema_text(), end="")


async def _plan(documents: Sequence[PolicyDocument], data_dir: Path) -> list[PlannedChange]:
    async with connected(data_dir) as client:
        return await client.plan(documents)


async def _apply(documents: Sequence[PolicyDocument], data_dir: Path, *, activate: bool) -> None:
    async with connected(data_dir) as client:
        drafts = 0
        for planned in await client.plan(documents):
            policy = await client.apply(planned, activate=activate)
            state = policy_pb2.PolicyState.Name(policy.state).removeprefix("POLICY_STATE_")
            drafts += state == "DRAFT"
            print(f"{_title(planned)}: {policy.id}, version {policy.version}, {state}")
    if drafts:
        print(f"{drafts} govern nothing yet: `aos policy apply --activate` lets them.")


def _documents(files: Sequence[Path]) -> list[PolicyDocument]:
    return [document for path in files for document in sound_documents(path)]


def _title(planned: PlannedChange) -> str:
    return f"{_MARKS[planned.change]} {planned.change:<9} {planned.wanted.name}"


def _lines(planned: PlannedChange) -> Iterator[str]:
    """What would be said instead of what is said, line by line."""
    if planned.change is Change.NOTHING:
        return
    before = [] if planned.known is None else _text(to_body(planned.known.body))
    compared = difflib.unified_diff(before, _text(planned.wanted), lineterm="", n=1)
    yield from (line for line in compared if not line.startswith(("---", "+++", "@@")))


def _text(body: PolicyBody) -> list[str]:
    plain = dict(state_of(body))
    plain["on_breach"]["action"] = body.on_breach.action.name
    return yaml.safe_dump(plain, sort_keys=False, allow_unicode=True).splitlines()


def _line(outcome: ExampleOutcome) -> str:
    example, action = outcome.example, outcome.verdict.action
    told = f"  {'ok' if outcome.holds else 'WRONG':<6} {example.name}: {action.name}, {outcome.why}"
    if outcome.holds:
        return told
    because = f" because of {example.because}" if example.because else ""
    return f"{told}; expected {Action(example.expect).name}{because}"
