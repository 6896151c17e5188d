"""Shapes of blind votes, as the API gives and takes them and as their log keeps them."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, NonNegativeInt

from backend.inference.schemas import AdapterType, FinishReason, Message, Sampling, Step

MOST_CANDIDATES = 3
MOST_CHARACTERS = 500_000
MOST_TURNS = 500

Text = Annotated[str, Field(max_length=MOST_CHARACTERS)]
Prompt = Annotated[str, Field(min_length=1, max_length=MOST_CHARACTERS)]
Name = Annotated[str, Field(max_length=128)]
Hash = Annotated[str, Field(pattern=r"^[0-9a-f]{8,128}$")]
Outcome = Annotated[int, Field(strict=True, ge=0, lt=MOST_CANDIDATES)] | Literal["tie", "both_bad"]
Standing = Literal["no_votes", "even", "open", "better", "worse"]


class Weights(BaseModel):
    """Which weights: `content_hash` of the adapter's file, None for the base model itself.

    `scale` is the multiplier of a low-rank update; the same file with another scale is something else.
    """

    model_config = ConfigDict(extra="forbid")

    adapter_name: Name | None = None
    type: AdapterType
    step: Step | None = None
    content_hash: Hash | None = None
    scale: FiniteFloat | None = None


class Candidate(Weights):
    """One of the answers between which a vote chooses."""

    text: Text
    finish_reason: FinishReason


class NewVote(BaseModel):
    """A vote as it is cast. `history` are the turns before the prompt, without the system prompt.

    `order` says which candidate stood in each place, `outcome` which candidate was better: its index among the
    candidates, not its place.
    """

    model_config = ConfigDict(extra="forbid")

    model: Name
    base_fingerprint: Hash
    prompt: Prompt
    system_prompt: Text | None = None
    history: Annotated[list[Message], Field(max_length=MOST_TURNS)] = []
    sampling: Sampling
    candidates: Annotated[list[Candidate], Field(min_length=2, max_length=MOST_CANDIDATES)]
    order: Annotated[list[NonNegativeInt], Field(max_length=MOST_CANDIDATES)]
    outcome: Outcome


class Vote(NewVote):
    """A vote as it is kept. `time` is in seconds since 1970."""

    type: Literal["vote"] = "vote"
    id: str
    time: float


class Retraction(BaseModel):
    """Takes the vote with this id back."""

    type: Literal["retraction"] = "retraction"
    vote_id: str
    time: float


class Score(BaseModel):
    """How often one was better. A tie counts as a share of a win, and `decided` is the sum of wins, losses and
    ties; a vote that found every answer bad decides nothing.

    `rate` lies in the 95% interval from `low` to `high`; all three are None without a decided vote. `even_rate` is
    what it would be if there were no difference. `standing` says whether the interval of at least ten decided votes
    excludes that, and `more_votes` how many further ones would make it do so at the present rate: 0 where it does
    already, None where there are no votes, or exactly even ones, and no number can be told.
    """

    decided: int
    wins: int
    losses: int
    ties: int
    rate: float | None
    low: float | None
    high: float | None
    even_rate: float
    standing: Standing
    more_votes: int | None


class ContestantTally(Score):
    """One contestant over all its votes; `weights` are described as in the last of them.

    `id` tells weights apart by their content, so that an adapter trained again under the same name is another
    contestant. `both_bad` counts the votes that found every answer bad.
    """

    id: str
    weights: Weights
    both_bad: int
    last_vote_at: float


class PairTally(Score):
    """The contestant `first` against `second`, where one of the two won or both tied."""

    first: str
    second: str


class VoteTally(BaseModel):
    """What the votes on one base model say. The contestants with the most decided votes come first.

    `ties` counts the decided votes without a single winner: those cast as a tie, and those in which another contestant
    answered the winner's text. `both_bad` counts the votes that found every answer bad; they decide nothing.
    `preference_pairs` is how many pairs the votes give to train on, `pairs_left_out` how many have equal texts or an
    empty one. `unreadable_lines` are line numbers of the log that are no votes and count for nothing.
    """

    model: str
    votes: int
    ties: int
    both_bad: int
    contestants: list[ContestantTally]
    pairs: list[PairTally]
    preference_pairs: int
    pairs_left_out: int
    unreadable_lines: list[int]
