"""What people read of conversions."""

from backend.models.conversion.schemas import ConversionSketch, Recipe

GIGABYTE = 10**9


def called(recipe: Recipe) -> str:
    """ "4 bit", "mixed 3 and 6 bit", "bfloat16"."""
    if recipe.mixed is not None:
        _, low, high = recipe.mixed.split("_")
        return f"mixed {low} and {high} bit"
    return f"{recipe.bits} bit" if recipe.bits is not None else str(recipe.dtype)


def size(size_bytes: int) -> str:
    if size_bytes >= GIGABYTE:
        return f"{size_bytes / GIGABYTE:,.1f} GB"
    return f"{size_bytes / 10**6:,.1f} MB"


def estimated(sketch: ConversionSketch, free: int) -> str:
    return (
        f"The weights will take {size(sketch.size_bytes)} instead of {size(sketch.size_before_bytes)}, "
        f"{sketch.bits_per_weight:.2f} bits a weight; {size(free)} are free."
    )
