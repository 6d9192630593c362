// Package depottest makes small bundles for tests: signed, complete, and of
// nothing that would run.
package depottest

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"testing"
	"time"

	"aead.dev/minisign"

	"wattkiosk/ota/manifest"
)

// Maker signs bundles with keys of its own.
type Maker struct {
	Root    minisign.PublicKey
	root    minisign.PrivateKey
	release minisign.PrivateKey
	now     time.Time
}

// NewMaker makes keys that are good around now.
func NewMaker(t testing.TB, now time.Time) *Maker {
	t.Helper()
	pub, root, err := minisign.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	_, release, err := minisign.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &Maker{pub, root, release, now}
}

// Bundle is a bundle of one payload of size bytes; build is at least 40.
func (m *Maker) Bundle(t testing.TB, kind manifest.Kind, build uint64, size int) []byte {
	t.Helper()
	data := bytes.Repeat([]byte{byte(build)}, size)
	sum := manifest.Digest(sha256.Sum256(data))
	p := manifest.Payload{
		Name: "x", Kind: kind, Size: int64(size), SHA256: sum,
		Chunks: []manifest.Chunk{{Stored: int64(size), Size: int64(size), SHA256: sum, Sealed: sum}},
	}
	board := "qemuarm64"
	if kind == manifest.Content {
		board, p.Target = "*", "media"
	}
	man := encode(t, manifest.Manifest{
		Format: manifest.Format, Product: manifest.Product, Board: board, Version: "1.4.0", Build: build, Floor: 40,
		Created: m.now.Add(-time.Hour), Expires: m.now.Add(1000 * time.Hour), Notes: "修复若干问题",
		Data: manifest.Data{ReadsFrom: 1, Reads: 1, Writes: 1}, Payloads: []manifest.Payload{p},
	})
	key, err := m.release.Public().(minisign.PublicKey).MarshalText()
	if err != nil {
		t.Fatal(err)
	}
	ring := encode(t, object{
		"version": 1, "expires": m.now.Add(1000 * time.Hour), "threshold": 1,
		"keys": []object{{"name": "release-1", "key": string(key), "notBefore": m.now.Add(-time.Hour), "notAfter": m.now.Add(time.Hour)}},
	})
	return Tar(t, "keyring.json", ring, "keyring.json.minisig", minisign.Sign(m.root, ring),
		"manifest.json", man, "manifest.json.minisig", minisign.Sign(m.release, man), "payload/x", data)
}

type object = map[string]any

func encode(t testing.TB, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Tar is a tar of names and contents in turn.
func Tar(t testing.TB, entries ...any) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for i := 0; i < len(entries); i += 2 {
		data := entries[i+1].([]byte)
		if err := w.WriteHeader(&tar.Header{Name: entries[i].(string), Mode: 0o644, Size: int64(len(data)), Typeflag: tar.TypeReg}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(data); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
