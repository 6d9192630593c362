package pospsim_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"wattkiosk/payments/money"
	"wattkiosk/payments/posp/iso8583"
	"wattkiosk/payments/posp/pospsim"
)

func balance(t *testing.T, b *pospsim.Bank, id string) money.Amount {
	t.Helper()
	c, ok := b.Card(id)
	if !ok {
		t.Fatalf("no card %s", id)
	}
	return c.Balance
}

func TestSaleAndReversal(t *testing.T) {
	b := newBank(pospsim.Config{})
	c := connect(t, b)
	m := c.ask(0x0200, c.sale("000002", bank1, "000000012850"))
	for f, want := range map[iso8583.Field]string{2: bank1, 3: "000000", 4: "000000012850", 11: "000002", 12: "120000", 13: "1126", 15: "1127", 39: "00", 49: "156", 60: "2200000100050"} {
		if m.Text(f) != want {
			t.Errorf("field %v is another", f)
		}
	}
	e := b.Ledger().Entries[0]
	want := pospsim.Entry{
		Serial: "10000001-000001-000002", Kind: "sale", Terminal: "10000001", Merchant: "105290073724601", Batch: 1, Trace: 2, Amount: 12850,
		Card: "bank-1", PANMasked: "622588******0019", Entry: "051", Tender: "bankcard", Reference: m.Text(iso8583.Reference), AuthCode: m.Text(iso8583.AuthCode),
		Date: "1126", Time: "120000", Attempts: 1,
	}
	if e != want || e.Standing() != 12850 || balance(t, b, "bank-1") != 10_000_000-12850 {
		t.Errorf("%+v", e)
	}

	if code := c.code(0x0200, c.sale("000002", bank1, "000000012850")); code != "94" {
		t.Errorf("the same trace again: %s", code)
	}
	for _, wrong := range []map[int]string{{4: "000000012851"}, {3: "200000"}} {
		if code := c.code(0x0400, with(reversal("000002", "000000012850"), wrong)); code != "64" {
			t.Errorf("reversal of another: %s", code)
		}
	}
	for range 2 {
		if code := c.code(0x0400, reversal("000002", "000000012850")); code != "00" {
			t.Errorf("reversal: %s", code)
		}
	}
	e = b.Ledger().Entries[0]
	if !e.Reversed || e.Reversals != 2 || e.Attempts != 2 || e.Standing() != 0 || balance(t, b, "bank-1") != 10_000_000 {
		t.Errorf("%+v", e)
	}
	if err := b.Ledger().Audit(); err != nil {
		t.Error(err)
	}
}

// TestReversalBeforeItsOriginal: what was reversed before it came is refused.
func TestReversalBeforeItsOriginal(t *testing.T) {
	b := newBank(pospsim.Config{})
	c := connect(t, b)
	for range 2 {
		if code := c.code(0x0400, reversal("000002", "000000012850")); code != "25" {
			t.Errorf("reversal: %s", code)
		}
	}
	if code := c.code(0x0200, c.sale("000002", bank1, "000000012850")); code != "94" || len(b.Ledger().Entries) != 0 {
		t.Errorf("sale: %s", code)
	}
}

