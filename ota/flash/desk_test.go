package flash_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"aead.dev/minisign"

	"wattkiosk/ota/bundle"
	"wattkiosk/ota/flash"
	"wattkiosk/ota/manifest"
)

var now = time.Date(2026, time.November, 24, 2, 0, 0, 0, time.UTC)

const mib = 1 << 20

// imageSize is that of the image of these tests: two chunks, the second a short one.
const imageSize = 7 * mib

// desk has keys, an image made by sfdisk and mkfs.vfat, and what makes bundles.
type desk struct {
	t       testing.TB
	dir     string
	root    minisign.PublicKey
	rootKey minisign.PrivateKey
	release minisign.PrivateKey
	ring    []byte
	image   []byte
}

func newDesk(t testing.TB) *desk {
	t.Helper()
	d := &desk{t: t, dir: t.TempDir()}
	var pub minisign.PublicKey
	var err, err2 error
	d.root, d.rootKey, err = minisign.GenerateKey(nil)
	pub, d.release, err2 = minisign.GenerateKey(nil)
	text, err3 := pub.MarshalText()
	d.must(errors.Join(err, err2, err3))
	d.ring, err = json.Marshal(bundle.Keyring{Version: 1, Expires: now.AddDate(1, 0, 0), Threshold: 1, Keys: []bundle.Key{
		{Name: "A", Key: string(text), NotBefore: now.AddDate(-1, 0, 0), NotAfter: now.AddDate(1, 0, 0)},
	}})
	d.must(err)
	d.image = d.makeImage()
	return d
}

func (d *desk) must(err error) {
	d.t.Helper()
	if err != nil {
		d.t.Fatal(err)
	}
}

// tool runs a program, and skips the test where there is none.
func tool(t testing.TB, in string, name string, args ...string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Skip(name + " is not here")
	}
	cmd := exec.Command(path, args...)
	cmd.Stdin = strings.NewReader(in)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %v: %v\n%s", name, args, err, out)
	}
	return string(out)
}

// makeImage is a disk of 7 MiB: boot (FAT) from 1 MiB, state from 2, data from 5 to 6.
// A loader lies before the first partition.
func (d *desk) makeImage() []byte {
	disk, fat := filepath.Join(d.dir, "disk.img"), filepath.Join(d.dir, "boot.vfat")
	d.must(os.WriteFile(disk, make([]byte, imageSize), 0o600))
	d.must(os.WriteFile(fat, make([]byte, mib), 0o600))
	tool(d.t, "label: gpt\nlabel-id: 77617474-6B69-4F73-8B00-000000000000\nfirst-lba: 2048\n"+
		"size=1MiB, name=boot, uuid=77617474-6B69-4F73-8B00-000000000010\n"+
		"size=3MiB, name=state, uuid=77617474-6B69-4F73-8B00-000000000011\n"+
		"size=1MiB, name=data, uuid=77617474-6B69-4F73-8B00-000000000012\n", "sfdisk", "-q", disk)
	tool(d.t, "", "mkfs.vfat", "-i", "1234abcd", "-n", "BOOT", fat)
	image, err := os.ReadFile(disk)
	d.must(err)
	boot, err := os.ReadFile(fat)
	d.must(err)
	copy(image[mib:], boot)
	copy(image[100_000:], "a loader")
	rnd := rand.New(rand.NewPCG(1, 2))
	for i := 5*mib + 4096; i < 5*mib+200_000; i++ {
		image[i] = byte(rnd.Uint32())
	}
	d.must(os.WriteFile(disk, image, 0o600))
	return image
}

// bundle makes a bundle of payloads; change, if not nil, alters its description.
func (d *desk) bundle(change func(*bundle.Spec), payloads ...bundle.Image) []byte {
	d.t.Helper()
	spec := bundle.Spec{
		Manifest: manifest.Manifest{
			Board: "qemuarm64", Version: "1.2.3", Build: 7, Created: now.AddDate(0, 0, -1), Expires: now.AddDate(0, 1, 0),
			Data: manifest.Data{ReadsFrom: 1, Reads: 1, Writes: 1},
		},
		Payloads: payloads, Keyring: d.ring, RootSigs: [][]byte{minisign.Sign(d.rootKey, d.ring)}, Signers: []minisign.PrivateKey{d.release}, Level: 3,
	}
	if change != nil {
		change(&spec)
	}
	var b bytes.Buffer
	d.must(bundle.Write(&b, spec))
	return b.Bytes()
}

