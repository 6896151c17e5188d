"""Where a run's words go: events to the session's log, and a line of text each to output.log."""

import contextlib
from pathlib import Path

from backend.event_log import Event
from backend.training.events import Best, Checkpoint, Finished, Paused, Started, Train, Validation, Warned
from backend.training.store import append_event


class Reporter:
    def __init__(self, session_folder: Path) -> None:
        self._folder = session_folder

    def report(self, event: Event) -> None:
        self.say(describe(event))
        append_event(self._folder, event)

    def complain(self, text: str) -> None:
        """Of what only this process knows."""
        self.say(text)

    def say(self, line: str) -> None:
        with contextlib.suppress(OSError):  # a full disk is told by what matters more: the event, the adapter
            print(line, flush=True)


def describe(event: Event) -> str:
    match event:
        case Started():
            return (
                f"Trainable parameters: {event.trainable_percent:.3f}% "
                f"({event.trainable_parameters:,} of {event.total_parameters:,}) in {event.adapted_modules} modules"
            )
        case Train():
            return (
                f"Iter {event.iteration}: Train loss {event.train_loss:.4f}, Learning Rate {event.learning_rate:.3e}, "
                f"It/sec {event.iterations_per_second:.3f}, Tokens/sec {event.tokens_per_second:.1f}, "
                f"Trained Tokens {event.trained_tokens}, Peak mem {event.peak_memory_gb:.3f} GB, "
                f"Grad norm {event.grad_norm:.3f}"
            )
        case Validation():
            return f"Iter {event.iteration}: Val loss {event.val_loss:.4f}, Val took {event.seconds:.2f}s"
        case Best():
            return f"Iter {event.iteration}: best validation loss so far"
        case Checkpoint():
            return f"Iter {event.iteration}: Saved adapter weights to {event.file}"
        case Warned():
            return f"Warning: {event.message}"
        case Paused():
            return f"Paused after step {event.iteration}; everything is saved"
        case Finished():
            return f"{event.outcome} at iteration {event.iteration}: {event.reason}"
        case _:
            return type(event).__name__