func TestRefusals(t *testing.T) {
	b := newBank(pospsim.Config{Cards: append(pospsim.LabCards(),
		pospsim.Card{ID: "limit", PAN: "6222020000000000102", Balance: 10000, Limit: 500},
		pospsim.Card{ID: "lost", PAN: "6222020000000000110", Trouble: pospsim.Lost},
		pospsim.Card{ID: "overdue", PAN: "6222020000000000128", Trouble: pospsim.Overdue},
		pospsim.Card{ID: "call", PAN: "6222020000000000136", Trouble: pospsim.CallUs},
		pospsim.Card{ID: "barred", PAN: "6222020000000000144", Trouble: pospsim.Barred},
	)})
	c := connect(t, b)
	for name, x := range map[string]struct {
		pan, amount string
		change      map[int]string
		want        string
	}{
		"no funds":       {bank2, "000000000001", nil, "51"},
		"stolen":         {bank3, "000000000001", nil, "43"},
		"lost":           {"6222020000000000110", "000000000001", nil, "41"},
		"expired":        {"6222020000000000128", "000000000001", nil, "54"},
		"another expiry": {bank1, "000000000001", map[int]string{14: "2512"}, "54"},
		"call":           {"6222020000000000136", "000000000001", nil, "01"},
		"barred":         {"6222020000000000144", "000000000001", nil, "57"},
		"unknown card":   {"6222020000000009999", "000000000001", nil, "14"},
		"over the limit": {"6222020000000000102", "000000000501", nil, "61"},
		"too much":       {bank1, "000010000001", nil, "51"},
		"no PIN":         {bank1, "000000000001", map[int]string{52: "", 53: "", 26: ""}, "55"},
		"no PIN block":   {bank1, "000000000001", map[int]string{52: "RUBBISH!"}, "99"},
		"another batch":  {bank1, "000000000001", map[int]string{60: "2200000200050"}, "12"},
		"unknown kind":   {bank1, "000000000001", map[int]string{3: "990000"}, "12"},
	} {
		if code := c.code(0x0200, with(c.sale("000009", x.pan, x.amount), x.change)); code != x.want {
			t.Errorf("%s: %s, want %s", name, code, x.want)
		}
	}
	if len(b.Ledger().Entries) != 0 {
		t.Error("something was booked")
	}
}

func TestPINTries(t *testing.T) {
	b := newBank(pospsim.Config{})
	c := connect(t, b)
	wrong := func(trace string) string {
		return c.code(0x0200, with(c.sale(trace, bank1, "000000000100"), map[int]string{52: c.block("654321", bank1)}))
	}
	got := []string{wrong("000002"), wrong("000003"), c.code(0x0200, c.sale("000004", bank1, "000000000100"))}
	got = append(got, wrong("000005"), wrong("000006"), wrong("000007"), c.code(0x0200, c.sale("000008", bank1, "000000000100")))
	if s := strings.Join(got, " "); s != "55 55 00 55 55 75 75" {
		t.Error(s)
	}
	if len(b.Ledger().Entries) != 1 {
		t.Error("a locked card paid")
	}
}

func TestKeys(t *testing.T) {
	for scheme, want := range map[string]int{"001": 24, "003": 40, "004": 60} {
		for _, double := range []bool{false, true} {
			b := newBank(pospsim.Config{DoubleMAC: double})
			c := connect(t, b)
			m := c.signIn(scheme)
			if m.Len(iso8583.Keys) != want || m.Text(iso8583.Kind) != "00000001"+scheme {
				t.Errorf("scheme %s: %d bytes", scheme, m.Len(iso8583.Keys))
			}
			if code := c.code(0x0200, c.sale("000002", bank1, "000000000100")); code != "00" {
				t.Errorf("scheme %s: %s", scheme, code)
			}
		}
	}

	c := connect(t, newBank(pospsim.Config{}))
	if m := c.signIn("002"); m.Text(iso8583.Response) != "30" {
		t.Error(m)
	}
	old := *c
	c.signIn("003")
	if code := old.code(0x0200, old.sale("000002", bank1, "000000000100")); code != "A0" {
		t.Errorf("under old keys: %s", code)
	}
	if code := c.code(0x0820, map[int]string{11: "000003", 60: "00000001301"}); code != "00" {
		t.Errorf("echo: %s", code)
	}
	if code := c.code(0x0820, map[int]string{11: "000003", 60: "00000001002"}); code != "00" {
		t.Errorf("sign-out: %s", code)
	}
	if code := c.code(0x0200, c.sale("000004", bank1, "000000000100")); code != "A0" {
		t.Errorf("after sign-out: %s", code)
	}
	c.terminal.ID = "10000009"
	if code := c.code(0x0820, map[int]string{11: "000003", 60: "00000001301"}); code != "97" {
		t.Errorf("another terminal: %s", code)
	}
}