// disk makes a bundle of the image as it is in memory.
func (d *desk) disk(change func(*bundle.Spec)) []byte {
	d.t.Helper()
	path := filepath.Join(d.dir, "disk.img")
	d.must(os.WriteFile(path, d.image, 0o600))
	return d.bundle(change, bundle.Image{Name: "disk", Kind: manifest.Disk, Path: path})
}

func (d *desk) trust() bundle.Trust {
	return bundle.Trust{Roots: []minisign.PublicKey{d.root}, Now: now, Disk: true}
}

func (d *desk) open(file []byte) (*bundle.Bundle, error) {
	return bundle.Open(bytes.NewReader(file), int64(len(file)), d.trust())
}

// plan prepares what must be possible.
func (d *desk) plan(file []byte, size int64, e *flash.Enrolment) *flash.Plan {
	d.t.Helper()
	b, err := d.open(file)
	d.must(err)
	p, err := flash.Prepare(d.t.Context(), flash.Order{Bundle: b, Board: "qemuarm64", Size: size, Enrolment: e})
	d.must(err)
	return p
}

// flashed is what a target of size bytes, which held something, holds after.
func (d *desk) flashed(file []byte, size int64, e *flash.Enrolment) []byte {
	d.t.Helper()
	m := newMedium(size)
	d.must(d.plan(file, size, e).Run(d.t.Context(), m, nil))
	return m.stored
}

func code(err error) bundle.Code {
	if e, ok := errors.AsType[*bundle.Error](err); ok {
		return e.Code
	}
	return ""
}

// medium is a target in memory. What was not synced is lost by a power cut, sector by
// sector, or is not. What it lies about shows only once the machine has forgotten what
// it wrote.
type medium struct {
	now    []byte // as the machine sees it
	stored []byte // as it is after a cut
	dirty  map[int64]bool
	ops    int
	cut    int                           // operations until the power goes; 0 = never
	write  func(p []byte, at int64) bool // if it is not nil and false, a write is lost, and nobody is told
	read   func(p []byte, at int64)      // alters what is read from the target itself
	fresh  bool                          // nothing is remembered
	blank  byte                          // what "zeros" are read as
}

var errCut = errors.New("the power is gone")

// newMedium holds rubbish.
func newMedium(size int64) *medium {
	m := &medium{now: bytes.Repeat([]byte("rubbish "), int(size/8)), dirty: map[int64]bool{}}
	m.stored = bytes.Clone(m.now)
	return m
}

func (m *medium) step() error {
	m.ops++
	if m.cut > 0 && m.ops >= m.cut {
		return errCut
	}
	return nil
}

func (m *medium) put(p []byte, at int64) error {
	if err := m.step(); err != nil && m.ops > m.cut {
		return err
	} else if err != nil { // in the midst of it
		m.apply(p, at)
		return err
	}
	m.apply(p, at)
	return nil
}

func (m *medium) apply(p []byte, at int64) {
	if at+int64(len(p)) > int64(len(m.now)) || at%512 != 0 || len(p)%512 != 0 {
		panic(fmt.Sprintf("%d bytes at %d", len(p), at))
	}
	m.fresh = false
	copy(m.now[at:], p)
	if m.write != nil && !m.write(p, at) {
		return
	}
	for s := at / 512; s < (at+int64(len(p)))/512; s++ {
		m.dirty[s] = true
	}
}

func (m *medium) WriteAt(p []byte, at int64) (int, error) { return len(p), m.put(p, at) }

func (m *medium) Zero(at, n int64) error {
	if err := m.put(make([]byte, n), at); err != nil {
		return err
	}
	if m.blank != 0 {
		copy(m.stored[at:at+n], bytes.Repeat([]byte{m.blank}, int(n)))
		for s := at / 512; s < (at+n)/512; s++ {
			delete(m.dirty, s)
		}
	}
	return nil
}

func (m *medium) ReadAt(p []byte, at int64) (int, error) {
	n := copy(p, m.now[at:])
	if m.read != nil && m.fresh {
		m.read(p[:n], at)
	}
	return n, nil
}

func (m *medium) Sync() error {
	if err := m.step(); err != nil {
		return err
	}
	m.keep(func() bool { return true })
	return nil
}

// Forget can drop only what was synced.
func (m *medium) Forget() error {
	if len(m.dirty) == 0 {
		copy(m.now, m.stored)
		m.fresh = true
	}
	return nil
}

// keep makes sectors durable that were not.
func (m *medium) keep(lucky func() bool) {
	for s := range m.dirty {
		if lucky() {
			copy(m.stored[s*512:(s+1)*512], m.now[s*512:])
		}
	}
	clear(m.dirty)
}
