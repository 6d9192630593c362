// Package updatetest is boards in a folder for tests: partitions as files, the boot
// script as a function, and a fleet whose keys sign bundles. A board can be cut off
// at any of its durable writes.
package updatetest

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"aead.dev/minisign"

	"wattkiosk/ota/bundle"
	"wattkiosk/ota/manifest"
)

// Sizes of the images of every build, in bytes: the root is two chunks.
const (
	RootSize = manifest.ChunkSize + 100_000
	BootSize = 60_000
)

// Fleet is who makes bundles for its boards.
type Fleet struct {
	Root    minisign.PublicKey
	root    minisign.PrivateKey
	release minisign.PrivateKey
	ring    []byte
	dir     string
}

// NewFleet makes keys.
func NewFleet(t testing.TB) *Fleet {
	t.Helper()
	f := &Fleet{dir: t.TempDir()}
	var err error
	if f.Root, f.root, err = minisign.GenerateKey(nil); err != nil {
		t.Fatal(err)
	}
	pub, release, err := minisign.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	f.release = release
	key, err := pub.MarshalText()
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now().UTC().Truncate(time.Second)
	f.ring, err = json.Marshal(bundle.Keyring{Version: 1, Expires: now.AddDate(1, 0, 0), Threshold: 1, Keys: []bundle.Key{
		{Name: "release", Key: string(key), NotBefore: now.AddDate(0, 0, -1), NotAfter: now.AddDate(1, 0, 0)},
	}})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// Image is what a build's partition holds; the same for every fleet.
func Image(kind manifest.Kind, build uint64) []byte {
	size := RootSize
	if kind == manifest.Boot {
		size = BootSize
	}
	var seed [32]byte
	binary.LittleEndian.PutUint64(seed[:], build)
	binary.LittleEndian.PutUint64(seed[8:], uint64(size))
	b := make([]byte, size)
	_, _ = rand.NewChaCha8(seed).Read(b) // never fails
	return b
}

// Bundle makes an update to a build; change, if not nil, alters its description.
func (f *Fleet) Bundle(t testing.TB, build uint64, change func(*manifest.Manifest)) []byte {
	t.Helper()
	return f.make(t, build, change, manifest.Root, manifest.Boot)
}

// Content makes a bundle of one content pack.
func (f *Fleet) Content(t testing.TB, build uint64) []byte {
	t.Helper()
	return f.make(t, build, func(m *manifest.Manifest) { m.Board = "*" }, manifest.Content)
}

// Disk makes a bundle of the whole disk of a new board.
func (f *Fleet) Disk(t testing.TB, build uint64) []byte {
	t.Helper()
	return f.write(t, build, nil, bundle.Image{Name: "disk", Kind: manifest.Disk, Path: f.file(t, "disk", Image(manifest.Root, build))})
}

// Firmware makes a bundle of the firmware of one device.
func (f *Fleet) Firmware(t testing.TB, build uint64, d manifest.Device, image []byte) []byte {
	t.Helper()
	return f.write(t, build, nil, bundle.Image{Name: "firmware", Kind: manifest.Peripheral, Device: &d, Path: f.file(t, "firmware", image)})
}

// Mixed makes an update that brings firmware of a device as well.
func (f *Fleet) Mixed(t testing.TB, build uint64, d manifest.Device, image []byte) []byte {
	t.Helper()
	return f.write(t, build, nil,
		bundle.Image{Name: "root", Kind: manifest.Root, Path: f.file(t, "mixed-root", image)},
		bundle.Image{Name: "firmware", Kind: manifest.Peripheral, Device: &d, Path: f.file(t, "mixed-firmware", image)})
}

func (f *Fleet) make(t testing.TB, build uint64, change func(*manifest.Manifest), kinds ...manifest.Kind) []byte {
	t.Helper()
	var payloads []bundle.Image
	for _, kind := range kinds {
		img := bundle.Image{Name: string(kind), Kind: kind, Path: f.file(t, fmt.Sprint(kind, build), Image(kind, build))}
		if kind == manifest.Content {
			img.Target = "media"
		}
		payloads = append(payloads, img)
	}
	return f.write(t, build, change, payloads...)
}

// file puts what a payload is made of beside the others.
func (f *Fleet) file(t testing.TB, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(f.dir, name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func (f *Fleet) write(t testing.TB, build uint64, change func(*manifest.Manifest), payloads ...bundle.Image) []byte {
	t.Helper()
	now := time.Now().UTC().Truncate(time.Second)
	spec := bundle.Spec{
		Manifest: manifest.Manifest{
			Board: "qemuarm64", Version: fmt.Sprint("v", build), Build: build, Floor: min(6, build), Created: now, Expires: now.AddDate(0, 1, 0),
			Data: manifest.Data{ReadsFrom: 1, Reads: 2, Writes: 2},
		},
		Payloads: payloads,
		Keyring:  f.ring, RootSigs: [][]byte{minisign.Sign(f.root, f.ring)}, Signers: []minisign.PrivateKey{f.release}, Level: 1,
	}
	if change != nil {
		change(&spec.Manifest)
	}
	var b bytes.Buffer
	if err := bundle.Write(&b, spec); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
