"""Trains one session: `python -m backend.workers.train SESSION_FOLDER`.

Reads the plan, reports through the event log, and ends with one `finished` event. SIGTERM asks it to end the step,
save and report. It knows one folder and its plan, no server.
"""

import os
import signal
import sys
import traceback
from importlib.metadata import version
from pathlib import Path
from types import FrameType

from backend.datasets.formats import read_rows
from backend.errors import AppError
from backend.training.events import Finished, Started, Warned
from backend.training.plan import RunPlan
from backend.workers.base_model import device_name, load_base, read_tokenizer
from backend.workers.profile import read_profile
from backend.workers.training.batching import training_batches, validation_batches
from backend.workers.training.checkpoint import VERSIONED, AdapterFolder
from backend.workers.training.encoding import Encoded, encode_all
from backend.workers.training.loop import TrainingLoop
from backend.workers.training.model import attach_lora, count_parameters, prepare_layers
from backend.workers.training.reporter import Reporter
from backend.workers.training.step import Stepper


class StoppedEarly(Exception):
    """SIGTERM came before the first step."""


class StopRequest:
    """SIGTERM: interrupts the preparation at once, but lets a step end."""

    def __init__(self) -> None:
        self.asked = False
        self.stepping = False
        signal.signal(signal.SIGTERM, self._handle)

    def _handle(self, number: int, frame: FrameType | None) -> None:
        already, self.asked = self.asked, True
        if not self.stepping and not already:
            raise StoppedEarly


def main(session_folder: Path) -> int:
    reporter = Reporter(session_folder)
    stop = StopRequest()
    loop = None
    try:
        loop = prepare(session_folder, reporter, stop)
        stop.stepping = True
        finished = loop.run()
    except StoppedEarly:
        reason = "Stopped on request before the first step; there is no adapter."
        finished = Finished(outcome="stopped", reason=reason, iteration=0)
    except AppError as error:
        finished = Finished(outcome="failed", reason=error.detail, iteration=loop.saved_iteration if loop else 0)
    except Exception as error:
        reporter.say(traceback.format_exc())
        reason = f"The run failed: {error}. The end of the log says more."
        finished = Finished(outcome="failed", reason=reason, iteration=loop.saved_iteration if loop else 0)
    try:
        reporter.report(finished)
    except OSError:
        return os.EX_IOERR
    return 0 if finished.outcome != "failed" else 1


def prepare(session_folder: Path, reporter: Reporter, stop: StopRequest) -> TrainingLoop:
    """Load, encode, attach, say what will be trained; everything up to the first step."""
    plan = RunPlan.read(session_folder)
    config = plan.config
    for note in plan.notes:
        reporter.say(note)
    for warning in plan.warnings:
        reporter.report(Warned(message=warning))
    tokenizer = read_tokenizer(plan.model_folder)

    def encoded(file: Path) -> list[Encoded]:
        examples = encode_all(read_rows(file), tokenizer, config.max_seq_length, config.mask_prompt)
        return [example for example in examples if example.targets]

    train = encoded(plan.train_file)
    valid = encoded(plan.valid_file) if plan.valid_file else []
    model, _ = load_base(plan.model_folder)
    attach_lora(model, plan)
    keys = prepare_layers(model, plan)
    stepper = Stepper(model, config.optimizer, config.learning_rate, config.seed, keys)
    announce(plan, reporter, count_parameters(model), len(train), len(valid))
    return TrainingLoop(
        config=config,
        model=model,
        stepper=stepper,
        train=training_batches(train, config.batch_size, config.seed),
        validation=validation_batches(valid, config.batch_size, config.val_batches, config.seed),
        adapter=AdapterFolder(plan, session_folder.name),
        reporter=reporter,
        asked_to_stop=lambda: stop.asked,
    )


def announce(plan: RunPlan, reporter: Reporter, trainable: int, train_examples: int, validation_examples: int) -> None:
    config = plan.config
    profile = read_profile(plan.model_folder)
    reporter.say(
        f"LoRA Configuration: rank={config.lora_rank}, alpha={config.lora_alpha}, dropout={config.lora_dropout}, "
        f"layers={config.lora_num_layers}, keys={len(plan.keys)}"
    )
    reporter.report(
        Started(
            model=plan.model_name,
            model_type=profile.model_type,
            device=device_name(),
            versions={package: version(package) for package in VERSIONED},
            total_parameters=profile.total_parameters,
            trainable_parameters=trainable,
            trainable_percent=100 * trainable / profile.total_parameters,
            keys=plan.keys,
            adapted_modules=len(plan.modules),
            iterations=config.iterations,
            train_examples=train_examples,
            validation_examples=validation_examples,
        )
    )


if __name__ == "__main__":
    # At once: Python's own end would answer with another code where output.log cannot be flushed.
    os._exit(main(Path(sys.argv[1])))
