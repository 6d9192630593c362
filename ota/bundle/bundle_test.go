package bundle_test

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"aead.dev/minisign"

	"wattkiosk/ota/bundle"
	"wattkiosk/ota/manifest"
)

var now = time.Date(2026, time.November, 24, 2, 0, 0, 0, time.UTC)

type pair struct {
	pub  minisign.PublicKey
	priv minisign.PrivateKey
}

func newPair(t testing.TB) pair {
	t.Helper()
	pub, priv, err := minisign.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	return pair{pub, priv}
}

// fixture is a bundle in the making.
type fixture struct {
	root          pair
	release       []pair
	threshold     int
	keyringEnd    time.Time
	keyEnd        time.Time
	spec          bundle.Spec
	old, payload  []byte
	oldPath, path string
	ring          func(*bundle.Keyring) // changes the keyring before it is signed
	ringSigners   []minisign.PrivateKey // nil: the root
}

// newFixture has a root payload of size bytes and a bit: the old image with 40 changed places and
// 100,001 bytes inserted in the first third.
func newFixture(t testing.TB, size int) *fixture {
	t.Helper()
	rnd := rand.New(rand.NewPCG(1, 2))
	old := make([]byte, size)
	for i := range old {
		old[i] = byte(rnd.Uint32())
	}
	in := make([]byte, 100_001)
	for i := range in {
		in[i] = byte(i * i >> 3)
	}
	payload := append(append(append([]byte(nil), old[:size/3]...), in...), old[size/3:]...)
	for range 40 {
		payload[rnd.IntN(len(payload))] ^= 0x55
	}
	dir := t.TempDir()
	f := &fixture{
		root: newPair(t), release: []pair{newPair(t), newPair(t)}, threshold: 1, keyringEnd: now.AddDate(1, 0, 0), keyEnd: now.AddDate(1, 0, 0), old: old, payload: payload,
		oldPath: filepath.Join(dir, "old"), path: filepath.Join(dir, "new"),
	}
	f.write(t)
	f.spec = bundle.Spec{
		Manifest: manifest.Manifest{
			Board: "qemuarm64", Version: "1.2.3", Build: 7, Floor: 3, Created: now.AddDate(0, 0, -1), Expires: now.AddDate(0, 1, 0),
			Data: manifest.Data{ReadsFrom: 1, Reads: 1, Writes: 1},
		},
		Payloads: []bundle.Image{{Name: "root", Kind: manifest.Root, Path: f.path, From: []string{f.oldPath}}},
		Signers:  []minisign.PrivateKey{f.release[0].priv}, Level: 3,
	}
	return f
}

