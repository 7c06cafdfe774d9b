"""How does the demo talk to a node? As any program would: the staff API with a bearer token."""

from __future__ import annotations

import json
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

TIMEOUT_S = 30


class ApiError(Exception):
    """A call was refused; the message holds the problem's code."""

    def __init__(self, status: int, code: str, detail: str) -> None:
        super().__init__(f"{status} {code}: {detail}")
        self.status = status
        self.code = code


_SIGNED_IN: dict[tuple[str, str], Client] = {}


def signed_in(node: dict[str, Any], username: str) -> Client:
    """Return the session of a person, signed in once: checking a password is slow on purpose."""
    key = (str(node["url"]), username)
    if key not in _SIGNED_IN:
        _SIGNED_IN[key] = Client(node, username)
    return _SIGNED_IN[key]


class Client:
    """One signed-in person at one node."""

    def __init__(self, node: dict[str, Any], username: str) -> None:
        self._url = str(node["url"])
        self.user = next(u for u in node["users"] if u["username"] == username)
        self._token = ""
        body = {"username": username, "password": self.user["password"]}
        self._token = str(self.call("POST", "/session", body)["token"])

    @property
    def pin(self) -> str:
        """The PIN of this person's signing key."""
        return str(self.user["pin"])

    def text(self, path: str) -> str:
        """Return the body of an answer that is text.

        Raises:
            ApiError: it was refused.
        """
        request = Request(  # noqa: S310 - loopback
            f"{self._url}/api/v1{path}", headers={"Authorization": f"Bearer {self._token}"}
        )
        try:
            with urlopen(request, timeout=TIMEOUT_S) as answer:  # noqa: S310 - the same
                return str(answer.read().decode())
        except HTTPError as error:
            raise _refusal(error) from error

    def call(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        query: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
    ) -> Any:  # noqa: ANN401 - JSON
        """Make one call and return the answer.

        Raises:
            ApiError: it was refused.
        """
        url = f"{self._url}/api/v1{path}" + (f"?{urlencode(query)}" if query else "")
        sent = {"Accept": "application/json", **(headers or {})}
        if self._token:
            sent["Authorization"] = f"Bearer {self._token}"
        data = None
        if body is not None:
            data = json.dumps(body).encode()
            sent["Content-Type"] = "application/json"
        request = Request(url, data=data, headers=sent, method=method)  # noqa: S310 - loopback
        try:
            with urlopen(request, timeout=TIMEOUT_S) as answer:  # noqa: S310 - the same
                text = answer.read()
        except HTTPError as error:
            raise _refusal(error) from error
        return json.loads(text) if text else None


def _refusal(error: HTTPError) -> ApiError:
    text = error.read()
    try:
        problem = json.loads(text)
    except ValueError:
        problem = {}
    return ApiError(error.code, str(problem.get("code", "")), str(problem.get("detail", "")))
