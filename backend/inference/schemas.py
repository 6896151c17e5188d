"""Shapes of inference, as the API gives and takes them."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, TypeAdapter, field_validator
from typing_extensions import TypeAliasType

from backend.lora.methods import Method

AdapterType = Literal["best", "latest", "checkpoint", "none"]
FinishReason = Literal["stop", "length", "cancelled"]
Step = Annotated[int, Field(ge=0, le=10**9, description="the iteration of a numbered checkpoint")]
AdapterFile = Literal["best", "latest"] | Step
MOST_COLUMNS = 8

LONGEST_ANSWER = 32768
MaxTokens = Annotated[int, Field(ge=1, le=LONGEST_ANSWER)]
Temperature = Annotated[float, Field(ge=0, le=5)]
TopP = Annotated[float, Field(gt=0, le=1)]
MinP = Annotated[float, Field(ge=0, le=1)]
TopK = Annotated[int, Field(ge=0)]


class Message(BaseModel):
    """One turn of a conversation."""

    model_config = ConfigDict(extra="forbid")

    role: Literal["system", "user", "assistant"]
    content: str


class Sampling(BaseModel):
    """How tokens are chosen. A temperature of 0 takes the likeliest each time.

    The same `seed` gives the same text again, whatever else is answered meanwhile.
    """

    max_tokens: MaxTokens = 100
    temperature: Temperature = 0.7
    top_p: TopP = 0.9
    min_p: MinP = 0.05
    top_k: TopK = 40
    repetition_penalty: Annotated[
        float, Field(ge=0.01, le=10, description="1 is none; above 1 repeats what was said less")
    ] = 1.0
    seed: Annotated[int | None, Field(ge=0, le=2**53)] = None
    stop: Annotated[list[Annotated[str, Field(min_length=1, max_length=200)]], Field(max_length=8)] = []
    chat_template_kwargs: Annotated[
        dict[str, bool | int | float | str], Field(description="for the chat template, such as enable_thinking")
    ] = {}


class InferenceRequest(Sampling):
    """`adapter_name` None asks the base model; `adapter_file` None takes the best weights, else the latest.

    `history` are the turns before the prompt, without the system prompt.
    """

    model_config = ConfigDict(extra="forbid", protected_namespaces=())

    prompt: str = ""
    model_name: str = ""
    adapter_name: str | None = None
    adapter_file: AdapterFile | None = None
    adapter_scale: Annotated[
        FiniteFloat | None, Field(description="multiplier of the update, for a folder without adapter_config.json")
    ] = None
    system_prompt: str | None = None
    history: list[Message] = []

    @field_validator("prompt", "model_name", mode="before")
    @classmethod
    def nothing_is_empty(cls, value: Any) -> Any:
        """What is null is as good as missing, and is refused in the same words."""
        return "" if value is None else value


class AdapterDetails(BaseModel):
    """`num_layers` is as recorded, -1 meaning all; `expected_layers` is how many the base model has.

    `method` is how the adapter was trained, None for the base itself. Whole weights (full) have no rank, scale or keys.
    `step` is that of a numbered checkpoint. `base_fingerprint` and `content_hash` (SHA-256 of the weights' file)
    say which weights answered.
    """

    model_config = ConfigDict(protected_namespaces=())

    name: str | None
    type: AdapterType
    step: int | None
    base_fingerprint: str
    content_hash: str | None
    warnings: list[str]
    method: Method | None
    model_recorded: str | None
    num_layers: int | None
    expected_layers: int
    rank: int | None
    alpha: float | None
    scale: float | None
    dropout: float | None
    keys: list[str] | None
    rank_pattern: dict[str, int]
    alpha_pattern: dict[str, float]
    chat_template_used: bool


class InferenceResponse(BaseModel):
    """`thinking` is what a reasoning model wrote before its answer; `notes` say what was out of the ordinary.

    `tokens_per_second` counts from the first token on, and is null where no second one came.
    """

    response: str
    thinking: str
    adapter_details: AdapterDetails
    prompt_tokens: int
    cached_tokens: int
    generated_tokens: int
    first_token_seconds: float | None
    seconds: float
    tokens_per_second: float | None
    finish_reason: FinishReason
    notes: list[str]


class Column(BaseModel):
    """One of the weights that answer side by side, and what was said in its column before."""

    model_config = ConfigDict(extra="forbid", protected_namespaces=())

    adapter_name: str | None = None
    adapter_file: AdapterFile | None = None
    adapter_scale: FiniteFloat | None = None
    history: list[Message] = []


class CompareRequest(Sampling):
    """One prompt for several columns on one base model, all in one batch."""

    model_config = ConfigDict(extra="forbid", protected_namespaces=())

    model_name: str
    prompt: str
    system_prompt: str | None = None
    columns: Annotated[list[Column], Field(min_length=1, max_length=MOST_COLUMNS)]


class ColumnStarted(BaseModel):
    """The column's row is in the batch. `answer_id` is for cancelling it alone."""

    type: Literal["started"] = "started"
    column: int
    answer_id: str
    prompt_tokens: int
    cached_tokens: int
    adapter_details: AdapterDetails
    notes: list[str]


class ColumnText(BaseModel):
    """The next piece of the answer, or of the thinking before it."""

    type: Literal["text"] = "text"
    column: int
    text: str
    thinking: str


class ColumnFinished(BaseModel):
    """The column's whole answer."""

    type: Literal["finished"] = "finished"
    column: int
    answer: InferenceResponse


class ColumnFailed(BaseModel):
    """This column cannot answer; the others go on."""

    type: Literal["failed"] = "failed"
    column: int
    detail: str
    code: str


ColumnEvent = TypeAliasType(
    "ColumnEvent",
    Annotated[ColumnStarted | ColumnText | ColumnFinished | ColumnFailed, Field(discriminator="type")],
)
column_events: TypeAdapter[ColumnEvent] = TypeAdapter(ColumnEvent)


class InferenceStatus(BaseModel):
    """Which base model is in memory. `state` is unloaded, loading, answering or idle.

    `memory_bytes` is what the worker holds, `unloads_at` when it gives it back if nobody asks (seconds since 1970).
    `last_unload` says in words why the model went last.
    """

    model_config = ConfigDict(protected_namespaces=())

    state: Literal["unloaded", "loading", "answering", "idle"]
    model_name: str | None
    memory_bytes: int | None
    rows: int
    waiting: int
    adapters: int
    unloads_at: float | None
    last_unload: str | None


class VerifyRequest(BaseModel):
    """Prove that an adapter is live. `text` None takes a text of the program's own."""

    model_config = ConfigDict(extra="forbid", protected_namespaces=())

    model_name: str
    adapter_name: str
    adapter_file: AdapterFile | None = None
    adapter_scale: FiniteFloat | None = None
    text: Annotated[str | None, Field(max_length=20_000)] = None
    stock: Annotated[bool, Field(description="also load the folder with mlx_lm itself, in a process of its own")] = True


class FirstDifference(BaseModel):
    """Where two greedy texts part, `position` tokens after their beginning.

    `margin` is how much more logit the adapter gives its own token there than the other's: near zero it is a tie that
    rounding decides.
    """

    position: int
    adapter_token: str
    other_token: str
    margin: float


class VerifyResponse(BaseModel):
    """`verdict` sums it up. All differences are of logits, over the `tokens` of a text and of its greedy continuation.

    `live`: the adapter changes what the base computes. `max_difference_to_base` of 0 means that it does nothing; it
    is compared alone. `first_difference` is where its greedy text parts from the base's, None where they are the same.

    `equals_stock`: mlx_lm's own loading of the folder, in a process of its own, computes the same within `tolerance`;
    None where that was not asked for or not possible, which `notes` then say.

    `equals_alone`: in a batch shared with the base it computes the same as alone, and the base the same as without it;
    None where it always answers alone. `batch_first_difference` is where the greedy texts of both part.

    `base_matches`: every tensor of the base is, bit for bit, the one that the adapter was trained on (`other_tensors`
    are not); `scale_matches`: its multiplier is the one it was trained with. None where neither was recorded.

    Of the `adapted_modules` (tensors, with whole weights) the `idle_modules` change nothing: their B is zero.
    """

    live: bool
    equals_stock: bool | None
    equals_alone: bool | None
    base_matches: bool | None
    scale_matches: bool | None
    tokens: int
    tolerance: float
    max_difference_to_base: float
    mean_difference_to_base: float
    max_difference_to_stock: float | None
    max_difference_to_alone: float | None
    changed_top_tokens: int
    first_difference: FirstDifference | None
    batch_first_difference: FirstDifference | None
    adapted_modules: int
    idle_modules: int
    idle_names: list[str]
    other_tensors: list[str]
    verdict: str
    notes: list[str]
    adapter_details: AdapterDetails
    seconds: float
