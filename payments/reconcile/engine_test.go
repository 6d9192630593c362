package reconcile

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"wattkiosk/payments"
	"wattkiosk/payments/money"
)

// four are the books of these tests.
var four = Set(Kiosk, MIS, POSP, CardSystem)

// run matches rows and returns the breaks as "class serial proposal" in order, and the report.
func run(t *testing.T, spec Spec, rows []Row) ([]string, Report) {
	t.Helper()
	e, err := New(spec)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	}()
	for _, r := range rows {
		if err := e.Feed(r); err != nil {
			t.Fatal(err)
		}
	}
	var said []string
	report, err := e.Run(func(b Break) error {
		said = append(said, fmt.Sprintf("%s %s%s %s", b.Class, b.Serial, b.Batch, b.Proposal))

		return nil
	})
	if err != nil {
		t.Fatal(err)
	}

	return said, report
}

// paid is one payment in the kiosks' book and in others, each as it should be.
func paid(serial string, amount money.Amount, in ...int) []Row {
	all := Set(append(in, Kiosk)...)
	tender := payments.Cash
	if all.Has(POSP) {
		tender = payments.BankCard
	}
	rows := []Row{{Book: Kiosk, Serial: serial, Account: "1000000001", Amount: amount, At: 1_764_000_000, Wants: all &^ Set(Kiosk), Tender: tender}}
	for _, b := range in {
		rows = append(rows, Row{Book: b, Serial: serial, Account: "1000000001", Amount: amount, At: 1_764_000_030, Wants: Set(Kiosk)})
	}

	return rows
}

// change is paid with one row changed.
func change(rows []Row, i int, do func(*Row)) []Row {
	rows = slices.Clone(rows)
	do(&rows[i])

	return rows
}

func without(rows []Row, i int) []Row { return slices.Delete(slices.Clone(rows), i, i+1) }

func twice(rows []Row, i int) []Row { return append(slices.Clone(rows), rows[i]) }

// cases are payments with one difference each, or several, and what must be said of them.
func cases() map[string]struct {
	rows []Row
	want []string
} {
	cash, card, power := paid("s", 10000, MIS), paid("s", 10000, MIS, POSP), paid("s", 10000, MIS, CardSystem)
	state := func(s State) func(*Row) { return func(r *Row) { r.State = s } }
	less := func(r *Row) { r.Amount = 9000 }
	other := func(r *Row) { r.Margin = true }

	return map[string]struct {
		rows []Row
		want []string
	}{
		"cash":                 {cash, nil},
		"card":                 {card, nil},
		"power":                {power, nil},
		"none booked":          {change(cash, 0, state(NotBooked))[:1], nil},
		"both reversed":        {change(change(cash, 0, state(NotBooked)), 1, state(Reversed)), nil},
		"not in the MIS":       {cash[:1], []string{"one-sided repost"}},
		"not at the kiosk":     {cash[1:], []string{"one-sided ask-kiosk"}},
		"not at the bank":      {without(card, 2), []string{"one-sided person"}},
		"only at the bank":     {card[2:], []string{"one-sided ask-kiosk"}},
		"amount":               {change(cash, 1, less), []string{"amount person"}},
		"amount at the bank":   {change(card, 2, less), []string{"amount person"}},
		"twice in the MIS":     {twice(cash, 1), []string{"duplicate reverse"}},
		"twice at the bank":    {twice(card, 2), []string{"duplicate refund"}},
		"twice at the kiosk":   {twice(cash, 0), []string{"duplicate person"}},
		"once, and reversed":   {append(slices.Clone(cash), change(cash, 1, state(Reversed))[1]), nil},
		"reversed in the MIS":  {change(cash, 1, state(Reversed)), []string{"status repost"}},
		"booked all the same":  {change(cash, 0, state(NotBooked)), []string{"status reverse"}},
		"kept by the bank":     {change(change(card, 0, state(NotBooked)), 1, state(Reversed)), []string{"status refund"}},
		"open, not booked":     {change(cash, 0, state(Open))[:1], []string{"open wait"}},
		"open, and booked":     {change(cash, 0, state(Open)), []string{"open wait"}},
		"the MIS has it later": {change(cash, 1, other), []string{"straddle wait"}},
		"of yesterday":         {change(change(cash, 0, other), 1, other), nil},
		"of yesterday, alone":  {change(cash, 0, other)[:1], nil},
		"not on the card":      {change(power, 0, state(Unwritten)), []string{"card-not-written person"}},

		"twice, less":               {change(twice(cash, 1), 0, less), []string{"amount person", "duplicate person"}},
		"twice, not at the bank":    {twice(without(card, 2), 1), []string{"duplicate reverse", "one-sided person"}},
		"less, on the other date":   {change(change(cash, 1, other), 0, less), []string{"amount person", "straddle wait"}},
		"not on the card, and less": {change(change(power, 0, state(Unwritten)), 1, less), []string{"amount person", "card-not-written person"}},
		"reversed, not at the bank": {change(without(card, 2), 1, state(Reversed)), []string{"one-sided person", "status person"}},
	}
}

