"""Where another service is, as gRPC is told it."""

import pytest

from servicekit.channel import target_of
from servicekit.config import ConfigError


@pytest.mark.parametrize(
    ("address", "target"),
    [
        ("logs:7450", "dns:///logs:7450"),
        ("127.0.0.1:7450", "dns:///127.0.0.1:7450"),
        ("xds:///logs", "xds:///logs"),
        ("10.0.0.1:7450+10.0.0.2:7450", "ipv4:10.0.0.1:7450,10.0.0.2:7450"),
        ("[::1]:1+[fd00::2]:2", "ipv6:[::1]:1,[fd00::2]:2"),
    ],
)
def test_a_name_stands_for_all_its_addresses_and_replicas_are_listed(
    address: str, target: str
) -> None:
    assert target_of(address) == target


@pytest.mark.parametrize(
    "address", ["logs-0:7450+logs-1:7450", "10.0.0.1:1+[::1]:2", "10.0.0.1:1+", "10.0.0.1+"]
)
def test_replicas_that_could_never_be_called_are_refused_at_the_start(address: str) -> None:
    with pytest.raises(ConfigError, match="names several replicas"):
        target_of(address)
