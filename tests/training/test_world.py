"""What the processes of a run say to each other, in two real ones."""

import json
import os
import subprocess
import sys
from pathlib import Path

from backend.settings import REPOSITORY
from backend.workers.launch import free_ports

TALK = """
import json, os
from pathlib import Path
import mlx.core as mx
from backend.errors import AppError
from backend.workers.training.requests import Interrupted, Requests
from backend.workers.training.engine.world import World

world, requests, heard = World(mx.distributed.init(strict=True, backend="ring")), Requests(), []
requests.stepping = True
for rank, file in ((1, "train.jsonl"), (0, "model")):
    try:
        with world.together(requests):
            if world.rank == rank:
                Path("/nowhere", file).open()
    except AppError as error:
        heard.append(error.detail)
heard.append(world.texts("\\u00e9" * world.rank))
heard.append(world.total(0.1 + world.rank))
heard.append(world.mean({"a": mx.array([1.0, 2.0]) * world.rank})["a"].tolist())
first = world.from_first([mx.array([-0.0, world.rank + 2]), mx.array(world.rank + 7, dtype=mx.uint64)])
heard.append([str(array.tolist()) for array in first])
heard.append(world.agree(requests))
requests.pause = world.rank == 1
heard.append([world.agree(requests), requests.stop, requests.pause])
try:
    with world.together(requests):
        heard.append("went on")
except Interrupted:
    heard.append("interrupted")
Path(os.environ["HEARD"]).write_text(json.dumps(heard))
"""


def test_all_hear_the_same(tmp_path: Path) -> None:
    first = free_ports("127.0.0.1", 2)
    (tmp_path / "hosts.json").write_text(json.dumps([[f"127.0.0.1:{first}"], [f"127.0.0.1:{first + 1}"]]))
    files = [tmp_path / "heard-0", tmp_path / "heard-1"]
    ring = {**os.environ, "MLX_HOSTFILE": str(tmp_path / "hosts.json")}
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", TALK], cwd=REPOSITORY, env={**ring, "MLX_RANK": str(rank), "HEARD": str(file)}
        )
        for rank, file in enumerate(files)
    ]
    assert [process.wait(timeout=60) for process in processes] == [0, 0]
    heard = [json.loads(file.read_text()) for file in files]
    assert heard[0] == heard[1] == [
        "Process 2 of 2 cannot take part: There is no /nowhere/train.jsonl. It needs the same files as the first.",
        "There is no /nowhere/model.",
        ["", "é"],
        1.2000000000000002,
        [0.5, 1.0],
        ["[-0.0, 2.0]", "7"],
        False,
        [True, False, True],
        "interrupted",
    ]  # fmt: skip
