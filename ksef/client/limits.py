"""What KSeF allows in size and number: of invoices, certificates and requests."""

from __future__ import annotations

from typing import Any

from .calling import Calling
from .reading import Unreadable
from .results_limits import ContextLimits, SubjectLimits


class LimitOperations(Calling):
    """``/limits`` and ``/rate-limits``."""

    def context_limits(self) -> ContextLimits:
        """``GET /limits/context``: of the company that one acts for."""
        return self._get("GET /limits/context", ContextLimits.read, token=self._access())

    def subject_limits(self) -> SubjectLimits:
        """``GET /limits/subject``: of the person or company that authorised."""
        return self._get("GET /limits/subject", SubjectLimits.read, token=self._access())

    def rate_limits(self) -> dict[str, dict[str, int]]:
        """``GET /rate-limits``: for each group of operations (``"invoiceSend"``, ``"other"`` …)
        the requests allowed as ``{"perSecond": …, "perMinute": …, "perHour": …}``; -1 means no
        limit."""

        def read(value: Any) -> dict[str, dict[str, int]]:
            if not isinstance(value, dict):
                raise Unreadable("answer is no object")
            return {
                group: {
                    name: number
                    for name, number in numbers.items()
                    if isinstance(number, int) and not isinstance(number, bool)
                }
                for group, numbers in value.items()
                if isinstance(numbers, dict)
            }

        operation = "GET /rate-limits"
        return self._understood(operation, self._call(operation, token=self._access()), read)
