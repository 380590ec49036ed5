"""Any objective from its text."""

import os
from pathlib import Path

from latentbo.objectives.base import Objective
from latentbo.objectives.sources import DEFAULT_TIME_LIMIT, single_objective
from latentbo.objectives.terms import is_combination, load_combination


def objective_from(text: str, time_limit: float = DEFAULT_TIME_LIMIT) -> Objective:
    """Return the objective that a text names.

    | text | objective |
    |---|---|
    | `qed` | a built-in one (`OBJECTIVES`) |
    | `path/file.py:function`, `package.module:function` | a function of a string |
    | `program:COMMAND` | a program that is kept running: a SMILES line in, a value line out |
    | `program-once:COMMAND` | a program that is started for each molecule |
    | `./score.sh` | an executable file, as `program:./score.sh` |
    | `FILE.csv`, `FILE.csv:COLUMN` | known values (columns `smiles` and `value` or COLUMN) |
    | `http://HOST:PORT/PATH`, `https://...` | a server that answers JSON with JSON |
    | `https://...#Authorization: env:NAME` | the same, with a header from the environment |
    | `property:NAME` | a property of `MOLECULE_PROPERTIES` as it is, in any spelling (`TPSA`) |
    | `similarity:SMILES` | the Tanimoto similarity to a lead |
    | `minimize:OBJECTIVE` | minus one of the above: its smallest values are the best |
    | `FILE.toml` | a mean of terms (`latentbo.objectives.terms.files`) |

    The words before a colon in this table win over modules of that name. All values are maximised.

    Args:
        text: The text; blanks around it are ignored.
        time_limit: Seconds that a program or a server may take for one molecule.

    Raises:
        ObjectiveError: If there is no such objective; says which form is the nearest.
        ConfigurationError: If a TOML file cannot be used.
    """
    if is_combination(text):
        return load_combination(Path(os.path.expanduser(text.strip())), time_limit)
    return single_objective(text, time_limit)
