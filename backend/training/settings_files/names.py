"""What fields of a settings file are called, here and elsewhere. Knows names, not values."""

import difflib

from backend.training.config import TrainingConfig

ELSEWHERE = {
    "model": "model_path",
    "base_model": "model_path",
    "model_name_or_path": "model_path",
    "data": "train_data_path",
    "dataset": "train_data_path",
    "train_file": "train_data_path",
    "valid_file": "val_data_path",
    "adapter_path": "adapter_name",
    "output_dir": "adapter_name",
    "iters": "iterations",
    "steps": "iterations",
    "max_steps": "iterations",
    "lr": "learning_rate",
    "per_device_train_batch_size": "batch_size",
    "gradient_accumulation_steps": "grad_accumulation_steps",
    "gradient_checkpointing": "grad_checkpoint",
    "max_length": "max_seq_length",
    "cutoff_len": "max_seq_length",
    "sequence_len": "max_seq_length",
    "logging_steps": "steps_per_report",
    "eval_steps": "steps_per_eval",
    "save_steps": "save_every",
    "lr_scheduler_type": "lr_schedule",
    "optim": "optimizer",
    "r": "lora_rank",
    "rank": "lora_rank",
    "alpha": "lora_alpha",
    "dropout": "lora_dropout",
    "scale": "lora_scale",
    "keys": "lora_keys",
    "target_modules": "lora_keys",
    "lora_target_modules": "lora_keys",
    "num_layers": "lora_num_layers",
    "resume_from_checkpoint": "resume_adapter_file",
}
"""Names of the same thing in the files of mlx-lm and other trainers."""


def is_field(name: str) -> bool:
    return name in TrainingConfig.model_fields


def about_unknown(name: str) -> str:
    """That there is no such field, with the one that was probably meant."""
    if other := ELSEWHERE.get(name):
        return f"There is no field '{name}'; it is called '{other}' here."
    near = difflib.get_close_matches(name, TrainingConfig.model_fields, n=1)
    return f"There is no field '{name}'" + (f"; did you mean '{near[0]}'?" if near else ".")
