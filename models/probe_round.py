"""One round of questions to KSeF, Latarnia and the neutral host, all at once.

Nothing here touches the database: threads must not share an environment of Odoo, and no
transaction is open while the network is waited for.
"""

import logging
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import datetime, timezone

from ..ksef import probing
from ..ksef.errors import KsefError
from ..ksef.latarnia import Latarnia, Messages, Status

_logger = logging.getLogger(__name__)

#: Seconds to wait for a connection, and for each piece of an answer. To a KSeF that needs longer
#: to say what its public keys are no invoice can be sent either.
TIMEOUT = (5, 8)
#: Seconds after which a round ends, whatever is still open: looking a name up has no time-out of
#: its own, and the next round must not wait for this one.
LONGEST = 45


@dataclass
class Said:
    """What Latarnia said of one environment, and what kept it from saying more."""

    status: Status | None = None
    messages: Messages | None = None
    error: KsefError | None = None


@dataclass
class Round:
    """What came back.

    :ivar probes: by environment code
    :ivar said: by environment code, of those that have a Latarnia
    :ivar neutral: the neutral host, None when it was not asked
    :ivar own_line: whether nothing at all could be reached from here
    """

    probes: dict[str, probing.Probe] = field(default_factory=dict)
    said: dict[str, Said] = field(default_factory=dict)
    neutral: probing.Probe | None = None
    own_line: bool = False


def ask(environments, neutral_url):
    """Ask everything at once and return the ``Round``.

    :param environments: ``ksef.environments.Environment``
    :param neutral_url: asked only when something failed
    """
    began = datetime.now(timezone.utc)
    questions = {("probe", one.code): (probing.probe, one) for one in environments}
    questions |= {("said", one.code): (_latarnia, one) for one in environments if one.latarnia}
    answers = _at_once(questions)
    result = Round()
    for one in environments:
        result.probes[one.code] = answers.get(("probe", one.code)) or _endless(one.api, began)
        if one.latarnia:
            result.said[one.code] = answers.get(("said", one.code)) or Said()
    if not all(probe.available for probe in result.probes.values()):
        began = datetime.now(timezone.utc)
        answers = _at_once({"neutral": (probing.probe_host, neutral_url)})
        result.neutral = answers.get("neutral") or _endless(neutral_url, began)
        result.own_line = _is_own_line(result)
    return result


def _is_own_line(result):
    """Whether nothing can be reached from here: then KSeF is not to blame.

    An error that came over the line proves the line. The simulator stands on this machine or in
    this network, so it neither proves a line to the outside nor needs one.
    """
    outside = [probe for code, probe in result.probes.items() if code != "simulator"]
    said = [said for code, said in result.said.items() if code != "simulator"]
    return (
        bool(outside)
        and not result.neutral.available
        and all(probe.http_status is None for probe in outside)
        and not any(one.status or one.messages for one in said)
        and not any(one.error and one.error.http_status for one in said)
    )


def _latarnia(environment, timeout):
    """Both answers of Latarnia. None is no news about KSeF."""
    said = Said()
    try:
        service = Latarnia(environment, timeout=timeout)
        said.status = service.status()
        said.messages = service.messages()
    except KsefError as error:
        said.error = error
    return said


def _at_once(questions):
    """``{key: answer}`` of ``{key: (function, target)}``; what took too long is left out."""
    # no "with": its end would wait for those that hang
    pool = ThreadPoolExecutor(max_workers=len(questions), thread_name_prefix="ksef-probe")
    futures = {
        pool.submit(_called, function, target): key for key, (function, target) in questions.items()
    }
    done, _late = wait(futures, timeout=LONGEST)
    pool.shutdown(wait=False, cancel_futures=True)
    return {futures[future]: future.result() for future in done}


def _called(function, target):
    try:
        return function(target, timeout=TIMEOUT)
    except Exception:
        # One target that surprises us must not cost the evidence about the others.
        _logger.exception("A question about KSeF failed: %s", getattr(target, "code", target))
        return None


def _endless(url, began):
    """A question that never came back."""
    return probing.Probe(url, began, LONGEST * 1000, probing.Failure.TIMEOUT)
