"""The tree of RFC 6962, held against the published vectors and against its own definition."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.merkle import (
    EMPTY_ROOT,
    CompactRange,
    leaf_hash,
    node_hash,
)

# The leaves and roots that the reference implementation of Certificate Transparency is tested with.
LEAVES = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def defined_root(hashes: list[bytes]) -> bytes:
    """The root as RFC 6962 defines it, 2.1."""
    if not hashes:
        return hashlib.sha256(b"").digest()
    if len(hashes) == 1:
        return hashes[0]
    cut = 1 << (len(hashes) - 1).bit_length() - 1
    return node_hash(defined_root(hashes[:cut]), defined_root(hashes[cut:]))


@pytest.mark.parametrize("size", range(1, 9))
def test_the_published_roots_are_reached(size: int) -> None:
    tree = CompactRange()
    for leaf in LEAVES[:size]:
        tree.append(leaf_hash(leaf))
    assert tree.root().hex() == ROOTS[size - 1]


def test_the_root_of_nothing_is_the_hash_of_nothing() -> None:
    assert CompactRange().root() == EMPTY_ROOT == hashlib.sha256(b"").digest()


@given(st.lists(st.binary(max_size=20), max_size=70))
def test_growing_leaf_by_leaf_is_the_tree_as_defined(leaves: list[bytes]) -> None:
    tree = CompactRange()
    hashes = [leaf_hash(leaf) for leaf in leaves]
    for value in hashes:
        tree.append(value)
    assert tree.root() == defined_root(hashes)
    assert tree.size == len(leaves)


@given(st.lists(st.binary(max_size=8), min_size=1, max_size=40), st.data())
def test_a_tree_put_down_and_taken_up_again_goes_on_as_if_nothing_were(
    leaves: list[bytes], data: st.DataObject
) -> None:
    cut = data.draw(st.integers(0, len(leaves)))
    whole, first = CompactRange(), CompactRange()
    for leaf in leaves:
        whole.append(leaf_hash(leaf))
    for leaf in leaves[:cut]:
        first.append(leaf_hash(leaf))
    again = CompactRange(size=first.size, hashes=first.hashes)
    for leaf in leaves[cut:]:
        again.append(leaf_hash(leaf))
    assert again.root() == whole.root()


def test_a_leaf_can_never_pass_for_a_node() -> None:
    left, right = leaf_hash(b"a"), leaf_hash(b"b")
    assert leaf_hash(left + right) != node_hash(left, right)
