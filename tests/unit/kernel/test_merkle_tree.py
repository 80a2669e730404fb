"""RFC 6962 on the vectors that every implementation is tested with, and on trees of any size."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel import merkle
from kernel.merkle import CompactRange, Node, Span

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
A, B, C = (
    "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
    "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
    "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
)
D, E = (
    "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
)
# The reference counts leaves from 1.
INCLUSION = {
    (1, 1): [],
    (1, 8): [A, B, C],
    (6, 8): [D, E, ROOTS[3]],
    (3, 3): [ROOTS[1]],
    (2, 5): [ROOTS[0], B, D],
}
CONSISTENCY = {
    (1, 1): [],
    (1, 8): [A, B, C],
    (6, 8): ["0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a", E, ROOTS[3]],
    (2, 5): [B, D],
}


def grown(leaves: list[bytes]) -> tuple[list[bytes], dict[Node, bytes]]:
    """The roots at every size from 0, and every full subtree."""
    tree, nodes, roots = CompactRange(), {}, [merkle.EMPTY_ROOT]
    for number, leaf in enumerate(leaves):
        hashed = merkle.leaf_hash(leaf)
        nodes[Node(0, number)] = hashed
        nodes |= dict(tree.append(hashed))
        roots.append(tree.root())
    return roots, nodes


def hashes(spans: list[Span], nodes: dict[Node, bytes]) -> list[bytes]:
    return [merkle.span_hash(span, nodes) for span in spans]


def flipped(data: bytes, bit: int) -> bytes:
    body = bytearray(data)
    body[bit // 8 % len(body)] ^= 1 << bit % 8
    return bytes(body)


@pytest.mark.parametrize("size", range(1, 9))
def test_the_roots_are_those_of_the_reference(size: int) -> None:
    roots, nodes = grown(LEAVES)
    assert roots[size].hex() == ROOTS[size - 1]
    assert merkle.span_hash(Span(0, size), nodes) == roots[size]


@pytest.mark.parametrize(("leaf", "size"), INCLUSION)
def test_inclusion_proofs_are_those_of_the_reference(leaf: int, size: int) -> None:
    _, nodes = grown(LEAVES)
    proof = hashes(merkle.inclusion_spans(leaf - 1, size), nodes)
    assert [one.hex() for one in proof] == INCLUSION[leaf, size]


@pytest.mark.parametrize(("first", "second"), CONSISTENCY)
def test_consistency_proofs_are_those_of_the_reference(first: int, second: int) -> None:
    _, nodes = grown(LEAVES)
    proof = hashes(merkle.consistency_spans(first, second), nodes)
    assert [one.hex() for one in proof] == CONSISTENCY[first, second]


def test_the_empty_tree_has_the_root_of_nothing() -> None:
    assert CompactRange().root() == merkle.span_hash(Span(0, 0), {}) == merkle.EMPTY_ROOT


SIZES = st.integers(min_value=1, max_value=150)


@given(data=st.data(), size=SIZES, bit=st.integers(min_value=0, max_value=255))
def test_any_inclusion_proof_verifies_and_a_changed_bit_does_not(
    data: st.DataObject, size: int, bit: int
) -> None:
    sequence = data.draw(st.integers(min_value=0, max_value=size - 1))
    roots, nodes = grown([bytes([number]) for number in range(size)])
    leaf, proof = nodes[Node(0, sequence)], hashes(merkle.inclusion_spans(sequence, size), nodes)

    def root(leaf: bytes, proof: list[bytes], sequence: int = sequence) -> bytes | None:
        return merkle.root_from_inclusion(leaf=leaf, sequence=sequence, size=size, proof=proof)

    assert root(leaf, proof) == roots[size]
    assert root(flipped(leaf, bit), proof) != roots[size]
    for place in range(len(proof)):
        changed = [*proof[:place], flipped(proof[place], bit), *proof[place + 1 :]]
        assert root(leaf, changed) != roots[size]
    assert root(leaf, [*proof, leaf]) != roots[size]
    assert root(leaf, proof[:-1]) != roots[size] or not proof
    other = data.draw(st.integers(min_value=0, max_value=size))
    if other != sequence:
        assert root(leaf, proof, other) != roots[size]


@given(data=st.data(), second=SIZES, bit=st.integers(min_value=0, max_value=255))
def test_any_consistency_proof_verifies_and_a_changed_bit_does_not(
    data: st.DataObject, second: int, bit: int
) -> None:
    first = data.draw(st.integers(min_value=0, max_value=second))
    roots, nodes = grown([bytes([number]) for number in range(second)])
    proof = hashes(merkle.consistency_spans(first, second), nodes)

    def holds(old: bytes, new: bytes, proof: list[bytes]) -> bool:
        return merkle.is_consistent(
            first=first, second=second, first_root=old, second_root=new, proof=proof
        )

    assert holds(roots[first], roots[second], proof)
    assert not holds(flipped(roots[first], bit), roots[second], proof)
    assert first == 0 or not holds(roots[first], flipped(roots[second], bit), proof)
    for place in range(len(proof)):
        changed = [*proof[:place], flipped(proof[place], bit), *proof[place + 1 :]]
        assert not holds(roots[first], roots[second], changed)
    assert not holds(roots[first], roots[second], [*proof, roots[first]])
    assert not proof or not holds(roots[first], roots[second], proof[:-1])


@pytest.mark.parametrize("sizes", [(-1, 3), (4, 3)])
def test_what_cannot_be_proven_is_refused(sizes: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="beginning"):
        merkle.consistency_spans(*sizes)
    with pytest.raises(ValueError, match="no leaf"):
        merkle.inclusion_spans(*sizes)
    assert not merkle.is_consistent(
        first=sizes[0], second=sizes[1], first_root=b"", second_root=b"", proof=[b"x"]
    )


def test_a_tree_is_not_made_of_the_wrong_number_of_subtrees() -> None:
    with pytest.raises(ValueError, match="2 full subtrees"):
        CompactRange(size=3, hashes=[b"one"])
