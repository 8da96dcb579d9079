"""Somebody who works with Odoo over JSON-RPC, as the web client does."""

from typing import Any

import requests


class Refused(AssertionError):
    """Odoo answered with an error; the text is what a person would read."""

    def __init__(self, error: dict):
        data = error.get("data") or {}
        super().__init__(data.get("message") or error.get("message"))
        self.kind = data.get("name", "")


class Person:
    def __init__(self, url: str, database: str, login: str):
        self.url = url
        self._session = requests.Session()
        self.user = self._post(
            "/web/session/authenticate", db=database, login=login, password=login
        )

    def _post(self, path: str, **params: Any) -> Any:
        body = {"jsonrpc": "2.0", "method": "call", "params": params}
        answer = self._session.post(self.url + path, json=body, timeout=90)
        answer.raise_for_status()
        content = answer.json()
        if "error" in content:
            raise Refused(content["error"])
        return content.get("result")

    def call(self, model: str, method: str, *args: Any, **kwargs: Any) -> Any:
        return self._post(
            f"/web/dataset/call_kw/{model}/{method}",
            model=model,
            method=method,
            args=args,
            kwargs=kwargs,
        )

    def read(self, model: str, record: int, *fields: str) -> dict:
        [found] = self.call(model, "read", [record], list(fields))
        return found

    def download(self, path: str) -> bytes:
        answer = self._session.get(self.url + path, timeout=90)
        answer.raise_for_status()
        return answer.content

    def send_to_ksef(self, *invoices: int) -> Any:
        """The button on the invoice, or in the list."""
        return self.call("account.move", "action_l10n_pl_ksef_send", list(invoices))
