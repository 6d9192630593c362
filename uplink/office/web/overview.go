package web

import (
	"context"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"wattkiosk/payments"
	"wattkiosk/payments/mis"
	"wattkiosk/uplink/office/approval"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/fleet"
	"wattkiosk/uplink/office/people"
	"wattkiosk/uplink/office/store"
)

const (
	liveTransactions = 20
	overviewCases    = 8
	usualWait        = time.Minute // within which postings have their end, unless a system is away
)

// txnRow is a payment in a table.
type txnRow struct {
	books.Transaction
	Buys     bool   // power, onto a meter card
	Original string // of a re-write, which takes no money: serial of its sale
	Nothing  bool   // it came to nothing
	State    string
	Word     string // key of the words for State
	When     string
	Rev      string // changes with what the row shows
}

// caseRow is a case in a list.
type caseRow struct {
	books.Case
	Matter      string // key of the words for its class
	When, Age   string
	How, Closer string // how it was closed, and by whom
	Due         string // by when its next step is to be done, on the page of who has it
	NotYours    string // why whoever looks may not close it, in words; empty where that is offered
	GiveBack    string // the page where a payment by card or code is given back; empty for none
	By          string // its tender, where GiveBack is set
	Back        string // the page to come back to once it is closed; empty for the list
	Plans       waiting
}

type overviewData struct {
	Stats   store.Stats
	Waits   string // how long the oldest open posting has waited, once that is longer than it usually takes
	Offline int64
	Plans   int       // that wait for a second person
	Needy   kioskList // kiosks that need a look, the first of them
	None    bool      // no kiosk is enrolled yet
	Dates   []dateRow // that are not signed
	Late    []lateRow // of these: that others were told of
	Txns    []txnRow
	Cases   []caseRow
	Mine    []caseRow // open ones that whoever looks has to see to
	More    int64     // open cases that are not among these
}

func (s *overviewPages) overviewPage(w http.ResponseWriter, r *http.Request) {
	d, err := s.overview(r.Context(), language(r))
	if err != nil {
		s.failPage(w, r, err)
		return
	}
	mine := books.Filter{Open: true, Owner: person(r.Context()).Name, Limit: liveTransactions}
	if d.Mine, err = s.books.caseRows(r.Context(), language(r), mine); err != nil {
		s.failPage(w, r, err)
		return
	}
	for i, c := range d.Mine {
		d.Mine[i].Due = stamp(c.DueAt, s.cfg.Store.Zone())
	}
	s.show(w, r, http.StatusOK, "overview", page{Title: language(r).t("nav.home"), Nav: "home"}, d)
}

func (s *overviewPages) overview(ctx context.Context, l lang) (overviewData, error) {
	var d overviewData
	var err error
	if d.Stats, err = s.stats(ctx); err != nil {
		return d, fmt.Errorf("cannot read figures: %w", err)
	}
	d.Offline = d.Stats.Kiosks - d.Stats.Online
	if age := s.now().Sub(time.UnixMilli(d.Stats.OpenSince)); d.Stats.OpenSince != 0 && age >= usualWait {
		d.Waits = l.t("tile.pending.waits", l.lasted(age))
	}
	plans, err := s.cfg.Store.Plans.Plans(ctx, approval.Filter{Pending: true}, s.now())
	if err != nil {
		return d, err
	}
	d.Plans = len(plans)
	if d.Needy, err = s.fleet.find(ctx, l, fleet.Search{Needy: true, Limit: needyShown}); err != nil {
		return d, err
	}
	d.None = d.Stats.Kiosks == 0
	if d.Dates, err = s.dates.unsigned(ctx, l); err != nil {
		return d, err
	}
	if d.Late, err = s.dates.late(ctx); err != nil {
		return d, err
	}
	if d.Txns, err = s.books.txnRows(ctx, books.Filter{Limit: liveTransactions}); err != nil {
		return d, err
	}
	if d.Cases, err = s.foremost(ctx, l); err != nil {
		return d, err
	}
	d.More = max(0, d.Stats.OpenCases-int64(len(d.Cases)))

	return d, nil
}

// away are the classes of cases of a system that does not answer: many others follow from
// such a one.
var away = []string{books.ClassMISAway, books.ClassCardsAway, books.ClassAway, books.ClassBankAway}

// foremost are the open cases that the overview shows: first those of systems that are
// away, then the newest.
func (s *overviewPages) foremost(ctx context.Context, l lang) ([]caseRow, error) {
	var first []caseRow
	for _, class := range away {
		rows, err := s.books.caseRows(ctx, l, books.Filter{Open: true, Class: class, Limit: overviewCases})
		if err != nil {
			return nil, err
		}
		first = append(first, rows...)
	}
	newest, err := s.books.caseRows(ctx, l, books.Filter{Open: true, Limit: 2 * overviewCases})
	for _, c := range newest {
		if !slices.Contains(away, c.Class) {
			first = append(first, c)
		}
	}

	return first[:min(len(first), overviewCases)], err
}

// standing is where the money of a transaction is now.
type standing struct {
	state  string
	posted *books.Posting // nil: there is none
}

// standings are those of txns, in their order.
func (s *booksPages) standings(ctx context.Context, txns []books.Transaction) ([]standing, error) {
	serials := make([]string, len(txns))
	for i, t := range txns {
		serials[i] = t.Serial
	}
	posts, err := s.cfg.Store.PostingsOf(ctx, serials)
	if err != nil {
		return nil, fmt.Errorf("cannot read postings: %w", err)
	}
	cases, err := s.cfg.Store.CasesOf(ctx, serials)
	if err != nil {
		return nil, fmt.Errorf("cannot read cases: %w", err)
	}
	onTheWay, err := s.cfg.Store.DeliveriesOf(ctx, serials)
	if err != nil {
		return nil, fmt.Errorf("cannot read deliveries: %w", err)
	}

	out := make([]standing, len(txns))
	for i, t := range txns {
		if p, ok := posts[t.Serial]; ok {
			out[i].posted = &p
		}
		out[i].state = stateOf(t, out[i].posted, cases[t.Serial])
		if x, sold := onTheWay[t.Serial]; sold {
			out[i].state = soldState(out[i].state, t.Serial, out[i].posted, &x)
		}
	}

	return out, nil
}

