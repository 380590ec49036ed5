"""Known ring systems: those of ZINC-250k and of RDKit's NCI compounds.

A ring system is a set of rings that share atoms, with the atoms bonded to it by double bonds. It
is known by a hash of its graph and not by a canonical SMILES, which differs between versions of
RDKit. The hash is a Weisfeiler-Lehman one: what it cannot tell apart counts as the same.
"""

from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from hashlib import blake2b
from pathlib import Path

from rdkit import Chem

#: Made by `experiments/ring_systems.py`; see `pack` for its format.
RING_SYSTEMS_FILE = Path(__file__).with_name("ring_systems.bin")

# Each round lets an atom see one bond further.
ROUNDS = 4
# Of the hash and of the count in a record of eight bytes.
HASH_BYTES, COUNT_BITS = 6, 16
MOST = 2**COUNT_BITS - 1


def ring_system_hashes(molecule: Chem.Mol) -> list[int]:
    """Return a 48-bit hash of each ring system of a molecule.

    It depends on elements, charges, bonds, aromaticity and ring sizes; not on substituents (those
    by double bonds apart), hydrogens, stereochemistry or the order of atoms.

    Args:
        molecule: A sanitized molecule.
    """
    rings = molecule.GetRingInfo().AtomRings()
    if not rings:
        return []
    sizes: defaultdict[int, list[int]] = defaultdict(list)
    for ring in rings:
        for atom in ring:
            sizes[atom].append(len(ring))
    return [_hash(molecule, system, sizes) for system in _ring_systems(rings)]


def _ring_systems(rings: tuple[tuple[int, ...], ...]) -> list[set[int]]:
    """Join rings that share an atom."""
    systems: list[set[int]] = []
    for ring in rings:
        joined = set(ring)
        apart = []
        for system in systems:
            if joined.isdisjoint(system):
                apart.append(system)
            else:
                joined |= system
        systems = [*apart, joined]
    return systems


def _hash(molecule: Chem.Mol, system: set[int], sizes: dict[int, list[int]]) -> int:
    labels: dict[int, int] = {}
    neighbours: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
    for begin in system:
        atom = molecule.GetAtomWithIdx(begin)
        labels[begin] = _number(_label(atom, sizes[begin]))
        for end, order in _bonds(atom, system):
            neighbours[begin].append((order, end))
            if end not in system:
                labels[end] = _number(_label(molecule.GetAtomWithIdx(end), []))
                neighbours[end].append((order, begin))
    for _ in range(ROUNDS):
        labels = {
            place: _number((own, sorted((order, labels[end]) for order, end in neighbours[place])))
            for place, own in labels.items()
        }
    return _number(sorted(labels.values()))


def _bonds(atom: Chem.Atom, system: set[int]) -> Iterator[tuple[int, int]]:
    """Yield the other ends and twice the orders of the bonds that belong to a system."""
    for bond in atom.GetBonds():
        end, order = bond.GetOtherAtomIdx(atom.GetIdx()), int(2 * bond.GetBondTypeAsDouble())
        if (end in system and bond.IsInRing()) or (end not in system and order == 4):
            yield end, order


def _label(atom: Chem.Atom, sizes: list[int]) -> tuple[int, int, bool, list[int]]:
    return atom.GetAtomicNum(), atom.GetFormalCharge(), atom.GetIsAromatic(), sorted(sizes)


def _number(value: object) -> int:
    """Hash what is made of numbers; Python's own hash may change with its version."""
    return int.from_bytes(blake2b(repr(value).encode(), digest_size=HASH_BYTES).digest(), "big")


def pack(counts: dict[int, int]) -> bytes:
    """Return the content of `RING_SYSTEMS_FILE`: eight bytes a ring system, in ascending order.

    Args:
        counts: Hash to number of molecules of ZINC-250k with this ring system; 0 if it occurs in
            NCI compounds alone.
    """
    records = sorted((key << COUNT_BITS) | min(count, MOST) for key, count in counts.items())
    return b"".join(record.to_bytes(8, "big") for record in records)


@cache
def known_ring_systems() -> dict[int, int]:
    """Return what `pack` was given; counts above 65,535 are cut off there."""
    content = RING_SYSTEMS_FILE.read_bytes()
    records = [int.from_bytes(content[i : i + 8], "big") for i in range(0, len(content), 8)]
    return {record >> COUNT_BITS: record & MOST for record in records}
