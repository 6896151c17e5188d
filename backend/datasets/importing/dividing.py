"""Divides rows into train, validation and test: exactly, the same way for the same seed, and never through a group."""

import numpy as np
from numpy.typing import NDArray

from backend.datasets.importing.schemas import SplitPlan
from backend.datasets.importing.seen import Hashes
from backend.datasets.schemas import Split

SIDES: tuple[Split, ...] = ("train", "valid", "test")


def divide(contents: Hashes, groups: Hashes, plan: SplitPlan) -> NDArray[np.uint8]:
    """The number in SIDES for each row, uint8 (rows,), from the keys of its content and of its group.

    Test and validation get their share of all rows, rounded, as nearly as whole groups allow, and at least one row
    where a share is asked for and two are left. Which rows these are depends on the seed and the keys alone, not on
    the order of the rows.
    """
    total = len(contents)
    units = _units(contents, groups)
    sizes = np.bincount(units)
    keys = np.full(len(sizes), np.uint64(2**64 - 1))
    np.minimum.at(keys, units, groups)
    order = np.argsort(_mixed(keys ^ _mixed(np.array([plan.seed], dtype=np.uint64))), kind="stable")
    side_of_unit = np.zeros(len(sizes), dtype=np.uint8)
    for side, fraction in ((2, plan.test_fraction), (1, plan.valid_fraction)):
        left = int(sizes[side_of_unit == 0].sum())
        wanted = min(max(1, _rounded(fraction * total)), left - 1) if fraction > 0 else 0
        free = order[side_of_unit[order] == 0]
        side_of_unit[free[_fitting(sizes[free], wanted)]] = side
    return side_of_unit[units]


def _rounded(count: float) -> int:
    return int(count + 0.5)


def _fitting(sizes: NDArray[np.int64], wanted: int) -> NDArray[np.int64]:
    """The first that together have `wanted` rows; one that is too large for what is left is passed over."""
    begin = int(np.searchsorted(np.cumsum(sizes), wanted, side="right"))
    taken = list(range(begin))
    left = wanted - int(sizes[:begin].sum())
    for number in range(begin, len(sizes)):
        if left == 0:
            break
        if sizes[number] <= left:
            taken.append(number)
            left -= int(sizes[number])
    return np.array(taken, dtype=np.int64)


def _units(contents: Hashes, groups: Hashes) -> NDArray[np.int64]:
    """For each row the number of what has to stay together: its group, with every group that holds an equal row."""
    _, unit = np.unique(groups, return_inverse=True)
    if groups is contents:
        return unit
    order = np.argsort(contents, kind="stable")
    equal = contents[order[1:]] == contents[order[:-1]]
    left, right = unit[order[:-1]][equal], unit[order[1:]][equal]
    apart = left != right
    if not apart.any():
        return unit
    root = np.arange(int(unit.max()) + 1)
    for one, other in zip(left[apart].tolist(), right[apart].tolist(), strict=True):
        one, other = _root(root, one), _root(root, other)
        root[max(one, other)] = min(one, other)
    while (further := root[root]).tobytes() != root.tobytes():
        root = further
    _, unit = np.unique(root[unit], return_inverse=True)
    return unit


def _root(root: NDArray[np.int64], number: int) -> int:
    while root[number] != number:
        root[number] = root[root[number]]
        number = int(root[number])
    return number


def _mixed(keys: Hashes) -> Hashes:
    """splitmix64, https://prng.di.unimi.it/splitmix64.c: neighbours among keys and seeds come far apart."""
    with np.errstate(over="ignore"):
        mixed = keys + np.uint64(0x9E3779B97F4A7C15)
        mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return mixed ^ (mixed >> np.uint64(31))
