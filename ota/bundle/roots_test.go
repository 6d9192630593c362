package bundle_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"aead.dev/minisign"

	"wattkiosk/ota/bundle"
)

// set makes a signed set of root keys.
func set(t testing.TB, version uint64, threshold int, keys []pair, signers ...pair) bundle.Signed {
	t.Helper()
	r := bundle.Roots{Version: version, Threshold: threshold}
	for _, k := range keys {
		r.Keys = append(r.Keys, k.pub.String())
	}
	text, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	s := bundle.Signed{Text: text}
	for _, k := range signers {
		s.Signatures = append(s.Signatures, minisign.Sign(k.priv, text))
	}
	return s
}

// TestRootRotation: root 1 is in the image; 2 takes over from it, and a pair of 3
// and 4, both of which must sign, from that.
func TestRootRotation(t *testing.T) {
	one, two, three, four, thief := newPair(t), newPair(t), newPair(t), newPair(t), newPair(t)
	second := set(t, 2, 1, []pair{two}, one, two)
	third := set(t, 3, 2, []pair{three, four}, two, three, four)
	kept := bundle.Roots{Version: 2, Threshold: 1, Keys: []string{two.pub.String()}}
	for _, tt := range []struct {
		name    string
		image   pair
		rotated *bundle.Roots
		sets    []bundle.Signed
		signers []pair // of the keyring
		version uint64
		want    bundle.Code
	}{
		{"never rotated", one, nil, nil, []pair{one}, 1, ""},
		{"once", one, nil, []bundle.Signed{second}, []pair{two}, 2, ""},
		{"twice", one, nil, []bundle.Signed{second, third}, []pair{three, four}, 3, ""},
		{"one of two", one, nil, []bundle.Signed{second, third}, []pair{three}, 0, bundle.KeyringUntrusted},
		{"the old root signs on", one, nil, []bundle.Signed{second}, []pair{one}, 0, bundle.KeyringUntrusted},
		{"the board has seen set 2", one, &kept, []bundle.Signed{second, third}, []pair{three, four}, 3, ""},
		{"an old bundle after set 2", one, &kept, nil, []pair{one}, 0, bundle.KeyringUntrusted},
		{"an image made after the rotation", two, nil, []bundle.Signed{second, third}, []pair{three, four}, 3, ""},
		{"an image of the newest set", two, nil, []bundle.Signed{second}, []pair{two}, 2, ""},
		{"not signed by the old root", one, nil, []bundle.Signed{set(t, 2, 1, []pair{thief}, thief)}, []pair{thief}, 0, bundle.RootsUntrusted},
		{"not signed by the new root", one, nil, []bundle.Signed{set(t, 2, 1, []pair{two}, one)}, []pair{two}, 0, bundle.RootsUntrusted},
		{"a step is left out", one, nil, []bundle.Signed{third}, []pair{three, four}, 0, bundle.RootsUntrusted},
		{"no key", one, nil, []bundle.Signed{set(t, 2, 0, nil, one)}, []pair{one}, 0, bundle.RootsUntrusted},
		{"the same key twice", one, nil, []bundle.Signed{set(t, 2, 2, []pair{two, two}, one, two)}, []pair{two}, 0, bundle.RootsUntrusted},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := newFixture(t, 1000)
			f.spec.Payloads[0].From = nil
			f.spec.Roots = tt.sets
			for _, p := range tt.signers {
				f.ringSigners = append(f.ringSigners, p.priv)
			}
			file := f.make(t)
			tr := f.trust()
			tr.Roots, tr.Rotated = []minisign.PublicKey{tt.image.pub}, tt.rotated
			b, err := bundle.Open(bytes.NewReader(file), int64(len(file)), tr)
			if code(err) != tt.want || (err == nil) != (tt.want == "") {
				t.Fatalf("%v, want code %q", err, tt.want)
			}
			if err == nil && b.Roots().Version != tt.version {
				t.Errorf("set %d, want %d", b.Roots().Version, tt.version)
			}
		})
	}
}

// TestRevoked takes key A out of the keyring: neither the new keyring nor, once the
// board has seen that, the old one lets its signature count.
func TestRevoked(t *testing.T) {
	f := newFixture(t, 1000)
	f.spec.Payloads[0].From = nil
	old := f.make(t)
	f.ring = func(k *bundle.Keyring) { k.Version, k.Keys = 6, k.Keys[1:] }
	signedByA := f.make(t)
	f.spec.Signers = []minisign.PrivateKey{f.release[1].priv}
	signedByB := f.make(t)
	open := func(file []byte, seen uint64) (*bundle.Bundle, bundle.Code) {
		tr := f.trust()
		tr.KeyringVersion = seen
		b, err := bundle.Open(bytes.NewReader(file), int64(len(file)), tr)
		return b, code(err)
	}
	if _, c := open(signedByA, 5); c != bundle.BadSignature {
		t.Errorf("signed by the revoked key: %q", c)
	}
	b, c := open(signedByB, 5)
	if c != "" || b.Keyring().Version != 6 || b.Signers()[0] != "B" {
		t.Fatalf("%q", c)
	}
	if _, c := open(old, 6); c != bundle.KeyringOlder {
		t.Errorf("with the old keyring: %q", c)
	}
}

// TestMinisignSigns has the tool of that name make the keys and sign the keyring
// and the manifest.
func TestMinisignSigns(t *testing.T) {
	tool, err := exec.LookPath("minisign")
	if err != nil {
		t.Skip("minisign is not installed")
	}
	f := newFixture(t, 1000)
	f.spec.Payloads[0].From = nil
	dir := t.TempDir()
	run := func(args ...string) {
		t.Helper()
		if out, err := exec.Command(tool, args...).CombinedOutput(); err != nil {
			t.Fatalf("minisign %v: %v %s", args, err, out)
		}
	}
	public := func(name string) minisign.PublicKey {
		t.Helper()
		run("-G", "-W", "-f", "-p", filepath.Join(dir, name+".pub"), "-s", filepath.Join(dir, name+".key"))
		key, err := minisign.PublicKeyFromFile(filepath.Join(dir, name+".pub"))
		if err != nil {
			t.Fatal(err)
		}
		return key
	}
	root, release := public("root"), public("release")
	f.ring = func(k *bundle.Keyring) { k.Keys[0].Key = release.String() }
	items := untar(t, f.make(t))
	signed := map[string][]byte{}
	for name, by := range map[string]string{"keyring.json": "root", "manifest.json": "release"} {
		for _, it := range items {
			if it.Name != name {
				continue
			}
			path := filepath.Join(dir, name)
			if err := os.WriteFile(path, it.data, 0o600); err != nil {
				t.Fatal(err)
			}
			run("-S", "-s", filepath.Join(dir, by+".key"), "-m", path)
			if signed[name+".minisig"], err = os.ReadFile(path + ".minisig"); err != nil {
				t.Fatal(err)
			}
		}
	}
	for i := range items {
		if strings.HasSuffix(items[i].Name, ".minisig") {
			items[i].data = signed[items[i].Name]
		}
	}
	file := retar(t, items)
	tr := f.trust()
	tr.Roots = []minisign.PublicKey{root}
	if _, err := bundle.Open(bytes.NewReader(file), int64(len(file)), tr); err != nil {
		t.Error(err)
	}
}
