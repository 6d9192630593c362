package storetest

import (
	"bytes"
	"database/sql"
	_ "embed" // testdata
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/pressly/goose/v3"

	"wattkiosk/payments/money"
	"wattkiosk/payments/posting"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/store"
)

// release3 is what the software of the third migration had written after a morning, as
// rows of its tables: it was run for that.
//
//go:embed testdata/release3.json
var release3 []byte

// Release3 makes the books of an empty database as the software of the third migration
// left them.
func Release3(t testing.TB, dialect goose.Dialect, db *sql.DB, migrations fs.FS) {
	t.Helper()
	p, err := goose.NewProvider(dialect, db, migrations)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.UpTo(t.Context(), 3); err != nil {
		t.Fatal(err)
	}

	var tables []struct {
		Table   string
		Columns []string
		Rows    [][]any
	}
	d := json.NewDecoder(bytes.NewReader(release3))
	d.UseNumber()
	if err := d.Decode(&tables); err != nil {
		t.Fatal(err)
	}
	for _, x := range tables {
		marks := make([]string, len(x.Columns))
		for i := range marks {
			marks[i] = fmt.Sprintf("$%d", i+1)
		}
		stmt := fmt.Sprintf("INSERT INTO %s (%s) VALUES (%s)", x.Table, strings.Join(x.Columns, ", "), strings.Join(marks, ", "))
		for _, row := range x.Rows {
			for i := range row {
				row[i] = column(t, row[i])
			}
			if _, err := db.ExecContext(t.Context(), stmt, row...); err != nil {
				t.Fatalf("%s: %v", x.Table, err)
			}
		}
	}
}

