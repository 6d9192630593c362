package technician

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"wattkiosk/firmware/control"
	"wattkiosk/firmware/journal"
	"wattkiosk/firmware/kiosk"
	"wattkiosk/payments"
	"wattkiosk/payments/bankcard"
	"wattkiosk/payments/cash"
	"wattkiosk/payments/cassette"
	"wattkiosk/payments/metercard"
	"wattkiosk/payments/money"
	"wattkiosk/payments/post"
	"wattkiosk/payments/qr"
	"wattkiosk/payments/record"
)

// lab makes a folder with a configuration and a journal of events.
func lab(t *testing.T, events ...payments.Event) string {
	t.Helper()
	var inside cassette.Account
	for _, e := range events {
		var err error
		if inside, err = inside.Take("10000001000000000001", e); err != nil {
			t.Fatal(err)
		}
	}
	return labWith(t, inside, events...)
}

// labWith is a lab whose account of the cassette is as given.
func labWith(t *testing.T, inside cassette.Account, events ...payments.Event) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "kiosk"), 0o755); err != nil {
		t.Fatal(err)
	}
	state := filepath.Join(dir, "kiosk", "state")
	text := fmt.Sprintf("kiosk = \"10000001\"\nstate_dir = %q\nrun_dir = %q\n", state, filepath.Join(dir, "run"))
	if err := os.WriteFile(filepath.Join(dir, "kiosk", "kiosk.toml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	j, err := journal.Open(journal.Options{Dir: filepath.Join(state, "journal"), Kiosk: "10000001", Clock: time.Now, Trust: func() record.Trust { return record.RTC }})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range events {
		d, err := payments.Draft("10000001000000000001", e)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := j.Append(d); err != nil {
			t.Fatal(err)
		}
	}
	account, err := json.Marshal(inside)
	if err != nil {
		t.Fatal(err)
	}
	if err := j.SetState(kiosk.StateCash, account); err != nil {
		t.Fatal(err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	return dir
}

var payment = []payments.Event{
	payments.Opened{Account: "1000000001", Arrears: 12850, Online: true, Tender: "cash", Limit: 500000},
	cash.NoteAccepted{Note: 0, Value: 10000},
	cash.NoteStacked{Note: 0, Value: 10000},
	cash.NoteAccepted{Note: 1, Value: 5000},
	cash.NoteUnresolved{Note: 1, Value: 5000},
	cash.Closed{Total: 10000, Account: "1000000001", Tender: "cash"},
	post.OutcomeLearned{Status: post.Posted, ToArrears: 10000},
}

func run(t *testing.T, want int, args ...string) string {
	t.Helper()
	var out, errs bytes.Buffer
	if got := Main(t.Context(), "test", args, &out, &errs); got != want {
		t.Fatalf("kioskctl %v: exit %d, want %d\n%s%s", args, got, want, out.String(), errs.String())
	}
	return out.String() + errs.String()
}

func TestVerifyOfAStoppedKiosk(t *testing.T) {
	dir := lab(t, payment...)
	var v control.Verdict
	if err := json.Unmarshal([]byte(run(t, 0, "journal", "verify", "--json", "--dir", dir)), &v); err != nil {
		t.Fatal(err)
	}
	if !v.OK || v.Report.Records != 7 || v.Money.Stacked != 10000 || v.Money.Posted != 10000 || v.Money.Unresolved != 5000 {
		t.Errorf("%+v", v)
	}
	if got := run(t, 0, "journal", "tail", "-n", "2", "--dir", dir); strings.Count(got, "\n") != 2 || !strings.Contains(got, "outcome-learned") {
		t.Errorf("tail: %s", got)
	}
	if got := run(t, 0, "journal", "show", "10000001000000000001", "--dir", dir); strings.Count(got, "\n") != 7 {
		t.Errorf("show: %s", got)
	}
	if got := run(t, 0, "journal", "export", "--dir", dir); strings.Count(got, "\n") != 7 {
		t.Errorf("export: %s", got)
	}
}

// TestVerifyOfPurchases: what was sold is not booked until it is on its card, and is
// accounted for meanwhile.
func TestVerifyOfPurchases(t *testing.T) {
	before := metercard.Facts{Serial: "0102030405060708", Form: metercard.CPU, Kind: metercard.Purchase, Count: 4, Purse: 5000, Loaded: 4}
	sold := metercard.Sold{Number: "S1", Card: before.Serial, Count: 5, Amount: 10000}
	buys := []payments.Event{
		payments.Opened{Purpose: payments.Purchase, Account: "1000000003", Online: true, Tender: "cash", Limit: 20000, MeterCard: before},
		cash.NoteAccepted{Note: 0, Value: 10000},
		cash.NoteStacked{Note: 0, Value: 10000},
		cash.Closed{Total: 10000, Account: "1000000003", Tender: "cash"},
		post.OutcomeLearned{Status: post.Posted, ToAdvance: 10000, Sold: sold},
		metercard.WriteBegun{N: 1, Card: before.Serial, Count: 5, Amount: 10000},
	}
	writes := func(e ...payments.Event) []payments.Event { return append(slices.Clone(buys), e...) }
	for name, c := range map[string]struct {
		events                  []payments.Event
		posted, unwritten, open int64
	}{
		"being written":        {buys, 0, 10000, 1},
		"on its card":          {writes(metercard.WriteEnded{N: 1, Outcome: metercard.Written, Count: 5, Purse: 10000}), 10000, 0, 0},
		"perhaps not":          {writes(metercard.WriteEnded{N: 1, Outcome: metercard.Unsure, Why: "pulled"}, metercard.GaveUp{Why: "no-card"}), 0, 10000, 0},
		"settled another time": {writes(metercard.WriteEnded{N: 1, Outcome: metercard.Unsure, Why: "pulled"}, metercard.GaveUp{Why: "no-card"}, metercard.Settled{How: metercard.Rewritten, By: "10000001000000000009"}), 10000, 0, 0},
	} {
		dir := lab(t, c.events...)
		var v control.Verdict
		if err := json.Unmarshal([]byte(run(t, 0, "journal", "verify", "--json", "--dir", dir)), &v); err != nil {
			t.Fatal(err)
		}
		if m := v.Money; !v.OK || m.Stacked != 10000 || int64(m.Posted) != c.posted || int64(m.Unwritten) != c.unwritten || int64(m.Open) != c.open {
			t.Errorf("%s: %+v", name, v)
		}
		if got := run(t, 0, "journal", "verify", "--dir", dir); !strings.Contains(got, fmt.Sprintf("not on its meter card %s", money.Amount(c.unwritten))) {
			t.Errorf("%s: %s", name, got)
		}
	}
}

// TestVerifyOfPaymentsWithoutNotes: what was paid by code or card is no note, and is
// held until it went back.
func TestVerifyOfPaymentsWithoutNotes(t *testing.T) {
	code := []payments.Event{
		payments.Opened{Account: "1000000001", Arrears: 12850, Online: true, Tender: "qr", Limit: 8640},
		qr.Ordered{Mode: qr.Shown, Amount: 8640, At: 1},
	}
	paid := append(slices.Clone(code), qr.Paid{Amount: 8640, Acquirer: "signed", Reference: "R1", PaidAt: 2})
	refused := append(slices.Clone(paid), post.OutcomeLearned{Status: post.Owed, Code: "29"}, qr.RefundOrdered{Why: "posting-refused", At: 3})
	card := []payments.Event{
		payments.Opened{Account: "1000000001", Arrears: 12850, Online: true, Tender: "bankcard", Limit: 5000},
		bankcard.SaleOrdered{N: 1, Terminal: "12345678", Merchant: "123456789012345", Batch: "000001", Trace: "000001", Amount: 5000, Card: "622848******1234", Entry: "chip", At: 1},
		bankcard.SaleAnswered{N: 1, Approved: true, Response: "00"},
	}

	for _, c := range []struct {
		name                             string
		events                           []payments.Event
		held, posted, pending, returning money.Amount
	}{
		{name: "ordered", events: code},
		{name: "not paid", events: append(slices.Clone(code), qr.NotPaid{Reason: "expired"})},
		{name: "paid", events: paid, held: 8640, pending: 8640},
		{name: "posted", events: append(slices.Clone(paid), post.OutcomeLearned{Status: post.Posted, ToArrears: 8640}), held: 8640, posted: 8640},
		{name: "going back", events: refused, held: 8640, returning: 8640},
		{name: "gone back", events: append(slices.Clone(refused), qr.RefundAnswered{Done: true})},
		{name: "sold", events: card, held: 5000},
		{
			name: "reversed", events: append(slices.Clone(card),
				bankcard.ReversalOrdered{N: 1, Why: bankcard.NoAnswer, At: 2}, bankcard.ReversalAnswered{N: 1, Done: true, Response: "00"}),
		},
	} {
		var v control.Verdict
		if err := json.Unmarshal([]byte(run(t, 0, "journal", "verify", "--json", "--dir", lab(t, c.events...))), &v); err != nil {
			t.Fatal(err)
		}
		m := v.Money
		if !v.OK || m.Held != c.held || m.Posted != c.posted || m.Pending != c.pending || m.Returning != c.returning || m.Stacked != 0 {
			t.Errorf("%s: %+v", c.name, v)
		}
	}
}

func TestVerifyFindsABrokenInvariant(t *testing.T) {
	bad := append(append([]payments.Event{}, payment[:3]...), cash.Closed{Total: 20000, Account: "1000000001", Tender: "cash"})
	dir := lab(t, bad...)
	if got := run(t, 1, "journal", "verify", "--dir", dir); !strings.Contains(got, "record 4") || !strings.Contains(got, "BROKEN") {
		t.Error(got)
	}
}

// TestVerifyComparesTheCassetteWithTheNotes: the account is a sum of its own, and may
// be wrong either way.
func TestVerifyComparesTheCassetteWithTheNotes(t *testing.T) {
	found := append(append([]payments.Event{}, payment...), cash.NoteStacked{Note: 1, Value: 5000, Evidence: "stacked-late"})
	stray := append(append([]payments.Event{}, payment...),
		cash.StrayNote{Value: 2000, Evidence: "stacked-without-order"}, cash.StrayNote{Value: 1000, Evidence: "left-in-path"})
	for _, c := range []struct {
		name   string
		events []payments.Event
		inside cassette.Account
		exit   int
	}{
		{"as it is", payment, cassette.Account{Notes: 1, Total: 10000}, 0},
		{"a note more", payment, cassette.Account{Notes: 2, Total: 15000}, 1},
		{"a note less", payment, cassette.Account{}, 1},
		{"another value", payment, cassette.Account{Notes: 1, Total: 5000}, 1},
		{"found later", found, cassette.Account{Notes: 2, Total: 15000}, 0},
		{"found and not counted", found, cassette.Account{Notes: 1, Total: 10000}, 1},
		{"stray, and one that never came in", stray, cassette.Account{Notes: 2, Total: 12000}, 0},
	} {
		dir := labWith(t, c.inside, c.events...)
		if got := run(t, c.exit, "journal", "verify", "--dir", dir); (c.exit == 1) != strings.Contains(got, "BROKEN") {
			t.Errorf("%s: %s", c.name, got)
		}
	}
}

func TestExitCodes(t *testing.T) {
	dir := lab(t)
	run(t, 0, "config", "check", "--dir", dir)
	run(t, 1, "status", "--dir", dir) // the program does not run
	run(t, 1, "config", "check", "--dir", t.TempDir())
	if got := run(t, 1, "update", "status"); got != "kioskctl: this machine has no update slots (there is no /etc/wattkiosk/release.json): update is for a board\n" {
		t.Error(got)
	}
	if got := run(t, 1, "update", "status", "--dir", dir); !strings.Contains(got, "has no update slots") {
		t.Error(got)
	}
	run(t, 2, "nonsense")
	run(t, 2, "journal", "tail", "-n", "0")
	run(t, 2, "journal", "show")
	run(t, 2, "--nonsense")
	run(t, 2)
	run(t, 2, "enrol")
}

// TestOneMissingConfigurationIsOneError: what follows from it is not said.
func TestOneMissingConfigurationIsOneError(t *testing.T) {
	dir := t.TempDir()
	got := run(t, 1, "status", "--dir", dir)
	if strings.Count(got, "\n") != 1 || !strings.Contains(got, "there is no configuration: open "+dir) || !strings.HasSuffix(got, " ("+dir+" is no lab, or has not been run)\n") || strings.Contains(got, "--dir") {
		t.Errorf("%s", got)
	}
}

func TestUnknownTransactionIsSaid(t *testing.T) {
	dir := lab(t, payment...)
	if got := run(t, 1, "journal", "show", "123", "--dir", dir); got != "kioskctl: the journal has no transaction \"123\"\n" {
		t.Error(got)
	}
}

// TestOneClock: people read times of the business's zone, with the date; programs get
// them in UTC.
func TestOneClock(t *testing.T) {
	dir := lab(t, payment...)
	got := run(t, 0, "journal", "tail", "-n", "1", "--dir", dir)
	if !regexp.MustCompile(`^ +7  \d{4}-\d\d-\d\d \d\d:\d\d:\d\d \+08:00  boot 1 `).MatchString(got) {
		t.Errorf("%s", got)
	}
	got = run(t, 0, "journal", "tail", "-n", "1", "--json", "--dir", dir)
	if !regexp.MustCompile(`"time":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"`).MatchString(got) {
		t.Errorf("%s", got)
	}
}

// TestCashByValue: the notes of a stopped kiosk, sorted; a note that nobody can place
// is told beside them.
func TestCashByValue(t *testing.T) {
	events := append([]payments.Event{}, payment...)
	events = append(events, cash.StrayNote{Value: 10000, Evidence: "stacked-without-order"}, cash.StrayNote{Value: 2000, Evidence: "stacked-late"},
		cash.StrayNote{Value: 1000, Evidence: "left-in-path"})
	dir := lab(t, events...)
	if got, want := run(t, 0, "cash", "--dir", dir), "    2 × 100.00 yuan\n    1 × 20.00 yuan\n3 notes, 220.00 yuan\nbeside them 2 notes of 60.00 yuan that nobody can place\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got, want := run(t, 0, "cash", "--json", "--dir", dir), `{"notes":3,"total":22000,"piles":[{"value":10000,"notes":2},{"value":2000,"notes":1}],"doubts":2,"doubt":6000}`+"\n"; got != want {
		t.Errorf("%s, want %s", got, want)
	}

	dir = labWith(t, cassette.Account{Notes: 5, Total: 40000}, payment...)
	if got := run(t, 0, "cash", "--dir", dir); !strings.Contains(got, "    4 × older than the journal reaches\n5 notes, 400.00 yuan") {
		t.Error(got)
	}
	dir = labWith(t, cassette.Account{}, payment...)
	run(t, 1, "cash", "--dir", dir)
}

func TestCount(t *testing.T) {
	for n, want := range map[int]string{0: "0 notes", 1: "1 note", 2: "2 notes"} {
		if got := count(n, "note"); got != want {
			t.Errorf("%d: %q", n, got)
		}
	}
}

// serve has h answer on the control socket of a lab until the returned function ends it.
func serve(t *testing.T, dir string, h http.Handler) (stop func()) {
	t.Helper()
	cfg, err := (&tool{dir: dir}).config()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(cfg.ControlSocket), 0o700); err != nil {
		t.Fatal(err)
	}
	ln, err := net.Listen("unix", cfg.ControlSocket)
	if err != nil {
		t.Fatal(err)
	}
	kiosk := &http.Server{Handler: h}
	go func() { _ = kiosk.Serve(ln) }()
	stop = func() { _ = kiosk.Close() }
	t.Cleanup(stop)
	return stop
}

