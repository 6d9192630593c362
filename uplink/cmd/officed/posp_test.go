package main

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"wattkiosk/payments/posp"
	"wattkiosk/payments/posp/iso8583"
	"wattkiosk/payments/posp/pospsim"
	"wattkiosk/uplink/office/store/storetest"
	"wattkiosk/uplink/wire"
)

func TestPOSPFlag(t *testing.T) {
	quiet := slog.New(slog.DiscardHandler)
	empty := filepath.Join(t.TempDir(), "empty.pem")
	if err := os.WriteFile(empty, []byte("no certificate"), 0o600); err != nil {
		t.Fatal(err)
	}
	for flag, lines := range map[string]int{"tcp://10.1.1.1:9000": 2, "tcp://posp.bank.example:9000?lines=16": 16, "tls://posp.bank.example:9000?lines=1": 1} {
		if c, err := pospConfig(flag, quiet); err != nil || c.Lines != lines || c.Dial == nil {
			t.Errorf("%s: %+v, %v", flag, c, err)
		}
	}
	for flag, want := range map[string]string{
		"posp.bank.example:9000":                   "want tcp://",
		"http://posp.bank.example:9000":            "want tcp://",
		"tcp://posp.bank.example":                  "want tcp://",
		"tcp://u:secret@posp.bank.example:9000":    "want tcp://",
		"tcp://posp:9000/path":                     "want tcp://",
		"tcp://posp:9000?lines=0":                  "want 1 to 16",
		"tcp://posp:9000?lines=17":                 "want 1 to 16",
		"tcp://posp:9000?lines=1&lines=2":          "is no setting",
		"tcp://posp:9000?tpdu=6000030000":          "is no setting",
		"tcp://posp:9000?ca-file=x":                "is for tls://",
		"tls://posp:9000?ca-file=/no/such.pem":     "cannot read",
		"tls://posp:9000?lines=1&ca-file=" + empty: "no certificate in",
	} {
		if _, err := pospConfig(flag, quiet); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "secret@") {
			t.Errorf("%s: %v, want %q", flag, err, want)
		}
	}
	if err := run(t.Context(), []string{"serve", "--posp", "bank", "--data", t.TempDir()}, io.Discard, io.Discard); err == nil || !strings.Contains(err.Error(), "--posp") {
		t.Errorf("serve: %v", err)
	}
}

// TestServePOSP signs a terminal in through the broker, head office and a bank on a
// socket, and lists it.
func TestServePOSP(t *testing.T) {
	broker := startMosquitto(t)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = pospsim.New(pospsim.Config{}).Serve(t.Context(), ln) }()
	dir := t.TempDir()
	fleetBooks(t, dir, 1)
	startOffice(t, "serve", "--data", dir, "--http", "127.0.0.1:0", "--broker", broker, "--log-level", "error", "--posp", "tcp://"+ln.Addr().String())

	got := dialKiosk(t, broker)
	var policy wire.Signed
	got.wait(t, "/policy", &policy)
	lab := pospsim.LabTerminal()
	at := posp.Terminal{ID: lab.ID, Merchant: lab.Merchant, Operator: "001", Scheme: posp.DoubleLength, TPDU: iso8583.TPDU{0x60, 0, 3, 0, 0}}
	signIn := posp.Request{Op: posp.SignIn, Batch: 1, Trace: 1}
	frame, err := at.Append(nil, signIn, nil)
	if err != nil {
		t.Fatal(err)
	}
	body, err := json.Marshal(wire.FrameBody{Terminal: at.ID, Frame: frame[2:]})
	if err != nil {
		t.Fatal(err)
	}
	got.send(t, wire.ChanReq, "1", []byte(fmt.Sprintf(`{"v":1,"id":"1","op":"posp","ttl_ms":20000,"body":%s}`, body)))
	var r wire.Reply
	got.wait(t, "/rep/1", &r)
	var result wire.FrameResult
	if err := json.Unmarshal(r.Body, &result); err != nil {
		t.Fatalf("%+v, %v", r.Error, err)
	}
	answer := append([]byte{byte(len(result.Frame) >> 8), byte(len(result.Frame))}, result.Frame...)
	if a, err := at.Accept(signIn, answer, nil); err != nil || a.Code != posp.OK || len(a.Keys.MAC.Data) == 0 {
		t.Errorf("%+v, %v", a, err)
	}

	var lines []terminalLine
	if err := json.Unmarshal([]byte(mustCommand(t, dir, "terminal", "list", "--json")), &lines); err != nil || len(lines) != 1 {
		t.Fatal(lines, err)
	}
	if l := lines[0]; l.Kiosk != storetest.Kiosk || l.Terminal != at.ID || l.Merchant != at.Merchant || l.SignIn != "00" || time.Since(time.UnixMilli(l.SignInAt)).Abs() > time.Hour {
		t.Errorf("%+v", l)
	}
}

func TestTerminalCommands(t *testing.T) {
	dir := t.TempDir()
	fleetBooks(t, dir, 2)
	set := mustCommand(t, dir, "terminal", "set", "10000001", "20000001", "105290073724601", "--user", "operator", "--reason", "installed")
	if set != "kiosk 10000001 is terminal 20000001 of merchant 105290073724601" {
		t.Errorf("terminal set says %q", set)
	}
	mustCommand(t, dir, "terminal", "set", "10000002", "20000001", "105290073724601", "--user", "operator", "--reason", "moved")
	want := `KIOSK     TERMINAL  MERCHANT         BATCH   SIGN-IN  SETTLED  OPEN REVERSAL
10000001                             000000                    
10000002  20000001  105290073724601  000000`
	if got := mustCommand(t, dir, "terminal", "list"); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	for args, want := range map[string]string{
		"set 10000009 20000001 105290073724601 --user operator": "not enrolled",
		"set 10000001 2 105290073724601 --user operator":        "8 letters and digits",
		"set 10000001 20000002 105290073724601 --user nobody":   "no such person",
		"set kiosk 20000002 105290073724601 --user operator":    "8 digits",
		"settle 10000002 --user operator":                       "no batch of that kiosk",
		"settle kiosk --user operator":                          "8 digits",
		"settle 10000002 --user nobody":                         "no such person",
	} {
		if _, err := command(t, dir, append([]string{"terminal"}, strings.Fields(args)...)...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", args, err, want)
		}
	}
}
