package rcpsp

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// ReadPSPLIB reads a single-mode problem in the .sm format of PSPLIB (Kolisch
// and Sprecher 1997). The first and last tasks are the source and the sink.
func ReadPSPLIB(r io.Reader) (*Problem, error) {
	s := bufio.NewScanner(io.LimitReader(r, 16<<20))
	s.Buffer(make([]byte, 1<<16), 1<<20)
	p := &Problem{}
	section, jobs := "", 0
	var succ [][]int
	for line := 1; s.Scan(); line++ {
		text := strings.TrimSpace(s.Text())
		f := strings.Fields(text)
		switch {
		case strings.HasPrefix(text, "****") || strings.HasPrefix(text, "----") || len(f) == 0:
			continue
		case strings.HasPrefix(text, "jobs "):
			jobs, _ = strconv.Atoi(f[len(f)-1])
			if jobs <= 0 || jobs > 100_000 {
				return nil, fmt.Errorf("line %d: %q is not a number of jobs", line, text)
			}
			succ = make([][]int, jobs)
			p.Durations, p.Needs = make([]int, jobs), make([][]int, jobs)
			continue
		case strings.HasSuffix(text, ":"):
			section = text
			continue
		case strings.HasPrefix(text, "jobnr") || strings.HasPrefix(text, "R "):
			continue
		}
		if section != "PRECEDENCE RELATIONS:" && section != "REQUESTS/DURATIONS:" && section != "RESOURCEAVAILABILITIES:" {
			continue
		}
		v := make([]int, len(f))
		for i := range f {
			var err error
			if v[i], err = strconv.Atoi(f[i]); err != nil {
				return nil, fmt.Errorf("line %d: %q is not a number", line, f[i])
			}
		}
		if section == "RESOURCEAVAILABILITIES:" {
			p.Capacity = v
			continue
		}
		if len(v) < 3 || v[0] < 1 || v[0] > jobs {
			return nil, fmt.Errorf("line %d: job %d of %d", line, v[0], jobs)
		}
		if section == "PRECEDENCE RELATIONS:" {
			for _, j := range v[3:] {
				if j < 1 || j > jobs {
					return nil, fmt.Errorf("line %d: successor %d of %d jobs", line, j, jobs)
				}
				succ[v[0]-1] = append(succ[v[0]-1], j-1)
			}
			continue
		}
		p.Durations[v[0]-1], p.Needs[v[0]-1] = v[2], v[3:]
	}
	if err := s.Err(); err != nil {
		return nil, err
	}
	for i := range succ {
		for _, j := range succ[i] {
			p.Arcs = append(p.Arcs, Arc{i, j, p.Durations[i]})
		}
	}
	return p, p.validate()
}