func (s *booksPages) txnRows(ctx context.Context, f books.Filter) ([]txnRow, error) {
	txns, err := s.cfg.Store.Transactions(ctx, f)
	if err != nil {
		return nil, fmt.Errorf("cannot read transactions: %w", err)
	}
	now, err := s.standings(ctx, txns)
	if err != nil {
		return nil, err
	}

	rows := make([]txnRow, len(txns))
	for i, t := range txns {
		row := txnRow{Transaction: masked(t), When: clock(t.OpenedAt, s.now(), s.cfg.Store.Zone()), State: now[i].state}
		purpose := purposeOf(t, now[i].posted)
		row.Word, row.Buys = stateKey(purpose, row.State, now[i].posted), purpose == payments.Purchase
		if purpose == payments.Rewrite {
			row.Original = t.Folded.Original
		}
		row.Nothing, _ = cameToNothing(t)
		row.Rev = fmt.Sprint(row.State, row.Total)
		rows[i] = row
	}
	return rows, nil
}

func (s *booksPages) caseRows(ctx context.Context, l lang, f books.Filter) ([]caseRow, error) {
	cases, err := s.cfg.Store.Cases(ctx, f)
	if err != nil {
		return nil, fmt.Errorf("cannot read cases: %w", err)
	}
	if cases, err = s.seen(ctx, cases); err != nil {
		return nil, err
	}
	var serials []string
	for _, c := range cases {
		if c.Serial != "" {
			serials = append(serials, c.Serial)
		}
	}
	posts, err := s.cfg.Store.PostingsOf(ctx, serials)
	if err != nil {
		return nil, fmt.Errorf("cannot read postings: %w", err)
	}
	rows := make([]caseRow, len(cases))
	for i, c := range cases {
		p := posts[c.Serial]
		rows[i] = s.caseRow(ctx, l, c, p.System() == mis.CardSystem)
	}
	return rows, nil
}

// matterOf is the key of the words for a case: those of its class, and of its situation where
// the class has several. Those of a purchase of power are about its sale.
func matterOf(c books.Case, buys bool) string {
	for _, key := range []string{"sale." + c.Class + situationOf(c.Class, c.Text), "sale." + c.Class} {
		if buys && words["todo."+key] != [2]string{} {
			return key
		}
	}
	if key := c.Class + situationOf(c.Class, c.Text); words["todo."+key] != [2]string{} {
		return key
	}

	return c.Class
}

// situations are those of a class that more than one thing can be meant by, as the books
// write them of any system; a text of none of them is of the class as such.
var situations = []struct {
	class string
	text  *regexp.Regexp
	is    string
}{
	{books.ClassDisputed, regexp.MustCompile(`^the [a-zA-Z -]+ booked [-0-9.]+, the order is |^the card-meter system sold `), "amount"},
	{books.ClassDisputed, regexp.MustCompile(`^the [a-zA-Z -]+ booked it as `), "split"},
	{books.ClassDisputed, regexp.MustCompile(`^posted; the [a-zA-Z -]+ did not reverse it`), "kept"},
	{books.ClassDisputed, regexp.MustCompile(`^posted; later `), "vanished"},
}

// situationOf is which of its class's situations a text tells of, after a full stop; empty
// for a class that has one only.
func situationOf(class, text string) string {
	for _, s := range situations {
		if s.class == class && s.text.MatchString(text) {
			return "." + s.is
		}
	}

	return ""
}

// caseRow is a case in a list, as whoever looks may settle it; buys says that it is of a purchase
// of power.
func (s *hall) caseRow(ctx context.Context, l lang, c books.Case, buys bool) caseRow {
	row := caseRow{Case: c, Matter: matterOf(c, buys), When: clock(c.OpenedAt, s.now(), s.cfg.Store.Zone())}
	row.How, row.Closer = l.closing(c)
	if c.Open {
		row.Age = l.t("case.age", l.lasted(s.now().Sub(time.UnixMilli(c.OpenedAt))))
	}
	if c.Open && c.HasAmount() {
		var err error
		if row.Plans, err = s.pendingOf(ctx, l, c.ID); err != nil { // proposing it again is refused
			s.cfg.Log.Error("cannot read the plans about a case", "case", c.ID, "error", err)
		}
	}
	if act := closingOf(c); !may(person(ctx), act) {
		row.NotYours = l.doneBy(act)
	}
	return row
}

// Forgery is the counterfeit case that it stands for; empty for none.
func (r caseRow) Forgery() string {
	if r.Class != books.ClassCounterfeit {
		return ""
	}
	_, id, _ := strings.Cut(r.ID, r.Kiosk+"-")

	return id
}

// closingOf is what closing a case is by the table of people.
func closingOf(c books.Case) people.Act {
	if c.HasAmount() {
		return actOf(approval.CloseCase)
	}

	return people.WorkCase
}

// notTheirs says of a case that whoever had its payment reversed looks at that another one closes
// it.
func (r caseRow) notTheirs(ctx context.Context, l lang, d books.Detail) caseRow {
	if by := d.ReversedBy(); by != "" && by == person(ctx).Name && r.HasAmount() {
		r.NotYours = l.t("planerr.reversal")
	}

	return r
}
