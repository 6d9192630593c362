package bundle_test

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"aead.dev/minisign"

	"wattkiosk/ota/bundle"
	"wattkiosk/ota/manifest"
)

// install opens a bundle and installs its root payload, once in full and once as a
// delta, as far as it has both. Only what it was told to write can be in the
// buffers.
func (f *fixture) install(t testing.TB, file []byte, tr bundle.Trust) error {
	t.Helper()
	b, err := bundle.Open(bytes.NewReader(file), int64(len(file)), tr)
	if err != nil {
		return err
	}
	p, _ := b.Payload(manifest.Root)
	for _, src := range []*bundle.Source{nil, {ReaderAt: bytes.NewReader(f.old), Size: int64(len(f.old)), SHA256: sha256.Sum256(f.old)}} {
		plan, err := b.Plan(p, src)
		if err != nil {
			return err
		}
		var dst buffer
		err = b.Install(t.Context(), p, plan, src, &dst, 0, nil)
		if !bytes.HasPrefix(f.payload, dst.b) {
			t.Error("other bytes were installed")
		}
		if err != nil {
			return err
		}
		if len(dst.b) != len(f.payload) {
			t.Error("too few bytes were installed")
		}
	}
	return nil
}

// TestEveryByte alters each byte of a small bundle, and cuts it at each: what is
// installed is right, or there is a refusal with a code.
func TestEveryByte(t *testing.T) {
	f := newFixture(t, 700)
	f.payload, f.old = f.payload[:900], f.old[:600]
	f.write(t)
	good := f.make(t)
	if err := f.install(t, good, f.trust()); err != nil {
		t.Fatal(err)
	}
	harmless := 0
	for at := range good {
		bad := bytes.Clone(good)
		bad[at] ^= 1 << (at % 8)
		switch err := f.install(t, bad, f.trust()); {
		case err == nil:
			harmless++
		case code(err) == "":
			t.Errorf("byte %d: %v has no code", at, err)
		}
	}
	// What is left are the padding of the tar, its closing zeros and comments of
	// signatures.
	t.Logf("%d bytes, %d of them decide nothing", len(good), harmless)
	if harmless > len(good)/4 {
		t.Errorf("%d of %d altered bundles were taken", harmless, len(good))
	}
	end := len(good) - 1024 // after that come only the tar's closing zeros
	for cut := range end {
		if err := f.install(t, good[:cut], f.trust()); code(err) == "" && !allZero(good[cut:]) {
			t.Fatalf("cut at %d: %v", cut, err)
		}
	}
}

func allZero(b []byte) bool { return len(bytes.Trim(b, "\x00")) == 0 }

// TestOldAndForeign has what a thief or a stale stick can bring.
func TestOldAndForeign(t *testing.T) {
	f := newFixture(t, 1000)
	file := f.make(t)
	for _, tt := range []struct {
		name  string
		trust func(*bundle.Trust)
		want  bundle.Code
	}{
		{"as it is", func(*bundle.Trust) {}, ""},
		{"no root key on the board", func(tr *bundle.Trust) { tr.Roots = nil }, bundle.KeyringUntrusted},
		{"another fleet's root key", func(tr *bundle.Trust) { tr.Roots = []minisign.PublicKey{newPair(t).pub} }, bundle.KeyringUntrusted},
		{"a release key as root key", func(tr *bundle.Trust) { tr.Roots = []minisign.PublicKey{f.release[0].pub} }, bundle.KeyringUntrusted},
		{"a month late", func(tr *bundle.Trust) { tr.Now = now.AddDate(0, 1, 0) }, bundle.Expired},
		{"a second early", func(tr *bundle.Trust) { tr.Now = now.AddDate(0, 1, 0).Add(-time.Second) }, ""},
		{"after the keyring's end", func(tr *bundle.Trust) { tr.Now = now.AddDate(1, 0, 0) }, bundle.KeyringExpired},
		{"before the keys begin", func(tr *bundle.Trust) { tr.Now = now.AddDate(-2, 0, 0) }, bundle.BadSignature},
		{"a newer keyring was seen", func(tr *bundle.Trust) { tr.KeyringVersion = 6 }, bundle.KeyringOlder},
	} {
		tr := f.trust()
		tt.trust(&tr)
		if err := f.install(t, file, tr); code(err) != tt.want {
			t.Errorf("%s: %v, want code %q", tt.name, err, tt.want)
		}
	}
}

