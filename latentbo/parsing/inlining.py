"""Combined productions as new productions; the language does not change.

Inlining replaces a non-terminal on the right-hand side of a production by the right-hand side of
another production: `S -> S '+' T` and `T -> 'x'` give `S -> S '+' 'x'`. The result is a fragment of
a derivation's tree, like a rule of a tree-substitution grammar.

References:
    Cohn et al., "Inducing tree-substitution grammars", JMLR 11, 2010.
"""

from collections.abc import Iterator, Sequence
from heapq import heapify, heappop, heappush

from latentbo.errors import ConfigurationError
from latentbo.parsing.grammar import Grammar
from latentbo.parsing.productions import Production

#: Outer production, index of its non-terminal (from the left, counted from 0), inner production.
Merge = tuple[int, int, int]
#: A part of a tree in pre-order: productions of the original grammar, and `SLOT` for each open
#: non-terminal.
Fragment = tuple[int, ...]
SLOT = -1
#: Marks a node that was merged into another, and an edge that makes no production.
_NOTHING = -1


class Fragments:
    """The productions of a grammar and their combinations, with the fragment of each.

    Args:
        grammar: The original grammar; its productions have their own numbers.
    """

    def __init__(self, grammar: Grammar) -> None:
        self.arities = [len(production.children) for production in grammar.productions]
        self.productions: list[Production] = []
        self.trees: list[Fragment] = []
        #: Number of each production, and of each fragment.
        self.numbers: dict[Production, int] = {}
        self._numbers_of_trees: dict[Fragment, int] = {}
        #: Merge -> production. Several merges may make the same production; all are listed whose
        #: two productions are older than it.
        self.makes: dict[Merge, int] = {}
        for number, production in enumerate(grammar.productions):
            self._append(production, (number, *[SLOT] * self.arities[number]))

    def _append(self, production: Production, tree: Fragment) -> None:
        self.numbers[production] = self._numbers_of_trees[tree] = len(self.productions)
        self.productions.append(production)
        self.trees.append(tree)

    def add(self, merge: Merge) -> int:
        """Add the production of a merge; neither it nor its fragment may exist already.

        Returns:
            Its number.
        """
        production, tree = self.production(merge), self.tree(merge)
        number = len(self.productions)
        self.makes |= dict.fromkeys(self.merges(tree), number)
        self._append(production, tree)
        return number

    def production(self, merge: Merge) -> Production:
        """Return the production that a merge makes."""
        outer, position, inner = merge
        lhs, rhs = self.productions[outer].lhs, self.productions[outer].rhs
        places = [place for place, symbol in enumerate(rhs) if not symbol.is_terminal]
        place = places[position]
        return Production(lhs, rhs[:place] + self.productions[inner].rhs + rhs[place + 1 :])

    def tree(self, merge: Merge) -> Fragment:
        """Return the fragment that a merge makes."""
        outer, position, inner = merge
        tree = self.trees[outer]
        place = [place for place, number in enumerate(tree) if number == SLOT][position]
        return tree[:place] + self.trees[inner] + tree[place + 1 :]

    def merges(self, tree: Fragment) -> list[Merge]:
        """Return all merges of known productions that make a fragment, one per cut of it."""
        found = []
        position = 0
        for first, last in enumerate(self._ends(tree)):
            if tree[first] == SLOT:
                position += 1
                continue
            inner = self._numbers_of_trees.get(tree[first:last])
            outer = self._numbers_of_trees.get((*tree[:first], SLOT, *tree[last:]))
            if inner is not None and outer is not None:
                found.append((outer, position, inner))
        return found

    def _ends(self, tree: Fragment) -> list[int]:
        """Return for each node of a fragment the place after its subtree."""
        ends = [0] * len(tree)
        roots: list[int] = []  # places after the subtrees to the right, the leftmost last
        for place in reversed(range(len(tree))):
            arity = 0 if tree[place] == SLOT else self.arities[tree[place]]
            ends[place] = place + 1 if not arity else roots[-arity]
            del roots[len(roots) - arity :]
            roots.append(ends[place])
        return ends


