package storetest

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"wattkiosk/payments/leg/call"
	"wattkiosk/payments/metercard"
	"wattkiosk/payments/mis"
	"wattkiosk/payments/posting"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/people"
	"wattkiosk/uplink/office/store"
	"wattkiosk/uplink/office/stored"
)

// OtherKiosk is where what did not reach its card is written.
const OtherKiosk = "10000002"

// soldFifth is what sale sells as the first transaction.
var soldFifth = metercard.Sold{Number: "S001", Card: "0A1B2C3D", Count: 5, Amount: 13000, Energy: 24528}

// bought is the journal of a purchase that its kiosk knows to be sold, and the sale in the
// books.
func bought(t *testing.T, s *store.Store) (*Journal, books.Posting) {
	t.Helper()
	o := purchase(1)
	o.PaidAt = T0.Add(30 * time.Second).UnixMilli()
	p := sale(t, s, o, T0)
	j := NewJournal(Kiosk).Buy(t, 1, "1000000003", meterCard, 10000, 2000, 1000)
	j.Add(t, "outcome-learned", o.Serial, object{"status": "posted", "code": "0", "text": "", "reference": "S001", "to_arrears": 0, "to_advance": 13000, "sold": soldFifth})
	return j, p
}

// begins, ends and leaves are what journals say of the writing of a card.
func (j *Journal) begins(t *testing.T, serial string, n int) *Journal {
	t.Helper()
	return j.Add(t, "meter-write-begun", serial, object{"n": n, "card": "0A1B2C3D", "count": 5, "amount": 13000, "at": 1})
}

func (j *Journal) ends(t *testing.T, serial string, n int, outcome metercard.Outcome) *Journal {
	t.Helper()
	end := object{"n": n, "outcome": outcome}
	if outcome == metercard.Written {
		end["count"], end["purse"] = 5, 13000
	}
	return j.Add(t, "meter-write-ended", serial, end)
}

func (j *Journal) leaves(t *testing.T, serial string) *Journal {
	t.Helper()
	return j.Add(t, "meter-gave-up", serial, object{"why": "no-card", "at": 2})
}

// visiting is the journal of another kiosk with a re-write of the first sale.
func visiting(t *testing.T, s *store.Store) (j *Journal, serial string) {
	t.Helper()
	_, err := s.Register(t.Context(), OtherKiosk, 0, T0)
	check(t, err)
	serial = Serial(OtherKiosk, 7)
	return NewJournal(OtherKiosk).Add(t, "opened", serial, object{
		"purpose": "rewrite", "account": "1000000003", "meter_card": meterCard, "original": Serial(Kiosk, 1), "sold": soldFifth, "opened_at": T0.UnixMilli(),
	}), serial
}

func ingestOf(t *testing.T, s *store.Store, j *Journal) {
	t.Helper()
	_, err := s.Ingest(t.Context(), j.Kiosk, j.Recs, T0.Add(time.Minute))
	check(t, err)
}

func stageOf(t *testing.T, s *store.Store, want books.Stage, visit string) books.Delivery {
	t.Helper()
	d, err := s.Delivery(t.Context(), Serial(Kiosk, 1))
	check(t, err)
	if d.Stage != want || d.Visit != visit {
		t.Errorf("delivery is %s, visit %q; want %s, %q", d.Stage, d.Visit, want, visit)
	}
	return d
}

// wants is the visit of a kiosk that has the card in front of it.
func wants(kiosk, txn string) books.Visit {
	return books.Visit{Kiosk: kiosk, Txn: txn, Sale: Serial(Kiosk, 1), Card: meterCard}
}

// refusedVisit is why a card is not written, empty if it is.
func refusedVisit(t *testing.T, s *store.Store, v books.Visit) mis.Reason {
	t.Helper()
	_, err := s.HandOut(t.Context(), v, T0.Add(time.Minute))
	var no books.NotWritable
	if err != nil && !errors.As(err, &no) {
		t.Fatal(err)
	}
	return no.Reason
}

