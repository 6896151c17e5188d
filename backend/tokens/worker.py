"""Asks the resident worker that reads tokens: what a row becomes, statistics of data, checks before a run.

Knows folders and files. Short questions are answered between the parts of long ones.
"""

from pathlib import Path

from backend.resident_worker import ResidentWorker, Result
from backend.tokens.messages import Measure, ReadWith, RunToCheck, ViewDraftRow, ViewRow
from backend.tokens.schemas import DataStatistics, RunCheck, TokenView


class TokenWorker:
    """One worker for everybody; it is started by the first question. Whoever goes away gives the question up."""

    def __init__(self, log: Path) -> None:
        self._worker = ResidentWorker("backend.workers.token_reader", log)

    async def view(self, asked: ViewRow) -> TokenView:
        return TokenView.model_validate(await self._ask("view", asked))

    async def view_draft(self, asked: ViewDraftRow) -> TokenView:
        return TokenView.model_validate(await self._ask("view_draft", asked))

    async def statistics(self, asked: Measure) -> DataStatistics:
        return DataStatistics.model_validate(await self._ask("statistics", asked))

    async def check_run(self, run: RunToCheck) -> RunCheck:
        """Reads every row as the run will. Raises AppError for what would make it fail or learn nothing."""
        return RunCheck.model_validate(await self._ask("check_run", run))

    async def warm_up(self) -> None:
        """Begin to start, so that the first question is answered sooner."""
        await self._worker.start()

    async def close(self) -> None:
        await self._worker.close()

    async def _ask(self, method: str, asked: ReadWith) -> dict[str, object]:
        async with self._worker.stream(method, asked.model_dump(mode="json")) as call:
            async for reply in call:
                if isinstance(reply, Result):
                    return reply.content
        raise AssertionError("a call ends with its result or an error")
