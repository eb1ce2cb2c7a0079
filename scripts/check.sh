#!/bin/sh
# Format, vet, staticcheck and the house's rules.
set -eu
cd "$(dirname "$0")/.."
GO=${GO:-go}
bad=$(gofmt -l $(git ls-files '*.go'))
if [ -n "$bad" ]; then
	echo "not formatted:" >&2
	echo "$bad" >&2
	exit 1
fi
$GO vet ./...
(cd tools && $GO vet ./... && $GO tool staticcheck -version >/dev/null 2>&1 && cd .. && $GO tool -modfile=tools/go.mod staticcheck ./...) || {
	echo "staticcheck found something or is not there" >&2
	exit 1
}
$GO test ./kernel/app
