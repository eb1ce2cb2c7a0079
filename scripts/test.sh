#!/bin/sh
# Everything: unit tests on SQLite and PostgreSQL, house rules, browser tests.
set -eu
cd "$(dirname "$0")/.."
sh scripts/install.sh
GO=${GO:-go}
race=""
if command -v gcc >/dev/null 2>&1 && [ -z "${STEWARD_NO_RACE:-}" ] && [ -n "${STEWARD_LONG:-}" ]; then
	race="-race"
	export CGO_ENABLED=1
else
	export CGO_ENABLED=0
fi
short="-short"
[ -n "${STEWARD_LONG:-}" ] && short=""
$GO vet ./...
$GO run ./kernel/testkit/cmd/withpostgres -- $GO test $race $short -timeout 40m ./...
(cd tools && $GO vet ./... && STEWARD_BROWSER=1 $GO test -count=1 $short -timeout 20m ./...)