// deliveredAtOnce: what was sold is written in front of the kiosk that sold it, and the
// card-meter system is told so until it answers.
func deliveredAtOnce(t *testing.T, s *store.Store) {
	j, p := bought(t, s)
	stageOf(t, s, books.ToWrite, "")
	if why := refusedVisit(t, s, wants(Kiosk, p.Serial)); why != "" {
		t.Fatalf("not written: %s", why)
	}
	stageOf(t, s, books.InWriting, p.Serial)
	ingestOf(t, s, j.begins(t, p.Serial, 1).ends(t, p.Serial, 1, metercard.Unsure))
	stageOf(t, s, books.InWriting, p.Serial)
	ingestOf(t, s, j.begins(t, p.Serial, 2).ends(t, p.Serial, 2, metercard.Written))
	d := stageOf(t, s, books.OnCard, p.Serial)
	if d.Settled() != (metercard.Settled{}) || classes(t, s) != "" {
		t.Errorf("settled %+v, cases %q", d.Settled(), classes(t, s))
	}
	if why := refusedVisit(t, s, wants(Kiosk, p.Serial)); why != mis.Written {
		t.Errorf("steps for a card that is written: %q", why)
	}

	at := T0.Add(time.Minute)
	want := books.Say{Serial: p.Serial, Outcome: metercard.Written, Count: 5}
	for i, answered := range []bool{false, false, true} {
		says, err := s.DueReports(t.Context(), at, 9)
		check(t, err)
		if len(says) != 1 || says[0] != want {
			t.Fatalf("report %d: %+v", i, says)
		}
		if again, err := s.DueReports(t.Context(), at, 9); err != nil || len(again) != 0 {
			t.Errorf("claimed twice: %+v, %v", again, err)
		}
		check(t, s.Reported(t.Context(), want, answered, "0", "ok", at))
		next, err := s.NextReport(t.Context())
		check(t, err)
		if wait := next.Sub(at); !answered && wait != time.Duration(i+1)*2*time.Second || answered && !next.IsZero() {
			t.Errorf("report %d is followed by one after %s", i, wait)
		}
		at = next
	}
	if d := stageOf(t, s, books.OnCard, p.Serial); !d.Said || d.Code != "0" || d.Tries != 3 {
		t.Errorf("%+v", d)
	}
}

// deliveredLater: a card that left is a case with what each party has; another kiosk writes
// it, which closes the case and is what the kiosk that sold is told.
func deliveredLater(t *testing.T, s *store.Store) {
	j, p := bought(t, s)
	ingestOf(t, s, j.begins(t, p.Serial, 1).ends(t, p.Serial, 1, metercard.Unsure).leaves(t, p.Serial))
	stageOf(t, s, books.Unsure, p.Serial)
	if got := classes(t, s); got != "card-not-written:130.00" {
		t.Errorf("cases %q", got)
	}
	says, err := s.DueReports(t.Context(), T0.Add(time.Minute), 9)
	check(t, err)
	if len(says) != 1 || says[0] != (books.Say{Serial: p.Serial, Outcome: metercard.Unsure}) {
		t.Errorf("reports %+v", says)
	}
	check(t, s.Reported(t.Context(), says[0], true, "0", "", T0.Add(time.Minute)))
	open, err := s.CasesOf(t.Context(), []string{p.Serial})
	check(t, err)
	const want = "paid 130.00 yuan by cash; sold as S001: 130.00 yuan, purchase 5 of card 0A1B2C3D; the card: unsure; the report: said"
	if c := open[p.Serial]; len(c) != 1 || c[0].Text != want {
		t.Fatalf("case %+v", c)
	}
	if _, err := Close(t, s, open[p.Serial][0].ID, "never mind", T0); !errors.Is(err, posting.ErrAction) {
		t.Errorf("closed by hand: %v", err)
	}

	v, again := visiting(t, s)
	if why := refusedVisit(t, s, wants(OtherKiosk, again)); why != "" {
		t.Fatalf("not re-written: %s", why)
	}
	stageOf(t, s, books.InWriting, again)
	ingestOf(t, s, v.begins(t, again, 1).ends(t, again, 1, metercard.Written))
	d := stageOf(t, s, books.OnCard, again)
	if d.Settled() != (metercard.Settled{How: metercard.Rewritten, By: again}) || classes(t, s) != "" {
		t.Errorf("settled %+v, open %q", d.Settled(), classes(t, s))
	}
	if says, err = s.DueReports(t.Context(), T0.Add(time.Minute), 9); err != nil || len(says) != 1 || says[0].Outcome != metercard.Written || says[0].Count != 5 {
		t.Errorf("reports %+v, %v", says, err)
	}
	done, err := s.CasesOf(t.Context(), []string{p.Serial})
	check(t, err)
	if c := done[p.Serial][0]; c.Open || c.ClosedBy != books.ClosedByOffice || c.Resolution != "written by "+again {
		t.Errorf("case %+v", c)
	}
}

