package admission_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"wattkiosk/uplink/mqttlink"
	"wattkiosk/uplink/office/admission"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/ca"
	"wattkiosk/uplink/office/fleet"
	"wattkiosk/uplink/office/identity"
	"wattkiosk/uplink/office/store"
	"wattkiosk/uplink/office/store/memstore"
	"wattkiosk/uplink/wire"
)

const (
	kiosk = "10000001"
	day   = 24 * time.Hour
	grace = 180 * day
)

// hall is a head office with a clock of its own, and the folder of one kiosk.
type hall struct {
	t    *testing.T
	now  time.Time
	ca   *ca.Authority
	shop *store.Store
	desk *admission.Desk
	dir  string // of the kiosk's enrolment
	kept string // where it keeps what it renewed; "" is there too
}

// renewed is where files of a renewal lie.
func (h *hall) renewed(name string) string {
	if h.kept != "" {
		return filepath.Join(h.kept, name)
	}

	return filepath.Join(h.dir, name)
}

func newHall(t *testing.T) *hall {
	t.Helper()
	h := &hall{t: t, now: time.Now(), shop: memstore.New(books.Rules{}), dir: t.TempDir()}
	clock := func() time.Time { return h.now }
	var err error
	if h.ca, err = ca.Open(t.TempDir(), ca.WithClock(clock)); err != nil {
		t.Fatal(err)
	}
	h.desk = h.another()
	h.enrol(h.dir)

	return h
}

// another is one more head office on the same books.
func (h *hall) another() *admission.Desk {
	d := admission.New(admission.Config{
		Identities: h.shop.Identities, Signer: h.ca, Grace: grace, Now: func() time.Time { return h.now }, Log: slog.New(slog.DiscardHandler),
	})
	if err := d.Look(h.t.Context()); err != nil {
		h.t.Fatal(err)
	}

	return d
}

// enrol makes a key in a folder and has it certified as the kiosk's.
func (h *hall) enrol(dir string) {
	h.t.Helper()
	if err := h.ca.WriteClient(kiosk, dir); err != nil { // a key, and a certificate of five years that nobody enrolled
		h.t.Fatal(err)
	}
	id := h.identity(dir)
	csr, err := id.Request() // so that the authority's life of a kiosk's certificate counts
	if err != nil {
		h.t.Fatal(err)
	}
	pem, err := h.ca.SignKiosk([]byte(csr), kiosk)
	if err != nil {
		h.t.Fatal(err)
	}
	if err := errors.Join(id.Certified(pem), id.Promote()); err != nil {
		h.t.Fatal(err)
	}
	leaf, err := ca.Certificate(pem)
	if err != nil {
		h.t.Fatal(err)
	}
	secret := leaf.SerialNumber.String()
	if err := h.shop.AddToken(h.t.Context(), secret, kiosk, false, h.now.Add(time.Hour)); err != nil {
		h.t.Fatal(err)
	}
	_, err = h.shop.Enrol(h.t.Context(), fleet.Claim{Token: secret}, h.now, func(fleet.Kiosk) (identity.Certificate, error) {
		return admission.CertificateOf(leaf), nil
	})
	if err != nil {
		h.t.Fatal(err)
	}
}

// identity is what kioskd reads at its start.
func (h *hall) identity(dir string) *mqttlink.Identity {
	h.t.Helper()
	_, id := h.open(dir)

	return id
}

