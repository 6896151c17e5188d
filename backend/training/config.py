"""The settings of one training run: names, defaults, help and usual ranges, written down here once.

Values are not checked here: `TrainingManager.validate_lora_config` refuses them in words.
"""

import math
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from backend.lora.methods import Method
from backend.lora.targets import TargetPreset
from backend.tokens.schemas import AnsweredTurns

Optimizer = Literal["adamw", "adam", "sgd", "adafactor", "muon"]
Schedule = Literal["constant", "linear", "cosine"]
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
        int,
        described(
            "Batch size",
            "Examples in one step; more needs more memory.",
            minimum=1,
            typical=[1, 16],
            unit="examples",
        ),
    ] = 1
    batch_tokens: Annotated[
        int | None,
        described(
            "Tokens in a batch",
            "In place of a batch size: as many examples as fit into this many tokens, padding included.",
            minimum=2,
            typical=[1024, 16384],
            unit="tokens",
        ),
    ] = None
    grad_accumulation_steps: Annotated[
        int,
        described(
            "Gradient accumulation",
            "Batches whose gradients make one step together: a larger batch in the memory of one.",
            minimum=1,
            typical=[1, 16],
            unit="batches",
        ),
    ] = 1
    max_seq_length: Annotated[
        int,
        described(
            "Longest sequence",
            "Longer examples are cut at this length; shorter ones take no more memory for it.",
            minimum=2,
            typical=[256, 4096],
            unit="tokens",
        ),
    ] = 32768
    iterations: Annotated[
        int, described("Iterations", "Steps of the optimizer.", minimum=1, typical=[100, 10000], unit="steps")
    ] = 7329
    steps_per_report: Annotated[
        int,
        described(
            "Report every", "Steps between two points of the training loss.", minimum=1, typical=[5, 50], unit="steps"
        ),
    ] = 25
    steps_per_eval: Annotated[
        int,
        described("Validate every", "Steps between two validations.", minimum=1, typical=[20, 500], unit="steps"),
    ] = 200
    save_every: Annotated[
        int,
        described("Save every", "Steps between two numbered checkpoints.", minimum=1, typical=[25, 500], unit="steps"),
    ] = 25
    val_batches: Annotated[
        int,
        described(
            "Validation batches",
            "How many batches to validate on; -1 means all, as is usual.",
            minimum=-1,
            unit="batches",
        ),
    ] = -1
    early_stop: Annotated[
        bool, described("Stop early", "End when the validation loss has not improved for a while.")
    ] = True
    patience: Annotated[
        int,
        described(
            "Patience",
            "Validations without improvement before stopping early.",
            minimum=1,
            typical=[2, 5],
            unit="validations",
        ),
    ] = 3
    optimizer: Annotated[Optimizer, described("Optimizer", "AdamW suits LoRA.")] = "adamw"
    weight_decay: Annotated[
        float | None,
        described(
            "Weight decay",
            "Pulls weights towards zero; left empty, 0.01 with AdamW and Muon and none with the others.",
            minimum=0,
            typical=[0, 0.1],
        ),
    ] = None
    lr_schedule: Annotated[
        Schedule, described("Schedule", "How the learning rate moves: constant, or falling to zero by the last step.")
    ] = "constant"
    warmup_steps: Annotated[
        int,
        described(
            "Warm-up",
            "First steps in which the learning rate rises from zero; a few percent of all.",
            minimum=0,
            typical=[0, 100],
            unit="steps",
        ),
    ] = 0
    max_grad_norm: Annotated[
        float | None,
        described(
            "Clip gradients at",
            "Longer gradients are shortened to this norm; empty means never.",
            exclusiveMinimum=0,
            typical=[0.3, 1.0],
        ),
    ] = None
    grad_checkpoint: Annotated[
        bool, described("Gradient checkpointing", "Much less memory for about a third more time a step.")
    ] = True
    mask_prompt: Annotated[
        bool, described("Train on answers only", "Count the loss on the assistant's answers, not on the prompts.")
    ] = False
    train_on_turns: Annotated[
        AnsweredTurns,
        described("Answers to train on", "With answers only: all of a conversation's answers, or its last."),
    ] = "all"
    seed: Annotated[int, described("Seed", "The same seed gives the same run on the same machine.", minimum=0)] = 0

    fine_tune_type: Annotated[
        Method,
        described(
            "Method",
            "LoRA suits nearly everything; DoRA also learns each weight's size; full changes the base's own weights.",
        ),
    ] = "lora"
    targets: Annotated[
        TargetPreset,
        described("Modules to adapt", "Full adapts every weight matrix of a layer, attention only its attention."),
    ] = "full"
    lora_keys: Annotated[
        list[str] | None,
        described(
            "Keys",
            "With a custom choice: modules inside a layer (self_attn.q_proj), patterns (mlp.*), or groups (experts).",
        ),
    ] = None
    lora_rank: Annotated[
        int,
        described(
            "Rank",
            "How much the adapter can hold, and how large it is.",
            minimum=1,
            maximum=256,
            typical=[8, 64],
        ),
    ] = 32
    lora_alpha: Annotated[
        float,
        described(
            "Alpha", "The update is multiplied by alpha / rank; usually equal to rank.", minimum=0.1, typical=[8, 64]
        ),
    ] = 32.0
    lora_dropout: Annotated[
        float,
        described("Dropout", "More than 0 only against overfitting.", minimum=0, exclusiveMaximum=1, typical=[0, 0.5]),
    ] = 0.0
    lora_num_layers: Annotated[
        int, described("Layers", "-1 or 0 adapts all layers, N the last N.", minimum=-1, unit="layers")
    ] = -1
    lora_scale: Annotated[
        float | None,
        described(
            "Scale",
            "Multiplier of the update in mlx-lm's sense; overrides alpha / rank.",
            exclusiveMinimum=0,
            typical=[0.5, 4],
        ),
    ] = None
    use_rslora: Annotated[
        bool,
        described("Rank-stabilised", "Multiply the update by alpha / sqrt(rank) in place of alpha / rank (rsLoRA)."),
    ] = False
    expert_rank: Annotated[
        int | None,
        described(
            "Rank of experts",
            "A rank of their own for mixture-of-experts layers; rank / active experts is the published advice.",
            minimum=1,
            typical=[1, 16],
        ),
    ] = None
    rank_pattern: Annotated[
        dict[str, int],
        described("Ranks by module", "Ranks for a group, a key or a pattern, such as attention: 8."),
    ] = {}
    alpha_pattern: Annotated[
        dict[str, float],
        described("Alphas by module", "Alphas for a group, a key or a pattern, such as mlp.*: 16."),
    ] = {}
    loraplus_lr_ratio: Annotated[
        float,
        described(
            "Learning rate of B",
            "LoRA+: B learns this many times as fast as A; 1 is plain LoRA, 16 the published advice.",
            minimum=1,
            typical=[1, 16],
        ),
    ] = 1.0
    resume_adapter_file: Annotated[
        str | None, described("Start from", "Adapter file (.safetensors) whose weights the run begins with.")
    ] = None

    local_processes: Annotated[
        int,
        described(
            "Processes",
            "Data-parallel processes on this machine that share each batch; 1 is usual on one machine.",
            minimum=1,
            unit="processes",
        ),
    ] = 1
    hosts: Annotated[
        list[str],
        described(
            "Machines", "Names or addresses of machines to train on together, this one first; empty means alone."
        ),
    ] = []

    @property
    def scale(self) -> float:
        """The multiplier of the update, mlx-lm's `scale`: alpha / rank, with rsLoRA alpha / sqrt(rank)."""
        if self.lora_scale is not None:
            return self.lora_scale
        return self.lora_alpha / (math.sqrt(self.lora_rank) if self.use_rslora else self.lora_rank)
