package main

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"wattkiosk/payments/acquirer/acquirersim"
	"wattkiosk/payments/acquirer/acquirertest"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/gateway"
	"wattkiosk/uplink/office/store/memstore"
	"wattkiosk/uplink/office/store/storetest"
	"wattkiosk/uplink/wire"
)

// keyFiles writes the keys of the simulated acquirer, and returns where they are.
func keyFiles(t *testing.T) (key, public, apiKey string) {
	t.Helper()
	keys := acquirertest.Keys(t)
	dir := t.TempDir()
	write := func(name string, content []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}

		return path
	}
	private, err := x509.MarshalPKCS8PrivateKey(keys.Merchant)
	if err != nil {
		t.Fatal(err)
	}
	other, err := x509.MarshalPKIXPublicKey(&keys.Acquirer.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	key = write("ours.pem", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}))
	public = write("theirs.pem", pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: other}))

	return key, public, write("api.key", []byte(acquirersim.APIv3+"\n"))
}

func signedFlag(base, key, public string) string {
	return fmt.Sprintf("signed=%s?merchant=%s&key-name=%s&key-file=%s&public-file=%s", base, acquirersim.Merchant, acquirersim.KeySerial, key, public)
}

func TestAcquirerFlags(t *testing.T) {
	key, public, apiKey := keyFiles(t)
	files := "&key-file=" + key + "&public-file=" + public
	all := []string{
		"wechat=https://api.mch.weixin.qq.com?app=wx1&merchant=1900000001&key-serial=5157&public-id=PUB_KEY_ID_1&api-key-file=" + apiKey + files,
		"alipay=https://openapi.alipay.com/gateway.do?app=2021000000000001" + files,
		signedFlag("http://127.0.0.1:7080", key, public),
	}
	got, err := acquirers(all, "https://pay.example.cn/", time.Now)
	if err != nil || len(got) != 3 || got[0].Name != "wechat" || got[1].Name != "alipay" || got[2].Takes != nil {
		t.Fatalf("%+v, %v", got, err)
	}
	for whose, want := range map[string]string{"09": "", "10": "wechat", "15": "wechat", "16": "", "25": "alipay", "28": "alipay", "30": "alipay", "31": ""} {
		for _, a := range got[:2] {
			if a.Takes(whose) != (a.Name == want) {
				t.Errorf("%s takes codes of %s: %v", a.Name, whose, a.Takes(whose))
			}
		}
	}

	for flag, want := range map[string]string{
		"bank=https://x": "want signed, alipay or wechat",
		"signed":         "want https://",
		"signed=http://bank.example?merchant=1" + files:                  "want https://",
		"signed=https://u:secret@bank.example?merchant=1" + files:        "want https://",
		"signed=https://bank.example?secret=1" + files:                   "is no setting",
		"signed=https://bank.example?merchant=1&merchant=2" + files:      "is no setting",
		"signed=https://bank.example?merchant=1" + files:                 "name of the key",
		"signed=https://bank.example?merchant=1&key-name=1":              "cannot read key",
		"alipay=https://x?app=1&key-file=" + public + "&public-file=":    "cannot use key",
		"alipay=https://x?app=1&public-file=" + key + "&key-file=" + key: "cannot use key",
	} {
		if _, err := acquirers([]string{flag}, "", time.Now); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "secret@") {
			t.Errorf("%s: %v, want %q", flag, err, want)
		}
	}
	if _, err := acquirers([]string{all[1], all[1]}, "", time.Now); err == nil || !strings.Contains(err.Error(), "twice") {
		t.Errorf("twice: %v", err)
	}
	for _, args := range []string{"--notify-listen 127.0.0.1:0", "--acquirer bank=x"} {
		if err := run(t.Context(), append(strings.Fields("serve "+args), "--data", t.TempDir()), &bytes.Buffer{}, io.Discard); err == nil {
			t.Errorf("serve %s: no error", args)
		}
	}
}

