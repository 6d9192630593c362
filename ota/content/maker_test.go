package content

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"aead.dev/minisign"

	"wattkiosk/ota/bundle"
	"wattkiosk/ota/manifest"
)

// maker makes signed bundles with content.
type maker struct {
	t       testing.TB
	root    minisign.PublicKey
	secret  minisign.PrivateKey
	now     time.Time
	keyring []byte
	sig     []byte
}

func newMaker(t testing.TB) *maker {
	t.Helper()
	pub, priv, err := minisign.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	mk := &maker{t: t, root: pub, secret: priv, now: time.Date(2026, time.November, 26, 2, 0, 0, 0, time.UTC)}
	mk.keyring, err = json.Marshal(bundle.Keyring{Version: 1, Expires: mk.now.AddDate(1, 0, 0), Threshold: 1, Keys: []bundle.Key{
		{Name: "k", Key: pub.String(), NotBefore: mk.now.AddDate(-1, 0, 0), NotAfter: mk.now.AddDate(1, 0, 0)},
	}})
	if err != nil {
		t.Fatal(err)
	}
	mk.sig = minisign.Sign(priv, mk.keyring)
	return mk
}

// bundle opens a bundle of the given build with one pack per target.
func (mk *maker) bundle(build uint64, packs map[string][]byte) *bundle.Bundle {
	mk.t.Helper()
	dir := mk.t.TempDir()
	spec := bundle.Spec{
		Manifest: manifest.Manifest{
			Board: "*", Version: "autumn", Build: build, Created: mk.now, Expires: mk.now.AddDate(0, 1, 0), Data: manifest.Data{ReadsFrom: 1, Reads: 1, Writes: 1},
		},
		Keyring: mk.keyring, RootSigs: [][]byte{mk.sig}, Signers: []minisign.PrivateKey{mk.secret}, Level: 1,
	}
	for target, data := range packs {
		path := filepath.Join(dir, target)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			mk.t.Fatal(err)
		}
		spec.Payloads = append(spec.Payloads, bundle.Image{Name: target, Kind: manifest.Content, Target: target, Path: path})
	}
	var b bytes.Buffer
	if err := bundle.Write(&b, spec); err != nil {
		mk.t.Fatal(err)
	}
	bd, err := bundle.Open(bytes.NewReader(b.Bytes()), int64(b.Len()), bundle.Trust{Roots: []minisign.PublicKey{mk.root}, Now: mk.now})
	if err != nil {
		mk.t.Fatal(err)
	}
	return bd
}

// files is a pack of plain files: names and texts in turn.
func files(t testing.TB, pairs ...string) []byte {
	t.Helper()
	var heads []tar.Header
	var texts []string
	for i := 0; i < len(pairs); i += 2 {
		heads = append(heads, tar.Header{Name: pairs[i], Typeflag: tar.TypeReg, Mode: 0o777, Size: int64(len(pairs[i+1]))})
		texts = append(texts, pairs[i+1])
	}
	return pack(t, heads, texts)
}

func pack(t testing.TB, heads []tar.Header, texts []string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for i := range heads {
		if err := w.WriteHeader(&heads[i]); err != nil {
			t.Fatal(err)
		}
		if heads[i].Typeflag != tar.TypeReg {
			continue
		}
		if _, err := w.Write([]byte(texts[i])); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func code(err error) bundle.Code {
	if e, ok := errors.AsType[*bundle.Error](err); ok {
		return e.Code
	}
	return ""
}
