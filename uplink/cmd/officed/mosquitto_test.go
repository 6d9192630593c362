package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	mrand "math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"wattkiosk/uplink/mqttlink"
	"wattkiosk/uplink/wire"
)

// TestMosquittoOfAnInstaller goes the way of somebody who puts a mosquitto in the embedded
// broker's place with what officed mosquitto writes: head office and an enrolled kiosk meet
// there, and a kiosk that is suspended is cut off. Done again, the certificate stays.
func TestMosquittoOfAnInstaller(t *testing.T) {
	const kiosk, bin = "10000001", "/usr/sbin/mosquitto"
	if _, err := os.Stat(bin); err != nil {
		t.Skip("mosquitto is not installed")
	}
	data, dir := t.TempDir(), t.TempDir()
	mustCommand(t, data, "migrate")
	port, office := freePort(t), freePort(t)
	write := func() string {
		t.Helper()
		return mustCommand(t, data, "mosquitto", dir, "--host", "broker.example", "--port", strconv.Itoa(port), "--office-port", strconv.Itoa(office), "--per-address", "20")
	}
	said := write()
	for _, want := range []string{"nft -f " + dir + "/broker.nft", "--broker tls://127.0.0.1:" + strconv.Itoa(office), "--kiosk-life 12960h0m0s", "away for 180 days"} {
		if !strings.Contains(said, want) {
			t.Errorf("it does not say %q:\n%s", want, said)
		}
	}
	key := read(t, filepath.Join(dir, "key.pem"))
	if write(); !bytes.Equal(read(t, filepath.Join(dir, "key.pem")), key) {
		t.Error("another certificate")
	}
	if table := read(t, filepath.Join(dir, "broker.nft")); !bytes.Contains(table, []byte("ip saddr ct count over 80 }")) {
		t.Errorf("the packet filter:\n%s", table)
	}

	conf := filepath.Join(dir, "mosquitto.conf")
	if os.Geteuid() == 0 { // else it becomes a user who reads nothing here
		conf = filepath.Join(dir, "root.conf")
		if err := os.WriteFile(conf, append([]byte("user root\n"), read(t, filepath.Join(dir, "mosquitto.conf"))...), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command(bin, "-c", conf)
	var log bytes.Buffer
	cmd.Stderr = &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if t.Failed() {
			t.Log(log.String())
		}
	})
	o := startOfficeAt(t, "serve", "--data", data, "--http", "127.0.0.1:0", "--broker", "tls://127.0.0.1:"+strconv.Itoa(office), "--mosquitto-dir", dir, "--mosquitto-pid", filepath.Join(dir, "pid"),
		"--kiosk-life", "12960h", "--log-level", "error", "--demo")
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	trusted, _ := enrol(t, o.http, data, kiosk, private)
	up, down := make(chan bool, 8), make(chan error, 8)
	link, err := mqttlink.Dial(mqttlink.Config{
		Broker: "tls://" + net.JoinHostPort("127.0.0.1", strconv.Itoa(port)), TLS: trusted, Rand: mrand.Float64, MinBackoff: 20 * time.Millisecond,
		Subscriptions: []mqttlink.Subscription{{Filter: wire.Down(kiosk, wire.ChanCfg, ""), QoS: 1}},
		OnUp:          func() { up <- true },
		OnDown:        func(err error) { down <- err },
	})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = link.Close(t.Context()) }()
	select {
	case <-up:
	case <-time.After(patience):
		t.Fatal("the kiosk does not reach the broker")
	}
	mustCommand(t, data, "kiosk", "suspend", kiosk, "--user", "operator", "--reason", "机柜被撬")
	began := time.Now()
	select {
	case <-down:
		t.Logf("a suspended kiosk is cut off after %s", time.Since(began).Round(time.Millisecond))
	case <-time.After(patience): // 5 s on a machine of its own: see TestAttackMosquitto
		t.Error("a suspended kiosk stays connected")
	}
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// freePort is a port that nobody listened on just now.
func freePort(t *testing.T) int {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	return ln.Addr().(*net.TCPAddr).Port
}
