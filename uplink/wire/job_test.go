package wire_test

import (
	"crypto/ed25519"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"wattkiosk/ota/manifest"
	"wattkiosk/uplink/wire"
)

func someJob() wire.Job {
	return wire.Job{
		V: 1, Kiosk: "10000001", ID: "r1-10000001-u", Kind: wire.JobUpdate, Issued: 1764000000000, Deadline: 1764600000000, Build: 42,
		Bundle: &wire.JobBundle{URL: "https://office.example/bundles/ab", Size: 1 << 20, SHA256: manifest.Digest{0xab}},
		Window: wire.Window{From: 60, To: 300},
	}
}

func officeKey() ed25519.PrivateKey { return ed25519.NewKeyFromSeed(make([]byte, 32)) }

func TestJobIsSigned(t *testing.T) {
	priv := officeKey()
	pub := priv.Public().(ed25519.PublicKey)
	s, err := wire.SignJob(priv, someJob())
	if err != nil {
		t.Fatal(err)
	}
	got, err := wire.OpenJob(pub, s)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(someJob(), got); d != "" {
		t.Error(d)
	}
	if _, err := wire.Open(pub, s); !errors.Is(err, wire.ErrSignature) {
		t.Errorf("a job opens as a policy: %v", err)
	}
	p, err := wire.Sign(priv, policy)
	if err != nil {
		t.Fatal(err)
	}
	changed := []byte(strings.Replace(string(s.Body), `"build":42`, `"build":43`, 1))
	for name, c := range map[string]struct {
		pub  ed25519.PublicKey
		s    wire.Signed
		want error
	}{
		"a policy": {pub, p, wire.ErrSignature},
		"changed":  {pub, wire.Signed{V: 1, Body: changed, Sig: s.Sig}, wire.ErrSignature},
		"no key":   {nil, s, wire.ErrSignature},
		"version":  {pub, wire.Signed{V: 2, Body: s.Body, Sig: s.Sig}, wire.ErrMessage},
	} {
		if _, err := wire.OpenJob(c.pub, c.s); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
	}
}

func TestJobsAreChecked(t *testing.T) {
	for name, change := range map[string]func(*wire.Job){
		"version":               func(j *wire.Job) { j.V = 2 },
		"kiosk":                 func(j *wire.Job) { j.Kiosk = "*" },
		"id":                    func(j *wire.Job) { j.ID = "a/b" },
		"kind":                  func(j *wire.Job) { j.Kind = "format" },
		"deadline":              func(j *wire.Job) { j.Deadline = j.Issued },
		"issued":                func(j *wire.Job) { j.Issued = 0 },
		"no build":              func(j *wire.Job) { j.Build = 0 },
		"no bundle":             func(j *wire.Job) { j.Bundle = nil },
		"rollback with bundle":  func(j *wire.Job) { j.Kind = wire.JobRollback },
		"content without one":   func(j *wire.Job) { j.Kind, j.Bundle = wire.JobContent, nil },
		"plain http":            func(j *wire.Job) { j.Bundle.URL = "http://office.example/bundles/ab" },
		"path only":             func(j *wire.Job) { j.Bundle.URL = "/bundles/ab" },
		"password in the url":   func(j *wire.Job) { j.Bundle.URL = "https://u:p@office.example/bundles/ab" },
		"long url":              func(j *wire.Job) { j.Bundle.URL = "https://office.example/" + strings.Repeat("a", 500) },
		"no size":               func(j *wire.Job) { j.Bundle.Size = 0 },
		"size":                  func(j *wire.Job) { j.Bundle.Size = 8<<30 + 1 },
		"hash":                  func(j *wire.Job) { j.Bundle.SHA256 = manifest.Digest{} },
		"window":                func(j *wire.Job) { j.Window.To = 1440 },
		"window before the day": func(j *wire.Job) { j.Window.From = -1 },
		"jitter":                func(j *wire.Job) { j.JitterSeconds = 21601 },
		"rate":                  func(j *wire.Job) { j.BytesPerSecond = 1 },
		"long version":          func(j *wire.Job) { j.Version = strings.Repeat("1", 65) },
	} {
		j := someJob()
		change(&j)
		if _, err := wire.SignJob(officeKey(), j); !errors.Is(err, wire.ErrMessage) {
			t.Errorf("%s: got %v, want ErrMessage", name, err)
		}
	}
	back := someJob()
	back.Kind, back.Bundle = wire.JobRollback, nil
	content := someJob()
	content.Kind, content.Build = wire.JobContent, 0
	for _, j := range []wire.Job{back, content} {
		if err := j.Check(); err != nil {
			t.Errorf("%s: %v", j.Kind, err)
		}
	}
}