class InlinedGrammar:
    """A grammar extended by inlined productions, and the conversion of derivations.

    Each merge adds one production with the next number. Any derivation of the extended grammar
    stands for exactly one of the original grammar, with every production replaced by its fragment.

    Args:
        original: A grammar.
        merges: Three numbers each: an outer production, the index of a non-terminal on its
            right-hand side (from the left, counted from 0), and the production that replaces it.
            Both productions may be results of earlier merges.
        first: Number of the first production in the merges.

    Raises:
        ConfigurationError: If a merge does not fit the earlier productions, or its production
            exists already, which would make derivations ambiguous.
    """

    def __init__(
        self, original: Grammar, merges: Sequence[Sequence[int]] = (), first: int = 0
    ) -> None:
        self.original = original
        self.grammar = original
        self._fragments = Fragments(original)
        for number, merge in enumerate(merges, start=1):
            fault = _fault(self._fragments, merge, first)
            if fault:
                raise ConfigurationError(
                    f"merge {number} of {len(merges)} is {list(merge)!r}: {fault}; restore the "
                    f"vocabulary file, or train again"
                )
            outer, position, inner = merge
            self._fragments.add((outer - first, position, inner - first))
        if merges:
            productions = tuple(self._fragments.productions)
            self.grammar = Grammar(original.start, productions, original.dropped)

    def contract(self, derivation: Sequence[int]) -> list[int]:
        """Merge the productions of a derivation, in the order in which the merges were learned.

        Of overlapping merges that make the same production, the one nearest to the root wins.

        Args:
            derivation: Productions of the original grammar in pre-order: of a derivation from any
                non-terminal, or the beginning of one.

        Returns:
            Productions of the extended grammar, in pre-order; not more than before.
        """
        if self.grammar is self.original:
            return list(derivation)
        return _Tree(self._fragments, derivation).contracted()

    def expand(self, derivation: Sequence[int]) -> list[int]:
        """Undo `contract`: return the original productions; a derivation may be incomplete.

        Args:
            derivation: Productions of the extended grammar, in pre-order.
        """
        return list(self._expanded(derivation))

    def _expanded(self, derivation: Sequence[int]) -> Iterator[int]:
        waiting: list[Iterator[int]] = []  # fragments not yet complete
        for number in derivation:
            waiting.append(iter(self._fragments.trees[number]))
            while waiting:
                for production in waiting[-1]:
                    if production == SLOT:
                        break
                    yield production
                else:
                    waiting.pop()
                    continue
                break


def _fault(fragments: Fragments, merge: Sequence[int], first: int) -> str | None:
    """Return the reason why a merge cannot be added, None if it can."""
    productions = fragments.productions
    last = first + len(productions) - 1
    if len(merge) != 3 or any(type(part) is not int for part in merge):
        return "it must be three numbers: outer token, position, inner token"
    if not all(first <= token <= last for token in (merge[0], merge[2])):
        return f"its tokens must be from {first} to {last}, of productions or of earlier merges"
    outer, inner = productions[merge[0] - first], productions[merge[2] - first]
    if not 0 <= merge[1] < len(outer.children):
        return f"{outer} has no non-terminal {merge[1]} (of {len(outer.children)}, counted from 0)"
    wanted = outer.children[merge[1]]
    if wanted != inner.lhs:
        return f"non-terminal {merge[1]} of {outer} is {wanted}, which {inner} does not replace"
    made = fragments.production((merge[0] - first, merge[1], merge[2] - first))
    if made in fragments.numbers:
        number = first + fragments.numbers[made]
        return f"{made} is token {number} already, and derivations would be ambiguous"
    return None


class _Tree:
    """The tree of a derivation during contraction.

    A node keeps its number, its place in the pre-order of the original tree; the remaining nodes
    are also in pre-order of the contracted tree.
    """

    def __init__(self, fragments: Fragments, derivation: Sequence[int]) -> None:
        self.makes = fragments.makes
        self.productions = list(derivation)
        self.children: list[list[int]] = [[] for _ in derivation]
        self.parents = [_NOTHING] * len(derivation)
        #: For each node, the production that the edge from its parent makes.
        self.made = [_NOTHING] * len(derivation)
        open_slots: list[int] = []  # node of each open slot, the leftmost slot last
        for node, production in enumerate(derivation):
            if open_slots:
                self.parents[node] = open_slots.pop()
                self.children[self.parents[node]].append(node)
            open_slots += [node] * fragments.arities[production]

    def contracted(self) -> list[int]:
        """Do all possible merges, and return the remaining productions."""
        size = len(self.productions)
        # An edge is one number, made of its production and its lower node: sorted by the order of
        # learning, then from the root down.
        waiting = [edge for node in range(size) for edge in self._edges(node)]
        heapify(waiting)
        while waiting:
            made, node = divmod(heappop(waiting), size)
            if self.made[node] == made:  # else the edge has changed since
                for edge in self._merge(node, made):
                    heappush(waiting, edge)
        return [production for production in self.productions if production != _NOTHING]

    def _edges(self, node: int) -> list[int]:
        """Update the productions of a node's edges to its children; return the edges with one."""
        productions, makes, size = self.productions, self.makes, len(self.productions)
        own = productions[node]
        edges = []
        for position, child in enumerate(self.children[node]):
            made = makes.get((own, position, productions[child]), _NOTHING)
            self.made[child] = made
            if made != _NOTHING:
                edges.append(made * size + child)
        return edges

    def _merge(self, node: int, made: int) -> list[int]:
        """Merge a node into its parent; return the edges that changed."""
        parent = self.parents[node]
        siblings, below = self.children[parent], self.children[node]
        position = siblings.index(node)
        siblings[position : position + 1] = below
        for child in below:
            self.parents[child] = parent
        self.productions[parent] = made
        self.productions[node] = self.made[node] = _NOTHING
        above = self.parents[parent]
        return self._edges(parent) + (self._edges(above) if above != _NOTHING else [])
