package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"wattkiosk/payments/collection"
	"wattkiosk/payments/money"
	"wattkiosk/uplink/office/approval"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/cash"
	"wattkiosk/uplink/office/people"
)

// phaseTones are how phases look.
var phaseTones = map[cash.Phase]string{
	cash.Underway: books.StatusPosting, cash.InTransit: books.StatusPosting, cash.Received: books.StatusPosting,
	cash.Remitted: books.StatusPosted, cash.Deposited: books.StatusPosted, cash.GivenUp: books.StatusCancelled,
}

// collectionRow is a collection in a table and on its page.
type collectionRow struct {
	cash.Collection
	When, Tone string
	Sum        string // of the last count at the kiosk; empty: none
	Off        money.Amount
	Received   string // the second count; empty: none
	OffOnWay   money.Amount
	InVault    string // what is handed over: without what was set aside
	Blind      bool   // who looks is to count it: nothing is shown of what is expected, or was counted
	Remitting  bool   // it is in a set that waits to be handed over
	Differs    bool   // something about it has to be looked into, wherever the notes are
}

func (s *cashPages) collectionRow(ctx context.Context, c cash.Collection) (collectionRow, error) {
	blind, err := s.blind(ctx, c)
	if err != nil {
		return collectionRow{}, err
	}
	if blind {
		c = hidden(c)
	}
	row := collectionRow{Collection: c, Blind: blind, When: clock(max(c.Kept.OpenedAt, c.Kept.DividedAt), s.now(), s.cfg.Store.Zone()), Tone: phaseTones[c.Phase()]}
	if sum, off := countedThere(c); sum != nil {
		row.Sum, row.Off = grouped(*sum), *off
	}
	if c.Receipt.At != 0 {
		row.Received, row.OffOnWay = grouped(c.Genuine()), received(c)
		row.InVault = grouped(c.Vaulted())
	}
	row.Differs = row.Off != 0 || row.OffOnWay != 0 || c.Slip == cash.SlipWrong || c.Refused != ""

	return row, nil
}

// collectionRows are collections in a table.
func (s *cashPages) collectionRows(ctx context.Context, all []cash.Collection) ([]collectionRow, error) {
	rows := make([]collectionRow, 0, len(all))
	for _, c := range all {
		row, err := s.collectionRow(ctx, c)
		if err != nil {
			return nil, err
		}
		rows = append(rows, row)
	}

	return rows, nil
}

type collectionsData struct {
	Kiosk  string
	Phase  cash.Phase
	Phases []cash.Phase
	Rows   []collectionRow
}

func (s *cashPages) collectionsPage(w http.ResponseWriter, r *http.Request) {
	rows, f, err := s.collections(r)
	if err != nil {
		s.failPage(w, r, err)
		return
	}
	d := collectionsData{Kiosk: f.Kiosk, Phase: f.Phase, Phases: cash.Phases()}
	if d.Rows, err = s.collectionRows(r.Context(), rows); err != nil {
		s.failPage(w, r, err)
		return
	}
	s.show(w, r, http.StatusOK, "collections", page{Title: language(r).t("collections"), Nav: "cash"}, d)
}

// pileRow is one denomination: what the records say, each count, and the second count.
type pileRow struct {
	Value      money.Amount
	Told       int64
	Counted    []int64
	Genuine    int64
	Forged     int64
	HasReceipt bool
}

type collectionData struct {
	collectionRow
	Piles              []pileRow
	MayReceive         bool
	NotReceive         bool // who looks took it out
	Waits              bool // what was proposed waits for another person
	Denominations      []money.Amount
	Plans              waiting
	Opened, Divided    string
	Ended, ReceivedAt  string
	Doubts             int64
	DoubtSum, Carrying money.Amount
}

// denominations are the notes that a cashier is asked for.
var denominations = []money.Amount{10000, 5000, 2000, 1000, 500, 100}

// pileRows are all denominations of a collection, the largest first.
func pileRows(c cash.Collection) []pileRow {
	rows := map[money.Amount]*pileRow{}
	of := func(v money.Amount) *pileRow {
		if rows[v] == nil {
			rows[v] = &pileRow{Value: v, Counted: make([]int64, len(c.Kept.Counts)), HasReceipt: c.Receipt.At != 0}
		}

		return rows[v]
	}
	each := func(piles []collection.Pile, set func(*pileRow, int64)) {
		for _, p := range piles {
			set(of(p.Value), p.Notes)
		}
	}
	each(c.Told, func(r *pileRow, n int64) { r.Told = n })
	for i, count := range c.Kept.Counts {
		each(count.Piles, func(r *pileRow, n int64) { r.Counted[i] = n })
	}
	each(c.Receipt.Genuine, func(r *pileRow, n int64) { r.Genuine = n })
	each(c.Receipt.Counterfeit, func(r *pileRow, n int64) { r.Forged = n })

	out := make([]pileRow, 0, len(rows))
	for _, r := range rows {
		out = append(out, *r)
	}
	slices.SortFunc(out, func(a, b pileRow) int { return int(b.Value - a.Value) })

	return out
}

