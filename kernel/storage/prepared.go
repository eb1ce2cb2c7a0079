package storage

import (
	"context"
	"database/sql"
	"sync"
)

// mostPrepared bounds the statements kept, whose memory each connection pays.
const mostPrepared = 300

// prepared keeps the statements that reads run again and again on SQLite, which
// otherwise parses them anew each time: a third of the work of a page. pgx does it itself.
type prepared struct {
	mu    sync.Mutex
	busy  sync.WaitGroup       // what is being prepared, for which closing waits
	known map[string]*sql.Stmt // nil: seen once, or being prepared
}

// find returns a statement that was run before. Preparing takes a connection of the
// pool, for which one that is already held must not wait: it is done beside.
func (p *prepared) find(db *sql.DB, query string) *sql.Stmt {
	p.mu.Lock()
	defer p.mu.Unlock()
	stmt, seen := p.known[query]
	if stmt != nil {
		return stmt
	}
	if !seen {
		for old, stmt := range p.known { // any one makes room
			if len(p.known) < mostPrepared {
				break
			}
			if stmt != nil {
				go stmt.Close() // waits for those who are using it
			}
			delete(p.known, old)
		}
		if p.known == nil {
			p.known = map[string]*sql.Stmt{}
		}
		p.known[query] = nil
		return nil
	}
	delete(p.known, query)
	p.busy.Go(func() {
		stmt, err := db.PrepareContext(context.Background(), query)
		if err != nil {
			return // running it tells what is wrong
		}
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.known[query] != nil {
			go stmt.Close()
			return
		}
		p.known[query] = stmt
	})
	return nil
}
