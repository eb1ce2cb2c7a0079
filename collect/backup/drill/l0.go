package drill

import (
	"context"
	"fmt"
	"time"

	"steward/collect/backup/repository"
	"steward/collect/backup/trend"
)

// l0: it is there, young enough and of a size that its history makes likely.
func (d *run) l0(context.Context) error {
	switch {
	case d.file == "" && d.artefact.Dir == "":
		d.report.judge(L0, "present", false, "the artefact", "nothing is at "+d.report.Artefact.Path)
		d.stop()
		return nil
	case d.file != "":
		d.report.judge(L0, "present", d.report.Artefact.Size > 0, "a file", fmt.Sprintf("%d bytes", d.report.Artefact.Size))
		d.age(d.report.Artefact.Made, "the file's own time; it has no manifest")
		d.size(d.report.Artefact.Size, trend.Band{}, false)
		return nil
	case d.artefact.Broken != "":
		d.report.judge(L0, "present", false, "all files of the manifest", d.artefact.Broken)
		if d.artefact.Manifest == nil {
			d.stop()
			return nil
		}
	default:
		d.report.judge(L0, "present", true, "all files of the manifest", fmt.Sprintf("%d files", len(d.artefact.Manifest.Files)))
	}
	m := d.artefact.Manifest
	d.age(m.At(), "the moment whose state it holds")
	band, known := trend.Expect(points(d.history), m.At())
	d.size(SizeOf(m), band, known)
	return nil
}

// SizeOf is the size by which backups of one source are compared.
func SizeOf(m *repository.Manifest) int64 {
	if m.Form == repository.Restic && m.Snapshot != nil {
		return m.Snapshot.Bytes // restic shares what backups have in common
	}
	return m.Size
}

func points(history []repository.Artefact) []trend.Point {
	var list []trend.Point
	for _, a := range history {
		list = append(list, trend.Point{At: a.At(), Size: SizeOf(a.Manifest)})
	}
	return list
}

func (d *run) age(at time.Time, what string) {
	age := d.now.Sub(at)
	found := fmt.Sprintf("%s old (%s: %s)", age.Round(time.Second), what, at.UTC().Format(time.RFC3339))
	switch {
	case d.RPO == 0:
		d.report.add(L0, "age", Noted, "", found+"; no --rpo was given to judge it by")
	case age < -time.Minute:
		d.report.judge(L0, "age", false, "a moment that is over", found)
	default:
		d.report.judge(L0, "age", age <= d.RPO, "at most "+d.RPO.String(), found)
	}
}

func (d *run) size(size int64, band trend.Band, known bool) {
	found := fmt.Sprintf("%d bytes", size)
	if d.MinSize > 0 {
		d.report.judge(L0, "size", size >= d.MinSize, fmt.Sprintf("at least %d bytes", d.MinSize), found)
	}
	switch {
	case known && size > band.High:
		d.report.add(L0, "size", Noted, fmt.Sprintf("%d to %d bytes", band.Low, band.High), found+": larger than the earlier ones make likely")
	case known:
		d.report.judge(L0, "size", size >= band.Low, fmt.Sprintf("%d to %d bytes, from %d earlier ones", band.Low, band.High, band.From), found)
	case d.MinSize == 0:
		d.report.add(L0, "size", Noted, "", found+"; there are no earlier ones and no --min-size to judge it by")
	}
}
