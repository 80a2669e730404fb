"""`aos tenant …`: the tenants of a plane, for whoever runs it."""

from pathlib import Path
from typing import Annotated

import typer

from aosctl.datafolder import DEFAULT

DataDir = Annotated[
    Path, typer.Option(help="Folder of the installation, or the one that `aos secrets` filled.")
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
TenantId = Annotated[str, typer.Argument(help="Id of the tenant, ten_…")]


def tenant_application() -> typer.Typer:
    """The commands of `aos tenant`."""
    app = typer.Typer(
        help="Make tenants and look after them, with the operator's own identity.",
        epilog="AOS_ACCOUNTS says where accounts is, if `aos up` does not run here: host:port, or "
        "grpcs://host:port with AOS_TLS_CERTIFICATE_FILE, AOS_TLS_KEY_FILE and "
        "AOS_TLS_AUTHORITIES_FILE.",
        no_args_is_help=True,
        rich_markup_mode=None,
    )
    app.command()(create)
    app.command("list")(every)
    app.command()(suspend)
    app.command()(resume)
    return app


def create(
    name: Annotated[str, typer.Argument(help="Name of the tenant, unique in the plane.")],
    owner_email: Annotated[str, typer.Option(help="E-mail address of its first owner.")],
    owner_name: Annotated[str, typer.Option(help="Name of its first owner.")] = "Owner",
    data_dir: DataDir = DEFAULT,
    as_json: Json = False,
) -> None:
    """Make a tenant with its first owner, and print the owner's API key this once.

    \b
    Examples:
      aos tenant create Example --owner-email owner@example.com
      AOS_ACCOUNTS=127.0.0.1:7410 aos tenant create Example --owner-email owner@example.com \\
        --data-dir deploy/private
    """  # noqa: D301 - \b keeps the lines of the examples apart.
    from aosctl.commands import tenant  # noqa: PLC0415

    tenant.create(
        name=name,
        owner_email=owner_email,
        owner_name=owner_name,
        data_dir=data_dir,
        as_json=as_json,
    )


def every(data_dir: DataDir = DEFAULT, as_json: Json = False) -> None:
    """List the tenants by name.

    \b
    Examples:
      aos tenant list
      aos tenant list --json
    """  # noqa: D301
    from aosctl.commands import tenant  # noqa: PLC0415

    tenant.every(data_dir=data_dir, as_json=as_json)


def suspend(
    tenant_id: TenantId,
    reason: Annotated[str, typer.Option(help="Why, for the ledger.")],
    data_dir: DataDir = DEFAULT,
) -> None:
    """Suspend a tenant: within five seconds its credentials open nothing.

    \b
    Examples:
      aos tenant suspend ten_01hzy3v7k2q8x9c4d5e6f7g8h9 --reason "Unpaid since May."
    """  # noqa: D301
    from aosctl.commands import tenant  # noqa: PLC0415

    tenant.suspend(tenant_id=tenant_id, reason=reason, data_dir=data_dir)


def resume(tenant_id: TenantId, data_dir: DataDir = DEFAULT) -> None:
    """Let a suspended tenant work again.

    \b
    Examples:
      aos tenant resume ten_01hzy3v7k2q8x9c4d5e6f7g8h9
    """  # noqa: D301
    from aosctl.commands import tenant  # noqa: PLC0415

    tenant.resume(tenant_id=tenant_id, data_dir=data_dir)
