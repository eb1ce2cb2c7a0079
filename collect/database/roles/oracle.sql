-- Role for Steward on Oracle 12.1 or later: reads the catalog and the dynamic
-- views, no rows of yours. Run as a DBA in each (pluggable) database to be asked.
CREATE USER steward IDENTIFIED BY "CHANGE-ME" ACCOUNT UNLOCK;
GRANT CREATE SESSION TO steward;
GRANT SELECT_CATALOG_ROLE TO steward;
GRANT AUDIT_VIEWER TO steward;
