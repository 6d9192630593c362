package main

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"errors"
	"io"
	mrand "math/rand/v2"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"wattkiosk/firmware/boardkey"
	"wattkiosk/firmware/staff"
	"wattkiosk/uplink/credential"
	"wattkiosk/uplink/mqttlink"
	"wattkiosk/uplink/office/web"
	"wattkiosk/uplink/wire"
)

func TestStaffCommands(t *testing.T) {
	dir := t.TempDir()
	fleetBooks(t, dir, 1)
	add := func(pin, number, name string) error {
		cmd := staffCommand(&options{data: dir})
		cmd.SetArgs([]string{"add", number, "--name", name, "--user", "operator"})
		cmd.SetIn(strings.NewReader(pin))
		cmd.SetOut(io.Discard)
		cmd.SetErr(io.Discard)
		return cmd.ExecuteContext(t.Context())
	}
	if err := add("771902\n", "1002", "李技术"); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		pin, number, name string
		want              error
	}{{"123456", "1003", "x", credential.ErrPIN}, {"7719", "1003", "x", credential.ErrPIN}, {"", "1003", "x", io.EOF}} {
		err := add(c.pin, c.number, c.name)
		if !errors.Is(err, c.want) || c.pin != "" && strings.Contains(err.Error(), c.pin) {
			t.Errorf("%q: %v", c.pin, err)
		}
	}
	if err := add("771902", "x", "x"); err == nil {
		t.Error("a malformed number was taken")
	}
	mustCommand(t, dir, "staff", "disable", "1001", "--user", "operator")
	if _, err := command(t, dir, "staff", "disable", "7", "--user", "operator"); err == nil {
		t.Error("nobody was disabled")
	}
	if _, err := command(t, dir, "staff", "enable", "1001", "--user", "accountant"); err == nil {
		t.Error("an accountant may do it")
	}
	out := mustCommand(t, dir, "staff", "list")
	want := "NUMBER  NAME  ROLE        DISABLED\n1001    王技术   technician  true\n1002    李技术   technician  false\n2001    李清机   collector   false\n2002    赵清机   collector   false"
	if out != want {
		t.Errorf("list:\n%s", out)
	}
}

// enrol makes a certificate for key with a one-time token, as a kiosk does.
func enrol(t *testing.T, base, dir, kiosk string, key crypto.Signer, flags ...string) (conf *tls.Config, office ed25519.PublicKey) {
	t.Helper()
	e := askEnrolment(t, base, dir, kiosk, key, flags...)
	block, _ := pem.Decode([]byte(e.PolicyKey))
	pub, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	cert, _ := pem.Decode([]byte(e.Cert))
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM([]byte(e.CA))
	return &tls.Config{
		MinVersion: tls.VersionTLS13, RootCAs: roots, Certificates: []tls.Certificate{{Certificate: [][]byte{cert.Bytes}, PrivateKey: key}},
	}, pub.(ed25519.PublicKey)
}

// askEnrolment spends a new token.
func askEnrolment(t *testing.T, base, dir, kiosk string, key crypto.Signer, flags ...string) (e web.Enrolment) {
	t.Helper()
	a := spend(t, base, mustCommand(t, dir, append([]string{"enrol-token", kiosk}, flags...)...), kiosk, key)
	defer a.Body.Close()
	if err := json.NewDecoder(a.Body).Decode(&e); err != nil || a.StatusCode != 200 {
		t.Fatalf("%s, %v", a.Status, err)
	}
	return e
}

// spend has head office certify a kiosk's key for a token.
func spend(t *testing.T, base, token, kiosk string, key crypto.Signer) *http.Response {
	t.Helper()
	csr, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{Subject: pkix.Name{CommonName: kiosk}}, key)
	if err != nil {
		t.Fatal(err)
	}
	body, err := json.Marshal(map[string]string{"token": token, "csr_pem": string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: csr}))})
	if err != nil {
		t.Fatal(err)
	}
	a, err := http.Post(base+"/api/v1/enrol", "application/json", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}

	return a
}

// TestTechnicianLogsIn is the whole way: a kiosk enrols, gets its roster over the
// broker, shows a challenge, an operator makes the code, and the technician is in.
func TestTechnicianLogsIn(t *testing.T) {
	dir := t.TempDir()
	o := startOfficeAt(t, "serve", "--data", dir, "--http", "127.0.0.1:0", "--mqtt-listen", "127.0.0.1:0", "--log-level", "error", "--demo")
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	const kiosk = "10000001"
	conf, office := enrol(t, o.http, dir, kiosk, key)
	got, up := make(chan []byte, 8), make(chan bool, 8)
	link, err := mqttlink.Dial(mqttlink.Config{
		Broker: o.broker, TLS: conf, Rand: mrand.Float64, MinBackoff: 20 * time.Millisecond,
		Subscriptions: []mqttlink.Subscription{{Filter: wire.Down(kiosk, wire.ChanCfg, ""), QoS: 1}},
		OnUp:          func() { up <- true },
		OnMessage:     func(_ string, b []byte) { got <- b },
	})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := link.Close(context.Background()); err != nil {
			t.Error(err)
		}
	}()
	<-up
	if err := link.Publish(t.Context(), wire.Up(kiosk, wire.ChanState, ""), []byte(`{"v":1,"online":true}`), 1, true); err != nil {
		t.Fatal(err)
	}
	keeper, err := staff.Open(filepath.Join(dir, "kiosk-staff"), office, kiosk, key, time.Now, boardkey.New(boardkey.Config{}))
	if err != nil {
		t.Fatal(err)
	}
	select {
	case b := <-got:
		var s wire.Signed
		if err := errors.Join(wire.Decode(b, &s), keeper.Accept(s)); err != nil {
			t.Fatal(err)
		}
	case <-time.After(3 * patience):
		t.Fatal("no roster came")
	}
	d := logIn(t, o.http, "operator")
	var told struct{ Code string }
	d.call("POST", "/api/v1/technicians/"+demoTechnician+"/code", map[string]string{"kiosk": kiosk, "challenge": keeper.Challenge()}, &told)
	who, err := keeper.Login(demoTechnician, demoPIN, told.Code)
	if err != nil || who != (staff.Person{Number: "1001", Name: "王技术", Role: wire.RoleTechnician}) {
		t.Errorf("%+v, %v", who, err)
	}
	if _, err := keeper.Login(demoTechnician, demoPIN, told.Code); err == nil {
		t.Error("the code was good twice")
	}
	noCodeWithoutAKey(t, o.http, dir, d)
}

// noCodeWithoutAKey: a kiosk with an Ed25519 certificate gets no codes, and a clear
// word why.
func noCodeWithoutAKey(t *testing.T, base, dir string, d *desk) {
	t.Helper()
	_, ed, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	enrol(t, base, dir, "10000002", ed)
	a, err := d.c.Post(base+"/api/v1/technicians/1001/code", "application/json", strings.NewReader(`{"kiosk":"10000002","challenge":"123456"}`))
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()
	text, err := io.ReadAll(a.Body)
	if err != nil || a.StatusCode != http.StatusConflict || !strings.Contains(string(text), `"code":"kiosk-key"`) {
		t.Errorf("%s %s, %v", a.Status, text, err)
	}
}
