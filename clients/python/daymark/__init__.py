"""Sends events from a server to Daymark: batched, retried, each counted once. Needs only Python 3.9.

    from daymark import Client

    daymark = Client("http://127.0.0.1:3000", "tk_local")
    daymark.track("payment", user_id="u-1", amount=9900, currency="KRW")
    daymark.flush()  # at the end of a job, and of each invocation of a Lambda function

``track`` puts an event in memory and returns. A thread sends what waits, at most a second later or when there are 100
events. It retries with the same batch id until the server has decided, so each event counts once. When the program
ends, the remaining events are sent first; a program that is killed loses what it had not sent.
"""

from __future__ import annotations

import atexit
import json
import logging
import os
import random
import threading
import time
import urllib.error
import urllib.request
import uuid
from collections import deque
from typing import Any, Callable, Deque, List, Optional, Tuple

__all__ = ["Client", "Problem"]
__version__ = "0.2.0"

_log = logging.getLogger("daymark")
_BATCH_EVENTS = 500  # the server's limit
_BATCH_CHARACTERS = 300_000  # below its 1 MiB, whatever the alphabet
_LONGEST_PAUSE = 30.0

Problem = Tuple[str, str, int]
"""What went wrong (``rejected``, ``dropped`` or ``retry``), why, and with how many events."""


