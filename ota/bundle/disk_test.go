package bundle_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"testing"

	"aead.dev/minisign"

	"wattkiosk/ota/bundle"
	"wattkiosk/ota/fleetkey"
	"wattkiosk/ota/manifest"
)

// diskFixture has a disk of nine chunks: two slots with the same three, one after
// the other, and two empty ones and a short one after them.
func diskFixture(t testing.TB) *fixture {
	t.Helper()
	f := newFixture(t, 3*manifest.ChunkSize)
	f.payload = append(append([]byte(nil), f.old...), f.old...)
	f.payload = append(f.payload, make([]byte, 2*manifest.ChunkSize+512)...)
	f.write(t)
	f.spec.Payloads = []bundle.Image{{Name: "disk", Kind: manifest.Disk, Path: f.path}}
	return f
}

func (f *fixture) diskTrust() bundle.Trust {
	tr := f.trust()
	tr.Disk = true
	return tr
}

// TestDisk stores what is equal once, and brings the whole back, encrypted or not.
func TestDisk(t *testing.T) {
	f := diskFixture(t)
	for _, keys := range [][]fleetkey.Secret{nil, {fleet(t)}} {
		tr := f.diskTrust()
		tr.Fleet, f.spec.EncryptTo = keys, nil
		for _, k := range keys {
			f.spec.EncryptTo = append(f.spec.EncryptTo, k.Public())
		}
		file := f.make(t)
		if most := len(f.old) + 20_000; len(file) > most { // random bytes do not become smaller
			t.Errorf("%d bytes, more than %d", len(file), most)
		}
		b, err := bundle.Open(bytes.NewReader(file), int64(len(file)), tr)
		if err != nil {
			t.Fatal(err)
		}
		p, ok := b.Payload(manifest.Disk)
		var like []int
		for _, c := range p.Chunks {
			like = append(like, c.Like)
		}
		if want := "[0 0 0 1 2 3 0 7 0]"; !ok || fmt.Sprint(like) != want {
			t.Errorf("like %v, want %s", like, want)
		}
		if err := b.Verify(t.Context()); err != nil {
			t.Error(err)
		}
		plan, err := b.Plan(p, nil)
		if err != nil {
			t.Fatal(err)
		}
		var dst buffer
		if err := b.Install(t.Context(), p, plan, nil, &dst, 0, nil); err != nil || !bytes.Equal(dst.b, f.payload) {
			t.Errorf("%d bytes, %v", len(dst.b), err)
		}
		r, err := b.Reader(t.Context(), p)
		if err != nil {
			t.Fatal(err)
		}
		var read bytes.Buffer
		if _, err := read.ReadFrom(r); err != nil || !bytes.Equal(read.Bytes(), f.payload) {
			t.Errorf("%d bytes, %v", read.Len(), err)
		}
	}
}

// TestNoDiskForABoard: who does not ask for whole disks gets none.
func TestNoDiskForABoard(t *testing.T) {
	file := diskFixture(t)
	made := file.make(t)
	if _, err := bundle.Open(bytes.NewReader(made), int64(len(made)), file.trust()); code(err) != bundle.WholeDisk {
		t.Errorf("%v", err)
	}
}

// TestMixedDisk signs what otactl does not make.
func TestMixedDisk(t *testing.T) {
	f := newFixture(t, 1000)
	if err := os.WriteFile(f.path, make([]byte, 1024), 0o600); err != nil {
		t.Fatal(err)
	}
	f.spec.Payloads = []bundle.Image{{Name: "disk", Kind: manifest.Disk, Path: f.path}}
	items := untar(t, f.make(t))
	for i, it := range items {
		if it.Name != "manifest.json" {
			continue
		}
		var m manifest.Manifest
		if err := json.Unmarshal(it.data, &m); err != nil {
			t.Fatal(err)
		}
		root := m.Payloads[0]
		root.Name, root.Kind = "root", manifest.Root
		m.Payloads = append(m.Payloads, root)
		text, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		items[i].data, items[i+1].data = text, minisign.Sign(f.release[0].priv, text)
	}
	file := retar(t, items)
	for _, tr := range []bundle.Trust{f.trust(), f.diskTrust()} {
		if _, err := bundle.Open(bytes.NewReader(file), int64(len(file)), tr); code(err) != bundle.Mixed {
			t.Errorf("%v", err)
		}
	}
}
