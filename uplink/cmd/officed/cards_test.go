package main

import (
	"crypto/ed25519"
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"wattkiosk/payments/cardsystem"
	"wattkiosk/payments/cardsystem/cardsystemsim"
	"wattkiosk/payments/metercard"
	"wattkiosk/payments/metercard/script"
	"wattkiosk/payments/mis"
	"wattkiosk/payments/mis/missim"
	"wattkiosk/uplink/office/ca"
	"wattkiosk/uplink/office/store/storetest"
	"wattkiosk/uplink/wire"
)

func TestCardSystemFlag(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	good, bad := file("good", "000102030405060708090a0b0c0d0e0f\n"), file("bad", "no digits")
	for flag, name := range map[string]string{
		"s2+tcp://10.1.1.1:9100":                                "s2",
		"hn+tcp://cards.example:9100":                           "hn",
		"s2-fields+tcp://cards.example:9100":                    "s2-fields",
		"s2+tcp://cards.example:9100?gzip=yes&key-file=" + good: "s2",
	} {
		if c, err := cardConfig(flag, 8); err != nil || c.Dialect.Name() != name || c.Calls != 16 || c.Timeout != 10*time.Second {
			t.Errorf("%s: %+v, %v", flag, c, err)
		}
	}
	for flag, want := range map[string]string{
		"10.1.1.1:9100":                           "want DIALECT+tcp://",
		"tcp://10.1.1.1:9100":                     "dialects: hn, s2, s2-fields",
		"s2+tls://10.1.1.1:9100":                  "dialects: hn, s2, s2-fields",
		"moon+tcp://10.1.1.1:9100":                "not known",
		"s2+tcp://10.1.1.1":                       "want DIALECT+tcp://",
		"s2+tcp://u:secret@10.1.1.1:9100":         "want DIALECT+tcp://",
		"s2+tcp://10.1.1.1:9100?gzip=maybe":       "want yes or no",
		"s2+tcp://10.1.1.1:9100?lines=2":          "is no setting",
		"s2+tcp://10.1.1.1:9100?key-file=" + bad:  "hexadecimal digits",
		"s2+tcp://10.1.1.1:9100?key-file=/no":     "cannot read",
		"hn+tcp://10.1.1.1:9100?key-file=" + good: "no key",
	} {
		if _, err := cardConfig(flag, 8); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "secret@") {
			t.Errorf("%s: %v, want %q", flag, err, want)
		}
	}
}

const cardDomain = `
kind = "endurox"
libraries = ["/opt/endurox/lib/libatmiclt.so"]
buffer = "FML32"

[env]
NDRX_CCONFIG = "/etc/wattkiosk/cards"

[service]
quote = "SD_QUOTE"
sell = "SD_SELL"
ask = "SD_ASK"
reverse = "SD_BACK"
steps = "SD_STEPS"
report = "SD_WRITTEN"
totals = "SD_TOTALS"
`

func TestCardSystemSettings(t *testing.T) {
	dir := t.TempDir()
	for name, c := range map[string]struct{ flag, text, want string }{
		"soap":               {"soap://", "url = \"https://cards.example/ws\"\nversion = \"1.2\"\ncharset = \"GB18030\"\nuser = \"kiosk\"\npassword = \"hush\"\ndigest = true\n", ""},
		"soap-unknown":       {"soap://", "url = \"https://cards.example/ws\"\npasswort = \"hush\"\n", "unknown key"},
		"soap-no-toml":       {"soap://", "password: hush\n", "line 1"},
		"soap-text-password": {"soap://", "url = \"http://cards.example/ws\"\nuser = \"kiosk\"\npassword = \"hush\"\n", "needs https"},
		"soap-charset":       {"soap://", "url = \"https://cards.example/ws\"\ncharset = \"Big5\"\n", "Big5"},
		"odbc-unknown":       {"odbc://", "passwort = \"hush\"\n", "unknown key"},
		"tuxedo":             {"tuxedo+hn://", cardDomain, ""},
		"tuxedo-s2-fields":   {"tuxedo+s2-fields://", cardDomain, ""},
		"tuxedo-unknown":     {"tuxedo+hn://", "childs = 8\n" + cardDomain, "unknown key childs"},
		"tuxedo-service":     {"tuxedo+hn://", strings.Replace(cardDomain, "report = ", "# ", 1), "service.report: want a name"},
		"tuxedo-nameless":    {"tuxedo://", cardDomain, "want tuxedo+DIALECT"},
		"tuxedo-s2":          {"tuxedo+s2://", cardDomain, "no fixed fields"},
		"tuxedo-south":       {"tuxedo+south://", cardDomain, "not known: there are hn, s2, s2-fields"},
	} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := openCards(&options{cardSystem: c.flag + path, misCalls: 4}, slog.New(slog.DiscardHandler))
		if (err == nil) != (c.want == "") || err != nil && (!strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "hush")) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
		if err == nil {
			_ = got.Close()
		}
	}
	if _, err := openCards(&options{cardSystem: "tuxedo+hn://settings.toml"}, slog.New(slog.DiscardHandler)); err == nil {
		t.Error("a domain's path that is not whole")
	}
	if _, err := openCards(&options{cardSystem: "soap://settings.toml"}, slog.New(slog.DiscardHandler)); err == nil {
		t.Error("a path that is not whole")
	}
}

