"""Combinations of productions as productions of their own; the language stays what it is.

To inline a production is to write its right-hand side in place of a non-terminal on another one's
right-hand side: `S -> S '+' T` and `T -> 'x'` give `S -> S '+' 'x'`. The result stands for a
fragment of a derivation's tree, as the rules of a tree-substitution grammar do.

References:
    Cohn et al., "Inducing tree-substitution grammars", JMLR 11, 2010.
"""

from collections.abc import Iterator, Sequence
from heapq import heapify, heappop, heappush

from latentbo.errors import ConfigurationError
from latentbo.parsing.grammar import Grammar
from latentbo.parsing.productions import Production

__all__ = ["Fragment", "Fragments", "InlinedGrammar", "Merge"]

#: Outer production, which of its non-terminals (from the left, counted from 0), inner production.
Merge = tuple[int, int, int]
#: A part of a tree in pre-order: productions of the original grammar, and `SLOT` for each
#: non-terminal that is left open.
Fragment = tuple[int, ...]
SLOT = -1
#: Stands for a node that has become part of another, and for an edge that makes no production.
_NOTHING = -1


class Fragments:
    """The productions of a grammar and those made of them, and the fragment that each stands for.

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
        #: Which production a merge makes. Different merges may make the same one; all of those
        #: count whose two productions are older than it.
        self.makes: dict[Merge, int] = {}
        for number, production in enumerate(grammar.productions):
            self._append(production, (number, *[SLOT] * self.arities[number]))

    def _append(self, production: Production, tree: Fragment) -> None:
        self.numbers[production] = self._numbers_of_trees[tree] = len(self.productions)
        self.productions.append(production)
        self.trees.append(tree)

    def add(self, merge: Merge) -> int:
        """Make a production, which neither its fragment nor the production itself may repeat.

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
        """Return all merges of known productions that make a fragment, one for each cut of it."""
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
        """Return for each node of a fragment the place behind what is below it."""
        ends = [0] * len(tree)
        roots: list[int] = []  # places behind the subtrees to the right, the leftmost last
        for place in reversed(range(len(tree))):
            arity = 0 if tree[place] == SLOT else self.arities[tree[place]]
            ends[place] = place + 1 if not arity else roots[-arity]
            del roots[len(roots) - arity :]
            roots.append(ends[place])
        return ends


class InlinedGrammar:
    """A grammar with further productions made by inlining, and derivations from one to the other.

    Each merge makes one production, whose number follows those before it. Any derivation of the
    further grammar stands for exactly one of the original grammar: that with every production
    replaced by its fragment.

    Args:
        original: A grammar.
        merges: Three numbers each: an outer production, the position of a non-terminal among
            those of its right-hand side (from the left, counted from 0), and the production to
            write in its place. Both may be results of earlier merges.
        first: Number that the merges give the first production.

    Raises:
        ConfigurationError: If a merge is none of earlier productions, or its production exists
            already: then a derivation would be ambiguous that was not.
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
        """Merge the productions of a derivation: what was learned first is merged first.

        Of overlapping merges that make the same production, the one nearest to the root is done.

        Args:
            derivation: Productions of the original grammar in pre-order, a complete derivation.

        Returns:
            Productions of the further grammar, in pre-order; at most as many.
        """
        if self.grammar is self.original:
            return list(derivation)
        return _Tree(self._fragments, derivation).contracted()

    def expand(self, derivation: Sequence[int]) -> list[int]:
        """Undo `contract`: return the original productions, up to an incomplete derivation's end.

        Args:
            derivation: Productions of the further grammar, in pre-order.
        """
        return list(self._expanded(derivation))

    def _expanded(self, derivation: Sequence[int]) -> Iterator[int]:
        waiting: list[Iterator[int]] = []  # fragments that have been begun
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
    """Say why a merge cannot be added, or None if it can."""
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
    """A derivation's tree while it is being contracted.

    A node keeps its number, its place in the pre-order of the original tree; the nodes that are
    left are in pre-order of the contracted tree, too.
    """

    def __init__(self, fragments: Fragments, derivation: Sequence[int]) -> None:
        self.makes = fragments.makes
        self.productions = list(derivation)
        self.children: list[list[int]] = [[] for _ in derivation]
        self.parents = [_NOTHING] * len(derivation)
        #: What the edge from its parent to each node makes.
        self.made = [_NOTHING] * len(derivation)
        open_slots: list[int] = []  # for each open slot its node, the leftmost slot last
        for node, production in enumerate(derivation):
            if open_slots:
                self.parents[node] = open_slots.pop()
                self.children[self.parents[node]].append(node)
            open_slots += [node] * fragments.arities[production]

    def contracted(self) -> list[int]:
        """Merge all that can be merged, and return what is left."""
        size = len(self.productions)
        # An edge is one number, of what it makes and its lower node: the first learned comes
        # first, and of those the nearest to the root.
        waiting = [edge for node in range(size) for edge in self._edges(node)]
        heapify(waiting)
        while waiting:
            made, node = divmod(heappop(waiting), size)
            if self.made[node] == made:  # else the edge has changed meanwhile
                for edge in self._merge(node, made):
                    heappush(waiting, edge)
        return [production for production in self.productions if production != _NOTHING]

    def _edges(self, node: int) -> list[int]:
        """Note what the edges from a node to its children make; return those that make some."""
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
        """Make a node part of its parent; return the edges that changed."""
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
