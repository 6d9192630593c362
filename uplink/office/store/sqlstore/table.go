package sqlstore

import (
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"wattkiosk/payments"
	"wattkiosk/payments/metercard"
	"wattkiosk/payments/money"
	"wattkiosk/payments/posting"
	"wattkiosk/payments/record"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/fleet"
	"wattkiosk/uplink/office/people"
)

// clock reads and writes a time as Unix milliseconds, 0 for the zero time.
type clock struct{ t *time.Time }

func (c clock) Scan(v any) error {
	n, ok := v.(int64)
	if !ok {
		return fmt.Errorf("time is a %T", v)
	}
	*c.t = time.Time{}
	if n != 0 {
		*c.t = time.UnixMilli(n).UTC()
	}
	return nil
}

func (c clock) Value() (driver.Value, error) {
	if c.t.IsZero() {
		return int64(0), nil
	}
	return c.t.UnixMilli(), nil
}

// digest reads and writes a hash as 32 bytes.
type digest struct{ h *record.Hash }

func (d digest) Scan(v any) error {
	b, ok := v.([]byte)
	if !ok || len(b) != len(d.h) {
		return fmt.Errorf("hash is a %T of %d bytes", v, len(b))
	}
	copy(d.h[:], b)
	return nil
}

func (d digest) Value() (driver.Value, error) { return d.h[:], nil }

// binary is bytes that the books keep as a string, which can be compared.
type binary struct{ s *string }

func (b binary) Scan(v any) error {
	raw, ok := v.([]byte)
	if !ok && v != nil { // SQLite has nothing for no bytes
		return fmt.Errorf("bytes are a %T", v)
	}
	*b.s = string(raw)
	return nil
}

func (b binary) Value() (driver.Value, error) { return []byte(*b.s), nil }

// postingState reads and writes the state of a posting as its word.
type postingState struct{ s *posting.State }

func (p postingState) Scan(v any) error {
	word, ok := v.(string)
	if !ok {
		return fmt.Errorf("state of a posting is a %T", v)
	}
	s, err := posting.ParseWord(word)
	*p.s = s
	return err
}

func (p postingState) Value() (driver.Value, error) { return posting.Word(*p.s), nil }

// optional reads and writes an amount that may be unknown, which is -1 in the database.
type optional struct{ o *money.Optional }

func (o optional) Scan(v any) error {
	n, ok := v.(int64)
	if !ok {
		return fmt.Errorf("amount is a %T", v)
	}
	*o.o = money.Optional{}
	if n >= 0 {
		*o.o = money.Known(money.Amount(n))
	}
	return nil
}

func (o optional) Value() (driver.Value, error) {
	if a, known := o.o.Get(); known {
		return int64(a), nil
	}
	return int64(-1), nil
}

// scanJSON reads a column of JSON; an empty text is the zero value.
func scanJSON[T any](column any, into *T) error {
	text, ok := column.(string)
	if raw, isBytes := column.([]byte); isBytes {
		text, ok = string(raw), true
	}
	var none T
	*into = none
	switch {
	case !ok:
		return fmt.Errorf("%T is a %T", none, column)
	case text == "":
		return nil
	}

	return json.Unmarshal([]byte(text), into)
}

// folded reads and writes a folded transaction as JSON; none is an empty text.
type folded struct{ t **payments.Transaction }

func (f folded) Scan(v any) error { return scanJSON(v, f.t) }

func (f folded) Value() (driver.Value, error) {
	if *f.t == nil {
		return "", nil
	}
	b, err := json.Marshal(*f.t)
	return string(b), err
}

// written reads and writes a value as JSON; the zero value is an empty text.
type written[T comparable] struct{ v *T }

func (w written[T]) Scan(v any) error { return scanJSON(v, w.v) }

func (w written[T]) Value() (driver.Value, error) {
	var none T
	if *w.v == none {
		return "", nil
	}
	b, err := json.Marshal(*w.v)
	return string(b), err
}

func cols(s string) []string { return strings.Fields(s) }

// Tables with their columns. Constants in effect: functions, so that nothing is
// changed by accident.
func kioskTable() table[fleet.Kiosk] {
	return table[fleet.Kiosk]{
		"kiosks", cols("id incarnation online seen_at report enrolled_at updated_at public_key reported_at site address set_site set_address set_by set_at trouble"), 1,
		func(k *fleet.Kiosk) []any {
			return []any{
				&k.ID, &k.Incarnation, &k.Online, &k.SeenAt, &k.Report, &k.EnrolledAt, &k.UpdatedAt,
				binary{&k.PublicKey},
				&k.ReportedAt,
				&k.Told.Site, &k.Told.Address, &k.Set.Site, &k.Set.Address, &k.SetBy, &k.SetAt, (*int64)(&k.Trouble),
			}
		},
	}
}

func journalTable() table[books.Journal] {
	return table[books.Journal]{
		"journals", cols("kiosk incarnation head_seq head_hash began_at gap_since broken clock_lost updated_at restored_at forked of_journal from_seq is_left"), 2,
		func(j *books.Journal) []any {
			return []any{&j.Kiosk, &j.Incarnation, &j.Head.Seq, digest{&j.Head.Hash}, &j.BeganAt, &j.GapSince, &j.Broken, &j.ClockLost, &j.UpdatedAt, &j.RestoredAt, &j.Forked, &j.Of, &j.From, &j.Left}
		},
	}
}

