"""Scripts that run in the virtual environment, where Odoo, psycopg2 and PostgreSQL's wheel are."""