// deliveredOutOfOrder: the journals of the two kiosks come in any order.
func deliveredOutOfOrder(t *testing.T, s *store.Store) {
	j, p := bought(t, s)
	v, again := visiting(t, s)
	if why := refusedVisit(t, s, wants(OtherKiosk, again)); why != "" {
		t.Fatal(why)
	}
	ingestOf(t, s, v.begins(t, again, 1).ends(t, again, 1, metercard.Written))
	stageOf(t, s, books.OnCard, again)
	ingestOf(t, s, j.begins(t, p.Serial, 1).ends(t, p.Serial, 1, metercard.Unsure).leaves(t, p.Serial))
	d := stageOf(t, s, books.OnCard, again)
	if d.Kiosk != Kiosk || d.Account != "1000000003" || d.Settled().By != again || classes(t, s) != "" {
		t.Errorf("%+v, cases %q", d, classes(t, s))
	}
}

// overheard: a kiosk that a sale was not handed to is not believed that its card holds it,
// nor that it does not; what it says is a case, and from then on the card may hold it. Once
// the sale is named to it, or steps are handed out, it is believed.
func overheard(t *testing.T, s *store.Store) {
	j, p := bought(t, s)
	ingestOf(t, s, j.begins(t, p.Serial, 1).ends(t, p.Serial, 1, metercard.Unsure).leaves(t, p.Serial))
	v, again := visiting(t, s)

	ingestOf(t, s, v.leaves(t, again)) // "it left, and does not hold it"
	stageOf(t, s, books.Unsure, p.Serial)
	if _, err := Act(t, s, p.Serial, posting.Reverse, T0); !errors.Is(err, posting.ErrAction) {
		t.Errorf("taken back by a stranger's word: %v", err)
	}

	lie := Serial(OtherKiosk, 8)
	v.Add(t, "opened", lie, object{"purpose": "rewrite", "account": "1000000003", "meter_card": meterCard, "original": p.Serial, "sold": soldFifth, "opened_at": 9})
	for range 2 { // the same again is the same matter
		ingestOf(t, s, v.begins(t, lie, 1).ends(t, lie, 1, metercard.Written))
		stageOf(t, s, books.Unsure, p.Serial)
		if got := classes(t, s); got != "card-not-written:130.00 evidence:130.00" {
			t.Errorf("cases %q", got)
		}
		lie = Serial(OtherKiosk, 9)
		v.Add(t, "opened", lie, object{"purpose": "rewrite", "account": "1000000003", "meter_card": meterCard, "original": p.Serial, "sold": soldFifth, "opened_at": 10})
	}
	cases, err := s.CasesOf(t.Context(), []string{p.Serial})
	check(t, err)
	const want = "kiosk 10000002 says of the card that it is written; these books did not hand the sale to that kiosk, and hold that the card is unsure"
	if c := cases[p.Serial]; len(c) != 2 || c[0].Text != want && c[1].Text != want {
		t.Errorf("%+v", c)
	}

	check(t, s.NameSale(t.Context(), p.Serial, OtherKiosk, T0.Add(time.Hour)))
	ingestOf(t, s, v.begins(t, lie, 1).ends(t, lie, 1, metercard.Written))
	stageOf(t, s, books.OnCard, lie)
}

// overheardAfterTheEnd: it changes nothing of what was settled, and is a case all the same.
func overheardAfterTheEnd(t *testing.T, s *store.Store) {
	j, p := bought(t, s)
	ingestOf(t, s, j.leaves(t, p.Serial))
	if _, err := Act(t, s, p.Serial, posting.Reverse, T0); err != nil {
		t.Fatal(err)
	}
	v, again := visiting(t, s)
	ingestOf(t, s, v.begins(t, again, 1).ends(t, again, 1, metercard.Written))
	stageOf(t, s, books.Withdrawn, p.Serial)
	if got := classes(t, s); got != "card-not-written:130.00 evidence:130.00" {
		t.Errorf("cases %q", got)
	}
}

// handedOnce: who a sale was handed to is kept, by kiosk, with the last visit that had
// steps.
func handedOnce(t *testing.T, s *store.Store) {
	_, p := bought(t, s)
	_, again := visiting(t, s)
	check(t, s.NameSale(t.Context(), p.Serial, OtherKiosk, T0))
	if why := refusedVisit(t, s, wants(OtherKiosk, again)); why != "" {
		t.Fatal(why)
	}
	check(t, s.NameSale(t.Context(), p.Serial, OtherKiosk, T0.Add(2*time.Minute)))
	if why := refusedVisit(t, s, wants(Kiosk, p.Serial)); why != "" {
		t.Fatal(why)
	}
	d, err := s.Detail(t.Context(), p.Serial)
	check(t, err)
	at := func(after time.Duration) int64 { return T0.Add(after).UnixMilli() }
	want := []books.HandedOut{
		{Sale: p.Serial, Kiosk: Kiosk, Visit: p.Serial, At: at(time.Minute), Until: at(61 * time.Minute)},
		{Sale: p.Serial, Kiosk: OtherKiosk, Visit: again, At: at(2 * time.Minute), Until: at(62 * time.Minute)},
	}
	if diff := cmp.Diff(want, d.HandedOut); diff != "" {
		t.Error(diff)
	}
}