// TestExportOfARunningKiosk: it gives what that of a stopped one gives, over several
// answers of the control socket, and says so if records went between two of them.
func TestExportOfARunningKiosk(t *testing.T) {
	dir := lab(t, payment...)
	o := journal.Options{Dir: filepath.Join(dir, "kiosk", "state", "journal"), Kiosk: "10000001", Clock: time.Now, Trust: func() record.Trust { return record.RTC }}
	j, err := journal.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := j.Append(slices.Repeat([]record.Draft{{Type: "x", Payload: []byte(`{"a":"<b>"}`)}}, 2*control.ListLimit)...); err != nil {
		t.Fatal(err)
	}
	stop := serve(t, dir, control.Handler(j, nil, nil))
	running := run(t, 0, "journal", "export", "--dir", dir)
	stop()
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	if stopped := run(t, 0, "journal", "export", "--dir", dir); running != stopped || strings.Count(running, "\n") != 2*control.ListLimit+7 {
		t.Errorf("%d lines of the running kiosk, %d of the stopped one", strings.Count(running, "\n"), strings.Count(stopped, "\n"))
	}

	serve(t, dir, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seq := map[string]uint64{"0": 1, "2": 5}[r.FormValue("from")]
		_ = json.NewEncoder(w).Encode([]control.Entry{{Seq: seq}})
	}))
	if got := run(t, 1, "journal", "export", "--dir", dir); !strings.HasSuffix(got, "kioskctl: records 2 to 4 went while the journal was exported: export it again\n") {
		t.Errorf("%q", got)
	}
}

// TestABusyKioskAnswersOneLine: what the kiosk says ends in a newline of its own.
func TestABusyKioskAnswersOneLine(t *testing.T) {
	dir := lab(t)
	serve(t, dir, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "a customer is being served: try again later", http.StatusConflict)
	}))

	if got := run(t, 1, "device", "test", "printer", "--dir", dir); got != "kioskctl: the kiosk answers: a customer is being served: try again later\n" {
		t.Errorf("%q", got)
	}
}
