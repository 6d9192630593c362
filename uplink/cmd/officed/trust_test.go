package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"fmt"
	mrand "math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"wattkiosk/payments/record"
	"wattkiosk/uplink/mqttlink"
	"wattkiosk/uplink/office/ca"
	"wattkiosk/uplink/office/store/postgrestest"
	"wattkiosk/uplink/office/store/storetest"
	"wattkiosk/uplink/wire"
)

// pair is two head offices over the same books, with the same keys.
type pair struct {
	t           *testing.T
	db          string
	here, there office
	conf        *tls.Config // of the kiosk
}

func twoOffices(t *testing.T) *pair {
	t.Helper()
	if !postgrestest.Installed() {
		t.Skip("PostgreSQL 15 is not installed")
	}
	s := postgrestest.Start(t, "books")
	p := &pair{t: t, db: fmt.Sprintf("postgres:///books?user=books&host=%s", s.Dir)}
	dir := t.TempDir()
	serve := func(data string) office {
		return startOfficeAt(t, "serve", "--data", data, "--db", p.db, "--http", "127.0.0.1:0", "--mqtt-listen", "127.0.0.1:0", "--log-level", "error", "--demo")
	}
	p.here = serve(dir)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	p.conf, _ = enrol(t, p.here.http, dir, storetest.Kiosk, key, "--db", p.db)

	other := t.TempDir()
	copyKeys(t, filepath.Join(dir, keyFolder), filepath.Join(other, keyFolder))
	p.there = serve(other)

	return p
}

