"""The tree: known vectors, the laws of its proofs, and another implementation as judge."""

from __future__ import annotations

from collections.abc import Callable

import pymerkle
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from canbo.journal import merkle

# The eight leaves and roots that the reference implementation of Certificate Transparency (RFC 6962) is tested with.
LEAVES = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
PATHS = {
    (0, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (5, 8): [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
}


def leaves_of(size: int) -> list[bytes]:
    return [merkle.leaf_hash(str(number).encode()) for number in range(size)]


def nodes_over(leaves: list[bytes]) -> merkle.Nodes:
    def node(level: int, index: int) -> bytes:
        if level == 0:
            return leaves[index]
        return merkle.node_hash(node(level - 1, 2 * index), node(level - 1, 2 * index + 1))

    return node


ALL = leaves_of(300)
NODES = nodes_over(ALL)
ROOT = [merkle.root(ALL[:size]) for size in range(len(ALL) + 1)]

sizes = st.integers(1, len(ALL))


@st.composite
def places(draw: Callable[[st.SearchStrategy[int]], int]) -> tuple[int, int]:
    size = draw(sizes)
    return draw(st.integers(0, size - 1)), size


def test_roots_are_those_of_the_reference_implementation() -> None:
    leaves = [merkle.leaf_hash(bytes.fromhex(leaf)) for leaf in LEAVES]
    assert [merkle.root(leaves[:size]).hex() for size in range(9)] == ROOTS


@pytest.mark.parametrize(("position", "size"), PATHS)
def test_paths_are_those_of_the_reference_implementation(position: int, size: int) -> None:
    nodes = nodes_over([merkle.leaf_hash(bytes.fromhex(leaf)) for leaf in LEAVES])
    found = merkle.inclusion(position=position, size=size, nodes=nodes)
    assert [step.hex() for step in found] == PATHS[position, size]


def test_another_implementation_finds_the_same_roots_and_paths() -> None:
    other = pymerkle.InmemoryTree(algorithm="sha256")
    for number in range(130):
        other.append_entry(str(number).encode())
    for size in range(1, 131):
        root = other.get_root(size)
        assert root == ROOT[size]
        for position in range(0, size, 7):
            theirs = other.prove_inclusion(position + 1, size)  # it counts from one
            ours = merkle.inclusion(position=position, size=size, nodes=NODES)
            assert theirs.path[1:] == ours
            pymerkle.verify_inclusion(ALL[position], ROOT[size], theirs)
        pymerkle.verify_consistency(ROOT[max(1, size // 3)], ROOT[size], other.prove_consistency(max(1, size // 3), size))


@given(places())
def test_every_leaf_is_proved_in_every_tree_that_holds_it(place: tuple[int, int]) -> None:
    position, size = place
    proof = merkle.inclusion(position=position, size=size, nodes=NODES)
    assert len(proof) <= size.bit_length()
    assert merkle.inclusion_holds(leaf=ALL[position], position=position, size=size, proof=proof, root=ROOT[size])


@given(st.integers(0, len(ALL)), st.integers(0, len(ALL)))
def test_every_tree_is_proved_to_continue_each_earlier_one(one: int, two: int) -> None:
    old, new = sorted((one, two))
    proof = merkle.consistency(old=old, new=new, nodes=NODES)
    assert merkle.consistency_holds(old_size=old, old_root=ROOT[old], new_size=new, new_root=ROOT[new], proof=proof)


@given(places(), st.data())
def test_a_forged_inclusion_proof_is_refused(place: tuple[int, int], data: st.DataObject) -> None:
    position, size = place
    proof = merkle.inclusion(position=position, size=size, nodes=NODES)
    true = {"leaf": ALL[position], "position": position, "size": size, "proof": proof, "root": ROOT[size]}
    kind = data.draw(st.sampled_from(["leaf", "position", "root", "longer", "shorter", "flipped"]))
    if kind in {"leaf", "root"}:
        forged = {**true, kind: data.draw(st.binary(min_size=32, max_size=32).filter(lambda h: h != true[kind]))}
    elif kind == "position":
        forged = {**true, "position": data.draw(st.integers(-1, 400).filter(lambda n: n != position))}
    elif kind == "longer":
        forged = {**true, "proof": [*proof, data.draw(st.sampled_from(ALL))]}
    elif not proof:
        return
    elif kind == "shorter":
        forged = {**true, "proof": proof[:-1]}
    else:
        at = data.draw(st.integers(0, len(proof) - 1))
        forged = {**true, "proof": [*proof[:at], bytes([proof[at][0] ^ 1]) + proof[at][1:], *proof[at + 1 :]]}
    assert not merkle.inclusion_holds(**forged)


@given(st.integers(1, len(ALL) - 1), st.data())
def test_a_rewritten_past_is_never_proved_consistent(old: int, data: st.DataObject) -> None:
    new = data.draw(st.integers(old + 1, len(ALL)))
    changed = data.draw(st.integers(0, old - 1))
    rewritten = [*ALL[:changed], merkle.leaf_hash(b"forged"), *ALL[changed + 1 : new]]
    root = merkle.root(rewritten)
    for nodes in (NODES, nodes_over(rewritten)):
        proof = merkle.consistency(old=old, new=new, nodes=nodes)
        assert not merkle.consistency_holds(old_size=old, old_root=ROOT[old], new_size=new, new_root=root, proof=proof)


@given(st.integers(2, len(ALL)), st.data())
def test_a_forged_consistency_proof_is_refused(new: int, data: st.DataObject) -> None:
    old = data.draw(st.integers(1, new - 1))
    proof = merkle.consistency(old=old, new=new, nodes=NODES)
    at = data.draw(st.integers(0, len(proof) - 1))
    flipped = [*proof[:at], bytes([proof[at][0] ^ 128]) + proof[at][1:], *proof[at + 1 :]]
    for forged in (flipped, proof[:-1], [*proof, ALL[0]], [*proof[:at], proof[at][:31], *proof[at + 1 :]]):
        assert not merkle.consistency_holds(old_size=old, old_root=ROOT[old], new_size=new, new_root=ROOT[new], proof=forged)


@settings(deadline=None)
@given(st.integers(0, len(ALL)), st.integers(0, len(ALL)))
def test_a_tree_taken_up_from_its_peaks_grows_as_if_never_put_down(one: int, two: int) -> None:
    taken_up_at, size = sorted((one, two))
    tree = merkle.Frontier(taken_up_at, [NODES(level, index) for level, index in merkle.peaks(taken_up_at)])
    completed = [node for leaf in ALL[taken_up_at:size] for node in tree.append(leaf)]
    assert (tree.size, tree.root()) == (size, ROOT[size])
    assert all(NODES(level, index) == found for level, index, found in completed)


def test_a_tree_with_the_wrong_number_of_peaks_is_refused() -> None:
    with pytest.raises(ValueError, match="A tree of 3 leaves has 2 peaks, not 1"):
        merkle.Frontier(3, [ALL[0]])


@pytest.mark.parametrize("position", [-1, 5])
def test_no_proof_is_made_for_a_position_that_does_not_exist(position: int) -> None:
    with pytest.raises(ValueError, match="no position"):
        merkle.inclusion(position=position, size=5, nodes=NODES)


def test_no_proof_is_made_that_a_shorter_journal_continues_a_longer() -> None:
    with pytest.raises(ValueError, match="cannot continue"):
        merkle.consistency(old=6, new=5, nodes=NODES)
