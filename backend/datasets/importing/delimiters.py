"""What stands between the cells of a table in text."""

import csv
import io

CANDIDATES = (",", ";", "\t", "|")
SAMPLE_ROWS = 20


def sniff(sample: str) -> str:
    """The one that cuts the first rows into most cells, all alike; a comma where none does."""
    return max(CANDIDATES, key=lambda it: _columns(sample, it))


def is_table(sample: str) -> bool:
    rows = _rows(sample, sniff(sample))
    return len(rows) > 1 and len({len(row) for row in rows}) == 1 and len(rows[0]) > 1


def _columns(sample: str, delimiter: str) -> float:
    """How many cells the header has, less where the rows below have another number of them."""
    rows = _rows(sample, delimiter)
    if not rows or len(rows[0]) < 2:
        return 0.0
    return len(rows[0]) * sum(len(row) == len(rows[0]) for row in rows) / len(rows)


def _rows(sample: str, delimiter: str) -> list[list[str]]:
    rows: list[list[str]] = []
    reader = csv.reader(io.StringIO(sample), delimiter=delimiter)
    try:
        for row in reader:
            if row:
                rows.append(row)
            if len(rows) > SAMPLE_ROWS:
                break
    except csv.Error:
        pass
    return rows[:-1] if len(rows) > 1 and reader.line_num >= sample.count("\n") and not sample.endswith("\n") else rows