// counter is a number that only rises.
type counter struct {
	name string
	n    uint64
}

func counterTable() table[counter] {
	return table[counter]{"counters", cols("name n"), 1, func(c *counter) []any { return []any{&c.name, &c.n} }}
}

func tokenTable() table[fleet.Token] {
	return table[fleet.Token]{
		"tokens", cols("hash kiosk expires_at used_at keep_journal had"), 1,
		func(t *fleet.Token) []any {
			return []any{&t.Hash, &t.Kiosk, &t.ExpiresAt, &t.UsedAt, &t.KeepJournal, &t.Had}
		},
	}
}

// line is a record with where it belongs.
type line struct {
	kiosk       string
	incarnation uint8
	books.Sealed
}

func recordTable() table[line] { return linesIn("records", 3) }

// branchTable is records that do not follow: there may be several of one number.
func branchTable() table[line] { return linesIn("branches", 4) }

func linesIn(name string, keys int) table[line] {
	return table[line]{
		name, cols("kiosk incarnation seq hash boot at trust type txn version payload"), keys,
		func(l *line) []any {
			return []any{&l.kiosk, &l.incarnation, &l.Seq, digest{&l.Hash}, &l.Boot, clock{&l.Time}, (*uint8)(&l.Trust), &l.Type, &l.Txn, &l.Version, &l.Payload}
		},
	}
}

func transactionTable() table[books.Transaction] {
	return table[books.Transaction]{
		"transactions", cols(`serial kiosk account name address arrears minimum online tender status total reason opened_at closed_at
			code text reference to_arrears to_advance copies slip updated_at doubt folded`), 1,
		func(t *books.Transaction) []any {
			return []any{
				&t.Serial, &t.Kiosk, &t.Account, &t.Name, &t.Address,
				optional{&t.Arrears},
				&t.Minimum, &t.Online, &t.Tender, &t.Status, &t.Total, &t.Reason,
				&t.OpenedAt, &t.ClosedAt, &t.Code, &t.Text, &t.Reference, &t.ToArrears, &t.ToAdvance, &t.Copies, &t.SlipState, &t.UpdatedAt, &t.Doubt,
				folded{&t.Folded},
			}
		},
	}
}

func postingTable() table[books.Posting] {
	return table[books.Posting]{
		"postings", cols(`serial kiosk account amount business_date paid tender state in_flight next_at calls unusable failures
			code text reference to_arrears to_advance reason ordered_at
			proven undone undos odd since stray why refusal evidence version owner updated_at paid_at card sold route`), 1,
		func(p *books.Posting) []any {
			return []any{
				&p.Serial, &p.Kiosk, &p.Account, &p.Amount, &p.BusinessDate, &p.Time, &p.Tender,
				postingState{&p.State},
				&p.InFlight,
				clock{&p.NextAt},
				&p.Calls, &p.Unusable, &p.Failures, &p.Code, &p.Text, &p.Reference, &p.ToArrears, &p.ToAdvance, &p.Reason,
				clock{&p.OrderedAt},
				&p.Proven, &p.Undone, &p.Undos, &p.Odd,
				clock{&p.Since},
				clock{&p.Stray},
				(*string)(&p.Why), (*string)(&p.Refusal), &p.Evidence,
				&p.Version, &p.Owner, &p.UpdatedAt, &p.PaidAt,
				written[metercard.Facts]{&p.Card},
				written[metercard.Sold]{&p.Sold},
				(*string)(&p.Route),
			}
		},
	}
}

func historyTable() table[books.History] {
	return table[books.History]{
		"history", cols("serial version at event state code text by_whom began_at times"), 2,
		func(h *books.History) []any {
			return []any{&h.Serial, &h.Version, &h.At, &h.Event, &h.State, &h.Code, &h.Text, &h.By, &h.BeganAt, &h.Times}
		},
	}
}

func alarmTable() table[books.Alarm] {
	return table[books.Alarm]{
		"alarms", cols("kiosk code is_on detail at updated_at"), 2,
		func(a *books.Alarm) []any { return []any{&a.Kiosk, &a.Code, &a.On, &a.Detail, &a.At, &a.UpdatedAt} },
	}
}

func userTable() table[people.User] {
	return table[people.User]{
		"users", cols("name hash role disabled created_at version"), 1,
		func(u *people.User) []any {
			return []any{&u.Name, &u.Hash, &u.Role, &u.Disabled, &u.CreatedAt, &u.Version}
		},
	}
}

func technicianTable() table[people.Technician] {
	return table[people.Technician]{
		"technicians", cols("number name role pin disabled created_at updated_at"), 1,
		func(t *people.Technician) []any {
			return []any{&t.Number, &t.Name, (*string)(&t.Role), binary{&t.PIN}, &t.Disabled, &t.CreatedAt, &t.UpdatedAt}
		},
	}
}

func sessionTable() table[people.Session] {
	return table[people.Session]{
		"sessions", cols("token data expires_at who source began_at seen_at"), 1,
		func(s *people.Session) []any {
			return []any{&s.Token, &s.Data, &s.ExpiresAt, &s.Who, &s.Source, &s.BeganAt, &s.SeenAt}
		},
	}
}
