"""Three sets of settings from facts about model and data, each with a sentence why. Pure arithmetic.

Where the data set brings settings that were measured on the model, the solid run takes them as they are, and the others
keep their batches and learning rate. Else the learning rate is the published optimum for a model of this width; the
numbers of passes and steps are this program's own choice.
"""

import math

from backend.training.config import TrainingConfig
from backend.training.planning.learning_rate import suggested_learning_rate
from backend.training.presets.facts import Batching, Epoch, Facts
from backend.training.presets.schemas import Preset, PresetName, PresetSettings
from backend.training.presets.words import quick_words, solid_words, thorough_words

QUICK_STEPS = 40
PASSES = 3
FEWEST_STEPS = 100
MOST_PASSES_OF_FEW_ROWS = 10
MANY_STEPS = 3000
TIMES_AS_LONG = 2
WARM_UP_SHARE = 0.03
MOST_WARM_UP = 100
SHOWN = {
    "quick": ("A quick look", 20, 4, 10),
    "solid": ("A solid run", 30, 15, 50),
    "thorough": ("A thorough run", 60, 30, 100),
}
"""Title, and how many reports, how many validations, and of how many batches at most, a run has."""


def presets(config: TrainingConfig, facts: Facts, batching: Batching, epoch: Epoch) -> list[Preset]:
    """For the method, rank and multiplier that `config` asks for. `epoch` has at least one batch."""
    solid = _solid_steps(facts, batching, epoch)
    quick = max(1, min(QUICK_STEPS, solid // 2))
    thorough = solid * TIMES_AS_LONG if facts.validation_rows else solid
    return [
        _preset("quick", quick, config, facts, batching, epoch),
        _preset("solid", solid, config, facts, batching, epoch),
        _preset("thorough", thorough, config, facts, batching, epoch),
    ]


def _solid_steps(facts: Facts, batching: Batching, epoch: Epoch) -> int:
    """Three passes over the data; more where that is no hundred steps, fewer where it is thousands."""
    if facts.measured is not None:
        return facts.measured.iterations
    a_pass = epoch.batches / batching.grad_accumulation_steps
    passes = PASSES
    if PASSES * a_pass < FEWEST_STEPS:
        passes = min(MOST_PASSES_OF_FEW_ROWS, math.ceil(FEWEST_STEPS / a_pass))
    elif PASSES * a_pass > MANY_STEPS:
        passes = max(1, int(MANY_STEPS / a_pass))
    return math.ceil(passes * a_pass)


def _preset(
    name: PresetName, iterations: int, config: TrainingConfig, facts: Facts, batching: Batching, epoch: Epoch
) -> Preset:
    settings = _settings(name, iterations, config, facts, batching)
    passes = iterations * batching.grad_accumulation_steps / epoch.batches
    words = {"quick": quick_words, "solid": solid_words, "thorough": thorough_words}[name]
    return Preset(
        name=name,
        title=SHOWN[name][0],
        why=words(settings, facts, epoch, passes),
        settings=settings,
        epochs=passes,
        tokens=round(passes * epoch.tokens),
        iterations=iterations,
    )


def _settings(
    name: PresetName, iterations: int, config: TrainingConfig, facts: Facts, batching: Batching
) -> PresetSettings:
    _, reports, validations, most_batches = SHOWN[name]
    batches = -(-facts.validation_rows // batching.batch_size)
    val_batches = -1 if batches <= most_batches else most_batches
    # Validating takes no gradient: as many steps as it has batches cost about three times as much.
    rest = min(batches, most_batches) // batching.grad_accumulation_steps
    steps_per_eval = _round(max(iterations // validations, min(rest, iterations // 4)))
    settings = PresetSettings(
        iterations=iterations,
        batch_size=batching.batch_size,
        batch_tokens=None,
        grad_accumulation_steps=batching.grad_accumulation_steps,
        learning_rate=_learning_rate(iterations, config, facts),
        lr_schedule="constant",
        warmup_steps=0,
        max_seq_length=batching.max_seq_length,
        steps_per_report=_round(iterations // reports),
        steps_per_eval=steps_per_eval,
        save_every=iterations if name == "quick" else _round(iterations // 3),
        val_batches=val_batches,
        early_stop=name != "quick" and facts.validation_rows > 0,
        patience=5 if name == "thorough" else 3,
    )
    if name == "thorough":
        settings.lr_schedule = "cosine"
        settings.warmup_steps = min(MOST_WARM_UP, math.ceil(WARM_UP_SHARE * iterations), iterations - 1)
    if name == "solid" and facts.measured is not None:
        return settings.model_copy(update=facts.measured.model_dump())
    return settings


def _learning_rate(iterations: int, config: TrainingConfig, facts: Facts) -> float:
    if facts.measured is not None:
        return facts.measured.learning_rate
    rate = suggested_learning_rate(config.model_copy(update={"iterations": iterations}), facts.hidden_size)
    return float(f"{rate:.1e}")


def _round(number: int) -> int:
    """The largest of 1, 2, 5, 10, 20, 50 and so on that is at most `number`; at least 1."""
    number = max(1, number)
    power = 1
    while 10 * power <= number:
        power *= 10
    return next(step * power for step in (5, 2, 1) if step * power <= number)
