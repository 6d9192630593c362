package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"wattkiosk/payments"
	"wattkiosk/payments/leg/call"
	"wattkiosk/payments/metercard"
	"wattkiosk/payments/mis"
	"wattkiosk/payments/posp"
	"wattkiosk/payments/posp/iso8583"
	"wattkiosk/payments/posting"
	"wattkiosk/payments/qr"
	qrorder "wattkiosk/payments/qr/order"
	"wattkiosk/payments/reconcile"
	"wattkiosk/payments/reconcile/reconciletest"
	"wattkiosk/payments/record"
	"wattkiosk/uplink/office/acquiring"
	"wattkiosk/uplink/office/bank"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/fleet"
	"wattkiosk/uplink/office/store"
	"wattkiosk/uplink/office/store/storetest"
	"wattkiosk/uplink/wire"
)

// monthKiosk is a kiosk of the month: what its journal has, and whether that comes late.
type monthKiosk struct {
	id   string
	late bool
	owns []reconciletest.Own
	head record.Head
	recs []record.Record
}

type object map[string]any

const monthMerchant = "105290073724601" // of the bank

// fillMonth brings the payments of a month into books as kiosks and head office do, and
// returns the kiosks. The records of every third one are held back.
func fillMonth(t *testing.T, s *store.Store, m *reconciletest.Month) []*monthKiosk {
	t.Helper()
	of := map[string]*monthKiosk{}
	var all []*monthKiosk
	for _, o := range m.Owns() {
		k := of[o.Kiosk]
		if k == nil {
			k = &monthKiosk{id: o.Kiosk, head: record.Head{Hash: record.Genesis(o.Kiosk, monthIncarnation)}}
			of[o.Kiosk] = k
			all = append(all, k)
		}
		k.owns = append(k.owns, o)
	}
	slices.SortFunc(all, func(a, b *monthKiosk) int { return strings.Compare(a.id, b.id) })
	begin, err := time.ParseInLocation("20060102", m.Dates()[0], reconciletest.Zone)
	if err != nil {
		t.Fatal(err)
	}

	var g errgroup.Group
	g.SetLimit(8)
	for i, k := range all {
		k.late = i%3 == 1
		g.Go(func() error {
			if _, err := s.Register(t.Context(), k.id, monthIncarnation, begin.AddDate(0, 0, -1)); err != nil {
				return err
			}
			for _, o := range k.owns {
				if err := k.pays(t.Context(), s, o); err != nil {
					return fmt.Errorf("%s of %s, %s: %w", o.Serial, o.Tender, o.State, err)
				}
			}
			if k.late {
				return k.reports(t.Context(), s, begin) // and is not heard of again
			}

			return k.speaks(t.Context(), s, monthOver(m))
		})
	}
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}

	return all
}

// monthIncarnation is that of the serials in the month.
const monthIncarnation = 1

// monthOver is the day after the month, when its books are matched.
func monthOver(m *reconciletest.Month) time.Time {
	dates := m.Dates()
	last, _ := time.ParseInLocation("20060102", dates[len(dates)-1], reconciletest.Zone)

	return last.AddDate(0, 0, 1).Add(time.Minute)
}

// speaks brings a kiosk's journal, and its word that this is all.
func (k *monthKiosk) speaks(ctx context.Context, s *store.Store, at time.Time) error {
	for some := range slices.Chunk(k.recs, 500) {
		if _, err := s.Ingest(ctx, k.id, some, at); err != nil {
			return fmt.Errorf("kiosk %s: %w", k.id, err)
		}
	}

	return k.reports(ctx, s, at)
}

// reports is a kiosk's word of what the last record of its journal is.
func (k *monthKiosk) reports(ctx context.Context, s *store.Store, at time.Time) error {
	b, err := json.Marshal(wire.State{V: wire.Version, Online: true, Head: k.head.Seq})
	if err != nil {
		return err
	}
	_, err = s.SaveReports(ctx, []fleet.Report{{Kiosk: k.id, Online: true, Live: true, Text: string(b), At: at}})

	return err
}

