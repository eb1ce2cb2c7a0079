-- Role for Steward on PostgreSQL 10 or later: reads states and sizes, no rows.
-- Run as superuser with psql, once in each database that is to be asked; what
-- is there already is left as it is. Then set the password: \password steward
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'steward') THEN
    CREATE ROLE steward LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION CONNECTION LIMIT 5 PASSWORD 'CHANGE-ME';
  END IF;
END $$;
ALTER ROLE steward SET default_transaction_read_only = on;
GRANT pg_monitor TO steward;

-- Who may sign in from where.
GRANT SELECT ON pg_catalog.pg_hba_file_rules TO steward;
GRANT EXECUTE ON FUNCTION pg_catalog.pg_hba_file_rules() TO steward;

-- What kind of password each role has; never the password or its hash.
CREATE SCHEMA IF NOT EXISTS steward;
REVOKE ALL ON SCHEMA steward FROM PUBLIC;
CREATE OR REPLACE VIEW steward.role_password AS
SELECT rolname AS role, oid = 10 AS first,
       CASE WHEN rolpassword IS NULL THEN 'none'
            WHEN rolpassword = 'md5' || md5(rolname || rolname) THEN 'name'
            WHEN rolpassword LIKE 'md5%' THEN 'md5'
            WHEN rolpassword LIKE 'SCRAM-SHA-256$%' THEN 'scram'
            ELSE 'plain' END AS kind
FROM pg_catalog.pg_authid
WHERE rolcanlogin;
GRANT USAGE ON SCHEMA steward TO steward;
GRANT SELECT ON steward.role_password TO steward;

-- How far sequences are: SELECT on the sequences, not on tables.
DO $$
DECLARE s regclass;
BEGIN
  FOR s IN SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
           WHERE c.relkind = 'S' AND n.nspname NOT LIKE 'pg\_%' AND n.nspname <> 'information_schema'
  LOOP
    EXECUTE format('GRANT SELECT ON SEQUENCE %s TO steward', s);
  END LOOP;
END $$;
-- For sequences made later, as the role that makes them:
--   ALTER DEFAULT PRIVILEGES GRANT SELECT ON SEQUENCES TO steward;
-- Slow statements, if shared_preload_libraries has pg_stat_statements:
--   CREATE EXTENSION IF NOT EXISTS pg_stat_statements;
