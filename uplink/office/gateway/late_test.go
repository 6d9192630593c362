package gateway_test

import (
	"errors"
	"testing"
	"time"

	"wattkiosk/payments/leg/call"
	"wattkiosk/payments/mis"
	"wattkiosk/payments/posting"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/gateway"
	"wattkiosk/uplink/office/store"
	"wattkiosk/uplink/office/store/storetest"
)

// desk is books, a poster and a clock, for one posting.
type desk struct {
	t      *testing.T
	books  *store.Store
	poster *gateway.Poster
	now    time.Time
	serial string
}

func open(t *testing.T) *desk {
	t.Helper()
	d := &desk{t: t, books: newBooks(t), now: storetest.T0, serial: orderOf(1).Serial}
	d.poster = gateway.NewPoster(d.books, "office")
	if _, err := d.books.EnsurePosting(t.Context(), orderOf(1), d.now); err != nil {
		t.Fatal(err)
	}
	return d
}

// due waits until the posting is due and returns its call.
func (d *desk) due(want mis.Op) gateway.Call {
	d.t.Helper()
	row, err := d.books.Posting(d.t.Context(), d.serial)
	if err != nil {
		d.t.Fatal(err)
	}
	if row.NextAt.After(d.now) {
		d.now = row.NextAt
	}
	calls, err := d.poster.Next(d.t.Context(), mis.MIS, d.now, 5)
	if err != nil || len(calls) != 1 || calls[0].Request.Op != want {
		d.t.Fatalf("%+v, %v; want one %s (%+v)", calls, err, want, row)
	}
	return calls[0]
}

func (d *desk) answer(c gateway.Call, r mis.Reply) books.Posting {
	d.t.Helper()
	row, err := d.poster.Answered(d.t.Context(), d.now, c, r)
	if err != nil {
		d.t.Fatal(err)
	}
	return row
}

// posts makes the next post and answers it.
func (d *desk) posts(r mis.PostResult) books.Posting {
	d.t.Helper()
	return d.answer(d.due(mis.OpPost), mis.Reply{Post: r})
}

func (d *desk) asks(r mis.PostResult) books.Posting {
	d.t.Helper()
	return d.answer(d.due(mis.OpAsk), mis.Reply{Post: r})
}

func (d *desk) act(a posting.Action) error {
	_, err := storetest.Act(d.t, d.books, d.serial, a, d.now)
	return err
}

// cases are the classes of the open and of the closed cases.
func (d *desk) cases() (open, closed []books.Case) {
	d.t.Helper()
	all, err := d.books.Cases(d.t.Context(), books.Filter{})
	if err != nil {
		d.t.Fatal(err)
	}
	for _, c := range all {
		if c.Open {
			open = append(open, c)
		} else {
			closed = append(closed, c)
		}
	}
	return open, closed
}

var (
	booked  = mis.PostResult{Outcome: mis.Done, Code: "1001", Amount: 1000, ToArrears: 600, ToAdvance: 400, Reference: "M1"}
	denied  = mis.PostResult{Outcome: mis.NotDone, Code: "1042", Text: "未算费", Reason: mis.NotPayable}
	nothing = mis.PostResult{Outcome: mis.NotDone, Code: "1003", Retry: true}
)

func owed(t *testing.T) *desk {
	t.Helper()
	d := open(t)
	d.posts(denied)
	if row := d.asks(nothing); row.State != posting.Owed || row.Code != "1042" {
		t.Fatalf("%s %s", row.State, row.Code)
	}
	return d
}

func TestRefusalEchoingOurOwnPosting(t *testing.T) {
	d := open(t)
	d.posts(mis.PostResult{Outcome: mis.NotDone, Code: "1036", Reason: mis.NothingDue})
	if row := d.asks(booked); row.State != posting.Posted || row.Reference != "M1" {
		t.Errorf("%s %s", row.State, row.Reference)
	}
}

func TestReversalOfAPostedOneIsRefused(t *testing.T) {
	d := open(t)
	d.posts(booked)
	if err := d.act(posting.Reverse); err != nil {
		t.Fatal(err)
	}
	row := d.answer(d.due(mis.OpReverse), mis.Reply{Reverse: mis.ReverseResult{Outcome: mis.NotDone, Code: "1005", Text: "无效冲正"}})
	if row.State != posting.Posted || row.Reference != "M1" || row.Code != "1001" || row.ToArrears != 600 {
		t.Errorf("%+v", row)
	}
	open, _ := d.cases()
	if len(open) != 1 || open[0].Class != books.ClassEvidence || open[0].Text != "the MIS refused the reversal; the payment stays posted (1005 无效冲正)" {
		t.Errorf("cases %+v", open)
	}
	detail, err := d.books.Detail(t.Context(), d.serial)
	if last := detail.History[len(detail.History)-1]; err != nil || last.Code != "1005" || last.Text != "无效冲正" || last.State != "posted" {
		t.Errorf("history %+v, %v", last, err)
	}
}

