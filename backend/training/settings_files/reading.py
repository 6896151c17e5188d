"""Reads settings from YAML that somebody wrote or shared, and says in words what of it cannot be taken. Pure."""

from collections.abc import Iterator
from typing import Any

import yaml

from backend.errors import AppError
from backend.training.schemas import ConfigChanges
from backend.training.settings_files.names import about_unknown, is_field
from backend.training.settings_files.schemas import ReadSettings, SettingsProblem
from backend.training.settings_files.values import read_value

MOST_CHARACTERS = 100_000
RUN_FILE_MARK = "base_fingerprint"
"""A field that every run's own config.yaml has, where the settings stand under `config`."""


class SettingsUnreadable(AppError):
    code = "settings_unreadable"


def read_settings(text: str) -> ReadSettings:
    """Raises SettingsUnreadable where the whole text is no list of settings."""
    if len(text) > MOST_CHARACTERS:
        raise SettingsUnreadable(
            f"This is no settings file: it has {len(text):,} characters, and settings take a few thousand."
        )
    try:
        loader = yaml.SafeLoader(text)
        node = _settings_node(loader.get_single_node())
        return _read(loader, node)
    except yaml.YAMLError as error:
        raise SettingsUnreadable(_about(error)) from error
    except RecursionError as error:
        raise SettingsUnreadable("This is no settings file: it is nested too deeply.") from error


def _settings_node(node: yaml.Node | None) -> yaml.MappingNode:
    if not isinstance(node, yaml.MappingNode):
        raise SettingsUnreadable("Write one setting a line, such as learning_rate: 1e-4.")
    parts = {key.value: value for key, value in node.value if isinstance(key, yaml.ScalarNode)}
    inner = parts.get("config")
    return inner if RUN_FILE_MARK in parts and isinstance(inner, yaml.MappingNode) else node


def _read(loader: yaml.SafeLoader, node: yaml.MappingNode) -> ReadSettings:
    settings: dict[str, Any] = {}
    problems: list[SettingsProblem] = []
    for key, value in node.value:
        name = str(key.value) if isinstance(key, yaml.ScalarNode) else "?"
        if problem := _take(loader, name, value, settings):
            problems.append(SettingsProblem(field=name, message=problem, line=key.start_mark.line + 1))
    return ReadSettings(settings=ConfigChanges(**settings), problems=problems)


def _take(loader: yaml.SafeLoader, name: str, node: yaml.Node, settings: dict[str, Any]) -> str | None:
    """Puts the value into `settings`, or says what stands in the way."""
    if not is_field(name):
        return about_unknown(name)
    if name in settings:
        return f"'{name}' is named twice; the first one holds."
    try:
        settings[name] = read_value(name, loader.construct_object(node, deep=True))
    except yaml.YAMLError as error:
        return f"'{name}' cannot be read: {' '.join(_words(error))}."
    except ValueError as error:
        return str(error)
    return None


def _about(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    place = f"line {mark.line + 1}: " if mark is not None else ""
    return f"This is not YAML: {place}{' '.join(_words(error))}. Write one setting a line, such as learning_rate: 1e-4."


def _words(error: yaml.YAMLError) -> Iterator[str]:
    problem = getattr(error, "problem", None) or getattr(error, "reason", None)
    yield str(problem or "it cannot be read")