// TestServeQR pays once by a code on the screen, through the broker, head office and an
// acquirer on a socket that sends its notice back.
func TestServeQR(t *testing.T) {
	broker := startMosquitto(t)
	sim := acquirersim.New(acquirersim.Config{Keys: acquirertest.Keys(t)})
	outside := httptest.NewServer(sim)
	t.Cleanup(outside.Close)
	go sim.Push(t.Context(), nil)
	dir := t.TempDir()
	books, err := openBooks(t.Context(), &options{data: dir})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := books.Register(t.Context(), storetest.Kiosk, 0, time.Now()); err != nil {
		t.Fatal(err)
	}
	if err := books.Close(); err != nil {
		t.Fatal(err)
	}
	key, public, _ := keyFiles(t)
	startOffice(t, "serve", "--data", dir, "--http", "127.0.0.1:0", "--broker", broker, "--log-level", "error",
		"--notify-listen", "127.0.0.1:0", "--acquirer", signedFlag(outside.URL, key, public))

	got := dialKiosk(t, broker)
	var policy wire.Signed
	got.wait(t, "/policy", &policy)
	body := fmt.Sprintf(`"serial":%q,"account":"1000000001","amount":8640,"mode":"shown"`, storetest.Serial(storetest.Kiosk, 1))
	ask := func(id string, op wire.Op, rest string) wire.QRState {
		got.send(t, wire.ChanReq, id, []byte(fmt.Sprintf(`{"v":1,"id":%q,"op":%q,"ttl_ms":20000,"body":{%s%s}}`, id, op, body, rest)))
		var r wire.Reply
		got.wait(t, "/rep/"+id, &r)
		var s wire.QRState
		if err := json.Unmarshal(r.Body, &s); err != nil {
			t.Fatalf("%s: %+v, %v", op, r.Error, err)
		}

		return s
	}
	shown := ask("1", wire.OpQROrder, `,"life_ms":300000`)
	if err := sim.Pay(shown.Code); err != nil {
		t.Fatalf("%+v: %v", shown, err)
	}
	if s := ask("2", wire.OpQRWait, `,"known":"waiting"`); s.Status != wire.QRPaid || s.Amount != 8640 || s.Acquirer != "signed" {
		t.Errorf("%+v", s)
	}
}

// TestAttackNoticesOfStrangers: one address that opens many connections where notices come in,
// and is slow on each, has few of them, and an acquirer's notice is taken all the same.
func TestAttackNoticesOfStrangers(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	shop := memstore.New(books.Rules{})
	desk := &till{qr: gateway.NewQR(shop.QR, "test", nil, 0, slog.New(slog.DiscardHandler), time.Now), notices: ln}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- desk.serve(ctx, nil, slog.New(slog.DiscardHandler)) }()
	defer func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}()

	const more = 20
	var conns []net.Conn
	for range noticesOfSource + more {
		c, err := net.Dial("tcp", ln.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		conns = append(conns, c)
		if _, err := io.WriteString(c, "POST /notify/signed HTTP/1.1\r\nHost: pay\r\nContent-Length: 1000\r\n\r\n{"); err != nil {
			t.Fatal(err)
		}
	}
	a, err := (&http.Client{Timeout: 5 * time.Second}).Post("http://"+ln.Addr().String()+"/notify/nobody", "application/json", strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	a.Body.Close()
	if a.StatusCode != http.StatusNotFound { // as for any whole notice of nobody's
		t.Errorf("a whole notice beside them: %d", a.StatusCode)
	}
	var gone atomic.Int64
	var all sync.WaitGroup
	for _, c := range conns {
		all.Go(func() {
			_ = c.SetReadDeadline(time.Now().Add(2 * time.Second)) // sooner than the server gives a slow one up
			if _, err := c.Read(make([]byte, 1)); err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
				gone.Add(1)
			}
		})
	}
	if all.Wait(); gone.Load() < more {
		t.Errorf("%d of %d connections gave way, want %d", gone.Load(), len(conns), more)
	}
}
