package storetest

import (
	"encoding/json"
	"fmt"
	"maps"
	"testing"
	"time"

	"wattkiosk/payments/metercard"
	"wattkiosk/payments/record"
)

// T0 is the time at which test journals begin: 2026-11-23 09:00 in Shanghai.
var T0 = time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC)

// Journal seals records as a kiosk does.
type Journal struct {
	Kiosk string
	Head  record.Head
	Recs  []record.Record
	Trust record.Trust // of its clock
}

// NewJournal is an empty journal of incarnation 0.
func NewJournal(kiosk string) *Journal {
	return &Journal{Kiosk: kiosk, Head: record.Head{Hash: record.Genesis(kiosk, 0)}, Trust: record.Synchronised}
}

// Add seals one record whose payload is v as JSON.
func (j *Journal) Add(t testing.TB, typ, txn string, v any) *Journal {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	at := T0.Add(time.Duration(j.Head.Seq) * time.Second)
	r, _, next, err := j.Head.Seal(record.Stamp{Boot: 1, Time: at, Trust: j.Trust}, record.Draft{Type: typ, Txn: txn, Version: 1, Payload: b})
	if err != nil {
		t.Fatal(err)
	}
	j.Head, j.Recs = next, append(j.Recs, r)
	return j
}

// Serial is the serial of the n-th transaction of a kiosk.
func Serial(kiosk string, n int) string { return fmt.Sprintf("%s00%010d", kiosk, n) }

type object map[string]any

// Pay adds a whole cash payment with these notes, up to its order.
func (j *Journal) Pay(t testing.TB, n int, account string, notes ...int64) *Journal {
	t.Helper()
	return j.pay(t, n, account, object{"arrears": 12850}, notes...)
}

// Buy adds a whole purchase for a meter card, by cash with these notes, up to its order.
func (j *Journal) Buy(t testing.TB, n int, account string, card metercard.Facts, notes ...int64) *Journal {
	t.Helper()
	return j.pay(t, n, account, object{"arrears": 0, "purpose": "purchase", "meter_card": card}, notes...)
}

func (j *Journal) pay(t testing.TB, n int, account string, more object, notes ...int64) *Journal {
	t.Helper()
	s := Serial(j.Kiosk, n)
	at := T0.Add(time.Duration(j.Head.Seq) * time.Second).UnixMilli()
	opened := object{
		"account": account, "name": "张**", "address": "示范市人民路***", "minimum": 0, "online": true,
		"tender": "cash", "limit": 500000, "opened_at": at,
	}
	maps.Copy(opened, more)
	j.Add(t, "opened", s, opened)
	var total int64
	for i, v := range notes {
		j.Add(t, "note-accepted", s, object{"note": i, "value": v})
		j.Add(t, "note-stacked", s, object{"note": i, "value": v, "inferred": false, "evidence": "stacked report"})
		total += v
	}
	return j.Add(t, "cash-closed", s, object{"total": total, "account": account, "tender": "cash", "closed_at": at + 30_000, "reason": "customer"})
}