func (h *hall) open(dir string) (*tls.Config, *mqttlink.Identity) {
	h.t.Helper()
	conf, id, err := mqttlink.TLSIdentity(nil, filepath.Join(dir, "ca.pem"), filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem"), h.kept, "")
	if err != nil {
		h.t.Fatal(err)
	}

	return conf, id
}

// shown is the certificate that the next connection shows.
func (h *hall) shown(conf *tls.Config) *x509.Certificate {
	h.t.Helper()
	own, err := conf.GetClientCertificate(&tls.CertificateRequestInfo{})
	if err != nil {
		h.t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(own.Certificate[0])
	if err != nil {
		h.t.Fatal(err)
	}

	return leaf
}

// ask asks head office for the certificate.
func (h *hall) ask(b wire.RenewBody) (wire.Renewal, *wire.Error) {
	h.t.Helper()
	raw, err := json.Marshal(b)
	if err != nil {
		h.t.Fatal(err)
	}
	reply := h.desk.Answer(h.t.Context(), kiosk, wire.Request{V: wire.Version, ID: "renew-1", Op: wire.OpRenew, Body: raw})
	var out wire.Renewal
	if reply.Error == nil {
		if err := wire.Decode(reply.Body, &out); err != nil {
			h.t.Fatal(err)
		}
	}

	return out, reply.Error
}

func (h *hall) proof(id *mqttlink.Identity) []byte {
	h.t.Helper()
	p, err := id.Sign(func(key []byte) []byte { return wire.RenewalText(kiosk, key) })
	if err != nil {
		h.t.Fatal(err)
	}

	return p
}

// steps are those of a renewal, each as far as a power cut may let it come.
func (h *hall) steps(id *mqttlink.Identity, conf *tls.Config) []func() {
	var csr string
	var a wire.Renewal
	copied := func(from, to string) {
		b, err := os.ReadFile(h.renewed(from))
		if err == nil {
			err = os.WriteFile(h.renewed(to), b, 0o600)
		}
		if err != nil {
			h.t.Fatal(err)
		}
	}
	must := func(err error) {
		if err != nil {
			h.t.Fatal(err)
		}
	}

	return []func(){
		func() {},
		func() { var err error; csr, err = id.Request(); must(err) },
		func() { a, _ = h.ask(wire.RenewBody{CSR: csr}) },
		func() { must(id.Certified(a.Cert)) },
		func() { h.shown(conf); h.ask(wire.RenewBody{Proof: h.proof(id)}) },
		func() { copied("next-cert.pem", "cert.pem") },
		func() { copied("next-key.pem", "key.pem") },
		func() { must(os.Remove(h.renewed("next-cert.pem"))) },
		func() { must(os.Remove(h.renewed("next-key.pem"))) },
	}
}

// goOn is what a kiosk does after a start, until it has a renewed certificate. Each
// connection is one that head office lets in.
func (h *hall) goOn() {
	h.t.Helper()
	conf, id := h.open(h.dir)
	for range 5 {
		h.now = h.now.Add(time.Minute) // a start takes its time
		leaf := h.shown(conf)
		if v := h.desk.Judge(kiosk, leaf); v != identity.Admitted && v != identity.RenewalOnly {
			h.t.Fatalf("what is shown is not let in: verdict %d", v)
		}
		if id.HasNext() && id.ShowsNext() {
			if a, fault := h.ask(wire.RenewBody{Proof: h.proof(id)}); fault != nil || !a.Confirmed {
				h.t.Fatalf("proof: %+v, %v", a, fault)
			}
			if err := id.Promote(); err != nil {
				h.t.Fatal(err)
			}
			continue
		}
		a, fault := h.ask(wire.RenewBody{})
		if fault != nil {
			h.t.Fatal(fault)
		}
		if !a.Due {
			return
		}
		csr, err := id.Request()
		if err != nil {
			h.t.Fatal(err)
		}
		if a, fault = h.ask(wire.RenewBody{CSR: csr}); fault != nil {
			h.t.Fatal(fault)
		}
		if err := id.Certified(a.Cert); err != nil {
			h.t.Fatal(err)
		}
	}
	h.t.Fatal("it does not come to an end")
}

// enrolled are the files that an enrolment wrote.
func (h *hall) enrolled() []byte {
	h.t.Helper()
	var all []byte
	for _, name := range []string{"cert.pem", "key.pem"} {
		b, err := os.ReadFile(filepath.Join(h.dir, name))
		if err != nil {
			h.t.Fatal(err)
		}
		all = append(all, b...)
	}

	return all
}

// TestAttackPowerCutInARenewal: at each step, before and within its end, the files that are
// left have a pair that head office lets in, and the renewal comes to its end.
func TestAttackPowerCutInARenewal(t *testing.T) {
	for n := range 2 * 9 {
		cut, apart := n/2, n%2 == 1
		t.Run(fmt.Sprintf("after step %d, apart %t", cut, apart), func(t *testing.T) {
			h := newHall(t)
			if apart {
				h.kept = filepath.Join(t.TempDir(), "identity")
			}
			enrolled := h.enrolled()
			h.now = h.now.Add(130 * day)
			conf, id := h.open(h.dir)
			old := h.shown(conf)
			for _, step := range h.steps(id, conf)[:cut+1] {
				step()
			}
			h.goOn()

			conf, id = h.open(h.dir)
			now := h.shown(conf)
			if now.Equal(old) || id.HasNext() {
				t.Errorf("the same certificate: %v, a next one is left: %v", now.Equal(old), id.HasNext())
			}
			if v := h.desk.Judge(kiosk, old); v != identity.KeyReplaced {
				t.Errorf("the key before: verdict %d", v)
			}
			if v := h.desk.Judge(kiosk, now); v != identity.Admitted {
				t.Errorf("the newest key: verdict %d", v)
			}
			if want := h.now.Add(180 * day); now.NotAfter.Before(want) {
				t.Errorf("ends %s, before %s", now.NotAfter, want)
			}

			h.now = h.now.Add(130 * day)
			h.goOn() // and once more
			conf, _ = h.open(h.dir)
			if again := h.shown(conf); again.Equal(now) || h.desk.Judge(kiosk, again) != identity.Admitted {
				t.Errorf("renewed again: the same %t, verdict %d", again.Equal(now), h.desk.Judge(kiosk, again))
			}
			if same := bytes.Equal(enrolled, h.enrolled()); same != apart {
				t.Errorf("the files of the enrolment are the same: %t", same)
			}
		})
	}
}

// TestAttackHundredDaysAway: a kiosk that was away past its certificate's end renews it, by
// head office's clock alone; past the grace it does not.
func TestAttackHundredDaysAway(t *testing.T) {
	for _, c := range []struct {
		away time.Duration
		want identity.Verdict
	}{
		{100 * day, identity.Admitted}, {122*day + 100*day, identity.RenewalOnly}, {362 * day, identity.RenewalOnly}, {364 * day, identity.Ended},
	} {
		h := newHall(t)
		conf, _ := h.open(h.dir)
		h.now = h.now.Add(c.away)
		if v := h.desk.Judge(kiosk, h.shown(conf)); v != c.want {
			t.Errorf("after %s: verdict %d, want %d", c.away, v, c.want)
		}
		if c.want != identity.RenewalOnly {
			continue
		}
		h.goOn()
		conf, _ = h.open(h.dir)
		if v := h.desk.Judge(kiosk, h.shown(conf)); v != identity.Admitted {
			t.Errorf("renewed after %s: verdict %d", c.away, v)
		}
	}
}

// TestAttackReplacedKeyRenews: who has a key that was replaced gets no certificate by it,
// proves nothing, and is told of.
func TestAttackReplacedKeyRenews(t *testing.T) {
	h := newHall(t)
	lost := t.TempDir()
	if err := os.CopyFS(filepath.Join(lost, "copy"), os.DirFS(h.dir)); err != nil {
		t.Fatal(err)
	}
	conf, id := h.open(filepath.Join(lost, "copy"))
	h.now = h.now.Add(time.Hour)
	h.enrol(h.dir)
	if v := h.desk.Judge(kiosk, h.shown(conf)); v != identity.KeyReplaced {
		t.Errorf("verdict %d", v)
	}
	if _, fault := h.ask(wire.RenewBody{Proof: h.proof(id)}); fault == nil || fault.Code != wire.ErrCodeConflict {
		t.Errorf("its proof: %v", fault)
	}
	if _, fault := h.ask(wire.RenewBody{CSR: "-----BEGIN"}); fault == nil || fault.Code != wire.ErrCodeBadRequest {
		t.Errorf("no request: %v", fault)
	}
	h.cases(func(d *admission.Desk) {}, "a key that was replaced is being used: "+identity.Fingerprint(string(h.shown(conf).RawSubjectPublicKeyInfo)))
}

// cases runs the desk until it has written down what it noticed, and holds the open cases.
func (h *hall) cases(do func(d *admission.Desk), want ...string) {
	h.t.Helper()
	do(h.desk)
	ctx, stop := context.WithTimeout(h.t.Context(), 300*time.Millisecond)
	defer stop()
	h.desk.Run(ctx)
	got, err := h.shop.Cases(h.t.Context(), books.Filter{Open: true})
	if err != nil || len(got) != len(want) {
		h.t.Fatalf("cases %+v, %v; want %q", got, err, want)
	}
	for n, c := range got {
		if c.Class != books.ClassClone || c.Kiosk != kiosk || c.Text != want[n] {
			h.t.Errorf("case %+v, want %q", c, want[n])
		}
	}
}

// TestAttackClone: two boards with one key take each other's place, which is a case; a line
// that breaks now and then, and an address that changes, is none.
func TestAttackClone(t *testing.T) {
	h := newHall(t)
	conf, _ := h.open(h.dir)
	leaf := h.shown(conf)
	over := func(before, now string, after time.Duration) {
		h.now = h.now.Add(after)
		h.desk.TakenOver(kiosk, before, leaf, now, leaf)
	}
	for range 30 {
		over("10.0.0.1", "10.0.0.1", time.Minute+time.Second)
	}
	over("10.0.0.1", "10.0.0.2", time.Minute)
	over("10.0.0.2", "10.0.0.3", time.Minute)
	h.cases(func(*admission.Desk) {})

	h.now = h.now.Add(time.Hour)
	h.cases(func(*admission.Desk) {
		for range 2 {
			over("10.0.0.3", "10.9.9.9", 10*time.Second)
			over("10.9.9.9", "10.0.0.3", 10*time.Second)
		}
	}, "two connections take each other's place: from 10.9.9.9 with key "+identity.Fingerprint(string(leaf.RawSubjectPublicKeyInfo))+
		", and from 10.0.0.3 with key "+identity.Fingerprint(string(leaf.RawSubjectPublicKeyInfo)))
}

// TestAttackSuspendedElsewhere: what another head office on the same books, or a command
// line, changes is known within a second, and who watches is told.
func TestAttackSuspendedElsewhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHall(t)
		conf, _ := h.open(h.dir)
		leaf := h.shown(conf)
		far := h.another()
		var told []string
		var at time.Time
		far.Watch(func(kiosks []string) { told, at = append(told, kiosks...), time.Now() })
		ctx, stop := context.WithCancel(t.Context())
		go far.Run(ctx)
		if !far.Serves(kiosk) || far.Judge(kiosk, leaf) != identity.Admitted {
			t.Error("it is not in service")
		}

		began := time.Now()
		if _, err := h.shop.Identities.Suspend(t.Context(), kiosk, "op", "stolen", h.now); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if len(told) != 1 || told[0] != kiosk || at.Sub(began) > time.Second {
			t.Errorf("told %v after %s", told, at.Sub(began))
		}
		if far.Serves(kiosk) || far.Judge(kiosk, leaf) != identity.OutOfService {
			t.Error("it is in service")
		}
		if _, fault := h.ask(wire.RenewBody{}); fault != nil {
			t.Errorf("how the certificate is: %v", fault)
		}
		stop()
		synctest.Wait()
	})
}

