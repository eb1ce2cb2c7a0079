// Package advisory holds what vendors and researchers say about weaknesses in
// software, in one form whatever feed it came from (OSV, CSAF, the Debian
// tracker). Its folders read the feeds, keep them as one offline bundle, order
// versions as the package managers do, and match what is installed against what
// is affected. A package is matched by its ecosystem, its name and the vendor's
// own ranges; never by guessing from a product's name (CPE).
package advisory
