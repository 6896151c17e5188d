"""What a run is asked for from outside while it goes."""

import signal
from types import FrameType


class Interrupted(BaseException):
    """A request came before the first step. No Exception, so that no library that is at work takes it for its own."""


class Requests:
    """SIGTERM asks to stop, SIGUSR1 to pause: they interrupt the preparation at once, but let a step end."""

    def __init__(self) -> None:
        self.stop = False
        self.pause = False
        self.stepping = False

    @property
    def any(self) -> bool:
        return self.stop or self.pause

    def listen(self) -> None:
        signal.signal(signal.SIGTERM, self._handle)
        signal.signal(signal.SIGUSR1, self._handle)

    def _handle(self, number: int, frame: FrameType | None) -> None:
        first = not self.any
        if number == signal.SIGTERM:
            self.stop = True
        else:
            self.pause = True
        if first and not self.stepping:
            raise Interrupted