// TestServeCards asks what a card may buy, buys, and has a round of steps, through the
// broker, head office and a card-meter system on a socket; head office books the sale with
// the MIS.
func TestServeCards(t *testing.T) {
	broker := startMosquitto(t)
	sim := missim.New(missim.Config{})
	books := startMIS(t, sim)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	cards := cardsystemsim.New(cardsystemsim.Config{Encryptor: func(cardsystem.StepsOrder, metercard.Sold) cardsystem.StepsResult {
		return cardsystem.StepsResult{Outcome: mis.Done, Code: "0000", Steps: []script.Step{{Op: script.APDU, Data: script.Bytes{0, 0x84, 0, 0, 8}, Save: "challenge"}}}
	}})
	go func() { _ = cards.Serve(t.Context(), ln) }()
	dir := t.TempDir()
	fleetBooks(t, dir, 1)
	http := startOffice(t, "serve", "--data", dir, "--http", "127.0.0.1:0", "--broker", broker, "--mis", "socket://"+books, "--log-level", "error",
		"--card-system", "s2+tcp://"+ln.Addr().String(), "--card-posts", "mis")

	got := dialKiosk(t, broker)
	var policy wire.Signed
	got.wait(t, "/policy", &policy)
	n := 0
	ask := func(op wire.Op, body, into any) {
		t.Helper()
		raw, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		n++
		got.send(t, wire.ChanReq, fmt.Sprint(n), []byte(fmt.Sprintf(`{"v":1,"id":"%d","op":%q,"ttl_ms":8000,"body":%s}`, n, op, raw)))
		var r wire.Reply
		got.wait(t, fmt.Sprintf("/rep/%d", n), &r)
		if err := json.Unmarshal(r.Body, into); err != nil {
			t.Fatalf("%s: %+v, %v", op, r.Error, err)
		}
	}

	card := metercard.Facts{Serial: cardsystemsim.Meter1, Form: metercard.CPU, Kind: metercard.Purchase, Count: 4, Loaded: 4}
	var quote wire.CardQuote
	if ask(wire.OpCardQuote, wire.CardQuoteBody{Card: card}, &quote); !quote.Sellable || quote.Account != "1000000003" || quote.Name != "刘**" || len(quote.Tariff) != 3 {
		t.Errorf("%+v", quote)
	}
	serial := storetest.Serial(storetest.Kiosk, 1)
	var state wire.PostState
	ask(wire.OpPost, wire.PostBody{Serial: serial, Account: "1000000003", Amount: 10000, Tender: "cash", PaidAt: time.Now().UnixMilli(), Card: card}, &state)
	if state.Status != wire.PostPosted || state.Sold.Count != 5 || state.Sold.Amount != 10000 || state.Sold.Card != card.Serial {
		t.Fatalf("%+v", state)
	}
	var steps wire.CardSteps
	ask(wire.OpCardSteps, wire.CardStepsBody{Txn: serial, Sale: serial, Card: card, Session: "000102030405060708090a0b0c0d0e0f"}, &steps)
	key, _, err := ca.PolicyKey(filepath.Join(dir, keyFolder))
	if err != nil {
		t.Fatal(err)
	}
	s, err := wire.OpenScript(key.Public().(ed25519.PublicKey), steps.Script)
	if err != nil || s.Txn != serial || s.Card != card.Serial || len(s.Steps) != 1 {
		t.Errorf("%+v, %v", steps, err)
	}

	var page string
	for late := time.Now().Add(patience); time.Now().Before(late) && !strings.Contains(page, "wattkiosk_office_postings_open 0\n"); {
		page = fetch(t, http+"/metrics")
	}
	for _, want := range []string{`wattkiosk_office_system_away{system="card-system"} 0`, `wattkiosk_office_system_silent_total{system="card-system"} 0`} {
		if !strings.Contains(page, want+"\n") {
			t.Errorf("metrics without %s:\n%s", want, page)
		}
	}
	if e, ok := sim.Entry("B" + serial[1:]); !ok || e.Amount != 10000 || e.PostedCount != 1 {
		t.Errorf("the MIS has %+v; metrics\n%s", e, page)
	}
}