// says seals a record of the journal.
func (k *monthKiosk) says(typ, txn string, at time.Time, v object) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	r, _, next, err := k.head.Seal(record.Stamp{Boot: 1, Time: at.UTC(), Trust: record.Synchronised}, record.Draft{Type: typ, Txn: txn, Version: 1, Payload: b})
	k.head, k.recs = next, append(k.recs, r)

	return err
}

// monthCard is the meter card of all purchases.
func monthCard() metercard.Facts {
	return metercard.Facts{Serial: "0A1B2C3D", Form: metercard.CPU, Kind: metercard.Purchase, Meter: "110000000042", Customer: "000001000003", Count: 4, Loaded: 4}
}

// pays is one payment: the money, the order to post it, and what became of it.
func (k *monthKiosk) pays(ctx context.Context, s *store.Store, o reconciletest.Own) error {
	if o.Tender == payments.BankCard {
		if err := soldByCard(ctx, s, o, posp.Sale); err != nil {
			return err
		}
	}
	if o.Missing {
		return nil
	}
	if o.Tender == payments.QR {
		w := acquiring.Want{Serial: o.Serial, Kiosk: o.Kiosk, Account: o.Account, Amount: o.Amount, Mode: qr.Shown, Acquirers: []string{"wallet"}}
		if _, _, err := s.QR.Place(ctx, w, qrorder.Life, false, "office", o.Paid); err != nil {
			return err
		}
		paid := qrorder.Event{Kind: qrorder.Noticed, Answer: call.Answer{Outcome: call.Done}, Word: qrorder.Word{Reference: "A" + o.Serial[10:]}}
		if _, err := s.QR.Hear(ctx, o.Serial, paid, "office", o.Paid); err != nil {
			return err
		}
	}
	order := books.Order{Serial: o.Serial, Account: o.Account, Kiosk: o.Kiosk, Tender: string(o.Tender), Amount: o.Amount, PaidAt: o.Paid.UnixMilli()}
	if o.Power {
		order.Card = monthCard()
	}
	p, err := s.EnsurePosting(ctx, order, o.Ordered)
	if err != nil {
		return err
	}
	if err := ends(ctx, s, o, p); err != nil {
		return err
	}

	return k.records(o)
}

// ends brings a posting to what it is.
func ends(ctx context.Context, s *store.Store, o reconciletest.Own, p books.Posting) error {
	if o.State == reconcile.Open {
		return nil
	}
	reply := mis.PostResult{Outcome: mis.Done, Code: "1001", Amount: o.Amount, ToAdvance: o.Amount, Reference: "M" + o.Serial[8:]}
	if o.Power {
		reply.Sold = metercard.Sold{Number: reply.Reference, Card: p.Card.Serial, Count: p.Card.Count + 1, Amount: o.Amount, Energy: 100}
	}
	var err error
	if p.Posting, _, err = posting.Step(p.Posting, posting.Event{Kind: call.Due, Now: p.NextAt}); err != nil {
		return err
	}
	if p.Posting, _, err = posting.Step(p.Posting, posting.Event{Kind: call.Answered, Now: o.Ordered, Reply: mis.Reply{Op: mis.OpPost, Post: reply}}); err != nil {
		return err
	}
	fell := o.State == reconcile.Owed || o.State == reconcile.NotBooked
	if fell {
		p.State, p.NextAt, p.InFlight, p.Reason = posting.Owed, time.Time{}, false, "account-closed"
		p.Sold = metercard.Sold{}
	}
	if p, err = s.SavePosting(ctx, books.Change{Posting: p, Event: "post answered", By: "office"}, o.Ordered); err != nil {
		return err
	}
	if o.Power && o.State == reconcile.Stands {
		_, err = s.HandOut(ctx, books.Visit{Kiosk: o.Kiosk, Txn: o.Serial, Sale: o.Serial, Card: p.Card}, o.Ordered)
	}

	return err
}

