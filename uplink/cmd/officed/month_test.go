package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"wattkiosk/boards/ground/labclock"
	"wattkiosk/payments/reconcile"
	"wattkiosk/payments/reconcile/reconciletest"
	"wattkiosk/uplink/office/store/postgrestest"
)

// asOfficed has the test binary be officed: a process that can be killed.
const asOfficed = "WATTKIOSK_AS_OFFICED"

func TestMain(m *testing.M) {
	if os.Getenv(asOfficed) != "" {
		main()
	}
	os.Exit(m.Run())
}

// monthly is the month that is matched: three dates and few kills in every test, all of it
// where WATTKIOSK_MONTH is 1 (make month), or so many of its days.
type monthly struct {
	*reconciletest.Month
	files string // a folder of all files
	late  []*monthKiosk
	kills int
	whole bool
}

func newMonth(t *testing.T) *monthly {
	t.Helper()
	days, each, kills := 3, 1, 3
	n, err := strconv.Atoi(os.Getenv("WATTKIOSK_MONTH"))
	whole := err == nil && n > 0
	if whole {
		days, each, kills = 30, 4, 30
	}
	if whole && n > 1 {
		days = n
	}
	m := &monthly{Month: reconciletest.MakeOffice(7, 50, days, each), files: t.TempDir(), kills: kills, whole: whole}
	monthFiles(t, m.Month, m.files)

	return m
}

// proc is an officed of its own.
type proc struct {
	t      *testing.T
	m      *monthly
	data   string
	clock  string
	db     string
	args   []string
	cmd    *exec.Cmd
	ended  chan error
	pushed time.Duration
}

// newProc is an officed over books, with the clock on the day after the month.
func newProc(t *testing.T, m *monthly, db string, args ...string) *proc {
	t.Helper()
	p := &proc{t: t, m: m, data: t.TempDir(), db: db, args: args}
	p.clock = filepath.Join(p.data, "clock")
	p.push(0)
	p.args = append([]string{"serve", "--data", p.data, "--http", "127.0.0.1:0", "--mqtt-listen", "127.0.0.1:0", "--log-level", "error", "--demo", "--db", db}, args...)

	return p
}

// push puts the clock on.
func (p *proc) push(by time.Duration) {
	p.t.Helper()
	p.pushed += by
	now := monthOver(p.m.Month).Add(3*time.Hour + p.pushed)
	if err := labclock.Set(p.clock, time.Until(now)); err != nil {
		p.t.Fatal(err)
	}
}

