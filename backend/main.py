"""The web process: builds the long-lived objects, mounts the features, serves the pages. Never imports MLX."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.responses import FileResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException
from starlette.types import Scope

from backend import health
from backend.adapters.library import AdapterLibrary
from backend.adapters.routes import router as adapters_router
from backend.datasets.library import DatasetLibrary
from backend.datasets.routes import router as datasets_router
from backend.evaluation import manager as evaluation
from backend.evaluation.routes import router as evaluation_router
from backend.evaluation.samples import find_sample
from backend.inference.manager import InferenceManager
from backend.inference.openai.app import openai_app
from backend.inference.residency import FOR_MEASURING, FOR_TRAINING
from backend.inference.routes import router as inference_router
from backend.jobs.manager import JobManager
from backend.jobs.routes import router as jobs_router
from backend.models.conversion import manager as conversion
from backend.models.conversion.routes import router as conversion_router
from backend.models.hub.downloads import Downloads
from backend.models.hub.routes import router as hub_router
from backend.models.inspector import Inspector
from backend.models.library import ModelLibrary
from backend.models.routes import router as models_router
from backend.problems import answer_problems
from backend.security import Guard
from backend.settings import REPOSITORY, VERSION, Settings, release_home
from backend.training.config import TrainingConfig
from backend.training.manager import TrainingManager
from backend.training.preflight.measuring import Preflight
from backend.training.preflight.routes import router as preflight_router
from backend.training.routes import router as training_router
from backend.votes.library import VoteLibrary
from backend.votes.routes import router as votes_router

__all__ = ["TrainingConfig", "TrainingManager", "create_app"]

CONTENT_POLICY = (
    "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; base-uri 'self'; "
    "connect-src 'self' ws://localhost:* ws://127.0.0.1:*; frame-ancestors 'none'"
)
PAGES = REPOSITORY / "frontend" / "dist"


def create_app(settings: Settings | None = None) -> FastAPI:
    settings = settings or Settings()
    models = ModelLibrary(settings)
    datasets = DatasetLibrary(settings)
    inspector = Inspector(settings.logs / "inspector.log")
    adapters = AdapterLibrary(settings)
    inference = InferenceManager(settings, models, inspector, adapters)

    jobs = JobManager(settings)

    def models_in_use() -> dict[Path, str]:
        """By sessions, by the model that answers, and by jobs that name it in their settings."""
        jobs_with = [(job, job.settings.get("model_folder")) for job in jobs.under_way()]
        by_jobs = {Path(folder): f"{job.title} ({job.kind}) needs it" for job, folder in jobs_with if folder}
        return by_jobs | inference.models_in_use() | training.models_in_use()

    models.in_use = models_in_use

    async def make_room() -> None:
        await preflight.cancel()
        await jobs.step_aside(evaluation.KIND, evaluation.BEHIND_TRAINING)
        await jobs.step_aside(conversion.KIND, evaluation.BEHIND_TRAINING)
        await inference.unload(FOR_TRAINING)

    training = TrainingManager(settings, models, datasets, adapters, inspector, make_room)
    preflight = Preflight(
        training.planner,
        lambda: training.current_session_id is not None,
        partial(inference.unload, FOR_MEASURING),
    )

    def in_the_way() -> str | None:
        if (status := training.status()).running or status.queue:
            return evaluation.BEHIND_TRAINING
        return evaluation.BEHIND_MEASURING if preflight.measuring else None

    evaluations = evaluation.EvaluationManager(jobs, datasets, inference.choose, inference.unload, in_the_way)
    sample = partial(find_sample, datasets)
    conversions = conversion.ConversionManager(settings, jobs, models, inspector, sample, inference.unload, in_the_way)

    downloads = Downloads(settings, models, jobs)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        training.start()
        jobs.start()
        bring_starter(settings)
        models.sweep()
        downloads.sweep()
        await inspector.warm_up()
        try:
            yield
        finally:
            closing = (preflight.cancel(), training.close(), inference.close(), jobs.close())
            await asyncio.gather(*closing, return_exceptions=True)
            release_home(settings)

    app = FastAPI(
        title="Droid FineTuning",
        version=VERSION,
        lifespan=lifespan,
        docs_url=None,  # its page would fetch scripts from elsewhere
        redoc_url=None,
        generate_unique_id_function=lambda route: route.name,
    )
    app.state.settings = settings
    app.state.models, app.state.datasets, app.state.inspector = models, datasets, inspector
    app.state.adapters, app.state.inference = adapters, inference
    app.state.training, app.state.preflight = training, preflight
    app.state.jobs, app.state.evaluations, app.state.conversions = jobs, evaluations, conversions
    app.state.downloads = downloads
    app.state.votes = VoteLibrary(settings, models)
    app.add_middleware(Guard, settings=settings)
    openai = openai_app()
    openai.state = app.state
    answer_problems(app)
    answer_problems(openai)
    routers = (
        health.router,
        models_router,
        conversion_router,
        hub_router,
        datasets_router,
        adapters_router,
        inference_router,
        training_router,
        preflight_router,
        jobs_router,
        evaluation_router,
        votes_router,
    )
    for router in routers:
        app.include_router(router, prefix="/api")
    app.include_router(inference_router, include_in_schema=False)
    app.mount("/v1", openai)
    app.mount("/", Pages(directory=PAGES, check_dir=False))
    return app


def bring_starter(settings: Settings) -> None:
    """A new home gets the starter model and data, so that there is something to press Start on."""
    for library, name in ((settings.base_models, "droid-starter"), (settings.datasets, "starter")):
        source = REPOSITORY / "artifacts" / library.name / name
        if library.exists() or not source.exists():
            continue
        making = library.with_name(f".making-{library.name}")
        shutil.rmtree(making, ignore_errors=True)
        shutil.copytree(source, making / name)
        making.rename(library)


class Pages(StaticFiles):
    """The built interface; every address that is no file is a page of it."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        try:
            return _guarded(await super().get_response(path, scope))
        except HTTPException as error:
            index = PAGES / "index.html"
            if error.status_code != 404 or scope["path"].startswith("/api/"):
                raise
            if not index.is_file():
                raise HTTPException(503, "The pages are not built yet; run scripts/setup.") from error
            return _guarded(FileResponse(index))


def _guarded(response: Response) -> Response:
    """Pages load nothing from elsewhere, whatever an answer or a log that they show contains."""
    response.headers["Content-Security-Policy"] = CONTENT_POLICY
    return response


def __getattr__(name: str) -> Any:
    """`backend.main:app` is built when it is asked for: importing this module reads no settings."""
    if name != "app":
        raise AttributeError(f"module {__name__} has no attribute {name}")
    return globals().setdefault("app", create_app())
