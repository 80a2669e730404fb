"""Brings the schemas of all services to the version of this code."""

from collections.abc import AsyncIterator, Mapping

from sqlalchemy.exc import SQLAlchemyError

from aosctl.errors import OperatorError
from aosctl.provision import provision, service_url
from aosctl.services import MIGRATOR_ROLE, SERVICES
from servicekit.migrations.runner import MigrationReport, SchemaTooNew, migrate


async def prepare_database(
    admin_url: str, passwords: Mapping[str, str]
) -> AsyncIterator[MigrationReport]:
    """Provision the database and migrate every service, one report each."""
    await provision(admin_url, passwords)
    url = service_url(admin_url, MIGRATOR_ROLE, passwords[MIGRATOR_ROLE])
    for service in SERVICES:
        try:
            yield await migrate(service=service.name, url=url)
        except SchemaTooNew as error:
            raise OperatorError(str(error)) from error
        except SQLAlchemyError as error:
            raise OperatorError(
                f"The schema of {service.name} could not be migrated and is as it was: {error}"
            ) from error
