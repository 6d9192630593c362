package technician

import (
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"wattkiosk/payments/bankcard"
)

// TestTheCardsThatWereKept are known of a stopped kiosk too.
func TestTheCardsThatWereKept(t *testing.T) {
	dir := lab(t, append(payment[:len(payment):len(payment)], bankcard.Captured{Card: "622588******0019", Why: "forgotten", At: 1795838404220}, bankcard.Captured{Why: "bank", At: 1795838404220})...)
	want := "the kiosk does not run: only the cards that were kept are known\n" +
		"kept      2026-11-28 12:00:04 +08:00  622588******0019, forgotten 10000001000000000001\n" +
		"kept      2026-11-28 12:00:04 +08:00  not read, bank 10000001000000000001\n"
	if got := run(t, 0, "card", "--dir", dir); got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	if got := run(t, 0, "card", "--json", "--dir", dir); !strings.HasPrefix(got, `{"stopped":true,"kept":[{"card":"622588******0019","why":"forgotten"`) {
		t.Error(got)
	}
}

// TestCardPaymentAtAGlance is what a running kiosk says of it.
func TestCardPaymentAtAGlance(t *testing.T) {
	for status, want := range map[string]string{
		`{}`: "bank cards are not taken here (card.enabled)\n",
		`{"tenders":{"bankcard":{"terminal":"12345678","merchant":"105290073724601","reader":"online","card":"not-present","pin_pad":"online","keyed":true,` +
			`"signed_in":true,"batch":3,"sales":2,"total":17280,"trace":318}}}`: "reader    online, card not-present\n" +
			"PIN pad   online, keys loaded\nbank      terminal 12345678, merchant 105290073724601, signed in\n" +
			"batch     000003: 2 sales, 172.80 yuan; next trace 000318\nreversal  none\n",
		`{"tenders":{"bankcard":{"terminal":"12345678","merchant":"105290073724601","reader":"fault","card":"jammed","bin_full":true,"pin_pad":"online",` +
			`"sign_in_failures":1,"batch":3,"trace":318,"reversal":"10000001000000000001","attempts":4,"settling":"comparing",` +
			`"last_settled":{"terminal":"12345678","batch":2,"ours":{"debit":8640,"debits":1},"bank":{"debit":100},"at":1795838404220}}}}`: "" +
			"reader    fault, card jammed, the bin is full: empty it\nPIN pad   online, no keys\n" +
			"bank      terminal 12345678, merchant 105290073724601, not signed in, failed 1 time\n" +
			"batch     000003: 0 sales, 0.00 yuan; next trace 000318\nreversal  10000001000000000001, tried 4 times\nsettling  comparing\n" +
			"settled   2026-11-28 12:00:04 +08:00  batch 000002: 1 sale, 86.40 yuan, the bank had 1.00 yuan\n",
		`{"tenders":{"meter-card":{"here":false,"reader":"unknown","card":"unknown"}}}`: "bank cards are not taken here (card.enabled)\n",
		`{"tenders":{"meter-card":{"here":true,"reader":"online","card":"latched","bin_full":true,"keyed":true,"stage":"writing","form":"cpu","writing":"10000001000000000005",` +
			`"last":{"txn":"10000001000000000001","outcome":"left","why":"pulled","writes":2,"at":1795838404220}}}}`: "bank cards are not taken here (card.enabled)\n" +
			"meter     reader online, card latched, the bin is full: empty it, key of head office loaded\n" +
			"at work   writing cpu 10000001000000000005\nlast      2026-11-28 12:00:04 +08:00  10000001000000000001: left after 2 writes, pulled\n",
	} {
		if got := run(t, 0, "card", "--dir", running(t, map[string]string{"/status": status, "/cards": `[]`})); got != want {
			t.Errorf("%s\nwant %s", got, want)
		}
	}
}

// running is a lab whose kiosk gives these answers.
func running(t *testing.T, answers map[string]string) (dir string) {
	t.Helper()
	dir = lab(t)
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
	kiosk := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = w.Write([]byte(answers[r.URL.Path])) })}
	go func() { _ = kiosk.Serve(ln) }()
	t.Cleanup(func() { _ = kiosk.Close() })

	return dir
}
