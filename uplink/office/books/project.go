package books

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"wattkiosk/payments/money"
	"wattkiosk/payments/record"
	"wattkiosk/uplink/office/stored"
)

// payload is the union of the fields of the record types that are projected.
// Unknown fields are ignored: the record itself is kept as it came.
type payload struct {
	Account   string       `json:"account"`
	Name      string       `json:"name"`
	Address   string       `json:"address"`
	Arrears   money.Amount `json:"arrears"`
	Minimum   money.Amount `json:"minimum"`
	Online    bool         `json:"online"`
	Tender    string       `json:"tender"`
	OpenedAt  int64        `json:"opened_at"`
	Note      int64        `json:"note"`
	Value     money.Amount `json:"value"`
	Inferred  bool         `json:"inferred"`
	Evidence  string       `json:"evidence"`
	Total     money.Amount `json:"total"`
	ClosedAt  int64        `json:"closed_at"`
	Reason    string       `json:"reason"`
	Status    string       `json:"status"`
	Code      string       `json:"code"`
	Text      string       `json:"text"`
	Reference string       `json:"reference"`
	ToArrears money.Amount `json:"to_arrears"`
	ToAdvance money.Amount `json:"to_advance"`
	Copy      int          `json:"copy"`
	Outcome   string       `json:"outcome"`
	On        bool         `json:"on"`
	Detail    string       `json:"detail"`
}

func (p *payload) clean() {
	for _, f := range []*string{
		&p.Account, &p.Name, &p.Address, &p.Tender, &p.Evidence, &p.Reason, &p.Status, &p.Code, &p.Text, &p.Reference, &p.Outcome, &p.Detail,
	} {
		*f = stored.Text(*f)
	}
}

type noteKey struct {
	serial string
	index  int64
}

// projection is the rows that one batch touches.
type projection struct {
	kiosk  string
	now    int64
	txns   map[string]*Transaction
	order  []string // serials, as first met
	notes  map[noteKey]*Note
	orders []Order
	cases  []Case
	alarms map[string]Alarm
}

func newProjection(kiosk string, now int64) *projection {
	return &projection{kiosk: kiosk, now: now, txns: map[string]*Transaction{}, notes: map[noteKey]*Note{}, alarms: map[string]Alarm{}}
}

// kinds says which record types touch a transaction, and how.
func kinds(typ string) func(*projection, *Transaction, record.Record, payload) {
	switch typ {
	case "opened":
		return (*projection).opened
	case "note-accepted", "note-stacked", "note-returned", "note-unresolved":
		return (*projection).noted
	case "cash-closed":
		return (*projection).closed
	case "outcome-learned":
		return (*projection).learned
	case "cancelled":
		return (*projection).cancelled
	case "slip":
		return (*projection).slip
	}
	return nil
}

// load reads the transactions that the records speak of, and their notes.
func (p *projection) load(ctx context.Context, tx Tx, recs []Sealed) error {
	var serials []string
	for _, r := range recs {
		if kinds(r.Type) != nil && ownSerial(p.kiosk, r.Txn) && (len(serials) == 0 || serials[len(serials)-1] != r.Txn) {
			serials = append(serials, r.Txn)
		}
	}
	slices.Sort(serials)
	serials = slices.Compact(serials)
	if len(serials) == 0 {
		return nil
	}
	rows, err := tx.Transactions(ctx, serials)
	if err != nil {
		return fmt.Errorf("cannot read transactions: %w", err)
	}
	if len(rows) == 0 {
		return nil
	}
	known := make([]string, 0, len(rows))
	for _, t := range rows {
		p.txns[t.Serial] = &t
		p.order = append(p.order, t.Serial)
		known = append(known, t.Serial)
	}
	notes, err := tx.Notes(ctx, known)
	if err != nil {
		return fmt.Errorf("cannot read notes: %w", err)
	}
	for _, n := range notes {
		p.notes[noteKey{n.Serial, n.Index}] = &n
	}
	return nil
}

// apply projects one record. Types that are not known are only stored.
func (p *projection) apply(r record.Record) {
	kind := kinds(r.Type)
	if kind == nil && r.Type != "stray-note" && r.Type != "alarm" {
		return
	}
	ref := fmt.Sprintf("%d", r.Seq)
	var v payload
	if err := json.Unmarshal(r.Payload, &v); err != nil || !sane(v.Value) || !sane(v.Total) {
		p.cases = append(p.cases, p.newCase(ClassUnreadable, ref, r.Txn, 0, fmt.Sprintf("record %d, %s, cannot be read", r.Seq, r.Type)))
		return
	}
	v.clean()
	switch {
	case r.Type == "stray-note":
		p.cases = append(p.cases, p.newCase(ClassStrayNote, ref, r.Txn, v.Value, "stacked without an order: "+v.Evidence))
	case r.Type == "alarm":
		p.alarm(Alarm{Code: v.Code, On: v.On, Detail: v.Detail})
	case !ownSerial(p.kiosk, r.Txn):
		p.cases = append(p.cases, p.newCase(ClassForeign, ref, r.Txn, max(v.Total, v.Value), fmt.Sprintf("record %d, %s, names a serial that is not this kiosk's", r.Seq, r.Type)))
	default:
		kind(p, p.txn(r.Txn), r, v)
	}
}

func (p *projection) txn(serial string) *Transaction {
	t := p.txns[serial]
	if t == nil {
		t = &Transaction{Serial: serial, Kiosk: p.kiosk, Status: StatusTendering}
		p.txns[serial] = t
		p.order = append(p.order, serial)
	}
	t.UpdatedAt = p.now
	return t
}

