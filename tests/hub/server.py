"""A server on this machine that speaks the hub's protocol, as far as downloads of models need it, and fails on demand.

Large files are redirected to another port, as the hub does to its CDN. What was asked is in `requests`.
"""

import json
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from tests.hub.repo import LARGE, Repo, blob_name, described, sha256_of, tree_of

CHUNK_BYTES = 64 * 1024


@dataclass
class Answer:
    """What is answered in place of what was asked for."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass
class Asked:
    method: str
    path: str
    range: str | None
    authorization: str | None
    user_agent: str
    cdn: bool


@dataclass
class Behaviour:
    """`cut_after` holds, for the next answers with content, after how many bytes the connection breaks (None: not).

    `instead` may give another answer to a request; `seconds_each_chunk` slows content down.
    """

    cut_after: list[int | None] = field(default_factory=list)
    instead: Callable[[Asked], Answer | None] = lambda asked: None
    seconds_each_chunk: float = 0.0
    ignore_ranges: bool = False
    garble: Callable[[str, bytes], bytes] = lambda name, content: content


class Hub:
    """`start` and `stop` may be repeated: the ports stay the same."""

    def __init__(self, repos: dict[str, Repo], tokens: set[str] | None = None, port: int = 0) -> None:
        self.repos = repos
        self.tokens = tokens or set()
        self.behaviour = Behaviour()
        self.requests: list[Asked] = []
        self._ports = [port, 0]
        self._servers: list[ThreadingHTTPServer] = []
        self._lock = threading.Lock()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._ports[0]}"

    @property
    def cdn_url(self) -> str:
        return f"http://localhost:{self._ports[1]}"

    def start(self) -> None:
        hub = self
        for place in range(2):
            handler = type("Handler", (_Handler,), {"hub": hub, "cdn": place == 1})
            server = _Server(("127.0.0.1", self._ports[place]), handler)
            self._ports[place] = server.server_address[1]
            threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
            self._servers.append(server)

    def stop(self) -> None:
        """At once: connections in use break."""
        for server in self._servers:
            server.shutdown()
            server.server_close()
        self._servers = []

    def content_requests(self) -> list[Asked]:
        return [asked for asked in self.requests if asked.method == "GET" and "/api/" not in asked.path]

    def next_cut(self) -> int | None:
        with self._lock:
            return self.behaviour.cut_after.pop(0) if self.behaviour.cut_after else None


@contextmanager
def serving(hub: Hub) -> Iterator[Hub]:
    hub.start()
    try:
        yield hub
    finally:
        hub.stop()


class _Server(ThreadingHTTPServer):
    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False

    def __init__(self, *arguments: Any) -> None:
        self.open: set[socket.socket] = set()
        super().__init__(*arguments)

    def process_request(self, request: Any, client_address: Any) -> None:
        self.open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self.open.discard(request)
        super().shutdown_request(request)

    def server_close(self) -> None:
        super().server_close()
        for connection in list(self.open):
            _reset(connection)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Whoever asked went away."""


def _reset(connection: socket.socket) -> None:
    """Break a connection, so that the other side notices."""
    try:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass


