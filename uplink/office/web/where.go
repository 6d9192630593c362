package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"wattkiosk/payments"
	notecash "wattkiosk/payments/cash"
	"wattkiosk/payments/money"
	"wattkiosk/payments/receipt"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/cash"
	"wattkiosk/uplink/office/people"
	"wattkiosk/uplink/office/stored"
	"wattkiosk/uplink/office/where"
)

// wherePages tell where the money of a payment is, by what its slip says.
type wherePages struct{ *hall }

// Bounds of a search.
const (
	maxAsked    = 200 // bytes of what was scanned, pasted or typed
	maxPayments = 20  // told of one account, the newest
)

func (s *wherePages) routes() []route {
	return []route{
		{"GET", api + "/where", people.Read, false, s.apiWhere},

		{"GET", "/where", people.Read, true, s.wherePage},
	}
}

// whereView is where the money of what was asked for is, as programs get it.
type whereView struct {
	Asked    string         `json:"asked"`
	Code     receipt.Check  `json:"code"`   // what the code of a slip turned out to be; empty: it is no such code
	Serial   string         `json:"serial"` // that the code says, or that was asked for
	Kiosk    string         `json:"kiosk"`  // that the serial names, if it is one of this fleet
	SeenAt   int64          `json:"seen_at"`
	Payments []wherePayment `json:"payments"`
}

// wherePayment is one payment and where its money is.
type wherePayment struct {
	Serial  string       `json:"serial"`
	Kiosk   string       `json:"kiosk"`
	Account string       `json:"account"`
	Tender  string       `json:"tender"`
	At      int64        `json:"at"`
	Status  string       `json:"status"`
	Parts   []wherePart  `json:"parts"`
	Total   money.Amount `json:"total"` // of all parts
}

type wherePart struct {
	where.Part
	Chinese string `json:"zh"`
	English string `json:"en"`
}

func (s *wherePages) apiWhere(w http.ResponseWriter, r *http.Request) {
	v, err := s.find(r.Context(), r.URL.Query().Get("q"))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, v)
}

// find reads what was scanned, pasted or typed, and tells where that money is. Of a code that
// is not as it was printed, nothing is told but that.
func (s *wherePages) find(ctx context.Context, asked string) (whereView, error) {
	v := whereView{Asked: strings.TrimSpace(asked), Payments: []wherePayment{}}
	if v.Asked == "" || len(asked) > maxAsked {
		return v, fmt.Errorf("q %w: want what a slip says, at most %d bytes", errInput, maxAsked)
	}
	v.Serial, v.Code = s.cfg.Fleet.Read(asked)
	if v.Code == receipt.Altered || v.Code == receipt.Foreign {
		return v, nil
	}
	serials, err := s.serials(ctx, &v)
	if err != nil {
		return v, err
	}
	for _, serial := range serials {
		p, err := s.payment(ctx, serial)
		if errors.Is(err, stored.ErrNotFound) {
			continue
		}
		if err != nil {
			return v, err
		}
		v.Payments = append(v.Payments, p)
	}
	if len(v.Payments) > 0 || len(v.Serial) != serialDigits {
		return v, nil
	}

	k, err := s.cfg.Store.Kiosk(ctx, v.Serial[:kioskDigits])
	if err == nil {
		v.Kiosk, v.SeenAt = k.ID, k.SeenAt
	}
	if errors.Is(err, stored.ErrNotFound) {
		err = nil
	}

	return v, err
}

const (
	serialDigits = 20
	kioskDigits  = 8
)

