"""How work with KSeF is cut into steps that survive a crash.

Every call to KSeF stands between two commits: the intent is committed before it, the result right
after it. A claim tells other workers that a record is being worked on. It is a lock of the database
connection and not of the transaction, so it outlives those commits, and PostgreSQL drops it by
itself when the process dies: whoever can claim a record that says "sending" knows that its sender
is gone.
"""

import random
import time
from contextlib import contextmanager

from odoo import modules
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from psycopg2.extensions import TRANSACTION_STATUS_INERROR

# The first key of the two that an advisory lock has: one number for each model that is claimed.
CLAIM_DOCUMENT = 1_516_301
CLAIM_CONNECTION = 1_516_302
CLAIM_AUTHORISATION = 1_516_303
CLAIM_CERTIFICATE = 1_516_304
CLAIM_SESSION = 1_516_305
#: How often a result is written before the conflict is given up to the next run of the cron.
TRIES = 6


def commit(env):
    """End a step: what was done so far stays, whatever comes next.

    Inside Odoo's test transactions nothing may be committed; there it only writes everything out,
    so that the same SQL constraints are met.
    """
    env.flush_all()
    if not modules.module.current_test:
        env.cr.commit()


def keep(env, write, *arguments):
    """Do ``write(*arguments)`` and commit it, again if another transaction was in the way.

    For results of KSeF: they exist only here, so a colleague who registers a payment on the same
    invoice at the same moment must not cost us the answer. Everything before was committed, so the
    roll-back between two tries takes nothing else back.
    """
    for last in range(TRIES):
        try:
            write(*arguments)
            commit(env)
            return
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            if last == TRIES - 1 or modules.module.current_test:
                raise
            env.cr.rollback()
            env.transaction.clear()
            time.sleep(random.uniform(0, 0.1 * 2**last))


@contextmanager
def claim(env, kind, record_id, new_transaction=True):
    """Hold the record for this worker; yields whether that was possible.

    A transaction sees the database as it was when it began. So a new one begins once the record is
    held, or the caller would decide by what the worker before it has changed meanwhile. What the
    caller read before has to be invalidated.
    """
    env.cr.execute("SELECT pg_try_advisory_lock(%s, %s)", [kind, record_id])
    [held] = env.cr.fetchone()
    try:
        if held and new_transaction:
            commit(env)
        yield held
    finally:
        if held:
            release(env, kind, record_id)


@contextmanager
def wait_for(env, kind, record_id):
    """Hold the record for this worker as soon as the one before lets it go."""
    commit(env)
    env.cr.execute("SELECT pg_advisory_lock(%s, %s)", [kind, record_id])
    try:
        commit(env)
        yield
    finally:
        release(env, kind, record_id)


def release(env, kind, record_id):
    # After an error in SQL the transaction takes no further command; what it did is lost anyway.
    if env.cr.connection.info.transaction_status == TRANSACTION_STATUS_INERROR:
        env.cr.rollback()
    env.cr.execute("SELECT pg_advisory_unlock(%s, %s)", [kind, record_id])