// TestClasses: each difference alone, and some together.
func TestClasses(t *testing.T) {
	for name, c := range cases() {
		got, report := run(t, Spec{Books: four}, c.rows)
		for i := range got {
			got[i] = strings.Replace(got[i], " s ", " ", 1)
		}
		slices.Sort(got)
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
		if report.Balanced() != (len(c.want) == 0) {
			t.Errorf("%s: balanced %v", name, report.Balanced())
		}
	}
}

// day is many payments, some of them with a difference, and what must be said.
func day(rng *rand.Rand, n int) (rows []Row, want []string) {
	all := cases()
	kinds := make([]string, 0, len(all))
	for name := range all {
		kinds = append(kinds, name)
	}
	slices.Sort(kinds)
	for i := range n {
		kind := []string{"cash", "card", "power"}[rng.IntN(3)]
		if rng.IntN(20) == 0 {
			kind = kinds[rng.IntN(len(kinds))]
		}
		serial := fmt.Sprintf("%020d", i)
		for _, r := range all[kind].rows {
			r.Serial = serial
			rows = append(rows, r)
		}
		for _, w := range all[kind].want {
			class, proposal, _ := strings.Cut(w, " ")
			want = append(want, class+" "+serial+" "+proposal)
		}
	}
	slices.Sort(want)

	return rows, want
}

// TestADay: exactly the seeded differences are found, whatever the order of the rows and
// however few of them fit into memory; and the order of the breaks is always the same.
func TestADay(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	rows, want := day(rng, 20_000)
	var first []string
	var figures Report
	for round, inMemory := range []int{0, 1 << 30, 200_000, 600, 200_000} {
		rng.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
		got, report := run(t, Spec{Books: four, Memory: inMemory, Dir: t.TempDir()}, rows)
		if round == 0 {
			first, figures = got, report
			sorted := slices.Sorted(slices.Values(got))
			if d := cmp.Diff(want, sorted); d != "" {
				t.Fatalf("(-want +got):\n%s", d)
			}
		}
		if !slices.Equal(got, first) {
			t.Errorf("round %d: other breaks, or in another order", round)
		}
		if d := cmp.Diff(figures, report, cmp.AllowUnexported(Figures{})); d != "" {
			t.Errorf("round %d: %s", round, d)
		}
	}
}