// TestTarTricks builds the tar itself in ways that readers of tars disagree about.
func TestTarTricks(t *testing.T) {
	f := newFixture(t, 1000)
	good := untar(t, f.make(t))
	var evil manifest.Manifest
	entry := func(name string, kind byte, data string) item {
		return item{tar.Header{Name: name, Typeflag: kind, Mode: 0o644, Format: tar.FormatPAX}, []byte(data)}
	}
	for _, it := range good {
		if it.Name == "manifest.json" {
			if err := json.Unmarshal(it.data, &evil); err != nil {
				t.Fatal(err)
			}
		}
	}
	evil.Build = 99
	text, err := json.Marshal(evil)
	if err != nil {
		t.Fatal(err)
	}
	link := func(kind byte, name, to string) item {
		it := entry(name, kind, "")
		it.Linkname = to
		return it
	}
	huge := entry("notes", tar.TypeReg, "x")
	huge.PAXRecords = map[string]string{"WATTKIOSK.x": strings.Repeat("x", 900<<10)}
	for name, items := range map[string][]item{
		"a second manifest behind":     append(good[:len(good):len(good)], entry("manifest.json", tar.TypeReg, string(text))),
		"a second manifest before":     append([]item{entry("manifest.json", tar.TypeReg, string(text))}, good...),
		"a second payload":             append(good[:len(good):len(good)], entry("payload/root", tar.TypeReg, "x")),
		"a link in the payload's name": append([]item{link(tar.TypeSymlink, "payload/root", "/etc/passwd")}, good...),
		"a hard link":                  append([]item{link(tar.TypeLink, "payload/x", "payload/root")}, good...),
		"a folder":                     append([]item{link(tar.TypeDir, "payload/", "")}, good...),
		"a device":                     append([]item{link(tar.TypeChar, "payload/x", "")}, good...),
		"a huge header":                append([]item{huge}, good...),
		"too many entries":             append(many(200), good...),
	} {
		t.Run(name, func(t *testing.T) {
			file := retar(t, items)
			b, err := bundle.Open(bytes.NewReader(file), int64(len(file)), f.trust())
			if name == "a huge header" {
				if err != nil || b.Manifest().Build != 7 {
					t.Errorf("it is skipped: %v", err)
				}
				return
			}
			if code(err) != bundle.NotABundle {
				t.Errorf("%v", err)
			}
		})
	}
	t.Run("sparse", func(t *testing.T) {
		file := sparse(t, good)
		if err := f.install(t, file, f.trust()); code(err) == "" {
			t.Errorf("%v", err)
		}
	})
}

func many(n int) (items []item) {
	for i := range n {
		items = append(items, item{tar.Header{Name: strings.Repeat("x", i+1), Typeflag: tar.TypeReg, Format: tar.FormatPAX}, nil})
	}
	return items
}

// sparse says of the payload that it is a GNU sparse file of another size.
func sparse(t *testing.T, items []item) []byte {
	t.Helper()
	out := append([]item(nil), items...)
	for i := range out {
		if out[i].Name == "payload/root" {
			out[i].Format = tar.FormatPAX
			out[i].PAXRecords = map[string]string{"WATTKIOSK.sparse.size": "1099511627776", "WATTKIOSK.sparse.numblocks": "0", "WATTKIOSK.sparse.map": ""}
		}
	}
	// Go's writer refuses the real names, which have no more letters.
	return bytes.ReplaceAll(retar(t, out), []byte("WATTKIOSK.sparse."), []byte("GNU.sparse."))
}

func FuzzOpen(f *testing.F) {
	fix := newFixture(f, 1<<20)
	fix.spec.Payloads[0].NoFull = true
	file := fix.make(f)
	f.Add(file)
	f.Add([]byte("not a bundle"))
	trust := fix.trust()
	f.Fuzz(func(t *testing.T, data []byte) {
		b, err := bundle.Open(bytes.NewReader(data), int64(len(data)), trust)
		switch {
		case err != nil && code(err) == "":
			t.Errorf("%v has no code", err)
		case err == nil && b.Manifest().Build != 7:
			t.Error("a manifest that nobody signed was accepted")
		}
	})
}

// FuzzSigned signs whatever it is given: the work of somebody who has all keys.
func FuzzSigned(f *testing.F) {
	fix := newFixture(f, 1000)
	fix.spec.Payloads[0].From = nil
	items := untar(f, fix.make(f))
	for _, it := range items {
		f.Add(it.Name, it.data)
	}
	f.Fuzz(func(t *testing.T, name string, data []byte) {
		changed := append([]item(nil), items...)
		for i := range changed {
			switch changed[i].Name {
			case name:
				changed[i].data = data
			case name + ".minisig":
				key := fix.release[0].priv
				if name == "keyring.json" {
					key = fix.root.priv
				}
				changed[i].data = minisign.Sign(key, data)
			}
		}
		file := retar(t, changed)
		b, err := bundle.Open(bytes.NewReader(file), int64(len(file)), fix.trust())
		if err != nil {
			if code(err) == "" {
				t.Errorf("%v has no code", err)
			}
			return
		}
		if b.Manifest().Check() != nil || len(b.Signers()) < 1 {
			t.Errorf("%+v was accepted", b.Manifest())
		}
		if err := b.Verify(t.Context()); err != nil && code(err) == "" {
			t.Errorf("%v has no code", err)
		}
	})
}
