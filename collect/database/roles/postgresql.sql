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

CREATE SCHEMA IF NOT EXISTS steward;
REVOKE ALL ON SCHEMA steward FROM PUBLIC;
GRANT USAGE ON SCHEMA steward TO steward;

-- Whether a password is the one a SCRAM-SHA-256 verifier was made of (RFC 5802).
CREATE OR REPLACE FUNCTION steward.scram_fits(verifier text, password text) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog AS $$
DECLARE
  part text[] := regexp_match(verifier, '^SCRAM-SHA-256\$(\d+):([^$]+)\$([^:]+):');
  inner_key bytea := convert_to(password, 'UTF8');
  outer_key bytea;
  u bytea;
  salted bit(256);
  client bytea;
BEGIN
  IF part IS NULL OR length(inner_key) > 64 THEN
    RETURN false;
  END IF;
  inner_key := inner_key || decode(repeat('00', 64 - length(inner_key)), 'hex');
  outer_key := inner_key;
  FOR i IN 0..63 LOOP
    outer_key := set_byte(outer_key, i, get_byte(inner_key, i) # 92);
    inner_key := set_byte(inner_key, i, get_byte(inner_key, i) # 54);
  END LOOP;
  u := sha256(outer_key || sha256(inner_key || decode(part[2], 'base64') || '\x00000001'::bytea));
  salted := ('x' || encode(u, 'hex'))::bit(256);
  FOR i IN 2..part[1]::int LOOP
    u := sha256(outer_key || sha256(inner_key || u));
    salted := salted # ('x' || encode(u, 'hex'))::bit(256);
  END LOOP;
  inner_key := '\x'::bytea;
  FOR i IN 0..31 LOOP
    inner_key := inner_key || set_byte('\x00'::bytea, 0, substring(salted FROM i * 8 + 1 FOR 8)::int);
  END LOOP;
  inner_key := inner_key || decode(repeat('00', 32), 'hex');
  outer_key := inner_key;
  FOR i IN 0..63 LOOP
    outer_key := set_byte(outer_key, i, get_byte(inner_key, i) # 92);
    inner_key := set_byte(inner_key, i, get_byte(inner_key, i) # 54);
  END LOOP;
  client := sha256(outer_key || sha256(inner_key || convert_to('Client Key', 'UTF8')));
  RETURN encode(sha256(client), 'base64') = part[3];
END $$;

-- What kind of password this is: none, name (the role's name, or that with a
-- digit or two), common, md5, scram, plain; unseen where there was no time.
CREATE OR REPLACE FUNCTION steward.password_kind(role text, kept text) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog AS $$
DECLARE
  named text[] := ARRAY[role, role || '1', role || '123'];
  common text[] := ARRAY['password', '123456', '12345678', '123456789', '1234', '12345', 'qwerty', 'secret', 'changeme', 'CHANGE' || '-ME', 'admin', 'root', 'test', 'postgres',
    'Password1', 'letmein', 'welcome', 'abc123', 'P@ssw0rd', '111111'];
  word text;
BEGIN
  IF kept IS NULL THEN
    RETURN 'none';
  ELSIF kept LIKE 'md5%' THEN
    RETURN CASE WHEN EXISTS (SELECT FROM unnest(named) w WHERE kept = 'md5' || md5(w || role)) THEN 'name'
                WHEN EXISTS (SELECT FROM unnest(common) w WHERE kept = 'md5' || md5(w || role)) THEN 'common' ELSE 'md5' END;
  ELSIF kept NOT LIKE 'SCRAM-SHA-256$%' THEN
    RETURN 'plain';
  ELSIF current_setting('server_version_num')::int < 110000 THEN
    RETURN 'unseen';
  END IF;
  FOREACH word IN ARRAY named || common LOOP
    IF clock_timestamp() > statement_timestamp() + interval '5 seconds' THEN
      RETURN 'unseen';
    ELSIF steward.scram_fits(kept, word) THEN
      RETURN CASE WHEN word = ANY (named) THEN 'name' ELSE 'common' END;
    END IF;
  END LOOP;
  RETURN 'scram';
END $$;

-- The kind of password of each role; never the password or its hash.
CREATE OR REPLACE VIEW steward.role_password AS
SELECT role, first, kind -- OFFSET 0: the kind is found out once a role
FROM (SELECT rolname AS role, oid = 10 AS first, steward.password_kind(rolname, rolpassword) AS kind
      FROM (SELECT * FROM pg_catalog.pg_authid WHERE rolcanlogin ORDER BY rolsuper DESC, oid OFFSET 0) r OFFSET 0) k;
GRANT SELECT ON steward.role_password TO steward;
GRANT EXECUTE ON FUNCTION steward.password_kind(text, text), steward.scram_fits(text, text) TO steward;

-- How wide columns are, to tell tables and indexes that are mostly empty.
CREATE OR REPLACE VIEW steward.column_width AS
SELECT starelid AS relation, staattnum AS number, stanullfrac AS nulls, stawidth AS width
FROM pg_catalog.pg_statistic
WHERE NOT stainherit;
GRANT SELECT ON steward.column_width TO steward;

-- How far sequences are, those made later too.
CREATE OR REPLACE FUNCTION steward.sequence_last(sequence oid) RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS 'SELECT pg_sequence_last_value(sequence)';
REVOKE ALL ON FUNCTION steward.sequence_last(oid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION steward.sequence_last(oid) TO steward;

-- Slow statements, if shared_preload_libraries has pg_stat_statements:
--   CREATE EXTENSION IF NOT EXISTS pg_stat_statements;
