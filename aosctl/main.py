"""The `aos` command: what can be asked for; how it is done is loaded only when it is asked."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from aosctl.datafolder import DEFAULT
from aosctl.errors import OperatorError
from aosctl.ledger_app import ledger_application
from aosctl.policy_app import policy_application

DataDir = Annotated[Path, typer.Option(help="Folder that holds the installation.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]


def main() -> None:
    """Run one command; a condition the person must resolve ends it with one sentence."""
    try:
        application()()
    except OperatorError as error:
        _refuse(str(error))
    except PermissionError as error:
        _refuse(f"{error.filename} belongs to another user: run aos as that user.")


def application() -> typer.Typer:
    """All commands, ready to be given arguments."""
    app = typer.Typer(
        help="AOS, the governance plane for LLM runs: start it, look after it.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )
    for command in (up, demo, status, doctor, migrate, verify, version):
        app.command()(command)
    app.add_typer(ledger_application(), name="ledger")
    app.add_typer(policy_application(), name="policy")
    return app


def up(
    data_dir: DataDir = DEFAULT,
    port_offset: Annotated[
        int, typer.Option(help="Added to every port, to run beside another installation.")
    ] = 0,
    free_ports: Annotated[
        bool, typer.Option("--free-ports", help="Use ports that are free right now.")
    ] = False,
    plain: Annotated[
        bool, typer.Option("--plain", help="Print lines instead of a live table.")
    ] = False,
) -> None:
    """Run AOS here on its embedded engines; Ctrl-C drains and stops it.

    AOS_POSTGRES_URL and AOS_NATS_URL take an engine from elsewhere.

    \b
    Examples:
      aos up
      aos up --data-dir /var/lib/aos --port-offset 1000
      AOS_POSTGRES_URL=postgresql://admin:secret@db/postgres aos up --plain
    """  # noqa: D301 - \b keeps the lines of the examples apart.
    from aosctl.commands import up as command  # noqa: PLC0415

    command.up(data_dir=data_dir, port_offset=port_offset, free=free_ports, plain=plain)


def demo(
    data_dir: DataDir = DEFAULT,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Start a plane for it even if one runs.")
    ] = False,
) -> None:
    """Show in a minute what AOS does, on the plane that runs or on a fresh one.

    An agent is stopped at its budget, people are told, a rule is learned and holds the next run,
    the kill switch breaks three off at once, and the proof verifies. Everything happens to an agent
    of the demonstration's own.

    \b
    Examples:
      aos demo
      aos demo --fresh
    """  # noqa: D301
    from aosctl.commands import demo as command  # noqa: PLC0415

    command.demo(data_dir=data_dir, fresh=fresh)


def status(data_dir: DataDir = DEFAULT, as_json: Json = False) -> None:
    """Show each service's address and state; fails unless all of them serve.

    \b
    Examples:
      aos status
      aos status --json --data-dir /var/lib/aos
    """  # noqa: D301
    from aosctl.commands import status as command  # noqa: PLC0415

    command.status(data_dir=data_dir, as_json=as_json)


def doctor(data_dir: DataDir = DEFAULT, as_json: Json = False) -> None:
    """Say what is wrong with this machine or installation; fails if anything is.

    \b
    Examples:
      aos doctor
      aos doctor --data-dir /var/lib/aos
      AOS_POSTGRES_URL=postgresql://admin:secret@db/postgres aos doctor --json
    """  # noqa: D301
    from aosctl.commands import doctor as command  # noqa: PLC0415

    command.doctor(data_dir=data_dir, as_json=as_json)


def migrate(data_dir: DataDir = DEFAULT) -> None:
    """Make database, roles and schemas, and bring every schema to this version.

    AOS_POSTGRES_URL names the administrator; without it the embedded PostgreSQL is migrated.

    \b
    Examples:
      aos migrate
      AOS_POSTGRES_URL=postgresql://admin:secret@db/postgres aos migrate
    """  # noqa: D301
    from aosctl.commands import migrate as command  # noqa: PLC0415

    command.migrate(data_dir=data_dir)


def verify(
    file: Annotated[Path, typer.Argument(help="Bundle that `aos ledger` wrote.")],
    key: Annotated[
        list[str] | None,
        typer.Option("--key", help="Verifier key that you trust; may be repeated."),
    ] = None,
    checkpoint: Annotated[
        list[Path] | None,
        typer.Option("--checkpoint", help="A checkpoint that you kept; may be repeated."),
    ] = None,
    against: Annotated[
        list[Path] | None,
        typer.Option(
            "--against", help="A bundle from before, which names what changed; may be repeated."
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Verify a ledger bundle offline; names the first bad entry and fails if there is one.

    \b
    Examples:
      aos verify ledger.json
      aos verify run.json --key "aos.local+c7fc3f8f+Aaf2…"
      aos verify ledger.json --checkpoint kept.note
      aos verify ledger.json --against ledger-of-last-month.json
    """  # noqa: D301
    from aosctl.commands import verify as command  # noqa: PLC0415

    command.verify(
        file=file,
        keys=key or [],
        kept=checkpoint or [],
        older=against or [],
        as_json=as_json,
    )


def version() -> None:
    """Print the versions of AOS and of what it runs on.

    \b
    Examples:
      aos version
    """  # noqa: D301
    from aosctl.commands import version as command  # noqa: PLC0415

    command.version()


def _refuse(sentence: str) -> None:
    print(f"aos: {sentence}", file=sys.stderr)
    sys.exit(1)