// moneyBack gives the money of owed payments back, the way it came: cash at the counter, by
// two people. It goes one after the other, so that it is the same in any books.
func moneyBack(t *testing.T, s *store.Store, m *reconciletest.Month) {
	t.Helper()
	for _, o := range m.Owns() {
		if o.Missing || o.State != reconcile.NotBooked {
			continue
		}
		var err error
		switch o.Tender {
		case payments.BankCard:
			err = soldByCard(t.Context(), s, o, posp.Reversal)
		case payments.QR:
			err = codeBack(t.Context(), s, o)
		default:
			err = cashBack(t, s, o)
		}
		if err != nil {
			t.Fatal(o.Serial, err)
		}
	}
}

func codeBack(ctx context.Context, s *store.Store, o reconciletest.Own) error {
	w := acquiring.Want{Serial: o.Serial, Kiosk: o.Kiosk, Account: o.Account, Amount: o.Amount, Mode: qr.Shown, Acquirers: []string{"wallet"}}
	if _, err := s.QR.Look(ctx, w, acquiring.Refund, "posting-refused", o.Ordered); err != nil {
		return err
	}
	if _, err := s.QR.Due(ctx, "office", 1000, o.Ordered); err != nil { // it is asked for
		return err
	}
	back := qrorder.Event{Kind: qrorder.Answered, To: qrorder.Refund, Answer: call.Answer{Outcome: call.Done, Code: "done"}}
	_, err := s.QR.Hear(ctx, o.Serial, back, "office", o.Ordered)

	return err
}

func cashBack(t *testing.T, s *store.Store, o reconciletest.Own) error {
	t.Helper()
	d, err := s.Detail(t.Context(), o.Serial)
	if err != nil {
		return err
	}
	for _, c := range d.Cases {
		if _, err := storetest.Close(t, s, c.ID, "cash at the counter", o.Ordered); err != nil {
			return err
		}
	}

	return nil
}

// soldByCard relays the frame of a sale, or of its reversal, and the bank's approval.
func soldByCard(ctx context.Context, s *store.Store, o reconciletest.Own, op posp.Op) error {
	h := bank.Heading{
		Type: map[posp.Op]iso8583.MTI{posp.Sale: 0x0200, posp.Reversal: 0x0400}[op], TPDU: iso8583.TPDU{0x60, 0, 3}, Terminal: o.Terminal, Merchant: monthMerchant,
		Trace: o.Trace, Batch: 1, Processing: "000000", Amount: o.Amount,
	}
	if op == posp.Sale {
		h.Masked = "622202*********0011"
	}
	at := o.Paid.Add(-time.Second)
	if op == posp.Reversal {
		at = o.Ordered
	}
	c, err := s.Bank.Take(ctx, bank.Asked{Kiosk: o.Kiosk, Terminal: o.Terminal, Serial: o.Serial, Heading: h}, "office", at)
	if err != nil {
		return err
	}
	h.Type, h.TPDU = h.Type.Answer(), h.TPDU.Swap()
	h.Code, h.Reference, h.AuthCode, h.Settles = "00", fmt.Sprintf("%012d", o.Trace), "A1B2C3", "1129"

	return s.Bank.Ended(ctx, c, bank.Result{End: bank.Answered, Answer: h}, "office", at)
}

// recordLine is a record that is to be sealed.
type recordLine struct {
	typ string
	v   object
}

// records are those of the payment in its kiosk's journal, up to what head office said of it.
func (k *monthKiosk) records(o reconciletest.Own) error {
	opened := object{
		"account": o.Account, "name": "张**", "address": "示范市***", "arrears": 0, "minimum": 0, "online": true, "tender": o.Tender, "limit": int64(o.Amount),
		"opened_at": o.Paid.Add(-time.Minute).UnixMilli(),
	}
	if o.Power {
		opened["purpose"], opened["meter_card"] = "purchase", monthCard()
	}
	lines := slices.Concat([]recordLine{{"opened", opened}}, moneyRecords(o), endRecords(o))
	for _, l := range lines {
		if err := k.says(l.typ, o.Serial, o.Paid, l.v); err != nil {
			return err
		}
	}

	return nil
}

