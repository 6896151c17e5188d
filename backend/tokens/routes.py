"""Token views and statistics of data over REST."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request

from backend.tokens.reader import TokenReader
from backend.tokens.schemas import DataStatistics, DraftRowRequest, RowRequest, StatisticsRequest, TokenView

router = APIRouter(tags=["tokens"])


def token_reader(request: Request) -> TokenReader:
    reader: TokenReader = request.app.state.tokens
    return reader


Reader = Annotated[TokenReader, Depends(token_reader)]


@router.post("/tokens/view")
async def view_tokens(asked: RowRequest, reader: Reader) -> TokenView:
    """A row of data token by token, as the model will see it."""
    return await reader.view(asked)


@router.post("/tokens/draft-view")
async def view_draft_tokens(asked: DraftRowRequest, reader: Reader) -> TokenView:
    """The same for a row that is in no data set yet."""
    return await reader.view_draft(asked)


@router.post("/tokens/statistics")
async def get_token_statistics(asked: StatisticsRequest, reader: Reader) -> DataStatistics:
    """Lengths of every split with the model's tokenizer, and what an epoch comes to. Large splits are sampled."""
    return await reader.statistics(asked)
