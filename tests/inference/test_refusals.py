"""What the unified inference call refuses, and in which words."""

import json
from typing import Any

import mlx.core as mx
import pytest

from backend.lora.methods import Method
from tests.inference.conftest import TINY, Studio
from tests.tiny_adapters import read_weights
from tests.tiny_models import CHATML, make_model

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.xdist_group("inference refusals")]

NO_SYSTEM = "{% if messages[0]['role'] == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}"


def has(answer: tuple[int, str], status: int, *parts: str) -> None:
    assert answer[0] == status, answer
    for part in parts:
        assert part in answer[1], answer


@pytest.mark.parametrize("body", [{}, {"prompt": ""}, {"prompt": None}, {"prompt": " \n\t"}])
async def test_an_empty_prompt_is_a_400(body: dict[str, Any], studio: Studio) -> None:
    answer = await studio.post({"model_name": "tiny", **body})
    assert (answer.status_code, answer.json()) == (
        400,
        {
            "detail": "The prompt is empty; write what the model is to answer.",
            "code": "empty_prompt",
            "fields": [{"field": "prompt", "message": "The prompt is empty; write what the model is to answer."}],
        },
    )


@pytest.mark.parametrize("field", ["prompt", "system_prompt", "model_name"])
async def test_half_a_character_is_a_400(field: str, studio: Studio) -> None:
    body = json.dumps({"prompt": "Hello", "model_name": "tiny", field: "\ud83d"})
    answer = await studio.client.post("/models/inference", content=body, headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()["fields"][0]["field"]) == (400, field)


@pytest.mark.parametrize("name", ["x" * 5000, "nul\0", "/", "/etc/passwd", "../../.."])
async def test_a_name_that_no_model_has_is_refused(name: str, studio: Studio) -> None:
    assert (await studio.refusal(model_name=name))[0] in (400, 404)


@pytest.mark.parametrize("body", [{}, {"model_name": ""}, {"model_name": None}, {"model_name": "  "}])
async def test_a_missing_model_name_is_a_400(body: dict[str, Any], studio: Studio) -> None:
    answer = await studio.post({"prompt": "Hello", **body})
    assert answer.status_code == 400
    assert answer.json()["fields"][0]["field"] == "model_name"


async def test_an_unknown_model_is_a_404(studio: Studio) -> None:
    has(await studio.refusal(model_name="tinny"), 404, "'tinny'", "tiny")


@pytest.mark.parametrize("adapter", ["won", "", "../adapters", "a/b", ".."])
async def test_an_unknown_adapter_is_a_404_and_no_quiet_answer_from_the_base(adapter: str, studio: Studio) -> None:
    has(await studio.refusal(adapter_name=adapter), 404, f"'{adapter}'", "one")


async def test_an_adapter_without_weights_is_a_404(studio: Studio) -> None:
    (studio.adapter("hollow") / "adapters.safetensors").unlink()
    has(await studio.refusal(adapter_name="hollow"), 404, "has no weights")


async def test_best_weights_that_are_not_there_are_a_404(studio: Studio) -> None:
    has(await studio.refusal(adapter_name="one", adapter_file="best"), 404, "has no best weights")


async def test_a_checkpoint_that_is_not_there_is_a_404_with_those_that_are(studio: Studio) -> None:
    folder = studio.adapter("numbered")
    has(await studio.refusal(adapter_name="numbered", adapter_file=30), 404, "no checkpoint of iteration 30", "none")
    for step in (10, 20):
        (folder / f"{step:07d}_adapters.safetensors").write_bytes((folder / "adapters.safetensors").read_bytes())
    has(await studio.refusal(adapter_name="numbered", adapter_file=30), 404, "iteration 30", "those of 10, 20")


async def test_a_system_prompt_in_the_history_is_a_400(studio: Studio) -> None:
    history = [{"role": "system", "content": "Be brief."}]
    has(await studio.refusal(history=history), 400, "use system_prompt")


async def test_an_adapter_of_another_base_is_a_400_with_both_names(studio: Studio) -> None:
    for adapter in ("one", "before"):
        has(
            await studio.refusal(model_name="other", adapter_name=adapter),
            400,
            f"The adapter {adapter} was trained on the base model ",
            "tiny, not on other",
        )


