package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"wattkiosk/payments/mis/missim"
	"wattkiosk/uplink/mqttlink"
	"wattkiosk/uplink/office/store/storetest"
	"wattkiosk/uplink/wire"
)

const (
	mosquitto = "/usr/sbin/mosquitto"
	patience  = 10 * time.Second
)

func TestCommandLine(t *testing.T) {
	dir := t.TempDir()
	for _, c := range []struct {
		args string
		out  string // how the output begins
		err  string // part of the error
	}{
		{"migrate", "books are up to date", ""},
		{"migrate --db sqlite:" + filepath.Join(dir, "other.db"), "books are up to date", ""},
		{"migrate --db mysql://user:secret@host", "", `--db "mysql": want`},
		{"enrol-token 10000001", "", ""},
		{"enrol-token kiosk", "", "8 digits"},
		{"enrol-token 10000001 --valid 0s", "", "--valid"},
		{"serve --mis tuxedo://x", "", "want socket[+DIALECT]://host:port, tuxedo[+DIALECT]:///whole/path"},
		{"serve --card-posts bank", "", "--card-posts \"bank\": want self or mis"},
		{"serve --card-system s2://x:1", "", "--card-system \"s2\": want DIALECT+tcp://"},
		{"serve --broker-url https://user:secret@broker.example:8883", "", "--broker-url \"https\": want tls://host:port"},
		{"serve --broker-url tls://broker.example", "", "want tls://host:port"},
		{"serve --log-level loud", "", "--log-level"},
		{"reconcile --date 22.11.2026 --json", "", "want YYYY-MM-DD"},
		{"export bank --date 2026-11-22 --out x", "", "want 104, csv or xlsx"},
		{"user add li --role king", "", "want accountant, cashier, operator, admin or auditor"},
		{"serve --mqtt-listen nowhere:x", "", "cannot start broker"},
		{"burn", "", "unknown verb"},
	} {
		var out bytes.Buffer
		err := run(t.Context(), append(strings.Fields(c.args), "--data", dir), &out, io.Discard)
		if (err == nil) != (c.err == "") || (err != nil && !strings.Contains(err.Error(), c.err)) {
			t.Errorf("%s: %v, want %q", c.args, err, c.err)
		}
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: the error tells the password", c.args)
		}
		if !strings.HasPrefix(out.String(), c.out) {
			t.Errorf("%s: output %q", c.args, out.String())
		}
	}
}

// TestServe pays once through a real mosquitto, a MIS on a socket, and SQLite.
func TestServe(t *testing.T) {
	broker := startMosquitto(t)
	sim := missim.New(missim.Config{})
	misAddr := startMIS(t, sim)
	dir := t.TempDir()
	o := &options{data: dir}
	books, err := openBooks(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := books.Register(t.Context(), storetest.Kiosk, 0, time.Now()); err != nil {
		t.Fatal(err)
	}
	if err := books.Close(); err != nil {
		t.Fatal(err)
	}
	http := startOffice(t, "serve", "--data", dir, "--http", "127.0.0.1:0", "--broker", broker, "--mis", "socket://"+misAddr, "--log-level", "error")

	got := dialKiosk(t, broker)
	var signed wire.Signed
	got.wait(t, "/policy", &signed)
	j := storetest.NewJournal(storetest.Kiosk).Pay(t, 1, "1000000001", 10000, 2000, 1000)
	batch, err := wire.EncodeBatch(j.Recs)
	if err != nil {
		t.Fatal(err)
	}
	got.send(t, wire.ChanRec, "", batch)
	var ack wire.Ack
	if got.wait(t, "/ack", &ack); ack.Upto != j.Head.Seq || ack.Hash != j.Head.Hash {
		t.Errorf("ack %+v", ack)
	}
	serial := storetest.Serial(storetest.Kiosk, 1)
	got.send(t, wire.ChanReq, "1", []byte(fmt.Sprintf(`{"v":1,"id":"1","op":"post","ttl_ms":8000,"body":
		{"serial":%q,"account":"1000000001","amount":13000,"tender":"cash","paid_at":%d}}`, serial, storetest.T0.Add(30*time.Second).UnixMilli())))
	var r wire.Reply
	got.wait(t, "/rep/1", &r)
	var s wire.PostState
	if err := json.Unmarshal(r.Body, &s); err != nil || s.Status != wire.PostPosted || s.ToArrears != 12850 || s.ToAdvance != 150 {
		t.Errorf("%+v %s, %v", r.Error, r.Body, err)
	}
	if e, ok := sim.Entry(serial); !ok || e.PostedCount != 1 {
		t.Errorf("MIS has %+v", e)
	}
	if body := fetch(t, http+"/healthz"); body != "ok\n" {
		t.Errorf("health %q", body)
	}
	body := fetch(t, http+"/metrics")
	for _, want := range []string{"wattkiosk_office_acks_total 1\n", "wattkiosk_office_kiosks 1\n"} {
		if !strings.Contains(body, want) {
			t.Errorf("metrics without %s:\n%s", want, body)
		}
	}
}

func fetch(t *testing.T, url string) string {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// startOffice runs officed until the end of the test, and returns the address of
// its pages.
func startOffice(t *testing.T, args ...string) string {
	t.Helper()
	return startOfficeAt(t, args...).http
}

// office is where a running officed can be reached.
type office struct{ http, broker, bundles string }

func startOfficeAt(t *testing.T, args ...string) office {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	r, w := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		err := run(ctx, args, w, os.Stderr)
		ended <- errors.Join(err, w.CloseWithError(io.EOF))
	}()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("officed: %v", err)
		}
	})
	line, err := bufio.NewReader(r).ReadString('\n')
	var o office
	if _, scan := fmt.Sscanf(line, "ready http=%s broker=%s bundles=%s", &o.http, &o.broker, &o.bundles); err != nil || scan != nil {
		t.Fatalf("officed says %q: %v", line, errors.Join(err, scan))
	}
	o.http = "http://" + o.http
	return o
}

