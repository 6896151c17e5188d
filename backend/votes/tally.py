"""Counts votes: each contestant over its rounds, and each two against one another.

A round of three in which A won says that A is better than B and than C, and nothing of B against C; for A it is one
win, for B and C one loss each. Who answered the winner's text word for word, whitespace at the ends aside, was as good
whichever of them was pressed: they share the win, as the contestants of a tie do, and against one another they tie.
Every vote is one observation a contestant, between 0 and 1, and at most one a pair, so
that the observations behind an interval are independent. Without any difference a contestant of k wins one round in k.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from itertools import combinations

from backend.votes.preferences import count_pairs, says_the_same
from backend.votes.schemas import ContestantTally, PairTally, Score, Vote, VoteTally, Weights
from backend.votes.statistics import more_votes, standing, wilson_interval


def contestant_id(vote: Vote, weights: Weights) -> str:
    """The same for the same weights under any name: the content of the file and its multiplier, or the base."""
    if weights.content_hash is None:
        return vote.base_fingerprint
    return weights.content_hash if weights.scale is None else f"{weights.content_hash}-x{weights.scale!r}"


@dataclass
class _Count:
    """`even` sums the shares that no difference would give, `total` those that were given."""

    wins: int = 0
    losses: int = 0
    ties: int = 0
    total: float = 0.0
    even: float = 0.0

    def add(self, share: float, of: int) -> None:
        """One decided vote among `of`: `share` is 1 for a win, 0 for a loss, and between them for a shared win."""
        self.wins += share == 1
        self.losses += share == 0
        self.ties += 0 < share < 1
        self.total += share
        self.even += 1 / of

    def score(self) -> Score:
        number = self.wins + self.losses + self.ties
        rate = self.total / number if number else None
        even_rate = self.even / number if number else 0.5
        low, high = (None, None) if rate is None else wilson_interval(rate, number)
        return Score(
            decided=number,
            wins=self.wins,
            losses=self.losses,
            ties=self.ties,
            rate=rate,
            low=low,
            high=high,
            even_rate=even_rate,
            standing=standing(rate or 0.0, number, even_rate),
            more_votes=None if rate is None else more_votes(rate, number, even_rate),
        )


@dataclass
class _Contestant:
    weights: Weights
    last_vote_at: float
    both_bad: int = 0
    count: _Count = field(default_factory=_Count)


def tally_votes(model: str, votes: list[Vote], unreadable_lines: list[int]) -> VoteTally:
    """`votes` in the order in which they were cast."""
    contestants: dict[str, _Contestant] = {}
    pairs: dict[tuple[str, str], _Count] = defaultdict(_Count)
    for vote in votes:
        ids = [contestant_id(vote, candidate) for candidate in vote.candidates]
        best = _best(vote)
        for index, (key, candidate) in enumerate(zip(ids, vote.candidates, strict=True)):
            seen = contestants.setdefault(key, _Contestant(candidate, vote.time))
            seen.weights, seen.last_vote_at = candidate, vote.time
            if vote.outcome == "both_bad":
                seen.both_bad += 1
            else:
                seen.count.add(_share(best, index), len(ids))
        for first, second in combinations(range(len(ids)), 2):
            _add_pair(pairs, (ids[first], ids[second]), best & {first, second}, (first, second))
    kept, left_out = count_pairs(votes)
    return VoteTally(
        model=model,
        votes=len(votes),
        ties=sum(len(_best(vote)) > 1 for vote in votes),
        both_bad=sum(vote.outcome == "both_bad" for vote in votes),
        contestants=_ranked(contestants),
        pairs=[
            PairTally(first=first, second=second, **count.score().model_dump())
            for (first, second), count in pairs.items()
        ],
        preference_pairs=kept,
        pairs_left_out=left_out,
        unreadable_lines=unreadable_lines,
    )


def _best(vote: Vote) -> set[int]:
    """Which candidates were best: the winner and who answered the same, all of a tie, none where all were bad."""
    if vote.outcome == "both_bad":
        return set()
    everyone = set(range(len(vote.candidates)))
    if vote.outcome == "tie":
        return everyone
    winner = vote.candidates[vote.outcome]
    return {index for index in everyone if says_the_same(vote.candidates[index], winner)}


def _share(best: set[int], index: int) -> float:
    return 1 / len(best) if index in best else 0.0


def _add_pair(
    pairs: dict[tuple[str, str], _Count], ids: tuple[str, str], best: set[int], indices: tuple[int, int]
) -> None:
    """`best` are those of the two that were best of the round. A pair keeps the direction in which it was met first."""
    if not best:
        return
    turned = ids[::-1] in pairs
    pairs[ids[::-1] if turned else ids].add(_share(best, indices[1 if turned else 0]), 2)


def _ranked(contestants: dict[str, _Contestant]) -> list[ContestantTally]:
    tallies = [
        ContestantTally(
            id=key,
            weights=Weights(**one.weights.model_dump(include=set(Weights.model_fields))),
            both_bad=one.both_bad,
            last_vote_at=one.last_vote_at,
            **one.count.score().model_dump(),
        )
        for key, one in contestants.items()
    ]
    return sorted(tallies, key=lambda tally: -tally.decided)
