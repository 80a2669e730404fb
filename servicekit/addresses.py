"""Which addresses of the internet protocol may be reached from inside.

What is inside must not be reachable for whoever may name an address: the machine itself, its
neighbours, the cloud's own services. So only what is global unicast passes, whatever it is wrapped
in; and beside it the private networks that somebody has allowed by name.
"""

import ipaddress
from collections.abc import Iterable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
# Parts of 2000::/3 that stand for something else; older versions of Python take some for global.
_SPECIAL = tuple(
    ipaddress.ip_network(text)
    for text in ("2001::/23", "2001:db8::/32", "3fff::/20", "192.88.99.0/24", "192.0.0.0/24")
)
# Where clouds hand out credentials, and what is never anybody's private network.
_NEVER = tuple(
    ipaddress.ip_network(text)
    for text in (
        "0.0.0.0/8",
        "169.254.0.0/16",
        "100.100.100.200/32",
        "192.0.0.192/32",
        "224.0.0.0/4",
        "240.0.0.0/4",
        "::/128",
        "fe80::/10",
        "fec0::/10",
        "fd00:ec2::254/128",
        "ff00::/8",
    )
)


def networks_of(texts: Iterable[str]) -> tuple[Network, ...]:
    """Read networks.

    Raises:
        ValueError: one of them is none; the message says what is wrong with it.
    """
    return tuple(ipaddress.ip_network(text) for text in texts)


def is_within(network: Network, others: Sequence[Network]) -> bool:
    """Whether all of a network is in one of the others."""
    return any(
        _holds(other, network.network_address, network.broadcast_address) for other in others
    )


def may_be_reached(address: Address, allowed: Sequence[Network] = ()) -> bool:
    """Whether an address is public, or in one of these networks and not where nobody may go."""
    meant = _meant(address)
    return _is_public(meant) or _is_allowed(meant, allowed)


def is_allowed(address: Address, allowed: Sequence[Network]) -> bool:
    """Whether an address may be reached because it is in one of these networks."""
    return _is_allowed(_meant(address), allowed)


def _is_allowed(address: Address, allowed: Sequence[Network]) -> bool:
    return _is_in(address, allowed) and not _is_in(address, _NEVER)


def _is_public(address: Address) -> bool:
    if _is_in(address, (*_SPECIAL, *_NEVER)) or not address.is_global:
        return False
    return isinstance(address, IPv4Address) or address in _GLOBAL_UNICAST


def _meant(address: Address) -> Address:
    """What an address means: itself, or the address of version 4 that it is a wrapping of."""
    if isinstance(address, IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    # Without its zone, which tells machines apart that have the same address.
    return address.sixtofour or IPv6Address(int(address))


def _is_in(address: Address, networks: Sequence[Network]) -> bool:
    return any(address.version == network.version and address in network for network in networks)


def _holds(network: Network, *addresses: Address) -> bool:
    return all(_is_in(address, (network,)) for address in addresses)