// write puts the images where the bundle is made from.
func (f *fixture) write(t testing.TB) {
	t.Helper()
	for path, data := range map[string][]byte{f.oldPath: f.old, f.path: f.payload} {
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func (f *fixture) make(t testing.TB) []byte {
	t.Helper()
	ring := bundle.Keyring{Version: 5, Expires: f.keyringEnd, Threshold: f.threshold}
	for i, p := range f.release {
		text, err := p.pub.MarshalText()
		if err != nil {
			t.Fatal(err)
		}
		ring.Keys = append(ring.Keys, bundle.Key{Name: string(rune('A' + i)), Key: string(text), NotBefore: now.AddDate(-1, 0, 0), NotAfter: f.keyEnd})
	}
	if f.ring != nil {
		f.ring(&ring)
	}
	text, err := json.Marshal(ring)
	if err != nil {
		t.Fatal(err)
	}
	f.spec.Keyring, f.spec.RootSigs = text, [][]byte{minisign.Sign(f.root.priv, text)}
	if f.ringSigners != nil {
		f.spec.RootSigs = sign(text, f.ringSigners...)
	}
	var b bytes.Buffer
	if err := bundle.Write(&b, f.spec); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func sign(text []byte, keys ...minisign.PrivateKey) (sigs [][]byte) {
	for _, k := range keys {
		sigs = append(sigs, minisign.Sign(k, text))
	}
	return sigs
}

func (f *fixture) trust() bundle.Trust {
	return bundle.Trust{Roots: []minisign.PublicKey{f.root.pub}, Now: now, KeyringVersion: 5}
}

// buffer is an io.WriterAt in memory.
type buffer struct{ b []byte }

func (w *buffer) WriteAt(p []byte, at int64) (int, error) {
	if need := int(at) + len(p); need > len(w.b) {
		w.b = append(w.b, make([]byte, need-len(w.b))...)
	}
	return copy(w.b[at:], p), nil
}

func TestFullAndDelta(t *testing.T) {
	f := newFixture(t, 9<<20)
	file := f.make(t)
	b, err := bundle.Open(bytes.NewReader(file), int64(len(file)), f.trust())
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Verify(t.Context()); err != nil {
		t.Error(err)
	}
	p, ok := b.Payload(manifest.Root)
	if !ok || p.SHA256 != sha256.Sum256(f.payload) || len(b.Signers()) != 1 || b.Signers()[0] != "A" {
		t.Fatalf("%+v signed by %v", p, b.Signers())
	}
	src := &bundle.Source{ReaderAt: bytes.NewReader(f.old), Size: int64(len(f.old)), SHA256: sha256.Sum256(f.old)}
	for _, from := range []*bundle.Source{nil, src} {
		plan, err := b.Plan(p, from)
		if err != nil {
			t.Fatal(err)
		}
		if plan.Delta != (from != nil) {
			t.Errorf("delta %v", plan.Delta)
		}
		if plan.Delta && plan.Bytes > 400_000 {
			t.Errorf("the delta has %d bytes", plan.Bytes)
		}
		var dst buffer
		calls := 0
		if err := b.Install(t.Context(), p, plan, from, &dst, 0, func(int, int64) { calls++ }); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(dst.b, f.payload) || calls != 3 {
			t.Errorf("delta %v: other bytes were written, or %d calls", plan.Delta, calls)
		}
		again := buffer{append([]byte(nil), dst.b[:manifest.ChunkSize]...)}
		if err := b.Install(t.Context(), p, plan, from, &again, 1, nil); err != nil || !bytes.Equal(again.b, f.payload) {
			t.Errorf("resumed: %v", err)
		}
	}
}

func code(err error) bundle.Code {
	if e, ok := errors.AsType[*bundle.Error](err); ok {
		return e.Code
	}
	return ""
}

func TestRefused(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(f *fixture, tr *bundle.Trust)
		want   bundle.Code
	}{
		{"another root", func(f *fixture, tr *bundle.Trust) { tr.Roots = []minisign.PublicKey{newPair(t).pub} }, bundle.KeyringUntrusted},
		{"another release key", func(f *fixture, _ *bundle.Trust) { f.spec.Signers = []minisign.PrivateKey{newPair(t).priv} }, bundle.BadSignature},
		{"no signature", func(f *fixture, _ *bundle.Trust) { f.spec.Signers = nil }, bundle.BadSignature},
		{"threshold not reached", func(f *fixture, _ *bundle.Trust) { f.threshold = 2 }, bundle.BadSignature},
		{"the same key twice", func(f *fixture, _ *bundle.Trust) {
			f.threshold = 2
			f.spec.Signers = []minisign.PrivateKey{f.release[0].priv, f.release[0].priv}
		}, bundle.BadSignature},
		{"two keys", func(f *fixture, _ *bundle.Trust) {
			f.threshold = 2
			f.spec.Signers = []minisign.PrivateKey{f.release[0].priv, f.release[1].priv}
		}, ""},
		{"expired key", func(f *fixture, _ *bundle.Trust) { f.keyEnd = now.Add(-time.Hour) }, bundle.BadSignature},
		{"expired keyring", func(f *fixture, _ *bundle.Trust) { f.keyringEnd = now }, bundle.KeyringExpired},
		{"older keyring", func(_ *fixture, tr *bundle.Trust) { tr.KeyringVersion = 6 }, bundle.KeyringOlder},
		{"expired bundle", func(_ *fixture, tr *bundle.Trust) { tr.Now = now.AddDate(0, 2, 0) }, bundle.Expired},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := newFixture(t, 1<<20)
			f.spec.Payloads[0].From = nil
			tr := f.trust()
			tt.change(f, &tr)
			file := f.make(t)
			if _, err := bundle.Open(bytes.NewReader(file), int64(len(file)), tr); code(err) != tt.want {
				t.Errorf("%v, want code %q", err, tt.want)
			}
		})
	}
}

// TestSwapped exchanges the file after it was opened.
func TestSwapped(t *testing.T) {
	f := newFixture(t, 1<<20)
	f.spec.Payloads[0].From = nil
	one := f.make(t)
	two := append([]byte(nil), one...)
	file := append([]byte(nil), one...)
	b, err := bundle.Open(bytes.NewReader(file), int64(len(file)), f.trust())
	if err != nil {
		t.Fatal(err)
	}
	for i := len(two) / 2; i < len(two)-4096; i++ {
		two[i] ^= 0xFF
	}
	copy(file, two)
	p, _ := b.Payload(manifest.Root)
	plan, err := b.Plan(p, nil)
	if err != nil {
		t.Fatal(err)
	}
	var dst buffer
	err = b.Install(t.Context(), p, plan, nil, &dst, 0, nil)
	if code(err) != bundle.ChunkDamaged || !bytes.HasPrefix(f.payload, dst.b) {
		t.Errorf("%v, %d bytes written", err, len(dst.b))
	}
}