// visitsInDoubt has a re-write come to nothing in several ways.
func visitsInDoubt(t *testing.T, s *store.Store) {
	j, p := bought(t, s)
	ingestOf(t, s, j.leaves(t, p.Serial))
	stageOf(t, s, books.NotOnCard, p.Serial)

	v, again := visiting(t, s)
	if why := refusedVisit(t, s, wants(OtherKiosk, again)); why != "" {
		t.Fatal(why)
	}
	if _, err := Act(t, s, p.Serial, posting.Reverse, T0); !errors.Is(err, posting.ErrAction) {
		t.Errorf("taken back while the card may be written: %v", err)
	}
	ingestOf(t, s, v.begins(t, again, 1).ends(t, again, 1, metercard.Unsure).leaves(t, again))
	stageOf(t, s, books.Unsure, again)
	if _, err := Act(t, s, p.Serial, posting.Reverse, T0); !errors.Is(err, posting.ErrAction) {
		t.Errorf("taken back though the card may hold it: %v", err)
	}

	// The next one has the card tell that it does not hold it.
	third := Serial(OtherKiosk, 8)
	if why := refusedVisit(t, s, wants(OtherKiosk, third)); why != "" {
		t.Fatal(why)
	}
	v.Add(t, "opened", third, object{"purpose": "rewrite", "account": "1000000003", "meter_card": meterCard, "original": p.Serial, "sold": soldFifth, "opened_at": 9})
	ingestOf(t, s, v.begins(t, third, 1).ends(t, third, 1, metercard.Unwritten).leaves(t, third))
	stageOf(t, s, books.NotOnCard, third)
	if got := classes(t, s); got != "card-not-written:130.00" {
		t.Errorf("cases %q", got)
	}
}

// saleTakenBack: a sale is taken back while its card is known not to hold it; from then on
// no terminal writes it, unless the reversal is refused.
func saleTakenBack(t *testing.T, s *store.Store) {
	for _, done := range []bool{false, true} {
		serial := Serial(Kiosk, 1)
		if !done {
			j, p := bought(t, s)
			ingestOf(t, s, j.leaves(t, p.Serial))
		}
		p, err := Act(t, s, serial, posting.Reverse, T0.Add(time.Hour))
		check(t, err)
		if why := refusedVisit(t, s, wants(Kiosk, p.Serial)); why != mis.NotPayable {
			t.Errorf("written while the sale goes back: %q", why)
		}
		if _, err := s.SettleWay(t.Context(), p.Serial, metercard.Remote, "li", "both", T0); !errors.Is(err, posting.ErrAction) {
			t.Errorf("settled while the sale goes back: %v", err)
		}

		answer := mis.ReverseResult{Outcome: mis.NotDone, Code: "E3"}
		if done {
			answer = mis.ReverseResult{Outcome: mis.Done, Code: "0"}
		}
		at := T0.Add(2 * time.Hour)
		p = step(t, s, step(t, s, p, posting.Event{Kind: call.Due, Now: at}), posting.Event{Kind: call.Answered, Now: at, Reply: mis.Reply{Op: mis.OpReverse, Reverse: answer}})
		if done {
			stageOf(t, s, books.Withdrawn, p.Serial)
			if got := classes(t, s); p.State != posting.Owed || got != "owed:130.00" {
				t.Errorf("%s, cases %q", posting.Word(p.State), got)
			}
			continue
		}
		stageOf(t, s, books.NotOnCard, p.Serial)
		if got := classes(t, s); p.State != posting.Posted || got != "card-not-written:130.00" {
			t.Errorf("%s, cases %q", posting.Word(p.State), got)
		}
	}
}

