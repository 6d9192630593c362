package reconciletest

import (
	"io"
	"time"

	"wattkiosk/payments/reconcile"
	"wattkiosk/payments/reconcile/form"
)

// Write104 writes one book of a date in the form of 104 columns. The form has no row that
// does not stand, and no time: a run over such files says one-sided where [Month.Expected],
// which is over rows, says status or open.
func (m *Month) Write104(w io.Writer, book int, date string) error {
	day := m.day(date)
	when := m.first.AddDate(0, 0, day).Format(time.DateOnly)

	return form.Write104(w, func(yield func(form.Line104) bool) {
		for _, r := range m.rows[book][day] {
			if r.Total || r.State != reconcile.Stands && r.State != reconcile.Unwritten {
				continue
			}
			l := form.Line104{
				Terminal: terminalOf(r.Serial), Serial: r.Serial, Class: "01", Date: when, Amount: r.Amount,
				Mode: "010301", Settle: "01", Customer: r.Account,
			}
			if book == cardSystem {
				l.Class, l.Mode = "02", "010302"
			}
			if !yield(l) {
				return
			}
		}
	})
}

// terminalOf is the terminal's number, with which its serials begin.
func terminalOf(serial string) string {
	const digits = 8
	if serial[0] == 'X' {
		return "99999999" // a serial of the book's own
	}

	return serial[:digits]
}