func (p *projection) opened(t *Transaction, r record.Record, v payload) {
	t.Account, t.Name, t.Address, t.Arrears, t.Minimum = v.Account, v.Name, v.Address, v.Arrears, v.Minimum
	t.Online, t.Tender, t.OpenedAt = v.Online, v.Tender, v.OpenedAt
	if t.OpenedAt == 0 {
		t.OpenedAt = stored.Millis(r.Time)
	}
}

func (p *projection) noted(t *Transaction, r record.Record, v payload) {
	key := noteKey{t.Serial, v.Note}
	n := p.notes[key]
	if n == nil {
		n = &Note{Serial: t.Serial, Index: v.Note}
		p.notes[key] = n
	}
	was := n.State
	n.Value, n.State, n.Inferred, n.Evidence = v.Value, strings.TrimPrefix(r.Type, "note-"), v.Inferred, v.Evidence
	switch {
	case n.State == NoteStacked && was == NoteUnresolved:
		n.State = NoteFound
	case n.State == NoteStacked && was != NoteStacked && t.Status == StatusTendering:
		t.Total += v.Value
	case n.State == NoteUnresolved:
		ref := fmt.Sprintf("%s-%d", t.Serial, v.Note)
		p.cases = append(p.cases, p.newCase(ClassNote, ref, t.Serial, v.Value, "nobody can tell where the note is: "+v.Evidence))
	}
}

func (p *projection) closed(t *Transaction, r record.Record, v payload) {
	if counted := p.stacked(t.Serial); counted != v.Total {
		p.cases = append(p.cases, p.newCase(ClassDifference, t.Serial, t.Serial, v.Total-counted,
			fmt.Sprintf("closed with %s, the notes make %s", v.Total, counted)))
	}
	t.Total, t.Reason, t.ClosedAt = v.Total, v.Reason, v.ClosedAt
	if t.ClosedAt == 0 {
		t.ClosedAt = stored.Millis(r.Time)
	}
	if t.Status == StatusTendering {
		t.Status = StatusPosting
	}
	if v.Account == "" {
		v.Account = t.Account
	}
	if v.Tender == "" {
		v.Tender = t.Tender
	}
	if t.Account == "" {
		t.Account, t.Tender = v.Account, v.Tender
	}
	if v.Total == 0 {
		t.Status = StatusCancelled
		return
	}
	p.orders = append(p.orders, Order{Serial: t.Serial, Account: v.Account, Kiosk: p.kiosk, Tender: v.Tender, Amount: v.Total, PaidAt: t.ClosedAt})
}

func (p *projection) stacked(serial string) (sum money.Amount) {
	for k, n := range p.notes {
		if k.serial == serial && n.State == NoteStacked {
			sum += n.Value
		}
	}
	return sum
}

func (p *projection) learned(t *Transaction, _ record.Record, v payload) {
	switch v.Status {
	case StatusPosted, StatusOwed, StatusDisputed:
		t.Status = v.Status
	}
	t.Code, t.Text, t.Reference, t.ToArrears, t.ToAdvance = v.Code, v.Text, v.Reference, v.ToArrears, v.ToAdvance
}

func (p *projection) cancelled(t *Transaction, _ record.Record, v payload) {
	t.Status, t.Reason = StatusCancelled, v.Reason
}

func (p *projection) slip(t *Transaction, _ record.Record, v payload) {
	t.Copies, t.SlipState = max(t.Copies, v.Copy), v.Outcome
}

func (p *projection) alarm(a Alarm) {
	if a.Code == "" {
		return
	}
	a.Kiosk, a.At, a.UpdatedAt = p.kiosk, p.now, p.now
	p.alarms[a.Code] = a
}

func (p *projection) newCase(class, ref, serial string, amount money.Amount, text string) Case {
	return Case{
		ID: class + "-" + p.kiosk + "-" + ref, Class: class, Kiosk: p.kiosk, Serial: serial, Amount: amount, Text: stored.Text(text),
		Open: true, OpenedAt: p.now, UpdatedAt: p.now,
	}
}

func (p *projection) save(ctx context.Context, tx Tx) error {
	txns := make([]Transaction, 0, len(p.order))
	for _, s := range p.order {
		txns = append(txns, *p.txns[s])
	}
	notes := make([]Note, 0, len(p.notes))
	for _, n := range p.notes {
		notes = append(notes, *n)
	}
	slices.SortFunc(notes, func(a, b Note) int {
		if c := strings.Compare(a.Serial, b.Serial); c != 0 {
			return c
		}
		return int(max(-1, min(1, a.Index-b.Index)))
	})
	alarms := make([]Alarm, 0, len(p.alarms))
	for _, a := range p.alarms {
		alarms = append(alarms, a)
	}
	slices.SortFunc(alarms, func(a, b Alarm) int { return strings.Compare(a.Code, b.Code) })
	for _, step := range []func() error{
		func() error { return tx.PutTransactions(ctx, txns) },
		func() error { return tx.PutNotes(ctx, notes) },
		func() error { return tx.AddCases(ctx, p.cases) },
		func() error { return tx.PutAlarms(ctx, alarms) },
	} {
		if err := step(); err != nil {
			return fmt.Errorf("cannot store projections: %w", err)
		}
	}
	return nil
}

func sane(a money.Amount) bool { return a >= 0 && a <= money.Max }