func TestVoidAndRefund(t *testing.T) {
	b := newBank(pospsim.Config{})
	c := connect(t, b)
	of := func(kind, trace, amount, original string) map[int]string {
		return map[int]string{2: bank1, 3: "200000", 4: amount, 11: trace, 22: "052", 25: "00", 49: "156", 60: kind + "00000100050", 61: "000001" + original + "0000"}
	}
	for _, trace := range []string{"000002", "000003"} {
		if code := c.code(0x0200, c.sale(trace, bank1, "000000001000")); code != "00" {
			t.Fatal(code)
		}
	}
	for _, x := range []struct {
		name   string
		mti    iso8583.MTI
		fields map[int]string
		want   string
	}{
		{"void of nothing", 0x0200, of("23", "000004", "000000001000", "000009"), "25"},
		{"void of a part", 0x0200, of("23", "000005", "000000000999", "000002"), "64"},
		{"void with another card", 0x0200, with(of("23", "000005", "000000001000", "000002"), map[int]string{2: bank3}), "25"},
		{"void", 0x0200, of("23", "000006", "000000001000", "000002"), "00"},
		{"void again", 0x0200, of("23", "000007", "000000001000", "000002"), "25"},
		{"reversal of a voided sale", 0x0400, reversal("000002", "000000001000"), "12"},
		{"refund of a part", 0x0220, of("25", "000008", "000000000400", "000003"), "00"},
		{"refund of too much", 0x0220, of("25", "000009", "000000000601", "000003"), "64"},
		{"refund of the rest", 0x0220, of("25", "000010", "000000000600", "000003"), "00"},
		{"refund again, same trace", 0x0220, of("25", "000010", "000000000600", "000003"), "94"},
		{"reversal of a refunded sale", 0x0400, reversal("000003", "000000001000"), "05"},
	} {
		if code := c.code(x.mti, x.fields); code != x.want {
			t.Errorf("%s: %s, want %s", x.name, code, x.want)
		}
	}
	if balance(t, b, "bank-1") != 10_000_000 {
		t.Errorf("%v", balance(t, b, "bank-1"))
	}

	back := with(reversal("000006", "000000001000"), map[int]string{3: "200000", 60: "2300000100050"})
	for range 2 {
		if code := c.code(0x0400, back); code != "00" || balance(t, b, "bank-1") != 10_000_000-1000 {
			t.Errorf("reversal of the void: %s, %v", code, balance(t, b, "bank-1"))
		}
	}
	if err := b.Ledger().Audit(); err != nil {
		t.Error(err)
	}
}

func TestBalanceEnquiry(t *testing.T) {
	c := connect(t, newBank(pospsim.Config{}))
	m := c.ask(0x0200, with(c.sale("000002", bank1, ""), map[int]string{3: "310000", 60: "0100000100050"}))
	if m.Text(iso8583.Balance) != "1002156C000010000000" {
		t.Error(m)
	}
}

func totals(s string) string { return s + "0" + strings.Repeat("0", 31) }