class Client:
    """A client for one stage. Raises a ValueError for an invalid address or key: immediately, never later."""

    def __init__(
        self,
        url: str,
        key: str,
        *,
        flush_seconds: float = 1.0,
        flush_events: int = 100,
        max_events: int = 10_000,
        timeout: float = 10.0,
        on_problem: Optional[Callable[[Problem], None]] = None,
    ) -> None:
        if not url.startswith(("http://", "https://")):
            raise ValueError(f'Cannot send events: "{url}" is no address')
        if not key:
            raise ValueError("Cannot send events: the key is missing")
        self._endpoint = url.rstrip("/") + "/v1/events"
        self._key = key
        self._flush_seconds = flush_seconds
        self._flush_events = flush_events
        self._max_events = max_events
        self._timeout = timeout
        self._on_problem = on_problem
        self._changed = threading.Condition()
        self._waiting: Deque[str] = deque()
        self._batches: Deque[_Batch] = deque()
        self._first_at: Optional[float] = None
        self._hurried = False
        self._closed = False
        self._dropped = 0
        self._thread: Optional[threading.Thread] = None
        self._pid = os.getpid()
        atexit.register(self.close, timeout=10.0)

    def track(self, name: str, **fields: Any) -> None:
        """Takes an event; its time is now unless it has ``occurred_at``. Never raises or waits for the network."""
        try:
            text = json.dumps({"occurred_at": _now_ms(), **fields, "name": name}, default=str, allow_nan=False)
        except (TypeError, ValueError, RecursionError) as error:
            return self._tell("dropped", f"the event cannot be written as JSON: {error}", 1)
        with self._changed:
            if self._closed:
                dropped = "the client is closed"
            else:
                dropped = self._take(text)
        if dropped:
            self._tell("dropped", dropped, 1)

    def flush(self, timeout: float = 30.0) -> bool:
        """Sends what was tracked before; returns whether the server has decided about all of it in time."""
        deadline = time.monotonic() + timeout
        with self._changed:
            self._hurried = True
            self._start()
            self._changed.notify_all()
            while self._waiting or self._batches:
                left = deadline - time.monotonic()
                if left <= 0:
                    return False
                self._changed.wait(left)
            self._hurried = False
            return True

    def close(self, timeout: float = 30.0) -> bool:
        """Flushes, and takes no more events."""
        is_sent = self.flush(timeout) if os.getpid() == self._pid else True
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        atexit.unregister(self.close)
        return is_sent

    # Everything below runs with the condition's lock held, unless it says otherwise.

    def _take(self, text: str) -> str:
        self._waiting.append(text)
        if self._first_at is None:
            self._first_at = time.monotonic()
        self._start()
        self._changed.notify_all()
        if len(self._waiting) <= self._max_events:
            return ""
        self._waiting.popleft()
        self._dropped += 1
        # Reported once for many: a client that cannot send is busy enough.
        return f"more than {self._max_events} events wait" if self._dropped % 1000 == 1 else ""

    def _start(self) -> None:
        """Threads do not survive a fork: a child process begins with an empty queue and its own thread."""
        if os.getpid() != self._pid:
            self._pid = os.getpid()
            self._batches.clear()
            self._thread = None
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._work, name="daymark", daemon=True)
            self._thread.start()

    def _work(self) -> None:
        """The thread: sends one batch after the other, in the order of tracking. Takes the lock itself."""
        while True:
            with self._changed:
                batch = self._next()
                if batch is None:
                    return
            outcome, message, seconds, rejected = self._send(batch)
            if outcome == "later":
                if batch.attempts == 0:
                    self._tell("retry", message, len(batch.events))
                batch.attempts += 1
                pause = min(_LONGEST_PAUSE, 0.2 * 2**batch.attempts if seconds is None else seconds)
                with self._changed:
                    self._changed.wait(pause * random.uniform(0.5, 1.0))
                continue
            self._done(batch, outcome)
            if outcome == "rejected" or rejected:
                self._tell("rejected", message, rejected or len(batch.events))

    def _next(self) -> Optional["_Batch"]:
        """Waits for the next batch to send; None if the client is closed and nothing is left."""
        while not self._batches:
            due = None if self._first_at is None else self._first_at + self._flush_seconds
            enough = len(self._waiting) >= self._flush_events
            if self._waiting and (enough or self._hurried or self._closed or time.monotonic() >= (due or 0)):
                self._batches.append(self._cut())
                break
            if self._closed and not self._waiting:
                return None
            self._changed.wait(None if due is None else max(0.0, due - time.monotonic()))
        return self._batches[0]

    def _cut(self) -> "_Batch":
        events: List[str] = []
        characters = 0
        while self._waiting and len(events) < _BATCH_EVENTS:
            characters += len(self._waiting[0])
            if events and characters > _BATCH_CHARACTERS:
                break
            events.append(self._waiting.popleft())
        self._first_at = time.monotonic() if self._waiting else None
        return _Batch(events)

    def _done(self, batch: "_Batch", outcome: str) -> None:
        """Takes the lock itself."""
        with self._changed:
            self._batches.popleft()
            if outcome == "too_large" and len(batch.events) > 1:
                half = len(batch.events) // 2
                self._batches.appendleft(_Batch(batch.events[half:]))
                self._batches.appendleft(_Batch(batch.events[:half]))
            self._changed.notify_all()

    def _send(self, batch: "_Batch") -> Tuple[str, str, Optional[float], int]:
        """One attempt, without the lock: outcome, message, seconds until a retry, and how many were rejected."""
        # The server corrects this clock by the time of sending, which is new for each attempt; all else stays the same.
        body = f'{{"batch_id":"{batch.id}","sent_at":{_now_ms()},"events":[{",".join(batch.events)}]}}'.encode()
        headers = {"content-type": "application/json", "x-write-key": self._key, "user-agent": f"daymark-python/{__version__}"}
        request = urllib.request.Request(self._endpoint, data=body, headers=headers, method="POST")
        try:
            with urllib.request.urlopen(request, timeout=self._timeout) as answer:
                text = answer.read().decode("utf-8", "replace")
                refused = json.loads(text).get("rejected") or []
                return "taken", json.dumps(refused)[:300], None, len(refused)
        except urllib.error.HTTPError as error:
            message = f"{error.code} {error.read().decode('utf-8', 'replace')[:300]}"
            if error.code == 413:
                return ("too_large" if len(batch.events) > 1 else "rejected"), message, None, 0
            if error.code >= 500 or error.code in (408, 425, 429):
                after = error.headers.get("retry-after", "")
                return "later", message, float(after) if after.isdigit() else None, 0
            return "rejected", message, None, 0
        except Exception as error:  # from the network or a proxy; without an answer, it may be temporary
            return "later", f"{type(error).__name__}: {error}", None, 0

    def _tell(self, kind: str, message: str, events: int) -> None:
        try:
            if self._on_problem is not None:
                self._on_problem((kind, message, events))
            else:
                _log.warning("%d events %s: %s", events, kind, message)
        except Exception:  # errors of the callback are the owner's concern
            pass


class _Batch:
    """Keeps its id and its events, however often it is sent."""

    def __init__(self, events: List[str]) -> None:
        # A version 7 UUID: the server recognises copies by the time in it, however late they arrive.
        self.id = uuid.UUID(int=(_now_ms() << 80) | (7 << 76) | (random.getrandbits(12) << 64) | (2 << 62) | random.getrandbits(62))
        self.events = events
        self.attempts = 0


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
