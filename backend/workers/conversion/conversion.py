"""One conversion from its plan to the new model in the library: measure, convert, measure again, rename.

The model is made in a hidden folder beside the one that it becomes, which appears whole or not at all.
"""

import itertools
import shutil
import time
from importlib.metadata import version
from pathlib import Path

from mlx_lm.utils import compute_bits_per_weight

from backend.errors import AppError, Conflict
from backend.models.conversion.files import RECORD, RESULT, workshop
from backend.models.conversion.schemas import ConversionPlan, ConversionRecord, ConversionResult, WrittenModel
from backend.models.disk_room import gigabytes, no_room
from backend.models.fingerprint import fingerprint
from backend.whole_files import flush, write_text_whole
from backend.workers.conversion.cost import AFTER, BEFORE, Cost, Side
from backend.workers.conversion.recipe import convert, stored_bytes, weights_bytes
from backend.workers.conversion.writing import Writer
from backend.workers.evaluation.losses import NotFinite
from backend.workers.job import JobReporter

UNIT = "steps"
MAKING, MADE, WRITTEN = "making", "made", "written.json"
"""In the workshop: what is half written, the whole model, and what is known of it."""


def carry_out_conversion(folder: Path, plan: ConversionPlan, reporter: JobReporter) -> str:
    """Raises AppError, and then leaves nothing of the model."""
    shop = workshop(plan.folder, folder.name)
    try:
        if (earlier := _earlier_result(folder)) and _is_there(folder, _place(plan, earlier)):
            return _in_words(plan, earlier)
        _check_unchanged(plan)
        if not (shop / MADE).is_dir():
            _check_free(plan)
        return _in_words(plan, _Conversion(folder, plan, shop, reporter).run())
    finally:
        shutil.rmtree(shop, ignore_errors=True)


class _Conversion:
    def __init__(self, folder: Path, plan: ConversionPlan, shop: Path, reporter: JobReporter) -> None:
        self._folder = folder
        self._plan = plan
        self._made = shop / MADE
        self._making = shop / MAKING
        self._written = shop / WRITTEN
        self._reporter = reporter
        self._cost = Cost(folder, plan)
        self._converted = convert(plan.model_folder, plan.request.recipe)
        self._size_bytes = weights_bytes(self._converted.model)
        self._bits_per_weight = compute_bits_per_weight(self._converted.model)
        self._writer = Writer(self._converted)
        self._done = 0
        self._total = 2 * self._cost.steps + self._writer.steps

    def run(self) -> ConversionResult:
        self._measure(BEFORE, self._plan.model_folder, self._plan.model_folder.name)
        if not self._made.is_dir():
            self._write()
        self._reach(self._cost.steps + self._writer.steps)
        self._measure(AFTER, self._made, self._plan.request.name)
        written = WrittenModel.model_validate_json(self._written.read_bytes())
        result = ConversionResult(**self._cost.result().model_dump(), **written.model_dump())
        return self._keep(result)

    def _measure(self, side: Side, model: Path, name: str) -> None:
        message = f"Measuring {name} on {self._plan.sample.title}"
        self._reach(self._done + self._cost.steps - self._cost.left(side))
        end = self._done + self._cost.left(side)
        self._report(message)
        try:
            self._cost.measure(side, model, lambda: self._step(message))
        except NotFinite as error:
            raise AppError(_not_finite(name, side, self._plan), code=error.code) from error
        self._reach(end)

    def _write(self) -> None:
        verb = "Quantising" if self._plan.request.quantises else "Converting"
        self._report(f"{verb} {self._plan.model_folder.name}")
        if (full := no_room(self._plan.folder.parent, "The new model", self._size_bytes)) is not None:
            raise full
        shutil.rmtree(self._making, ignore_errors=True)
        began = time.monotonic()
        self._writer.write(self._plan.model_folder, self._making, lambda place: self._step(f"{verb} {place}"))
        written = WrittenModel(
            bits_per_weight=self._bits_per_weight,
            size_before_bytes=stored_bytes(self._plan.model_folder),
            size_after_bytes=stored_bytes(self._making),
            seconds=time.monotonic() - began,
            notes=self._converted.notes,
        )
        write_text_whole(self._written, written.model_dump_json())
        self._making.rename(self._made)

    def _keep(self, result: ConversionResult) -> ConversionResult:
        """The last thing, so that the library never shows a model without its record."""
        plan = self._plan
        place = _next_free(plan.folder)
        if place != plan.folder:
            result = result.model_copy(update={"name": place.name})
        record = ConversionRecord(
            job_id=self._folder.name,
            created_at=time.time(),
            source_name=plan.model_folder.name,
            source_fingerprint=plan.model_fingerprint,
            recipe=plan.request.recipe,
            versions={name: version(name) for name in ("mlx", "mlx-lm")},
            result=result,
        )
        write_text_whole(self._made / RECORD, record.model_dump_json(indent=1) + "\n")
        write_text_whole(self._folder / RESULT, result.model_dump_json(indent=1) + "\n")
        self._made.rename(place)
        flush(place.parent)
        return result

    def _step(self, message: str) -> None:
        self._done += 1
        self._report(message)

    def _reach(self, done: int) -> None:
        """What an earlier attempt has done, or what is left out."""
        self._done = done

    def _report(self, message: str) -> None:
        self._reporter.progress(self._done, self._total, UNIT, message)


