"""`aos ledger …`: what can be asked of the ledger of a running plane."""

from pathlib import Path
from typing import Annotated

import typer

from aosctl.datafolder import DEFAULT

DataDir = Annotated[Path, typer.Option(help="Folder of the installation that `aos up` runs on.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
Save = Annotated[Path | None, typer.Option("--save", help="Write it to a file.")]
Kept = Annotated[
    list[Path] | None, typer.Option("--kept", help="A checkpoint that you kept; may be repeated.")
]


def ledger_application() -> typer.Typer:
    """The commands of `aos ledger`."""
    app = typer.Typer(
        help="Sign, prove and take away the audit ledger; needs AOS_API_KEY.",
        no_args_is_help=True,
        rich_markup_mode=None,
    )
    for command in (checkpoint, prove, consistency, export):
        app.command()(command)
    return app


def checkpoint(data_dir: DataDir = DEFAULT, as_json: Json = False, save: Save = None) -> None:
    """Have the ledger signed as it is now, and print the signed checkpoint.

    \b
    Examples:
      aos ledger checkpoint
      aos ledger checkpoint --save kept.note
    """  # noqa: D301 - \b keeps the lines of the examples apart.
    from aosctl.commands import ledger  # noqa: PLC0415

    ledger.checkpoint(data_dir=data_dir, as_json=as_json, save=save)


def prove(
    sequence: Annotated[int, typer.Argument(min=0, help="Place of the entry, from 0.")],
    data_dir: DataDir = DEFAULT,
    as_json: Json = False,
    save: Save = None,
) -> None:
    """Prove that one entry is in the signed ledger.

    \b
    Examples:
      aos ledger prove 17
      aos ledger prove 17 --save entry-17.json
    """  # noqa: D301
    from aosctl.commands import ledger  # noqa: PLC0415

    ledger.prove(sequence=sequence, data_dir=data_dir, as_json=as_json, save=save)


def consistency(
    first: Annotated[int, typer.Argument(min=0, help="The smaller number of entries.")],
    second: Annotated[int, typer.Argument(min=0, help="The larger; 0 for all there are.")] = 0,
    data_dir: DataDir = DEFAULT,
    as_json: Json = False,
) -> None:
    """Prove that nothing of the first entries was changed while the ledger grew.

    \b
    Examples:
      aos ledger consistency 1000
      aos ledger consistency 1000 2500 --json
    """  # noqa: D301
    from aosctl.commands import ledger  # noqa: PLC0415

    ledger.consistency(first=first, second=second, data_dir=data_dir, as_json=as_json)


def export(
    file: Annotated[Path, typer.Argument(help="Bundle to write.")],
    run: Annotated[str | None, typer.Option(help="Only the entries of this run.")] = None,
    kept: Kept = None,
    data_dir: DataDir = DEFAULT,
) -> None:
    """Write the ledger, or the entries of a run, as a bundle for `aos verify`.

    \b
    Examples:
      aos ledger export ledger.json
      aos ledger export --run run_01k9zj3v6q8m2x4t5w7y9abcde run.json
      aos ledger export ledger.json --kept kept.note
    """  # noqa: D301
    from aosctl.commands import ledger  # noqa: PLC0415

    ledger.export(file=file, run_id=run, kept=kept or [], data_dir=data_dir)
