"""What people read of conversions."""

from backend.models.conversion.schemas import ConversionSketch, Recipe
from backend.models.disk_room import gigabytes


def called(recipe: Recipe) -> str:
    """ "4 bit", "mixed 3 and 6 bit", "bfloat16"."""
    if recipe.mixed is not None:
        _, low, high = recipe.mixed.split("_")
        return f"mixed {low} and {high} bit"
    return f"{recipe.bits} bit" if recipe.bits is not None else str(recipe.dtype)


def estimated(sketch: ConversionSketch, free: int) -> str:
    return (
        f"The weights will take {gigabytes(sketch.size_bytes)} instead of {gigabytes(sketch.size_before_bytes)}, "
        f"{sketch.bits_per_weight:.2f} bits a weight; {gigabytes(free)} are free."
    )