func (s *cashPages) collectionPage(w http.ResponseWriter, r *http.Request) {
	c, err := s.cfg.Store.Cash.Collection(r.Context(), r.PathValue("serial"))
	if err != nil {
		s.failPage(w, r, err)
		return
	}
	l, zone := language(r), s.cfg.Store.Zone()
	row, err := s.collectionRow(r.Context(), c)
	if err != nil {
		s.failPage(w, r, err)
		return
	}
	c = row.Collection
	d := collectionData{
		collectionRow: row, Piles: pileRows(c), Denominations: denominations, Carrying: c.Carried(),
		Opened: stamp(c.Kept.OpenedAt, zone), Divided: stamp(c.Kept.DividedAt, zone), Ended: stamp(c.Kept.EndedAt, zone), ReceivedAt: stamp(c.Receipt.At, zone),
		Doubts: c.Doubtful, DoubtSum: c.Doubt,
	}
	d.MayReceive = c.Phase() == cash.InTransit && c.Kept.Stage == collection.Ended && s.cfg.Store.Plans.MayPropose(approval.Receive, person(r.Context()).Role)
	err = s.cfg.Store.Cash.MayReceive(r.Context(), c.Serial, person(r.Context()).Name)
	switch {
	case errors.Is(err, cash.ErrCollector):
		d.NotReceive, d.MayReceive = d.MayReceive, false
	case err != nil:
		s.failPage(w, r, err)
		return
	}
	if d.Plans, err = s.planRows(r.Context(), l, approval.Filter{Object: c.Serial}); err != nil {
		s.failPage(w, r, err)
		return
	}
	d.Waits = d.Plans.Wait()
	s.show(w, r, http.StatusOK, "collection", page{Title: l.t("collection.of", c.Serial), Nav: "cash"}, d)
}

// remittanceRow is a remittance in a table and on its page.
type remittanceRow struct {
	cash.Remittance
	When, Tone, State string // State is a key of the words
}

func (s *cashPages) remittanceRow(r cash.Remittance) remittanceRow {
	row := remittanceRow{Remittance: r, When: clock(r.At, s.now(), s.cfg.Store.Zone()), Tone: books.StatusPosting, State: "remitted"}
	_, is := r.AtBank()
	switch {
	case is && (r.Off() != 0 || r.Line.At != 0 && !r.Matched()):
		row.Tone, row.State = books.StatusOwed, "differs"
	case r.Matched():
		row.Tone, row.State = books.StatusPosted, "matched"
	case is:
		row.State = "deposited"
	}

	return row
}

type remittancesData struct {
	Rows     []remittanceRow
	Vault    []collectionRow
	InVault  money.Amount
	Loose    []looseRow // what the bank has, and nobody deposited
	LooseSum money.Amount
	Plans    waiting // of sets that wait to be handed over
	Free     bool    // there is something in the vault that is in none of them
	MayRemit bool
	MayLine  bool // may say what the bank has
}

// looseRow is a line of a statement that no deposit is known for.
type looseRow struct {
	cash.StatementLine
	Day string
}

func (s *cashPages) remittancesPage(w http.ResponseWriter, r *http.Request) {
	rows, err := s.cfg.Store.Cash.Remittances(r.Context())
	if err != nil {
		s.failPage(w, r, err)
		return
	}
	vault, err := s.cfg.Store.Cash.Collections(r.Context(), cash.Filter{Phase: cash.Received})
	if err != nil {
		s.failPage(w, r, err)
		return
	}
	loose, err := s.cfg.Store.Cash.Loose(r.Context())
	if err != nil {
		s.failPage(w, r, err)
		return
	}
	d := remittancesData{MayRemit: s.cfg.Store.Plans.MayPropose(approval.Remit, person(r.Context()).Role), MayLine: may(person(r.Context()), people.BringLine)}
	if d.Plans, err = s.pendingKind(r.Context(), language(r), approval.Remit); err != nil {
		s.failPage(w, r, err)
		return
	}
	for _, m := range rows {
		d.Rows = append(d.Rows, s.remittanceRow(m))
	}
	if d.Vault, err = s.collectionRows(r.Context(), vault); err != nil {
		s.failPage(w, r, err)
		return
	}
	for i, c := range vault {
		d.InVault += c.Vaulted()
		d.Vault[i].Remitting = slices.ContainsFunc(d.Plans, func(p planRow) bool { return slices.Contains(strings.Fields(p.Args), c.Serial) })
		d.Free = d.Free || !d.Vault[i].Remitting
	}
	for _, l := range loose {
		d.Loose = append(d.Loose, looseRow{l, dashed(l.Date)})
		d.LooseSum += l.Amount
	}
	s.show(w, r, http.StatusOK, "remittances", page{Title: language(r).t("remittances"), Nav: "cash"}, d)
}

// bankSide is what one side has of a deposit.
type bankSide struct {
	Name string
	cash.BankEntry
	Day string
}

type remittanceData struct {
	remittanceRow
	Rows     []collectionRow
	Sides    []bankSide
	MayEnter bool
	MayLine  bool
	Today    string
}

func (s *cashPages) remittancePage(w http.ResponseWriter, r *http.Request) {
	m, err := s.cfg.Store.Cash.Remittance(r.Context(), r.PathValue("id"))
	if err != nil {
		s.failPage(w, r, err)
		return
	}
	rows, err := s.cfg.Store.Cash.Collections(r.Context(), cash.Filter{Remittance: m.ID})
	if err != nil {
		s.failPage(w, r, err)
		return
	}
	who := person(r.Context())
	d := remittanceData{
		remittanceRow: s.remittanceRow(m), Today: dashed(s.cfg.Store.BusinessDate(s.now())),
		Sides: []bankSide{{"deposit", m.Deposit, dashed(m.Deposit.Date)}, {"line", m.Line, dashed(m.Line.Date)}},
	}
	d.MayEnter = may(who, people.EnterBank) && m.Line.At == 0
	d.MayLine = d.MayEnter && m.Deposit.At != 0 && m.Deposit.By != who.Name
	if d.Rows, err = s.collectionRows(r.Context(), rows); err != nil {
		s.failPage(w, r, err)
		return
	}
	s.show(w, r, http.StatusOK, "remittance", page{Title: fmt.Sprintf("%s %s", language(r).t("remittance"), m.ID), Nav: "cash"}, d)
}
