-- Role for Steward on MySQL 5.7 or later and MariaDB 10.3 or later: reads
-- states and sizes, no rows of yours. Run as an administrator with the mysql or
-- mariadb client. Put the address Steward comes from in place of '%'.
CREATE USER IF NOT EXISTS 'steward'@'%' IDENTIFIED BY 'CHANGE-ME' WITH MAX_USER_CONNECTIONS 5;
-- PROCESS: sessions, InnoDB's state. REFERENCES: names of tables and columns, no rows.
GRANT PROCESS, REPLICATION CLIENT, REFERENCES ON *.* TO 'steward'@'%';
GRANT SELECT ON performance_schema.* TO 'steward'@'%';

-- What kind of password and which strong rights each account has; never a hash.
CREATE DATABASE IF NOT EXISTS steward;
CREATE OR REPLACE SQL SECURITY DEFINER VIEW steward.account AS
SELECT User AS user, Host AS host, plugin,
       CASE WHEN authentication_string = '' AND plugin IN ('', 'mysql_native_password', 'caching_sha2_password', 'sha256_password', 'ed25519', 'mysql_old_password') THEN 'none'
            WHEN User <> '' AND authentication_string = CONCAT('*', UPPER(SHA1(UNHEX(SHA1(User))))) THEN 'name'
            WHEN plugin IN ('mysql_old_password') THEN 'old'
            WHEN plugin = 'mysql_native_password' THEN 'sha1' ELSE 'kept' END AS kind,
       Super_priv AS super, Grant_priv AS grants, File_priv AS files, ssl_type AS tls
FROM mysql.user;
CREATE OR REPLACE SQL SECURITY DEFINER VIEW steward.database_right AS
SELECT User AS user, Host AS host, Db AS db, Select_priv AS may_read, Insert_priv AS may_write
FROM mysql.db;
GRANT SELECT ON steward.account TO 'steward'@'%';
GRANT SELECT ON steward.database_right TO 'steward'@'%';

-- The state of replication on MariaDB 10.5 and later, which alone reads this.
/*M!100502 GRANT REPLICA MONITOR ON *.* TO 'steward'@'%' */;