func startMIS(t *testing.T, sim *missim.Server) string {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	ready, ended := make(chan net.Addr, 1), make(chan error, 1)
	go func() { ended <- sim.ListenAndServe(ctx, "127.0.0.1:0", func(a net.Addr) { ready <- a }) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return (<-ready).String()
}

// startMosquitto runs a real broker on loopback, without TLS.
func startMosquitto(t *testing.T) string {
	t.Helper()
	if _, err := os.Stat(mosquitto); err != nil {
		t.Skipf("mosquitto is not installed (%v)", err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := ln.Addr().(*net.TCPAddr)
	if err := ln.Close(); err != nil {
		t.Fatal(err)
	}
	conf := filepath.Join(t.TempDir(), "mosquitto.conf")
	text := fmt.Sprintf("listener %d 127.0.0.1\nallow_anonymous true\npersistence false\n", addr.Port)
	if err := os.WriteFile(conf, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(mosquitto, "-c", conf)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	return "tcp://" + addr.String()
}

// kiosk is the other end.
type kiosk struct {
	link *mqttlink.Link
	got  chan mqttlink.Message
}

func dialKiosk(t *testing.T, broker string) *kiosk {
	t.Helper()
	k := &kiosk{got: make(chan mqttlink.Message, 100)}
	up := make(chan bool, 10)
	var err error
	k.link, err = mqttlink.Dial(mqttlink.Config{
		Broker: broker, ClientID: storetest.Kiosk, Rand: rand.Float64, MinBackoff: 20 * time.Millisecond,
		Subscriptions: []mqttlink.Subscription{{Filter: "wk/v1/dn/" + storetest.Kiosk + "/#", QoS: 1}},
		OnUp:          func() { up <- true },
		OnMessage:     func(topic string, b []byte) { k.got <- mqttlink.Message{Topic: topic, Payload: b} },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := k.link.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	select {
	case <-up:
	case <-time.After(patience):
		t.Fatal("the broker cannot be reached")
	}
	return k
}

func (k *kiosk) send(t *testing.T, c wire.Channel, id string, b []byte) {
	t.Helper()
	if err := k.link.Publish(t.Context(), wire.Up(storetest.Kiosk, c, id), b, 1, false); err != nil {
		t.Fatal(err)
	}
}

// wait waits for the message whose topic ends so.
func (k *kiosk) wait(t *testing.T, end string, v any) {
	t.Helper()
	late := time.After(patience)
	for {
		select {
		case m := <-k.got:
			if strings.HasSuffix(m.Topic, end) {
				if err := wire.Decode(m.Payload, v); err != nil {
					t.Fatal(err)
				}
				return
			}
		case <-late:
			t.Fatalf("no message on …%s", end)
		}
	}
}
