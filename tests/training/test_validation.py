"""Every setting of a run that is refused or warned about, and the learning rate that is suggested."""

import math
from typing import Any

import pytest

from backend.training.config import TrainingConfig
from backend.training.planning.learning_rate import comparable_learning_rate, suggested_learning_rate
from backend.training.planning.validation import InvalidConfig, check_values, warn_about_values


def configured(**changes: Any) -> TrainingConfig:
    return TrainingConfig(**({"model_path": "tiny", "train_data_path": "sums"} | changes))


def test_the_defaults_are_in_order() -> None:
    check_values(configured(), 24)

    assert warn_about_values(configured()) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"grad_accumulation_steps": 1, "batch_tokens": 2, "warmup_steps": 99, "iterations": 100},
        {"weight_decay": 0.0, "optimizer": "adam"},
        {"weight_decay": 0.1, "optimizer": "muon", "max_grad_norm": 1e-3},
        {"rank_pattern": {"attention": 1}, "alpha_pattern": {"*": 0.1}, "expert_rank": 1, "loraplus_lr_ratio": 1.0},
        {"hosts": ["mac-studio.local", "10.0.0.2", "mini"], "local_processes": 1},
        {"fine_tune_type": "full", "lora_num_layers": 24},
        {"fine_tune_type": "dora", "loraplus_lr_ratio": 16.0},
    ],
)
def test_values_at_their_limits_are_taken(changes: dict[str, Any]) -> None:
    check_values(configured(**changes), 24)


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"grad_accumulation_steps": 0}, "grad_accumulation_steps",
         "'Gradient accumulation' must be at least 1, not 0."),
        ({"batch_tokens": 1}, "batch_tokens", "A batch must have room for at least 2 tokens, not 1."),
        ({"warmup_steps": -1}, "warmup_steps", "Warm-up must be 0 steps or more, not -1."),
        ({"warmup_steps": 20, "iterations": 20}, "warmup_steps",
         "Warm-up takes 20 steps, but the run has only 20; a few percent of them is usual."),
        ({"weight_decay": 0.01, "optimizer": "adam"}, "weight_decay",
         "Adam has no weight decay here: AdamW is Adam with weight decay. Choose adamw."),
        ({"weight_decay": -0.1}, "weight_decay", "Weight decay must be 0 or more, not -0.1; 0.01 is usual."),
        ({"weight_decay": math.nan}, "weight_decay", "Weight decay must be 0 or more, not nan; 0.01 is usual."),
        ({"max_grad_norm": 0.0}, "max_grad_norm", "Gradients can be clipped at a norm above 0, not 0; 1 is usual."),
        ({"max_grad_norm": math.inf}, "max_grad_norm",
         "Gradients can be clipped at a norm above 0, not inf; 1 is usual."),
        ({"expert_rank": 0}, "expert_rank", "The rank of experts must be at least 1, not 0."),
        ({"expert_rank": 20_000}, "expert_rank", "'Rank of experts' must be at most 16384."),
        ({"rank_pattern": {"mlp": 0}}, "rank_pattern",
         "The rank of mlp must be at least 1, not 0; leave out what is not adapted."),
        ({"rank_pattern": {"mlp": 20_000}}, "rank_pattern", "The rank of mlp must be at most 16384."),
        ({"alpha_pattern": {"mlp": 0.0}}, "alpha_pattern", "The alpha of mlp must be above 0, not 0."),
        ({"alpha_pattern": {"mlp": math.inf}}, "alpha_pattern", "The alpha of mlp must be above 0, not inf."),
        ({"loraplus_lr_ratio": 0.5}, "loraplus_lr_ratio",
         "With LoRA+ B learns at least as fast as A: give 1 for plain LoRA or more, not 0.5; "
         "16 is the published advice."),
        ({"use_rslora": True, "lora_scale": 2.0}, "use_rslora",
         "Rank-stabilised works out the multiplier from alpha, but a scale is given; leave one out."),
        ({"local_processes": 0}, "local_processes", "'Processes' must be at least 1, not 0."),
        ({"local_processes": 2, "hosts": ["a", "b"]}, "local_processes",
         "Processes on this machine (2) and other machines cannot be combined: leave hosts empty, "
         "or set processes to 1."),
        ({"hosts": ["mini", "a b; rm"]}, "hosts",
         "'a b; rm' is no name or IPv4 address of a machine, such as mac-studio.local or 10.0.0.2."),
        ({"hosts": ["mini", "-oProxyCommand"]}, "hosts",
         "'-oProxyCommand' is no name or IPv4 address of a machine, such as mac-studio.local or 10.0.0.2."),
        ({"hosts": ["mini", "mini"]}, "hosts", "mini is named twice; every machine is named once."),
        ({"fine_tune_type": "full", "lora_dropout": 0.1}, "lora_dropout",
         "Full fine-tuning changes the model's own weights, so it has no LoRA dropout; set it to 0."),
        ({"fine_tune_type": "full", "targets": "mlp"}, "targets",
         "Full fine-tuning changes the model's own weights, so it has no choice of modules: it changes whole layers. "
         "Choose full, and how many last layers."),
        ({"fine_tune_type": "full", "loraplus_lr_ratio": 16.0}, "loraplus_lr_ratio",
         "Full fine-tuning changes the model's own weights, so it has no B that could learn faster; set LoRA+ to 1."),
        ({"fine_tune_type": "full", "rank_pattern": {"mlp": 4}}, "rank_pattern",
         "Full fine-tuning changes the model's own weights, so it has no ranks; leave them out."),
        ({"lora_num_layers": 25}, "lora_num_layers",
         "The model has 24 layers, so 25 cannot be adapted; use -1 for all, or at most 24."),
    ],
)  # fmt: skip
def test_values_out_of_range_are_refused_in_words(changes: dict[str, Any], field: str, sentence: str) -> None:
    with pytest.raises(InvalidConfig) as refused:
        check_values(configured(**changes), 24)

    assert refused.value.fields == [{"field": field, "message": sentence}]


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"lora_scale": 32.0}, "learning_rate",
         "Learning rate 0.0001 with multiplier 32 at rank 32 does what 0.0032 does at rank 32 with multiplier 1. "
         "The usual range ends at 0.001; the loss may diverge."),
        ({"learning_rate": 2e-3}, "learning_rate", "does what 0.002 does at rank 32 with multiplier 1"),
        ({"fine_tune_type": "full", "learning_rate": 2e-4}, "learning_rate",
         "Learning rate 0.0002 is above the usual range for full fine-tuning, which ends at 0.0001"),
        ({"lora_scale": 32.0}, "lora_scale", "Updates would be multiplied by 32"),
        ({"lora_rank": 64}, "lora_alpha", "Alpha 32 is below rank 64, so updates are multiplied by only 0.5"),
        ({"lora_rank": 300, "lora_alpha": 300}, "lora_rank", "Rank 300 is above 256"),
        ({"fine_tune_type": "dora", "lora_dropout": 0.1}, "lora_dropout", "With DoRA, dropout thins only the low-rank"),
        ({"batch_tokens": 4096, "batch_size": 8}, "batch_size", "The batch size is not used"),
    ],
)  # fmt: skip
def test_unusual_values_are_warned_about(changes: dict[str, Any], field: str, words: str) -> None:
    messages = [warning.message for warning in warn_about_values(configured(**changes)) if warning.field == field]

    assert len(messages) == 1
    assert words in messages[0]


