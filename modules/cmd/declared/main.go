// Command declared prints the words that the definitions of all modules hold, as
// JSON for `words -declared`; `make words` joins the two.
package main

import (
	"encoding/json"
	"fmt"
	"os"

	"steward/modules"
)

func main() {
	if err := json.NewEncoder(os.Stdout).Encode(modules.Declared(modules.All())); err != nil {
		fmt.Fprintln(os.Stderr, "declared:", err)
		os.Exit(1)
	}
}
