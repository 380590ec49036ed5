"""The ring sizes that penalised logP is built on: a fundamental cycle basis of the graph.

The score's definition names networkx's `cycle_basis`. Which cycles that function returns depends on
the root and on the order of nodes and edges, and its root has changed between versions. So the
algorithm stands here with everything pinned: the root is the last atom, neighbours go in ascending
order, the way networkx 3.6 treats a graph made from an adjacency matrix.
"""

from collections.abc import Sequence

from rdkit import Chem

from latentbo.chemistry.atoms import atoms


def fundamental_cycles(neighbours: Sequence[Sequence[int]]) -> list[list[int]]:
    """Return the cycles that the edges outside a spanning tree close, one per edge.

    Args:
        neighbours: The neighbours of each node of an undirected graph without self-loops, in the
            order in which they are visited.

    Returns:
        The nodes of each cycle, in order along the cycle.

    References:
        Paton, "An algorithm for finding a fundamental set of cycles of a graph", Communications of
        the ACM 12(9), 1969.
    """
    cycles: list[list[int]] = []
    parent: dict[int, int] = {}
    for root in reversed(range(len(neighbours))):
        if root not in parent:
            parent[root] = root
            cycles += _cycles_from(root, neighbours, parent)
    return cycles


def _cycles_from(
    root: int, neighbours: Sequence[Sequence[int]], parent: dict[int, int]
) -> list[list[int]]:
    """Walk the spanning tree of one component; `parent` gains its nodes."""
    cycles = []
    stack = [root]
    seen_from: dict[int, set[int]] = {root: set()}
    while stack:
        node = stack.pop()
        for neighbour in neighbours[node]:
            if neighbour not in seen_from:
                parent[neighbour] = node
                stack.append(neighbour)
                seen_from[neighbour] = {node}
            elif neighbour not in seen_from[node]:
                cycle = [neighbour, node]
                ancestor = parent[node]
                while ancestor not in seen_from[neighbour]:
                    cycle.append(ancestor)
                    ancestor = parent[ancestor]
                cycles.append([*cycle, ancestor])
                seen_from[neighbour].add(node)
    return cycles


def longest_cycle(molecule: Chem.Mol) -> int:
    """Return the number of atoms of the longest fundamental cycle, 0 without rings."""
    is_tree = molecule.GetNumBonds() == molecule.GetNumAtoms() - 1
    if is_tree and len(Chem.GetMolFrags(molecule)) == 1:
        return 0
    neighbours = [
        sorted(neighbour.GetIdx() for neighbour in atom.GetNeighbors()) for atom in atoms(molecule)
    ]
    return max(map(len, fundamental_cycles(neighbours)), default=0)