@pytest.mark.parametrize(
    "changes",
    [
        {"learning_rate": 1e-3},
        {"learning_rate": 2e-3, "lora_rank": 16, "lora_alpha": 16},
        {"lora_rank": 64, "lora_alpha": 32, "use_rslora": True, "learning_rate": 1e-4},
        {"fine_tune_type": "full", "learning_rate": 1e-4, "lora_rank": 512},
    ],
)
def test_usual_values_are_not_warned_about(changes: dict[str, Any]) -> None:
    assert warn_about_values(configured(**changes)) == []


def test_a_comparable_learning_rate_is_the_one_at_rank_32_with_multiplier_1() -> None:
    def comparable(**changes: Any) -> float:
        return comparable_learning_rate(configured(learning_rate=1e-4, **changes))

    assert comparable() == pytest.approx(1e-4)
    assert comparable(lora_alpha=64.0) == pytest.approx(2e-4)
    assert comparable(lora_rank=8) == pytest.approx(1e-4)
    assert comparable(lora_scale=32.0) == pytest.approx(3.2e-3)
    assert comparable(lora_rank=16, lora_alpha=16, use_rslora=True) == pytest.approx(2e-4)
    assert comparable(fine_tune_type="full", lora_alpha=64.0) == pytest.approx(1e-4)


@pytest.mark.parametrize("hidden", [576, 896, 2000, 7168])
def test_the_suggested_learning_rate_is_the_published_optimum(hidden: int) -> None:
    published = 5e-5 * 10 * (2000 / hidden) ** 0.0775

    assert suggested_learning_rate(configured(), hidden) == pytest.approx(published)
    assert suggested_learning_rate(configured(lora_alpha=64.0), hidden) == pytest.approx(published / 2)
    assert suggested_learning_rate(configured(iterations=100), hidden) == pytest.approx(published)
    assert suggested_learning_rate(configured(iterations=99), hidden) == pytest.approx(published * 1.5)
    assert suggested_learning_rate(configured(fine_tune_type="full"), hidden) == pytest.approx(published / 10)
    assert suggested_learning_rate(configured(fine_tune_type="full", iterations=9), hidden) == pytest.approx(
        published / 10
    )
    for changes in ({"lora_scale": 20.0}, {"lora_rank": 4}, {"use_rslora": True}):
        suggested = suggested_learning_rate(configured(**changes), hidden)
        assert comparable_learning_rate(configured(learning_rate=suggested, **changes)) == pytest.approx(published)