// serials are those that were asked for: of a code or number of a slip one, of a reference
// those that have it, of an account its newest.
func (s *wherePages) serials(ctx context.Context, v *whereView) ([]string, error) {
	if v.Code != receipt.NoCode {
		return []string{v.Serial}, nil
	}
	said := receipt.Narrow(v.Asked)
	digits := said != "" && strings.Trim(said, "0123456789") == ""
	if digits && len(said) == serialDigits {
		v.Serial = said
		return []string{said}, nil
	}

	var all []string
	for _, reference := range slices.Compact([]string{v.Asked, said}) {
		found, err := s.cfg.Store.SerialsOf(ctx, reference, maxPayments)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	if digits && len(all) == 0 {
		txns, err := s.cfg.Store.Transactions(ctx, books.Filter{Account: said, Limit: maxPayments})
		if err != nil {
			return nil, err
		}
		posts, err := s.cfg.Store.Postings(ctx, books.Filter{Limit: maxPayments, Account: said})
		if err != nil {
			return nil, err
		}
		for _, t := range txns {
			all = append(all, t.Serial)
		}
		for _, p := range posts { // of which the records are still on their way
			if p.OfSale() == "" && !slices.Contains(all, p.Serial) {
				all = append(all, p.Serial)
			}
		}
	}

	return all[:min(len(all), maxPayments)], nil
}

// payment is where the money of one payment is.
func (s *wherePages) payment(ctx context.Context, serial string) (wherePayment, error) {
	f, err := s.cfg.Store.Accounts.Facts(ctx, serial)
	if err != nil {
		return wherePayment{}, err
	}
	k := where.Known{Facts: f}
	d, err := s.cfg.Store.Detail(ctx, serial)
	switch {
	case errors.Is(err, stored.ErrNotFound): // an acquirer alone has it
		o, err := s.cfg.Store.QR.Detail(ctx, serial)
		if err != nil {
			return wherePayment{}, err
		}
		d.Transaction = books.Transaction{Serial: serial, Kiosk: o.Order.Kiosk, Account: o.Order.Account, Tender: books.TenderQR, Total: o.Order.Amount, OpenedAt: millis(o.Order.OpenedAt)}
		d.Cases = o.Cases
	case err != nil:
		return wherePayment{}, err
	}
	k.Of, k.Posting = d.Transaction, d.Posting
	k.Notes, k.Cases = d.Notes, d.Cases
	if k.Payouts, err = s.cfg.Store.PayoutsOf(ctx, serial); err != nil {
		return wherePayment{}, err
	}

	if k.Taken, err = s.taken(ctx, d); err != nil {
		return wherePayment{}, err
	}

	t := d.Transaction
	out := wherePayment{Serial: serial, Kiosk: t.Kiosk, Account: t.Account, Tender: t.Tender, At: t.OpenedAt, Status: f.String(), Parts: []wherePart{}}
	if out.At == 0 && d.Posting != nil {
		out.At = millis(d.Posting.OrderedAt)
	}
	for _, p := range where.Of(k) {
		out.Total += p.Amount
		out.Parts = append(out.Parts, wherePart{p, s.said(zh, p, t.Kiosk), s.said(en, p, t.Kiosk)})
	}

	return out, nil
}

// taken is what collections took of the notes of a payment, the first one first.
func (s *wherePages) taken(ctx context.Context, d books.Detail) ([]where.Taken, error) {
	if d.Transaction.Tender != string(payments.Cash) {
		return nil, nil
	}
	all, err := s.cfg.Store.Cash.Collections(ctx, cash.Filter{Kiosk: d.Transaction.Kiosk, Limit: stored.MaxList})
	if err != nil {
		return nil, err
	}

	var out []where.Taken
	for _, c := range slices.Backward(all) {
		if c.To == (cash.Point{}) {
			continue
		}
		t := where.Taken{Collection: c.Serial, Phase: string(c.Phase()), At: c.OutAt}
		for _, e := range d.Events {
			at := cash.Point{Incarnation: e.Incarnation, Seq: e.Seq}
			if at.Compare(c.From) <= 0 || at.Compare(c.To) > 0 {
				continue
			}
			if n, is := credited(e, d.Notes); is {
				t.Amount += n
			}
		}
		if t.Amount > 0 {
			out = append(out, t)
		}
	}

	return out, nil
}

// credited is what a note is worth that a record credits.
func credited(e books.Event, notes []books.Note) (money.Amount, bool) {
	event, err := payments.Decode(e.Record())
	stacked, is := event.(notecash.NoteStacked)
	if err != nil || !is {
		return 0, false
	}
	i := slices.IndexFunc(notes, func(n books.Note) bool { return n.Index == int64(stacked.Note) })

	return stacked.Value, i >= 0 && notes[i].State == books.NoteStacked
}

// said is a part in words.
func (s *wherePages) said(l lang, p where.Part, kiosk string) string {
	at := "where.at." + string(p.Place)
	if p.Through != "" {
		at += "." + string(p.Through)
	}
	place := l.filled(at, kiosk, s.or(l, p.Since), p.Collection)
	if p.Phase != "" {
		place += l.of("where.phase", p.Phase)
	}
	whose := l.filled("where.is."+string(p.Standing), or(l, p.Number), s.or(l, p.At), or(l, p.By))

	return l.t("where.said", place, whose)
}

// filled are the words of a key with those of args that it wants.
func (l lang) filled(key string, args ...any) string {
	if !strings.Contains(words[key][l], "%") {
		return l.t(key)
	}

	return l.t(key, args...)
}

func (s *hall) or(l lang, at int64) string { return or(l, stamp(at, s.cfg.Store.Zone())) }

// or is what is known, or that it is not.
func or(l lang, text string) string {
	if text == "" {
		return l.t("where.unknown")
	}

	return text
}

type whereRow struct {
	wherePayment
	When  string
	Lines []whereLine
}

type whereLine struct {
	where.Part
	Said string
	Tone string
}

type whereData struct {
	whereView
	Told   string // key of what the code turned out to be, or that there is nothing
	Seen   string
	Rows   []whereRow
	Failed string
}

// whereTones are how standings look: as states of payments do.
var whereTones = map[where.Standing]string{
	where.Booked: "posted", where.Sold: "posted", where.ByBank: "posted", where.Waiting: "posting", where.Owed: "owed", where.Disputed: "disputed",
	where.Doubt: "disputed", where.Returning: "undoing",
}

func (s *wherePages) wherePage(w http.ResponseWriter, r *http.Request) {
	l := language(r)
	var d whereData
	if q := r.URL.Query(); q.Has("q") {
		v, err := s.find(r.Context(), q.Get("q"))
		switch {
		case errors.Is(err, errInput):
			d.Failed, d.Asked = l.t("where.bad"), ""
		case err != nil:
			s.failPage(w, r, err)
			return
		default:
			d = s.tell(l, v)
		}
	}
	s.show(w, r, http.StatusOK, "where", page{Title: l.t("where"), Nav: "where"}, d)
}

func (s *wherePages) tell(l lang, v whereView) whereData {
	d := whereData{whereView: v, Seen: stamp(v.SeenAt, s.cfg.Store.Zone())}
	switch {
	case v.Code == receipt.Altered, v.Code == receipt.Foreign, v.Code == receipt.Unchecked:
		d.Told = "where.code." + string(v.Code)
	case len(v.Payments) == 0 && v.Kiosk != "":
		d.Told = "where.none.yet"
	case len(v.Payments) == 0 && v.Serial != "":
		d.Told = "where.none.fleet"
	case len(v.Payments) == 0:
		d.Told = "where.none"
	}
	for _, p := range v.Payments {
		row := whereRow{wherePayment: p, When: stamp(p.At, s.cfg.Store.Zone())}
		for _, part := range p.Parts {
			said := part.Chinese
			if l == en {
				said = part.English
			}
			row.Lines = append(row.Lines, whereLine{part.Part, said, whereTones[part.Standing]})
		}
		d.Rows = append(d.Rows, row)
	}

	return d
}
