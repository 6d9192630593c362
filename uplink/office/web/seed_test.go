package web

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"wattkiosk/payments/leg/call"
	"wattkiosk/payments/mis"
	"wattkiosk/payments/money"
	"wattkiosk/payments/posting"
	"wattkiosk/payments/record"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/fleet"
	"wattkiosk/uplink/office/store"
	"wattkiosk/uplink/office/store/memstore"
	"wattkiosk/uplink/wire"
)

// noon is the present in tests: 2026-11-23 14:32:10 in Shanghai.
var noon = time.Date(2026, 11, 23, 6, 32, 10, 0, time.UTC)

type object map[string]any

// town is a store with kiosks that write journals.
type town struct {
	t     testing.TB
	store *store.Store
	heads map[string]record.Head
	count map[string]int
}

func newTown(t testing.TB) *town {
	t.Helper()
	return &town{t, memstore.New(books.Rules{}), map[string]record.Head{}, map[string]int{}}
}

func (w *town) check(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *town) kiosk(id string, online bool, seen time.Time, st wire.State) {
	w.t.Helper()
	_, err := w.store.Register(w.t.Context(), id, 0, noon.AddDate(0, -2, 0))
	w.check(err)
	w.heads[id] = record.Head{Hash: record.Genesis(id, 0)}
	w.report(id, online, seen, st)
}

// report has a kiosk say how it is.
func (w *town) report(id string, online bool, seen time.Time, st wire.State) {
	w.t.Helper()
	st.V, st.Online = wire.Version, true
	b, err := json.Marshal(st)
	w.check(err)
	_, err = w.store.SaveReports(w.t.Context(), []fleet.Report{{Kiosk: id, Online: online, Live: true, Text: string(b), At: seen}})
	w.check(err)
}

// write ingests one record of a kiosk.
func (w *town) write(id, typ, txn string, at time.Time, v object) {
	w.t.Helper()
	b, err := json.Marshal(v)
	w.check(err)
	r, _, head, err := w.heads[id].Seal(record.Stamp{Boot: 7, Time: at, Trust: record.Synchronised}, record.Draft{Type: typ, Txn: txn, Version: 1, Payload: b})
	w.check(err)
	_, err = w.store.Ingest(w.t.Context(), id, []record.Record{r}, at.Add(300*time.Millisecond))
	w.check(err)
	w.heads[id] = head
}

// payment is what becomes of one customer.
type payment struct {
	kiosk, account, name, address string
	arrears                       money.Amount
	at                            time.Time
	notes                         []int64 // yuan
	upTo                          string  // tendering, cancelled, posting, posted, owed, disputed, power-cut
}

// pay plays a payment and returns its serial.
func (w *town) pay(p payment) string {
	w.t.Helper()
	w.count[p.kiosk]++
	serial := fmt.Sprintf("%s00%010d", p.kiosk, 4210+w.count[p.kiosk])
	at := p.at
	w.write(p.kiosk, "opened", serial, at, object{
		"account": p.account, "name": p.name, "address": p.address, "arrears": p.arrears, "minimum": 0, "online": true,
		"tender": "cash", "limit": 500000, "opened_at": at.UnixMilli(),
	})
	if p.upTo == "cancelled" {
		w.write(p.kiosk, "cash-closed", serial, at.Add(50*time.Second), object{
			"total": 0, "account": p.account, "tender": "cash", "closed_at": at.Add(50 * time.Second).UnixMilli(), "reason": "timeout",
		})
		return serial
	}
	var total int64
	for i, yuan := range p.notes {
		at = at.Add(4300 * time.Millisecond)
		w.write(p.kiosk, "note-accepted", serial, at, object{"note": i, "value": yuan * 100})
		at = at.Add(1820 * time.Millisecond)
		if p.upTo == "power-cut" && i == len(p.notes)-1 {
			at = at.Add(3 * time.Minute)
			w.write(p.kiosk, "note-stacked", serial, at, object{"note": i, "value": yuan * 100, "inferred": true, "evidence": "power-up-in-stacker"})
		} else {
			w.write(p.kiosk, "note-stacked", serial, at, object{"note": i, "value": yuan * 100, "inferred": false, "evidence": "stacked"})
		}
		total += yuan * 100
	}
	if p.upTo == "tendering" {
		return serial
	}
	at = at.Add(6100 * time.Millisecond)
	reason := "customer"
	if p.upTo == "power-cut" {
		reason = "power-cut"
	}
	w.write(p.kiosk, "cash-closed", serial, at, object{"total": total, "account": p.account, "tender": "cash", "closed_at": at.UnixMilli(), "reason": reason})
	w.post(p, serial, money.Amount(total), at.Add(350*time.Millisecond))
	return serial
}

func answer(op mis.Op, r mis.PostResult) posting.Event {
	return posting.Event{Kind: call.Answered, Reply: mis.Reply{Op: op, Post: r}}
}