// start returns when the officed is ready.
func (p *proc) start() {
	p.t.Helper()
	p.cmd = exec.Command(os.Args[0], p.args...)
	p.cmd.Env = append(os.Environ(), asOfficed+"=1", labclock.Env+"="+p.clock)
	p.cmd.Stderr = os.Stderr
	out, err := p.cmd.StdoutPipe()
	if err == nil {
		err = p.cmd.Start()
	}
	if err != nil {
		p.t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil || !strings.HasPrefix(line, "ready ") {
		p.t.Fatalf("officed says %q: %v", line, err)
	}
	p.ended = make(chan error, 1)
	go func() {
		_, _ = io.Copy(io.Discard, out)
		p.ended <- p.cmd.Wait()
	}()
	p.t.Cleanup(p.kill)
}

// kill ends the officed by SIGKILL, at once.
func (p *proc) kill() {
	if p.ended == nil {
		return
	}
	_ = p.cmd.Process.Kill()
	<-p.ended
	p.ended = nil
}

func day(date string) string { return date[:4] + "-" + date[4:6] + "-" + date[6:] }

// says is a command to the officed.
func (p *proc) says(ctx context.Context, args ...string) (out string, code int) {
	var b, errs strings.Builder
	code = exitCode(run(ctx, append(args, "--data", p.data, "--db", p.db), &b, &errs), &errs)

	return b.String() + errs.String(), code
}

// brings imports the file of a book.
func (p *proc) brings(ctx context.Context, book, date string) (string, int) {
	return p.says(ctx, "import", book, monthFile(p.m.files, book, date), "--date", day(date), "--json")
}

// matches reconciles a date, which must come to a result.
func (p *proc) matches(date string) report {
	p.t.Helper()
	out, code := p.says(p.t.Context(), "reconcile", "--date", day(date), "--json")
	var r report
	if err := json.Unmarshal([]byte(out), &r); err != nil || code != 0 && code != exitDiffers {
		p.t.Fatalf("%s: exit %d, %.500s", date, code, out)
	}

	return r
}

// all matches all dates in their order, and is the report of it but for the number of runs.
func (p *proc) all() string {
	p.t.Helper()
	var b strings.Builder
	for _, date := range p.m.Dates() {
		p.matches(date)
	}
	for _, date := range p.m.Dates() {
		r := p.matches(date)
		r.Run = 0
		if err := json.NewEncoder(&b).Encode(r); err != nil {
			p.t.Fatal(err)
		}
	}

	return b.String()
}

// found are the breaks of a report, as the generator says them.
func found(r report) []reconciletest.Expected {
	var out []reconciletest.Expected
	for _, b := range r.Breaks {
		out = append(out, reconciletest.Expected{Class: b.Class, Serial: b.Serial, Batch: b.Batch, Proposal: b.Proposal})
	}
	slices.SortFunc(out, reconciletest.Compare)

	return out
}

// holds compares a report with what the generator planted. The last date but one may know the
// last: head office's own clerk runs that as soon as its files are here.
func (m *monthly) holds(t *testing.T, r report, date, last string) {
	t.Helper()
	dates, got := m.Dates(), found(r)
	want := m.ExpectedBy(date, last)
	if n := len(dates); date == dates[n-2] && len(want) > len(got) {
		want = m.ExpectedBy(date, dates[n-1])
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Fatalf("%s, matched up to %s (-want +got):\n%s", date, last, d)
	}
	for _, b := range r.Books {
		n, _ := reconcile.BookOf(b.Name)
		if count, sum := m.Figures(n, date); b.Count != count || b.Sum != sum {
			t.Errorf("%s of %s: %d, %s; want %d, %s", b.Name, date, b.Count, b.Sum, count, sum)
		}
	}
	if len(r.Books) != 5 {
		t.Errorf("%s: %d books", date, len(r.Books))
	}
}

// fill is books of the month that nobody has matched, but for the kiosks that are late.
func (m *monthly) fill(t *testing.T, db string) {
	t.Helper()
	begin := time.Now()
	s, err := openBooks(t.Context(), &options{db: db})
	if err != nil {
		t.Fatal(err)
	}
	m.late = slices.DeleteFunc(fillMonth(t, s, m.Month), func(k *monthKiosk) bool { return !k.late })
	moneyBack(t, s, m.Month)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d payments in the books after %v", len(m.Owns()), time.Since(begin).Round(time.Millisecond))
}

// lateSpeak has the late kiosks report.
func (m *monthly) lateSpeak(t *testing.T, db string) {
	t.Helper()
	s, err := openBooks(t.Context(), &options{db: db})
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range m.late {
		if err := k.speaks(t.Context(), s, monthOver(m.Month)); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// inOrder matches the month as it goes: kiosks are late, two books come from folders and two
// are brought. It returns the report.
func (m *monthly) inOrder(t *testing.T, db string) string {
	t.Helper()
	p := newProc(t, m, db, "--books", "mis=file://"+m.files+"/mis", "--books", "posp=file://"+m.files+"/posp")
	p.start()
	dates := m.Dates()
	for _, date := range dates {
		for _, book := range []string{"acquirer", "cardsystem"} {
			if out, code := p.brings(t.Context(), book, date); code != 0 {
				t.Fatalf("%s of %s: exit %d, %s", book, date, code, out)
			}
		}
	}
	first := p.matches(dates[0])
	var want []string
	for _, k := range m.late {
		want = append(want, "kiosk "+k.id+": not heard since the end of the date")
	}
	if d := cmp.Diff(want, first.Missing); d != "" || first.Status != "incomplete" {
		t.Fatalf("%s, while kiosks are late (-want +got):\n%s", first.Status, d)
	}

	m.lateSpeak(t, db)
	begin := time.Now()
	for _, date := range dates[1:] { // their files are fetched, so that the first has neighbours
		for _, book := range []string{"mis", "posp"} {
			if out, code := p.brings(t.Context(), book, date); code != 0 {
				t.Fatalf("%s of %s: exit %d, %s", book, date, code, out)
			}
		}
	}
	breaks := 0
	for _, date := range dates {
		r := p.matches(date)
		if r.Status == "incomplete" {
			t.Fatalf("%s lacks %v", date, r.Missing)
		}
		m.holds(t, r, date, date)
		breaks += len(r.Breaks)
	}
	t.Logf("matched in %v, %d breaks as the dates went", time.Since(begin).Round(time.Millisecond), breaks)
	all := p.all()
	p.kill()

	return all
}

// brought are the files of all books, in a random order.
func (m *monthly) brought(rng *rand.Rand) (out [][2]string) {
	for _, date := range m.Dates() {
		for _, book := range []string{"mis", "posp", "acquirer", "cardsystem"} {
			out = append(out, [2]string{book, date})
		}
	}
	rng.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })

	return out
}

// anyhow matches the month in any order of files and dates, and kills the officed in it.
func (m *monthly) anyhow(t *testing.T, db string, seed uint64) string {
	t.Helper()
	rng := rand.New(rand.NewPCG(seed, 1))
	p := newProc(t, m, db)
	p.start()
	for _, f := range m.brought(rng) {
		if out, code := p.brings(t.Context(), f[0], f[1]); code != 0 {
			t.Fatalf("%s of %s: exit %d, %s", f[0], f[1], code, out)
		}
		if !m.whole || rng.IntN(4) == 0 { // of a whole month every fourth time: a match costs more than a file
			p.matches(m.Dates()[rng.IntN(len(m.Dates()))])
		}
	}
	m.lateSpeak(t, db)
	all := p.all()
	p.kill()

	return all
}

// killed matches the month, and kills the officed at random instants of it.
func (m *monthly) killed(t *testing.T, db string, seed uint64) string {
	t.Helper()
	m.lateSpeak(t, db)
	rng := rand.New(rand.NewPCG(seed, 2))
	p := newProc(t, m, db)
	p.start()
	begin := time.Now()
	p.brings(t.Context(), "mis", m.Dates()[0])
	p.matches(m.Dates()[0])
	longest := 2 * time.Since(begin)
	for range m.kills {
		ctx, stop := context.WithCancel(t.Context())
		var all sync.WaitGroup
		date := m.Dates()[rng.IntN(len(m.Dates()))]
		for _, book := range []string{"mis", "posp", "acquirer", "cardsystem"}[:rng.IntN(5)] {
			all.Go(func() { p.brings(ctx, book, date) })
		}
		all.Go(func() { p.says(ctx, "reconcile", "--date", day(date), "--json") })
		<-time.After(time.Duration(rng.Int64N(int64(longest)))) // the instant is the seed's
		p.kill()
		stop()
		all.Wait()
		p.push(11 * time.Minute) // after which nobody is taken to be at work any more
		p.start()
	}
	for _, f := range m.brought(rng) {
		if out, code := p.brings(t.Context(), f[0], f[1]); code != 0 {
			t.Fatalf("%s of %s after the kills: exit %d, %s", f[0], f[1], code, out)
		}
	}
	all := p.all()
	p.kill()

	return all
}

// raced has two officed match the month over the same books.
func (m *monthly) raced(t *testing.T, db string, seed uint64) string {
	t.Helper()
	m.lateSpeak(t, db)
	procs := []*proc{newProc(t, m, db, "--owner", "one"), newProc(t, m, db, "--owner", "two")}
	var all sync.WaitGroup
	for i, p := range procs {
		p.start()
		rng := rand.New(rand.NewPCG(seed, uint64(i)))
		all.Go(func() {
			for _, f := range m.brought(rng) {
				for { // the other may be at the same file
					out, code := p.brings(t.Context(), f[0], f[1])
					if code == 0 {
						break
					}
					if !strings.Contains(out, "under way already") {
						t.Errorf("%s of %s: exit %d, %s", f[0], f[1], code, out)

						return
					}
				}
				date := m.Dates()[rng.IntN(len(m.Dates()))]
				out, code := p.says(t.Context(), "reconcile", "--date", day(date), "--json")
				if code != 0 && code != exitDiffers {
					t.Errorf("%s: exit %d, %s", date, code, out)
				}
			}
		})
	}
	all.Wait()
	if t.Failed() {
		t.FailNow()
	}
	report := procs[1].all()
	for _, p := range procs {
		p.kill()
	}

	return report
}

// TestMonthOfAnOffice: a month of 50 kiosks with planted differences goes through head office
// itself, and exactly what the generator wrote down is found: as the dates go, with kiosks
// that are late, with files in any order, with the officed killed at any instant, and with
// two of them over one PostgreSQL. At the end the reports are the same, byte for byte; each
// part can be run by itself, and is held against the generator too.
func TestMonthOfAnOffice(t *testing.T) {
	if testing.Short() {
		t.Skip("a minute")
	}
	m := newMonth(t)
	first := ""
	part := func(name string, report func(t *testing.T) string) {
		t.Run(name, func(t *testing.T) {
			begin := time.Now()
			got := report(t)
			m.ends(t, got)
			if first == "" {
				first = got
			}
			if got != first {
				t.Errorf("another report (-want +got):\n%s", cmp.Diff(first, got))
			}
			t.Logf("%v", time.Since(begin).Round(100*time.Millisecond))
		})
	}
	file := filled(t, m, booksOfFile)
	part("in order", func(t *testing.T) string { return m.inOrder(t, file("order")) })
	part("in any order", func(t *testing.T) string { return m.anyhow(t, file("any"), 1) })
	part("killed", func(t *testing.T) string { return m.killed(t, file("killed"), 2) })

	if !postgrestest.Installed() {
		t.Skip("PostgreSQL 15 is not installed")
	}
	server := filled(t, m, booksOfServer)
	part("PostgreSQL", func(t *testing.T) string { return m.inOrder(t, server("order")) })
	if m.whole {
		part("PostgreSQL killed", func(t *testing.T) string { return m.killed(t, server("killed"), 3) })
	}
	part("PostgreSQL two", func(t *testing.T) string { return m.raced(t, server("raced"), 4) })
}

// filled is books that are filled once they are asked for: a part that is not run needs none.
func filled(t *testing.T, m *monthly, make func(*testing.T, *monthly) func(string) string) func(name string) string {
	copies := sync.OnceValue(func() func(string) string { return make(t, m) })
	return func(name string) string { return copies()(name) }
}

// ends holds the reports of all dates, when all are matched, against the generator.
func (m *monthly) ends(t *testing.T, reports string) {
	t.Helper()
	dates, breaks := m.Dates(), 0
	for i, line := range strings.Split(strings.TrimSpace(reports), "\n") {
		var r report
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatal(err)
		}
		m.holds(t, r, dates[i], dates[len(dates)-1])
		breaks += len(r.Breaks)
	}
	t.Logf("%d breaks in the end", breaks)
}

// booksOfFile fills books in a file; it returns what makes a copy of them.
func booksOfFile(t *testing.T, m *monthly) func(name string) string {
	t.Helper()
	dir := t.TempDir()
	filled := filepath.Join(dir, "books.db")
	m.fill(t, "sqlite:"+filled)

	return func(name string) string {
		b, err := os.ReadFile(filled)
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, name+".db"), b, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}

		return "sqlite:" + filepath.Join(dir, name+".db")
	}
}

// booksOfServer is booksOfFile in PostgreSQL.
func booksOfServer(t *testing.T, m *monthly) func(name string) string {
	t.Helper()
	s := postgrestest.Start(t, "books")
	url := func(name string) string { return fmt.Sprintf("postgres:///%s?user=books&host=%s", name, s.Dir) }
	s.Query("CREATE DATABASE filled")
	m.fill(t, url("filled"))

	return func(name string) string {
		s.Query("CREATE DATABASE " + name + "_copy TEMPLATE filled")

		return url(name + "_copy")
	}
}
