-- Roles, database and extensions of TESC on PostgreSQL 15 or newer. Safe to run again.
--
--   psql -U postgres -v app_password=... -v owner_password=... -v backup_password=... -f roles.sql
--
-- tesc_owner    owns every table and migrates.
-- tesc_app      serves requests: owns nothing, bypasses nothing, and reads the nation only after SET LOCAL ROLE.
-- tesc_national what tesc_app becomes for one read-only transaction over all institutions.
-- tesc_backup   reads every row for pg_dump, whatever row security says.
-- A password that is not given is left as it is, so the file also fits peer and certificate log-ins.

\set ON_ERROR_STOP on
SET client_min_messages = warning;

SELECT format('CREATE ROLE %I', role)
FROM unnest(ARRAY['tesc_owner', 'tesc_app', 'tesc_national', 'tesc_backup']) AS role
WHERE role NOT IN (SELECT rolname FROM pg_roles)
\gexec

ALTER ROLE tesc_owner    LOGIN   INHERIT   NOSUPERUSER NOCREATEROLE CREATEDB   NOREPLICATION NOBYPASSRLS;
ALTER ROLE tesc_app      LOGIN   NOINHERIT NOSUPERUSER NOCREATEROLE NOCREATEDB NOREPLICATION NOBYPASSRLS;
ALTER ROLE tesc_national NOLOGIN INHERIT   NOSUPERUSER NOCREATEROLE NOCREATEDB NOREPLICATION NOBYPASSRLS;
ALTER ROLE tesc_backup   LOGIN   INHERIT   NOSUPERUSER NOCREATEROLE NOCREATEDB NOREPLICATION BYPASSRLS;

-- Policies also apply to a role that is inherited, so the application must not inherit tesc_national. Before
-- PostgreSQL 16 a grant cannot say so: there NOINHERIT above is what keeps it out.
SELECT 'GRANT tesc_national TO tesc_app'
    || CASE WHEN current_setting('server_version_num')::int >= 160000 THEN ' WITH INHERIT FALSE, SET TRUE' ELSE '' END
\gexec
GRANT pg_read_all_data TO tesc_backup;

\if :{?owner_password}
ALTER ROLE tesc_owner PASSWORD :'owner_password';
\endif
\if :{?app_password}
ALTER ROLE tesc_app PASSWORD :'app_password';
\endif
\if :{?backup_password}
ALTER ROLE tesc_backup PASSWORD :'backup_password';
\endif

-- In template1 too, so that databases made later (for tests) have the extensions without a superuser.
\connect template1
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS btree_gist;
CREATE EXTENSION IF NOT EXISTS pg_trgm;

SELECT 'CREATE DATABASE tesc OWNER tesc_owner ENCODING ''UTF8'''
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'tesc')
\gexec

\connect tesc
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS btree_gist;
CREATE EXTENSION IF NOT EXISTS pg_trgm;
REVOKE ALL ON DATABASE tesc FROM PUBLIC;
GRANT CONNECT, TEMPORARY ON DATABASE tesc TO tesc_app;
GRANT CONNECT ON DATABASE tesc TO tesc_backup;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO tesc_app, tesc_national;
