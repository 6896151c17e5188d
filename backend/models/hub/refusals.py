"""What the hub refuses, or why it cannot be asked, in words with the next step. Knows huggingface_hub's errors."""

import json
from typing import Any

import httpx2
from huggingface_hub import errors as hub
from huggingface_hub import get_token

from backend.errors import AppError
from backend.models.hub.environment import endpoint

TRANSIENT_STATUS = frozenset({408, 425, 429, 500, 502, 503, 504})
WRONG_TOKEN = "Invalid credentials in Authorization header"  # noqa: S105 - the hub's words about one


class HubRefused(AppError):
    """The hub says no, or nothing."""

    code = "hub_refused"


def is_transient(error: Exception) -> bool:
    """Whether the same question may be answered later: lost connections, busy servers, too many requests."""
    if isinstance(error, hub.HfHubHTTPError):
        return _status(error) in TRANSIENT_STATUS
    return isinstance(error, httpx2.TransportError) and not isinstance(error, httpx2.UnsupportedProtocol)


def in_words(error: Exception, repo_id: str, revision: str | None = None) -> HubRefused | None:
    """None for an error that has nothing to do with the hub."""
    match error:
        case hub.OfflineModeIsEnabled():
            return _refused(
                503, "hub_offline", "HF_HUB_OFFLINE is set, so the hub is not asked. Unset it, and start again."
            )
        case hub.HFValidationError():
            return _refused(
                400, "invalid_repo_id", f"'{repo_id}' is no repository id: it looks like owner/name, as on the hub."
            )
        case hub.GatedRepoError():
            return _refused(403, "hub_gated", gated(repo_id))
        case hub.RevisionNotFoundError():
            return _refused(
                404,
                "hub_not_found",
                f"{repo_id} has no revision '{revision}'. Leave it empty for the newest, or look on the hub for one.",
            )
        case hub.DisabledRepoError():
            return _refused(403, "hub_refused", f"The hub has closed {repo_id}; choose another model.")
        case hub.HfHubHTTPError():
            return _by_status(error, repo_id)
        case httpx2.ProxyError():
            return _refused(
                503, "hub_unreachable", f"The proxy does not let the hub be asked: {error}. Check HTTPS_PROXY."
            )
        case httpx2.TransportError() | httpx2.InvalidURL():
            return _refused(
                503,
                "hub_unreachable",
                f"The hub at {endpoint()} does not answer ({_short(error)}). Check the connection, and try again.",
            )
        case json.JSONDecodeError():
            return strange_answer()
    return None


def strange_answer() -> HubRefused:
    return _refused(
        502,
        "hub_strange",
        f"What {endpoint()} answers is no answer of a hub. Check HF_ENDPOINT, and whether the network wants a login.",
    )


def gated(repo_id: str) -> str:
    page = f"{endpoint()}/{repo_id}"
    if get_token() is None:
        return (
            f"{repo_id} is gated: its owner asks everybody to agree to terms first. Open {page}, agree, make a token "
            f"with the right to read at {endpoint()}/settings/tokens, and run `hf auth login` or set HF_TOKEN "
            "before the start."
        )
    return (
        f"{repo_id} is gated, and your account has no access to it yet. Open {page}, agree to its terms, and try again "
        "once the page says that you have access; the token needs the right to read gated repositories."
    )


def _by_status(error: hub.HfHubHTTPError, repo_id: str) -> HubRefused:
    status = _status(error)
    said = error.response.headers.get("X-Error-Message", "")
    if status == 401 and (said == WRONG_TOKEN or not isinstance(error, hub.RepositoryNotFoundError)):
        return _refused(
            401,
            "hub_token",
            f"The hub does not accept your token. Make a new one at {endpoint()}/settings/tokens, and run "
            "`hf auth login` or set HF_TOKEN; without any token open models can be downloaded too.",
        )
    if isinstance(error, hub.RepositoryNotFoundError):
        private = (
            "or the token has no right to it"
            if get_token()
            else "or it is private, and then a token is needed (HF_TOKEN)"
        )
        return _refused(
            404, "hub_not_found", f"The hub has no repository '{repo_id}', {private}. Check how it is written."
        )
    if status == 404:
        return _refused(404, "hub_not_found", f"The hub no longer has a file of {repo_id} that it named. Look again.")
    if status == 429:
        return _refused(
            429, "hub_busy", f"The hub answers no more questions for now: too many were asked. {_later(error)}"
        )
    if status == 403:
        return _refused(
            403, "hub_refused", f"The hub does not give {repo_id} to your account{f': {said}' if said else ''}."
        )
    if status >= 500:
        return _refused(502, "hub_failed", f"The hub has trouble of its own ({status}). Try again in a few minutes.")
    return _refused(502, "hub_refused", f"The hub refuses {repo_id} ({status}{f': {said}' if said else ''}).")


def _later(error: hub.HfHubHTTPError) -> str:
    seconds = retry_after(error)
    more = "" if get_token() else " With a token (HF_TOKEN) it answers more of them."
    return f"Try again in {seconds:.0f} s.{more}" if seconds else f"Try again in a few minutes.{more}"


def retry_after(error: Exception) -> float | None:
    """Seconds that the hub asks to wait."""
    if isinstance(error, hub.HfHubHTTPError):
        said = error.response.headers.get("Retry-After", "")
        return float(said) if said.isdigit() else None
    return None


def _status(error: hub.HfHubHTTPError) -> int:
    return int(error.response.status_code)


def _short(error: Exception) -> str:
    return str(error).strip().rstrip(".") or type(error).__name__


def _refused(status: int, code: str, detail: str, **more: Any) -> HubRefused:
    return HubRefused(detail, status_code=status, code=code, **more)
