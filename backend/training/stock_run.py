"""The nearest equivalent of a run for mlx-lm's own trainer: what people compare ours with, or go on with elsewhere."""

from collections.abc import Iterator
from typing import Any

from backend.training.config import TrainingConfig
from backend.training.plan import RunPlan, lora_parameters, to_yaml


def mlx_lora_yaml(plan: RunPlan) -> str:
    """The nearest equivalent run for stock `mlx_lm.lora -c FILE`, which counts batches where we count steps."""
    config = plan.config
    batches = config.grad_accumulation_steps
    settings = {
        "model": str(plan.model_folder),
        "train": True,
        "data": str(plan.train_file.parent),
        "fine_tune_type": config.fine_tune_type,
        "adapter_path": f"{plan.adapter_folder}-mlx-lm",
        "num_layers": config.lora_num_layers or -1,
        "batch_size": config.batch_size,
        "iters": config.iterations * batches,
        "learning_rate": config.learning_rate,
        "optimizer": config.optimizer,
        "max_seq_length": config.max_seq_length,
        "mask_prompt": config.mask_prompt,
        "grad_checkpoint": config.grad_checkpoint,
        "steps_per_report": config.steps_per_report * batches,
        "steps_per_eval": config.steps_per_eval * batches,
        "val_batches": config.val_batches,
        "save_every": config.save_every * batches,
        "seed": config.seed,
        "grad_accumulation_steps": batches,
        "lora_parameters": lora_parameters(config, plan.keys),
    }
    if schedule := _stock_schedule(config):
        settings["lr_schedule"] = schedule
    if options := _stock_optimizer(config):
        settings["optimizer_config"] = {config.optimizer: options}
    if config.resume_adapter_file is not None:
        settings["resume_adapter_file"] = config.resume_adapter_file
    notes = [*_about_data(plan), *_left_out(config)]
    return "".join(f"# {note}\n" for note in notes) + to_yaml(settings)


def _about_data(plan: RunPlan) -> Iterator[str]:
    """What has to be done first where mlx-lm would not find the data, which it knows by the names of files alone."""
    wanted = {"train.jsonl": plan.train_file, "valid.jsonl": plan.valid_file}
    for name, file in wanted.items():
        if file is not None and file != plan.train_file.parent / name:
            yield f"mlx-lm reads {name} in the data folder: copy {file} there under that name first."


def _left_out(config: TrainingConfig) -> Iterator[str]:
    """What this run does and mlx-lm cannot."""
    asked = {
        "ranks and alphas by module": config.rank_pattern or config.alpha_pattern,
        "a rank of experts": config.expert_rank is not None,
        "LoRA+": config.loraplus_lr_ratio != 1,
        "clipped gradients": config.max_grad_norm is not None,
        "batches by tokens": config.batch_tokens is not None,
        "training on the last answer alone": config.mask_prompt and config.train_on_turns == "last",
        "masked prompts in all turns": config.mask_prompt and config.train_on_turns == "all",
        "early stopping": config.early_stop,
        "several processes in one call": config.local_processes > 1 or config.hosts,
    }
    left_out = [name for name, used in asked.items() if used]
    if left_out:
        yield f"mlx-lm has no {', no '.join(left_out)}: its run goes without."


def _stock_optimizer(config: TrainingConfig) -> dict[str, Any]:
    """What mlx-lm's optimizer is given beside the learning rate, which its Adafactor would ignore by itself."""
    own = {"relative_step": False, "scale_parameter": False} if config.optimizer == "adafactor" else {}
    return own if config.weight_decay is None else {**own, "weight_decay": config.weight_decay}


def _stock_schedule(config: TrainingConfig) -> dict[str, Any] | None:
    """mlx-lm's `lr_schedule`; None for a constant learning rate without warm-up."""
    peak, steps = config.learning_rate, config.iterations - config.warmup_steps
    if config.lr_schedule == "constant" and not config.warmup_steps:
        return None
    if config.lr_schedule == "cosine":
        return {"name": "cosine_decay", "arguments": [peak, steps], "warmup": config.warmup_steps}
    end = peak if config.lr_schedule == "constant" else 0.0
    return {"name": "linear_schedule", "arguments": [peak, end, steps], "warmup": config.warmup_steps}