async def test_an_adapter_without_a_scale_asks_for_it_and_then_answers(studio: Studio) -> None:
    (studio.adapter("bare") / "adapter_config.json").unlink()
    has(await studio.refusal(adapter_name="bare"), 400, "There is no adapter_config.json", "adapter_scale")
    answer = await studio.ask(adapter_name="bare", adapter_scale=1.0)
    assert answer["response"] == await studio.text("one")
    assert answer["adapter_details"]["warnings"] == [
        "The adapter does not record its base model; only the shapes of its tensors were checked.",
        "There is no adapter_config.json: rank and keys were read from the tensors, the scale is the one given.",
    ]


async def test_a_scale_without_an_adapter_is_a_400(studio: Studio) -> None:
    has(await studio.refusal(adapter_scale=1.0), 400, "name the adapter")


async def test_an_unreadable_config_is_said(studio: Studio) -> None:
    (studio.adapter("garbled") / "adapter_config.json").write_text("{")
    has(await studio.refusal(adapter_name="garbled"), 400, "adapter_config.json is unreadable", "adapter_scale")


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
async def test_an_adapter_with_nan_or_infinity_is_refused_and_the_next_request_works(
    value: float, studio: Studio
) -> None:
    file = studio.adapter("broken") / "adapters.safetensors"
    weights = read_weights(file)
    name = "model.layers.2.mlp.up_proj.lora_b"
    weights[name] = mx.where(mx.arange(weights[name].size).reshape(weights[name].shape) == 7, value, weights[name])
    mx.save_safetensors(str(file), weights)
    has(await studio.refusal(adapter_name="broken"), 400, "is damaged", f"{name} holds NaN or infinity")
    assert await studio.text("one") != await studio.text()


@pytest.mark.parametrize(
    ("method", "name"),
    [("dora", "model.layers.2.mlp.up_proj.m"), ("full", "model.layers.2.input_layernorm.weight")],
)
async def test_nan_in_any_tensor_is_refused_and_the_base_answers_as_before(
    method: Method, name: str, studio: Studio
) -> None:
    before = await studio.text()
    file = studio.adapter(f"nan-{method}", method=method) / "adapters.safetensors"
    weights = read_weights(file)
    mx.save_safetensors(str(file), {**weights, name: weights[name] * float("nan")})
    has(await studio.refusal(adapter_name=f"nan-{method}"), 400, "is damaged", f"{name} holds NaN or infinity")
    assert await studio.text() == before


@pytest.mark.parametrize("method", ["dora", "full"])
async def test_any_method_of_another_base_is_a_400_with_both_names(method: Method, studio: Studio) -> None:
    studio.adapter(f"of-other-{method}", base="other", method=method)
    has(
        await studio.refusal(adapter_name=f"of-other-{method}"),
        400,
        f"The adapter of-other-{method} was trained on the base model ",
        "other, not on tiny",
    )


@pytest.mark.parametrize(
    ("name", "shape", "sentence"),
    [
        ("model.layers.1.input_layernorm.bias", (64,), "and the base model has no such parameter"),
        ("model.layers.1.input_layernorm.weight", (32,), "has the shape (32,); the base model needs (64,)"),
    ],
)
async def test_whole_weights_that_the_base_has_no_place_for_are_refused(
    name: str, shape: tuple[int, ...], sentence: str, studio: Studio
) -> None:
    before = await studio.text()
    file = studio.adapter("misplaced", method="full") / "adapters.safetensors"
    mx.save_safetensors(str(file), read_weights(file) | {name: mx.ones(shape)})
    has(await studio.refusal(adapter_name="misplaced"), 400, name, sentence)
    assert await studio.text() == before


async def test_an_adapter_of_modules_that_the_base_lacks_is_refused(studio: Studio) -> None:
    file = studio.adapter("strange") / "adapters.safetensors"
    weights = read_weights(file)
    mx.save_safetensors(
        str(file), weights | {f"model.vision.proj.lora_{factor}": mx.ones((4, 4)) for factor in ("a", "b")}
    )
    has(await studio.refusal(adapter_name="strange"), 400, "model.vision.proj", "the base model has no such module")


async def test_an_adapter_of_a_norm_is_refused(studio: Studio) -> None:
    file = studio.adapter("norm") / "adapters.safetensors"
    weights = read_weights(file)
    mx.save_safetensors(str(file), weights | {f"model.norm.lora_{factor}": mx.ones((4, 4)) for factor in ("a", "b")})
    has(await studio.refusal(adapter_name="norm"), 400, "model.norm", "no module that LoRA can change")


