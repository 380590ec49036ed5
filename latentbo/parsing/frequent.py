"""Learn which productions to inline: the most frequent neighbours in derivation trees."""

from array import array
from collections.abc import Iterable, Sequence

import numpy as np

from latentbo.parsing.grammar import Grammar
from latentbo.parsing.inlining import Fragment, Fragments, Merge

#: Bits of a production's number, and of a position, in an edge packed into one integer.
_BITS = 20
#: Share of removed nodes at which the arrays are compacted.
_GONE = 0.25


def learn_inlinings(
    grammar: Grammar, derivations: Iterable[Sequence[int]], num_merges: int, min_count: int = 2
) -> list[Merge]:
    """Learn merges from derivations, as in byte-pair encoding; deterministic.

    In each round the fragment made by the most edges becomes a production, and these edges are
    contracted; ties go to the fragment that is smaller as a tuple. Edges between different
    productions may make the same fragment (`(ab)c` and `a(bc)`): it becomes one production, with
    the smallest of these merges. Fragments whose production exists already, as in ambiguous
    grammars, are skipped. Learning ends when no edge is frequent enough.

    Args:
        grammar: The grammar.
        derivations: Productions in pre-order, each a complete derivation.
        num_merges: Number of merges to learn.
        min_count: Minimum count of a fragment, at least 2.

    Returns:
        At most `num_merges` merges for `InlinedGrammar`.
    """
    merges: list[Merge] = []
    if num_merges < 1:
        return merges
    fragments = Fragments(grammar)
    forest = _Forest(fragments, derivations)
    while len(merges) < num_merges:
        best = forest.most_frequent(min_count)
        if best is None:
            break
        merges.append(min(fragments.merges(forest.made.trees[best])))
        forest.contract(best, fragments.add(merges[-1]))
    return merges


class _Made:
    """Numbers of the fragments that edges make; number 0 is none."""

    def __init__(self, fragments: Fragments) -> None:
        self._fragments = fragments
        self.trees: list[Fragment] = [()]
        self._numbers: dict[Fragment, int] = {}
        self._edges: dict[int, int] = {}

    def numbers(self, outer: np.ndarray, positions: np.ndarray, inner: np.ndarray) -> np.ndarray:
        """Return the numbers of the fragments of `n` edges: three `n`-dim arrays to one (int64)."""
        edges, inverse = np.unique(
            (outer << 2 * _BITS) + (positions << _BITS) + inner, return_inverse=True
        )
        numbers = [self._number(edge) for edge in edges.tolist()]
        return np.array(numbers, np.int64)[inverse]

    def _number(self, edge: int) -> int:
        if edge not in self._edges:
            rest = 1 << _BITS
            tree = self._fragments.tree((edge >> 2 * _BITS, (edge >> _BITS) % rest, edge % rest))
            self._edges[edge] = self._numbers.setdefault(tree, len(self.trees))
            if self._edges[edge] == len(self.trees):
                self.trees.append(tree)
        return self._edges[edge]


class _Forest:
    """The trees of all derivations, as arrays over the nodes in pre-order.

    Node 0 is the common parent of all roots. Each node has its production (-1: merged into its
    parent), its parent, its position among the parent's children, and the number of the fragment
    that the edge between them makes.
    """

    def __init__(self, fragments: Fragments, derivations: Iterable[Sequence[int]]) -> None:
        self._fragments = fragments
        self.made = _Made(fragments)
        self._left_out = [0]
        nodes = _link(fragments.arities, derivations)
        self._productions, self._parents, self._positions = nodes
        self._makes = np.zeros(len(self._productions), np.int64)
        self._update(np.arange(len(self._productions)))

    def most_frequent(self, min_count: int) -> int | None:
        """Return the number of the most frequent fragment; None if no further one is frequent."""
        counts = np.bincount(self._makes, minlength=len(self.made.trees))
        counts[self._left_out] = 0
        while (highest := counts.max()) >= min_count:
            equal = np.flatnonzero(counts == highest).tolist()
            best = min(equal, key=self.made.trees.__getitem__)
            merge = self._fragments.merges(self.made.trees[best])[0]
            if self._fragments.production(merge) not in self._fragments.numbers:
                return best
            self._left_out.append(best)
            counts[best] = 0
        return None

    def contract(self, made: int, production: int) -> None:
        """Contract the edges that make a fragment, which is now a production."""
        parents, positions = self._parents, self._positions
        inner = _disjoint(np.flatnonzero(self._makes == made), parents)
        outer, places = parents[inner], positions[inner]
        growth = np.array([len(p.children) for p in self._fragments.productions])
        growth = growth[self._productions[inner]] - 1
        is_part = np.zeros(len(parents), bool)
        is_part[outer] = is_part[inner] = True
        edge_of = np.empty(len(parents), np.int64)  # only read where `is_part`
        edge_of[outer] = edge_of[inner] = np.arange(len(inner))
        below = np.flatnonzero(is_part[parents])
        edges = edge_of[parents[below]]
        from_inner = parents[below] == inner[edges]
        behind = positions[below] > places[edges]
        positions[below] += np.where(from_inner, places[edges], behind * growth[edges])
        parents[below] = outer[edges]
        self._productions[outer] = production
        self._productions[inner] = -1
        parents[inner] = self._makes[inner] = 0
        self._update(np.concatenate([below, outer]))
        self._drop_parts()

    def _update(self, nodes: np.ndarray) -> None:
        """Update the fragments of the edges above some nodes."""
        nodes = nodes[self._parents[nodes] > 0]
        outer = self._productions[self._parents[nodes]]
        inner = self._productions[nodes]
        self._makes[nodes] = self.made.numbers(outer, self._positions[nodes], inner)

    def _drop_parts(self) -> None:
        """Compact the arrays if many nodes have been merged into others."""
        stays = self._productions >= 0
        if stays.mean() > 1 - _GONE:
            return
        self._parents = (np.cumsum(stays) - 1)[self._parents[stays]]
        self._productions = self._productions[stays]
        self._positions = self._positions[stays]
        self._makes = self._makes[stays]


def _link(
    arities: Sequence[int], derivations: Iterable[Sequence[int]]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return production, parent and position of every node, node 0 first (int64)."""
    productions, parents, positions = array("q", [0]), array("q", [0]), array("q", [0])
    slots = [list(reversed(range(arity))) for arity in arities]
    for derivation in derivations:
        open_slots = [(0, 0)]
        for node, production in enumerate(derivation, start=len(productions)):
            parent, position = open_slots.pop()
            parents.append(parent)
            positions.append(position)
            open_slots += [(node, slot) for slot in slots[production]]
        productions.extend(derivation)
    return np.array(productions), np.array(parents), np.array(positions)


def _disjoint(edges: np.ndarray, parents: np.ndarray) -> np.ndarray:
    """Of chains of edges that share nodes, keep every second edge, starting at the root.

    Args:
        edges: The lower node of each edge. No two edges have the same upper node.
        parents: The upper node of each node.
    """
    kept = []
    while len(edges):
        above = parents[edges]
        is_first = ~np.isin(above, edges)
        kept.append(edges[is_first])
        edges = edges[~is_first & ~np.isin(above, kept[-1])]
    return np.concatenate(kept) if kept else edges
