#!/bin/sh
# Runs once, when a context's Postgres is made: a database of the context's name, owned by a role of the same name that is no
# superuser, and a role that may connect and reads what the owner's process lets it. The passwords are those in the secrets of docker-compose.yml.
set -eu

psql -v ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres \
  -v context="$CONTEXT" \
  -v reader="${CONTEXT}_reader" <<'SQL'
-- Read by psql itself: a command line can be read by every process beside it.
\set owner_password `cat "/run/secrets/${CONTEXT}_password"`
\set reader_password `cat "/run/secrets/${CONTEXT}_reader_password"`
CREATE ROLE :"context" LOGIN PASSWORD :'owner_password';
CREATE ROLE :"reader" LOGIN PASSWORD :'reader_password';
CREATE DATABASE :"context" OWNER :"context";
-- Postgres lets everybody into every database unless it is told otherwise.
REVOKE ALL ON DATABASE :"context", postgres, template1 FROM PUBLIC;
GRANT CONNECT, TEMPORARY ON DATABASE :"context" TO :"reader";
SQL
