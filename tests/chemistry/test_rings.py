import networkx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rdkit import Chem

from latentbo.chemistry import fundamental_cycles, longest_cycle


@pytest.mark.parametrize(
    ("smiles", "longest"),
    [
        ("CCCC", 0),
        ("C1CC1", 3),
        ("c1ccccc1", 6),
        ("C1CCCCCCC1", 8),
        ("C1CC1CCC1CCCC1", 5),
        ("CC.C1CCC1", 4),  # several fragments
        ("CCC.C1CC1", 3),
    ],
)
def test_molecules_with_separate_rings(smiles: str, longest: int) -> None:
    assert longest_cycle(Chem.MolFromSmiles(smiles)) == longest


@given(
    st.integers(2, 12).flatmap(
        lambda n: st.tuples(
            st.just(n),
            st.sets(st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)), max_size=3 * n),
        )
    )
)
def test_equals_networkx_rooted_at_the_last_node(drawn: tuple[int, set[tuple[int, int]]]) -> None:
    number, pairs = drawn
    neighbours: list[list[int]] = [
        sorted({b for a, b in (*pairs, *((b, a) for a, b in pairs)) if a == node and b != node})
        for node in range(number)
    ]
    graph = networkx.Graph()
    graph.add_nodes_from(range(number))
    # The order of an adjacency matrix: row by row.
    graph.add_edges_from((a, b) for a in range(number) for b in neighbours[a])

    cycles = fundamental_cycles(neighbours)

    # One component after the other, each from its last node: what networkx 3.6 does by itself.
    expected = []
    components = sorted(networkx.connected_components(graph), key=max, reverse=True)
    for component in components:
        expected += networkx.cycle_basis(graph.subgraph(component), root=max(component))
    assert sorted(map(sorted, cycles)) == sorted(map(sorted, expected))
    edges = graph.number_of_edges()
    assert len(cycles) == edges - number + len(components)
    for cycle in cycles:
        assert all(graph.has_edge(a, b) for a, b in zip(cycle, cycle[1:] + cycle[:1], strict=True))