// TestAttackFirstKioskSuspendedAtOnce: the first kiosk of a head office that had none, which is
// suspended before it was looked at, is told to who ends its connections.
func TestAttackFirstKioskSuspendedAtOnce(t *testing.T) {
	shop := memstore.New(books.Rules{})
	desk := admission.New(admission.Config{Identities: shop.Identities, Now: time.Now, Log: slog.New(slog.DiscardHandler)})
	var told []string
	desk.Watch(func(kiosks []string) { told = append(told, kiosks...) })
	look := func() {
		t.Helper()
		if err := desk.Look(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	look()
	if err := shop.AddToken(t.Context(), "one", kiosk, false, time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	_, err := shop.Enrol(t.Context(), fleet.Claim{Token: "one"}, time.Now(), func(fleet.Kiosk) (identity.Certificate, error) {
		return identity.Certificate{Serial: "1", Kiosk: kiosk, Key: "key", Issued: 1, Ends: time.Now().Add(time.Hour).UnixMilli()}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := shop.Identities.Suspend(t.Context(), kiosk, "op", "stolen", time.Now()); err != nil {
		t.Fatal(err)
	}
	look()
	look()
	if len(told) != 1 || told[0] != kiosk || desk.Serves(kiosk) {
		t.Errorf("told %v, serves %t", told, desk.Serves(kiosk))
	}
}

// TestBooksOutOfABackup: a certificate that was renewed after the backup is let in, and the
// one before it is not any more.
func TestBooksOutOfABackup(t *testing.T) {
	h := newHall(t)
	h.now = h.now.Add(130 * day)
	conf, _ := h.open(h.dir)
	old := h.shown(conf)
	before, err := h.shop.Identities.Identity(t.Context(), kiosk)
	if err != nil {
		t.Fatal(err)
	}
	h.goOn()
	conf, _ = h.open(h.dir)
	renewed := h.shown(conf)

	if v := before.Judge(admission.CertificateOf(renewed), grace, h.now); v != identity.Lost {
		t.Errorf("by the books of the backup: verdict %d", v)
	}
	if v := h.desk.Judge(kiosk, old); v != identity.KeyReplaced {
		t.Errorf("the one before: verdict %d", v)
	}
}