// notForThisVisit: steps are handed out for a sale of these books, onto its card, to the
// kiosk that owns the transaction.
func notForThisVisit(t *testing.T, s *store.Store) {
	j, p := bought(t, s)
	v, again := visiting(t, s)
	ingestOf(t, s, v)
	bill, err := s.EnsurePosting(t.Context(), order(3), T0)
	check(t, err)
	waits, err := s.EnsurePosting(t.Context(), purchase(4), T0)
	check(t, err)
	for name, c := range map[string]struct {
		change func(*books.Visit)
		want   mis.Reason
	}{
		"as it is":                       {func(*books.Visit) {}, ""},
		"unknown sale":                   {func(v *books.Visit) { v.Sale, v.Txn = Serial(Kiosk, 9), Serial(Kiosk, 9) }, mis.NotPayable},
		"a bill":                         {func(v *books.Visit) { v.Sale, v.Txn = bill.Serial, bill.Serial }, mis.NotPayable},
		"a sale that is open":            {func(v *books.Visit) { v.Sale, v.Txn = waits.Serial, waits.Serial }, mis.OtherCard},
		"another card":                   {func(v *books.Visit) { v.Card.Serial = "FF" }, mis.OtherCard},
		"a card that holds it":           {func(v *books.Visit) { v.Card.Count, v.Card.Purse = 5, 13000 }, mis.Written},
		"a card that counts further":     {func(v *books.Visit) { v.Card.Count = 6 }, mis.CountDiffers},
		"a card that counts less":        {func(v *books.Visit) { v.Card.Count = 3 }, mis.CountDiffers},
		"another kiosk's sale":           {func(v *books.Visit) { v.Kiosk = OtherKiosk }, mis.NotPayable},
		"another kiosk's transaction":    {func(v *books.Visit) { v.Txn = Serial(OtherKiosk, 1) }, mis.NotPayable},
		"a re-write":                     {func(v *books.Visit) { v.Kiosk, v.Txn = OtherKiosk, again }, ""},
		"a re-write that is not opened":  {func(v *books.Visit) { v.Kiosk, v.Txn = OtherKiosk, Serial(OtherKiosk, 99) }, ""},
		"a re-write by what pays a bill": {func(v *books.Visit) { v.Txn = Serial(Kiosk, 2) }, mis.NotPayable},
	} {
		if name == "a re-write by what pays a bill" {
			ingestOf(t, s, j.Pay(t, 2, "1000000001", 5000))
		}
		visit := wants(Kiosk, p.Serial)
		c.change(&visit)
		if why := refusedVisit(t, s, visit); why != c.want {
			t.Errorf("%s: %q, want %q", name, why, c.want)
		}
	}

	ingestOf(t, s, j.leaves(t, p.Serial))
	if why := refusedVisit(t, s, wants(Kiosk, p.Serial)); why != mis.NotPayable {
		t.Errorf("to a visit that is over: %q", why)
	}
}

// settledAnotherWay takes two people, who say the same; the kiosk is told.
func settledAnotherWay(t *testing.T, s *store.Store) {
	j, p := bought(t, s)
	if _, err := s.SettleWay(t.Context(), p.Serial, metercard.Remote, "li", "no card", T0); !errors.Is(err, posting.ErrAction) {
		t.Errorf("settled without a case: %v", err)
	}
	ingestOf(t, s, j.begins(t, p.Serial, 1).ends(t, p.Serial, 1, metercard.Unsure).leaves(t, p.Serial))
	for i, c := range []struct {
		how  metercard.Way
		user string
		err  error
	}{
		{metercard.Rewritten, "li", posting.ErrAction},
		{metercard.Remote, "li", nil},
		{metercard.Remote, "li", books.ErrTwoPeople},
		{metercard.ByHand, "wang", posting.ErrAction},
		{metercard.Remote, "wang", nil},
		{metercard.Remote, "zhao", posting.ErrAction},
	} {
		if _, err := s.SettleWay(t.Context(), p.Serial, c.how, c.user, "meter is remote", T0.Add(time.Hour)); !errors.Is(err, c.err) {
			t.Errorf("%d: %v, want %v", i, err, c.err)
		}
	}
	d := stageOf(t, s, books.OtherWay, p.Serial)
	if d.Settled() != (metercard.Settled{How: metercard.Remote, By: "wang", Reason: "meter is remote"}) || classes(t, s) != "" {
		t.Errorf("settled %+v, open %q", d.Settled(), classes(t, s))
	}
	if why := refusedVisit(t, s, wants(OtherKiosk, Serial(OtherKiosk, 7))); why != mis.Written {
		t.Errorf("written after it was settled: %q", why)
	}
	cases, err := s.CasesOf(t.Context(), []string{p.Serial})
	check(t, err)
	if c := cases[p.Serial][0]; c.ClosedBy != "wang" || c.Resolution != "meter is remote" {
		t.Errorf("%+v", c)
	}
	if _, err := s.SettleWay(t.Context(), Serial(Kiosk, 9), metercard.Remote, "li", "x x", T0); !errors.Is(err, stored.ErrNotFound) {
		t.Errorf("of an unknown sale: %v", err)
	}

	// A card that holds it all the same contradicts what people decided.
	v, again := visiting(t, s)
	check(t, s.NameSale(t.Context(), p.Serial, OtherKiosk, T0))
	ingestOf(t, s, v.begins(t, again, 1).ends(t, again, 1, metercard.Written))
	if got := classes(t, s); got != "evidence:130.00" {
		t.Errorf("cases %q", got)
	}
}

