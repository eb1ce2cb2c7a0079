-- What people changed, the latest first: machines write far more, and nobody looks for theirs among it.
CREATE INDEX history_people ON history (at, id) WHERE actor <> '' AND act NOT IN ('read', 'access');
