"""Makes the table of ring systems that `--chemistry` allows.

    LATENTBO_DATA_DIR=DIR python experiments/ring_systems.py [--out FILE] [--check]

Reads the 249,455 molecules of ZINC-250k and the NCI compounds that RDKit ships, and writes
`latentbo/chemistry/ring_systems.bin`: a hash of each ring system, with the number of molecules of
ZINC-250k that have it. The same data give the same bytes. --check writes nothing, and ends with
exit code 1 if the shipped file differs. One CPU core: 4 minutes.
"""

import argparse
import sys
from collections import Counter
from pathlib import Path

from latentbo.chemistry import parse_molecule
from latentbo.chemistry.ring_systems import RING_SYSTEMS_FILE, pack, ring_system_hashes
from latentbo.data import find_dataset
from latentbo.data.pool import default_pool


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, default=RING_SYSTEMS_FILE, help="file to write")
    parser.add_argument("--check", action="store_true", help="compare with the shipped file")
    options = parser.parse_args()
    _, lines = find_dataset("zinc250k")
    counts: Counter[int] = Counter()
    for line in lines:
        counts.update(set(ring_system_hashes(parse_molecule(line.string))))
    in_zinc = len(counts)
    for smiles in default_pool():
        for key in ring_system_hashes(parse_molecule(smiles)):
            counts.setdefault(key, 0)
    content = pack(counts)
    print(f"{in_zinc} ring systems in ZINC-250k, {len(counts) - in_zinc} more in NCI")
    for least in (2, 5, 10):
        common = sum(count >= least for count in counts.values())
        print(f"in at least {least} molecules of ZINC-250k: {common}")
    print(f"{len(content)} bytes")
    if options.check:
        same = content == RING_SYSTEMS_FILE.read_bytes()
        print("the shipped file is the same" if same else "the shipped file differs")
        return 0 if same else 1
    options.out.write_bytes(content)
    return 0


if __name__ == "__main__":
    sys.exit(main())
