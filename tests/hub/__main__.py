"""`python -m tests.hub PORT ORG/NAME=FOLDER ... [--slow SECONDS]`: serves model folders as a hub does, until Ctrl-C."""

import argparse
import time
from pathlib import Path

from tests.hub.repo import repo_of
from tests.hub.server import Hub, serving

parser = argparse.ArgumentParser("python -m tests.hub")
parser.add_argument("port", type=int, help="0 takes a free one; the address is printed")
parser.add_argument("repos", nargs="+", help="org/name=folder; org/name=folder:gated for one that asks for a token")
parser.add_argument("--slow", type=float, default=0.0, help="seconds after every 64 KiB of content")
options = parser.parse_args()

repos = {}
for repo in options.repos:
    repo_id, _, folder = repo.partition("=")
    repos[repo_id] = repo_of(Path(folder.removesuffix(":gated")), gated=folder.endswith(":gated"))
hub = Hub(repos, port=options.port)
hub.behaviour.seconds_each_chunk = options.slow
with serving(hub):
    print(hub.url, flush=True)
    while True:
        time.sleep(1)