// TestFeeders: books that are read side by side give the same as rows that come one by one.
func TestFeeders(t *testing.T) {
	rows, _ := day(rand.New(rand.NewPCG(1, 2)), 20_000)
	want, report := run(t, Spec{Books: four}, rows)
	e, err := New(Spec{Books: four, Memory: 100_000, Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	errs := make([]error, MaxBooks)
	var all sync.WaitGroup
	for book := range errs {
		all.Go(func() {
			f := e.Feeder()
			for _, r := range rows {
				if r.Book == book {
					errs[book] = errors.Join(errs[book], f.Feed(r))
				}
			}
			errs[book] = errors.Join(errs[book], f.Done())
		})
	}
	all.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	var got []string
	other, err := e.Run(func(b Break) error {
		got = append(got, fmt.Sprintf("%s %s%s %s", b.Class, b.Serial, b.Batch, b.Proposal))

		return nil
	})
	if err := errors.Join(err, e.Close()); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(got, want) {
		t.Error("other breaks, or in another order")
	}
	if d := cmp.Diff(report, other, cmp.AllowUnexported(Figures{})); d != "" {
		t.Error(d)
	}
}

// TestTotals: a book that has only totals by batch.
func TestTotals(t *testing.T) {
	batch := func(serial, batch string, amount money.Amount) []Row {
		rows := paid(serial, amount, MIS)
		rows[0].Wants |= Set(POSP)
		rows[0].Batch = batch
		return rows
	}
	rows := slices.Concat(batch("a", "000001", 100), batch("b", "000001", 200), batch("c", "000002", 300))
	total := func(batch string, sum money.Amount, n int64) Row {
		return Row{Book: POSP, Batch: batch, Total: true, Amount: sum, Count: n}
	}
	for name, c := range map[string]struct {
		totals []Row
		want   []string
	}{
		"equal":           {[]Row{total("000001", 300, 2), total("000002", 300, 1)}, nil},
		"in two parts":    {[]Row{total("000001", 100, 1), total("000001", 200, 1), total("000002", 300, 1)}, nil},
		"sum":             {[]Row{total("000001", 301, 2), total("000002", 300, 1)}, []string{"amount 000001 person"}},
		"number":          {[]Row{total("000001", 300, 3), total("000002", 300, 1)}, []string{"amount 000001 person"}},
		"batch not there": {[]Row{total("000001", 300, 2)}, []string{"one-sided c person"}},
		"of nobody":       {[]Row{total("000001", 300, 2), total("000002", 300, 1), total("000003", 5, 1)}, []string{"one-sided 000003 ask-kiosk"}},
		"empty":           {[]Row{total("000001", 300, 2), total("000002", 300, 1), total("000003", 0, 0)}, nil},
	} {
		if got, _ := run(t, Spec{Books: four}, append(slices.Clone(rows), c.totals...)); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

// TestKeys: what has another serial on each side is paired by account, amount and time, the
// closest first, and once.
func TestKeys(t *testing.T) {
	at := func(rows []Row, serial string, at int64) Row {
		rows[0].Serial, rows[0].At = serial, at

		return rows[0]
	}
	k := func(serial string, when int64) Row { return at(paid("", 10000, MIS)[:1], serial, when) }
	m := func(serial string, when int64) Row { return at(paid("", 10000, MIS)[1:], serial, when) }
	other := m("m9", 1000)
	other.Account = "1000000002"
	late := m("m8", 1000)
	late.Margin = true

	early := late
	early.Serial = "a8"
	card := paid("k1", 10000, MIS, POSP)
	less := card[2]
	less.Amount = 9000
	near := m("m1", card[0].At)

	for name, c := range map[string]struct {
		rows  []Row
		want  []string
		loose int64
	}{
		"named by ours":   {[]Row{k("k1", 1000), early}, []string{"straddle k1 wait"}, 1},
		"by three":        {[]Row{card[0], card[2], near}, nil, 1},
		"of other sums":   {[]Row{card[0], less, near}, []string{"amount k1 person", "one-sided k1 person", "one-sided m1 ask-kiosk"}, 0},
		"lacks another":   {[]Row{card[0], near}, []string{"one-sided k1 person"}, 1},
		"near":            {[]Row{k("k1", 1000), m("m1", 1100)}, nil, 1},
		"far":             {[]Row{k("k1", 1000), m("m1", 1301)}, []string{"one-sided k1 person", "one-sided m1 ask-kiosk"}, 0},
		"other account":   {[]Row{k("k1", 1000), other}, []string{"one-sided k1 repost", "one-sided m9 ask-kiosk"}, 0},
		"closest first":   {[]Row{k("k1", 1000), m("m1", 1200), m("m2", 1010)}, []string{"one-sided m1 ask-kiosk"}, 1},
		"each once":       {[]Row{k("k1", 1000), k("k2", 1010), m("m1", 1005)}, []string{"one-sided k2 repost"}, 1},
		"no time":         {[]Row{k("k1", 1000), m("m1", 0)}, []string{"one-sided k1 person", "one-sided m1 ask-kiosk"}, 0},
		"neighbour's":     {[]Row{k("k1", 1000), late}, []string{"straddle k1 wait"}, 1},
		"of neighbours":   {[]Row{late}, nil, 0},
		"not of one book": {[]Row{k("k1", 1000), k("k2", 1000)}, []string{"one-sided k1 repost", "one-sided k2 repost"}, 0},
	} {
		got, report := run(t, Spec{Books: four, Keys: []Key{{Name: "account and time", Account: true, Seconds: 300}}}, c.rows)
		slices.Sort(got)
		if !slices.Equal(got, c.want) || report.Loose != c.loose {
			t.Errorf("%s: %v, %d loose; want %v, %d", name, got, report.Loose, c.want, c.loose)
		}
	}
}

// TestDigest: of the rows, whatever their order; any change shows.
func TestDigest(t *testing.T) {
	rows := slices.Concat(paid("a", 100, MIS), paid("b", 200, MIS), paid("b", 200, MIS))
	_, one := run(t, Spec{Books: four}, rows)
	slices.Reverse(rows)
	_, same := run(t, Spec{Books: four}, rows)
	rows[0].Amount++
	_, other := run(t, Spec{Books: four}, rows)
	if one.Books[MIS].Digest() != same.Books[MIS].Digest() || len(one.Books[MIS].Digest()) != 64 {
		t.Errorf("%s, %s", one.Books[MIS].Digest(), same.Books[MIS].Digest())
	}
	if one.Books[MIS].Digest() == other.Books[MIS].Digest() {
		t.Error("a changed row does not show")
	}
	if f := one.Books[MIS]; f.Rows != 3 || f.Sum != 500 {
		t.Errorf("%+v", f)
	}
}

// TestDigestByHand: another program, written from what the package says of packed rows and
// digests, comes to the same.
func TestDigestByHand(t *testing.T) {
	rows := []Row{{Book: MIS, Batch: "000001", Total: true, Amount: 500, Count: 2}}
	for i := range 1000 {
		rows = append(rows, paid(fmt.Sprintf("%020d", i+1), money.Amount(100*(i+1)), MIS)[1])
	}
	_, report := run(t, Spec{Books: four}, rows)
	if got := report.Books[1].Digest(); got != "7e9df1c5c55d665fe162cd1554427c6b7d69f0fbc8eea2af0bbd8f8f274ac23a" {
		t.Errorf("%s", got)
	}
}

// TestRowsThatCannotBe are refused, and change nothing.
func TestRowsThatCannotBe(t *testing.T) {
	e, err := New(Spec{Books: four})
	if err != nil {
		t.Fatal(err)
	}
	for name, r := range map[string]Row{
		"no such book":    {Book: 6, Serial: "s"},
		"not taking part": {Book: Bank, Serial: "s"},
		"below the books": {Book: -1, Serial: "s"},
		"no serial":       {},
		"long serial":     {Serial: strings.Repeat("1", 25)},
		"long account":    {Serial: "s", Account: strings.Repeat("1", 17)},
		"long batch":      {Serial: "s", Batch: strings.Repeat("1", 17)},
		"negative":        {Serial: "s", Amount: -1},
		"no state":        {Serial: "s", State: 9},
		"no tender":       {Serial: "s", Tender: "cheque"},
		"total of none":   {Total: true},
	} {
		if err := e.Feed(r); !errors.Is(err, ErrRow) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if r, err := e.Run(func(Break) error { return nil }); err != nil || !r.Balanced() || r.Books[0].Rows != 0 {
		t.Errorf("%+v, %v", r, err)
	}
	if _, err := e.Run(nil); err == nil {
		t.Error("it matches twice")
	}
	if _, err := New(Spec{Books: Set(Kiosk)}); err == nil {
		t.Error("one book is matched with nothing")
	}
}

// TestSayEndsIt: what people do with the breaks may fail.
func TestSayEndsIt(t *testing.T) {
	e, err := New(Spec{Books: four})
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Feed(paid("s", 1, MIS)[0]); err != nil {
		t.Fatal(err)
	}
	full := errors.New("disk full")
	if _, err := e.Run(func(Break) error { return full }); !errors.Is(err, full) {
		t.Error(err)
	}
}

// TestSayEndsARunOfManyBreaks: nothing goes on after it.
func TestSayEndsARunOfManyBreaks(t *testing.T) {
	e, err := New(Spec{Books: four})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 200_000 {
		if err := e.Feed(paid(fmt.Sprint(i), 1, MIS)[0]); err != nil {
			t.Fatal(err)
		}
	}
	full, said := errors.New("disk full"), 0
	if _, err := e.Run(func(Break) error {
		if said++; said == 1000 {
			return full
		}

		return nil
	}); !errors.Is(err, full) || said != 1000 {
		t.Errorf("%v after %d breaks", err, said)
	}
}

// BenchmarkMatch is a row through the engine, of three books that agree.
func BenchmarkMatch(b *testing.B) {
	e, err := New(Spec{Books: four, Dir: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	defer e.Close() //nolint:errcheck // the end of a benchmark
	b.ReportAllocs()
	for i := 0; b.Loop(); i += 3 {
		for _, r := range paid(fmt.Sprintf("%020d", i), 10000, MIS, POSP) {
			if err := e.Feed(r); err != nil {
				b.Fatal(err)
			}
		}
	}
	if _, err := e.Run(func(Break) error { return nil }); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkSmall is a run of few rows, as a look at one payment is.
func BenchmarkSmall(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		e, err := New(Spec{Books: four})
		if err != nil {
			b.Fatal(err)
		}
		for _, r := range paid("s", 10000, MIS, POSP) {
			if err := e.Feed(r); err != nil {
				b.Fatal(err)
			}
		}
		if _, err := e.Run(func(Break) error { return nil }); err != nil {
			b.Fatal(err)
		}
		if err := e.Close(); err != nil {
			b.Fatal(err)
		}
	}
}
