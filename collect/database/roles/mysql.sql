-- Role for Steward on MySQL 5.7 or later and MariaDB 10.3 or later: reads
-- states and sizes, no rows of yours. Run as an administrator with the mysql or
-- mariadb client. Put the address Steward comes from in place of '%'.
CREATE USER IF NOT EXISTS 'steward'@'%' IDENTIFIED BY 'CHANGE-ME' WITH MAX_USER_CONNECTIONS 5;
-- PROCESS: sessions, InnoDB's state. REFERENCES: names of tables and columns, no rows.
GRANT PROCESS, REPLICATION CLIENT, REFERENCES ON *.* TO 'steward'@'%';
GRANT SELECT ON performance_schema.* TO 'steward'@'%';

-- What kind of password (none, the name, one of the commonest) and which strong
-- rights each account has; never a hash.
CREATE DATABASE IF NOT EXISTS steward;
CREATE OR REPLACE SQL SECURITY DEFINER VIEW steward.account AS
SELECT User AS user, Host AS host, plugin,
       CASE WHEN authentication_string = '' AND plugin IN ('', 'mysql_native_password', 'caching_sha2_password', 'sha256_password', 'ed25519', 'mysql_old_password') THEN 'none'
            WHEN User <> '' AND authentication_string IN (CONCAT('*', UPPER(SHA1(UNHEX(SHA1(User))))), CONCAT('*', UPPER(SHA1(UNHEX(SHA1(CONCAT(User, '1')))))), CONCAT('*', UPPER(SHA1(UNHEX(SHA1(CONCAT(User, '123'))))))) THEN 'name'
            WHEN authentication_string IN (
              CONCAT('*', UPPER(SHA1(UNHEX(SHA1('password'))))), CONCAT('*', UPPER(SHA1(UNHEX(SHA1('123456'))))), CONCAT('*', UPPER(SHA1(UNHEX(SHA1('12345678'))))), CONCAT('*', UPPER(SHA1(UNHEX(SHA1('123456789'))))),
              CONCAT('*', UPPER(SHA1(UNHEX(SHA1('1234'))))), CONCAT('*', UPPER(SHA1(UNHEX(SHA1('12345'))))), CONCAT('*', UPPER(SHA1(UNHEX(SHA1('qwerty'))))), CONCAT('*', UPPER(SHA1(UNHEX(SHA1('secret'))))),
              CONCAT('*', UPPER(SHA1(UNHEX(SHA1('changeme'))))), CONCAT('*', UPPER(SHA1(UNHEX(SHA1(CONCAT('CHANGE', '-ME')))))), CONCAT('*', UPPER(SHA1(UNHEX(SHA1('admin'))))), CONCAT('*', UPPER(SHA1(UNHEX(SHA1('root'))))),
              CONCAT('*', UPPER(SHA1(UNHEX(SHA1('test'))))), CONCAT('*', UPPER(SHA1(UNHEX(SHA1('mysql'))))), CONCAT('*', UPPER(SHA1(UNHEX(SHA1('mariadb'))))), CONCAT('*', UPPER(SHA1(UNHEX(SHA1('Password1'))))),
              CONCAT('*', UPPER(SHA1(UNHEX(SHA1('letmein'))))), CONCAT('*', UPPER(SHA1(UNHEX(SHA1('welcome'))))), CONCAT('*', UPPER(SHA1(UNHEX(SHA1('abc123'))))), CONCAT('*', UPPER(SHA1(UNHEX(SHA1('P@ssw0rd'))))),
              CONCAT('*', UPPER(SHA1(UNHEX(SHA1('111111'))))), CONCAT('*', UPPER(SHA1(UNHEX(SHA1('default'))))), CONCAT('*', UPPER(SHA1(UNHEX(SHA1('pass'))))), CONCAT('*', UPPER(SHA1(UNHEX(SHA1('passw0rd'))))),
              CONCAT('*', UPPER(SHA1(UNHEX(SHA1('iloveyou')))))) THEN 'common'
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
