"""`aos scenario …`: what can be done with scenarios in files."""

from pathlib import Path
from typing import Annotated

import typer

from aosctl.datafolder import DEFAULT

SHIPPED = Path(__file__).resolve().parents[1] / "examples" / "scenarios"
Files = Annotated[list[Path], typer.Argument(help="YAML files, each with one scenario.")]
DataDir = Annotated[Path, typer.Option(help="Folder of the installation that `aos up` runs on.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]


def scenario_application() -> typer.Typer:
    """The commands of `aos scenario`."""
    app = typer.Typer(
        help="Scenarios: inject causes as a client would, and see every effect follow.",
        no_args_is_help=True,
        rich_markup_mode=None,
    )
    app.command()(run)
    app.command("list")(list_)
    app.command()(lint)
    return app


def run(
    files: Files,
    data_dir: DataDir = DEFAULT,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Start a plane for it even if one runs.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Play scenarios on the plane that runs or on a fresh one; fails if an effect is missing.

    Each scenario has a tenant of its own, and everything that it causes bears its name.

    \b
    Examples:
      aos scenario run examples/scenarios/budget-stops-a-run.yaml
      aos scenario run --fresh --json examples/scenarios/*.yaml
    """  # noqa: D301 - \b keeps the lines of the examples apart.
    from aosctl.commands import scenario  # noqa: PLC0415

    scenario.run(files=files, data_dir=data_dir, fresh=fresh, as_json=as_json)


def list_(
    folder: Annotated[Path, typer.Argument(help="Folder with scenarios.")] = SHIPPED,
    as_json: Json = False,
) -> None:
    """Say what the scenarios of a folder show; those that come with AOS unless one is named.

    \b
    Examples:
      aos scenario list
      aos scenario list --json scenarios
    """  # noqa: D301
    from aosctl.commands import scenario  # noqa: PLC0415

    scenario.list_all(folder=folder, as_json=as_json)


def lint(files: Files, as_json: Json = False) -> None:
    """Say what is wrong with scenarios, with file and line; needs no running plane.

    \b
    Examples:
      aos scenario lint examples/scenarios/*.yaml
    """  # noqa: D301
    from aosctl.commands import scenario  # noqa: PLC0415

    scenario.lint(files=files, as_json=as_json)
