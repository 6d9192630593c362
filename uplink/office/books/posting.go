package books

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"wattkiosk/payments/mis"
	"wattkiosk/payments/posting"
	"wattkiosk/uplink/office/stored"
)

// EnsurePosting makes sure that there is one posting for the order's serial, and
// returns it. It is idempotent: the same order again returns the posting as it
// stands. Another account, amount, tender, kiosk, meter card or time of payment under the serial
// is ErrConflict, with a case: serials come twice when a board was copied or a journal
// wiped. So is one for a payment that the bank books itself. A new order of a kiosk
// whose journal does not follow is ErrHeld, with a case, and so is one for a payment that
// its acquirer, or the bank, does not have; one that cannot be meant is ErrOrder.
func (s *Keeper) EnsurePosting(ctx context.Context, o Order, now time.Time) (Posting, error) {
	var out Posting
	err := s.update(ctx, func(tx Tx) (verdict, err error) {
		// The journal's row serialises this with the same kiosk's records.
		j, err := tx.Journal(ctx, o.Kiosk)
		if errors.Is(err, stored.ErrNotFound) {
			return nil, fmt.Errorf("%w: %.64q", ErrUnknown, o.Kiosk)
		}
		if err != nil {
			return nil, err
		}
		if j.Broken || j.Forked > 0 {
			if held, err := holdUnproven(ctx, tx, j, o, now); held || err != nil {
				return ErrHeld, err
			}
		}

		o.ClockLost = j.ClockLost || o.overtook(now)
		out, verdict, err = s.ensure(ctx, tx, j, o, now)
		return verdict, err
	})
	return out, err
}

// overtook reports whether an order that is new came before the record of its closing,
// long after it by the kiosk's clock. The record tells how far that clock can be
// believed; without it nobody knows whether the payment or the clock is old.
func (o Order) overtook(now time.Time) bool {
	return time.UnixMilli(o.PaidAt).Sub(now).Abs() > clockAhead
}

// ensure returns the posting of one order, and ErrConflict, ErrHeld or ErrOrder as verdict.
func (s *Keeper) ensure(ctx context.Context, tx Tx, j Journal, o Order, now time.Time) (p Posting, verdict, err error) {
	check, err := newChecker(ctx, tx, j)
	if err != nil {
		return p, nil, err
	}
	found, verdicts, err := s.ensureAll(ctx, tx, check, []Order{o}, 0, now)
	if err != nil || verdicts[0] != nil {
		return found[o.Serial], errors.Join(verdicts...), err
	}
	p, err = hurry(ctx, tx, found[o.Serial], now)
	return p, nil, err
}

// ensureAll makes sure of the postings of several orders of one kiosk, in few
// statements; the first call of a new one waits for grace. Of new ones check says which are
// believed; nil is all of them. verdicts are by order: nil, ErrConflict or ErrHeld (with a
// case) or ErrOrder.
func (s *Keeper) ensureAll(ctx context.Context, tx Tx, check *checker, orders []Order, grace time.Duration, now time.Time) (found map[string]Posting, verdicts []error, err error) {
	found, verdicts = map[string]Posting{}, make([]error, len(orders))
	var serials []string
	for i, o := range orders {
		if verdicts[i] = o.Check(); verdicts[i] == nil {
			serials = append(serials, o.Serial)
		}
	}
	if len(serials) == 0 {
		return found, verdicts, nil
	}
	rows, err := tx.Postings(ctx, serials)
	if err != nil {
		return nil, nil, fmt.Errorf("cannot read postings: %w", err)
	}
	for _, p := range rows {
		found[p.Serial] = p
	}
	paid, err := receipts(ctx, tx, orders)
	if err != nil {
		return nil, nil, err
	}
	public, err := bookedByBank(ctx, tx, orders)
	if err != nil {
		return nil, nil, err
	}
	closed, err := settledBefore(ctx, tx, orders, found)
	if err != nil {
		return nil, nil, err
	}
	var fresh []Posting
	var told []History
	var cases, conflicts []Case
	var settled []Order
	var held []HeldOrder
	for i, o := range orders {
		if verdicts[i] != nil {
			continue
		}
		p, had := found[o.Serial]
		doubt, why := NoDoubt, ""
		if check != nil && !had && !o.ByBank {
			if doubt, why, err = check.doubt(ctx, tx, o, s.BusinessDate(now)); err != nil {
				return nil, nil, err
			}
		}
		if w, is := closed[o.Serial]; is && doubt == NoDoubt {
			doubt, why = DoubtSettled, w
		}
		switch {
		case public[o.Serial] && (had || !o.ByBank):
			conflicts = append(conflicts, publicCase(o, now))
			verdicts[i] = fmt.Errorf("%w: %s", ErrConflict, o.Serial)
		case !had && byOthers(o.Tender) && !paid.has(o):
			cases = append(cases, unpaidCase(o, now))
			verdicts[i] = ErrHeld
		case doubt != NoDoubt:
			held = append(held, heldOrder(o, doubt, why, now))
			verdicts[i] = ErrHeld
		case !had && o.ByBank:
			settled = append(settled, o)
		case !had:
			settled = append(settled, o)
			p = Posting{Posting: posting.New(s.payment(o, now), now), PaidAt: o.PaidAt, Route: s.rules.route(o), Version: 1, UpdatedAt: stored.Millis(now)}
			p.NextAt = now.Add(grace)
			found[o.Serial] = p
			fresh, told = append(fresh, p), append(told, line(p, "ordered", o.Kiosk, now))
		case !p.stands(o):
			conflicts = append(conflicts, conflictCase(p, o, now))
			verdicts[i] = fmt.Errorf("%w: %s", ErrConflict, o.Serial)
		}
	}
	if err := errors.Join(tx.AddPostings(ctx, fresh), tx.PutHistory(ctx, told), tx.AddCases(ctx, cases), AddConflicts(ctx, tx, conflicts...)); err != nil {
		return nil, nil, fmt.Errorf("cannot store postings: %w", err)
	}
	if err := errors.Join(hold(ctx, tx, held, now), passed(ctx, tx, fresh, now)); err != nil {
		return nil, nil, err
	}
	return found, verdicts, settleUnpaid(ctx, tx, settled, now)
}

