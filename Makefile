# The commands; what they do is in tools/. Everything they fetch lies outside this folder, in
# $XDG_CACHE_HOME or ~/.cache. Settings: ODOO_SRC, DATABASE_URL, DB_NAME, HTTP_PORT, SIMULATOR_PORT.
PYTHON3 ?= python3
TOOLS = $(PYTHON3) -m tools

.PHONY: run stop reset get
run:  ## Odoo with the demo company, and the simulator; Ctrl-C stops both
	@$(TOOLS) run
stop:  ## stop what make run started, from another terminal
	@$(TOOLS) stop
reset:  ## forget the demo database
	@$(TOOLS) reset
get:  ## fetch Odoo, Python packages and PostgreSQL only
	@$(TOOLS) get