async def test_a_head_of_another_shape_is_refused(studio: Studio) -> None:
    file = studio.adapter("wide-head", keys=["lm_head", "self_attn.q_proj"]) / "adapters.safetensors"
    weights = read_weights(file)
    mx.save_safetensors(str(file), weights | {"lm_head.lora_b": mx.ones((4, 7))})
    has(await studio.refusal(adapter_name="wide-head"), 400, "for lm_head its lora_b has the shape (4, 7)", "(4, 320)")


async def test_an_adapter_of_another_size_is_refused(studio: Studio) -> None:
    make_model(studio.settings.base_models / "wide", {**TINY, "hidden_size": 128})
    folder = studio.adapter("of-wide", base="wide")
    config = json.loads((folder / "adapter_config.json").read_text())
    (folder / "adapter_config.json").write_text(json.dumps({**config, "model": "tiny"}))
    has(await studio.refusal(adapter_name="of-wide"), 400, "does not fit the base model", "(128, 4)", "(64, 4)")


async def test_a_prompt_beyond_the_context_is_refused_with_numbers(studio: Studio) -> None:
    has(await studio.refusal(prompt="x" * 600), 400, "it has 619 tokens", "may have 512")


async def test_a_template_without_system_role_says_so(studio: Studio) -> None:
    make_model(studio.settings.base_models / "no-system", TINY, chat_template=NO_SYSTEM + CHATML)
    assert (await studio.ask("no-system"))["adapter_details"]["chat_template_used"]
    has(
        await studio.refusal(model_name="no-system", system_prompt="Be brief."),
        400,
        "chat template takes no system prompt (System role not supported)",
    )


async def test_a_template_that_refuses_every_prompt_says_so(studio: Studio) -> None:
    make_model(studio.settings.base_models / "no-user", TINY, chat_template="{{ raise_exception('Tools only') }}")
    has(await studio.refusal(model_name="no-user"), 400, "template refuses this prompt: Tools only")


async def test_a_model_without_template_takes_no_system_prompt(studio: Studio) -> None:
    has(await studio.refusal(model_name="plain", system_prompt="Be brief."), 400, "has no chat template")


async def test_a_model_without_weights_is_refused(studio: Studio) -> None:
    folder = make_model(studio.settings.base_models / "weightless", TINY)
    (folder / "model.safetensors").unlink()
    has(await studio.refusal(model_name="weightless"), 400, "weightless has no weights")


async def test_a_model_with_half_its_weights_is_refused(studio: Studio) -> None:
    file = make_model(studio.settings.base_models / "half", TINY) / "model.safetensors"
    file.write_bytes(file.read_bytes()[:-1000])
    has(await studio.refusal(model_name="half"), 400, "half cannot be loaded")


async def test_a_tokenizer_beyond_the_embedding_is_refused(studio: Studio) -> None:
    make_model(studio.settings.base_models / "narrow", {**TINY, "vocab_size": 200})
    has(await studio.refusal(model_name="narrow"), 400, "does not belong to its weights", "tokens 0 to 199")


async def test_a_model_that_computes_nan_is_refused(studio: Studio) -> None:
    file = make_model(studio.settings.base_models / "nan", TINY) / "model.safetensors"
    weights = read_weights(file)
    mx.save_safetensors(str(file), {**weights, "model.norm.weight": weights["model.norm.weight"] * float("nan")})
    has(await studio.refusal(model_name="nan"), 400, "computes NaN")


async def test_a_folder_that_is_no_language_model_is_refused(studio: Studio) -> None:
    folder = studio.settings.base_models / "encoder"
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps({"model_type": "bert"}))
    has(await studio.refusal(model_name="encoder"), 400, "bert is a text encoder")


@pytest.mark.parametrize(
    "field", [{"max_tokens": 0}, {"temperature": -1}, {"top_p": 0}, {"top_k": -1}, {"seed": -1}, {"promt": "Hi"}]
)
async def test_values_out_of_range_and_unknown_fields_are_a_422(field: dict[str, Any], studio: Studio) -> None:
    answer = await studio.post({"prompt": "Hello", "model_name": "tiny", **field})
    assert answer.status_code == 422