func TestSettlement(t *testing.T) {
	b := newBank(pospsim.Config{})
	c := connect(t, b)
	settle := func(trace, batch, sums string) string {
		m := c.ask(0x0500, map[int]string{11: trace, 48: totals(sums), 49: "156", 60: "00" + batch + "201", 63: "001"})
		s := m.Text(iso8583.Totals)
		if len(s) != 62 {
			return m.Text(iso8583.Response)
		}
		return s[:31]
	}
	for _, trace := range []string{"000002", "000003"} {
		c.code(0x0200, c.sale(trace, bank1, "000000001000"))
	}
	c.code(0x0400, reversal("000003", "000000001000"))
	ours := "000000001000001" + "000000000000000"
	if got := settle("000004", "000001", "000000002000002"+"000000000000000"); got != ours+"2" {
		t.Errorf("unequal: %s", got)
	}
	for range 2 { // said again when asked again
		if got := settle("000005", "000001", ours); got != ours+"1" {
			t.Errorf("equal: %s", got)
		}
	}
	if got := settle("000006", "000001", "000000002000002"+"000000000000000"); got != "12" {
		t.Errorf("other totals of a closed batch: %s", got)
	}
	if e := b.Ledger().Entries; !e[0].Settled || !e[1].Settled {
		t.Errorf("%+v", e)
	}
	if m := c.signIn("003"); m.Text(iso8583.Kind) != "00000002003" {
		t.Error(m)
	}

	upload := func(batch, network, field string) string {
		return c.code(0x0320, map[int]string{11: "000007", 48: field, 60: "00" + batch + network})
	}
	detail := "00000002" + "0000" + bank1 + "000000001000"
	for name, x := range map[string]struct{ batch, network, field, want string }{
		"of a closed batch": {"000001", "201", "01" + detail, "00"},
		"of a later batch":  {"000003", "201", "01" + detail, "12"},
		"of the open batch": {"000002", "201", "02" + detail + detail, "00"},
		"count is wrong":    {"000002", "201", "02" + detail, "30"},
		"none":              {"000002", "201", "00", "30"},
	} {
		if got := upload(x.batch, x.network, x.field); got != x.want {
			t.Errorf("upload %s: %s, want %s", name, got, x.want)
		}
	}
	for range 2 {
		if got := upload("000002", "207", "0002"); got != "00" {
			t.Errorf("end: %s", got)
		}
	}
	if m := c.signIn("003"); m.Text(iso8583.Kind) != "00000003003" {
		t.Error(m)
	}
}