// paid are payments that their acquirers, or the bank, have.
type paid []Receipt

func (p paid) has(o Order) bool {
	return slices.ContainsFunc(p, func(r Receipt) bool { return r.of(o) })
}

// receipts are those of the payments among orders whose money is with others.
func receipts(ctx context.Context, tx Tx, orders []Order) (paid, error) {
	var out paid
	for tender, read := range map[string]func(context.Context, []string) ([]Receipt, error){TenderQR: tx.Receipts, TenderBankCard: tx.CardReceipts} {
		var serials []string
		for _, o := range orders {
			if o.Tender == tender {
				serials = append(serials, o.Serial)
			}
		}
		if len(serials) == 0 {
			continue
		}
		rows, err := read(ctx, serials)
		if err != nil {
			return nil, fmt.Errorf("cannot read receipts: %w", err)
		}
		out = append(out, rows...)
	}
	voids, err := voidsOf(ctx, tx, out)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(out, func(r Receipt) bool { return voids[r.Serial] }), nil
}

// settledBefore says how people settled payments whose money is with others, and that nobody
// had ordered to be posted until now, by serial. What two people released is not among them.
func settledBefore(ctx context.Context, tx Tx, orders []Order, found map[string]Posting) (map[string]string, error) {
	var serials []string
	for _, o := range orders {
		if _, had := found[o.Serial]; byOthers(o.Tender) && !had && !o.ByBank {
			serials = append(serials, o.Serial)
		}
	}
	if len(serials) == 0 {
		return nil, nil
	}
	cases, err := tx.CasesOf(ctx, serials...)
	if err != nil {
		return nil, fmt.Errorf("cannot read cases: %w", err)
	}
	how := map[string]string{}
	for _, c := range cases {
		if c.Class == ClassUnbooked && !c.Open && c.ClosedBy != ClosedByOffice {
			how[c.Serial] = stored.Text(fmt.Sprintf("settled before by %s: %s", c.ClosedBy, c.Resolution))
		}
	}
	if len(how) == 0 {
		return nil, nil
	}
	held, err := tx.HeldOf(ctx, serials)
	if err != nil {
		return nil, fmt.Errorf("cannot read held orders: %w", err)
	}
	for _, h := range held {
		if h.State == Released {
			delete(how, h.Order.Serial)
		}
	}

	return how, nil
}

func unpaidCase(o Order, now time.Time) Case {
	whose := "the acquirer"
	if o.Tender == TenderBankCard {
		whose = "the bank"
	}
	text := fmt.Sprintf("ordered: %s yuan to %s; %s has no such payment, or does not know yet", o.Amount, o.Account, whose)
	return newCase(o.Kiosk, stored.Millis(now), ClassUnpaid, o.Serial, o.Serial, o.Amount, text)
}

