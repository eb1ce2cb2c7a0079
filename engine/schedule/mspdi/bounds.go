package mspdi

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
)

// most bounds how many elements of each kind a file may have, so that a small
// file of empty elements cannot ask for much memory.
var most = map[string]int{
	"Task": 200_000, "PredecessorLink": 1_000_000, "Assignment": 1_000_000, "Resource": 200_000,
	"Calendar": 200_000, "WeekDay": 1_600_000, "WorkingTime": 3_000_000, "Exception": 200_000, "WorkWeek": 200_000, "TimephasedData": 1_000_000,
}

// bounded counts a file's elements without keeping them. What is not well
// formed is left to the reader proper to refuse.
func bounded(d *xml.Decoder) error {
	count := map[string]int{}
	for {
		token, err := d.RawToken()
		if errors.Is(err, io.EOF) || err != nil {
			return nil
		}
		start, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		if limit, ok := most[start.Name.Local]; ok {
			if count[start.Name.Local]++; count[start.Name.Local] > limit {
				line, _ := d.InputPos()
				return fmt.Errorf("line %d: more than %d %s elements", line, limit, start.Name.Local)
			}
		}
	}
}
