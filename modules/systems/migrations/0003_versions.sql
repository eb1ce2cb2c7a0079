-- What the landscape is compared by, read from an index alone.
CREATE INDEX systems_system_version ON systems_system (version);
CREATE INDEX systems_component_version ON systems_component (version);
CREATE INDEX systems_dependency_version ON systems_dependency (version);