// settleUnpaid closes the cases of payments whose money is with others that have a
// posting now, or need none because the bank has booked them.
func settleUnpaid(ctx context.Context, tx Tx, orders []Order, now time.Time) error {
	for _, o := range orders {
		if !byOthers(o.Tender) {
			continue
		}
		how := "ordered and paid"
		if o.ByBank {
			how = BookedByBank
		}
		for _, class := range []string{ClassUnpaid, ClassUnbooked} {
			if err := CloseIfOpen(ctx, tx, caseID(class, o.Kiosk, o.Serial), how, now); err != nil {
				return err
			}
		}
	}
	return nil
}

func conflictCase(p Posting, o Order, now time.Time) Case {
	text := fmt.Sprintf("held: %s yuan to %s by %s; now ordered: %s yuan to %s by %s", p.Amount, p.Account, p.Tender, o.Amount, o.Account, o.Tender)
	if p.PaidAt != 0 && p.PaidAt != o.PaidAt {
		text += fmt.Sprintf(", paid %d ms apart", o.PaidAt-p.PaidAt)
	}
	if p.Card != o.Card {
		text += fmt.Sprintf(", purchase %d of card %s and %d of %s", p.Card.Count+1, cmp.Or(p.Card.Serial, "none"), o.Card.Count+1, cmp.Or(o.Card.Serial, "none"))
	}
	return newCase(o.Kiosk, stored.Millis(now), ClassConflict, fmt.Sprintf("%s-%d", o.Serial, o.PaidAt), o.Serial, o.Amount, text)
}

// stands reports whether the posting is the one that o orders.
func (p Posting) stands(o Order) bool {
	same := p.Account == o.Account && p.Amount == o.Amount && p.Tender == o.Tender && p.Kiosk == o.Kiosk && p.Card == o.Card
	return same && (p.PaidAt == 0 || p.PaidAt == o.PaidAt)
}

// holdUnproven holds a new order that is asked for while the journal of its kiosk does not
// follow, or forks, unless there is a posting under its serial: until a record orders it.
func holdUnproven(ctx context.Context, tx Tx, j Journal, o Order, now time.Time) (held bool, err error) {
	rows, err := tx.Postings(ctx, []string{o.Serial})
	if err != nil || len(rows) > 0 || o.Check() != nil {
		return false, err
	}
	d, why := DoubtJournal, "ordered while the journal does not follow"
	if !j.Broken {
		d, why = DoubtFork, "ordered while the journal is written twice, and no record of it is here"
	}

	return true, hold(ctx, tx, []HeldOrder{heldOrder(o, d, why, now)}, now)
}

func heldRef(o Order) string { return fmt.Sprintf("%s-%d", o.Serial, o.PaidAt) }

// release closes the cases of orders that were seen on a branch and are in the journal now.
// Most orders have none, which one look tells.
func release(ctx context.Context, tx Tx, orders []Order, now time.Time) error {
	if len(orders) == 0 {
		return nil
	}
	var serials []string
	done := map[string]bool{}
	for _, o := range orders {
		serials = append(serials, o.Serial)
		done[caseID(ClassBranch, o.Kiosk, heldRef(o))] = true
	}

	cases, err := tx.CasesOf(ctx, serials...)
	if err != nil {
		return fmt.Errorf("cannot read cases: %w", err)
	}
	for _, c := range cases {
		if !c.Open || !done[c.ID] {
			continue
		}
		if err := CloseIfOpen(ctx, tx, c.ID, "ordered by its record", now); err != nil {
			return err
		}
	}
	return nil
}

// CloseIfOpen closes a case for head office itself, if there is one and it is open.
func CloseIfOpen(ctx context.Context, tx CaseTx, id, resolution string, now time.Time) error {
	c, err := tx.Case(ctx, id)
	if errors.Is(err, stored.ErrNotFound) || err == nil && !c.Open {
		return nil
	}
	if err != nil {
		return fmt.Errorf("cannot read case %s: %w", id, err)
	}
	_, err = closeCase(ctx, tx, c, ClosedByOffice, resolution, now)
	return err
}

// CloseCasesOf closes, for head office itself, the open cases of a serial that are of these
// classes.
func CloseCasesOf(ctx context.Context, tx CaseTx, serial, resolution string, now time.Time, classes ...string) error {
	cases, err := tx.CasesOf(ctx, serial)
	if err != nil {
		return fmt.Errorf("cannot read cases of %s: %w", serial, err)
	}
	for _, c := range cases {
		if !slices.Contains(classes, c.Class) {
			continue
		}
		if err := CloseIfOpen(ctx, tx, c.ID, resolution, now); err != nil {
			return err
		}
	}

	return nil
}

