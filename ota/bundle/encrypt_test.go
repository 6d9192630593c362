package bundle_test

import (
	"bytes"
	"crypto/sha256"
	"os"
	"path/filepath"
	"testing"

	"wattkiosk/ota/bundle"
	"wattkiosk/ota/fleetkey"
	"wattkiosk/ota/manifest"
)

func fleet(t testing.TB) fleetkey.Secret {
	t.Helper()
	s, err := fleetkey.Generate()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestEncrypted makes a bundle of a full payload and a delta for two fleets.
func TestEncrypted(t *testing.T) {
	f := newFixture(t, 5<<20)
	text := bytes.Repeat([]byte("tariff table of the utility "), 5<<20/28)
	if err := os.WriteFile(f.path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	one, two, other := fleet(t), fleet(t), fleet(t)
	plain := f.make(t)
	f.spec.EncryptTo = []fleetkey.Public{one.Public(), two.Public()}
	file := f.make(t)
	if !bytes.Contains(plain, []byte("tariff table")) || bytes.Contains(file, []byte("tariff table")) {
		t.Error("the payload shows")
	}
	open := func(keys ...fleetkey.Secret) *bundle.Bundle {
		t.Helper()
		tr := f.trust()
		tr.Fleet = keys
		b, err := bundle.Open(bytes.NewReader(file), int64(len(file)), tr)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	src := &bundle.Source{ReaderAt: bytes.NewReader(f.old), Size: int64(len(f.old)), SHA256: sha256.Sum256(f.old)}
	for _, keys := range [][]fleetkey.Secret{{one}, {two}, {other, one}} {
		b := open(keys...)
		p, _ := b.Payload(manifest.Root)
		for _, from := range []*bundle.Source{nil, src} {
			plan, err := b.Plan(p, from)
			if err != nil {
				t.Fatal(err)
			}
			var dst buffer
			if err := b.Install(t.Context(), p, plan, from, &dst, 0, nil); err != nil || !bytes.Equal(dst.b, text) || plan.Delta != (from != nil) {
				t.Errorf("delta %v: %v", plan.Delta, err)
			}
		}
	}
	for want, keys := range map[bundle.Code][]fleetkey.Secret{bundle.NoFleetKey: nil, bundle.WrongFleetKey: {other}} {
		b := open(keys...)
		p, _ := b.Payload(manifest.Root)
		_, err := b.Plan(p, nil)
		if code(err) != want || code(b.Locked()) != want {
			t.Errorf("%v, want code %q", err, want)
		}
		if err := b.Verify(t.Context()); err != nil {
			t.Errorf("the stored bytes can be checked by anybody: %v", err)
		}
		if _, err := b.Reader(t.Context(), p); code(err) != want {
			t.Errorf("%v, want code %q", err, want)
		}
	}
	if b := open(one); b.Locked() != nil {
		t.Error(b.Locked())
	}
}

// TestMovedChunk signs a bundle in which an encrypted chunk stands where another
// was.
func TestMovedChunk(t *testing.T) {
	f := newFixture(t, 1<<20)
	key := fleet(t)
	f.spec.EncryptTo = []fleetkey.Public{key.Public()}
	same := filepath.Join(t.TempDir(), "same")
	if err := os.WriteFile(same, f.payload, 0o600); err != nil {
		t.Fatal(err)
	}
	f.spec.Payloads = []bundle.Image{{Name: "root", Kind: manifest.Root, Path: f.path}, {Name: "boot", Kind: manifest.Boot, Path: same}}
	file := f.make(t)
	var boot []byte
	for _, it := range untar(t, file) {
		if it.Name == "payload/boot" {
			boot = it.data
		}
	}
	file = rewrite(t, f, file, boot)
	tr := f.trust()
	tr.Fleet = []fleetkey.Secret{key}
	b, err := bundle.Open(bytes.NewReader(file), int64(len(file)), tr)
	if err != nil {
		t.Fatal(err)
	}
	p, _ := b.Payload(manifest.Root)
	plan, err := b.Plan(p, nil)
	if err != nil {
		t.Fatal(err)
	}
	var dst buffer
	if err := b.Install(t.Context(), p, plan, nil, &dst, 0, nil); code(err) != bundle.ChunkDamaged || len(dst.b) != 0 {
		t.Errorf("%v, %d bytes", err, len(dst.b))
	}
}
