package settle

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"wattkiosk/payments/money"
	"wattkiosk/payments/posp"
	"wattkiosk/payments/posting"
	"wattkiosk/payments/reconcile"
	"wattkiosk/uplink/office/bank"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/stored"
)

// elsewhere are payments that the MIS has under serials that are nobody's here, by account
// and amount, in the order of time. The bank, or the card-meter system, booked them there
// itself, and told nobody its serial. A nil one has none.
type elsewhere struct {
	of map[string][]own
	// asked are those of which the bank gave such a payment back, and left what the MIS has of
	// them beyond what stands: at most maxLeft serials each.
	asked map[string]bool
	left  map[string][]string
}

func newElsewhere() *elsewhere {
	return &elsewhere{of: map[string][]own{}, asked: map[string]bool{}, left: map[string][]string{}}
}

// maxLeft is how many serials a case names.
const maxLeft = 3

func likeness(account string, a money.Amount) string {
	return account + "/" + strconv.FormatInt(int64(a), 10)
}

func (e *elsewhere) add(o own) {
	k := likeness(o.Account, o.Amount)
	e.of[k] = append(e.of[k], o)
}

// looks reports whether lines that are nobody's are looked for.
func (e *elsewhere) looks() bool { return e != nil && len(e.of)+len(e.asked) > 0 }

// take is the serial of the payment that a line of nobody's may be: the first one that has
// none yet. Lines without a time come in the order of the file.
func (e *elsewhere) take(l Line) (string, bool) {
	k := likeness(fits(l.Account), l.Amount)
	switch {
	case e == nil || l.State != reconcile.Stands:
		return "", false
	case len(e.of[k]) == 0:
		if e.asked[k] && len(e.left[k]) < maxLeft {
			e.left[k] = append(e.left[k], l.Serial)
		}
		return "", false
	}
	serial := e.of[k][0].Serial
	e.of[k] = e.of[k][1:]
	return serial, true
}

// theirs gives the rows of a file, by serial, and the lines of a POSP's to batched.
func (r *Room) theirs(ctx context.Context, f File, nobodys *elsewhere, batched func(Line), each func(reconcile.Row) error) error {
	book, ok := reconcile.BookOf(f.Kind)
	if !ok {
		return fmt.Errorf("%w: %.20q", ErrKind, f.Kind)
	}
	var group []Line
	flush := func() error {
		if nets(f.Kind) {
			group = net(group)
		}
		for _, l := range group {
			if err := each(rowOf(book, l)); err != nil {
				return err
			}
		}
		group = group[:0]
		return nil
	}
	for after := (LineKey{}); ; {
		var named []Line
		page, err := stored.View(ctx, r.b, func(tx Tx) ([]Line, error) {
			page, err := tx.Lines(ctx, f.ID, after, rowsAtOnce)
			if err != nil {
				return nil, err
			}
			named, err = naming(ctx, tx, f.Kind, slices.Clone(page), nobodys)
			return page, err
		})
		if err != nil {
			return fmt.Errorf("cannot read the lines of %s: %w", f.ID, err)
		}
		for _, l := range named {
			if f.Kind == POSP {
				batched(l)
			}
			if len(group) > 0 && group[0].Serial != l.Serial {
				if err := flush(); err != nil {
					return err
				}
			}
			group = append(group, l)
		}
		if len(page) < rowsAtOnce {
			return flush()
		}
		last := page[len(page)-1]
		after = LineKey{last.Serial, last.N}
	}
}

func rowOf(book int, l Line) reconcile.Row {
	row := reconcile.Row{Book: book, Serial: l.Serial, Account: fits(l.Account), Amount: l.Amount, At: max(0, l.At/1000), State: l.State}
	if l.State == reconcile.Stands {
		row.Wants = reconcile.Set(reconcile.Kiosk)
	}
	return row
}

// naming gives lines the serials that our own books know them by.
func naming(ctx context.Context, tx Tx, kind string, lines []Line, nobodys *elsewhere) ([]Line, error) {
	switch kind {
	case POSP:
		return ofTerminals(ctx, tx, lines)
	case MIS:
		return ofBookings(ctx, tx, lines, nobodys)
	}
	return lines, nil
}

