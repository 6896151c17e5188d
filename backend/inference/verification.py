"""Proves on demand which weights answer: against the base, against mlx_lm itself, and against what was recorded."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event
from typing import Any

from pydantic import BaseModel

from backend.adapters.folder import AdapterRecord, read_record
from backend.adapters.words import LISTED
from backend.errors import FieldError
from backend.inference.choosing import ChosenWeights
from backend.inference.messages import AdapterWeights, CompareWithStock, StockDifference, Verified, Verify
from backend.inference.questions import check_characters
from backend.inference.schemas import VerifyRequest, VerifyResponse
from backend.inference.stock_process import NotComparable, StockProcess, folder_for_stock
from backend.inference.verdict import Findings, notes_on, notes_on_record, verdict
from backend.models.digests import different_tensors, tensor_digests

TEXT = (
    "The lighthouse keeper wrote three things into her book each night: the wind, the ships that had passed, and one "
    "question. On 1 March it was: why do 7 of 12 gulls fly home before the rain? Her brother, who repaired clocks, "
    "said that machines keep promises."
)
"""What is compared where the request has no text of its own."""

CallWorker = Callable[[str, BaseModel], Awaitable[dict[str, Any]]]


class Verification:
    def __init__(self, stock: StockProcess) -> None:
        self._stock = stock

    async def verify(self, request: VerifyRequest, chosen: ChosenWeights, call: CallWorker) -> VerifyResponse:
        """`call` asks the inference worker. Raises AppError where the adapter cannot be used at all."""
        if request.text is not None:
            check_text(request.text)
        began = time.monotonic()
        weights = chosen.adapter
        assert weights is not None
        record = read_record(weights.file.parent)
        notes = notes_on_record(record)
        hashing = asyncio.create_task(_other_tensors(record, chosen.folder))
        try:
            with TemporaryDirectory(prefix="droid-verify-") as scratch:
                logits = Path(scratch) / "logits.safetensors"
                message = Verify(
                    model_folder=chosen.folder,
                    adapter=weights,
                    text=TEXT if request.text is None else request.text,
                    logits_file=logits if request.stock else None,
                )
                figures = Verified.model_validate(await call("verify", message))
                stock = None
                if request.stock:
                    try:
                        stock = await self._compare_with_stock(record, weights, chosen.folder, figures, logits, call)
                    except NotComparable as error:
                        notes.append(error.detail)
            other_tensors = await hashing
        finally:
            hashing.cancel()
        findings = Findings(
            name=record.name,
            figures=figures,
            stock=stock,
            other_tensors=other_tensors,
            base_tensors=len(record.provenance.base_tensors),
            scale=chosen.details.scale if record.lora.scale is None else record.lora.scale,
            trained_scale=record.provenance.scale,
        )
        return _response(findings, [*notes_on(figures), *notes], chosen, time.monotonic() - began)

    async def _compare_with_stock(
        self,
        record: AdapterRecord,
        weights: AdapterWeights,
        base: Path,
        figures: Verified,
        logits: Path,
        call: CallWorker,
    ) -> StockDifference:
        """Raises NotComparable where mlx_lm itself cannot compute it."""
        stock = logits.with_name("stock.safetensors")
        with folder_for_stock(record, weights) as folder:
            await self._stock.logits(base, folder, figures.token_ids, stock)
        message = CompareWithStock(logits_file=logits, stock_file=stock)
        return StockDifference.model_validate(await call("compare_with_stock", message))


def check_text(text: str) -> None:
    check_characters("text", text)
    if not text.strip():
        raise FieldError("text", "The text is empty; leave it out to have one of the program's own compared.")


async def _other_tensors(record: AdapterRecord, base: Path) -> list[str] | None:
    """The tensors of the base that are not as recorded; None where nothing is recorded."""
    if not record.provenance.base_tensors:
        return None
    given_up = Event()
    try:
        found = await asyncio.to_thread(tensor_digests, base, given_up)
    finally:
        given_up.set()
    return different_tensors(record.provenance.base_tensors, found)


def _response(findings: Findings, notes: list[str], chosen: ChosenWeights, seconds: float) -> VerifyResponse:
    figures, stock = findings.figures, findings.stock
    return VerifyResponse(
        live=findings.live,
        equals_stock=findings.equals_stock,
        equals_alone=findings.equals_alone,
        base_matches=findings.base_matches,
        scale_matches=findings.scale_matches,
        tokens=len(figures.token_ids),
        tolerance=findings.tolerance,
        max_difference_to_base=figures.max_difference,
        mean_difference_to_base=figures.mean_difference,
        max_difference_to_stock=None if stock is None else stock.max_difference,
        max_difference_to_alone=figures.batch_max_difference,
        changed_top_tokens=figures.changed_top_tokens,
        first_difference=figures.first_difference,
        batch_first_difference=figures.batch_first_difference,
        adapted_modules=figures.adapted,
        idle_modules=len(figures.idle),
        idle_names=figures.idle[:LISTED],
        other_tensors=(findings.other_tensors or [])[:LISTED],
        verdict=verdict(findings),
        notes=notes,
        adapter_details=chosen.details,
        seconds=seconds,
    )
