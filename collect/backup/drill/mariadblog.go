package drill

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"steward/collect/backup"
	"steward/collect/backup/program"
	"steward/collect/backup/repository"
	"steward/collect/backup/scratch"
)

// binlog is MariaDB's archived log from where a dump was taken to where the drill
// shall stop.
type binlog struct {
	files []string // in the room, in order
	start int64    // where the dump stands in the first
	stop  []string // what mariadb-binlog is told to stop at
	named int      // statements in it that name the database
}

// changeMaster is the line that --master-data writes into a dump.
var changeMaster = regexp.MustCompile(`(?m)^(?:-- )?CHANGE (?:MASTER|REPLICATION SOURCE) TO (?:MASTER|SOURCE)_LOG_FILE='([^'/\\]+\.\d{6,10})', (?:MASTER|SOURCE)_LOG_POS=(\d{1,18})`)

// dumpPosition reads from a dump where in the log it was taken.
func dumpPosition(path string) (file string, position int64, err error) {
	f, err := os.Open(path)
	if err != nil {
		return "", 0, err
	}
	defer f.Close()
	head, err := io.ReadAll(io.LimitReader(f, 64<<10))
	if err != nil {
		return "", 0, err
	}
	m := changeMaster.FindSubmatch(head)
	if m == nil {
		return "", 0, backup.NewWrong("--log", "does not go with this dump: it does not say where in the log it was taken; make one with --master-data=2 while log_bin is on, as make does")
	}
	position, err = strconv.ParseInt(string(m[2]), 10, 64)
	return string(m[1]), position, err
}

// binlogs brings the archived log into the room and finds where to stop. It is nil
// when no log was given, or when it has a hole, which is judged.
func (d *run) binlogs(ctx context.Context, dump string) (*binlog, error) {
	folder, err := d.logFolder()
	if err != nil {
		return nil, err
	}
	if folder == "" {
		if d.Until != "" {
			err = backup.NewWrong("--until", "needs --log FOLDER, where the archived log lies")
		}
		return nil, err
	}
	first, position, err := dumpPosition(dump)
	if err != nil {
		return nil, err
	}
	names, hole, size, err := logFiles(folder, first)
	if err != nil {
		return nil, err
	}
	if hole != "" {
		d.report.judge(L3, "log", false, "every file from "+first+" on", hole+" is missing: what follows it cannot be replayed")
		return nil, nil
	}
	if err := d.space(size, "the archived log"); err != nil {
		return nil, err
	}
	b := &binlog{start: position}
	to, err := d.room.Folder("log")
	if err != nil {
		return nil, err
	}
	err = d.phase("fetch log", size, func() error {
		for _, name := range names {
			path := filepath.Join(to, name)
			if err := copyFile(ctx, filepath.Join(folder, name), path); err != nil {
				return err
			}
			b.files = append(b.files, path)
		}
		return d.room.Owner.Own(to)
	})
	if err != nil {
		return nil, err
	}
	if err := d.stopAt(ctx, b); err != nil {
		return nil, err
	}
	// Read once before anything is restored: every event's checksum is looked at.
	database, err := d.databaseOf(dump)
	if err != nil {
		return nil, err
	}
	named := namesDatabase(database)
	return b, d.readBinlog(ctx, b.files, slices.Concat(b.from(0), b.stop), func(line []byte) {
		if named(line) {
			b.named++
		}
	})
}

// databaseOf is the database that a dump is of, whose part of the log is replayed.
func (d *run) databaseOf(dump string) (string, error) {
	if o := d.artefact.Manifest; o != nil && o.Snapshot != nil {
		return o.Snapshot.Identity.Database, nil
	}
	name, err := mariaDatabase(dump)
	if err == nil && name == "" && d.source != nil {
		name = d.source.Identity.Database
	}
	if err == nil && name == "" {
		err = backup.NewWrong("--log", "needs --source: the dump does not name its database, and the log is of all")
	}
	return name, err
}

