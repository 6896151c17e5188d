"""Held-out evaluations over REST. Progress, cancel and delete are those of the job of the same id."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import PlainTextResponse, Response

from backend.evaluation.examples import as_csv, as_jsonl
from backend.evaluation.manager import EvaluationManager
from backend.evaluation.names import called
from backend.evaluation.schemas import Evaluation, EvaluationRequest, ExampleOrder, ExamplePage, Part

router = APIRouter(tags=["evaluations"])


def evaluation_manager(request: Request) -> EvaluationManager:
    manager: EvaluationManager = request.app.state.evaluations
    return manager


Manager = Annotated[EvaluationManager, Depends(evaluation_manager)]


@router.post("/evaluations", status_code=201)
async def start_evaluation(body: EvaluationRequest, manager: Manager) -> Evaluation:
    """Measures losses of base and adapters on held-out rows, as a job; it waits while a run trains."""
    return await manager.start(body)


@router.get("/evaluations")
def list_evaluations(manager: Manager) -> list[Evaluation]:
    """Waiting, running and ended ones, the newest first."""
    return manager.evaluations()


@router.get("/evaluations/{evaluation_id}")
async def get_evaluation(evaluation_id: str, manager: Manager) -> Evaluation:
    return manager.get(evaluation_id)


@router.get("/evaluations/{evaluation_id}/examples")
def list_evaluation_examples(
    evaluation_id: str,
    manager: Manager,
    part: Part = "data",
    sort: ExampleOrder = "difference",
    weights: Annotated[int | None, Query(ge=1, description="the adapter to sort by, counted from 1")] = None,
    offset: Annotated[int, Query(ge=0)] = 0,
    limit: Annotated[int, Query(ge=1, le=500)] = 20,
) -> ExamplePage:
    """Examples with their losses, by default those first that an adapter changes most."""
    return manager.page(evaluation_id, part, sort, weights, offset, limit)


@router.get("/evaluations/{evaluation_id}/examples.csv", response_class=PlainTextResponse)
def export_evaluation_csv(evaluation_id: str, manager: Manager) -> Response:
    names = [called(weights) for weights in manager.get(evaluation_id).weights]
    return _download(as_csv(manager.examples(evaluation_id), names), f"{evaluation_id}.csv", "text/csv")


@router.get("/evaluations/{evaluation_id}/examples.jsonl", response_class=PlainTextResponse)
def export_evaluation_jsonl(evaluation_id: str, manager: Manager) -> Response:
    return _download(as_jsonl(manager.examples(evaluation_id)), f"{evaluation_id}.jsonl", "application/jsonl")


def _download(text: str, name: str, media_type: str) -> Response:
    disposition = f'attachment; filename="{name}"'
    return Response(text, media_type=media_type, headers={"Content-Disposition": disposition})