class _Handler(BaseHTTPRequestHandler):
    hub: Hub
    cdn: bool
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002
        pass

    def do_HEAD(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self._answer()

    def _answer(self) -> None:
        address = urlsplit(self.path)
        path = unquote(address.path)
        asked = Asked(
            method=self.command,
            path=path,
            range=self.headers.get("Range"),
            authorization=self.headers.get("Authorization"),
            user_agent=self.headers.get("User-Agent", ""),
            cdn=self.cdn,
        )
        self.hub.requests.append(asked)
        if (other := self.hub.behaviour.instead(asked)) is not None:
            self._send(other)
        elif self.cdn:
            self._send_large(path)
        elif asked.authorization and asked.authorization.removeprefix("Bearer ") not in self.hub.tokens:
            self._send(_error(401, "Invalid credentials in Authorization header"))
        elif path.startswith("/api/models/"):
            self._send(self._api(path.removeprefix("/api/models/"), parse_qs(address.query), asked))
        else:
            self._resolve(path.strip("/"), asked)

    def _api(self, path: str, query: dict[str, list[str]], asked: Asked) -> Answer:
        for suffix in ("/auth-check", "/revision/", "/tree/", ""):
            repo_id, found, rest = path.partition(suffix) if suffix else (path, "", "")
            if suffix and not found:
                continue
            if (problem := self._no_repo(repo_id, asked)) is not None:
                return problem
            repo = self.hub.repos[repo_id]
            if suffix == "/auth-check":
                return self._no_access(repo, asked) or _json({})
            if rest and rest.split("/")[0] not in (repo.revision, repo.commit):
                return _error(404, f"Invalid rev id: {rest}", "RevisionNotFound")
            return _json(tree_of(repo)) if suffix == "/tree/" else _json(described(repo_id, repo, "blobs" in query))
        raise AssertionError(path)

    def _resolve(self, path: str, asked: Asked) -> None:
        repo_id, _, rest = path.partition("/resolve/")
        revision, _, name = rest.partition("/")
        if (problem := self._no_repo(repo_id, asked)) is not None:
            return self._send(problem)
        repo = self.hub.repos[repo_id]
        if (problem := self._no_access(repo, asked)) is not None:
            return self._send(problem)
        if revision not in (repo.revision, repo.commit):
            return self._send(_error(404, f"Invalid rev id: {revision}", "RevisionNotFound"))
        if name not in repo.files:
            return self._send(_error(404, "Entry not found", "EntryNotFound"))
        content = repo.files[name]
        headers = {"X-Repo-Commit": repo.commit, "Accept-Ranges": "bytes"}
        if not name.endswith(LARGE):
            return self._send_content(name, content, {**headers, "ETag": f'"{blob_name(content)}"'})
        sha256 = sha256_of(content)
        headers |= {"X-Linked-Size": str(len(content)), "X-Linked-Etag": f'"{sha256}"'}
        headers["Location"] = f"{self.hub.cdn_url}/{repo_id}/{name}/{sha256}"
        return self._send(Answer(302, headers))

    def _send_large(self, path: str) -> None:
        repo_id, name, sha256 = path.strip("/").rsplit("/", 2)
        self._send_content(name, self.hub.repos[repo_id].files[name], {"ETag": f'"{sha256}"'})

    def _no_repo(self, repo_id: str, asked: Asked) -> Answer | None:
        repo = self.hub.repos.get(repo_id)
        if repo is None or (repo.private and not asked.authorization):
            return _error(404 if asked.authorization else 401, "Repository not found", "RepoNotFound")
        return None

    def _no_access(self, repo: Repo, asked: Asked) -> Answer | None:
        token = (asked.authorization or "").removeprefix("Bearer ")
        if not repo.gated or token in repo.admitted:
            return None
        return _error(403 if token else 401, "Access to this model is restricted.", "GatedRepo")

    def _send(self, answer: Answer) -> None:
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(answer.body)

    def _send_content(self, name: str, content: bytes, headers: dict[str, str]) -> None:
        behaviour = self.hub.behaviour
        begin = 0
        if (wanted := self.headers.get("Range")) and not behaviour.ignore_ranges:
            begin = int(wanted.removeprefix("bytes=").partition("-")[0])
            if begin >= len(content):
                return self._send(Answer(416, {"Content-Range": f"bytes */{len(content)}"}))
        self.send_response(206 if begin else 200)
        if begin:
            self.send_header("Content-Range", f"bytes {begin}-{len(content) - 1}/{len(content)}")
        for key, value in headers.items():
            self.send_header(key, value)
        self.send_header("Content-Length", str(len(content) - begin))
        self.end_headers()
        if self.command != "GET":
            return None
        sent, cut = 0, self.hub.next_cut()
        content = memoryview(behaviour.garble(name, content))[begin:]  # type: ignore[assignment]
        while sent < len(content):
            chunk = content[sent : sent + CHUNK_BYTES][: None if cut is None else cut - sent]
            self.wfile.write(chunk)
            sent += len(chunk)
            if cut is not None and sent >= cut:
                self.wfile.flush()
                self.close_connection = True
                return None
            if behaviour.seconds_each_chunk:
                time.sleep(behaviour.seconds_each_chunk)
        return None


def _json(content: Any) -> Answer:
    return Answer(200, {"Content-Type": "application/json"}, json.dumps(content).encode())


def _error(status: int, message: str, code: str | None = None) -> Answer:
    headers = {"X-Error-Message": message, "Content-Type": "application/json"}
    if code:
        headers["X-Error-Code"] = code
    return Answer(status, headers, json.dumps({"error": message}).encode())