// logFiles are the files of the log from the first on, and the first that is
// missing between them.
func logFiles(folder, first string) (names []string, hole string, size int64, err error) {
	list, err := os.ReadDir(folder)
	if err != nil {
		return nil, "", 0, backup.NewWrong("--log", "%v", err)
	}
	dot := strings.LastIndexByte(first, '.')
	base, digits := first[:dot+1], len(first)-dot-1
	at, err := strconv.ParseInt(first[dot+1:], 10, 64)
	if err != nil {
		return nil, "", 0, err
	}
	there := map[int64]string{}
	last := int64(-1)
	for _, f := range list {
		number, found := strings.CutPrefix(f.Name(), base)
		if n, err := strconv.ParseInt(number, 10, 64); found && err == nil && len(number) >= 6 && f.Type().IsRegular() {
			there[n], last = f.Name(), max(last, n)
		}
	}
	if there[at] == "" {
		return nil, "", 0, backup.NewWrong("--log", "%s does not hold %s, where the dump was taken", folder, first)
	}
	for ; at <= last; at++ {
		name := there[at]
		if name == "" {
			return nil, fmt.Sprintf("%s%0*d", base, digits, at), 0, nil
		}
		info, err := os.Stat(filepath.Join(folder, name))
		if err != nil {
			return nil, "", 0, err
		}
		names, size = append(names, name), size+info.Size()
	}
	return names, "", size, nil
}

func copyFile(ctx context.Context, from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer out.Close()
	if _, err := io.Copy(out, stopping{ctx, in}); err != nil {
		return err
	}
	return out.Close()
}

// stopAt turns --until into what mariadb-binlog is told.
func (d *run) stopAt(ctx context.Context, b *binlog) error {
	kind, value, found := strings.Cut(d.Until, ":")
	switch {
	case d.Until == "":
	case found && kind == "position":
		file, text, _ := strings.Cut(value, ":")
		i := slices.IndexFunc(b.files, func(path string) bool { return filepath.Base(path) == file })
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || n < 4 || i < 0 {
			return backup.NewWrong("--until", "%q is no position in the log that is there; right is position:%s:%d", d.Until, filepath.Base(b.files[0]), b.start)
		}
		b.files, b.stop = b.files[:i+1], []string{"--stop-position=" + text}
	case found && kind == "marker":
		return d.stopAtMarker(ctx, b, value)
	default:
		at, err := time.Parse(time.RFC3339Nano, d.Until)
		if err != nil {
			return backup.NewWrong("--until", "%q is neither position:FILE:N, nor marker:ID, nor a moment such as 2026-11-22T06:00:00Z", d.Until)
		}
		// The log knows whole seconds; what began in that second is left out.
		b.stop = []string{"--stop-datetime=" + at.UTC().Format("2006-01-02 15:04:05")}
	}
	return nil
}

var endOfEvent = regexp.MustCompile(`^#\d{6} .* end_log_pos (\d+) `)

// stopAtMarker finds the end of the transaction that wrote a heartbeat.
func (d *run) stopAtMarker(ctx context.Context, b *binlog, id string) error {
	for i, path := range b.files {
		stop, inside, end := "", false, ""
		err := d.readBinlog(ctx, []string{path}, b.from(i), func(line []byte) {
			if m := endOfEvent.FindSubmatch(line); m != nil {
				end = string(m[1])
			}
			text := string(line)
			switch {
			case stop != "":
			case inside && strings.HasPrefix(text, "COMMIT"):
				stop = end
			case strings.Contains(text, "'"+id+"'") && !strings.Contains(strings.ToUpper(text), "DELETE "):
				inside = true
			}
		}, "--verbose", "--base64-output=decode-rows")
		if err != nil {
			return err
		}
		if stop != "" {
			b.files, b.stop = b.files[:i+1], []string{"--stop-position=" + stop}
			return nil
		}
	}
	return backup.NewWrong("--until", "the archived log holds no marker %s after the dump", id)
}

func (b *binlog) from(file int) []string {
	if file > 0 {
		return nil
	}
	return []string{fmt.Sprintf("--start-position=%d", b.start)}
}

