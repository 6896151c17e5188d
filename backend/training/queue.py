"""The sessions that wait, in their order, which sessions/queue.json keeps over a restart. Knows ids, not sessions."""

import json
import logging
from collections.abc import Iterator, Sequence
from pathlib import Path

from backend.errors import Conflict
from backend.json_files import UnreadableJson, read_json
from backend.whole_files import write_text_whole

logger = logging.getLogger(__name__)

FILE = "queue.json"


class QueueChanged(Conflict):
    code = "queue_changed"


class RunQueue:
    def __init__(self, sessions: Path) -> None:
        self._file = sessions / FILE
        self._ids: list[str] = []
        self._taken: list[str] = []

    def load(self, waiting: Sequence[str]) -> None:
        """Take up `waiting` in the order that was kept; what that does not name comes behind, as it is given."""
        kept = [each for each in self._kept() if each in waiting]
        self._ids = [*kept, *(each for each in waiting if each not in kept)]

    def take(self) -> str:
        """The next one. On the disk it keeps its place until the one after is taken, should the server end now."""
        self._taken = [self._ids.pop(0)]
        return self._taken[0]

    def add(self, session_id: str) -> None:
        self._ids.append(session_id)
        self._keep()

    def add_first(self, session_id: str) -> None:
        self._ids.insert(0, session_id)
        self._keep()

    def remove(self, session_id: str) -> None:
        if session_id in self._ids:
            self._ids.remove(session_id)
            self._keep()

    def reorder(self, session_ids: Sequence[str]) -> None:
        """Raises QueueChanged unless exactly the waiting sessions are named, each once."""
        if sorted(session_ids) != sorted(self._ids):
            raise QueueChanged(
                f"A new order names every waiting session once. Waiting are: {', '.join(self._ids) or 'none'}."
            )
        self._ids = list(session_ids)
        self._keep()

    def position(self, session_id: str) -> int | None:
        """1 is next; None for what does not wait."""
        return self._ids.index(session_id) + 1 if session_id in self._ids else None

    def __contains__(self, session_id: object) -> bool:
        return session_id in self._ids

    def __iter__(self) -> Iterator[str]:
        return iter(self._ids)

    def __len__(self) -> int:
        return len(self._ids)

    def _kept(self) -> list[str]:
        if not self._file.exists():
            return []
        try:
            kept = read_json(self._file)
        except UnreadableJson as error:
            logger.warning("%s is %s: waiting runs go by age.", self._file, error)
            return []
        if not isinstance(kept, list):
            logger.warning("%s holds no list: waiting runs go by age.", self._file)
            return []
        return list(dict.fromkeys(each for each in kept if isinstance(each, str)))

    def _keep(self) -> None:
        """The sessions themselves are safe in their folders: where this cannot be written, only the order is lost."""
        try:
            write_text_whole(self._file, json.dumps([*self._taken, *self._ids], indent=1) + "\n")
        except OSError as error:
            logger.warning("The order of the queue could not be kept in %s: %s", self._file, error)
