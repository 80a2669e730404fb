"""The `aos` command: what can be asked for; how it is done is loaded only when it is asked."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from aosctl.datafolder import DEFAULT
from aosctl.errors import OperatorError
from aosctl.ledger_app import ledger_application
from aosctl.policy_app import policy_application
from aosctl.scenario_app import scenario_application
from aosctl.tenant_app import tenant_application

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
    for command in (up, demo, gate, status, doctor, migrate, secrets, probe, verify, version):
        app.command()(command)
    app.add_typer(ledger_application(), name="ledger")
    app.add_typer(policy_application(), name="policy")
    app.add_typer(scenario_application(), name="scenario")
    app.add_typer(tenant_application(), name="tenant")
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


def gate(
    only: Annotated[
        str, typer.Option(help="Rows to prove, parted by commas; all of them when empty.")
    ] = "",
    as_json: Json = False,
) -> None:
    """Prove on a fresh plane what must be true before anybody is given it.

    One line a row: it holds, it fails and why, or it is not built. Fails unless every row holds.

    \b
    Examples:
      aos gate
      aos gate --only GAP-016,GAP-030
      aos gate --json
    """  # noqa: D301
    from aosctl.commands import gate as command  # noqa: PLC0415

    command.gate(only=[one for one in only.split(",") if one], as_json=as_json)


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


def migrate(
    data_dir: DataDir = DEFAULT,
    passwords: Annotated[
        Path | None,
        typer.Option(help="JSON with a password for each role, for those of the data folder."),
    ] = None,
    wait: Annotated[
        bool, typer.Option("--wait", help="Change nothing; wait until somebody else has migrated.")
    ] = False,
) -> None:
    """Make database, roles and schemas, and bring every schema to this version.

    AOS_POSTGRES_URL names the administrator; without it the embedded PostgreSQL is migrated.
    With --wait, AOS_SERVICE and AOS_DATABASE_URL name the schema that is waited for.

    \b
    Examples:
      aos migrate
      AOS_POSTGRES_URL=postgresql://admin:secret@db/postgres aos migrate
      aos migrate --wait
    """  # noqa: D301
    from aosctl.commands import migrate as command  # noqa: PLC0415

    command.migrate(data_dir=data_dir, passwords=passwords, wait=wait)


def secrets(
    folder: Annotated[Path, typer.Argument(help="Folder to keep them in; it must stay private.")],
    postgres: Annotated[
        str, typer.Option(help="Where services find PostgreSQL.")
    ] = "postgres:5432",
    nats: Annotated[str, typer.Option(help="Where services find NATS.")] = "nats:4222",
) -> None:
    """Make the keys and passwords of an installation that something else runs.

    What exists is kept. Each folder in `secrets` becomes a secret of Kubernetes, each file in `env`
    an environment file of Compose; `keys` is what both were made from.

    \b
    Examples:
      aos secrets deploy/private
      aos secrets deploy/private --postgres postgres-rw:5432
    """  # noqa: D301
    from aosctl.commands import secrets as command  # noqa: PLC0415

    command.secrets(folder=folder, postgres=postgres, nats=nats)


def probe(
    address: Annotated[str, typer.Argument(help="Where health checks are answered.")],
    name: Annotated[str, typer.Option(help="What to ask for; `runs` is the boot guard.")] = "",
) -> None:
    """Ask a service how it is, by the standard health protocol; fails unless it serves.

    \b
    Examples:
      aos probe 127.0.0.1:7400
      aos probe 127.0.0.1:7400 --name runs
    """  # noqa: D301
    from aosctl.commands import probe as command  # noqa: PLC0415

    command.probe(address=address, name=name)


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
