"""Votes as preference pairs: `prompt, chosen, rejected`, texts or lists of messages.

Both forms as TRL names them, standard and conversational: https://huggingface.co/docs/trl/dataset_formats#preference
"""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from backend.votes.schemas import Candidate, Vote


def pairs_of(vote: Vote) -> list[tuple[Candidate, Candidate]]:
    """The winner over each other one; ties and votes that found every answer bad give none."""
    if not isinstance(vote.outcome, int):
        return []
    winner = vote.candidates[vote.outcome]
    return [(winner, other) for other in vote.candidates if other is not winner]


def says_the_same(one: Candidate, other: Candidate) -> bool:
    """Word for word; whitespace at the ends is seen by nobody."""
    return one.text.strip() == other.text.strip()


def teaches(chosen: Candidate, rejected: Candidate) -> bool:
    """Whether one can be trained to say the one rather than the other: equal texts and empty ones teach nothing."""
    return not says_the_same(chosen, rejected) and bool(chosen.text.strip()) and bool(rejected.text.strip())


def count_pairs(votes: Iterable[Vote]) -> tuple[int, int]:
    """How many pairs there are to train on, and how many are left out."""
    taught = [teaches(*pair) for vote in votes for pair in pairs_of(vote)]
    return sum(taught), len(taught) - sum(taught)


def preference_lines(votes: list[Vote]) -> Iterator[str]:
    """One line of JSON a pair. All are conversations if any has a system prompt or earlier turns: one form a file."""
    conversational = any(vote.system_prompt or vote.history for vote in votes)
    for vote in votes:
        for chosen, rejected in pairs_of(vote):
            if teaches(chosen, rejected):
                row = _conversation(vote, chosen, rejected) if conversational else _texts(vote, chosen, rejected)
                yield json.dumps(row, ensure_ascii=False) + "\n"


def _texts(vote: Vote, chosen: Candidate, rejected: Candidate) -> dict[str, Any]:
    return {"prompt": vote.prompt, "chosen": chosen.text, "rejected": rejected.text}


def _conversation(vote: Vote, chosen: Candidate, rejected: Candidate) -> dict[str, Any]:
    system = [_message("system", vote.system_prompt)] if vote.system_prompt else []
    earlier = [_message(turn.role, turn.content) for turn in vote.history]
    return {
        "prompt": [*system, *earlier, _message("user", vote.prompt)],
        "chosen": [_message("assistant", chosen.text)],
        "rejected": [_message("assistant", rejected.text)],
    }


def _message(role: str, content: str) -> dict[str, str]:
    return {"role": role, "content": content}
