"""What becomes of calls whose Dask worker or whole cluster is lost."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from latentbo.errors import PausedError
from latentbo.execution import DaskCluster

PATIENCE = 240

# The parent of the process that makes a call is the Dask worker.
OBJECTIVE = """
import os, signal, time
from pathlib import Path

def f(string):
    with open(Path(__file__).with_name("calls"), "a") as file:
        file.write(string + "\\n")
    if string == "kill":
        os.kill(os.getppid(), signal.SIGKILL)
    if string == "hang":
        time.sleep(600)
    return len(string)
"""


@pytest.fixture
def cluster() -> Iterator[Any]:
    distributed = pytest.importorskip("distributed", reason="Dask is not installed")
    with distributed.LocalCluster(
        n_workers=1, threads_per_worker=1, dashboard_address=":0"
    ) as cluster:
        yield cluster


@pytest.mark.slow("latentbo/execution")
@pytest.mark.filterwarnings("ignore")  # Dask's, of the connections that are cut
def test_each_call_is_made_once_whatever_the_cluster_loses(cluster: Any, tmp_path: Path) -> None:
    path = tmp_path / "objective.py"
    path.write_text(OBJECTIVE)
    oracle = DaskCluster(cluster.scheduler_address, f"{path}:f", 600, reconnect=PATIENCE)
    try:
        assert oracle.submit("CC").result(PATIENCE).value == 2
        killed = oracle.submit("kill").result(PATIENCE)
        assert (killed.value, killed.error) == (None, "the cluster lost its worker during the call")
        assert oracle.submit("CCC").result(PATIENCE).value == 3
        hanging = oracle.submit("hang")
        cluster.scale(0)
        oracle._reconnect = 5.0
        with pytest.raises(PausedError, match=r"the Dask cluster at tcp.* is lost"):
            hanging.result(PATIENCE)
    finally:
        oracle.close()
    assert (tmp_path / "calls").read_text().split()[:3] == ["CC", "kill", "CCC"]
    assert (tmp_path / "calls").read_text().count("kill") == 1
