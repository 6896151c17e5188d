"""Blind votes over REST."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response

from backend.votes.library import VoteLibrary
from backend.votes.schemas import NewVote, Vote, VoteTally

router = APIRouter(tags=["votes"])


def vote_library(request: Request) -> VoteLibrary:
    library: VoteLibrary = request.app.state.votes
    return library


Library = Annotated[VoteLibrary, Depends(vote_library)]


@router.post("/votes", status_code=201)
def cast_vote(body: NewVote, library: Library) -> Vote:
    """Keeps one blind vote with its prompt and texts."""
    return library.cast(body)


@router.get("/votes")
def list_votes(
    model: str,
    library: Library,
    offset: Annotated[int, Query(ge=0)] = 0,
    limit: Annotated[int, Query(ge=1, le=500)] = 20,
) -> list[Vote]:
    """The votes on a base model, newest first."""
    return library.newest(model, offset, limit)


@router.get("/votes/tally")
def get_vote_tally(model: str, library: Library) -> VoteTally:
    """Win rates with 95% intervals, and how many more votes would settle each."""
    return library.tally(model)


@router.get(
    "/votes/preferences",
    response_class=Response,
    responses={200: {"content": {"application/jsonl": {"schema": {"type": "string"}}}}},
)
def download_preferences(model: str, library: Library, winner: str | None = None) -> Response:
    """The votes as preference pairs to train on: JSON lines of prompt, chosen and rejected.

    `winner` is an adapter's name, base, or a contestant's id, and takes only what that one won.
    """
    return Response(
        library.preferences(model, winner),
        media_type="application/jsonl",
        headers={"Content-Disposition": f'attachment; filename="{model}-preferences.jsonl"'},
    )


@router.delete("/votes/{vote_id}", status_code=204)
def retract_vote(vote_id: str, library: Library) -> None:
    """Takes a vote back: it counts no more, and its log says so."""
    library.retract(vote_id)
