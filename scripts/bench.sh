#!/bin/sh
# Prints the figures that the documents quote. Needs no network. The public
# sets are read from the folder that STEWARD_TESTDATA names.
set -eu
cd "$(dirname "$0")/.."
GO=${GO:-go}
$GO run ./kernel/testkit/cmd/withpostgres -- $GO test -run '^$' -bench . -benchtime "${BENCHTIME:-1s}" -timeout 2h "$@" ./...

# The cube against DuckDB, in one run. DuckDB is a C++ library of 60 MB, so its
# module is fetched only here, and left out where that or a C compiler is missing.
compare=$(mktemp -d)
if (cd tools/duckdb && CGO_ENABLED=1 $GO build -o "$compare/duckdb" .); then
	"$compare/duckdb" || { rm -rf "$compare"; exit 1; }
else
	echo "NOT COMPARED WITH DUCKDB: its module or a C++ compiler is not to be had; see docs/engines/cube.md" >&2
fi
rm -rf "$compare"
