"""Repositories that the server of this folder has, and what the hub's API says of them."""

import hashlib
import json
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

LARGE = (".safetensors", ".bin", ".model", ".gguf")
"""Kept beside git, and known by their SHA-256."""


@dataclass
class Repo:
    """A repository at one commit. A gated one gives its files to the tokens of `admitted` alone."""

    files: dict[str, bytes]
    revision: str = "main"
    gated: bool = False
    private: bool = False
    admitted: set[str] = field(default_factory=set)
    card: dict[str, Any] = field(default_factory=lambda: {"license": "apache-2.0"})

    @property
    def commit(self) -> str:
        digest = hashlib.sha1()
        for name, content in sorted(self.files.items()):
            digest.update(name.encode() + sha256_of(content).encode())
        return digest.hexdigest()


def repo_of(folder: Path, **settings: Any) -> Repo:
    return Repo({file.name: file.read_bytes() for file in sorted(folder.iterdir()) if file.is_file()}, **settings)


@lru_cache(maxsize=256)
def sha256_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@lru_cache(maxsize=256)
def blob_name(content: bytes) -> str:
    """Git's."""
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


def described(repo_id: str, repo: Repo, with_blobs: bool) -> dict[str, Any]:
    config = json.loads(repo.files.get("config.json", b"{}"))
    return {
        "id": repo_id,
        "modelId": repo_id,
        "sha": repo.commit,
        "private": repo.private,
        "gated": "manual" if repo.gated else False,
        "disabled": False,
        "downloads": 0,
        "likes": 0,
        "tags": [],
        "cardData": repo.card,
        "config": {key: config[key] for key in ("model_type", "architectures") if key in config},
        "siblings": [_sibling(name, content, with_blobs) for name, content in repo.files.items()],
    }


def _sibling(name: str, content: bytes, with_blobs: bool) -> dict[str, Any]:
    if not with_blobs:
        return {"rfilename": name}
    described: dict[str, Any] = {"rfilename": name, "size": len(content), "blobId": blob_name(content)}
    if name.endswith(LARGE):
        sha256 = sha256_of(content)
        described["lfs"] = {"size": len(content), "sha256": sha256, "pointerSize": 134}
    return described


def tree_of(repo: Repo) -> list[dict[str, Any]]:
    return [
        {"type": "file", "path": name, "size": len(content), "oid": blob_name(content)}
        for name, content in repo.files.items()
    ]