// MaxConflicts is how many cases of class conflict a kiosk has open: one that is wiped,
// copied or lying makes as many as it likes. What comes beyond is counted in one more.
const MaxConflicts = 20

// AddConflicts keeps cases of class conflict: one each while their kiosk has fewer than
// MaxConflicts open, and then one that counts.
func AddConflicts(ctx context.Context, tx CaseTx, cases ...Case) error {
	for _, c := range cases {
		if _, err := tx.Case(ctx, c.ID); err == nil {
			continue
		} else if !errors.Is(err, stored.ErrNotFound) {
			return fmt.Errorf("cannot read case %s: %w", c.ID, err)
		}
		n, err := tx.CountCases(ctx, Filter{Kiosk: c.Kiosk, Class: ClassConflict, Open: true})
		if err != nil {
			return err
		}

		if n.Cases < MaxConflicts {
			err = tx.AddCases(ctx, []Case{c})
		} else {
			c.ID = caseID(c.Class, c.Kiosk, "more")
			err = CountCase(ctx, tx, c)
		}
		if err != nil {
			return err
		}
	}

	return nil
}

// CountCase keeps one case of what a kiosk may do without end: c, and from the second time
// on what was last, and how often it was met: "… (×3)". One that a person has closed opens
// again.
func CountCase(ctx context.Context, tx CaseTx, c Case) error {
	before, err := tx.Case(ctx, c.ID)
	switch {
	case err == nil && before.Open:
		n := 1
		if _, times, counted := strings.Cut(before.Text, " (×"); counted {
			if n, err = strconv.Atoi(strings.TrimSuffix(times, ")")); err != nil {
				n = 1
			}
		}
		before.Text = stored.Text(fmt.Sprintf("%s (×%d)", c.Text, n+1))
		before.UpdatedAt = c.UpdatedAt
		c = before
	case err == nil:
		return Reopen(ctx, tx, before, c)
	case !errors.Is(err, stored.ErrNotFound):
		return fmt.Errorf("cannot read case %s: %w", c.ID, err)
	}
	if err := tx.PutCase(ctx, c); err != nil {
		return fmt.Errorf("cannot store case %s: %w", c.ID, err)
	}

	return nil
}

// KeepAway keeps the case c of another system that head office cannot reach: it is open as
// long as away is the last word, and answers is what closes it. Who says the same again
// changes nothing, and a person who closed it does not have it back before the system was
// reached once.
func KeepAway(ctx context.Context, tx CaseTx, c Case, away bool, answers string, now time.Time) error {
	if !away {
		return CloseIfOpen(ctx, tx, c.ID, answers, now)
	}

	before, err := tx.Case(ctx, c.ID)
	switch {
	case errors.Is(err, stored.ErrNotFound):
		return tx.PutCase(ctx, c)
	case err == nil && !before.Open && before.Resolution == answers:
		return Reopen(ctx, tx, before, c)
	case err != nil:
		return fmt.Errorf("cannot read case %s: %w", c.ID, err)
	}

	return nil
}

// Posting returns one posting, or stored.ErrNotFound.
func (s *Keeper) Posting(ctx context.Context, serial string) (Posting, error) {
	return stored.View(ctx, s.b, func(tx Tx) (Posting, error) { return onePosting(ctx, tx, serial) })
}

func onePosting(ctx context.Context, tx Tx, serial string) (Posting, error) {
	rows, err := tx.Postings(ctx, []string{serial})
	if err == nil && len(rows) == 0 {
		err = stored.ErrNotFound
	}
	if err != nil {
		return Posting{}, fmt.Errorf("posting %.32q: %w", serial, err)
	}
	return rows[0], nil
}

// DuePostings are at most limit open postings of a system whose NextAt has come, or lies
// so far ahead that a wrong clock wrote it, by NextAt.
func (s *Keeper) DuePostings(ctx context.Context, system mis.System, now time.Time, limit int) ([]Posting, error) {
	return stored.View(ctx, s.b, func(tx Tx) ([]Posting, error) { return tx.DuePostings(ctx, system, now, limit) })
}

// InFlight are the open postings that owner made a call for.
func (s *Keeper) InFlight(ctx context.Context, owner string) ([]Posting, error) {
	return stored.View(ctx, s.b, func(tx Tx) ([]Posting, error) { return tx.InFlight(ctx, owner) })
}

// NextDue is the earliest NextAt of the open postings of a system, zero if there are none.
func (s *Keeper) NextDue(ctx context.Context, system mis.System) (time.Time, error) {
	return stored.View(ctx, s.b, func(tx Tx) (time.Time, error) { return tx.NextDue(ctx, system) })
}