// ofTerminals names the lines of a POSP, which has no serials of ours, by the sales that our
// books have of its terminal and trace. The nearest in time is meant: traces come again.
func ofTerminals(ctx context.Context, tx Tx, lines []Line) ([]Line, error) {
	for i, l := range lines {
		trace, err := strconv.ParseUint(l.Trace, 10, 32)
		if err != nil {
			continue
		}
		at := time.UnixMilli(l.At)
		likes, err := tx.ExchangesLike(ctx, l.Terminal, uint32(trace), at.Add(-nearSale))
		if err != nil {
			return nil, fmt.Errorf("cannot find the sale of %s: %w", l.Serial, err)
		}
		likes = slices.DeleteFunc(likes, func(x bank.Exchange) bool {
			return x.Op != posp.Sale || x.Serial == "" || time.UnixMilli(x.SentAt).Sub(at).Abs() > nearSale
		})
		if len(likes) == 0 {
			continue
		}
		sale := slices.MinFunc(likes, func(x, y bank.Exchange) int {
			return cmp.Or(cmp.Compare(differs(x, l), differs(y, l)), cmp.Compare(time.UnixMilli(x.SentAt).Sub(at).Abs(), time.UnixMilli(y.SentAt).Sub(at).Abs()), cmp.Compare(x.Serial, y.Serial))
		})
		lines[i].Serial, lines[i].Batch = sale.Serial, strconv.FormatUint(uint64(sale.Batch), 10)
	}
	return lines, nil
}

// nearSale is how far apart the clocks of a bank and of head office may be, and then some:
// no terminal comes round its traces in that time.
const nearSale = 36 * time.Hour

// differs is 1 where a sale has another amount than a line.
func differs(x bank.Exchange, l Line) int {
	if x.Amount != l.Amount {
		return 1
	}
	return 0
}

// ofBookings names the lines of the MIS that book sales by the sales, and those that are
// nobody's by payments that were booked elsewhere.
func ofBookings(ctx context.Context, tx Tx, lines []Line, nobodys *elsewhere) ([]Line, error) {
	var serials []string
	for _, l := range lines {
		if strings.HasPrefix(l.Serial, posting.BookingMark) || nobodys.looks() {
			serials = append(serials, l.Serial)
		}
	}
	if len(serials) == 0 {
		return lines, nil
	}
	known, err := tx.Postings(ctx, serials)
	if err != nil {
		return nil, fmt.Errorf("cannot read postings: %w", err)
	}
	of := map[string]books.Posting{}
	for _, p := range known {
		of[p.Serial] = p
	}
	for i, l := range lines {
		p, ours := of[l.Serial]
		if ours && p.OfSale() != "" {
			lines[i].Serial = p.OfSale()
		} else if !ours {
			if serial, found := nobodys.take(l); found {
				lines[i].Serial = serial
			}
		}
	}
	return lines, nil
}

// nets reports whether money that goes back is a line of its own in a book.
func nets(kind string) bool { return kind == Acquirer || kind == POSP }

// net is what is left of the lines of one serial at an acquirer, or a POSP, where money that goes
// back is a line of its own.
func net(lines []Line) []Line {
	var paid []Line
	back := money.Amount(0)
	for _, l := range lines {
		if l.State == reconcile.Reversed {
			back += l.Amount
		} else {
			paid = append(paid, l)
		}
	}
	if len(paid) == 0 || back == 0 {
		return lines
	}

	for i := len(paid) - 1; i >= 0 && back > 0; i-- {
		taken := min(back, paid[i].Amount)
		back -= taken
		if paid[i].Amount == taken {
			paid[i].State = reconcile.Reversed
		} else {
			paid[i].Amount -= taken
		}
	}
	return paid
}

// standing are the files of a date that count, by kind and part.
func standing(files []File) []File {
	return slices.DeleteFunc(slices.Clone(files), func(f File) bool { return !f.Stands() })
}

// taking are the books that take part where these files are: the kiosks' own always does.
func taking(files []File) reconcile.Books {
	all := reconcile.Set(reconcile.Kiosk)
	for _, f := range files {
		if n, ok := reconcile.BookOf(f.Kind); ok {
			all |= reconcile.Set(n)
		}
	}
	return all
}

// figuresOf are a book's of its files.
func figuresOf(name string, files []File) Figures {
	out := Figures{Name: name}
	h := sha256.New()
	for _, f := range files {
		out.Count += f.Count
		out.Sum += f.Sum
		out.Backs += f.Backs
		out.Back += f.Back
		out.SHA256 = f.SHA256
		fmt.Fprintf(h, "%s\t%s\n", f.Part, f.SHA256)
	}
	if len(files) > 1 {
		out.SHA256 = hex.EncodeToString(h.Sum(nil))
	}
	return out
}