// askedForNothing: a person takes back what another one has not approved.
func askedForNothing(t *testing.T, s *store.Store) {
	j, p := bought(t, s)
	ingestOf(t, s, j.leaves(t, p.Serial))
	if _, err := s.CancelWay(t.Context(), p.Serial, "li", "wrong one", T0); !errors.Is(err, posting.ErrAction) {
		t.Errorf("nothing was asked for: %v", err)
	}
	_, err := s.SettleWay(t.Context(), p.Serial, metercard.ByHand, "li", "at the counter", T0)
	check(t, err)
	d, err := s.CancelWay(t.Context(), p.Serial, "wang", "wrong one", T0)
	check(t, err)
	if d.AskedBy != "" || d.AskedHow != "" || d.Stage != books.NotOnCard {
		t.Errorf("%+v", d)
	}
	log, err := s.AuditLog(t.Context(), 9)
	check(t, err)
	var acts []string
	for _, a := range log {
		acts = append(acts, a.User+" "+a.Action)
	}
	if got := strings.Join(acts, ", "); got != "wang ask for no other way, li ask for another way: by-hand" {
		t.Error(got)
	}
}

// askedByOneWhoLeft: the word of who was disabled since is none of the two.
func askedByOneWhoLeft(t *testing.T, s *store.Store) {
	j, p := bought(t, s)
	ingestOf(t, s, j.leaves(t, p.Serial))
	for _, name := range []string{"li", "wang", "zhao"} {
		Person(t, s, name, people.RoleOperator)
	}
	settles := func(user string) books.Delivery {
		t.Helper()
		d, err := s.SettleWay(t.Context(), p.Serial, metercard.Remote, user, "meter is remote", T0)
		check(t, err)

		return d
	}
	settles("li")
	check(t, s.SetDisabled(t.Context(), "li", true, "setup", T0))
	if d := settles("wang"); d.Stage != books.NotOnCard || d.AskedBy != "wang" {
		t.Errorf("settled by one person: %+v", d)
	}
	if d := settles("zhao"); d.Stage != books.OtherWay {
		t.Errorf("not settled by two: %+v", d)
	}
}

// settledWhileItsKioskIsAway: a kiosk that had the steps may have written the card, and be
// offline with the record of it for days. Nobody settles the sale another way meanwhile, so that
// no energy is credited on the card beside it; who knows that the kiosk is gone for good says so.
func settledWhileItsKioskIsAway(t *testing.T, s *store.Store) {
	j, p := bought(t, s)
	ingestOf(t, s, j.leaves(t, p.Serial)) // a case
	v, again := visiting(t, s)
	steps := T0.Add(time.Minute)
	_, err := s.HandOut(t.Context(), wants(OtherKiosk, again), steps)
	check(t, err)
	settle := func(user string, at time.Time) error {
		t.Helper()
		_, err := s.SettleWay(t.Context(), p.Serial, metercard.Remote, user, "the customer says so", at)

		return err
	}
	for _, after := range []time.Duration{time.Minute, 61 * time.Minute, 30 * 24 * time.Hour} {
		if err := settle("li", steps.Add(after)); !errors.Is(err, posting.ErrAction) {
			t.Errorf("settled %s after the steps, while the kiosk is away: %v", after, err)
		}
	}

	wrote := v.begins(t, again, 1).ends(t, again, 1, metercard.Written)
	_, err = s.Ingest(t.Context(), v.Kiosk, wrote.Recs, steps.Add(31*24*time.Hour))
	check(t, err)
	stageOf(t, s, books.OnCard, again)
	if err := settle("li", steps.Add(32*24*time.Hour)); !errors.Is(err, posting.ErrAction) || classes(t, s) != "" {
		t.Errorf("settled though it is on the card: %v, cases %q", err, classes(t, s))
	}
}