// moneyRecords are of the money that came in.
func moneyRecords(o reconciletest.Own) []recordLine {
	at, amount := o.Paid.UnixMilli(), int64(o.Amount)
	switch o.Tender {
	case payments.Cash:
		return []recordLine{
			{"note-accepted", object{"note": 0, "value": amount}},
			{"note-stacked", object{"note": 0, "value": amount, "inferred": false, "evidence": "stacked report"}},
			{"cash-closed", object{"total": amount, "account": o.Account, "tender": "cash", "closed_at": at, "reason": "customer"}},
		}
	case payments.BankCard:
		trace := fmt.Sprintf("%06d", o.Trace)
		return []recordLine{
			{"card-sale-ordered", object{
				"n": 1, "terminal": o.Terminal, "merchant": monthMerchant, "batch": "000001", "trace": trace, "amount": amount,
				"card": "622202*********0011", "entry": "chip", "at": at - 1000,
			}},
			{"card-sale-answered", object{"n": 1, "approved": true, "response": "00", "reference": "000000" + trace, "auth": "A1B2C3", "settle_date": "1129"}},
			{"card-closed", object{"total": amount, "account": o.Account, "closed_at": at, "reason": "paid"}},
		}
	}

	return []recordLine{
		{"qr-ordered", object{"mode": "shown", "amount": amount, "at": at - 1000}},
		{"qr-paid", object{"amount": amount, "acquirer": "wallet", "reference": "A" + o.Serial[10:], "paid_at": at}},
	}
}

// endRecords are of what the kiosk learned of the posting, and of the card that it wrote.
func endRecords(o reconciletest.Own) (lines []recordLine) {
	if o.State != reconcile.Stands && o.State != reconcile.Unwritten {
		return nil
	}
	amount := int64(o.Amount)
	learned := object{"status": "posted", "code": "1001", "text": "成功", "reference": "M" + o.Serial[8:], "to_arrears": 0, "to_advance": amount}
	if o.Power {
		learned["sold"] = metercard.Sold{Number: "M" + o.Serial[8:], Card: "0A1B2C3D", Count: 5, Amount: o.Amount, Energy: 100}
	}
	lines = []recordLine{{"outcome-learned", learned}}
	if o.Power && o.State == reconcile.Stands {
		lines = append(lines, recordLine{"meter-write-begun", object{"n": 1, "card": "0A1B2C3D", "count": 5, "amount": amount, "at": o.Paid.UnixMilli()}},
			recordLine{"meter-write-ended", object{"n": 1, "outcome": metercard.Written, "count": 5, "purse": amount}})
	}

	return lines
}

// monthFiles writes the files of all books into folders, one of each, as they deliver them.
func monthFiles(t *testing.T, m *reconciletest.Month, dir string) {
	t.Helper()
	for name, book := range map[string]int{"mis": reconcile.MIS, "cardsystem": reconcile.CardSystem, "posp": reconcile.POSP, "acquirer": reconcile.Acquirer} {
		if err := os.MkdirAll(filepath.Join(dir, name), 0o700); err != nil {
			t.Fatal(err)
		}
		for _, date := range m.Dates() {
			f, err := os.Create(monthFile(dir, name, date))
			if err != nil {
				t.Fatal(err)
			}
			switch name {
			case "posp":
				err = m.WritePOSP(f, date)
			case "acquirer":
				err = m.WriteAcquirer(f, date)
			default:
				err = m.Write104(f, book, date)
			}
			if err == nil {
				err = f.Close()
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
}

// monthFile is where the file of a book is.
func monthFile(dir, book, date string) string {
	return filepath.Join(dir, book, map[string]string{
		"mis": "S_10000001_02_01_3340101_" + date + "_" + date + "01.txt", "cardsystem": "S_10000001_01_01_3340101_" + date + "_" + date + "01.txt",
		"posp": "POSDTLFILE" + date, "acquirer": "2088000000000001_" + date + "_业务明细.csv",
	}[book])
}
