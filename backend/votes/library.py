"""The votes on disk: artifacts/votes/<base model>.jsonl, an append-only log of votes and retractions."""

import secrets
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import Field, TypeAdapter, ValidationError
from pydantic_core import PydanticSerializationError

from backend import jsonl
from backend.errors import AppError, FieldError, NotFound
from backend.models.library import ModelLibrary, ModelNotFound
from backend.names import is_name
from backend.settings import Settings
from backend.votes.preferences import preference_lines
from backend.votes.schemas import NewVote, Retraction, Vote, VoteTally
from backend.votes.tally import contestant_id, tally_votes

MOST_BYTES = 16_000_000
"""Of one vote's line."""

_log_line: TypeAdapter[Vote | Retraction] = TypeAdapter(Annotated[Vote | Retraction, Field(discriminator="type")])


class VoteNotFound(NotFound):
    code = "vote_not_found"


class VoteTooLarge(AppError):
    status_code = 413
    code = "vote_too_large"


class ContestantNotFound(FieldError):
    code = "contestant_not_found"


@dataclass(frozen=True)
class _Log:
    """The votes that count, oldest first, and the numbers of the lines that could not be read."""

    votes: list[Vote]
    unreadable_lines: list[int]


class VoteLibrary:
    def __init__(self, settings: Settings, models: ModelLibrary) -> None:
        self._root = settings.artifacts / "votes"
        self._models = models

    def cast(self, new: NewVote) -> Vote:
        """Keeps a vote. Raises FieldError where it contradicts itself, ModelNotFound, VoteTooLarge, OSError."""
        if not is_name(new.model):
            raise self._unknown(new.model)
        self._models.resolve(new.model, "model", missing_status=404)
        vote = Vote(**new.model_dump(), id=secrets.token_hex(8), time=time.time())
        _check(vote)
        line = _line(vote)
        if len(line.encode()) > MOST_BYTES:
            raise VoteTooLarge(
                f"The texts of this vote are {len(line.encode()):,} bytes; at most {MOST_BYTES:,} are kept."
            )
        self._root.mkdir(parents=True, exist_ok=True)
        jsonl.append(self._file(vote.model), lambda _: line)
        return vote

    def newest(self, model: str, offset: int, limit: int) -> list[Vote]:
        """The votes on a base model, newest first."""
        return self._read(model).votes[::-1][offset : offset + limit]

    def retract(self, vote_id: str) -> None:
        """Takes a vote back. Raises VoteNotFound also where that was done before."""
        file = next((file for file in self._files() if _holds(file, vote_id)), None)
        if file is None:
            raise VoteNotFound(f"There is no vote '{vote_id}'; it may have been taken back already.")
        retraction = Retraction(vote_id=vote_id, time=time.time())
        jsonl.append(file, lambda _: retraction.model_dump_json())

    def tally(self, model: str) -> VoteTally:
        log = self._read(model)
        return tally_votes(model, log.votes, log.unreadable_lines)

    def preferences(self, model: str, winner: str | None) -> str:
        """JSON lines to train on; `winner` (a contestant's id, an adapter's name, or base) takes only its wins."""
        votes = self._read(model).votes
        if winner is not None:
            wanted = [vote for vote in votes if _takes_part(vote, winner)]
            if not wanted:
                raise ContestantNotFound(
                    "winner",
                    f"No vote on '{model}' has a contestant '{winner}': give base, an adapter's name, or an id from "
                    "the tally.",
                    status_code=404,
                )
            votes = [vote for vote in wanted if _was_won_by(vote, winner)]
        return "".join(preference_lines(votes))

    def _read(self, model: str) -> _Log:
        """Raises ModelNotFound for a model that is not there and has no votes: those of a deleted one stay."""
        if not is_name(model):
            raise self._unknown(model)
        file = self._file(model)
        if not file.exists():
            self._models.resolve(model, "model", missing_status=404)
            return _Log([], [])
        return _read(file)

    def _file(self, model: str) -> Path:
        return self._root / f"{model}.jsonl"

    def _files(self) -> list[Path]:
        return sorted(self._root.glob("*.jsonl"))

    def _unknown(self, model: str) -> ModelNotFound:
        return ModelNotFound("model", f"There is no model '{model}' in the library.", status_code=404)


def _read(file: Path) -> _Log:
    votes: dict[str, Vote] = {}
    unreadable = []
    for number, line in enumerate(jsonl.read(file)[0], start=1):
        try:
            entry = _log_line.validate_json(line)
        except ValidationError:
            unreadable.append(number)
            continue
        if isinstance(entry, Retraction):
            votes.pop(entry.vote_id, None)
        else:
            votes[entry.id] = entry
    return _Log(list(votes.values()), unreadable)


def _holds(file: Path, vote_id: str) -> bool:
    return vote_id.encode(errors="replace") in file.read_bytes() and any(
        vote.id == vote_id for vote in _read(file).votes
    )


def _check(vote: Vote) -> None:
    number = len(vote.candidates)
    if sorted(vote.order) != list(range(number)):
        raise FieldError("order", f"order must name each candidate once: the numbers 0 to {number - 1} in some order.")
    if isinstance(vote.outcome, int) and vote.outcome >= number:
        raise FieldError("outcome", f"There is no candidate {vote.outcome}: there are {number}, counted from 0.")
    for index, candidate in enumerate(vote.candidates):
        if (candidate.adapter_name is None) != (candidate.content_hash is None):
            raise FieldError(
                f"candidates.{index}.content_hash",
                "An adapter is told by its name and its content_hash; the base model has neither.",
            )
        if candidate.adapter_name is not None and not is_name(candidate.adapter_name):
            raise FieldError(
                f"candidates.{index}.adapter_name", f"'{candidate.adapter_name}' is no name of an adapter."
            )
    if len({contestant_id(vote, candidate) for candidate in vote.candidates}) < number:
        raise FieldError("candidates", "Two of the candidates are the same weights; there is nothing to choose.")


def _line(vote: Vote) -> str:
    try:
        return vote.model_dump_json()
    except PydanticSerializationError as error:
        raise AppError(
            "A text of this vote holds half a character (a lone surrogate), so it is no valid Unicode."
        ) from error


def _takes_part(vote: Vote, contestant: str) -> bool:
    return any(_is(vote, index, contestant) for index in range(len(vote.candidates)))


def _was_won_by(vote: Vote, contestant: str) -> bool:
    return isinstance(vote.outcome, int) and _is(vote, vote.outcome, contestant)


def _is(vote: Vote, index: int, contestant: str) -> bool:
    candidate = vote.candidates[index]
    return contestant in (candidate.adapter_name or "base", contestant_id(vote, candidate))
