package soap_test

import (
	"bufio"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"wattkiosk/payments/cardsystem"
	cardsoap "wattkiosk/payments/cardsystem/soap"
	"wattkiosk/payments/metercard"
	"wattkiosk/payments/metercard/script"
	"wattkiosk/payments/mis"
	"wattkiosk/payments/soap"
)

// TestIndependentServer calls a service that the npm package soap makes from the WSDL.
// SOAP_PEER is the folder .ci/peers/soap with its packages installed; "make soap-peer"
// does both.
func TestIndependentServer(t *testing.T) {
	peer := os.Getenv("SOAP_PEER")
	if peer == "" {
		t.Skip("SOAP_PEER is not set: make soap-peer")
	}
	for _, c := range []struct {
		name, charset, kind, version string
		cfg                          cardsoap.Config
	}{
		{"1.1, UTF-8, text", "utf8", "text", "11", cardsoap.Config{User: &soap.User{Name: "kiosk", Password: "合肥 & <1>"}}},
		{"1.1, GB18030, digest", "gb18030", "digest", "11", cardsoap.Config{Charset: soap.GB18030, User: &soap.User{Name: "kiosk", Password: "合肥 & <1>", Digest: true}}},
		{"1.2, GB18030, text", "gb18030", "text", "12", cardsoap.Config{Version: soap.V12, Charset: soap.GB18030, User: &soap.User{Name: "kiosk", Password: "合肥 & <1>"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			port := startPeer(t, peer, c.charset, c.kind, c.version)
			c.cfg.URL, c.cfg.Now = "http://127.0.0.1:"+port+"/cardmeter", time.Now
			walkPeer(t, c.cfg)
		})
	}
}

func startPeer(t *testing.T, peer string, args ...string) (port string) {
	t.Helper()
	wsdl, err := filepath.Abs("cardmeter.wsdl")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "node", append([]string{"server.js", wsdl}, args...)...)
	cmd.Dir, cmd.Stderr = peer, os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = in.Close() // it ends with its input
		_, _ = io.Copy(io.Discard, out)
		_ = cmd.Wait()
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}

	return strings.TrimSpace(line)
}

func walkPeer(t *testing.T, cfg cardsoap.Config) {
	c, err := cardsoap.New(cfg, nil)
	if err != nil {
		t.Fatal(err)
	}
	call := func(r cardsystem.Request) cardsystem.Reply {
		t.Helper()
		reply, err := c.Call(t.Context(), r)
		if err != nil {
			t.Errorf("%s: %v", r.Op, err)
		}

		return reply
	}

	q := call(cardsystem.Request{Op: cardsystem.OpQuote, Card: facts}).Quote
	want := cardsystem.Quote{
		Account: "1000000003", Name: "刘建国", Address: "示范市建设路25号 <甲> & 乙", Min: 100, Max: 198750,
		Tariff: []cardsystem.Tier{{UpTo: 260000, Price: 4883}, {Price: 7883}},
	}
	if d := cmp.Diff(want, q.Quote); q.Outcome != mis.Done || q.Text != "成功" || d != "" {
		t.Errorf("quote: %s, %s (-want +got):\n%s", q.Outcome, q.Text, d)
	}
	foreign := facts
	foreign.Serial = "00000000000000AA"
	if q := call(cardsystem.Request{Op: cardsystem.OpQuote, Card: foreign}).Quote; q.Outcome != mis.NotDone || q.Reason != mis.OtherCard || q.Text != "非本系统卡" {
		t.Errorf("another card: %+v", q)
	}

	sold := metercard.Sold{Number: "N1", Card: facts.Serial, Count: 5, Amount: 10000}
	for range 2 {
		if p := call(sale).Post; p.Outcome != mis.Done || p.Sold != sold || p.Amount != 10000 {
			t.Errorf("sale: %+v", p)
		}
	}
	if p := call(cardsystem.Request{Op: cardsystem.OpAsk, Serial: "00000001010000000009"}).Post; p.Outcome != mis.NotDone || p.Code != "1009" || !p.Retry {
		t.Errorf("ask for nothing: %+v", p)
	}

	order := cardsystem.StepsOrder{Serial: sale.Payment.Serial, Card: facts}
	s := call(cardsystem.Request{Op: cardsystem.OpSteps, Steps: order}).Steps
	if d := cmp.Diff([]script.Step{{Op: script.APDU, Data: script.Bytes{0x00, 0x84, 0, 0, 8}, Expect: "9000", Save: "challenge"}}, s.Steps); s.Outcome != mis.Done || s.Last || d != "" {
		t.Errorf("first round: %+v\n%s", s, d)
	}
	order.Round, order.Saved = 1, map[string]script.Bytes{"challenge": {1, 2, 3, 0xFF}}
	s = call(cardsystem.Request{Op: cardsystem.OpSteps, Steps: order}).Steps
	if d := cmp.Diff([]script.Step{{Op: script.Write, Data: script.Bytes{1, 2, 3, 0xFF}, Address: 32, Changes: true, Purse: true}}, s.Steps); s.Outcome != mis.Done || !s.Last || d != "" {
		t.Errorf("last round: %+v\n%s", s, d)
	}
	if r := call(cardsystem.Request{Op: cardsystem.OpReport, Report: cardsystem.Report{Serial: sale.Payment.Serial, Outcome: metercard.Written, Count: 5}}).Report; r.Outcome != mis.Done {
		t.Errorf("report: %+v", r)
	}

	back := cardsystem.Request{Op: cardsystem.OpReverse, Reversal: mis.Reversal{Serial: "R0000001010000000001", Original: sale.Payment.Serial, BusinessDate: "20261130"}}
	if r := call(back).Reverse; r.Outcome != mis.Done {
		t.Errorf("reversal: %+v", r)
	}
	if p := call(cardsystem.Request{Op: cardsystem.OpAsk, Serial: sale.Payment.Serial}).Post; p.Outcome != mis.NotDone || !p.Reversed || p.Sold != sold {
		t.Errorf("ask after the reversal: %+v", p)
	}
	totals := call(cardsystem.Request{Op: cardsystem.OpTotals, Date: "20261130"}).Totals
	lines := []cardsystem.Sale{{Serial: sale.Payment.Serial, Account: "1000000003", Amount: 10000, Count: 5, Reversed: true, Written: metercard.Written}}
	if d := cmp.Diff(lines, totals.Sales); totals.Outcome != mis.Done || totals.Count != 0 || totals.Sum != 0 || d != "" {
		t.Errorf("totals: %+v\n%s", totals, d)
	}

	// A fault of the service's own shape, and a password that is not right.
	back.Reversal.Original = "00000001010000000009"
	if r := call(back).Reverse; r.Outcome != mis.NotDone || r.Code != "9007" || r.Text != "无效冲正" {
		t.Errorf("reversal of nothing: %+v", r)
	}
	wrong := *cfg.User
	wrong.Password = "1234"
	cfg.User = &wrong
	stranger, err := cardsoap.New(cfg, nil)
	if err != nil {
		t.Fatal(err)
	}
	again := sale
	again.Payment.Serial = "00000001010000000002"
	r, err := stranger.Call(t.Context(), again)
	if want := (mis.PostResult{Outcome: mis.NotDone, Retry: true}); !errors.Is(err, soap.ErrNotSent) || r.Post != want {
		t.Errorf("a wrong password: %+v, %v", r.Post, err)
	}
	if p := call(cardsystem.Request{Op: cardsystem.OpAsk, Serial: again.Payment.Serial}).Post; p.Outcome != mis.NotDone || p.Code != "1009" {
		t.Errorf("ask for what a stranger sent: %+v", p)
	}
}
