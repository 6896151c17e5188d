"""Why a preset is as it is, in one sentence with its numbers. Says what the settings do, not how good they will be."""

from backend.training.presets.facts import Epoch, Facts
from backend.training.presets.schemas import PresetSettings


def quick_words(settings: PresetSettings, facts: Facts, epoch: Epoch, passes: float) -> str:
    seen = min(facts.rows, settings.iterations * settings.batch_size * settings.grad_accumulation_steps)
    rows = f"{seen:,} of the {facts.rows:,} rows" if seen < facts.rows else f"the {_rows(facts.rows)}"
    return (
        f"{_counted(settings.iterations, 'step')} over {rows} show whether the loss falls, before more time is spent."
    )


def solid_words(settings: PresetSettings, facts: Facts, epoch: Epoch, passes: float) -> str:
    amount = f"{_passes(passes)} over {_rows(facts.rows)}, {_steps(settings)}"
    if facts.measured is not None:
        return f"The settings that the data set brings as measured on this model: {amount}."
    return f"{amount}{_cut(settings, facts, epoch)}; {_guard(settings, facts)}."


def thorough_words(settings: PresetSettings, facts: Facts, epoch: Epoch, passes: float) -> str:
    falling = "with a learning rate that falls to zero by the last step"
    if not facts.validation_rows:
        return (
            f"{_passes(passes)} over {_rows(facts.rows)}, {_steps(settings)}, {falling}"
            f"{_cut(settings, facts, epoch)}; no more passes than in the solid run, since {_guard(settings, facts)}."
        )
    return (
        f"Twice as long as the solid run, up to {_passes(passes)} over {_rows(facts.rows)}, {_steps(settings)}, "
        f"{falling}{_cut(settings, facts, epoch)}; {_guard(settings, facts)}."
    )


def _guard(settings: PresetSettings, facts: Facts) -> str:
    if not facts.validation_rows:
        return "there is no validation data to tell when to stop"
    return (
        f"it validates every {_counted(settings.steps_per_eval, 'step')} and stops after "
        f"{settings.patience} validations that are no better"
    )


def _cut(settings: PresetSettings, facts: Facts, epoch: Epoch) -> str:
    if not epoch.truncated:
        return ""
    whole = 100 * max(0, facts.rows - epoch.truncated) / facts.rows
    return f"; rows are cut at {settings.max_seq_length:,} tokens, which keeps {whole:.3g}% of them whole"


def _steps(settings: PresetSettings) -> str:
    rows = settings.batch_size * settings.grad_accumulation_steps
    return f"{_counted(settings.iterations, 'step')} of {_rows(rows)}"


def _passes(passes: float) -> str:
    return "1 pass" if f"{passes:.2g}" == "1" else f"{passes:.2g} passes"


def _rows(number: int) -> str:
    return _counted(number, "row")


def _counted(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"