// post plays head office's side, and what the kiosk hears of it.
func (w *town) post(p payment, serial string, total money.Amount, at time.Time) {
	w.t.Helper()
	step := func(e posting.Event, event string) {
		w.t.Helper()
		row, err := w.store.Posting(w.t.Context(), serial)
		w.check(err)
		e.Now = at
		c := books.Change{Posting: row, Event: event, By: "office-1"}
		if row.InFlight {
			c.Began = row.NextAt.Add(-call.Lease)
		}
		c.Posting.Posting, _, err = posting.Step(row.Posting, e)
		w.check(err)
		_, err = w.store.SavePosting(w.t.Context(), c, at)
		w.check(err)
		at = at.Add(420 * time.Millisecond)
	}
	if p.upTo == "ordered" {
		return
	}
	_, err := w.store.EnsurePosting(w.t.Context(), books.Order{
		Serial: serial, Account: p.account, Kiosk: p.kiosk, Tender: "cash", Amount: total, PaidAt: at.Add(-350 * time.Millisecond).UnixMilli(),
	}, at)
	w.check(err)
	step(posting.Event{Kind: call.Due}, "")
	done := mis.PostResult{
		Outcome: mis.Done, Code: "1001", Text: "成功", Amount: total, Reference: "M20261123" + serial[14:],
		ToArrears: min(p.arrears, total), ToAdvance: total - min(p.arrears, total),
	}
	status := "posted"
	switch p.upTo {
	case "posting":
		step(answer(mis.OpPost, mis.PostResult{}), "post answered")
		return
	case "owed":
		status = "owed"
		step(answer(mis.OpPost, mis.PostResult{Outcome: mis.NotDone, Code: "1035", Text: "本户不允许部分缴费"}), "post answered")
		at = at.Add(2 * time.Second)
		step(posting.Event{Kind: call.Due}, "")
		step(answer(mis.OpAsk, mis.PostResult{Outcome: mis.NotDone, Retry: true, Code: "1003", Text: "无记录"}), "ask answered")
	case "power-cut":
		step(answer(mis.OpPost, mis.PostResult{}), "post answered")
		at = at.Add(2 * time.Second)
		step(posting.Event{Kind: call.Due}, "")
		step(answer(mis.OpAsk, done), "ask answered")
	case "disputed":
		status = "disputed"
		other := done
		other.Amount, other.ToAdvance = total-100, other.ToAdvance-100
		step(answer(mis.OpPost, other), "post answered")
	default:
		step(answer(mis.OpPost, done), "post answered")
	}
	w.write(p.kiosk, "outcome-learned", serial, at, object{
		"status": status, "code": "1001", "text": "成功", "reference": done.Reference, "to_arrears": done.ToArrears, "to_advance": done.ToAdvance,
	})
	w.write(p.kiosk, "slip", serial, at.Add(2*time.Second), object{"copy": 1, "kind": status, "outcome": "printed"})
}

// morning is a town in the middle of a working day. It returns the serials of
// payments by what became of them.
func morning(t testing.TB) (*town, map[string]string) {
	t.Helper()
	w := newTown(t)
	ago := func(d time.Duration) time.Time { return noon.Add(-d) }
	w.kiosk("10000001", true, ago(2*time.Second), wire.State{Version: "1.0.0", Screen: "insert-cash", Cash: 1286000, Notes: 214, Paper: "ok"})
	w.kiosk("10000002", true, ago(11*time.Second), wire.State{Version: "1.0.0", Screen: "idle", Cash: 842500, Notes: 131, Paper: "ok"})
	w.kiosk("10000003", true, ago(6*time.Second), wire.State{Version: "1.0.0", Screen: "out-of-service", Alarms: []string{"paper"}, Cash: 2051000, Notes: 402, Paper: "out"})
	w.kiosk("10000004", false, ago(47*time.Minute), wire.State{Version: "1.0.0", Screen: "idle", Cash: 310000, Notes: 58, Paper: "ok"})
	w.kiosk("10000005", true, ago(19*time.Second), wire.State{Version: "1.0.0", Screen: "processing", Cash: 96500, Notes: 17, Paper: "near-end"})
	w.kiosk("10000006", true, ago(4*time.Second), wire.State{Version: "1.0.0", Screen: "query-bills", Cash: 560000, Notes: 77, Paper: "ok"})
	w.write("10000003", "alarm", "", ago(35*time.Minute), object{"code": "paper", "on": true, "detail": "paper out"})
	names := []string{"张**", "李*", "王**", "赵*", "欧****", "陈**", "刘*", "杨**"}
	for i := range 16 {
		w.pay(payment{
			fmt.Sprintf("1000000%d", []int{1, 2, 6, 5}[i%4]), fmt.Sprintf("10000010%02d", i*7%90+10), names[i%len(names)], "示范市人民路***",
			money.Amount(4350 + i*1985), ago(time.Duration(310-i*17) * time.Minute), [][]int64{{100}, {50, 50, 20}, {100, 100}, {100, 20, 10}}[i%4], "posted",
		})
	}
	out := map[string]string{}
	for i, p := range []payment{
		{"10000002", "1000000004", "周**", "示范市建设街***", 25600, ago(64 * time.Minute), []int64{100, 100}, "owed"},
		{"10000005", "1000002217", "吴*", "示范市解放路***", 18820, ago(52 * time.Minute), []int64{100, 100}, "disputed"},
		{"10000001", "1000000001", "张**", "示范市人民路***", 12850, ago(38 * time.Minute), []int64{100, 20, 10}, "power-cut"},
		{"10000006", "1000003345", "孙**", "示范市文昌路***", 7740, ago(21 * time.Minute), nil, "cancelled"},
		{"10000002", "1000001108", "郑**", "示范市解放路***", 9915, ago(9 * time.Minute), []int64{100}, "posted"},
		{"10000005", "1000004410", "黄*", "示范市学府路***", 30260, ago(40 * time.Second), []int64{100, 100, 100, 5}, "posting"},
		{"10000001", "1000000731", "林**", "示范市人民路***", 15075, ago(16 * time.Second), []int64{100, 50}, "tendering"},
	} {
		_ = i
		out[p.upTo] = w.pay(p)
	}
	w.write("10000004", "stray-note", "", ago(3*time.Hour), object{"value": 5000, "evidence": "stacked-without-order"})
	return w, out
}

func filterOf(kiosk string) books.Filter { return books.Filter{Kiosk: kiosk} }
