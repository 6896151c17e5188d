"""What a session keeps so that it can go on: the name of the file, and how far it is. Knows headers, not tensors."""

from pathlib import Path

from backend.adapters.tensors import AdapterUnreadable, read_metadata

RESUME_FILE = "resume.safetensors"


def saved_iteration(session_folder: Path) -> int:
    """The step that the session can go on after; 0 where nothing is saved yet, or nothing that can be read."""
    try:
        return int(read_metadata(session_folder / RESUME_FILE)["iteration"])
    except (AdapterUnreadable, KeyError, ValueError):
        return 0