// column is a value of release3.json as a database takes it.
func column(t testing.TB, v any) any {
	t.Helper()
	switch v := v.(type) {
	case json.Number:
		n, err := v.Int64()
		if err != nil {
			t.Fatal(err)
		}
		return n
	case map[string]any:
		b, err := base64.StdEncoding.DecodeString(v["base64"].(string))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	return v
}

// after is what is shown of a payment of release3, in short.
type after struct {
	Status    string
	Total     money.Amount
	Doubt     money.Amount
	Arrears   string
	Notes     string
	Posting   string // state, whether a positive answer came, reason
	Reference string
	Steps     int // lines of history
	Cases     string
}

// AfterRelease3 checks that books which Release3 made say the same, and go on.
func AfterRelease3(t *testing.T, s *store.Store) {
	t.Helper()
	for n, want := range map[int]after{
		1: {"posted", 15000, 0, "128.50", "stacked 100.00, stacked 50.00", "posted true", "M1", 3, ""},
		2: {"owed", 5000, 0, "128.50", "stacked 50.00", "owed false the MIS refused the posting", "", 3, "owed open: the MIS refused the posting (1035 本户不允许部分缴费)"},
		3: {"posting", 5000, 0, "128.50", "stacked 50.00", "disputed false the MIS booked 49.00, the order is 50.00", "M3", 3, "disputed open: the MIS booked 49.00, the order is 50.00 (1001 成功)"},
		4: {"posting", 2000, 0, "128.50", "stacked 20.00", "posted true", "M4", 8, "owed closed by office, posted after all: the MIS refused the posting (1042 未算费)"},
		5: {"posted", 1000, 0, "128.50", "stacked 10.00", "reversing true", "M5", 6, ""},
		6: {"disputed", 0, 10000, "128.50", "unresolved 100.00", "", "", 0, "note open: nobody can tell where the note is: no-report-in-time"},
		7: {"posting", 1000, 2000, "unknown", "found 20.00, stacked 10.00", "calling false", "", 2, "note open: nobody can tell where the note is: no-report-in-time"},
		8: {"tendering", 5000, 0, "128.50", "stacked 50.00, pending 10.00", "", "", 0, ""},
		9: {"posting", 7000, 0, "unknown", "", "ordered false", "", 1, ""},
	} {
		d, err := s.Detail(t.Context(), Serial(Kiosk, n))
		check(t, err)
		if diff := cmp.Diff(want, inShort(d)); diff != "" {
			t.Errorf("payment %d: %s", n, diff)
		}
		for _, h := range d.History {
			if h.BeganAt != 0 || h.Event == "" || h.At < T0.UnixMilli() {
				t.Errorf("payment %d: %+v", n, h)
			}
		}
	}
	cases, err := s.Cases(t.Context(), books.Filter{Open: true})
	check(t, err)
	if got := classes(t, s); len(cases) != 5 || got != "note:100.00 note:20.00 stray-note:100.00 disputed:50.00 owed:50.00" {
		t.Errorf("open cases %s", got)
	}
	k, err := s.Kiosk(t.Context(), "10000002")
	check(t, err)
	if k.Incarnation != 3 || k.Head.Seq != 0 {
		t.Errorf("%+v", k)
	}
	_, err = s.Accounts.Post(t.Context(), T0)
	check(t, err)
	holdAll(t, s, "cash-in-kiosk 530.00, suspense -50.00, customers -140.00, payable-mis -170.00, refunds-due -170.00") // all that was there is posted
	rightBooks(t, s)
	goesOn(t, s)
}

// goesOn: the kiosk's next records follow what older software stored, and are projected
// onto its rows.
func goesOn(t *testing.T, s *store.Store) {
	t.Helper()
	k, err := s.Kiosk(t.Context(), Kiosk)
	check(t, err)
	if k.Head.Seq != 45 || k.Report != `{"v":1,"online":true,"version":"1.0.0","head":9}` {
		t.Fatalf("%+v", k)
	}
	j := &Journal{Kiosk: Kiosk, Head: k.Head}
	j.Add(t, "note-stacked", Serial(Kiosk, 8), object{"note": 1, "value": 1000, "inferred": false, "evidence": "stacked"})
	j.Add(t, "cash-closed", Serial(Kiosk, 8), object{"total": 6000, "account": "1000000001", "tender": "cash", "closed_at": T0.UnixMilli(), "reason": "customer"})
	j.Add(t, "outcome-learned", Serial(Kiosk, 3), object{"status": "disputed", "code": "1001", "text": "", "reference": "M3", "to_arrears": 4900, "to_advance": 0})
	ingest(t, s, j.Recs)
	for n, want := range map[int]string{3: "disputed", 8: "posting"} {
		d, err := s.Detail(t.Context(), Serial(Kiosk, n))
		check(t, err)
		if d.Transaction.Status != want || n == 8 && (d.Transaction.Total != 6000 || d.Posting == nil || d.Posting.Amount != 6000) {
			t.Errorf("payment %d: %+v, %+v", n, d.Transaction, d.Posting)
		}
	}

	old := order(9)
	old.Amount, old.PaidAt = 7000, T0.Add(time.Hour).UnixMilli() // the time of payment was not kept
	if p, err := s.EnsurePosting(t.Context(), old, T0.Add(time.Hour)); err != nil || p.State != posting.Ordered {
		t.Errorf("an order that was there: %+v, %v", p, err)
	}
}

func inShort(d books.Detail) after {
	a := after{Status: d.Transaction.Status, Total: d.Transaction.Total, Doubt: d.Transaction.Doubt, Arrears: "unknown", Steps: len(d.History)}
	if known, ok := d.Transaction.Arrears.Get(); ok {
		a.Arrears = known.String()
	}
	var notes, cases []string
	for _, n := range d.Notes {
		notes = append(notes, n.State+" "+n.Value.String())
	}
	for _, c := range d.Cases {
		how := "open"
		if !c.Open {
			how = "closed by " + c.ClosedBy + ", " + c.Resolution
		}
		cases = append(cases, c.Class+" "+how+": "+c.Text)
	}
	a.Notes, a.Cases = strings.Join(notes, ", "), strings.Join(cases, "; ")
	if p := d.Posting; p != nil {
		a.Posting = strings.TrimSpace(fmt.Sprintf("%s %v %s", posting.Word(p.State), p.Proven, p.Reason))
		a.Reference = p.Reference
	}
	return a
}
