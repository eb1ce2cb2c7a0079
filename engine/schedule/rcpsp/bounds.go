package rcpsp

// simpleBound is the longest path and, for each resource, the work that has
// to be done on it between the earliest start and the shortest tail of the
// tasks that use it.
func (in *instance) simpleBound() int {
	bound := 0
	for i := range in.n {
		bound = max(bound, in.head[i]+in.tail[i])
	}
	if len(in.Blocks) > 0 {
		return bound
	}
	for r, c := range in.Capacity {
		work, head, tail := 0, far, far
		for i, d := range in.Durations {
			if a := in.Needs[i][r]; a > 0 && d > 0 {
				work += a * d
				head = min(head, in.head[i])
				tail = min(tail, in.tail[i]-d)
			}
		}
		if work > 0 && c > 0 {
			bound = max(bound, head+(work+c-1)/c+max(tail, 0))
		}
	}
	return bound
}