func TestWindowHolds(t *testing.T) {
	zone := time.FixedZone("CST", 8*60*60)
	at := func(h, m int) time.Time { return time.Date(2026, 11, 23, h, m, 30, 0, zone) }
	for _, c := range []struct {
		w    wire.Window
		t    time.Time
		want bool
	}{
		{wire.Window{From: 60, To: 300}, at(0, 59), false},
		{wire.Window{From: 60, To: 300}, at(1, 0), true},
		{wire.Window{From: 60, To: 300}, at(4, 59), true},
		{wire.Window{From: 60, To: 300}, at(5, 0), false},
		{wire.Window{From: 1380, To: 120}, at(22, 59), false},
		{wire.Window{From: 1380, To: 120}, at(23, 0), true},
		{wire.Window{From: 1380, To: 120}, at(1, 59), true},
		{wire.Window{From: 1380, To: 120}, at(2, 0), false},
		{wire.Window{From: 300, To: 300}, at(12, 0), true},
	} {
		if got := c.w.Holds(c.t); got != c.want {
			t.Errorf("%+v at %s: %v", c.w, c.t.Format("15:04"), got)
		}
	}
}

func TestJobReportsAreChecked(t *testing.T) {
	const good = `{"v":1,"id":"a","phase":"downloading","percent":40,"from":41,"to":42,"at":5}`
	r, err := wire.DecodeJobReport("a", []byte(good))
	if err != nil || (r != wire.JobReport{V: 1, ID: "a", Phase: "downloading", Percent: 40, From: 41, To: 42, At: 5}) {
		t.Errorf("%+v, %v", r, err)
	}
	for name, in := range map[string]string{
		"another's topic": strings.Replace(good, `"a"`, `"b"`, 1),
		"version":         strings.Replace(good, `"v":1`, `"v":2`, 1),
		"phase":           strings.Replace(good, "downloading", "dancing", 1),
		"percent":         strings.Replace(good, "40", "101", 1),
		"negative":        strings.Replace(good, "40", "-1", 1),
		"build":           strings.Replace(good, "41", "-41", 1),
		"huge build":      strings.Replace(good, "41", "9223372036854775808", 1),
		"time":            strings.Replace(good, `"at":5`, `"at":-5`, 1),
		"unknown field":   strings.Replace(good, `"at":5`, `"at":5,"pan":"4"`, 1),
		"code":            strings.Replace(good, `"at":5`, `"at":5,"code":"a b"`, 1),
		"detail":          strings.Replace(good, `"at":5`, `"at":5,"detail":"`+strings.Repeat("a", 501)+`"`, 1),
		"control":         strings.Replace(good, `"at":5`, `"at":5,"detail":"a\u0000b"`, 1),
	} {
		if _, err := wire.DecodeJobReport("a", []byte(in)); !errors.Is(err, wire.ErrMessage) {
			t.Errorf("%s: got %v, want ErrMessage", name, err)
		}
	}
}

func TestPhases(t *testing.T) {
	const none, final, armed = 0, 1, 2
	for p, want := range map[wire.Phase]int{
		"offered": none, "downloading": none, "checked": none, "writing": none, "armed": armed, "rebooting": armed, "trial": armed,
		"good": final, "fell-back": final, "refused": final, "failed": final,
	} {
		if !p.Known() || p.Final() != (want == final) || p.Armed() != (want == armed) {
			t.Errorf("%s: known %v, final %v, armed %v", p, p.Known(), p.Final(), p.Armed())
		}
	}
	if wire.Phase("").Known() {
		t.Error("no phase is known")
	}
}

func FuzzOpenJob(f *testing.F) {
	s, err := wire.SignJob(officeKey(), someJob())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(s.Body)
	f.Add([]byte(`{}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		var j wire.Job
		if wire.Decode(body, &j) != nil || j.Check() != nil {
			return
		}
		s, err := wire.SignJob(officeKey(), j)
		if err != nil {
			return // grew over the limit when escaped
		}
		back, err := wire.OpenJob(officeKey().Public().(ed25519.PublicKey), s)
		if err != nil || !cmp.Equal(back, j) {
			t.Fatalf("%+v opens as %+v, %v", j, back, err)
		}
	})
}

func FuzzDecodeJobReport(f *testing.F) {
	f.Add([]byte(`{"v":1,"id":"a","phase":"downloading","percent":40,"from":41,"to":42,"at":5}`))
	f.Add([]byte(`{"v":1,"id":"a","phase":"fell-back","percent":0,"code":"c","detail":"d","from":1,"to":2,"at":5}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := wire.DecodeJobReport("a", b)
		if err != nil {
			return
		}
		again, err := wire.Encode(r)
		if err != nil {
			t.Fatal(err)
		}
		back, err := wire.DecodeJobReport("a", again)
		if err != nil || back != r {
			t.Fatalf("%s: %+v, %v", again, back, err)
		}
	})
}