// settledWithoutAKiosk that had the steps: it is gone for good, as a person says.
func settledWithoutAKiosk(t *testing.T, s *store.Store) {
	j, p := bought(t, s)
	ingestOf(t, s, j.leaves(t, p.Serial))
	_, again := visiting(t, s)
	steps := T0.Add(time.Minute)
	_, err := s.HandOut(t.Context(), wants(OtherKiosk, again), steps)
	check(t, err)
	burnt := steps.Add(48 * time.Hour)
	check(t, s.GiveUp(t.Context(), OtherKiosk, "root", "burnt", burnt))
	for _, user := range []string{"li", "wang"} {
		_, err := s.SettleWay(t.Context(), p.Serial, metercard.Remote, user, "the card was read at the hall", burnt.Add(time.Minute))
		check(t, err)
	}
	stageOf(t, s, books.OtherWay, again)
}

// lateDelivery: what nobody says anything of for a day is a case.
func lateDelivery(t *testing.T, s *store.Store) {
	_, p := bought(t, s)
	for _, c := range []struct {
		at   time.Time
		want string
	}{
		{T0.Add(23 * time.Hour), ""},
		{T0.AddDate(-3, 0, 0), ""}, // a clock that was wrong, and is right again
		{T0.Add(24 * time.Hour), "card-not-written:130.00"},
		{T0.Add(72 * time.Hour), "card-not-written:130.00"},
	} {
		says, err := s.DueReports(t.Context(), c.at, 9)
		check(t, err)
		if got := classes(t, s); len(says) != 0 || got != c.want {
			t.Errorf("%s: %+v, cases %q", c.at, says, got)
		}
	}
	stageOf(t, s, books.ToWrite, "")
	open, err := s.Deliveries(t.Context(), books.Filter{Open: true, Kiosk: Kiosk, Account: "1000000003"})
	check(t, err)
	none, err := s.Deliveries(t.Context(), books.Filter{Kiosk: OtherKiosk})
	check(t, err)
	if len(open) != 1 || open[0].Serial != p.Serial || len(none) != 0 {
		t.Errorf("%+v, %+v", open, none)
	}
}

// lateByWrongClock: a clock that was years ahead when something was sold does not keep it
// from being a case for years.
func lateByWrongClock(t *testing.T, s *store.Store) {
	bought(t, s)
	right := T0.AddDate(-3, 0, 0)
	for _, c := range []struct {
		at   time.Time
		want string
	}{{right, ""}, {right.Add(23 * time.Hour), ""}, {right.Add(24 * time.Hour), "card-not-written:130.00"}} {
		_, err := s.DueReports(t.Context(), c.at, 9)
		check(t, err)
		if got := classes(t, s); got != c.want {
			t.Errorf("%s: cases %q, want %q", c.at, got, c.want)
		}
	}
}

// reportedByWrongClock: a report that was put off while the clock was some hours ahead goes out
// once it is right, and one that waits by a right clock does not.
func reportedByWrongClock(t *testing.T, s *store.Store) {
	j, p := bought(t, s)
	ingestOf(t, s, j.begins(t, p.Serial, 1).ends(t, p.Serial, 1, metercard.Written))
	want := books.Say{Serial: p.Serial, Outcome: metercard.Written, Count: 5}
	ahead := T0.Add(5 * time.Hour)
	for _, c := range []struct {
		at   time.Time
		says int
	}{{ahead, 1}, {ahead.Add(time.Second), 0}, {T0.Add(time.Minute), 1}, {T0.Add(time.Minute + time.Second), 0}} {
		says, err := s.DueReports(t.Context(), c.at, 9)
		check(t, err)
		if len(says) != c.says || c.says == 1 && says[0] != want {
			t.Fatalf("at %s: %+v", c.at, says)
		}
		if c.says == 1 {
			check(t, s.Reported(t.Context(), want, false, "", "", c.at))
		}
	}
}

// writtenBeforeItIsSold: what a kiosk says of the writing of a sale that these books do
// not know is passed on to nobody, and does not stand in for the sale once it is there and
// is something else.
func writtenBeforeItIsSold(t *testing.T, s *store.Store) {
	_, err := s.Register(t.Context(), OtherKiosk, 0, T0)
	check(t, err)
	forged := soldFifth
	forged.Amount, forged.Card = 100, "FFFFFFFF"
	card := meterCard
	card.Serial = forged.Card
	serial := Serial(OtherKiosk, 7)
	v := NewJournal(OtherKiosk).Add(t, "opened", serial, object{
		"purpose": "rewrite", "account": "1000000003", "meter_card": card, "original": Serial(Kiosk, 1), "sold": forged, "opened_at": 1,
	})
	v.Add(t, "meter-write-begun", serial, object{"n": 1, "card": "FFFFFFFF", "count": 5, "amount": 100, "at": 1})
	v.Add(t, "meter-write-ended", serial, object{"n": 1, "outcome": metercard.Written, "count": 5, "purse": 100})
	ingestOf(t, s, v)
	if says, err := s.DueReports(t.Context(), T0.Add(time.Minute), 9); err != nil || len(says) != 0 {
		t.Errorf("reported of a sale that nobody knows: %+v, %v", says, err)
	}

	_, p := bought(t, s)
	d := stageOf(t, s, books.Unsure, "")
	if d.Sold != soldFifth || d.Settled() != (metercard.Settled{}) {
		t.Errorf("%+v, settled %+v", d, d.Settled())
	}
	if got := classes(t, s); got != "evidence:1.00 card-not-written:130.00 evidence:130.00" {
		t.Errorf("cases %q", got)
	}
	if why := refusedVisit(t, s, wants(Kiosk, p.Serial)); why != "" {
		t.Errorf("not written: %s", why)
	}
}

