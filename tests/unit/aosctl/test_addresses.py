import os
import socket

import pytest

from aosctl.errors import OperatorError
from aosctl.port_plan import default_ports, free_ports
from aosctl.ports import free_port, require_free
from aosctl.provision import database_url, service_url
from aosctl.services import SERVICES


def test_a_service_reaches_the_database_by_its_own_role() -> None:
    url = service_url("postgresql://admin:secret@db:5432/postgres", "aos_activity", "p/w")
    assert url == "postgresql+asyncpg://aos_activity:p%2Fw@db:5432/aos"


def test_encryption_asked_of_the_administrator_is_asked_of_services() -> None:
    url = service_url("postgresql://admin:secret@db/postgres?sslmode=require", "aos_activity", "p")
    assert url == "postgresql+asyncpg://aos_activity:p@db/aos?ssl=require"


def test_the_administrator_can_be_sent_to_another_database() -> None:
    assert database_url("postgresql://a:b@db/postgres?sslmode=require", "aos") == (
        "postgresql://a:b@db/aos?sslmode=require"
    )


def test_an_offset_moves_every_port() -> None:
    plain, moved = default_ports(), default_ports(offset=1000)
    assert moved.postgres == plain.postgres + 1000
    assert moved.services == {name: port + 1000 for name, port in plain.services.items()}


def test_no_two_programs_share_a_port() -> None:
    plan = default_ports()
    ports = [plan.postgres, plan.nats, plan.nats_monitoring, *plan.services.values()]
    assert len(set(ports)) == len(ports) == len(SERVICES) + 3


def test_free_ports_give_every_service_one_of_its_own() -> None:
    assert len(set(free_ports().services.values())) == len(SERVICES)


def test_a_port_in_use_is_named_with_its_holder_and_the_way_out() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(OperatorError) as refusal:
            require_free(port, purpose="activity")
    assert f"Port {port} for activity is in use by " in str(refusal.value)
    assert f"(pid {os.getpid()})" in str(refusal.value)
    assert "--free-ports" in str(refusal.value)


def test_a_free_port_is_not_refused() -> None:
    require_free(free_port(), purpose="activity")
