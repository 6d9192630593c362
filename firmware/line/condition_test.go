package line

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"net"
	"strings"
	"testing"
	"time"

	"wattkiosk/firmware/kiosk"
	"wattkiosk/payments/record"
	"wattkiosk/uplink/wire"
)

func acknowledge(t *testing.T, u *Uplink, h record.Head) {
	t.Helper()
	b, err := json.Marshal(wire.Ack{V: 1, Upto: h.Seq, Hash: h.Hash})
	if err != nil {
		t.Fatal(err)
	}
	u.message(t.Context(), time.Now(), "wk/v1/dn/10000001/ack", b)
}

// TestAnotherJournalIsACondition: an acknowledgement beyond our journal, or of another hash,
// is one, and so is one that says that the journal forks; a right one after it ends that.
func TestAnotherJournalIsACondition(t *testing.T) {
	for _, beyond := range []uint64{0, 1} {
		u, j, events := heard(t)
		h := j.Head()
		acknowledge(t, u, record.Head{Seq: h.Seq + beyond, Hash: record.Genesis("10000001", 7)})
		if len(*events) != 1 {
			t.Fatalf("told %+v", *events)
		}
		w, ok := (*events)[0].(kiosk.Warning)
		if !ok || w.Code != "journal-apart" || !w.On || !strings.Contains(w.Detail, "does not fit the journal") {
			t.Errorf("told %+v", w)
		}
		u.message(t.Context(), time.Now(), "wk/v1/dn/10000001/ack", fmt.Appendf(nil, `{"v":1,"upto":%d,"hash":"%s","fork":true}`, h.Seq, h.Hash))
		if w, ok := (*events)[len(*events)-1].(kiosk.Warning); !ok || !w.On || len(*events) != 2 || j.Acknowledged() != h.Seq {
			t.Errorf("of a fork: acknowledged %d, told %+v", j.Acknowledged(), *events)
		}
		acknowledge(t, u, h)
		if w, ok := (*events)[len(*events)-1].(kiosk.Warning); !ok || w.Code != "journal-apart" || w.On || len(*events) != 3 {
			t.Errorf("told %+v", *events)
		}
	}
}

// TestOlderOfficeIsFollowed: its word, three times, moves the journal's mark back.
func TestOlderOfficeIsFollowed(t *testing.T) {
	u, j, events := heard(t)
	acknowledge(t, u, j.Head())
	first := record.Head{Seq: 1}
	recs, err := j.Read(2, 1, record.MaxSize)
	if err != nil {
		t.Fatal(err)
	}
	first.Hash = recs[0].Prev
	for range 3 {
		acknowledge(t, u, first)
	}
	if j.Acknowledged() != 1 || len(*events) != 0 {
		t.Errorf("acknowledged %d, told %+v", j.Acknowledged(), *events)
	}
}

// certificateFor is a client configuration whose certificate ends at until.
func certificateFor(t *testing.T, until time.Time) *tls.Config {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "10000001"}, NotBefore: time.Unix(0, 0), NotAfter: until}
	der, err := x509.CreateCertificate(rand.Reader, c, c, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
}

// TestCertificateThatEndsSoon is reported 30 days before, once for each day, and no
// more when a new one is there.
func TestCertificateThatEndsSoon(t *testing.T) {
	u, _, events := heard(t)
	now := time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)
	ends := time.Date(2026, 12, 31, 0, 0, 0, 0, time.UTC)
	u.tls = certificateFor(t, ends)
	var got []string
	look := func(at time.Time) {
		*events = nil
		u.checkCertificate(t.Context(), at)
		for _, e := range *events {
			got = append(got, fmt.Sprintf("%v", e))
		}
	}
	for _, after := range []time.Duration{0, 35 * time.Hour, 36 * time.Hour, 37 * time.Hour, 38 * time.Hour, 31 * 24 * time.Hour, 33 * 24 * time.Hour} {
		look(now.Add(after))
	}
	u.tls = certificateFor(t, ends.AddDate(1, 0, 0))
	look(now.Add(34 * 24 * time.Hour))
	want := []string{
		"{certificate true ends 2026-12-31, 30 days left line}", "{certificate true ends 2026-12-31, 29 days left line}",
		"{certificate true ends 2026-12-31, 0 days left line}", "{certificate false  line}",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("told\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestWrongClockIsACondition, until the line is up.
func TestWrongClockIsACondition(t *testing.T) {
	u, _, events := heard(t)
	u.failed(t.Context(), errors.New("connection refused"))
	u.failed(t.Context(), fmt.Errorf("cannot connect: %w", x509.CertificateInvalidError{Reason: x509.Expired}))
	u.up(t.Context(), time.Now())
	u.failed(t.Context(), &net.OpError{Op: "remote error", Err: errors.New("tls: expired certificate")})
	var got []string
	for _, e := range *events {
		if w, ok := e.(kiosk.Warning); ok {
			got = append(got, fmt.Sprint(w.Code, " ", w.On))
		}
	}
	if want := "clock true, clock false, certificate true"; strings.Join(got, ", ") != want {
		t.Errorf("told %s, want %s", strings.Join(got, ", "), want)
	}
}

// TestHeartbeatsSpread: after a line came up the next one may come at any time within
// a minute, later ones after 45 to 75 s.
func TestHeartbeatsSpread(t *testing.T) {
	for _, c := range []struct {
		first  bool
		chance float64
		want   time.Duration
	}{{true, 0, 0}, {true, 0.5, 30 * time.Second}, {false, 0, 45 * time.Second}, {false, 0.5, time.Minute}, {false, 1, 75 * time.Second}} {
		if got := beatIn(c.first, c.chance); got != c.want {
			t.Errorf("%+v: %s", c, got)
		}
	}
}
