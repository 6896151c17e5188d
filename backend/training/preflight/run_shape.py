"""What of a run's settings its memory and time follow from."""

from backend.lora.estimate import RunShape
from backend.training.config import TrainingConfig


def run_shape(config: TrainingConfig, has_validation: bool) -> RunShape:
    """As many validations and saves as a run has that does not stop early; those of new bests not counted in."""
    iterations = config.iterations
    return RunShape(
        batch_size=config.batch_size,
        batch_tokens=config.batch_tokens,
        grad_accumulation_steps=config.grad_accumulation_steps,
        max_seq_length=config.max_seq_length,
        grad_checkpoint=config.grad_checkpoint,
        iterations=iterations,
        validations=1 + _times(iterations, config.steps_per_eval) if has_validation else 0,
        saves=_times(iterations, config.save_every),
    )


def _times(iterations: int, every: int) -> int:
    """How often something happens that is done every so often, and after the last step."""
    return -(-iterations // every)
