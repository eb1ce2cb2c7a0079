-- A hundred thousand hosts are filtered by these and read by name.
CREATE INDEX infrastructure_host_kind_in_order ON infrastructure_host (kind, name_key, id);
CREATE INDEX infrastructure_host_state_in_order ON infrastructure_host (state, name_key, id);
CREATE INDEX infrastructure_host_owner_in_order ON infrastructure_host (owner, name_key, id);
CREATE INDEX infrastructure_host_unit_in_order ON infrastructure_host (unit, name_key, id);
CREATE INDEX infrastructure_host_site_in_order ON infrastructure_host (site, name_key, id);
CREATE INDEX infrastructure_host_criticality_in_order ON infrastructure_host (criticality, name_key, id);
CREATE INDEX infrastructure_host_reboot_in_order ON infrastructure_host (reboot, name_key, id);
CREATE INDEX infrastructure_host_antivirus_state_in_order ON infrastructure_host (antivirus_state, name_key, id);
CREATE INDEX infrastructure_host_firewall_state_in_order ON infrastructure_host (firewall_state, name_key, id);
CREATE INDEX infrastructure_host_encrypted_in_order ON infrastructure_host (encrypted, name_key, id);
CREATE INDEX infrastructure_host_merged_into_in_order ON infrastructure_host (merged_into, name_key, id);