// reportedOnceItIsKnown: the report of a re-write waits for its sale, and goes on then. That
// books which do not know a sale handed it out is books that were restored, twice.
func reportedOnceItIsKnown(t *testing.T, s *store.Store) {
	v, again := visiting(t, s)
	check(t, s.NameSale(t.Context(), Serial(Kiosk, 1), OtherKiosk, T0))
	ingestOf(t, s, v.begins(t, again, 1).ends(t, again, 1, metercard.Written))
	for _, want := range []int{0, 1} {
		if says, err := s.DueReports(t.Context(), T0.Add(time.Minute), 9); err != nil || len(says) != want {
			t.Errorf("%+v, %v, want %d", says, err, want)
		}
		if want == 0 {
			bought(t, s)
		}
	}
}

// lateOnceItIsKnown: a re-write that ended nowhere is a case as soon as its sale is known,
// however late that is.
func lateOnceItIsKnown(t *testing.T, s *store.Store) {
	v, again := visiting(t, s)
	check(t, s.NameSale(t.Context(), Serial(Kiosk, 1), OtherKiosk, T0))
	ingestOf(t, s, v.begins(t, again, 1))
	at := T0.Add(48 * time.Hour)
	_, err := s.DueReports(t.Context(), at, 9)
	check(t, err)
	bought(t, s)
	_, err = s.DueReports(t.Context(), at, 9)
	check(t, err)
	if got := classes(t, s); got != "card-not-written:130.00" {
		t.Errorf("cases %q", got)
	}
}

// lateAfterRefusedReversal: a sale whose reversal is refused after a day, and which no card
// was seen to hold, is a case again.
func lateAfterRefusedReversal(t *testing.T, s *store.Store) {
	_, p := bought(t, s)
	p, err := Act(t, s, p.Serial, posting.Reverse, T0.Add(time.Hour))
	check(t, err)
	at := T0.Add(25 * time.Hour)
	_, err = s.DueReports(t.Context(), at, 9)
	check(t, err)
	refused := mis.Reply{Op: mis.OpReverse, Reverse: mis.ReverseResult{Outcome: mis.NotDone, Code: "E3"}}
	p = step(t, s, step(t, s, p, posting.Event{Kind: call.Due, Now: at}), posting.Event{Kind: call.Answered, Now: at, Reply: refused})
	stageOf(t, s, books.ToWrite, "")
	_, err = s.DueReports(t.Context(), at, 9)
	check(t, err)
	if got := classes(t, s); p.State != posting.Posted || got != "card-not-written:130.00" {
		t.Errorf("%s, cases %q", posting.Word(p.State), got)
	}
}

// seenWhileItIsWritten: a re-write that saw the card without what was sold does not speak
// for the visit that sold, which has steps: the card may have gone back there since.
func seenWhileItIsWritten(t *testing.T, s *store.Store) {
	j, p := bought(t, s)
	v, again := visiting(t, s)
	if why := refusedVisit(t, s, wants(Kiosk, p.Serial)); why != "" {
		t.Fatal(why)
	}
	check(t, s.NameSale(t.Context(), p.Serial, OtherKiosk, T0))
	ingestOf(t, s, v.leaves(t, again))
	stageOf(t, s, books.InWriting, p.Serial)
	if _, err := Act(t, s, p.Serial, posting.Reverse, T0); !errors.Is(err, posting.ErrAction) {
		t.Errorf("taken back while the card may be written: %v", err)
	}
	ingestOf(t, s, j.begins(t, p.Serial, 1).ends(t, p.Serial, 1, metercard.Unsure).leaves(t, p.Serial))
	stageOf(t, s, books.Unsure, p.Serial)
}