func TestRetryPostsAndClosesTheCase(t *testing.T) {
	d := owed(t)
	if err := d.act(posting.Retry); err != nil {
		t.Fatal(err)
	}
	cases, _ := d.cases()
	if _, err := storetest.Close(t, d.books, cases[0].ID, "refunded", d.now); !errors.Is(err, posting.ErrAction) {
		t.Errorf("a case is closed while its posting is tried again: %v", err)
	}
	d.asks(nothing)
	if row := d.posts(booked); row.State != posting.Posted {
		t.Fatal(row.State)
	}
	open, closed := d.cases()
	if len(open) != 0 || len(closed) != 1 || closed[0].Resolution != "posted after all" || closed[0].ClosedBy != "office" {
		t.Errorf("open %+v, closed %+v", open, closed)
	}
}

func TestRetryThatIsRefusedAgainKeepsOneCase(t *testing.T) {
	d := owed(t)
	if err := d.act(posting.Retry); err != nil {
		t.Fatal(err)
	}
	d.asks(nothing)
	d.posts(mis.PostResult{Outcome: mis.NotDone, Code: "1035", Text: "不允许部分"})
	d.asks(nothing)
	if open, closed := d.cases(); len(open) != 1 || len(closed) != 0 || open[0].Text != "the MIS refused the posting (1035 不允许部分)" {
		t.Errorf("open %+v, closed %+v", open, closed)
	}
}

func TestNoRetryAfterTheRefund(t *testing.T) {
	d := owed(t)
	cases, _ := d.cases()
	if _, err := storetest.Close(t, d.books, cases[0].ID, "refunded in cash", d.now); err != nil {
		t.Fatal(err)
	}
	if err := d.act(posting.Retry); !errors.Is(err, posting.ErrAction) {
		t.Errorf("retry of what was refunded: %v", err)
	}
}

// The claim expires, the next office asks and is told "none"; then the answer to
// the first call comes after all.
func TestLateAnswerSettlesWhatIsOpen(t *testing.T) {
	d := open(t)
	first := d.due(mis.OpPost)
	d.now = d.now.Add(call.Lease)
	if calls, err := d.poster.Next(t.Context(), mis.MIS, d.now, 5); err != nil || len(calls) != 0 {
		t.Fatal(calls, err)
	}
	if row := d.answer(first, mis.Reply{Post: booked}); row.State != posting.Posted || row.Reference != "M1" {
		t.Errorf("%+v", row)
	}
}

func TestLateAnswerAfterAnEndIsEvidence(t *testing.T) {
	d := open(t)
	first := d.due(mis.OpPost)
	d.now = d.now.Add(call.Lease)
	if _, err := d.poster.Next(t.Context(), mis.MIS, d.now, 5); err != nil {
		t.Fatal(err)
	}
	d.asks(nothing)
	d.posts(denied)
	if row := d.asks(nothing); row.State != posting.Owed {
		t.Fatal(row.State)
	}
	cases, _ := d.cases()
	if _, err := storetest.Close(t, d.books, cases[0].ID, "refunded in cash", d.now); err != nil {
		t.Fatal(err)
	}

	row := d.answer(first, mis.Reply{Post: booked})
	if row.State != posting.Owed {
		t.Errorf("an end was rewritten: %s", row.State)
	}
	d.answer(first, mis.Reply{Post: booked}) // said twice, one case
	open, _ := d.cases()
	if len(open) != 1 || open[0].Class != books.ClassEvidence || open[0].Amount != 1000 || open[0].Text != "the MIS reported late that the payment is booked (1001)" {
		t.Errorf("cases %+v", open)
	}
}

func TestPostingOfAWrongClockIsDue(t *testing.T) {
	d := open(t)
	d.now = d.now.AddDate(13, 0, 0)
	d.answer(d.due(mis.OpPost), mis.Reply{})
	d.now = storetest.T0.Add(time.Minute)
	calls, err := d.poster.Next(t.Context(), mis.MIS, d.now, 5)
	if err != nil || len(calls) != 1 || calls[0].Request.Op != mis.OpAsk {
		t.Errorf("%+v, %v", calls, err)
	}
}