// copyKeys copies the keys of one head office to another, for their owner alone.
func copyKeys(t *testing.T, from, to string) {
	t.Helper()
	files, err := os.ReadDir(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(to, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if f.IsDir() {
			continue
		}
		b, err := os.ReadFile(filepath.Join(from, f.Name()))
		if err == nil {
			err = os.WriteFile(filepath.Join(to, f.Name()), b, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// within receives, or ends the test.
func within[T any](t *testing.T, what string, c <-chan T) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(3 * patience):
		t.Fatalf("%s: it does not come", what)
		panic("unreachable")
	}
}

// fetches asks an office for a bundle, and returns the status; 0 for no connection.
func fetches(conf *tls.Config, base string) int {
	c := &http.Client{Transport: &http.Transport{TLSClientConfig: conf, DisableKeepAlives: true}, Timeout: patience}
	a, err := c.Get(base + "/bundles/" + strings.Repeat("0", 64))
	if err != nil {
		return 0
	}
	_ = a.Body.Close()

	return a.StatusCode
}

// TestAttackSuspendedAtAnotherOffice: a kiosk that is suspended at one head office loses its
// connection at the other within 5 seconds, and its bundles. What it writes meanwhile comes
// once two people have resumed it, and nothing is lost.
func TestAttackSuspendedAtAnotherOffice(t *testing.T) {
	p := twoOffices(t)
	up, down, acks := make(chan time.Time, 20), make(chan time.Time, 20), make(chan wire.Ack, 20)
	link, err := mqttlink.Dial(mqttlink.Config{
		Broker: p.there.broker, TLS: p.conf, Rand: mrand.Float64, MinBackoff: 20 * time.Millisecond, MaxBackoff: 200 * time.Millisecond,
		Subscriptions: []mqttlink.Subscription{{Filter: wire.Down(storetest.Kiosk, wire.ChanAck, ""), QoS: 1}},
		OnUp:          func() { up <- time.Now() },
		OnDown:        func(error) { down <- time.Now() },
		OnMessage: func(_ string, b []byte) {
			var a wire.Ack
			if wire.Decode(b, &a) == nil {
				acks <- a
			}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = link.Close(context.Background()) })
	sends := func(recs []record.Record, upto record.Head) {
		t.Helper()
		batch, err := wire.EncodeBatch(recs)
		if err != nil {
			t.Fatal(err)
		}
		until := time.After(3 * patience)
		for { // as a kiosk does, again while no answer comes: an office may not have heard yet that it is resumed
			if err := link.Publish(t.Context(), wire.Up(storetest.Kiosk, wire.ChanRec, ""), batch, 1, false); err != nil {
				t.Fatal(err)
			}
			for again := time.After(patience / 5); again != nil; {
				select {
				case a := <-acks:
					if a.Upto == upto.Seq && a.Hash == upto.Hash {
						return
					}
				case <-again:
					again = nil
				case <-until:
					t.Fatalf("no acknowledgement up to %d", upto.Seq)
				}
			}
		}
	}
	within(t, "a connection", up)
	j := storetest.NewJournal(storetest.Kiosk).Pay(t, 1, "1000000001", 10000)
	sends(j.Recs, j.Head)
	if status := fetches(p.conf, p.there.bundles); status != http.StatusNotFound {
		t.Errorf("a bundle that is not there: %d", status)
	}

	boss, wang := logIn(t, p.here.http, "supervisor"), logIn(t, p.here.http, "operator")
	began := time.Now()
	wang.call("POST", "/api/v1/kiosks/"+storetest.Kiosk+"/suspend", map[string]string{"reason": "机柜被撬"}, nil)
	took := within(t, "the end of the connection", down).Sub(began)
	t.Logf("the connection is gone after %v", took.Round(time.Millisecond))
	if took > 5*time.Second {
		t.Errorf("at most 5 s")
	}
	if status := fetches(p.conf, p.there.bundles); status != http.StatusForbidden {
		t.Errorf("a bundle for a kiosk that is suspended: %d", status)
	}
	before := len(j.Recs)
	j.Pay(t, 2, "1000000002", 5000, 2000) // while it is suspended

	var plan struct{ ID, Hash string }
	wang.call("POST", "/api/v1/kiosks/"+storetest.Kiosk+"/resume", map[string]string{"reason": "现场已查看"}, &plan)
	boss.call("POST", "/api/v1/plans/"+plan.ID+"/approve", map[string]string{"hash": plan.Hash}, nil)
	within(t, "a connection after it was resumed", up)
	sends(j.Recs[before:], j.Head)

	books, err := openBooks(t.Context(), &options{db: p.db})
	if err != nil {
		t.Fatal(err)
	}
	defer books.Close()
	k, err := books.Kiosk(t.Context(), storetest.Kiosk)
	if err != nil || k.Head != j.Head {
		t.Errorf("the journal ends with %+v, want %+v (%v)", k.Head, j.Head, err)
	}
}

// TestAttackAtTheDepot: bundles are handed out to kiosks in service only: not to a stranger, not
// to one without a certificate, not to a board whose key was replaced, nor to a suspended one.
func TestAttackAtTheDepot(t *testing.T) {
	dir := t.TempDir()
	o := startOfficeAt(t, "serve", "--data", dir, "--http", "127.0.0.1:0", "--mqtt-listen", "127.0.0.1:0", "--log-level", "error", "--demo")
	var confs []*tls.Config
	for range 2 { // the second board takes the first one's place
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		conf, _ := enrol(t, o.http, dir, storetest.Kiosk, key)
		confs = append(confs, conf)
	}
	foreign, err := ca.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	stranger, err := foreign.ClientTLS(storetest.Kiosk)
	if err != nil {
		t.Fatal(err)
	}
	stranger.RootCAs = confs[1].RootCAs
	bare := confs[1].Clone()
	bare.Certificates = nil
	for _, c := range []struct {
		who  string
		conf *tls.Config
		want int
	}{
		{"the kiosk", confs[1], http.StatusNotFound},
		{"the board that was replaced", confs[0], http.StatusForbidden},
		{"another authority's", stranger, 0},
		{"without a certificate", bare, 0},
	} {
		if status := fetches(c.conf, o.bundles); status != c.want {
			t.Errorf("%s: %d, want %d", c.who, status, c.want)
		}
	}
	logIn(t, o.http, "operator").call("POST", "/api/v1/kiosks/"+storetest.Kiosk+"/suspend", map[string]string{"reason": "机柜被撬"}, nil)
	late := time.Now().Add(5 * time.Second)
	for fetches(confs[1], o.bundles) != http.StatusForbidden {
		if time.Now().After(late) {
			t.Fatal("bundles go out to a kiosk that is suspended")
		}
	}
}
