"""Which addresses may be reached, whatever they are wrapped in."""

from ipaddress import ip_address

import pytest

from servicekit.addresses import is_within, may_be_reached, networks_of

INSIDE = (
    "127.0.0.1",
    "127.255.255.254",
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "100.64.0.1",
    "100.127.255.255",
    "100.100.100.200",
    "169.254.169.254",
    "169.254.170.2",
    "192.0.0.192",
    "192.0.2.1",
    "192.88.99.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "::ffff:0:127.0.0.1",
    "64:ff9b::127.0.0.1",
    "64:ff9b::10.0.0.1",
    "64:ff9b:1::1",
    "2002:7f00:1::",
    "2002:a9fe:a9fe::1",
    "2002:c0a8:101::",
    "2001::1",
    "2001:db8::1",
    "3fff::1",
    "5f00::1",
    "100::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "4000::1",
)
OUTSIDE = (
    "1.1.1.1",
    "8.8.8.8",
    "93.184.216.34",
    "100.63.255.255",
    "100.128.0.0",
    "172.32.0.1",
    "::ffff:8.8.8.8",
    "64:ff9b::8.8.8.8",
    "2002:808:808::1",
    "2606:4700:4700::1111",
    "2a00:1450:4001::1",
)


@pytest.mark.parametrize("address", INSIDE)
def test_what_is_inside_is_not_reached(address: str) -> None:
    assert not may_be_reached(ip_address(address))


@pytest.mark.parametrize("address", OUTSIDE)
def test_what_is_public_is(address: str) -> None:
    assert may_be_reached(ip_address(address))


def test_a_network_that_is_allowed_is_reached_in_every_wrapping_and_no_other_is() -> None:
    allowed = networks_of(["10.1.0.0/16", "fd12::/16"])
    for address in ("10.1.2.3", "::ffff:10.1.2.3", "64:ff9b::10.1.2.3", "fd12::1"):
        assert may_be_reached(ip_address(address), allowed)
    for address in ("10.2.0.1", "::ffff:10.2.0.1", "fd13::1", "127.0.0.1"):
        assert not may_be_reached(ip_address(address), allowed)


@pytest.mark.parametrize(
    "address", ["169.254.169.254", "fd00:ec2::254", "100.100.100.200", "0.0.0.0", "fe80::1", "::"]
)
def test_where_clouds_hand_out_credentials_nobody_is_allowed(address: str) -> None:
    everything = networks_of(["0.0.0.0/0", "::/0"])
    assert not may_be_reached(ip_address(address), everything)


def test_a_network_is_within_another_or_it_is_not() -> None:
    permitted = networks_of(["10.0.0.0/8", "fc00::/7"])
    asked = ["10.0.0.0/8", "10.1.2.3/32", "fd00::/8", "10.0.0.0/7", "0.0.0.0/0", "::/0"]
    assert [is_within(network, permitted) for network in networks_of(asked)] == [
        True,
        True,
        True,
        False,
        False,
        False,
    ]
    with pytest.raises(ValueError, match="host bits"):
        networks_of(["10.1.2.3/8"])