// TestKeepsItsLedger: a bank that starts again has ledger, balances, tries and batches,
// and no keys. Its file has no card number.
func TestKeepsItsLedger(t *testing.T) {
	path := filepath.Join(t.TempDir(), "bank.json")
	c := connect(t, newBank(pospsim.Config{Path: path}))
	c.code(0x0200, c.sale("000002", bank1, "000000001000"))
	c.code(0x0500, map[int]string{11: "000003", 48: totals("000000001000001" + "000000000000000"), 49: "156", 60: "00000001201", 63: "001"})
	c.code(0x0400, with(reversal("000009", "000000001000"), map[int]string{60: "2200000200050", 61: "0000020000090000"}))
	b, err := os.ReadFile(path)
	if err != nil || strings.Contains(string(b), "62258800000000") {
		t.Errorf("%v: %s", err, b)
	}

	bank := newBank(pospsim.Config{Path: path})
	if bank.Err() != nil || len(bank.Ledger().Entries) != 1 || balance(t, bank, "bank-1") != 10_000_000-1000 {
		t.Fatalf("%v, %+v", bank.Err(), bank.Ledger())
	}
	c.send = func(frame []byte) []byte { return bank.Handle(frame)[0].Frame }
	if code := c.code(0x0200, c.sale("000004", bank1, "000000001000")); code != "A0" {
		t.Errorf("keys of before: %s", code)
	}
	if m := c.signIn("003"); m.Text(iso8583.Kind) != "00000002003" {
		t.Error(m)
	}
	late := with(c.sale("000009", bank1, "000000001000"), map[int]string{60: "2200000200050"})
	if code := c.code(0x0200, late); code != "94" {
		t.Errorf("what was reversed before it came: %s", code)
	}

	if err := os.WriteFile(path, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if newBank(pospsim.Config{Path: path}).Err() == nil {
		t.Error("half a file")
	}
}

func TestLedgerJSON(t *testing.T) {
	b := newBank(pospsim.Config{})
	c := connect(t, b)
	c.code(0x0200, c.sale("000002", bank1, "000000001000"))
	raw, err := json.Marshal(b.Ledger())
	if err != nil {
		t.Fatal(err)
	}
	var l struct {
		Entries []map[string]any `json:"entries"`
	}
	if err := json.Unmarshal(raw, &l); err != nil {
		t.Fatal(err)
	}
	e := l.Entries[0]
	if e["serial"] != "10000001-000001-000002" || e["amount"] != 1000.0 || e["reversed"] != false || e["pan_masked"] != "622588******0019" || e["trace"] != 2.0 {
		t.Errorf("%s", raw)
	}
}

// issuer takes a cryptogram of "good" and answers what the code was.
type issuer struct{}

func (issuer) Verify(_, sequence string, data []byte) bool {
	return sequence == "001" && string(data) == "good"
}

func (issuer) Answer(_, _ string, _ []byte, code string) []byte { return []byte("issuer " + code) }

func (issuer) Certificate(pan, sequence string, data []byte, fen int64) bool {
	return pan == bank1 && sequence == "001" && string(data) == "agreed" && fen == 1000
}

// TestCertificates: the ledger says of each sale by chip whether its certificate came, and
// was right. One for no sale, of another amount, or at another time is not taken.
func TestCertificates(t *testing.T) {
	b := newBank(pospsim.Config{Issuer: issuer{}})
	c := connect(t, b)
	chip := map[int]string{23: "001", 55: "good"}
	for _, trace := range []string{"000002", "000003", "000004"} {
		c.ask(0x0200, with(c.sale(trace, bank1, "000000001000"), chip))
	}
	c.ask(0x0200, with(c.sale("000005", bank1, "000000001000"), map[int]string{22: "021"}))
	certificate := func(trace, of, network string) map[int]string {
		return map[int]string{4: "000000001000", 11: trace, 22: "051", 23: "001", 49: "156", 55: "agreed", 60: "00000001" + network, 61: "000001" + of + "1126"}
	}
	if code := c.code(0x0320, certificate("000010", "000002", "205")); code != "12" {
		t.Errorf("before the batch has closed: %s", code)
	}
	totals := "0000000040000040000000000000001" + "0000000000000000000000000000000"
	c.ask(0x0500, map[int]string{11: "000011", 48: totals[:30] + "0" + totals[31:], 49: "156", 60: "00000001201", 63: "001"})
	for name, x := range map[string]struct {
		fields map[int]string
		want   string
	}{
		"good":               {certificate("000012", "000002", "205"), "00"},
		"wrong":              {with(certificate("000013", "000003", "205"), map[int]string{55: "refuse"}), "00"},
		"of no sale":         {certificate("000014", "000009", "205"), "25"},
		"of another amount":  {with(certificate("000015", "000004", "205"), map[int]string{4: "000000001001"}), "25"},
		"of a stripe":        {certificate("000016", "000005", "205"), "25"},
		"of unequal totals":  {certificate("000017", "000004", "203"), "12"},
		"without chip data":  {with(certificate("000018", "000004", "205"), map[int]string{55: ""}), "30"},
		"of another reading": {with(certificate("000019", "000004", "205"), map[int]string{22: "052"}), "30"},
	} {
		if code := c.code(0x0320, x.fields); code != x.want {
			t.Errorf("%s: %s, want %s", name, code, x.want)
		}
	}
	var got []string
	for _, e := range b.Ledger().Entries {
		got = append(got, e.Certificate)
	}
	if strings.Join(got, ",") != "good,wrong,missing," {
		t.Errorf("%q", got)
	}
}

// TestNotices: what a chip did with scripts is in the ledger once.
func TestNotices(t *testing.T) {
	b := newBank(pospsim.Config{})
	c := connect(t, b)
	notice := map[int]string{
		3: "000000", 4: "000000001000", 11: "000009", 22: "051", 25: "00", 49: "156", 55: "\x95\x05\x00\x00\x00\x00\x10\xdf\x31\x05\x20\x00\x00\x00\x01",
		60: "0000000195150", 61: "0000010000021126",
	}
	for range 2 {
		if code := c.code(0x0620, notice); code != "00" {
			t.Errorf("answered %s", code)
		}
	}
	for name, bad := range map[string]map[int]string{
		"without results": {55: "\x95\x05\x00\x00\x00\x00\x10"}, "cut": {55: "\xdf\x31\x05\x20"}, "of four bytes": {55: "\xdf\x31\x04\x20\x00\x00\x00"}, "of nothing": {61: ""},
		"another code": {60: "0000000195150"[:8] + "950" + "50"},
	} {
		if code := c.code(0x0620, with(notice, bad)); code != "30" {
			t.Errorf("%s: %s", name, code)
		}
	}
	if got := b.Ledger().Notices; len(got) != 1 || got[0] != (pospsim.Notice{Sale: "10000001-000001-000002", Results: "2000000001"}) {
		t.Errorf("%+v", got)
	}
}

func TestIssuer(t *testing.T) {
	c := connect(t, newBank(pospsim.Config{Issuer: issuer{}}))
	for chip, want := range map[string]string{"good": "00", "bad!": "05"} {
		m := c.ask(0x0200, with(c.sale("0001"+want, bank1, "000000001000"), map[int]string{23: "001", 55: chip}))
		if m.Text(iso8583.Response) != want || m.Text(iso8583.Chip) != "issuer "+want {
			t.Errorf("%s: %v", chip, m)
		}
	}
	if m := c.ask(0x0200, c.sale("000003", bank1, "000000001000")); m.Has(iso8583.Chip) {
		t.Error("chip data for a stripe")
	}
}

func TestAuditFindsWhatIsWrong(t *testing.T) {
	sale := pospsim.Entry{Serial: "A", Kind: "sale", Amount: 100}
	void := pospsim.Entry{Serial: "V", Kind: "void", Amount: 100, Original: "A"}
	refund := pospsim.Entry{Serial: "R", Kind: "refund", Amount: 150, Original: "A"}
	voided, refunded, reversed := sale, sale, sale
	voided.Voided, refunded.Refunded, reversed.Reversed, reversed.Voided = true, 150, true, true
	for name, l := range map[string][]pospsim.Entry{
		"twice": {sale, sale}, "void of a sale that stands": {sale, void}, "voided by nothing": {voided}, "refunded by nothing": {refunded},
		"refunded too much": {refunded, refund}, "reversed and voided": {reversed, void}, "nothing": {{Serial: "A", Kind: "sale"}},
	} {
		if (pospsim.Ledger{Entries: l}).Audit() == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if err := (pospsim.Ledger{Entries: []pospsim.Entry{voided, void}}).Audit(); err != nil {
		t.Error(err)
	}
}

// TestPINOfAnyNumber: a PIN block is right for card numbers of all digits.
func TestPINOfAnyNumber(t *testing.T) {
	pan := "6225881357924680"
	b := newBank(pospsim.Config{Cards: []pospsim.Card{{ID: "any", PAN: pan, PIN: "123456", Balance: 1000}}})
	c := connect(t, b)
	if code := c.code(0x0200, with(c.sale("000100", pan, "000000001000"), map[int]string{14: ""})); code != "00" {
		t.Errorf("code %s", code)
	}
}

// TestLabCards: the bank knows the cards of the drawer by their numbers.
func TestLabCards(t *testing.T) {
	var got []string
	for _, c := range pospsim.LabCards() {
		if c.PIN != "123456" {
			t.Errorf("%s has another PIN", c.ID)
		}
		got = append(got, fmt.Sprintf("%s %s %s %d %s", c.ID, c.PAN, c.Expiry, c.Balance, c.Trouble))
	}
	want := []string{
		"bank-1 6225880000000019 3512 10000000 ", "bank-2 6225880000000000028 3512 0 ", "bank-3 6225880000000035 3512 100000 stolen",
		"bank-4 6225880000000043 3512 100000 ", "bank-5 6225880000000050 3512 100000 ", "bank-6 6225880000000068 3512 100000 ",
		"bank-6-2 6225880000000167 3512 100000 ", "bank-7 6225880000000076 2512 100000 expired", "bank-8 6225880000000084 3512 100000 ",
		"bank-9 6225880000000092 3512 100000 ",
	}
	if !slices.Equal(got, want) {
		t.Errorf("%s", strings.Join(got, "\n"))
	}
}

// books is a MIS by the bank's serials.
type books struct {
	posted map[string]string
	stuck  bool // it takes nothing back
}

func (b *books) Post(serial, account string, amount money.Amount) error {
	if account != "1000000001" {
		return errors.New("no such account")
	}
	b.posted[serial] = fmt.Sprintf("%s %s", account, amount)
	return nil
}

func (b *books) Reverse(serial string) error {
	if b.stuck {
		return errors.New("not now")
	}
	delete(b.posted, serial)
	return nil
}

// TestTheBankBooks: a sale that names an account is booked with it, or declined, and goes
// back with its booking or not at all.
func TestTheBankBooks(t *testing.T) {
	mis := &books{posted: map[string]string{}}
	b := newBank(pospsim.Config{Poster: mis})
	c := connect(t, b)
	sale := func(trace, field62 string) string {
		return c.code(0x0200, with(c.sale(trace, bank1, "000000012850"), map[int]string{62: field62}))
	}
	is := func(want string, funds money.Amount) {
		t.Helper()
		if got := fmt.Sprint(mis.posted); got != want || balance(t, b, "bank-1") != funds {
			t.Errorf("the MIS has %s, the card %s", got, balance(t, b, "bank-1"))
		}
	}

	for field62, want := range map[string]string{"JF1000000009": "05", "JF": "30", "1000000001": "30"} {
		if got := sale("000002", field62); got != want {
			t.Errorf("%s: %s, want %s", field62, got, want)
		}
	}
	is("map[]", 10_000_000)

	if got := sale("000003", "JF1000000001"); got != "00" {
		t.Errorf("sale: %s", got)
	}
	is("map[10000001-000001-000003:1000000001 128.50]", 10_000_000-12850)
	void := map[int]string{3: "200000", 11: "000004", 60: "2300000100050", 61: "0000010000031126"}
	mis.stuck = true
	if got := c.code(0x0200, with(c.sale("000004", bank1, "000000012850"), void)); got != "05" {
		t.Errorf("a void that the MIS does not follow: %s", got)
	}
	is("map[10000001-000001-000003:1000000001 128.50]", 10_000_000-12850)
	mis.stuck = false
	void[11] = "000005"
	if got := c.code(0x0200, with(c.sale("000005", bank1, "000000012850"), void)); got != "00" {
		t.Errorf("void: %s", got)
	}
	is("map[]", 10_000_000)
	undo := reversal("000005", "000000012850")
	undo[3], undo[60] = "200000", "2300000100050"
	if got := c.code(0x0400, undo); got != "00" { // the sale stands, and is booked again
		t.Errorf("the reversal of the void: %s", got)
	}
	is("map[10000001-000001-000003:1000000001 128.50]", 10_000_000-12850)

	mis.stuck = true
	if got := c.code(0x0400, reversal("000003", "000000012850")); got != "05" {
		t.Errorf("a reversal that the MIS does not follow: %s", got)
	}
	is("map[10000001-000001-000003:1000000001 128.50]", 10_000_000-12850)
	mis.stuck = false
	for range 2 {
		if got := c.code(0x0400, reversal("000003", "000000012850")); got != "00" {
			t.Errorf("reversal: %s", got)
		}
	}
	is("map[]", 10_000_000)

	alone := newBank(pospsim.Config{})
	d := connect(t, alone)
	if got := d.code(0x0200, with(d.sale("000002", bank1, "000000012850"), map[int]string{62: "JF1000000001"})); got != "05" {
		t.Errorf("a bank without a line to the MIS: %s", got)
	}
}
