"""The general text: short paragraphs on many subjects in plain English, written for this program.

What an adapter loses here it has forgotten, whatever it was trained on. It is small: a few thousand tokens show a clear
loss, and no fine one.
"""

from pathlib import Path

GENERAL_TEXT = Path(__file__).with_name("general.jsonl")
