package updatetest

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"testing"
	"time"

	"aead.dev/minisign"
	"github.com/klauspost/compress/zstd"

	"wattkiosk/ota/manifest"
)

// Bomb is a well-signed update to build 8 whose first chunk unpacks to size bytes,
// whatever its manifest says.
func (f *Fleet) Bomb(t testing.TB, size int) []byte {
	t.Helper()
	var packed bytes.Buffer
	enc, err := zstd.NewWriter(&packed, zstd.WithEncoderConcurrency(1))
	if err != nil {
		t.Fatal(err)
	}
	zeros := make([]byte, 1<<20)
	for range size / len(zeros) {
		if _, err := enc.Write(zeros); err != nil {
			t.Fatal(err)
		}
	}
	if err := enc.Close(); err != nil {
		t.Fatal(err)
	}
	sealed := manifest.Digest(sha256.Sum256(packed.Bytes()))
	chunk := manifest.Chunk{Stored: int64(packed.Len()), Size: manifest.ChunkSize, SHA256: manifest.Digest{1}, Sealed: sealed}
	now := time.Now().UTC().Truncate(time.Second)
	m := manifest.Manifest{
		Format: manifest.Format, Product: manifest.Product, Board: "qemuarm64", Version: "v8", Build: 8, Floor: 6, Created: now, Expires: now.AddDate(0, 1, 0),
		Data: manifest.Data{ReadsFrom: 1, Reads: 2, Writes: 2},
	}
	for _, kind := range []manifest.Kind{manifest.Root, manifest.Boot} {
		m.Payloads = append(m.Payloads, manifest.Payload{Name: string(kind), Kind: kind, Size: chunk.Size, SHA256: manifest.Digest{1}, Chunks: []manifest.Chunk{chunk}})
	}
	text, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	w := tar.NewWriter(&file)
	for _, e := range []struct {
		name string
		data []byte
	}{
		{"keyring.json", f.ring},
		{"keyring.json.minisig", minisign.Sign(f.root, f.ring)},
		{"manifest.json", text},
		{"manifest.json.minisig", minisign.Sign(f.release, text)},
		{"payload/root", packed.Bytes()},
		{"payload/boot", packed.Bytes()},
	} {
		if err := w.WriteHeader(&tar.Header{Name: e.name, Mode: 0o644, Size: int64(len(e.data)), Typeflag: tar.TypeReg}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(e.data); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}
