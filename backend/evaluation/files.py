"""The files of an evaluation in its job's folder, beside those that every job has."""

SUMMARY = "summary.json"
EXAMPLES = "examples.jsonl"