// TestBomb signs chunks that unpack to far more than the manifest says, with and
// without that size in the frame.
func TestBomb(t *testing.T) {
	f := newFixture(t, 1<<20)
	zeros := filepath.Join(t.TempDir(), "zeros")
	if err := os.WriteFile(zeros, make([]byte, 3<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	f.spec.Payloads = []bundle.Image{{Name: "root", Kind: manifest.Root, Path: zeros}}
	good := f.make(t)
	for name, script := range map[string]string{
		"size not declared": "head -c 300000000 /dev/zero | zstd -q -3 --single-thread --no-check -c",
		"size declared":     "head -c 300000000 /dev/zero | zstd -q -3 --single-thread --no-check --stream-size=300000000 -c",
		"a byte too many":   "head -c 3145729 /dev/zero | zstd -q -3 --single-thread --no-check -c",
		"a byte too few":    "head -c 3145727 /dev/zero | zstd -q -3 --single-thread --no-check -c",
		"two frames":        "head -c 3145728 /dev/zero | zstd -q -3 --no-check -c; head -c 100000000 /dev/zero | zstd -q -3 --no-check -c",
		"a huge window":     "head -c 3145728 /dev/zero | zstd -q -3 --no-check --long=31 -c",
		"no frame":          "printf 'what is this'",
	} {
		t.Run(name, func(t *testing.T) {
			bomb, err := exec.Command("sh", "-c", script).Output()
			if err != nil {
				t.Fatal(err)
			}
			file := rewrite(t, f, good, bomb)
			b, err := bundle.Open(bytes.NewReader(file), int64(len(file)), f.trust())
			if err != nil {
				t.Fatal(err)
			}
			p, _ := b.Payload(manifest.Root)
			plan, err := b.Plan(p, nil)
			if err != nil {
				t.Fatal(err)
			}
			var dst buffer
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			err = b.Install(t.Context(), p, plan, nil, &dst, 0, nil)
			runtime.ReadMemStats(&after)
			if code(err) != bundle.ChunkDamaged || len(dst.b) != 0 {
				t.Errorf("%v, %d bytes written", err, len(dst.b))
			}
			if used := after.TotalAlloc - before.TotalAlloc; used > 64<<20 {
				t.Errorf("%d bytes of memory were asked for", used)
			}
		})
	}
}

// rewrite replaces the first chunk of the payload and signs the manifest anew: the
// work of somebody who has a release key.
func rewrite(t *testing.T, f *fixture, file, chunk []byte) []byte {
	t.Helper()
	items := untar(t, file)
	var text []byte
	for i := range items {
		switch items[i].Name {
		case "manifest.json":
			var m manifest.Manifest
			if err := json.Unmarshal(items[i].data, &m); err != nil {
				t.Fatal(err)
			}
			m.Payloads[0].Chunks[0].Stored, m.Payloads[0].Chunks[0].Sealed = int64(len(chunk)), sha256.Sum256(chunk)
			var err error
			if text, err = json.Marshal(m); err != nil {
				t.Fatal(err)
			}
			items[i].data = text
		case "manifest.json.minisig":
			items[i].data = minisign.Sign(f.release[0].priv, text)
		case "payload/root":
			items[i].data = chunk
		}
	}
	return retar(t, items)
}

// item is one entry of a tar.
type item struct {
	tar.Header
	data []byte
}

func untar(t testing.TB, file []byte) (items []item) {
	t.Helper()
	r := tar.NewReader(bytes.NewReader(file))
	for {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return items
		}
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		items = append(items, item{*h, data})
	}
}

func retar(t testing.TB, items []item) []byte {
	t.Helper()
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	for _, it := range items {
		it.Size = int64(len(it.data))
		if err := w.WriteHeader(&it.Header); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(it.data); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// TestMinisign has the tool of that name check the signature.
func TestMinisign(t *testing.T) {
	tool, err := exec.LookPath("minisign")
	if err != nil {
		t.Skip("minisign is not installed")
	}
	f := newFixture(t, 1<<20)
	f.spec.Payloads[0].From = nil
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "b"), f.make(t), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("tar", "-C", dir, "-xf", filepath.Join(dir, "b"), "manifest.json", "manifest.json.minisig").CombinedOutput(); err != nil {
		t.Fatalf("%v %s", err, out)
	}
	if out, err := exec.Command("tar", "-C", dir, "-xf", filepath.Join(dir, "b"), "keyring.json", "keyring.json.minisig").CombinedOutput(); err != nil {
		t.Fatalf("%v %s", err, out)
	}
	if out, err := exec.Command(tool, "-V", "-m", filepath.Join(dir, "keyring.json"), "-P", f.root.pub.String()).CombinedOutput(); err != nil {
		t.Errorf("keyring: %s", out)
	}
	check := func(key minisign.PublicKey) error {
		return exec.Command(tool, "-V", "-m", filepath.Join(dir, "manifest.json"), "-P", key.String()).Run()
	}
	if err := check(f.release[0].pub); err != nil {
		t.Error(err)
	}
	if check(f.release[1].pub) == nil {
		t.Error("the signature holds for another key")
	}
}
