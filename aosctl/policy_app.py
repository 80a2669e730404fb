"""`aos policy …`: what can be done with policies in files."""

from pathlib import Path
from typing import Annotated

import typer

from aosctl.datafolder import DEFAULT

Files = Annotated[list[Path], typer.Argument(help="YAML files, each with one or more policies.")]
DataDir = Annotated[Path, typer.Option(help="Folder of the installation that `aos up` runs on.")]


def policy_application() -> typer.Typer:
    """The commands of `aos policy`."""
    app = typer.Typer(
        help="Policies in files: check, try, compare and apply them.",
        no_args_is_help=True,
        rich_markup_mode=None,
    )
    for command in (lint, test, diff, apply, schema):
        app.command()(command)
    return app


def lint(files: Files) -> None:
    """Say what is wrong with policies, everything at once; needs no running plane.

    \b
    Examples:
      aos policy lint examples/policy.yaml
      aos policy lint policies/*.yaml
    """  # noqa: D301 - \b keeps the lines of the examples apart.
    from aosctl.commands import policy  # noqa: PLC0415

    policy.lint(files=files)


def test(files: Files) -> None:
    """Decide the examples of policies and say why; needs no running plane.

    \b
    Examples:
      aos policy test examples/policy.yaml
    """  # noqa: D301
    from aosctl.commands import policy  # noqa: PLC0415

    policy.test(files=files)


def diff(files: Files, data_dir: DataDir = DEFAULT) -> None:
    """Say what applying would change; fails if anything would. Needs AOS_API_KEY.

    \b
    Examples:
      aos policy diff examples/policy.yaml
      AOS_POLICIES=policies.example.com:443 aos policy diff policies/*.yaml
    """  # noqa: D301
    from aosctl.commands import policy  # noqa: PLC0415

    policy.diff(files=files, data_dir=data_dir)


def apply(
    files: Files,
    data_dir: DataDir = DEFAULT,
    activate: Annotated[
        bool, typer.Option("--activate", help="Let the policies govern as well.")
    ] = False,
) -> None:
    """Bring the plane to what files say; policies are known by their names. Needs AOS_API_KEY.

    Drafts change in place, active policies by a new version; what is so already is left alone.

    \b
    Examples:
      aos policy apply examples/policy.yaml
      aos policy apply --activate policies/*.yaml
    """  # noqa: D301
    from aosctl.commands import policy  # noqa: PLC0415

    policy.apply(files=files, data_dir=data_dir, activate=activate)


def schema(
    save: Annotated[Path | None, typer.Option("--save", help="Write it to a file.")] = None,
) -> None:
    """Print the JSON Schema of policy files, for editors.

    \b
    Examples:
      aos policy schema --save policy.schema.json
    """  # noqa: D301
    from aosctl.commands import policy  # noqa: PLC0415

    policy.schema(save=save)
