// Oracle orders the versions of versions.txt as google/osv-scalibr's package
// semantic does and writes what is to be expected: a line for each ecosystem,
// versions oldest first, = between those that are alike. It is a module of its
// own, run by hand: go run . <versions.txt >../order.txt
package main

import (
	"bufio"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/google/osv-scalibr/semantic"
)

func main() {
	lines := bufio.NewScanner(os.Stdin)
	fmt.Println("# Written by oracle with google/osv-scalibr v0.5.3 (Apache-2.0); see oracle/main.go.")
	for lines.Scan() {
		ecosystem, list, found := strings.Cut(lines.Text(), ":")
		if !found || strings.HasPrefix(ecosystem, "#") {
			continue
		}
		versions := strings.Fields(list)
		compare := func(a, b string) int {
			v, err := semantic.Parse(a, ecosystem)
			if err != nil {
				panic(err)
			}
			d, err := v.CompareStr(b)
			if err != nil {
				panic(err)
			}
			return d
		}
		slices.SortStableFunc(versions, compare)
		fmt.Print(ecosystem, ": ", versions[0])
		for i := 1; i < len(versions); i++ {
			sign := "<"
			if compare(versions[i-1], versions[i]) == 0 {
				sign = "="
			}
			fmt.Print(" ", sign, " ", versions[i])
		}
		fmt.Println()
	}
}