// readBinlog has mariadb-binlog print files and calls each with every line.
func (d *run) readBinlog(ctx context.Context, files, from []string, each func([]byte), more ...string) error {
	pr, pw := io.Pipe()
	done := make(chan error, 1)
	go func() {
		in := bufio.NewReaderSize(pr, 1<<16)
		for {
			line, err := in.ReadSlice('\n') // of a longer line its parts
			if len(line) > 0 {
				each(line)
			}
			if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
				pr.CloseWithError(err)
				done <- nil
				return
			}
		}
	}()
	err := d.printBinlog(ctx, files, slices.Concat(from, more), pw)
	pw.Close()
	<-done
	return err
}

func (d *run) printBinlog(ctx context.Context, files, args []string, out io.Writer) error {
	tool, err := program.Find(ctx, "mariadb-binlog", "mariadb-client")
	if err != nil {
		return err
	}
	d.version(tool.Name + " " + tool.Version)
	_, err = program.Run(ctx, program.Call{Program: tool, As: d.room.Owner, Dir: d.room.Dir, Out: out, Args: slices.Concat([]string{"--no-defaults", "--verify-binlog-checksum"}, args, files)})
	return err
}

// replay applies the log to what the dump restored. Statements that name the
// database but were made outside of it cannot be told apart from those of other
// databases; they are counted, because without them the copy is not whole.
func (d *run) replay(ctx context.Context, m *scratch.MariaDB, b *binlog, database string) error {
	args := slices.Concat(b.from(0), b.stop)
	named, applied := namesDatabase(database), 0
	var size int64
	for _, path := range b.files {
		if info, err := os.Stat(path); err == nil {
			size += info.Size()
		}
	}
	err := d.phase("replay log", size, func() error {
		pr, pw := io.Pipe()
		loaded := make(chan error, 1)
		go func() {
			err := m.Load(ctx, pr)
			pr.CloseWithError(errors.Join(errors.New("the client has ended"), err))
			loaded <- err
		}()
		counted := &lines{each: func(line []byte) {
			if named(line) {
				applied++
			}
		}}
		err := d.printBinlog(ctx, b.files, append(args, "--database="+database), io.MultiWriter(pw, counted))
		pw.CloseWithError(err) // nil is the end
		if lerr := <-loaded; lerr != nil {
			var failed *program.Failed
			if err == nil || errors.As(lerr, &failed) {
				err = lerr // why the other could not write on
			}
		}
		return err
	})
	if err != nil {
		return err
	}
	found := fmt.Sprintf("%d files from %s:%d", len(b.files), filepath.Base(b.files[0]), b.start)
	if applied < b.named {
		found += fmt.Sprintf("; %d statements name %s but were made without it as their database, and are not replayed: set binlog_format = ROW", b.named-applied, database)
	}
	d.report.judge(L3, "log", applied >= b.named, "replayed without an error or a gap", found)
	return nil
}

// namesDatabase reports whether a line of the printed log is of a statement that
// names the database, and changes more than rights.
func namesDatabase(database string) func([]byte) bool {
	name := regexp.QuoteMeta(database)
	names := regexp.MustCompile("(?i)(?:^|[^\\w`.$])(?:" + name + "|`" + regexp.QuoteMeta(strings.ReplaceAll(database, "`", "``")) + "`)\\s*\\.")
	other := regexp.MustCompile(`(?i)^\s*(#|/\*|grant|revoke|create\s+user|alter\s+user|drop\s+user|set\s|use\s|analyze|optimize|check|flush)`)
	return func(line []byte) bool { return names.Match(line) && !other.Match(line) }
}

// lines calls each with every line written to it, of a long one with parts.
type lines struct {
	each func([]byte)
	rest []byte
}

func (l *lines) Write(p []byte) (int, error) {
	n := len(p)
	for len(p) > 0 {
		i := slices.Index(p, '\n')
		if i < 0 {
			if l.rest = append(l.rest, p...); len(l.rest) > 1<<16 {
				l.each(l.rest)
				l.rest = l.rest[:0]
			}
			break
		}
		l.each(append(l.rest, p[:i+1]...))
		l.rest, p = l.rest[:0], p[i+1:]
	}
	return n, nil
}

// followsLog reports whether the drill rolls the copy forward by an archived log.
func (d *run) followsLog() bool {
	return d.Log != "" && (d.form == repository.Base || d.form == repository.SQL)
}
