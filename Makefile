# The commands; what they do is in tools/. Everything they fetch lies outside this folder, in
# $XDG_CACHE_HOME or ~/.cache. Settings: ODOO_SRC, DATABASE_URL, DB_NAME, HTTP_PORT, SIMULATOR_PORT.
PYTHON3 ?= python3
TOOLS = @$(PYTHON3) -m tools

.PHONY: run stop reset get test lint bench drill i18n help

run:  ## Odoo with the demo company, and the simulator; Ctrl-C stops both
	$(TOOLS) run
stop:  ## stop what make run started, from another terminal
	$(TOOLS) stop
reset:  ## forget the demo database
	$(TOOLS) reset
get:  ## fetch Odoo, Python packages and PostgreSQL only
	$(TOOLS) get
test:  ## everything that must hold; make test-odoo and the like run one stage
	$(TOOLS) test
test-%:
	$(TOOLS) test $*
lint:  ## ruff, pylint-odoo and OCA's checks
	$(TOOLS) test lint
i18n:  ## export the strings and merge them into i18n/pl.po
	$(TOOLS) i18n
bench:  ## our rendering beside Odoo's own; N=300 invoices
	$(TOOLS) bench
drill:  ## KSeF fails and comes back while invoices are issued, in 5 minutes; N=200 invoices
	$(TOOLS) drill
help:
	@grep -hE '^[a-z0-9]+:.*##' Makefile | sed -E 's/:.*## /\t/' | expand -t 12
