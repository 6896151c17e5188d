"""The OpenAI shape: base models and adapters for clients of OpenAI's API, mounted at /v1.

An application of its own, so that what it does not have is a 404 or 405 of its own. Its errors have OpenAI's form.
"""

from collections.abc import AsyncGenerator

from fastapi import APIRouter, FastAPI, Request

from backend.adapters.library import AdapterLibrary
from backend.inference.choosing import ChosenWeights
from backend.inference.manager import InferenceManager
from backend.inference.openai.answers import ChatCompletion, Completion
from backend.inference.openai.batch import Said, batch, whole_answers
from backend.inference.openai.fields import CHAT, WEIGHTS, fields_as
from backend.inference.openai.model_names import ListedModel, ModelList, listed, listed_model, parse
from backend.inference.openai.requests import AnswerRequest, ChatRequest, CompletionRequest
from backend.inference.openai.stream import event_lines
from backend.inference.openai.voices import ChatVoice, Chunk, TextVoice, Voice, Whole, heading
from backend.inference.routes import Manager, while_connected
from backend.inference.streaming import EventStream
from backend.models.library import ModelLibrary
from backend.settings import VERSION

router = APIRouter()


def openai_app() -> FastAPI:
    """Expects `inference`, `models`, `adapters` and `settings` in its state, as the studio's own application has."""
    app = FastAPI(title="Droid FineTuning in the OpenAI shape", version=VERSION, docs_url=None, redoc_url=None)
    app.include_router(router)
    return app


@router.get("/models")
def list_models(request: Request) -> ModelList:
    """Base models, each followed by the adapters on it as `base:adapter`."""
    models: ModelLibrary = request.app.state.models
    adapters: AdapterLibrary = request.app.state.adapters
    return listed(models, adapters)


@router.get("/models/{name:path}")
async def get_model(name: str, manager: Manager, request: Request) -> ListedModel:
    """One model, if it can be asked; `base:adapter@STEP` too."""
    adapters: AdapterLibrary = request.app.state.adapters
    return listed_model(name, await choose(manager, name), adapters)


@router.post(
    "/chat/completions", response_model=ChatCompletion, responses={200: {"content": {"text/event-stream": {}}}}
)
async def create_chat_completion(body: ChatRequest, manager: Manager, request: Request) -> ChatCompletion | EventStream:
    """The next turn of a conversation; with `stream` in pieces, as server-sent events."""
    chosen = await choose(manager, body.model, body.adapter_scale)
    voice = ChatVoice(heading("chatcmpl", body.model, chosen.details), body.n)
    return await answer(request, batch(manager, chosen, body.questions(), CHAT), voice, body)


@router.post("/completions", response_model=Completion, responses={200: {"content": {"text/event-stream": {}}}})
async def create_completion(body: CompletionRequest, manager: Manager, request: Request) -> Completion | EventStream:
    """Texts that are continued as they stand; with `stream` in pieces, as server-sent events."""
    chosen = await choose(manager, body.model, body.adapter_scale)
    voice = TextVoice(heading("cmpl", body.model, chosen.details), body.n, body.prompt if body.echo else None)
    return await answer(request, batch(manager, chosen, body.questions(), WEIGHTS), voice, body)


async def choose(manager: InferenceManager, model: str, adapter_scale: float | None = None) -> ChosenWeights:
    with fields_as(WEIGHTS, otherwise="model"):
        return await manager.choose(*parse(model), adapter_scale)


async def answer(
    request: Request, said: AsyncGenerator[Said], voice: Voice[Whole, Chunk], body: AnswerRequest
) -> Whole | EventStream:
    """Whole, or in pieces once there is something to say. The client's hanging up frees the rows."""
    if not body.stream:
        return voice.whole(await while_connected(request, whole_answers(said)))
    lines = event_lines(said, voice, body.stream_options.include_usage)
    await while_connected(request, anext(lines))
    return EventStream(lines)
