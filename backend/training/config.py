"""The settings of one training run: names, defaults, help and usual ranges, written down here once.

Values are not checked here: `TrainingManager.validate_lora_config` refuses them in words.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from backend.lora.targets import TargetPreset

Optimizer = Literal["adamw", "adam", "sgd", "adafactor"]
OnExisting = Literal["refuse", "new_name", "replace"]


def described(title: str, text: str, **hints: Any) -> Any:
    """A field's label, its sentence of help, and hints for a form: minimum, maximum, typical, recommended, unit."""
    return Field(title=title, description=text, json_schema_extra=hints)


class TrainingConfig(BaseModel):
    model_config = ConfigDict(extra="forbid", protected_namespaces=())

    model_path: Annotated[str, described("Base model", "Name of a model in the library, or the path of its folder.")]
    train_data_path: Annotated[
        str, described("Data", "Name of a data set in the library, or the path of a folder or of a JSONL file.")
    ]
    val_data_path: Annotated[
        str | None,
        described("Validation data", "JSONL file to validate on; a data folder brings its own valid.jsonl."),
    ] = None
    adapter_name: Annotated[
        str, described("Adapter name", "Letters, digits, dots, dashes and underscores; the folder's name.")
    ] = "mlx_finetune"
    on_existing: Annotated[
        OnExisting, described("If the name is taken", "Refuse, take the next free name, or replace the adapter.")
    ] = "refuse"

    learning_rate: Annotated[
        float,
        described(
            "Learning rate",
            "How far each step moves the adapter; 1e-4 is recommended for LoRA.",
            exclusiveMinimum=0,
            typical=[1e-5, 1e-3],
            recommended=1e-4,
        ),
    ] = 1e-4
    batch_size: Annotated[
        int, described("Batch size", "Examples in one step; more needs more memory.", minimum=1, unit="examples")
    ] = 1
    max_seq_length: Annotated[
        int,
        described("Longest sequence", "Longer examples are cut at this length.", minimum=2, unit="tokens"),
    ] = 32768
    iterations: Annotated[int, described("Iterations", "Steps of the optimizer.", minimum=1, unit="steps")] = 7329
    steps_per_report: Annotated[
        int, described("Report every", "Steps between two points of the training loss.", minimum=1, unit="steps")
    ] = 25
    steps_per_eval: Annotated[
        int, described("Validate every", "Steps between two validations.", minimum=1, unit="steps")
    ] = 200
    save_every: Annotated[
        int, described("Save every", "Steps between two numbered checkpoints.", minimum=1, unit="steps")
    ] = 25
    val_batches: Annotated[
        int, described("Validation batches", "How many batches to validate on; -1 means all.", minimum=-1)
    ] = -1
    early_stop: Annotated[
        bool, described("Stop early", "End when the validation loss has not improved for a while.")
    ] = True
    patience: Annotated[
        int,
        described("Patience", "Validations without improvement before stopping early.", minimum=1, unit="validations"),
    ] = 3
    optimizer: Annotated[Optimizer, described("Optimizer", "AdamW suits LoRA.")] = "adamw"
    grad_checkpoint: Annotated[
        bool, described("Gradient checkpointing", "Much less memory for about a third more time a step.")
    ] = True
    mask_prompt: Annotated[
        bool, described("Train on answers only", "Count the loss on the assistant's answers, not on the prompts.")
    ] = False
    seed: Annotated[int, described("Seed", "The same seed gives the same run on the same machine.", minimum=0)] = 0

    fine_tune_type: Annotated[Literal["lora"], described("Method", "Low-rank adaptation of the chosen modules.")] = (
        "lora"
    )
    targets: Annotated[
        TargetPreset,
        described("Modules to adapt", "Full adapts every weight matrix of a layer, attention only its attention."),
    ] = "full"
    lora_keys: Annotated[
        list[str] | None,
        described("Keys", "With a custom choice: module names inside a layer, such as self_attn.q_proj."),
    ] = None
    lora_rank: Annotated[
        int,
        described(
            "Rank",
            "How much the adapter can hold; typical 8 to 64.",
            minimum=1,
            maximum=256,
            typical=[8, 64],
        ),
    ] = 32
    lora_alpha: Annotated[
        float,
        described("Alpha", "The update is multiplied by alpha / rank; usually equal to rank.", minimum=0.1),
    ] = 32.0
    lora_dropout: Annotated[
        float,
        described("Dropout", "More than 0 only against overfitting.", minimum=0, exclusiveMaximum=1, typical=[0, 0.5]),
    ] = 0.0
    lora_num_layers: Annotated[
        int, described("Layers", "-1 adapts all layers, N the last N.", minimum=-1, unit="layers")
    ] = -1
    lora_scale: Annotated[
        float | None,
        described("Scale", "Multiplier of the update in mlx-lm's sense; overrides alpha / rank.", exclusiveMinimum=0),
    ] = None
    resume_adapter_file: Annotated[
        str | None, described("Start from", "Adapter file (.safetensors) whose weights the run begins with.")
    ] = None

    @property
    def scale(self) -> float:
        """The multiplier of the update, mlx-lm's `scale`."""
        return self.lora_scale if self.lora_scale is not None else self.lora_alpha / self.lora_rank
