package duty

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"wattkiosk/payments/record"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/store"
	"wattkiosk/uplink/office/store/sqlite"
)

// booksDuty keeps head office's books: it owes each batch that Ingest returned, by
// kiosk, number and hash, with its transactions and one posting for each payment.
func booksDuty(ctx context.Context, j *Job) error {
	s, err := sqlite.Open(ctx, filepath.Join(j.Dir, "books.db"), books.Rules{})
	if err != nil {
		return err
	}
	kiosks := make([]*customers, j.Writers)
	checked := 0
	for i := range kiosks {
		kiosks[i] = newCustomers(fmt.Sprintf("1000000%d", i+1))
		n, err := j.checkBooks(ctx, s, kiosks[i])
		if err != nil {
			return err
		}
		checked += n
	}
	j.say(Verified, "%d", checked)
	if j.Check {
		return s.Close()
	}

	g, ctx := errgroup.WithContext(ctx)
	for i, k := range kiosks {
		g.Go(func() error { return j.send(ctx, s, k, uint64(i)) })
	}
	return g.Wait()
}

// checkBooks compares one kiosk's part of the books with what is owed, and returns
// how many records there are. The records are the same in each life, so the books'
// head proves all of them.
func (j *Job) checkBooks(ctx context.Context, s *store.Store, k *customers) (int, error) {
	if _, err := s.Register(ctx, k.kiosk, 0, time.Now()); err != nil {
		return 0, err
	}
	row, err := s.Kiosk(ctx, k.kiosk)
	if err != nil {
		return 0, err
	}
	seq, hash, _ := strings.Cut(j.Owed[k.kiosk], ":")
	if row.Head.Seq < number(seq) {
		return 0, j.lost("kiosk %s: the head is %d, acknowledged was %s", k.kiosk, row.Head.Seq, seq)
	}
	k.upTo(row.Head.Seq)
	if want := k.headAt(number(seq)); seq != "" && want.Hash.String() != hash {
		return 0, j.lost("kiosk %s: record %s has hash %s, acknowledged was %s", k.kiosk, seq, want.Hash, hash)
	}
	if want := k.headAt(row.Head.Seq); row.Head.Hash != want.Hash {
		return 0, j.lost("kiosk %s: the head %d has another hash", k.kiosk, row.Head.Seq)
	}

	for serial, p := range k.payments {
		if p.last > row.Head.Seq {
			continue
		}
		d, err := s.Detail(ctx, serial)
		if err != nil {
			return 0, j.lost("payment %s: %v", serial, err)
		}
		if d.Posting == nil || int64(d.Posting.Amount) != p.total || int64(d.Transaction.Total) != p.total || uint64(len(d.Events)) != p.last-p.first+1 {
			return 0, j.lost("payment %s of %d: %d events, total %d, posting %v", serial, p.total, len(d.Events), d.Transaction.Total, d.Posting)
		}
	}
	return int(row.Head.Seq), nil
}

// send has the books take one batch after the other.
func (j *Job) send(ctx context.Context, s *store.Store, k *customers, i uint64) error {
	row, err := s.Kiosk(ctx, k.kiosk)
	if err != nil {
		return err
	}
	at := row.Head.Seq
	for n := uint64(0); ; n++ {
		to := at + 1 + (n*7+i)%40
		k.upTo(to)
		head, err := s.Ingest(ctx, k.kiosk, k.records[at:to], time.Now())
		if err != nil {
			return err
		}
		if head.Seq != to {
			return j.lost("kiosk %s: sent %d records, the head is %d", k.kiosk, to, head.Seq)
		}
		at = to
		j.say(Owe, "%s %d:%s", k.kiosk, head.Seq, head.Hash)
	}
}

// customers make a kiosk's records, the same ones in each life.
type customers struct {
	kiosk    string
	head     record.Head
	records  []record.Record
	heads    []record.Head
	payments map[string]paid
}

type paid struct {
	first, last uint64 // records
	total       int64
}

func newCustomers(kiosk string) *customers {
	return &customers{kiosk: kiosk, head: record.Head{Hash: record.Genesis(kiosk, 0)}, payments: map[string]paid{}}
}

// upTo makes the payments up to a record and beyond.
func (c *customers) upTo(seq uint64) {
	for c.head.Seq < seq {
		c.pay()
	}
}

func (c *customers) headAt(seq uint64) record.Head {
	if seq == 0 {
		return record.Head{Hash: record.Genesis(c.kiosk, 0)}
	}
	return c.heads[seq-1]
}

func (c *customers) pay() {
	type m = map[string]any
	n := len(c.payments) + 1
	serial := fmt.Sprintf("%s00%010d", c.kiosk, n)
	p := paid{first: c.head.Seq + 1}
	c.add("opened", serial, m{
		"account": "1000000001", "name": "**", "address": "***", "arrears": 12850, "minimum": 0, "online": true,
		"tender": "cash", "limit": 500000, "opened_at": 1,
	})
	for i := range 1 + n%4 {
		c.add("note-accepted", serial, m{"note": i, "value": 5000})
		c.add("note-stacked", serial, m{"note": i, "value": 5000, "inferred": false, "evidence": "stacked report"})
		p.total += 5000
	}
	c.add("cash-closed", serial, m{"total": p.total, "account": "1000000001", "tender": "cash", "closed_at": 2, "reason": "customer"})
	p.last = c.head.Seq
	c.payments[serial] = p
}

func (c *customers) add(kind, txn string, payload map[string]any) {
	b, err := json.Marshal(payload)
	if err != nil {
		panic(err) // of strings and numbers
	}
	at := time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC).Add(time.Duration(c.head.Seq) * time.Second)
	stamp := record.Stamp{Boot: 1, Time: at, Trust: record.Synchronised}
	r, _, next, err := c.head.Seal(stamp, record.Draft{Type: kind, Txn: txn, Version: 1, Payload: b})
	if err != nil {
		panic(err) // of a head of its own
	}
	c.head, c.records, c.heads = next, append(c.records, r), append(c.heads, next)
}