def _earlier_result(folder: Path) -> ConversionResult | None:
    file = folder / RESULT
    return ConversionResult.model_validate_json(file.read_bytes()) if file.is_file() else None


def _place(plan: ConversionPlan, result: ConversionResult) -> Path:
    return plan.folder.with_name(result.name) if result.name else plan.folder


def _is_there(folder: Path, place: Path) -> bool:
    """Whether an earlier attempt ended between the model's appearance and its own report."""
    file = place / RECORD
    return file.is_file() and ConversionRecord.model_validate_json(file.read_bytes()).job_id == folder.name


def _check_unchanged(plan: ConversionPlan) -> None:
    if fingerprint(plan.model_folder) != plan.model_fingerprint:
        raise AppError(f"The model in {plan.model_folder} was replaced since this conversion was asked for.")


def _check_free(plan: ConversionPlan) -> None:
    """Before anything is computed; what is made takes the next free name."""
    if _is_taken(plan.folder):
        raise Conflict(f"There is a model {plan.folder.name} by now; start the conversion again with another name.")


def _next_free(folder: Path) -> Path:
    """X, X-2, X-3 ..."""
    names = itertools.chain([folder.name], (f"{folder.name}-{number}" for number in itertools.count(2)))
    return next(it for name in names if not _is_taken(it := folder.with_name(name)))


def _is_taken(folder: Path) -> bool:
    return folder.exists() or folder.is_symlink()


def _not_finite(name: str, side: Side, plan: ConversionPlan) -> str:
    if side == BEFORE:
        return f"{name} computes NaN or infinity: its weights are damaged, and a copy would be too."
    advice = " float16 holds no number over 65,504: choose bfloat16." if plan.request.dtype == "float16" else ""
    return f"The new model computes NaN or infinity, so it was not kept.{advice}"


def _in_words(plan: ConversionPlan, result: ConversionResult) -> str:
    wanted, name = plan.request.name, result.name or plan.request.name
    why = f"There is a model {wanted} by now, so this one is {name}. " if name != wanted else ""
    sizes = f"{gigabytes(result.size_after_bytes)} instead of {gigabytes(result.size_before_bytes)}"
    before, after = result.perplexity_before, result.perplexity_after
    if before is None or after is None:
        return f"{why}{name} takes {sizes}."
    cost = f"perplexity on {result.measured_on} {before:,.2f} before, {after:,.2f} after"
    return f"{why}{name} takes {sizes}; {cost}."
