package storetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"wattkiosk/payments/money"
	"wattkiosk/payments/reconcile/form"
	"wattkiosk/uplink/office/settle"
	"wattkiosk/uplink/office/store"
)

// Day is the business date of T0.
const Day = "20261123"

// always is a clock that stands.
func always(t time.Time) func() time.Time { return func() time.Time { return t } }

// Ledger104 is a file of the MIS with one line for each amount, in fen, whose serials count
// from a number.
func Ledger104(t testing.TB, day string, from int, amounts ...money.Amount) *bytes.Reader {
	t.Helper()
	var out bytes.Buffer
	err := form.Write104(&out, func(yield func(form.Line104) bool) {
		for i, a := range amounts {
			l := form.Line104{
				Terminal: Kiosk, Serial: Serial(Kiosk, from+i), Batch: "1", Class: "01", Date: day[:4] + "-" + day[4:6] + "-" + day[6:],
				Amount: a, Mode: "010301", Settle: "01", Customer: "1000000001", Unit: "3340101",
			}
			if !yield(l) {
				return
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}

	return bytes.NewReader(out.Bytes())
}

func takeIn(t *testing.T, s *store.Store, kind, name string, from io.ReadSeeker, now time.Time) (settle.File, bool) {
	t.Helper()
	f, fresh, err := s.Settle.Import(t.Context(), settle.Incoming{Kind: kind, Day: Day, Name: name, By: "accountant", Quiet: true}, from, always(now))
	check(t, err)

	return f, fresh
}

// files are those of Day as "name, count, sum", those that are replaced in brackets.
func files(t *testing.T, s *store.Store) string {
	t.Helper()
	d, err := s.Settle.Detail(t.Context(), Day)
	check(t, err)
	var out []string
	for _, f := range d.Files {
		text := fmt.Sprintf("%s %d %s", f.Name, f.Count, f.Sum)
		if !f.Stands() {
			text = "(" + text + ")"
		}
		out = append(out, text)
	}

	return strings.Join(out, ", ")
}

// bookFiles: a file is taken in whole or not at all, once, and takes the place of the one
// before it.
func bookFiles(t *testing.T, s *store.Store) {
	first := Ledger104(t, Day, 1, 10000, 5000, 700)
	f, fresh := takeIn(t, s, settle.MIS, "a.txt", first, T0)
	if !fresh || f.Count != 3 || f.Sum != 15700 || f.State != settle.Whole || f.At != T0.UnixMilli() {
		t.Errorf("%+v, %v", f, fresh)
	}
	first.Reset(readAll(t, Ledger104(t, Day, 1, 10000, 5000, 700)))
	if same, fresh := takeIn(t, s, settle.MIS, "b.txt", first, T0.Add(time.Hour)); fresh || same.ID != f.ID || same.Name != "a.txt" {
		t.Errorf("the same file again: %+v, %v", same, fresh)
	}
	takeIn(t, s, settle.CardSystem, "cards.txt", Ledger104(t, Day, 1, 10000, 5000, 700), T0)
	if got := files(t, s); got != "cards.txt 3 157.00, a.txt 3 157.00" {
		t.Errorf("files %s", got)
	}

	takeIn(t, s, settle.MIS, "c.txt", Ledger104(t, Day, 1, 10000, 5000), T0.Add(time.Hour))
	if got := files(t, s); got != "cards.txt 3 157.00, c.txt 2 150.00, (a.txt 3 157.00)" {
		t.Errorf("files %s", got)
	}
	if back, fresh := takeIn(t, s, settle.MIS, "d.txt", Ledger104(t, Day, 1, 10000, 5000, 700), T0.Add(2*time.Hour)); fresh || back.ID != f.ID {
		t.Errorf("the first file again: %+v, %v", back, fresh)
	}
	if got := files(t, s); got != "cards.txt 3 157.00, a.txt 3 157.00, (c.txt 2 150.00)" {
		t.Errorf("files %s", got)
	}
	if f, fresh := takeIn(t, s, settle.MIS, "empty.txt", bytes.NewReader(nil), T0.Add(3*time.Hour)); !fresh || f.Count != 0 {
		t.Errorf("a file of nothing: %+v, %v", f, fresh)
	}

	audit, err := s.AuditLog(t.Context(), 10)
	check(t, err)
	var acts []string
	for _, a := range audit {
		acts = append(acts, a.Action)
	}
	if got := strings.Join(acts, ", "); got != "import mis, import again mis, import mis, import cardsystem, import mis" {
		t.Errorf("audit %s", got)
	}
}

func readAll(t *testing.T, r io.Reader) []byte {
	t.Helper()
	b, err := io.ReadAll(r)
	check(t, err)

	return b
}

// wrongFiles leave nothing.
func wrongFiles(t *testing.T, s *store.Store) {
	good := readAll(t, Ledger104(t, Day, 1, 10000, 5000, 700))
	for name, c := range map[string]struct {
		kind, day string
		bytes     []byte
		want      string
	}{
		"cut":        {settle.MIS, Day, good[:len(good)-30], "f, line 3: the last line has no end: the file was cut off"},
		"other date": {settle.MIS, "20261122", good, "f, line 1, account date: is 20261123, the file is for 20261122 (and 2 more)"},
		"no kind":    {"moon", Day, good, `no book has files of that kind: "moon"`},
		"no date":    {settle.MIS, "20261131", good, `no business date of the form YYYYMMDD: "20261131"`},
		"no lines":   {settle.Bank, Day, nil, "f: no header with 交易日期"},
	} {
		_, fresh, err := s.Settle.Import(t.Context(), settle.Incoming{Kind: c.kind, Day: c.day, Name: "f", By: "accountant"}, bytes.NewReader(c.bytes), always(T0))
		if err == nil || fresh || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%s: %v, %v; want %q", name, err, fresh, c.want)
		}
	}
	if got := files(t, s); got != "" {
		t.Errorf("files %s", got)
	}
}

// torn is a file that changes, or cannot be read any more, while it is read the second time.
type torn struct {
	*bytes.Reader
	from   int64 // the second reading fails there
	begins int
}

var errTorn = errors.New("the disk is gone")

func (f *torn) Seek(offset int64, whence int) (int64, error) {
	if whence == io.SeekStart {
		f.begins++
	}

	return f.Reader.Seek(offset, whence)
}

func (f *torn) Read(b []byte) (int, error) {
	if f.begins > 0 && f.Size()-int64(f.Len()) >= f.from {
		return 0, errTorn
	}

	return f.Reader.Read(b[:min(len(b), 4096)])
}

// tornFiles: what cannot be read to its end is not half there, and can be taken in later.
func tornFiles(t *testing.T, s *store.Store) {
	amounts := make([]money.Amount, 2500)
	for i := range amounts {
		amounts[i] = money.Amount(i + 1)
	}
	whole := Ledger104(t, Day, 1, amounts...)
	_, _, err := s.Settle.Import(t.Context(), settle.Incoming{Kind: settle.MIS, Day: Day, Name: "f", By: "office"}, &torn{Reader: whole, from: 150_000}, always(T0))
	if !errors.Is(err, errTorn) {
		t.Fatalf("torn: %v", err)
	}
	if got := files(t, s); got != "" {
		t.Errorf("files %s", got)
	}
	takeIn(t, s, settle.MIS, "f", Ledger104(t, Day, 1, amounts...), T0)
	if got := files(t, s); got != "f 2500 31262.50" {
		t.Errorf("files %s", got)
	}
}

// fileRace: the same file and another one of its date come at the same time, several times
// each. One of the two stands in the end.
func fileRace(t *testing.T, s *store.Store) {
	var all sync.WaitGroup
	errs := make(chan error, 8)
	for i := range 8 {
		amounts := []money.Amount{10000, 5000, money.Amount(1 + i%2)}
		all.Go(func() {
			for {
				_, _, err := s.Settle.Import(t.Context(), settle.Incoming{Kind: settle.MIS, Day: Day, Name: fmt.Sprint("f", i%2), By: "office"}, Ledger104(t, Day, 1, amounts...), always(T0))
				if !errors.Is(err, settle.ErrBusy) {
					errs <- err
					return
				}
			}
		})
	}
	all.Wait()
	close(errs)
	for err := range errs {
		check(t, err)
	}
	if got := files(t, s); got != "f0 3 150.01, (f1 3 150.02)" && got != "f1 3 150.02, (f0 3 150.01)" {
		t.Errorf("files %s", got)
	}
}

// dueDays: each day is due once, also those of an outage, at two o'clock in the zone of the
// books.
func dueDays(t *testing.T, s *store.Store) {
	days := func(now time.Time) string {
		check(t, s.Settle.Plan(t.Context(), now))
		got, err := s.Settle.DueDays(t.Context(), now, 100)
		check(t, err)

		return strings.Join(got, " ")
	}
	zone := s.Settle.Zone()
	if got := days(T0); got != "" {
		t.Errorf("at the first start: %s", got)
	}
	if got := days(time.Date(2026, 11, 24, 1, 59, 59, 0, zone)); got != "" {
		t.Errorf("before two: %s", got)
	}
	if got := days(time.Date(2026, 11, 24, 2, 0, 0, 0, zone)); got != "20261123" {
		t.Errorf("at two: %s", got)
	}
	if got := days(time.Date(2026, 11, 27, 1, 0, 0, 0, zone)); got != "20261123 20261124 20261125" {
		t.Errorf("after an outage: %s", got)
	}

	var all sync.WaitGroup
	errs := make(chan error, 8)
	for range 8 {
		all.Go(func() {
			errs <- s.Settle.Plan(context.WithoutCancel(t.Context()), time.Date(2026, 12, 25, 12, 0, 0, 0, zone))
		})
	}
	all.Wait()
	close(errs)
	for err := range errs {
		check(t, err)
	}
	got, err := s.Settle.DueDays(t.Context(), time.Date(2026, 12, 25, 12, 0, 0, 0, zone), 100)
	if err != nil || len(got) != 32 || got[31] != "20261224" {
		t.Errorf("%d days, %v: %v", len(got), err, got)
	}
}

// slips: a date that has not begun, which has the year of another one, is refused, and is in no
// list; what was run of today hides no day before it that is due, and what was run of another
// year is not in the way of those who sign, before the chain of seals or after it.
func slips(t *testing.T, s *store.Store) {
	runs := func(day string, now time.Time, want error) {
		t.Helper()
		if _, err := s.Settle.Run(t.Context(), day, "office", always(now)); !errors.Is(err, want) {
			t.Errorf("a run of %s: %v, want %v", day, err, want)
		}
	}
	one, late := clockAt(s, 3, 1, 0), clockAt(s, 3, 3, 0) // of the 26th
	check(t, s.Settle.Plan(t.Context(), clockAt(s, 0, 1, 0)))
	runs("20271123", one, settle.ErrEarly)
	runs("20261127", one, settle.ErrEarly)
	runs("20251123", one, nil)
	runs("20261126", one, nil) // today
	_, _, err := s.Settle.Import(t.Context(), settle.Incoming{Kind: settle.MIS, Day: "20261127", Name: "early", By: "zhang"}, Ledger104(t, "20261127", 1, 5), always(one))
	if !errors.Is(err, settle.ErrEarly) {
		t.Errorf("a file of tomorrow: %v", err)
	}
	dates, err := s.Settle.Dates(t.Context(), "", 10)
	check(t, err)
	if len(dates) != 2 || dates[0].Day != "20261126" || dates[1].Day != "20251123" {
		t.Errorf("dates %+v", dates)
	}
	check(t, s.Settle.Plan(t.Context(), one))
	due, err := s.Settle.DueDays(t.Context(), late, 10)
	check(t, err)
	if got := strings.Join(due, " "); got != "20251123 20261123 20261124 20261125" {
		t.Errorf("due are %s", got)
	}

	for _, day := range []string{"20261123", "20261124"} {
		_, _, err := s.Settle.Import(t.Context(), settle.Incoming{Kind: settle.MIS, Day: day, Name: "nothing", By: "zhang", Quiet: true}, bytes.NewReader(nil), always(late))
		check(t, err)
		if got := run(t, s, day, late); got != "balanced" {
			t.Errorf("%s: %s", day, got)
		}
	}
	if _, err := s.Settle.Sign(t.Context(), "20261124", "zhang", late); !errors.Is(err, settle.ErrBefore) {
		t.Errorf("signed before the date before: %v", err)
	}
	for _, day := range []string{"20261123", "20261124"} {
		_, err := s.Settle.Sign(t.Context(), day, "zhang", late)
		check(t, err)
	}
	runs("20251101", late, settle.ErrFirst)
	if n, wrong, err := s.Settle.Verify(t.Context()); n != 2 || len(wrong) != 0 || err != nil {
		t.Errorf("%d signed, %v, %v", n, wrong, err)
	}
}
