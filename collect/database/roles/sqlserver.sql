-- Role for Steward on SQL Server 2016 or later: reads states and definitions,
-- no rows of yours. Run as sysadmin in master, then the last part once in each
-- database that is to be asked.
USE master;
CREATE LOGIN steward WITH PASSWORD = 'CHANGE-ME', CHECK_POLICY = ON;
GRANT VIEW SERVER STATE TO steward;
GRANT VIEW ANY DATABASE TO steward;
GRANT VIEW ANY DEFINITION TO steward;
GO
USE msdb;
CREATE USER steward FOR LOGIN steward;
GRANT SELECT ON dbo.backupset TO steward;
GRANT SELECT ON dbo.suspect_pages TO steward;
GRANT SELECT ON dbo.sysjobs TO steward;
GRANT SELECT ON dbo.sysjobhistory TO steward;
GO
-- In each database to be asked:
--   CREATE USER steward FOR LOGIN steward;
