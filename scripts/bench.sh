#!/bin/sh
# Prints the figures that the documents quote. Needs no network. The public
# sets are read from the folder that STEWARD_TESTDATA names.
set -eu
cd "$(dirname "$0")/.."
GO=${GO:-go}
$GO run ./kernel/testkit/cmd/withpostgres -- $GO test -run '^$' -bench . -benchtime "${BENCHTIME:-1s}" -timeout 2h "$@" ./...
